"""How a tenant can stand when its owner opens Billing, and what she reads there."""

import re
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.utils.formats import date_format

from billing.models import Subscription
from plans.models import Plan
from saas.core import clock
from tenants.models import Tenant
from tests.booking.pages import words

URL = "/panel/billing/"
HTMX = {"hx-request": "true"}


def choose_url(plan: Plan, cycle: str = "monthly") -> str:
    return f"{URL}choose/{plan.pk}/?cycle={cycle}"


def in_days(days: float) -> datetime:
    """So many days from now, and a minute less, so that it is still that many when the page is asked for."""
    return clock.now() + timedelta(days=days) - timedelta(minutes=1)


def day(instant: datetime, form: str = "j F Y") -> str:
    return date_format(instant.date(), form)


def put_on(
    tenant: Tenant, plan: Plan, *, cycle: str = "monthly", end: datetime | None = None
) -> None:
    """`tenant` has `plan`, without a subscription."""
    tenant.plan, tenant.cycle, tenant.expires_at, tenant.expiry_check_at = plan, cycle, end, end
    tenant.save()


def subscribe(
    tenant: Tenant, plan: Plan, *, cycle: str = "monthly", left: float = 12, **fields: Any
) -> Subscription:
    """`tenant` pays for `plan` by card, and the present month of 30 days, or year of 365, has `left` days to run."""
    length = 365 if cycle == "annual" else 30
    end = in_days(left)
    put_on(tenant, plan, cycle=cycle, end=end)
    known = {
        "gateway": "stripe",
        "environment": "sandbox",
        "external_id": f"sub_{tenant.pk}_{plan.pk}",
        "customer_id": f"cus_{tenant.pk}",
        "paid_with": "Visa 4242",
        "amount": plan.annual_price if cycle == "annual" else plan.monthly_price,
    }
    start = end - timedelta(days=length)
    return Subscription.objects.create(
        tenant=tenant, plan=plan, plan_name=plan.name, cycle=cycle, currency="USD",
        started_at=start, period_start=start, period_end=end, **{**known, **fields},
    )  # fmt: skip


PREPAID = {
    "gateway": "balance",
    "environment": "live",
    "external_id": "",
    "customer_id": "",
    "paid_with": "Balance",
}


def sentence(client: Client, page: str = URL) -> str:
    """What the page says of the plan, without its markup."""
    found = re.search(r"<h1>.*?</h1> <p>(.*?)</p>", words(client.get(page)))
    assert found
    return " ".join(re.sub(r"<[^>]+>", "", found[1]).split())


def card(client: Client, plan: Plan) -> str:
    found = re.search(
        rf'<article class="plan-card plan-color-{plan.pk}">.*?</article>', words(client.get(URL))
    )
    return found[0] if found else ""


def buttons(client: Client, plan: Plan) -> dict[str, str]:
    """What the card of `plan` offers, by cycle; “both” where it is the same for either."""
    shown = card(client, plan)
    found = re.findall(
        r'<(?:a|span) class="(?:btn|plan-here)([^"]*)"[^>]*>(.*?)</(?:a|span)>', shown
    )
    named: dict[str, str] = {}
    for classes, label in found:
        cycle = next((one for one in ("monthly", "annual") if f"is-{one}" in classes), "both")
        named[cycle] = re.sub(r"<svg.*?</svg>", "", label).strip()
    named.pop("both", None) if named.get("both") == "Your plan" else None
    return named


def hidden(response: HttpResponse) -> dict[str, str]:
    """The hidden fields of the dialog, as a browser would send them."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', words(response))
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def offered(response: HttpResponse) -> str:
    """The words of the dialog, without its markup."""
    inside = words(response).split('<div class="dialog-frame', 1)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", inside).split())


def press_pay(
    client: Client, plan: Plan, gateway: str = "balance", cycle: str = "monthly", **fields: Any
) -> HttpResponse:
    """Open the dialog and press “Pay”, at once."""
    address = choose_url(plan, cycle)
    form = hidden(client.get(address)) | {"gateway": gateway} | fields
    return client.post(address, form)
