"""After somebody was erased, no table of the database says who it was: every column that could is read."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.utils import timezone

from booking.imports import running
from booking.models import ImportRun, ImportState
from booking.private_link import path_of
from booking.services.customers import edit_customer
from booking.services.erasing import erase_customer
from booking.services.merging import merge_customers
from booking.services.statuses import set_status
from saas.core import audit, clock
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.booking.customers.people import Clients, bring_in, check, fresh, make
from tests.booking.pages import Salon, make_salon, words
from workflows.models import Message, OptOut, Run, State, Workflow
from workflows.services import delivery, opt_outs

NOW = timezone.now()
ZELDA = {"email": "zelda.quill@mail.example", "phone": "+351 912 777 888"}
TRACES = ("zelda", "quill", "912777888", "zed@old.example")
TEXTS = ("text", "character varying", "jsonb", "json", "bytea", "ARRAY")
KEPT = "workflows_optout.address"
"""What they asked not to receive: without it the next import would undo it."""


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    made = make_salon(aurora)
    made.rita = make(aurora, "Zelda Quill", **ZELDA)
    return made


def columns(schemas: list[str]) -> Iterator[tuple[str, str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_schema, c.table_name, c.column_name, c.data_type"
            " FROM information_schema.columns c JOIN information_schema.tables t"
            " USING (table_schema, table_name) WHERE t.table_type = 'BASE TABLE'"
            " AND c.table_schema = ANY(%s) AND c.data_type = ANY(%s)",
            [schemas, list(TEXTS)],
        )
        yield from cursor.fetchall()


def left(tenant: Tenant) -> set[str]:
    """Where the name, an address or the number of Zelda still stands, however it is written."""
    found = set()
    for schema, table, column, kind in list(columns([tenant.schema_name, "public"])):
        text = f"encode({column}, 'escape')" if kind == "bytea" else f'"{column}"::text'
        query = f'SELECT string_agg(lower({text}), \' \') FROM "{schema}"."{table}"'
        with connection.cursor() as cursor:
            cursor.execute(query)
            whole = cursor.fetchone()[0] or ""
        bare = whole.replace(" ", "").replace("-", "")
        if any(trace in bare for trace in TRACES):
            found.add(f"{table}.{column}")
    return found


def tell(tenant: Tenant, run: Run | None, person: str, state: State, text: str) -> Message:
    return Message.objects.create(
        tenant=tenant, run=run, key=f"{person}-{state}-{len(text)}", channel="email", state=state,
        person=person, name="Zelda Quill" if "customer" in person else "Bruno", text=text,
        address=ZELDA["email"] if "customer" in person else "bruno@mail.example",
        content={"subject": text}, detail=f"{text} could not be reached.", provider_id="sm-1",
        due_at=NOW if state in (State.QUEUED, State.SENDING) else None,
    )  # fmt: skip


def filled(salon: Salon) -> None:
    """Zelda is in everything that keeps anything of a customer."""
    tenant, zelda = salon.tenant, salon.rita
    edit_customer(tenant, zelda.pk, notes="Zelda’s left side", wants_news=True)
    old = make(tenant, "Zelda Q. Quill", email="zed@old.example")
    merge_customers(tenant, zelda.pk, old.pk, now=NOW)
    visit = salon.book(10, note="Zelda comes with Quill")
    set_status(tenant, visit.pk, "pending", now=NOW)
    bring_in(
        tenant,
        "Name,Phone\nZelda Quill," + "9" * 30 + "\n,351912777888\n",
        columns=["name", "phone"],
    )
    check(tenant, "First,Last,E-mail\nZelda,Quill,\nRita,B,r@mail.example\n")
    running.begin(
        tenant, name="Zelda_Quill.csv", content=b"Name\nZelda Quill\n", by_id=None, now=NOW
    )
    workflow = Workflow.objects.create(tenant=tenant, name="W", event="appointment.created")
    run = Run.objects.create(
        workflow=workflow, tenant=tenant, event="appointment.created", subject_id=visit.pk, at=NOW,
        about="Zelda Quill, tomorrow", detail="Zelda Quill has no number.", outcome="done",
    )  # fmt: skip
    for state in State:
        tell(tenant, run, f"customer:{zelda.pk}", state, "Dear Zelda Quill")
        tell(tenant, run, "staff:1", state, "Zelda Quill comes")
    tell(tenant, None, f"customer:{old.pk}", State.SENT, "Dear Zelda")
    tell(tenant, None, "staff:1", State.SENT, "Zelda Quill came, call +351912 777 888")
    opt_outs.opt_out("email", ZELDA["email"], tenant, "link", NOW)


def test_no_column_names_them_any_more(salon: Salon, ana: User) -> None:
    filled(salon)
    before = left(salon.tenant)
    assert {
        "booking_customer.name",
        "booking_importrun.content",
        "workflows_message.text",
    } <= before
    with audit.acting_as(ana):
        erase_customer(salon.tenant, salon.rita.pk, now=NOW)
    assert left(salon.tenant) == {KEPT}
    assert OptOut.objects.count() == 1


def test_import_that_has_them_stops_and_says_why_and_others_go_on(salon: Salon) -> None:
    mine = check(salon.tenant, "Name,E-mail\nZelda Quill,zelda.quill@mail.example\n")
    other = check(salon.tenant, "Name,E-mail\nRita B,rita@mail.example\n")
    erase_customer(salon.tenant, salon.rita.pk, now=NOW)
    stopped: ImportRun = fresh(salon.tenant, mine)
    assert (stopped.state, bytes(stopped.content), stopped.sample) == (ImportState.FAILED, b"", [])
    assert "Upload it again without them." in stopped.problem
    assert fresh(salon.tenant, other).state == ImportState.CHECKED


def test_message_of_which_nothing_is_left_does_not_leave(salon: Salon) -> None:
    lost = tell(salon.tenant, None, f"customer:{salon.rita.pk}", State.SENDING, "Dear Zelda")
    erase_customer(salon.tenant, salon.rita.pk, now=NOW)
    Message.objects.filter(pk=lost.pk).update(state=State.QUEUED)  # the carrier said: later
    delivery.deliver_due(clock.now())
    lost.refresh_from_db()
    assert (lost.state, lost.detail) == (State.DISCARDED, "Whom it was about has been erased.")


def test_their_private_link_leads_nowhere(salon: Salon, client_for: Clients) -> None:
    path = path_of(salon.tenant, salon.book(10).pk)
    visitor = client_for(None, salon.tenant)
    assert visitor.get(path).status_code == 200
    erase_customer(salon.tenant, salon.rita.pk, now=NOW)
    assert [visitor.get(path + page).status_code for page in ("", "move/", "cancel/")] == [404] * 3
    assert "This link leads nowhere." in words(visitor.get(path))


def test_audit_log_says_who_merged_and_erased_whom_by_number(
    salon: Salon, ana: User, client_for: Clients
) -> None:
    owner, twin = client_for(ana, salon.tenant), make(salon.tenant, "Zelda Q.")
    zelda = salon.rita.pk
    form = dict.fromkeys(("name", "email", "phone", "wants_news"), "keep") | {"sure": "1"}
    assert owner.post(f"/panel/customers/{zelda}/merge/{twin.pk}/", form).status_code == 302
    owner.post(f"/panel/customers/{zelda}/erase/", {"confirmed": "1"})
    merged, erased = AuditEntry.objects.order_by("pk")
    for entry in (merged, erased):
        assert (entry.actor_id, entry.tenant_id) == (ana.pk, salon.tenant.pk)
        assert (entry.subject_label, entry.subject_id) == (f"Customer {zelda}", zelda)
        assert abs(entry.at - datetime.now(UTC)).total_seconds() < 3600
    assert (merged.verb, merged.changes) == (
        "customer.merged",
        {"customer": [str(twin.pk), str(zelda)]},
    )
    assert (erased.verb, erased.changes, erased.reason) == ("customer.erased", {}, "")
