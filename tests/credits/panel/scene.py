"""What the panel's pages about credits show: packs, messages that wait, and the parts of a page."""

import itertools
import re
from typing import Any

from django.test import Client

from credits.models import CreditPack
from plans.entitlements import Entitlements
from saas.core import clock
from tenants.models import Tenant
from tests.booking.pages import allow, words
from tests.tenants.allowance.month import BEGAN
from workflows.models import Message, State

BILLING = "/panel/billing/"
TOP_UP = f"{BILLING}top-up/sms/"
HISTORY = f"{BILLING}credits/sms/"
_numbers = itertools.count(1)


def begin_month(tenant: Tenant, **limits: int) -> Tenant:
    """`tenant` as the next request has it: its month began on the first, and its plan allows so much."""
    Tenant.objects.filter(pk=tenant.pk).update(plan_started_at=BEGAN)
    allow(tenant.plan, **limits)
    found = Tenant.objects.select_related("plan").get(pk=tenant.pk)
    found.entitlements = Entitlements(found, clock.now())
    return found


def sell(name: str, price: int, credits: int, **fields: Any) -> CreditPack:
    given = {"channel": "sms", "currency": "USD"} | fields
    return CreditPack.objects.create(name=name, price=price, credits=credits, **given)


def hold(tenant: Tenant, count: int, *, channel: str = "sms", units: int = 1) -> None:
    """So many messages wait for credits."""
    Message.objects.bulk_create(
        Message(
            tenant=tenant, channel=channel, key=f"held{next(_numbers)}", address="+351912345678",
            text="See you", state=State.HELD, units=units, created_at=clock.now(),
        )
        for _ in range(count)
    )  # fmt: skip


def section(client: Client) -> str:
    """The words and tags of “Message credits”; empty where it is not there."""
    found = re.search(
        r'<section class="section" aria-labelledby="credits">.*?</section>',
        words(client.get(BILLING)),
    )
    return found[0] if found else ""


def card(client: Client, channel: str = "sms") -> str:
    """One channel's card of it."""
    found = re.search(
        rf'<article class="card credit-meter" aria-labelledby="credits-{channel}">.*?</article>',
        section(client),
    )
    return found[0] if found else ""


def banner(client: Client, url: str = BILLING) -> str:
    """The banner on top of the page."""
    page = words(client.get(url)).split("<main")[1].split("<header")[0]
    return page[page.index('<div class="banner') :] if '<div class="banner' in page else ""


def text_of(html: str) -> str:
    """Without tags and drawings."""
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", html)).split())
