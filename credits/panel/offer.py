"""What stands in the dialog where credits are bought: the packs, the total, and how it can be paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from billing.models import BalanceAccount
from billing.services.ways import WayToPay
from credits.models import CreditPack
from credits.panel.words import of_channel
from credits.per_credit import per_credit
from saas.core.errors import Sentence
from saas.core.money import format_money
from tenants.metering import MeteredChannel


@dataclass(frozen=True)
class PackChoice:
    """One pack as a choice."""

    pack: CreditPack
    holds: str
    each: str
    is_best: bool
    is_chosen: bool

    @property
    def says_what(self) -> bool:
        """Whether its name leaves out how many credits it holds."""
        return self.holds.lower() not in self.pack.name.lower()


@dataclass(frozen=True)
class WayChoice:
    """One way to pay as a choice. `note` says what it means, or why it is not enough."""

    way: WayToPay
    note: str
    is_enough: bool
    is_chosen: bool

    @property
    def key(self) -> str:
        return self.way.key

    @property
    def label(self) -> Sentence:
        return self.way.label

    @property
    def icon(self) -> str:
        return self.way.icon


@dataclass(frozen=True)
class TopUpOffer:
    """Everything that is on offer for one channel, with what is chosen of it. `total` in minor units of `currency`."""

    packs: list[PackChoice]
    ways: list[WayChoice]
    total: int
    currency: str
    bought: str
    quantity: int

    @property
    def is_possible(self) -> bool:
        return any(way.is_enough for way in self.ways)

    @property
    def is_balance_short(self) -> bool:
        return any(not way.is_enough for way in self.ways)


def offer_of(
    channel: MeteredChannel,
    packs: Sequence[CreditPack],
    ways: Sequence[WayToPay],
    account: BalanceAccount,
    *,
    chosen: CreditPack,
    quantity: int,
    gateway: str,
) -> TopUpOffer:
    """`chosen`, `quantity` times; `gateway` is the way that is chosen already, if any. No query."""
    best, total = best_value(packs), chosen.price * quantity
    enough = [way for way in ways if not way.is_balance or account.balance >= total]
    usable = [way.key for way in enough]
    with_what = gateway if gateway in usable else next(iter(usable), "")
    return TopUpOffer(
        [
            PackChoice(
                pack,
                of_channel(pack.credits, channel),
                _each(pack),
                pack == best,
                pack == chosen,
            )
            for pack in packs
        ],
        [
            WayChoice(way, _note(way, account, total), way in enough, way.key == with_what)
            for way in ways
        ],
        total,
        chosen.currency,
        of_channel(chosen.credits * quantity, channel),
        quantity,
    )


def _note(way: WayToPay, account: BalanceAccount, total: int) -> str:
    if not way.is_balance:
        return _("On %(company)s’s page") % {"company": way.company}
    words = {
        "balance": format_money(account.balance, account.currency),
        "due": format_money(total, account.currency),
        "rest": format_money(account.balance - total, account.currency),
    }
    if account.balance < total:
        return _("%(balance)s is not enough for %(due)s") % words
    return _("%(balance)s available, %(rest)s after this") % words


def best_value(packs: Sequence[CreditPack]) -> CreditPack | None:
    """The one of `packs` with the cheapest credits, the smaller of two alike; None where no two differ."""
    rates = {pack.pk: Fraction(pack.price, pack.credits) for pack in packs}
    if len(set(rates.values())) < 2:
        return None
    return min(packs, key=lambda pack: (rates[pack.pk], pack.price))


def _each(pack: CreditPack) -> str:
    return per_credit(pack.price, pack.credits, pack.currency)
