"""The doors to who carries what: ask for the driver of a channel, set it up, try it.

Secrets are stored encrypted, are read here alone, and are told to nobody, neither the audit log nor a page.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from saas.core import audit
from saas.core.audit import Subject, Verb
from saas.core.audit_values import Snapshot, flat
from saas.core.errors import DomainError, NotHere, TooMany
from saas.core.secrets import Unreadable, decrypt, encrypt
from saas.core.versions import check_version, version_of
from tenants.models import User
from workflows.drivers.base import (
    Accepted,
    Driver,
    Outgoing,
    Refused,
    TalkingDriver,
    TryLater,
)
from workflows.drivers.base import NotGenuine as NotGenuine
from workflows.drivers.callbacks import address
from workflows.drivers.catalogue import KINDS, Kind, kinds_for
from workflows.drivers.catalogue import Field as Field
from workflows.models import ChannelSettings

DEFAULTS = {"email": "platform", "webhook": "webhook"}
IN_DEMO = {"sms": "console", "whatsapp": "console"}
CHANNELS = ("email", "sms", "whatsapp")
"""Those that are set up; webhooks need no setting."""
RESULT_LENGTH = 300
LONGEST_VALUE = 1000
TEST_EVERY = timedelta(seconds=10)
AUDITED: tuple[Verb | Subject, ...] = (
    Verb("channel.saved", gettext_lazy("Channel set up")),
    Subject("workflows.channelsettings", "console_channels:channels", takes_id=False),
)


class NotSetUp(DomainError):
    """Nobody carries this channel yet, or what was entered cannot be read."""


@dataclass(frozen=True)
class Setup:
    """A channel as its page shows it: `plain` are stored values that may be shown, `stored` the names of secrets."""

    channel: str
    kind: Kind | None
    plain: Mapping[str, str]
    stored: frozenset[str]
    row: ChannelSettings
    is_default: bool

    @property
    def kinds(self) -> list[Kind]:
        return kinds_for(self.channel)

    @property
    def is_set_up(self) -> bool:
        given = {**self.plain, **dict.fromkeys(self.stored, "…")}
        return self.kind is not None and not self.kind.missing(given)

    @property
    def version(self) -> str:
        return version_of(self.row.driver, self.row.secrets)

    @property
    def callback(self) -> str:
        """What is to be entered at the carrier; empty where it never calls."""
        return address(self.kind.key) if self.kind and self.kind.calls_back else ""


@dataclass(frozen=True)
class Tested:
    """What came of a test message, in one sentence."""

    passed: bool
    text: str


@sensitive_variables()
def driver_of(channel: str) -> Driver:
    """Who carries the channel from now on: one query. Raises NotSetUp, and LookupError for an unknown channel."""
    if channel not in CHANNELS and channel not in DEFAULTS:
        raise LookupError(f"There is no channel {channel}.")
    row = ChannelSettings.objects.filter(channel=channel).first() if channel in CHANNELS else None
    kind = _kind_of(channel, row)
    if kind is None:
        raise NotSetUp(
            _("Nobody carries these messages yet. The platform has to set up the channel.")
        )
    return kind.makes(_whole(kind, _secrets_of(row, kind.key)))


@sensitive_variables()
def driver_called(key: str) -> TalkingDriver:
    """The driver that a carrier’s call is for, with what was entered for it: also when another carries the channel now.

    Raises NotHere for one that is unknown, is never called, or was never set up.
    """
    kind = KINDS.get(key)
    if kind is None or not kind.calls_back:
        raise NotHere(_("There is nothing here."))
    row = ChannelSettings.objects.filter(channel__in=kind.channels).first()
    try:
        return cast(TalkingDriver, kind.makes(_whole(kind, _secrets_of(row, key))))
    except NotSetUp:
        raise NotHere(_("There is nothing here.")) from None


@sensitive_variables()
def setup_of(channel: str, driver: str = "") -> Setup:
    """How the channel is set up; with `driver`, how it would look with that one. Raises NotHere."""
    if channel not in CHANNELS or (driver and not _may_carry(channel, driver)):
        raise NotHere(_("There is nothing here."))
    row = ChannelSettings.objects.filter(channel=channel).first() or ChannelSettings(
        channel=channel
    )
    kind = KINDS[driver] if driver else _kind_of(channel, row)
    values = _secrets_of(row, kind.key) if kind else {}
    secret = {one.name for one in kind.fields if one.is_secret} if kind else set()
    plain = {name: value for name, value in values.items() if name not in secret}
    return Setup(channel, kind, plain, frozenset(secret & set(values)), row, not row.driver)


@sensitive_variables()
@transaction.atomic
def save_setup(
    channel: str,
    driver: str,
    values: Mapping[str, str],
    *,
    by: User | None,
    now: datetime,
    seen: str = "",
) -> ChannelSettings:
    """`driver` carries the channel with the next message. A secret that is left empty stays as it is stored.

    What was entered for other drivers of the channel is kept. Raises NotHere, ChangedMeanwhile where `seen` is not
    what is stored, and ValidationError by field.
    """
    if channel not in CHANNELS or not _may_carry(channel, driver):
        raise NotHere(_("There is nothing here."))
    ChannelSettings.objects.get_or_create(channel=channel)
    row = ChannelSettings.objects.select_for_update(no_key=True).get(channel=channel)
    check_version(seen, version_of(row.driver, row.secrets))
    kind, before = KINDS[driver], _told(row)
    stored = _all_secrets(row)
    fresh = _laid_over(kind, stored.get(driver, {}), values)
    changed = row.driver != driver or stored.get(driver, {}) != fresh
    stored[driver] = fresh
    row.driver, row.secrets = driver, encrypt(json.dumps(stored))
    if changed:
        row.tested_at, row.test_passed, row.test_result = None, False, ""
    row.save()
    audit.record("channel.saved", row, changes=audit.differences(before, _told(row)), actor=by)
    return row


@sensitive_variables()
def send_test(channel: str, to: str, *, now: datetime) -> Tested:
    """One short message goes to `to`, costs nobody, and what came of it is stored.

    Speaks to the carrier, so call it outside of a transaction. Raises NotHere, and TooMany within ten seconds of the
    last one.
    """
    if channel not in CHANNELS:
        raise NotHere(_("There is nothing here."))
    row, _made = ChannelSettings.objects.get_or_create(channel=channel)
    free = Q(tested_at__isnull=True) | Q(tested_at__lte=now - TEST_EVERY)
    same = ChannelSettings.objects.filter(pk=row.pk, driver=row.driver, secrets=row.secrets)
    if not same.filter(free).update(tested_at=now, test_passed=False, test_result=""):
        raise TooMany(
            _("That was too often. Please wait a moment and try again."),
            retry_after=int(TEST_EVERY.total_seconds()),
        )
    tested = _try(channel, to)
    same.update(test_passed=tested.passed, test_result=tested.text)
    return tested


def _try(channel: str, to: str) -> Tested:
    text = _("A test message from Tenantry. If you read this, it works.")
    content = (
        {"subject": _("A test message"), "html": f"<p>{text}</p>"} if channel == "email" else {}
    )
    try:
        driver = driver_of(channel)
    except NotSetUp as trouble:
        return Tested(passed=False, text=str(trouble.message))
    name = str(KINDS[driver.key].label)
    outcome = driver.send([Outgoing(f"test:{uuid4().hex}", channel, to, text, content=content)])[0]
    if isinstance(outcome, Accepted):
        return Tested(passed=True, text=_("Handed over to: %(name)s.") % {"name": name})
    words = {"name": name, "why": str(outcome.reason)}
    if isinstance(outcome, Refused | TryLater):
        said = _("Not sent by: %(name)s. %(why)s") % words
    else:
        said = _("No clear answer from: %(name)s. %(why)s") % words
    return Tested(passed=False, text=Truncator(said).chars(RESULT_LENGTH))


def _kind_of(channel: str, row: ChannelSettings | None) -> Kind | None:
    """The driver that was chosen, else the one that needs no choice; None where there is neither."""
    defaults = {**DEFAULTS, **(IN_DEMO if settings.DEMO else {})}
    key = (row.driver if row else "") or defaults.get(channel, "")
    return KINDS[key] if _may_carry(channel, key) else None


def _may_carry(channel: str, key: str) -> bool:
    return any(one.key == key for one in kinds_for(channel))


def _whole(kind: Kind, values: Mapping[str, str]) -> Mapping[str, str]:
    if kind.missing(values):
        raise NotSetUp(
            _("%(name)s is not set up yet. The platform has to enter its keys.")
            % {"name": kind.label}
        )
    return values


def _all_secrets(row: ChannelSettings | None) -> dict[str, dict[str, str]]:
    """{driver: {name: value}}; nothing where the key it was stored under is gone: it has to be entered again."""
    if row is None or not row.secrets:
        return {}
    try:
        found: dict[str, dict[str, str]] = json.loads(decrypt(row.secrets))
    except Unreadable:
        return {}
    return found


def _secrets_of(row: ChannelSettings | None, key: str) -> dict[str, str]:
    return _all_secrets(row).get(key, {})


def _laid_over(kind: Kind, stored: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What is stored from now on. Raises ValidationError by field."""
    found: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for one in kind.fields:
        value = (given.get(one.name) or "").strip()
        if not value and one.is_secret:
            value = stored.get(one.name, "")
        if sentence := _complaint(one, value):
            wrong[one.name] = sentence
        elif value:
            found[one.name] = value
    if wrong:
        raise ValidationError(wrong)
    return found


def _complaint(one: Field, value: str) -> str:
    if not value:
        return _("Fill this in.") if one.is_required else ""
    if len(value) > LONGEST_VALUE or not value.isprintable():
        return _("That is no valid value.")
    if one.choices and value not in dict(one.choices):
        return _("Choose one of the list.")
    if one.pattern and not re.fullmatch(one.pattern, value):
        return f"{_('That does not look right.')} {one.help}".strip()
    return ""


def _told(row: ChannelSettings) -> Snapshot:
    """What the audit log tells: of a secret only that it is another one now."""
    kind = KINDS.get(row.driver)
    told: Snapshot = {"driver": str(kind.label) if kind else ""}
    values = _secrets_of(row, row.driver)
    for one in kind.fields if kind else ():
        secret = (one.name,) if one.is_secret else ()
        told |= flat(one.name, values.get(one.name, ""), secret)
    return told
