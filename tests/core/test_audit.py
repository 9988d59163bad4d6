"""The audit log: what an entry holds, and that nobody changes one afterwards."""

import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection, transaction

from plans.models import Plan, PlatformSettings
from saas.core import audit
from saas.core.append_only import append_only
from saas.core.audit_values import HIDDEN, flat, plain
from saas.core.csv_files import cell
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.world import World

FIELDS = ("name", "monthly_price", "annual_discount", "is_hidden", "capabilities", "limits")


@pytest.fixture(autouse=True)
def deeds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "verbs", {})
    monkeypatch.setattr(audit, "subjects", {})
    audit.register(audit.Verb("plan.tried", "Plan tried"), audit.Verb("tenant.tried", "Tried"))


def an_entry(plan: Plan) -> AuditEntry:
    entry = audit.record("plan.tried", plan, changes={"name": ["Team", "Crew"]})
    assert entry
    return entry


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE core_auditentry SET reason = 'another'",
        "UPDATE core_auditentry SET reason = 'another' WHERE false",
        "DELETE FROM core_auditentry",
        "TRUNCATE core_auditentry",
        "TRUNCATE core_auditentry, plans_plan CASCADE",
    ],
)
def test_database_refuses_to_change_or_remove_an_entry(plan: Plan, sql: str) -> None:
    entry = an_entry(plan)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL tenantry.allow_truncate = 'off'")
        with (
            pytest.raises(IntegrityError, match="core_auditentry is append-only"),
            transaction.atomic(),
        ):
            cursor.execute(sql)
    assert AuditEntry.objects.get().reason == entry.reason == ""


def test_entries_withstand_the_orm(plan: Plan) -> None:
    entry = an_entry(plan)
    entry.reason = "another"
    for attempt in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(reason="another"),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            attempt()
    assert AuditEntry.objects.get().reason == ""


def test_truncating_is_refused_unless_it_is_allowed_in_words(plan: Plan) -> None:
    an_entry(plan)
    with connection.cursor() as cursor:
        cursor.execute("RESET tenantry.allow_truncate")
        cursor.execute("SET LOCAL tenantry.allow_truncate = 'on'")
        cursor.execute("TRUNCATE core_auditentry")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("DELETE FROM core_auditentry")
    assert not AuditEntry.objects.exists()


def test_any_table_can_be_made_append_only_and_ordinary_again(db: None) -> None:
    operation = append_only("for_a_moment")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE for_a_moment (n int)")
        cursor.execute(str(operation.sql))
        cursor.execute("INSERT INTO for_a_moment VALUES (1)")
        with pytest.raises(IntegrityError, match="UPDATE is refused"), transaction.atomic():
            cursor.execute("UPDATE for_a_moment SET n = 2")
        cursor.execute(str(operation.reverse_sql))
        cursor.execute("UPDATE for_a_moment SET n = 2")
        assert cursor.rowcount == 1


def test_entry_is_rolled_back_with_the_change(plan: Plan) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        an_entry(plan)
        raise ZeroDivisionError
    assert not AuditEntry.objects.exists()


def test_entry_needs_a_transaction(committed_world: World) -> None:
    with pytest.raises(RuntimeError, match="one transaction"):
        an_entry(committed_world.plan)
    with transaction.atomic():
        an_entry(committed_world.plan)
    assert AuditEntry.objects.count() == 1


def test_entry_tells_who_when_and_why(plan: Plan, olivia: User, aurora: Tenant) -> None:
    before = datetime.now(UTC)
    with audit.acting_as(olivia, ip="203.0.113.7"):
        entry = audit.record("plan.tried", plan, reason="  Asked by phone ", tenant=aurora)
    assert entry is not None
    entry.refresh_from_db()
    assert abs(entry.at - before) < timedelta(minutes=1)
    assert (entry.actor_id, entry.actor_name) == (olivia.pk, "Olivia Lind")
    assert (entry.actor_email, entry.ip) == (olivia.email, "203.0.113.7")
    assert (entry.subject_kind, entry.subject_id) == ("plans.plan", plan.pk)
    assert (entry.subject_label, entry.reason) == ("Team", "Asked by phone")
    assert (entry.tenant_id, entry.tenant_name) == (aurora.pk, "Salon Aurora")
    assert entry.changes == {}


def test_business_need_not_be_said_when_it_is_the_subject(aurora: Tenant) -> None:
    entry = audit.record("tenant.tried", aurora)
    assert entry is not None
    assert (entry.tenant_id, entry.tenant_name) == (aurora.pk, "Salon Aurora")


def test_entry_outlives_its_subject(plan: Plan, olivia: User) -> None:
    plan = Plan.objects.create(name="Short-lived")
    audit.record("plan.tried", plan, actor=olivia)
    plan.delete()
    assert AuditEntry.objects.get().subject_label == "Short-lived"
    with pytest.raises(ValueError, match="before it is deleted"):
        audit.record("plan.tried", plan, actor=olivia)


def test_system_is_the_actor_where_nobody_is_logged_in(plan: Plan, olivia: User) -> None:
    with audit.acting_as(AnonymousUser(), ip="203.0.113.7"):
        assert an_entry(plan).actor_id is None
    with audit.acting_as(None):
        assert an_entry(plan).who == "The system"
    with audit.acting_as(olivia), audit.acting_as(None):
        assert an_entry(plan).actor_id is None


def test_actor_is_forgotten_after_the_block_even_when_it_fails(plan: Plan, olivia: User) -> None:
    with pytest.raises(ZeroDivisionError), audit.acting_as(olivia):
        assert an_entry(plan).actor_id == olivia.pk
        raise ZeroDivisionError
    assert an_entry(plan).actor_id is None


