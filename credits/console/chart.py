"""Columns by month, one on the other for each channel: numbers for an SVG that the page draws."""

from django.utils.formats import date_format

from credits.console.figures import Revenue
from credits.console.rows import label_of
from saas.core.charts import Columns, Series, columns
from saas.core.money import decimals, format_money


def chart_of(revenue: Revenue) -> Columns:
    """The highest column fits below the uppermost tick."""
    return columns(
        [date_format(month.start, "M") for month in revenue.months],
        [
            Series(label_of(channel), [month.by_channel[channel] for month in revenue.months])
            for channel in revenue.channels
        ],
        lambda amount: format_money(amount, revenue.currency),
        unit=10 ** decimals(revenue.currency),
        tick=lambda amount: format_money(amount, revenue.currency, short=True),
        names=[date_format(month.start, "F Y") for month in revenue.months],
    )
