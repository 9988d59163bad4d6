"""How the gateways are set up, as the console tells it. It only reads, and no key in clear leaves it."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from billing.gateways.catalogue import KINDS, KeyField, Kind
from billing.models import Environment, GatewaySettings
from billing.services import funds, gateways, plan_purchases
from billing.services.fulfilment import choosable
from billing.services.gateways import SIGNED_BY
from billing.services.setup.gateway_keys import ENVIRONMENTS, StoredKey, no_live_keys, stored_key
from saas.core.errors import NotHere, Sentence
from saas.core.secrets import Unreadable
from saas.core.versions import version_of


@dataclass(frozen=True)
class State:
    """How a gateway stands: one word, its colour, and one sentence."""

    word: Sentence
    level: str
    sentence: Sentence


@dataclass(frozen=True)
class KeyShown:
    """One key to enter: what it is, and what may be told of the one that is stored."""

    field: KeyField
    stored: StoredKey | None

    @property
    def is_optional(self) -> bool:
        return not self.field.is_required and not self.stored


@dataclass(frozen=True)
class KeySet:
    """The keys of one environment. `refused` says why none are taken, and is empty where they are."""

    environment: Environment
    keys: list[KeyShown]
    refused: str = ""

    @property
    def has_some(self) -> bool:
        return any(key.stored for key in self.keys)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing that the gateway needs."""
        return self.has_some and all(key.stored for key in self.keys if key.field.is_required)


class Setup:
    """One gateway as it is set up at `now`. No query of its own."""

    def __init__(self, kind: Kind, row: GatewaySettings, now: datetime) -> None:
        self.kind, self.row, self.now = kind, row, now
        self.key, self.name = kind.key, kind.name
        self.environment = gateways.environment_in_use(kind, row)

    @property
    def version(self) -> str:
        row = self.row
        return version_of(row.is_enabled, str(row.environment), sorted(row.not_for), row.secrets)

    @cached_property
    def key_sets(self) -> list[KeySet]:
        """Of both environments; none for a gateway without keys."""
        return [self._key_set(one) for one in ENVIRONMENTS] if self.kind.fields else []

    def _key_set(self, environment: Environment) -> KeySet:
        secrets = gateways.secrets_of(self.row, environment)
        shown = [
            KeyShown(field, stored_key(secrets, field.name, self.now)) for field in self.kind.fields
        ]
        is_refused = settings.DEMO and environment == Environment.LIVE
        return KeySet(environment, shown, no_live_keys() if is_refused else "")

    def key_set(self, environment: str) -> KeySet:
        """Raises NotHere for an environment without keys of its own."""
        for found in self.key_sets:
            if found.environment == environment:
                return found
        raise NotHere(_("There are no such keys."))

    @property
    def has_keys(self) -> bool:
        return any(one.has_some for one in self.key_sets)

    @property
    def other_mode(self) -> str:
        """The mode that it can be switched to; empty while there are no keys for one."""
        found = [
            one for one in self.key_sets
            if one.is_whole and not one.refused and one.environment != self.row.environment
        ]  # fmt: skip
        return str(found[0].environment) if found else ""

    @property
    def uses(self) -> list[tuple[str, Sentence]]:
        """What it can be used for: (purpose, label)."""
        return [(one.key, one.label) for one in choosable() if one.key not in self.kind.never_for]

    @property
    def used_for(self) -> list[str]:
        """The purposes for which tenants are offered it, once it is connected and switched on."""
        return [key for key, _label in self.uses if key not in self.row.not_for]

    @cached_property
    def is_unreadable(self) -> bool:
        """Whether its keys were stored under a secret key that is not known any more."""
        try:
            gateways.everything_of(self.row)
        except Unreadable:
            return True
        return False

    @property
    def is_offered(self) -> bool:
        return self.row.is_enabled and bool(self.environment)

    @property
    def can_be_tested(self) -> bool:
        return bool(self.kind.fields and self.environment)

    @property
    def test_failed(self) -> bool:
        return self.row.tested_at is not None and not self.row.test_passed

    @property
    def is_deaf(self) -> bool:
        """Whether it has keys and cannot tell us of payments, for want of the secret that it signs with."""
        if self.environment not in ENVIRONMENTS or not self.webhook_url:
            return False
        keys = self.key_set(self.environment).keys
        return not any(key.stored for key in keys if key.field.name == SIGNED_BY)

    @property
    def webhook_url(self) -> str:
        """The address to enter at the company; empty for a gateway that sends nothing."""
        if all(field.name != SIGNED_BY for field in self.kind.fields):
            return ""
        return f"{settings.PLATFORM_URL}/webhooks/{self.key}/"

    @property
    def state(self) -> State:
        if self.is_unreadable:
            why = _(
                "Its keys cannot be read: the secret key of the installation has changed. "
                "Enter them again."
            )
            return State(_("Keys lost"), "bad", why)
        if not self.row.is_enabled:
            return State(
                _("Switched off"), "", _("Nobody can choose it. What runs already goes on.")
            )
        if not self.environment:
            return State(_("Not set up"), "", self._why_not_set_up())
        if self.test_failed:
            return State(_("Test failed"), "bad", self.row.test_result)
        if self.is_deaf:
            why = _("It cannot tell us of payments before the secret of its webhook is entered.")
            return State(_("Webhook missing"), "warn", why)
        return self._connected()

    def _why_not_set_up(self) -> Sentence:
        waiting = [one for one in self.key_sets if one.is_whole]
        if not waiting:
            return self.kind.about
        if waiting[0].environment == Environment.LIVE:
            return _("Live keys are stored, and test mode is on.")
        return _("Test keys are stored, and live mode is on.")

    def _connected(self) -> State:
        words = {"name": self.name}
        if not self.kind.fields:
            return State(_("Ready"), "ok", self.kind.about)
        if self.environment == Environment.SANDBOX:
            why = _("The demo plays %(name)s: no keys are needed, and no money moves.") % words
            return State(_("Sandbox of the demo"), "info", why)
        if self.environment == Environment.TEST:
            why = _("No money moves: only the test cards of %(name)s work.") % words
            return State(_("Test mode"), "warn", why)
        return State(_("Connected"), "ok", _("Payments are real."))


def load_setups(now: datetime) -> list[Setup]:
    """Every gateway, in the order of the catalogue. One query."""
    stored = {row.gateway: row for row in GatewaySettings.objects.all()}
    return [
        Setup(kind, stored.get(kind.key) or GatewaySettings(gateway=kind.key), now)
        for kind in KINDS.values()
    ]


def load_setup(key: str, now: datetime) -> Setup:
    """The gateway `key`. Raises NotHere. One query."""
    kind = find_kind(key)
    row = GatewaySettings.objects.filter(gateway=key).first()
    return Setup(kind, row or GatewaySettings(gateway=key), now)


def find_kind(key: str) -> Kind:
    """Raises NotHere for a gateway that is not in the catalogue."""
    if key not in KINDS:
        raise NotHere(_("There is no such payment gateway."))
    return KINDS[key]


def can_pay_for_plans(setups: list[Setup]) -> bool:
    """Whether a tenant can pay for a plan without anybody's help: straight, or through funds on its balance."""
    outside = [one for one in setups if one.is_offered and one.kind.fields]
    if any(plan_purchases.PLAN in one.used_for for one in outside):
        return True
    balance = [one for one in setups if one.is_offered and not one.kind.fields]
    return any(plan_purchases.PLAN in one.used_for for one in balance) and any(
        funds.FUNDS in one.used_for for one in outside
    )
