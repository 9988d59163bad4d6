"""What a preview says is what happens, to the letter."""

from copy import deepcopy

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plans.entitlements import UNLIMITED
from plans.models import Plan
from tenants.models import KeptRows, Tenant
from tenants.scope import tenant_scope
from tenants.services.fitting import Fitted, MenuDifference, menu_difference, preview_fit, refit
from tenants.services.keep_lists import keep_rows
from tenants.services.overrides import set_override
from tests.booking.pages import counted
from tests.tenants.conftest import create_tenant
from tests.tenants.services import rows
from tests.tenants.services.rows import BORN, MODELS, NOW, fresh, limit, make_plan, move, paused
from tests.tenants.services.rows import running as running_rows


def said(tenant: Tenant, plan: Plan, **options: object) -> dict[str, tuple[str, str]]:
    """By limit, the names that would be paused and resumed."""
    fits = preview_fit(fresh(tenant), plan, NOW, **options)
    return {fit.limit.key: (" ".join(fit.pause), " ".join(fit.resume)) for fit in fits}


def test_preview_names_who_would_be_paused_and_writes_nothing(salon: Tenant, solo: Plan) -> None:
    before = running_rows(salon)
    with counted() as queries:
        assert said(salon, solo) == {"staff": ("4 5 6 7 8 9 10", "")}
    assert all(sql.lstrip("(").startswith("SELECT") for sql in queries)
    assert running_rows(salon) == before


def test_preview_names_who_would_come_back(salon: Tenant, solo: Plan) -> None:
    move(salon, solo)
    assert said(salon, make_plan("Wider", staff=5)) == {"staff": ("", "4 5")}
    assert said(salon, solo) == {}


def test_preview_of_an_unsaved_edit_of_the_own_plan(salon: Tenant, pro: Plan) -> None:
    draft = deepcopy(pro)
    draft.limits |= {"staff": 9}
    assert said(salon, draft) == {"staff": ("10", "")}
    assert fresh(salon).entitlements.ceiling("staff") == UNLIMITED


def test_preview_counts_the_kept_rows_stored_or_given(salon: Tenant, solo: Plan) -> None:
    with tenant_scope(salon):
        by_name = dict(MODELS["staff"].objects.values_list("name", "pk"))
    keep_rows(salon, "staff", [by_name["10"]], now=NOW)
    assert said(salon, solo)["staff"][0] == "3 4 5 6 7 8 9"
    assert said(salon, solo, keep={"staff": [by_name["9"]]})["staff"][0] == "3 4 5 6 7 8 10"
    assert said(salon, solo, keep={})["staff"][0] == "4 5 6 7 8 9 10"
    assert KeptRows.objects.count() == 1


def test_preview_counts_overrides(salon: Tenant, solo: Plan) -> None:
    set_override(salon, "staff", 8, reason="A promise", until=None, by=None, now=NOW)
    assert paused(salon) == "9 10"
    assert said(salon, solo) == {}


def test_a_tenant_without_a_schema_has_nothing_to_fit(pro: Plan, solo: Plan) -> None:
    tenant = create_tenant(pro)
    assert preview_fit(tenant, solo, NOW) == []
    assert refit(tenant, NOW) == Fitted()


def test_refit_answers_how_many_and_the_second_time_none(salon: Tenant, pro: Plan) -> None:
    rows.rows(salon, 4, "locations", paused_at=NOW)
    limit(pro, staff=3, locations=2)
    assert refit(salon, NOW) == Fitted({"staff": 7}, {"locations": 2})
    with counted() as queries:
        assert refit(salon, NOW) == Fitted()
    assert not [sql for sql in queries if sql.startswith("UPDATE")]


KIND = st.fixed_dictionaries(
    {"ceiling": st.integers(-1, 6), "there": st.lists(st.sampled_from("rpo"), max_size=6)}
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kinds=st.fixed_dictionaries({"staff": KIND, "locations": KIND, "services": KIND}))
def test_preview_is_what_the_change_does(
    aurora: Tenant, plan: Plan, kinds: dict[str, dict[str, object]]
) -> None:
    """Rows running, paused and switched off, in any order, under any ceilings."""
    Tenant.objects.filter(pk=aurora.pk).update(plan=plan)
    for kind, drawn in kinds.items():
        with tenant_scope(aurora):
            MODELS[kind].objects.all().delete()
        for state in drawn["there"]:
            rows.rows(
                aurora, 1, kind, is_active=state != "o", paused_at=BORN if state == "p" else None
            )
    before = {kind: (running_rows(aurora, kind), paused(aurora, kind)) for kind in kinds}
    Plan.objects.filter(name="Drawn").delete()
    target = make_plan("Drawn", **{kind: drawn["ceiling"] for kind, drawn in kinds.items()})
    promised = said(aurora, target)
    move(aurora, target)
    for kind, (ran, waited) in before.items():
        gone = set(ran.split()) - set(running_rows(aurora, kind).split())
        back = set(waited.split()) - set(paused(aurora, kind).split())
        pause, resume = promised.get(kind, ("", ""))
        assert (set(pause.split()), set(resume.split())) == (gone, back)
    assert said(aurora, target) == {}
    move(aurora, plan)


def test_menu_difference_names_entries_that_come_and_go(pro: Plan, aurora: Tenant) -> None:
    bare = make_plan("Bare", off=("staff", "services"))
    assert menu_difference(pro, bare) == MenuDifference([], ["Services", "Staff"])
    assert menu_difference(bare, pro) == MenuDifference(["Services", "Staff"], [])
    assert menu_difference(pro, pro) == MenuDifference([], [])
    set_override(aurora, "staff", True, reason="A gift", until=None, by=None, now=NOW)
    lost = menu_difference(pro, bare, tenant=fresh(aurora), now=NOW)
    assert lost == MenuDifference([], ["Services"])
