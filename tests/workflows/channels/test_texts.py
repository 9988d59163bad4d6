"""Meta's approved texts: added, changed and deleted at the desk, and what workflows make of that."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from plans.models import Plan
from saas.core.errors import NotHere
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.booking.pages import queries_for
from tests.plans.pages import HTMX, read_form
from tests.workflows.channels.test_pages import LIST, WHATSAPP, words
from workflows.models import Action, ApprovedTemplate, Workflow
from workflows.services.approved_templates import Text, delete_template, save_template, uses_of

ADD = f"{WHATSAPP}texts/add/"
BODY = "Hi {{1}}, see you on {{2}}."
TYPED = {"name": "reminder", "language": "en", "body": BODY, "is_active": "on"}
pytestmark = pytest.mark.usefixtures("world")


def page_of(text: ApprovedTemplate) -> str:
    return f"{WHATSAPP}texts/{text.pk}/"


def used_by(text: ApprovedTemplate, tenant: Tenant | None = None) -> Action:
    workflow = Workflow.objects.create(tenant=tenant, name="Reminder", event="appointment.soon")
    settings = {"template": str(text.pk), "parameters": "{{a}}\n{{b}}"}
    return Action.objects.create(workflow=workflow, kind="whatsapp", settings=settings)


def test_text_is_added_changed_and_switched_off(desk: Client) -> None:
    assert "No approved texts yet" in words(desk.get(WHATSAPP))
    response = desk.post(ADD, {**TYPED, "body": "Hi {{1}}\r\n\r\nSee you"})
    assert (response.status_code, response["Location"]) == (302, WHATSAPP)
    text = ApprovedTemplate.objects.get()
    assert (text.name, text.body, text.is_active) == ("reminder", "Hi {{1}}\n\nSee you", True)
    assert "reminder en Hi {{1}}" in words(desk.get(WHATSAPP))

    shown: dict[str, Any] = read_form(desk.get(page_of(text)))
    assert shown["body"] == ["Hi {{1}}\n\nSee you"]
    del shown["is_active"]
    assert desk.post(page_of(text), {**shown, "provider_name": "HX1"}).status_code == 302
    text.refresh_from_db()
    assert (text.is_active, text.provider_name) == (False, "HX1")
    assert "reminder en Off" in words(desk.get(WHATSAPP))


def test_only_whatsapp_has_approved_texts(desk: Client) -> None:
    assert "Approved texts" not in words(desk.get(f"{LIST}sms/"))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": "My Text"}, "Enter small letters, digits and _ alone"),
        ({"name": ""}, "This field is required."),
        ({"language": "English"}, "Enter a language as Meta writes it"),
        ({"body": "Hi {{2}}"}, "Number the places from {{1}} on, without a gap."),
        ({"body": "Hi {{0}} {{1}}"}, "Number the places from {{1}} on, without a gap."),
        ({"body": "a" * 1025}, "A text has at most 1024 characters."),
        ({"provider_name": "HX 1"}, "Enter letters, digits and _ alone"),
    ],
)
def test_wrong_text_gets_its_sentence(desk: Client, typed: dict[str, str], sentence: str) -> None:
    response = desk.post(ADD, {**TYPED, **typed}, headers=HTMX)
    assert response.status_code == 422
    assert sentence in words(response)
    assert not ApprovedTemplate.objects.exists()


def test_places_may_come_in_any_order_and_more_than_once(olivia: User) -> None:
    text = save_template(Text("t", "pt_PT", "{{2}} {{1}} {{ 2 }}"), by=olivia)
    assert text.body == "{{2}} {{1}} {{ 2 }}"


def test_name_is_there_once_in_a_language(desk: Client, olivia: User) -> None:
    save_template(Text("reminder", "en", BODY), by=olivia)
    other = save_template(Text("reminder", "pt", BODY), by=olivia)
    assert "with this name in this language already" in words(desk.post(ADD, TYPED))
    with pytest.raises(ValidationError):
        save_template(Text("reminder", "en", BODY), pk=other.pk, by=olivia)
    assert ApprovedTemplate.objects.count() == 2
    save_template(Text("reminder", "pt", "Olá {{1}}, {{2}}"), pk=other.pk, by=olivia)


def test_number_of_places_stays_while_workflows_fill_them(olivia: User, aurora: Tenant) -> None:
    text = save_template(Text("reminder", "en", BODY), by=olivia)
    used_by(text, aurora)
    assert uses_of(text) == 1
    with pytest.raises(ValidationError, match="1 workflow fills its places"):
        save_template(Text("reminder", "en", "Hi {{1}}"), pk=text.pk, by=olivia)
    save_template(Text("reminder", "en", "Dear {{1}}, until {{2}}"), pk=text.pk, by=olivia)
    Action.objects.all().delete()
    save_template(Text("reminder", "en", "Hi {{1}}"), pk=text.pk, by=olivia)


def test_before_a_text_is_deleted_one_sees_who_uses_it(
    desk: Client, olivia: User, aurora: Tenant, borealis: Tenant
) -> None:
    text = save_template(Text("reminder", "en", BODY), by=olivia)
    question = f"{page_of(text)}delete/"
    assert "No workflow uses it." in words(desk.get(question))
    used_by(text, aurora)
    used_by(text, borealis)
    told = words(desk.get(question))
    assert "Delete “reminder (en)”?" in told
    assert "2 actions of workflows use it, and send nothing by WhatsApp" in told
    assert ApprovedTemplate.objects.count() == 1
    response = desk.post(question, headers=HTMX)
    assert response["HX-Redirect"] == WHATSAPP
    assert not ApprovedTemplate.objects.exists()
    assert desk.post(question).status_code == 404


def test_missing_id_of_twilio_is_told(desk: Client, olivia: User) -> None:
    from workflows.models import ChannelSettings

    save_template(Text("reminder", "en", BODY), by=olivia)
    assert "Twilio’s id is missing" not in words(desk.get(WHATSAPP))
    ChannelSettings.objects.create(channel="whatsapp", driver="twilio_whatsapp")
    assert "Twilio’s id is missing" in words(desk.get(WHATSAPP))


def test_deeds_are_audited(olivia: User) -> None:
    text = save_template(Text("reminder", "en", BODY), by=olivia)
    save_template(Text("reminder", "en", BODY), pk=text.pk, by=olivia)
    save_template(Text("reminder", "en", BODY, is_active=False), pk=text.pk, by=olivia)
    assert delete_template(text.pk, by=olivia) == "reminder (en)"
    told = [(one.verb, one.actor_id) for one in AuditEntry.objects.order_by("pk")]
    assert told == [
        ("template.saved", olivia.pk),
        ("template.saved", olivia.pk),
        ("template.deleted", olivia.pk),
    ]
    changed = AuditEntry.objects.order_by("pk")[1].changes
    assert changed == {"is_active": [True, False]}
    for deed in (
        lambda: delete_template(text.pk, by=olivia),
        lambda: save_template(Text("reminder", "en", BODY), pk=text.pk, by=olivia),
    ):
        with pytest.raises(NotHere):
            deed()


def test_many_texts_cost_no_more_queries_than_one(desk: Client, olivia: User, plan: Plan) -> None:
    save_template(Text("t_0", "en", BODY), by=olivia)
    before = queries_for(desk, WHATSAPP)
    for number in range(1, 30):
        save_template(Text(f"t_{number}", "en", BODY), by=olivia)
    assert queries_for(desk, WHATSAPP) == before
