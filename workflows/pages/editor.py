"""The editor: what happens, on which conditions, and what is done then."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from saas.core import clock
from saas.core.errors import DomainError
from saas.core.htmx import saved
from saas.core.throttling import throttle
from tenants.models import User
from workflows import previews
from workflows.models import Workflow
from workflows.pages.counts import paces
from workflows.pages.desk import Desk
from workflows.rule_form import RuleForm
from workflows.services import rules, trying

SAVES = {"save", "save-on"}
NEW = rules.Rule(name="", event="")
TRIES = "10/hour"


def add_page(request: HttpRequest, desk: Desk) -> HttpResponse:
    return _page(request, desk, None)


def edit_page(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    return _page(request, desk, desk.find(pk))


def _page(request: HttpRequest, desk: Desk, workflow: Workflow | None) -> HttpResponse:
    """The form; every button of it posts it, and “save” stores it or says (422) what is wrong beside each field."""
    if request.method != "POST":
        form = _stored(desk, workflow)
        return _render(request, desk, workflow, form)
    order = request.POST.get("do", "")
    form = RuleForm.posted(desk.tenant, request.POST, check=order in SAVES)
    if order in SAVES:
        stored = _store(desk, workflow, form, turn_on=order == "save-on")
        if stored is None:
            return _render(request, desk, workflow, form, status=422)
        on = _("“%(name)s” is saved and on.")
        text = on if stored.is_on else _("“%(name)s” is saved. It is off.")
        return saved(request, desk.url("edit", stored.pk), text % {"name": stored})
    if order.startswith("try:"):
        _try(request, desk, form, order.removeprefix("try:"))
    else:
        form.obey(order)
    return _render(request, desk, workflow, form)


def _stored(desk: Desk, workflow: Workflow | None) -> RuleForm:
    if workflow is None:
        return RuleForm.shown(desk.tenant, NEW)
    seen = workflow.changed_at.isoformat()
    return RuleForm.shown(desk.tenant, rules.rule_of(workflow), seen)


def _store(
    desk: Desk, workflow: Workflow | None, form: RuleForm, *, turn_on: bool
) -> Workflow | None:
    """The stored workflow; None, with what is wrong said in the form, when it cannot be."""
    stays_on = turn_on or (workflow is not None and workflow.is_on)
    if not form.is_valid:
        return None
    if stays_on and not form.actions:
        form.refusal = _("Add an action first: while it is on, something has to be done.")
        return None
    now = clock.now()
    try:
        if workflow is None:
            return rules.create(desk.tenant, form.rule(), now, is_on=turn_on)
        return rules.save(
            desk.tenant, workflow.pk, form.rule(), now, seen=form.seen, turn_on=turn_on
        )
    except rules.Newer as newer:
        form.refusal = str(newer.message)
        form.seen = desk.find(workflow.pk).changed_at.isoformat() if workflow else ""
    except rules.TooManyWorkflows as full:
        form.refusal = str(full.message)
    return None


def _try(request: HttpRequest, desk: Desk, form: RuleForm, number: str) -> None:
    """Send one action as it stands in the form to whoever presses the button, and say so beside it."""
    part = form.action(number)
    if part is None or form.event is None or not part.can_be_tried:
        return
    checked = RuleForm.posted(desk.tenant, request.POST, check=True).action(number)
    if checked is None or not checked.form.is_valid():
        if checked is not None:
            part.form = checked.form  # says what is wrong with it
        part.tried = _("Not sent: look at what is marked above first.")
        return
    key = str(desk.tenant.pk if desk.tenant else f"console-{request.user.pk}")
    try:
        throttle(request, "workflow-try", TRIES, key=key)
        message = trying.send_sample(
            desk.tenant,
            form.event,
            part.kind,
            checked.form.cleaned_data,
            user=cast(User, request.user),
            address=part.try_to,
            now=clock.now(),
        )
    except DomainError as error:  # said here, so that nothing that was typed is lost
        part.tried = str(error.message)
    else:
        part.tried, part.tried_well = (
            _("On its way to %(address)s.") % {"address": message.address},
            True,
        )


def _render(
    request: HttpRequest, desk: Desk, workflow: Workflow | None, form: RuleForm, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        "desk": desk,
        "shell": desk.shell,
        "workflow": workflow,
        "form": form,
        "previews": previews.of(form),
        "title": workflow.name if workflow else _("New workflow"),
    }
    if workflow:
        channels = [part.kind.channel for part in form.actions if part.kind.channel]
        context["paces"] = paces(workflow, channels, clock.now())
        for page in ("log", "duplicate", "delete", "active"):
            context[f"{page}_url"] = desk.url(page, workflow.pk)
    return render(request, "workflows/editor.html", context, status=status)
