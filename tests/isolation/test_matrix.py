"""Every address × everybody: strangers, the other tenant's owner, each role, the super admin."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.models import Payment
from booking.models import (
    Appointment,
    Customer,
    ImportRun,
    Location,
    Service,
    ServiceCategory,
    ServiceExtra,
    Staff,
)
from credits.models import CreditPack
from tenants.models import Invitation, Membership, Tenant
from tenants.scope import tenant_scope
from tests.billing.money_pages.rows import invoice_number, paid
from tests.credits.shop import pack_of
from tests.isolation.booking_keys import BOOKING_KEYS
from tests.isolation.expectations import PLATFORM, TENANT
from tests.isolation.urls import addresses
from tests.world import World
from workflows.models import ApprovedTemplate, Message, Workflow
from workflows.stopping import stop_url

TENANT_URLS, PLATFORM_URLS = "saas.urls", "saas.urls_public"
PAID = "pay_of_salon_aurora"
CONSOLES = {
    "payments",
    "console",
    "plans",
    "tenants_console",
    "payment_events",
    "payment_settings",
    "renewals",
    "platform_workflows",
    "console_channels",
    "credits_console",
}
OF_ONE_ROW = ("_edit", "_active", "_delete", "_cancel")
Clients = Callable[..., Client]


@dataclass(frozen=True)
class Rows:
    """Rows that exist in one tenant alone, by the start of the view's name."""

    staff: int
    service: int
    category: int
    extra: int
    location: int
    customer: int
    appointment: int


BEFORE = {
    Staff: {"Inês", "Noor"},
    Service: {"Cut", "Roots"},
    ServiceExtra: {"Mask"},
    Location: {"Baixa"},
    Customer: {"Rita", "Marta"},
}


@pytest.fixture
def rows(aurora: Tenant) -> Rows:
    """Rows of Salon Aurora. Their keys are large, so that the other tenant's cannot be the same by chance."""
    with tenant_scope(aurora):
        Staff.objects.create(pk=7001, name="Inês")
        ServiceCategory.objects.create(pk=7003, name="Hair")
        Service.objects.create(pk=7002, name="Cut", minutes=30, price=1000, category_id=7003)
        ServiceExtra.objects.create(pk=7004, name="Mask", service_id=7002)
        Location.objects.create(pk=7005, name="Baixa")
        Customer.objects.create(pk=7006, name="Rita")
        start = timezone.now()
        Appointment.objects.create(
            pk=7007,
            customer=Customer.objects.create(pk=7008, name="Marta"),
            staff=Staff.objects.create(pk=7009, name="Noor"),
            service=Service.objects.create(pk=7010, name="Roots", minutes=30),
            starts_at=start,
            ends_at=start + timedelta(minutes=30),
            busy_from=start,
            busy_until=start + timedelta(minutes=30),
        )
        ImportRun.objects.create(
            pk=7011, file_name="old.csv", content=b"Name\nRita\n", encoding="utf-8-sig", delimiter=",",
            columns=["name"], created_at=start,
        )  # fmt: skip
    Payment.objects.create(
        tenant=aurora, gateway="stripe", environment="sandbox", purpose="plan", status="failed", amount=2900,
        currency="USD", title="Team, monthly", reference=PAID, ordered={"plan_id": aurora.plan_id, "cycle": "monthly"},
    )  # fmt: skip
    return Rows(7001, 7002, 7003, 7004, 7005, 7006, 7007)


