"""What becomes of an event: one message to each person, with the fields filled, over the channel of the action."""

from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from plans.event_types import EventType, Facts, Person
from tenants.models import Tenant
from workflows import stopping
from workflows.actions import email, sms, whatsapp
from workflows.actions.base import Case, NothingToDo
from workflows.models import ApprovedTemplate, Message, MessagingSettings, Workflow

NOW = datetime(2026, 12, 3, 10, tzinfo=UTC)
EVENT = EventType("appointment.created", "A booking", {"customer.first_name": "Clara"})
CLARA = Person("Clara Nunes", "Clara@Example.com", "912 345 678", "customer:17")
BRUNO = Person("Bruno Lima", "bruno@aurora.example", "", "staff:3")
MAIL = {
    "to": "customer",
    "subject": "Hi {{ customer.first_name }}",
    "body": "<p>See you, {{ customer.first_name }}</p>",
}
TEXT = {"to": "customer", "body": "Hi {{ customer.first_name }}", "when_empty": "hold"}


@pytest.fixture
def lisbon(aurora: Tenant) -> Tenant:
    aurora.time_zone = "Europe/Lisbon"
    return aurora


def case(tenant: Tenant | None, *people: Person, name: str = "Clara", **facts: Any) -> Case:
    known = Facts({"customer.first_name": name}, people={"customer": people}, **facts)
    return Case(Workflow(tenant=tenant, name="x"), tenant, EVENT, {}, known, NOW, "9:4:2")


def nothing(kind: Any, asked: Case, settings: dict[str, Any]) -> str:
    with pytest.raises(NothingToDo) as found:
        kind.draft(asked, settings)
    return str(found.value)


def test_mail_is_filled_framed_and_signed(lisbon: Tenant) -> None:
    (message,) = email.draft(case(lisbon, CLARA), MAIL)
    assert (message.key, message.channel, message.units) == ("9:4:2:1", "email", 1)
    assert (message.address, message.name) == ("clara@example.com", "Clara Nunes")
    assert message.person == "customer:17"
    assert message.text == "See you, Clara"
    assert message.content["subject"] == "Hi Clara"
    assert message.content["sender_name"] == lisbon.name
    html = message.content["html"]
    assert "<title>Hi Clara</title>" in html
    assert "<p>See you, Clara</p>" in html
    assert f"— {lisbon.name}" in html
    assert "attachments" not in message.content


def test_business_appears_as_it_has_chosen(lisbon: Tenant) -> None:
    MessagingSettings.objects.create(
        tenant=lisbon, sender_name="Aurora\r\nBcc: all@example.com", reply_to="desk@aurora.example"
    )
    content = email.draft(case(lisbon, CLARA), MAIL)[0].content
    assert content["sender_name"] == "Aurora Bcc: all@example.com"
    assert content["reply_to"] == "desk@aurora.example"


def test_customer_can_stop_them_and_staff_cannot(lisbon: Tenant) -> None:
    customers, staffs = email.draft(case(lisbon, CLARA, BRUNO), MAIL)
    url = customers.content["unsubscribe_url"]
    assert stopping.read(url.rstrip("/").rsplit("/", 1)[-1]) == stopping.Stop(
        lisbon.pk, "email", "clara@example.com"
    )
    assert url in customers.content["html"]
    assert staffs.content["unsubscribe_url"] == ""
    assert "/stop/" not in staffs.content["html"]


def test_what_customers_call_themselves_is_text_and_no_header(lisbon: Tenant) -> None:
    evil = case(lisbon, CLARA, name="<script>x</script>\r\nBcc: all@example.com")
    content = email.draft(evil, MAIL)[0].content
    assert content["subject"] == "Hi <script>x</script> Bcc: all@example.com"
    assert "<script>" not in content["html"]
    link = {**MAIL, "body": '<p><a href="{{ customer.first_name }}">Here</a></p>'}
    evil = case(lisbon, CLARA, name="javascript:alert(1)")
    assert '="javascript:' not in email.draft(evil, link)[0].content["html"]


def test_appointment_is_attached_when_asked(lisbon: Tenant) -> None:
    asked = {**MAIL, "attach_calendar": True}
    content = email.draft(case(lisbon, CLARA, calendar=lambda: b"BEGIN:VCALENDAR"), asked)[
        0
    ].content
    (file,) = content["attachments"]
    assert (file["name"], b64decode(file["base64"])) == ("appointment.ics", b"BEGIN:VCALENDAR")
    assert "attachments" not in email.draft(case(lisbon, CLARA), asked)[0].content


def test_platforms_own_mail_has_no_name_of_a_business() -> None:
    (message,) = email.draft(case(None, CLARA), MAIL)
    assert "sender_name" not in message.content
    assert message.content["unsubscribe_url"] == ""


def test_each_address_is_written_to_once(lisbon: Tenant) -> None:
    twin = Person("Clara’s mother", "CLARA@example.com ", "+351 912345678", "customer:18")
    for kind, settings in ((email, MAIL), (sms, TEXT), (whatsapp, TEXT)):
        drafted = kind.draft(case(lisbon, CLARA, twin, BRUNO), settings)
        assert [one.name for one in drafted][:1] == ["Clara Nunes"]
        assert len({one.address for one in drafted}) == len(drafted) == (2 if kind is email else 1)
        assert len({one.key for one in drafted}) == len(drafted)


def test_sms_goes_to_the_number_in_normal_form_and_costs_its_segments(lisbon: Tenant) -> None:
    (message,) = sms.draft(case(lisbon, CLARA), TEXT)
    assert (message.address, message.text, message.units) == ("+351912345678", "Hi Clara", 1)
    assert message.content == {}
    long = {**TEXT, "body": "Hi {{ customer.first_name }}" + "a" * 150}
    assert [one.units for one in sms.draft(case(lisbon, CLARA), long)] == [1]
    assert [one.units for one in sms.draft(case(lisbon, CLARA, name="João"), long)] == [3]


