"""What the pages of all counted rows have in common: their words and doors, and the list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.forms import RowForm
from booking.models import Counted, Pausable
from booking.selectors import SHOWN, Listing, Question, list_rows
from saas.core.access import MANAGERS, OWNER
from saas.core.errors import NotHere, Sentence
from tenants.models import Tenant

STATES = {"": _("All"), "active": _("Active"), "off": _("Off"), "paused": _("Paused by plan")}


def cannot_be_switched(tenant: Tenant, pk: int, *, active: bool) -> Any:
    """The switch of rows that have none."""
    raise NotHere(_("This entry cannot be switched on or off."))


@dataclass(frozen=True)
class Resource:
    """One kind of row that the plan counts: the doors through which it changes, and its words.

    `name` is what its addresses and templates begin with: `staff_list`, `booking/staff_form.html`.
    """

    name: str
    icon: str
    rows: QuerySet[Any]
    form: type[RowForm]
    add: Callable[..., Any]
    edit: Callable[..., Any]
    delete: Callable[..., None]
    title: Sentence
    lead: Sentence
    add_label: Sentence
    search_label: Sentence
    empty_title: Sentence
    empty_text: Sentence
    sorts: dict[str, Sentence]
    """The orders to choose from; the first is the usual one."""
    set_active: Callable[..., Any] = cannot_be_switched
    searched: tuple[str, ...] = ("name",)
    hours_url: str = ""
    """The page with the hours of one row, where such rows have hours."""

    @property
    def model(self) -> type[Counted]:
        return self.rows.model

    @property
    def is_pausable(self) -> bool:
        return issubclass(self.model, Pausable)

    def url(self, page: str) -> str:
        return reverse(f"booking:{self.name}_{page}")

    @property
    def edit_url(self) -> str:
        return f"booking:{self.name}_edit"

    @property
    def active_url(self) -> str:
        return f"booking:{self.name}_active"

    @property
    def delete_url(self) -> str:
        return f"booking:{self.name}_delete"

    @property
    def picture_url(self) -> str:
        """The view of a row's picture, for rows that have one."""
        return "booking:service_picture" if self.name == "service" else ""

    def may(self, request: HttpRequest) -> dict[str, bool]:
        """Which buttons this member sees: the plan's capabilities, for owners and managers."""
        changes = request.membership.role in MANAGERS
        can = request.tenant.entitlements.can
        return {
            act: changes and can(self.model.capability(act)) for act in ("add", "edit", "delete")
        }


def list_page(request: HttpRequest, resource: Resource, **more: Any) -> HttpResponse:
    """Always the whole page: htmx picks the part it needs by `hx-select`."""
    question = read_question(request, resource)
    listing = list_rows(request.tenant, resource.rows, question)
    context = more | {
        "resource": resource,
        "rows_template": f"booking/{resource.name}_rows.html",
        "listing": listing,
        "question": question,
        "sorts": resource.sorts.items(),
        "states": states(listing, question) if resource.is_pausable else [],
        "may": resource.may(request),
        "is_owner": request.membership.role == OWNER,
        "add_url": resource.url("add"),
        "currency": request.tenant.platform_settings.currency,
    }
    return render(request, "booking/list.html", context)


def states(listing: Listing, question: Question) -> list[dict[str, Any]]:
    """The filters above the list: all, active, and those of the others that have rows."""
    return [
        {"key": key, "label": label, "count": listing.counts[key or "all"]}
        for key, label in STATES.items()
        if key in {"", "active", question.show} or listing.counts[key]
    ]


def read_question(request: HttpRequest, resource: Resource) -> Question:
    """What the address asks for; whatever it asks wrongly is as if it had not been asked."""
    show, sort = request.GET.get("show", ""), request.GET.get("sort", "")
    return Question(
        text=request.GET.get("q", "").replace("\0", "").strip()[:80],
        fields=resource.searched,
        show=show if show in SHOWN and resource.is_pausable else "",
        sort=sort if sort in resource.sorts else next(iter(resource.sorts)),
        page=request.GET.get("page", "1"),
    )
