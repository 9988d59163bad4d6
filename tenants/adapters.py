"""Where allauth meets our rules: confirmed means activated, addresses come from settings, sessions know their host."""

import logging
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import qrcode  # type: ignore[import-untyped]
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.core.mail import EmailMessage
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from qrcode.image.svg import SvgPathFillImage  # type: ignore[import-untyped]

from plans.models import PlatformSettings
from saas.core import clock, secrets, throttling
from saas.core.events import emit
from tenants.models import User
from tenants.services import signup

log = logging.getLogger(__name__)
PLATFORM = 0
"""What a session on the platform's host says about its host; on a tenant's host it is the tenant's key."""


def on_platform(url: str) -> str:
    """`url`, absolute on the platform's host as the settings name it, whatever host the request claimed."""
    parts = urlsplit(url)
    return f"{settings.PLATFORM_URL}{parts.path}" + (f"?{parts.query}" if parts.query else "")


class AccountAdapter(DefaultAccountAdapter):
    is_notice = False
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _lazy("This e-mail and this password do not belong together."),
        "enter_current_password": _lazy("This is not your present password."),
        "incorrect_password": _lazy("This is not your password."),
        "too_many_login_attempts": _lazy("Too many tries. Please wait five minutes."),
        "duplicate_email": _lazy("You have this e-mail address already."),
        "rate_limited": _lazy("That was too often. Please wait a moment and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return signup.starting_plan(clock.now()) is not None

    def save_user(
        self,
        request: HttpRequest,
        user: User,
        form: BaseForm,
        commit: bool = True,  # noqa: FBT001, FBT002 - allauth's signature
    ) -> User:
        user.name = form.cleaned_data["name"]
        return super().save_user(request, user, form, commit=commit)

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        request.session["host"] = PLATFORM

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirmed, and what waited for it activated: both or neither."""
        others = User.objects.filter(email=email_address.email).exclude(pk=email_address.user_id)
        if others.exists():
            messages.error(
                request, _("Another account has this e-mail address. Nothing was changed.")
            )
            return False
        with transaction.atomic():
            confirmed = super().confirm_email(request, email_address)
            if confirmed:
                signup.activate(email_address.user, now=clock.now())
        return confirmed

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """After a change of address back to the account; otherwise on to the business, by way of the login."""
        known = self.request.user.is_authenticated
        if email_address.verified:
            text = (
                _("%(email)s is confirmed.")
                if known
                else _("%(email)s is confirmed. Log in to go on.")
            )
            messages.success(self.request, text % {"email": email_address.email})
        return reverse("tenants_public:account" if known else "tenants_public:businesses")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("tenants_public:account")

    def is_safe_url(self, url: str | None) -> bool:
        """Only pages of this very host: other tenants' hosts are other people's."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_client_ip(self, request: HttpRequest) -> str:
        return throttling.client_ip(request) or "0.0.0.0"  # noqa: S104 - a label for “unknown”

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        reset_url = reverse("account_reset_password", urlconf=settings.PUBLIC_SCHEMA_URLCONF)
        links = {"reset_url": reset_url, **context}
        links = {k: on_platform(v) for k, v in links.items() if k.endswith("_url") and v}
        context = {**context, **links, "platform": PlatformSettings.load()}
        message = self.render_mail(template_prefix, email, context)
        if template_prefix.endswith("password_reset_key") and context.get("user"):
            emit("account.password_reset_asked", tenant_id=None, user_id=context["user"].pk)
        if self.is_notice:
            transaction.on_commit(partial(self.deliver, message))
        else:
            self.deliver(message)

    def deliver(self, message: EmailMessage) -> None:
        """A mail server that fails costs the person a sentence, not the page."""
        try:
            message.send()
        except OSError:  # smtplib's errors are OSErrors too
            log.exception("“%s” could not be sent", message.subject)
            if not self.is_notice:
                messages.error(
                    self.request, _("The mail could not be sent. Please try again later.")
                )

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """The text is the mail; its HTML form is made from the same words."""
        message = super().render_mail(template_prefix, email, context, headers)
        paragraphs = [part for part in message.body.split("\n\n") if part.strip()]
        html = render_to_string("account/email/base.html", {**context, "paragraphs": paragraphs})
        message.attach_alternative(html, "text/html")
        return message

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Notices about a change leave once it is stored: no network inside a transaction."""
        self.is_notice = True
        super().send_notification_mail(*args, **kwargs)


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _lazy("This code is not right, or not right any more."),
    }

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text)

    def get_totp_issuer(self) -> str:
        return PlatformSettings.load().platform_name

    def build_totp_svg(self, url: str) -> str:
        """On white, since a camera reads no code that is dark on dark."""
        content = BytesIO()
        qrcode.make(url, image_factory=SvgPathFillImage).save(content)
        return content.getvalue().decode()
