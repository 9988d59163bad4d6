"""Customers from a file: what is read, what is refused and why, and what the plan has room for."""

import csv
import io
import threading
import tracemalloc
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from booking.imports import reading, running
from booking.imports.columns import guess
from booking.models import ImportRun, ImportState
from booking.tasks import import_customers
from plans.entitlements import CapabilityMissing
from plans.models import Plan
from saas.core.errors import Conflict
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.customers.people import (
    CUSTOMERS,
    Clients,
    bring_in,
    check,
    counts,
    customers_of,
    fresh,
    make,
    names,
    refusals,
)
from tests.booking.pages import allow, switch, words
from workflows.models import Occurrence

IMPORT = CUSTOMERS + "import/"
NOW = timezone.now()
GOOD = "Name;E-Mail;Telefone;Notas\r\nInês Duarte;ines@mail.example;+351 912 345 678;Tímida\r\n"


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def upload(client: Client, content: bytes, name: str = "list.csv") -> str:
    """The address of the run."""
    response = client.post(IMPORT, {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 302, words(response)
    return str(response["Location"])


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
)
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_every_way_to_write_a_file_is_read(encoding: str, delimiter: str, aurora: Tenant) -> None:
    run = bring_in(aurora, GOOD.replace(";", delimiter).encode(encoding))
    (made,) = customers_of(aurora)
    assert (made.name, made.email, made.phone, made.notes) == (
        "Inês Duarte",
        "ines@mail.example",
        "+351 912 345 678",
        "Tímida",
    )
    assert (run.state, counts(run), bytes(run.content)) == (ImportState.DONE, (1, 0, 0, 0), b"")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "nothing in this file"),
        (b"\r\n ; ;\r\n", "nothing in this file"),
        (b"PK\x03\x04rest", "That is a workbook"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1" + bytes(range(256)) * 9, "That is no text"),
        (b'Name\n"' + b"x" * 200_000 + b"\n", "cannot be read"),
    ],
)
def test_file_that_is_no_table_is_one_sentence(
    content: bytes, sentence: str, owner: Client, aurora: Tenant
) -> None:
    response = owner.post(IMPORT, {"file": SimpleUploadedFile("x.csv", content)})
    assert response.status_code == 422
    assert sentence in words(response)
    with tenant_scope(aurora):
        assert not ImportRun.objects.exists()


def test_file_that_is_too_large_is_refused(
    owner: Client, aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 100)
    response = owner.post(IMPORT, {"file": SimpleUploadedFile("x.csv", b"x" * 101)})
    assert (response.status_code, "larger than 10 MB" in words(response)) == (422, True)
    monkeypatch.setattr(reading, "MOST_LINES", 3)
    response = owner.post(IMPORT, {"file": SimpleUploadedFile("x.csv", b"name\na\nb\nc\nd\n")})
    assert (response.status_code, "more than 3 lines" in words(response)) == (422, True)


def test_no_file_is_asked_for(owner: Client) -> None:
    response = owner.post(IMPORT)
    assert (response.status_code, "Choose a file." in words(response)) == (422, True)


def test_guess_is_said_where_nothing_tells_how_it_is_written(owner: Client) -> None:
    page = words(owner.get(upload(owner, GOOD.encode("cp1252"))))
    assert "does not say how its letters are written" in page
    assert "does not say how" not in words(owner.get(upload(owner, GOOD.encode())))


def test_heads_are_guessed_in_many_languages() -> None:
    assert guess(["Nome", "Telemóvel", "E-mail", "Observações", "?"]) == [
        "name", "phone", "email", "notes", "",
    ]  # fmt: skip
    assert guess(["first_name", "LAST NAME", "Name", "Name"]) == [
        "first_name",
        "last_name",
        "name",
        "",
    ]


def test_every_refusal_has_its_line_and_reason(aurora: Tenant) -> None:
    lines = [
        "Name,E-mail,Phone,Language,Newsletter",
        "Rita,rita@mail.example,,,",
        ",nobody@mail.example,,,",
        "Bad,not-an-address,,,",
        "Forty,,%s,," % ("9" * 40),
        "Again,RITA@mail.example,,,",
        "%s,,,," % ("x" * 81),
        "L,,,portuguese please,",
        "N,,,,perhaps",
        "",
        '"Two\nlines",,,,',
        "Fine,,,pt-BR,Sim",
    ]
    run = bring_in(aurora, "\r\n".join(lines))
    assert counts(run) == (3, 0, 0, 7)
    assert refusals(aurora, run) == {
        3: "Enter a name.",
        4: "Enter an e-mail address such as ana@example.com.",
        5: "Enter a phone number with at most 20 digits, such as +351 912 345 678.",
        6: "The same person as in line 2.",
        7: "The name is longer than 80 characters.",
        8: "Write the language as two letters, such as pt.",
        9: "Write yes or no where somebody wants news.",
    }
    assert names(aurora) == ["Rita", "Two lines", "Fine"]
    fine = customers_of(aurora)[-1]
    assert fine.wants_news
    assert fine.consent_at


