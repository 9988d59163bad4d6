from collections.abc import Iterator

import pytest
from pytest_django import Settings

from sandbox.meta import MetaSandbox
from sandbox.twilio import TwilioSandbox
from workflows.drivers.meta import MetaDriver
from workflows.drivers.twilio import TwilioDriver


@pytest.fixture
def twilio(settings: Settings) -> Iterator[TwilioSandbox]:
    with TwilioSandbox() as running:
        settings.TWILIO_SANDBOX_URL = running.url
        yield running


@pytest.fixture
def meta(settings: Settings) -> Iterator[MetaSandbox]:
    with MetaSandbox() as running:
        settings.META_SANDBOX_URL = running.url
        yield running


@pytest.fixture
def sms(twilio: TwilioSandbox) -> Iterator[TwilioDriver]:
    driver = TwilioDriver("twilio", twilio.values, twilio.url)
    yield driver
    driver.client.http_client.line.close()


@pytest.fixture
def whatsapp(meta: MetaSandbox) -> Iterator[MetaDriver]:
    driver = MetaDriver(meta.values, meta.url)
    yield driver
    driver.line.close()
