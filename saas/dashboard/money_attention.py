"""What of the money needs somebody, for the console's first page. It only reads: one query for each question."""

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Outcome, Payment, Reconciliation, WebhookEvent
from billing.services.reconciliation.reconciling import TOO_OLD
from saas.dashboard.overview import Attention


def about_money(now: datetime) -> list[Attention]:
    """Payments that need a look, differences in the books, and news that could not be taken in. Three queries."""
    return [*_about_payments(), *_about_books(now), *_about_events()]


def _about_payments() -> list[Attention]:
    count = Payment.objects.to_look_at().count()
    if not count:
        return []
    title = ngettext("%(count)s payment needs a look", "%(count)s payments need a look", count) % {
        "count": f"{count:,}"
    }
    why = _("Money came in and did not do what it was paid for, or not quite.")
    url = reverse("payments:list") + "?look=1"
    return [Attention(title, why, "receipt", "bad", url, _("Look"))]


def _about_books(now: datetime) -> list[Attention]:
    """What the latest report found; that there is none of late, where there should be."""
    done = Reconciliation.objects.filter(~Q(state=Reconciliation.State.RUNNING))
    latest = done.order_by("-at", "-pk").only("at", "count", "state").first()
    url = reverse("payments:reconciliation")
    if latest is None:
        return []
    if latest.count:
        title = ngettext(
            "The books differ in %(count)s place",
            "The books differ in %(count)s places",
            latest.count,
        ) % {"count": f"{latest.count:,}"}
        why = _("Found by the reconciliation of %(day)s.") % {
            "day": date_format(latest.at, "j M Y")
        }
        return [Attention(title, why, "scale", "bad", url, _("See which"))]
    if latest.at < now - TOO_OLD or latest.state == Reconciliation.State.LOST:
        why = _("It is done every night by the worker: does one run, with its schedule?")
        title = _("No reconciliation since %(day)s") % {"day": date_format(latest.at, "j M Y")}
        return [Attention(title, why, "scale", "warn", url, _("Run it"))]
    return []


def _about_events() -> list[Attention]:
    count = WebhookEvent.objects.filter(outcome=Outcome.FAILED).count()
    if not count:
        return []
    title = ngettext(
        "%(count)s payment event could not be taken in",
        "%(count)s payment events could not be taken in",
        count,
    ) % {"count": f"{count:,}"}
    why = _("They were tried for hours. Replay them once their cause is gone.")
    url = reverse("payment_events:list") + "?outcome=failed"
    return [Attention(title, why, "webhook", "bad", url, _("See them"))]
