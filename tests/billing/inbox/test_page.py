"""The console's Payment events: what it shows, how it is filtered, and once more."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.models import Outcome, WebhookEvent
from billing.services.inbox.refusals import count_refusal
from plans.models import PlatformSettings
from saas.core import clock
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.billing.inbox.shop import store
from tests.billing.money import NOW

PATH = "/console/payments/events/"
HTMX = {"HX-Request": "true"}


def words(html: str) -> str:
    html = html.replace("<wbr>", "")
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def page(client: Client, query: str = "") -> str:
    response = client.get(PATH + query)
    assert response.status_code == 200
    return response.content.decode()


def shown(client: Client, query: str = "") -> list[str]:
    """The ids of the events on the page."""
    rows = client.get(PATH + query).context["table"].page.object_list
    return [row.event.event_id for row in rows]


def test_it_is_for_super_admins(
    client_for: Callable[..., Client], ana: User, olivia: User, aurora: Tenant
) -> None:
    event = store()
    for path in (PATH, f"{PATH}{event.pk}/"):
        assert client_for().get(path)["Location"].startswith("/login/")
        assert client_for(ana).get(path).status_code == 404
        assert client_for(olivia, aurora).get(path).status_code in {302, 404}
        assert client_for(olivia).get(path).status_code == 200
    again = f"{PATH}{event.pk}/replay/"
    assert client_for(ana).post(again).status_code == 404
    assert client_for(olivia).get(again).status_code == 405
    event.refresh_from_db()
    assert not AuditEntry.objects.exists()


def test_first_day_says_what_will_stand_here(desk: Client) -> None:
    assert "Nothing has been heard yet" in page(desk)
    assert "No event is like that" in page(desk, "?q=evt")
    assert '<a class="is-current"' in page(desk) or 'aria-current="page"' in page(desk)


def test_row_says_what_came_of_it(desk: Client) -> None:
    store(outcome=Outcome.DONE, detail="Paid and carried out.", due_at=None, attempts=1)
    store("evt_2", kind="charge.refunded", detail="Stripe: no answer", attempts=3)
    text = words(page(desk))
    assert "invoice.paid in_1" in text
    assert "Stripe Sandbox Done Paid and carried out. 25 Nov 2026 09:00:00" in text
    assert "Tried again later Stripe: no answer Tried 3 times" in text


def test_test_mode_is_named_and_real_money_is_not(desk: Client) -> None:
    store(environment="live")
    store("evt_2", environment="test")
    html = words(page(desk))
    assert html.count("Stripe Test ") == 1
    assert "Stripe Live" not in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=EVT_B", ["evt_b"]),
        ("?q=in_of_c", ["evt_c"]),
        ("?q=%25", []),
        ("?q=%00", ["evt_c", "evt_b", "evt_a"]),
        ("?gateway=stripe", ["evt_c", "evt_b", "evt_a"]),
        ("?gateway=nobody", ["evt_c", "evt_b", "evt_a"]),
        ("?outcome=failed", ["evt_b"]),
        ("?outcome=nonsense", ["evt_c", "evt_b", "evt_a"]),
        ("?kind=charge.refunded", ["evt_c"]),
        ("?kind=charge.refunded&outcome=failed", []),
    ],
)
def test_filters(desk: Client, query: str, found: list[str]) -> None:
    store("evt_a", now=NOW)
    store("evt_b", now=NOW + timedelta(minutes=1), outcome=Outcome.FAILED, due_at=None)
    store("evt_c", now=NOW + timedelta(minutes=2), kind="charge.refunded", object_id="in_of_c")
    assert shown(desk, query) == found


def test_unknown_gateway_of_old_rows_shows_its_key(desk: Client) -> None:
    event = store(gateway="coinbase")
    assert "coinbase" in words(page(desk))
    assert "coinbase" in words(desk.get(f"{PATH}{event.pk}/").content.decode())


def test_pages_turn_and_htmx_gets_the_table_alone(desk: Client) -> None:
    for number in range(55):
        store(f"evt_{number}", now=NOW + timedelta(seconds=number))
    assert len(shown(desk)) == 50
    assert shown(desk, "?page=2") == [f"evt_{number}" for number in (4, 3, 2, 1, 0)]
    part = desk.get(f"{PATH}?page=2", headers=HTMX)
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]


@pytest.mark.parametrize("rows", [1, 30])
def test_number_of_queries_does_not_grow(desk: Client, rows: int) -> None:
    PlatformSettings.load()
    for number in range(rows):
        store(f"evt_{number}", payload={"big": "x" * 1000})
    page(desk)
    with CaptureQueriesContext(connection) as seen:
        page(desk)
    asked = [q["sql"] for q in seen if not q["sql"].startswith("SET search_path")]
    assert len(asked) <= 8
    assert not any('"payload"' in sql for sql in asked)


def test_refused_ones_are_summed_up(desk: Client) -> None:
    now = clock.true_now()
    for _ in range(3):
        count_refusal("stripe", "bad signature", at=now)
    count_refusal("stripe", "too large", at=now - timedelta(hours=23))
    count_refusal("stripe", "too old", at=now - timedelta(hours=25))
    count_refusal("nobody", "bad signature", at=now)
    text = words(page(desk))
    assert "Refused in the last 24 hours: 3 with a wrong signature, 1 too large." in text


def test_detail_shows_the_payload_and_takes_nothing_of_it_for_markup(desk: Client) -> None:
    evil = "<img src=x onerror=alert(1)>"
    event = store(
        payload={"id": "evt_1", "name": evil, "city": "Zürich"}, kind=evil[:80], detail=evil
    )
    html = desk.get(f"{PATH}{event.pk}/").content.decode()
    assert "<img src=x" not in html + page(desk)
    assert "&quot;name&quot;: &quot;&lt;img src=x" in html
    assert "Zürich" in html
    assert "<html" not in desk.get(f"{PATH}{event.pk}/", headers=HTMX).content.decode()


def test_event_that_is_gone_says_so(desk: Client) -> None:
    response = desk.get(f"{PATH}999/")
    assert response.status_code == 404
    assert "kept for 90 days" in response.content.decode()
    assert desk.post(f"{PATH}999/replay/").status_code == 404


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.DONE, Outcome.IGNORED])
def test_replay_puts_it_back_and_is_recorded(desk: Client, olivia: User, outcome: Outcome) -> None:
    event = store(outcome=outcome, detail="Before", due_at=None, attempts=12, finished_at=NOW)
    response = desk.post(f"{PATH}{event.pk}/replay/", headers=HTMX)
    assert response.status_code == 204
    assert "eventReplayed" in response["HX-Trigger"]
    event.refresh_from_db()
    assert (event.outcome, event.detail, event.attempts) == (Outcome.WAITING, "", 0)
    assert event.due_at is not None
    assert event.finished_at is None
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor_id) == ("webhook.replayed", olivia.pk)
    assert entry.changes["outcome"] == [outcome.value, "waiting"]


def test_replay_without_javascript_leads_back_to_the_list(desk: Client) -> None:
    event = store(outcome=Outcome.FAILED, due_at=None)
    response = desk.post(f"{PATH}{event.pk}/replay/")
    assert response["Location"] == PATH
    assert "is being worked on once more" in desk.get(PATH).content.decode()
    assert WebhookEvent.objects.get().due_at
