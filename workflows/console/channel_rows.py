"""How a channel stands, in a word and a sentence, for the console."""

from dataclasses import dataclass

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from saas.core.errors import Sentence
from workflows.channels.catalogue import CHANNELS, Channel
from workflows.services.channels import CHANNELS as SET_UP
from workflows.services.channels import Setup, setup_of


@dataclass(frozen=True)
class State:
    """`level` is that of the status pill: ok, warn, bad, info, or empty."""

    word: str
    level: str
    sentence: str


@dataclass(frozen=True)
class ChannelRow:
    """One channel with what is stored for it."""

    setup: Setup

    @property
    def channel(self) -> Channel:
        return CHANNELS[self.setup.channel]

    @property
    def label(self) -> Sentence:
        return self.channel.label

    @cached_property
    def state(self) -> State:
        kind, row = self.setup.kind, self.setup.row
        if kind is None:
            return State(_("Not set up"), "", _("Nobody carries these messages yet."))
        words = {"name": kind.label}
        if not self.setup.is_set_up:
            return State(_("Not set up"), "", _("The keys of %(name)s are missing.") % words)
        if row.tested_at and not row.test_passed and row.test_result:
            return State(_("Test failed"), "bad", row.test_result)
        if kind.is_for_demo:
            return State(_("Demo"), "info", f"{kind.label}. {_('Nothing is sent.')}")
        return State(_("Set up"), "ok", _("Carried by: %(name)s.") % words)

    @property
    def can_be_tested(self) -> bool:
        return self.setup.is_set_up

    @property
    def callback_about(self) -> str:
        """What the callback address is for, and where it belongs; empty where there is none."""
        kind = self.setup.kind
        if kind is None or not kind.calls_back:
            return ""
        words = {"name": kind.label}
        if "email" in kind.channels:
            return _(
                "Enter it at %(name)s as webhook for deliveries, bounces and complaints. Then every e-mail shows"
                " whether it arrived, and nobody who complained is written to again."
            ) % words  # fmt: skip
        if kind.greets:
            return _(
                "Enter it at %(name)s as callback address, with the verify token, and subscribe to “messages”."
                " It tells what arrived, and who wrote STOP."
            ) % words  # fmt: skip
        return _(
            "Enter it at %(name)s as the address that is called when a message comes in (HTTP POST), so that STOP"
            " is heard. What arrived is told by itself."
        ) % words  # fmt: skip


def rows() -> list[ChannelRow]:
    """Every channel that can be set up: one query each."""
    return [ChannelRow(setup_of(channel)) for channel in SET_UP]
