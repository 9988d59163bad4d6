"""The console about the money of one tenant: its balance and how it moved, adjusting it, and having looked."""

from functools import cached_property
from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from billing.console.desk_forms import AdjustForm
from billing.console.desk_rows import MovementRow
from billing.ledger import balance_of
from billing.models import Subscription
from billing.panel.statement import HEAD, PER_PAGE, Statement, StatementRow
from billing.services.adjustments import Adjustment, adjust_balance
from billing.services.resolving import mark_reviewed
from plans.models import PlatformSettings
from saas.core import clock
from saas.core.access import console
from saas.core.csv_files import csv_response
from saas.core.errors import NotHere
from saas.core.htmx import saved
from saas.core.money import format_money
from saas.core.paging import Pages
from tenants.console_forms import ReasonForm
from tenants.console_views import CHANGED
from tenants.models import Tenant
from tenants.requests import SignedInRequest
from tenants.services.administration import find_tenant


class Movements(Statement):
    """The statement of one tenant, as the super admin reads it: with who adjusted the balance, and why."""

    @cached_property
    def page(self) -> Page[Any]:
        """One page of rows. Two queries."""
        found = self.entries().select_related("payment", "by")
        page: Page[Any] = Pages(found, PER_PAGE).get_page(self._page)
        page.object_list = [MovementRow(entry) for entry in page.object_list]
        return page

    def _file_row(self, row: StatementRow) -> list[Any]:
        return super()._file_row(MovementRow(row.entry))


@console
@require_safe
def ledger(request: HttpRequest, pk: int) -> HttpResponse:
    """Every movement of a tenant's balance, newest first."""
    tenant = find_tenant(pk)
    context = {
        "tenant": tenant,
        "account": balance_of(tenant),
        "statement": Movements(tenant, request.GET),
        "platform": PlatformSettings.load(),
    }
    return render(request, "billing/console/ledger.html", context)


@console
@require_safe
def ledger_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The movements that the page shows, all of its pages, for a spreadsheet."""
    statement = Movements(find_tenant(pk), request.GET)
    return csv_response(statement.file_name, HEAD, statement.file_rows())


@console
@require_http_methods(["GET", "HEAD", "POST"])
def adjust(request: SignedInRequest, pk: int) -> HttpResponse:
    """More or less on a tenant's balance, with a reason."""
    tenant = find_tenant(pk)
    account = balance_of(tenant)
    posted = request.POST if request.method == "POST" else None
    form = AdjustForm(posted, balance=account.balance, currency=account.currency)
    if posted is not None and form.is_valid():
        data = form.cleaned_data
        wanted = Adjustment(form.signed, data["reason"], data["token"], request.user)
        entry = adjust_balance(tenant, wanted, now=clock.now())
        after = format_money(entry.balance_after, entry.currency)
        return _changed(request, tenant, _("The balance is %(balance)s.") % {"balance": after})
    context = {
        "form": form,
        "account": account,
        "tenant": tenant,
        "action": request.path,
        "action_label": _("Adjust"),
        "back_url": _page(tenant),
        "back_label": tenant.name,
        "platform": PlatformSettings.load(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "billing/console/adjust.html", context, status=status)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def reviewed(request: SignedInRequest, pk: int, subscription_pk: int) -> HttpResponse:
    """The mark on a subscription is gone: somebody has looked."""
    found = Subscription.objects.select_related("tenant").filter(pk=subscription_pk, tenant=pk)
    subscription = found.first()
    if subscription is None:
        raise NotHere(_("There is no such subscription."))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        mark_reviewed(subscription, note=form.cleaned_data["reason"], by=request.user)
        return _changed(request, subscription.tenant, _("The mark is gone."))
    context = {
        "form": form,
        "title": _("Reviewed"),
        "happens": [
            _(
                "A payment of %(plan)s was taken back. The plan and the subscription stay as they are."
            )
            % {"plan": subscription.plan_name},
            _("The mark goes; it comes again with the next payment that is taken back."),
        ],
        "action": request.path,
        "action_label": _("Mark as reviewed"),
        "back_url": _page(subscription.tenant),
        "back_label": subscription.tenant.name,
        "platform": PlatformSettings.load(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "billing/console/resolve.html", context, status=status)


def _page(tenant: Tenant) -> str:
    return reverse("tenants_console:tenant", args=[tenant.pk])


def _changed(request: HttpRequest, tenant: Tenant, text: str) -> HttpResponse:
    return saved(request, _page(tenant), text, event=CHANGED)
