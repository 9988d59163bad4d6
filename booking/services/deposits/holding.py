"""What nobody comes back for: times whose deposit is not paid are released, pages closed, refunds asked for again.

One errand of the tenant says when somebody looks next. Whatever goes wrong at a company keeps nothing else waiting.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from booking.models import UNPAID, Appointment, DepositPayment, DepositRefund, DepositState, Status
from booking.services.appointments import cancel
from booking.services.deposits import going_back
from booking.services.deposits.errands import KIND, PATIENCE
from booking.services.deposits.paying import close_page, look
from booking.services.resources import locked
from saas.core.errors import DomainError
from tenants.models import Tenant
from tenants.services import errands

log = logging.getLogger(__name__)
AGAIN_AFTER = timedelta(minutes=5)
"""When a company that did not answer is asked once more."""
GIVE_UP_AFTER = timedelta(days=2)
"""From then on nobody pays a page any more that was left; a slip has an end of its own."""
NO_LONGER = timedelta(days=1)
"""How long closing a page is tried: by then it has closed by itself."""


def look_after(tenant: Tenant, now: datetime) -> None:
    """All that is due by `now` is done, or is tried again later; says when somebody is to look next.

    Speaks to companies, so call it outside of a transaction. Again does nothing more.
    """
    for pk in _held_too_long(now):
        _try(partial(release, tenant, pk, now=now))
    for payment in _to_look_up(now):
        _try(partial(_look_up, tenant, payment, now))
    for payment in DepositPayment.objects.to_close().filter(failed_at__gt=now - NO_LONGER):
        _try(partial(close_page, tenant, payment, now=now))
    for pk in _to_give_back():
        _try(partial(going_back.carry_out, tenant, pk, now=now))
    with locked(tenant):
        errands.set_next(tenant, KIND, _next(now))


def release(tenant: Tenant, pk: int, *, now: datetime) -> bool:
    """The time of the appointment is free again, unless its deposit has come; whether it was released.

    The company is asked first, so that what was paid in the last moment counts; where it does not answer the time is
    released all the same. Emits `appointment.status_changed`.
    """
    for payment in DepositPayment.objects.pending().filter(appointment=pk):
        _try(partial(look, tenant, payment, now=now))
    with locked(tenant):
        row = Appointment.objects.with_all().get(pk=pk)
        until = row.held_until if row.status == Status.PENDING else None
        if until is None or until > now or row.deposit_paid_at is not None:
            return False
        cancel(tenant, row, now=now)
        row.cancelled_why = UNPAID
        row.save(update_fields=["cancelled_why"])
        DepositPayment.objects.pending().filter(appointment=row).update(
            status=DepositState.FAILED, failed_at=now
        )
    return True


def _held_too_long(now: datetime) -> list[int]:
    held = Appointment.objects.filter(
        status=Status.PENDING, held_until__lte=now, deposit_paid_at__isnull=True
    )
    return list(held.order_by("held_until").values_list("pk", flat=True))


def _to_look_up(now: datetime) -> list[DepositPayment]:
    pending = DepositPayment.objects.pending().select_related("appointment")
    return [one for one in pending if _look_at(one) <= now]


def _look_at(payment: DepositPayment) -> datetime:
    """When it is looked up next: after a minute, and then whenever it has become half as old again."""
    if payment.checked_at is None:
        return payment.created_at + PATIENCE
    return payment.checked_at + max(PATIENCE, (payment.checked_at - payment.created_at) / 2)


def _look_up(tenant: Tenant, payment: DepositPayment, now: datetime) -> None:
    """As it stands at the company; of no use any more, it comes to nothing here and its page is closed."""
    look(tenant, payment, now=now)
    DepositPayment.objects.filter(pk=payment.pk).update(checked_at=now)
    is_left = payment.created_at <= now - GIVE_UP_AFTER and not payment.slip_url
    if payment.is_pending and (payment.appointment.is_cancelled or is_left):
        DepositPayment.objects.pending().filter(pk=payment.pk).update(
            status=DepositState.FAILED, failed_at=now
        )


def _to_give_back() -> list[int]:
    """Wishes that no company has answered yet. One that was refused waits for a person."""
    unanswered = DepositRefund.objects.filter(done_at__isnull=True, failure="")
    return list(unanswered.order_by("asked_at").values_list("pk", flat=True))


def _next(now: datetime) -> datetime | None:
    """When there is something to do next; None where nothing waits."""
    held = Appointment.objects.filter(
        status=Status.PENDING, held_until__isnull=False, deposit_paid_at__isnull=True
    )
    coming = [one.held_until for one in held.order_by("held_until")[:1] if one.held_until]
    coming += [_look_at(one) for one in DepositPayment.objects.pending()]
    closing = DepositPayment.objects.to_close().filter(failed_at__gt=now - NO_LONGER)
    if _to_give_back() or closing.exists():
        coming.append(now + AGAIN_AFTER)
    return max(min(coming), now + PATIENCE) if coming else None


def _try(act: Callable[[], object]) -> None:
    """What goes wrong with one is logged, and is tried again with the next look."""
    try:
        act()
    except DomainError as error:
        log.warning("%s %s", error.message, getattr(error, "detail", ""))
    except Exception:
        log.exception("Something about a deposit failed")
