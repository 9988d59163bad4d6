"""The log of one workflow: newest first, in pages, with what became of each message."""

from datetime import timedelta

import pytest
from django.test import Client

from tenants.models import Tenant
from tests.booking.pages import queries_for, words
from tests.workflows.editor.scene import NOW, stored
from workflows.models import Message, Run, State, Workflow
from workflows.pages.log import A_PAGE


def runs(workflow: Workflow, count: int, *, at_once: bool = False) -> list[Run]:
    return [
        Run.objects.create(
            workflow=workflow, tenant=workflow.tenant, event=workflow.event, about=f"Cake {number:03}",
            at=NOW if at_once else NOW + timedelta(minutes=number), outcome="done", detail="All well",
        )
        for number in range(count)
    ]  # fmt: skip


def message(run: Run, key: str, state: State, detail: str = "") -> None:
    Message.objects.create(
        tenant=run.tenant, workflow=run.workflow, run=run, key=key, channel="sms", state=state,
        address="+351912345678", name="Clara Nunes", detail=detail,
    )  # fmt: skip


def test_nothing_yet(owner: Client, aurora: Tenant) -> None:
    workflow = stored(aurora)
    assert "It is switched off." in words(owner.get(f"/panel/workflows/{workflow.pk}/log/"))


def test_run_says_what_came_of_it(owner: Client, aurora: Tenant) -> None:
    workflow = stored(aurora)
    run = runs(workflow, 1)[0]
    message(run, "a", State.DELIVERED)
    message(run, "b", State.FAILED, "No such number.")
    page = words(owner.get(f"/panel/workflows/{workflow.pk}/log/"))
    for said in (
        "Cake 000",
        "All well",
        "Done",
        "Delivered",
        "Failed",
        "No such number.",
        "Clara Nunes",
    ):
        assert said in page


@pytest.mark.parametrize("at_once", [False, True])
def test_pages_show_every_run_once(owner: Client, aurora: Tenant, at_once: bool) -> None:
    workflow = stored(aurora)
    runs(workflow, A_PAGE + 3, at_once=at_once)
    first = owner.get(f"/panel/workflows/{workflow.pk}/log/")
    second = owner.get(f"/panel/workflows/{workflow.pk}/log/", {"after": first.context["older"]})
    seen = [line.run.about for page in (first, second) for line in page.context["lines"]]
    assert seen == [f"Cake {number:03}" for number in reversed(range(A_PAGE + 3))]
    assert second.context["older"] == ""
    assert "Newest" in words(second)


@pytest.mark.parametrize(
    "after", ["x", "~", "2026-12-01~1", "2026-12-01T09:00:00+00:00~" + "9" * 30, "\0~1"]
)
def test_bad_mark_is_the_first_page(owner: Client, aurora: Tenant, after: str) -> None:
    workflow = stored(aurora)
    runs(workflow, 1)
    response = owner.get(f"/panel/workflows/{workflow.pk}/log/", {"after": after})
    assert "Cake 000" in words(response)


def test_queries_do_not_grow(owner: Client, aurora: Tenant) -> None:
    few, many = stored(aurora, "Few"), stored(aurora, "Many")
    message(runs(few, 1)[0], "few", State.SENT)
    for number, run in enumerate(runs(many, 30)):
        message(run, str(number), State.SENT)
    one = queries_for(owner, f"/panel/workflows/{few.pk}/log/")
    assert queries_for(owner, f"/panel/workflows/{many.pk}/log/") == one
