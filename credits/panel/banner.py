"""One thing to know about credits, on top of a page: they are finished, they are back, or few are left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from credits.panel import words
from credits.panel.standing import Standing
from saas.core.errors import Sentence
from saas.core.templatetags.ui import number
from tenants import waiting
from tenants.models import Tenant

BAD, OK, WARN = "bad", "ok", "warn"


@dataclass(frozen=True)
class Button:
    """`is_post`: it does something. `opens`: in a dialog. `is_main`: the page's primary one, where that is free."""

    label: Sentence
    url: str
    is_post: bool = False
    opens: bool = False
    is_main: bool = False


@dataclass(frozen=True)
class Banner:
    """`level` as the class of a banner; `headline` says what is so, `detail` what follows and what does not."""

    level: str
    headline: str
    detail: str
    buttons: list[Button]

    @property
    def is_urgent(self) -> bool:
        """Whether it wants the page's primary button."""
        return self.level == BAD and any(button.is_main for button in self.buttons)


def banner_of(
    these: Sequence[Standing], tenant: Tenant, now: datetime, *, is_owner: bool = True
) -> Banner | None:
    """The most pressing thing about `these`, if anything is. Only owners can buy. No query."""
    used_up = [one for one in these if one.is_used_up]
    if used_up:
        return _used_up(used_up, these, tenant, now, is_owner=is_owner)
    if ready := [one for one in these if one.can_send]:
        return _ready(ready)
    if low := [one for one in these if one.is_low]:
        return _low(low, tenant, now, is_owner=is_owner)
    return None


def _used_up(
    used_up: Sequence[Standing],
    every: Sequence[Standing],
    tenant: Tenant,
    now: datetime,
    *,
    is_owner: bool,
) -> Banner:
    held = sum(one.waiting.count for one in used_up)
    is_short = any(one.total for one in used_up)
    headline = (
        _("You have too few %(channels)s credits left.")
        if is_short
        else _("You have no %(channels)s credits left.")
    )
    detail = [
        _what_waits(used_up, held, tenant, now, is_owner=is_owner),
        _what_works(used_up, every),
    ]
    see = [
        Button(_("See held messages"), waiting.url_of(one.key))
        for one in used_up
        if one.waiting.count
    ][:1]
    return Banner(
        BAD,
        headline % {"channels": words.labels(used_up)},
        " ".join(filter(None, detail)),
        [*see, *_top_ups(used_up, is_owner=is_owner, is_main=True)],
    )


def _what_waits(
    used_up: Sequence[Standing], held: int, tenant: Tenant, now: datetime, *, is_owner: bool
) -> str:
    can_buy = is_owner and any(one.can_top_up for one in used_up)
    first = (
        f"{words.held_words(held)}: " if held else _("Messages are held from now on, not lost: ")
    )
    if can_buy:
        what = _("top up to send them, or discard them.") if held else _("top up to go on sending.")
        return first + what
    renewing = [one for one in used_up if one.left.ceiling > 0]
    if not renewing:
        return first + _("they wait until there are credits again.")
    day = words.renewal_day(renewing[0], tenant, now)
    return first + _("they wait until the month renews on %(day)s.") % {"day": day}


def _what_works(used_up: Sequence[Standing], every: Sequence[Standing]) -> str:
    """“E-mail and WhatsApp keep working.”"""
    gone = {one.key for one in used_up}
    working = [one for one in every if one.key not in gone and (one.is_unlimited or one.total)]
    if not working:
        return ""
    text = ngettext("%(channels)s keeps working.", "%(channels)s keep working.", len(working))
    return text % {"channels": words.labels(working)}


def _ready(ready: Sequence[Standing]) -> Banner:
    """Something waits although there are credits: it was held before they came."""
    headline = ngettext(
        "%(count)s message over %(channels)s is held, and there are credits for it.",
        "%(count)s messages over %(channels)s are held, and there are credits again.",
        sum(one.waiting.count for one in ready),
    )
    held = sum(one.waiting.count for one in ready)
    return Banner(
        OK,
        headline % {"count": number(held), "channels": words.labels(ready)},
        _("The oldest go first, until nothing is left."),
        [
            Button(_("See held messages"), waiting.url_of(ready[0].key)),
            *[
                Button(
                    words.send_label(one.waiting.count), waiting.send_url_of(one.key), is_post=True
                )
                for one in ready
            ],
        ],
    )


def _low(low: Sequence[Standing], tenant: Tenant, now: datetime, *, is_owner: bool) -> Banner:
    parts = [words.of_channel(one.total, one.channel) for one in low]
    renewing = [one for one in low if one.left.ceiling > 0]
    day = words.renewal_day(renewing[0], tenant, now) if renewing else ""
    detail = (
        _("Beyond that messages are held, not lost, until the month renews on %(day)s.")
        if day
        else _("Beyond that messages are held, not lost.")
    )
    return Banner(
        WARN,
        _("Only %(left)s left.") % {"left": words.joined(parts)},
        detail % {"day": day},
        _top_ups(low, is_owner=is_owner, is_main=False),
    )


def _top_ups(these: Sequence[Standing], *, is_owner: bool, is_main: bool) -> list[Button]:
    buying = [one for one in these if one.can_top_up] if is_owner else []
    return [
        Button(
            _("Top up %(channel)s") % {"channel": one.channel.label},
            reverse("credits:top_up", args=[one.key]),
            opens=True,
            is_main=is_main and place == 0,
        )
        for place, one in enumerate(buying)
    ]
