"""Forms that know what they showed: a test sends them as a browser does, from the page."""

from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.plans.pages import read_form


def stamp(client: Client, url: str, **asked: str) -> str:
    """What the form at `url` shows its settings as of."""
    return read_form(client.get(url, asked)).get("seen", [""])[0]


def send(client: Client, url: str, data: dict[str, Any], **more: Any) -> HttpResponse:
    """`data` is sent from the page that stands at `url` now."""
    asked = {"driver": data["driver"]} if "driver" in data else {}
    return client.post(url, {"seen": stamp(client, url, **asked), **data}, **more)
