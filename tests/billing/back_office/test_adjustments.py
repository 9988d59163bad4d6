"""Balances that are adjusted by hand: with a reason, once for each press, and never below zero."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connections, transaction

from billing import ledger
from billing.ledger import Kind, Why, balance_of
from billing.models import BalanceEntry
from billing.services.adjustments import Adjustment, NotThere, adjust_balance
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.billing.money import NOW, give_funds
from tests.world import World


def wanted(by: User, amount: int, token: str = "a") -> Adjustment:
    return Adjustment(amount, "Sorry for Tuesday", token, by)


def test_what_is_put_on_stands_in_ledger_and_audit_log(aurora: Tenant, olivia: User) -> None:
    entry = adjust_balance(aurora, wanted(olivia, 1500), now=NOW)
    assert balance_of(aurora).balance == 1500
    assert (entry.kind, entry.amount, entry.note) == (Kind.ADJUSTMENT, 1500, "Sorry for Tuesday")
    assert (entry.by, entry.at) == (olivia, NOW)
    said = AuditEntry.objects.get()
    assert (said.verb, said.reason, said.actor_id) == (
        "balance.adjusted", "Sorry for Tuesday", olivia.pk,
    )  # fmt: skip
    assert said.changes == {"balance": ["$0.00", "$15.00"]}
    assert said.tenant_id == aurora.pk


def test_all_of_it_can_be_taken_off_and_not_a_cent_more(aurora: Tenant, olivia: User) -> None:
    give_funds(aurora, 4250)
    with pytest.raises(NotThere, match=r"The balance of Salon Aurora is \$42\.50"):
        adjust_balance(aurora, wanted(olivia, -4251), now=NOW)
    assert balance_of(aurora).balance == 4250
    assert not AuditEntry.objects.exists()
    adjust_balance(aurora, wanted(olivia, -4250), now=NOW)
    assert balance_of(aurora).balance == 0


def test_debt_is_settled_first(aurora: Tenant, olivia: User) -> None:
    with transaction.atomic():
        ledger.take_back(aurora.lock(), 1000, Why(Kind.TAKEN_BACK, "refund:1"), now=NOW)
    adjust_balance(aurora, wanted(olivia, 1500), now=NOW)
    account = balance_of(aurora)
    assert (account.balance, account.debt) == (500, 0)
    assert AuditEntry.objects.get().changes == {
        "balance": ["$0.00", "$5.00"], "debt": ["$10.00", "$0.00"],
    }  # fmt: skip


def test_second_press_finds_the_first(aurora: Tenant, olivia: User) -> None:
    first = adjust_balance(aurora, wanted(olivia, 1500), now=NOW)
    later = NOW + timedelta(minutes=1)
    assert adjust_balance(aurora, wanted(olivia, 1500), now=later) == first
    assert balance_of(aurora).balance == 1500
    assert AuditEntry.objects.count() == 1
    adjust_balance(aurora, wanted(olivia, 1500, token="b"), now=later)
    assert balance_of(aurora).balance == 3000


def test_nothing_is_no_adjustment(aurora: Tenant, olivia: User) -> None:
    with pytest.raises(ValueError, match="nothing"):
        adjust_balance(aurora, wanted(olivia, 0), now=NOW)


@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_pressed_by_ten_at_once_the_balance_is_taken_once(committed_world: World) -> None:
    """Ten presses, five of each showing: two adjustments, and never below zero."""
    aurora, olivia = committed_world.aurora, committed_world.olivia
    give_funds(aurora, 1000)

    def press(number: int) -> bool:
        try:
            adjust_balance(aurora, wanted(olivia, -600, token=f"showing-{number % 2}"), now=NOW)
        except NotThere:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(10) as pool:
        done = list(pool.map(press, range(10)))
    assert done.count(True) == 5
    assert balance_of(aurora).balance == 400
    assert BalanceEntry.objects.filter(tenant=aurora, amount=-600).count() == 1
