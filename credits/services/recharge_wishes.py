"""What a tenant wants bought by itself, and how much of that a month has room for."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from billing.models import Payment, Status
from billing.services import cards
from billing.services.subscriptions import live_subscription
from credits.models import AutoRecharge, CreditAccount
from credits.services import purchases
from credits.services.accounts import left, lock_account
from credits.services.depletion import ask_for_recharge
from saas.core.errors import Conflict
from saas.core.money import format_money
from saas.core.periods import add_months
from tenants.models import Tenant, User

Source = AutoRecharge.Source
MOST_BELOW = 1_000_000


class NotPossible(Conflict):
    """What is wanted cannot be carried out."""


@dataclass(frozen=True)
class Wish:
    """When what is to be bought, from what, and how much of that in a month."""

    pack_id: int
    below: int
    source: str
    monthly_cap: int


def switch_on(tenant: Tenant, channel: str, wish: Wish, *, by: User, now: datetime) -> AutoRecharge:
    """From now on it is bought as in `wish`; at once where so few are left already. What was paused goes on.

    Raises NotOnOffer for the pack, NotPossible for a cap below its price, or a card that is not there.
    """
    pack = purchases.find_on_offer(tenant, wish.pack_id)
    if pack.channel != channel:
        raise purchases.NotOnOffer
    if complaint := complaint_about(wish.monthly_cap, pack.price, pack.currency):
        raise NotPossible(complaint)
    if wish.source == Source.CARD and not card_of(tenant):
        raise NotPossible(_("There is no saved card. Pay for a plan by card first."))
    with transaction.atomic():
        account = lock_account(tenant, channel, now)
        account.recharge_below = wish.below
        account.save()
        chosen, _made = AutoRecharge.objects.update_or_create(
            account=account,
            defaults={
                "pack": pack,
                "below": wish.below,
                "source": wish.source,
                "monthly_cap": wish.monthly_cap,
                "is_on": True,
                "paused_at": None,
                "pause_reason": "",
                "told_at": None,
                "due_at": None,
                "by": by,
            },
        )
        total = left(tenant, account, now).total
        if total is not None and total <= wish.below:
            ask_for_recharge(account.pk, now)
    return chosen


@transaction.atomic
def switch_off(tenant: Tenant, channel: str, now: datetime) -> None:
    """Nothing is bought by itself any more; what is on its way already may still come."""
    account = lock_account(tenant, channel, now)
    account.recharge_below = None
    account.save()
    AutoRecharge.objects.filter(account=account).update(is_on=False, due_at=None)


def complaint_about(cap: int, price: int, currency: str) -> str:
    """Why a pack cannot be bought within the cap, as one sentence; empty when it can."""
    if cap >= price:
        return ""
    return _("One of it costs %(price)s: allow at least that much in a month.") % {
        "price": format_money(price, currency)
    }


def wish_of(tenant: Tenant, channel: str) -> AutoRecharge | None:
    """What is chosen, on or off; None where nothing ever was. One query."""
    found = AutoRecharge.objects.filter(account__tenant=tenant, account__channel=channel)
    return found.select_related("pack", "account").first()


def card_of(tenant: Tenant) -> str:
    """How the card is called that can be charged for it, “Visa 4242”; empty for none. Two queries."""
    return cards.chargeable(live_subscription(tenant))


def month_of(tenant: Tenant, now: datetime) -> tuple[datetime, datetime]:
    """The calendar month of `now` where the tenant is: what people mean by “a month” of spending."""
    local = now.astimezone(ZoneInfo(tenant.time_zone))
    start = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return start, add_months(start, 1)


def spent_by_itself(account: CreditAccount, now: datetime) -> int:
    """What was ordered by itself for this account in the month of `now`, paid or on its way. One query."""
    start, end = month_of(account.tenant, now)
    made = Payment.objects.filter(
        tenant=account.tenant,
        purpose=purchases.TOP_UP,
        ordered__by_itself=True,
        ordered__channel=account.channel,
        created_at__gte=start,
        created_at__lt=end,
    ).exclude(status=Status.FAILED)
    return made.aggregate(sum=Sum("amount"))["sum"] or 0
