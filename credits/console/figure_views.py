"""The console's Credits: what is owed to tenants in messages, what top-ups brought in, and both as files."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from credits.console.chart import chart_of
from credits.console.figures import liability, revenue
from plans.models import PlatformSettings
from saas.core import clock
from saas.core.access import console
from saas.core.csv_files import csv_response
from saas.core.money import decimals


@console
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Three queries for the figures, however many tenants there are."""
    platform = PlatformSettings.load()
    owed = liability(platform.currency)
    earned = revenue(platform.currency, clock.now())
    context = {
        "owed": owed,
        "worth": whole(sum(one.worth or 0 for one in owed), platform.currency),
        "unused": sum(one.unused for one in owed),
        "without_price": [one for one in owed if one.unused and one.worth is None],
        "revenue": earned,
        "this_month": whole(earned.now.total, platform.currency),
        "twelve_months": whole(earned.total, platform.currency),
        "chart": chart_of(earned) if earned.total else None,
        "platform": platform,
    }
    return render(request, "credits/console/figures.html", context)


def whole(amount: int, currency: str) -> int:
    """To the nearest whole money, for the big figures: the tables below say it exactly."""
    unit = 10 ** decimals(currency)
    return (2 * amount + unit) // (2 * unit) * unit


@console
@require_safe
def liability_file(request: HttpRequest) -> HttpResponse:
    """The unused credits by channel, for a spreadsheet."""
    head = [
        _("Channel"), _("Unused credits"), _("Owed by tenants"), _("Average price per credit"),
        _("Worth"), _("Currency"),
    ]  # fmt: skip
    rows = [one.file_row() for one in liability(PlatformSettings.load().currency)]
    return csv_response("unused-credits.csv", head, rows)


@console
@require_safe
def revenue_file(request: HttpRequest) -> HttpResponse:
    """What top-ups brought in by month and channel, for a spreadsheet."""
    found = revenue(PlatformSettings.load().currency, clock.now())
    head = [_("Month (UTC)"), *found.labels, _("Total"), _("Currency")]
    rows = [month.file_row(found.currency) for month in found.months]
    return csv_response("top-up-revenue.csv", head, rows)
