"""How the business takes bookings and what its page says. Each function needs the booking page in the plan."""

from collections.abc import Mapping
from datetime import datetime
from typing import IO, Any

from django.utils.translation import gettext as _

from booking.labels import DEFAULTS, FIXED, LONGEST_TEXT, PLACE, places
from booking.models import BookingRules, PanelText
from booking.services.pictures import forget_picture, store_picture
from booking.services.resources import WrongChoice, allowed
from saas.core.versions import check_version, version_of
from tenants.models import Tenant

LOGO_SIDE = 512


RULES = (
    "step_minutes", "lead_minutes", "horizon_days", "change_until_minutes", "may_move", "may_cancel",
    "confirms_by_hand", "shows_any_staff", "needs_phone", "welcome", "terms", "deposit_words", "color",
)  # fmt: skip
"""What stands on the page of the rules."""


def rules_version(rules: BookingRules) -> str:
    """What the page shows the rules as of."""
    return version_of(*(getattr(rules, name) for name in RULES))


def words_version(own: Mapping[str, str]) -> str:
    """What the page shows the business's own words, {key: text}, as of."""
    return version_of(sorted(own.items()))


def save_rules(tenant: Tenant, *, seen: str = "", **changes: Any) -> BookingRules:
    """Write the fields of the rules that are given, leave the rest.

    Raises CapabilityMissing, and ChangedMeanwhile where `seen` is not what is stored.
    """
    with allowed(tenant, "booking_page"):
        rules, _made = BookingRules.objects.get_or_create(pk=1)
        check_version(seen, rules_version(rules))
        for field, value in changes.items():
            setattr(rules, field, value)
        rules.save(update_fields=list(changes))
    return rules


def set_logo(tenant: Tenant, file: IO[bytes], *, now: datetime) -> BookingRules:
    """Show the picture in `file` on the page. Raises CapabilityMissing, BadPicture."""
    with allowed(tenant, "booking_page.upload_logo"):
        logo = store_picture(file, most_side=LOGO_SIDE, now=now)
        return _put_logo(logo)


def remove_logo(tenant: Tenant) -> BookingRules:
    """Show none; nothing happens where there is none. Raises CapabilityMissing."""
    with allowed(tenant, "booking_page.upload_logo"):
        return _put_logo(None)


def _put_logo(logo: Any) -> BookingRules:
    rules, _made = BookingRules.objects.get_or_create(pk=1)
    before, rules.logo = rules.logo, logo
    rules.save(update_fields=["logo"])
    if before != logo:
        forget_picture(before)
    return rules


def save_words(tenant: Tenant, language: str, texts: Mapping[str, str], *, seen: str = "") -> None:
    """Say `texts` (by key) in the business's own words; an empty one is ours again, a key not given stays as it is.

    Raises CapabilityMissing; ChangedMeanwhile where `seen` is not what is stored; WrongChoice naming the key whose text
    is too long or has a place that is never filled.
    """
    with allowed(tenant, "booking_page.dynamic_translations"):
        check_version(seen, words_version(own_words(language)))
        tidied = {key: " ".join(text.split()) for key, text in texts.items()}
        for key, text in tidied.items():
            _check(language, key, text)
        own = {k: t for k, t in tidied.items() if t and t != DEFAULTS[language][k]}
        PanelText.objects.filter(language=language, key__in=tidied).exclude(key__in=own).delete()
        PanelText.objects.bulk_create(
            [PanelText(language=language, key=key, text=text) for key, text in own.items()],
            update_conflicts=True,
            unique_fields=["language", "key"],
            update_fields=["text"],
        )


def own_words(language: str) -> dict[str, str]:
    """{key: text} of what the business says otherwise than we do. One query."""
    return dict(PanelText.objects.filter(language=language).values_list("key", "text"))


def _check(language: str, key: str, text: str) -> None:
    if key not in DEFAULTS[language] or key in FIXED:
        raise WrongChoice(key, _("This text is not there any more."))
    if len(text) > LONGEST_TEXT:
        raise WrongChoice(key, _("Use at most %(most)s characters.") % {"most": LONGEST_TEXT})
    unknown = [name for name in PLACE.findall(text) if name not in {*places(key), "business"}]
    if unknown:
        raise WrongChoice(
            key, _("Nothing is filled in for “{%(name)s}” here.") % {"name": unknown[0]}
        )
