"""`manage.py prepare` makes a fresh checkout run, does nothing twice, and keeps the demo out of production."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from billing.models import GatewaySettings
from billing.services.gateways import with_secrets
from booking.models import Service, Staff
from plans.models import Plan, PlatformSettings
from plans.services.grids import grid_names
from saas.dashboard import demo
from saas.dashboard.management.commands import prepare
from tenants.models import Membership, Tenant, User
from tenants.scope import current_schema, tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path  # type: ignore[attr-defined]


@pytest.fixture
def folder(settings: object) -> Path:
    return settings.VAR_DIR  # type: ignore[attr-defined,no-any-return]


@pytest.fixture
def nobody() -> None:
    """A platform that nobody has touched."""
    PlatformSettings.objects.all().delete()
    for model in (Membership, Tenant, User, Plan):
        model.objects.all().delete()


def test_nothing_to_do_is_cheap(
    world: object, django_assert_max_num_queries: Callable[..., Any], capsys: Any
) -> None:
    with django_assert_max_num_queries(8):
        call_command("prepare")
    assert capsys.readouterr().out == ""
    assert current_schema() == "public"


@pytest.mark.usefixtures("nobody")
def test_demo_is_made_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("prepare", demo=True)
    made = set(Tenant.objects.values_list("pk", "schema_name"))
    call_command("prepare", demo=True)
    assert capsys.readouterr().out.count("Making demo data") == 1
    assert set(Tenant.objects.values_list("pk", "schema_name")) == made
    assert len(made) == 3
    facts = json.loads((folder / "demo.json").read_text())
    assert facts["platform_url"].startswith("http://localhost")
    assert {login["email"] for login in facts["logins"]} == set(
        User.objects.values_list("email", flat=True)
    )
    assert all(
        User.objects.get(email=login["email"]).check_password(login["password"])
        for login in facts["logins"]
    )


@pytest.mark.usefixtures("nobody")
def test_demo_has_a_business_at_its_limit() -> None:
    demo.load(timezone.now())
    assert PlatformSettings.load().expired_plan == Plan.objects.get(name="Lapsed")
    yoga = Tenant.objects.get(slug="corte-certo")
    with tenant_scope(yoga):
        assert yoga.entitlements.usage_of("staff").text == "2 / 2"
    salon = Tenant.objects.get(slug="salon-aurora")
    with tenant_scope(salon):
        assert salon.entitlements.usage_of("staff").text == "9 / 10"
        assert Service.objects.filter(category__name="Hair").exists()


@pytest.mark.usefixtures("nobody")
def test_people_of_the_demo_can_log_in(client_for: Callable[..., Client]) -> None:
    demo.load(timezone.now())
    for membership in Membership.objects.select_related("tenant", "user"):
        page = client_for(membership.user, membership.tenant).get("/panel/")
        assert page.status_code == 200, membership
    olivia = User.objects.get(is_super_admin=True)
    assert olivia.emailaddress_set.filter(verified=True, primary=True).exists()


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize("grid", grid_names())
def test_demo_fits_every_grid(monkeypatch: pytest.MonkeyPatch, grid: str) -> None:
    monkeypatch.setenv("TENANTRY_DEMO_GRID", grid)
    demo.load(timezone.now())
    for tenant in Tenant.objects.select_related("plan"):
        with tenant_scope(tenant):
            assert Staff.objects.exists()
            assert not tenant.plan.is_hidden


def test_demo_is_not_for_production(settings: object) -> None:
    settings.IS_PRODUCTION = True  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="not for production"):
        call_command("prepare", demo=True)
    with pytest.raises(ImproperlyConfigured, match="not for production"):
        demo.load(timezone.now())


def test_platform_in_use_gets_no_demo_data(world: object) -> None:
    before = Tenant.objects.count()
    call_command("prepare", demo=True)
    assert Tenant.objects.count() == before


def test_stamp_changes_with_any_static_file(settings: object, tmp_path: Path) -> None:
    settings.STATICFILES_DIRS = [tmp_path]  # type: ignore[attr-defined]
    stamps = {prepare.static_stamp()}
    for content in ("a", "ab"):
        (tmp_path / "new.css").write_text(content)
        stamps.add(prepare.static_stamp())
    assert len(stamps) == 3


def test_no_demo_beside_live_keys(world: object, capsys: pytest.CaptureFixture[str]) -> None:
    """The demo's doubles and its clock never come near real money."""
    row = GatewaySettings(gateway="stripe", environment="live")
    row.secrets = with_secrets(row, "live", {"secret_key": "sk_live_real"})
    row.save()
    with pytest.raises(CommandError, match="live payment keys"):
        call_command("prepare", demo=True)
    call_command("prepare")


@pytest.mark.usefixtures("nobody")
def test_demo_has_paid_from_its_balance() -> None:
    """Salon Aurora has paid for two months, and the ledger, the payments and the invoices agree."""
    call_command("prepare", demo=True)
    aurora = Tenant.objects.get(slug="salon-aurora")
    price = aurora.plan.monthly_price
    assert [one.amount for one in aurora.payments.exclude(purpose="credits")] == [price] * 2
    assert aurora.balance_account.balance == 2 * price
    assert aurora.invoices.count() == 3
    assert aurora.expires_at
    assert aurora.expires_at > timezone.now()
