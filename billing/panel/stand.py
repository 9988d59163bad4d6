"""Where a tenant stands as to money, read once for a page: everything that is offered to it follows from this."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import FilteredRelation, Q

from billing.models import BalanceAccount, Standing, Subscription
from billing.quotes import Quote, is_paid, quote
from plans.models import Plan
from tenants.models import Tenant
from tenants.standing import is_without_plan


@dataclass(frozen=True)
class Stand:
    """Where a tenant is now: its plan, what runs (None where nothing does), what it has in hand, and when that is."""

    tenant: Tenant
    running: Subscription | None
    account: BalanceAccount
    now: datetime

    @property
    def is_lost(self) -> bool:
        """Whether it has no plan that it should read the name of."""
        return is_without_plan(self.tenant)

    @property
    def cycle(self) -> str:
        return self.running.cycle if self.running else self.tenant.cycle

    @property
    def is_paid(self) -> bool:
        return self.running is not None and is_paid(self.running, self.now)

    @property
    def is_failed(self) -> bool:
        """Whether a renewal could not be collected."""
        return self.running is not None and self.running.standing == Standing.PAST_DUE

    @property
    def is_being_collected(self) -> bool:
        """Whether the paid time is over and a gateway is about to collect the next: paying now would pay twice."""
        running = self.running
        return bool(
            running
            and running.external_id
            and running.standing == Standing.ACTIVE
            and running.goes_on
            and running.period_end <= self.now
        )

    def is_on(self, plan: Plan) -> bool:
        return plan.pk == self.tenant.plan_id and not self.is_lost

    def goes_on_with(self, plan: Plan, cycle: str) -> bool:
        """Whether that is chosen for when the paid time is over."""
        running = self.running
        return bool(
            running
            and running.next_plan_id == plan.pk
            and (running.next_cycle == cycle or plan.is_free)
        )

    def quote(self, plan: Plan, cycle: str, *, renews_itself: bool = False) -> Quote:
        return quote(self.tenant, self.running, plan, cycle, self.now, renews_itself=renews_itself)


def stand_of(tenant: Tenant, now: datetime) -> Stand:
    """Where `tenant` is at `now`. One query for what runs, with its plans, and for the balance."""
    is_live = ~Q(subscriptions__standing=Standing.ENDED)
    row = (
        Tenant.objects.annotate(live=FilteredRelation("subscriptions", condition=is_live))
        .select_related("live__plan", "live__next_plan", "balance_account")
        .get(pk=tenant.pk)
    )
    currency = tenant.platform_settings.currency
    account = getattr(row, "balance_account", None) or BalanceAccount(
        tenant=tenant, currency=currency
    )
    return Stand(tenant, getattr(row, "live", None), account, now)
