"""What a workflow can do in the business: put an appointment into another status."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.models import Appointment, Status
from booking.selectors import find_row
from booking.services.appointments import cancel_appointment, edit_appointment
from booking.workflow_events import EVENTS
from plans.event_types import EventType
from tenants.models import Tenant
from workflows.actions.base import ActionKind, Case, NothingToDo, Settings


class StatusForm(forms.Form):
    status = forms.ChoiceField(
        label=gettext_lazy("New status"),
        choices=Status.choices,
        error_messages={"required": gettext_lazy("Choose a status.")},
    )


def _form(_event: EventType, _tenant: Tenant | None) -> type[StatusForm]:
    return StatusForm


def set_status(case: Case, settings: Settings) -> str:
    """The appointment is in that status; what it says in the log. Raises NothingToDo, DomainError."""
    status, tenant = Status(settings["status"]), case.tenant
    if tenant is None:
        raise NothingToDo(_("There is no appointment here."))
    row: Any = find_row(Appointment, case.payload["appointment_id"])
    if row.status == status:
        raise NothingToDo(_("It had that status already."))
    if status == Status.CANCELLED:
        cancel_appointment(tenant, row.pk, now=case.now)
    else:
        edit_appointment(tenant, row.pk, status=status)
    return _("The status is “%(status)s” now.") % {"status": status.label}


SET_STATUS = ActionKind(
    key="set_status",
    label=gettext_lazy("Change the status"),
    icon="tag",
    form=_form,
    capability="appointments.edit",
    perform=set_status,
    events=frozenset(event.key for event in EVENTS if event.subject == "appointment_id"),
    is_for_platform=False,
)
