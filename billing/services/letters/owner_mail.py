"""Letters to the owners of a business: a plain text, and its HTML form made of the same words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.adapter import get_adapter
from django.utils.formats import date_format

from plans.models import PlatformSettings
from tenants.models import Membership, Role, Tenant, User


class Kind(StrEnum):
    FAILED = "failed"
    """A renewal could not be collected."""
    BALANCE = "balance"
    """The balance will not be enough for the next one."""
    TRIAL = "trial"
    """The trial ends soon."""
    STOPPED = "stopped"
    """Its gateway would have charged what nobody has chosen, so the subscription was ended there."""


@dataclass(frozen=True)
class Letter:
    """Something that the owners of a tenant are to be told: about which row, and for which time."""

    kind: Kind
    tenant_id: int
    about_id: int
    number: int = 1


@dataclass(frozen=True)
class Text:
    """What a letter says: a template (“billing/email/trial_ends”), and what it fills in."""

    template: str
    tenant: Tenant
    words: dict[str, Any]


def owners_of(tenant_id: int) -> list[int]:
    """The logins that are owners of an open business and can log in; none of a closed one. One query."""
    owners = Membership.objects.filter(
        tenant=tenant_id,
        tenant__activated_at__isnull=False,
        tenant__suspended_at__isnull=True,
        role=Role.OWNER,
        is_active=True,
        user__is_active=True,
    )
    return list(owners.order_by("pk").values_list("user_id", flat=True))


def send(owner: User, text: Text) -> None:
    """`owner` is told. Raises OSError when the mail server fails. Call it outside of a transaction."""
    context = {
        **text.words,
        "owner": owner,
        "tenant": text.tenant,
        "billing_url": text.tenant.url("/panel/billing/"),
        "platform": PlatformSettings.load(),
    }
    get_adapter().render_mail(text.template, owner.email, context).send()


def day(tenant: Tenant, instant: datetime, form: str = "j F Y") -> str:
    """`instant` as it is where the tenant is: “3 December 2026”."""
    return date_format(instant.astimezone(ZoneInfo(tenant.time_zone)), form)
