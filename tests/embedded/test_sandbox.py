"""The doubles beside the product: where they listen, and when there are none."""

import pytest

from saas.embedded import product, sandbox
from saas.embedded.sandbox import DOUBLES


@pytest.mark.parametrize("double", DOUBLES, ids=lambda one: one.name)
def test_double_listens_a_little_beside_the_product(double: sandbox.Double) -> None:
    assert double.port(8000) == 8000 + double.ahead
    assert double.port(65535) == 65535 - double.ahead


def test_no_two_listen_at_the_same_place() -> None:
    assert len({double.ahead for double in DOUBLES}) == len(DOUBLES)


def test_product_is_told_of_the_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    for double in DOUBLES:
        monkeypatch.delenv(double.variable, raising=False)
    monkeypatch.setenv("PORT", "8010")
    env = product.demo_environment()
    assert env["TENANTRY_STRIPE_SANDBOX_URL"] == "http://localhost:8110"
    assert env["TENANTRY_MERCADOPAGO_SANDBOX_URL"] == "http://localhost:8111"
    assert env["TENANTRY_PAYPAL_SANDBOX_URL"] == "http://localhost:8310"
    assert [child.name for child in product.product_children(env, 8010)] == [
        *(double.name for double in DOUBLES),
        "web",
        "worker",
    ]


def test_an_empty_address_means_no_double(monkeypatch: pytest.MonkeyPatch) -> None:
    for double in DOUBLES:
        monkeypatch.setenv(double.variable, "")
    env = product.demo_environment()
    assert [child.name for child in product.product_children(env, 8000)] == ["web", "worker"]


def test_reset_forgets_what_was_bought() -> None:
    assert sandbox.state_files() == [f"{double.name}.json" for double in DOUBLES]
