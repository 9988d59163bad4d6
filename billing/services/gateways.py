"""Which gateways are connected, and with which keys: the only place that reads them."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from billing.gateways.base import Gateway, HostedGateway, RecurringGateway
from billing.gateways.catalogue import KINDS, Kind
from billing.models import Environment, GatewaySettings
from saas.core.errors import Conflict, Sentence
from saas.core.secrets import Unreadable, decrypt, encrypt

log = logging.getLogger(__name__)
SANDBOX_SECRETS = {
    "client_id": "sandbox",
    "secret_key": "sk_test_sandbox",
    "access_token": "TEST-sandbox",
    "webhook_secret": "whsec_sandbox",
}
"""Of the doubles that come with the demo: known to everybody, and worth nothing."""

SIGNED_BY = "webhook_secret"
"""Name of the secret that a gateway signs its notifications with."""


class Stored(Protocol):
    """What is stored of one gateway: the platform's settings, or a business's own account."""

    environment: str
    secrets: str


class NotConnected(Conflict):
    """The gateway has no keys, is switched off, or is not for this."""

    def __init__(self, label: object) -> None:
        super().__init__(
            _("%(gateway)s cannot be used at present. Please choose another way to pay.")
            % {"gateway": label}
        )


def offered(purpose: str) -> list[Gateway]:
    """The gateways that tenants may choose for `purpose`, in the order of the catalogue. One query."""
    return offered_for(purpose)[purpose]


def offered_for(*purposes: str) -> dict[str, list[Gateway]]:
    """As `offered`, by purpose. One query for all of them."""
    stored = {row.gateway: row for row in GatewaySettings.objects.all()}

    def usable(purpose: str) -> list[Gateway]:
        found = [_usable(kind, stored.get(kind.key), purpose) for kind in KINDS.values()]
        return [gateway for gateway in found if gateway]

    return {purpose: usable(purpose) for purpose in purposes}


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
    gateway = made(kind, environment, stored)
    if gateway is None:
        raise NotConnected(kind.label)
    return gateway


@dataclass(frozen=True)
class Listening:
    """Who verifies the notifications of one gateway: as it is set up now, and as the owner had it before."""

    present: HostedGateway
    others: tuple[HostedGateway, ...] = ()


def listen_to(key: str) -> Listening:
    """Who verifies notifications of the gateway `key`. One query.

    Also when it is switched off: what was bought before goes on there. Raises NotConnected for an unknown one, and
    without the secret that notifications are signed with, for then anybody could send them.
    """
    kind = KINDS.get(key)
    if kind is None or not kind.fields:
        raise NotConnected(key)
    stored = GatewaySettings.objects.filter(gateway=key).first()
    environment = environment_in_use(kind, stored)
    present = _hearing(kind, environment, stored)
    if present is None:
        raise NotConnected(kind.label)
    # Never the double's: its secret is known to everybody.
    rest = [one for one in (Environment.TEST, Environment.LIVE) if one != environment]
    others = (_hearing(kind, one, stored) for one in rest)
    return Listening(present, tuple(one for one in others if one))


def gateway_names() -> dict[str, Sentence]:
    """{key: name} of those that belong to a company, and so have something to tell."""
    return {key: kind.name for key, kind in KINDS.items() if kind.fields}


def _hearing(kind: Kind, environment: str, stored: Stored | None) -> HostedGateway | None:
    gateway = made(kind, environment, stored)
    is_signed = bool(secrets_of(stored, environment).get(SIGNED_BY))
    return gateway if isinstance(gateway, HostedGateway) and is_signed else None


def recurring() -> list[RecurringGateway]:
    """The connected gateways that renew by themselves, and so have to know the plans."""
    kinds = [kind for kind in KINDS.values() if kind.renews]
    stored = {row.gateway: row for row in GatewaySettings.objects.all()}
    made = [_usable(kind, stored.get(kind.key), "") for kind in kinds]
    return [gateway for gateway in made if isinstance(gateway, RecurringGateway)]


def environment_of(key: str) -> str:
    """Where new objects of the gateway are made now; empty when it is not connected."""
    kind = KINDS[key]
    return environment_in_use(kind, GatewaySettings.objects.filter(gateway=key).first())


def is_live(stored: GatewaySettings) -> bool:
    """Whether new payments of the gateway move real money."""
    kind = KINDS.get(stored.gateway)
    return bool(kind and kind.fields) and environment_of(stored.gateway) == Environment.LIVE


def secrets_of(stored: Stored | None, environment: str) -> dict[str, str]:
    """The keys of one environment in clear, for making a gateway and nothing else.

    None where they cannot be read, so that the gateway counts as not connected: pages stay up without it.
    """
    if environment == Environment.SANDBOX:
        return dict(SANDBOX_SECRETS)
    try:
        return dict(everything_of(stored).get(environment, {}))
    except Unreadable:
        log.warning("The keys of %s cannot be read: the secret key has changed.", stored)
        return {}


def everything_of(stored: Stored | None) -> dict[str, dict[str, str]]:
    """{environment: {name: value}} as stored. Raises Unreadable."""
    return dict(json.loads(decrypt(stored.secrets))) if stored and stored.secrets else {}


def has_live_keys() -> bool:
    """Whether keys are stored that move real money: then no demo, with its doubles and its clock, may run here."""
    return any(secrets_of(row, Environment.LIVE) for row in GatewaySettings.objects.all())


def with_secrets(stored: Stored, environment: str, values: Mapping[str, str]) -> str:
    """What is to be stored when `values` are the keys of `environment`; the other environment's stay."""
    try:
        everything = everything_of(stored)
    except Unreadable:  # nobody can use what is lost
        everything = {}
    return encrypt(json.dumps({**everything, environment: dict(values)}))


def _usable(kind: Kind, stored: GatewaySettings | None, purpose: str) -> Gateway | None:
    if purpose in kind.never_for:
        return None
    if stored and (not stored.is_enabled or purpose in stored.not_for):
        return None
    return made(kind, environment_in_use(kind, stored), stored)


def made(kind: Kind, environment: str, stored: Stored | None) -> Gateway | None:
    """The gateway for one environment with the keys that are stored of it; None where some are missing."""
    secrets = secrets_of(stored, environment)
    is_missing = any(field.is_required and not secrets.get(field.name) for field in kind.fields)
    if kind.fields and (not environment or is_missing):
        return None
    if environment != Environment.SANDBOX:
        return kind.make(environment, secrets, "")
    # Without an address of its double, the client would go to the company itself.
    url = sandbox_url(kind)
    return kind.make(environment, secrets, url) if url else None


def environment_in_use(kind: Kind, stored: Stored | None) -> str:
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
