"""The Billing page: the present plan as a sentence, the cards, usage against limits."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from plans.entitlements import UNLIMITED
from plans.models import Plan, PlatformSettings
from saas.core import clock
from tenants.models import Cycle, Tenant, User
from tenants.services.fitting import refit
from tenants.services.overrides import end_override, set_override
from tests.booking.pages import allow, fill, put_on, queries_for, switch, words

Clients = Callable[..., Client]
URL = "/panel/billing/"


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@pytest.fixture
def solo(small_plan: Plan) -> Plan:
    """A third plan, to the right of the others, with everything that a card can show."""
    return Plan.objects.create(
        name="Solo & Co",
        bookmark_text="BEST VALUE",
        color="#aa3355",
        order_number=30,
        monthly_price=900,
        annual_price=9100,
        annual_discount="16.5",
        description="<ul><li><strong>Bold</strong> point</li></ul><script>x</script>",
        capabilities=dict(small_plan.capabilities),
        limits={"staff": 1, "services": -1},
    )


def card(client: Client, plan: Plan) -> str:
    """The words and tags of one plan's card; empty when it has none."""
    found = re.search(
        rf'<article class="plan-card plan-color-{plan.pk}">.*?</article>', words(client.get(URL))
    )
    return found[0] if found else ""


def names(client: Client) -> list[str]:
    return [card.plan.name for card in client.get(URL).context["cards"]]


@pytest.mark.req(5, 6, 7, 16)
def test_card_shows_what_the_details_tab_says(owner: Client, solo: Plan) -> None:
    shown = card(owner, solo)
    for part in ("<h3>Solo & Co</h3>", '<span class="ribbon-word">BEST VALUE</span>', "<b>$9</b>",
                 "<b>$91</b>", "Save 16.5%", "<li><strong>Bold</strong> point</li>"):  # fmt: skip
        assert part in shown
    assert "<script" not in shown
    assert shown.index("$9<") < shown.index("Bold")


@pytest.mark.req(7)
def test_card_without_bookmark_text_has_no_ribbon(owner: Client, solo: Plan) -> None:
    solo.bookmark_text = ""
    solo.save()
    assert "ribbon" not in card(owner, solo)


@pytest.mark.req(8)
def test_card_is_drawn_in_the_plans_colour(owner: Client, solo: Plan) -> None:
    assert f"plan-color-{solo.pk}" in card(owner, solo)
    css = owner.get("/plan-colors.css").content.decode()
    assert f".plan-color-{solo.pk} {{ --plan-color: #aa3355; --plan-ink: #ffffff; }}" in css


@pytest.mark.req(9)
def test_cards_stand_by_order_number(owner: Client, solo: Plan) -> None:
    assert names(owner) == ["Free", "Team", "Solo & Co"]
    solo.order_number = 5
    solo.save()
    assert names(owner) == ["Solo & Co", "Free", "Team"]


def test_card_shows_limits_and_what_tells_it_apart(
    owner: Client, solo: Plan, plan: Plan, small_plan: Plan
) -> None:
    switch(small_plan, "booking_page.remove_branding", on=False)
    switch(solo, "staff", on=False)
    shown = card(owner, solo)
    assert "<dt>Services</dt><dd>Unlimited</dd>" in shown
    assert "<dt>Staff</dt>" not in shown
    assert "<span>Remove “Powered by Tenantry”</span>" in shown
    assert "<span>Staff</span>" not in shown
    assert "<span>Staff</span>" in card(owner, small_plan)
    assert "<span>Remove" not in card(owner, small_plan)
    assert "<span>Add staff</span>" not in card(owner, plan)


def test_own_card_is_marked_and_offers_nothing(owner: Client, plan: Plan) -> None:
    shown = card(owner, plan)
    assert "Your plan" in shown
    assert "href" not in shown
    assert words(owner.get(URL)).count("Your plan</span>") == 1


@pytest.mark.req(13, 99)
def test_grid_has_a_switch_of_cycles_and_a_badge(owner: Client, solo: Plan, plan: Plan) -> None:
    plan.annual_discount = "16.5"
    plan.save()
    page = words(owner.get(URL))
    assert '<div class="plans">' in page
    assert re.search(r'id="cycle-monthly" checked> <label for="cycle-monthly">Monthly', page)
    assert re.search(
        r'id="cycle-annual"> <label for="cycle-annual">Annual <span class="save">Save 16.5%', page
    )
    solo.annual_discount = 99  # only a badge: the price stays what it is
    solo.save()
    assert "Save 99%" in card(owner, solo)
    assert "<b>$91</b>" in card(owner, solo)


