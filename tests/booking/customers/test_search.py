"""A search finds what a slow look at each customer finds, in the same order, whichever way it goes."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from booking import customer_search
from booking.customer_list import CustomerQuestion, list_customers
from booking.models import Customer
from booking.models.search import digits, fold
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.pages import counted

FIRST = ["Inês", "Ana", "Łukasz", "Ñandú", "Zé", "ana", "Bo"]
LAST = ["Silva", "da Silva", "Ó Néill", "Santos-Costa", "Person", "Zy"]
ASKED = [
    "", "silva", "SILVA ana", "a", "z", "zy", "ñ", "da s", "nobody", "91", "912 3", "(351) 9", "mail", "@mail.ex",
    "ines silva", "%", "_", "\\", "person 1", "b", "bo",
]  # fmt: skip
SORTS = ["name", "-age", "age"]


@pytest.fixture
def people(aurora: Tenant) -> list[Customer]:
    """Some look alike, some were erased, some want news."""
    chance, now = random.Random(7), timezone.now()
    with tenant_scope(aurora):
        Customer.objects.bulk_create(
            Customer(
                name=f"{chance.choice(FIRST)} {chance.choice(LAST)}" + (f" {n}" if n % 3 else ""),
                email=f"{chance.choice(['x', 'zy', 'Silva'])}{n}@mail.example" if n % 2 else "",
                phone=f"+351 91{chance.randrange(10**7):07}" if n % 4 else "",
                created_at=now - timedelta(minutes=n // 3),
                wants_news=bool(n % 2),
                erased_at=now if n % 50 == 0 else None,
            )
            for n in range(400)
        )
        return list(Customer.objects.all())


def is_meant(row: Customer, text: str) -> bool:
    """Looked at by itself, without a thought for speed."""
    searched = f" {fold(row.name)} {fold(row.email)} {digits(row.phone)}"
    phone = digits(text)
    parts = fold(text).split()
    if phone and set(text) <= set("0123456789 ()-+./"):
        parts = [phone]
    return all((part if len(part) > 2 else f" {part}") in searched for part in parts)


def expected(people: list[Customer], question: CustomerQuestion) -> set[int]:
    return {
        one.pk
        for one in people
        if one.erased_at is None
        and is_meant(one, question.text)
        and (question.show != "news" or one.wants_news)
    }


def all_pages(tenant: Tenant, question: CustomerQuestion) -> list[Customer]:
    """As somebody turns them, forwards; then backwards, which must show the same."""
    pages, query = [], question.query()
    while True:
        listing = list_customers(tenant, CustomerQuestion.read(QueryDict(query)))
        pages.append(listing.page)
        if not listing.next:
            break
        query = listing.next
    back = [pages[-1]]
    while listing.previous:
        listing = list_customers(tenant, CustomerQuestion.read(QueryDict(listing.previous)))
        back.insert(0, listing.page)
    assert back == pages
    return [row for page in pages for row in page]


@pytest.mark.parametrize("walked", [60, 100_000])
@pytest.mark.parametrize("sort", SORTS)
def test_search_finds_what_a_slow_look_finds(
    sort: str, walked: int, aurora: Tenant, people: list[Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_search, "WALKED", walked)
    assert aurora.plan
    with tenant_scope(aurora):
        place = {row.pk: n for n, row in enumerate(CustomerQuestion(sort=sort).page())}
        for text in ASKED:
            for show in ("", "news"):
                question = CustomerQuestion(text=text, show=show, sort=sort)
                found = [row.pk for row in all_pages(aurora, question)]
                assert set(found) == expected(people, question), (text, show)
                assert found == sorted(found, key=place.__getitem__), (text, show)


def plan_of(question: CustomerQuestion, most: int = 51) -> str:
    """How the database went about it."""
    with counted() as queries:
        question.rows(most)
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) "
            + queries[-1].replace("%", "%%"),
            (),
        )
        return "\n".join(line for (line,) in cursor.fetchall())


def test_search_looks_at_few_rows_whether_few_or_many_are_found(aurora: Tenant) -> None:
    """Nobody goes through the whole list: not for what is everywhere, nowhere, or at its end."""
    with tenant_scope(aurora):
        Customer.objects.bulk_create(
            Customer(name=f"{'Zoe' if n % 5 == 0 else 'Adam'} Person {n}", phone=f"+351 9{n:08}")
            for n in range(20_000)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE booking_customer")
        everywhere = plan_of(CustomerQuestion(text="person"))
        assert "(never executed)" in everywhere.split("customer_by_name")[1]
        for text in ("zoe", "nobody", "900 001 234", "adam 123"):
            plan = plan_of(CustomerQuestion(text=text))
            assert "customer_search" in plan, text
            assert "Seq Scan on booking_customer" not in plan, plan
            assert plan.count("customer_by_name") == 1, plan
