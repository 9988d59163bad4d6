"""Two people have the same settings open: whoever saves later is told in one sentence, and loses nothing."""

from collections.abc import Callable

import pytest
from django.test import Client

from tenants.models import Tenant, User
from tests.booking.pages import words
from tests.plans.pages import read_form

SENTENCE = "Somebody changed these settings meanwhile."
CARRIER = {"driver": "twilio", "account_sid": "AC" + "1" * 32, "auth_token": "token"}
CONSOLE = [
    ("/console/settings/", {}, "platform_name"),
    ("/console/settings/channels/sms/", CARRIER, "sender"),
]
PANEL = [
    ("/panel/messages/settings/", {}, "sender_name"),
    ("/panel/booking-page/", {}, "welcome"),
    ("/panel/booking-page/words/", {}, "service.title"),
    ("/panel/billing/details/", {}, "name"),
]
FIRST, SECOND = "+15005550006", "+15005550007"
"""What either enters: a text, and a sender's number, too."""


@pytest.fixture
def clients(
    client_for: Callable[..., Client], olivia: User, ana: User, aurora: Tenant
) -> dict[str, Client]:
    return {"console": client_for(olivia), "panel": client_for(ana, aurora)}


@pytest.mark.parametrize(("url", "more", "field"), [*CONSOLE, *PANEL])
def test_later_one_is_told_and_may_still_save(
    clients: dict[str, Client], url: str, more: dict[str, str], field: str
) -> None:
    client = clients[url.split("/")[1]]
    asked = {"driver": more["driver"]} if more else {}
    first, second = (read_form(client.get(url, asked)) | more for _ in range(2))
    assert client.post(url, first | {field: FIRST}).status_code == 302
    refused = client.post(url, second | {field: SECOND})
    assert refused.status_code == 409
    assert words(refused).count(SENTENCE) == 1
    assert read_form(client.get(url, asked))[field] == [FIRST], "nothing was saved"
    again = read_form(refused) | more
    assert again[field] == [SECOND], "nothing is lost"
    assert client.post(url, again).status_code == 302
    assert read_form(client.get(url, asked))[field] == [SECOND]


@pytest.mark.parametrize(("url", "more", "field"), [*CONSOLE, *PANEL])
def test_page_that_does_not_say_what_it_showed_saves_nothing(
    clients: dict[str, Client], url: str, more: dict[str, str], field: str
) -> None:
    client = clients[url.split("/")[1]]
    asked = {"driver": more["driver"]} if more else {}
    sent = read_form(client.get(url, asked)) | more | {field: FIRST}
    del sent["seen"]
    assert client.post(url, sent).status_code == 409
    assert read_form(client.get(url, asked)).get(field) != [FIRST]
