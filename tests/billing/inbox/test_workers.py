"""Ten real workers, every event delivered five times, workers killed in the middle of it: each payment counts once."""

import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import Sum

from billing.ledger import balance_of
from billing.models import BalanceEntry, Invoice, Outcome, Payment, Status, WebhookEvent
from billing.services import checkout
from billing.services.inbox import working as inbox
from billing.tasks import inbox as inbox_tasks
from saas.celery import app
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import PlanChange, Tenant, User
from tests.billing.inbox.shop import Post, Shop
from tests.billing.inbox.workers import Crew, forget_queue
from tests.billing.money import NOW, press
from tests.tenants.worker import use_queue
from tests.world import World

DELIVERIES = 5
FUNDINGS = 12
SECONDS = 240
WORKERS = 5


@pytest.fixture(autouse=True)
def _before_now() -> None:
    """The workers are processes of their own, which know the machine's time and the moved clock's file."""


@pytest.fixture
def crews(
    committed_world: World, sandbox: StripeSandbox, tmp_path: Path
) -> Iterator[tuple[Crew, Crew]]:
    """Two programs with five workers each, which wait for work."""
    before, queue = app.conf.task_default_queue, f"test-{uuid.uuid4().hex}"
    folders = (tmp_path / "first", tmp_path / "second")
    for folder in folders:
        folder.mkdir()
    first, second = (Crew(folder, queue, sandbox.url, WORKERS) for folder in folders)
    use_queue(queue)
    try:
        for crew in (first, second):
            crew.start()
        for crew in (first, second):
            crew.wait_until_ready()
        yield first, second
    finally:
        for crew in (first, second):
            crew.kill()
        clock.reset()
        forget_queue(queue)
        use_queue(before)


def fund(shop: Shop, tenant: Tenant, by: User, amount: int) -> Payment:
    """Money for the balance, paid at the double; we have not heard of it."""
    pressed = press(by, amount, gateway="stripe")
    payment = checkout.order(tenant, "funds", title="Funds", ordered={}, press=pressed, now=NOW)
    way = checkout.begin(payment, now=NOW)
    shop.sandbox.pay(way.url)
    return way.payment


def waiting() -> int:
    return WebhookEvent.objects.filter(outcome=Outcome.WAITING).count()


def wait_until_at_work(workers: int) -> None:
    """Until so many events have been taken up and are not done: by as many workers, dead or alive.

    Or one was taken up again already: then somebody was killed at work before.
    """
    taken = WebhookEvent.objects.filter(outcome=Outcome.WAITING, attempts__gt=0)
    deadline = time.monotonic() + SECONDS
    while taken.count() < workers and not WebhookEvent.objects.filter(attempts__gt=1).exists():
        assert time.monotonic() < deadline, "They do not begin."
        time.sleep(0.02)


def wait_for_end(crews: tuple[Crew, Crew]) -> None:
    """Until nothing waits. Plays the beat, and lets leases of the dead run out by moving the clock."""
    deadline, before = time.monotonic() + SECONDS, -1
    while (left := waiting()) and time.monotonic() < deadline:
        if left == before and not WebhookEvent.objects.filter(due_at__lte=clock.now()).exists():
            clock.move_to(clock.now() + inbox.LEASE + timedelta(seconds=1))
        before = left
        inbox_tasks.process_due.delay()
        time.sleep(1)
    logs = [crew.log_file.read_text()[-2000:] for crew in crews]
    assert waiting() == 0, (list(WebhookEvent.objects.filter(outcome="waiting").values()), logs)


@pytest.mark.race
def test_killed_workers_lose_no_payment_and_count_none_twice(
    committed_world: World, sandbox: StripeSandbox, crews: tuple[Crew, Crew], post: Post
) -> None:
    world, shop = committed_world, Shop(sandbox)
    Tenant.objects.filter(pk=world.aurora.pk).update(plan=world.small_plan)
    world.aurora.refresh_from_db()
    shop.offer(world.plan)
    amounts = [1000 + number for number in range(FUNDINGS)]
    for amount in amounts:
        fund(shop, world.borealis, world.carla, amount)
    shop.buy(world.aurora, world.plan, world.ana)
    told = [e["id"] for e in sandbox.events() if e["type"].startswith(("checkout.", "invoice."))]
    sandbox.fault("slow", times=10_000, method="GET", seconds=4)

    for turn in range(DELIVERIES):
        for event_id in told:
            body, headers = sandbox.parcel(event_id)
            assert post.receive("", body, headers) == 200
        crews[turn % 2].kill_one()
    wait_until_at_work(WORKERS + 1)  # more than the second crew has: some are the first one's
    crews[0].kill()
    crews[0].start()
    for _ in range(4):
        time.sleep(0.4)
        crews[1].kill_one()
    sandbox.plan.clear()
    wait_for_end(crews)

    assert WebhookEvent.objects.count() == len(told)
    assert WebhookEvent.objects.filter(attempts__gt=1).exists(), "No worker was killed at work."
    assert not WebhookEvent.objects.filter(outcome=Outcome.FAILED).exists()
    paid = Payment.objects.filter(status=Status.PAID, fulfilled_at__isnull=False, problem="")
    assert paid.count() == Payment.objects.count() == FUNDINGS + 1
    assert balance_of(world.borealis).balance == sum(amounts)
    entries = BalanceEntry.objects.filter(tenant=world.borealis)
    assert sorted(entries.values_list("amount", flat=True)) == amounts
    assert entries.aggregate(sum=Sum("amount"))["sum"] == sum(amounts)
    serials = sorted(Invoice.objects.values_list("serial", flat=True))
    assert serials == list(range(serials[0], serials[0] + FUNDINGS + 1))
    assert PlanChange.objects.filter(tenant=world.aurora, reason="paid").count() == 1
    world.aurora.refresh_from_db()
    assert world.aurora.plan == world.plan
