"""What goes wrong, and what must not go wrong because of it: one broken action, a loop, a business that is closed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from saas.core import clock
from saas.core.events import emit
from tenants.models import Tenant
from tests.workflows.dispatch.bakery import NOW, bake, listen
from tests.workflows.dispatch.rules import dispatch, outcomes, texts
from workflows.models import Message, Occurrence, Run
from workflows.services import keeping, loops
from workflows.services.dispatch import dispatch_due
from workflows.services.recording import NoTenant

pytestmark = [pytest.mark.usefixtures("cakes"), pytest.mark.django_db]


def test_event_of_a_tenant_that_names_none_is_refused() -> None:
    with pytest.raises(NoTenant):
        emit("cake.baked", cake_id=7)
    assert not Occurrence.objects.exists()


def test_occurrence_without_its_tenant_is_told_to_nobody(aurora: Tenant) -> None:
    made = listen(None)
    bake(aurora, 7)
    Occurrence.objects.update(tenant=None)
    assert dispatch_due(NOW) == 1
    assert Occurrence.objects.get().attempts == 1
    assert outcomes(made) == []
    assert not Message.objects.exists()


def test_payload_that_is_no_json_is_refused(aurora: Tenant) -> None:
    listen(aurora)
    with pytest.raises(TypeError):
        emit("cake.baked", tenant_id=aurora.pk, cake_id=7, at=NOW)


def test_broken_action_spoils_no_other_one(aurora: Tenant) -> None:
    broken = listen(aurora, kinds=("bakery_burn", "bakery_note"))
    fine = listen(aurora)
    bake(aurora, 7)
    assert dispatch(NOW) == 1
    assert outcomes(broken) == [("failed", "“Burn” failed: something went wrong here.")]
    assert outcomes(fine) == [("done", "")]
    assert texts() == ["Cake 7", "Cake 7"]
    assert not Occurrence.objects.exists()


def test_action_whose_app_is_gone_is_said(aurora: Tenant) -> None:
    made = listen(aurora, kinds=("fax", "bakery_note"))
    bake(aurora, 7)
    dispatch(NOW)
    assert outcomes(made) == [("done", "“fax” is not part of the plan.")]


def test_event_whose_app_is_gone_disappears(aurora: Tenant) -> None:
    made = listen(aurora, "cake.iced")
    bake(aurora, 7)
    Occurrence.objects.update(event="cake.iced")
    assert dispatch(NOW) == 1
    assert outcomes(made) == []


def test_workflow_that_causes_itself_is_stopped(aurora: Tenant) -> None:
    made = listen(aurora, kinds=("bakery_bake",))
    bake(aurora, 7)
    assert dispatch(clock.now() + loops.WINDOW) == loops.DEEPEST + 2
    ends = [outcome for outcome, _detail in outcomes(made)]
    assert ends == ["done"] * (loops.DEEPEST + 1) + ["stopped"]
    assert not Occurrence.objects.exists()


def test_what_comes_too_often_in_one_batch_is_stopped_as_well(aurora: Tenant) -> None:
    made, other = listen(aurora), listen(aurora)
    bake(aurora, *[7] * (loops.MOST_RUNS + 3), 8)
    dispatch_due(NOW)
    for one in (made, other):
        about_seven = Run.objects.filter(workflow=one, subject_id=7).order_by("pk")
        assert [run.outcome for run in about_seven] == ["done"] * 10 + ["stopped"] * 3
        assert Run.objects.get(workflow=one, subject_id=8).outcome == "done"
    bake(aurora, 7, at=NOW + loops.WINDOW)
    dispatch_due(NOW + loops.WINDOW)
    assert outcomes(made)[-1] == ("done", "")


def test_of_a_closed_business_the_platform_alone_hears(aurora: Tenant, borealis: Tenant) -> None:
    own, ours, others = listen(aurora), listen(None), listen(borealis)
    Tenant.objects.filter(pk=aurora.pk).update(suspended_at=timezone.now())
    bake(aurora, 7)
    dispatch(NOW)
    assert outcomes(own) == outcomes(others) == []
    assert outcomes(ours) == [("done", "")]
    message = Message.objects.get()
    assert (message.tenant, message.workflow) == (None, ours)


def test_event_is_asked_again_of_nobody_who_came_later(aurora: Tenant) -> None:
    bake(aurora, 7)
    dispatch(NOW)
    made = listen(aurora)
    assert dispatch(NOW + loops.WINDOW) == 0
    assert outcomes(made) == []


def test_what_was_long_ago_is_forgotten(aurora: Tenant) -> None:
    made = listen(aurora)
    for days in (0, 2, 320):
        bake(aurora, 7, at=NOW + timedelta(days=days))
        dispatch(NOW + timedelta(days=days))
    Message.objects.update(state="sent", due_at=None)
    waiting = Message.objects.earliest("pk")
    Message.objects.filter(pk=waiting.pk).update(state="queued", due_at=NOW)
    assert keeping.forget_old(NOW + timedelta(days=91)) == 1
    assert Run.objects.filter(workflow=made).count() == 2
    assert Message.objects.count() == 3
    assert keeping.forget_old(NOW + timedelta(days=403)) == 2
    assert list(Message.objects.values_list("pk", flat=True).order_by("pk"))[0] == waiting.pk
    assert Message.objects.count() == 2
