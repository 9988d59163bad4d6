"""What the price lists of the landing page and of Billing have in common."""

from decimal import Decimal

import pytest

from plans.models import Plan
from tenants.cards import common_discount


def plan(discount: str, annual_price: int = 9000) -> Plan:
    return Plan(annual_price=annual_price, annual_discount=Decimal(discount))


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        ([], ""),
        ([plan("17.00"), plan("17")], "17"),
        ([plan("16.50")], "16.5"),
        ([plan("20.00")], "20"),
        ([plan("17"), plan("20")], ""),
        ([plan("0.00")], ""),
        ([plan("17"), plan("0", annual_price=0)], "17"),
    ],
)
def test_common_discount_is_said_when_all_paid_plans_agree(
    plans: list[Plan], expected: str
) -> None:
    assert common_discount(plans) == expected
