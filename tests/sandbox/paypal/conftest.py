"""A sandbox per test, and a seller that speaks PayPal's API to it without any code of the product."""

from collections.abc import Iterator

import pytest

from sandbox.paypal.testing import PayPalSandbox
from tests.sandbox.paypal.seller import START, Seller


@pytest.fixture
def sandbox() -> Iterator[PayPalSandbox]:
    """At noon of 31 January, the date that tells how months are counted."""
    with PayPalSandbox(START) as running:
        yield running


@pytest.fixture
def seller(sandbox: PayPalSandbox) -> Seller:
    return Seller(sandbox)
