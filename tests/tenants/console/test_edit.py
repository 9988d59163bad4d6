"""The edit dialog: what a super admin may set, what is refused, two tabs, and what is written down."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Staff
from plans.models import Plan
from plans.services.plans import duplicate_plan, save_plan
from saas.core.models import AuditEntry
from tenants.models import PlanChange, Tenant, User
from tenants.scope import tenant_scope
from tests.tenants.console.pages import HTMX, edit, page_of, send, text_of, typed


def stored(tenant: Tenant) -> Tenant:
    return Tenant.objects.select_related("plan").get(pk=tenant.pk)


@pytest.mark.req(49)
def test_plan_dropdown_moves_a_tenant(
    desk: Client, aurora: Tenant, small_plan: Plan, olivia: User
) -> None:
    response = edit(desk, aurora, plan=small_plan.pk, reason="They asked on the phone")
    assert response["Location"] == page_of(aurora)
    assert stored(aurora).plan == small_plan
    change = PlanChange.objects.get(tenant=aurora)
    assert (change.reason, change.by, change.note) == ("moved", olivia, "They asked on the phone")
    entry = AuditEntry.objects.get(verb="tenant.edited")
    assert entry.changes == {"plan": ["Team", "Free"]}
    assert (entry.actor_id, entry.reason) == (olivia.pk, "They asked on the phone")


@pytest.mark.req(15, 61)
def test_plan_dropdown_includes_hidden_plans_and_marks_them(
    desk: Client, aurora: Tenant, plan: Plan
) -> None:
    hidden = save_plan(duplicate_plan(plan), {"name": "Enterprise", "is_hidden": True})
    assert "Enterprise (hidden)" in text_of(desk.get(page_of(aurora, "edit/")))
    edit(desk, aurora, plan=hidden.pk, reason="Agreed")
    assert stored(aurora).plan == hidden


@pytest.mark.req(59)
def test_hidden_plan_works_like_any_other(
    desk: Client, client_for: Callable[..., Client], ana: User, aurora: Tenant, small_plan: Plan
) -> None:
    hidden = save_plan(duplicate_plan(small_plan), {"limits": {"staff": 1}})
    with tenant_scope(aurora):
        Staff.objects.bulk_create(Staff(name=f"Staff {n}") for n in range(3))
    edit(desk, aurora, plan=hidden.pk, reason="Agreed")
    with tenant_scope(aurora):
        assert Staff.objects.filter(paused_at__isnull=True).count() == 1
        assert Staff.objects.count() == 3
    assert client_for(ana, aurora).get("/panel/billing/").status_code == 200


@pytest.mark.req(60, 62, 63)
def test_tenant_on_a_hidden_plan_sees_no_card_of_it_and_can_leave_it(
    desk: Client, client_for: Callable[..., Client], ana: User, aurora: Tenant, small_plan: Plan
) -> None:
    hidden = save_plan(duplicate_plan(small_plan), {"name": "Backroom", "is_hidden": True})
    edit(desk, aurora, plan=hidden.pk, reason="Agreed")
    page = client_for(ana, aurora).get("/panel/billing/").content.decode()
    assert f'class="plan-card plan-color-{hidden.pk}' not in page
    assert f"plan-color-{small_plan.pk}" in page
    owner = client_for(ana, aurora)
    send(owner, f"/panel/billing/choose/{small_plan.pk}/")
    assert stored(aurora).plan == small_plan


def test_expiry_lasts_until_the_end_of_its_day(desk: Client, aurora: Tenant) -> None:
    edit(desk, aurora, expires_on="2031-03-05", reason="Paid by transfer", cycle="annual")
    tenant = stored(aurora)
    assert tenant.expires_at == datetime(2031, 3, 5, 23, 59, 59, 999999, UTC)
    assert tenant.cycle == "annual"
    edit(desk, aurora, expires_on="", reason="For good")
    assert stored(aurora).expires_at is None


def test_untouched_expiry_keeps_its_instant_and_needs_no_reason(
    desk: Client, aurora: Tenant
) -> None:
    ends = timezone.now() + timedelta(days=3, seconds=7)
    Tenant.objects.filter(pk=aurora.pk).update(expires_at=ends)
    edit(desk, aurora, name="Salon  Aurora\tLisboa", time_zone="Europe/Lisbon")
    tenant = stored(aurora)
    assert tenant.expires_at == ends
    assert (tenant.name, tenant.time_zone) == ("Salon Aurora Lisboa", "Europe/Lisbon")
    assert not PlanChange.objects.filter(tenant=aurora).exists()


def test_usage_goes_on_unless_it_is_reset(desk: Client, aurora: Tenant, small_plan: Plan) -> None:
    since = stored(aurora).plan_started_at
    edit(desk, aurora, plan=small_plan.pk, reason="Smaller")
    assert stored(aurora).plan_started_at == since
    edit(desk, aurora, reset_usage="on", reason="Their first month was a test")
    assert stored(aurora).plan_started_at > since
    assert PlanChange.objects.filter(tenant=aurora, reset_usage=True).count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "Enter a name."),
        ({"name": "x" * 81}, "at most 80 characters"),
        ({"plan": "999999"}, "This plan is not here any more. Choose another one."),
        ({"plan": "abc"}, "This plan is not here any more. Choose another one."),
        ({"plan": ""}, "Choose a plan."),
        ({"cycle": "weekly"}, "Select a valid choice"),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"expires_on": "2020-01-01", "reason": "x"}, "This day is over."),
        ({"expires_on": "9999-12-31", "reason": "x"}, "Enter a day such as"),
        ({"expires_on": "soon", "reason": "x"}, "Enter a day such as"),
        ({"expires_on": "2031-01-01"}, "Say why, in a few words."),
        ({"cycle": "annual"}, "Say why, in a few words."),
        ({"reset_usage": "on"}, "Say why, in a few words."),
        ({"cycle": "annual", "reason": " \t "}, "Say why, in a few words."),
        ({"cycle": "annual", "reason": "x" * 301}, "at most 300 characters"),
        ({"cycle": "annual", "reason": "x", "token": ""}, "This form was not complete."),
        ({"cycle": "annual", "reason": "x", "token": "' OR 1=1"}, "This form was not complete."),
    ],
)
def test_bad_input_gets_a_sentence_and_changes_nothing(
    desk: Client, aurora: Tenant, changes: dict[str, str], sentence: str
) -> None:
    before = Tenant.objects.filter(pk=aurora.pk).values().get()
    response = edit(desk, aurora, **changes)
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert Tenant.objects.filter(pk=aurora.pk).values().get() == before
    assert not AuditEntry.objects.exists()


def test_another_plan_needs_an_expiry_that_has_not_passed(
    desk: Client, aurora: Tenant, small_plan: Plan
) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(expires_at=timezone.now() - timedelta(days=2))
    response = edit(desk, aurora, plan=small_plan.pk, reason="Back again")
    assert response.status_code == 422
    assert "This day is over." in text_of(response)
    edit(desk, aurora, plan=small_plan.pk, reason="Back again", expires_on="")
    assert stored(aurora).plan == small_plan


def test_sending_it_twice_moves_once(desk: Client, aurora: Tenant, small_plan: Plan) -> None:
    path = page_of(aurora, "edit/")
    form = typed(desk, path, plan=small_plan.pk, reason="Smaller", reset_usage="on")
    assert [desk.post(path, form).status_code for _press in range(2)] == [302, 302]
    assert PlanChange.objects.filter(tenant=aurora).count() == 1
    assert AuditEntry.objects.filter(verb="tenant.edited").count() == 1


def test_second_tab_is_told_and_can_save_again(
    desk: Client, aurora: Tenant, small_plan: Plan
) -> None:
    path = page_of(aurora, "edit/")
    late = typed(desk, path, cycle="annual", reason="Yearly from now on")
    edit(desk, aurora, plan=small_plan.pk, reason="Smaller")
    refused = desk.post(path, late, headers=HTMX)
    assert refused.status_code == 409
    assert "changed meanwhile" in text_of(refused)
    assert "Yearly from now on" in refused.content.decode()
    assert stored(aurora).plan == small_plan


def test_dialog_saves_without_leaving_the_page(desk: Client, aurora: Tenant) -> None:
    path = page_of(aurora, "edit/")
    response = desk.post(path, typed(desk, path, name="Aurora"), headers=HTMX)
    assert response.status_code == 204
    assert "tenantSaved" in response["HX-Trigger"]


def test_choosing_a_plan_shows_what_would_be_paused(
    desk: Client, aurora: Tenant, small_plan: Plan
) -> None:
    save_plan(small_plan, {"limits": {"staff": 1}})
    with tenant_scope(aurora):
        for number in range(3):
            Staff.objects.create(name=f"Staff {number}")
    page = text_of(desk.get(page_of(aurora, "fit/"), {"plan": small_plan.pk}, headers=HTMX))
    assert page == "Staff: 2 paused, not deleted (Staff 1, Staff 2)"
    assert text_of(desk.get(page_of(aurora, "fit/"), {"plan": "abc"})) == ""


def test_foreign_owner_and_unknown_tenant_get_nothing(
    desk: Client, client_for: Callable[..., Client], ana: User, aurora: Tenant, small_plan: Plan
) -> None:
    assert desk.get("/console/tenants/999999/").status_code == 404
    assert desk.get("/console/tenants/999999/edit/").status_code == 404
    refused = client_for(ana).post(page_of(aurora, "edit/"), {"plan": small_plan.pk})
    assert refused.status_code == 404
    assert client_for(ana, aurora).get(page_of(aurora)).status_code == 404
