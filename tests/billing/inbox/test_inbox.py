"""From a stored notification to its end: claimed once, tried again, given up, played again, forgotten."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from billing.models import GatewaySettings, Outcome, Payment, Status, WebhookEvent
from billing.services.inbox import working as inbox
from plans.models import Plan
from saas.core.errors import NotHere
from saas.core.models import AuditEntry
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.inbox.shop import Post, Shop, store, work
from tests.billing.money import NOW
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(sandbox: StripeSandbox, plan: Plan) -> Shop:
    shop = Shop(sandbox)
    shop.offer(plan)
    return shop


@pytest.fixture
def on_free(world: World) -> Tenant:
    Tenant.objects.filter(pk=world.aurora.pk).update(plan=world.small_plan)
    world.aurora.refresh_from_db()
    return world.aurora


def outcomes() -> dict[str, str]:
    return dict(WebhookEvent.objects.values_list("kind", "outcome"))


def test_purchase_is_carried_out_by_what_stripe_tells(
    shop: Shop, post: Post, on_free: Tenant, plan: Plan, ana: User
) -> None:
    payment = shop.buy(on_free, plan, ana)
    assert shop.sandbox.deliver(post.receive).failed == 0
    payment.refresh_from_db()
    assert payment.status == Status.PENDING
    work()
    payment.refresh_from_db()
    on_free.refresh_from_db()
    assert (payment.status, on_free.plan) == (Status.PAID, plan)
    assert not WebhookEvent.objects.exclude(due_at=None).exists()
    told = outcomes()
    assert told["checkout.session.completed"] == told["invoice.paid"] == Outcome.DONE
    assert told["product.created"] == Outcome.IGNORED
    done = WebhookEvent.objects.filter(outcome=Outcome.DONE).order_by("pk")
    assert {event.detail for event in done} <= {
        "Paid and carried out.", "It was settled before.", "It stands as before."
    }  # fmt: skip


def test_nothing_in_a_payload_is_believed(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    """Signed or not: what counts is how the session stands at Stripe."""
    payment = shop.order(on_free, plan, ana)
    about = {"id": payment.external_id, "payment_status": "paid", "status": "complete"}
    event = store(kind="checkout.session.completed", object_id=payment.external_id,
                  payload={"data": {"object": about}})  # fmt: skip
    work()
    event.refresh_from_db()
    payment.refresh_from_db()
    assert payment.status == Status.PENDING
    assert (event.outcome, event.detail) == (
        Outcome.DONE,
        "The gateway has not collected it yet.",
    )


def test_object_that_stripe_does_not_have_is_ignored(sandbox: StripeSandbox) -> None:
    event = store(object_id="in_of_nobody")
    work()
    event.refresh_from_db()
    assert (event.outcome, event.detail) == (Outcome.IGNORED, "Nothing of ours.")
    assert event.finished_at == NOW


def test_claim_is_a_lease_and_counts(sandbox: StripeSandbox) -> None:
    store("evt_1", now=NOW - timedelta(minutes=2))
    store("evt_2", now=NOW - timedelta(minutes=1))
    store("evt_3", now=NOW + timedelta(minutes=1))
    store("evt_4", outcome=Outcome.DONE, due_at=None)
    first = inbox.claim(NOW, 1)
    assert [event.event_id for event in first] == ["evt_1"]
    assert [event.event_id for event in inbox.claim(NOW, 9)] == ["evt_2"]
    assert inbox.claim(NOW, 9) == []
    assert not inbox.is_any_due(NOW)
    later = NOW + inbox.LEASE
    assert inbox.is_any_due(later)
    assert [event.attempts for event in inbox.claim(later, 9)] == [1, 2, 2]


def test_claim_one_takes_what_is_due_and_nothing_else(sandbox: StripeSandbox) -> None:
    event = store()
    assert inbox.claim_one(event.pk + 1, NOW) is None
    taken = inbox.claim_one(event.pk, NOW)
    assert taken is not None
    assert (taken.pk, taken.attempts) == (event.pk, 1)
    assert inbox.claim_one(event.pk, NOW) is None


def test_stuck_event_is_taken_up_when_the_lease_is_over(sandbox: StripeSandbox) -> None:
    """A worker was lost with it."""
    event = store()
    inbox.claim(NOW)
    work(NOW + timedelta(minutes=5))
    event.refresh_from_db()
    assert event.outcome == Outcome.WAITING
    work(NOW + inbox.LEASE)
    event.refresh_from_db()
    assert (event.outcome, event.attempts) == (Outcome.IGNORED, 2)


@pytest.mark.parametrize("fault", ["500", "connection"])
def test_gateway_that_is_down_is_asked_again_later(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User, fault: str
) -> None:
    payment = shop.buy(on_free, plan, ana)
    event = store(kind="checkout.session.completed", object_id=payment.external_id)
    shop.sandbox.fault(fault, times=2, path="/v1/checkout/sessions/*")  # the SDK tries twice
    work()
    event.refresh_from_db()
    assert (event.outcome, event.attempts) == (Outcome.WAITING, 1)
    assert event.due_at == NOW + timedelta(seconds=15)
    assert event.detail.startswith("Stripe: ")
    work(NOW + timedelta(seconds=14))
    payment.refresh_from_db()
    assert payment.status == Status.PENDING
    work(NOW + timedelta(seconds=15))
    event.refresh_from_db()
    payment.refresh_from_db()
    assert (event.outcome, payment.status) == (Outcome.DONE, Status.PAID)


def test_after_the_last_attempt_it_has_failed_and_can_be_played_again(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User, olivia: User
) -> None:
    payment = shop.buy(on_free, plan, ana)
    event = store(kind="checkout.session.completed", object_id=payment.external_id)
    shop.sandbox.fault("500", times=2 * inbox.MOST_ATTEMPTS, path="/v1/checkout/sessions/*")
    now, pauses = NOW, list[timedelta]()
    while event.outcome == Outcome.WAITING:
        work(now)
        event.refresh_from_db()
        if event.due_at:
            pauses.append(event.due_at - now)
            now = event.due_at
    assert (event.outcome, event.attempts) == (Outcome.FAILED, inbox.MOST_ATTEMPTS)
    assert (event.due_at, event.finished_at) == (None, now)
    assert pauses == [min(timedelta(seconds=15) * 2**n, timedelta(hours=4)) for n in range(11)]
    assert timedelta(hours=8) < sum(pauses, timedelta()) < timedelta(hours=9)
    work(now + timedelta(days=30))
    event.refresh_from_db()
    assert event.attempts == inbox.MOST_ATTEMPTS

    inbox.replay(event.pk, olivia, now)
    work(now)
    event.refresh_from_db()
    payment.refresh_from_db()
    assert (event.outcome, event.attempts, payment.status) == (Outcome.DONE, 1, Status.PAID)
    assert AuditEntry.objects.get(verb="webhook.replayed").actor_id == olivia.pk


def test_event_with_which_every_worker_dies_is_given_up(sandbox: StripeSandbox) -> None:
    event, now = store(), NOW
    for _ in range(inbox.MOST_ATTEMPTS):
        assert inbox.claim(now)
        now += inbox.LEASE
    work(now)
    event.refresh_from_db()
    assert (event.outcome, event.detail) == (Outcome.FAILED, "No worker came to an end with it.")


def test_wrong_key_is_said_and_tried_again(
    sandbox: StripeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "billing.services.gateways.SANDBOX_SECRETS",
        {"secret_key": "sk_of_nobody", "webhook_secret": "whsec_sandbox"},
    )
    event = store()
    work()
    event.refresh_from_db()
    assert event.outcome == Outcome.WAITING
    assert "The key is wrong" in event.detail
    assert "sk_of_nobody" not in event.detail


def test_keys_that_are_gone_are_waited_for(settings: object) -> None:
    GatewaySettings.objects.create(gateway="stripe", environment="live")
    event = store(environment="live")
    work()
    event.refresh_from_db()
    assert (event.outcome, event.attempts) == (Outcome.WAITING, 1)
    assert "cannot be used at present" in event.detail


def test_mistake_of_our_own_is_kept_with_its_words_and_tried_again(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User, caplog: pytest.LogCaptureFixture
) -> None:
    payment = shop.buy(on_free, plan, ana)
    Payment.objects.filter(pk=payment.pk).update(purpose="tea")
    event = store(kind="checkout.session.completed", object_id=payment.external_id)
    work()
    event.refresh_from_db()
    payment.refresh_from_db()
    assert (event.outcome, payment.status) == (Outcome.WAITING, Status.PENDING)
    assert event.detail == "LookupError: No installed app registers the purpose tea."
    assert "could not be worked on" in caplog.text


def test_worker_that_lost_its_lease_does_not_overwrite_what_came_after(
    sandbox: StripeSandbox, olivia: User
) -> None:
    event = store()
    slow = inbox.claim(NOW)[0]
    inbox.replay(event.pk, olivia, NOW + timedelta(minutes=1))
    inbox.process(slow, NOW + timedelta(minutes=2))
    event.refresh_from_db()
    assert (event.outcome, event.attempts) == (Outcome.WAITING, 0)
    assert event.due_at == NOW + timedelta(minutes=1)


def test_replay_does_nothing_twice(
    shop: Shop, post: Post, on_free: Tenant, plan: Plan, ana: User, olivia: User
) -> None:
    shop.buy(on_free, plan, ana)
    shop.sandbox.deliver(post.receive)
    work()
    on_free.refresh_from_db()
    ends = on_free.expires_at
    for pk in WebhookEvent.objects.values_list("pk", flat=True):
        inbox.replay(pk, olivia, NOW)
    work()
    on_free.refresh_from_db()
    assert on_free.expires_at == ends
    assert Payment.objects.count() == 1
    assert not WebhookEvent.objects.filter(outcome=Outcome.WAITING).exists()


def test_replay_of_what_was_sent_to_the_other_environment_works_once_that_is_connected(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User, olivia: User
) -> None:
    payment = shop.buy(on_free, plan, ana)
    event = store(kind="checkout.session.completed", object_id=payment.external_id,
                  outcome=Outcome.IGNORED, due_at=None, finished_at=NOW)  # fmt: skip
    work()
    payment.refresh_from_db()
    assert payment.status == Status.PENDING
    inbox.replay(event.pk, olivia, NOW)
    work()
    payment.refresh_from_db()
    assert payment.status == Status.PAID


def test_replay_of_what_is_gone(olivia: User) -> None:
    with pytest.raises(NotHere):
        inbox.replay(1, olivia, NOW)


@pytest.mark.parametrize(
    ("age", "fields", "stays"),
    [
        (timedelta(days=89), {"outcome": Outcome.DONE, "due_at": None}, True),
        (timedelta(days=91), {"outcome": Outcome.DONE, "due_at": None}, False),
        (timedelta(days=91), {"outcome": Outcome.IGNORED, "due_at": None}, False),
        (timedelta(days=91), {"outcome": Outcome.FAILED, "due_at": None}, False),
        (timedelta(days=91), {}, True),
    ],
)
def test_old_events_are_forgotten_unless_they_wait(
    age: timedelta, fields: dict[str, object], stays: bool
) -> None:
    store(now=NOW - age, **fields)
    assert inbox.forget_old(NOW) == (0 if stays else 1)
    assert WebhookEvent.objects.exists() is stays


def test_forgetting_goes_on_until_all_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "FORGET_AT_ONCE", 3)
    for number in range(10):
        store(f"evt_{number}", now=NOW - timedelta(days=91), due_at=None)
    assert inbox.forget_old(NOW) == 10


def test_worker_is_told_after_the_commit_and_only_of_what_is_to_be_done(
    sandbox: StripeSandbox,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    told: list[datetime] = []
    monkeypatch.setattr("billing.tasks.inbox.nudge.give", lambda: told.append(NOW))
    from tests.billing.inbox.shop import an_event

    for expected in (1, 1):
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
            post.event(an_event())
        assert len(told) == expected
