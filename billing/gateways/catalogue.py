"""Which gateways there are, what keys each needs, and how one is made of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    )
}
