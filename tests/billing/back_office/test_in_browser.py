"""The back office in a real browser: dialogs that refund and adjust, the report as it comes in, phone and dark."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings

from billing.ledger import balance_of
from billing.models import Payment, Reconciliation
from billing.services.reconciliation import reconciling as reconciliation
from tests.billing.back_office.shop import Till, hear
from tests.billing.money import NOW
from tests.browser.fixtures import Visitor
from tests.world import World

pytestmark = pytest.mark.browser
PAYMENTS = f"{settings.PLATFORM_URL}/console/payments/"
TENANTS = f"{settings.PLATFORM_URL}/console/tenants/"
LOOKS = [("light", 1360), ("dark", 390)]


def check(visitor: Visitor) -> None:
    assert visitor.serious_findings() == []
    assert not visitor.scrolls_sideways()


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_payment_is_found_and_refunded_in_part(
    visitor: Callable[..., Visitor], committed_world: World, till: Till, theme: str, width: int
) -> None:
    world = committed_world
    payment = till.funds(world.aurora, world.ana, 5000)
    till.plan(world.borealis, world.plan, world.carla)
    olivia = visitor(theme=theme, width=width)
    olivia.log_in("olivia@tenantry.example")
    page = olivia.open(PAYMENTS)
    check(olivia)
    page.get_by_label("Tenant, id or invoice").fill("aurora")
    page.get_by_text("1 to 1 of 1").wait_for()
    page.get_by_role("link", name="Funds added").click()
    page.wait_for_url(f"**/console/payments/{payment.pk}/")
    check(olivia)
    page.get_by_role("link", name="Refund", exact=True).click()
    dialog = page.locator("#dialog")
    dialog.get_by_text("comes off their balance").wait_for()
    check(olivia)
    dialog.get_by_label("Amount").fill("60")
    dialog.get_by_label("Reason").fill("Slow")
    dialog.get_by_role("button", name="Refund").click()
    dialog.get_by_text("At most $50.00 can go back.").wait_for()
    assert dialog.get_by_label("Reason").input_value() == "Slow"
    check(olivia)
    dialog.get_by_label("Amount").fill("20")
    dialog.get_by_role("button", name="Refund").click()
    page.get_by_text("$20.00 went back.").wait_for()
    page.get_by_text("Refund: Slow").wait_for()
    check(olivia)
    assert balance_of(world.aurora).balance == 3000


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_balance_is_adjusted_from_the_tenants_page(
    visitor: Callable[..., Visitor], committed_world: World, till: Till, theme: str, width: int
) -> None:
    world = committed_world
    till.funds(world.aurora, world.ana, 5000)
    olivia = visitor(theme=theme, width=width)
    olivia.log_in("olivia@tenantry.example")
    page = olivia.open(f"{TENANTS}{world.aurora.pk}/")
    check(olivia)
    page.get_by_role("link", name="Adjust balance").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Take off").check()
    dialog.get_by_label("Amount").fill("12.50")
    dialog.get_by_label("Reason").fill("Charged twice for a pen")
    check(olivia)
    dialog.get_by_role("button", name="Adjust").click()
    page.get_by_text("The balance is $37.50.").wait_for()
    page.get_by_text("Charged twice for a pen").wait_for()
    page.get_by_role("link", name="All movements").click()
    page.get_by_role("heading", name="Balance of Salon Aurora").wait_for()
    check(olivia)
    assert balance_of(world.aurora).balance == 3750


@pytest.mark.parametrize(("theme", "width"), LOOKS)
def test_report_comes_in_by_itself_and_what_is_missing_is_taken_in(
    visitor: Callable[..., Visitor], committed_world: World, till: Till, theme: str, width: int
) -> None:
    world = committed_world
    till.unheard_funds(world.aurora, world.ana, 5000)
    olivia = visitor(theme=theme, width=width)
    olivia.log_in("olivia@tenantry.example")
    page = olivia.open(f"{PAYMENTS}reconciliation/")
    check(olivia)
    page.get_by_role("button", name="Run now").click()
    page.get_by_text("Waiting for a worker").wait_for()
    check(olivia)
    run = Reconciliation.objects.get()
    Reconciliation.objects.update(at=NOW + timedelta(hours=1), since=NOW - timedelta(days=1))
    reconciliation.carry_out(run.pk)
    page.get_by_text("1 difference", exact=True).wait_for()
    check(olivia)
    page.get_by_role("button", name="Take in").click()
    page.locator("#report").get_by_text("Paid and carried out.").wait_for()
    check(olivia)
    assert balance_of(world.aurora).balance == 5000


def test_without_javascript_money_is_put_on_the_balance(
    visitor: Callable[..., Visitor], committed_world: World, till: Till
) -> None:
    world = committed_world
    payment = till.unheard_funds(world.aurora, world.ana, 5000)
    Payment.objects.filter(pk=payment.pk).update(amount=4000)
    payment = hear(payment)
    olivia = visitor(javascript=False)
    olivia.log_in("olivia@tenantry.example")
    page = olivia.open(f"{PAYMENTS}?look=1")
    page.get_by_role("link", name="Funds added").click()
    page.get_by_role("link", name="Put it on the balance instead").click()
    page.get_by_role("button", name="Put it on the balance").click()
    page.get_by_text("It is on their balance.").wait_for()
    assert balance_of(world.aurora).balance == 5000
