"""The Plans page: who may see it, what it lists, how it is searched and sorted, what a row's menu does."""

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plans.models import Plan, PlatformSettings
from plans.registry import Capability, registry
from plans.services.plans import duplicate_plan, save_plan
from plans.services.settings import save_platform_settings
from tenants.models import Tenant, User
from tests.plans.pages import HTMX

LIST = "/console/plans/"
ADDRESSES = ["", "add/", "{pk}/", "{pk}/delete/", "{pk}/progress/", "export/", "import/"]
ACTIONS = ["{pk}/duplicate/", "{pk}/default/", "{pk}/delete/", "examples/solo/", "import/"]


def names(response: HttpResponse) -> list[str]:
    """Names of the plans in the table, from top to bottom."""
    return re.findall(r'class="title"[^>]*>([^<]+)</a>', response.content.decode())


@pytest.mark.parametrize("address", ADDRESSES)
def test_console_pages_ask_a_stranger_to_log_in(
    client_for: Callable[..., Client], plan: Plan, address: str
) -> None:
    response = client_for().get(LIST + address.format(pk=plan.pk))
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


@pytest.mark.parametrize("address", ADDRESSES)
def test_console_pages_are_not_there_for_an_owner(
    client_for: Callable[..., Client], ana: User, aurora: Tenant, plan: Plan, address: str
) -> None:
    path = LIST + address.format(pk=plan.pk)
    assert client_for(ana).get(path).status_code == 404
    assert client_for(ana, aurora).get(path).status_code == 404


@pytest.mark.parametrize("address", ACTIONS)
def test_console_actions_are_refused_to_an_owner_and_by_get(
    client_for: Callable[..., Client], ana: User, desk: Client, small_plan: Plan, address: str
) -> None:
    path = LIST + address.format(pk=small_plan.pk)
    before = list(Plan.objects.order_by("pk").values())
    assert client_for(ana).post(path).status_code == 404
    assert desk.get(path).status_code in {200, 405}
    assert list(Plan.objects.order_by("pk").values()) == before


@pytest.mark.req(3)
def test_each_plan_is_one_row_with_its_figures_and_marks(
    desk: Client, plan: Plan, small_plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    save_plan(plan, {"bookmark_text": "POPULAR", "is_hidden": True})
    save_platform_settings({"trial_plan": plan, "expired_plan": plan})
    rows = re.findall(
        r'<tr class="plan-color-\d+">.*?</tr>', desk.get(LIST).content.decode(), re.DOTALL
    )
    assert len(rows) == Plan.objects.count()
    free, team = (" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows)
    assert free.startswith("Free Default")
    assert team.startswith("Team POPULAR Trial Expired Hidden Staff unlimited")
    assert "$29.00" in team
    assert "$290.00" in team
    assert "2 tenants" in team
    assert f"plan-color-{plan.pk}" in rows[1]


@pytest.mark.parametrize("count", [1, 30])
def test_list_costs_the_same_few_queries_with_one_plan_and_with_thirty(
    desk: Client, small_plan: Plan, count: int, aurora: Tenant
) -> None:
    Plan.objects.exclude(pk=small_plan.pk).exclude(pk=aurora.plan_id).delete()
    for number in range(count):
        save_plan(None, {"name": f"Plan {number}"})
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(LIST).status_code == 200
    asked = [query["sql"] for query in queries if not query["sql"].startswith("SET ")]
    assert len(asked) <= 9, asked


def test_list_stands_in_the_order_of_the_cards(desk: Client, plan: Plan, small_plan: Plan) -> None:
    save_plan(None, {"name": "Last", "order_number": 99})
    save_plan(None, {"name": "Fore", "order_number": 0})
    assert names(desk.get(LIST)) == ["Fore", "Free", "Team", "Last"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("name", ["Annual", "Free", "Team"]),
        ("-name", ["Team", "Free", "Annual"]),
        ("monthly", ["Free", "Annual", "Team"]),
        ("-annual", ["Annual", "Team", "Free"]),
        ("-tenants", ["Team", "Free", "Annual"]),
        ("-order", ["Annual", "Team", "Free"]),
        ("nonsense", ["Free", "Team", "Annual"]),
        ("-", ["Free", "Team", "Annual"]),
        ("pk;drop table", ["Free", "Team", "Annual"]),
    ],
)
def test_list_is_sorted_by_its_heads(
    desk: Client, plan: Plan, small_plan: Plan, aurora: Tenant, sort: str, order: list[str]
) -> None:
    save_plan(None, {"name": "Annual", "annual_price": 99900, "order_number": 50})
    assert names(desk.get(LIST, {"sort": sort})) == order


def test_head_of_the_sorted_column_turns_the_order_round(desk: Client, plan: Plan) -> None:
    page = desk.get(LIST, {"sort": "name", "q": "e"}).content.decode()
    assert re.search(
        r'aria-sort="ascending">\s*<a class="soft"\s+href="/console/plans/\?q=e&amp;sort=-name"',
        page,
    )
    assert 'href="/console/plans/?q=e&amp;sort=tenants"' in page


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("TEA", ["Team"]),
        ("e", ["Free", "Team"]),
        ("zzz", []),
        ("\x00", ["Free", "Team"]),
        ("%", []),
    ],
)
def test_search_finds_by_name(
    desk: Client, plan: Plan, small_plan: Plan, text: str, found: list[str]
) -> None:
    response = desk.get(LIST, {"q": text})
    assert names(response) == found
    assert ("No plan has this in its name" in response.content.decode()) is not bool(found)


