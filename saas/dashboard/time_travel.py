"""“What does this look like in 35 days?”: in the demo the clock moves, and what falls due on the way happens.

Day by day, as it would: the doubles of the payment companies collect and notify, then everything runs that the schedule
runs within a day. What is paid on the tenth day is paid before the eleventh is looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery.schedules import crontab
from django.db.models import Q

from billing.models import Payment, Status
from billing.services.doubles import let_time_pass
from saas.celery import app
from saas.core import clock
from tenants.models import PlanChange

DAY = timedelta(days=1)
MOST_DAYS = 60
"""At a time: a minute is what somebody waits for a page."""


@dataclass(frozen=True)
class Happened:
    """What came to pass between two instants."""

    paid: int
    failed: int
    lapsed: int
    moved: int

    @property
    def is_nothing(self) -> bool:
        return not (self.paid or self.failed or self.lapsed or self.moved)


def travel(days: int) -> Happened:
    """The demo's time is `days` later, and what falls due in them has happened; answers what that was.

    Raises ValueError for no day or too many, ImproperlyConfigured in production, GatewayUnavailable when a double does
    not answer: then it is as late as it got, and going on is possible.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"From 1 to {MOST_DAYS} days at a time.")
    start = clock.now()
    for instant in _days(start, days):
        clock.move_to(instant)
        let_time_pass()
        run_schedule(nightly=False)
    run_schedule(nightly=True)
    return happened(start, clock.now())


def run_schedule(*, nightly: bool) -> None:
    """Everything that beat would run, here and now: what runs once a day or less, or what runs more often."""
    for entry in app.conf.beat_schedule.values():
        if is_nightly(entry["schedule"]) == nightly:
            app.tasks[entry["task"]]()


def is_nightly(schedule: crontab) -> bool:
    """Whether `schedule` comes up once a day at most: it names one hour."""
    hours: set[int] = schedule.hour  # type: ignore[attr-defined]  # the stubs do not know it
    return len(hours) == 1


def happened(since: datetime, until: datetime) -> Happened:
    """What is on record of the time between. Two queries."""
    within = (since, until)
    payments = Payment.objects.filter(Q(paid_at__range=within) | Q(failed_at__range=within))
    statuses = list(payments.values_list("status", flat=True))
    changes = PlanChange.objects.filter(at__range=within).values_list("reason", flat=True)
    reasons = list(changes)
    lapsed = reasons.count(PlanChange.Reason.LAPSED)
    return Happened(
        paid=len(statuses) - statuses.count(Status.FAILED),
        failed=statuses.count(Status.FAILED),
        lapsed=lapsed,
        moved=len(reasons) - lapsed,
    )


def _days(start: datetime, days: int) -> Iterator[datetime]:
    return (start + number * DAY for number in range(1, days + 1))
