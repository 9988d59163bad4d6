"""When somebody works, or a place is open. Breaks are the gaps between two spans of one day.

Minutes count from midnight on the wall clock of whoever they belong to: 9:00 is 540 on every day of the year.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    DateTimeRangeField,
    IntegerRangeField,
    RangeOperators,
)
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from booking.models.people import Location, Staff

DAY = 24 * 60
ONE_OWNER = Q(staff__isnull=True) | Q(location__isnull=True)


def owner_range() -> list[tuple[Func, str]]:
    """The owner as ranges that hold it alone; 0 where it is the business itself."""
    return [
        (
            Func(
                Coalesce(F(f"{name}_id"), Value(0)),
                Coalesce(F(f"{name}_id"), Value(0)),
                Value("[]"),
                function="int8range",
            ),
            RangeOperators.OVERLAPS,
        )
        for name in ("staff", "location")
    ]


def minutes_range() -> tuple[Func, str]:
    return (
        Func(F("starts"), F("ends"), function="int4range", output_field=IntegerRangeField()),
        RangeOperators.OVERLAPS,
    )


class Owned(models.Model):
    """Belongs to one of the staff, to a location, or to the business itself, where it has neither."""

    staff = models.ForeignKey(
        Staff, models.CASCADE, null=True, blank=True, related_name="%(class)s_set"
    )
    location = models.ForeignKey(
        Location, models.CASCADE, null=True, blank=True, related_name="%(class)s_set"
    )

    class Meta:
        abstract = True


class WorkingHours(Owned):
    """One span of a weekday (0 is Monday), from minute `starts` until before minute `ends`."""

    weekday = models.PositiveSmallIntegerField()
    starts = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["weekday", "starts"]
        constraints = [
            models.CheckConstraint(name="working_hours_one_owner", condition=ONE_OWNER),
            models.CheckConstraint(
                name="working_hours_weekday", condition=Q(weekday__range=(0, 6))
            ),
            models.CheckConstraint(
                name="working_hours_end_after_start",
                condition=Q(ends__gt=F("starts"), ends__lte=DAY),
            ),
            ExclusionConstraint(
                name="working_hours_apart",
                expressions=[
                    *owner_range(),
                    (
                        Func(
                            F("weekday"),
                            F("weekday"),
                            Value("[]"),
                            function="int4range",
                            output_field=IntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    minutes_range(),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.starts}–{self.ends}"


class SpecialHours(Owned):
    """One span of one date, which replaces the weekday's. Both None: closed on that date."""

    day = models.DateField()
    starts = models.PositiveSmallIntegerField(null=True, blank=True)
    ends = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.CharField(_("Note"), max_length=80, blank=True)

    class Meta:
        ordering = ["day", "starts"]
        indexes = [models.Index(fields=["day"], name="special_hours_by_day")]
        constraints = [
            models.CheckConstraint(name="special_hours_one_owner", condition=ONE_OWNER),
            models.CheckConstraint(
                name="special_hours_end_after_start",
                condition=Q(starts__isnull=True, ends__isnull=True)
                | Q(starts__isnull=False, ends__gt=F("starts"), ends__lte=DAY),
            ),
            ExclusionConstraint(
                name="special_hours_apart",
                expressions=[
                    *owner_range(),
                    (
                        Func(F("day"), F("day"), Value("[]"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                    # Closed is the whole day: int4range(NULL, NULL) overlaps everything.
                    minutes_range(),
                ],
            ),
        ]

    def __str__(self) -> str:
        return str(self.day)

    @property
    def is_closed(self) -> bool:
        return self.starts is None


class TimeOff(models.Model):
    """One of the staff is away from `starts_at` until before `ends_at` (UTC)."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="time_off")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(_("Note"), max_length=80, blank=True)

    class Meta:
        ordering = ["starts_at"]
        indexes = [models.Index(fields=["ends_at"], name="time_off_by_end")]
        constraints = [
            models.CheckConstraint(
                name="time_off_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            ExclusionConstraint(
                name="time_off_apart",
                expressions=[
                    (
                        Func(F("staff"), F("staff"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff}: {self.starts_at} – {self.ends_at}"
