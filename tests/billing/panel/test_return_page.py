"""Back from the gateway: the page that says how a payment stands, and settles it when it is the first to hear."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client

from billing.models import Invoice, Payment, Status
from billing.services import checkout, gateways
from billing.services.settlement import apply
from plans.models import Plan, PlatformSettings
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import PlanChange, Tenant, User
from tests.billing.money import press
from tests.billing.panel.scene import HTMX, URL, sentence
from tests.booking.pages import queries_for, words

Sell = Callable[..., None]


@pytest.fixture
def pending(on_free: Tenant, plan: Plan, ana: User, sandbox: StripeSandbox, sell: Sell) -> Payment:
    """Ana is on Stripe's page, about to pay for Team."""
    sell(plan)
    now = clock.now()
    payment = checkout.order_plan(
        on_free, plan.pk, "monthly", press(ana, 2900, gateway="stripe"), now=now
    )
    return checkout.begin(payment, now=now).payment


def url(payment: Payment, *, back: bool = False) -> str:
    return f"{URL}payments/{payment.reference}/{'?back=1' if back else ''}"


def said(client: Client, payment: Payment, *, back: bool = False) -> str:
    return words(client.get(url(payment, back=back), follow=True)).split("<main")[1]


def look_again(payment: Payment) -> None:
    """Some seconds later a gateway may be asked again."""
    Payment.objects.filter(pk=payment.pk).update(checked_at=clock.now() - timedelta(seconds=9))


@pytest.mark.req(65, 66, 67)
def test_return_settles_before_any_notification(
    owner: Client, on_free: Tenant, plan: Plan, pending: Payment, sandbox: StripeSandbox
) -> None:
    back = urlsplit(sandbox.pay(pending.pay_url))
    assert back.path == url(pending)
    page = words(owner.get(back.path, follow=True))
    assert "<small>Team plan</small>" in page
    assert "Thank you" in page
    assert "Paid. You are on Team until" in page
    assert Invoice.objects.get().number in page
    on_free.refresh_from_db()
    assert on_free.plan == plan
    assert "with Visa ending 4242." in sentence(owner)


def test_page_says_processing_looks_by_itself_and_then_says_paid(
    owner: Client, pending: Payment, sandbox: StripeSandbox
) -> None:
    page = words(owner.get(url(pending)))
    assert "Your payment is being processed" in page
    assert f'hx-get="{url(pending)}" hx-trigger="every 3s"' in page
    assert '<noscript> <meta http-equiv="refresh" content="3"> </noscript>' in page
    sandbox.pay(pending.pay_url)
    look_again(pending)
    assert owner.get(url(pending), headers=HTMX)["HX-Redirect"] == url(pending)
    page = said(owner, pending)
    assert "Paid. You are on Team until" in page
    assert "hx-trigger" not in page


def test_gateway_is_asked_every_few_seconds_however_often_the_page_is(
    owner: Client, pending: Payment, sandbox: StripeSandbox
) -> None:
    said(owner, pending)
    sandbox.pay(pending.pay_url)
    assert "Your payment is being processed" in said(owner, pending)
    look_again(pending)
    assert "Thank you" in said(owner, pending)


def test_while_it_waits_only_the_part_that_may_change_is_sent(
    owner: Client, pending: Payment
) -> None:
    part = words(owner.get(url(pending), headers=HTMX))
    assert part.startswith('<div class="card')
    assert "Your payment is being processed" in part
    assert 'hx-trigger="every 3s"' in part


def test_page_loses_patience_and_says_so(owner: Client, pending: Payment) -> None:
    Payment.objects.filter(pk=pending.pk).update(created_at=clock.now() - timedelta(minutes=2))
    assert 'hx-trigger="every 15s"' in said(owner, pending)
    Payment.objects.filter(pk=pending.pk).update(created_at=clock.now() - timedelta(hours=1))
    page = said(owner, pending)
    assert "hx-trigger" not in page
    assert "It takes longer than usual." in page
    assert "Look again" in page


def test_told_and_returned_at_once_it_counts_once(
    owner: Client, pending: Payment, sandbox: StripeSandbox
) -> None:
    back = urlsplit(sandbox.pay(pending.pay_url)).path
    fact = gateways.connect("stripe").find_payment(pending.external_id)  # type: ignore[attr-defined]
    apply(fact, gateway="stripe", environment="sandbox", now=clock.now())
    assert "Thank you" in words(owner.get(back, follow=True))
    assert "Thank you" in words(owner.get(back, follow=True))
    assert Invoice.objects.count() == 1
    assert PlanChange.objects.filter(reason="paid").count() == 1


