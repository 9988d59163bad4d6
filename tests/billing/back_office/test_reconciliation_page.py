"""The console's Reconciliation and what the first page tells of money: the report, running it, putting things right."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from billing.ledger import balance_of
from billing.models import Outcome, Reconciliation
from billing.services.reconciliation import reconciling as reconciliation
from billing.services.reconciliation.findings import Finding
from plans.models import Plan, PlatformSettings
from saas.core import clock
from tenants.models import Tenant, User
from tests.billing.back_office.shop import Till
from tests.billing.back_office.test_payments_page import stuck
from tests.billing.back_office.test_runs import spoil
from tests.billing.inbox.shop import store
from tests.billing.money import NOW
from tests.tenants.console.pages import HTMX, queries_of, text_of

PATH = "/console/payments/reconciliation/"
HOME = "/console/"


def kept(*findings: Finding, at: Any = NOW, **fields: Any) -> Reconciliation:
    return Reconciliation.objects.create(
        at=at, since=at - timedelta(days=7), state="done", count=len(findings),
        findings=[one.stored() for one in findings], **fields,
    )  # fmt: skip


def test_first_day(desk: Client) -> None:
    text = text_of(desk.get(PATH))
    assert "Nothing has been compared yet" in text
    assert "Run now" in text


def test_where_everything_agrees_it_says_so(desk: Client, olivia: User) -> None:
    kept(at=NOW - timedelta(days=1))
    kept(by=olivia)
    text = text_of(desk.get(PATH))
    assert "Everything agrees As of 25 Nov 2026, 09:00." in text
    assert "Gateways’ payments since 18 Nov 2026. Begun by Olivia Lind." in text
    assert "Before 24 Nov 2026, 09:00" in text
    assert "Everything agreed" in text


def test_differences_are_listed_by_kind_with_their_numbers(
    desk: Client, aurora: Tenant, olivia: User
) -> None:
    spoil(aurora)
    run = reconciliation.begin(by=olivia, now=NOW)
    reconciliation.carry_out(run.pk)
    response = desk.get(PATH)
    text = text_of(response)
    assert "1 difference As of 25 Nov 2026, 09:00." in text
    assert (
        "A balance is not the sum of its movements 1 Salon Aurora has $48.00; the movements come to $47.00."
        in text
    )
    assert f'href="/console/tenants/{aurora.pk}/"' in response.content.decode()


def test_run_now_is_shown_as_it_goes(desk: Client, olivia: User, today: None) -> None:
    response = desk.post(f"{PATH}run/", follow=True)
    text = text_of(response)
    assert "The books are being compared" in text
    assert "Waiting for a worker" in text
    assert 'hx-trigger="every 2s"' in response.content.decode()
    run = Reconciliation.objects.get()
    assert run.by == olivia
    assert desk.post(f"{PATH}run/").status_code == 409
    Reconciliation.objects.update(progress="Stripe: 20 of 40 subscriptions")
    part = desk.get(PATH, headers=HTMX)
    assert "Stripe: 20 of 40 subscriptions" in text_of(part)
    assert "<html" not in part.content.decode()
    reconciliation.carry_out(run.pk)
    part = desk.get(PATH, headers=HTMX).content.decode()
    assert "every 2s" not in part
    assert "Everything agrees" in part


def test_run_that_was_lost_is_said(desk: Client) -> None:
    Reconciliation.objects.create(at=NOW, since=NOW, state="lost")
    assert "Did not come to its end" in text_of(desk.get(PATH))


def test_payment_is_taken_in_from_the_page(
    desk: Client, till: Till, free: Tenant, ana: User, today: None
) -> None:
    till.unheard_funds(free, ana, 5000)
    report = reconciliation.keep(reconciliation.reconcile(NOW + timedelta(hours=1)))
    text = text_of(desk.get(PATH))
    assert "A gateway has a payment that we have not 1 Stripe (Sandbox) has $50.00" in text
    assert "Take in" in text
    for _press in range(2):
        response = desk.post(f"{PATH}{report.pk}/1/", follow=True)
        assert "Paid and carried out." in text_of(response)
    assert balance_of(free).balance == 5000
    text = text_of(desk.get(PATH))
    assert "Take in" not in text
    assert "All seen to" in text
    assert "The books differ" not in text_of(desk.get(HOME))


@pytest.mark.parametrize("path", ["999/1/", "{pk}/2/", "{pk}/0/"])
def test_finding_that_is_not_there(desk: Client, path: str) -> None:
    report = kept(Finding("no_effect", "x"))
    assert desk.post(PATH + path.format(pk=report.pk)).status_code == 404
    assert desk.post(f"{PATH}{report.pk}/1/").status_code == 409


@pytest.mark.parametrize("count", [1, 30])
def test_number_of_queries_does_not_grow(desk: Client, aurora: Tenant, count: int) -> None:
    PlatformSettings.load()
    some = [Finding("no_effect", f"No. {n}", tenant_id=aurora.pk) for n in range(count)]
    for number in range(count):
        kept(*some, at=NOW + timedelta(minutes=number))
    desk.get(PATH)
    _response, queries = queries_of(desk, PATH)
    assert len(queries) <= 5, queries


def test_report_is_no_markup(desk: Client) -> None:
    kept(Finding("no_effect", "<img src=x onerror=alert(1)>"))
    assert "<img src=x" not in desk.get(PATH).content.decode()


def test_it_is_for_super_admins(
    client_for: Callable[..., Client], ana: User, aurora: Tenant
) -> None:
    report = kept(Finding("no_effect", "x"))
    for client in (client_for(ana), client_for(ana, aurora)):
        assert client.get(PATH).status_code == 404
        assert client.post(f"{PATH}run/").status_code == 404
        assert client.post(f"{PATH}{report.pk}/1/").status_code == 404
    assert Reconciliation.objects.count() == 1


# The first page


def test_first_page_tells_what_needs_somebody(
    desk: Client, aurora: Tenant, plan: Plan, ana: User
) -> None:
    stuck(aurora, plan, ana)
    kept(Finding("no_effect", "x"), Finding("no_invoice", "y"), at=clock.now())
    store(outcome=Outcome.FAILED, due_at=None)
    response = desk.get(HOME)
    text = text_of(response)
    assert "1 payment needs a look" in text
    assert "The books differ in 2 places" in text
    assert "1 payment event could not be taken in" in text
    html = response.content.decode()
    for url in ("/console/payments/?look=1", PATH, "/console/payments/events/?outcome=failed"):
        assert f'href="{url}"' in html


def test_first_page_is_quiet_where_all_is_well(desk: Client, aurora: Tenant) -> None:
    kept(Finding("no_effect", "x"), at=clock.now() - timedelta(days=1))
    kept(at=clock.now())
    text = text_of(desk.get(HOME))
    for said in ("needs a look", "The books differ", "could not be taken in", "No reconciliation"):
        assert said not in text


def test_first_page_misses_the_nightly_run(desk: Client, aurora: Tenant) -> None:
    kept(at=clock.now() - timedelta(hours=37))
    assert "No reconciliation since" in text_of(desk.get(HOME))
