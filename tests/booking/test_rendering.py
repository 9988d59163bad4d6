"""What a list costs to render does not grow by more than its rows: no template and no search of routes for each.

Counted, not timed: templates that are rendered, includes among them, and searches of the routes for an address.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver

from booking.models import Appointment, Staff
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, fill, make_salon

Clients = Callable[..., Client]
MONDAY = datetime(2027, 3, 8, 9, tzinfo=UTC)
FEW, MANY = 2, 12


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of each view whose address is searched for in the routes."""
    found: list[str] = []
    search = URLResolver._reverse_with_prefix

    def counted(self: URLResolver, name: str, prefix: str, *args: object, **more: object) -> str:
        found.append(name)
        return search(self, name, prefix, *args, **more)

    monkeypatch.setattr(URLResolver, "_reverse_with_prefix", counted)
    return found


def book(salon: Salon, count: int) -> None:
    """Further appointments, each of them with somebody else."""
    with tenant_scope(salon.tenant):
        known = Staff.objects.count()
        for number in range(known, known + count):
            staff = Staff.objects.create(name=f"Person {number}")
            row = Appointment(customer=salon.rita, service=salon.cut, staff=staff, price=2500)
            row.starts_at = MONDAY + timedelta(days=number % 5)
            row.end_after(30)
            row.save()


def cost(
    client: Client, url: str, searches: list[str]
) -> tuple[list[str], list[str], HttpResponse]:
    """The templates and the searches of one GET of `url`, once the process is warm, and the page."""
    client.get(url)
    searches.clear()
    page = client.get(url)
    assert page.status_code == 200
    return sorted(one.name for one in page.templates), sorted(searches), page


@pytest.mark.parametrize(
    "url",
    [
        "/panel/calendar/?view=week&date=2027-03-10",
        "/panel/calendar/?view=month&date=2027-03-10",
        "/panel/appointments/?since=2027-03-01&until=2027-03-31",
    ],
)
def test_appointments_are_rendered_without_a_template_or_a_search_for_each(
    url: str, aurora: Tenant, owner: Client, searches: list[str]
) -> None:
    salon = make_salon(aurora)
    book(salon, FEW)
    templates, searched, few = cost(owner, url, searches)
    book(salon, MANY)
    more_templates, more_searched, many = cost(owner, url, searches)
    assert many.content.count(b"Rita") > few.content.count(b"Rita")
    assert more_templates == templates
    assert more_searched == searched


@pytest.mark.parametrize(
    ("module", "url", "included"),
    [
        ("staff", "/panel/staff/", ["row_actions", "row_name", "state"]),
        ("services", "/panel/services/", ["row_actions", "row_name", "state"]),
        ("customers", "/panel/customers/", []),
    ],
)
def test_rows_include_three_templates_at_most_and_search_for_nothing(
    module: str, url: str, included: list[str], aurora: Tenant, owner: Client, searches: list[str]
) -> None:
    fill(aurora, module, FEW)
    templates, searched, _page = cost(owner, url, searches)
    fill(aurora, module, MANY)
    more_templates, more_searched, _page = cost(owner, url, searches)
    new = [f"booking/{name}.html" for name in included] * MANY
    assert more_templates == sorted(templates + new)
    assert more_searched == searched
