"""What the console's page of one tenant tells about its money, and the column of balances in the table of tenants."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Count, F, Sum, Window
from django.db.models.functions import Coalesce
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.console.desk_rows import DeskRow, MovementRow
from billing.ledger import balance_of
from billing.models import BalanceAccount, BalanceEntry, Payment, Standing, Subscription
from billing.services.subscriptions import live_subscription
from billing.services.ways import name_of, there_url
from saas.core.errors import Sentence
from tenants.console_parts import MAIN, TERMS, Part, TenantColumn, register
from tenants.models import Tenant

LATEST = 5
LONG_ID = 16


class Terms:
    """The rows on the plan's card: until when, through whom, and what there is. Three queries."""

    def __init__(self, tenant: Tenant, now: datetime) -> None:
        self.tenant, self.now = tenant, now

    @cached_property
    def subscription(self) -> Subscription | None:
        return live_subscription(self.tenant)

    @cached_property
    def account(self) -> BalanceAccount:
        return balance_of(self.tenant)

    @cached_property
    def paid(self) -> int:
        """What has come in in all, less what went back. What was paid from the balance came in before."""
        came = Payment.objects.filter(tenant=self.tenant, paid_at__isnull=False)
        sums = came.exclude(gateway="balance").aggregate(paid=Sum(F("amount") - F("refunded")))
        return sums["paid"] or 0

    @property
    def end(self) -> tuple[Sentence, str]:
        """“Renews”, “Ends”, “Expires” …, and when."""
        end, running = self.tenant.expires_at, self.subscription
        if end is None:
            return _("Expires"), _("Never")
        day = date_format(end, "j M Y")
        if running and running.standing == Standing.PAST_DUE:
            return _("Was to be renewed"), day
        if end <= self.now:
            return _("Was over on"), day
        if running is None:
            return _("Expires"), day
        return (_("Renews") if running.goes_on else _("Ends")), day

    @property
    def next_plan(self) -> str:
        """What it goes on with, where that is something else."""
        running = self.subscription
        return running.next_plan.name if running and running.next_plan else ""

    @property
    def other_price(self) -> int | None:
        """What a cycle costs this tenant, where that is not the plan's price of today."""
        running = self.subscription
        if running is None or running.plan is None:
            return None
        annual = running.cycle == "annual"
        price = running.plan.annual_price if annual else running.plan.monthly_price
        return running.amount if running.amount != price else None

    @property
    def through(self) -> Sentence:
        """Who collects for it: “Stripe, Visa 4242”."""
        running = self.subscription
        if running is None:
            return ""
        name = str(name_of(running.gateway))
        return f"{name}, {running.paid_with}" if running.external_id and running.paid_with else name

    @property
    def short_id(self) -> str:
        """How its company calls the subscription, as far as there is room: “sub_1QhX…8Kd”."""
        name = self.subscription.external_id if self.subscription else ""
        return f"{name[:8]}…{name[-3:]}" if len(name) > LONG_ID else name

    @property
    def there(self) -> str:
        """Address of the subscription at its company; empty for none."""
        running = self.subscription
        if running is None:
            return ""
        return there_url(running.gateway, running.environment, running.external_id)

    @property
    def review(self) -> Subscription | None:
        """The subscription that somebody has to look at (decision D18)."""
        running = self.subscription
        return running if running and running.needs_review else None


@dataclass(frozen=True)
class Money:
    """The latest payments and movements of the balance. Two queries."""

    tenant: Tenant
    payments: list[DeskRow]
    payment_count: int
    movements: list[MovementRow]


def load_money(tenant: Tenant, now: datetime) -> Money:
    payments = Payment.objects.filter(tenant=tenant).newest_first()
    found = list(payments.annotate(every=Window(Count("pk")))[:LATEST])
    entries = BalanceEntry.objects.filter(tenant=tenant).select_related("payment", "by")
    return Money(
        tenant,
        [DeskRow(payment) for payment in found],
        found[0].every if found else 0,
        [MovementRow(entry) for entry in entries.order_by("-seq")[:LATEST]],
    )


def add_to_console() -> None:
    """The parts and the column are known."""
    register(
        Part(TERMS, "billing/console/_tenant_terms.html", Terms),
        Part(MAIN, "billing/console/_tenant_money.html", load_money),
        TenantColumn(
            "balance",
            gettext_lazy("Balance"),
            "num hide-phone",
            "billing/console/_tenant_balance.html",
            lambda: Coalesce(F("balance_account__balance"), 0),
        ),
    )
