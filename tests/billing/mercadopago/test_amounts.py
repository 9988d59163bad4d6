"""Amounts at Mercado Pago's door."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.gateways.mercadopago.amounts import (
    CURRENCIES,
    WHOLE,
    NotChargeable,
    from_mercadopago,
    to_mercadopago,
)
from saas.core.money import decimals


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (10050, "BRL", 100.5),
        (10000, "BRL", 100),
        (1, "USD", 0.01),
        (500, "CLP", 500),
        (500, "PYG", 500),
        (150000, "COP", 1500),
        (9_999_999_999, "ARS", 99_999_999.99),
    ],
)
def test_amounts_are_written_as_decimals(amount: int, currency: str, written: float) -> None:
    assert to_mercadopago(amount, currency) == written
    assert from_mercadopago(Decimal(str(written)), currency) == amount


@pytest.mark.parametrize(("amount", "currency"), [(150050, "COP"), (2900, "EUR"), (1000, "KWD")])
def test_what_cannot_be_written_is_refused(amount: int, currency: str) -> None:
    with pytest.raises(NotChargeable) as refused:
        to_mercadopago(amount, currency)
    assert "cannot be paid by Mercado Pago" in str(refused.value.message)


@given(st.integers(1, 9_999_999_999), st.sampled_from(sorted(CURRENCIES)))
def test_everything_that_can_be_written_reads_back(amount: int, currency: str) -> None:
    unit = 10 ** decimals(currency) if currency in WHOLE else 1
    whole = amount // unit * unit or unit
    assert from_mercadopago(Decimal(repr(to_mercadopago(whole, currency))), currency) == whole


@pytest.mark.parametrize(
    ("value", "currency", "amount"),
    [("10.005", "BRL", 1001), ("10.004", "BRL", 1000), ("99.5", "CLP", 100), ("7", "USD", 700)],
)
def test_fractions_that_we_do_not_count_are_rounded(value: str, currency: str, amount: int) -> None:
    assert from_mercadopago(Decimal(value), currency) == amount
