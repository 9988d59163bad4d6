"""What is done to one workflow at the press of a button."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from saas.core import clock
from saas.core.htmx import saved
from workflows.pages.desk import Desk
from workflows.services import rules


def switch(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """On for `active=1`, off for anything else. Back to the list, or to the editor for `from=editor`."""
    on = request.POST.get("active") == "1"
    workflow = rules.switch(desk.tenant, pk, clock.now(), on=on)
    text = _("“%(name)s” is switched on.") if on else _("“%(name)s” is switched off.")
    back = desk.url("edit", pk) if request.POST.get("from") == "editor" else desk.list_url
    return saved(request, back, text % {"name": workflow})


def duplicate(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    workflow = rules.duplicate(desk.tenant, pk, clock.now())
    text = _("“%(name)s” is a copy, switched off.")
    return saved(request, desk.url("edit", workflow.pk), text % {"name": workflow})


def delete_page(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """The question, with the list of what will happen; after a POST it has happened."""
    if request.method == "POST":
        workflow = rules.delete(desk.tenant, pk)
        text = _("“%(name)s” is deleted.") % {"name": workflow}
        return saved(request, desk.list_url, text)
    workflow = desk.find(pk)
    context = {
        "title": _("Delete “%(name)s”?") % {"name": workflow},
        "happens": _what_happens(rules.loss(workflow)),
        "action": request.path,
        "action_label": _("Delete"),
        "danger": True,
        "back_url": desk.list_url,
        "back_label": _("Workflows"),
        "shell": desk.shell,
    }
    return render(request, "ui/confirm.html", context)


def _what_happens(loss: rules.Loss) -> list[str]:
    ahead = ngettext(
        "%(n)s reminder that lies ahead is dropped.",
        "%(n)s reminders that lie ahead are dropped.",
        loss.ahead,
    )
    runs = ngettext(
        "Its log with %(n)s entry is deleted.", "Its log with %(n)s entries is deleted.", loss.runs
    )
    messages = ngettext(
        "%(n)s message that it made stays in your messages; what is still waiting is sent.",
        "%(n)s messages that it made stay in your messages; those still waiting are sent.",
        loss.messages,
    )
    said = [
        text % {"n": count}
        for text, count in (
            (ahead, loss.ahead),
            (runs, loss.runs),
            (messages, loss.messages),
        )
        if count
    ]
    return [*said, _("To keep it for later, close this and switch it off instead.")]
