"""Parts of the form of an appointment: how often it repeats, for how many people, how many of which extra."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.availability import Wish, offering, outside_hours
from booking.models import MOST_PEOPLE, Appointment, ServiceExtra, Staff
from booking.services.series import MONTHS, MOST, WEEKS, Repeats
from booking.wall_clock import read_day
from saas.core.errors import Sentence
from tenants.models import Tenant

ONE, FOLLOWING = "one", "following"
OFTEN = _("Enter how often, as a whole number.")


class RepeatsPart(forms.Form):
    """After `clean_repeats`, `repeats` is a Repeats or None, and `without` the dates to be left out.

    `refused` are the dates that could not be had, with the reason of each; `short` says that the plan has no room
    for so many. Both are set by whoever tried.
    """

    repeats = forms.ChoiceField(
        label=_("Repeats"),
        required=False,
        choices=[
            ("", _("Does not repeat")),
            (WEEKS, _("By the week")),
            (MONTHS, _("By the month")),
        ],
    )
    every = forms.IntegerField(label=_("Every"), required=False, min_value=1, max_value=12)
    times = forms.IntegerField(
        label=_("How many in all"), required=False, min_value=2, max_value=MOST
    )
    until = forms.DateField(
        label=_("Or until"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    without = forms.CharField(required=False, max_length=MOST * 11)

    refused: list[tuple[dt.date, Sentence]] = []
    short: Sentence = ""

    def read_repeats(self, data: dict[str, Any]) -> None:
        """Put `repeats` and `without` together in `data`."""
        asked = {name: data.pop(name, None) for name in ("repeats", "every", "times", "until")}
        left_out = (data.pop("without", "") or "").split(",")
        if not asked["repeats"]:
            return
        if not asked["times"] and not asked["until"]:
            if not {"times", "until"} & set(self.errors):
                self.add_error("times", _("Enter how many there are in all, or until when."))
            return
        data["repeats"] = Repeats(
            asked["repeats"], asked["every"] or 1, asked["times"], asked["until"]
        )
        data["without"] = {day for day in map(read_day, left_out) if day}

    @property
    def leaves_out(self) -> str:
        """The dates that would be left out after what was refused, as `without` has them."""
        before = {
            day for day in map(read_day, str(self["without"].value() or "").split(",")) if day
        }
        return ",".join(sorted(str(day) for day in before | {day for day, _why in self.refused}))


class PeoplePart(forms.Form):
    people = forms.IntegerField(
        label=_("People"), required=False, min_value=1, max_value=MOST_PEOPLE
    )


@dataclass(frozen=True)
class OfferedExtra:
    """An extra that can be chosen, as the form shows it."""

    row: ServiceExtra
    label: str
    chosen: bool
    quantity: str

    @property
    def name(self) -> str:
        return f"quantity-{self.row.pk}"


def read_quantity(text: str) -> int:
    """What was typed beside an extra; 1 where nothing was. Raises ValidationError."""
    text = text.strip() or "1"
    if not text.isdecimal() or len(text) > 4:
        raise ValidationError(OFTEN)
    return int(text)


class HoursPart(forms.Form):
    """Who works there, and when: `warning` says what speaks against the time, until `anyway` is ticked."""

    tenant: Tenant
    row: Appointment | None
    today: dt.date
    anyway = forms.BooleanField(label=_("Book it anyway"), required=False)
    warning: Sentence = ""

    def check_hours(self, data: dict[str, Any]) -> None:
        """Errors for a place where the staff do not work, and for a time outside of hours."""
        anyway = data.pop("anyway", False)
        if not self.errors and not self._is_there(data, "service", "staff", "location"):
            self._check_place(data)
        if not self.errors and not anyway:
            self._warn(data)

    def _is_there(self, data: dict[str, Any], *names: str) -> bool:
        """Does the appointment that is edited have just these already?"""
        return bool(self.row) and all(getattr(self.row, name) == data.get(name) for name in names)

    def _check_place(self, data: dict[str, Any]) -> None:
        staff, place = data["staff"], data.get("location")
        served = offering(data["service"].pk, place.pk if place else None)
        if not Staff.objects.filter(served, pk=staff.pk).exists():
            text = _("%(name)s does not offer this at %(place)s.")
            self.add_error("staff", text % {"name": staff, "place": place})

    def _warn(self, data: dict[str, Any]) -> None:
        """Say so, once, when that is outside of the hours; what is there already is not warned of again."""
        if self._is_there(data, "service", "staff", "location", "starts_at"):
            return
        times = data.get("quantities", {})
        longer = sum(extra.minutes * times.get(extra.pk, 1) for extra in data.get("extras", ()))
        wish = Wish(
            data["service"], self.today, 1, location=data.get("location"), extra_minutes=longer
        )
        self.warning = outside_hours(self.tenant, wish, data["starts_at"], data["staff"]) or ""
        if self.warning:
            self.add_error("time", str(self.warning))


class ScopePart(forms.Form):
    """For one that repeats: whether those after it change, too."""

    scope = forms.ChoiceField(
        label=_("What is changed"),
        required=False,
        choices=[(ONE, _("Only this one")), (FOLLOWING, _("This one and all that follow"))],
        widget=forms.RadioSelect,
        initial=ONE,
    )


PART_SENTENCES = {
    "repeats": {"invalid_choice": _("Choose how it repeats.")},
    "every": dict.fromkeys(
        ("invalid", "min_value", "max_value"), _("Enter a number from 1 to 12.")
    ),
    "times": dict.fromkeys(
        ("invalid", "min_value", "max_value"), _("Enter a number from 2 to 52.")
    ),
    "until": {"invalid": _("Choose a day, such as 2026-12-03.")},
    "people": dict.fromkeys(
        ("invalid", "min_value", "max_value"), _("Enter how many people come.")
    ),
    "scope": {"invalid_choice": _("Choose what is changed.")},
}
