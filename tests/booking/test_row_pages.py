"""Staff and services on the screen: forms, switches, buttons, and who may not."""

from collections.abc import Callable

import pytest
from django.test import Client

from plans.models import Plan
from tenants.models import Tenant, User
from tests.booking.pages import (
    KINDS,
    allow,
    fill,
    row,
    rows_of,
    switch,
    words,
)

each = pytest.mark.parametrize("module", ["staff", "services", "locations"])
Clients = Callable[..., Client]
FULL = "You’ve reached your plan’s limit — upgrade to a plan with more headroom."


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@each
def test_add_saves_and_says_so(module: str, owner: Client, aurora: Tenant) -> None:
    _model, url, form = KINDS[module]
    response = owner.post(url + "add/", form, follow=True)
    assert response.redirect_chain == [(url, 302)]
    assert f"“{form['name']}” is added." in words(response)
    assert [r.name for r in rows_of(aurora, module)] == [form["name"]]


@each
def test_add_in_a_dialog_closes_it_and_wakes_the_list(module: str, owner: Client) -> None:
    _model, url, form = KINDS[module]
    response = owner.post(url + "add/", form, headers={"hx-request": "true"})
    assert response.status_code == 204
    assert '"rowsChanged"' in response["HX-Trigger"]
    assert '"dialogClose"' in response["HX-Trigger"]


@each
def test_edit_saves_and_says_so(module: str, owner: Client, aurora: Tenant) -> None:
    _model, url, form = KINDS[module]
    pk = fill(aurora, module, 1)[0]
    assert 'value="Row 00"' in words(owner.get(f"{url}{pk}/"))
    response = owner.post(f"{url}{pk}/", form | {"name": "Other"}, follow=True)
    assert "“Other” is saved." in words(response)
    assert row(aurora, module, pk).name == "Other"


@each
def test_switch_says_which_way_so_twice_is_not_back(
    module: str, owner: Client, aurora: Tenant
) -> None:
    url, pk = KINDS[module][1], fill(aurora, module, 1)[0]
    for _press in range(2):
        response = owner.post(f"{url}{pk}/active/", {"active": "0"}, follow=True)
        assert "“Row 00” is switched off." in words(response)
        assert not row(aurora, module, pk).is_active
    response = owner.post(f"{url}{pk}/active/", {"active": "1"}, follow=True)
    assert "“Row 00” is switched on." in words(response)
    assert owner.get(f"{url}{pk}/active/").status_code == 405


@each
def test_delete_asks_first_and_lists_what_happens(
    module: str, owner: Client, aurora: Tenant
) -> None:
    url, pk = KINDS[module][1], fill(aurora, module, 1)[0]
    question = words(owner.get(f"{url}{pk}/delete/"))
    assert "Delete “Row 00”?" in question
    assert "no longer shown on your public page" in question
    assert "deleted for good" in question
    assert len(rows_of(aurora, module)) == 1
    assert "“Row 00” is deleted." in words(owner.post(f"{url}{pk}/delete/", follow=True))
    assert rows_of(aurora, module) == []


@pytest.mark.req(18, 41)
@each
def test_without_its_capability_the_module_is_not_there(
    module: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    pk = fill(aurora, module, 1)[0]
    switch(plan, module, on=False)
    for page in ("", "add/", f"{pk}/", f"{pk}/delete/"):
        response = owner.get(KINDS[module][1] + page)
        assert response.status_code == 404
        assert "This feature isn’t included in your current plan." in words(response)
    assert owner.post(f"{KINDS[module][1]}{pk}/active/", {"active": "0"}).status_code == 404


@pytest.mark.req(18)
@pytest.mark.parametrize("verb", ["add", "edit", "delete"])
@each
def test_without_a_verb_its_button_and_its_page_are_not_there(
    module: str, verb: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    _model, url, form = KINDS[module]
    pk = fill(aurora, module, 1)[0]
    pages = {
        "add": [f"{url}add/"],
        "edit": [f"{url}{pk}/", f"{url}{pk}/active/"],
        "delete": [f"{url}{pk}/delete/"],
    }
    switch(plan, f"{module}.{verb}", on=False)
    shown = words(owner.get(url))
    for other, addresses in pages.items():
        for address in addresses:
            assert (f'"{address}"' in shown) is (other != verb), address
    for address in pages[verb]:
        assert owner.get(address).status_code == 404
        assert owner.post(address, form).status_code == 404
    assert [(r.name, r.is_active) for r in rows_of(aurora, module)] == [("Row 00", True)]


@each
def test_staff_role_looks_and_changes_nothing(
    module: str, client_for: Clients, bruno: User, aurora: Tenant
) -> None:
    _model, url, form = KINDS[module]
    pk = fill(aurora, module, 1)[0]
    client = client_for(bruno, aurora)
    shown = words(client.get(url))
    assert "Row 00" in shown
    for page in ("add/", f"{pk}/", f"{pk}/active/", f"{pk}/delete/"):
        assert f'"{url}{page}"' not in shown
        assert client.post(url + page, form).status_code == 403
    assert [(r.name, r.is_active) for r in rows_of(aurora, module)] == [("Row 00", True)]


@each
def test_manager_changes_but_asks_the_owner_for_a_bigger_plan(
    module: str, client_for: Clients, mara: User, aurora: Tenant, plan: Plan
) -> None:
    _model, url, form = KINDS[module]
    client = client_for(mara, aurora)
    assert client.post(url + "add/", form).status_code == 302
    allow(plan, **{module: 1})
    page = words(client.get(url))
    assert "ask the owner to upgrade to a plan with more headroom" in page
    assert "/panel/billing/" not in page


@each
def test_rows_that_are_not_ours_are_not_here(module: str, owner: Client, borealis: Tenant) -> None:
    _model, url, form = KINDS[module]
    foreign = fill(borealis, module, 9)[-1]
    for pk in (foreign, 0, 10**30):
        for page in (f"{pk}/", f"{pk}/delete/"):
            assert owner.get(url + page).status_code == 404
            assert owner.post(url + page, form).status_code == 404
        assert owner.post(f"{url}{pk}/active/", {"active": "0"}).status_code == 404
    assert all(r.is_active and r.name.startswith("Row") for r in rows_of(borealis, module))


@each
def test_name_with_markup_is_shown_as_it_was_typed(
    module: str, owner: Client, aurora: Tenant
) -> None:
    _model, url, form = KINDS[module]
    name = "<script>alert(1)</script>\"'&"
    owner.post(url + "add/", form | {"name": name})
    pk = rows_of(aurora, module)[0].pk
    for page in (url, f"{url}{pk}/", f"{url}{pk}/delete/", "/"):
        text = owner.get(page).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert (
        "<script>"
        not in owner.post(
            f"{url}{pk}/active/", {"active": "0"}, headers={"hx-request": "true"}
        ).content.decode()
    )