def test_same_file_twice_adds_nobody(aurora: Tenant) -> None:
    text = (
        "Name,E-mail,Phone\nRita,Rita@mail.example,\nNoor,,+351 912 345 678\nOnly Name,,\n"
        "Short,,91\nChild,,+351 912 345 678\n"
    )
    first, second = bring_in(aurora, text), bring_in(aurora, text)
    assert counts(first) == (5, 0, 0, 0)
    assert counts(second) == (0, 0, 5, 0)
    assert len(customers_of(aurora)) == 5


def test_known_ones_are_changed_and_empty_cells_change_nothing(aurora: Tenant) -> None:
    make(aurora, "Rita", email="rita@mail.example", phone="1234567", notes="Shy")
    make(aurora, "Noor", phone="912345678")
    run = bring_in(
        aurora,
        "Name,E-mail,Phone,Notes\nRita Duarte,RITA@mail.example,,\nNoor,noor@mail.example,+351912345678,\n",
    )
    assert counts(run) == (0, 2, 0, 0)
    rita, noor = customers_of(aurora)
    assert (rita.name, rita.email, rita.phone, rita.notes) == (
        "Rita Duarte", "rita@mail.example", "1234567", "Shy",
    )  # fmt: skip
    assert (noor.email, noor.phone) == ("noor@mail.example", "912345678")


def test_our_own_export_comes_back_the_same(owner: Client, aurora: Tenant) -> None:
    make(
        aurora,
        "Rita",
        email="r@mail.example",
        phone="+351 912 345 678",
        notes="=a\nb",
        wants_news=True,
    )
    make(aurora, "-Noor", phone="112")
    text = b"".join(owner.get(CUSTOMERS + "export/").streaming_content)
    assert counts(bring_in(aurora, text)) == (0, 0, 2, 0)


@pytest.mark.req(32, 75)
def test_limit_is_said_before_and_holds_to_the_row(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, customers=5)
    make(aurora, "Rita", email="r@mail.example")
    make(aurora, "Noor")
    text = "Name,E-mail\nA,\nRita B,r@mail.example\nB,\nC,\nD,\nE,\n"
    shown = check(aurora, text)
    assert (counts(shown), shown.over_limit) == ((3, 1, 0, 2), 2)
    page = words(owner.get(f"{IMPORT}{shown.pk}/"))
    assert "Your plan’s customers: 2 / 5. The first 3 new ones of the file fit; 2 will not" in page
    done = bring_in(aurora, text)
    assert counts(done) == (3, 1, 0, 2)
    assert names(aurora) == ["Rita B", "Noor", "A", "B", "C"]
    reasons = refusals(aurora, done)
    assert set(reasons) == {6, 7}
    assert "Customers: 5 / 5." in reasons[6]
    assert counts(bring_in(aurora, text)) == (0, 0, 4, 2)


def test_plan_without_changing_takes_new_ones_alone(aurora: Tenant, plan: Plan) -> None:
    make(aurora, "Rita", email="r@mail.example")
    switch(plan, "customers.edit", on=False)
    run = bring_in(aurora, "Name,E-mail\nRita B,r@mail.example\nNoor,\n")
    assert counts(run) == (1, 0, 0, 1)
    assert refusals(aurora, run) == {2: "Your plan does not let you change customers."}
    switch(plan, "customers.add", on=False)
    with pytest.raises(CapabilityMissing):
        running.begin(aurora, name="x", content=b"Name\nA\n", by_id=None, now=NOW)


def test_plan_that_loses_the_feature_midway_stops_the_import(aurora: Tenant, plan: Plan) -> None:
    run = check(aurora, "Name\nRita\n")
    running.apply(aurora, run.pk, now=NOW)
    switch(plan, "customers.add", on=False)
    running.work_on(Tenant.objects.select_related("plan").get(pk=aurora.pk), run.pk, NOW)
    after = fresh(aurora, run)
    assert (after.state, customers_of(aurora)) == (ImportState.FAILED, [])
    assert "isn’t included" in after.problem


def test_nobody_is_written_to_because_of_an_import(aurora: Tenant) -> None:
    bring_in(aurora, "Name\nRita\n")
    assert not Occurrence.objects.exists()


def test_worker_that_dies_is_taken_over_where_it_was(
    aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "AT_ONCE", 2)
    run = check(
        aurora, "Name,E-mail\n" + "".join(f"N{n},n{n % 4}@mail.example\n" for n in range(6))
    )
    running.apply(aurora, run.pk, now=NOW)
    takes, real = [], running._note

    def dies(*args: object) -> None:
        takes.append(1)
        if len(takes) == 2:
            raise ConnectionError
        real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "_note", dies)
    with pytest.raises(ConnectionError):
        running.work_on(aurora, run.pk, NOW)
    assert names(aurora) == ["N0", "N1"]
    monkeypatch.setattr(running, "_note", real)
    running.work_on(aurora, run.pk, NOW)
    running.work_on(aurora, run.pk, NOW)  # and again
    assert names(aurora) == ["N0", "N1", "N2", "N3"]
    assert counts(fresh(aurora, run)) == (4, 0, 0, 2)


