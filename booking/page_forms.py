"""What the business decides about its booking page. Whether it may, the services say."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.labels import DEFAULTS, LONGEST_TEXT, places
from booking.models import STEPS, BookingRules
from booking.models.page import LONGEST_HORIZON
from booking.services.page_settings import rules_version, words_version
from saas.core.versioned_form import VersionedForm

HOUR, DAY = 60, 24 * 60
LEADS = (
    (0, _("No notice at all")), (15, _("15 minutes")), (30, _("30 minutes")), (HOUR, _("1 hour")),
    (2 * HOUR, _("2 hours")), (4 * HOUR, _("4 hours")), (12 * HOUR, _("12 hours")),
    (DAY, _("1 day")), (2 * DAY, _("2 days")), (3 * DAY, _("3 days")), (7 * DAY, _("1 week")),
    (14 * DAY, _("2 weeks")), (28 * DAY, _("4 weeks")),
)  # fmt: skip
UNTIL = (
    (0, _("The very start")), (30, _("30 minutes before")), (HOUR, _("1 hour before")),
    (2 * HOUR, _("2 hours before")), (4 * HOUR, _("4 hours before")), (12 * HOUR, _("12 hours before")),
    (DAY, _("1 day before")), (2 * DAY, _("2 days before")), (3 * DAY, _("3 days before")),
    (7 * DAY, _("1 week before")), (14 * DAY, _("2 weeks before")),
)  # fmt: skip


def with_present(choices: Any, minutes: int) -> list[tuple[int, Any]]:
    """The choices, and the one in force where it is none of them."""
    known = [value for value, _label in choices]
    more = [] if minutes in known else [(minutes, _("%(count)s minutes") % {"count": minutes})]
    return [*choices, *more]


class RulesForm(VersionedForm, forms.ModelForm):
    """All rules at once, as narrow rows with one sentence each."""

    class Meta:
        model = BookingRules
        fields = [
            "step_minutes", "lead_minutes", "horizon_days", "change_until_minutes", "may_move",
            "may_cancel", "confirms_by_hand", "shows_any_staff", "needs_phone", "asks_news", "welcome", "terms",
            "deposit_words", "color",
        ]  # fmt: skip
        widgets = {
            "welcome": forms.Textarea({"rows": 3}),
            "terms": forms.Textarea({"rows": 4}),
            "deposit_words": forms.Textarea({"rows": 2}),
        }
        error_messages = {
            "horizon_days": dict.fromkeys(
                ("required", "invalid", "min_value", "max_value"),
                _("Enter between 1 and 730 days."),
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = self.instance
        self.version = rules_version(rules)
        choices = {
            "step_minutes": [(n, _("%(count)s minutes") % {"count": n}) for n in STEPS],
            "lead_minutes": with_present(LEADS, rules.lead_minutes),
            "change_until_minutes": with_present(UNTIL, rules.change_until_minutes),
        }
        for name, offered in choices.items():
            self.fields[name] = forms.TypedChoiceField(
                coerce=int,
                label=self.fields[name].label,
                choices=offered,
                error_messages={"invalid_choice": _("Choose from the list.")},
            )
        self.fields["horizon_days"].widget.attrs |= {"min": 1, "max": LONGEST_HORIZON}
        for name, field in self.fields.items():
            field.help_text = HINTS.get(name, "")
            field.widget.attrs |= _look(field.widget) | {"aria-describedby": f"id_{name}_hint"}


def _look(widget: forms.Widget) -> dict[str, str]:
    if isinstance(widget, forms.CheckboxInput):
        return {"class": "form-check-input", "role": "switch"}
    return {"class": "form-select" if isinstance(widget, forms.Select) else "form-control"}


HINTS = {
    "step_minutes": _("How far apart the times are that customers choose from."),
    "lead_minutes": _("How long before it an appointment can still be booked."),
    "horizon_days": _("For how many days from today times are offered."),
    "change_until_minutes": _(
        "How long before it a customer can still change it. After that they call you."
    ),
    "may_move": _("By the link in their confirmation, to another free time."),
    "may_cancel": _("By the same link. The time is free again at once."),
    "confirms_by_hand": _(
        "A booking waits, with its time kept, until somebody of your team confirms it."
    ),
    "shows_any_staff": _(
        "Whoever is free and least busy that day serves them. Off: they choose a person."
    ),
    "needs_phone": _("Then the e-mail address is optional. Off: it is the other way round."),
    "asks_news": _(
        "A box on the last step, never ticked for them. When they agreed, and to which words, is kept."
    ),
    "welcome": _("Stands at the top of your page."),
    "terms": _("Customers agree to them before they book. Empty: nothing to agree to."),
    "deposit_words": _(
        "Shown wherever a deposit is asked for: the account, or how else it reaches you."
    ),
    "color": _(
        "For buttons and links. It is made darker or lighter where it could not be read. Empty: the usual green."
    ),
}


def picture_field(label: Any) -> forms.FileField:
    return forms.FileField(
        label=label,
        widget=forms.FileInput({"accept": "image/png,image/jpeg,image/webp,image/gif"}),
        error_messages=dict.fromkeys(("required", "missing", "empty"), _("Choose a picture.")),
    )


class LogoForm(forms.Form):
    logo = picture_field(_("Logo"))


class PictureForm(forms.Form):
    picture = picture_field(_("Picture"))


class WordsForm(VersionedForm):
    """One text a key, empty where ours is said. The names of its fields are the keys."""

    def __init__(self, *args: Any, language: str, keys: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version = words_version(self.initial)
        for key in keys:
            ours = DEFAULTS[language][key]
            names = ", ".join(f"{{{name}}}" for name in places(key))
            self.fields[key] = forms.CharField(
                label=DEFAULTS["en"][key],
                required=False,
                max_length=LONGEST_TEXT,
                help_text=_("Filled in: %(names)s") % {"names": names} if names else "",
                widget=forms.TextInput({"placeholder": ours, "lang": language}),
                error_messages={"max_length": _("Use at most %(limit_value)d characters.")},
            )

    def clean(self) -> dict[str, Any]:
        if any("\0" in str(text) for text in self.cleaned_data.values()):
            raise ValidationError(_("Leave out characters that nobody can see."))
        return self.cleaned_data
