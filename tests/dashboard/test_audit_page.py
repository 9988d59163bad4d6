"""The console's Audit log: what it shows, how it is filtered, the file it gives."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plans.models import Plan, PlatformSettings
from saas.core import audit
from saas.core.audit_values import HIDDEN
from saas.core.models import AuditEntry
from saas.dashboard import audit_log
from saas.dashboard.audit_words import lines
from tenants.models import Tenant, User

PATH, EXPORT = "/console/audit/", "/console/audit/export/"
HTMX = {"HX-Request": "true"}
MARCH = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def deeds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page must not depend on which deeds the apps bring."""
    monkeypatch.setattr(audit, "verbs", {})
    monkeypatch.setattr(audit, "subjects", {})
    audit.register(
        audit.Verb("plan.saved", "Plan changed"),
        audit.Verb("tenant.moved", "Tenant moved"),
        audit.Subject("plans.plan", "plans:edit"),
        audit.Subject("plans.platformsettings", "console:settings", takes_id=False),
    )


def add(subject: Any, verb: str = "plan.saved", **fields: Any) -> AuditEntry:
    """An entry as it would have been recorded, at any time and by anybody."""
    return AuditEntry.objects.create(
        verb=verb,
        subject_kind=subject._meta.label_lower,
        subject_id=subject.pk,
        subject_label=str(subject),
        **fields,
    )


def page(client: Client, query: str = "") -> str:
    response = client.get(PATH + query)
    assert response.status_code == 200
    return response.content.decode()


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def shown(client: Client, query: str) -> list[int]:
    """The ids of the entries on the page."""
    return [row.entry.pk for row in client.get(PATH + query).context["log"].page.object_list]


def file_of(client: Client, query: str = "") -> list[dict[str, str]]:
    text = client.get(EXPORT + query).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_log_is_for_super_admins(
    client_for: Callable[..., Client], ana: User, olivia: User, aurora: Tenant
) -> None:
    for path in (PATH, EXPORT):
        assert client_for().get(path)["Location"].startswith("/login/")
        assert client_for(ana).get(path).status_code == 404
        assert client_for(olivia, aurora).get(path).status_code in {302, 404}
        assert client_for(olivia).get(path).status_code == 200
        assert client_for(olivia).post(path).status_code == 405


def test_first_day_says_what_will_stand_here(desk: Client) -> None:
    assert "Nothing has been changed yet" in page(desk)
    assert "Nothing like that was changed" in page(desk, "?q=nothing")


def test_entry_says_who_what_when_and_why(
    desk: Client, plan: Plan, olivia: User, aurora: Tenant
) -> None:
    with audit.acting_as(olivia, ip="203.0.113.7"):
        audit.record(
            "plan.saved",
            plan,
            changes={"monthly_price": ["$29.00", "$39.00"], "capabilities.staff": [False, True]},
            reason="Prices of 2027",
            tenant=aurora,
        )
    text = words(page(desk))
    assert "Plan changed Team · Salon Aurora" in text
    assert "Monthly price: $29.00 → $39.00 Staff: off → on Reason: Prices of 2027" in text
    assert "Olivia Lind 203.0.113.7" in text
    assert f"{datetime.now(UTC):%Y}" in text


def test_impersonation_shows_both(desk: Client, plan: Plan, olivia: User, ana: User) -> None:
    with audit.acting_as(olivia, on_behalf_of=ana):
        audit.record("plan.saved", plan)
    assert f"Olivia Lind as {ana.email}" in words(page(desk))


def test_subject_is_a_link_only_while_it_exists(desk: Client, plan: Plan) -> None:
    gone = Plan.objects.create(name="Gone")
    add(gone)
    kept, settings = f"/console/plans/{plan.pk}/", PlatformSettings.load()
    add(plan)
    add(settings)
    gone_url = f"/console/plans/{gone.pk}/"
    assert f'href="{gone_url}"' in page(desk)
    gone.delete()
    html = page(desk)
    assert f'href="{kept}"' in html
    assert f'href="{gone_url}"' not in html
    assert html.count('href="/console/settings/"') == 2  # the menu's and the entry's
    assert "Gone" in html


def test_deed_of_an_app_that_is_gone_shows_its_key(desk: Client, plan: Plan) -> None:
    AuditEntry.objects.create(
        verb="coupon.made",
        subject_kind="coupons.coupon",
        subject_id=7,
        subject_label="SPRING",
        changes={"max_uses": [None, 1200], "rules.first_visit": [None, True]},
    )
    text = words(page(desk))
    assert "coupon.made SPRING" in text
    assert "Max uses: 1,200 Rules: first visit: on" in text


def test_nothing_from_an_entry_is_taken_for_markup(desk: Client, plan: Plan) -> None:
    evil = "<img src=x onerror=alert(1)>"
    add(plan, changes={"name": ["Team", evil]}, reason=evil, actor_name=evil, tenant_name=evil)
    assert "<img src=x" not in page(desk)


