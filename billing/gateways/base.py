"""What every gateway is: the words that billing and the payment companies have in common.

A gateway turns an `Order` into money and answers with facts. Everything inside is in integer minor units; a gateway
that writes decimals converts at its own door. No method here is called inside a transaction, but `collect` and
`give_back`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from django.utils.translation import gettext_lazy as _

from saas.core.errors import Conflict, DomainError, Sentence

PLATFORM, DEPOSITS = "pay_", "dep_"
"""How references begin: of what tenants pay to the platform, and of what a tenant's own customers pay to the tenant.

The two never meet, even where both are paid on one account: neither side knows a payment of the other's."""
OURS = (PLATFORM, DEPOSITS)


class GatewayUnavailable(DomainError):
    """The gateway does not answer, or answers that it cannot now. Nothing is known to have happened."""

    status = 503

    def __init__(self, label: Sentence, detail: str = "") -> None:
        super().__init__(
            _(
                "%(gateway)s does not answer at present. Nothing was charged. "
                "Please try again in a few minutes, or choose another way to pay."
            )
            % {"gateway": label}
        )
        self.detail = detail or "no answer"
        """For the super admin and the log, never for a tenant."""


class GatewayRefused(Conflict):
    """The gateway understood and said no; asking the same again will not help."""

    def __init__(self, label: Sentence, detail: str = "") -> None:
        super().__init__(
            _(
                "%(gateway)s did not accept this. Nothing was charged. Please choose another way to pay."
            )
            % {"gateway": label}
        )
        self.detail = detail or "refused"


class NotGenuine(Exception):
    """A notification whose signature or time is wrong. `reason` is one of a few words, for counting."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PaymentState(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True)
class Recurring:
    """An order that goes on: `price_id` is the gateway's own price, charged each cycle.

    What is due first is the order's amount: `price` less `credit`.
    """

    price_id: str
    cycle: str
    price: int
    credit: int = 0
    renews_at: datetime | None = None
    """When the second cycle begins, if the first is paid at once: for a gateway that has to be told."""


@dataclass(frozen=True)
class Order:
    """What a gateway is asked to collect, from whom, and where the payer comes back to."""

    reference: str
    amount: int
    currency: str
    title: str
    tenant_id: int
    tenant_name: str
    email: str
    return_url: str
    cancel_url: str
    customer_id: str = ""
    recurring: Recurring | None = None
    pay_until: datetime | None = None
    """When its page is to close, at a company that has to be told."""
    is_guest: bool = False
    """Whether the payer is a tenant's customer who pays this once: nobody whom the gateway is to know again."""
    notify_url: str = ""
    """Where news of it goes, at a company that is told so with each order; empty: to the platform."""


@dataclass(frozen=True)
class Started:
    """The gateway waits for the payer at `url`, and calls the attempt `external_id`."""

    external_id: str
    url: str


@dataclass(frozen=True)
class SubscriptionFact:
    """A subscription as the gateway has it. `standing` is a value of `billing.models.Standing`."""

    external_id: str
    standing: str
    period_start: datetime
    period_end: datetime
    customer_id: str = ""
    price_id: str = ""
    ends_after_period: bool = False
    paid_with: str = ""
    reference: str = ""
    """Of the payment that began it."""
    was_stopped: bool = False
    """Whether we ended it there because it would have charged next what nobody has chosen."""


@dataclass(frozen=True)
class PaymentFact:
    """A payment as the gateway has it.

    `reference` is ours; empty for a renewal, which the gateway starts by itself: then `subscription` says of what.
    `charge_id` names the money: two of them that were paid for one reference are two payments, and one is too many.
    """

    state: PaymentState
    amount: int
    currency: str
    external_id: str
    reference: str = ""
    charge_id: str = ""
    paid_with: str = ""
    failure: str = ""
    at: datetime | None = None
    subscription: SubscriptionFact | None = None
    slip_url: str = ""
    """Of a pending one that its payer has chosen to pay later, at a counter or a bank: where to read how."""
    is_begun: bool = True
    """False of a pending one where nothing has happened but that its page is open, and that cannot be closed."""


@dataclass(frozen=True)
class RefundFact:
    """Money that went back. `charge_id` says of which payment; `is_reversed` that it came to us again."""

    external_id: str
    charge_id: str
    amount: int
    at: datetime
    is_dispute: bool = False
    is_reversed: bool = False
    reason: str = ""


Fact = PaymentFact | SubscriptionFact | RefundFact


