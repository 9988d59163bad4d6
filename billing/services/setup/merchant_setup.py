"""How a business's own account at a company is set up, as its panel tells it. It only reads, and no key leaves it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Generic, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from billing.models import Environment, MerchantAccount
from billing.services import gateways, merchants
from billing.services.setup.gateway_keys import ENVIRONMENTS, complaints, laid_over
from billing.services.setup.gateway_setup import Setup, State
from saas.core.audit_values import Snapshot, flat
from saas.core.errors import Sentence
from saas.core.versions import version_of

A = TypeVar("A", bound=MerchantAccount)
ABOUT: dict[str, Sentence] = {
    "stripe": gettext_lazy("Cards and more, on Stripe’s own page."),
    "mercadopago": gettext_lazy(
        "Cards, cash and bank transfers of Latin America, on Mercado Pago’s own page."
    ),
    "paypal": gettext_lazy("PayPal’s own page, with whatever your customer keeps there."),
}


class MerchantSetup(Setup, Generic[A]):
    """One company as the account is set up at `now`. `row` may be unsaved: then nothing is set up. No query."""

    def __init__(self, row: A, now: datetime) -> None:
        super().__init__(merchants.find_company(row.gateway), row, now)  # type: ignore[arg-type]
        self.row: A = row  # type: ignore[assignment]

    @property
    def version(self) -> str:
        """What the panel shows it as of, keys included, and tells nothing of them."""
        return version_of(self.row.is_enabled, str(self.row.environment), self.row.secrets)

    @property
    def about(self) -> Sentence:
        return ABOUT[self.key]

    @property
    def webhook_about(self) -> Sentence:
        return merchants.WEBHOOK_EVENTS[self.key]

    @property
    def webhook_url(self) -> str:
        """Below the business's own address, so the page says it; here only that there is one."""
        return f"/pay/{self.key}/hook/"

    @property
    def state(self) -> State:
        if not self.row.is_enabled and not self.has_keys and not self.is_unreadable:
            return State(_("Not connected"), "", self.about)
        if not self.row.is_enabled and not self.is_unreadable:
            return State(_("Switched off"), "", _("Customers are not offered it."))
        return super().state

    @sensitive_variables()
    def complaints(
        self, keys: Mapping[str, Mapping[str, str]], *, on_in: str
    ) -> dict[str, Sentence]:
        """What is wrong with what was filled in, by field; empty where it may be stored.

        `on_in` is the mode in which customers are to pay with it; empty where it is switched off.
        """
        found: dict[str, Sentence] = {}
        for one in ENVIRONMENTS:
            typed = keys.get(one, {})
            wrong = complaints(self.kind, one, gateways.secrets_of(self.row, one), typed)
            found |= {f"{one}_{name}": sentence for name, sentence in wrong.items()}
        if on_in and not found and not self._will_work(on_in, keys):
            found["environment"] = _("Enter the keys of this mode first, or leave it switched off.")
        return found

    def _will_work(self, environment: str, keys: Mapping[str, Mapping[str, str]]) -> bool:
        stored = gateways.secrets_of(self.row, environment) | {
            name: value for name, value in keys.get(environment, {}).items() if value
        }
        if all(stored.get(one.name) for one in self.kind.fields if one.is_required):
            return True
        return environment == Environment.TEST and bool(gateways.sandbox_url(self.kind))

    @sensitive_variables()
    def with_typed(self, keys: Mapping[str, Mapping[str, str]]) -> str:
        """What is to be stored of all keys after `keys` were typed."""
        before = self.row.secrets
        for environment, typed in keys.items():
            stored = gateways.secrets_of(self.row, environment)
            if (now_stored := laid_over(stored, typed, self.now)) != stored:
                self.row.secrets = merchants.with_keys(self.row, environment, now_stored)
        after, self.row.secrets = self.row.secrets, before
        return after

    def told(self) -> Snapshot:
        """What the audit log tells: of a key only that it is there, so that a change of it is seen."""
        told: Snapshot = {"switched_on": self.row.is_enabled, "mode": str(self.row.environment)}
        for environment in ENVIRONMENTS:
            secrets = gateways.secrets_of(self.row, environment)
            keys = {one.name: secrets.get(one.name, "") for one in self.kind.fields}
            told |= flat(f"{environment}_keys", keys, secret=(f"{environment}_keys",))
        return told
