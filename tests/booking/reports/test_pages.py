"""The reports as pages: for whom, how many queries, what they say, and their files."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from booking.models import Appointment, Customer, Service, Staff, Status
from booking.reports.catalogue import REPORTS
from plans.models import Plan
from saas.core import clock
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import put_on, queries_for, switch, words

Clients = Callable[..., Client]
NOW = datetime(2026, 11, 5, 10, tzinfo=UTC)
URL = "/panel/reports/"
MOST_QUERIES = {
    "bookings": 10,
    "revenue": 10,
    "no-shows": 10,
    "occupancy": 9,
    "customers": 7,
    "messages": 8,
}


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def fill(
    tenant: Tenant, count: int, *, name: str = "Row", status: Status = Status.COMPLETED
) -> None:
    """`count` appointments of the last days, each with people and things of its own."""
    with tenant_scope(tenant):
        for number in range(count):
            service = Service.objects.create(
                name=f"{name} service {number:02}", minutes=30, price=2500
            )
            row = Appointment(
                service=service,
                staff=Staff.objects.create(name=f"{name} staff {number:02}"),
                customer=Customer.objects.create(name=f"{name} customer {number:02}"),
                starts_at=NOW - timedelta(days=1 + number % 20),
                status=status,
                price=2500,
            )
            row.end_after(30)
            row.save()


@pytest.mark.req(43)
def test_reports_are_absent_on_free_and_in_the_menu_on_pro(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan
) -> None:
    switch(small_plan, "reports", on=False)
    put_on(aurora, small_plan)
    assert URL not in words(owner.get("/panel/"))
    for path in (URL, *(f"{URL}{key}/" for key in REPORTS), f"{URL}revenue/days.csv"):
        assert owner.get(path).status_code == 404, path
    fill(aurora, 1)
    put_on(aurora, plan)
    assert f'href="{URL}"' in words(owner.get("/panel/"))
    assert "$25.00" in words(owner.get(URL))


@pytest.mark.req(22, 80)
def test_reports_go_with_the_capability_and_come_back_with_their_history(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    fill(aurora, 3)
    before = words(owner.get(f"{URL}revenue/"))
    assert "$75.00" in before
    switch(plan, "reports", on=False)
    assert owner.get(f"{URL}revenue/").status_code == 404
    switch(plan, "reports", on=True)
    assert "$75.00" in words(owner.get(f"{URL}revenue/"))


def test_only_owners_and_managers_see_them(
    client_for: Clients, mara: User, bruno: User, carla: User, aurora: Tenant
) -> None:
    assert client_for(mara, aurora).get(URL).status_code == 200
    staff = client_for(bruno, aurora)
    assert staff.get(URL).status_code == 403
    assert staff.get(f"{URL}revenue/days.csv").status_code == 403
    assert URL not in words(staff.get("/panel/"))
    assert client_for(carla, aurora).get(URL).status_code == 302


@pytest.mark.parametrize("key", REPORTS)
def test_another_business_is_never_counted(
    key: str, owner: Client, aurora: Tenant, borealis: Tenant
) -> None:
    fill(borealis, 5, name="Foreign")
    page = words(owner.get(f"{URL}{key}/"))
    assert "Foreign" not in page
    assert "Nothing in these days" in page
    assert "No appointments in these days" in words(owner.get(URL))


@pytest.mark.parametrize("key", REPORTS)
@pytest.mark.parametrize("count", [1, 30])
def test_report_takes_as_many_queries_whatever_there_is(
    key: str, count: int, owner: Client, aurora: Tenant
) -> None:
    fill(aurora, count)
    assert queries_for(owner, f"{URL}{key}/?days=90") <= MOST_QUERIES[key]


@pytest.mark.parametrize("count", [1, 30])
def test_overview_takes_nine_queries(count: int, owner: Client, aurora: Tenant) -> None:
    fill(aurora, count)
    assert queries_for(owner, URL) == 9


@pytest.mark.parametrize("key", REPORTS)
@pytest.mark.parametrize("days", ["7", "month", "custom"])
def test_nonsense_in_the_address_is_no_error(
    key: str, days: str, owner: Client, aurora: Tenant
) -> None:
    fill(aurora, 1)
    query = f"days={days}&staff=x&location=9999999999999999999999&since=%00&until=9999-99-99"
    assert owner.get(f"{URL}{key}/?{query}").status_code == 200


def test_days_that_make_no_sense_are_said_and_kept(owner: Client) -> None:
    page = words(owner.get(f"{URL}?days=custom&since=2026-11-05&until=2026-11-01"))
    assert "The first day comes after the last one." in page
    assert 'value="2026-11-05"' in page
    assert 'value="2026-11-01"' in page


def test_links_keep_days_and_narrowing(owner: Client, aurora: Tenant) -> None:
    fill(aurora, 2)
    with tenant_scope(aurora):
        pk = Staff.objects.values_list("pk", flat=True)[0]
    page = words(owner.get(f"{URL}revenue/?days=90&staff={pk}"))
    assert f"{URL}revenue/service.csv?staff={pk}&days=90" in page
    assert f"?staff={pk}&days=7" in page
    assert f'<option value="{pk}" selected>' in page
    assert "$25.00" in page
    assert "$50.00" not in page


def test_marks_of_the_chart_say_what_they_show(owner: Client, aurora: Tenant) -> None:
    fill(aurora, 1)
    page = words(owner.get(f"{URL}bookings/?days=7"))
    assert "<title>Came, Wed, 4 Nov 2026: 1</title>" in page
    assert re.search(r"<td>Wed, 4 Nov 2026</td> ?<td class=\"num\">1</td>", page)


def rows_of(owner: Client, path: str) -> list[dict[str, str]]:
    response = owner.get(path)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_file_has_every_day_and_bare_figures(owner: Client, aurora: Tenant) -> None:
    fill(aurora, 1)
    rows = rows_of(owner, f"{URL}revenue/days.csv?days=7")
    assert len(rows) == 7
    assert rows[-2] == {"When": "2026-11-04", "Visits": "1", "Revenue (USD)": "25.00"}
    assert (
        "revenue-days-2026-10-30-2026-11-05.csv"
        in owner.get(f"{URL}revenue/days.csv?days=7")["Content-Disposition"]
    )


def test_no_name_in_a_file_is_taken_for_a_formula(owner: Client, aurora: Tenant) -> None:
    fill(aurora, 1, name="=cmd|' /C calc'!A0")
    for path in ("revenue/service.csv", "bookings/staff.csv", "customers/customers.csv"):
        (row,) = rows_of(owner, URL + path)
        assert next(iter(row.values())).startswith("'=cmd")


def test_names_with_markup_are_shown_as_typed(owner: Client, aurora: Tenant) -> None:
    fill(aurora, 1, name="<script>alert(1)</script>", status=Status.NO_SHOW)
    for key in REPORTS:
        assert "<script>alert" not in owner.get(f"{URL}{key}/").content.decode()


def test_tables_and_reports_that_are_not_there(owner: Client) -> None:
    assert owner.get(f"{URL}profit/").status_code == 404
    assert owner.get(f"{URL}revenue/profit.csv").status_code == 404
    assert owner.post(URL).status_code == 405
