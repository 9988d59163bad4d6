"""Fields that several of a super admin's forms about tenants have, and the mark that makes a form count once."""

import re
import secrets
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from plans.models import Plan
from tenants.forms import OneLine

REASON_LENGTH = 300
LAST_YEAR = 2999
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
PLAN_GONE = _("This plan is not here any more. Choose another one.")
DAY_OVER = _("This day is over. Choose a later one, or leave it empty.")
DAY_WRONG = _("Enter a day such as 2027-03-31, or leave it empty.")


class PlanField(forms.ModelChoiceField):
    """Any plan, hidden ones included and marked."""

    def __init__(self) -> None:
        super().__init__(
            queryset=Plan.objects.in_order(),
            label=_("Plan"),
            empty_label=_("Choose a plan"),
            error_messages={"required": _("Choose a plan."), "invalid_choice": PLAN_GONE},
        )

    def label_from_instance(self, plan: Plan) -> str:
        return _("%(plan)s (hidden)") % {"plan": plan.name} if plan.is_hidden else plan.name


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Until the end of this day (UTC). Empty: without an end."),
        error_messages={"invalid": DAY_WRONG},
    )


def reason_field(*, required: bool) -> forms.CharField:
    return OneLine(
        label=_("Reason"),
        max_length=REASON_LENGTH,
        required=required,
        help_text=_("Stands in the history and in the audit log. The tenant does not see it."),
        error_messages={"required": _("Say why, in a few words.")},
    )


def end_of(day: date) -> datetime:
    """The last instant of `day`, in UTC."""
    return datetime.combine(day, time.max, UTC)


def check_later(day: date, now: datetime) -> None:
    """Return when `day` is not over at `now`. Raises ValidationError."""
    if end_of(day) <= now:
        raise ValidationError(DAY_OVER)
    if day.year > LAST_YEAR:
        raise ValidationError(DAY_WRONG)


class TokenForm(forms.Form):
    """A form that is carried out once, however often it is sent."""

    token = forms.CharField(widget=forms.HiddenInput, required=False)

    @property
    def token_now(self) -> str:
        """What the form on the page carries: as it was sent, or new."""
        sent = str(self.data.get("token", "")) if self.is_bound else ""
        return sent if TOKEN.fullmatch(sent) else secrets.token_urlsafe(16)

    def clean_token(self) -> str:
        token: str = self.cleaned_data["token"]
        if not TOKEN.fullmatch(token):
            raise ValidationError(_("This form was not complete. Please send it again."))
        return token


def time_zones() -> list[tuple[str, str]]:
    """The zones that people live in, by continent; UTC first."""
    lived = [
        z
        for z in available_timezones()
        if "/" in z and not z.startswith(("Etc/", "posix", "right"))
    ]
    return [(zone, zone.replace("_", " ")) for zone in ("UTC", *sorted(lived))]
