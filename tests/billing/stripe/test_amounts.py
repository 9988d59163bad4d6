"""Amounts at Stripe's door: the same money, in the units in which Stripe counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.gateways.base import GatewayRefused
from billing.gateways.stripe.amounts import from_stripe, to_stripe
from plans.currencies import current_codes


@pytest.mark.parametrize(
    ("amount", "currency", "value"),
    [
        (2900, "USD", 2900),
        (500, "JPY", 500),
        (500, "UGX", 50_000),  # written with two decimals, always 00
        (500, "ISK", 50_000),
        (2990, "HUF", 2990),  # special for payouts alone
        (2990, "TWD", 2990),
        (5120, "KWD", 5120),
        (120, "RSD", 12_000),  # none by CLDR, hundredths at Stripe
        (700, "XOF", 700),
    ],
)
def test_amounts_are_the_same_money(amount: int, currency: str, value: int) -> None:
    assert to_stripe(amount, currency) == value
    assert from_stripe(value, currency) == amount


def test_third_decimal_that_cannot_be_charged_is_refused() -> None:
    with pytest.raises(GatewayRefused, match=r"5\.124 cannot be paid by card") as caught:
        to_stripe(5124, "KWD")
    assert "last decimal" in caught.value.detail


def test_fraction_that_we_do_not_count_is_rounded() -> None:
    assert [from_stripe(value, "UGX") for value in (49, 50, 149, 150)] == [0, 1, 1, 2]


@given(st.integers(0, 10**10), st.sampled_from(current_codes()))
def test_whatever_is_sent_comes_back(amount: int, currency: str) -> None:
    try:
        value = to_stripe(amount, currency)
    except GatewayRefused:
        assert amount % 10
    else:
        assert from_stripe(value, currency) == amount