def line(plan: Plan, path: str, old: Any, new: Any) -> tuple[str, str, str]:
    found = lines(add(plan, changes={path: [old, new]}))[0]
    return found.label, found.before, found.after


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("is_hidden", False, True, ("Hidden", "off", "on")),
        ("limits.staff", 5, -1, ("Staff", "5", "unlimited")),
        ("order_number", -1, 1200, ("Order number", "−1", "1,200")),
        ("limits.gone", 5, None, ("gone", "5", "nothing")),
        ("capabilities.staff.add", None, True, ("Add staff", "", "on")),
        ("created_at", None, "2026-12-03T09:05:00+00:00", ("Created at", "", "3 Dec 2026, 09:05")),
        ("secret_key", HIDDEN, HIDDEN, ("Secret key", "", "changed (not shown)")),
        ("secret_key", "", HIDDEN, ("Secret key", "", "set (not shown)")),
        ("secret_key", HIDDEN, "", ("Secret key", "", "removed")),
        ("steps", ["a"], ["a", "b"], ("Steps", "a", "a, b")),
        ("description", "<p>One</p>", "<p>One</p><ul><li>Two</li></ul>", ("Description", "One", "One\nTwo")),
        ("description", "<p>One</p>", "<p><b>One</b></p>", ("Description", "<p>One</p>", "<p><b>One</b></p>")),
    ],
)  # fmt: skip
def test_values_are_said_in_words(
    plan: Plan, path: str, old: Any, new: Any, expected: tuple[str, str, str]
) -> None:
    assert line(plan, path, old, new) == expected


def test_choices_and_order_follow_the_model(aurora: Tenant) -> None:
    entry = add(aurora, changes={"cycle": ["monthly", "annual"], "name": ["A", "B"]})
    entry.refresh_from_db()
    assert [(line.label, line.after) for line in lines(entry)] == [
        ("Name of your business", "B"),
        ("Cycle", "Annual"),
    ]


def test_long_texts_and_many_changes_are_folded(desk: Client, plan: Plan) -> None:
    story = "What happened, at length. " * 20
    many = {f"limits.thing_{n}": [n, n + 1] for n in range(8)}
    add(plan, changes={"name": ["Team", story], **many})
    html = page(desk)
    assert html.count("<details>") == 2
    assert "4 more changes" not in words(html)
    assert "5 more changes" in words(html)
    assert html.count(story.strip()) == 1


def test_newest_stand_first_and_pages_are_turned(
    desk: Client, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "PER_PAGE", 2)
    old, new, middle = (add(plan, at=MARCH + timedelta(days=days)).pk for days in (0, 9, 5))
    assert shown(desk, "") == [new, middle]
    assert shown(desk, "?page=2") == [old]
    assert shown(desk, "?page=99") == [old]
    assert "1 to 2 of 3" in words(page(desk))


def test_filters_by_person(desk: Client, plan: Plan, olivia: User, ana: User) -> None:
    hers = add(plan, actor_id=olivia.pk, actor_name="Olivia Lind").pk
    others = add(plan, actor_id=ana.pk, actor_name="Ana Ribeiro").pk
    systems = add(plan).pk
    assert shown(desk, f"?person={olivia.pk}") == [hers]
    assert shown(desk, "?person=system") == [systems]
    assert shown(desk, "?person=") == [systems, others, hers]
    people = desk.get(PATH).context["log"].people
    assert [name for _value, name in people] == ["Ana Ribeiro", "Olivia Lind", "The system"]


