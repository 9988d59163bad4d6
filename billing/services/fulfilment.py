"""What payments are for: the table from a purpose to what happens when the money has come.

This is how money reaches apps above billing: an app registers its purpose in `addon.py`, and settlement calls it in
the same transaction that marks the payment as paid.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from billing.gateways.base import PaymentFact as PaymentFact
from billing.models import Payment
from saas.core.errors import Sentence

Fulfil = Callable[[Payment, PaymentFact, datetime], str]
"""(payment, fact, now) → what a super admin should look at, mostly nothing. The payment and its tenant are locked.

Raises DomainError when it cannot be done; then nothing of it is."""
TakeBack = Callable[[Payment, int, str, datetime], None]
"""(payment, amount, key, now): money went back. What it bought goes, down to what is left; `key` names the occasion."""
GiveBack = Callable[[Payment, int, str, datetime], None]
"""(payment, amount, key, now): the money that was taken back has come again."""
Foretell = Callable[[Payment, int], list[Sentence]]
"""(payment, amount) → what happens here when so much of it goes back, for the super admin. It only reads."""


@dataclass(frozen=True)
class Purpose:
    """One thing that can be paid for. `is_choosable`: whether Settings offers it as a use of a gateway."""

    key: str
    label: Sentence
    fulfil: Fulfil
    take_back: TakeBack
    give_back: GiveBack
    is_choosable: bool = True
    is_recurring: bool = False
    """Whether gateways that renew by themselves are asked to."""
    foretell: Foretell | None = None


_purposes: dict[str, Purpose] = {}


def register(purpose: Purpose) -> None:
    """Make `purpose` known. Raises ValueError for a key that is taken."""
    if purpose.key in _purposes:
        raise ValueError(f"The purpose {purpose.key} is registered already.")
    _purposes[purpose.key] = purpose


def purpose(key: str) -> Purpose:
    """The purpose `key`. Raises LookupError."""
    try:
        return _purposes[key]
    except KeyError:
        raise LookupError(f"No installed app registers the purpose {key}.") from None


def choosable() -> list[Purpose]:
    """Those that Settings lists, in the order of registration."""
    return [one for one in _purposes.values() if one.is_choosable]


def every() -> list[Purpose]:
    """All of them, in the order of registration."""
    return list(_purposes.values())


def label_of_purpose(key: str) -> Sentence:
    """How it is called; the bare key of an app that is not installed any more."""
    return _purposes[key].label if key in _purposes else key
