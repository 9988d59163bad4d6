"""Deposits that customers paid online: the list, its file, and giving one back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.services.merchants import name_of
from booking.account_forms import GiveBackForm
from booking.deposit_list import HEAD, SHOWN, DepositQuestion, file_lines, list_deposits
from booking.models import DepositPayment
from booking.selectors import find_row
from booking.services.deposits.accounts import FEATURE
from booking.services.deposits.going_back import NotGivenBack, NotKnown, give_back, ours
from booking.views.row_forms import CHANGED, posted
from saas.core import clock
from saas.core.access import MANAGERS, panel
from saas.core.csv_files import csv_response
from saas.core.htmx import saved
from saas.core.money import format_money


@panel(FEATURE, roles=MANAGERS)
def deposit_list(request: HttpRequest) -> HttpResponse:
    """Newest first; whoever only began to pay is left out, unless asked for."""
    question = _question(request)
    context = {
        "deposits": list_deposits(question),
        "question": question,
        "shown": [(key, label) for key, (label, _where) in SHOWN.items()],
        "is_narrowed": bool(question.text or question.show),
        "currency": request.tenant.platform_settings.currency,
    }
    return render(request, "booking/payments/deposits.html", context)


@panel(FEATURE, roles=MANAGERS)
def deposit_file(request: HttpRequest) -> HttpResponse:
    """The same for a spreadsheet."""
    return csv_response("deposits.csv", HEAD, file_lines(request.tenant, _question(request)))


@panel("appointments.edit", roles=MANAGERS)
def deposit_back(request: HttpRequest, pk: int) -> HttpResponse:
    """How much goes back, then the deed. What the company says no to, or does not answer, is said in the form."""
    payment = find_row(DepositPayment, pk)
    form = GiveBackForm(posted(request), left=payment.left, currency=payment.currency)
    page = reverse("booking:appointment_details", args=[payment.appointment_id])
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                refund = give_back(
                    request.tenant, pk, form.cleaned_data["amount"],
                    by_id=request.user.pk, now=clock.now(),
                )  # fmt: skip
            except (NotGivenBack, NotKnown) as error:
                form.add_error(None, str(error.message))
                status = 409
            else:
                words = {"amount": format_money(refund.amount, payment.currency)}
                return saved(request, page, _("%(amount)s is given back.") % words, event=CHANGED)
    context: dict[str, Any] = {
        "title": _("Give the deposit back"),
        "payment": payment,
        "company": name_of(payment.gateway),
        "form": form,
        "known": ours(payment),
        "action": request.path,
        "back_url": page,
        "shell": "panel_base.html",
    }
    return render(request, "booking/payments/give_back.html", context, status=status)


def _question(request: HttpRequest) -> DepositQuestion:
    """What the address asks for; whatever it asks wrongly is as if it had not been asked."""
    asked = request.GET
    show = asked.get("show", "")
    return DepositQuestion(
        text=asked.get("q", "").replace("\0", "").strip()[:80],
        show=show if show in SHOWN else "",
        page=asked.get("page", "1"),
    )
