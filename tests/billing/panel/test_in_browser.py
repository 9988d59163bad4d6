"""Billing in a real browser, up to Stripe's page and back; with a script and without."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from billing.models import Payment, Standing, Subscription
from billing.services import checkout, plan_sync
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant
from tests.billing.money import give_funds, press
from tests.billing.panel.scene import PREPAID, URL, choose_url, put_on, subscribe
from tests.booking.pages import allow, fill, rows_of
from tests.browser.fixtures import Visitor
from tests.looks import in_every_look
from tests.world import World

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]
SCRIPT = pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])


@pytest.fixture
def stripe(committed_world: World, settings: Settings) -> Iterator[StripeSandbox]:
    """Stripe's double with Team in it; Salon Aurora has paid for nothing yet."""
    with StripeSandbox(clock.now().replace(microsecond=0)) as sandbox:
        settings.STRIPE_SANDBOX_URL = sandbox.url
        plan_sync.sync(committed_world.plan.pk, clock.now())
        put_on(committed_world.aurora, committed_world.small_plan)
        yield sandbox


def make_plan(name: str, price: int, order: int, **limits: int) -> Plan:
    everything = Plan.objects.get(name="Team")
    plan = Plan.objects.create(
        name=name,
        monthly_price=price,
        annual_price=price * 10,
        order_number=order,
        capabilities=everything.capabilities,
        limits=everything.limits | limits,
    )
    plan_sync.sync(plan.pk, clock.now())
    return plan


def open_billing(
    visitor: Visitors, world: World, path: str = URL, **options: object
) -> tuple[Visitor, Page]:
    person = visitor(**options)
    person.log_in("ana@aurora.example")
    return person, person.open(world.aurora.url(path))


def running_of(tenant: Tenant) -> Subscription:
    found = live_subscription(tenant)
    assert found
    return found


def sentence(page: Page) -> str:
    return page.locator("main h1 + p").inner_text()


def pay_at_stripe(page: Page, stripe: StripeSandbox) -> None:
    page.wait_for_url(f"{stripe.url}/c/pay/**")
    page.get_by_role("button", name="Pay $").click()


def test_note_about_the_other_cycle_goes_with_its_prices(
    visitor: Visitors, committed_world: World, stripe: StripeSandbox
) -> None:
    """A plan that is sold by the year: each view says one thing, and it is the one that goes with the price."""
    yearly = make_plan("Yearly", 5900, 30)
    Plan.objects.filter(pk=yearly.pk).update(monthly_price=0)
    _, page = open_billing(visitor, committed_world)
    card = page.locator("article.plan-card", has_text="Choose Yearly")
    note = card.get_by_text("By the year only", exact=True)
    choose = card.locator(".btn.is-annual")
    expect(note).to_be_visible()
    expect(choose).to_be_hidden()
    page.get_by_text("Annual", exact=True).click()
    expect(choose).to_be_visible()
    expect(note).to_be_hidden()


@SCRIPT
@pytest.mark.req(65, 66, 67, 69)
def test_plan_is_bought_with_a_card(
    javascript: bool, visitor: Visitors, committed_world: World, stripe: StripeSandbox
) -> None:
    _, page = open_billing(visitor, committed_world, javascript=javascript)
    page.get_by_role("link", name="Choose Team").locator("visible=true").click()
    page.locator("input[value=stripe]").check()
    page.get_by_role("button", name="Pay $29.00").click()
    pay_at_stripe(page, stripe)
    page.wait_for_url("**/panel/billing/payments/**")
    expect(page.locator("main")).to_contain_text("Paid. You are on Team until")
    expect(page.locator(".app-nav .who").first).to_contain_text("Team plan")
    page.get_by_role("link", name="Back to Billing").click()
    assert "with Visa ending 4242." in sentence(page)
    assert Payment.objects.get().status == "paid"


def test_whoever_turns_round_at_stripe_has_paid_nothing_and_may_go_on(
    visitor: Visitors, committed_world: World, stripe: StripeSandbox
) -> None:
    _, page = open_billing(visitor, committed_world)
    page.get_by_role("link", name="Choose Team").locator("visible=true").click()
    page.locator("#dialog input[value=stripe]").check()
    page.click("#dialog button[type=submit]")
    page.wait_for_url(f"{stripe.url}/c/pay/**")
    page.get_by_role("link", name="Back").click()
    expect(page.locator("main")).to_contain_text("Nothing was charged, and nothing has changed.")
    page.get_by_role("link", name="Pay $29.00").click()
    page.wait_for_url(f"{stripe.url}/c/pay/**")
    page.get_by_role("link", name="Back").click()
    page.get_by_role("button", name="Cancel this payment").click()
    expect(page.locator(".toast")).to_contain_text("The payment is cancelled. Nothing was charged.")
    assert sentence(page) == "You are on Free, which costs nothing."


