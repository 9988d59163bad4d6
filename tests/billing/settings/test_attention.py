"""What the console's first page and its General settings say of payments."""

import re
from typing import Any

import pytest
from django.test import Client

from billing.models import GatewaySettings
from billing.services.setup.gateway_settings import GatewayChange, save_gateway, test_gateway
from plans.models import Plan
from plans.services.settings import save_platform_settings
from saas.core import clock
from tests.billing.settings.probe import SIGNING, TEST_KEY, Company

test_gateway.__test__ = False  # type: ignore[attr-defined] - a door, not a test
pytestmark = pytest.mark.usefixtures("world", "real")


def attention(client: Client) -> dict[str, tuple[str, str]]:
    """{title: (why, where to)}"""
    things = client.get("/console/").context["attention"]
    return {str(one.title): (str(one.why), one.url) for one in things}


def connect(used_for: str = "plan", **more: Any) -> None:
    keys = {"test": {"secret_key": TEST_KEY, "webhook_secret": SIGNING, **more}}
    save_gateway("probe", GatewayChange(True, frozenset({used_for}), keys), now=clock.true_now())


NO_WAY = "No way to get a paid plan"


@pytest.mark.req(93)
def test_paid_plans_without_a_way_to_pay_need_attention(desk: Client, company: Company) -> None:
    why, url = attention(desk)[NO_WAY]
    assert url == "/console/settings/payments/"
    assert "No payment gateway is set up" in why
    connect()
    assert attention(desk) == {}


def test_somebody_to_ask_and_free_plans_are_fine_too(desk: Client) -> None:
    assert NO_WAY in attention(desk)
    save_platform_settings({"contact_email": "hello@platform.example"})
    assert attention(desk) == {}
    save_platform_settings({"contact_email": ""})
    Plan.objects.update(monthly_price=0, annual_price=0)
    assert attention(desk) == {}


def test_funds_count_as_a_way_only_while_the_balance_pays_for_plans(
    desk: Client, company: Company
) -> None:
    connect(used_for="funds")
    assert attention(desk) == {}
    GatewaySettings.objects.create(gateway="balance", is_enabled=False)
    assert NO_WAY in attention(desk)


def test_failed_test_needs_attention_until_it_passes(desk: Client, company: Company) -> None:
    connect()
    company.is_down = True
    test_gateway("probe", now=clock.true_now())
    assert attention(desk) == {
        "The last test of Probe failed": (
            "Probe does not answer: connection refused",
            "/console/settings/payments/probe/",
        )
    }
    company.is_down = False
    test_gateway("probe", now=clock.true_now())
    assert attention(desk) == {}


def test_gateway_that_is_switched_off_needs_none(desk: Client, company: Company) -> None:
    save_platform_settings({"contact_email": "hello@platform.example"})
    connect()
    company.is_down = True
    test_gateway("probe", now=clock.true_now())
    GatewaySettings.objects.filter(gateway="probe").update(is_enabled=False)
    assert attention(desk) == {}


def test_gateway_without_a_voice_lost_keys_and_test_mode_need_attention(
    desk: Client, company: Company, settings: Any
) -> None:
    connect(webhook_secret="")
    assert list(attention(desk)) == ["Probe cannot tell us of payments"]
    connect()
    settings.IS_PRODUCTION = True
    assert list(attention(desk)) == ["Probe is in test mode"]
    settings.IS_PRODUCTION = False
    GatewaySettings.objects.filter(gateway="probe").update(secrets="not readable")
    assert list(attention(desk)) == [NO_WAY, "The keys of Probe are lost"]


def test_general_settings_say_how_tenants_pay(desk: Client, company: Company) -> None:
    def told() -> str:
        return " ".join(
            re.sub(r"<[^>]+>", " ", desk.get("/console/settings/").content.decode()).split()
        )

    assert "Getting a paid plan Until tenants can pay online, this is how they reach you." in told()
    connect()
    assert "Contact Tenants pay online." in told()
    assert "Until tenants can pay online" not in told()


def test_settings_lead_from_one_page_to_the_other(desk: Client) -> None:
    for path, other in (
        ("/console/settings/", "/console/settings/payments/"),
        ("/console/settings/payments/", "/console/settings/"),
    ):
        page = desk.get(path).content.decode()
        assert re.findall(r'href="([^"]+)" aria-current="true"', page) == [path]
        assert f'href="{other}"' in page
