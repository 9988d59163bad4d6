"""Each difference about credits is made on real rows and found by its name; otherwise nothing is found."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from billing.models import Payment
from billing.services.reconciliation.findings import KINDS, Finding
from billing.services.reconciliation.reconciling import reconcile
from credits import reconciliation
from credits.models import CreditAccount, CreditEntry, PackPurchase
from credits.services import movements
from credits.services.accounts import set_warning
from credits.services.renewing import renew_due
from credits.services.spending import give_back
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.credits.shop import bought, gone, ordered, pack_of, sent
from tests.world import World

LATER = NOW + timedelta(days=2)
NEXT_MONTH = NOW + timedelta(days=35)


@pytest.fixture
def limited(world: World) -> Tenant:
    Tenant.objects.filter(pk=world.aurora.pk).update(plan=world.small_plan)
    return Tenant.objects.select_related("plan").get(pk=world.aurora.pk)


@pytest.fixture
def busy(limited: Tenant, borealis: Tenant, olivia: User) -> Tenant:
    """Salon Aurora after busy months: messages, purchases, refunds down into debt, a dispute that was won, gifts."""
    pack = pack_of(credits=10, price=1000)
    first = bought(limited, pack, 2)
    keys = [sent(limited, units=3) for _number in range(4)]
    give_back(limited, "sms", keys[:1], NOW)
    give_back(limited, "sms", keys[-1:], NOW)
    gone(first, 333)
    gone(first, 1667, key="dp", is_dispute=True)
    gone(first, 1667, key="dp", is_dispute=True, is_reversed=True)
    hand(limited, 40, olivia)
    hand(limited, -3, olivia)
    second = bought(limited, pack, at=LATER)
    gone(second, 1000, at=LATER)
    late = sent(limited, units=4, at=LATER)
    give_back(limited, "sms", [late], NEXT_MONTH)
    sent(limited, units=2, at=NEXT_MONTH)
    give_back(limited, "sms", keys[1:2], NEXT_MONTH)
    bought(borealis, pack_of("email"))
    sent(borealis, "email", 7)
    ordered(borealis, pack)
    return limited


def hand(tenant: Tenant, credits: int, by: User) -> None:
    movements.correct(tenant, "sms", credits, reason="By hand", by=by, key=str(credits), now=NOW)


def found(now: Any = NEXT_MONTH) -> list[Finding]:
    return [one for one in reconcile(now, is_local=True).findings if one.kind.startswith("credit_")]


def kinds(now: Any = NEXT_MONTH) -> list[str]:
    return [one.kind for one in found(now)]


@contextmanager
def unguarded() -> Iterator[Any]:
    """A cursor for meddling with rows that the database does not let anybody change."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE credits_creditentry DISABLE TRIGGER append_only")
        yield cursor
        cursor.execute("ALTER TABLE credits_creditentry ENABLE TRIGGER append_only")


def account(tenant: Tenant) -> CreditAccount:
    return CreditAccount.objects.get(tenant=tenant, channel="sms")


def test_where_nothing_is_wrong_nothing_is_found(busy: Tenant) -> None:
    assert reconcile(NEXT_MONTH, is_local=True).findings == []
    assert {entry.kind for entry in CreditEntry.objects.all()} == set(CreditEntry.Kind.values)


def test_month_that_began_without_a_movement_is_no_difference(busy: Tenant) -> None:
    much_later = NEXT_MONTH + timedelta(days=35)
    assert renew_due(much_later)
    assert kinds(much_later) == []
    set_warning(busy, "sms", 3, much_later + timedelta(days=35))
    assert kinds(much_later + timedelta(days=36)) == []


def test_account_that_was_taken_over_with_use_is_no_difference(limited: Tenant) -> None:
    start, end = limited.usage_window(NOW)
    CreditAccount.objects.create(
        tenant=limited, channel="sms", window_start=start, renews_at=end, monthly_used=3
    )
    assert kinds(NOW) == []
    sent(limited, units=2)
    assert kinds(NOW) == []
    CreditAccount.objects.update(monthly_used=2)
    assert kinds(NOW) == ["credit_month"]


def credits_are_off(busy: Tenant) -> None:
    CreditAccount.objects.filter(pk=account(busy).pk).update(purchased_left=F("purchased_left") + 1)


def debt_is_off(busy: Tenant) -> None:
    CreditAccount.objects.filter(pk=account(busy).pk).update(purchased_left=0, debt=5)


def count_is_off(busy: Tenant) -> None:
    CreditAccount.objects.filter(pk=account(busy).pk).update(seq=F("seq") + 1)


def number_is_missing(busy: Tenant) -> None:
    """The last one has moved on."""
    last = account(busy)
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE credits_creditentry SET seq = seq + 1 WHERE account_id = %s AND seq = %s",
            [last.pk, last.seq],
        )


def change(busy: Tenant, what: str, seq: int = 2) -> None:
    with unguarded() as cursor:
        cursor.execute(
            f"UPDATE credits_creditentry SET {what} WHERE account_id = %s AND seq = %s",
            [account(busy).pk, seq],
        )


def chain_of_purchased_is_broken(busy: Tenant) -> None:
    change(busy, "purchased_after = purchased_after + 1")


def chain_of_debt_is_broken(busy: Tenant) -> None:
    change(busy, "debt_after = 4")


