"""The Plans page: how far each plan is at Stripe, in words, *Retry*, and moving subscriptions to a new price."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from billing.models import GatewaySettings, PlanSync, Subscription
from billing.services import gateways
from plans.models import Plan
from plans.services.plans import save_plan
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.stripe.conftest import Asked
from tests.billing.stripe.shop import PLACE, Shop

LIST = "/console/plans/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client_for: Callable[..., Client], olivia: User) -> Client:
    return client_for(olivia)


def words(client: Client, plan: Plan, path: str = LIST) -> str:
    """What the row of `plan` says of Stripe."""
    page = client.get(path).content.decode()
    row = re.search(rf'<tr class="plan-color-{plan.pk}">.*?</tr>', page, re.DOTALL)
    part = re.search(r'<div class="sending".*?</div>', row[0] if row else page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", part[0] if part else "").split())


@pytest.mark.req(86, 91, 92)
def test_each_row_says_how_far_it_is(
    desk: Client, shop: Shop, plan: Plan, small_plan: Plan, spoken: Asked
) -> None:
    assert words(desk, plan) == "Being sent to Stripe …"
    assert words(desk, small_plan) == "Free: not sent to Stripe"
    assert spoken == []
    shop.send(plan)
    assert words(desk, plan) == "Sent to Stripe (sandbox)"
    row = PlanSync.objects.get()
    row.state, row.reason, row.due_at = "failed", "No such product: <prod_1>", NOW
    row.save()
    assert words(desk, plan) == "Not sent to Stripe: No such product: &lt;prod_1&gt; Retry"


@pytest.mark.req(91)
def test_without_keys_paid_plans_wait(
    desk: Client, world: object, plan: Plan, small_plan: Plan, settings: Settings
) -> None:
    settings.STRIPE_SANDBOX_URL = ""
    assert words(desk, plan) == "Waits for Stripe’s keys"
    assert words(desk, small_plan) == "Free: not sent to Stripe"
    GatewaySettings.objects.create(gateway="stripe", is_enabled=False)
    assert words(desk, plan) == "Waits until Stripe is switched on"


@pytest.mark.parametrize(
    ("mode", "told"), [("test", "Sent to Stripe (test)"), ("live", "Sent to Stripe")]
)
def test_mode_is_said_unless_it_is_the_real_one(
    desk: Client, world: object, plan: Plan, mode: str, told: str
) -> None:
    row = GatewaySettings(gateway="stripe", environment=mode)
    row.secrets = gateways.with_secrets(row, mode, {"secret_key": f"sk_{mode}_1"})
    row.save()
    PlanSync.objects.create(plan=plan, gateway="stripe", environment=mode, state="done")
    assert words(desk, plan) == told


def test_row_on_its_way_looks_again_by_itself(desk: Client, shop: Shop, plan: Plan) -> None:
    address = f"{LIST}{plan.pk}/sending/"
    page = desk.get(address, headers=HTMX).content.decode()
    assert f'hx-get="{address}"' in page
    shop.send(plan)
    page = desk.get(address, headers=HTMX).content.decode()
    assert "hx-get" not in page
    assert words(desk, plan, address) == "Sent to Stripe (sandbox)"


def test_retry_makes_it_due_and_says_so(
    desk: Client, shop: Shop, plan: Plan, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    PlanSync.objects.create(plan=plan, **PLACE, state="failed", reason="Away", due_at=NOW)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        response = desk.post(f"{LIST}{plan.pk}/retry/", headers=HTMX)
    assert response.status_code == 204
    assert "Team is being sent again." in response.headers["HX-Trigger"]
    row = PlanSync.objects.get()
    assert (row.state, row.reason) == ("due", "")
    assert words(desk, plan) == "Being sent to Stripe …"
    assert desk.post(f"{LIST}{plan.pk}/retry/").headers["Location"] == LIST


def test_retry_of_a_plan_that_is_gone_is_not_here(desk: Client, shop: Shop) -> None:
    assert desk.post(f"{LIST}999999/retry/").status_code == 404
    assert desk.get(f"{LIST}999999/sending/").status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_page_costs_the_same_few_queries_however_many_plans(
    desk: Client, shop: Shop, count: int
) -> None:
    for number in range(count):
        plan = save_plan(None, {"name": f"Plan {number}", "monthly_price": 100 + number})
        PlanSync.objects.create(plan=plan, **PLACE, state="failed", reason="Away")
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(LIST).content.decode().count("Away") == count
    asked = [query["sql"] for query in queries if not query["sql"].startswith("SET ")]
    assert len(asked) <= 9, asked


# Moving subscriptions


@pytest.fixture
def behind(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> Subscription:
    """A subscription at $29.00 of a plan that costs $39.00 by now."""
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    save_plan(plan, {"monthly_price": 3900})
    shop.send(plan)
    return running


def test_row_offers_to_move_those_at_an_old_price(
    desk: Client, behind: Subscription, plan: Plan, small_plan: Plan
) -> None:
    page = desk.get(LIST).content.decode()
    assert "Move 1 subscription to the new price" in page
    assert f"{LIST}{plan.pk}/move/" in page
    assert f"{LIST}{small_plan.pk}/move/" not in page


def test_confirmation_says_how_many_and_both_prices(
    desk: Client, behind: Subscription, plan: Plan
) -> None:
    page = desk.get(f"{LIST}{plan.pk}/move/").content.decode()
    assert "Move 1 subscription to the new price of Team?" in page
    assert "1 pays $29.00 a month, and $39.00 from its next month on." in page
    assert "Nothing is charged today" in page
    behind.refresh_from_db()
    assert behind.next_amount is None


def test_confirmed_move_is_carried_out_by_the_worker(
    desk: Client, behind: Subscription, plan: Plan, olivia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billing.tasks.gateways import move_subscriptions

    sent: list[tuple[object, ...]] = []
    monkeypatch.setattr(move_subscriptions, "delay", lambda *args: sent.append(args))
    seen = re.search(
        r'name="seen" value="([^"]+)"', desk.get(f"{LIST}{plan.pk}/move/").content.decode()
    )
    assert seen
    response = desk.post(f"{LIST}{plan.pk}/move/", {"seen": seen[1]}, headers=HTMX)
    assert response.status_code == 204
    assert "1 subscription is moved to the new price of Team." in response.headers["HX-Trigger"]
    assert sent == [(plan.pk, {"monthly": 3900}, olivia.pk)]
    move_subscriptions(*sent[0])
    behind.refresh_from_db()
    assert behind.next_amount == 3900
    assert desk.get(f"{LIST}{plan.pk}/move/").status_code == 409


def test_what_was_not_confirmed_is_not_carried_out(
    desk: Client, behind: Subscription, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billing.tasks.gateways import move_subscriptions

    sent: list[object] = []
    monkeypatch.setattr(move_subscriptions, "delay", lambda *args: sent.append(args))
    path = f"{LIST}{plan.pk}/move/"
    seen = re.search(r'name="seen" value="([^"]+)"', desk.get(path).content.decode())
    assert seen
    save_plan(plan, {"monthly_price": 4900})
    for form in ({}, {"seen": seen[1]}):
        response = desk.post(path, form)
        assert response.status_code == 409
        assert "$49.00" in response.content.decode()
    assert sent == []


def test_nothing_to_move_says_so(desk: Client, shop: Shop, plan: Plan) -> None:
    response = desk.get(f"{LIST}{plan.pk}/move/")
    assert response.status_code == 409
    assert "All subscriptions of Team have its present price." in response.content.decode()


@pytest.mark.parametrize("name", ["sending", "retry", "move"])
def test_page_is_the_platforms_alone(
    client_for: Callable[..., Client], aurora: Tenant, ana: User, plan: Plan, name: str
) -> None:
    path = f"{LIST}{plan.pk}/{name}/"
    assert client_for(ana).get(path).status_code == 404
    assert client_for(ana).post(path).status_code == 404
    assert client_for(ana, aurora).post(path).status_code == 404
    assert client_for().post(path).status_code == 302
