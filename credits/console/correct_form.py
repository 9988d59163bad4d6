"""What a super admin fills in to give credits to a tenant, or to take some."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from credits.console.fields import CreditsField
from credits.models import CreditAccount
from saas.core.templatetags.ui import number
from tenants.console_fields import TokenForm, reason_field

GIVE, TAKE = "give", "take"


@dataclass(frozen=True)
class After:
    """What the account holds once it is done."""

    purchased: int
    debt: int
    settled: int


class CorrectForm(TokenForm):
    """Some more or fewer purchased credits, and why."""

    direction = forms.ChoiceField(
        label=_("What to do"),
        choices=[(GIVE, _("Grant")), (TAKE, _("Take off"))],
        initial=GIVE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )
    credits = CreditsField(label=_("Credits"))
    reason = reason_field(required=True)
    field_order = ["direction", "credits", "reason", "token"]

    def __init__(self, data: Any = None, *, account: CreditAccount) -> None:
        self.account = account
        super().__init__(data, auto_id="correct_%s")
        self.fields["reason"].help_text = _("Stands in the ledger and in the audit log.")

    def clean(self) -> None:
        """Whether there is enough to take is for the service to judge: this may be a second press."""

    @property
    def signed(self) -> int:
        """The number with its sign, once the form is valid."""
        credits: int = self.cleaned_data["credits"]
        return -credits if self.cleaned_data["direction"] == TAKE else credits

    @property
    def after(self) -> After | None:
        """What is there once it is saved; None as long as that cannot be said."""
        if not self.is_bound or {"direction", "credits"} & set(self.errors):
            return None
        held, owed = self.account.purchased_left, self.account.debt
        if self.signed < 0:
            return After(held + self.signed, owed, 0) if held + self.signed >= 0 else None
        settled = min(owed, self.signed)
        return After(held + self.signed - settled, owed - settled, settled)

    @property
    def too_many(self) -> str:
        """That there is not so much to take off; empty when there is, or nothing can be said."""
        if not self.is_bound or {"direction", "credits"} & set(self.errors):
            return ""
        held = self.account.purchased_left
        if held + self.signed >= 0:
            return ""
        return ngettext(
            "There is only %(held)s purchased credit to take off.",
            "There are only %(held)s purchased credits to take off.",
            held,
        ) % {"held": number(held)}
