"""A host leads to exactly one tenant, and after every response the connection is on public again."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from booking.models import Staff
from tenants.models import Tenant
from tenants.scope import current_schema, tenant_scope

pytestmark = pytest.mark.django_db
AURORA = {"tenant": "salon-aurora", "schema": "t_aaaaaaaaaaaaaaaa", "staff": ["Ana"]}
BOREALIS = {"tenant": "borealis", "schema": "t_bbbbbbbbbbbbbbbb", "staff": ["Carla"]}
PLATFORM = {"tenant": None, "schema": "public", "staff": []}


@pytest.fixture(autouse=True)
def _pages(settings: object, aurora: Tenant, borealis: Tenant) -> None:
    settings.ROOT_URLCONF = settings.PUBLIC_SCHEMA_URLCONF = "tests.tenants.middleware_urls"  # type: ignore[attr-defined]
    for tenant, name in ((aurora, "Ana"), (borealis, "Carla")):
        with tenant_scope(tenant):
            Staff.objects.create(name=name)


def server_schema() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("page", "status"),
    [("where", 200), ("missing", 404), ("nowhere", 404), ("refused", 409), ("broken", 500), ("wandering", 200),
     ("streaming", 200), ("undeclared", 500)],
)  # fmt: skip
def test_connection_is_on_public_after_a_response(
    client_for: Callable[..., Client], aurora: Tenant, page: str, status: int
) -> None:
    client = client_for(None, aurora)
    client.raise_request_exception = False
    assert client.get(f"/{page}/").status_code == status
    assert server_schema() == current_schema() == "public"


def test_broken_page_leaves_no_row(client_for: Callable[..., Client], aurora: Tenant) -> None:
    client = client_for(None, aurora)
    client.raise_request_exception = False
    client.get("/broken/")
    assert client.get("/where/").json() == AURORA


def test_stream_that_is_read_later_is_on_public(
    client_for: Callable[..., Client], aurora: Tenant
) -> None:
    assert client_for(None, aurora).get("/streaming/").getvalue() == b"public"


def test_requests_of_two_tenants_take_turns(
    client_for: Callable[..., Client], aurora: Tenant, borealis: Tenant
) -> None:
    clients = client_for(None, aurora), client_for(None, borealis), client_for()
    for client, expected in [*zip(clients, (AURORA, BOREALIS, PLATFORM), strict=True)] * 3:
        assert client.get("/where/").json() == expected


HOSTS = {
    "salon-aurora.localhost": AURORA,
    "salon-aurora.localhost:8000": AURORA,
    "SALON-Aurora.LocalHost": AURORA,
    "salon-aurora.localhost.": AURORA,
    "Salon-Aurora.localhost.:9999": AURORA,
    "borealis.localhost": BOREALIS,
    "localhost": PLATFORM,
    "LOCALHOST:8000": PLATFORM,
    "localhost.": PLATFORM,
    "127.0.0.1:8000": PLATFORM,
    "nobody.localhost": 404,
    "www.localhost": 404,
    "www.salon-aurora.localhost": 404,
    "www.www.salon-aurora.localhost": 404,
    "salon-aurora": 400,
    "salon-aurora.localhost..": 400,
    "salon-aurora.localhost.evil.example": 400,
    "evil.example": 400,
    "salon-aurora.localhost@evil.example": 400,
    "salon-aurora.localhost:8000:1": 400,
    "sälon.localhost": 400,
    "[::1]": 400,
    "t_aaaaaaaaaaaaaaaa.localhost": 400,
}
"""Host header, and either what the page says or the status that refuses it."""


@pytest.mark.parametrize(("host", "expected"), HOSTS.items())
def test_host_leads_to_its_tenant(host: str, expected: dict[str, object] | int) -> None:
    response = Client().get("/where/", headers={"host": host})
    found = response.json() if response.status_code == 200 else response.status_code
    assert found == expected


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-Host",
        "Forwarded",
        "X-Host",
        "X-Original-Host",
        "X-Forwarded-Server",
        "X-Tenant",
    ],
)
def test_only_the_host_header_counts(
    client_for: Callable[..., Client], aurora: Tenant, header: str
) -> None:
    value = "host=borealis.localhost" if header == "Forwarded" else "borealis.localhost"
    assert client_for(None, aurora).get("/where/", headers={header: value}).json() == AURORA


@pytest.mark.parametrize("fields", [{"activated_at": None}, {"suspended_at": timezone.now()}])
def test_business_that_is_not_open_is_not_there(
    client_for: Callable[..., Client], aurora: Tenant, fields: dict[str, object]
) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(**fields)
    response = client_for(None, aurora).get("/where/")
    nobody = Client(headers={"host": "nobody.localhost"}).get("/where/")
    assert response.status_code == nobody.status_code == 404
    assert response.content == nobody.content.replace(b"nobody", b"salon-aurora")
