"""Every page that can be reached by following links, as each of the people: none is broken, none tells of others.

What belongs to the other business carries a word of its own, in every text that it has.
"""

import re
from collections import Counter, deque
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import Resolver404, resolve

from billing.models import Payment
from booking.models import Appointment, Customer, Location, Service, Staff
from booking.private_link import link_of
from booking.services.appointments import add_appointment
from saas.core import clock
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.world import World
from workflows.models import Message, State

Clients = Callable[..., Client]
LINKS = ("href", "hx-get", "src")
MOST_OF_A_KIND, MOST = 3, 400
"""How many addresses of one view with the same questions are opened, and how many in all."""
ENDS = re.compile(r"/logout/|/leave/|^/static/|^/__debug")
"""What ends the session, and what is no page."""
REFUSAL = 409
"""A page too, which says why something cannot be done."""
THEIRS = "Zanzibarine"
"""A word that stands in everything of the other business."""


def furnish(tenant: Tenant, word: str) -> None:
    """A little of everything, with `word` in each of its texts."""
    now = clock.now()
    with tenant_scope(tenant):
        staff = Staff.objects.create(name=f"Noor {word}", email=f"{word.lower()}@example.com")
        service = Service.objects.create(name=f"Cut {word}", minutes=30, price=2500)
        place = Location.objects.create(name=f"Place {word}", address=f"{word} street 1")
        Customer.objects.create(name=f"Rita {word}", email=f"rita-{word.lower()}@example.com")
        for hour in range(3):
            add_appointment(
                tenant, customer=f"Marta {word} {hour}", service=service, staff=staff,
                location=place, now=now, note=f"Note {word}",
                starts_at=now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=26 + hour),
            )  # fmt: skip
    Message.objects.create(
        tenant=tenant, key=f"crawl:{tenant.pk}:{word}", channel="email", state=State.SENT, text=f"Hi {word}",
        address=f"rita-{word.lower()}@example.com", sent_at=now,
    )  # fmt: skip
    Payment.objects.create(
        tenant=tenant, gateway="balance", environment="live", purpose="plan", status="paid",
        paid_at=now, amount=2900, currency="USD", title=f"Team {word}",
        ordered={"plan_id": tenant.plan_id, "cycle": "monthly"},
    )  # fmt: skip


class Links(HTMLParser):
    """What a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.found |= {given[name] for name in LINKS if name in given}
        if tag == "form" and given.get("method", "get").lower() == "get" and "action" in given:
            self.found.add(given["action"])


class Crawler:
    """Follows what a browser would: links, what htmx would load, forms that only ask."""

    def __init__(self, client: Client, host: str, urlconf: str) -> None:
        self.client, self.host, self.urlconf = client, host, urlconf
        self.opened: dict[str, HttpResponse] = {}
        self.kinds: Counter[object] = Counter()
        self.waiting: deque[tuple[str, str]] = deque()

    def run(self, *starts: str) -> dict[str, HttpResponse]:
        for start in starts:
            self.note(start, "the beginning")
        while self.waiting and len(self.opened) < MOST:
            address, source = self.waiting.popleft()
            response = self.client.get(address, follow=False)
            self.opened[address] = response
            fine = response.status_code < 400 or response.status_code == REFUSAL
            assert fine, f"{address}, linked from {source}: {response.status_code}"
            if response.status_code in {301, 302}:
                self.note(urljoin(address, response["Location"]), address)
            elif response["Content-Type"].startswith("text/html") and response.content.strip():
                for found in self.links(response.content):
                    self.note(urljoin(address, found), address)
        return self.opened

    def links(self, page: bytes) -> set[str]:
        reader = Links()
        reader.feed(page.decode())
        return reader.found

    def note(self, address: str, source: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in {"", "http", "https"} or parts.hostname not in {None, self.host}:
            return
        if ENDS.search(parts.path):
            return
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        kind = (self.view_of(parts.path), tuple(sorted(parse_qs(parts.query))))
        if path in self.opened or self.kinds[kind] >= MOST_OF_A_KIND:
            return
        if path not in {one for one, _ in self.waiting}:
            self.kinds[kind] += 1
            self.waiting.append((path, source))

    def view_of(self, path: str) -> str:
        try:
            return resolve(path, self.urlconf).view_name
        except Resolver404:
            return path


@pytest.fixture
def furnished(world: World) -> World:
    furnish(world.aurora, "Auroral")
    furnish(world.borealis, THEIRS)
    return world


def crawl_tenant(
    world: World, client_for: Clients, user: User | None, *more: str
) -> dict[str, HttpResponse]:
    client = client_for(user, world.aurora) if user else client_for(None, world.aurora)
    starts = ("/", "/panel/") if user else ("/",)
    return Crawler(client, world.aurora.host, "saas.urls").run(*starts, *more)


def body(response: HttpResponse) -> str:
    if getattr(response, "streaming", False):
        return b"".join(response.streaming_content).decode(errors="replace")
    return response.content.decode(errors="replace")


@pytest.mark.parametrize("who", ["ana", "mara", "bruno", "stranger"])
def test_pages_of_a_tenant_are_whole_and_its_own(
    who: str, furnished: World, client_for: Clients
) -> None:
    opened = crawl_tenant(furnished, client_for, getattr(furnished, who, None))
    for address, response in opened.items():
        assert THEIRS not in body(response), address
    least = {"ana": 110, "mara": 95, "bruno": 45, "stranger": 14}[who]
    assert len(opened) >= least, sorted(opened)


def test_customer_sees_the_own_appointment_and_no_other(
    furnished: World, client_for: Clients
) -> None:
    """By the private link; the panel and the other customers stay out of reach."""
    with tenant_scope(furnished.aurora):
        mine, *others = Appointment.objects.order_by("pk").select_related("customer")
        link = urlsplit(link_of(furnished.aurora, mine)).path
    opened = crawl_tenant(furnished, client_for, None, link)
    assert mine.customer.name not in body(opened["/"])
    assert sum(address.startswith(link) for address in opened) >= 3
    for address, response in opened.items():
        assert THEIRS not in body(response), address
        assert not any(other.customer.name in body(response) for other in others), address
        assert not address.startswith("/panel/"), address


def test_console_has_no_broken_link(furnished: World, client_for: Clients) -> None:
    client = client_for(furnished.olivia)
    opened = Crawler(client, client.defaults["SERVER_NAME"], "saas.urls_public").run(
        "/", "/console/"
    )
    assert len(opened) >= 60, sorted(opened)
