"""What a change of plan costs and when it begins. Pure: rows are made, not stored."""

from datetime import UTC, datetime, timedelta

import pytest

from billing.models import Standing, Subscription
from billing.quotes import cycle_end, quote, unused, unused_in_all
from plans.models import Plan
from tenants.models import Tenant

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FREE = Plan(pk=1, name="Free")
SOLO = Plan(pk=2, name="Solo", monthly_price=900, annual_price=9000)
TEAM = Plan(pk=3, name="Team", monthly_price=2900, annual_price=29000)
PLUS = Plan(pk=4, name="Team+", monthly_price=5900, annual_price=59000)


def on(plan: Plan, **fields: object) -> Tenant:
    return Tenant(pk=1, name="Salon Aurora", slug="salon-aurora", plan=plan, **fields)


def paying(
    plan: Plan = TEAM, *, cycle: str = "monthly", start: datetime | None = None, **fields: object
) -> Subscription:
    """Paid from 3 November to 3 December unless said otherwise."""
    start = start or datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
    amount = plan.annual_price if cycle == "annual" else plan.monthly_price
    known = {"standing": Standing.ACTIVE, "external_id": "sub_1", **fields}
    return Subscription(
        plan=plan,
        plan_name=plan.name,
        cycle=cycle,
        amount=amount,
        started_at=start,
        period_start=start,
        period_end=cycle_end(start, cycle, start),
        **known,
    )


def test_first_payment_begins_now_and_lasts_a_cycle() -> None:
    offer = quote(on(FREE), None, TEAM, "monthly", NOW)
    assert (offer.due, offer.begins_at, offer.until) == (
        2900,
        NOW,
        datetime(2026, 12, 21, 12, tzinfo=UTC),
    )


def test_upgrade_takes_off_what_is_unused() -> None:
    """The figures of the mock: 12 of 30 days of $29.00 are $11.60."""
    offer = quote(on(TEAM), paying(), PLUS, "monthly", NOW)
    assert (offer.price, offer.credit, offer.credit_days, offer.due) == (5900, 1160, 12, 4740)
    assert not offer.is_later


def test_a_day_that_has_begun_counts_as_unused() -> None:
    assert unused(paying(), NOW + timedelta(hours=1)) == (1160, 12)
    assert unused(paying(), NOW + timedelta(days=1)) == (1063, 11)


def test_credit_is_never_more_than_was_paid() -> None:
    early = datetime(2026, 10, 1, tzinfo=UTC)
    assert unused(paying(), early) == (2900, 30)


@pytest.mark.parametrize(
    "subscription",
    [
        paying(standing=Standing.PAST_DUE),
        paying(needs_review=True),
    ],
    ids=["unpaid renewal", "taken back"],
)
def test_what_was_not_paid_gives_no_credit(subscription: Subscription) -> None:
    assert unused(subscription, NOW) == (0, 0)


def test_downgrade_waits_for_the_end_of_what_is_paid() -> None:
    offer = quote(on(TEAM), paying(), SOLO, "monthly", NOW)
    assert offer.is_later
    assert offer.due == 0
    assert offer.begins_at == datetime(2026, 12, 3, 12, tzinfo=UTC)
    assert offer.until == datetime(2027, 1, 3, 12, tzinfo=UTC)


def test_free_plan_waits_too_and_has_no_end() -> None:
    offer = quote(on(TEAM), paying(), FREE, "monthly", NOW)
    assert offer.is_later
    assert offer.until is None


def test_same_plan_for_a_year_begins_now() -> None:
    offer = quote(on(TEAM), paying(), TEAM, "annual", NOW)
    assert (offer.is_later, offer.due) == (False, 29000 - 1160)


def test_same_plan_back_to_months_waits() -> None:
    annual = paying(cycle="annual")
    offer = quote(on(TEAM, cycle="annual"), annual, TEAM, "monthly", NOW)
    assert offer.is_later
    assert offer.begins_at == datetime(2027, 11, 3, 12, tzinfo=UTC)


def test_upgrade_whose_credit_exceeds_the_price_waits() -> None:
    """Eleven months of an annual plan are worth more than one month of the bigger one."""
    offer = quote(on(TEAM, cycle="annual"), paying(cycle="annual"), PLUS, "monthly", NOW)
    assert offer.is_later


def test_failed_renewal_is_paid_anew_at_the_full_price() -> None:
    offer = quote(on(TEAM), paying(standing=Standing.PAST_DUE), TEAM, "monthly", NOW)
    assert (offer.is_later, offer.due, offer.begins_at) == (False, 2900, NOW)


def test_prepaying_adds_a_cycle_to_the_end() -> None:
    prepaid = paying(external_id="")
    offer = quote(on(TEAM), prepaid, TEAM, "monthly", NOW)
    assert offer.extends
    assert offer.until == datetime(2027, 1, 3, 12, tzinfo=UTC)


def test_time_that_was_paid_ahead_comes_to_the_balance() -> None:
    """Three months in advance, each at what it cost: the second one at an older price."""
    moments = [datetime(2026, month, 3, 12, tzinfo=UTC) for month in (11, 12)]
    moments += [datetime(2027, month, 3, 12, tzinfo=UTC) for month in (1, 2)]
    prices = (2900, 2500, 2900)
    cycles = zip(moments, moments[1:], prices, strict=False)
    ahead = paying(external_id="")
    ahead.prepaid = [[start.isoformat(), end.isoformat(), price] for start, end, price in cycles]
    ahead.period_start, ahead.period_end = moments[2], moments[3]
    offer = quote(on(TEAM), ahead, PLUS, "monthly", NOW)
    assert (offer.is_later, offer.credit, offer.due) == (False, 2900, 3000)
    assert offer.to_balance == 1160 + 2500 + 2900 - 2900
    assert unused_in_all(ahead, NOW + timedelta(days=365)) == 0
    ahead.needs_review = True
    assert unused_in_all(ahead, NOW) == 0


def test_going_over_to_a_card_takes_the_prepaid_days_off() -> None:
    prepaid = paying(external_id="")
    offer = quote(on(TEAM), prepaid, TEAM, "monthly", NOW, renews_itself=True)
    assert (offer.extends, offer.due, offer.begins_at) == (False, 1740, NOW)


def test_time_that_was_given_is_kept_when_paying_in_advance() -> None:
    given = on(TEAM, cycle="monthly", expires_at=datetime(2026, 12, 1, tzinfo=UTC))
    assert quote(given, None, TEAM, "monthly", NOW).until == datetime(2027, 1, 1, tzinfo=UTC)
    assert quote(given, None, TEAM, "monthly", NOW, renews_itself=True).begins_at == NOW


@pytest.mark.parametrize(
    ("after", "end"),
    [
        (datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 28, tzinfo=UTC)),
        (datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)),
        (datetime(2026, 3, 30, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)),
        (datetime(2027, 1, 31, tzinfo=UTC), datetime(2027, 2, 28, tzinfo=UTC)),
    ],
)
def test_cycles_are_counted_from_their_anchor(after: datetime, end: datetime) -> None:
    assert cycle_end(datetime(2026, 1, 31, tzinfo=UTC), "monthly", after) == end


def test_leap_day_comes_back_to_itself() -> None:
    anchor = datetime(2028, 2, 29, tzinfo=UTC)
    ends = [datetime(2029, 2, 28, tzinfo=UTC), datetime(2032, 2, 29, tzinfo=UTC)]
    assert cycle_end(anchor, "annual", anchor) == ends[0]
    assert cycle_end(anchor, "annual", datetime(2031, 6, 1, tzinfo=UTC)) == ends[1]
