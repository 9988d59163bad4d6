"""What stands in the dialog where a plan is paid for: the lines, what is due, how it can be paid, what comes then."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.panel.stand import Stand
from billing.quotes import Quote
from billing.services.ways import WayToPay
from billing.wording import day_words, each_cycle_words, local_day
from plans.models import Plan
from saas.core.errors import Sentence
from saas.core.money import format_money


@dataclass(frozen=True)
class Line:
    """One line of a bill. A credit is below zero."""

    text: str
    amount: int


@dataclass(frozen=True)
class Bill:
    """What is due today, and why. `renews_itself`: in the form that a gateway has which goes on collecting."""

    renews_itself: bool
    lines: list[Line]
    due: int
    then: str
    """What comes after the time that is paid for."""


@dataclass(frozen=True)
class Option:
    """One way to pay, as a choice. `note` says what it means, or why it cannot be used."""

    way: WayToPay
    note: str
    due: int
    is_possible: bool
    is_chosen: bool = False

    @property
    def key(self) -> str:
        return self.way.key

    @property
    def label(self) -> Sentence:
        return self.way.label

    @property
    def icon(self) -> str:
        return self.way.icon

    @property
    def renews_itself(self) -> bool:
        return self.way.renews_itself


@dataclass(frozen=True)
class Offer:
    """A plan, to be paid for by one of `options`. Those that renew by themselves have a bill of their own."""

    quote: Quote
    options: list[Option]
    bills: list[Bill]

    @property
    def is_possible(self) -> bool:
        return any(option.is_possible for option in self.options)


def offer_for(stand: Stand, plan: Plan, cycle: str, ways: Sequence[WayToPay], wanted: str) -> Offer:
    """`plan` on `cycle` for the tenant of `stand`. `wanted` is the way that is chosen already, if any. No query."""
    quotes = {
        renews: stand.quote(plan, cycle, renews_itself=renews)
        for renews in sorted({way.renews_itself for way in ways})
    }
    balance = stand.account.balance
    options = [_option(stand, way, quotes[way.renews_itself], balance) for way in ways]
    bills = [
        _bill(stand, quotes[renews], renews_itself=renews)
        for renews in quotes
        if quotes[renews].due > 0
    ]
    first = next(iter(quotes.values()), None) or stand.quote(plan, cycle)
    return Offer(first, _choose(stand, options, wanted), bills)


def _option(stand: Stand, way: WayToPay, quote: Quote, balance: int) -> Option:
    if quote.due <= 0:
        note = _("What is paid in advance has to be used up first")
        return Option(way, note, 0, is_possible=False)
    if not way.is_balance:
        note = (
            _("On %(company)s’s page, renews by itself")
            if way.renews_itself
            else _("On %(company)s’s page")
        )
        return Option(way, note % {"company": way.company}, quote.due, is_possible=True)
    currency = stand.tenant.platform_settings.currency
    words = {
        "balance": format_money(balance, currency),
        "due": format_money(quote.due, currency),
        "rest": format_money(balance - quote.due, currency),
    }
    if balance < quote.due:
        note = _("%(balance)s is not enough for %(due)s") % words
        return Option(way, note, quote.due, is_possible=False)
    note = _("%(balance)s available, %(rest)s after this") % words
    return Option(way, note, quote.due, is_possible=True)


def _choose(stand: Stand, options: list[Option], wanted: str) -> list[Option]:
    """`options` with one of the possible ones chosen: as wanted, as it is paid now, or the first."""
    possible = [option.key for option in options if option.is_possible]
    present = stand.running.gateway if stand.running else ""
    chosen = next((key for key in (wanted, present) if key in possible), "") or next(
        iter(possible), ""
    )
    return [replace(option, is_chosen=option.key == chosen) for option in options]


def _bill(stand: Stand, quote: Quote, *, renews_itself: bool) -> Bill:
    if quote.until is None:
        raise ValueError("A plan that is paid for has an end.")
    words = {
        "plan": quote.plan.name,
        "from": day_words(quote.begins_at, stand.tenant, stand.now),
        "until": day_words(quote.until, stand.tenant, stand.now),
    }
    lines = [Line(_("%(plan)s, %(from)s to %(until)s") % words, quote.price)]
    if quote.credit:
        lines.append(Line(_credit_words(stand, quote), -quote.credit))
    return Bill(renews_itself, lines, quote.due, _then(stand, quote, renews_itself=renews_itself))


def _credit_words(stand: Stand, quote: Quote) -> str:
    words = {
        "days": quote.credit_days,
        "plan": stand.running.plan_name if stand.running else stand.tenant.plan.name,
    }
    return (
        ngettext(
            "Credit for %(days)s unused day of %(plan)s",
            "Credit for %(days)s unused days of %(plan)s",
            quote.credit_days,
        )
        % words
    )


def _then(stand: Stand, quote: Quote, *, renews_itself: bool) -> str:
    """The next date and amount, and what of the time that was paid in advance comes back."""
    said = _next_words(stand, quote, renews_itself=renews_itself)
    if not quote.to_balance:
        return said
    back = format_money(quote.to_balance, stand.tenant.platform_settings.currency)
    words = {"amount": back, "plan": stand.running.plan_name if stand.running else ""}
    rest = _("%(amount)s for the time of %(plan)s that you paid ahead comes to your balance.")
    return f"{rest % words} {said}"


def _next_words(stand: Stand, quote: Quote, *, renews_itself: bool) -> str:
    if quote.until is None:
        return ""
    currency = stand.tenant.platform_settings.currency
    if renews_itself:
        first = local_day(quote.begins_at, stand.tenant)
        return _("Then %(rhythm)s.") % {
            "rhythm": each_cycle_words(quote.price, currency, quote.cycle, first)
        }
    return _("Then %(price)s from your balance on %(day)s, if it covers that.") % {
        "price": format_money(quote.price, currency),
        "day": day_words(quote.until, stand.tenant, stand.now),
    }
