"""What may be delivered, and what is refused: the right status, a few words, nothing stored, and counted."""

import io
import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from billing import webhook_views
from billing.models import Environment, GatewaySettings, Outcome, Payment, WebhookEvent
from billing.services import gateways
from billing.services.inbox import hearing
from billing.services.inbox.refusals import refused_lately
from billing.webhook_views import MOST_BYTES
from saas.core import clock
from sandbox.stripe.testing import SECRET, StripeSandbox
from tenants.models import Tenant, User
from tests.billing.back_office.shop import funds_row
from tests.billing.inbox.shop import PATH, Post, an_event, signature
from tests.conftest import make_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]
OTHER = "whsec_of_somebody_else"


def refused() -> dict[str, int]:
    return {one.reason: one.count for one in refused_lately(at=clock.true_now())}


def keys(environment: str, **values: str) -> GatewaySettings:
    """What the owner has entered: `values` for one environment, which is the one in use from now on."""
    row, _ = GatewaySettings.objects.get_or_create(gateway="stripe")
    row.secrets = gateways.with_secrets(row, environment, {"secret_key": "sk_test_1", **values})
    row.environment = environment
    row.save()
    hearing.forget()
    return row


def test_genuine_event_is_stored_and_answered(post: Post) -> None:
    response = post.event(an_event(created=1_700_000_000))
    assert (response.status_code, response.content) == (200, b"ok")
    assert response["Content-Type"] == "text/plain"
    stored = WebhookEvent.objects.get()
    assert (stored.gateway, stored.environment, stored.event_id) == ("stripe", "sandbox", "evt_1")
    assert (stored.kind, stored.object_id, stored.outcome) == (
        "invoice.paid",
        "in_unknown",
        Outcome.WAITING,
    )
    assert stored.payload == an_event()
    assert stored.occurred_at is not None
    assert stored.due_at == stored.received_at
    assert refused() == {}


def test_second_delivery_is_answered_and_changes_nothing(post: Post) -> None:
    post.event(an_event())
    WebhookEvent.objects.update(outcome=Outcome.DONE, due_at=None)
    assert post.event(an_event(kind="something.else")).status_code == 200
    stored = WebhookEvent.objects.get()
    assert (stored.kind, stored.outcome, stored.due_at) == ("invoice.paid", Outcome.DONE, None)


