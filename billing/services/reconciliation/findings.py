"""What a reconciliation can find: each kind by name, and one finding as it is stored and shown."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from saas.core.errors import Sentence

KINDS: dict[str, Sentence] = {
    "balance_sum": _("A balance is not the sum of its movements"),
    "seq_gap": _("A movement of a balance is missing"),
    "chain_broken": _("A movement does not follow from the one before"),
    "no_effect": _("Money came in and did nothing"),
    "effect_missing": _("A payment says that it was carried out, and it was not"),
    "unpaid_effect": _("Something was carried out that nobody has paid for"),
    "no_invoice": _("A payment has no invoice"),
    "invoice_gap": _("A number of an invoice is missing"),
    "refunded_sum": _("What went back of a payment does not add up"),
    "two_subscriptions": _("Two subscriptions of one tenant go on at once"),
    "other_plan": _("A subscription is of another plan than its tenant"),
    "push_overdue": _("A gateway does not know yet what we want of it"),
    "not_here": _("A gateway has a payment that we have not"),
    "not_there": _("We have a payment that its gateway has not"),
    "other_amount": _("A gateway has another amount than we"),
    "other_refund": _("A gateway has given back another amount than we"),
    "ended_there": _("A subscription has ended at its gateway and goes on here"),
    "other_standing": _("A gateway says that a renewal could not be collected"),
    "still_charged": _("Somebody is still charged"),
    "no_answer": _("A gateway could not be asked"),
    "not_all": _("Not everything was compared"),
}
"""In the order in which they are listed. Apps above add theirs."""


def add_kinds(kinds: Mapping[str, Sentence]) -> None:
    """They are listed after those that are known. Raises ValueError for one that is there already."""
    for kind, title in kinds.items():
        if kind in KINDS:
            raise ValueError(f"There is a kind {kind} already.")
        KINDS[kind] = title


@dataclass(frozen=True)
class Finding:
    """One difference, in a plain sentence for the super admin.

    `remedy` says what one press can do about it: take in what the gateway says of `external_id`, a payment or a
    subscription, or end a subscription there. Empty: a person has to look. `done` tells what came of it.
    """

    kind: str
    text: str
    tenant_id: int | None = None
    payment_id: int | None = None
    subscription_id: int | None = None
    gateway: str = ""
    environment: str = ""
    external_id: str = ""
    remedy: str = ""
    done: str = ""

    @property
    def title(self) -> Sentence:
        return KINDS.get(self.kind, self.kind)

    def stored(self) -> dict[str, Any]:
        """As JSON, without what it does not have."""
        return {name: value for name, value in asdict(self).items() if value}


TAKE_IN, END_THERE = "take_in", "end_there"
"""The remedies."""


def read(stored: dict[str, Any]) -> Finding:
    """The finding of `Finding.stored`; what a later version has added to it is left out."""
    known = Finding.__dataclass_fields__
    return Finding(**{name: value for name, value in stored.items() if name in known})


def in_order(findings: list[Finding]) -> list[Finding]:
    """By kind, in the order of KINDS."""
    ranks = {kind: rank for rank, kind in enumerate(KINDS)}
    return sorted(findings, key=lambda one: ranks[one.kind])