def test_actor_of_one_thread_is_not_that_of_another(olivia: User) -> None:
    seen = []
    with audit.acting_as(olivia):
        thread = threading.Thread(target=lambda: seen.append(audit._actor.get().id))
        thread.start()
        thread.join()
        assert audit._actor.get().id == olivia.pk
    assert seen == [None]


def test_given_actor_wins_and_keeps_the_address(plan: Plan, olivia: User, ana: User) -> None:
    with audit.acting_as(ana, ip="203.0.113.7"):
        entry = audit.record("plan.tried", plan, actor=olivia)
    assert entry is not None
    assert (entry.actor_id, entry.ip) == (olivia.pk, "203.0.113.7")


def test_impersonation_names_both_people(plan: Plan, olivia: User, ana: User) -> None:
    with audit.acting_as(olivia, on_behalf_of=ana):
        entry = an_entry(plan)
    assert (entry.actor_email, entry.on_behalf_of) == (olivia.email, ana.email)


def test_entry_from_a_tenants_schema_lands_in_public(plan: Plan, aurora: Tenant) -> None:
    with tenant_scope(aurora):
        an_entry(plan)
    assert AuditEntry.objects.count() == 1


def test_nothing_changed_is_not_written_down(plan: Plan) -> None:
    assert audit.record("plan.tried", plan, changes={}) is None
    assert not AuditEntry.objects.exists()
    assert audit.record("plan.tried", plan) is not None


def test_verbs_are_registered_once_and_asked_for_by_name(plan: Plan) -> None:
    with pytest.raises(LookupError, match=r"plan\.eaten"):
        audit.record("plan.eaten", plan)
    with pytest.raises(ValueError, match="already"):
        audit.register(audit.Verb("plan.tried", "Again"))


def test_differences_name_each_key_of_an_object(plan: Plan) -> None:
    plan.capabilities, plan.limits = {"reports": False, "staff": True}, {"staff": 5}
    before = audit.snapshot(plan, FIELDS)
    plan.capabilities["reports"] = True
    plan.limits |= {"staff": -1, "services": 3}
    plan.name = "Crew"
    assert audit.differences(before, audit.snapshot(plan, FIELDS)) == {
        "name": ["Team", "Crew"],
        "capabilities.reports": [False, True],
        "limits.staff": [5, -1],
        "limits.services": [None, 3],
    }


def test_differences_of_new_and_deleted_things_name_what_they_have() -> None:
    plan = Plan(name="Solo", capabilities={"staff": False})
    there = audit.snapshot(plan, ("name", "description", "capabilities"))
    new = {"name": [None, "Solo"], "capabilities.staff": [None, False]}
    assert audit.differences({}, there) == new
    assert audit.differences(there, {}) == {key: after[::-1] for key, after in new.items()}
    assert audit.differences(there, there) == {}


def test_money_is_kept_with_its_currency(plan: Plan) -> None:
    plan.monthly_price = 2900
    money = {"monthly_price": "USD"}
    before = audit.snapshot(plan, FIELDS, money=money)
    assert before["monthly_price"] == "$29.00"
    after = audit.snapshot(plan, FIELDS, money={"monthly_price": "JPY"})
    assert audit.differences(before, after) == {"monthly_price": ["$29.00", "¥2,900"]}


def test_rows_are_kept_by_their_name(plan: Plan) -> None:
    settings = PlatformSettings.load()
    settings.trial_plan = plan
    assert audit.snapshot(settings, ["trial_plan"]) == {"trial_plan": "Team"}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (Decimal("17.00"), "17"),
        (Decimal("0.50"), "0.5"),
        (Decimal(0), "0"),
        (Decimal("NaN"), "NaN"),
        (datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=2))), "2026-11-21T07:30:00+00:00"),
        (datetime(2026, 11, 21).date(), "2026-11-21"),
        (1.5, 1.5),
        (float("inf"), "inf"),
        (["a", Decimal("1.0")], ["a", "1"]),
        ("a\x00b", "ab"),
        (None, None),
    ],
)  # fmt: skip
def test_values_are_kept_as_json_that_people_read(value: object, kept: object) -> None:
    assert plain(value) == kept


def test_list_of_objects_comes_apart_by_place() -> None:
    steps = [{"channel": "sms", "api_key": "k"}]
    assert set(flat("steps", steps)) == {"steps.0.channel", "steps.0.api_key"}
    assert "k'" not in repr(flat("steps", steps))


@pytest.mark.parametrize(
    "name",
    ["password", "secret_key", "webhook_secret", "authToken", "api_key", "keys.live.private_key"],
)
def test_secrets_are_never_kept(name: str) -> None:
    old, new = flat(name, "hunter2"), flat(name, "hunter3")
    assert "hunter" not in repr(old)
    assert audit.differences(old, new) == {name: [HIDDEN, HIDDEN]}
    assert audit.differences(flat(name, ""), new) == {name: ["", HIDDEN]}
    assert audit.differences(old, old) == {}


def test_listed_fields_and_encrypted_bytes_are_secret_too(plan: Plan) -> None:
    assert "Team" not in repr(audit.snapshot(plan, ["name"], secret=["name"]))
    assert audit.differences(flat("blob", b"one"), flat("blob", b"two")) == {
        "blob": [HIDDEN, HIDDEN]
    }


def test_switch_named_like_a_secret_still_says_on_or_off() -> None:
    assert flat("capabilities.api_tokens", True) == {"capabilities.api_tokens": True}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "  =1", "\uff1d1"])
def test_no_cell_of_a_file_is_taken_for_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell(-1) == -1
    assert cell("5 → -1") == "5 → -1"
