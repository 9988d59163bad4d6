"""“Balance and payments” on the Billing page: how much there is, what was paid last, and how to add to it."""

from datetime import timedelta

import pytest
from django.test import Client

from billing.models import GatewaySettings
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant
from tests.billing.money import NOW, give_funds
from tests.billing.money_pages.rows import BILLING, cells, failed, gone, ordered, paid, spend
from tests.booking.pages import counted, words


def section(client: Client) -> str:
    """The words and tags of the section."""
    page = words(client.get(BILLING))
    return page.split('<section class="section" aria-labelledby="payments">')[1]


def table(client: Client) -> list[list[str]]:
    """What stands in each cell of each row, without tags."""
    return cells(section(client))


def test_balance_is_said_in_the_currency(owner: Client, aurora: Tenant) -> None:
    assert '<div class="big-number money">$0.00</div>' in section(owner)
    give_funds(aurora, 4250)
    assert '<div class="big-number money">$42.50</div>' in section(owner)


def test_first_day_says_what_will_stand_here(owner: Client) -> None:
    said = section(owner)
    assert "No payments yet. Each one stands here as soon as it is made, with its invoice." in said
    assert "<table" not in said
    assert "All payments" not in said


def test_latest_payments_tell_when_what_how_and_how_they_stand(
    owner: Client, aurora: Tenant
) -> None:
    old = paid(aurora, 2900, title="Team, monthly", at=NOW - timedelta(days=30))
    part = paid(aurora, 5000, at=NOW - timedelta(days=3))
    gone(part, 1000)
    gone(old, 2900, key="re_2")
    failed(aurora, at=NOW - timedelta(days=2))
    ordered(aurora, 3500, at=NOW - timedelta(days=1))
    assert table(owner) == [
        [
            "24 Nov 2026",
            "Funds for the balance 24 Nov 2026 · Card · Pending",
            "Card",
            "Pending",
            "$35.00",
            "None yet",
        ],
        [
            "23 Nov 2026",
            "Funds for the balance 23 Nov 2026 · Card · Failed",
            "Card",
            "Failed",
            "$19.00",
            "None",
        ],
        [
            "22 Nov 2026",
            "Funds for the balance 22 Nov 2026 · Visa 4242 · Partly refunded",
            "Visa 4242",
            "Partly refunded",
            "$50.00 $10.00 went back",
            part.invoice.number,
        ],
        [
            "26 Oct 2026",
            "Team, monthly 26 Oct 2026 · Visa 4242 · Refunded",
            "Visa 4242",
            "Refunded",
            "$29.00",
            old.invoice.number,
        ],
    ]


def test_days_are_those_of_the_business(owner: Client, aurora: Tenant) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(time_zone="Pacific/Auckland")
    paid(aurora, at=NOW + timedelta(hours=5))
    assert table(owner)[0][0] == "26 Nov 2026"


def test_only_the_last_eight_stand_here(owner: Client, aurora: Tenant) -> None:
    for number in range(12):
        ordered(aurora, 1000 + number, at=NOW + timedelta(minutes=number))
    assert [row[4] for row in table(owner)] == [f"$10.{n:02}" for n in range(11, 3, -1)]
    assert f'<a href="{BILLING}payments/">All payments</a>' in section(owner)


def test_payments_of_others_are_not_here(owner: Client, borealis: Tenant) -> None:
    paid(borealis)
    assert "No payments yet" in section(owner)
    assert "$0.00" in section(owner)


def test_debt_is_said_in_one_calm_sentence(owner: Client, aurora: Tenant) -> None:
    assert "taken back" not in section(owner)
    gone(paid(aurora, 2900), 2900)
    assert "taken back" not in section(owner)
    payment = paid(aurora, 2900)
    give_funds(aurora, 100)
    spend(aurora, 3000)
    gone(payment, 2900)
    assert (
        "$29.00 of a payment was taken back after it had been spent. The next funds you add settle it first."
        in section(owner)
    )


@pytest.mark.req(93)
def test_funds_can_be_added_where_something_can_be_paid_with(
    owner: Client, stripe: StripeSandbox
) -> None:
    link = f'href="{BILLING}funds/" hx-get="{BILLING}funds/"'
    assert link in section(owner)
    GatewaySettings.objects.create(gateway="stripe", not_for=["funds"])
    assert link not in section(owner)
    GatewaySettings.objects.update(not_for=[], is_enabled=False)
    assert link not in section(owner)


def test_without_any_gateway_there_is_no_way_to_add_funds(owner: Client) -> None:
    assert f"{BILLING}funds/" not in section(owner)


@pytest.mark.parametrize("count", [1, 30])
def test_section_takes_three_queries_whatever_the_number_of_payments(
    count: int, owner: Client, aurora: Tenant
) -> None:
    for number in range(count):
        paid(aurora, at=NOW + timedelta(minutes=number))
    owner.get(BILLING)
    with counted() as queries:
        owner.get(BILLING)
    ours = ("billing_payment", "billing_balance", "billing_invoice", "billing_gatewaysettings")
    assert len([sql for sql in queries if any(table in sql for table in ours)]) <= 3
    assert len(queries) <= 8 + 5  # of credits
