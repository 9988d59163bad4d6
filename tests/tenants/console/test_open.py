"""A business that the super admin opens for somebody: who owns it, how they get in, what is refused."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from plans.models import Plan
from plans.services.plans import duplicate_plan
from saas.core.models import AuditEntry
from tenants.models import Membership, PlanChange, Role, Tenant, User
from tests.tenants.console.pages import LIST, page_of, send, text_of, typed
from tests.tenants.doors import cross, mailed_link
from tests.world import PASSWORD

ADD = f"{LIST}add/"
NEW = {
    "business_name": "Bloom Nails",
    "slug": "bloom-nails",
    "owner_email": "Bea@Bloom.example",
    "owner_name": "Bea Bloom",
}


def bloom() -> Tenant:
    return Tenant.objects.select_related("plan").get(slug="bloom-nails")


def test_business_is_usable_at_once_and_its_owner_chooses_a_password(
    desk: Client, client_for: Callable[..., Client], plan: Plan, olivia: User
) -> None:
    response = send(desk, ADD, **NEW, plan=plan.pk)
    tenant = bloom()
    assert response["Location"] == page_of(tenant)
    assert (tenant.plan, tenant.expires_at) == (plan, None)
    assert tenant.is_open
    change = PlanChange.objects.get(tenant=tenant)
    assert (change.by, change.reason) == (olivia, "signup")
    assert AuditEntry.objects.get().verb == "tenant.opened"
    bea = User.objects.get(email="bea@bloom.example")
    assert not bea.has_usable_password()
    [message] = mail.outbox
    assert message.to == ["bea@bloom.example"]
    assert "Bloom Nails" in message.subject
    visitor = client_for()
    path = visitor.get(mailed_link(), follow=True).redirect_chain[-1][0]
    visitor.post(path, {"password1": PASSWORD, "password2": PASSWORD})
    login = visitor.post("/login/", {"login": "bea@bloom.example", "password": PASSWORD})
    assert login["Location"] == "/businesses/"
    bea.refresh_from_db()
    assert cross(client_for, bea, tenant).get("/panel/").status_code == 200


def test_existing_login_becomes_owner_without_a_new_password(
    desk: Client, plan: Plan, carla: User
) -> None:
    send(desk, ADD, **{**NEW, "owner_email": carla.email.upper(), "owner_name": ""}, plan=plan.pk)
    assert Membership.objects.get(tenant=bloom()).user == carla
    assert Membership.objects.get(tenant=bloom()).role == Role.OWNER
    assert "password" not in mail.outbox[0].body
    carla.refresh_from_db()
    assert carla.check_password(PASSWORD)


def test_unconfirmed_login_stays_unconfirmed(desk: Client, plan: Plan, world: object) -> None:
    squatter = User.objects.create_user("bea@bloom.example", PASSWORD, name="Somebody else")
    EmailAddress.objects.create(user=squatter, email=squatter.email, primary=True, verified=False)
    send(desk, ADD, **NEW, plan=plan.pk)
    assert not EmailAddress.objects.get(user=squatter).verified


@pytest.mark.req(15)
def test_hidden_plan_can_be_given(desk: Client, plan: Plan) -> None:
    hidden = duplicate_plan(plan)
    send(desk, ADD, **NEW, plan=hidden.pk)
    assert bloom().plan == hidden


def test_empty_address_is_made_of_the_name(desk: Client, plan: Plan) -> None:
    send(desk, ADD, **{**NEW, "slug": ""}, plan=plan.pk)
    assert bloom().name == "Bloom Nails"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"slug": "salon-aurora"}, "This address is taken."),
        ({"slug": "admin"}, "kept for the platform"),
        ({"slug": "Bad_One"}, "Use small letters"),
        ({"slug": "x" * 41}, "at most 40 characters"),
        ({"business_name": ""}, "Enter the name of the business."),
        ({"business_name": "x" * 81}, "at most 80 characters"),
        ({"owner_email": ""}, "Enter the owner’s e-mail."),
        ({"owner_email": "nobody"}, "Enter a valid email address."),
        ({"owner_name": ""}, "Nobody has this e-mail yet"),
        ({"plan": "999999"}, "This plan is not here any more."),
        ({"plan": ""}, "Choose a plan."),
    ],
)
def test_bad_input_gets_a_sentence_and_opens_nothing(
    desk: Client, plan: Plan, aurora: Tenant, changes: dict[str, object], sentence: str
) -> None:
    count = (Tenant.objects.count(), User.objects.count())
    response = send(desk, ADD, **{**NEW, "plan": plan.pk, **changes})
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert (Tenant.objects.count(), User.objects.count()) == count
    assert mail.outbox == []


def test_deactivated_login_is_refused(desk: Client, plan: Plan, carla: User) -> None:
    User.objects.filter(pk=carla.pk).update(is_active=False)
    response = send(desk, ADD, **{**NEW, "owner_email": carla.email}, plan=plan.pk)
    assert response.status_code == 422
    assert "This login is deactivated." in text_of(response)
    assert not Tenant.objects.filter(slug="bloom-nails").exists()


def test_second_press_ends_on_the_same_page(desk: Client, plan: Plan) -> None:
    form = typed(desk, ADD, **NEW, plan=plan.pk)
    answers = [desk.post(ADD, form)["Location"] for _press in range(2)]
    assert answers == [page_of(bloom())] * 2
    assert len(mail.outbox) == 1


def test_nobody_else_opens_a_business(
    client_for: Callable[..., Client], ana: User, plan: Plan
) -> None:
    assert client_for(ana).post(ADD, {**NEW, "plan": plan.pk}).status_code == 404
    assert not Tenant.objects.filter(slug="bloom-nails").exists()


def test_form_says_where_to_begin_while_there_is_no_plan(desk: Client, world: object) -> None:
    Tenant.objects.all().delete()
    Plan.objects.all().delete()
    assert "There is no plan yet." in text_of(desk.get(ADD))


def test_form_says_nothing_of_that_once_there_is_a_plan(desk: Client, plan: Plan) -> None:
    assert "There is no plan yet." not in text_of(desk.get(ADD))