def test_long_one_goes_on_in_tasks(aurora: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "AT_ONCE", 2)
    run = check(aurora, "Name\n" + "".join(f"N{n}\n" for n in range(6)))
    running.apply(aurora, run.pk, now=NOW)
    assert running.work_on(aurora, run.pk, NOW, turns=1)
    assert names(aurora) == ["N0", "N1"]
    with tenant_scope(aurora):
        import_customers(aurora.pk, run.pk)
    assert fresh(aurora, run).state == ImportState.DONE
    assert len(names(aurora)) == 6


def test_steps_on_screen_from_the_file_to_the_report(owner: Client, aurora: Tenant) -> None:
    url = upload(owner, b"Who?;Mail\nRita;rita@mail.example\n;x\n")
    page = owner.get(url)
    assert [bound.value() for bound, *_rest in page.context["form"].columns] == ["", "email"]
    how = {"encoding": "utf-8-sig", "delimiter": ";", "has_head": "on"}
    refused = owner.post(url, how | {"column_0": "", "column_1": "email"})
    assert (refused.status_code, "Say which column holds the name." in words(refused)) == (
        422,
        True,
    )
    twice = owner.post(url, how | {"column_0": "name", "column_1": "name"})
    assert "Only one column can be “Name”." in words(twice)
    owner.post(url, how | {"column_0": "name", "column_1": "email"})
    page = words(owner.get(url))
    assert "Nothing has been changed yet." in page
    assert "Add 1, change 0" in page
    assert names(aurora) == []
    assert "What the columns are" in words(owner.get(url + "?columns"))
    owner.post(url + "start/")
    assert owner.post(url + "start/").status_code == 409
    assert names(aurora) == ["Rita"]
    assert "Line 3" in words(owner.get(url))
    text = b"".join(owner.get(url + "refused/").streaming_content).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text)))[1] == ["3", "Enter a name.", "", "x"]
    assert owner.post(url, how | {"column_0": "name"}).status_code in {409, 422}
    assert "list.csv" in words(owner.get(IMPORT))
    assert owner.post(url + "forget/").status_code == 302
    assert (owner.get(url).status_code, names(aurora)) == (404, ["Rita"])


def test_large_file_is_left_to_a_worker_and_shows_how_far_it_is(
    owner: Client, aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SMALL", 1)
    url = upload(owner, b"Name\nRita\nNoor\n")
    owner.post(
        url, {"encoding": "utf-8-sig", "delimiter": ",", "has_head": "on", "column_0": "name"}
    )
    page = words(owner.get(url))
    assert "0 of 2 lines" in page
    assert 'hx-trigger="every 2s"' in page


def test_old_imports_go_with_the_next(aurora: Tenant) -> None:
    run = check(aurora, "Name\n,\n\n;\nx\n")
    with tenant_scope(aurora):
        ImportRun.objects.update(created_at=NOW - timedelta(days=31))
    new = check(aurora, "Name\nRita\n")
    with tenant_scope(aurora):
        assert [one.pk for one in ImportRun.objects.all()] == [new.pk]
    assert run.pk != new.pk


def test_import_that_is_over_begins_no_more(aurora: Tenant) -> None:
    run = bring_in(aurora, "Name\nRita\n")
    with pytest.raises(Conflict):
        running.apply(aurora, run.pk, now=NOW)
    assert running.work_on(aurora, run.pk, NOW) is False


def test_two_hundred_thousand_lines_are_read_in_little_memory() -> None:
    """Read and cut into cells; what each becomes is measured in `bench`."""
    lines = "".join(f"Customer {n},c{n}@mail.example,+351 9{n:08}\r\n" for n in range(199_999))
    content = ("Name,E-mail,Phone\r\n" + lines).encode("cp1252")
    assert len(content) < reading.MOST_BYTES
    assert reading.guess_encoding(content) == "utf-8-sig"
    count = sum(1 for _row in reading.rows(content, "utf-8-sig", ","))
    assert count == 200_000
    tracemalloc.start()
    for number, _row in enumerate(reading.rows(content, "utf-8-sig", ",")):
        if number > 20_000:
            break
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2 * len(content)


@pytest.mark.race
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_two_imports_of_one_file_add_everybody_once(
    aurora: Tenant, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "AT_ONCE", 10)
    allow(plan, customers=70)
    text = "Name,E-mail\n" + "".join(f"N{n},n{n}@mail.example\n" for n in range(100))
    runs = [check(aurora, text) for _ in range(2)]
    for run in runs:
        running.apply(aurora, run.pk, now=NOW)
    start = threading.Barrier(4)

    def work(number: int) -> None:
        try:
            start.wait(timeout=30)
            running.work_on(aurora, runs[number % 2].pk, NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    done = [fresh(aurora, run) for run in runs]
    assert [run.state for run in done] == [ImportState.DONE] * 2
    assert sum(run.new for run in done) == 70
    assert sum(run.same + run.refused for run in done) == 130
    assert names(aurora).count("N7") == 1
    assert len(names(aurora)) == 70
