"""What workflows add to the product: the feature, its channels with their limits per month, and two menu entries."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from plans.registry import Capability, Limit, MenuItem, registry
from saas.core import audit
from saas.core.access import MANAGERS
from saas.core.errors import Sentence
from tenants import metering
from workflows.actions import email, sms, webhook, whatsapp
from workflows.actions.base import register
from workflows.channels.catalogue import CHANNELS, EMAIL, SMS, WHATSAPP
from workflows.panel import held_notice
from workflows.services import approved_templates
from workflows.services.channels import AUDITED

registry.add(
    Capability(
        "workflows", _("Workflows"), help=_("When something happens, a message goes out by itself.")
    ),
    Capability("workflows.email", _("E-mail"), parent="workflows"),
    Capability("workflows.sms", _("SMS"), parent="workflows", starts_on=False),
    Capability("workflows.whatsapp", _("WhatsApp"), parent="workflows", starts_on=False),
    Capability(
        "workflows.webhook",
        _("Webhooks"),
        parent="workflows",
        starts_on=False,
        help=_("Tell another system, at an address that the business enters."),
    ),
)


def _used(channel: str) -> Callable[[Any, datetime], "QuerySet[Any]"]:
    """The meter that is in use when it is asked, not the one of now."""

    def used(tenant: Any, now: datetime, *, of: str) -> "QuerySet[Any]":
        return metering.meter().used(tenant, of, now)

    return partial(used, of=channel)


def _limit(channel: str, label: Sentence, suggested: int, help_text: Sentence) -> Limit:
    known = CHANNELS[channel]
    return Limit(
        known.limit,
        label,
        usage=_used(channel),
        sums="used",
        per="month",
        capability=known.capability,
        suggested=suggested,
        help=help_text,
    )


HELD = _("What is over it is held, not lost: it can be sent next month, or after an upgrade.")
registry.add(
    _limit(EMAIL, _("E-mails"), 500, HELD),
    _limit(SMS, _("SMS"), 50, HELD),
    _limit(WHATSAPP, _("WhatsApp messages"), 50, HELD),
)
metering.register_channel(
    *(
        metering.MeteredChannel(
            one.key, one.label, one.capability, one.limit, one.icon, one.none_left
        )
        for one in CHANNELS.values()
        if one.limit
    )
)
held_notice.say_what_waits()
register(email.KIND, sms.KIND, whatsapp.KIND, webhook.KIND)
registry.add(
    MenuItem(
        _("Workflows"),
        url="workflows:list",
        icon="zap",
        capability="workflows",
        group=3,
        order=10,
        roles=MANAGERS,
    ),
    MenuItem(
        _("Messages"),
        url="messages:list",
        icon="messages-square",
        capability="workflows",
        group=3,
        order=20,
        roles=MANAGERS,
    ),
)
audit.register(
    audit.Verb("workflow.saved", _("Workflow changed")),
    audit.Verb("workflow.deleted", _("Workflow deleted")),
    audit.Subject("workflows.workflow", "platform_workflows:edit"),
    *AUDITED,
    *approved_templates.AUDITED,
)
