"""The double against what Stripe says of itself: the SDK's types, its fixtures, its published specification.

Where they disagree the SDK is right: it is the one that Tenantry runs. The other two lie outside this repository.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from stripe import StripeClient

from sandbox.stripe.errors import Json
from sandbox.stripe.params import Required
from sandbox.stripe.render import INCLUDABLE, show
from sandbox.stripe.routing import ROUTES, Route
from sandbox.stripe.testing import StripeSandbox
from tests.sandbox import sdk
from tests.sandbox.shop import START, Shop

CONTRACTS = (
    Path(os.environ.get("TENANTRY_CONTRACTS", Path(__file__).parents[3] / "shared/contracts"))
    / "stripe"
)
ABSENT = f"NO CONTRACTS: Stripe's fixtures and specification are not in {CONTRACTS}."
KINDS = (
    "account", "balance_transaction", "billing_portal.configuration", "billing_portal.session", "charge",
    "checkout.session", "coupon", "customer",
    "discount", "dispute", "event", "invoice", "invoice_payment", "payment_intent", "payment_method", "price",
    "product", "refund", "subscription", "subscription_schedule", "webhook_endpoint",
)  # fmt: skip


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


# Requests


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_parameters_are_those_of_the_sdk(route: Route) -> None:
    call = (route.method, route.path)
    assert call in sdk.requests(), "the SDK sends no such request"
    known, beside = sdk.requests()[call]
    missing = list(unknown(route.spec, known, beside))
    assert missing == [] or not known.fields, "parameters that the SDK does not have"
    for name in known.fields:
        if known.is_required(name):
            assert isinstance(route.spec.get(name), Required), f"{name} is required"


def unknown(
    spec: Mapping[str, Any], known: sdk.Shape, beside: dict[str, sdk.Shape], path: str = ""
) -> Iterator[str]:
    """Declared parameters, nested ones too, that the SDK's class has not."""
    for name, reader in spec.items():
        if name not in known.fields:
            if name != "expand":
                yield path + name
            continue
        inner = reader.reader if isinstance(reader, Required) else reader
        inner = getattr(inner, "inner", inner)
        inner = inner[0] if isinstance(inner, list) else inner
        if isinstance(inner, Mapping):
            deeper = known.named_in(name, beside)
            assert deeper, f"{path}{name} is no object in the SDK"
            yield from unknown(inner, deeper, beside, f"{path}{name}.")


# Objects


@pytest.fixture(scope="module")
def made() -> dict[str, list[Json]]:
    """Everything that a busy quarter leaves behind, by kind, as it is shown."""
    with StripeSandbox(START) as sandbox:
        busy_quarter(sandbox, sandbox.client())
        store = sandbox.world.store
        return {kind: [show(store, each) for each in store.all(kind)] for kind in store.objects}


def busy_quarter(sandbox: StripeSandbox, client: StripeClient) -> None:
    shop = Shop(sandbox, client)
    coupon = client.v1.coupons.create(
        {"amount_off": 900, "currency": "usd", "duration": "once", "id": "ONCE"}
    )
    subscription = shop.subscription(
        "4444", customer=shop.customer(), discounts=[{"coupon": coupon.id}]
    )
    client.v1.subscription_schedules.create({"from_subscription": subscription.id})
    shop.subscription(subscription_data={"trial_period_days": 7})
    portal = client.v1.billing_portal.configurations.create(
        {"features": {"payment_method_update": {"enabled": True}}}
    )
    client.v1.billing_portal.sessions.create(
        {"customer": subscription.customer, "configuration": portal.id}
    )
    first, second = shop.payment().payment_intent.id, shop.payment().payment_intent.id
    client.v1.refunds.create({"payment_intent": first})
    sandbox.dispute(second)
    sandbox.decline(
        shop.session(
            line_items=[{"price": shop.price(500, None), "quantity": 1}], mode="payment"
        ).url
    )
    client.v1.accounts.retrieve_current()
    sandbox.advance(days=90)


def test_every_kind_is_looked_at(made: dict[str, list[Json]]) -> None:
    assert sorted(made) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_objects_have_the_fields_of_the_sdk(made: dict[str, list[Json]], kind: str) -> None:
    assert made[kind]
    wrong = {word for obj in made[kind] for word in differences(obj, sdk.objects()[kind], kind)}
    assert wrong == set()


