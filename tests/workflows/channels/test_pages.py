"""The console's Settings → Channels: how each stands, who may see it, and keys that are never shown again."""

from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
from django.conf import settings as project
from django.http import HttpResponse
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import Settings

from saas.core.models import AuditEntry
from sandbox.twilio import TwilioSandbox
from tenants.models import Tenant, User
from tests.booking.pages import queries_for
from tests.plans.pages import HTMX
from tests.stamps import send
from workflows.drivers import memory
from workflows.models import ChannelSettings
from workflows.services.channels import driver_of

LIST = "/console/settings/channels/"
EMAIL, SMS, WHATSAPP = (f"{LIST}{name}/" for name in ("email", "sms", "whatsapp"))
ACCOUNT = "AC" + "1" * 32
TOKEN = "a-token-that-nobody-reads"
NUMBER = "+15005550006"
TWILIO = {"driver": "twilio", "account_sid": ACCOUNT, "auth_token": TOKEN, "sender": NUMBER}
PATHS = [
    LIST,
    EMAIL,
    SMS,
    WHATSAPP,
    f"{SMS}test/",
    f"{WHATSAPP}texts/add/",
]
pytestmark = pytest.mark.usefixtures("world")


def words(response: HttpResponse) -> str:
    return " ".join(unescape(strip_tags(response.content.decode())).split())


@pytest.fixture
def real(settings: Settings) -> None:
    """As in production: nothing is pretended."""
    settings.DEMO = False
    settings.TWILIO_SANDBOX_URL = settings.META_SANDBOX_URL = ""


@pytest.fixture
def twilio(settings: Settings) -> Iterator[TwilioSandbox]:
    with TwilioSandbox() as running:
        settings.TWILIO_SANDBOX_URL = running.url
        yield running


def test_list_tells_how_each_channel_stands(desk: Client, real: None) -> None:
    told = words(desk.get(LIST))
    assert "E-mail Set up Carried by: The platform’s mail server. Not tested yet." in told
    assert "SMS Not set up Nobody carries these messages yet. Set up" in told
    assert "WhatsApp Not set up" in told
    assert "Demo phone" not in told


def test_in_the_demo_messages_are_written_to_the_log_and_read_on_a_phone(desk: Client) -> None:
    page = desk.get(LIST)
    assert "SMS Demo Written to the log. Nothing is sent." in words(page)
    assert 'href="/demo/phone/"' in page.content.decode()


def test_settings_lead_there(desk: Client) -> None:
    for path in ("/console/settings/", "/console/settings/payments/"):
        assert f'href="{LIST}"' in desk.get(path).content.decode()
    assert f'href="{LIST}" aria-current="true"' in desk.get(LIST).content.decode()


def test_keys_are_entered_and_never_shown_again(desk: Client, real: None) -> None:
    assert desk.get(SMS).status_code == 200
    response = send(desk, SMS, TWILIO)
    assert (response.status_code, response["Location"]) == (302, SMS)
    assert driver_of("sms").key == "twilio"
    page = desk.get(SMS)
    told = words(page)
    assert "SMS is saved." in told
    assert "State Set up Carried by: Twilio. Not tested yet." in told
    assert "Stored. Leave this empty to keep it." in told
    assert TOKEN not in page.content.decode()
    assert ACCOUNT in page.content.decode()
    assert TOKEN not in str(list(ChannelSettings.objects.values()))


def test_empty_secret_keeps_what_is_stored(desk: Client, real: None) -> None:
    send(desk, SMS, TWILIO)
    assert (
        send(desk, SMS, {**TWILIO, "auth_token": "", "sender": "+15005550007"}).status_code == 302
    )
    driver: Any = driver_of("sms")
    assert (driver.token, driver.sender) == (TOKEN, "+15005550007")


def test_wrong_values_get_their_sentence_and_typed_secrets_do_not_come_back(
    desk: Client, real: None
) -> None:
    response = send(desk, SMS, {**TWILIO, "account_sid": "XX1", "sender": ""})
    page = response.content.decode()
    assert response.status_code == 422
    assert "That does not look right. Begins with AC." in words(response)
    assert "Fill this in." in words(response)
    assert "The keys that you entered are not shown again" in words(response)
    assert TOKEN not in page
    assert 'value="XX1"' in page
    assert not ChannelSettings.objects.exists()
    missing = send(desk, SMS, {"driver": "twilio"})
    assert missing.status_code == 422
    assert "are not shown again" not in words(missing)


def test_another_carrier_is_looked_at_before_it_takes_over(desk: Client, real: None) -> None:
    page = desk.get(EMAIL, {"driver": "mailgun"})
    told = words(page)
    assert "It takes over with the next message once you save." in told
    assert "Carried by: The platform’s mail server." in told
    for field in ("api_key", "domain", "region"):
        assert f'name="{field}"' in page.content.decode()
    assert not ChannelSettings.objects.exists()
    saved = send(
        desk, EMAIL, {"driver": "mailgun", "api_key": "k-1", "domain": "m.example", "region": "eu"}
    )
    assert saved.status_code == 302
    assert "Carried by: Mailgun." in words(desk.get(EMAIL))


def test_in_two_tabs_the_last_one_holds_and_no_secret_is_lost(desk: Client) -> None:
    send(desk, SMS, TWILIO)
    assert send(desk, SMS, {"driver": "memory"}).status_code == 302
    assert driver_of("sms").key == "memory"
    assert send(desk, SMS, {**TWILIO, "auth_token": ""}).status_code == 302
    driver: Any = driver_of("sms")
    assert (driver.key, driver.token) == ("twilio", TOKEN)


