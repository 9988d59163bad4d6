"""What the Billing page shows of a tenant's money: the section “Balance and payments”."""

from typing import Any

from billing.ledger import balance_of
from billing.models import BalanceAccount
from billing.panel.payment_table import latest_payments
from billing.services.funds import FUNDS
from billing.services.ways import ways_to_pay
from tenants.models import Tenant


def money_section(
    tenant: Tenant,
    *,
    is_primary: bool = False,
    account: BalanceAccount | None = None,
    can_add: bool | None = None,
) -> dict[str, Any]:
    """The context of `billing/money/_section.html`, below one name. Three queries; one less for what is given.

    `is_primary`: no other button of the page is the primary one, so *Add funds* may be. `account`, and `can_add`,
    whether there is a way to add funds: where the caller has asked for them already.
    """
    return {
        "money": {
            "account": account or balance_of(tenant),
            "rows": latest_payments(tenant),
            "can_add": bool(ways_to_pay(FUNDS)) if can_add is None else can_add,
            "is_primary": is_primary,
        }
    }
