"""What is typed about hours: a week, special days, time off. Spans are pairs of times, as many as are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django import forms
from django.forms import BoundField
from django.utils.dates import WEEKDAYS
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from booking.forms import TOO_LONG
from booking.models import DAY
from booking.schedules import Owner
from booking.services.schedules import (
    ENDS_BEFORE,
    FAR,
    NO_DAY,
    WEEKDAY,
    problem_of,
    problem_of_days,
)
from booking.timetable import Minutes
from booking.wall_clock import WallClock
from saas.core.errors import Sentence
from tenants.models import Tenant

FEWEST, MOST = 2, 6
"""How many spans a day can be given: two are offered, more on demand."""
BAD_TIME = _("Enter times such as 09:00 and 17:00.")
BAD_DAY = _("Choose a day, such as 2026-12-03.")


def time_field(label: Any = "") -> forms.TimeField:
    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    return forms.TimeField(
        label=label, required=False, widget=widget, error_messages={"invalid": BAD_TIME}
    )


def date_field(label: Any, *, required: bool = True) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    messages = dict.fromkeys(("required", "invalid"), BAD_DAY)
    return forms.DateField(label=label, required=required, widget=widget, error_messages=messages)


def note_field() -> forms.CharField:
    messages = {"max_length": TOO_LONG}
    return forms.CharField(label=_("Note"), max_length=80, required=False, error_messages=messages)


@dataclass(frozen=True)
class Group:
    """The inputs of one day: `pairs` of them, ready to be shown, and what is wrong with them."""

    key: str
    label: Sentence
    pairs: list[tuple[SafeString, SafeString]]
    errors: list[str]


class SpansForm(forms.Form):
    """A form with pairs of times, in groups: by key, the label of each. `spans` is how many pairs each has."""

    groups: ClassVar[Mapping[str, Sentence]] = {}

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        filled: Mapping[str, Sequence[Minutes]] | None = None,
        spans: int = 0,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        found = filled or {}
        self.spans = min(max([FEWEST, spans, *map(len, found.values())]), MOST)
        first = {**(initial or {}), "spans": self.spans}
        for key, pairs in found.items():
            for n, pair in enumerate(pairs[:MOST]):
                for side, minute in zip(("from", "to"), pair, strict=True):
                    first[f"{key}_{n}_{side}"] = time(minute % DAY // 60, minute % 60)
        super().__init__(data, initial=first)
        self.fields["spans"] = forms.CharField(required=False, widget=forms.HiddenInput())
        for key in self.groups:
            for n in range(self.spans):
                self.fields[f"{key}_{n}_from"] = time_field()
                self.fields[f"{key}_{n}_to"] = time_field()

    @property
    def rows(self) -> list[Group]:
        return [
            Group(key, label, self._shown(key, label), self._errors_of(key))
            for key, label in self.groups.items()
        ]

    @property
    def can_have_more(self) -> bool:
        return self.spans < MOST

    def _pairs(self, key: str) -> list[tuple[BoundField, BoundField]]:
        return [(self[f"{key}_{n}_from"], self[f"{key}_{n}_to"]) for n in range(self.spans)]

    def _shown(self, key: str, label: Sentence) -> list[tuple[SafeString, SafeString]]:
        wrong = {"aria-describedby": f"{key}_error"} if self._errors_of(key) else {}
        pairs = []
        for n, (since, until) in enumerate(self._pairs(key), 1):
            words = {"day": label, "n": n}
            names = (_("%(day)s, span %(n)s, from"), _("%(day)s, span %(n)s, to"))
            first, last = (
                field.as_widget(
                    attrs={"class": "form-control", "aria-label": str(name % words), **wrong}
                )
                for field, name in zip((since, until), names, strict=True)
            )
            pairs.append((first, last))
        return pairs

    def _errors_of(self, key: str) -> list[str]:
        names = [field.name for pair in self._pairs(key) for field in pair]
        found = [str(text) for name in names for text in self.errors.get(name, ())]
        return list(dict.fromkeys(found))

    def read(self, key: str) -> list[Minutes]:
        """The spans that were typed for `key`, in order; what is wrong with them is said. 00:00 ends a day."""
        found: list[Minutes] = []
        for n in range(self.spans):
            names = f"{key}_{n}_from", f"{key}_{n}_to"
            if any(name in self.errors for name in names):
                return []
            since, until = (self.cleaned_data.get(name) for name in names)
            if since is None and until is None:
                continue
            if since is None or until is None:
                self.refuse(key, _("Enter both when it begins and when it ends."))
                return []
            found.append((minutes_of(since), minutes_of(until) or DAY))
        if problem := problem_of(found):
            self.refuse(key, problem)
        return sorted(found)

    def refuse(self, key: str, problem: Sentence) -> None:
        self.add_error(f"{key}_0_from", str(problem))


class WeekForm(SpansForm):
    """The week of `owner`, shown as `week`. Staff and locations may follow the business instead (`whose`)."""

    groups: ClassVar = {WEEKDAY.format(day): name for day, name in WEEKDAYS.items()}

    def __init__(
        self,
        *args: Any,
        owner: Owner,
        week: Mapping[int, Sequence[Minutes]] | None = None,
        is_own: bool = True,
        **kwargs: Any,
    ) -> None:
        self.owner = owner
        filled = {WEEKDAY.format(day): spans for day, spans in (week or {}).items()}
        super().__init__(*args, filled=filled, **kwargs)
        if owner.row:
            follow = _("Whenever the place is open") if owner.staff else _("As the business")
            self.fields["whose"] = forms.ChoiceField(
                label=_("Hours"),
                choices=[("", follow), ("own", _("Own hours"))],
                required=False,
                widget=forms.RadioSelect,
                initial="own" if is_own else "",
            )

    def clean(self) -> dict[str, Any]:
        if self.owner.row and not self.cleaned_data.get("whose"):
            for name in [name for name in self.errors if name.startswith("day")]:
                del self._errors[name]  # type: ignore[attr-defined]  # hours that are not asked for
            return {"week": {}}
        week = {int(key[3:]): spans for key in self.groups if (spans := self.read(key))}
        if not week and not self.errors:
            self.add_error(None, str(NO_DAY))
        return {"week": week}


class SpecialDaysForm(SpansForm):
    groups: ClassVar = {"hours": _("Hours")}
    first = date_field(_("First day"))
    last = date_field(_("Last day"), required=False)
    how = forms.ChoiceField(
        label=_("On these days"),
        choices=[("closed", _("Closed")), ("open", _("Open at other times"))],
        widget=forms.RadioSelect,
        initial="closed",
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("Choose what holds on these days.")
        ),
    )
    note = note_field()

    def __init__(self, *args: Any, today: date, owner: Owner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if owner.staff:
            self.fields["how"].choices = [  # type: ignore[attr-defined]
                ("closed", _("Not working")),
                ("open", _("Works at other times")),
            ]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        first = data.get("first")
        last = data.get("last") or first
        _check_days(self, self.today, first, last)
        spans: list[Minutes] = []
        if data.get("how") == "open":
            spans = self.read("hours")
            if not spans and not any(name.startswith("hours") for name in self.errors):
                self.refuse("hours", _("Enter the hours of these days."))
        else:
            for name in [name for name in self.errors if name.startswith("hours")]:
                del self._errors[name]  # type: ignore[attr-defined]
        return {"first": first, "last": last, "spans": spans, "note": data.get("note", "")}


class TimeOffForm(forms.Form):
    """Days off, or hours of a day, on the clocks of whoever takes them."""

    first = date_field(_("First day"))
    since = time_field(_("From"))
    last = date_field(_("Last day"), required=False)
    until = time_field(_("Until"))
    note = note_field()

    def __init__(self, *args: Any, tenant: Tenant, owner: Owner, now: datetime) -> None:
        super().__init__(*args)
        self.now = now
        self.clock = WallClock(owner.zone(tenant))
        self.fields["since"].error_messages["invalid"] = _("Enter a time, such as 09:00.")
        self.fields["until"].error_messages["invalid"] = _("Enter a time, such as 17:00.")

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        first = data.get("first")
        last = data.get("last") or first
        today = self.clock.day_of(int(self.now.timestamp()))
        _check_days(self, today, first, last)
        if self.errors or not first or not last:
            return {}
        since, until = data.get("since"), data.get("until")
        starts_at = self._instant(first, minutes_of(since) if since else 0)
        ends_at = self._instant(last, (minutes_of(until) if until else 0) or DAY)
        if ends_at <= starts_at:
            self.add_error("until", str(ENDS_BEFORE))
        return {"starts_at": starts_at, "ends_at": ends_at, "note": data.get("note", "")}

    def _instant(self, day: date, minute: int) -> datetime:
        return datetime.fromtimestamp(self.clock.at(day, minute), self.clock.zone)


def minutes_of(clock: time) -> int:
    return clock.hour * 60 + clock.minute


def _check_days(form: forms.Form, today: date, first: date | None, last: date | None) -> None:
    """Say so beside the field when these days cannot be: over, too far away, or the wrong way round."""
    if not first or not last or "last" in form.errors:
        return
    if last < first or problem_of_days(first, last):
        form.add_error("last", str(problem_of_days(first, last)))
    elif last < today:
        form.add_error("first", _("That is over already. Choose a day from today on."))
    elif last - today > FAR or today - first > timedelta(days=366):
        form.add_error("first", _("Choose a day that is less than two years away."))
