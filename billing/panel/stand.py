"""Where a tenant stands as to money, read once for a page: everything that is offered to it follows from this."""

from dataclasses import dataclass
from datetime import datetime

from billing.models import BalanceAccount, Standing, Subscription
from billing.quotes import Quote, is_paid, quote
from plans.models import Plan
from saas.core.rows import Columns, fetch
from tenants.models import Tenant
from tenants.standing import is_without_plan

COLUMNS = Columns(account=BalanceAccount, running=Subscription, plan=Plan, next_plan=Plan)
FOUND = """
SELECT {columns} FROM (VALUES (%(tenant)s::bigint)) AS tenant(id)
LEFT JOIN billing_balanceaccount AS account ON account.tenant_id = tenant.id
LEFT JOIN billing_subscription AS running ON running.tenant_id = tenant.id AND running.standing <> %(ended)s
LEFT JOIN plans_plan AS plan ON plan.id = running.plan_id
LEFT JOIN plans_plan AS next_plan ON next_plan.id = running.next_plan_id
"""


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
    rows = fetch(FOUND.format(columns=COLUMNS.text), {"tenant": tenant.pk, "ended": Standing.ENDED})
    account, running, plan, next_plan = COLUMNS.read(rows[0])
    if account is None:
        account = BalanceAccount(currency=tenant.platform_settings.currency)
    account.tenant = tenant
    if running:
        running.tenant, running.plan, running.next_plan = tenant, plan, next_plan
    return Stand(tenant, running, account, now)