def differences(obj: Json, known: sdk.Shape, path: str) -> Iterator[str]:
    """Fields that the SDK does not know, and those that it promises and that are absent or null."""
    for name in obj.keys() - known.fields.keys():
        yield f"{path}.{name} is unknown"
    for name in known.fields:
        optional = not known.is_required(name) or (path, name) in INCLUDABLE
        if not optional and obj.get(name) is None:
            yield f"{path}.{name} is missing"
    for name in obj.keys() & known.fields.keys():
        for value in obj[name] if isinstance(obj[name], list) else [obj[name]]:
            yield from inside(value, known, name, path)


def inside(value: Any, known: sdk.Shape, name: str, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    kind = value.get("object")
    if kind == "list":
        for each in value["data"]:
            yield from inside(each, known, name, path)
    elif isinstance(kind, str) and kind in sdk.objects():
        yield from differences(value, sdk.objects()[kind], kind)
    elif deeper := known.named_in(name, known.inner):
        yield from differences(value, deeper, f"{path}.{name}")


# The files beside the repository


@pytest.fixture(scope="session")
def fixtures() -> Json:
    if not CONTRACTS.exists():
        pytest.skip(ABSENT)
    resources: Json = json.loads((CONTRACTS / "fixtures3.json").read_text())["resources"]
    return resources


@pytest.fixture(scope="session")
def specification() -> Json:
    """The addresses that the double has; all of Stripe's take too long to read."""
    if not CONTRACTS.exists():
        pytest.skip(ABSENT)
    text = (CONTRACTS / "spec3-2023-08-16.yaml").read_text()
    paths = re.split(r"^(?=  '?/v1/)", text, flags=re.MULTILINE)[1:]
    ours = {each.path for each in ROUTES}
    wanted = [
        each for each in paths if generic(each.strip().partition(":\n")[0].strip("'")) in ours
    ]
    cut: Json = yaml.load("paths:\n" + "".join(wanted), Loader=yaml.CSafeLoader)
    return cut


ELSEWHERE = {
    "invoice.subscription",  # gone from the SDK: parent.subscription_details
    "charge.refunds",  # only when expanded
}


@pytest.mark.parametrize("kind", KINDS)
def test_objects_have_the_fields_of_stripes_fixtures(
    made: dict[str, list[Json]], fixtures: Json, kind: str
) -> None:
    known = sdk.objects()[kind]
    expected = {
        name
        for name in fixtures[kind]
        if f"{kind}.{name}" not in ELSEWHERE and name in known.fields
    }
    for obj in made[kind]:
        assert expected - obj.keys() == set()
        for name, value in fixtures[kind].items():
            if isinstance(value, int | str | bool) and obj.get(name) is not None:
                assert type(obj[name]) is type(value), name


YOUNG = "/v1/invoice_payments"
"""Came after the published specification."""
NEWER = {
    "POST /v1/payment_intents": {"allowed_payment_method_types"},
    "POST /v1/checkout/sessions": {"adaptive_pricing", "allowed_payment_method_types", "ui_mode"},
    "GET /v1/checkout/sessions": {"created", "status"},
    "POST /v1/subscriptions": {"discounts"},
    "POST /v1/subscription_schedules/{}": {"phases.duration"},
}
"""By request: parameters that did, too."""


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_parameters_are_those_of_the_published_specification(
    specification: Json, route: Route
) -> None:
    paths = {generic(path): path for path in specification["paths"]}
    if route.path.startswith(YOUNG):
        assert route.path not in paths
        return
    operation = specification["paths"][paths[route.path]][route.method.lower()]
    assert set(absent(route.spec, schema_of(operation))) == NEWER.get(named(route), set())


def generic(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def schema_of(operation: Json) -> Json:
    """The parameters of a request as one object, wherever they are sent."""
    query = {
        each["name"]: each["schema"]
        for each in operation.get("parameters", [])
        if each["in"] == "query"
    }
    content = operation.get("requestBody", {}).get("content", {})
    form = (
        content.get("application/x-www-form-urlencoded", {}).get("schema", {}).get("properties", {})
    )
    return {"properties": query | form}


def absent(spec: Mapping[str, Any], schema: Json, path: str = "") -> Iterator[str]:
    for name, reader in spec.items():
        if name not in schema.get("properties", {}):
            if name != "expand":
                yield path + name
            continue
        inner = reader.reader if isinstance(reader, Required) else reader
        inner = getattr(inner, "inner", inner)
        deeper = alternatives(schema["properties"][name])
        if isinstance(inner, list):
            inner, deeper = inner[0], [each["items"] for each in deeper if "items" in each]
        if isinstance(inner, Mapping):
            with_fields = next((each for each in deeper if "properties" in each), {})
            yield from absent(inner, with_fields, f"{path}{name}.")


def alternatives(schema: Json) -> list[Json]:
    return list(schema.get("anyOf", [schema]))
