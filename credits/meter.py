"""The meter that is asked in place of the monthly one: an allowance, and what was bought once that is used up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse

from credits.models import CreditAccount
from credits.services import spending
from credits.services.accounts import accounts_of, left
from credits.services.packs import channels_to_top_up
from tenants.metering import Charge, Item, Stock
from tenants.models import Tenant


class CreditMeter:
    """See `tenants.metering.Meter`."""

    def charge(
        self, tenant: Tenant, channel: str, items: Sequence[Item], now: datetime
    ) -> Sequence[Charge | None]:
        return spending.charge(tenant, channel, items, now)

    def give_back(self, tenant: Tenant, channel: str, keys: Sequence[str], now: datetime) -> None:
        spending.give_back(tenant, channel, keys, now)

    def used(self, tenant: Any, channel: str, now: datetime) -> "QuerySet[Any]":
        """The account, while it counts the month of `now`: in an older one nothing of this is used."""
        current = CreditAccount.objects.filter(
            tenant_id=tenant.pk, channel=channel, window_start__gte=tenant.usage_window(now)[0]
        )
        return current.annotate(used=F("monthly_used"))

    def stocks(self, tenant: Tenant, now: datetime) -> Mapping[str, Stock]:
        """Two queries."""
        accounts, offered = accounts_of(tenant), channels_to_top_up(tenant)
        found = {key: left(tenant, account, now) for key, account in accounts.items()}
        return {
            key: Stock(
                one.ceiling,
                one.total,
                one.renews_at,
                reverse("credits:top_up", args=[key]) if key in offered else "",
            )
            for key, one in found.items()
        }
