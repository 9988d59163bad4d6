"""The editor as a browser would send it: what stands in the page's form, with some of it typed over."""

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

from plans.models import Plan

HTMX = {"HX-Request": "true"}


class _FormReader(HTMLParser):
    """Collects what the page's biggest form would post without a script."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.area = ""
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        names = dict(attrs)
        if tag == "textarea":
            self.area = found["name"]
            self.values[self.area] = [""]
        elif tag == "select":
            self.select = found["name"]
        elif tag == "option" and self.select and "selected" in names:
            self.values[self.select] = [found["value"]]
        elif tag == "input" and found.get("name") and "disabled" not in names:
            box = found.get("type") in {"checkbox", "radio"}
            if not box or "checked" in names:
                default = "on" if box else ""
                self.values.setdefault(found["name"], []).append(found.get("value", default))

    def handle_data(self, data: str) -> None:
        if self.area:
            self.values[self.area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""
        if tag == "select":
            self.select = ""


def read_form(response: HttpResponse) -> dict[str, list[str]]:
    """{name: values} of all fields in the page; a textarea's leading line break is no part of it."""
    reader = _FormReader()
    reader.feed(response.content.decode())
    return {
        name: [value.removeprefix("\n").removeprefix("\r\n") for value in values]
        for name, values in reader.values.items()
    }


def address(plan: Plan | None) -> str:
    return f"/console/plans/{plan.pk}/" if plan else "/console/plans/add/"


def typed(client: Client, plan: Plan | None, **changes: Any) -> dict[str, Any]:
    """The editor's fields with `changes` laid over; None takes a field out, `__` in a name stands for `-`."""
    values: dict[str, Any] = read_form(client.get(address(plan)))
    for name, value in changes.items():
        name = name.replace("__", "-")
        values.pop(name, None)
        if value is not None:
            values[name] = value
    return values


def save(client: Client, plan: Plan | None, **changes: Any) -> HttpResponse:
    """Open the editor, type `changes`, save; where the tenants' preview comes first, confirm it."""
    response = client.post(address(plan), typed(client, plan, **changes))
    if response.status_code == 200 and "seen" in (shown := read_form(response)):
        return client.post(address(plan), {**shown, "step": "confirm"})
    return response
