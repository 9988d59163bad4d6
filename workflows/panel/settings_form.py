"""The form of how a business appears in its messages."""

from typing import Any

from babel import Locale
from django import forms
from django.db import transaction
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from saas.core.versioned_form import VersionedForm
from saas.core.versions import ChangedMeanwhile, check_version, version_of
from tenants.forms import OneLine
from tenants.models import Tenant
from workflows.channels import phones
from workflows.models import MessagingSettings

NAMES = ("sender_name", "reply_to", "country")


class MessagingForm(VersionedForm):
    """A sender's name, where answers go, and what a number without a country means."""

    sender_name = OneLine(
        label=gettext_lazy("Sender’s name"),
        max_length=60,
        required=False,
        help_text=gettext_lazy(
            "As customers see it in their inbox. Empty: the name of your business."
        ),
    )
    reply_to = forms.EmailField(
        label=gettext_lazy("Answers go to"),
        required=False,
        help_text=gettext_lazy("The e-mail address that customers’ answers reach."),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country of phone numbers"),
        required=False,
        help_text=gettext_lazy("Of numbers that are written without + and a country."),
    )

    def __init__(self, data: Any, *, tenant: Tenant) -> None:
        self.tenant = tenant
        self.stored = _stored(tenant)
        self.version = _version(self.stored)
        super().__init__(data, initial={name: getattr(self.stored, name) for name in NAMES})
        countries = sorted(_countries().items(), key=lambda one: one[1])
        field: Any = self.fields["country"]
        field.choices = [("", self._default(dict(countries))), *countries]
        self.fields["sender_name"].widget.attrs["placeholder"] = tenant.name

    def _default(self, names: dict[str, str]) -> str:
        found = phones.country_in(self.tenant, None)
        if not found:
            return _("None: numbers need + and a country")
        return _("Where your time zone is: %(country)s") % {"country": names.get(found, found)}

    @transaction.atomic
    def save(self) -> MessagingSettings | None:
        """The settings as stored; None when somebody was faster: then the form says so."""
        locked = self.tenant.lock()
        try:
            check_version(self.was_seen, _version(_stored(locked)))
        except ChangedMeanwhile:
            self.conflict = True
            return None
        kept, _made = MessagingSettings.objects.update_or_create(
            tenant=locked, defaults=self.entered
        )
        return kept


def _stored(tenant: Tenant) -> MessagingSettings:
    found = MessagingSettings.objects.filter(tenant=tenant).first()
    return found or MessagingSettings(tenant=tenant)


def _version(stored: MessagingSettings) -> str:
    return version_of(*(getattr(stored, name) for name in NAMES))


NO_COUNTRIES = frozenset({"ZZ", "XA", "XB", "EU", "EZ", "UN", "QO"})


def _countries() -> dict[str, str]:
    """{“PT”: “Portugal”, …} in the language of the page."""
    language = (get_language() or "en").replace("-", "_")
    found = Locale.parse(language).territories.items()
    return {
        key: name
        for key, name in found
        if len(key) == 2 and key.isalpha() and key not in NO_COUNTRIES
    }
