"""Customers who may be there twice: which is which, merged or kept apart."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from booking.duplicates import MOST, pairs
from booking.merge_form import MergeForm
from booking.services import customers, merging
from booking.views.row_forms import CHANGED
from saas.core import clock
from saas.core.access import MANAGERS, panel
from saas.core.errors import NotHere
from saas.core.htmx import saved

managers = panel("customers.edit", roles=MANAGERS)


@managers
@require_safe
def pair_list(request: HttpRequest) -> HttpResponse:
    found = pairs()
    can = request.tenant.entitlements.can
    context = {
        "pairs": found,
        "may_merge": can("customers.delete"),
        "is_full": len(found) == MOST,
    }
    return render(request, "booking/customers/pairs.html", context)


@managers
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Which of the two is right, field by field; after a POST one of them is left."""
    request.tenant.entitlements.require("customers.delete")
    if pk == other:
        raise NotHere(_("That is one and the same customer."))
    keep, gone = customers.find_customer(pk), customers.find_customer(other)
    form = MergeForm(request.POST or None, keep=keep, gone=gone)
    back = reverse("booking:customer_pairs")
    if form.is_bound and form.is_valid():
        kept = merging.merge_customers(
            request.tenant,
            pk,
            other,
            from_gone=form.from_gone,
            by_id=request.user.pk,
            now=clock.now(),
        )
        return saved(
            request, back, _("“%(name)s” is one entry now.") % {"name": kept}, event=CHANGED
        )
    context = {
        "form": form,
        "title": _("Merge “%(name)s” and “%(other)s”") % {"name": keep, "other": gone},
        "notes": merging.merged_notes(keep, gone),
        "count": gone.appointments.count(),
        "action": request.path,
        "action_label": _("Merge into one"),
        "back_url": back,
        "back_label": _("Possible duplicates"),
        "shell": "panel_base.html",
    }
    return render(
        request, "booking/customers/merge.html", context, status=422 if form.errors else 200
    )


@managers
@require_POST
def apart(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    merging.keep_apart(request.tenant, pk, other, now=clock.now())
    text = _("They are two people. We won’t propose that again.")
    return saved(request, reverse("booking:customer_pairs"), text, event=CHANGED)
