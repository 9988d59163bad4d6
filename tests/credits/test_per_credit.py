"""What one credit costs, in words."""

import pytest

from credits.per_credit import per_credit


@pytest.mark.parametrize(
    ("price", "credits", "currency", "text"),
    [
        (1900, 500, "USD", "$0.038"),
        (1900, 700, "USD", "$0.0271"),
        (100, 3, "USD", "$0.333"),
        (1500, 10, "USD", "$1.50"),
        (1000, 1, "USD", "$10.00"),
        (123456, 1, "USD", "$1,234.56"),
        (1, 10_000_000, "USD", "$0.000000001"),
        (99_999, 100_000, "USD", "$0.01"),
        (500, 100, "JPY", "¥5"),
        (1900, 500, "JPY", "¥3.80"),
    ],
)
def test_price_of_a_credit(price: int, credits: int, currency: str, text: str) -> None:
    assert per_credit(price, credits, currency, "en") == text
