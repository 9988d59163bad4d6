"""What is typed to book or move an appointment. Whether it may be done at all, the services say."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from booking.appointment_parts import (
    ONE,
    PART_SENTENCES,
    HoursPart,
    OfferedExtra,
    PeoplePart,
    RepeatsPart,
    ScopePart,
    read_quantity,
)
from booking.availability import offering
from booking.models import (
    IN_USE,
    Appointment,
    Customer,
    Location,
    Pausable,
    Service,
    ServiceExtra,
    Staff,
    Status,
)
from booking.selectors import find_customers
from booking.services.seen import seen_of
from booking.wall_clock import instant_of
from saas.core.money import format_money
from tenants.models import Tenant

NEW = "new"
"""What `customer` says for somebody who is not there yet; `who` is the name then."""
MATCHES = 4
FAR = dt.timedelta(days=2 * 366)
"""How far from today an appointment may be, to catch a year that was mistyped."""
NOT_NOW = _(
    "Choose from the list. Who or what is paused by your plan or switched off cannot be booked."
)


class AppointmentForm(HoursPart, RepeatsPart, PeoplePart, ScopePart):
    """The form of one appointment of `tenant`; `row` is the one that is edited.

    `asked` is what an address asks to begin with (ASKED); after `is_valid`, `cleaned_data` are the arguments of the
    door. `offered` are the extras of the service that is chosen, `takes_people` whether it serves several at once.
    """

    who = forms.CharField(label=_("Customer"), max_length=80, required=False)
    customer = forms.CharField(required=False, max_length=20)
    service = forms.ModelChoiceField(Service.objects.none(), label=_("Service"))
    extras = forms.ModelMultipleChoiceField(
        ServiceExtra.objects.none(),
        label=_("Extras"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    staff = forms.ModelChoiceField(Staff.objects.none(), label=_("With"))
    location = forms.ModelChoiceField(Location.objects.none(), label=_("Location"), required=False)
    date = forms.DateField(
        label=_("Date"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    time = forms.TimeField(
        label=_("Time"), widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    status = forms.ChoiceField(
        label=_("Status"), choices=[(s.value, s.label) for s in (Status.APPROVED, Status.PENDING)]
    )
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
    )
    seen = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        tenant: Tenant,
        now: dt.datetime,
        row: Appointment | None = None,
        asked: Mapping[str, str] | None = None,
    ) -> None:
        self.tenant, self.row, self.zone = tenant, row, ZoneInfo(tenant.time_zone)
        self.currency = tenant.platform_settings.currency
        self.today = now.astimezone(self.zone).date()
        self.matches: list[Customer] = []
        super().__init__(data, initial=self._initial(asked or {}))
        self._offer()
        for name, sentence in (SENTENCES | PART_SENTENCES).items():
            field = self.fields.get(name)
            if field:
                field.error_messages |= sentence

    def _initial(self, asked: Mapping[str, str]) -> dict[str, Any]:
        if self.row is None:
            return {"date": self.today, "status": Status.APPROVED, "people": 1, "every": 1} | {
                key: asked[key].replace("\0", "")[:80] for key in ASKED if key in asked
            }
        start = self.row.starts_at.astimezone(self.zone)
        return {
            "service": asked.get("service", self.row.service_id),
            "staff": asked.get("staff", self.row.staff_id),
            "location": self.row.location_id,
            "people": self.row.people,
            "scope": ONE,
            "note": self.row.note,
            "seen": seen_of(self.row),
            "date": start.date(),
            "time": start.time(),
            "extras": [one.serviceextra_id for one in self.row.chosen_extras.all()],
        }

    def _offer(self) -> None:
        """Fill the choices: what can be booked, and what this appointment has already."""
        for name, empty in EMPTY.items():
            field = self.fields[name]
            kept = [getattr(self.row, f"{name}_id")] if self.row else []
            field.queryset = self._choosable(field.queryset.model, kept)  # type: ignore[attr-defined]
            field.empty_label = empty  # type: ignore[attr-defined]
            field.label_from_instance = self._label  # type: ignore[attr-defined]
        if not self.tenant.entitlements.can(Location.capability()):
            del self.fields["location"]  # what an appointment has stays, and is not shown
        if service := self._service_key():
            own = Q(pk=self.row.staff_id) if self.row else Q()
            who = self.fields["staff"]
            who.queryset = who.queryset.filter(own | offering(service))  # type: ignore[attr-defined]
        self.lacks = [name for name in ("service", "staff") if not self._read_choices(name)]
        for name in NOT_WHEN_EDITED if self.row else ("scope", "seen"):
            del self.fields[name]
        if self.row:
            if self.row.series is None:
                del self.fields["scope"]
        elif self["who"].value() and not self.is_bound:
            self.matches = find_customers(self["who"].value(), MATCHES)
        self._offer_extras()

    def _read_choices(self, name: str) -> int:
        """Read once what can be chosen; returns how much that is."""
        field = self.fields[name]
        rows = [(row.pk, self._label(row)) for row in field.queryset]  # type: ignore[attr-defined]
        field.choices = [("", EMPTY[name]), *rows]  # type: ignore[attr-defined]
        return len(rows)

    def _offer_extras(self) -> None:
        field = self.fields["extras"]
        kept = self.initial.get("extras", [])
        key = self._service_key()
        service = Service.objects.filter(pk=key).only("capacity").first() if key else None
        self.takes_people = service is not None and service.capacity > 1
        rows = self._choosable(ServiceExtra, kept).filter(service=service)
        field.queryset = rows if service else rows.none()  # type: ignore[attr-defined]
        extras = list(rows) if service else []  # read once, though asked for thrice
        field.choices = [(extra.pk, self._label(extra)) for extra in extras]  # type: ignore[attr-defined]
        self.offered = self._offered(extras)

    def _offered(self, extras: list[ServiceExtra]) -> list[OfferedExtra]:
        rows = self.row.chosen_extras.all() if self.row else []
        before = {one.serviceextra_id: one.quantity for one in rows}
        chosen = {str(key) for key in self["extras"].value() or []}
        return [
            OfferedExtra(
                extra,
                self._label(extra),
                str(extra.pk) in chosen,
                self.data.get(f"quantity-{extra.pk}", str(before.get(extra.pk, 1)))[:4],
            )
            for extra in extras
        ]

    def _service_key(self) -> int | None:
        """The service that is chosen at present, as far as it can be told."""
        key = str(self["service"].value() or "")
        return int(key) if key.isdecimal() and len(key) < 19 else None

    def _choosable(self, model: type[Pausable], kept: list[int | None]) -> QuerySet[Any]:
        may = self.tenant.entitlements.can(model.capability())
        shown = (IN_USE if may else Q(pk__in=[])) | Q(pk__in=[pk for pk in kept if pk])
        return model._default_manager.filter(shown).order_by(Lower("name"), "pk")

    def _label(self, row: Any) -> str:
        if not isinstance(row, Service | ServiceExtra):
            return str(row)
        price = format_money(row.price, self.currency, short=True)
        return " · ".join(filter(None, [row.name, row.duration, price]))

    def clean_date(self) -> dt.date:
        day: dt.date = self.cleaned_data["date"]
        if abs(day - self.today) > FAR:
            raise ValidationError(_("Choose a day that is less than two years away."))
        return day

    def clean(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        self._clean_customer(data)
        day, hour = data.pop("date", None), data.pop("time", None)
        if day and hour:
            data["starts_at"] = self._instant(
                dt.datetime.combine(day, hour.replace(second=0, microsecond=0))
            )
        if "extras" in data:
            data["extras"] = list(data["extras"])
            self._read_quantities(data)
        if not data.get("people"):
            data.pop("people", None)  # not asked for this service: one person, or as many as before
        self.check_hours(data)
        if self.row is None:
            self.read_repeats(data)
        return data

    def _read_quantities(self, data: dict[str, Any]) -> None:
        try:
            data["quantities"] = {
                extra.pk: read_quantity(self.data.get(f"quantity-{extra.pk}", ""))
                for extra in data["extras"]
            }
        except ValidationError as error:
            self.add_error("extras", error)

    def _instant(self, wall: dt.datetime) -> dt.datetime | None:
        """The instant at which clocks in the tenant's time zone show `wall`; the first one where two do."""
        instant = instant_of(wall, self.zone)
        if instant is None:
            self.add_error(
                "time", _("That time does not exist on this day: the clocks are put forward.")
            )
        return instant

    def _clean_customer(self, data: dict[str, Any]) -> None:
        """Turn `who` and `customer` into the customer, or into the name of somebody new."""
        if self.row:
            return
        name, key = data.pop("who", ""), data.pop("customer", "")
        data["customer"] = None
        if key == NEW and name:
            data["customer"] = self._new(name)
        elif key.isdecimal() and len(key) < 19:
            data["customer"] = Customer.objects.filter(pk=int(key)).first()
            if data["customer"] is None:
                self.add_error("who", _("That customer is not there any more."))
        elif not name and "who" not in self.errors:
            self.add_error("who", _("Enter a name, an e-mail address or a phone number."))
        elif name:
            data["customer"] = self._meant(name)

    def _meant(self, name: str) -> Customer | str | None:
        self.matches = find_customers(name, MATCHES)
        same = [found for found in self.matches if found.name.casefold() == name.casefold()]
        if len(same) == len(self.matches) == 1:
            return same[0]
        if not self.matches:
            return self._new(name)
        self.add_error("who", _("Choose who you mean, or add somebody new."))
        return None

    def _new(self, name: str) -> str | None:
        if self.can_add_customers:
            return name
        self.add_error(
            "who", _("Your plan does not let you add customers. Choose one that you have.")
        )
        return None

    @property
    def can_add_customers(self) -> bool:
        return self.tenant.entitlements.can("customers.add")


ASKED = ("who", "customer", "service", "staff", "location", "date", "time")
"""What an address may fill in."""
NOT_WHEN_EDITED = ("who", "customer", "status", "repeats", "every", "times", "until", "without")
"""Its status has buttons of its own; a customer stays."""
EMPTY = {
    "service": _("Choose a service"),
    "staff": _("Choose somebody"),
    "location": _("No location"),
}
SENTENCES = {
    "service": {"required": _("Choose a service."), "invalid_choice": NOT_NOW},
    "staff": {"required": _("Choose who serves the customer."), "invalid_choice": NOT_NOW},
    "location": {"invalid_choice": NOT_NOW},
    "extras": {
        "invalid_choice": _("Choose from the extras of this service that can be booked now."),
        "invalid_pk_value": _("Choose from the extras of this service that can be booked now."),
    },
    "date": dict.fromkeys(("required", "invalid"), _("Choose a day, such as 2026-12-03.")),
    "time": dict.fromkeys(("required", "invalid"), _("Enter a time, such as 14:30.")),
    "status": dict.fromkeys(("required", "invalid_choice"), _("Choose another status.")),
}