BAD: dict[str, tuple[Callable[[Post], Any], int, str]] = {
    "no signature": (
        lambda post: post.raw(json.dumps(an_event()).encode(), {}), 400, "no signature"
    ),
    "empty signature": (
        lambda post: post.raw(b"{}", {"Stripe-Signature": ""}), 400, "no signature"
    ),
    "signature of another scheme": (
        lambda post: post.raw(b"{}", {"Stripe-Signature": f"t={int(time.time())},v0=abc"}),
        400, "no signature",
    ),
    "nonsense for a signature": (
        lambda post: post.raw(b"{}", {"Stripe-Signature": "t=never,v1=é"}), 400, "no signature"
    ),
    "another secret": (lambda post: post.event(an_event(), OTHER), 400, "bad signature"),
    "body changed on the way": (
        lambda post: post.raw(b'{"id": 2}', {"Stripe-Signature": signature(b'{"id": 1}', SECRET)}),
        400, "bad signature",
    ),
    "six minutes old": (
        lambda post: post.event(an_event(), stamp=int(time.time()) - 360), 400, "too old"
    ),
    "six minutes ahead": (
        lambda post: post.event(an_event(), stamp=int(time.time()) + 360), 400, "from the future"
    ),
    "a year ahead": (
        lambda post: post.event(an_event(), stamp=int(time.time()) + 31_000_000),
        400, "from the future",
    ),
    "10 MB": (
        lambda post: post.raw(b"x" * 10_000_000, {"Stripe-Signature": "t=1,v1=a"}),
        413, "too large",
    ),
    "a byte too long": (
        lambda post: post.raw(b" " * (MOST_BYTES + 1), {}), 413, "too large"
    ),
    "not JSON": (
        lambda post: post.raw(b"{nothing", {"Stripe-Signature": signature(b"{nothing", SECRET)}),
        400, "not json",
    ),
    "empty": (
        lambda post: post.raw(b"", {"Stripe-Signature": signature(b"", SECRET)}), 400, "not json"
    ),
    "not UTF-8": (
        lambda post: post.raw(b'"\xff"', {"Stripe-Signature": signature(b'"\xff"', SECRET)}),
        400, "not json",
    ),
    "nested without end": (
        lambda post: post.raw(
            b"[" * 100_000, {"Stripe-Signature": signature(b"[" * 100_000, SECRET)}
        ),
        400, "not json",
    ),
    "a list": (
        lambda post: post.raw(b"[]", {"Stripe-Signature": signature(b"[]", SECRET)}),
        400, "no event",
    ),
    "no id": (lambda post: post.event(an_event(name="")), 400, "no event"),
    "an id without end": (lambda post: post.event(an_event(name="e" * 256)), 400, "no event"),
    "no number for an id": (lambda post: post.event({**an_event(), "id": 7}), 400, "no event"),
    "GET": (lambda post: post.client.get(PATH), 405, "not a post"),
    "HEAD": (lambda post: post.client.head(PATH), 405, "not a post"),
    "PUT": (lambda post: post.client.put(PATH, b"{}"), 405, "not a post"),
    "OPTIONS": (lambda post: post.client.options(PATH), 405, "not a post"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused_in_a_few_words_and_counted(what: str, post: Post) -> None:
    send, status, reason = BAD[what]
    with CaptureQueriesContext(connection) as seen:
        response = send(post)
    assert (response.status_code, refused()) == (status, {reason: 1})
    assert response["Content-Type"] == "text/plain"
    assert response.content.decode() in {reason, ""}
    assert not WebhookEvent.objects.exists()
    written = [q["sql"] for q in seen if not q["sql"].startswith(("SELECT", "SET"))]
    assert written == []


def test_wrong_method_says_which_is_right(post: Post) -> None:
    assert post.client.get(PATH)["Allow"] == "POST"


@pytest.mark.parametrize("gateway", ["balance", "nobody", "paypal", "x" * 300])
def test_gateway_that_sends_nothing_is_not_there(post: Post, gateway: str) -> None:
    response = post.event(an_event(), path=f"/webhooks/{gateway}/")
    assert response.status_code == 404
    assert not WebhookEvent.objects.exists()


def test_gateway_without_keys_is_not_there(post: Post, settings: Any) -> None:
    settings.STRIPE_SANDBOX_URL = ""
    response = post.event(an_event())
    assert (response.status_code, refused()) == (404, {"not connected": 1})


@pytest.mark.parametrize("secret", ["", None])
def test_empty_secret_closes_the_door(post: Post, secret: str | None) -> None:
    keys("test", **({} if secret is None else {"webhook_secret": secret}))
    for signed_with in ("", SECRET, "None"):
        assert post.event(an_event(), signed_with or " ").status_code == 404
    assert not WebhookEvent.objects.exists()


def test_gateway_that_is_switched_off_is_still_heard(post: Post) -> None:
    """Its subscriptions go on there; nobody is to lose a plan that is being paid."""
    row = keys("test", webhook_secret="whsec_test")
    row.is_enabled = False
    row.save()
    assert post.event(an_event(), "whsec_test").status_code == 200


@pytest.mark.parametrize("event", ["payment_intent.amount_capturable_updated", "a.b" * 40, ""])
def test_kind_that_nobody_knows_is_stored(post: Post, event: str) -> None:
    assert post.event(an_event(kind=event)).status_code == 200
    assert WebhookEvent.objects.get().kind == event[:80]


def test_event_of_another_environment_is_stored_and_left_alone(post: Post) -> None:
    keys("test", webhook_secret="whsec_test")
    assert post.event(an_event(livemode=True), "whsec_test").status_code == 200
    stored = WebhookEvent.objects.get()
    assert (stored.environment, stored.outcome, stored.due_at) == ("live", Outcome.IGNORED, None)
    assert stored.detail == "Stripe: sent from “Live”, and “Test” is what is set now."
    assert stored.finished_at


def test_endpoint_of_test_mode_may_go_on_sending_after_the_switch_to_live(post: Post) -> None:
    keys("test", webhook_secret="whsec_test")
    keys("live", webhook_secret="whsec_live")
    assert post.event(an_event("evt_t"), "whsec_test").status_code == 200
    assert post.event(an_event("evt_l", livemode=True), "whsec_live").status_code == 200
    outcomes = dict(WebhookEvent.objects.values_list("environment", "outcome"))
    assert outcomes == {"test": Outcome.IGNORED, "live": Outcome.WAITING}


@pytest.mark.parametrize("signed_with", ["whsec_live", "whsec_test"])
def test_what_runs_in_the_other_environment_is_heard_by_its_own_secret_alone(
    post: Post, aurora: Tenant, ana: User, signed_with: str
) -> None:
    """Bought with live keys; then test mode was chosen."""
    Payment.objects.filter(pk=funds_row(aurora, ana, 5000).pk).update(environment="live")
    keys("live", webhook_secret="whsec_live")
    keys("test", webhook_secret="whsec_test")
    assert post.event(an_event(livemode=True), signed_with).status_code == 200
    stored = WebhookEvent.objects.get()
    is_heard = signed_with == "whsec_live"
    assert stored.environment == "live"
    assert stored.outcome == (Outcome.WAITING if is_heard else Outcome.IGNORED)
    assert bool(stored.due_at) is is_heard


def test_secret_of_test_mode_is_worth_nothing_for_real_money(post: Post) -> None:
    keys("test", webhook_secret="whsec_test")
    keys("live", webhook_secret="whsec_live")
    assert post.event(an_event(livemode=True), "whsec_test").status_code == 400
    assert not WebhookEvent.objects.exists()


def test_secret_of_the_double_is_worth_nothing_beside_real_keys(post: Post) -> None:
    keys("test", webhook_secret="whsec_test")
    assert post.event(an_event(), SECRET).status_code == 400
    assert not WebhookEvent.objects.exists()


def test_same_id_in_two_environments_is_two_events(post: Post) -> None:
    keys("test", webhook_secret="whsec_1")
    post.event(an_event(), "whsec_1")
    post.event(an_event(livemode=True), "whsec_1")
    assert set(WebhookEvent.objects.values_list("environment", flat=True)) == {"test", "live"}


def test_while_a_secret_is_replaced_both_are_valid(post: Post) -> None:
    until = (clock.true_now() + timedelta(hours=1)).isoformat()
    keys(
        "test", webhook_secret="whsec_new", old_webhook_secret="whsec_old",
        old_webhook_secret_until=until,
    )  # fmt: skip
    assert post.event(an_event("evt_1"), "whsec_old").status_code == 200
    assert post.event(an_event("evt_2"), "whsec_new").status_code == 200
    assert post.event(an_event("evt_3"), "whsec_new", "whsec_old").status_code == 200
    assert post.event(an_event("evt_4"), OTHER).status_code == 400
    assert WebhookEvent.objects.count() == 3


def test_old_secret_is_worth_nothing_when_its_time_is_over(post: Post) -> None:
    until = (clock.true_now() - timedelta(seconds=1)).isoformat()
    keys(
        "test", webhook_secret="whsec_new", old_webhook_secret="whsec_old",
        old_webhook_secret_until=until,
    )  # fmt: skip
    assert post.event(an_event(), "whsec_old").status_code == 400


def test_new_secret_is_heard_at_once_though_the_old_ones_are_remembered(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "NOT_AGAIN_FOR", 0.0)
    row = keys("test", webhook_secret="whsec_old")
    assert post.event(an_event("evt_1"), "whsec_old").status_code == 200
    changed = {"secret_key": "sk_test_1", "webhook_secret": "whsec_new"}
    row.secrets = gateways.with_secrets(row, "test", changed)
    row.save()
    assert post.event(an_event("evt_2"), "whsec_new").status_code == 200


def test_keys_that_were_removed_are_forgotten_within_seconds(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = keys("test", webhook_secret="whsec_1")
    row.environment = Environment.TEST
    assert post.event(an_event("evt_1"), "whsec_1").status_code == 200
    row.secrets = ""
    row.save()
    monkeypatch.setattr(hearing, "FRESH", 0.0)
    assert post.event(an_event("evt_2"), "whsec_1").status_code != 200


def test_flood_of_bad_signatures_does_not_become_one_of_queries(post: Post) -> None:
    post.event(an_event())
    with CaptureQueriesContext(connection) as seen:
        for _ in range(20):
            post.event(an_event(), OTHER)
    assert len([q for q in seen if not q["sql"].startswith("SET")]) <= 1


def test_flood_of_bad_ones_is_told_to_slow_down_and_good_ones_still_pass(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_views, "REFUSED_RATE", "3/minute")
    answers = [post.event(an_event(), OTHER) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert refused() == {"bad signature": 5}
    assert post.event(an_event()).status_code == 200
    neighbour = Post(make_client(project.PLATFORM_HOST))
    assert neighbour.event(an_event(), OTHER).status_code == 400


def test_warm_delivery_is_one_statement_whoever_claims_to_be_logged_in(
    client_for: Callable[..., Client], olivia: User, sandbox: StripeSandbox
) -> None:
    """A session that is sent along is not looked up."""
    logged_in = Post(client_for(olivia))
    logged_in.event(an_event("evt_1"))
    with CaptureQueriesContext(connection) as seen:
        logged_in.event(an_event("evt_2"))
    asked = [q["sql"] for q in seen if not q["sql"].startswith("SET")]
    assert len(asked) == 1
    assert asked[0].startswith("INSERT INTO")
    assert "ON CONFLICT" in asked[0]


def test_answer_sets_no_cookie(post: Post) -> None:
    assert not post.event(an_event()).cookies


def test_it_stands_on_the_platforms_host_alone(aurora: Tenant, post: Post) -> None:
    post.client.defaults["SERVER_NAME"] = aurora.host
    assert post.event(an_event()).status_code == 404
    assert not WebhookEvent.objects.exists()


class Unread(io.BytesIO):
    """A body that must not be touched."""

    def read(self, *args: Any) -> bytes:
        raise AssertionError("It was read.")


def test_body_that_says_it_is_too_long_is_not_read() -> None:
    request = RequestFactory().post(PATH)
    request.META |= {"CONTENT_LENGTH": str(MOST_BYTES + 1), "wsgi.input": Unread()}
    request._stream = Unread()
    assert webhook_views.receive(request, "stripe").status_code == 413


@pytest.mark.parametrize("length", ["-1", "many", "²"])
def test_length_that_is_no_number(length: str) -> None:
    request = RequestFactory().post(PATH)
    request.META["CONTENT_LENGTH"] = length
    assert webhook_views.receive(request, "stripe").status_code == 400


def chunked(body: bytes) -> Any:
    """As gunicorn hands on what came in chunks: no length, and a stream that ends by itself."""
    request = RequestFactory().post(PATH, headers={"Stripe-Signature": signature(body, SECRET)})
    del request.META["CONTENT_LENGTH"]
    request.META |= {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True}
    return request


def test_body_in_chunks_is_read_up_to_the_limit() -> None:
    body = json.dumps(an_event()).encode()
    assert webhook_views.receive(chunked(body), "stripe").status_code == 200
    stream = chunked(b" " * 10_000_000)
    assert webhook_views.receive(stream, "stripe").status_code == 413
    assert stream.META["wsgi.input"].tell() == MOST_BYTES + 1
    assert WebhookEvent.objects.count() == 1


def test_no_length_and_no_chunks_is_an_empty_body() -> None:
    request = RequestFactory().post(PATH)
    del request.META["CONTENT_LENGTH"]
    request.META["wsgi.input"] = Unread()
    assert webhook_views.receive(request, "stripe").status_code == 400


class BrokenOff(io.BytesIO):
    def read(self, *args: Any) -> bytes:
        raise OSError("The other side is gone.")


def test_body_that_breaks_off_is_refused() -> None:
    request = chunked(b"")
    request.META["wsgi.input"] = BrokenOff()
    assert webhook_views.receive(request, "stripe").status_code == 400
