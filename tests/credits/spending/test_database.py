"""What code must never do, the database refuses: every test here goes around the services."""

import pytest
from django.db import IntegrityError, connection, transaction

from credits.models import CreditPack
from tenants.models import Tenant
from tests.credits.accounting import account, have, spend, stand
from tests.tenants.allowance.month import NOW, with_limit

pytestmark = pytest.mark.django_db


def refused(sql: str, *values: object) -> str:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        run(sql, *values)
    return str(caught.value)


def run(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.fixture
def spent(aurora: Tenant) -> Tenant:
    tenant = with_limit(aurora, 1)
    have(tenant, 5)
    spend(tenant, 3, "a")
    return tenant


@pytest.mark.parametrize("column", ["purchased_left", "monthly_used", "debt", "seq"])
def test_account_never_goes_below_zero(spent: Tenant, column: str) -> None:
    before = stand(spent)
    why = refused(f"UPDATE credits_creditaccount SET {column} = -1")
    assert "credit_account_never_below_zero" in why
    assert stand(spent) == before


def test_entry_is_never_changed_nor_removed(spent: Tenant) -> None:
    assert "append-only" in refused("UPDATE credits_creditentry SET purchased = 0")
    assert "append-only" in refused("DELETE FROM credits_creditentry")


def test_key_and_number_of_an_entry_are_there_once(spent: Tenant) -> None:
    copy = (
        "INSERT INTO credits_creditentry (account_id, seq, kind, monthly, purchased, debt_amount, is_counted,"
        " window_start, monthly_used_after, purchased_after, debt_after, key, note, at)"
        " SELECT account_id, %s, kind, monthly, purchased, debt_amount, is_counted, window_start,"
        " monthly_used_after, purchased_after, debt_after, %s, note, at"
        " FROM credits_creditentry WHERE key = 'a'"
    )
    assert "credit_entry_key_once" in refused(copy, 99, "a")
    assert "credit_entry_seq_once" in refused(copy, account(spent).seq, "b")
    run(copy, 99, "b")


def test_tenant_has_one_account_for_each_channel(spent: Tenant) -> None:
    again = (
        "INSERT INTO credits_creditaccount (tenant_id, channel, window_start, renews_at, monthly_used,"
        " purchased_left, debt, seq) SELECT tenant_id, %s, window_start, renews_at, 0, 0, 0, 0"
        " FROM credits_creditaccount LIMIT 1"
    )
    assert "credit_account_once" in refused(again, "sms")
    run(again, "fax")


@pytest.mark.req(107)
@pytest.mark.parametrize(
    "change", ["price = 1", "credits = 1", "currency = 'EUR'", "channel = 'email'"]
)
def test_what_a_pack_is_sold_as_is_never_changed(db: None, change: str) -> None:
    pack = CreditPack.objects.create(
        channel="sms", name="500 SMS", price=1900, currency="USD", credits=500, created_at=NOW
    )
    assert "make another pack" in refused(f"UPDATE credits_creditpack SET {change}")
    run("UPDATE credits_creditpack SET name = 'Half a thousand', is_active = false")
    pack.refresh_from_db()
    assert (pack.name, pack.price, pack.credits) == ("Half a thousand", 1900, 500)


@pytest.mark.parametrize(
    ("price", "credits", "rule"),
    [
        (0, 1, "costs_something"),
        (-5, 1, "costs_something"),
        (1, 0, "holds_something"),
        (1, 10**7 + 1, "holds_something"),
    ],
)
def test_pack_of_nothing_or_for_nothing_is_refused(
    db: None, price: int, credits: int, rule: str
) -> None:
    with pytest.raises(IntegrityError, match=rule):
        CreditPack.objects.create(
            channel="sms", name="x", price=price, currency="USD", credits=credits, created_at=NOW
        )
