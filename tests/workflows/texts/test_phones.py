"""Numbers as people write them."""

import pytest

from tenants.models import Tenant
from workflows.channels import phones
from workflows.models import MessagingSettings


@pytest.mark.parametrize(
    ("raw", "country", "number"),
    [
        ("912 345 678", "PT", "+351912345678"),
        ("+351 91 234 56 78", "", "+351912345678"),
        ("+351912345678", "US", "+351912345678"),
        ("00351 912345678", "PT", "+351912345678"),
        ("(030) 1234567", "DE", "+49301234567"),
        ("912 345 678", "", None),
        ("12", "PT", None),
        ("", "PT", None),
        ("call me", "PT", None),
        ("+999 123", "", None),
    ],
)
def test_number_in_normal_form(raw: str, country: str, number: str | None) -> None:
    assert phones.normal(raw, country) == number


def test_country_is_that_of_the_time_zone_until_something_else_is_said(aurora: Tenant) -> None:
    aurora.time_zone = "Europe/Lisbon"
    assert phones.country_of(aurora) == "PT"
    aurora.time_zone = "UTC"
    assert phones.country_of(aurora) == ""
    MessagingSettings.objects.create(tenant=aurora, country="BR")
    assert phones.country_of(aurora) == "BR"


def test_number_is_shown_as_people_read_it() -> None:
    assert phones.readable("+351912345678") == "+351 912 345 678"
    assert phones.readable("nobody") == "nobody"
