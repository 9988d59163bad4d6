"""The plan editor and the platform's settings, as people fill them in."""

from decimal import Decimal
from typing import Any, cast

from babel.numbers import get_currency_symbol
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max, Value
from django.db.models.functions import Lower
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from plans.drafts import PlanData, draft
from plans.editor import CapabilityTree, LimitTable
from plans.fields import MoneyField, RichTextField, WholeNumberField
from plans.models import Plan, hex_color
from plans.services.plans import ChangedMeanwhile, save_plan
from saas.core.money import locale_of

DETAILS = (
    "name",
    "bookmark_text",
    "color",
    "order_number",
    "monthly_price",
    "annual_price",
    "annual_discount",
    "is_hidden",
    "description",
)
PRICES = ("monthly_price", "annual_price")


def figure(**attributes: str) -> forms.TextInput:
    """A text field for a figure: unlike type="number" it keeps what was typed, also when it is wrong."""
    return forms.TextInput(attrs={"inputmode": "numeric", "class": "num", **attributes})


class PlanForm(forms.Form):
    """The three tabs. Valid data goes through `save`, which may still find that somebody was faster."""

    name = forms.CharField(
        label=_("Name"), max_length=60, error_messages={"required": _("Enter a name.")}
    )
    bookmark_text = forms.CharField(
        label=_("Bookmark text"),
        max_length=24,
        required=False,
        help_text=_("Ribbon on the card. Empty: no ribbon."),
    )
    color = forms.CharField(
        label=_("Colour"),
        validators=[hex_color],
        error_messages={"required": _("Enter a colour as # and six digits, such as #0f766e.")},
    )
    order_number = WholeNumberField(
        label=_("Order number"),
        least=0,
        most=1_000_000,
        widget=figure(),
        help_text=_("Lower stands further left."),
    )
    monthly_price = MoneyField(label=_("Monthly price"))
    annual_price = MoneyField(label=_("Annual price"))
    annual_discount = forms.DecimalField(
        label=_("Annual discount"),
        max_digits=6,
        decimal_places=2,
        required=False,
        widget=figure(inputmode="decimal"),
        help_text=_("A badge only. It changes no price."),
    )
    is_hidden = forms.BooleanField(label=_("Hidden"), required=False)
    description = RichTextField(label=_("Description"))
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        files: MultiValueDict[str, Any] | None = None,
        *,
        plan: Plan | None,
        currency: str,
    ) -> None:
        self.plan = plan
        self.conflict: Plan | None = None
        super().__init__(data, files, initial=_initial(plan), auto_id="plan_%s")
        for name in PRICES:
            cast(MoneyField, self.fields[name]).currency = currency
        self.currency_symbol = get_currency_symbol(currency, locale=locale_of())
        self.tree = CapabilityTree(plan.capabilities if plan else None, data)
        self.limits = LimitTable(plan.limits if plan else None, data)

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        others = Plan.objects.exclude(pk=self.plan.pk) if self.plan else Plan.objects.all()
        if others.alias(lower=Lower("name")).filter(lower=Lower(Value(name))).exists():
            raise ValidationError(_("There is a plan with this name already."))
        return str(name)

    def clean_annual_discount(self) -> Decimal:
        return self.cleaned_data["annual_discount"] or Decimal(0)

    def clean(self) -> None:
        if self.files:
            self.add_error(None, _("This form takes no files."))
        if self.tree.unknown or self.limits.unknown:
            self.add_error(None, _unknown_keys(self.tree.unknown + self.limits.unknown))

    def is_valid(self) -> bool:
        return super().is_valid() and self.limits.is_valid

    def save(self) -> Plan | None:
        """The plan as stored. None when it could not be stored: then the form says why."""
        try:
            return save_plan(self.plan, self._plan_data(), seen=self.cleaned_data["version"] or "?")
        except ChangedMeanwhile as error:
            self.conflict = error.plan
        except ValidationError as error:
            self._add_refusal(error)
        return None

    @property
    def draft(self) -> Plan:
        """What a save would store. Valid data only."""
        return draft(self.plan, self._plan_data())

    @property
    def is_current(self) -> bool:
        """Whether the plan is still the one that the editor showed."""
        return self.plan is not None and self.cleaned_data["version"] == self.plan.version

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows this form."""
        if not self.is_bound:
            return 200
        return 409 if self.conflict else 422

    @property
    def version_now(self) -> str:
        """What the next save is compared with: after a conflict, the plan as it is by now."""
        shown = self.conflict or self.plan
        if self.is_bound and not self.conflict:
            return str(self.data.get("version", ""))
        return shown.version if shown else ""

    @property
    def differences(self) -> list[str]:
        """After a conflict: the labels of everything that was typed and is not what is stored now."""
        if self.conflict is None:
            return []
        data = self._plan_data()
        labels = [
            str(self.fields[name].label)
            for name in DETAILS
            if data[name] != getattr(self.conflict, name)  # type: ignore[literal-required]
        ]
        for name, label in (("capabilities", _("Capabilities")), ("limits", _("Limits"))):
            stored = getattr(self.conflict, name)
            if any(stored.get(key) != value for key, value in data[name].items()):  # type: ignore[literal-required]
                labels.append(str(label))
        return labels

    def _plan_data(self) -> PlanData:
        details = {name: self.cleaned_data[name] for name in DETAILS}
        return cast(
            PlanData,
            {**details, "capabilities": self.tree.values, "limits": self.limits.values},
        )

    def _add_refusal(self, error: ValidationError) -> None:
        """Errors of the record, under the field they belong to."""
        for name, errors in error.error_dict.items():
            for one in errors:
                known = "name" if one.code == "name_taken" else name
                self.add_error(known if known in self.fields else None, one)


def _initial(plan: Plan | None) -> dict[str, Any]:
    shown = plan or Plan(order_number=_last_order_number() + 10)
    discount = Decimal(shown.annual_discount).normalize()
    return {
        **{name: getattr(shown, name) for name in DETAILS},
        "annual_discount": f"{discount:f}",
        "version": plan.version if plan else "",
    }


def _last_order_number() -> int:
    return Plan.objects.aggregate(last=Max("order_number"))["last"] or 0


def _unknown_keys(keys: list[str]) -> str:
    return ngettext(
        "No installed app knows “%(keys)s”. Nothing was saved.",
        "No installed app knows these: %(keys)s. Nothing was saved.",
        len(keys),
    ) % {"keys": ", ".join(key[:60] for key in keys[:5])}