def path_of(name: str, world: World, rows: Rows | None) -> str:
    """An address of `name` that leads to something real."""
    keys: dict[str, dict[str, object]] = {
        **BOOKING_KEYS,
        **keys_of_team(name, world),
        "billing:choose": {"plan_id": world.small_plan.pk},
        "billing:payment": {"reference": PAID},
        "billing:pay": {"reference": PAID},
        "billing:give_up": {"reference": PAID},
        "tenants_public:confirm_email": {"key": "not-a-key"},
        "tenants_public:invitation": {"token": "not-a-token"},
        "account_confirm_email": {"key": "not-a-key"},
        "account_reset_password_from_key": {"uidb36": "1", "key": "not-a-key"},
        "tenants_public:enter": {"slug": world.aurora.slug},
        "plans:load_grid": {"name": "solo"},
        "demo:mail": {"key": "no-such-mail"},
        "payment_events:event": {"pk": 1},
        "payment_events:replay": {"pk": 1},
        "webhook": {"gateway": "stripe"},
        "payment_settings:gateway": {"key": "stripe"},
        "payment_settings:test": {"key": "stripe"},
        "payment_settings:switch": {"key": "stripe", "environment": "live"},
        "payment_settings:remove": {"key": "stripe", "environment": "test"},
    }
    if name.startswith("billing:invoice"):
        return reverse(name, urlconf=TENANT_URLS, kwargs={"number": invoice_number(world.aurora)})
    if name in keys:
        return reverse(name, urlconf=urlconf_of(name), kwargs=keys[name])
    if name.startswith("payments:") and name.split(":")[1] not in {
        "list",
        "file",
        "reconciliation",
        "reconcile",
    }:
        return reverse(name, urlconf=PLATFORM_URLS, kwargs=keys_of_money(name, world))
    if name.startswith("plans:") and name.split(":")[1] in {
        "edit",
        "progress",
        "sending",
        "retry",
        "move",
        "duplicate",
        "set_default",
        "delete",
    }:
        return reverse(name, urlconf=PLATFORM_URLS, kwargs={"pk": world.small_plan.pk})
    if name.startswith("tenants_console:") and name.split(":")[1] not in {"list", "add", "move"}:
        more = {"override_pk": 1} if name.endswith("override_end") else {}
        return reverse(name, urlconf=PLATFORM_URLS, kwargs={"pk": world.aurora.pk, **more})
    if name.split(":")[0] in MESSAGING:
        return reverse(name, urlconf=urlconf_of(name), kwargs=keys_of_messaging(name, world))
    if name.startswith("credits:"):
        return reverse(name, urlconf=TENANT_URLS, kwargs={"channel": sold_channel(world)})
    if name.startswith("credits_console:"):
        return reverse(name, urlconf=PLATFORM_URLS, kwargs=keys_of_credits(name, world))
    if rows and name.startswith("booking:") and name.endswith(OF_ONE_ROW):
        kind = "category" if "category" in name else name.split(":")[1].split("_")[0]
        return reverse(name, urlconf=TENANT_URLS, kwargs={"pk": getattr(rows, kind)})
    return reverse(name, urlconf=urlconf_of(name))


def sold_channel(world: World) -> str:
    """One that credits can be bought for."""
    world.plan.limits["sms_per_month"] = 5
    world.plan.save()
    CreditPack.objects.get_or_create(
        channel="sms", name="500 SMS", price=1900, currency="USD", credits=500
    )
    return "sms"


MESSAGING = {
    "workflows",
    "messages",
    "stop_messages",
    "platform_workflows",
    "console_channels",
    "message_callbacks",
    "message_demo",
}


def keys_of_messaging(name: str, world: World) -> dict[str, object]:
    """What stands in the addresses about workflows, messages and channels; what they lead to is there."""
    space, page = name.split(":")
    if page == "start":
        platform, tenant = "welcome-business", "confirm-booking"
        return {"key": tenant if space == "workflows" else platform}
    if page in {"edit", "active", "duplicate", "delete", "log"}:
        owner = world.aurora if space == "workflows" else None
        event = "customer.created" if owner else "tenant.signed_up"
        return {"pk": Workflow.objects.get_or_create(tenant=owner, name="Ours", event=event)[0].pk}
    if name == "messages:message":
        known = {"tenant": world.aurora, "channel": "sms", "address": "+351912345678"}
        made = {**known, "state": "sent"}
        return {"pk": Message.objects.get_or_create(key="of aurora", defaults=made)[0].pk}
    if page.startswith("template") and page != "template_add":
        return {"pk": ApprovedTemplate.objects.get_or_create(name="reminder", body="Hi")[0].pk}
    if page in {"send", "discard", "channel", "test"}:
        return {"channel": "sms"}
    if page == "stop":
        url = stop_url(world.aurora, "email", "clara@mail.example")
        return {"token": url.rstrip("/").rsplit("/", 1)[1]}
    return {"driver": "twilio"} if page == "call" else {}


def keys_of_team(name: str, world: World) -> dict[str, dict[str, object]]:
    """What stands in the address, if it is about a login: a member of Salon Aurora, or an open invitation to it."""
    if name in {"team:role", "team:deactivate", "team:reactivate", "team:hand_over"}:
        return {name: {"pk": Membership.objects.get(tenant=world.aurora, user=world.bruno).pk}}
    if name in {"team:send_again", "team:withdraw"}:
        open_one = {"tenant": world.aurora, "email": "ines@aurora.example"}
        at = timezone.now()
        times = {"created_at": at, "sent_at": at, "good_until": at + timedelta(days=7)}
        made = {**times, "role": "staff"}
        return {name: {"pk": Invitation.objects.get_or_create(**open_one, defaults=made)[0].pk}}
    return {}


def keys_of_money(name: str, world: World) -> dict[str, object]:
    """What stands in the addresses of the console's pages about money."""
    of_tenant = {"pk": world.aurora.pk}
    about = name.split(":")[1]
    if about == "put_right":
        return {"pk": 1, "number": 1}
    if about == "reviewed":
        return {**of_tenant, "subscription_pk": 1}
    if about in {"ledger", "ledger_file", "adjust"}:
        return of_tenant
    return {"pk": paid(world.aurora).pk}


def keys_of_credits(name: str, world: World) -> dict[str, object]:
    """What stands in the addresses of the console's pages about credits."""
    about = name.split(":")[1]
    if about in {"pack_edit", "pack_duplicate", "pack_delete"}:
        return {"pk": pack_of().pk}
    return {"pk": world.aurora.pk, "channel": "sms"} if about in {"ledger", "correct"} else {}


