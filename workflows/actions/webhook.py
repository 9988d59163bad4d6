"""The action that calls an address of the tenant’s choice: a signed POST with the event as JSON. Not metered."""

import json
import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from plans.event_types import EventType
from saas.core.outgoing import AddressRefused, check_address
from saas.core.outgoing_addresses import LONGEST
from saas.core.secrets import Unreadable, decrypt, encrypt
from tenants.models import Tenant
from workflows.actions.base import ActionKind, Case, Settings
from workflows.models import Message

KEY = "webhook"
PREFIX = "whsec_"
SHORTEST = 16


class WebhookForm(forms.Form):
    """Its `cleaned_data` holds the secret encrypted; it is shown to whoever may edit the workflow, to copy it."""

    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST,
        help_text=_("https only. What happened is sent there as JSON."),
        widget=forms.URLInput(
            attrs={
                "class": "form-control",
                "placeholder": "https://example.com/hook",
                "autocomplete": "off",
            }
        ),
    )
    secret = forms.CharField(
        label=_("Secret"),
        min_length=SHORTEST,
        max_length=100,
        help_text=_("Signs what is sent: check it in the header Tenantry-Signature."),
        widget=forms.TextInput(
            attrs={"class": "form-control", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.initial["secret"] = _shown(self.initial.get("secret", ""))

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"]).strip()
        try:
            check_address(url)
        except AddressRefused as refusal:
            raise ValidationError(str(refusal.message)) from None
        return url

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"]).strip()
        if not (secret.isascii() and secret.isprintable()):
            raise ValidationError(_("Only letters, digits and signs without accents."))
        return encrypt(secret)


def draft(case: Case, settings: Settings) -> Sequence[Message]:
    """One message, that says what the event says to everybody: its fields, and nothing of its own making."""
    url = str(settings["url"])
    body = json.dumps(
        {
            "id": case.key,
            "event": case.event.key,
            "at": (case.facts.at or case.now).isoformat(),
            "sent_by": case.tenant.slug if case.tenant else "",
            "fields": dict(case.facts.fields),
        },
        ensure_ascii=False,
    )
    return [
        Message(
            key=f"{case.key}:0",
            channel=KEY,
            address=url,
            name=(urlsplit(url).hostname or "")[:120],
            text=body,
            content={"url": url, "secret": settings["secret"], "body": body},
        )
    ]


def _shown(stored: str) -> str:
    """The secret to copy; a new one where there is none, or none that can be read."""
    try:
        return decrypt(stored) if stored else f"{PREFIX}{secrets.token_urlsafe(24)}"
    except Unreadable:
        return f"{PREFIX}{secrets.token_urlsafe(24)}"


def form(event: EventType, tenant: Tenant | None) -> type[forms.Form]:
    return WebhookForm


KIND = ActionKind(
    KEY,
    _("Call a webhook"),
    "webhook",
    form,
    capability="workflows.webhook",
    channel=KEY,
    draft=draft,
)
