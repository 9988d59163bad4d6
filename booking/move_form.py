"""To another time, or to somebody else: what dragging does, typed."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from booking.availability import offering
from booking.models import IN_USE, Appointment, Staff
from booking.services.moving import version_of
from booking.wall_clock import instant_of
from tenants.models import Tenant


class MoveForm(forms.Form):
    """After `is_valid`, `cleaned_data` are the arguments of `move_appointment`."""

    date = forms.DateField(
        label=_("Date"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages=dict.fromkeys(
            ("required", "invalid"), _("Choose a day, such as 2026-12-03.")
        ),
    )
    time = forms.TimeField(
        label=_("Time"),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages=dict.fromkeys(("required", "invalid"), _("Enter a time, such as 14:30.")),
    )
    staff = forms.ModelChoiceField(
        Staff.objects.none(),
        label=_("With"),
        empty_label=None,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("Choose who serves the customer.")
        ),
    )
    seen = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None, *, tenant: Tenant, row: Appointment) -> None:
        self.zone = ZoneInfo(tenant.time_zone)
        wall = row.starts_at.astimezone(self.zone)
        initial = {"date": wall.date(), "time": wall.time(), "staff": row.staff_id}
        super().__init__(data, initial=initial | {"seen": version_of(row)})
        who = Staff.objects.filter(Q(pk=row.staff_id) | (IN_USE & offering(row.service_id)))
        self.fields["staff"].queryset = who.order_by(Lower("name"), "pk")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        day, hour = data.pop("date", None), data.pop("time", None)
        if day and hour:
            wall = dt.datetime.combine(day, hour.replace(second=0, microsecond=0))
            data["starts_at"] = instant_of(wall, self.zone)
            if data["starts_at"] is None:
                self.add_error(
                    "time", _("That time does not exist on this day: the clocks are put forward.")
                )
        return data
