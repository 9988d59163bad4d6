"""Whatever goes wrong ends on a page in the product's look, with one sentence and a way on."""

import pytest
from django.test import Client

from tests.conftest import make_client

PAGES = {
    "bad": (400, "Go back, reload the page"),
    "denied": (403, "has no right to this page"),
    "not-allowed": (403, "Ask the owner."),
    "not-here": (404, "It was deleted."),
    "conflict": (409, "It is taken."),
    "too-many": (429, "Please wait."),
    "crash": (500, ""),
}


@pytest.fixture
def failing(settings: object, db: None) -> Client:
    settings.PUBLIC_SCHEMA_URLCONF = "tests.core.error_urls"  # type: ignore[attr-defined]
    client = make_client("localhost")
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("how", PAGES)
def test_error_has_a_page_of_our_own(how: str, failing: Client, caplog: object) -> None:
    status, sentence = PAGES[how]
    response = failing.get(f"/fail/{how}/")
    page = response.content.decode()
    assert response.status_code == status
    assert sentence in page
    assert "<h1" in page
    assert 'class="btn' in page
    assert "secret detail" not in page
    assert response["Content-Security-Policy"]


def test_htmx_gets_a_fragment(failing: Client) -> None:
    response = failing.get("/fail/conflict/", headers={"HX-Request": "true"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "<html" not in page
    assert "It is taken." in page
    assert 'href="/elsewhere/"' in page
    assert "HX-Request" in response["Vary"]


def test_wait_is_said_in_a_header(failing: Client) -> None:
    assert failing.get("/fail/too-many/")["Retry-After"] == "7"


def test_form_without_its_token_is_refused_in_plain_words(db: None) -> None:
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    response = client.post("/login/", {"login": "x"})
    assert response.status_code == 403
    assert "reload the page and send it again" in response.content.decode()


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example"])
def test_host_that_is_not_ours_is_refused(host: str, db: None) -> None:
    response = Client(SERVER_NAME=host).get("/")
    assert response.status_code == 400
    assert "<h1" in response.content.decode()
