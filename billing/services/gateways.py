"""Which gateways are connected, and with which keys: the only place that reads them."""

import json
from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext as _

from billing.gateways.base import Gateway, RecurringGateway
from billing.gateways.catalogue import KINDS, Kind
from billing.models import Environment, GatewaySettings
from saas.core.errors import Conflict
from saas.core.secrets import decrypt, encrypt

SANDBOX_SECRETS = {"secret_key": "sk_test_sandbox", "webhook_secret": "whsec_sandbox"}
"""Of the doubles that come with the demo: known to everybody, and worth nothing."""


class NotConnected(Conflict):
    """The gateway has no keys, is switched off, or is not for this."""

    def __init__(self, label: object) -> None:
        super().__init__(
            _("%(gateway)s cannot be used at present. Please choose another way to pay.")
            % {"gateway": label}
        )


def offered(purpose: str) -> list[Gateway]:
    """The gateways that tenants may choose for `purpose`, in the order of the catalogue. One query."""
    stored = {row.gateway: row for row in GatewaySettings.objects.all()}
    found = [_usable(kind, stored.get(kind.key), purpose) for kind in KINDS.values()]
    return [gateway for gateway in found if gateway]


def connect(key: str, purpose: str = "") -> Gateway:
    """The gateway `key`, as it is set up now. Raises NotConnected; with a `purpose`, also where it is not for that."""
    kind = KINDS.get(key)
    stored = GatewaySettings.objects.filter(gateway=key).first()
    gateway = _usable(kind, stored, purpose) if kind else None
    if gateway is None:
        raise NotConnected(kind.label if kind else key)
    return gateway


def connect_to(key: str, environment: str) -> Gateway:
    """The gateway that has an object of ours, whatever is chosen for new ones. Raises NotConnected without keys."""
    kind = KINDS[key]
    stored = GatewaySettings.objects.filter(gateway=key).first()
    gateway = _made(kind, environment, stored)
    if gateway is None:
        raise NotConnected(kind.label)
    return gateway


def recurring() -> list[RecurringGateway]:
    """The connected gateways that renew by themselves, and so have to know the plans."""
    kinds = [kind for kind in KINDS.values() if kind.fields]
    stored = {row.gateway: row for row in GatewaySettings.objects.all()}
    made = [_usable(kind, stored.get(kind.key), "") for kind in kinds]
    return [gateway for gateway in made if isinstance(gateway, RecurringGateway)]


def environment_of(key: str) -> str:
    """Where new objects of the gateway are made now; empty when it is not connected."""
    kind = KINDS[key]
    return _environment(kind, GatewaySettings.objects.filter(gateway=key).first())


def secrets_of(stored: GatewaySettings | None, environment: str) -> dict[str, str]:
    """The keys of one environment in clear, for making a gateway and nothing else."""
    if environment == Environment.SANDBOX:
        return dict(SANDBOX_SECRETS)
    if stored is None or not stored.secrets:
        return {}
    return dict(json.loads(decrypt(stored.secrets)).get(environment, {}))


def has_live_keys() -> bool:
    """Whether keys are stored that move real money: then no demo, with its doubles and its clock, may run here."""
    return any(secrets_of(row, Environment.LIVE) for row in GatewaySettings.objects.all())


def with_secrets(stored: GatewaySettings, environment: str, values: Mapping[str, str]) -> str:
    """What is to be stored when `values` are the keys of `environment`; the other environment's stay."""
    everything = json.loads(decrypt(stored.secrets)) if stored.secrets else {}
    return encrypt(json.dumps({**everything, environment: dict(values)}))


def _usable(kind: Kind, stored: GatewaySettings | None, purpose: str) -> Gateway | None:
    if stored and (not stored.is_enabled or purpose in stored.not_for):
        return None
    return _made(kind, _environment(kind, stored), stored)


def _made(kind: Kind, environment: str, stored: GatewaySettings | None) -> Gateway | None:
    secrets = secrets_of(stored, environment)
    is_missing = any(field.is_required and not secrets.get(field.name) for field in kind.fields)
    if kind.fields and (not environment or is_missing):
        return None
    return kind.make(environment, secrets, sandbox_url(kind) if environment == "sandbox" else "")


def _environment(kind: Kind, stored: GatewaySettings | None) -> str:
    """As chosen in Settings where there are keys for that; else the demo's double, if one runs; else none."""
    if not kind.fields:
        return Environment.LIVE
    if stored and secrets_of(stored, stored.environment).get(kind.fields[0].name):
        return stored.environment
    return Environment.SANDBOX if sandbox_url(kind) else ""


def sandbox_url(kind: Kind) -> str:
    """Where the double of the gateway answers; empty where there is none, and always in production."""
    if settings.IS_PRODUCTION or not kind.sandbox_setting:
        return ""
    return str(getattr(settings, kind.sandbox_setting, ""))
