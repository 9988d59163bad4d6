"""Who carries what, and how a tenant wants to appear."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from saas.core import clock
from tenants.models import Tenant


class ChannelSettings(models.Model):
    """Which driver carries a channel, and with which credentials. In force with the next message."""

    channel = models.CharField(max_length=10, unique=True)
    driver = models.CharField(max_length=20)
    secrets = models.TextField(blank=True, editable=False)
    """{driver: {name: value}} as JSON, encrypted by `saas.core.secrets`; read by `services.channels` alone."""
    tested_at = models.DateTimeField(null=True, blank=True)
    test_passed = models.BooleanField(default=False)
    test_result = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.channel


class ApprovedTemplate(models.Model):
    """A WhatsApp text that Meta has approved: outside of a conversation nothing else may be sent.

    `body` holds {{1}}, {{2}} … which a tenant's action fills with texts of its own.
    """

    name = models.CharField(_("Name"), max_length=120)
    language = models.CharField(_("Language"), max_length=10, default="en")
    body = models.TextField(_("Text"), max_length=1024)
    provider_name = models.CharField(max_length=120, blank=True)
    """How the provider calls it, where that is not its name: Twilio's HX… id."""
    is_active = models.BooleanField(_("Active"), default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "language"], name="approved_template_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"


class MessagingSettings(models.Model):
    """How a tenant appears in its messages. Without a row everything is as the platform has it."""

    tenant = models.OneToOneField(
        Tenant, models.CASCADE, primary_key=True, related_name="messaging_settings"
    )
    sender_name = models.CharField(_("Sender’s name"), max_length=60, blank=True)
    reply_to = models.EmailField(_("Answers go to"), blank=True)
    country = models.CharField(_("Country of phone numbers"), max_length=2, blank=True)
    """Of numbers without +; empty: where the tenant's time zone lies."""

    def __str__(self) -> str:
        return f"{self.tenant}: {self.sender_name}"
