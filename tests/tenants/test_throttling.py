"""How often one client may ask, and who counts as one client."""

import secrets
from collections.abc import Callable

import pytest
import redis
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from saas.core import throttling
from saas.core.access import Access, public
from saas.core.errors import TooMany
from tenants.models import User
from tests.tenants.doors import log_in, sign_up
from tests.world import World

ClientFor = Callable[..., Client]


@pytest.fixture
def scope() -> str:
    return secrets.token_hex(8)


def asked_by(address: str, **headers: str) -> HttpRequest:
    return RequestFactory(REMOTE_ADDR=address).get("/", headers=headers)


def test_one_more_than_the_rate_is_refused_with_the_time_to_wait(scope: str) -> None:
    for _ in range(3):
        throttling.throttle(asked_by("192.0.2.1"), scope, "3/minute")
    with pytest.raises(TooMany) as refused:
        throttling.throttle(asked_by("192.0.2.1"), scope, "3/minute")
    assert 1 <= refused.value.retry_after <= 60


def test_others_and_other_scopes_are_counted_apart(scope: str) -> None:
    throttling.throttle(asked_by("192.0.2.1"), scope, "1/minute")
    throttling.throttle(asked_by("192.0.2.2"), scope, "1/minute")
    throttling.throttle(asked_by("192.0.2.1"), f"{scope}-other", "1/minute")
    throttling.throttle(asked_by("192.0.2.1"), scope, "1/minute", key="user:1")


def test_a_whole_ipv6_network_is_one_client(scope: str) -> None:
    throttling.throttle(asked_by("2001:db8:1:1::1"), scope, "1/minute")
    with pytest.raises(TooMany):
        throttling.throttle(asked_by("2001:db8:1:1:ffff::2"), scope, "1/minute")
    throttling.throttle(asked_by("2001:db8:1:2::1"), scope, "1/minute")


def test_limits_can_be_switched_off(scope: str, settings: Settings) -> None:
    settings.RATE_LIMITS_ENABLED = False
    for _ in range(5):
        throttling.throttle(asked_by("192.0.2.1"), scope, "1/minute")


def test_without_redis_it_counts_in_memory(scope: str, settings: Settings) -> None:
    settings.REDIS_URL = ""
    throttling.throttle(asked_by("192.0.2.1"), scope, "1/minute")
    with pytest.raises(TooMany):
        throttling.throttle(asked_by("192.0.2.1"), scope, "1/minute")


def test_redis_that_does_not_answer_is_no_free_pass(scope: str, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    with pytest.raises(redis.ConnectionError):
        throttling.throttle(asked_by("192.0.2.1"), scope, "1/minute")


def test_page_says_503_while_redis_is_away(
    world: World, client_for: ClientFor, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert client_for().get("/signup/address/").status_code == 503


@pytest.mark.parametrize(
    ("proxies", "forwarded", "ip"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 198.51.100.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_only_trusted_proxies_are_believed(
    settings: Settings, proxies: int, forwarded: str, ip: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    assert throttling.client_ip(asked_by("192.0.2.1", x_forwarded_for=forwarded)) == ip


def test_client_on_a_unix_socket_has_no_address() -> None:
    assert throttling.client_ip(asked_by("")) == ""


def test_decorated_view_keeps_its_access(scope: str) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert Access.of(public(throttling.throttled(scope, "1/minute")(view))).audience == "public"
    assert Access.of(throttling.throttled(scope, "1/minute")(public(view))).audience == "public"


@pytest.mark.parametrize("path", ["/signup/address/", "/leave/"])
def test_page_asked_too_often_says_so_in_our_look(
    world: World, client_for: ClientFor, path: str
) -> None:
    client = client_for()
    for _ in range(60):
        client.get(path)
    response = client.get(path)
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert "Too many tries" in response.content.decode()


@pytest.mark.parametrize("path", ["/login/", "/handoff/"])
def test_tenants_doors_are_limited(world: World, client_for: ClientFor, path: str) -> None:
    client = client_for(None, world.aurora)
    for _ in range(60):
        client.get(path)
    assert client.get(path).status_code == 429


def test_entrance_is_limited(client_for: ClientFor, ana: User) -> None:
    client = client_for(ana)
    for _ in range(60):
        client.get("/enter/nobody/")
    assert client.get("/enter/nobody/").status_code == 429
    assert client_for(ana).get("/enter/nobody/").status_code == 404


def test_allauths_own_limits_answer_in_our_look(
    world: World, client_for: ClientFor, ana: User
) -> None:
    client = client_for()
    for number in range(20):
        sign_up(client, email=f"bea{number}@bloom.example", slug="www")
    response = sign_up(client)
    assert response.status_code == 429
    assert response.templates[0].name == "429.html"
    assert "Too many tries" in response.content.decode()
    assert log_in(client, ana).status_code == 302  # another page, another limit
