"""Who may not: the staff role, other tenants, strangers, and whose plan has no workflows."""

from collections.abc import Callable

import pytest
from django.test import Client

from plans.models import Plan
from tenants.models import Tenant, User
from tests.booking.pages import switch
from tests.workflows.editor.scene import stored
from workflows.models import Workflow

Clients = Callable[..., Client]
SHOWN = ["", "add/", "{pk}/", "{pk}/delete/", "{pk}/log/"]
POSTED = ["start/remind-customer/", "{pk}/", "{pk}/active/", "{pk}/duplicate/", "{pk}/delete/"]
EVERY = [("get", page) for page in SHOWN] + [("post", page) for page in POSTED]
each = pytest.mark.parametrize(("method", "page"), EVERY)


def ask(
    client: Client, method: str, page: str, workflow: Workflow, root: str = "/panel/workflows/"
) -> int:
    return getattr(client, method)(root + page.format(pk=workflow.pk), {"active": "1"}).status_code


@each
def test_staff_role_may_not(
    method: str, page: str, client_for: Clients, bruno: User, aurora: Tenant
) -> None:
    workflow = stored(aurora)
    assert ask(client_for(bruno, aurora), method, page, workflow) in {403, 404}
    assert Workflow.objects.get() == workflow


@each
def test_managers_may(
    method: str, page: str, client_for: Clients, mara: User, aurora: Tenant
) -> None:
    if page.startswith("start/"):
        return
    assert ask(client_for(mara, aurora), method, page, stored(aurora)) in {200, 302}


@pytest.mark.parametrize(("method", "page"), [one for one in EVERY if "{pk}" in one[1]])
def test_another_tenants_workflow_is_not_there(
    method: str, page: str, client_for: Clients, carla: User, aurora: Tenant, borealis: Tenant
) -> None:
    workflow = stored(aurora)
    assert ask(client_for(carla, borealis), method, page, workflow) == 404
    workflow.refresh_from_db()
    assert not workflow.is_on


@pytest.mark.parametrize(("method", "page"), [one for one in EVERY if "{pk}" in one[1]])
def test_platforms_workflow_is_not_there_for_a_tenant_nor_a_tenants_in_the_console(
    method: str, page: str, owner: Client, admin: Client, aurora: Tenant
) -> None:
    own, platforms = stored(aurora), stored(None)
    assert ask(owner, method, page, platforms) == 404
    assert ask(admin, method, page, own, "/console/workflows/") == 404


def test_list_shows_ones_own_alone(
    owner: Client, admin: Client, aurora: Tenant, borealis: Tenant
) -> None:
    stored(aurora, "Ours")
    stored(borealis, "Theirs")
    stored(None, "The platform’s")
    page = owner.get("/panel/workflows/").content.decode()
    assert "Ours" in page
    assert "Theirs" not in page
    assert "The platform’s" not in page
    page = admin.get("/console/workflows/").content.decode()
    assert "The platform’s" in page
    assert "Ours" not in page
    assert "Theirs" not in page


@each
def test_without_the_feature_it_is_not_there(
    method: str, page: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    workflow = stored(aurora)
    switch(plan, "workflows", on=False)
    assert ask(owner, method, page, workflow) == 404


@each
def test_stranger_is_sent_to_the_login(
    method: str, page: str, client_for: Clients, aurora: Tenant
) -> None:
    workflow = stored(aurora)
    client = client_for(None, aurora)
    response = getattr(client, method)("/panel/workflows/" + page.format(pk=workflow.pk))
    assert response.status_code == 302
    assert "/login/" in response["Location"]
    workflow.refresh_from_db()
    assert not workflow.is_on


@each
def test_console_is_for_super_admins(
    method: str, page: str, client_for: Clients, ana: User, admin: Client
) -> None:
    workflow = stored(None)
    root = "/console/workflows/"
    assert ask(client_for(ana), method, page, workflow, root) in {302, 403, 404}
    assert ask(client_for(None), method, page, workflow, root) in {302, 403, 404}
    assert Workflow.objects.get() == workflow
    assert not Workflow.objects.get().is_on
    if not page.startswith("start/"):
        assert ask(admin, method, page, workflow, root) in {200, 302}
