"""A tenant says who stays."""

import pytest

from plans.models import Plan
from plans.registry import UnknownKey
from saas.core.errors import Conflict
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tenants.services.keep_lists import keep_rows, kept
from tests.tenants.services.rows import MODELS, NOW, fresh, limit, make_plan, move, running
from tests.tenants.services.test_refits import carry_out


@pytest.fixture
def keys(salon: Tenant) -> dict[str, int]:
    with tenant_scope(salon):
        return dict(MODELS["staff"].objects.values_list("name", "pk"))


def test_a_choice_is_stored_once_and_replaced(salon: Tenant, keys: dict[str, int]) -> None:
    assert kept(salon, "staff") == []
    chosen = [keys["9"], keys["4"], keys["9"]]
    assert keep_rows(salon, "staff", chosen, now=NOW) == [keys["4"], keys["9"]]
    keep_rows(salon, "staff", [keys["2"]], now=NOW)
    assert kept(salon, "staff") == [keys["2"]]
    assert keep_rows(salon, "staff", [], now=NOW) == []
    assert kept(salon, "staff") == []


def test_rows_that_are_not_running_are_refused(
    salon: Tenant, borealis: Tenant, solo: Plan, keys: dict[str, int]
) -> None:
    with tenant_scope(salon):
        MODELS["staff"].objects.filter(name="1").update(is_active=False)
    move(salon, solo)
    for pk in (keys["1"], keys["10"], 10**9):
        with pytest.raises(Conflict, match="choose once more"):
            keep_rows(salon, "staff", [keys["2"], pk], now=NOW)
    with pytest.raises(Conflict):
        keep_rows(borealis, "staff", [keys["2"]], now=NOW)
    assert kept(salon, "staff") == []


def test_only_limits_that_pause_have_keep_lists(salon: Tenant) -> None:
    with pytest.raises(ValueError, match="never paused"):
        keep_rows(salon, "customers", [1], now=NOW)
    with pytest.raises(UnknownKey):
        keep_rows(salon, "stuff", [1], now=NOW)


def test_oldest_first_fills_what_the_choice_leaves(salon: Tenant, keys: dict[str, int]) -> None:
    keep_rows(salon, "staff", [keys["8"]], now=NOW)
    move(salon, make_plan("Four", staff=4))
    assert running(salon) == "1 2 3 8"


def test_of_too_many_chosen_the_oldest_stay(salon: Tenant, keys: dict[str, int]) -> None:
    keep_rows(salon, "staff", [keys["6"], keys["8"], keys["9"]], now=NOW)
    move(salon, make_plan("Two", staff=2))
    assert running(salon) == "6 8"


def test_rows_that_went_meanwhile_are_passed_over(salon: Tenant, keys: dict[str, int]) -> None:
    keep_rows(salon, "staff", [keys["8"], keys["9"]], now=NOW)
    with tenant_scope(salon):
        MODELS["staff"].objects.filter(name="8").delete()
    move(salon, make_plan("Two", staff=2))
    assert running(salon) == "1 9"


def test_an_edit_of_the_plan_uses_the_choice_too(
    salon: Tenant, pro: Plan, keys: dict[str, int]
) -> None:
    keep_rows(salon, "staff", [keys["10"]], now=NOW)
    limit(pro, staff=2)
    carry_out(pro)
    assert running(salon) == "1 10"
    assert kept(fresh(salon), "staff") == []
