"""Keys that are known to everybody never go to the company itself."""

import pytest
from pytest_django import Settings

from billing.services import gateways
from billing.services.gateways import NotConnected

pytestmark = pytest.mark.django_db


def test_double_that_does_not_run_is_not_connected(settings: Settings) -> None:
    settings.STRIPE_SANDBOX_URL = ""
    with pytest.raises(NotConnected):
        gateways.connect_to("stripe", "sandbox")


def test_no_double_is_connected_in_production(settings: Settings) -> None:
    settings.STRIPE_SANDBOX_URL = "http://localhost:9"
    assert gateways.connect_to("stripe", "sandbox").environment == "sandbox"
    settings.IS_PRODUCTION = True
    with pytest.raises(NotConnected):
        gateways.connect_to("stripe", "sandbox")
