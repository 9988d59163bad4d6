"""A rule as a person would say it."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans.event_types import EventType
from plans.registry import registry
from workflows.models import Side, Unit, Workflow

LARGEST_FIRST = ((Unit.DAYS, 24 * 60), (Unit.HOURS, 60), (Unit.MINUTES, 1))


def when(workflow: Workflow) -> str:
    """“24 hours before an appointment starts”, “A payment came in”."""
    event = registry.events.get(workflow.event)
    if event is None:
        return _("Something that is not part of your plan any more")
    if event.timed is None:
        return str(event.label)
    return moment(event, workflow.amount, workflow.unit, workflow.side)


def moment(event: EventType, amount: int, unit: str, side: str) -> str:
    if amount == 0:
        return str(event.label)
    words = {"length": length(amount, unit), "event": small(str(event.label))}
    if side == Side.BEFORE:
        return _("%(length)s before %(event)s") % words
    return _("%(length)s after %(event)s") % words


def length(amount: int, unit: str) -> str:
    """“24 hours”, “1 day”."""
    texts = {
        Unit.MINUTES: ngettext("%(n)s minute", "%(n)s minutes", amount),
        Unit.HOURS: ngettext("%(n)s hour", "%(n)s hours", amount),
        Unit.DAYS: ngettext("%(n)s day", "%(n)s days", amount),
    }
    return texts[Unit(unit)] % {"n": amount}


def small(label: str) -> str:
    """A label within a sentence: only an abbreviation keeps its capitals."""
    first = label.split(" ", 1)[0]
    return label if len(first) > 1 and first.isupper() else label[:1].lower() + label[1:]


def split_minutes(minutes: int) -> tuple[int, Unit]:
    """A length in the largest unit that says it whole; a day is said as 24 hours, which is an exact length.

    Days count by the calendar: they are meant only where somebody has chosen them, or from two on.
    """
    for unit, size in LARGEST_FIRST:
        if minutes and minutes % size == 0 and (unit != Unit.DAYS or minutes >= 2 * size):
            return minutes // size, unit
    return minutes, Unit.MINUTES
