"""Comparing, applying and writing grids: in the code, at the terminal and in the console."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plans.grid_export import export_grid
from plans.grid_files import Grid, read_grid
from plans.models import MAX_LIMIT, MAX_PRICE, Plan, PlatformSettings
from plans.registry import registry
from plans.services.grids import GridDiff, PlansChanged, apply_grid, compare
from plans.services.plans import duplicate_plan, save_plan, set_default
from plans.services.settings import save_platform_settings
from saas.core.models import AuditEntry
from tenants.models import Tenant
from tests.plans.pages import HTMX, read_form

IMPORT, EXPORT = "/console/plans/import/", "/console/plans/export/"


def grid(text: str, currency: str = "USD") -> Grid:
    return read_grid("mine.yaml", text.encode(), currency)


def stored() -> list[dict[str, Any]]:
    rows = list(Plan.objects.order_by("pk").values())
    for row in rows:
        del row["updated_at"]
    return rows


ONE = """
title: Mine
plans:
  - name: TEAM
    monthly_price: 31
    annual_price: 290
    capabilities: {{}}
    limits: {{staff: {staff}}}
  - name: Brand new
    default: true
    monthly_price: 0
    annual_price: 0
    capabilities: {{staff: true}}
    limits: {{}}
"""


def test_diff_tells_what_is_added_changed_and_untouched(
    plan: Plan, small_plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    diff = compare(grid(ONE.format(staff=5)))
    assert [step.after.name for step in diff.added] == ["Brand new"]
    assert [step.changes for step in diff.changed] == [
        {
            "name": ["Team", "TEAM"],
            "monthly_price": ["$29.00", "$31.00"],
            "limits.staff": [-1, 5],
        }
    ]
    assert diff.others == ["Free"]
    assert diff.default is not None
    assert (diff.default.before, diff.default.after) == ("Free", "Brand new")
    assert diff.tenants == 2
    assert compare(grid(ONE.format(staff=-1))).tenants == 0


def test_applying_does_what_the_diff_said_and_again_nothing(plan: Plan, small_plan: Plan) -> None:
    mine = grid(ONE.format(staff=5))
    apply_grid(mine)
    team = Plan.objects.get(pk=plan.pk)
    assert (team.name, team.monthly_price, team.limits["staff"]) == ("TEAM", 3100, 5)
    assert team.capabilities == plan.capabilities
    assert Plan.objects.get(is_default=True).name == "Brand new"
    new = Plan.objects.get(name="Brand new").capabilities
    assert (new["staff"], new["staff.add"], new["services"]) == (True, True, False)
    before = stored()
    assert compare(mine).is_empty
    apply_grid(mine)
    assert stored() == before


def test_plan_and_grid_that_were_compared_earlier_are_not_applied_blindly(plan: Plan) -> None:
    mine = grid(ONE.format(staff=5))
    shown = compare(mine).token
    save_plan(plan, {"monthly_price": 2800})
    with pytest.raises(PlansChanged) as caught:
        apply_grid(mine, seen=shown)
    assert caught.value.diff.changed[0].changes["monthly_price"] == ["$28.00", "$31.00"]
    assert not Plan.objects.filter(name="Brand new").exists()
    apply_grid(mine, seen=caught.value.diff.token)


def test_import_is_all_or_nothing(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    before = stored()
    monkeypatch.setattr("plans.services.grids.set_default", lambda *_a, **_k: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        apply_grid(grid(ONE.format(staff=5)))
    assert stored() == before
    assert not AuditEntry.objects.exists()


def test_import_writes_one_entry_for_each_change(plan: Plan, small_plan: Plan) -> None:
    apply_grid(grid(ONE.format(staff=5)))
    entries = AuditEntry.objects.order_by("pk")
    assert [entry.verb for entry in entries] == ["plan.saved", "plan.added", "plan.made_default"]
    assert {entry.reason for entry in entries} == {"Grid “Mine”"}


def test_comparing_costs_few_queries_whatever_the_number_of_plans(plan: Plan) -> None:
    for number in range(20):
        save_plan(None, {"name": f"Plan {number}"})
    mine = grid(export_grid())
    with CaptureQueriesContext(connection) as queries:
        compare(mine)
    assert len(queries) <= 3


names = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "),
    min_size=1,
    max_size=30,
).map(str.strip)
keys = st.sampled_from([*registry.capabilities, "gone", "gone.child", "on", "yes", "null"])
plans = st.fixed_dictionaries(
    {
        "name": names.filter(bool).map(lambda name: f"{name} ·"),
        "bookmark_text": names.map(lambda text: text[:24].strip()),
        "color": st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True),
        "order_number": st.integers(0, 2**31 - 1),
        "monthly_price": st.integers(0, MAX_PRICE),
        "annual_price": st.integers(0, MAX_PRICE),
        "annual_discount": st.decimals(-9999, 9999, places=2),
        "is_hidden": st.booleans(),
        "description": st.sampled_from(["", "<p>A &amp; b: - c # d</p>", "<p>1</p><p>“é”</p>"]),
        "capabilities": st.dictionaries(keys, st.booleans()),
        "limits": st.dictionaries(
            st.sampled_from([*registry.limits, "gone"]), st.integers(-1, MAX_LIMIT)
        ),
    }
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(plans, max_size=4, unique_by=lambda plan: plan["name"].lower()),
    st.sampled_from(["USD", "JPY", "KWD"]),
    st.booleans(),
)
def test_export_and_import_is_a_no_op(
    plan: Plan, rows: list[dict[str, Any]], currency: str, marked: bool
) -> None:
    with transaction.atomic():
        save_platform_settings({"currency": currency})
        saved = [save_plan(None, row) for row in rows]  # type: ignore[arg-type]
        if saved and marked:
            set_default(saved[0])
            save_platform_settings({"expired_plan": saved[-1]})
        before = stored()
        diff = apply_grid(grid(export_grid(), currency))
        assert diff.is_empty, diff
        assert stored() == before
        transaction.set_rollback(True)


def test_exported_grid_makes_the_same_plans_on_an_empty_platform(
    plan: Plan, small_plan: Plan, aurora: Tenant
) -> None:
    lapsed = duplicate_plan(small_plan)
    save_plan(lapsed, {"name": "Lapsed", "annual_discount": Decimal("12.5"), "monthly_price": 2950})
    save_platform_settings({"expired_plan": lapsed})
    Plan.objects.filter(pk=plan.pk).update(capabilities={"gone": True, "staff": True})
    text, before = export_grid(), stored()
    PlatformSettings.objects.update(expired_plan=None)
    Tenant.objects.all().delete()
    Plan.objects.all().delete()
    apply_grid(grid(text))
    bare = [[{**row, "id": 0, "created_at": 0} for row in rows] for rows in (before, stored())]
    by_name = [sorted(rows, key=lambda row: str(row["name"])) for rows in bare]
    for old, new in zip(*by_name, strict=True):
        assert new["capabilities"].items() >= old["capabilities"].items()
        assert {**new, "capabilities": 0} == {**old, "capabilities": 0}
    assert PlatformSettings.load().expired_plan == Plan.objects.get(name="Lapsed")


def test_command_exports_and_imports(
    plan: Plan, small_plan: Plan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "grid.yaml"
    call_command("plan_grid", "export", str(file))
    content = yaml.safe_load(file.read_text())
    assert [one["name"] for one in content["plans"]] == ["Free", "Team"]
    content["plans"][1]["limits"]["staff"] = 7
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(CommandError, match="--yes"):
        call_command("plan_grid", "import", str(file))
    assert Plan.objects.get(pk=plan.pk).limits["staff"] == -1
    out = io.StringIO()
    call_command("plan_grid", "import", str(file), yes=True, stdout=out)
    assert "limits.staff: -1 -> 7" in out.getvalue()
    assert "Free: as it is" in out.getvalue()
    assert Plan.objects.get(pk=plan.pk).limits["staff"] == 7


@pytest.mark.parametrize("content", [None, "plans: [", "title: T\nplans: [{name: X}]"])
def test_command_refuses_in_one_line(db: None, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "grid.yaml"
    if content is not None:
        file.write_text(content)
    with pytest.raises(CommandError, match=r"grid\.yaml"):
        call_command("plan_grid", "import", str(file), yes=True)


def test_console_exports_a_file_that_imports(desk: Client, plan: Plan, small_plan: Plan) -> None:
    response = desk.get(EXPORT)
    assert response["Content-Disposition"] == 'attachment; filename="tenantry-plans.yaml"'
    assert response["Content-Type"].startswith("application/yaml")
    shown = upload(desk, response.content)
    assert "Nothing would change" in shown.content.decode()
    assert "Apply" not in shown.content.decode()


def upload(desk: Client, source: bytes, **headers: str) -> HttpResponse:
    file = SimpleUploadedFile("mine.yaml", source)
    return desk.post(IMPORT, {"file": file}, headers=headers or None)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_console_shows_the_diff_then_applies_it(
    desk: Client, plan: Plan, small_plan: Plan, aurora: Tenant, borealis: Tenant, headers: Any
) -> None:
    before = stored()
    shown = upload(desk, ONE.format(staff=5).encode())
    page = " ".join(shown.content.decode().split())
    for words in (
        "What mine.yaml would change",
        "Brand new",
        "$29.00",
        "→ $31.00",
        "Not in the file",
    ):
        assert words in page
    assert "Other limits or capabilities for 2 tenants" in page
    assert "Apply for 2 tenants" in page
    assert stored() == before
    response = desk.post(IMPORT, read_form(shown), headers=headers)
    assert response.status_code in {200, 302}
    assert Plan.objects.get(pk=plan.pk).limits["staff"] == 5
    assert Plan.objects.get(is_default=True).name == "Brand new"


def test_console_shows_the_diff_again_when_the_plans_changed_meanwhile(
    desk: Client, plan: Plan
) -> None:
    shown = upload(desk, ONE.format(staff=5).encode())
    save_plan(plan, {"monthly_price": 2800})
    again = desk.post(IMPORT, read_form(shown), headers=HTMX)
    assert again.status_code == 409
    assert "The plans changed since you looked." in again.content.decode()
    assert Plan.objects.get(pk=plan.pk).limits["staff"] == -1
    assert desk.post(IMPORT, read_form(again)).status_code == 302
    assert Plan.objects.get(pk=plan.pk).limits["staff"] == 5


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (b"", "The submitted file is empty."),
        (b"title: a: b", "mine.yaml, line 1: This is no YAML"),
        (
            b"title: T\nplans:\n  - name: X\n    colour: 1\n",
            "mine.yaml, line 4: plans[0].colour: This key",
        ),
        (b"\xff\xfe", "mine.yaml: This is no text in UTF-8."),
        (b"#" * 300_000, "A grid has at most 256 KB."),
    ],
)
def test_console_refuses_a_file_as_a_whole(
    desk: Client, plan: Plan, source: bytes, sentence: str
) -> None:
    before = stored()
    response = upload(desk, source)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert stored() == before


def test_console_asks_for_a_file(desk: Client, plan: Plan) -> None:
    assert desk.get(IMPORT).status_code == 200
    response = desk.post(IMPORT, {}, headers=HTMX)
    assert response.status_code == 422
    assert "Choose a file." in response.content.decode()


def test_crafted_confirmation_of_nothing_shown_changes_nothing(desk: Client, plan: Plan) -> None:
    before = stored()
    body = {"text": ONE.format(staff=5), "name": "x" * 201, "seen": "nonsense"}
    assert desk.post(IMPORT, body).status_code == 422
    response = desk.post(IMPORT, {**body, "name": "<b>x"})
    assert response.status_code == 409
    assert "<b>x" not in response.content.decode()
    assert stored() == before


def test_diff_is_empty_only_without_marks() -> None:
    assert GridDiff([], None, None, []).is_empty
