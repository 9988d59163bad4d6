"""The console's first page, and the console around it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from plans.models import Plan
from plans.registry import Capability, registry
from plans.services.plans import save_plan, set_default
from plans.services.settings import save_platform_settings
from saas.dashboard.overview import count_tenants, plans_with_tenants, slices
from tenants.models import Tenant, User

HOME = "/console/"


def add_tenants(plan: Plan, count: int, **fields: object) -> None:
    Tenant.objects.bulk_create(
        Tenant(name=f"Business {n}", slug=f"{plan.pk}-business-{n}", plan=plan, **fields)
        for n in range(count)
    )


def words(client: Client) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(HOME).content.decode()).split())


def test_console_is_for_super_admins(
    client_for: Callable[..., Client], ana: User, olivia: User, aurora: Tenant
) -> None:
    for path in (HOME, "/console/style-guide/"):
        assert client_for().get(path)["Location"].startswith("/login/")
        assert client_for(ana).get(path).status_code == 404
        assert client_for(olivia, aurora).get(path).status_code in {302, 404}
        assert client_for(olivia).get(path).status_code == 200


def test_home_costs_few_queries_with_few_and_many_tenants(
    desk: Client, plan: Plan, aurora: Tenant
) -> None:
    for extra in (0, 40):
        add_tenants(plan, extra)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(HOME).status_code == 200
        asked = [query["sql"] for query in queries if not query["sql"].startswith("SET ")]
        assert len(asked) <= 11, asked


def test_counts_tell_who_is_here_and_in_which_state(
    plan: Plan, small_plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    now = timezone.now()
    Tenant.objects.filter(pk=borealis.pk).update(
        created_at=now - timedelta(days=60), suspended_at=now
    )
    add_tenants(small_plan, 3)
    Tenant.objects.filter(slug__endswith="-0").update(created_at=now - timedelta(days=5))
    counts = count_tenants(now)
    assert (counts.tenants, counts.open, counts.suspended) == (5, 1, 1)
    assert (counts.waiting, counts.waiting_long, counts.recent) == (3, 1, 4)
    assert (counts.paying_plan, counts.free) == (2, 3)


def test_plan_with_only_an_annual_price_counts_as_paid(
    plan: Plan, small_plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    save_plan(plan, {"monthly_price": 0})
    assert count_tenants(timezone.now()).paying_plan == 2


def test_bar_adds_up_to_all_tenants(
    plan: Plan, small_plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    add_tenants(small_plan, 3)
    parts = slices(plans_with_tenants())
    assert [(part.plan.name, part.start, part.width) for part in parts] == [
        ("Free", 0, 3),
        ("Team", 3, 2),
    ]


def test_newest_tenants_stand_first_with_their_plan_and_state(
    desk: Client, small_plan: Plan, aurora: Tenant
) -> None:
    add_tenants(small_plan, 1, created_at=timezone.now() + timedelta(seconds=1))
    text = words(desk)
    assert "Business 0" in text
    assert text.index("Business 0") < text.index("Salon Aurora")
    assert "Not confirmed" in text


def titles(client: Client) -> list[str]:
    return [str(thing.title) for thing in client.get(HOME).context["attention"]]


def test_nothing_needs_attention_when_all_is_well(
    desk: Client, plan: Plan, small_plan: Plan
) -> None:
    save_platform_settings({"contact_email": "hello@platform.example"})
    assert titles(desk) == []
    assert "Nothing needs you just now" in words(desk)


def test_missing_default_plan_needs_attention(desk: Client, plan: Plan, small_plan: Plan) -> None:
    Plan.objects.update(is_default=False)
    assert "No default plan" in titles(desk)
    assert "nobody can sign up" in words(desk)
    save_platform_settings({"trial_plan": plan})
    assert "Sign-ups get the Trial plan" in words(desk)
    set_default(plan)
    assert "No default plan" not in titles(desk)


def test_no_plan_at_all_needs_attention(desk: Client, world: object) -> None:
    Tenant.objects.all().delete()
    Plan.objects.all().delete()
    assert titles(desk) == ["There is no plan yet"]
    assert "Nobody has signed up yet" in words(desk)


def test_hidden_plans_missing_contact_and_new_capabilities_need_attention(
    desk: Client, plan: Plan, small_plan: Plan
) -> None:
    Plan.objects.update(is_hidden=True)
    with registry.temporarily(Capability("coupons", "Coupons")):
        assert titles(desk) == [
            "Every plan is hidden",
            "No way to get a paid plan",
            "1 new capability",
        ]
        assert "Off wherever a plan does not say so: Coupons" in words(desk)


def test_forgotten_sign_ups_need_attention(desk: Client, plan: Plan, small_plan: Plan) -> None:
    add_tenants(small_plan, 2, created_at=timezone.now() - timedelta(days=3))
    assert "2 sign-ups never confirmed their e-mail" in titles(desk)


def test_every_link_of_the_console_leads_somewhere(
    desk: Client, plan: Plan, small_plan: Plan
) -> None:
    seen, todo = set(), {HOME}
    while todo:
        path = todo.pop()
        seen.add(path)
        response = desk.get(path)
        assert response.status_code == 200, path
        if path.startswith("/console/"):
            links = re.findall(r'(?:href|hx-get)="(/(?!static/)[^"#]*)"', response.content.decode())
            todo |= {link.replace("&amp;", "&") for link in links} - seen
    assert {"/console/plans/", "/console/settings/", f"/console/plans/{plan.pk}/"} <= seen


@pytest.mark.parametrize(
    "path", [HOME, "/console/plans/", "/console/settings/", "/console/style-guide/"]
)
def test_menu_marks_where_one_is(desk: Client, plan: Plan, path: str) -> None:
    page = desk.get(path).content.decode()
    marked = re.findall(r'href="([^"]+)"\s+aria-current="page"', page)
    assert marked == [path]
