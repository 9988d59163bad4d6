"""What is typed into an action: one clear sentence for what cannot be."""

from typing import Any

import pytest

from plans.registry import registry
from tenants.models import Tenant
from workflows.actions import email, sms, whatsapp
from workflows.models import ApprovedTemplate

MAIL = {"to": "customer", "subject": "Hi {{ customer.first_name }}", "body": "<p>See you</p>"}
SMS = {"to": "customer", "body": "Hi {{ customer.first_name }}"}


def errors(kind: Any, tenant: Tenant | None, data: dict[str, Any]) -> dict[str, list[str]]:
    event = registry.event("appointment.created" if tenant else "tenant.signed_up")
    form = kind.KIND.form(event, tenant)(data)
    form.is_valid()
    return {name: list(some) for name, some in form.errors.items()}


def test_good_ones_pass(aurora: Tenant) -> None:
    assert errors(email, aurora, MAIL) == {}
    assert errors(sms, aurora, SMS) == {}
    assert errors(whatsapp, aurora, SMS) == {}
    assert errors(email, None, {**MAIL, "to": "owners", "subject": "{{ tenant.name }}"}) == {}


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        (
            {"subject": "Hi\nBcc: all@example.com"},
            "subject",
            "A subject is one line, without line breaks.",
        ),
        ({"subject": ""}, "subject", "Write what it is about."),
        ({"subject": "x" * 151}, "subject", "at most 150 characters"),
        ({"body": "<p> </p>"}, "body", "Write what it says."),
        (
            {"body": "<p>{{ customer.frist_name }}</p>"},
            "body",
            "Did you mean “customer.first_name”?",
        ),
        ({"body": "<p>{{ customer.first_name</p>"}, "body", "is not a field"),
        ({"to": "address", "address": "nobody"}, "address", "Enter one e-mail address."),
        ({"to": "the moon"}, "to", "Select a valid choice"),
    ],
)
def test_wrong_mail_gets_a_sentence(
    aurora: Tenant, changes: dict[str, str], field: str, sentence: str
) -> None:
    found = errors(email, aurora, {**MAIL, **changes})
    assert list(found) == [field]
    assert sentence in found[field][0]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        (
            {"body": "x" * 5000},
            "body",
            "That is too long for an SMS: 5000 characters, at most 1530.",
        ),
        ({"body": "ж" * 700}, "body", "That would be 11 SMS in one. At most 10 can be joined."),
        ({"body": ""}, "body", "Write what it says."),
        ({"to": "address", "address": "12"}, "address", "Enter a phone number with its country"),
        ({"when_empty": "shout"}, "when_empty", "Select a valid choice"),
    ],
)
def test_wrong_sms_gets_a_sentence(
    aurora: Tenant, changes: dict[str, str], field: str, sentence: str
) -> None:
    found = errors(sms, aurora, {**SMS, **changes})
    assert list(found) == [field]
    assert sentence in found[field][0]


def test_owners_have_no_number(aurora: Tenant) -> None:
    assert "to" in errors(sms, aurora, {**SMS, "to": "owners"})
    assert errors(email, aurora, {**MAIL, "to": "owners"}) == {}


def test_fixed_number_is_stored_in_normal_form(aurora: Tenant) -> None:
    aurora.time_zone = "Europe/Lisbon"
    form = sms.KIND.form(registry.event("appointment.created"), aurora)
    bound = form({**SMS, "to": "address", "address": "912 345 678"})
    assert bound.is_valid()
    assert bound.cleaned_data["address"] == "+351912345678"


def test_approved_text_wants_as_many_lines_as_it_has_places(aurora: Tenant) -> None:
    text = ApprovedTemplate.objects.create(name="reminder", body="Hi {{1}}, at {{2}}")
    data = {"to": "customer", "template": str(text.pk), "parameters": "{{ customer.first_name }}"}
    found = errors(whatsapp, aurora, data)
    assert found == {"parameters": ["Lines here: 1. This text has places for 2."]}
    data["parameters"] += "\n{{ appointment.time }}"
    assert errors(whatsapp, aurora, data) == {}
    text.is_active = False
    text.save()
    assert "template" in errors(whatsapp, aurora, data)


def test_script_is_not_stored(aurora: Tenant) -> None:
    form = email.KIND.form(registry.event("appointment.created"), aurora)
    bound = form({**MAIL, "body": "<p onclick=x>Hi<script>alert(1)</script></p>"})
    assert bound.is_valid()
    assert bound.cleaned_data["body"] == "<p>Hi</p>"