@pytest.mark.req(99)
def test_cycle_of_the_cards_is_remembered(owner: Client) -> None:
    assert owner.post(URL + "cycle/", {"cycle": "annual"}).status_code == 302
    assert 'id="cycle-annual" checked' in words(owner.get(URL))
    owner.post(URL + "cycle/", {"cycle": "monthly"}, headers={"hx-request": "true"})
    assert 'id="cycle-monthly" checked' in words(owner.get(URL))
    assert owner.post(URL + "cycle/", {"cycle": "weekly"}).status_code == 400
    assert owner.post(URL + "cycle/", {}).status_code == 400
    assert 'id="cycle-monthly" checked' in words(owner.get(URL))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "You are on <b>Team</b>, billed monthly at $29.00."),
        ({"cycle": Cycle.ANNUAL}, "You are on <b>Team</b>, billed annually at $290.00."),
        ({"days": 9}, "You are on a free trial of <b>Team</b> with 9 days left."),
        ({"days": 1}, "You are on a free trial of <b>Team</b> with 1 day left."),
        ({"days": -1}, "You are on <b>Team</b>."),
    ],
)
def test_present_plan_is_one_sentence(
    fields: dict[str, object], sentence: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    PlatformSettings.objects.update(trial_plan=plan)
    days = fields.get("days")
    if days is not None:
        aurora.expires_at = clock.now() + timedelta(days=days) - timedelta(minutes=1)
    aurora.cycle = fields.get("cycle", Cycle.MONTHLY)
    aurora.save()
    for page in (URL, URL + "current-plan/"):
        said = re.sub(r"</?span[^>]*>", "", words(owner.get(page))).replace(' class="strong"', "")
        assert sentence in said
        assert "expired" not in said.lower()


def test_paid_plan_on_trial_can_be_kept(owner: Client, aurora: Tenant, plan: Plan) -> None:
    PlatformSettings.objects.update(contact_email="hello@x.example", trial_plan=plan)
    assert "mailto:" not in card(owner, plan)
    aurora.expires_at = clock.now() + timedelta(days=9)
    aurora.save()
    shown = card(owner, plan)
    assert "Your plan" in shown
    assert "Keep Team</a>" in shown


def test_plan_with_an_end_that_is_no_trial_says_when(owner: Client, aurora: Tenant) -> None:
    aurora.expires_at = datetime(2126, 12, 3, 12, tzinfo=UTC)
    aurora.save()
    page = words(owner.get(URL))
    assert 'You are on <b class="strong">Team</b>. It runs until 3 December 2126.' in page
    assert "<small>Team plan</small>" in page


@pytest.mark.parametrize(
    ("days", "line"),
    [(9, "Free trial, 9 days left"), (1, "Free trial, 1 day left"), (-1, "Team plan")],
)
def test_sidebar_says_how_long_the_trial_goes_on(
    days: int, line: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    PlatformSettings.objects.update(trial_plan=plan)
    aurora.expires_at = clock.now() + timedelta(days=days) - timedelta(minutes=1)
    aurora.save()
    assert f"<small>{line}</small>" in words(owner.get("/panel/"))


@pytest.mark.req(55)
def test_tenant_on_the_expired_plan_reads_no_name_of_it(
    owner: Client, aurora: Tenant, solo: Plan
) -> None:
    PlatformSettings.objects.update(expired_plan=solo)
    put_on(aurora, solo)
    solo.is_hidden = True
    solo.save()
    for address in (URL, URL + "current-plan/"):
        page = words(owner.get(address))
        assert "You have no plan at present." in page
        assert "<small>No plan at present</small>" in page
        assert "Solo & Co" not in page


def test_free_plan_is_said_to_cost_nothing(owner: Client, aurora: Tenant, small_plan: Plan) -> None:
    put_on(aurora, small_plan)
    assert "Free</b>, which costs nothing." in words(owner.get(URL))


@pytest.mark.req(14, 60, 62)
def test_hidden_plan_has_no_card_even_for_the_tenant_that_is_on_it(
    owner: Client, aurora: Tenant, solo: Plan
) -> None:
    solo.is_hidden = True
    solo.save()
    put_on(aurora, solo)
    page = words(owner.get(URL))
    assert names(owner) == ["Free", "Team"]
    assert card(owner, solo) == ""
    assert "Your plan</span>" not in page
    assert 'You are on <b class="strong">Solo & Co</b>' in page


def test_without_any_visible_plan_the_page_says_so(owner: Client) -> None:
    Plan.objects.update(is_hidden=True)
    page = words(owner.get(URL))
    assert "No plans to choose from at present" in page
    assert "Ask Tenantry when you need another one." in page


@pytest.mark.parametrize(
    ("email", "text", "shown", "absent"),
    [
        ("hello@x.example", "", "Ask for Solo & Co</a>", "Ask Tenantry"),
        ("", "Call us on Mondays.", "Call us on Mondays.", "mailto:"),
        ("hello@x.example", "Call us.", "Ask for Solo & Co</a> <p", "Ask Tenantry"),
        ("", "", "Ask Tenantry for this plan.", "mailto:"),
    ],
)
def test_paid_plan_says_how_to_reach_the_owner(
    email: str, text: str, shown: str, absent: str, owner: Client, solo: Plan
) -> None:
    PlatformSettings.objects.update(contact_email=email, contact_text=text)
    page = card(owner, solo)
    assert shown in page
    assert absent not in page
    assert f"/choose/{solo.pk}/" not in page
    if email:
        subject = "Solo%20%26%20Co%20for%20Salon%20Aurora"
        assert f'href="mailto:hello@x.example?subject={subject}"' in page


@pytest.mark.req(38, 39)
def test_current_plan_shows_usage_against_every_limit(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, staff=5)
    fill(aurora, "staff", 3)
    fill(aurora, "staff", 2, is_active=False)
    fill(aurora, "services", 8)
    page = words(owner.get(URL + "current-plan/"))
    assert "<span>Staff</span> <b>3 / 5</b>" in page
    assert 'max="5" value="3" aria-label="Staff used"' in page
    assert "<span>Services</span> <b>8 / Unlimited</b>" in page
    assert 'aria-label="Services used"' not in page
    fill(aurora, "staff", 1)  # live: the next look counts again
    assert "<b>4 / 5</b>" in words(owner.get(URL + "current-plan/"))


def test_current_plan_leaves_out_limits_of_missing_features(owner: Client, plan: Plan) -> None:
    switch(plan, "staff", on=False)
    page = words(owner.get(URL + "current-plan/")).split("<main")[1]
    assert "<span>Staff</span>" not in page
    switch(plan, *plan.capabilities, on=False)
    assert "This plan counts nothing." in words(owner.get(URL + "current-plan/"))


@pytest.mark.parametrize(
    ("used", "note"), [(3, ""), (4, "1 left"), (5, "None left"), (7, "None left")]
)
def test_meter_says_what_follows_near_the_limit(
    used: int, note: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, staff=5)
    fill(aurora, "staff", used)
    page = words(owner.get(URL + "current-plan/"))
    said = re.findall(r"<small>([^<]*left[^<]*)</small>", page.split("<main")[1])
    assert f"<b>{used} / 5</b>" in page
    assert [sentence.split(":")[0] for sentence in said] == ([note] if note else [])


def test_current_plan_tells_what_was_arranged(
    owner: Client, aurora: Tenant, plan: Plan, olivia: User
) -> None:
    allow(plan, staff=5, services=5)
    now, until = clock.now(), datetime(2126, 12, 3, 23, 30, tzinfo=UTC)
    fill(aurora, "staff", 6)
    aurora.time_zone = "Asia/Tokyo"
    aurora.save()
    set_override(aurora, "staff", 8, reason="Summer", until=until, by=olivia, now=now)
    set_override(aurora, "services", UNLIMITED, reason="Fair", until=None, by=olivia, now=now)
    page = words(owner.get(URL + "current-plan/"))
    assert "<b>6 / 8</b>" in page
    assert "8 until 4 Dec 2126, by special arrangement" in page
    assert "Unlimited by special arrangement" in page
    assert "Summer" not in page
    for override in aurora.override_rows.all():
        end_override(override, by=olivia, now=now)
    assert "special arrangement" not in words(owner.get(URL + "current-plan/"))


@pytest.mark.req(70)
def test_current_plan_counts_what_is_paused(owner: Client, aurora: Tenant, plan: Plan) -> None:
    allow(plan, staff=3)
    fill(aurora, "staff", 5)
    refit(aurora, clock.now())
    page = words(owner.get(URL + "current-plan/"))
    assert "<b>3 / 3</b>" in page
    assert "add no more · 2 paused by your plan</small>" in page


def test_current_plan_says_which_month_is_counted(owner: Client, aurora: Tenant) -> None:
    start, end = aurora.usage_window(clock.now())
    page = words(owner.get(URL + "current-plan/"))
    days = [f"{day.day} {day:%b}" for day in (start, end)]
    said = f'Appointments <span class="faint">this month: {days[0]} to {days[1]}</span>'
    assert said in page


def test_current_plan_opens_in_a_dialog(owner: Client) -> None:
    fragment = words(owner.get(URL + "current-plan/", headers={"hx-request": "true"}))
    assert fragment.startswith('<div class="dialog-frame')


def test_billing_is_there_without_any_capability(owner: Client, plan: Plan) -> None:
    switch(plan, *plan.capabilities, on=False)
    assert owner.get(URL).status_code == 200
    assert "/panel/billing/" in words(owner.get("/panel/"))


def test_billing_is_for_owners(
    client_for: Clients, mara: User, bruno: User, carla: User, aurora: Tenant, small_plan: Plan
) -> None:
    for person in (mara, bruno):
        client = client_for(person, aurora)
        assert "/panel/billing/" not in words(client.get("/panel/"))
        for page in ("", "current-plan/", f"choose/{small_plan.pk}/"):
            assert client.get(URL + page).status_code == 403
        assert client.post(f"{URL}choose/{small_plan.pk}/").status_code == 403
    assert client_for(carla, aurora).get(URL).status_code == 302


@pytest.mark.parametrize("count", [1, 30])
def test_pages_take_as_many_queries_whatever_the_number_of_plans(
    count: int, owner: Client, small_plan: Plan
) -> None:
    for number in range(count):
        Plan.objects.create(name=f"Plan {number}", capabilities=small_plan.capabilities)
    assert queries_for(owner, URL) == 7 + 1  # of credits
    assert queries_for(owner, URL + "current-plan/") == 6 + 1
    assert queries_for(owner, f"{URL}choose/{small_plan.pk}/") == 7
