"""What a workflow can do in the business: put an appointment into another status."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.models import Appointment, Status
from booking.selectors import find_row
from booking.services.statuses import set_status as put_into
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
    put_into(tenant, row.pk, status, now=case.now)
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
