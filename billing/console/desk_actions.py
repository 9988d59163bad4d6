"""What a super admin does about one payment: give it back, carry it out after all, put it on the balance, settle it."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from billing.console.desk_forms import NoteForm, RefundForm
from billing.console.desk_views import CHANGED
from billing.models import Payment
from billing.services import refunding, resolving
from billing.services.resolving import find_payment
from plans.models import PlatformSettings
from saas.core import clock
from saas.core.access import console
from saas.core.errors import Sentence
from saas.core.htmx import saved
from saas.core.money import format_money
from tenants.console_forms import ReasonForm
from tenants.requests import SignedInRequest

Form = RefundForm | NoteForm | ReasonForm


@console
@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: SignedInRequest, pk: int) -> HttpResponse:
    """What giving it back does, all of it or a part; then the deed."""
    payment = find_payment(pk)
    if request.method != "POST" and not refunding.can_refund(payment):
        raise refunding.NotRefundable(_("There is nothing that could be given back."))
    posted = request.POST if request.method == "POST" else None
    form = RefundForm(posted, payment=payment, seen=payment.refunds.count())
    if posted is not None and form.is_valid():
        data = form.cleaned_data
        wish = refunding.Wish(data["amount"], data["reason"], data["seen"], request.user)
        refunding.refund_payment(payment, wish, now=clock.now())
        amount = format_money(data["amount"], payment.currency)
        return _changed(request, payment, _("%(amount)s went back.") % {"amount": amount})
    context = {
        "title": _("Refund"),
        "lead": _about(payment),
        "happens": refunding.foretell(payment),
        "action_label": _("Refund"),
        "danger": True,
    }
    return _dialog(request, payment, form, context, "billing/console/refund.html")


@console
@require_http_methods(["GET", "HEAD", "POST"])
def carry_out(request: SignedInRequest, pk: int) -> HttpResponse:
    """What was paid for is done after all."""
    payment, form = find_payment(pk), ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        resolving.carry_out_again(payment, by=request.user, now=clock.now())
        return _changed(request, payment, _("It is carried out."))
    context = {
        "title": _("Carry out again"),
        "lead": _about(payment),
        "happens": [
            _("The gateway is asked how the payment stands, and then what was ordered is done."),
            _("The invoice is issued. Nothing is charged again."),
            *_why(payment),
        ],
        "action_label": _("Carry it out"),
    }
    return _dialog(request, payment, None, context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def put_on_balance(request: SignedInRequest, pk: int) -> HttpResponse:
    """What came in becomes funds."""
    payment, form = find_payment(pk), ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        resolving.put_on_balance(payment, reason=reason, by=request.user, now=clock.now())
        return _changed(request, payment, _("It is on their balance."))
    context = {
        "title": _("Put it on the balance instead"),
        "lead": _about(payment),
        "happens": [
            _("What came in is on the balance of %(tenant)s at once, and the invoice says “funds”.")
            % {"tenant": payment.tenant.name},
            _("What was ordered is not carried out any more."),
            _("A subscription that it began at the gateway is ended there."),
        ],
        "action_label": _("Put it on the balance"),
    }
    return _dialog(request, payment, form, context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: SignedInRequest, pk: int) -> HttpResponse:
    """Nobody has to look at it any more; a note says why."""
    payment, form = find_payment(pk), NoteForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        note = form.cleaned_data["reason"]
        resolving.mark_seen(payment, note=note, by=request.user, now=clock.now())
        return _changed(request, payment, _("It is settled."))
    context = {
        "title": _("Settled otherwise"),
        "lead": _about(payment),
        "happens": [
            _("Nothing is done with the money. Your note stands here and in the audit log."),
            _("It is not listed as needing a look any more, nor as a difference."),
            *_ended_there(payment),
        ],
        "action_label": _("Mark as settled"),
    }
    return _dialog(request, payment, form, context)


def _ended_there(payment: Payment) -> list[Sentence]:
    if not payment.is_without_effect:
        return []
    return [_("A subscription that it began at the gateway is ended there.")]


@console
@require_POST
def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask the gateway how a pending payment stands."""
    payment = resolving.ask_now(find_payment(pk), now=clock.now())
    text = _("It is pending still.") if payment.is_pending else _("The gateway has answered.")
    return saved(request, _page(payment), text)


def _dialog(
    request: HttpRequest,
    payment: Payment,
    form: Form | None,
    context: Mapping[str, object],
    template: str = "billing/console/resolve.html",
) -> HttpResponse:
    more = {
        "form": form,
        "payment": payment,
        "action": request.path,
        "back_url": _page(payment),
        "back_label": payment.title,
        "platform": PlatformSettings.load(),
    }
    status = 422 if form and form.is_bound else 200
    return render(request, template, {**context, **more}, status=status)


def _about(payment: Payment) -> Sentence:
    return _("%(title)s, %(amount)s, of %(tenant)s.") % {
        "title": payment.title,
        "amount": format_money(payment.amount, payment.currency),
        "tenant": payment.tenant.name,
    }


def _why(payment: Payment) -> list[str]:
    """What stood in the way before."""
    return [_("Before: %(problem)s") % {"problem": payment.problem}] if payment.problem else []


def _page(payment: Payment) -> str:
    return reverse("payments:payment", args=[payment.pk])


def _changed(request: HttpRequest, payment: Payment, text: str) -> HttpResponse:
    return saved(request, _page(payment), text, event=CHANGED)
