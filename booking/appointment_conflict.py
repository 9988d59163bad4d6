"""What somebody typed into the form of an appointment that is another one by now, in words."""

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.appointment_form import AppointmentForm
from booking.models import Appointment
from booking.services.seen import asked_otherwise, seen_of
from saas.core.errors import Sentence


def typed(form: AppointmentForm, row: Appointment) -> list[tuple[Sentence, str]]:
    """Label and words of what `form`, which is valid, asks for and did not show to begin with;
    where it does not say what it showed, what is not so now."""
    asked = form.cleaned_data
    names = asked_otherwise(row, asked, asked.get("seen") or seen_of(row))
    return [(_label(form, name), _words(form, name, asked) or "–") for name in names]


def _label(form: AppointmentForm, name: str) -> Sentence:
    return _("Time") if name == "starts_at" else form.fields[name].label or ""


def _words(form: AppointmentForm, name: str, asked: dict[str, Any]) -> str:
    value = asked[name]
    if name == "starts_at":
        return date_format(value.astimezone(form.zone), "D, j M Y, H:i")
    if name == "extras":
        times = asked.get("quantities", {})
        many = ((one.name, times.get(one.pk, 1)) for one in value)
        return ", ".join(name if count == 1 else f"{name} × {count}" for name, count in many)
    return str(value or "")
