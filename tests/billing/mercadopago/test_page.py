"""The page of a payment that waits for its slip to be paid, as its payer sees it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from billing.models import Payment
from saas.core import clock
from tenants.models import Tenant, User
from tests.billing.mercadopago.shop import Shop
from tests.billing.panel.scene import HTMX, URL
from tests.booking.pages import words


@pytest.fixture
def owner(client_for: Callable[..., Client], ana: User, on_free: Tenant) -> Client:
    return client_for(ana, on_free)


@pytest.fixture
def waiting(shop: Shop, on_free: Tenant, ana: User) -> Payment:
    """Ana has printed a slip, and comes back."""
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.slip(payment.pay_url)
    return payment


def url(payment: Payment, *, back: bool = False) -> str:
    return f"{URL}payments/{payment.reference}/{'?back=1' if back else ''}"


def test_page_says_that_it_waits_and_leads_to_the_slip(
    owner: Client, waiting: Payment, shop: Shop
) -> None:
    page = words(owner.get(url(waiting)))
    number = shop.at("payment")[0]["id"]
    assert "Almost done" in page
    assert "Waiting for payment" in page
    assert "Mercado Pago shows you how, and until when." in page
    assert f'href="{shop.sandbox.url}/slips/{number}"' in page
    assert 'rel="noopener noreferrer"' in page


def test_page_shows_the_slip_before_anything_was_told_and_then_looks_by_itself(
    owner: Client, waiting: Payment
) -> None:
    page = words(owner.get(url(waiting)))
    assert "hx-trigger" in page
    assert "Almost done" in words(owner.get(url(waiting), headers=HTMX))


def test_paid_slip_shows_as_paid(owner: Client, waiting: Payment, shop: Shop) -> None:
    owner.get(url(waiting))
    shop.sandbox.pay_slip(shop.at("payment")[0]["id"])
    Payment.objects.update(checked_at=clock.now() - timedelta(seconds=9))
    assert owner.get(url(waiting), headers=HTMX)["HX-Redirect"] == url(waiting)
    page = words(owner.get(url(waiting)))
    assert "Your balance is $50.00 now." in page


def test_slip_can_be_left_for_another_way_or_given_up(
    owner: Client, waiting: Payment, shop: Shop
) -> None:
    owner.get(url(waiting))
    page = words(owner.get(url(waiting, back=True)))
    assert f'href="{waiting.pay_url}"' in page
    assert "Pay it one way only: cancelling ends both." in page
    owner.post(_give_up_of(page))
    assert shop.at("payment")[0]["status"] == "cancelled"
    waiting.refresh_from_db()
    assert waiting.status == "failed"


def test_page_that_has_closed_is_not_offered_beside_a_slip(owner: Client, waiting: Payment) -> None:
    owner.get(url(waiting))
    Payment.objects.update(created_at=clock.now() - timedelta(hours=24))
    page = words(owner.get(url(waiting, back=True)))
    assert waiting.pay_url not in page
    assert "Cancel this payment" in page


def _give_up_of(page: str) -> str:
    """The address of the last form on the page, which gives it up."""
    return page.rpartition('action="')[2].partition('"')[0]


def test_company_that_is_away_is_said(owner: Client, waiting: Payment, shop: Shop) -> None:
    owner.get(url(waiting))
    Payment.objects.update(checked_at=clock.now() - timedelta(seconds=9))
    shop.sandbox.fault("500", times=9)
    page = words(owner.get(url(waiting)))
    assert "Mercado Pago does not answer at present, so this may not be the latest." in page
    assert "Almost done" in page
