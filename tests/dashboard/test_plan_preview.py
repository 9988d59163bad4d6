"""A save that tenants would notice is shown first, and does exactly what was shown."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking.models import Service, Staff
from plans.drafts import draft
from plans.models import Plan
from plans.registry import Capability, MenuItem, registry
from plans.services.plans import delete_plan, save_plan
from saas.core import clock
from saas.core.models import AuditEntry
from saas.dashboard.plan_preview import LOOKED_INTO, PlanPreview, preview_save
from saas.dashboard.plan_preview_words import PreviewWords
from tenants.models import PlanRefit, Tenant
from tenants.plan_tasks import refit_plan
from tenants.scope import tenant_scope
from tenants.services.fitting import refit
from tests.plans.pages import HTMX, address, read_form, typed


def staff_of(tenant: Tenant, *names: str, **fields: Any) -> None:
    with tenant_scope(tenant):
        for name in names:
            Staff.objects.create(name=name, **fields)


def paused(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant):
        return sorted(str(row) for row in Staff.objects.filter(paused_at__isnull=False))


def fresh(plan: Plan) -> Plan:
    return Plan.objects.get(pk=plan.pk)


def text_of(response: HttpResponse) -> str:
    return " ".join(response.content.decode().split())


def confirm(desk: Client, shown: HttpResponse, **headers: str) -> HttpResponse:
    return desk.post(
        shown.request["PATH_INFO"], read_form(shown) | {"step": "confirm"}, headers=headers or None
    )


@pytest.fixture
def full(aurora: Tenant, borealis: Tenant) -> None:
    """Aurora has four staff, Borealis one."""
    staff_of(aurora, "Ana", "Bruno", "Inês", "Tiago")
    staff_of(borealis, "Carla")


@pytest.mark.req(82)
@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_tightening_save_shows_who_and_what_first(
    desk: Client, plan: Plan, aurora: Tenant, headers: dict[str, str]
) -> None:
    body = typed(desk, plan, limit__staff="2", unlimited__staff=None, name="Crew")
    shown = desk.post(address(plan), body, headers=headers or None)
    page = text_of(shown)
    assert shown.status_code == 200
    assert "This pauses 2 staff at 1 tenant" in page
    assert "Staff: from unlimited to 2. Paused, not deleted" in page
    assert "Salon Aurora" in page
    assert "Inês, Tiago" in page
    assert "1 other tenant is not affected" in page
    assert "Save and pause 2 staff" in page
    assert "Stripe" not in page
    assert (fresh(plan).name, fresh(plan).limits["staff"]) == ("Team", -1)
    assert paused(aurora) == []
    assert not AuditEntry.objects.exists()


@pytest.mark.usefixtures("full")
def test_confirmed_save_does_what_was_shown_and_nothing_typed_is_lost(
    desk: Client, plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    body = typed(
        desk,
        plan,
        limit__staff="2",
        unlimited__staff=None,
        name="Crew",
        description="<p>One</p><p>“Two” & three</p>",
    )
    shown = desk.post(address(plan), body)
    assert confirm(desk, shown)["Location"] == "/console/plans/"
    stored = fresh(plan)
    assert (stored.name, stored.limits["staff"]) == ("Crew", 2)
    assert stored.description == "<p>One</p><p>“Two” &amp; three</p>"
    assert stored.capabilities == plan.capabilities
    for tenant in (aurora, borealis):
        refit(Tenant.objects.get(pk=tenant.pk), clock.now())
    assert paused(aurora) == ["Inês", "Tiago"]
    assert paused(borealis) == []
    entry = AuditEntry.objects.get(verb="plan.saved")
    assert entry.changes["limits.staff"] == [-1, 2]


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("staff", [-1, 0, 1, 2, 3, 4, 9])
@pytest.mark.parametrize("start", [-1, 1, 3])
def test_preview_names_what_the_save_then_pauses_and_resumes(
    plan: Plan, aurora: Tenant, borealis: Tenant, start: int, staff: int
) -> None:
    tenants = [aurora, borealis]
    plan = put(plan, start, tenants)
    with tenant_scope(aurora):
        Service.objects.create(name="Cut", minutes=30, price=1)
    before = {tenant.pk: set(paused(tenant)) for tenant in tenants}
    preview = preview_save(plan, draft(plan, {"limits": {"staff": staff}}), clock.now())
    said = {one.tenant.pk: one.fits for one in preview.affected} if preview else {}
    assert {tenant.pk: set(paused(tenant)) for tenant in tenants} == before
    put(plan, staff, tenants)
    for tenant in tenants:
        after = set(paused(tenant))
        fits = said.get(tenant.pk, [])
        assert {name for fit in fits for name in fit.pause} == after - before[tenant.pk]
        assert {name for fit in fits for name in fit.resume} == before[tenant.pk] - after


def put(plan: Plan, staff: int, tenants: list[Tenant]) -> Plan:
    """Save `plan` with this ceiling and fit its tenants, as the worker would."""
    stored = save_plan(plan, {"limits": {"staff": staff}})
    for tenant in tenants:
        refit(Tenant.objects.get(pk=tenant.pk), clock.now())
    return stored


@pytest.mark.usefixtures("full")
def test_widening_save_shows_who_comes_back(desk: Client, plan: Plan, aurora: Tenant) -> None:
    put(plan, 3, [aurora])
    shown = desk.post(address(plan), typed(desk, plan, limit__staff="10"))
    assert "This resumes one of the staff at 1 tenant" in text_of(shown)
    assert "Staff: 1 resumed" in text_of(shown)
    assert "Save and resume one of the staff" in text_of(shown)


def test_capability_with_a_menu_entry_tells_that_it_appears_or_vanishes(
    desk: Client, plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    coupons = Capability("coupons", "Coupons")
    entry = MenuItem("Vouchers", url="booking:home2", icon="house", capability="coupons")
    with registry.temporarily(coupons, entry):
        on = [*read_form(desk.get(address(plan)))["capabilities"], "coupons"]
        shown = desk.post(address(plan), typed(desk, plan, capabilities=on))
        page = text_of(shown)
        assert "This changes the menu of 2 tenants" in page
        assert "Vouchers appears in the menu of 2 tenants" in page
        assert "Switched on: Coupons" in page
        assert "Save for 2 tenants" in page
        assert confirm(desk, shown).status_code == 302
        assert Tenant(plan=fresh(plan)).entitlements.can("coupons")
        off = [key for key in on if key != "coupons"]
        shown = desk.post(address(plan), typed(desk, plan, capabilities=off))
        assert "Vouchers vanishes from the menu of 2 tenants" in text_of(shown)


def test_menu_of_the_preview_is_the_menu_that_the_tenant_then_has(
    plan: Plan, aurora: Tenant
) -> None:
    after = draft(plan, {"capabilities": {"services": False, "booking_page": False}})
    preview = preview_save(plan, after, clock.now())
    assert preview is not None
    had, has = menu(plan), menu(after)
    assert [label for label in had if label not in has] == preview.vanishes
    assert preview.appears == []


def menu(plan: Plan) -> list[str]:
    entitlements = Tenant(plan=plan).entitlements
    return [
        item.label
        for item in registry.menu()
        if not item.capability or entitlements.can(item.capability)
    ]


def test_override_that_decides_instead_is_named(plan: Plan, aurora: Tenant) -> None:
    on = {"capabilities": {"services": {"value": True, "until": None}}}
    Tenant.objects.filter(pk=aurora.pk).update(overrides=on)
    preview = preview_save(plan, draft(plan, {"capabilities": {"services": False}}), clock.now())
    assert preview is not None
    assert preview.overridden == [aurora]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Crew", "monthly_price": "99", "is_hidden": "on", "description": "New"},
        {"limit__staff": "", "unlimited__staff": "on"},
        {},
    ],
)
def test_save_that_no_tenant_notices_skips_the_preview(
    desk: Client, plan: Plan, aurora: Tenant, changes: dict[str, Any]
) -> None:
    assert desk.post(address(plan), typed(desk, plan, **changes)).status_code == 302


def test_switch_below_a_parent_that_stays_off_skips_the_preview(
    desk: Client, plan: Plan, aurora: Tenant
) -> None:
    save_plan(plan, {"capabilities": {"services": False}})
    on = [
        key for key in read_form(desk.get(address(plan)))["capabilities"] if key != "services.add"
    ]
    assert desk.post(address(plan), typed(desk, plan, capabilities=on)).status_code == 302
    assert fresh(plan).capabilities["services.add"] is False


def test_plan_without_tenants_skips_the_preview(desk: Client, small_plan: Plan) -> None:
    assert (
        desk.post(address(small_plan), typed(desk, small_plan, limit__staff="0")).status_code == 302
    )
    assert fresh(small_plan).limits["staff"] == 0


@pytest.mark.usefixtures("full")
def test_going_back_keeps_everything_typed(desk: Client, plan: Plan) -> None:
    body = typed(desk, plan, limit__staff="2", unlimited__staff=None, name="Crew", color="#123456")
    shown = desk.post(address(plan), body)
    back = desk.post(address(plan), read_form(shown) | {"step": "back"})
    assert back.status_code == 200
    again = read_form(back)
    for name in ("name", "color", "limit-staff", "version", "capabilities", "description"):
        expected = body[name] if isinstance(body[name], list) else [body[name]]
        assert again[name] == expected, name
    assert "unlimited-staff" not in again
    assert fresh(plan).name == "Team"


@pytest.mark.usefixtures("full")
def test_preview_that_is_out_of_date_is_shown_anew_and_not_carried_out(
    desk: Client, plan: Plan, aurora: Tenant
) -> None:
    body = typed(desk, plan, limit__staff="2", unlimited__staff=None)
    shown = desk.post(address(plan), body)
    staff_of(aurora, "Late")
    again = confirm(desk, shown, **HTMX)
    assert again.status_code == 409
    assert "Something changed since you looked." in text_of(again)
    assert "This pauses 3 staff at 1 tenant" in text_of(again)
    assert fresh(plan).limits["staff"] == -1
    assert confirm(desk, again, **HTMX).status_code == 204
    assert fresh(plan).limits["staff"] == 2


@pytest.mark.usefixtures("full")
def test_plan_saved_in_another_tab_after_the_preview_is_a_conflict(
    desk: Client, plan: Plan
) -> None:
    shown = desk.post(address(plan), typed(desk, plan, limit__staff="2", unlimited__staff=None))
    save_plan(plan, {"name": "Theirs"})
    response = confirm(desk, shown, **HTMX)
    assert response.status_code == 409
    assert "Somebody changed this plan meanwhile." in text_of(response)
    assert fresh(plan).limits["staff"] == -1
    kept = read_form(response)
    assert kept["limit-staff"] == ["2"]
    second = desk.post(address(plan), kept)
    assert "This pauses 2 staff" in text_of(second)
    assert confirm(desk, second).status_code == 302


def test_plan_deleted_while_its_preview_was_open_is_a_friendly_404(
    desk: Client, plan: Plan, small_plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    shown = desk.post(address(plan), typed(desk, plan, limit__staff="2", unlimited__staff=None))
    Tenant.objects.update(plan=small_plan)
    delete_plan(fresh(plan))
    response = confirm(desk, shown, **HTMX)
    assert response.status_code == 404
    assert "Somebody deleted it" in response.content.decode()


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("seen", ["", "nonsense"])
def test_confirmation_without_the_token_is_no_confirmation(
    desk: Client, plan: Plan, seen: str
) -> None:
    body = typed(desk, plan, limit__staff="2", unlimited__staff=None)
    response = desk.post(address(plan), body | {"step": "confirm", "seen": seen})
    assert response.status_code == 409
    assert fresh(plan).limits["staff"] == -1


def test_names_in_the_preview_are_escaped(desk: Client, plan: Plan, aurora: Tenant) -> None:
    staff_of(aurora, "A", "<script>x</script>")
    body = typed(desk, plan, limit__staff="1", unlimited__staff=None, bookmark_text='"><b>')
    page = desk.post(address(plan), body).content.decode()
    assert "<script>x" not in page
    assert 'value="&quot;&gt;&lt;b&gt;"' in page


def add_tenants(plan: Plan, count: int, **fields: Any) -> None:
    Tenant.objects.bulk_create(
        Tenant(name=f"Business {n}", slug=f"business-{n}", plan=plan, **fields)
        for n in range(count)
    )


def measured(plan: Plan) -> tuple[PlanPreview, int, float]:
    start = time.monotonic()
    with CaptureQueriesContext(connection) as queries:
        preview = preview_save(plan, draft(plan, {"limits": {"staff": 1}}), clock.now())
    assert preview is not None
    asked = [one["sql"] for one in queries if not one["sql"].startswith("SET ")]
    return preview, len(asked), time.monotonic() - start


@pytest.mark.usefixtures("full")
def test_ten_thousand_tenants_are_counted_without_opening_their_schemas(plan: Plan) -> None:
    few = measured(plan)[1]
    add_tenants(plan, 10_000)
    preview, asked, seconds = measured(plan)
    assert asked == few <= 8
    assert seconds < 1
    assert (preview.tenants, preview.active, preview.unseen) == (10_002, 2, 0)
    assert preview.unaffected == 10_001


@pytest.mark.usefixtures("full")
def test_no_more_than_fifty_schemas_are_looked_into(
    plan: Plan, aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    monkeypatch.setattr(
        "saas.dashboard.plan_preview.preview_fit",
        lambda tenant, *_rest: opened.append(tenant.pk) or [],
    )
    add_tenants(plan, 10_000, activated_at=timezone.now())
    preview, asked, seconds = measured(plan)
    assert len(opened) == LOOKED_INTO == 50
    assert asked <= 2
    assert seconds < 1
    assert preview.unseen == 10_002 - 50
    words = PreviewWords(preview)
    assert words.title == "This reaches 10,002 tenants"
    assert words.button == "Save for 10,002 tenants"
    assert words.unseen == "9,952 more tenants are on this plan"


def test_progress_of_the_adjusting_is_told_on_the_plans_row(desk: Client, plan: Plan) -> None:
    work = PlanRefit.objects.create(
        plan=plan, total=10_000, done=120, started_at=clock.now(), moved_at=clock.now()
    )
    path = f"/console/plans/{plan.pk}/progress/"
    for page in (desk.get("/console/plans/"), desk.get(path, headers=HTMX)):
        assert "Adjusting 120 of 10,000 tenants…" in page.content.decode()
        assert f'hx-get="{path}"' in page.content.decode()
        assert 'hx-trigger="every 2s"' in page.content.decode()
    work.finished_at = clock.now()
    work.save()
    assert "Adjusting" not in desk.get("/console/plans/").content.decode()
    assert desk.get(path).content.decode().strip() == ""
    work.failed = 3
    work.save()
    assert "3 tenants could not be adjusted" in desk.get(path).content.decode()
    assert "hx-get" not in desk.get(path).content.decode()
    assert desk.get("/console/plans/999999/progress/").status_code == 404


@pytest.mark.req(82)
@pytest.mark.usefixtures("full")
def test_confirmed_save_pauses_by_way_of_the_worker(
    desk: Client,
    plan: Plan,
    aurora: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    monkeypatch.setattr(refit_plan, "delay", refit_plan)
    shown = desk.post(address(plan), typed(desk, plan, limit__staff="2", unlimited__staff=None))
    with django_capture_on_commit_callbacks(execute=True):
        confirm(desk, shown)
    assert paused(aurora) == ["Inês", "Tiago"]
    work = PlanRefit.objects.get()
    assert (work.total, work.done, work.failed) == (2, 2, 0)
    assert work.finished_at is not None
