"""What the price lists of the landing page and of Billing have in common."""

from decimal import Decimal

import pytest

from plans.entitlements import UNLIMITED
from plans.models import Plan
from tenants.cards import Offer, common_discount


def priced(discount: str, annual_price: int = 9000) -> Plan:
    return Plan(annual_price=annual_price, annual_discount=Decimal(discount))


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        ([], ""),
        ([priced("17.00"), priced("17")], "17"),
        ([priced("16.50")], "16.5"),
        ([priced("20.00")], "20"),
        ([priced("17"), priced("20")], ""),
        ([priced("0.00")], ""),
        ([priced("17"), priced("0", annual_price=0)], "17"),
    ],
)
def test_common_discount_is_said_when_all_paid_plans_agree(
    plans: list[Plan], expected: str
) -> None:
    assert common_discount(plans) == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ceiling", "text"), [(1200, "1,200 a month"), (UNLIMITED, "Unlimited"), (0, "0")]
)
def test_limit_by_the_month_says_so_beside_its_number(ceiling: int, text: str, plan: Plan) -> None:
    plan.limits |= {"appointments": ceiling, "staff": 5}
    said = {str(label): words for label, words in Offer(plan).limits}
    assert said["Appointments"] == text
    assert said["Staff"] == "5"
    assert not any("month" in label for label in said)