def test_htmx_gets_the_table_alone_with_fresh_colours(desk: Client, plan: Plan) -> None:
    response = desk.get(LIST, headers=HTMX)
    fragment = response.content.decode()
    assert "<html" not in fragment
    assert names(response) == ["Free", "Team"]
    assert 'hx-trigger="planSaved from:body"' in fragment
    assert f"/plan-colors.css?v={PlatformSettings.load().colors_version}" in fragment
    assert "HX-Request" in response["Vary"]


def test_new_capability_is_announced_until_every_plan_decides(
    desk: Client, plan: Plan, small_plan: Plan
) -> None:
    assert "new capabilit" not in desk.get(LIST).content.decode()
    with registry.temporarily(Capability("coupons", "Coupons")):
        assert "1 new capability" in desk.get(LIST).content.decode()
        for one in (plan, small_plan):
            save_plan(one, {"capabilities": {"coupons": False}})
        assert "new capability" not in desk.get(LIST).content.decode()


def test_first_day_offers_an_own_plan_or_an_example(desk: Client, world: object) -> None:
    Tenant.objects.all().delete()
    Plan.objects.all().delete()
    page = desk.get(LIST).content.decode()
    assert "No plan yet" in page
    assert "Solo professional" in page
    response = desk.post(LIST + "examples/solo/", follow=True)
    assert names(response) == ["Free trial", "Solo", "Solo+", "Lapsed"]


def test_unknown_example_is_a_clear_refusal(desk: Client) -> None:
    response = desk.post(LIST + "examples/passwd/")
    assert response.status_code == 409
    assert "There is no such grid" in response.content.decode()


@pytest.mark.req(58)
@pytest.mark.parametrize("path", [LIST, "/console/"])
def test_warning_stays_until_an_expired_plan_is_chosen(
    desk: Client, small_plan: Plan, path: str
) -> None:
    page = desk.get(path).content.decode()
    assert "No Expired plan is chosen." in page
    assert 'href="/console/settings/#plan-settings"' in page
    assert "No Expired plan is chosen." in desk.get(path).content.decode()
    save_platform_settings({"expired_plan": small_plan})
    assert "No Expired plan is chosen." not in desk.get(path).content.decode()


def test_list_offers_export_and_import_of_the_grid(desk: Client, plan: Plan) -> None:
    page = desk.get(LIST).content.decode()
    assert 'href="/console/plans/export/"' in page
    assert 'hx-get="/console/plans/import/"' in page


@pytest.mark.req(47)
def test_set_as_default_is_a_row_action(desk: Client, plan: Plan, small_plan: Plan) -> None:
    path = f"{LIST}{plan.pk}/default/"
    assert f'action="{path}"' in desk.get(LIST).content.decode()
    response = desk.post(path, headers=HTMX)
    assert response.status_code == 204
    assert "planSaved" in response["HX-Trigger"]
    assert list(Plan.objects.filter(is_default=True)) == [plan]
    assert f'action="{path}"' not in desk.get(LIST).content.decode()


def test_row_actions_work_without_a_script(desk: Client, small_plan: Plan) -> None:
    response = desk.post(f"{LIST}{small_plan.pk}/duplicate/", follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert "Free (copy) is made. It is hidden until you show it." in response.content.decode()


@pytest.mark.parametrize("action", ["default/", "duplicate/", "delete/"])
def test_row_action_on_a_deleted_plan_is_a_friendly_404(desk: Client, action: str) -> None:
    for pk in (10**9, 10**30):
        response = desk.post(f"{LIST}{pk}/{action}", headers=HTMX)
        assert response.status_code == 404
        assert "This plan is not here any more" in response.content.decode()


@pytest.mark.req(98)
def test_delete_dialog_says_why_not_and_offers_no_button(
    desk: Client, plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    path = f"{LIST}{plan.pk}/delete/"
    page = desk.get(path, headers=HTMX).content.decode()
    assert "Team cannot be deleted yet" in page
    assert "2 tenants are on Team" in page
    assert "<form" not in page
    assert f'href="/console/tenants/?plan={plan.pk}"' in page
    assert desk.post(path, headers=HTMX).status_code == 409
    assert Plan.objects.filter(pk=plan.pk).exists()


def test_delete_dialog_of_the_expired_plan_leads_to_the_settings(
    desk: Client, small_plan: Plan
) -> None:
    lapsed = duplicate_plan(small_plan)
    save_platform_settings({"expired_plan": lapsed})
    page = desk.get(f"{LIST}{lapsed.pk}/delete/").content.decode()
    assert "is the Expired plan. Choose another one in Settings first." in page
    assert 'href="/console/settings/#plan-settings"' in page
    assert "/console/tenants/?plan" not in page


def test_delete_dialog_lists_what_will_happen_then_does_it(desk: Client, small_plan: Plan) -> None:
    copy = duplicate_plan(small_plan)
    path = f"{LIST}{copy.pk}/delete/"
    page = desk.get(path).content.decode()
    assert "Delete Free (copy)?" in page
    assert "No tenant is on it" in page
    response = desk.post(path, headers=HTMX)
    assert response.status_code == 204
    assert not Plan.objects.filter(pk=copy.pk).exists()


def test_names_are_escaped_wherever_they_stand(desk: Client, plan: Plan) -> None:
    save_plan(plan, {"name": "<script>x</script>", "bookmark_text": "<b>&"})
    for path in (LIST, f"{LIST}{plan.pk}/", f"{LIST}{plan.pk}/delete/"):
        assert "<script>x" not in desk.get(path).content.decode()
