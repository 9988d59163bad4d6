"""The Tenants pages as a browser would use them."""

import re
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tenants.models import Tenant
from tests.plans.pages import read_form

LIST = "/console/tenants/"
HTMX = {"HX-Request": "true"}


def names(response: HttpResponse) -> list[str]:
    """Names of the tenants in the table, from top to bottom."""
    return re.findall(r'class="title" href="[^"]*">([^<]+)</a>', response.content.decode())


def text_of(response: HttpResponse) -> str:
    """The words of the page, with single spaces."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def page_of(tenant: Tenant, tail: str = "") -> str:
    return f"{LIST}{tenant.pk}/{tail}"


def typed(client: Client, path: str, **changes: Any) -> dict[str, Any]:
    """The fields of the form at `path` with `changes` laid over; None takes one out."""
    values: dict[str, Any] = read_form(client.get(path))
    for name, value in changes.items():
        values.pop(name, None)
        if value is not None:
            values[name] = value
    return values


def send(client: Client, path: str, **changes: Any) -> HttpResponse:
    """Open the form at `path`, type `changes`, send it."""
    return client.post(path, typed(client, path, **changes))


def edit(client: Client, tenant: Tenant, **changes: Any) -> HttpResponse:
    return send(client, page_of(tenant, "edit/"), **changes)


def queries_of(client: Client, path: str) -> tuple[HttpResponse, list[str]]:
    """The page, and the statements that it cost; choosing the schema is none."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path)
    statements = [query["sql"] for query in captured]
    return response, [sql for sql in statements if not sql.startswith("SET search_path")]
