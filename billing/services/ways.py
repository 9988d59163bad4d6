"""How a tenant can pay, as it is asked: “Balance” or “Card”, and what follows from either."""

from dataclasses import dataclass

from billing.gateways.base import Gateway
from billing.gateways.base import GatewayUnavailable as GatewayUnavailable
from billing.gateways.catalogue import KINDS
from billing.models import BalanceAccount
from billing.services import gateways
from billing.services.funds import FUNDS
from billing.services.plan_purchases import PLAN
from saas.core.errors import Sentence


@dataclass(frozen=True)
class WayToPay:
    """One gateway as it is offered. `company` is whose page it is paid on; empty for the tenant's own balance."""

    key: str
    label: Sentence
    icon: str
    company: str
    renews_itself: bool

    @property
    def is_balance(self) -> bool:
        return not self.company


@dataclass(frozen=True)
class PlanWays:
    """The ways to pay for a plan, in the order of the catalogue; none where nobody could use any."""

    ways: list[WayToPay]
    can_add_funds: bool
    """Whether something can be put on the balance."""


def ways_to_pay_for_plans(account: BalanceAccount) -> PlanWays:
    """How the tenant of `account` can pay for a plan. An empty balance that cannot be filled is no way. One query."""
    offered = gateways.offered_for(PLAN, FUNDS)
    ways = [_way(gateway) for gateway in offered[PLAN]]
    can_add_funds = any(not gateway.settles_at_once for gateway in offered[FUNDS])
    is_dead_end = all(way.is_balance for way in ways) and not can_add_funds
    return PlanWays([] if is_dead_end and not account.balance else ways, can_add_funds)


def ways_to_pay(purpose: str) -> list[WayToPay]:
    """Every way to pay for `purpose`, in the order of the catalogue. One query."""
    return [_way(gateway) for gateway in gateways.offered(purpose)]


def company_of(gateway: str) -> str:
    """“Stripe”; empty for the tenant's own balance."""
    return KINDS[gateway].company


def name_of(gateway: str) -> Sentence:
    """How the console calls it: “Stripe”, “Balance”; the bare key of one that is not here any more."""
    return KINDS[gateway].name if gateway in KINDS else gateway


def every_gateway() -> list[tuple[str, Sentence]]:
    """(key, name) of each, connected or not, in the order of the catalogue."""
    return [(key, kind.name) for key, kind in KINDS.items()]


def there_url(gateway: str, environment: str, object_id: str) -> str:
    """Address of an object in its company's own console; empty where there is none to look into."""
    kind = KINDS.get(gateway)
    if kind is None or kind.object_url is None or not object_id:
        return ""
    return kind.object_url(environment, object_id)


def label_of(gateway: str) -> Sentence:
    """“Card”, “Balance”."""
    return KINDS[gateway].label


def _way(gateway: Gateway) -> WayToPay:
    kind = KINDS[gateway.key]
    return WayToPay(gateway.key, kind.label, kind.icon, kind.company, gateway.is_recurring)
