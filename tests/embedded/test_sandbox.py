"""Stripe's double beside the product: where it listens, and when there is none."""

import pytest

from saas.embedded import product, sandbox


@pytest.mark.parametrize(("port", "double"), [(8000, 8100), (65535, 65435)])
def test_double_listens_a_little_beside_the_product(port: int, double: int) -> None:
    assert sandbox.stripe_port(port) == double


def test_product_is_told_of_the_double(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENANTRY_STRIPE_SANDBOX_URL", raising=False)
    monkeypatch.setenv("PORT", "8010")
    env = product.demo_environment()
    assert env["TENANTRY_STRIPE_SANDBOX_URL"] == "http://localhost:8110"
    assert [child.name for child in product.product_children(env, 8010)] == [
        "stripe",
        "web",
        "worker",
    ]


def test_an_empty_address_means_no_double(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANTRY_STRIPE_SANDBOX_URL", "")
    env = product.demo_environment()
    assert [child.name for child in product.product_children(env, 8000)] == ["web", "worker"]
