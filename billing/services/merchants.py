"""A business's own account at a payment company, on which its customers pay it.

The same gateways as the platform's, with other keys: what is stored of them belongs to the business, in its own schema,
and is handed in here as a `MerchantAccount`. No payment of the platform is touched by this: references begin otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from billing.gateways.base import DEPOSITS as DEPOSITS
from billing.gateways.base import Fact as Fact
from billing.gateways.base import GatewayRefused as GatewayRefused
from billing.gateways.base import GatewayUnavailable as GatewayUnavailable
from billing.gateways.base import HostedGateway as HostedGateway
from billing.gateways.base import NotGenuine as NotGenuine
from billing.gateways.base import Notification as Notification
from billing.gateways.base import Order as Order
from billing.gateways.base import PaymentFact as PaymentFact
from billing.gateways.base import PaymentState as PaymentState
from billing.gateways.base import RefundFact as RefundFact
from billing.gateways.catalogue import KINDS, Kind
from billing.models import MerchantAccount
from billing.services import gateways
from billing.services.gateways import SIGNED_BY
from billing.services.gateways import NotConnected as NotConnected
from billing.services.setup.connection_check import Tested as Tested
from billing.services.setup.connection_check import try_connection
from billing.services.setup.gateway_keys import ENVIRONMENTS
from saas.core.errors import NotHere, Sentence

COMPANIES = [key for key, kind in KINDS.items() if kind.fields]
"""Where a business can have an account, in the order of the catalogue."""
WEBHOOK_EVENTS: dict[str, Sentence] = {
    "stripe": gettext_lazy(
        "Stripe → Developers → Webhooks → Add endpoint. Choose all events of Checkout, charges and refunds."
    ),
    "mercadopago": gettext_lazy(
        "Mercado Pago → Your integrations → your application → Webhooks. Choose the events Payments and Chargebacks."
    ),
    "paypal": gettext_lazy(
        "PayPal Developer → Apps & Credentials → your app → Webhooks → Add webhook. "
        "Choose all events of Checkout, payments and disputes."
    ),
}
"""What to choose there, for payments that are made once."""


@dataclass(frozen=True)
class Way:
    """One company as it is offered to whoever pays: “Card”, on Stripe's page."""

    key: str
    label: Sentence
    company: str
    icon: str
    page_lasts: timedelta


def find_company(key: str) -> Kind:
    """Raises NotHere for one where a business can have no account."""
    if key not in COMPANIES:
        raise NotHere(_("There is no such payment gateway."))
    return KINDS[key]


def way_of(key: str) -> Way:
    kind = find_company(key)
    return Way(kind.key, kind.label, kind.company, kind.icon, kind.page_lasts)


def name_of(key: str) -> Sentence:
    """“Stripe”; the bare key of one that is not here any more."""
    return KINDS[key].name if key in KINDS else key


def environment_in_use(account: MerchantAccount) -> str:
    """Where new payments are made: test, live, the demo's double, or nowhere (empty) for want of keys."""
    return gateways.environment_in_use(find_company(account.gateway), account)


def connect(account: MerchantAccount) -> HostedGateway:
    """The company as the account is set up now. Raises NotConnected, also where it is switched off."""
    environment = environment_in_use(account)
    if not account.is_enabled or not environment:
        raise NotConnected(name_of(account.gateway))
    return connect_to(account, environment)


def connect_to(account: MerchantAccount, environment: str) -> HostedGateway:
    """The company that has a payment of `environment`, whatever is chosen for new ones. Raises NotConnected."""
    made = gateways.made(find_company(account.gateway), environment, account)
    if not isinstance(made, HostedGateway):
        raise NotConnected(name_of(account.gateway))
    return made


def listening(account: MerchantAccount) -> list[HostedGateway]:
    """Who may verify a notification: as it is set up now, then for the other modes that have keys.

    None without the secret that notifications are signed with, for then anybody could send them.
    """
    present = environment_in_use(account)
    every = dict.fromkeys(filter(None, (present, *ENVIRONMENTS)))
    heard = [one for one in every if gateways.secrets_of(account, one).get(SIGNED_BY)]
    kind = find_company(account.gateway)
    found = [gateways.made(kind, one, account) for one in heard]
    return [one for one in found if isinstance(one, HostedGateway)]


def with_keys(account: MerchantAccount, environment: str, values: Mapping[str, str]) -> str:
    """What is to be stored as `secrets` when `values` are the keys of `environment`; the other one's stay."""
    return gateways.with_secrets(account, environment, values)


@sensitive_variables()
def test_account(account: MerchantAccount) -> Tested:
    """Whether the keys in use open the account. Speaks to the company, so call it outside of a transaction.

    Raises NotConnected where there are none.
    """
    environment = environment_in_use(account)
    if not environment:
        raise NotConnected(name_of(account.gateway))
    secrets = gateways.secrets_of(account, environment).values()
    return try_connection(connect_to(account, environment), name_of(account.gateway), secrets)
