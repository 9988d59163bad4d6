"""The console's Credits: what is owed in messages, what top-ups brought in, and both as files."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from credits.console.chart import chart_of
from credits.console.figures import liability, revenue
from credits.services import movements
from saas.core.charts import HEIGHT
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.booking.pages import words
from tests.credits.shop import bought, gone, pack_of, sent
from tests.tenants.console.pages import queries_of

URL = "/console/credits/"


def file(desk: Client, name: str) -> list[dict[str, str]]:
    text = desk.get(f"{URL}{name}").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def owed(channel: str = "sms") -> tuple[int, int, str, int | None]:
    one = next(one for one in liability("USD") if one.channel == channel)
    return one.unused, one.debt, one.average, one.worth


def test_nothing_sold_is_nothing_owed(world: object) -> None:
    assert [one.channel for one in liability("USD")] == ["sms", "whatsapp", "email"]
    assert owed() == (0, 0, "", None)


def test_unused_credits_are_worth_what_was_paid_on_average(
    limited: Tenant, borealis: Tenant
) -> None:
    """500 for $19.00 and 2 × 100 for $5.00 are $29.00 for 700; of these 7 are used, beside the five of the month."""
    bought(limited, pack_of())
    bought(borealis, pack_of(price=500, credits=100), 2)
    sent(limited, units=12)
    assert owed() == (693, 0, "$0.0414", 2871)
    assert owed("email") == (0, 0, "", None)


def test_purchase_that_went_back_sets_no_price(limited: Tenant) -> None:
    bought(limited, pack_of())
    dear = bought(limited, pack_of(price=9000, credits=10))
    gone(dear, 9000)
    assert owed() == (500, 0, "$0.038", 1900)


def test_half_that_went_back_keeps_the_price(limited: Tenant) -> None:
    purchase = bought(limited, pack_of())
    gone(purchase, 950)
    assert owed() == (250, 0, "$0.038", 950)


def test_what_tenants_owe_is_told_apart(limited: Tenant, borealis: Tenant) -> None:
    first = bought(limited, pack_of(credits=10))
    bought(borealis, pack_of(credits=10))
    sent(limited, units=15)
    gone(first, 1900)
    assert owed()[:2] == (10, 10)


def test_granted_credits_without_a_purchase_have_no_price(
    desk: Client, limited: Tenant, olivia: User
) -> None:
    movements.correct(limited, "sms", 40, reason="Hello", by=olivia, key="k", now=NOW)
    assert owed() == (40, 0, "", None)
    assert "there is no price, and nothing is counted" in words(desk.get(URL))


def test_revenue_is_of_the_month_in_utc_in_which_it_was_paid(limited: Tenant) -> None:
    pack = pack_of()
    bought(limited, pack, at=datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC))
    bought(limited, pack, at=datetime(2026, 11, 1, tzinfo=UTC))
    bought(limited, pack_of("email", price=500), at=NOW)
    bought(limited, pack, at=datetime(2025, 11, 30, 23, 59, 59, tzinfo=UTC))
    found = revenue("USD", NOW)
    assert len(found.months) == 12
    assert found.months[0].start == datetime(2025, 12, 1, tzinfo=UTC)
    assert [month.total for month in found.months[-2:]] == [1900, 2400]
    assert found.now.by_channel == {"sms": 1900, "whatsapp": 0, "email": 500}
    assert (found.total, found.totals) == (4300, [3800, 0, 500])


def test_what_went_back_is_taken_off_its_month(limited: Tenant) -> None:
    purchase = bought(limited, pack_of(), at=NOW - timedelta(days=40))
    gone(purchase, 900, at=NOW)
    assert [month.total for month in revenue("USD", NOW).months[-3:]] == [0, 1000, 0]


def test_page_draws_a_mark_with_words_for_each_month_and_channel(
    desk: Client, limited: Tenant
) -> None:
    bought(limited, pack_of(), at=NOW - timedelta(days=40))
    bought(limited, pack_of())
    bought(limited, pack_of("email", price=500))
    page = words(desk.get(URL))
    for title in (
        "SMS, October 2026: $19.00", "SMS, November 2026: $19.00", "E-mail, November 2026: $5.00"
    ):  # fmt: skip
        assert f"<title>{title}</title>" in page
    assert page.count('<rect class="tone') == 3
    assert "<td>November 2026</td>" in page


def test_page_without_a_sale_explains(desk: Client) -> None:
    page = words(desk.get(URL))
    assert "Nothing was bought in the last twelve months." in page
    assert '<rect class="tone' not in page


def test_columns_stay_inside_and_stand_on_each_other(limited: Tenant) -> None:
    for price in (1, 700, 123_456):
        bought(limited, pack_of(price=price))
        bought(limited, pack_of("whatsapp", price=price))
    marks = chart_of(revenue("USD", NOW)).marks
    assert all(mark.y >= 0 and mark.y + mark.height <= HEIGHT and mark.height for mark in marks)
    assert marks[1].y + marks[1].height == marks[0].y
    assert marks[0].y + marks[0].height == HEIGHT


def test_files_say_the_same(desk: Client, limited: Tenant) -> None:
    bought(limited, pack_of())
    sms = file(desk, "unused.csv")[0]
    assert sms == {
        "Channel": "SMS", "Unused credits": "500", "Owed by tenants": "0",
        "Average price per credit": "0.038000", "Worth": "19.00", "Currency": "USD",
    }  # fmt: skip
    months = file(desk, "revenue.csv")
    assert len(months) == 12
    assert months[-1] == {
        "Month (UTC)": "2026-11", "SMS": "19.00", "WhatsApp": "0.00", "E-mail": "0.00",
        "Total": "19.00", "Currency": "USD",
    }  # fmt: skip


@pytest.mark.parametrize("count", [1, 30])
def test_page_costs_the_same_however_much_was_sold(
    desk: Client, limited: Tenant, count: int
) -> None:
    pack = pack_of()
    for number in range(count):
        bought(limited, pack, at=NOW - timedelta(days=10 * number))
    _page, asked = queries_of(desk, URL)
    assert len([one for one in asked if "credits_" in one]) == 3
    assert len(asked) <= 7, asked
