"""Keys of gateways: how a new one must look, how it is laid over what is stored, and what may be told of a stored one.

Beside each key stands since when it is there. The secret that notifications are signed with stays valid for a day
under `old_webhook_secret` when another takes its place, so that what is on its way is still heard.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from billing.gateways.catalogue import KeyField, Kind
from billing.models import Environment
from billing.services.gateways import SIGNED_BY
from saas.core.errors import Sentence

ENVIRONMENTS = (Environment.TEST, Environment.LIVE)
"""Those that have keys of their own; the demo's double needs none."""
OLD, OLD_UNTIL = f"old_{SIGNED_BY}", f"old_{SIGNED_BY}_until"
"""Names of the secret before, and of the instant (ISO 8601) until which it is valid."""
OLD_IS_VALID = timedelta(hours=24)
SET_AT = "_set_at"
TAIL = 4
LONG_ENOUGH = 20
"""From how many characters on the last four may be shown: enough of it stays unknown."""
KEY = re.compile(r"[!-~]{1,255}")


@dataclass(frozen=True)
class StoredKey:
    """What may be told of a key that is stored. `old_until` is given while the one before it is still valid."""

    tail: str
    set_at: datetime | None
    old_until: datetime | None = None


@sensitive_variables()
def stored_key(secrets: Mapping[str, str], name: str, now: datetime) -> StoredKey | None:
    """What may be told of the key `name` among `secrets`; None where there is none."""
    value = secrets.get(name, "")
    if not value:
        return None
    tail = value[-TAIL:] if len(value) >= LONG_ENOUGH else ""
    old_until = _instant(secrets.get(OLD_UNTIL, "")) if name == SIGNED_BY else None
    is_valid = bool(old_until and old_until > now)
    return StoredKey(
        tail, _instant(secrets.get(name + SET_AT, "")), old_until if is_valid else None
    )


@sensitive_variables()
def laid_over(stored: Mapping[str, str], typed: Mapping[str, str], now: datetime) -> dict[str, str]:
    """The keys of an environment after `typed` were entered. What was left empty, or is the same, stays as it is."""
    result = dict(stored)
    for name, value in typed.items():
        if not value or value == stored.get(name):
            continue
        if name == SIGNED_BY and stored.get(name):
            result |= {OLD: stored[name], OLD_UNTIL: (now + OLD_IS_VALID).isoformat()}
        result |= {name: value, name + SET_AT: now.isoformat()}
    return result


@sensitive_variables()
def complaints(
    kind: Kind, environment: str, stored: Mapping[str, str], typed: Mapping[str, str]
) -> dict[str, Sentence]:
    """What is wrong with the keys of `environment` that were typed, by name; empty when they may be stored."""
    found: dict[str, Sentence] = {}
    entered = {name: value for name, value in typed.items() if value}
    for field in kind.fields:
        value = entered.get(field.name, "")
        if value and (sentence := _complaint(field, environment, value)):
            found[field.name] = sentence
        elif entered and not value and field.is_required and not stored.get(field.name):
            found[field.name] = _("Enter it as well: nothing works without it.")
    return found


@sensitive_variables()
def _complaint(field: KeyField, environment: str, value: str) -> str:
    begins = field.begins or {}
    here = begins.get(environment, ())
    elsewhere = tuple({p for ps in begins.values() for p in ps} - set(here))
    is_elsewhere = bool(elsewhere) and value.startswith(elsewhere)
    if settings.DEMO and (environment == Environment.LIVE or is_elsewhere):
        return no_live_keys()
    if not KEY.fullmatch(value):
        return _("A key is one word of plain letters, digits and signs. Please copy it again.")
    if not here or value.startswith(here):
        return ""
    words = {"begins": _(" or ").join(here)}
    if is_elsewhere:
        if environment == Environment.TEST:
            return _("This is a live key. One of test mode begins with %(begins)s.") % words
        return _("This is a test key. A live one begins with %(begins)s.") % words
    return _("This is another kind of key: it must begin with %(begins)s.") % words


def no_live_keys() -> str:
    """Why a demo takes none."""
    return _(
        "This is a demo: its clock can be moved, and a sandbox may play the payment company. "
        "It takes no live keys, so that nobody is charged by it."
    )


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
