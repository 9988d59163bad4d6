"""The door to the platform's settings."""

from collections.abc import Callable
from typing import TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction

from plans.models import Plan, PlatformSettings
from saas.core import audit
from saas.core.errors import Sentence
from saas.core.events import emit
from saas.core.versions import check_version, version_of

AUDITED = (
    "platform_name",
    "currency",
    "contact_email",
    "contact_text",
    "trial_plan",
    "trial_days",
    "expired_plan",
)

PLANS = ("trial_plan", "expired_plan")


class SettingsData(TypedDict, total=False):
    """What `save_platform_settings` writes; what is missing stays as it is."""

    platform_name: str
    currency: str
    contact_email: str
    contact_text: str
    trial_plan: Plan | None
    trial_days: int
    expired_plan: Plan | None


currency_obstacles: list[Callable[[], Sentence]] = []
"""What apps above know that stands in the way of another currency: a sentence each, empty for nothing."""


@transaction.atomic
def save_platform_settings(
    data: SettingsData, *, seen: str = "", reason: str = ""
) -> PlatformSettings:
    """Write `data` and return the settings as stored; in force on everybody's next page, and in the audit log.

    Amounts are integers of minor units and stay as they are when the currency changes: 2900 is $29.00 and ¥2,900.
    Emits `settings.saved` with the names of the fields that are others now. Raises ChangedMeanwhile where `seen` is
    not what is stored, and ValidationError for values that cannot be, and for another currency while there is money in
    this one.
    """
    settings = PlatformSettings.lock()
    check_version(seen, version(settings))
    before = audit.snapshot(settings, AUDITED)
    for name, value in data.items():
        setattr(settings, name, value)
    settings.full_clean()
    _check_currency(before["currency"], settings.currency)
    settings.save()
    changes = audit.differences(before, audit.snapshot(settings, AUDITED))
    audit.record("settings.saved", settings, changes=changes, reason=reason)
    emit("settings.saved", changed=sorted(changes))
    return settings


def version(stored: PlatformSettings) -> str:
    """What the page shows them as of."""
    names = [f"{name}_id" if name in PLANS else name for name in AUDITED]
    return version_of(*(getattr(stored, name) for name in names))


def _check_currency(before: object, after: str) -> None:
    if before == after:
        return
    for find in currency_obstacles:
        if sentence := find():
            raise ValidationError({"currency": str(sentence)})
