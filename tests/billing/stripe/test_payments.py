"""Orders on Stripe's page: what it is asked for, how an attempt stands, and what is kept of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project

from billing.gateways.base import GatewayRefused, PaymentFact, PaymentState, Recurring
from billing.models import Payment, Standing, Status, Subscription
from billing.services import checkout
from billing.services.subscriptions import live_subscription
from plans.models import Plan, PlatformSettings
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.stripe.shop import Shop, an_order

MONTH = NOW.replace(month=12)


def test_one_time_payment_from_order_to_receipt(shop: Shop) -> None:
    started = shop.gateway.start(an_order())
    session = shop.at("checkout.session")[0]
    assert (session["id"], session["url"]) == (started.external_id, started.url)
    assert (session["mode"], session["amount_total"], session["currency"]) == (
        "payment",
        2900,
        "usd",
    )
    assert session["metadata"] == {"reference": "pay_1", "tenant_id": "7"}
    assert session["client_reference_id"] == "pay_1"
    assert session["success_url"] == "http://salon-aurora.localhost/back/"
    assert session["cancel_url"] == "http://salon-aurora.localhost/back/?back=1"
    waiting = shop.gateway.find_payment(started.external_id)
    assert waiting == PaymentFact(PaymentState.PENDING, 2900, "USD", started.external_id, "pay_1")
    shop.sandbox.pay(started.url)
    intent = shop.at("payment_intent")[0]
    assert intent["metadata"]["reference"] == "pay_1"
    assert shop.gateway.find_payment(started.external_id) == PaymentFact(
        PaymentState.PAID,
        2900,
        "USD",
        started.external_id,
        "pay_1",
        intent["id"],
        "Visa 4242",
        at=NOW,
    )


def test_same_order_is_the_same_page(shop: Shop) -> None:
    order = an_order()
    assert shop.gateway.start(order) == shop.gateway.start(order)
    assert len(shop.at("checkout.session")) == 1
    assert len(shop.at("customer")) == 1


def test_order_that_reads_otherwise_by_now_is_begun_and_not_refused(shop: Shop) -> None:
    """The tenant was renamed between two tries: under the same key Stripe would refuse other parameters."""
    shop.gateway.start(an_order())
    again = shop.gateway.start(an_order(title="Money", tenant_name="Aurora"))
    assert again.url
    assert len(shop.at("customer")) == 1


def test_tenant_is_one_customer_and_never_somebody_elses(shop: Shop) -> None:
    first = an_order()
    shop.gateway.start(first)
    shop.gateway.start(an_order("pay_2"))
    customer = shop.at("customer")
    assert [(one["name"], one["email"]) for one in customer] == [("Salon Aurora", first.email)]
    assert customer[0]["metadata"] == {"tenant_id": "7", "platform": project.PLATFORM_URL}
    shop.gateway.start(an_order("pay_3", tenant_id=8, tenant_name="Ana’s other one"))
    assert len(shop.at("customer")) == 2


def test_customer_that_is_known_is_taken(shop: Shop) -> None:
    known = shop.sandbox.client().v1.customers.create({"name": "Aurora"})
    shop.gateway.start(an_order(customer_id=known.id))
    assert [one["customer"] for one in shop.at("checkout.session")] == [known.id]


def test_customer_that_was_deleted_at_stripe_is_made_anew(shop: Shop) -> None:
    client = shop.sandbox.client()
    known = client.v1.customers.create({"name": "Aurora"})
    client.v1.customers.delete(known.id)
    shop.gateway.start(an_order(customer_id=known.id))
    assert shop.at("checkout.session")[0]["customer"] != known.id


def test_owner_without_an_address_can_pay(shop: Shop) -> None:
    assert shop.gateway.start(an_order(email="")).url


def test_page_that_is_left_open_has_its_end(shop: Shop) -> None:
    started = shop.gateway.start(an_order())
    shop.sandbox.advance(hours=25)
    fact = shop.gateway.find_payment(started.external_id)
    assert fact is not None
    assert fact.state is PaymentState.FAILED
    assert fact.failure == "It was not paid in time. Nothing was charged."


def test_declined_card_leaves_the_page_open(shop: Shop) -> None:
    started = shop.gateway.start(an_order())
    shop.sandbox.decline(started.url)
    fact = shop.gateway.find_payment(started.external_id)
    assert fact is not None
    assert fact.state is PaymentState.PENDING
    shop.sandbox.pay(started.url)
    fact = shop.gateway.find_payment(started.external_id)
    assert fact is not None
    assert fact.state is PaymentState.PAID


@pytest.mark.parametrize("name", ["cs_test_unknown", "in_unknown", "pay_1", "", "../account"])
def test_unknown_attempt_is_none(shop: Shop, name: str) -> None:
    assert shop.gateway.find_payment(name) is None


def test_abandoned_page_cannot_be_paid(shop: Shop) -> None:
    started = shop.gateway.start(an_order())
    shop.gateway.abandon(started.external_id)
    with pytest.raises(AssertionError):
        shop.sandbox.pay(started.url)
    shop.gateway.abandon(started.external_id)
    shop.gateway.abandon("cs_test_unknown")


def test_abandoning_what_was_paid_changes_nothing(shop: Shop) -> None:
    started = shop.gateway.start(an_order())
    shop.sandbox.pay(started.url)
    shop.gateway.abandon(started.external_id)
    fact = shop.gateway.find_payment(started.external_id)
    assert fact is not None
    assert fact.state is PaymentState.PAID


def test_amount_that_stripe_takes_for_too_small_is_refused(shop: Shop) -> None:
    with pytest.raises(GatewayRefused) as caught:
        shop.gateway.start(an_order(amount=49))
    assert "at least 50" in caught.value.detail


def test_yen_are_yen(shop: Shop) -> None:
    started = shop.gateway.start(an_order(amount=2900, currency="JPY"))
    assert shop.at("checkout.session")[0]["amount_total"] == 2900
    shop.sandbox.pay(started.url)
    fact = shop.gateway.find_payment(started.external_id)
    assert fact is not None
    assert (fact.amount, fact.currency) == (2900, "JPY")


def test_shillings_are_written_with_two_decimals(shop: Shop) -> None:
    started = shop.gateway.start(an_order(amount=90_000, currency="UGX"))
    assert shop.at("checkout.session")[0]["amount_total"] == 9_000_000
    shop.sandbox.pay(started.url)
    fact = shop.gateway.find_payment(started.external_id)
    assert fact is not None
    assert (fact.amount, fact.currency) == (90_000, "UGX")


# Plans


@pytest.mark.req(86)
def test_plan_is_bought_at_the_price_that_stripe_knows(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    ids = shop.sell(plan)
    payment = shop.order(on_free, plan, ana, due=2900)
    session = shop.at("checkout.session")[0]
    assert (session["mode"], payment.external_id) == ("subscription", session["id"])
    assert [line["price"] for line in session["_line_items"]] == [ids["monthly"]]
    shop.sandbox.pay(payment.pay_url)
    subscription = shop.at("subscription")[0]
    assert subscription["metadata"] == {
        "reference": payment.reference,
        "tenant_id": str(on_free.pk),
    }
    fact = shop.gateway.find_payment(payment.external_id)
    assert fact is not None
    assert (fact.state, fact.amount, fact.paid_with, fact.at) == ("paid", 2900, "Visa 4242", NOW)
    assert fact.charge_id == shop.at("payment_intent")[0]["id"]
    runs = fact.subscription
    assert runs is not None
    assert (runs.external_id, runs.price_id) == (subscription["id"], ids["monthly"])
    assert (runs.period_start, runs.period_end, runs.standing) == (NOW, MONTH, Standing.ACTIVE)
    assert (runs.customer_id, runs.reference) == (subscription["customer"], payment.reference)


def test_first_invoice_speaks_of_the_same_payment_as_the_page(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    payment = shop.order(on_free, plan, ana, due=2900)
    shop.sandbox.pay(payment.pay_url)
    page = shop.gateway.find_payment(payment.external_id)
    bill = shop.gateway.find_payment(shop.at("invoice")[0]["id"])
    assert page is not None
    assert bill is not None
    assert bill.reference == page.reference == payment.reference
    assert (bill.amount, bill.charge_id, bill.subscription) == (
        page.amount,
        page.charge_id,
        page.subscription,
    )


def test_both_news_of_a_purchase_are_one_payment(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    payment = Payment.objects.get()
    assert (payment.status, payment.subscription, payment.problem) == (Status.PAID, running, "")
    assert (running.amount, running.period_end, running.paid_with) == (2900, MONTH, "Visa 4242")
    on_free.refresh_from_db()
    assert (on_free.plan, on_free.expires_at) == (plan, MONTH)


@pytest.mark.req(67)
def test_annual_plan_runs_for_a_year(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=29000, cycle="annual")
    assert (running.cycle, running.amount) == ("annual", 29000)
    assert running.period_end == NOW.replace(year=2027)


def test_renewal_is_a_payment_of_its_own(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    shop.sandbox.advance_to(MONTH)
    invoice = shop.at("invoice")[-1]
    fact = shop.gateway.find_payment(invoice["id"])
    assert fact is not None
    assert (fact.reference, fact.amount, fact.at, fact.paid_with) == ("", 2900, MONTH, "Visa 4242")
    assert fact.subscription is not None
    assert fact.subscription.external_id == running.external_id
    assert fact.subscription.period_end == MONTH.replace(year=2027, month=1)
    shop.hear()
    renewal = Payment.objects.get(purpose="renewal")
    assert (renewal.status, renewal.external_id) == (Status.PAID, invoice["id"])
    running.refresh_from_db()
    assert running.period_end == MONTH.replace(year=2027, month=1)


def test_credit_that_was_given_at_stripe_counts_as_paid(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    shop.sandbox.advance_to(MONTH)
    invoice = shop.sandbox.world.store.all("invoice")[-1]
    invoice |= {"amount_paid": 900, "starting_balance": -2000, "ending_balance": 0}
    fact = shop.gateway.find_payment(invoice["id"])
    assert fact is not None
    assert fact.amount == 2900
    shop.hear()
    running.refresh_from_db()
    assert running.amount == 2900


def test_renewal_for_nothing_is_said_and_not_lost(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    """A discount of all of it, given at Stripe by hand: there is no payment that could extend anything."""
    shop.send(plan)
    shop.buy(on_free, plan, ana, due=2900)
    shop.sandbox.advance_to(MONTH)
    invoice = shop.sandbox.world.store.all("invoice")[-1]
    invoice["amount_paid"] = 0
    with pytest.raises(GatewayRefused) as caught:
        shop.tell("invoice.paid", invoice["id"])
    assert "renewed a subscription for nothing" in caught.value.detail


def test_thirteen_renewals_keep_their_day(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    for _month in range(13):
        shop.sandbox.advance_to(running.period_end)
        shop.hear()
        running.refresh_from_db()
    assert running.period_end == NOW.replace(year=2028, month=1)
    assert Payment.objects.filter(purpose="renewal", fulfilled_at__isnull=False).count() == 13
    on_free.refresh_from_db()
    assert on_free.expires_at == running.period_end


def test_credit_is_taken_off_the_first_invoice_alone(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    bigger = Plan.objects.create(name="Team+", monthly_price=5900)
    shop.send(plan, bigger)
    shop.buy(on_free, plan, ana, due=2900)
    shop.sandbox.advance(days=18)
    payment = shop.order(on_free, bigger, ana, due=4740)
    coupon = shop.at("coupon")[0]
    assert (coupon["amount_off"], coupon["currency"], coupon["max_redemptions"]) == (1160, "usd", 1)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    assert (payment.amount, payment.problem, payment.status) == (4740, "", Status.PAID)
    shop.push_all()
    running = live_subscription(on_free)
    assert running is not None
    shop.sandbox.advance_to(running.period_end)
    shop.hear()
    assert Payment.objects.get(purpose="renewal").amount == 5900


def test_slow_method_is_pending_until_it_says_more(shop: Shop) -> None:
    """A bank debit: the page is complete, and the money comes days later, or does not."""
    started = shop.gateway.start(an_order())
    shop.sandbox.pay(started.url)
    store = shop.sandbox.world.store
    session = store.get("checkout.session", started.external_id)
    intent = store.get("payment_intent", session["payment_intent"])
    session["payment_status"], intent["status"] = "unpaid", "processing"
    slow = shop.gateway.find_payment(started.external_id)
    assert slow is not None
    assert slow.state is PaymentState.PENDING
    intent["status"] = "requires_payment_method"
    fact = shop.tell("checkout.session.async_payment_failed", started.external_id)[0]
    assert (fact.state, fact.failure) == (
        "failed",
        "The payment was declined. Nothing was charged.",
    )
    session["payment_status"], intent["status"] = "paid", "succeeded"
    fact = shop.tell("checkout.session.async_payment_succeeded", started.external_id)[0]
    assert (fact.state, fact.amount) == ("paid", 2900)


def test_slow_first_payment_of_a_plan_is_pending_and_may_fail(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    payment = shop.order(on_free, plan, ana, due=2900)
    shop.sandbox.pay(payment.pay_url)
    store = shop.sandbox.world.store
    session = store.get("checkout.session", payment.external_id)
    intent = store.all("payment_intent")[0]
    session["payment_status"], intent["status"] = "unpaid", "processing"
    slow = shop.gateway.find_payment(payment.external_id)
    assert slow is not None
    assert slow.state is PaymentState.PENDING
    intent["status"] = "requires_payment_method"
    failed = shop.gateway.find_payment(payment.external_id)
    assert failed is not None
    assert failed.state is PaymentState.FAILED


def test_money_on_its_way_is_not_given_up(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    store = shop.sandbox.world.store
    session = store.get("checkout.session", payment.external_id)
    session["payment_status"] = "unpaid"
    store.get("payment_intent", session["payment_intent"])["status"] = "processing"
    checkout.abandon(payment, now=shop.now)
    payment.refresh_from_db()
    assert payment.status == Status.PENDING


def test_what_was_given_up_cannot_be_paid(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    checkout.abandon(payment, now=shop.now)
    payment.refresh_from_db()
    assert payment.status == Status.FAILED
    with pytest.raises(AssertionError):
        shop.sandbox.pay(payment.pay_url)


def test_giving_up_what_was_just_paid_settles_it(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    checkout.abandon(payment, now=shop.now)
    payment.refresh_from_db()
    assert (payment.status, payment.fulfilled_at) == (Status.PAID, shop.now)


def test_order_in_a_currency_of_today(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> None:
    PlatformSettings.objects.update(currency="JPY")
    ids = shop.sell(plan)
    assert shop.price(ids["monthly"])["currency"] == "jpy"
    running = shop.buy(on_free, plan, ana, due=2900)
    assert (running.amount, running.currency) == (2900, "JPY")


def test_recurring_order_needs_its_price(shop: Shop) -> None:
    with pytest.raises(GatewayRefused) as caught:
        shop.gateway.start(an_order(recurring=Recurring("price_unknown", "monthly", 2900)))
    assert "price_unknown" in caught.value.detail


def test_reconciler_is_told_of_everything_that_was_paid(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    funds = shop.funds(on_free, ana, 5000)
    left = shop.funds(on_free, ana, 700)
    shop.sandbox.pay(funds.pay_url)
    shop.buy(on_free, plan, ana, due=2900)
    shop.sandbox.advance_to(MONTH)
    foreign = shop.sandbox.client()
    shop.sandbox.pay(
        foreign.v1.checkout.sessions.create(
            {
                "mode": "payment",
                "success_url": "https://other.example/",
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": "usd",
                            "unit_amount": 900,
                            "product_data": {"name": "A shirt of another shop"},
                        },
                    }
                ],
            }
        ).url
        or ""
    )
    told = {(fact.reference, fact.amount, fact.at) for fact in shop.gateway.paid_since(NOW)}
    first = Payment.objects.get(purpose="plan")
    assert told == {(funds.reference, 5000, NOW), (first.reference, 2900, NOW), ("", 2900, MONTH)}
    assert left.reference not in {reference for reference, _, _ in told}
    later = shop.gateway.paid_since(NOW + timedelta(days=1))
    assert [(fact.reference, fact.amount) for fact in later] == [("", 2900)]


def test_subscription_is_found_as_it_stands(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    ids = shop.sell(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    fact = shop.gateway.find_subscription(running.external_id)
    assert fact is not None
    assert (fact.standing, fact.price_id, fact.paid_with) == ("active", ids["monthly"], "Visa 4242")
    assert (fact.period_start, fact.period_end) == (NOW, MONTH)
    assert not fact.ends_after_period
    assert shop.gateway.find_subscription("sub_unknown") is None
    assert shop.gateway.find_subscription("") is None


def test_card_is_changed_on_stripes_page(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    page = shop.gateway.card_page(running.customer_id, "http://salon-aurora.localhost/panel/")
    shop.sandbox.replace_card(page, "4444")
    shop.hear()
    assert Subscription.objects.get(pk=running.pk).paid_with == "Mastercard 4444"


def test_card_page_is_for_the_card_alone(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    """Plans are changed and cancelled on our own pages."""
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    for _time in range(2):
        shop.gateway.card_page(running.customer_id, "http://salon-aurora.localhost/panel/")
    portal = shop.at("billing_portal.configuration")
    assert len(portal) == 1
    allowed = [name for name, feature in portal[0]["features"].items() if feature["enabled"]]
    assert allowed == ["payment_method_update"]
    used = {one["configuration"] for one in shop.at("billing_portal.session")}
    assert used == {portal[0]["id"]}


def choose_card(shop: Shop, running: Subscription, card: str) -> None:
    """What Stripe’s page does at least: the customer has another default."""
    shop.gateway.card_page(running.customer_id, "http://salon-aurora.localhost/panel/")
    method = shop.sandbox.add_card(running.customer_id, card)
    settings: Any = {"invoice_settings": {"default_payment_method": method}}
    shop.sandbox.client().v1.customers.update(running.customer_id, settings)
    shop.hear()


def test_card_that_was_chosen_is_the_one_that_is_charged(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    """Checkout ties the first card to the subscription: changing the customer’s would change nothing."""
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    first = shop.at("payment_method")[0]["id"]
    shop.gateway.card_page(running.customer_id, "http://salon-aurora.localhost/panel/")
    customer = shop.at("customer")[0]
    assert customer["invoice_settings"]["default_payment_method"] == first, "nothing changes yet"
    choose_card(shop, running, "4242")
    shop.sandbox.world.store.all("payment_method")[-1]["card"]["last4"] = "1881"
    shop.sandbox.advance_to(MONTH)
    shop.hear()
    assert Payment.objects.get(purpose="renewal").paid_with == "Visa 1881"


def test_other_card_collects_what_is_open_at_once(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    """Stripe would try again by itself, a day or a week later."""
    shop.send(plan)
    payment = shop.order(on_free, plan, ana, due=2900)
    shop.sandbox.pay(payment.pay_url, "4444")  # works while its owner is there
    shop.hear()
    running = Subscription.objects.get()
    shop.sandbox.advance_to(MONTH)
    shop.hear()
    running.refresh_from_db()
    assert running.standing == Standing.PAST_DUE
    assert shop.push_all() == 0
    choose_card(shop, running, "0002")
    running.refresh_from_db()
    assert (running.paid_with, running.push_due_at) == ("Visa 0002", shop.now)
    assert shop.push_all() == 1
    shop.hear()
    running.refresh_from_db()
    assert (running.standing, running.push_error) == (Standing.PAST_DUE, ""), "it was declined"
    choose_card(shop, running, "4242")
    assert shop.push_all() == 1
    shop.hear()
    running.refresh_from_db()
    assert (running.standing, running.paid_with) == (Standing.ACTIVE, "Visa 4242")
    assert Payment.objects.get(purpose="renewal").status == Status.PAID


def test_page_for_a_customer_that_is_gone_is_refused(shop: Shop) -> None:
    with pytest.raises(GatewayRefused):
        shop.gateway.card_page("cus_unknown", "http://salon-aurora.localhost/panel/")
