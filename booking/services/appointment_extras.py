"""Which extras an appointment has, and how often each."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, AppointmentExtra, ServiceExtra
from booking.services.resources import WrongChoice


def quantities_of(
    extras: list[ServiceExtra], quantities: Mapping[int, int]
) -> list[tuple[ServiceExtra, int]]:
    """Each of `extras` and how often. Raises WrongChoice above what can be had of one."""
    chosen = [(extra, quantities.get(extra.pk, 1)) for extra in extras]
    for extra, quantity in chosen:
        if not 1 <= quantity <= extra.max_quantity:
            text = _("“%(name)s” can be chosen at most %(count)s times.")
            raise WrongChoice("extras", text % {"name": extra, "count": extra.max_quantity})
    return chosen


def write_extras(row: Appointment, chosen: list[tuple[ServiceExtra, int]]) -> None:
    """Let `row` have just what is `chosen`. Two queries."""
    wanted = {extra.pk: times for extra, times in chosen}
    row.chosen_extras.exclude(serviceextra_id__in=wanted).delete()
    AppointmentExtra.objects.bulk_create(
        [
            AppointmentExtra(appointment=row, serviceextra_id=pk, quantity=times)
            for pk, times in wanted.items()
        ],
        update_conflicts=True,
        unique_fields=["appointment", "serviceextra"],
        update_fields=["quantity"],
    )
