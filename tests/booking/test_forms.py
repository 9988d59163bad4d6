"""What people may not type, and the sentence that they get."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from booking.models import MAX_PRICE
from plans.models import Plan, PlatformSettings
from tenants.models import Tenant, User
from tests.booking.pages import KINDS, headings, row, rows_of, switch, words

MINUTES = "Enter between 5 minutes and 1440, which is 24 hours."


@pytest.fixture
def owner(client_for: Callable[..., Client], ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def upload() -> BytesIO:
    file = BytesIO(b"\x89PNG not a name")
    file.name = "name.png"
    return file


BAD = [
    ("staff", {"name": ""}, "Enter a name."),
    ("staff", {"name": "   "}, "Enter a name."),
    ("staff", {"name": "n" * 81}, "Use at most 80 characters."),
    ("staff", {"name": "a\0b"}, "Null characters are not allowed."),
    ("staff", {"title": "t" * 81}, "Use at most 80 characters."),
    ("staff", {"email": "ana@"}, "Enter an e-mail address such as ana@example.com."),
    ("staff", {"phone": "1" * 41}, "Use at most 40 characters."),
    ("services", {"name": ""}, "Enter a name."),
    ("services", {"minutes": ""}, MINUTES),
    ("services", {"minutes": "0"}, MINUTES),
    ("services", {"minutes": "-5"}, MINUTES),
    ("services", {"minutes": "5000"}, MINUTES),
    ("services", {"minutes": "99999999999999999999"}, MINUTES),
    ("services", {"minutes": "half an hour"}, MINUTES),
    ("services", {"price": ""}, "Enter a price. Zero is fine for a free service."),
    ("services", {"price": "-1"}, "Enter an amount of zero or more."),
    ("services", {"price": "9.999"}, "USD has at most 2 decimals."),
    ("services", {"price": "ten"}, "Enter an amount, for example 29.00."),
    ("services", {"price": "999999999999"}, "Enter an amount below 100 million."),
    ("services", {"category": "999"}, "That category is not there any more. Choose another."),
    ("services", {"category": "x"}, "That category is not there any more. Choose another."),
    ("services", {"description": "d" * 2001}, "Use at most 2000 characters."),
]


@pytest.mark.parametrize(("module", "wrong", "sentence"), BAD)
def test_wrong_input_gets_one_sentence_and_nothing_is_saved(
    module: str, wrong: dict[str, str], sentence: str, owner: Client, aurora: Tenant
) -> None:
    _model, url, form = KINDS[module]
    response = owner.post(url + "add/", form | wrong)
    assert response.status_code == 422
    assert sentence in words(response)
    assert rows_of(aurora, module) == []


@pytest.mark.parametrize("module", ["staff", "services"])
def test_file_where_a_name_belongs_is_no_name(module: str, owner: Client, aurora: Tenant) -> None:
    _model, url, form = KINDS[module]
    response = owner.post(url + "add/", form | {"name": upload()})
    assert response.status_code == 422
    assert "Enter a name." in words(response)
    assert rows_of(aurora, module) == []


def test_category_of_another_tenant_is_no_category(
    owner: Client, aurora: Tenant, borealis: Tenant
) -> None:
    foreign = headings(borealis, "Yoga", "Pilates")[-1]
    form: dict[str, Any] = KINDS["services"][2] | {"category": foreign.pk}
    assert owner.post("/panel/services/add/", form).status_code == 422
    assert rows_of(aurora, "services") == []


@pytest.mark.parametrize(
    ("typed", "minor"),
    [("25", 2500), ("25.5", 2550), ("$1,290.00", 129000), ("0", 0), ("99999999.99", MAX_PRICE)],
)
def test_price_is_kept_in_minor_units(
    typed: str, minor: int, owner: Client, aurora: Tenant
) -> None:
    owner.post("/panel/services/add/", KINDS["services"][2] | {"price": typed})
    saved = rows_of(aurora, "services")[0]
    assert saved.price == minor
    form = owner.get(f"/panel/services/{saved.pk}/").context["form"]
    assert form.fields["price"].clean(form["price"].value()) == minor


@pytest.mark.parametrize(
    ("currency", "typed", "minor", "shown"),
    [("JPY", "500", 500, "¥500"), ("KWD", "1.234", 1234, "1.234")],
)
def test_price_has_the_decimals_of_the_platforms_currency(
    currency: str, typed: str, minor: int, shown: str, owner: Client, aurora: Tenant
) -> None:
    PlatformSettings.objects.update(currency=currency)
    owner.post("/panel/services/add/", KINDS["services"][2] | {"price": typed})
    assert rows_of(aurora, "services")[0].price == minor
    assert shown in owner.get("/panel/services/").content.decode()


def test_price_beyond_what_is_stored_is_refused_in_a_currency_of_three_decimals(
    owner: Client, aurora: Tenant
) -> None:
    PlatformSettings.objects.update(currency="KWD")
    response = owner.post("/panel/services/add/", KINDS["services"][2] | {"price": "99999999"})
    assert response.status_code == 422
    assert "Enter at most" in words(response)


def test_service_keeps_its_category_while_categories_are_not_in_the_plan(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    heading = headings(aurora, "Hair")[0]
    form = KINDS["services"][2]
    owner.post("/panel/services/add/", form | {"category": heading.pk})
    pk = rows_of(aurora, "services")[0].pk
    switch(plan, "services.categories", on=False)
    assert "Category" not in words(owner.get(f"/panel/services/{pk}/"))
    owner.post(f"/panel/services/{pk}/", form | {"name": "Other", "category": ""})
    after = row(aurora, "services", pk)
    assert (after.name, after.category_id) == ("Other", heading.pk)