def test_callback_address_is_shown_with_what_it_is_for(desk: Client, real: None) -> None:
    assert "Callback address" not in words(desk.get(SMS))
    page = desk.get(SMS, {"driver": "twilio"})
    address = f"{project.PLATFORM_URL}/webhooks/messages/twilio/"
    assert f'data-copy="{address}"' in page.content.decode()
    assert "Enter it at Twilio as the address that is called when a message comes in" in words(page)
    told = words(desk.get(WHATSAPP, {"driver": "meta"}))
    assert "as callback address, with the verify token, and subscribe to “messages”" in told


def test_saving_is_audited_without_secrets(desk: Client, olivia: User, real: None) -> None:
    send(desk, SMS, TWILIO)
    entry = AuditEntry.objects.get(verb="channel.saved")
    assert entry.actor_id == olivia.pk
    assert entry.changes["driver"] == ["", "Twilio"]
    assert TOKEN not in str(entry.changes)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        (f"{LIST}pigeon/", {}),
        (f"{LIST}webhook/", {}),
        (SMS, {"driver": "meta"}),
        (SMS, {"driver": "pigeon"}),
        (f"{LIST}pigeon/test/", {}),
        (f"{WHATSAPP}texts/999/", {}),
        (f"{WHATSAPP}texts/999/delete/", {}),
    ],
)
def test_what_is_not_there(desk: Client, path: str, given: dict[str, str]) -> None:
    assert desk.get(path, given).status_code == 404
    assert desk.post(path, given).status_code == 404


def test_nothing_is_pretended_in_production(desk: Client, real: None) -> None:
    assert "Written to the log" not in words(desk.get(SMS))
    assert send(desk, SMS, {"driver": "console"}).status_code == 404
    assert send(desk, SMS, {}).status_code == 422
    assert not ChannelSettings.objects.exists()


def test_test_message_goes_where_it_is_asked_to(desk: Client, olivia: User) -> None:
    memory.SENT.clear()
    send(desk, EMAIL, {"driver": "memory"})
    assert f'value="{olivia.email}"' in desk.get(f"{EMAIL}test/").content.decode()
    response = desk.post(f"{EMAIL}test/", {"to": olivia.email}, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert [one.address for one in memory.SENT] == [olivia.email]
    told = words(response)
    assert "E-mail Demo" in told
    assert "Handed over to: Kept in memory. Tested on" in told


def test_test_message_that_the_carrier_refuses(desk: Client, twilio: TwilioSandbox) -> None:
    send(desk, SMS, {"driver": "twilio", **twilio.values})
    twilio.stopped.add("+351912345678")
    response = desk.post(f"{SMS}test/", {"to": "+351 912 345 678"}, follow=True)
    sentence = "Not sent by: Twilio. The recipient has asked for no more messages."
    assert f"SMS Test failed {sentence} Tested on" in words(response)
    assert ChannelSettings.objects.get(channel="sms").test_passed is False


@pytest.mark.parametrize("to", ["", "912345678", "hello", "+1234"])
def test_test_message_needs_a_real_number(desk: Client, to: str) -> None:
    memory.SENT.clear()
    send(desk, SMS, {"driver": "memory"})
    response = desk.post(f"{SMS}test/", {"to": to})
    assert response.status_code == 422
    assert ("with + and the country code." if to else "Enter where the test goes.") in words(
        response
    )
    assert memory.SENT == []


def test_test_message_needs_a_real_address(desk: Client) -> None:
    assert desk.post(f"{EMAIL}test/", {"to": "olivia@"}).status_code == 422


def test_second_test_at_once_is_too_many(desk: Client) -> None:
    send(desk, SMS, {"driver": "memory"})
    given = {"to": "+351912345678"}
    assert desk.post(f"{SMS}test/", given).status_code == 302
    assert desk.post(f"{SMS}test/", given).status_code == 429


def test_dialogs_are_dialogs_with_a_script_and_pages_without(desk: Client) -> None:
    for path in (f"{SMS}test/", f"{WHATSAPP}texts/add/"):
        assert "<html" in desk.get(path).content.decode()
        assert "<html" not in desk.get(path, headers=HTMX).content.decode()
    send(desk, SMS, {"driver": "memory"})
    response = desk.post(f"{SMS}test/", {"to": "+351912345678"}, headers=HTMX)
    assert response["HX-Redirect"] == LIST


def test_list_asks_once_for_each_channel(desk: Client) -> None:
    before = queries_for(desk, LIST)
    send(desk, SMS, TWILIO)
    send(desk, EMAIL, {"driver": "memory"})
    desk.get(LIST)
    assert queries_for(desk, LIST) == before


@pytest.mark.parametrize("path", PATHS)
def test_nobody_but_the_owner_of_the_platform(
    client_for: Callable[..., Client], ana: User, bruno: User, aurora: Tenant, path: str
) -> None:
    for client in (client_for(ana), client_for(bruno)):
        assert client.get(path).status_code in (302, 403, 404)
        assert client.post(path, TWILIO).status_code in (302, 403, 404)
    stranger = client_for()
    assert stranger.get(path)["Location"].startswith("/login/")
    assert stranger.post(path, TWILIO).status_code == 302
    assert client_for(ana, aurora).get(path).status_code == 404
    assert not ChannelSettings.objects.exists()