@dataclass(frozen=True)
class Notification:
    """A genuine notification, not yet looked into."""

    event_id: str
    kind: str
    object_id: str
    environment: str
    payload: dict[str, Any] = field(hash=False)
    occurred_at: datetime | None = None


@dataclass(frozen=True)
class PlanPrices:
    """A plan as a gateway is to know it. A price of 0 is not offered in that cycle."""

    plan_id: int
    name: str
    description: str
    currency: str
    amounts: dict[str, int]
    """{cycle: amount}"""
    known: dict[str, str]
    """The ids that are stored on the plan: {"product": …, "monthly": …, "annual": …}; some or all may be missing."""
    attempt: int = 0
    """How often it was tried before without success: a gateway that repeats its answers is asked as if anew."""


@dataclass(frozen=True)
class SubscriptionWish:
    """What a gateway's subscription is to be like from now on."""

    external_id: str
    is_over: bool
    """End it at once."""
    ends_after_period: bool
    price_id: str
    """The price of the present period."""
    next_price_id: str
    """The price from the next period on; the same as `price_id` where nothing changes."""


@runtime_checkable
class Gateway(Protocol):
    """One way to pay. Made for one environment with its keys; knows no tenant and no plan but by what it is given."""

    key: str
    environment: str
    settles_at_once: bool
    """Whether paying is a matter of our own database (`collect`), not of a page somewhere else (`start`)."""
    is_recurring: bool
    """Whether it renews by itself (`Recurring` orders, `push`)."""


@runtime_checkable
class InstantGateway(Gateway, Protocol):
    def collect(self, order: Order, now: datetime) -> PaymentFact:
        """The money is taken, in the caller's transaction. Raises DomainError when there is not enough."""
        ...

    def give_back(
        self, charge_id: str, amount: int, currency: str, *, key: str, now: datetime
    ) -> RefundFact:
        """What `refund` of a company does, in the caller's transaction: once for each `key`."""
        ...


@runtime_checkable
class HostedGateway(Gateway, Protocol):
    """A company with a page where one pays. All methods but `verify` speak to it over the network.

    Each raises GatewayUnavailable and GatewayRefused, and does nothing twice for the same arguments.
    """

    def test_connection(self) -> str:
        """The name of the account that the keys open."""
        ...

    def start(self, order: Order) -> Started: ...

    def find_payment(self, external_id: str) -> PaymentFact | None:
        """How the attempt stands; None when the gateway does not know it."""
        ...

    def abandon(self, external_id: str) -> None:
        """The attempt can be paid no longer, unless it was already."""
        ...

    def refund(self, charge_id: str, amount: int, currency: str, *, key: str) -> RefundFact: ...

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notification:
        """Raises NotGenuine. `headers` has the address with its query, too, as `:path`: some sign a part of that."""
        ...

    def read(self, notification: Notification) -> list[Fact]:
        """What the notification is about, as it stands at the gateway now; empty when it is nothing of ours."""
        ...

    def paid_since(self, since: datetime) -> Iterable[PaymentFact]:
        """Everything of ours that the gateway has as paid since then, for reconciliation."""
        ...

    def gone_since(self, since: datetime) -> Iterable[RefundFact]:
        """Every refund and dispute that the gateway has since then, whosever it is, for reconciliation."""
        ...


@runtime_checkable
class RecurringGateway(HostedGateway, Protocol):
    """A company that renews by itself."""

    def find_subscription(self, external_id: str) -> SubscriptionFact | None: ...

    def push(self, wish: SubscriptionWish) -> SubscriptionFact | None:
        """The subscription is as wished; None when the gateway knows none."""
        ...

    def card_page(self, customer_id: str, return_url: str) -> str:
        """Address of the gateway's page where the payer changes the card."""
        ...

    def sync_plan(self, plan: PlanPrices) -> dict[str, str]:
        """The ids of the product and of the prices in force: {"product": …, "monthly": …, "annual": …}."""
        ...

    def archive_plan(self, known: dict[str, str]) -> None:
        """Nobody can buy the plan there any more; running subscriptions go on."""
        ...


@runtime_checkable
class SavedCardGateway(HostedGateway, Protocol):
    """A company that keeps a payer's card, and charges it when nobody is there."""

    def charge_saved(self, order: Order) -> PaymentFact:
        """`order` is collected from the card of `order.customer_id`; failed where that has none, or is declined.

        Once for each reference, however often it is asked.
        """
        ...