def test_back_without_paying_nothing_was_charged_and_one_may_go_on_or_give_up(
    owner: Client, on_free: Tenant, pending: Payment, sandbox: StripeSandbox
) -> None:
    page = said(owner, pending, back=True)
    assert "Not paid" in page
    assert "Nothing was charged, and nothing has changed." in page
    assert f'href="{pending.pay_url}"' in page
    response = owner.post(f"{url(pending)}give-up/", follow=True)
    assert "The payment is cancelled. Nothing was charged." in words(response)
    pending.refresh_from_db()
    assert pending.status == Status.FAILED
    with pytest.raises(AssertionError):
        sandbox.pay(pending.pay_url)


def test_back_after_paying_says_paid(
    owner: Client, pending: Payment, sandbox: StripeSandbox
) -> None:
    sandbox.pay(pending.pay_url)
    assert "Thank you" in said(owner, pending, back=True)


def test_giving_up_what_was_paid_meanwhile_says_paid(
    owner: Client, on_free: Tenant, plan: Plan, pending: Payment, sandbox: StripeSandbox
) -> None:
    sandbox.pay(pending.pay_url)
    response = owner.post(f"{url(pending)}give-up/", follow=True)
    assert "Paid. You are on Team until" in words(response)
    on_free.refresh_from_db()
    assert on_free.plan == plan


def test_failed_payment_says_why_and_can_be_tried_again(
    owner: Client, on_free: Tenant, plan: Plan, pending: Payment
) -> None:
    owner.post(f"{url(pending)}give-up/")
    page = said(owner, pending)
    assert "This was not paid" in page
    assert "Nothing was charged." in page
    assert f'href="{URL}choose/{plan.pk}/?cycle=monthly"' in page


def test_paid_and_not_carried_out_is_said_honestly(
    owner: Client,
    on_free: Tenant,
    plan: Plan,
    small_plan: Plan,
    pending: Payment,
    sandbox: StripeSandbox,
) -> None:
    PlatformSettings.objects.update(contact_email="hello@x.example")
    Tenant.objects.update(plan=small_plan)
    Plan.objects.filter(pk=plan.pk).delete()
    back = urlsplit(sandbox.pay(pending.pay_url)).path
    page = words(owner.get(back, follow=True)).split("<main")[1]
    assert "Paid, and not carried out yet" in page
    assert "Please do not pay again." in page
    assert "mailto:hello@x.example" in page
    pending.refresh_from_db()
    assert pending.problem
    assert pending.problem not in page


def test_gateway_that_is_down_leaves_the_payment_as_it_is(
    owner: Client, pending: Payment, sandbox: StripeSandbox
) -> None:
    sandbox.fault("500", times=50)
    page = said(owner, pending)
    assert "Stripe does not answer at present." in page
    given_up = owner.post(f"{url(pending)}give-up/")
    assert given_up.status_code == 503
    assert "does not answer at present" in words(given_up)
    pending.refresh_from_db()
    assert pending.is_pending


def test_order_that_never_reached_the_gateway_can_be_begun(
    owner: Client, on_free: Tenant, plan: Plan, ana: User, sandbox: StripeSandbox, sell: Sell
) -> None:
    sell(plan)
    payment = checkout.order_plan(
        on_free, plan.pk, "monthly", press(ana, 2900, gateway="stripe"), now=clock.now()
    )
    page = said(owner, payment)
    assert "Not paid" in page
    assert f'action="{url(payment)}pay/"' in page
    assert "Going on to Stripe…" in words(owner.post(f"{url(payment)}pay/"))
    payment.refresh_from_db()
    assert payment.pay_url


def test_going_on_very_often_is_stopped(owner: Client, pending: Payment) -> None:
    statuses = [owner.post(f"{url(pending)}pay/").status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]


def test_payments_of_others_are_not_there(
    client_for: Callable[..., Client],
    ana: User,
    carla: User,
    mara: User,
    borealis: Tenant,
    on_free: Tenant,
    pending: Payment,
) -> None:
    others, staff = client_for(carla, borealis), client_for(mara, on_free)
    for path in ("", "pay/", "give-up/"):
        address = f"{URL}payments/{pending.reference}/{path}"
        ask = others.get if not path else others.post
        assert ask(address).status_code == 404
        assert (staff.get if not path else staff.post)(address).status_code == 403
    assert client_for(ana, on_free).get(f"{URL}payments/pay_none/").status_code == 404
    pending.refresh_from_db()
    assert pending.is_pending


def test_page_takes_few_queries(owner: Client, pending: Payment, sandbox: StripeSandbox) -> None:
    owner.get(urlsplit(sandbox.pay(pending.pay_url)).path)
    assert queries_for(owner, url(pending)) <= 8
