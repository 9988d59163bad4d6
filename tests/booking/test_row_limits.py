"""A full plan on the screen: said before the click, refused after it, and nothing lost."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from plans.models import Plan
from tenants.models import Tenant, User
from tests.booking.pages import (
    KINDS,
    allow,
    fill,
    row,
    rows_of,
    words,
)

each = pytest.mark.parametrize("module", ["staff", "services", "locations"])
Clients = Callable[..., Client]
FULL = "You’ve reached your plan’s limit — upgrade to a plan with more headroom."


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@pytest.mark.req(36)
@each
def test_at_the_limit_the_button_is_dead_and_says_why_before_the_click(
    module: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, **{module: 5})
    fill(aurora, module, 5)
    url = KINDS[module][1]
    page = words(owner.get(url))
    label = module.capitalize()
    assert f"{label}: 5 / 5.</b> {FULL}" in page
    assert f'href="{url}add/"' not in page
    assert 'disabled aria-describedby="room"' in page
    assert 'href="/panel/billing/"' in page


@pytest.mark.req(36, 42)
@each
def test_at_the_limit_a_post_is_refused_and_what_was_typed_stays(
    module: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, **{module: 5})
    fill(aurora, module, 5)
    _model, url, form = KINDS[module]
    for headers in ({}, {"hx-request": "true"}):
        response = owner.post(url + "add/", form | {"name": "Typed"}, headers=headers)
        page = words(response)
        assert response.status_code == 409
        assert f"5 / 5.</b> {FULL}" in page
        assert 'value="Typed"' in page
        assert 'href="/panel/billing/"' in page
    assert len(rows_of(aurora, module)) == 5


@each
def test_at_the_limit_opening_the_form_tells_the_reason(
    module: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, **{module: 0})
    response = owner.get(KINDS[module][1] + "add/")
    assert response.status_code == 409
    assert FULL in words(response)


@each
def test_at_the_limit_switching_on_is_refused(
    module: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, **{module: 1})
    fill(aurora, module, 1)
    off = fill(aurora, module, 1, is_active=False)[0]
    response = owner.post(f"{KINDS[module][1]}{off}/active/", {"active": "1"})
    assert response.status_code == 409
    assert FULL in words(response)


@pytest.mark.req(37)
@each
def test_at_the_limit_everything_that_is_there_stays_visible_and_usable(
    module: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, **{module: 2})
    keys = fill(aurora, module, 3)
    _model, url, form = KINDS[module]
    page = words(owner.get(url))
    assert all(f"Row 0{n}" in page for n in range(3))
    assert all(f"Row 0{n}" in words(owner.get("/")) for n in range(3))
    assert owner.post(f"{url}{keys[0]}/", form | {"name": "Other"}).status_code == 302
    assert row(aurora, module, keys[0]).name == "Other"


@pytest.mark.parametrize(("used", "near"), [(3, False), (4, True)])
@each
def test_near_the_limit_the_list_says_how_many_are_left(
    module: str, used: int, near: bool, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, **{module: 5})
    fill(aurora, module, used)
    page = words(owner.get(KINDS[module][1]))
    assert ("1 left" in page) is near
    assert ("You’ve used 4 of 5" in page) is near
    assert ("See plans" in page) is near


@each
def test_paused_row_has_a_pill_and_a_sentence_and_comes_back_where_there_is_room(
    module: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, **{module: 1})
    url, pk = KINDS[module][1], fill(aurora, module, 1, paused_at=timezone.now())[0]
    other = fill(aurora, module, 1)[0]
    page = words(owner.get(url))
    assert "Paused by plan" in page
    assert "paused, not deleted: a plan with more headroom brings it back, or you do" in page
    assert "Bring back" in page

    refused = owner.post(f"{url}{pk}/active/", {"active": "1"})
    assert refused.status_code == 409
    assert "paused by your plan, not deleted" in words(refused)

    assert owner.post(f"{url}{other}/active/", {"active": "0"}).status_code == 302
    assert owner.post(f"{url}{pk}/active/", {"active": "1"}).status_code == 302
    assert row(aurora, module, pk).in_use
