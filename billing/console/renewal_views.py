"""The console's Renewals: the dry run of the sweep of what has run out."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing.console.renewal_words import CHOICES, ForecastWords
from billing.services.expiry.forecast import forecast
from saas.core import clock
from saas.core.access import console


@console
@require_safe
def renewals(request: HttpRequest) -> HttpResponse:
    """Who is due now or within 7 or 30 days (`?days=`), and what would happen. Anything else is now."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in map(str, CHOICES) else 0
    found = forecast(clock.now(), days)
    context = {
        "forecast": found,
        "words": ForecastWords(found),
        "choices": CHOICES.items(),
        "platform": found.rules.platform,
    }
    return render(request, "billing/console/renewals.html", context)
