"""The dry run of the sweep in words, for the console's page and for the command."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from billing.renewal import Step
from billing.services.expiry.forecast import Forecast, Prospect
from plans.models import PlatformSettings
from saas.core.errors import Sentence
from saas.core.money import format_money
from saas.core.templatetags.ui import number

CHOICES = {
    0: gettext_lazy("Due now"),
    7: gettext_lazy("Next 7 days"),
    30: gettext_lazy("Next 30 days"),
}
LABELS: dict[Step, Sentence] = {
    Step.RENEW: gettext_lazy("Renews"),
    Step.WAIT: gettext_lazy("Waits"),
    Step.MOVE: gettext_lazy("Moves"),
    Step.LAPSE: gettext_lazy("Lapses"),
    Step.STAY: gettext_lazy("Stays"),
    Step.NOTHING: gettext_lazy("Goes on"),
}
LEVELS = {
    Step.RENEW: "ok",
    Step.WAIT: "info",
    Step.MOVE: "info",
    Step.LAPSE: "warn",
    Step.STAY: "bad",
}
INSTANT = "j M Y, H:i"


@dataclass(frozen=True)
class Row:
    """One tenant of the dry run."""

    prospect: Prospect
    platform: PlatformSettings

    @property
    def tenant(self) -> object:
        return self.prospect.case.tenant

    @property
    def step(self) -> Step:
        return self.prospect.case.decision.step

    @property
    def label(self) -> Sentence:
        return LABELS[self.step]

    @property
    def level(self) -> str:
        return LEVELS.get(self.step, "")

    @property
    def sentence(self) -> str:
        """What would happen, and why where that is not plain."""
        case, currency = self.prospect.case, self.platform.currency
        decision = case.decision
        told = {
            "plan": decision.plan or case.tenant.plan,
            "amount": format_money(decision.amount, currency),
            "rest": format_money(self.prospect.balance_after, currency),
        }
        match self.step:
            case Step.RENEW:
                return _("%(plan)s for %(amount)s from the balance; %(rest)s is left") % told
            case Step.MOVE:
                return _("To %(plan)s, as the tenant has chosen") % told
            case Step.WAIT:
                return self._waits()
            case Step.LAPSE:
                return _("To the Expired plan, %(plan)s") % told
            case Step.STAY:
                return self._stays()
        return _("Its time goes on")

    def _waits(self) -> str:
        decision, subscription = self.prospect.case.decision, self.prospect.case.subscription
        told = {
            "whom": (subscription.paid_with if subscription else "") or _("the payment gateway"),
            "until": instant(decision.at),
        }
        return _("For %(whom)s, until %(until)s") % told

    def _stays(self) -> str:
        if self.platform.expired_plan_id is None:
            return _("On %(plan)s: no Expired plan is chosen") % {
                "plan": self.prospect.case.tenant.plan
            }
        return _("It is on the Expired plan already")

    @property
    def trouble(self) -> str:
        """Why it could not be handled so far; empty where nothing stood in the way."""
        trouble = self.prospect.trouble
        if trouble is None:
            return ""
        told = {"times": times(trouble.attempts), "error": trouble.error}
        return _("Tried %(times)s without success: %(error)s") % told


class ForecastWords:
    """Totals and rows of a forecast."""

    def __init__(self, forecast: Forecast) -> None:
        self.forecast = forecast
        platform = forecast.rules.platform
        self.rows = [Row(one, platform) for one in forecast.shown]

    @property
    def totals(self) -> list[tuple[Sentence, str, str]]:
        """(what, how many, more about it), in the order of the page."""
        forecast, steps = self.forecast, self.forecast.steps
        platform = forecast.rules.platform
        income = format_money(forecast.income, platform.currency)
        expired = platform.expired_plan
        goes_to = _("to %(plan)s") % {"plan": expired} if expired else _("no Expired plan")
        return [
            (_("Renew from their balance"), number(steps[Step.RENEW]), income),
            (_("Wait for a payment"), number(steps[Step.WAIT]), self._grace()),
            (_("Move to a free plan"), number(steps[Step.MOVE]), _("as they have chosen")),
            (_("Lapse"), number(steps[Step.LAPSE]), goes_to),
            (_("Stay as they are"), number(steps[Step.STAY]), _("nothing is paused")),
        ]

    def _grace(self) -> str:
        days = self.forecast.rules.grace.days
        said = ngettext("%(days)s day of grace", "%(days)s days of grace", days)
        return said % {"days": number(days)}

    @property
    def unseen(self) -> str:
        """How many were not looked into; empty for none."""
        if not self.forecast.unseen:
            return ""
        told = {"looked": number(self.forecast.looked), "total": number(self.forecast.total)}
        return _("These are the first %(looked)s of %(total)s that are due.") % told

    @property
    def not_shown(self) -> int:
        return self.forecast.looked - len(self.rows)


def instant(value: datetime | None) -> str:
    return date_format(value, INSTANT) if value else ""


def times(count: int) -> str:
    return ngettext("%(count)s time", "%(count)s times", count) % {"count": number(count)}