def test_line_break_of_a_browser_is_one_character(lisbon: Tenant) -> None:
    body = {**TEXT, "body": "a" * 158 + "\r\nb"}
    (message,) = sms.draft(case(lisbon, CLARA), body)
    assert (message.text, message.units) == ("a" * 158 + "\nb", 1)


@pytest.mark.parametrize(
    ("kind", "settings", "sentence"),
    [
        (email, MAIL, "Bruno Lima has no e-mail address."),
        (sms, TEXT, "Bruno Lima has no phone number that can be written to."),
        (whatsapp, TEXT, "Bruno Lima has no phone number that can be written to."),
    ],
)
def test_who_has_no_address_is_named(
    lisbon: Tenant, kind: Any, settings: dict[str, Any], sentence: str
) -> None:
    nowhere = replace(BRUNO, email="not an address", phone="12")
    assert nothing(kind, case(lisbon, nowhere), settings) == sentence
    assert nothing(kind, case(lisbon), settings) == "There is nobody to write to."


@pytest.mark.parametrize(("kind", "settings"), [(email, MAIL), (sms, TEXT), (whatsapp, TEXT)])
def test_channel_that_is_used_up_does_not_tell_of_it(
    lisbon: Tenant, kind: Any, settings: dict[str, Any]
) -> None:
    for fixed in ({}, {"to": "address", "address": "+351912345678"}):
        asked = case(lisbon, CLARA, channel=kind.KIND.channel)
        assert "to tell that it is used up" in nothing(kind, asked, {**settings, **fixed})


def test_fixed_address_is_written_to_whoever_it_concerns(lisbon: Tenant) -> None:
    fixed = {**MAIL, "to": "address", "address": "desk@aurora.example"}
    (message,) = email.draft(case(lisbon, CLARA), fixed)
    assert (message.address, message.person) == ("desk@aurora.example", "")
    assert message.content["unsubscribe_url"] == ""


def test_nothing_is_sent_that_says_nothing(lisbon: Tenant) -> None:
    said = "Nothing would stand in it: what fills its fields is empty."
    alone = "{{ customer.first_name }}"
    asked = case(lisbon, CLARA, name=" ")
    assert nothing(email, asked, {**MAIL, "body": f"<p>{alone}</p>"}) == said
    assert nothing(sms, asked, {**TEXT, "body": alone}) == said
    assert nothing(whatsapp, asked, {**TEXT, "body": alone}) == said


def test_sms_does_not_grow_over_what_can_be_joined(lisbon: Tenant) -> None:
    long = {**TEXT, "body": "a" * 1400 + "{{ customer.first_name }}"}
    assert sms.draft(case(lisbon, CLARA), long)[0].units == 10
    said = "With its fields filled it would be 21 SMS. At most 10 can be joined."
    assert nothing(sms, case(lisbon, CLARA, name="João"), long) == said


def test_mail_that_leaves_instead_is_ready(lisbon: Tenant) -> None:
    instead = {**TEXT, "when_empty": "email", "body": "Hi {{ customer.first_name }},\n<see> you"}
    for kind in (sms, whatsapp):
        (message,) = kind.draft(case(lisbon, CLARA), instead)
        found = message.content["instead"]
        assert (found["channel"], found["address"]) == ("email", "clara@example.com")
        assert found["text"] == message.text
        assert found["content"]["subject"] == lisbon.name
        assert "<p>Hi Clara,<br>&lt;see&gt; you</p>" in found["content"]["html"]
        assert found["content"]["unsubscribe_url"] in found["content"]["html"]
    without = replace(CLARA, email="")
    assert sms.draft(case(lisbon, without), instead)[0].content == {}
    assert sms.draft(case(lisbon, CLARA, channel="email"), instead)[0].content == {}


def test_approved_text_is_filled_with_what_meta_takes(lisbon: Tenant) -> None:
    text = ApprovedTemplate.objects.create(
        name="reminder", language="pt_PT", body="Hi {{1}}, at {{ 2 }}. {{1}}!", provider_name="HX1"
    )
    settings = {
        "to": "customer",
        "template": str(text.pk),
        "parameters": "{{ customer.first_name }}\r\n{{ appointment.time }}",
        "body": "",
    }
    (message,) = whatsapp.draft(case(lisbon, CLARA, name="Clara\n\t   {{2}}"), settings)
    assert message.text == "Hi Clara {{2}}, at –. Clara {{2}}!"
    assert message.content == {
        "template": "reminder",
        "language": "pt_PT",
        "provider_name": "HX1",
        "parameters": ["Clara {{2}}", "–"],
    }
    text.is_active = False
    text.save()
    said = "The approved text that it uses is not there any more."
    assert nothing(whatsapp, case(lisbon, CLARA), settings) == said


def test_many_cases_ask_the_database_as_often_as_one(
    lisbon: Tenant, django_assert_num_queries: Any
) -> None:
    text = ApprovedTemplate.objects.create(name="reminder", body="Hi {{1}}")
    approved = {"to": "customer", "template": str(text.pk), "parameters": "x", "body": ""}
    first = case(lisbon, CLARA)
    with django_assert_num_queries(2):  # how the business appears, and the approved text
        for number in range(30):
            asked = replace(first, key=str(number))
            drafted: list[Message] = [*email.draft(asked, MAIL), *sms.draft(asked, TEXT)]
            drafted += whatsapp.draft(asked, approved)
            assert len(drafted) == 3
