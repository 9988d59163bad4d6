"""Which gateways there are, what keys each needs, and how one is made of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.gateways.balance import BalanceGateway
from billing.gateways.base import Gateway
from billing.models import Environment
from saas.core.errors import Sentence


@dataclass(frozen=True)
class KeyField:
    """One thing to enter in Settings. `begins` lists how its value may begin, by environment."""

    name: str
    label: Sentence
    help: Sentence = ""
    begins: Mapping[str, tuple[str, ...]] | None = None
    is_required: bool = True


@dataclass(frozen=True)
class Kind:
    """One gateway of the catalogue. `make` takes the environment, its secrets and the address of a double, if any."""

    key: str
    label: Sentence
    about: Sentence
    icon: str
    fields: tuple[KeyField, ...]
    make: Callable[[str, Mapping[str, str], str], Gateway]
    sandbox_setting: str = ""
    """Name of the Django setting with the address of its double; only the demo and tests have one."""
    company: str = ""
    """Whose it is, where the console speaks of it; empty for our own."""
    webhook_about: Sentence = ""
    """What to choose there when its notifications are set up."""
    renews: bool = False
    """Whether it renews by itself, and so has to know the plans."""
    never_for: tuple[str, ...] = ()
    """Purposes that it cannot be used for: a balance is not filled from itself."""
    object_url: Callable[[str, str], str] | None = None
    """(environment, id) → address of an object in the company's own console; empty for what has none."""
    page_lasts: timedelta = timedelta(hours=23)
    """How long the page where an order is paid can be counted on: an older order is begun anew."""
    books_lag: timedelta = timedelta(0)
    """How late its lists of payments and refunds may be: what is younger is not looked for there."""

    @property
    def name(self) -> Sentence:
        """How the console calls it."""
        return self.company or self.label


def _stripe(environment: str, secrets: Mapping[str, str], base_url: str) -> Gateway:
    from billing.gateways.stripe import StripeGateway

    return StripeGateway(environment, secrets, base_url)


STRIPE_PAGES = {"pi_": "payments", "ch_": "payments", "sub_": "subscriptions", "in_": "invoices"}


def _stripe_url(environment: str, object_id: str) -> str:
    beginning = f"{object_id.split('_')[0]}_"
    if environment == Environment.SANDBOX or beginning not in STRIPE_PAGES:
        return ""
    mode = "" if environment == Environment.LIVE else "test/"
    return f"https://dashboard.stripe.com/{mode}{STRIPE_PAGES[beginning]}/{object_id}"


def _mercadopago(environment: str, secrets: Mapping[str, str], base_url: str) -> Gateway:
    from billing.gateways.mercadopago import MercadoPagoGateway

    return MercadoPagoGateway(environment, secrets, base_url)


def _mercadopago_url(environment: str, object_id: str) -> str:
    if environment == Environment.SANDBOX or not object_id.isdigit():
        return ""
    return f"https://www.mercadopago.com/activities?q={object_id}"


def _paypal(environment: str, secrets: Mapping[str, str], base_url: str) -> Gateway:
    from billing.gateways.paypal import PayPalGateway

    return PayPalGateway(environment, secrets, base_url)


def _paypal_url(environment: str, object_id: str) -> str:
    if environment == Environment.SANDBOX or not object_id:
        return ""
    site = "www" if environment == Environment.LIVE else "www.sandbox"
    page = "billing/subscriptions" if object_id.startswith("I-") else "activity/payment"
    return f"https://{site}.paypal.com/{page}/{object_id.partition(':')[0]}"


def _balance(*_: Any) -> Gateway:
    return BalanceGateway()


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(
            "balance",
            _("Balance"),
            _("Tenants pay from money that they have put on their balance before."),
            "wallet",
            (),
            _balance,
            never_for=("funds",),
        ),
        Kind(
            "stripe",
            _("Card"),
            _("Cards and more on Stripe’s own page. Plans renew by themselves."),
            "credit-card",
            (
                KeyField(
                    "secret_key",
                    _("Secret key"),
                    _("Stripe → Developers → API keys. A restricted key works, too."),
                    begins={"test": ("sk_test_", "rk_test_"), "live": ("sk_live_", "rk_live_")},
                ),
                KeyField(
                    "webhook_secret",
                    _("Signing secret of the webhook"),
                    _(
                        "Stripe → Developers → Webhooks → your endpoint. Without it Stripe is not heard."
                    ),
                    begins={"test": ("whsec_",), "live": ("whsec_",)},
                    is_required=False,
                ),
            ),
            _stripe,
            sandbox_setting="STRIPE_SANDBOX_URL",
            company="Stripe",
            renews=True,
            object_url=_stripe_url,
            webhook_about=_(
                "Stripe → Developers → Webhooks → Add endpoint, once in test mode and once in live mode. "
                "Choose all events of Checkout, customers, invoices, charges and refunds."
            ),
        ),
        Kind(
            "mercadopago",
            _("Mercado Pago"),
            _(
                "Cards, cash and bank transfers of Latin America on Mercado Pago’s own page. "
                "Nothing renews by itself: a plan’s next cycle is paid by hand, or from the balance."
            ),
            "handshake",
            (
                KeyField(
                    "access_token",
                    _("Access token"),
                    _("Mercado Pago → Your integrations → your application → Credentials."),
                    begins={"test": ("TEST-",), "live": ("APP_USR-",)},
                ),
                KeyField(
                    "webhook_secret",
                    _("Secret signature of the webhooks"),
                    _(
                        "Mercado Pago → Your integrations → your application → Webhooks. "
                        "Without it Mercado Pago is not heard."
                    ),
                    is_required=False,
                ),
            ),
            _mercadopago,
            sandbox_setting="MERCADOPAGO_SANDBOX_URL",
            company="Mercado Pago",
            object_url=_mercadopago_url,
            webhook_about=_(
                "Mercado Pago → Your integrations → your application → Webhooks → Configure notifications, "
                "once in test mode and once in production mode. Choose the events Payments and Chargebacks."
            ),
        ),
        Kind(
            "paypal",
            _("PayPal"),
            _("PayPal’s own page, with whatever the payer keeps there. Plans renew by themselves."),
            "wallet-cards",
            (
                KeyField(
                    "client_id",
                    _("Client ID"),
                    _(
                        "PayPal Developer → Apps & Credentials → your app. Test mode is called “Sandbox” there."
                    ),
                ),
                KeyField("secret_key", _("Secret"), _("Of the same app.")),
                KeyField(
                    "webhook_secret",
                    _("ID of the webhook"),
                    _(
                        "Your app → Webhooks. PayPal signs what it sends with this. "
                        "Without it PayPal is not heard."
                    ),
                    is_required=False,
                ),
            ),
            _paypal,
            sandbox_setting="PAYPAL_SANDBOX_URL",
            company="PayPal",
            renews=True,
            object_url=_paypal_url,
            webhook_about=_(
                "PayPal Developer → Apps & Credentials → your app → Webhooks → Add webhook, once in sandbox "
                "and once in live mode. Choose all events of Checkout, payments, billing subscriptions and "
                "disputes. Switch on “Transaction search” among the app’s features."
            ),
            page_lasts=timedelta(hours=2, minutes=45),
            books_lag=timedelta(hours=3),
        ),
    )
}
