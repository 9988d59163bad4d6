"""The page of one tenant: usage, overrides, history, people, and switching it off and on."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Staff
from plans.models import Plan
from saas.core.models import AuditEntry
from tenants.models import Membership, Override, PlanChange, Role, Tenant, User
from tenants.scope import tenant_scope
from tenants.services.overrides import set_override
from tests.tenants.console.pages import HTMX, page_of, queries_of, send, text_of


def stored(tenant: Tenant) -> Tenant:
    return Tenant.objects.select_related("plan").get(pk=tenant.pk)


def fill(tenant: Tenant, plan: Plan, by: User, count: int) -> None:
    """`count` rows in each list of the page."""
    now = timezone.now()
    with tenant_scope(tenant):
        Staff.objects.bulk_create(Staff(name=f"Staff {n}") for n in range(count))
    for number in range(count):
        set_override(
            tenant, "staff", 100 + number, reason=f"No. {number}", until=None, by=by, now=now
        )
        user = User.objects.create_user(f"p{number}@aurora.example", name=f"Person {number}")
        Membership.objects.create(tenant=tenant, user=user, role=Role.STAFF)
        PlanChange.objects.create(
            tenant=tenant, from_plan=plan, to_plan=plan, reason="moved", cause=f"c{number}", at=now
        )  # fmt: skip


def test_page_tells_everything_about_a_tenant(
    desk: Client, aurora: Tenant, plan: Plan, olivia: User
) -> None:
    fill(aurora, plan, olivia, 2)
    page = text_of(desk.get(page_of(aurora)))
    for words in (
        "Salon Aurora Subscribed",
        "Open as Ana",
        "Staff 2 / 101 By an override",
        "Staff: 101 instead of unlimited Without an end. No. 1 · Olivia Lind",
        "Stayed on Team",
        "moved by the platform",
        "Ana Ribeiro Owner, never here ana@aurora.example",
        "$29.00 monthly",
    ):
        assert words in page, page
    assert "Staff: 100 Ended" in page


@pytest.mark.parametrize("count", [1, 30])
def test_page_costs_at_most_sixteen_queries_whatever_it_lists(
    desk: Client, aurora: Tenant, plan: Plan, olivia: User, count: int
) -> None:
    fill(aurora, plan, olivia, count)
    _page, queries = queries_of(desk, page_of(aurora))
    assert len(queries) <= 16, queries  # five of them about money, two about credits


def test_page_of_a_tenant_without_a_schema(
    desk: Client, crowd: Callable[..., list[Tenant]]
) -> None:
    page = text_of(desk.get(page_of(crowd(1)[0])))
    assert "Not activated" in page
    assert "has not confirmed the e-mail" in page
    assert "Open as" not in page
    assert "Danger zone" not in page


def test_deactivated_tenant_is_closed_at_once_and_open_again_as_it_was(
    desk: Client, client_for: Callable[..., Client], ana: User, aurora: Tenant, olivia: User
) -> None:
    owner = client_for(ana, aurora)
    assert owner.get("/panel/").status_code == 200
    page = desk.get(page_of(aurora, "deactivate/"))
    assert "Nothing is deleted" in text_of(page)
    for _press in range(2):
        send(desk, page_of(aurora, "deactivate/"), reason="Never paid")
    assert owner.get("/panel/").status_code == 404
    assert client_for(None, aurora).get("/").status_code == 404
    assert "Deactivated" in text_of(desk.get(page_of(aurora)))
    send(desk, page_of(aurora, "reactivate/"))
    assert owner.get("/panel/").status_code == 200
    entries = AuditEntry.objects.order_by("pk").values_list("verb", "actor_id", "reason")
    assert list(entries) == [
        ("tenant.deactivated", olivia.pk, "Never paid"),
        ("tenant.reactivated", olivia.pk, ""),
    ]


def test_limit_can_be_overridden_and_ended(desk: Client, aurora: Tenant, olivia: User) -> None:
    day = (timezone.now() + timedelta(days=30)).date()
    path = page_of(aurora, "limits/")
    response = send(desk, path, key="staff", value="1,200", until=day.isoformat(), reason="Fair")
    assert response.status_code == 302
    row = Override.objects.get(tenant=aurora)
    assert (row.key, row.ceiling, row.reason, row.by) == ("staff", 1200, "Fair", olivia)
    assert row.until.date() == day
    assert stored(aurora).entitlements.ceiling("staff") == 1200
    desk.post(page_of(aurora, f"overrides/{row.pk}/end/"))
    assert stored(aurora).entitlements.ceiling("staff") == -1
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", "actor_id"))
    assert verbs == [
        ("tenant.override_set", olivia.pk),
        ("tenant.override_ended", olivia.pk),
    ]


def test_limit_can_be_lifted(desk: Client, aurora: Tenant) -> None:
    send(desk, page_of(aurora, "limits/"), key="staff", value="", unlimited="on", reason="Fair")
    assert Override.objects.get(tenant=aurora).ceiling == -1


@pytest.mark.parametrize("value", ["on", "off"])
def test_feature_can_be_switched(desk: Client, aurora: Tenant, value: str) -> None:
    send(desk, page_of(aurora, "features/"), key="staff", value=value, reason="A trial")
    assert Override.objects.get(tenant=aurora).is_on is (value == "on")
    assert stored(aurora).entitlements.can("staff") is (value == "on")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"key": "no.such.limit"}, "No installed app knows this."),
        ({"value": "-2"}, "Enter a whole number of 0 or more"),
        ({"value": "1000000000000"}, "Enter at most 1,000,000,000"),
        ({"value": "many"}, "Enter a whole number of 0 or more"),
        ({"value": ""}, "Enter a number, or switch Unlimited on."),
        ({"until": "2020-01-01"}, "This day is over."),
        ({"until": "9999-12-31"}, "Enter a day such as"),
        ({"until": "soon"}, "Enter a day such as"),
        ({"reason": "  "}, "Say why, in a few words."),
        ({"reason": "x" * 301}, "at most 300 characters"),
    ],
)
def test_wrong_override_gets_a_sentence(
    desk: Client, aurora: Tenant, changes: dict[str, str], sentence: str
) -> None:
    good = {"key": "staff", "value": "7", "reason": "Fair"}
    response = send(desk, page_of(aurora, "limits/"), **{**good, **changes})
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert not Override.objects.exists()


def test_unknown_feature_is_refused(desk: Client, aurora: Tenant) -> None:
    response = send(desk, page_of(aurora, "features/"), key="magic", value="on", reason="x")
    assert response.status_code == 422
    response = send(desk, page_of(aurora, "features/"), key="staff", value="maybe", reason="x")
    assert response.status_code == 422
    assert not Override.objects.exists()


def test_override_of_another_tenant_cannot_be_ended_here(
    desk: Client, aurora: Tenant, borealis: Tenant, olivia: User
) -> None:
    row = set_override(aurora, "staff", 7, reason="Fair", until=None, by=olivia, now=timezone.now())
    assert desk.post(page_of(borealis, f"overrides/{row.pk}/end/")).status_code == 404
    assert Override.objects.get(pk=row.pk).ended_at is None


def test_dialogs_close_and_the_page_follows(desk: Client, aurora: Tenant) -> None:
    form = {"key": "staff", "value": "7", "reason": "Fair"}
    response = desk.post(page_of(aurora, "limits/"), form, headers=HTMX)
    assert response.status_code == 204
    assert "tenantSaved" in response["HX-Trigger"]
