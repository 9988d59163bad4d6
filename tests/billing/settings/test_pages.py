"""The console's Settings → Payments in the client: what it shows, who may, what a form does."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.models import GatewaySettings, Payment, Subscription
from billing.services import gateways
from billing.services.setup.gateway_settings import GatewayChange, save_gateway, switch_mode
from plans.models import Plan
from saas.core import clock
from tenants.models import Tenant, User
from tests.billing.settings.pages import PROBE, post, words
from tests.billing.settings.probe import LIVE_KEY, SIGNING, TEST_KEY, Company
from tests.plans.pages import HTMX, read_form

LIST = "/console/settings/payments/"
BALANCE = f"{LIST}balance/"
NOW = datetime(2026, 12, 3, 9, 14, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("world", "company", "real")


def save(**keys: dict[str, str]) -> None:
    save_gateway("probe", GatewayChange(True, frozenset({"plan", "funds"}), keys), now=NOW)


@pytest.mark.req(93)
def test_list_tells_each_gateway_with_its_state_in_a_word_and_a_sentence(desk: Client) -> None:
    told = words(desk.get(LIST))
    assert (
        "Balance Ready Tenants pay from money that they have put on their balance before." in told
    )
    assert "Stripe Not set up Cards and more on Stripe’s own page." in told
    assert "Probe Not set up Only in tests. Set up" in told


@pytest.mark.parametrize(
    ("prepare", "word", "sentence"),
    [
        (lambda: None, "Not set up", "Only in tests."),
        (
            lambda: save(test={"secret_key": TEST_KEY}),
            "Webhook missing",
            "It cannot tell us of payments before the secret of its webhook is entered.",
        ),
        (
            lambda: save(test={"secret_key": TEST_KEY, "webhook_secret": SIGNING}),
            "Test mode",
            "No money moves: only the test cards of Probe work.",
        ),
        (
            lambda: save(live={"secret_key": LIVE_KEY}),
            "Not set up",
            "Live keys are stored, and test mode is on.",
        ),
        (lambda: go_live(), "Connected", "Payments are real."),
        (
            lambda: GatewaySettings.objects.create(gateway="probe", is_enabled=False),
            "Switched off",
            "Nobody can choose it. What runs already goes on.",
        ),
    ],
)
def test_each_state_has_its_word(
    desk: Client, prepare: Callable[[], object], word: str, sentence: str
) -> None:
    prepare()
    assert f"Probe {word} {sentence}" in words(desk.get(LIST))
    on_page = sentence.replace(
        "Only in tests.", "Enter its keys below, and tenants can pay with it."
    )
    assert f"State {word} {on_page}" in words(desk.get(PROBE))


def go_live() -> None:
    save(live={"secret_key": LIVE_KEY, "webhook_secret": SIGNING})
    switch_mode("probe", "live", now=NOW)


def test_failed_test_takes_the_place_of_the_state(desk: Client) -> None:
    save(test={"secret_key": "pt_wrong_key_1234567"})
    response = desk.post(f"{PROBE}test/", {"from": "list"}, follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert "Probe Test failed Probe refused: no such key: •••" in words(response)


def test_sandbox_of_the_demo_is_said_to_be_one(desk: Client, settings: Any) -> None:
    settings.DEMO, settings.STRIPE_SANDBOX_URL = True, "http://localhost:9"
    told = words(desk.get(LIST))
    assert "Stripe Sandbox of the demo The demo plays Stripe: no keys are needed" in told
    assert "Test" in told


@pytest.mark.req(91)
def test_keys_are_entered_and_never_shown_again(desk: Client) -> None:
    response = post(desk, test_secret_key=TEST_KEY, test_webhook_secret=SIGNING)
    assert (response.status_code, response["Location"]) == (302, PROBE)
    page = desk.get(PROBE)
    told = words(page)
    day = f"{clock.true_now():%-d %b %Y}"
    assert f"Stored: ends in …4242, set on {day}. Leave this empty to keep it." in told
    assert f"Stored: ends in …{SIGNING[-4:]}, set on {day}." in told
    for secret in (TEST_KEY, SIGNING):
        assert secret not in page.content.decode()
        assert secret[:12] not in page.content.decode()
    assert re.findall(r'<input type="text" name="test_secret_key"[^>]*>', page.content.decode())
    assert 'value="pt_' not in page.content.decode()


def test_saving_what_the_page_shows_changes_nothing(desk: Client) -> None:
    save(test={"secret_key": TEST_KEY}, live={"secret_key": LIVE_KEY})
    before = GatewaySettings.objects.values().get(gateway="probe")
    assert post(desk).status_code == 302
    assert GatewaySettings.objects.values().get(gateway="probe") == before


def test_short_key_shows_no_end(desk: Client) -> None:
    save(test={"secret_key": "pt_short"})
    told = words(desk.get(PROBE))
    assert "Stored, set on 3 Dec 2026." in told
    assert "ends in" not in told


def test_old_signing_secret_is_told_while_it_is_valid(desk: Client) -> None:
    save(test={"secret_key": TEST_KEY})
    post(desk, test_webhook_secret=SIGNING)
    post(desk, test_webhook_secret="sign_second_one_1234567890")
    assert re.search(
        r"The one before is valid until \d+ \w+ \d{4}, \d\d:\d\d \(UTC\)", words(desk.get(PROBE))
    )
    assert (
        gateways.secrets_of(GatewaySettings.objects.get(gateway="probe"), "test")[
            "old_webhook_secret"
        ]
        == SIGNING
    )


def test_wrong_key_gets_its_sentence_and_the_rest_stays_typed(desk: Client) -> None:
    response = post(desk, test_secret_key=LIVE_KEY, used_for="funds", is_enabled="on")
    page = response.content.decode()
    assert response.status_code == 422
    assert "This is a live key. One of test mode begins with pt_ or rt_." in page
    assert page.count('class="field-error"') == 1
    assert "The keys that you entered are not shown again: enter them once more." in page
    assert LIVE_KEY not in page
    assert read_form(response)["used_for"] == ["funds"]
    assert not GatewaySettings.objects.filter(gateway="probe").exclude(secrets="").exists()


def test_no_use_at_all_gets_its_sentence(desk: Client) -> None:
    response = post(desk, used_for=[])
    assert response.status_code == 422
    assert "Choose at least one use, or switch it off." in response.content.decode()
    response = post(desk, used_for="everything")
    assert response.status_code == 422


def test_demo_offers_no_input_for_live_keys_and_refuses_them(desk: Client, settings: Any) -> None:
    settings.DEMO = True
    page = desk.get(PROBE)
    assert "live_secret_key" not in page.content.decode()
    assert "It takes no live keys, so that nobody is charged by it." in page.content.decode()
    response = post(desk, live_secret_key=LIVE_KEY)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert LIVE_KEY not in response.content.decode()
    assert not gateways.has_live_keys()


def test_form_that_is_too_old_is_kept_and_says_so(desk: Client) -> None:
    old = read_form(desk.get(PROBE))
    save(test={"secret_key": TEST_KEY})
    response = desk.post(
        PROBE, {**old, "used_for": "plan", "test_secret_key": "pt_mine_mine_mine_12"}
    )
    assert response.status_code == 409
    assert "Somebody changed these settings meanwhile." in response.content.decode()
    assert read_form(response)["used_for"] == ["plan"]
    again = desk.post(PROBE, {**read_form(response)})
    assert again.status_code == 302
    row = GatewaySettings.objects.get(gateway="probe")
    assert row.not_for == ["credits", "funds"]
    assert gateways.secrets_of(row, "test")["secret_key"] == TEST_KEY


def test_webhook_address_is_the_installations_whatever_the_request_says(
    client_for: Callable[..., Client], olivia: User, settings: Any
) -> None:
    settings.PLATFORM_HOSTS |= {"127.0.0.1"}
    client = client_for(olivia)
    client.defaults["HTTP_HOST"] = f"127.0.0.1:{settings.PORT}"
    page = client.get(PROBE).content.decode()
    address = f"{project.PLATFORM_URL}/webhooks/probe/"
    assert f'data-copy="{address}"' in page
    assert page.count(address) == 2
    assert "127.0.0.1" not in page


def test_going_live_lists_what_happens(
    desk: Client, plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    save(test={"secret_key": TEST_KEY}, live={"secret_key": LIVE_KEY, "webhook_secret": SIGNING})
    subscription(aurora, plan, "test")
    over = subscription(borealis, plan, "test").pk
    Subscription.objects.filter(pk=over).update(standing="ended", ended_at=NOW)
    page = desk.get(PROBE).content.decode()
    assert f'hx-get="{PROBE}mode/live/"' in page
    question = desk.get(f"{PROBE}mode/live/", headers=HTMX)
    told = words(question)
    assert "Switch Probe to live mode?" in told
    assert "From now on Probe moves real money." in told
    assert "1 plan is sent to the live account" in told
    assert "1 subscription of test mode is not touched" in told
    done = desk.post(f"{PROBE}mode/live/", read_form(question), headers=HTMX)
    assert done["HX-Redirect"] == PROBE
    assert gateways.environment_of("probe") == "live"
    assert "Probe is in live mode now." in words(desk.get(PROBE))
    assert Subscription.objects.get(tenant=aurora).standing == "active"


def test_going_back_says_that_live_subscriptions_go_on(
    desk: Client, plan: Plan, aurora: Tenant
) -> None:
    save(test={"secret_key": TEST_KEY})
    go_live()
    subscription(aurora, plan, "live")
    told = words(desk.get(f"{PROBE}mode/test/"))
    assert (
        "1 live subscription is not touched: Probe goes on charging real money for it, and that counts here as before. "
        "It renews on 3 Jan 2027." in told
    )


def test_live_mode_that_does_not_work_is_refused_in_one_sentence(desk: Client) -> None:
    save(live={"secret_key": "pl_wrong_wrong_wrong_w"})
    question = desk.get(f"{PROBE}mode/live/")
    response = desk.post(f"{PROBE}mode/live/", read_form(question), headers=HTMX)
    assert response.status_code == 409
    assert "Nothing was switched. Probe refused: no such key: •••" in words(response)
    assert gateways.environment_of("probe") == ""


def test_removing_keys_names_what_stops(desk: Client, plan: Plan, aurora: Tenant) -> None:
    save(test={"secret_key": TEST_KEY})
    subscription(aurora, plan, "test")
    Payment.objects.create(
        tenant=aurora, gateway="probe", environment="test", purpose="funds", amount=1, currency="USD",
        title="Funds",
    )  # fmt: skip
    question = desk.get(f"{PROBE}keys/test/remove/")
    told = words(question)
    for sentence in (
        "Remove the keys of test mode?",
        "Tenants cannot choose Probe any more, and plans are not sent there.",
        "1 subscription goes on being charged by Probe",
        "1 payment has begun: if it is paid at Probe, nothing happens here.",
        "The keys stay valid at Probe: take them back there, too.",
    ):
        assert sentence in told
    response = desk.post(f"{PROBE}keys/test/remove/", read_form(question))
    assert response["Location"] == PROBE
    assert gateways.environment_of("probe") == ""
    assert "Remove keys" not in words(desk.get(PROBE))


def test_question_that_is_too_old_removes_nothing(desk: Client) -> None:
    save(test={"secret_key": TEST_KEY})
    question = read_form(desk.get(f"{PROBE}keys/test/remove/"))
    save(test={"secret_key": "pt_entered_meanwhile"})
    for sent in (question, {}):
        response = desk.post(f"{PROBE}keys/test/remove/", sent)
        assert response.status_code == 409
    assert gateways.environment_of("probe") == "test"


def test_test_needs_a_post_and_tells_what_came_of_it(desk: Client) -> None:
    save(test={"secret_key": TEST_KEY})
    assert desk.get(f"{PROBE}test/").status_code == 405
    response = desk.post(f"{PROBE}test/", follow=True)
    assert "Connected to Probe test." in words(response)
    assert f"Tested on {clock.true_now():%-d %b %Y}" in words(response)
    assert desk.post(f"{BALANCE}test/").status_code == 404
    assert desk.post("/console/settings/payments/nobody/test/").status_code == 404


def test_balance_has_no_keys_and_no_modes(desk: Client) -> None:
    page = desk.get(BALANCE).content.decode()
    for word in ("secret_key", "mode/", "webhooks/", "Test connection", "Danger zone"):
        assert word not in page
    for tail in ("mode/live/", "keys/live/remove/"):
        assert desk.get(BALANCE + tail).status_code == 404
    assert post(desk, BALANCE, is_enabled=[]).status_code == 302
    assert not GatewaySettings.objects.get(gateway="balance").is_enabled


PATHS = [LIST, PROBE, f"{PROBE}test/", f"{PROBE}mode/live/", f"{PROBE}keys/test/remove/"]


@pytest.mark.parametrize("path", PATHS)
def test_only_super_admins_may(
    path: str,
    client_for: Callable[..., Client],
    ana: User,
    olivia: User,
    aurora: Tenant,
    company: Company,
) -> None:
    save(test={"secret_key": TEST_KEY}, live={"secret_key": LIVE_KEY})
    before = GatewaySettings.objects.values().get(gateway="probe")
    for method in ("get", "post"):
        assert getattr(client_for(), method)(path)["Location"].startswith("/login/")
        assert getattr(client_for(ana), method)(path).status_code == 404
        assert getattr(client_for(ana, aurora), method)(path).status_code == 404
        assert getattr(client_for(olivia, aurora), method)(path).status_code in {302, 404}
    assert GatewaySettings.objects.values().get(gateway="probe") == before
    assert company.asked == []


@pytest.mark.parametrize("path", PATHS[1:])
def test_posts_need_the_token_of_the_page(
    path: str, olivia: User, client_for: Callable[..., Client]
) -> None:
    strict = client_for(olivia)
    strict.handler.enforce_csrf_checks = True
    assert strict.post(path).status_code == 403


def test_pages_cost_few_queries(desk: Client) -> None:
    save(test={"secret_key": TEST_KEY})
    for path in (LIST, PROBE):
        desk.get(path)
        with CaptureQueriesContext(connection) as queries:
            desk.get(path)
        asked = [query["sql"] for query in queries if not query["sql"].startswith("SET ")]
        assert len(asked) <= 6, asked


def subscription(tenant: Tenant, plan: Plan, environment: str) -> Subscription:
    return Subscription.objects.create(
        tenant=tenant, plan=plan, plan_name=plan.name, cycle="monthly", amount=2900, currency="USD",
        gateway="probe", environment=environment, external_id=f"sub_{tenant.pk}", started_at=NOW,
        period_start=NOW, period_end=datetime(2027, 1, 3, 9, tzinfo=UTC),
    )  # fmt: skip
