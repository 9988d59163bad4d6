"""The door to the platform's settings."""

from typing import TypedDict

from django.db import transaction

from plans.models import Plan, PlatformSettings
from saas.core import audit

AUDITED = (
    "platform_name",
    "currency",
    "contact_email",
    "contact_text",
    "trial_plan",
    "trial_days",
    "expired_plan",
)


class SettingsData(TypedDict, total=False):
    """What `save_platform_settings` writes; what is missing stays as it is."""

    platform_name: str
    currency: str
    contact_email: str
    contact_text: str
    trial_plan: Plan | None
    trial_days: int
    expired_plan: Plan | None


@transaction.atomic
def save_platform_settings(data: SettingsData, *, reason: str = "") -> PlatformSettings:
    """Write `data` and return the settings as stored; in force on everybody's next page, and in the audit log.

    Amounts are integers of minor units and stay as they are when the currency changes: 2900 is $29.00 and ¥2,900.
    Raises ValidationError for values that cannot be.
    """
    settings = PlatformSettings.lock()
    before = audit.snapshot(settings, AUDITED)
    for name, value in data.items():
        setattr(settings, name, value)
    settings.full_clean()
    settings.save()
    changes = audit.differences(before, audit.snapshot(settings, AUDITED))
    audit.record("settings.saved", settings, changes=changes, reason=reason)
    return settings