def urlconf_of(name: str) -> str:
    return TENANT_URLS if name in TENANT else PLATFORM_URLS


def answer(response: HttpResponse) -> str:
    if response.status_code != 302:
        return str(response.status_code)
    target = response["Location"].split("?")[0]
    return "login" if target.endswith("/login/") else f"→{target}"


def agrees(response: HttpResponse, expected: str) -> bool:
    got = answer(response)
    return got == expected or (expected == "302" and response.status_code == 302)


@pytest.mark.parametrize(("urlconf", "listed"), [(TENANT_URLS, TENANT), (PLATFORM_URLS, PLATFORM)])
def test_every_address_is_listed(urlconf: str, listed: dict[str, str]) -> None:
    assert {address.name for address in addresses(urlconf)} == set(listed)


def outsiders(client_for: Clients, world: World) -> dict[str, Client]:
    """People who do not belong to Salon Aurora, with the best session that they can bring."""
    forged = client_for(world.olivia, world.aurora)
    return {
        "stranger": client_for(None, world.aurora),
        "the other owner": replayed(client_for(world.carla, world.borealis), world.aurora),
        "the other owner, forged": client_for(world.carla, world.aurora),
        "super admin": replayed(client_for(world.olivia), world.aurora),
        "super admin, forged": forged,
    }


def replayed(client: Client, tenant: Tenant) -> Client:
    """The same cookies, sent to the host of `tenant`."""
    client.defaults["SERVER_NAME"] = tenant.host
    return client


@pytest.mark.parametrize("name", TENANT)
def test_tenant_address(name: str, world: World, rows: Rows, client_for: Clients) -> None:
    outside, *inside = TENANT[name].split()
    path = path_of(name, world, rows)
    for who, client in outsiders(client_for, world).items():
        assert agrees(client.get(path), outside), who
    for user, expected in zip((world.bruno, world.mara, world.ana), inside, strict=True):
        client = client_for(user, world.aurora)
        assert agrees(client.get(path), expected), (user, answer(client.get(path)))


@pytest.mark.parametrize(
    "name",
    [
        n
        for n in TENANT
        if n.split(":")[0] in {"booking", "billing", "credits", "workflows", "messages", "team"}
        and TENANT[n].startswith("login")
    ],
)
def test_outsiders_post_changes_nothing(
    name: str, world: World, rows: Rows, client_for: Clients
) -> None:
    path = path_of(name, world, rows)
    for who, client in outsiders(client_for, world).items():
        assert answer(client.post(path, {"name": "Intruder"})) == "login", who
    if "403" in TENANT[name]:
        assert (
            client_for(world.bruno, world.aurora).post(path, {"name": "Intruder"}).status_code
            == 403
        )
    with tenant_scope(world.aurora):
        for model, names in BEFORE.items():
            assert set(model.objects.values_list("name", flat=True)) == names
        assert [row.is_cancelled for row in Appointment.objects.all()] == [False]


@pytest.mark.parametrize(
    "name",
    [n for n in TENANT if n.startswith("booking:") and n.endswith(OF_ONE_ROW)],
)
def test_foreign_row_is_not_there(name: str, world: World, rows: Rows, client_for: Clients) -> None:
    """The key exists in Salon Aurora; the owner of the other business asks for it on her own host."""
    client, path = client_for(world.carla, world.borealis), path_of(name, world, rows)
    assert client.post(path, {"name": "Mine now"}).status_code == 404
    assert client.get(path).status_code in {404, 405}


@pytest.mark.parametrize("name", PLATFORM)
def test_platform_address(name: str, world: World, client_for: Clients) -> None:
    path = path_of(name, world, None)
    expectations = zip((None, world.ana, world.olivia), PLATFORM[name].split(), strict=True)
    for user, expected in expectations:
        response = client_for(user).get(path)
        assert agrees(response, expected), (user, answer(response))


@pytest.mark.parametrize("name", [n for n in PLATFORM if n.split(":")[0] in CONSOLES])
def test_console_refuses_posts_of_others(name: str, world: World, client_for: Clients) -> None:
    path = path_of(name, world, None)
    assert answer(client_for(None).post(path)) == "login"
    assert client_for(world.ana).post(path).status_code == 404


def test_panel_session_is_worth_nothing_on_the_platform(world: World, client_for: Clients) -> None:
    client = client_for(world.olivia, world.aurora)
    client.defaults["SERVER_NAME"] = "localhost"
    assert answer(client.get("/console/")) == "login"


def test_console_does_not_exist_on_a_tenants_host(world: World, client_for: Clients) -> None:
    assert client_for(world.ana, world.aurora).get("/console/").status_code == 404


def test_panel_does_not_exist_on_the_platform(world: World, client_for: Clients) -> None:
    assert client_for(world.ana).get("/panel/").status_code == 404
