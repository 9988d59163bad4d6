"""Notifications, return page and workers at the same moment: stored once, counted once, nobody waits for the broker."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection
from kombu import pools

from billing.models import Invoice, Outcome, Payment, Status, Subscription, WebhookEvent
from billing.services import checkout
from billing.services.inbox import working as inbox
from billing.services.inbox.working import Delivery
from billing.tasks import inbox as inbox_tasks
from plans.models import Plan
from saas.celery import app
from saas.core import clock
from saas.core.nudge import Nudge
from sandbox.stripe.testing import SECRET, StripeSandbox
from tenants.models import PlanChange, Tenant, User
from tests.billing.inbox.shop import Post, Shop, an_event, signature, store, work
from tests.billing.money import NOW

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
PEOPLE = 20


def all_at_once(*acts: Callable[[], object]) -> Counter[str]:
    """Each in a thread and on a connection of its own; how often which outcome came."""
    outcomes: list[str] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=60)
            outcomes.append(str(act()))
        except Exception as error:
            outcomes.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return Counter(outcomes)


def delivery(event: dict[str, object]) -> Delivery:
    body = json.dumps(event).encode()
    return Delivery("stripe", body, {"Stripe-Signature": signature(body, SECRET)}, clock.true_now())


@pytest.fixture
def shop(sandbox: StripeSandbox, plan: Plan) -> Shop:
    shop = Shop(sandbox)
    shop.offer(plan)
    return shop


@pytest.fixture
def on_free(aurora: Tenant, small_plan: Plan) -> Tenant:
    Tenant.objects.filter(pk=aurora.pk).update(plan=small_plan)
    aurora.refresh_from_db()
    return aurora


def test_twenty_deliveries_at_once_are_one_row(sandbox: StripeSandbox) -> None:
    one = delivery(an_event())
    outcomes = all_at_once(*[lambda: inbox.accept(one, now=NOW)] * PEOPLE)
    assert outcomes == {"True": 1, "False": PEOPLE - 1}
    assert WebhookEvent.objects.count() == 1


def test_no_event_is_claimed_by_two(sandbox: StripeSandbox) -> None:
    for number in range(30):
        store(f"evt_{number}")
    claimed: list[int] = []

    def take() -> str:
        while events := inbox.claim(NOW, 2):
            claimed.extend(event.pk for event in events)
        return "done"

    assert all_at_once(*[take] * 8) == {"done": 8}
    assert sorted(claimed) == sorted(WebhookEvent.objects.values_list("pk", flat=True))


def carried_out_once(tenant: Tenant, plan: Plan) -> None:
    payment = Payment.objects.get()
    assert (payment.status, payment.problem) == (Status.PAID, "")
    assert payment.fulfilled_at
    assert Subscription.objects.count() == Invoice.objects.count() == 1
    assert PlanChange.objects.filter(tenant=tenant, reason="paid").count() == 1
    tenant.refresh_from_db()
    assert tenant.plan == plan
    left = WebhookEvent.objects.exclude(outcome__in=[Outcome.DONE, Outcome.IGNORED])
    assert list(left) == []


def test_redirect_before_webhook(
    shop: Shop, post: Post, on_free: Tenant, plan: Plan, ana: User
) -> None:
    payment = shop.buy(on_free, plan, ana)
    assert checkout.look(payment, now=NOW).status == Status.PAID
    shop.sandbox.deliver(post.receive)
    work()
    carried_out_once(on_free, plan)


def test_webhook_before_redirect(
    shop: Shop, post: Post, on_free: Tenant, plan: Plan, ana: User
) -> None:
    payment = shop.buy(on_free, plan, ana)
    shop.sandbox.deliver(post.receive)
    work()
    assert checkout.look(payment, now=NOW).status == Status.PAID
    carried_out_once(on_free, plan)


def test_redirect_and_webhooks_at_once(
    shop: Shop, post: Post, on_free: Tenant, plan: Plan, ana: User
) -> None:
    payment = shop.buy(on_free, plan, ana)
    shop.sandbox.deliver(post.receive)

    def look() -> str:
        checkout.look(Payment.objects.get(pk=payment.pk), now=NOW)
        return "done"

    def take_up() -> str:
        work(at_most=1)
        return "done"

    assert all_at_once(*[look, take_up] * 4) == {"done": 8}
    carried_out_once(on_free, plan)


def test_stored_while_the_same_is_worked_on(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    """Stripe delivers again while a worker has the first one: no second row, no second effect."""
    payment = shop.buy(on_free, plan, ana)
    session = {"id": payment.external_id, "object": "checkout.session"}
    one = delivery(an_event(kind="checkout.session.completed", data={"object": session}))
    inbox.accept(one, now=NOW)
    outcomes = all_at_once(work, *[lambda: inbox.accept(one, now=NOW)] * 6)
    assert outcomes == {"None": 1, "False": 6}
    carried_out_once(on_free, plan)


@pytest.mark.parametrize(
    "name", ["nul \x00 inside", "half a pair \ud800", "whole \U0001f600", "tab \t"]
)
def test_text_that_postgres_does_not_take_is_stored_all_the_same(
    sandbox: StripeSandbox, post: Post, name: str
) -> None:
    thing = {"id": "in_1", "name": name, "many": [float("inf"), float("nan"), 1.5, None]}
    assert post.event(an_event(data={"object": thing})).status_code == 200
    stored = WebhookEvent.objects.get().payload["data"]["object"]
    assert stored["name"] == name.replace("\x00", "\N{REPLACEMENT CHARACTER}").replace(
        "\ud800", "?"
    )
    assert stored["many"] == ["inf", "nan", 1.5, None]


def test_connection_that_the_server_has_ended_is_replaced(
    sandbox: StripeSandbox, post: Post
) -> None:
    post.event(an_event("evt_1"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        mine = cursor.fetchone()[0]

    def end_it() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [mine])
        return "done"

    assert all_at_once(end_it) == {"done": 1}
    assert post.event(an_event("evt_2")).status_code == 200
    assert WebhookEvent.objects.count() == 2


def test_database_that_is_away_is_a_503_and_stripe_tries_again(
    sandbox: StripeSandbox, post: Post
) -> None:
    post.event(an_event("evt_1"))
    known = connection.settings_dict["PORT"], connection.settings_dict["HOST"]
    connection.close()
    try:
        connection.settings_dict |= {"PORT": "9", "HOST": "127.0.0.1"}
        response = post.event(an_event("evt_2"))
    finally:
        connection.settings_dict["PORT"], connection.settings_dict["HOST"] = known
        connection.close()
    assert (response.status_code, response.content) == (503, b"unavailable")
    assert response["Retry-After"] == "10"
    assert post.event(an_event("evt_2")).status_code == 200


@pytest.fixture
def broker_is_away() -> Iterator[None]:
    """Every publishing fails, as when Redis is restarted."""
    known = app.conf.broker_url
    renew_broker("redis://127.0.0.1:9/0")
    yield
    renew_broker(known)


def renew_broker(url: str) -> None:
    app.pool.force_close_all()
    pools.reset()
    app.conf.broker_url = url
    app._pool = None
    app.__dict__.pop("amqp", None)


@pytest.mark.usefixtures("broker_is_away")
def test_broker_that_is_away_loses_nothing_and_holds_nobody_up(
    shop: Shop,
    post: Post,
    on_free: Tenant,
    plan: Plan,
    ana: User,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("WARNING", "saas.core.nudge")
    nudge = Nudge(inbox_tasks._ask_for_a_worker, pause=0.01)
    monkeypatch.setattr(inbox_tasks, "nudge", nudge)
    shop.buy(on_free, plan, ana)
    assert shop.sandbox.deliver(post.receive).failed == 0
    deadline = time.monotonic() + 30
    while "Nobody could be told" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "Nobody could be told of new work" in caplog.text
    inbox_tasks.process_due()  # what the beat does within a minute
    carried_out_once(on_free, plan)


def test_nudges_that_come_together_are_one_and_the_last_is_never_lost() -> None:
    sent: list[float] = []
    nudge = Nudge(lambda: sent.append(time.monotonic()), pause=0.05)
    last = 0.0
    for _ in range(200):
        nudge.give()
        last = time.monotonic()
        time.sleep(0.001)
    deadline = time.monotonic() + 30
    while (not sent or sent[-1] < last) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert sent[-1] >= last
    assert len(sent) < 100


def test_nudge_outlives_a_sender_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING", "saas.core.nudge")
    sent: list[int] = []

    def send() -> None:
        sent.append(1)
        if len(sent) == 1:
            raise OSError("Nobody there.")

    nudge = Nudge(send, pause=0.001)
    for number in (1, 2):
        nudge.give()
        deadline = time.monotonic() + 30
        while len(sent) < number and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(sent) == 2
    assert "Nobody there." in caplog.text