def chain_of_the_month_is_broken(busy: Tenant) -> None:
    change(busy, "monthly_used_after = monthly_used_after + 1")


def month_does_not_begin_at_zero(busy: Tenant) -> None:
    """The first spend of the new month, and what follows it."""
    first = CreditEntry.objects.filter(account=account(busy), kind="spent").order_by("-seq")[0]
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE credits_creditentry SET monthly_used_after = monthly_used_after + 1"
            " WHERE account_id = %s AND seq >= %s",
            [first.account_id, first.seq],
        )
    CreditAccount.objects.filter(pk=first.account_id).update(monthly_used=F("monthly_used") + 1)


def month_is_off(busy: Tenant) -> None:
    CreditAccount.objects.filter(pk=account(busy).pk).update(monthly_used=F("monthly_used") + 1)


def month_went_back(busy: Tenant) -> None:
    CreditAccount.objects.filter(pk=account(busy).pk).update(
        window_start=F("window_start") - timedelta(days=31)
    )


def first_purchase() -> PackPurchase:
    return PackPurchase.objects.order_by("pk")[0]


def purchase_has_no_movement(busy: Tenant) -> None:
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE credits_creditentry SET kind = 'grant', purchase_id = NULL WHERE purchase_id = %s",
            [first_purchase().pk],
        )


def purchase_is_gone(busy: Tenant) -> None:
    purchase_has_no_movement(busy)
    first_purchase().delete()


def fewer_than_paid_for(busy: Tenant) -> None:
    PackPurchase.objects.filter(pk=first_purchase().pk).update(quantity=3)


def refund_took_nothing(busy: Tenant) -> None:
    purchase = first_purchase()
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE credits_creditentry SET purchase_id = NULL WHERE purchase_id = %s AND kind = 'taken_back'"
            " AND seq = (SELECT min(seq) FROM credits_creditentry WHERE kind = 'taken_back'"
            " AND purchase_id = %s)",
            [purchase.pk, purchase.pk],
        )


def grant_is_called_a_purchase(busy: Tenant) -> None:
    with unguarded() as cursor:
        cursor.execute("UPDATE credits_creditentry SET kind = 'purchase' WHERE kind = 'grant'")


def purchase_of_another_tenant(busy: Tenant, other: Tenant) -> None:
    PackPurchase.objects.filter(pk=first_purchase().pk).update(tenant=other)


CASES: list[tuple[Callable[..., None], str]] = [
    (credits_are_off, "credit_sum"),
    (debt_is_off, "credit_sum"),
    (count_is_off, "credit_gap"),
    (number_is_missing, "credit_gap"),
    (chain_of_purchased_is_broken, "credit_chain"),
    (chain_of_debt_is_broken, "credit_chain"),
    (chain_of_the_month_is_broken, "credit_chain"),
    (month_does_not_begin_at_zero, "credit_chain"),
    (month_is_off, "credit_month"),
    (month_went_back, "credit_month"),
    (purchase_has_no_movement, "credit_missing"),
    (purchase_is_gone, "credit_missing"),
    (fewer_than_paid_for, "credit_missing"),
    (refund_took_nothing, "credit_missing"),
    (grant_is_called_a_purchase, "credit_unpaid"),
]


@pytest.mark.parametrize(("meddle", "kind"), CASES, ids=[case[0].__name__ for case in CASES])
def test_difference_is_found_by_name(busy: Tenant, meddle: Callable[..., None], kind: str) -> None:
    assert kinds() == []
    meddle(busy)
    differences = found()
    assert {one.kind for one in differences} == {kind}
    assert all(one.tenant_id == busy.pk for one in differences)
    assert kind in KINDS


def test_purchase_of_another_tenant_is_missed_here_and_unpaid_there(
    busy: Tenant, borealis: Tenant
) -> None:
    purchase_of_another_tenant(busy, borealis)
    assert set(kinds()) == {"credit_missing", "credit_unpaid"}


def test_payment_that_did_not_come_in_has_bought_nothing(busy: Tenant) -> None:
    """The database keeps the dates of a payment together, so it is one that waits again."""
    Payment.objects.filter(pk=first_purchase().payment_id).update(
        status="pending", paid_at=None, fulfilled_at=None, refunded=0
    )
    assert "credit_unpaid" in kinds()


@pytest.mark.parametrize(
    ("meddle", "text"),
    [
        (credits_are_off, "SMS credits of Salon Aurora: the account says {more}; the movements come to {left}."),
        (
            month_is_off,
            ("SMS credits of Salon Aurora: the account says that {used} of this month are used; "
            "its movements say 2."),
        ),
        (
            fewer_than_paid_for,
            ("2 × 10 sms of Salon Aurora ($20.00) was for 30 credits, and $3.33 went back; "
            "17 of it are there."),
        ),
        (purchase_is_gone, "2 × 10 sms of Salon Aurora ($20.00) has no purchase."),
    ],
)  # fmt: skip
def test_sentence_says_what_is_wrong(busy: Tenant, meddle: Callable[..., None], text: str) -> None:
    left = account(busy).purchased_left
    meddle(busy)
    assert found()[0].text == text.format(left=left, more=left + 1, used=3)


def test_each_question_has_a_title() -> None:
    assert {one.kind for one in reconciliation.QUESTIONS} == set(reconciliation.KINDS)
    assert set(reconciliation.KINDS) <= set(KINDS)
