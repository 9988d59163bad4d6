"""What a super admin fills in about tenants: edit, move, open by hand."""

from datetime import UTC, date, datetime
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from plans.models import Plan
from saas.core.errors import NotHere
from tenants.console_fields import (
    PLAN_GONE,
    PlanField,
    TokenForm,
    check_later,
    day_field,
    end_of,
    reason_field,
    time_zones,
)
from tenants.forms import BusinessFields, OneLine
from tenants.models import Cycle, Tenant, User
from tenants.services.administration import (
    EditedMeanwhile,
    Move,
    TenantEdit,
    edit_tenant,
    version_of,
)
from tenants.services.opening import (
    NewBusiness,
    Opened,
    OwnerInactive,
    open_by_hand,
    opened_just_now,
)
from tenants.services.signup import AddressTaken


class TenantForm(TokenForm):
    """Everything about a tenant that a super admin sets by hand."""

    name = OneLine(
        label=_("Name of the business"),
        max_length=80,
        error_messages={"required": _("Enter a name.")},
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zones)
    plan = PlanField()
    cycle = forms.ChoiceField(label=_("Cycle"), choices=Cycle.choices)
    expires_on = day_field(_("Expires"))
    reset_usage = forms.BooleanField(
        label=_("Reset usage"),
        required=False,
        help_text=_("What is counted per month starts again from zero."),
    )
    reason = reason_field(required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, tenant: Tenant, now: datetime) -> None:
        self.tenant, self.now = tenant, now
        self.conflict: Tenant | None = None
        stored = tenant.expires_at
        initial = {
            **{name: getattr(tenant, name) for name in ("name", "time_zone", "plan", "cycle")},
            "expires_on": stored.astimezone(UTC).date() if stored else None,
        }
        super().__init__(data, initial=initial, auto_id="tenant_%s")
        zones = cast(forms.ChoiceField, self.fields["time_zone"])
        if tenant.time_zone not in available_timezones():
            zones.choices = [(tenant.time_zone, tenant.time_zone), *time_zones()]

    def clean(self) -> None:
        day, plan = self.cleaned_data.get("expires_on"), self.cleaned_data.get("plan")
        moves = plan is not None and plan.pk != self.tenant.plan_id
        if day and "expires_on" not in self.errors and (moves or not self._same_day(day)):
            try:
                check_later(day, self.now)
            except ValidationError as error:
                self.add_error("expires_on", error)
        if self._needs_reason(moves=moves) and self.cleaned_data.get("reason") == "":
            self.add_error("reason", str(self.fields["reason"].error_messages["required"]))

    def _needs_reason(self, *, moves: bool) -> bool:
        data = self.cleaned_data
        return bool(
            moves
            or data.get("reset_usage")
            or data.get("cycle", self.tenant.cycle) != self.tenant.cycle
            or ("expires_on" in data and not self._same_day(data["expires_on"]))
        )

    def _same_day(self, day: date | None) -> bool:
        return day == self.initial["expires_on"]

    @property
    def edit(self) -> TenantEdit:
        """What was asked for. A day that nobody touched keeps its very instant."""
        data, day = self.cleaned_data, self.cleaned_data["expires_on"]
        kept = self.tenant.expires_at if self._same_day(day) else None
        return TenantEdit(
            name=data["name"],
            time_zone=data["time_zone"],
            plan=data["plan"],
            cycle=data["cycle"],
            expires_at=kept or (end_of(day) if day else None),
            reset_usage=data["reset_usage"],
            reason=data["reason"],
        )

    def save(self, by: User) -> Tenant | None:
        """The tenant as stored. None when it could not be stored: then the form says why."""
        data = self.cleaned_data
        try:
            return edit_tenant(
                self.tenant, self.edit, token=data["token"], seen=data["seen"], by=by, now=self.now
            )
        except EditedMeanwhile as error:
            self.conflict = error.tenant
        except NotHere:
            self.add_error("plan", PLAN_GONE)
        return None

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form."""
        if not self.is_bound:
            return 200
        return 409 if self.conflict else 422

    @property
    def version_now(self) -> str:
        """What the next save is compared with: after a conflict, the tenant as it is by now."""
        if self.is_bound and not self.conflict:
            return str(self.data.get("seen", ""))
        return version_of(self.conflict or self.tenant)


class MoveForm(TokenForm):
    """Where some tenants go, and why."""

    target = PlanField()
    reset_usage = forms.BooleanField(
        label=_("Reset usage"),
        required=False,
        help_text=_("What is counted per month starts again from zero."),
    )
    without_end = forms.BooleanField(
        label=_("Clear expiry dates"),
        required=False,
        help_text=_("Otherwise each keeps its own date, unless that has passed."),
    )
    reason = reason_field(required=True)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def fits(self, count: int) -> bool:
        """Whether it is about as many tenants as the dialog said; otherwise the form says so."""
        if count and count == self.cleaned_data["seen"]:
            return True
        self.add_error(
            None, _("The tenants that match have changed meanwhile. Look again, then move them.")
        )
        return False

    @property
    def move(self) -> Move:
        data = self.cleaned_data
        return Move(
            plan_id=data["target"].pk,
            token=data["token"],
            reason=data["reason"],
            reset_usage=data["reset_usage"],
            without_end=data["without_end"],
        )


class OpenForm(BusinessFields):
    """A business that is opened for somebody else."""

    owner_email = forms.EmailField(
        label=_("Owner’s e-mail"),
        max_length=254,
        error_messages={"required": _("Enter the owner’s e-mail.")},
    )
    owner_name = OneLine(
        label=_("Owner’s name"),
        max_length=80,
        required=False,
        help_text=_("Needed when this e-mail has no login yet."),
    )
    plan = PlanField()
    field_order = ["business_name", "slug", "owner_email", "owner_name", "plan"]

    def __init__(self, data: QueryDict | None = None, *, plan: Plan | None, now: datetime) -> None:
        self.now = now
        self.opened_before: Tenant | None = None
        super().__init__(data, initial={"plan": plan})
        self.fields["business_name"].label = _("Name of the business")
        self.fields["slug"].label = _("Address")

    def clean(self) -> dict[str, Any]:
        super().clean()
        email = self.cleaned_data.get("owner_email", "").lower()
        is_nameless = email and self.cleaned_data.get("owner_name") == ""
        if is_nameless and not User.objects.filter(email=email).exists():
            sentence = _("Nobody has this e-mail yet: enter the owner’s name, too.")
            self.add_error("owner_name", sentence)
        if email and self.has_error("slug", "address"):
            slug = self.data.get("slug", "")
            self.opened_before = opened_just_now(slug, email, self.now)
            if self.opened_before:
                del self.errors["slug"]
        return self.cleaned_data

    def save(self, by: User) -> Opened | None:
        """What was opened. None when it could not be: then the form says why."""
        data = self.cleaned_data
        new = NewBusiness(
            name=data["business_name"],
            slug=data["slug"],
            owner_email=data["owner_email"],
            owner_name=data["owner_name"],
            plan=data["plan"],
        )
        try:
            return open_by_hand(new, by=by, now=self.now)
        except AddressTaken as taken:
            self.add_error("slug", str(taken.message))
        except OwnerInactive as refused:
            self.add_error("owner_email", str(refused.message))
        return None


class ReasonForm(forms.Form):
    """Why, if somebody wants to say it."""

    reason = reason_field(required=False)
