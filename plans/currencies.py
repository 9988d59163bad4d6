"""The currencies that a platform can choose, and what a change of currency does to the prices."""

from dataclasses import dataclass
from functools import lru_cache

from babel.core import get_global
from django.utils.translation import gettext as _

from plans.models import Plan
from saas.core.money import format_money, locale_of


@lru_cache(maxsize=1)
def current_codes() -> tuple[str, ...]:
    """ISO codes of every currency that is legal tender somewhere today (CLDR, through Babel)."""
    territories = get_global("territory_currencies").values()
    codes = {
        code
        for currencies in territories
        for code, _since, until, is_tender in currencies
        if until is None and is_tender
    }
    return tuple(sorted(codes))


def currency_choices(present: str = "") -> list[tuple[str, str]]:
    """(code, "EUR – Euro") by code; `present` is among them in any case."""
    names = locale_of().currencies
    codes = sorted({*current_codes(), *filter(None, [present])})
    return [(code, f"{code} – {names.get(code, code)}") for code in codes]


@dataclass(frozen=True)
class Repricing:
    """One price as it reads now, and as it would read in another currency."""

    plan: Plan
    cycle: str
    before: str
    after: str


def repricings(before: str, after: str) -> list[Repricing]:
    """What every price of the paid plans would read: amounts are minor units and are not converted."""
    return [
        Repricing(plan, cycle, format_money(amount, before), format_money(amount, after))
        for plan in Plan.objects.paid().in_order()
        for cycle, amount in ((_("monthly"), plan.monthly_price), (_("annual"), plan.annual_price))
        if amount
    ]
