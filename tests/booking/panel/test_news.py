"""Consent to news: asked where the business wants it, kept with time and words, taken back by whoever gave it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from booking import tasks
from booking.labels import DEFAULTS
from booking.models import Customer, PanelText
from booking.private_link import path_of
from booking.services.customers import edit_customer
from booking.services.erasing import erase_customer
from booking.services.news import take_back_news_at
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import words
from tests.booking.panel.page import HELENA, Shop, monday
from workflows.models import Message
from workflows.services import opt_outs

Switch = Callable[..., None]
ASKS = "Send me news and offers from Salon Aurora"
NOW = timezone.now()


def agree(shop: Shop, customer: Client, **more: Any) -> Customer:
    shop.rules(asks_news=True)
    assert shop.details(customer, news="on", **more).status_code == 302
    found: Customer = shop.all(Customer)[0]
    return found


def details(shop: Shop, customer: Client, language: str = "en") -> str:
    return words(customer.get(f"/book/details/{shop.choice().query()}&lang={language}"))


def test_box_is_there_only_where_the_business_asks_and_never_ticked(
    shop: Shop, customer: Client, switched: Switch
) -> None:
    assert 'name="news"' not in details(shop, customer)
    shop.rules(asks_news=True)
    for language, texts in DEFAULTS.items():
        page = details(shop, customer, language)
        box = page.split('name="news"')[1].split(">")[0]
        assert "checked" not in box
        assert texts["details.news"].format(business="Salon Aurora") in page
    switched("customers", on=False)
    assert 'name="news"' not in details(shop, customer)


def test_consent_is_kept_with_its_time_and_its_words(shop: Shop, customer: Client) -> None:
    before = timezone.now()
    helena = agree(shop, customer)
    assert (helena.wants_news, helena.consent_words) == (True, ASKS)
    assert helena.consent_at is not None
    assert before <= helena.consent_at <= timezone.now()


def test_words_are_those_that_stood_on_the_page(
    shop: Shop, customer: Client, switched: Switch
) -> None:
    switched("booking_page.dynamic_translations", on=True)
    shop.add(PanelText, language="en", key="details.news", text="Yes to {business}’s letter")
    assert agree(shop, customer).consent_words == "Yes to Salon Aurora’s letter"


def test_untouched_box_is_no_consent_and_takes_none_back(shop: Shop, customer: Client) -> None:
    shop.rules(asks_news=True)
    shop.details(customer)
    assert shop.all(Customer)[0].wants_news is False
    known = agree(shop, customer, at=monday(12), key="another")
    assert (known.wants_news, known.consent_words) == (True, ASKS)
    shop.details(customer, at=monday(14), key="a third")
    assert shop.all(Customer)[0].consent_at == known.consent_at
    assert len(shop.all(Customer)) == 1


def test_where_nobody_asks_a_crafted_tick_is_nothing(shop: Shop, customer: Client) -> None:
    shop.details(customer, news="on")
    assert shop.all(Customer)[0].wants_news is False


def test_customers_page_says_when_and_to_what(
    shop: Shop, customer: Client, client_for: Callable[..., Client], ana: User
) -> None:
    helena = agree(shop, customer)
    page = words(client_for(ana, shop.tenant).get(f"/panel/customers/{helena.pk}/"))
    assert "Agreed on" in page
    assert f"“{ASKS}”" in page
    edit_customer(shop.tenant, helena.pk, wants_news=False)
    edit_customer(shop.tenant, helena.pk, wants_news=True)
    assert shop.all(Customer)[0].consent_words == "", "the team says so now"
    erase_customer(shop.tenant, helena.pk, now=NOW)
    assert (shop.all(Customer)[0].consent_words, shop.all(Customer)[0].consent_at) == ("", None)


def test_private_link_takes_it_back_and_tells_nobody_whether_it_was_given(
    shop: Shop, customer: Client
) -> None:
    agree(shop, customer)
    path = path_of(shop.tenant, shop.booked[0].pk)
    assert "No more news and offers from Salon Aurora" in words(customer.get(path))
    assert customer.get(path + "news/").status_code == 302
    assert shop.all(Customer)[0].wants_news is True, "looking changes nothing"
    answer = customer.post(path + "news/", follow=True)
    assert "You get no news and offers from Salon Aurora any more." in words(answer)
    helena = shop.all(Customer)[0]
    assert (helena.wants_news, helena.consent_words) == (False, "")
    at = helena.consent_at
    again = customer.post(path + "news/", follow=True)
    assert "You get no news" in words(again)
    assert shop.all(Customer)[0].consent_at == at


def test_private_page_offers_it_alike_to_all_and_not_where_nobody_ever_agreed(
    shop: Shop, customer: Client
) -> None:
    shop.book()
    path = path_of(shop.tenant, shop.booked[0].pk)
    assert "No more news" not in words(customer.get(path))
    shop.add(Customer, name="Somebody else", wants_news=True)
    assert "No more news" in words(customer.get(path)), "whether this one agreed or not"


@pytest.mark.parametrize(
    ("channel", "address", "takes"),
    [("email", "helena@mail.example", True), ("sms", "+351912345678", True),
     ("whatsapp", "+351912345678", True), ("sms", "+34912345678", False), ("email", "h@mail.example", False)],
)  # fmt: skip
def test_whoever_asks_for_no_more_wants_no_news_either(
    channel: str, address: str, takes: bool, shop: Shop, customer: Client
) -> None:
    agree(shop, customer)
    take_back_news_at(shop.tenant, channel, address, now=NOW)
    assert shop.all(Customer)[0].wants_news is not takes


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch, aurora: Tenant, borealis: Tenant) -> None:
    """What is enqueued is done, each task in its tenant's schema."""
    known = {one.pk: one for one in (aurora, borealis)}

    def here(tenant_id: int, *args: object) -> None:
        with tenant_scope(known[tenant_id]):
            tasks.take_back_news(*args)

    def everywhere(args: tuple[str, str], **_options: object) -> None:
        tasks.take_back_news_everywhere(*args)

    monkeypatch.setattr(tasks.take_back_news, "enqueue_for", here)
    monkeypatch.setattr(tasks.take_back_news_everywhere, "apply_async", everywhere)


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize(("how", "takes"), [("link", True), ("stop", True), ("panel", False)])
def test_opt_out_is_heard_by_every_business_that_it_is_said_to(
    how: str, takes: bool, shop: Shop, customer: Client, borealis: Tenant,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:  # fmt: skip
    agree(shop, customer)
    mail = HELENA["email"]
    with tenant_scope(borealis):
        other = Customer.objects.create(name="Helena", email=mail, wants_news=True)
    for tenant in (shop.tenant, borealis):
        Message.objects.create(
            tenant=tenant, key=tenant.slug, channel="email", address=mail, state="sent"
        )
    everybodys = None if how == "stop" else shop.tenant
    with django_capture_on_commit_callbacks(execute=True):
        opt_outs.opt_out("email", mail, everybodys, how, NOW)
    assert shop.all(Customer)[0].wants_news is not takes
    with tenant_scope(borealis):
        other.refresh_from_db()
    assert other.wants_news is (how != "stop")
