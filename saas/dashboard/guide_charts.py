"""One chart of each kind with believable figures, for the style guide."""

from typing import Any

from django.utils.translation import gettext as _

from saas.core.charts import Series, area, columns, spark, stackbar
from saas.core.money import decimals, format_money
from saas.core.templatetags.ui import number

DAYS = ("3 Nov", "4 Nov", "5 Nov", "6 Nov", "7 Nov", "8 Nov", "9 Nov")
CAME, MISSED, CANCELLED = (14, 22, 26, 31, 38, 19, 0), (1, 0, 2, 1, 3, 0, 0), (0, 2, 1, 0, 4, 1, 0)
EARNED = (48000, 71000, 86500, 93000, 124000, 61000, 0)


def guide_charts(currency: str) -> dict[str, Any]:
    return {
        "columns": columns(
            DAYS,
            [
                Series(_("Came"), CAME),
                Series(_("No-show"), MISSED, tone=3),
                Series(_("Cancelled"), CANCELLED, tone=4),
            ],
            number,
        ),
        "area": area(
            DAYS,
            Series(_("Revenue"), EARNED),
            lambda amount: format_money(amount, currency),
            unit=10 ** decimals(currency),
            tick=lambda amount: format_money(amount, currency, short=True),
        ),
        "stackbar": stackbar([(_("Team"), 61), (_("Team+"), 22), (_("Free trial"), 40)], number),
        "spark": spark(CAME),
    }
