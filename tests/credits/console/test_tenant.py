"""A tenant's credits at the console: the part of its page, the whole ledger, granting and correcting."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from credits.models import CreditAccount, CreditEntry
from credits.services import movements
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.money_pages.rows import cells, plain
from tests.booking.pages import words
from tests.credits.shop import bought, gone, pack_of, sent
from tests.tenants.console.pages import page_of, queries_of, text_of

HTMX = {"HX-Request": "true"}
TOKEN = "a" * 22
FORM = {"direction": "give", "credits": "100", "reason": "They asked nicely", "token": TOKEN}


def ledger_of(tenant: Tenant, channel: str = "sms") -> str:
    return f"/console/credits/{tenant.pk}/{channel}/"


def send(desk: Client, tenant: Tenant, channel: str = "sms", **changes: Any) -> HttpResponse:
    return desk.post(f"{ledger_of(tenant, channel)}correct/", {**FORM, **changes}, headers=HTMX)


def held(tenant: Tenant, channel: str = "sms") -> tuple[int, int]:
    found = CreditAccount.objects.get(tenant=tenant, channel=channel)
    return found.purchased_left, found.debt


def test_page_tells_what_each_channel_has(desk: Client, limited: Tenant) -> None:
    bought(limited, pack_of())
    sent(limited, units=7)
    page = text_of(desk.get(page_of(limited)))
    assert "SMS 5 / 5 498" in page or "SMS Grant or correct 5 / 5 498" in page, page
    assert "Bought SMS 500 sms" in page
    assert "Message SMS" in page


def test_page_of_a_tenant_without_movements_explains(desk: Client, aurora: Tenant) -> None:
    page = text_of(desk.get(page_of(aurora)))
    assert "No credits have moved yet." in page
    assert "0 / Unlimited" in page


def test_page_shows_a_debt(desk: Client, limited: Tenant) -> None:
    purchase = bought(limited, pack_of(credits=10))
    sent(limited, units=15)
    gone(purchase, 1900)
    page = text_of(desk.get(page_of(limited)))
    assert "Owed" in page
    assert "10 owed" in page


def test_latest_movements_are_those_of_all_channels(
    desk: Client, limited: Tenant, olivia: User
) -> None:
    for channel in ("sms", "email", "whatsapp"):
        for number in range(4):
            movements.correct(
                limited, channel, number + 1, reason=f"{channel} {number}", by=olivia,
                key=f"{channel}{number}", now=NOW,
            )  # fmt: skip
    page = text_of(desk.get(page_of(limited)))
    shown = [
        f"{c} {n}" for c in ("sms", "email", "whatsapp") for n in range(4) if f"{c} {n}" in page
    ]
    assert shown == ["email 3", "whatsapp 0", "whatsapp 1", "whatsapp 2", "whatsapp 3"]


def test_grant_is_in_the_ledger_and_in_the_audit_log(desk: Client, limited: Tenant) -> None:
    response = send(desk, limited)
    assert response.status_code == 204
    assert "tenantSaved" in response["HX-Trigger"]
    assert held(limited) == (100, 0)
    entry = CreditEntry.objects.get()
    assert (entry.kind, entry.note, entry.by.email) == (
        "grant", "They asked nicely", "olivia@tenantry.example"
    )  # fmt: skip
    audited = AuditEntry.objects.get(verb="credits.corrected")
    assert audited.changes == {"purchased_credits.sms": [0, 100]}
    assert (audited.reason, audited.tenant_id) == ("They asked nicely", limited.pk)


def test_correction_takes_off(desk: Client, limited: Tenant) -> None:
    send(desk, limited)
    assert send(desk, limited, direction="take", credits="30", token="b" * 22).status_code == 204
    assert held(limited) == (70, 0)
    assert CreditEntry.objects.order_by("-seq")[0].kind == "correction"


def test_second_press_counts_once(desk: Client, limited: Tenant) -> None:
    for direction, token, left in (("give", TOKEN, 100), ("take", "b" * 22, 0)):
        for _press in range(2):
            assert send(desk, limited, direction=direction, token=token).status_code == 204
        assert held(limited) == (left, 0)
    assert AuditEntry.objects.filter(verb="credits.corrected").count() == 2


def test_more_than_there_is_cannot_be_taken_off(desk: Client, limited: Tenant) -> None:
    send(desk, limited)
    response = send(desk, limited, direction="take", credits="101", token="b" * 22)
    assert response.status_code == 422
    assert "Only 100 purchased credits are left." in words(response)
    assert "They asked nicely" in words(response)
    assert held(limited) == (100, 0)


def test_grant_settles_a_debt_first(desk: Client, limited: Tenant) -> None:
    purchase = bought(limited, pack_of(credits=10))
    sent(limited, units=15)
    gone(purchase, 1900)
    address = f"{ledger_of(limited)}correct/"
    preview = words(desk.get(address, {"direction": "give", "credits": "25"}, headers=HTMX))
    assert (
        "0 now, <b>15 purchased credits</b> afterwards. 10 settle what is owed; 0 are owed then."
        in preview
    )
    assert "10 are owed: what you grant settles them first." in words(desk.get(address))
    send(desk, limited, credits="25")
    assert held(limited) == (15, 0)


@pytest.mark.parametrize(
    ("direction", "credits", "said"),
    [
        ("give", "1,000", "100 now, <b>1,100 purchased credits</b> afterwards."),
        ("take", "99", "100 now, <b>1 purchased credit</b> afterwards."),
        ("take", "101", "There are only 100 purchased credits to take off."),
        ("give", "", "What they will have then is said here before you save."),
        ("", "5", "What they will have then is said here before you save."),
        ("give", "many", "What they will have then is said here before you save."),
    ],
)
def test_number_is_said_before_it_is_saved(
    desk: Client, limited: Tenant, direction: str, credits: str, said: str
) -> None:
    send(desk, limited)
    asked = {"direction": direction, "credits": credits}
    preview = desk.get(f"{ledger_of(limited)}correct/", asked, headers=HTMX)
    assert preview.status_code == 200
    assert said in words(preview)
    assert held(limited) == (100, 0)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"reason": ""}, "Say why"),
        ({"credits": "0"}, "Enter 1 to 10,000,000 credits."),
        ({"credits": "-5"}, "Enter a whole number"),
        ({"direction": ""}, "Choose one."),
        ({"token": ""}, "This form was not complete."),
    ],
)
def test_what_is_missing_is_said(
    desk: Client, limited: Tenant, changes: dict[str, str], complaint: str
) -> None:
    response = send(desk, limited, **changes)
    assert response.status_code == 422
    assert complaint in words(response)
    assert not CreditEntry.objects.exists()


@pytest.mark.parametrize("page", ["", "correct/"])
def test_channel_or_tenant_that_is_not_there(desk: Client, limited: Tenant, page: str) -> None:
    assert desk.get(f"{ledger_of(limited, 'fax')}{page}").status_code == 404
    assert desk.get(f"/console/credits/999999/sms/{page}").status_code == 404


def test_ledger_tells_every_movement_and_turns_pages(desk: Client, limited: Tenant) -> None:
    bought(limited, pack_of())
    for _number in range(60):
        sent(limited)
    first = words(desk.get(ledger_of(limited)))
    rows = cells(first)
    assert len(rows) == 50
    assert [rows[0][0], *rows[0][3:]] == ["61", "", "−1", "445"]
    assert f'href="{ledger_of(limited)}?before=12"' in first
    second = words(desk.get(f"{ledger_of(limited)}?before=12"))
    older = cells(second)
    assert len(older) == 11
    assert older[-1][1].startswith("Bought 500 sms")
    assert [older[-2][0], *older[-2][3:]] == ["2", "−1", "", "500"]
    assert f'href="{ledger_of(limited)}?after=11"' in second


def test_ledger_can_be_filtered(desk: Client, limited: Tenant) -> None:
    bought(limited, pack_of())
    sent(limited)
    page = desk.get(f"{ledger_of(limited)}?kind=purchase")
    assert [row[1].split()[0] for row in cells(words(page))] == ["Bought"]
    page = words(desk.get(f"{ledger_of(limited)}?kind=grant"))
    assert "Nothing like that has moved" in page


def test_ledger_names_who_did_it_and_leads_to_the_payment(desk: Client, limited: Tenant) -> None:
    purchase = bought(limited, pack_of())
    send(desk, limited)
    page = words(desk.get(ledger_of(limited)))
    assert f'href="/console/payments/{purchase.payment_id}/"' in page
    assert "Granted by Olivia Lind They asked nicely" in plain(page)


def test_ledger_of_nobody_yet_explains(desk: Client, limited: Tenant) -> None:
    assert "Nothing has moved yet" in words(desk.get(ledger_of(limited)))


@pytest.mark.parametrize("count", [1, 30])
def test_ledger_costs_the_same_however_long_it_is(
    desk: Client, limited: Tenant, count: int
) -> None:
    pack = pack_of()
    for _number in range(count):
        bought(limited, pack)
        sent(limited)
    _page, asked = queries_of(desk, f"{ledger_of(limited)}?before=1000")
    assert len([one for one in asked if "credits_" in one]) <= 3
    assert len(asked) <= 8, asked
    assert not any("COUNT(" in one or "OFFSET" in one for one in asked)
