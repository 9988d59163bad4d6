"""The pages of a ledger: each entry once, whichever way one turns, at a price that does not grow."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

import credits.ledger_pages
from credits.ledger_pages import LedgerPage
from credits.models import CreditAccount, CreditEntry
from tenants.models import Tenant
from tests.billing.money import NOW

pytestmark = pytest.mark.django_db
SPENT, GRANT = CreditEntry.Kind.SPENT, CreditEntry.Kind.GRANT


@pytest.fixture
def account(aurora: Tenant) -> CreditAccount:
    return CreditAccount.objects.create(
        tenant=aurora, channel="sms", window_start=NOW, renews_at=NOW + timedelta(days=30)
    )


def write(account: CreditAccount, count: int, *, grants: tuple[int, ...] = ()) -> None:
    """So many more entries; those with the numbers `grants` are grants, the others messages."""
    first = account.seq + 1
    CreditEntry.objects.bulk_create(
        CreditEntry(
            account=account, seq=seq, kind=GRANT if seq in grants else SPENT, monthly=-1, at=NOW,
            window_start=NOW, monthly_used_after=seq, purchased_after=0, key=f"key:{seq}",
        )
        for seq in range(first, first + count)
    )  # fmt: skip
    account.seq += count
    account.save(update_fields=["seq"])


def page(account: CreditAccount, query: str = "", size: int = 3) -> LedgerPage:
    return LedgerPage(account, QueryDict(query), size)


def numbers(found: LedgerPage) -> list[int]:
    return [entry.seq for entry in found.rows]


def test_account_without_entries_has_one_empty_page(account: CreditAccount) -> None:
    found = page(account)
    assert (found.rows, found.older, found.newer) == ([], "", "")


def test_account_that_is_not_saved_has_one_empty_page(aurora: Tenant) -> None:
    found = page(CreditAccount(tenant=aurora, channel="sms"), "before=7")
    assert (found.rows, found.older, found.newer) == ([], "", "")
    assert list(found.every_entry()) == []


@pytest.mark.parametrize("count", [1, 3, 4, 6, 7])
@pytest.mark.parametrize("kind", ["", "kind=spent"])
def test_turning_to_the_end_and_back_shows_each_entry_once(
    account: CreditAccount, count: int, kind: str
) -> None:
    write(account, count)
    shown = [page(account, kind)]
    while shown[-1].older:
        shown.append(page(account, shown[-1].older))
    assert [seq for found in shown for seq in numbers(found)] == list(range(count, 0, -1))
    back = [shown[-1]]
    while back[-1].newer:
        back.append(page(account, back[-1].newer))
    assert set(numbers(back[-1])) == set(numbers(shown[0]))
    assert {seq for found in back for seq in numbers(found)} == set(range(1, count + 1))


def test_pages_stay_where_they_are_while_entries_come_in(account: CreditAccount) -> None:
    write(account, 7)
    older = page(account).older
    write(account, 5)
    assert numbers(page(account, older)) == [4, 3, 2]
    assert page(account, older).newer == "after=4"
    assert numbers(page(account, "after=4")) == [7, 6, 5]


def test_filter_goes_with_every_turn(account: CreditAccount) -> None:
    write(account, 12, grants=(2, 5, 6, 11))
    first = page(account, "kind=grant", 2)
    assert (numbers(first), first.older, first.newer) == ([11, 6], "kind=grant&before=6", "")
    second = page(account, first.older, 2)
    assert (numbers(second), second.older, second.newer) == ([5, 2], "", "kind=grant&after=5")
    assert second.query == "kind=grant"
    assert second.is_filtered


def test_another_account_is_not_shown(account: CreditAccount, borealis: Tenant) -> None:
    other = CreditAccount.objects.create(
        tenant=borealis, channel="sms", window_start=NOW, renews_at=NOW + timedelta(days=30)
    )
    write(account, 2)
    write(other, 5)
    assert {entry.account_id for entry in page(account).rows} == {account.pk}
    assert len(list(page(account).every_entry())) == 2


@pytest.mark.parametrize(
    "query",
    ["before=", "before=x", "before=-1", "before=²", "after=9999999999999999999999", "kind=none",
     "before=0", "before=1", "after=7", "after=9223372036854775807", "kind=%00"],
)  # fmt: skip
def test_address_that_leads_nowhere_shows_the_newest(account: CreditAccount, query: str) -> None:
    write(account, 7)
    found = page(account, query)
    assert (numbers(found), found.older, found.newer) == ([7, 6, 5], "before=5", "")


def test_newest_page_is_always_full(account: CreditAccount) -> None:
    write(account, 5)
    found = page(account, "after=4")
    assert (numbers(found), found.older, found.newer) == ([5, 4, 3], "before=3", "")


def test_file_holds_every_entry_of_the_filter(
    account: CreditAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credits.ledger_pages, "AT_A_TIME", 2)
    write(account, 6, grants=(3,))
    assert [one.seq for one in page(account).every_entry()] == [6, 5, 4, 3, 2, 1]
    assert [one.seq for one in page(account, "kind=spent").every_entry()] == [6, 5, 4, 2, 1]


@pytest.mark.parametrize(
    "query",
    ["", "kind=spent", "kind=grant", "before=120", "after=120", "kind=spent&before=120",
     "kind=grant&before=55", "kind=grant&after=1"],
)  # fmt: skip
def test_page_reads_no_more_than_it_shows(account: CreditAccount, query: str) -> None:
    """No counting, no skipping: every statement goes down an index and stops after one page.

    The grants are all at the far end. Of what is common, a few others may be met on the way.
    """
    write(account, 3_000, grants=tuple(range(1, 61)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE credits_creditentry")
    with CaptureQueriesContext(connection) as asked:
        found = page(account, query, 50)
        assert len(found.rows) >= 50
        _ = found.older, found.newer, found.rows
    assert len(asked) <= 2
    for statement in [one["sql"] for one in asked]:
        assert "COUNT(" not in statement
        assert "OFFSET" not in statement
        assert rows_read(statement) <= 70


def rows_read(statement: str) -> int:
    """How many entries the database looked at."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        plan = cursor.fetchone()[0][0]["Plan"]
    return sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in nodes(plan)
        if node.get("Relation Name") == "credits_creditentry"
    )


def nodes(plan: dict) -> list[dict]:
    return [plan, *(node for one in plan.get("Plans", []) for node in nodes(one))]
