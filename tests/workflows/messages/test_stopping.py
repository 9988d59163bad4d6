"""A recipient asks for no more: by the link in the message, or by its mail program, and for itself alone."""

from collections.abc import Callable

import pytest
from django.test import Client

from tenants.models import Tenant
from workflows.models import OptOut
from workflows.stopping import read, stop_url

Clients = Callable[..., Client]
ADDRESS = "clara@mail.example"


def path_of(tenant: Tenant, address: str = ADDRESS) -> str:
    return stop_url(tenant, "email", address).split(tenant.host)[1].split("/", 1)[1].join(["/", ""])


@pytest.fixture
def stranger(client_for: Clients, aurora: Tenant) -> Client:
    return client_for(None, aurora)


def test_looking_changes_nothing_and_pressing_does(stranger: Client, aurora: Tenant) -> None:
    path = path_of(aurora)
    assert "No more e-mails from Salon Aurora?" in stranger.get(path).content.decode()
    assert not OptOut.objects.exists()
    done = stranger.post(path).content.decode()
    assert "Nothing more is sent to clara@mail.example." in done
    stored = OptOut.objects.get()
    assert (stored.tenant, stored.channel, stored.address, stored.how) == (
        aurora,
        "email",
        ADDRESS,
        "link",
    )
    stranger.post(path)
    assert OptOut.objects.count() == 1
    assert "Send me no more" in stranger.post(path, {"again": "1"}).content.decode()
    assert not OptOut.objects.exists()


def test_mail_program_does_it_with_one_request(client_for: Clients, aurora: Tenant) -> None:
    client = client_for(None, aurora)
    client.handler.enforce_csrf_checks = True
    answer = client.post(path_of(aurora), {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert OptOut.objects.get().tenant == aurora


def test_link_of_one_business_means_nothing_to_another(
    client_for: Clients, aurora: Tenant, borealis: Tenant
) -> None:
    assert client_for(None, borealis).post(path_of(aurora)).status_code == 404
    assert not OptOut.objects.exists()


@pytest.mark.parametrize("token", ["x", "a:b:c", "…"])
def test_link_that_nobody_signed_is_not_there(stranger: Client, token: str) -> None:
    assert stranger.get(f"/stop/{token}/").status_code == 404
    assert read(token) is None


def test_address_cannot_be_changed(stranger: Client, aurora: Tenant) -> None:
    token = path_of(aurora).split("/")[2]
    assert stranger.post(f"/stop/{token[:-1]}A/").status_code == 404 or token.endswith("A")