def test_filters_by_verb_business_and_subject(
    desk: Client, plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    saved = add(plan).pk
    moved = add(aurora, "tenant.moved", tenant_id=aurora.pk, tenant_name="Salon Aurora").pk
    add(borealis, "tenant.moved", tenant_id=borealis.pk, tenant_name="Borealis Yoga")
    assert shown(desk, "?verb=plan.saved") == [saved]
    assert shown(desk, f"?tenant={aurora.pk}") == [moved]
    assert shown(desk, f"?subject=plans.plan:{plan.pk}") == [saved]
    assert "Only what concerns Salon Aurora" in words(page(desk, f"?tenant={aurora.pk}"))
    assert "Only what concerns Team" in words(page(desk, f"?subject=plans.plan:{plan.pk}"))
    assert "Only what concerns" not in words(page(desk))
    assert page(desk, "?verb=plan.saved").count("selected>Plan changed") == 1
    assert f'name="tenant" value="{aurora.pk}"' in page(desk, f"?tenant={aurora.pk}")


def test_filters_by_text_in_name_business_and_reason(desk: Client, plan: Plan) -> None:
    by_name = add(plan).pk
    other = Plan(pk=plan.pk, name="Other")
    by_reason = add(other, reason="The team asked").pk
    by_business = add(other, tenant_name="Teamwork").pk
    add(other)
    assert shown(desk, "?q=TEAM") == [by_business, by_reason, by_name]
    assert shown(desk, "?q=team%25") == []


def test_filters_by_days_that_both_count(desk: Client, plan: Plan) -> None:
    days = [add(plan, at=MARCH.replace(hour=0) + timedelta(days=n)).pk for n in range(4)]
    last_moment = add(plan, at=datetime(2026, 3, 11, 23, 59, 59, 999999, tzinfo=UTC)).pk
    assert shown(desk, "?since=2026-03-11&until=2026-03-11") == [last_moment, days[1]]
    assert shown(desk, "?since=2026-03-12") == days[:1:-1]
    assert shown(desk, "?until=2026-03-10") == days[:1]


@pytest.mark.parametrize(
    "query",
    [
        "?since=yesterday", "?since=0001-01-01", "?until=9999-12-31", "?person=olivia", "?person=-1",
        "?tenant=x", f"?tenant={2**70}", "?subject=plans.plan", "?subject=plans.plan:9x", "?q=%00",
        "?person=" + "9" * 30, "?page=-3", "?page=x", "?verb=" + "v" * 80,
    ],
)  # fmt: skip
def test_filters_that_make_no_sense_filter_nothing(desk: Client, plan: Plan, query: str) -> None:
    entry = add(plan).pk
    assert shown(desk, query) == [entry]
    assert "page" in query or 'class="field-error' in page(desk, query)
    assert len(file_of(desk, query)) == 1


def test_htmx_gets_the_entries_alone(desk: Client, plan: Plan) -> None:
    add(plan)
    response = desk.get(PATH, headers=HTMX)
    assert "<html" not in response.content.decode()
    assert "Plan changed" in response.content.decode()
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("count", [1, 30])
def test_page_costs_few_queries(
    desk: Client, plan: Plan, aurora: Tenant, olivia: User, count: int
) -> None:
    for subject in (plan, aurora, PlatformSettings.load()):
        for _number in range(count):
            add(subject, actor_id=olivia.pk, actor_name="Olivia Lind", changes={"name": ["A", "B"]})
    with CaptureQueriesContext(connection) as queries:
        page(desk)
    asked = [query["sql"] for query in queries if not query["sql"].startswith("SET ")]
    assert len(asked) <= 6, asked


def test_file_has_a_row_for_each_change(
    desk: Client, plan: Plan, olivia: User, aurora: Tenant
) -> None:
    changes = {"monthly_price": ["$29.00", "$39.00"], "is_hidden": [False, True]}
    with audit.acting_as(olivia, ip="203.0.113.7"):
        audit.record("plan.saved", plan, changes=changes, reason="New year", tenant=aurora)
    add(plan, "tenant.moved")
    bare, price, hidden = file_of(desk)
    assert (bare["What"], bare["Person"], bare["Field"]) == ("Tenant moved", "The system", "")
    assert (price["Field"], price["Before"], price["After"]) == (
        "Monthly price",
        "$29.00",
        "$39.00",
    )
    assert (hidden["Field"], hidden["Before"], hidden["After"]) == ("Hidden", "off", "on")
    assert (price["Person"], price["E-mail"]) == ("Olivia Lind", olivia.email)
    assert (price["Business"], price["Reason"]) == ("Salon Aurora", "New year")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", price["Time (UTC)"])


def test_file_holds_what_the_filters_leave(desk: Client, plan: Plan) -> None:
    add(plan, at=MARCH)
    add(plan, "tenant.moved", at=MARCH + timedelta(days=40))
    assert [row["Verb"] for row in file_of(desk, "?until=2026-03-31")] == ["plan.saved"]
    assert "?until=2026-03-31" in page(desk, "?until=2026-03-31&page=1")
    response = desk.get(EXPORT)
    assert response["Content-Disposition"].startswith('attachment; filename="audit-log-20')
    assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_no_cell_of_the_file_is_a_formula(desk: Client, plan: Plan) -> None:
    formula = '=HYPERLINK("http://x.example","Click")'
    add(plan, changes={"name": [formula, "@SUM(1)"]}, reason="+1", actor_name="-2", ip="\t=3")
    cells = [value for row in file_of(desk) for value in row.values()]
    assert f"'{formula}" in cells
    assert not [cell for cell in cells if cell.lstrip(" ").startswith(tuple("=+-@\t"))]


def test_too_much_for_one_file_is_refused(
    desk: Client, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_log, "EXPORT_MOST", 1)
    add(plan)
    assert desk.get(EXPORT).status_code == 200
    add(plan)
    response = desk.get(EXPORT)
    assert response.status_code == 409
    assert "Choose a shorter time" in response.content.decode()