@pytest.mark.req(65, 66)
def test_processing_page_notices_the_money_by_itself(
    visitor: Visitors, committed_world: World, stripe: StripeSandbox
) -> None:
    world, now = committed_world, clock.now()
    pressed = press(world.ana, 2900, gateway="stripe")
    payment = checkout.order_plan(world.aurora, world.plan.pk, "monthly", pressed, now=now)
    payment = checkout.begin(payment, now=now).payment
    path = f"{URL}payments/{payment.reference}/"
    _, page = open_billing(visitor, world, path)
    expect(page.locator("main")).to_contain_text("Your payment is being processed")
    stripe.pay(payment.pay_url)
    expect(page.locator("main")).to_contain_text("Paid. You are on Team until")
    expect(page.locator(".app-nav .who").first).to_contain_text("Team plan")


def test_upgrade_shows_the_credit_and_charges_what_it_showed(
    visitor: Visitors, committed_world: World, stripe: StripeSandbox
) -> None:
    bigger = make_plan("Team+", 5900, 30)
    subscribe(committed_world.aurora, committed_world.plan)
    _, page = open_billing(visitor, committed_world)
    page.get_by_role("link", name="Upgrade to Team+").locator("visible=true").click()
    dialog = page.locator("#dialog")
    expect(dialog).to_contain_text("Credit for 12 unused days of Team")
    expect(dialog).to_contain_text("−$11.60")
    page.get_by_role("button", name="Pay $47.40").click()
    page.wait_for_url(f"{stripe.url}/c/pay/**")
    expect(page.locator("body")).to_contain_text("$47.40")
    pay_at_stripe(page, stripe)
    expect(page.locator("main")).to_contain_text("Paid. You are on Team+ until")
    assert running_of(committed_world.aurora).plan == bigger
    assert Subscription.objects.get(standing=Standing.ENDED).push_due_at is not None


@SCRIPT
@pytest.mark.req(70, 123)
def test_smaller_plan_waits_and_those_who_were_ticked_stay(
    javascript: bool, visitor: Visitors, committed_world: World, stripe: StripeSandbox
) -> None:
    aurora, solo = committed_world.aurora, make_plan("Solo", 900, 15, staff=1)
    for name in ("Ana", "Bruno", "Inês"):
        fill(aurora, "staff", 1, name=name)
    subscribe(aurora, committed_world.plan)
    _, page = open_billing(visitor, committed_world, javascript=javascript)
    page.get_by_role("link", name="Switch to Solo").locator("visible=true").click()
    page.get_by_label("Inês").check()
    expect(page.locator("label.choice", has_text="Inês")).to_contain_text("Stays")
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator("main h1 + p")).to_contain_text("Solo, $9.00 a month")
    assert running_of(aurora).next_plan == solo
    assert all(row.in_use for row in rows_of(aurora, "staff"))
    page.get_by_role("button", name="Stay on Team").click()
    expect(page.locator("main h1 + p")).to_contain_text("It renews on")
    assert running_of(aurora).next_plan is None


@SCRIPT
def test_renewal_is_cancelled_with_a_reason_and_resumed(
    javascript: bool, visitor: Visitors, committed_world: World, stripe: StripeSandbox
) -> None:
    subscribe(committed_world.aurora, committed_world.plan)
    _, page = open_billing(visitor, committed_world, javascript=javascript)
    page.get_by_role("link", name="Current plan and usage").click()
    page.get_by_role("link", name="Cancel renewal").click()
    page.get_by_label("It costs too much").check()
    page.get_by_label("Anything that we should know").fill("Half of it would do.")
    page.get_by_role("button", name="Cancel renewal").click()
    expect(page.locator("main h1 + p")).to_contain_text("and nothing more is charged")
    reason = running_of(committed_world.aurora).cancel_reason
    assert reason == "It costs too much: Half of it would do."
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("main h1 + p")).to_contain_text("It renews on")


@SCRIPT
def test_card_is_changed_at_stripe(
    javascript: bool, visitor: Visitors, committed_world: World, stripe: StripeSandbox
) -> None:
    world, now = committed_world, clock.now()
    pressed = press(world.ana, 2900, gateway="stripe")
    payment = checkout.order_plan(world.aurora, world.plan.pk, "monthly", pressed, now=now)
    payment = checkout.begin(payment, now=now).payment
    stripe.pay(payment.pay_url)
    checkout.look(payment, now=now)
    _, page = open_billing(visitor, world, javascript=javascript)
    page.get_by_role("button", name="Update card").click()
    page.wait_for_url(f"{stripe.url}/p/session/**")
    page.get_by_role("button", name="Replace card").click()
    page.get_by_role("link", name="Back").click()
    page.wait_for_url("**/panel/billing/")


