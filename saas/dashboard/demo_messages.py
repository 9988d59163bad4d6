"""What the demo's businesses have written to their customers: e-mails about appointments, and SMS as the story says."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.utils.formats import date_format

from booking.models import Appointment, Customer
from tenants.metering import Charge, Item
from tenants.models import Tenant
from tenants.scope import tenant_scope
from workflows.models import Message, State

AT_ONCE = 1000
SHARE = 0.45
"""How many of the appointments something was written about."""
REFUSED = "The mailbox is full."


def write_messages(tenant: Tenant, rows: Sequence[Appointment], now: datetime) -> None:
    """E-mails about some of `rows`, where the plan has them: when it was booked, or the day before."""
    if not tenant.entitlements.can("workflows.email"):
        return
    dice = Random(f"mail:{tenant.slug}")  # noqa: S311 - believable, not secret
    zone = ZoneInfo(tenant.time_zone)
    chosen = [
        row for row in rows if row.customer.email and not row.is_cancelled and dice.random() < SHARE
    ]
    letters = []
    for row in chosen:
        is_reminder = dice.random() < 0.6
        at = row.starts_at - timedelta(days=1) if is_reminder else row.created_at
        if at < now:
            letters.append(_letter(tenant, row, at, zone, is_reminder=is_reminder, dice=dice))
    Message.objects.bulk_create(letters, batch_size=AT_ONCE)


def _letter(
    tenant: Tenant,
    row: Appointment,
    at: datetime,
    zone: ZoneInfo,
    *,
    is_reminder: bool,
    dice: Random,
) -> Message:
    start = row.starts_at.astimezone(zone)
    when = f"{date_format(start, 'j F')} at {start:%H:%M}"
    subject = f"See you on {when}" if is_reminder else f"Your appointment on {when}"
    first_name = row.customer.name.split()[0]
    what = f"{row.service.name} with {row.staff.name}, {when}."
    text = f"Hello {first_name},\n\n{what}\n\n{tenant.name}"
    failed = dice.random() < 0.015
    return Message(
        tenant=tenant,
        key=f"demo:mail:{tenant.pk}:{row.pk}",
        channel="email",
        state=State.FAILED
        if failed
        else dice.choice((State.SENT, State.DELIVERED, State.DELIVERED)),
        address=row.customer.email,
        name=row.customer.name,
        person=f"customer:{row.customer_id}",
        text=text,
        content={"subject": subject},
        detail=REFUSED if failed else "",
        is_charged=not failed,
        attempts=1,
        created_at=at,
        sent_at=None if failed else at,
        finished_at=at,
    )


def write_paid(
    tenant: Tenant,
    channel: str,
    items: Sequence[Item],
    charges: Sequence[Charge | None],
    at: datetime,
) -> None:
    """The messages that `items` were paid for, so that the ledger and the list of messages agree."""
    with tenant_scope(tenant):
        people = list(Customer.objects.exclude(phone="").order_by("pk")[:200])
    if not people:
        return
    offset = sum(map(ord, items[0].key)) if items else 0
    Message.objects.bulk_create(
        Message(
            tenant=tenant,
            key=item.key,
            channel=channel,
            state=State.DELIVERED,
            address=person.phone.replace(" ", ""),
            name=person.name,
            person=f"customer:{person.pk}",
            text=f"Hi {person.name.split()[0]}, see you tomorrow. {tenant.name}",
            is_charged=True,
            from_month=charge.from_month,
            from_purchased=charge.from_purchased,
            attempts=1,
            created_at=at + timedelta(seconds=number),
            sent_at=at + timedelta(seconds=number),
            finished_at=at + timedelta(seconds=number + 4),
        )
        for number, (item, charge) in enumerate(zip(items, charges, strict=True))
        if charge and (person := people[(offset + number) % len(people)])
    )
