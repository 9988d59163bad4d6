"""The doors to a gateway's settings: save, test, switch between test and live, remove keys.

Keys are stored encrypted, and are told to nobody: neither the audit log nor a message has more of one than that it was
changed. Emits `billing.gateway_connected` when new things are made elsewhere from now on, or with other keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from billing.gateways.base import HostedGateway
from billing.models import GatewaySettings
from billing.services import gateways
from billing.services.gateways import SIGNED_BY
from billing.services.setup.connection_check import Tested, try_connection
from billing.services.setup.gateway_keys import ENVIRONMENTS, complaints, laid_over
from billing.services.setup.gateway_setup import Setup, find_kind, load_setup
from saas.core import audit
from saas.core.audit_values import Snapshot, flat
from saas.core.errors import Conflict, NotHere, Sentence
from saas.core.events import emit
from saas.core.versions import check_version


class CannotSwitch(Conflict):
    """The keys of the other mode are missing, or the gateway does not accept them. Nothing has changed."""


@dataclass(frozen=True)
class GatewayChange:
    """What was filled in. `keys` are those that were typed, {environment: {name: value}}; an empty one stays."""

    is_enabled: bool
    used_for: frozenset[str]
    keys: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class _Before:
    """A gateway before a change: what the audit log tells of it, and what it works with."""

    told: Snapshot
    is_offered: bool
    environment: str
    secrets: Mapping[str, str] = field(repr=False)


@sensitive_variables()
@transaction.atomic
def save_gateway(
    key: str, change: GatewayChange, *, now: datetime, seen: str = ""
) -> GatewaySettings:
    """The gateway is set up as `change` says; keys of both environments are kept, and the mode stays.

    Raises NotHere, ChangedMeanwhile where `seen` is not what is stored, and ValidationError by field (`used_for`,
    `live_secret_key`); then nothing has changed.
    """
    setup = _lock(key, now)
    check_version(seen, setup.version)
    row, before = setup.row, _as_it_is(setup)
    _check(setup, change)
    known = {one for one, _label in setup.uses}
    row.is_enabled = change.is_enabled
    row.not_for = sorted((set(row.not_for) - known) | (known - change.used_for))
    for environment, typed in change.keys.items():
        stored = gateways.secrets_of(row, environment)
        if (keys := laid_over(stored, typed, now)) != stored:
            row.secrets = gateways.with_secrets(row, environment, keys)
    _store(Setup(setup.kind, row, now), before)
    return row


@sensitive_variables()
def test_gateway(key: str, *, now: datetime) -> Tested:
    """Whether the keys in use open the gateway; stored, unless the keys have changed meanwhile.

    Speaks to the gateway, so call it outside of a transaction. Raises NotHere and NotConnected.
    """
    kind = find_kind(key)
    row = GatewaySettings.objects.get_or_create(gateway=kind.key)[0]
    setup = Setup(kind, row, now)
    if not kind.fields:
        raise NotHere(_("There is nothing to test."))
    tested = _try(setup, setup.environment)
    same = GatewaySettings.objects.filter(
        pk=row.pk, environment=row.environment, secrets=row.secrets
    )
    same.update(tested_at=now, test_passed=tested.passed, test_result=tested.text)
    return tested


@sensitive_variables()
def switch_mode(key: str, environment: str, *, now: datetime, seen: str = "") -> GatewaySettings:
    """New payments are made in `environment` from now on. What runs in the other is not touched.

    The keys are tried first, so call it outside of a transaction. Raises NotHere, ChangedMeanwhile and CannotSwitch.
    """
    setup = load_setup(key, now)
    check_version(seen, setup.version)
    keys = setup.key_set(environment)
    if setup.row.environment == environment and setup.environment == environment:
        return setup.row
    if keys.refused or not keys.is_whole:
        raise CannotSwitch(keys.refused or _("Enter the keys of this mode first."))
    tested = _try(setup, environment)
    if not tested.passed:
        raise CannotSwitch(_("Nothing was switched. %(why)s") % {"why": tested.text})
    with transaction.atomic():
        locked = _lock(key, now)
        check_version(setup.version, locked.version)
        row, before = locked.row, _as_it_is(locked)
        row.environment = environment
        _store(Setup(locked.kind, row, now), before, tested)
    return row


@sensitive_variables()
@transaction.atomic
def remove_keys(key: str, environment: str, *, now: datetime, seen: str = "") -> GatewaySettings:
    """Nothing is stored of the keys of `environment`. Raises NotHere, ChangedMeanwhile."""
    setup = _lock(key, now)
    check_version(seen, setup.version)
    setup.key_set(environment)
    row, before = setup.row, _as_it_is(setup)
    row.secrets = gateways.with_secrets(row, environment, {})
    _store(Setup(setup.kind, row, now), before)
    return row


def _lock(key: str, now: datetime) -> Setup:
    """The gateway with its row, made where it is missing, locked until the transaction ends."""
    kind = find_kind(key)
    GatewaySettings.objects.get_or_create(gateway=kind.key)
    row = GatewaySettings.objects.select_for_update(no_key=True).get(gateway=kind.key)
    return Setup(kind, row, now)


def _check(setup: Setup, change: GatewayChange) -> None:
    found: dict[str, Sentence] = {}
    if change.is_enabled and setup.uses and not change.used_for & {key for key, _l in setup.uses}:
        found["used_for"] = _("Choose at least one use, or switch it off.")
    for environment, typed in change.keys.items():
        stored = gateways.secrets_of(setup.row, environment)
        wrong = complaints(setup.kind, environment, stored, typed)
        found |= {f"{environment}_{name}": sentence for name, sentence in wrong.items()}
    if found:
        raise ValidationError({name: str(sentence) for name, sentence in found.items()})


def _store(setup: Setup, before: _Before, tested: Tested | None = None) -> None:
    """Write the row and the entry. The result of a test stands as long as what was tested is in use."""
    row, after = setup.row, _as_it_is(setup)
    if tested:
        row.tested_at, row.test_passed, row.test_result = setup.now, tested.passed, tested.text
    elif (before.environment, _tested(before)) != (after.environment, _tested(after)):
        row.tested_at, row.test_passed, row.test_result = None, False, ""
    row.save()
    audit.record("gateway.saved", row, changes=audit.differences(before.told, after.told))
    now_in_use = (after.is_offered, after.environment, after.secrets)
    if after.is_offered and now_in_use != (before.is_offered, before.environment, before.secrets):
        emit("billing.gateway_connected", gateway=setup.key, environment=after.environment)


def _tested(state: _Before) -> dict[str, str]:
    """The keys that a test is about: all but the secret that notifications are signed with."""
    return {name: value for name, value in state.secrets.items() if SIGNED_BY not in name}


def _as_it_is(setup: Setup) -> _Before:
    secrets = gateways.secrets_of(setup.row, setup.environment) if setup.environment else {}
    return _Before(_told(setup), setup.is_offered, setup.environment, secrets)


def _told(setup: Setup) -> Snapshot:
    """What the audit log tells: of a key only that it is there, so that a change of it is seen."""
    labels = dict(setup.uses)
    told: Snapshot = {
        "switched_on": setup.row.is_enabled,
        "used_for": [str(labels[key]) for key in setup.used_for],
    }
    if not setup.kind.fields:
        return told
    told["mode"] = setup.row.environment
    for environment in ENVIRONMENTS:
        secrets = gateways.secrets_of(setup.row, environment)
        keys = {one.name: secrets.get(one.name, "") for one in setup.kind.fields}
        told |= flat(f"{environment}_keys", keys, secret=(f"{environment}_keys",))
    return told


def _try(setup: Setup, environment: str) -> Tested:
    """Ask the gateway whether the keys of `environment` open it."""
    gateway = gateways.connect_to(setup.key, environment)
    if not isinstance(gateway, HostedGateway):
        raise NotHere(_("There is nothing to test."))
    secrets = gateways.secrets_of(setup.row, environment).values()
    return try_connection(gateway, setup.name, secrets)