def test_chosen_way_shows_its_own_bill(
    visitor: Visitors, committed_world: World, stripe: StripeSandbox
) -> None:
    aurora = committed_world.aurora
    give_funds(aurora, 9000)
    subscribe(aurora, committed_world.plan, **PREPAID)
    _, page = open_billing(visitor, committed_world)
    page.get_by_role("link", name="Pay one more month").locator("visible=true").click()
    dialog = page.locator("#dialog")
    expect(dialog.get_by_role("button", name="Pay $29.00")).to_be_visible()
    expect(dialog.get_by_text("Credit for 12 unused days of Team")).to_be_hidden()
    dialog.locator("input[value=stripe]").check()
    expect(dialog.get_by_role("button", name="Pay $17.40")).to_be_visible()
    expect(dialog.get_by_text("Credit for 12 unused days of Team")).to_be_visible()
    dialog.locator("input[value=balance]").check()
    dialog.get_by_role("button", name="Pay $29.00").click()
    expect(page.locator(".toast")).to_contain_text("Paid. You are on Team until")


def test_refusal_is_said_in_the_dialog_and_nothing_is_lost(
    visitor: Visitors, committed_world: World, stripe: StripeSandbox
) -> None:
    aurora = committed_world.aurora
    allow(committed_world.plan, staff=1)
    ids = fill(aurora, "staff", 2)
    _, page = open_billing(visitor, committed_world)
    page.get_by_role("link", name="Choose Team").locator("visible=true").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Row 01").check()
    dialog.locator("input[value=stripe]").check()
    stripe.fault("500", times=20)
    dialog.get_by_role("button", name="Pay $29.00").click()
    expect(dialog.get_by_role("alert")).to_contain_text("does not answer at present")
    expect(dialog.get_by_label("Row 01")).to_be_checked()
    expect(dialog.locator("input[value=stripe]")).to_be_checked()
    stripe.plan.clear()
    dialog.get_by_role("button", name="Pay $29.00").click()
    pay_at_stripe(page, stripe)
    expect(page.locator("main")).to_contain_text("Paid. You are on Team until")
    assert [row.pk for row in rows_of(aurora, "staff") if row.in_use] == [ids[1]]


def test_double_press_pays_once(
    visitor: Visitors, committed_world: World, stripe: StripeSandbox
) -> None:
    give_funds(committed_world.aurora, 9000)
    _, page = open_billing(visitor, committed_world)
    page.get_by_role("link", name="Choose Team").locator("visible=true").click()
    page.locator("#dialog button[type=submit]").dblclick()
    expect(page.locator("main h1 + p")).to_contain_text("from your balance")
    assert Payment.objects.count() == 1


@in_every_look
def test_every_state_is_readable_and_fits(
    theme: str, width: int, visitor: Visitors, committed_world: World, stripe: StripeSandbox
) -> None:
    world, now = committed_world, clock.now()
    solo, bigger = make_plan("Solo", 900, 15, staff=1), make_plan("Team+", 5900, 30)
    fill(world.aurora, "staff", 3)
    give_funds(world.aurora, 4250)
    pressed = press(world.ana, 2900, gateway="stripe")
    payment = checkout.order_plan(world.aurora, world.plan.pk, "monthly", pressed, now=now)
    checkout.begin(payment, now=now)
    running = subscribe(world.aurora, world.plan)
    person, page = open_billing(visitor, world, theme=theme, width=width)

    def inspect(path: str = URL) -> None:
        page.goto(world.aurora.url(path))
        assert person.serious_findings() == [], path
        assert not person.scrolls_sideways(), path

    def stand(**changes: object) -> None:
        Subscription.objects.filter(pk=running.pk).update(**changes)

    paths = [choose_url(bigger), choose_url(solo), f"{URL}cancel/", f"{URL}current-plan/"]
    own = f"{URL}payments/{payment.reference}/"
    for path in (URL, *paths, own, f"{own}?back=1"):
        inspect(path)
    stand(next_plan=solo, next_cycle="monthly", next_amount=900)
    inspect()
    stand(next_plan=None, next_cycle="", next_amount=None, cancelled_at=now)
    inspect()
    stand(cancelled_at=None, standing=Standing.PAST_DUE, past_due_at=now, period_end=now)
    inspect()
    for status in ("failed", "paid"):
        paid_at = now if status == "paid" else None
        Payment.objects.filter(pk=payment.pk).update(status=status, paid_at=paid_at)
        inspect(own)
    page.goto(world.aurora.url(URL))
    page.get_by_role("link", name="Upgrade to Team+").locator("visible=true").click()
    page.wait_for_selector("dialog[open]")
    assert person.serious_findings() == []
    assert not person.scrolls_sideways()
