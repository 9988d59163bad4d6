"""The door to the platform's settings."""

from typing import TypedDict

from django.db import transaction

from plans.models import Plan, PlatformSettings


class SettingsData(TypedDict, total=False):
    """What `save_platform_settings` writes; what is missing stays as it is."""

    platform_name: str
    currency: str
    contact_email: str
    contact_text: str
    trial_plan: Plan | None
    trial_days: int


@transaction.atomic
def save_platform_settings(data: SettingsData) -> PlatformSettings:
    """Write `data` and return the settings as stored; in force on everybody's next page.

    Amounts are integers of minor units and stay as they are when the currency changes: 2900 is $29.00 and ¥2,900.
    Raises ValidationError for values that cannot be.
    """
    settings = PlatformSettings.lock()
    for name, value in data.items():
        setattr(settings, name, value)
    settings.full_clean()
    settings.save()
    return settings
