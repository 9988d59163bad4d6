"""“What each role may do” says what the pages do, and the menu shows what its entries lead to."""

import pytest
from django.test import Client
from django.urls import reverse

from plans.registry import registry
from saas.core.access import EVERY_ROLE, MANAGERS, OWNERS, panel
from tenants import role_table
from tenants.models import Tenant, User
from tests.booking.pages import switch
from tests.isolation.expectations import TENANT, TENANT_COLUMNS
from tests.tenants.team.guests import ClientFor, words

ROLES = "/panel/team/roles/"
COLUMNS = dict(zip(TENANT_COLUMNS, range(4), strict=True))


def table(tenant: Tenant) -> dict[str, dict[str, frozenset[str]]]:
    groups = role_table.role_table(tenant.entitlements)
    return {
        str(group.label): {str(right.label): right.roles for right in group.rights}
        for group in groups
    }


def test_declared_roles_are_what_the_matrix_of_all_addresses_says() -> None:
    """The matrix asks every page itself."""
    pages = {page.name: page.access for page in role_table.panel_pages()}
    assert len(pages) > 50
    for name, access in pages.items():
        answers = TENANT[name].split()
        assert answers[COLUMNS["outsider"]] == "login", name
        let_in = {role for role in EVERY_ROLE if answers[COLUMNS[role]] != "403"}
        assert access.roles == let_in, name
    others = set(TENANT) - set(pages)
    assert all(
        name.split(":")[0] in {"tenants", "plan_colors", "stop_messages", "booking"}
        for name in others
    )


def test_table_has_every_page_in_some_line(aurora: Tenant) -> None:
    found = table(aurora)
    assert found["Staff"] == {
        "See “Staff”": EVERY_ROLE, "Add staff": MANAGERS, "Edit staff": MANAGERS,
        "Delete staff": MANAGERS,
    }  # fmt: skip
    assert found["Team logins"] == {
        "See “Team logins”": MANAGERS, "Change “Team logins”": OWNERS,
    }  # fmt: skip
    assert found["Billing"] == {"Everything here": OWNERS}
    assert found["Services"]["See “Service extras”"] == EVERY_ROLE
    assert found["Services"]["Change “Service extras”"] == MANAGERS
    every = {roles for rights in found.values() for roles in rights.values()}
    assert every == {page.access.roles for page in role_table.panel_pages()}


def test_order_is_the_menus(aurora: Tenant) -> None:
    """Of a module with several entries, that of the first."""
    modules = [item.capability.partition(".")[0] for item in registry.menu()]
    labels = [
        str(registry.capability(module).label if module else item.label)
        for module, item in zip(modules, registry.menu(), strict=True)
    ]
    found = list(table(aurora))
    wanted = [label for label in dict.fromkeys(labels) if label in found]
    assert len(wanted) > 8
    assert [label for label in found if label in labels] == wanted


def test_module_that_the_plan_lacks_is_not_mentioned(aurora: Tenant) -> None:
    switch(aurora.plan, "staff", "services.extras", on=False)
    found = table(Tenant.objects.get(pk=aurora.pk))
    assert "Staff" not in found
    assert not any("extras" in label for label in found["Services"])


def test_another_declaration_changes_the_table(
    aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    @panel("staff.add", roles=OWNERS)
    def view() -> None: ...

    pages = [
        role_table.Page(page.path, page.name, view.access)
        if page.name == "booking:staff_add" else page
        for page in role_table.panel_pages()
    ]  # fmt: skip
    monkeypatch.setattr(role_table, "panel_pages", lambda: pages)
    assert table(aurora)["Staff"]["Add staff"] == OWNERS


def test_page_says_yes_and_no(owner: Client) -> None:
    page = words(owner.get(ROLES))
    line = page[page.index("Cancel appointment") :][:1500].split("</tr>")[0]
    assert line.count('aria-label="Yes"') == 2
    assert line.count(">No<") == 1


FROM_HOME = {"/panel/day/"}
"""In the menu of the staff alone: of the others, whoever serves as well comes to it from the home page."""


@pytest.mark.parametrize("who", ["ana", "mara", "bruno"])
def test_menu_leads_to_what_the_role_may_open_and_lacks_the_rest(
    client_for: ClientFor, world, aurora: Tenant, who: str
) -> None:
    here = client_for(getattr(world, who), aurora)
    shown = {item["href"] for group in here.get("/panel/").context["nav_groups"] for item in group}
    for item in registry.menu():
        url = reverse(item.url, urlconf="saas.urls")
        assert here.get(url).status_code == (200 if url in shown | FROM_HOME else 403), url


def test_menu_follows_the_page_when_its_entry_says_nothing_of_roles(
    client_for: ClientFor, aurora: Tenant, bruno: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry that forgets to name the roles does not lead people into a refusal."""
    items = registry.menu_items
    forgetful = {
        **items,
        "billing:billing": type(items["billing:billing"])("Billing", "billing:billing", "x"),
    }
    monkeypatch.setattr(registry, "menu_items", forgetful)
    groups = client_for(bruno, aurora).get("/panel/").context["nav_groups"]
    assert "Billing" not in [item["label"] for group in groups for item in group]
