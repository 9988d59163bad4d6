"""The list of customers: found by whatever one remembers, and no slower for being long."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from booking.customer_list import CustomerQuestion, list_customers
from booking.models import Customer
from booking.models.search import fold, phone_key
from plans.models import Plan
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.customers.people import CUSTOMERS, Clients, make
from tests.booking.pages import allow, counted, fill, queries_for, words


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def found(client: Client, **asked: str) -> list[str]:
    return [row.name for row in client.get(CUSTOMERS, asked).context["listing"].page]


@pytest.mark.parametrize(
    "text",
    ["912 345", "912345678", "+351 912", "(351) 912-345", "INES", "inês du", "duarte ines", "i", "mail.ex",
     "INES@MAIL", "duarte 912"],
)  # fmt: skip
def test_search_finds_what_one_remembers(text: str, owner: Client, aurora: Tenant) -> None:
    make(aurora, "Inês Duarte", email="Ines@mail.example", phone="+351 912-345-678")
    make(aurora, "Rita", email="rita@other.example", phone="+351 933 000 000")
    assert found(owner, q=text) == ["Inês Duarte"]


@pytest.mark.parametrize("text", ["nobody", "%", "_", "\\", "912 999", "a\0b", "x" * 500])
def test_search_for_what_is_not_there_finds_nothing(
    text: str, owner: Client, aurora: Tenant
) -> None:
    make(aurora, "Inês Duarte", phone="+351 912-345-678")
    assert found(owner, q=text) == []


def test_database_folds_like_we_do(aurora: Tenant) -> None:
    name, phone = "Łukasz ÇİĞDEM Ñandú", "+351 (912) 345-678 ext 9"
    row = make(aurora, name, phone=phone)
    assert row.search.split("  ")[0].strip() == fold(name)
    assert row.phone_key == phone_key(phone)
    for short in ("", "12345", "1234567"):
        assert make(aurora, "N", phone=short).phone_key == phone_key(short)


@pytest.mark.parametrize("count", [1, 30])
def test_pages_take_few_queries_whatever_their_number(
    count: int, owner: Client, aurora: Tenant
) -> None:
    keys = fill(aurora, "customers", count, email="same@mail.example")
    assert queries_for(owner, CUSTOMERS) == 5
    assert queries_for(owner, CUSTOMERS + "?q=row") == 5
    assert queries_for(owner, CUSTOMERS + "duplicates/") <= 5
    assert queries_for(owner, f"{CUSTOMERS}{keys[0]}/") == 9


@pytest.mark.parametrize("sort", ["name", "-age", "age"])
def test_pages_follow_each_other_there_and_back(sort: str, owner: Client, aurora: Tenant) -> None:
    now = timezone.now()
    with tenant_scope(aurora):
        Customer.objects.bulk_create(
            Customer(name=f"Twin {n % 40}", created_at=now + timedelta(minutes=n % 7))
            for n in range(120)
        )
    seen, back, asked = [], [], f"?sort={sort}"
    while asked:
        listing = owner.get(CUSTOMERS + asked).context["listing"]
        seen.append([row.pk for row in listing.page])
        last, asked = asked, f"?{listing.next}" if listing.next else ""
    assert [len(page) for page in seen] == [50, 50, 20]
    assert len({pk for page in seen for pk in page}) == 120
    while last:
        listing = owner.get(CUSTOMERS + last).context["listing"]
        back.append([row.pk for row in listing.page])
        last = f"?{listing.previous}" if listing.previous else ""
    assert back == seen[::-1]


@pytest.mark.parametrize("mark", ["x", "WzFd", "WyJ4IiwgLTFd", "bnVsbA==", "W10=", "é"])
def test_mark_that_nobody_gave_is_the_first_page(mark: str, owner: Client, aurora: Tenant) -> None:
    make(aurora, "Rita")
    for sort in ("name", "age"):
        assert found(owner, after=mark, sort=sort) == ["Rita"]


def test_filters_show_some_and_never_the_erased(owner: Client, aurora: Tenant) -> None:
    make(aurora, "News", wants_news=True, email="n@mail.example")
    make(aurora, "Bare")
    make(aurora, "Phone", phone="91")
    make(aurora, "Gone", erased_at=timezone.now())
    assert found(owner) == ["Bare", "News", "Phone"]
    assert found(owner, show="news") == ["News"]
    assert found(owner, show="no_contact") == ["Bare"]
    assert found(owner, show="nonsense", sort="'") == ["Bare", "News", "Phone"]
    assert found(owner, q="gone") == []


@pytest.mark.req(32)
def test_erased_customers_leave_room(owner: Client, aurora: Tenant, plan: Plan) -> None:
    allow(plan, customers=2)
    make(aurora, "Rita")
    make(aurora, "Gone", erased_at=timezone.now())
    assert "1 / 2" in words(owner.get(CUSTOMERS))
    assert owner.post(CUSTOMERS + "add/", {"name": "Noor"}).status_code == 302
    assert owner.post(CUSTOMERS + "add/", {"name": "Third"}).status_code == 409


def test_without_a_limit_nothing_is_counted_to_the_end(
    aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking.customer_list.COUNTED_TO", 10)
    fill(aurora, "customers", 30)
    assert aurora.plan  # read once
    with tenant_scope(aurora):
        list_customers(aurora, CustomerQuestion())
    with tenant_scope(aurora), counted() as queries:
        listing = list_customers(aurora, CustomerQuestion())
    assert (listing.usage.used, listing.is_many) == (11, True)
    assert len(queries) == 2
    assert all("LIMIT" in query for query in queries)


def plan_of(question: CustomerQuestion) -> str:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE booking_customer")
        cursor.execute("SET LOCAL enable_seqscan = off")  # the table of a test is small
        sql, params = question.page()[:51].query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", params)
        return "\n".join(line for (line,) in cursor.fetchall())


def test_search_and_order_use_indexes(aurora: Tenant) -> None:
    with tenant_scope(aurora):
        Customer.objects.bulk_create(
            Customer(name=f"Person {n * 7919 % 20000}", phone=f"+351 9{n:08}") for n in range(20000)
        )
        assert "customer_by_name" in plan_of(CustomerQuestion())
        assert "customer_by_age" in plan_of(CustomerQuestion(sort="-age"))
        assert "customer_search" in plan_of(CustomerQuestion(text="900 001 234"))
        assert "customer_wants_news" in plan_of(CustomerQuestion(show="news"))
        mark = list_customers(aurora, CustomerQuestion()).next.split("after=")[1]
        deep = plan_of(CustomerQuestion(after=mark.replace("%3D", "=")))
        assert "customer_by_name" in deep
        assert "Index Cond" in deep


def test_file_holds_them_all_and_no_formula(
    owner: Client, aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("booking.customer_list.AT_ONCE", 4)
    for number in range(10):
        make(aurora, f"Row {number}", phone="+351 912")
    make(aurora, "=cmd()", notes="a\nb")
    response = owner.get(CUSTOMERS + "export/")
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0][:3] == ["Name", "E-mail", "Phone"]
    assert len(lines) == 12
    assert lines[1][0] == "'=cmd()"
    assert {line[2] for line in lines[2:]} == {"'+351 912"}


def test_file_holds_what_the_list_shows(owner: Client, aurora: Tenant) -> None:
    make(aurora, "Rita", wants_news=True)
    make(aurora, "Noor")
    response = owner.get(CUSTOMERS + "export/?show=news")
    assert b"".join(response.streaming_content).decode().count("\r\n") == 2


def test_staff_look_and_change_nothing(client_for: Clients, bruno: User, aurora: Tenant) -> None:
    row, client = make(aurora, "Rita"), client_for(bruno, aurora)
    page = words(client.get(CUSTOMERS)) + words(client.get(f"{CUSTOMERS}{row.pk}/"))
    for word in ("import/", "export/", "erase/", "edit/", "data/", "delete/"):
        assert word not in page
