"""The pages of Settings → Payments as a person reads and fills them in."""

import re
from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.plans.pages import read_form

PROBE = "/console/settings/payments/probe/"


def words(response: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def post(client: Client, path: str = PROBE, **typed: Any) -> HttpResponse:
    """Open the page, type, send it as a browser would."""
    values: dict[str, Any] = read_form(client.get(path))
    return client.post(path, {**values, **typed})
