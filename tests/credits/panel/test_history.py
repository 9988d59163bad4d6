"""Credit history: every movement with what was there after it, by kind, page by page, and as a file."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client

from billing.models import Payment
from credits.models import CreditPack
from credits.services import movements, spending
from tenants.models import Tenant, User
from tests.billing.money import give_funds
from tests.billing.money_pages.rows import cells
from tests.booking.pages import queries_for, words
from tests.credits.accounting import have, spend
from tests.credits.panel.scene import BILLING, HISTORY, TOP_UP, sell
from tests.credits.panel.test_top_up import filled
from tests.tenants.allowance.month import NOW

FILE = f"{HISTORY}credits.csv"


def file_of(client: Client, query: str = "") -> list[list[str]]:
    response = client.get(FILE + query)
    assert response.status_code == 200
    assert response.streaming
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


def test_every_movement_says_what_and_what_was_there_after_it(
    owner: Client, salon: Tenant, olivia: User, packs: list[CreditPack]
) -> None:
    give_funds(salon, 10_000)
    spend(salon, 199, now=NOW - timedelta(days=1))
    owner.post(TOP_UP, filled(packs[1]))
    spend(salon, 3, "three")
    spending.give_back(salon, "sms", ["three"], NOW)
    movements.correct(salon, "sms", 20, reason="They complained", by=olivia, key="k", now=NOW)
    page = words(owner.get(HISTORY))
    rows = [
        [re.sub(r"^25 Nov 2026, 09:00 |^24 Nov 2026, 09:00 ", "", c) for c in row][1:]
        for row in cells(page)
    ]
    assert [row[-3:] for row in rows] == [
        ["+20", "199", "520"],
        ["+3", "199", "500"],
        ["−3", "200", "498"],
        ["+500", "199", "500"],
        ["−199", "199", "0"],
    ]
    assert "1 included, 2 purchased" in rows[2][0]
    assert "500 SMS" in rows[3][0]
    reference = Payment.objects.get().reference
    assert f'href="{BILLING}payments/{reference}/"' in page
    assert "They complained" not in page


def test_debt_is_told_where_it_comes_from_and_goes(owner: Client, salon: Tenant) -> None:
    have(salon, 5)
    why = movements.Why(movements.Kind.TAKEN_BACK, "t:1")
    movements.take_back(salon, "sms", 45, why, now=NOW)
    have(salon, 50)
    page = words(owner.get(HISTORY))
    assert "40 had been used already. The next credits settle them." in page
    assert "40 more settled what was owed." in page
    assert "40 owed" in page


def test_kinds_are_filtered(owner: Client, salon: Tenant) -> None:
    spend(salon, 1)
    have(salon, 5)
    assert len(cells(words(owner.get(f"{HISTORY}?kind=grant")))) == 1
    assert len(cells(words(owner.get(f"{HISTORY}?kind=nonsense")))) == 2
    page = words(owner.get(f"{HISTORY}?kind=purchase"))
    assert "Nothing like that has moved" in page
    assert len(file_of(owner, "?kind=spent")) == 2


def test_first_day_says_what_will_stand_here(owner: Client) -> None:
    assert "Nothing has moved yet" in words(owner.get(HISTORY))
    assert len(file_of(owner)) == 1
    assert owner.get(f"{BILLING}credits/pigeon/").status_code == 404


def test_pages_are_turned(owner: Client, salon: Tenant) -> None:
    for _ in range(120):
        spend(salon, 1)
    page, seen = words(owner.get(HISTORY)), []
    for _ in range(3):
        seen += [row[3] for row in cells(page)]
        found = re.search(r'rel="next" href="([^"]+)"', page)
        page = words(owner.get(found[1])) if found else ""
    assert seen == [str(number) for number in range(120, 0, -1)]
    assert page == ""


@pytest.mark.parametrize("count", [1, 30])
def test_page_takes_as_many_queries_whatever_moved(
    count: int, owner: Client, salon: Tenant
) -> None:
    for _ in range(count):
        have(salon, 1)
    assert queries_for(owner, HISTORY) == 5


def test_file_holds_everything_in_few_reads(
    owner: Client, salon: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("credits.ledger_pages.AT_A_TIME", 10)
    for _ in range(25):
        spend(salon, 2)
    rows = file_of(owner)
    assert rows[0][:4] == ["No.", "Time", "Kind", "What"]
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(25, 0, -1)]
    assert rows[1][2:8] == ["Message", "", "-2", "0", "50", "0"]
    assert rows[1][1].startswith("2026-11-25 09:00:00")


def test_history_of_others_is_not_here(owner: Client, borealis: Tenant) -> None:
    have(borealis, 777)
    assert "777" not in words(owner.get(HISTORY))
    assert len(file_of(owner)) == 1


def test_no_cell_is_taken_for_a_formula(owner: Client, salon: Tenant) -> None:
    give_funds(salon, 10_000)
    owner.post(TOP_UP, filled(sell("=1+1", 1000, 250)))
    assert file_of(owner)[1][3] == "'=1+1"
