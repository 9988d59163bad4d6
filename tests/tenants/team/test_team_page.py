"""The Team logins page and its dialogs: what stands there, for whom, at what price."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from booking.models import Staff
from saas.core import clock
from saas.core.models import AuditEntry
from tenants.models import Invitation, Membership, Role, Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import queries_for
from tests.tenants.console.test_impersonation import borrow
from tests.tenants.doors import cross
from tests.tenants.team.guests import INES, ClientFor, invited, make_owner, member_of, words
from tests.world import make_user

TEAM = "/panel/team/"
HTMX = {"hx-request": "true"}


def test_page_says_who_as_what_since_when(
    owner: Client, client_for: ClientFor, aurora: Tenant, ana: User, mara: User, bruno: User
) -> None:
    with tenant_scope(aurora):
        Staff.objects.create(name="Bruno the barber", user=bruno)
        free = Staff.objects.create(name="Inês").pk
    cross(client_for, bruno, aurora)
    invited(aurora, ana, staff_id=free, now=clock.now())
    Membership.objects.filter(tenant=aurora, user=mara).update(is_active=False)
    page = words(owner.get(TEAM))
    row = page[page.index("Bruno Costa") :]
    for text in ("bruno@aurora.example", "Staff", "Bruno the barber", f"{clock.now():%Y}, "):
        assert text in row
    assert page.index("Bruno Costa") < page.index("Mara Duarte") < page.index("Switched off")
    assert page.index(INES) < page.index("Inês among the staff") < page.index("Open until")


def test_last_login_elsewhere_is_nobodys_concern(
    owner: Client, client_for: ClientFor, aurora: Tenant, borealis: Tenant, bruno: User
) -> None:
    Membership.objects.create(tenant=borealis, user=bruno, role=Role.STAFF)
    cross(client_for, bruno, borealis)
    assert member_of(borealis, bruno).last_login_at is not None
    assert member_of(aurora, bruno).last_login_at is None


@pytest.mark.parametrize("count", [1, 30])
def test_list_takes_nine_queries_whatever_its_length(
    owner: Client, aurora: Tenant, ana: User, count: int
) -> None:
    with tenant_scope(aurora):
        free = [Staff.objects.create(name=f"Row {n}").pk for n in range(count)]
    for number in range(count):
        user = make_user(f"member{number}@aurora.example", f"Member {number}")
        Membership.objects.create(tenant=aurora, user=user, role=Role.STAFF)
        email = f"guest{number}@aurora.example"
        invited(aurora, ana, email=email, staff_id=free[number], now=clock.now())
    assert queries_for(owner, TEAM) == 8


def test_other_pages_are_cheap(owner: Client, aurora: Tenant, bruno: User) -> None:
    pk = member_of(aurora, bruno).pk
    most = {
        "roles/": 3,
        "invite/": 4,
        f"{pk}/role/": 4,
        f"{pk}/deactivate/": 4,
        f"{pk}/hand-over/": 4,
    }
    assert {page: queries_for(owner, TEAM + page) for page in most} == most


def test_manager_looks_and_is_offered_nothing(
    client_for: ClientFor, aurora: Tenant, ana: User, mara: User
) -> None:
    invited(aurora, ana)
    page = client_for(mara, aurora).get(TEAM)
    assert "Owners change it." in words(page)
    for offered in ("invite/", "/role/", "/deactivate/", "/hand-over/", "/withdraw/", "/send/"):
        assert offered not in page.content.decode()


def test_inviting_sends_one_mail_and_comes_back(owner: Client, aurora: Tenant) -> None:
    answer = owner.post(TEAM + "invite/", {"email": INES, "role": "staff"}, headers=HTMX)
    assert answer.status_code == 204
    assert "teamChanged" in answer["HX-Trigger"]
    assert [letter.to for letter in mail.outbox] == [[INES]]
    assert Invitation.objects.get().by.email == "ana@aurora.example"


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({"email": "", "role": "staff"}, "Enter the e-mail address of whom you invite."),
        ({"email": "ines", "role": "staff"}, "Enter an e-mail address such as"),
        ({"email": INES, "role": "emperor"}, "Choose a role."),
        (
            {"email": INES, "role": "staff", "staff": "999"},
            "They have a login already, or are gone.",
        ),
        ({"email": "BRUNO@aurora.example", "role": "staff"}, "has a login here already"),
    ],
)
def test_bad_invitation_is_said_beside_its_field(
    owner: Client, aurora: Tenant, posted: dict[str, str], said: str
) -> None:
    with tenant_scope(aurora):
        Staff.objects.create(name="Inês")
    answer = owner.post(TEAM + "invite/", posted)
    assert answer.status_code == 422
    assert said in words(answer)
    assert f'value="{posted["email"]}"' in words(answer) or not posted["email"]
    assert mail.outbox == []


def test_sending_again_mails_another_link(owner: Client, aurora: Tenant, ana: User) -> None:
    first = invited(aurora, ana, now=clock.now() - timedelta(days=8))
    assert "Too old: send it again" in words(owner.get(TEAM))
    assert owner.post(f"{TEAM}invitations/{first.pk}/send/").status_code == 302
    assert Invitation.objects.get().nonce != first.nonce
    assert [letter.to for letter in mail.outbox] == [[INES]]
    assert owner.post(f"{TEAM}invitations/{first.pk}/send/").status_code == 409
    assert len(mail.outbox) == 1


def test_business_sends_thirty_mails_an_hour(
    owner: Client, client_for: ClientFor, aurora: Tenant, borealis: Tenant, ana: User, carla: User
) -> None:
    send = {"role": "staff"}
    for number in range(30):
        owner.post(TEAM + "invite/", send | {"email": f"guest{number}@aurora.example"})
    elsewhere = client_for(ana, aurora)  # another address of the same business
    answer = elsewhere.post(TEAM + "invite/", send | {"email": "more@aurora.example"})
    assert answer.status_code == 429
    assert len(mail.outbox) == 30
    other = client_for(carla, borealis).post(TEAM + "invite/", send | {"email": INES})
    assert other.status_code == 302


def test_withdrawing_asks_first(owner: Client, aurora: Tenant, ana: User) -> None:
    url = f"{TEAM}invitations/{invited(aurora, ana).pk}/withdraw/"
    assert f"The link in the mail to {INES} opens nothing any more." in words(owner.get(url))
    assert owner.post(url).status_code == 302
    assert INES not in words(owner.get(TEAM)).replace(f"The invitation to {INES} is withdrawn", "")
    assert owner.post(url).status_code == 404


def test_last_owner_reads_why_beside_the_field(owner: Client, aurora: Tenant, ana: User) -> None:
    answer = owner.post(f"{TEAM}{member_of(aurora, ana).pk}/role/", {"role": "staff"})
    assert answer.status_code == 422
    assert "Make somebody else an owner first." in words(answer)


def test_whoever_steps_down_gets_a_page_they_may_open(
    owner: Client, aurora: Tenant, ana: User, mara: User
) -> None:
    make_owner(aurora, mara)
    url = f"{TEAM}{member_of(aurora, ana).pk}/role/"
    assert owner.post(url, {"role": "staff"}, headers=HTMX)["HX-Redirect"] == "/panel/"
    assert owner.get(TEAM).status_code == 403


def test_handing_over_lists_what_happens_and_then_it_has(
    owner: Client, aurora: Tenant, ana: User, bruno: User
) -> None:
    url = f"{TEAM}{member_of(aurora, bruno).pk}/hand-over/"
    page = words(owner.get(url))
    assert "Hand Salon Aurora over to Bruno Costa?" in page
    assert "You become a manager." in page
    assert owner.post(url, headers=HTMX)["HX-Redirect"] == TEAM
    assert member_of(aurora, bruno).role == Role.OWNER
    assert owner.get(TEAM).status_code == 200
    assert owner.post(url).status_code == 403


def test_switching_off_and_on_again(owner: Client, aurora: Tenant, bruno: User) -> None:
    url = f"{TEAM}{member_of(aurora, bruno).pk}/"
    assert "Nothing is deleted" in words(owner.get(url + "deactivate/"))
    assert owner.post(url + "deactivate/").status_code == 302
    assert not member_of(aurora, bruno).is_active
    assert owner.post(url + "reactivate/").status_code == 302
    assert member_of(aurora, bruno).is_active


def test_own_login_and_last_owner_are_refused_before_the_question(
    owner: Client, aurora: Tenant, ana: User
) -> None:
    url = f"{TEAM}{member_of(aurora, ana).pk}/"
    assert owner.get(url + "deactivate/").status_code == 409
    assert owner.get(url + "hand-over/").status_code == 409


def test_super_admin_who_sees_it_as_the_owner_looks_and_changes_nothing(
    client_for: ClientFor, aurora: Tenant, olivia: User, ana: User, bruno: User
) -> None:
    here = borrow(client_for(olivia), client_for, aurora)
    invitation, pk = invited(aurora, ana), member_of(aurora, bruno).pk
    page = here.get(TEAM)
    assert "only the people of the business change it" in words(page)
    assert "invite/" not in page.content.decode()
    for path in (
        "invite/", f"{pk}/role/", f"{pk}/deactivate/", f"{pk}/reactivate/", f"{pk}/hand-over/",
        f"invitations/{invitation.pk}/send/", f"invitations/{invitation.pk}/withdraw/",
    ):  # fmt: skip
        answer = here.post(TEAM + path, {"email": "x@x.example", "role": "owner"})
        assert answer.status_code == 403, path
        assert "Only the people of the business itself" in words(answer)
    assert member_of(aurora, bruno).role == Role.STAFF
    assert Invitation.objects.count() == 1
    assert not AuditEntry.objects.filter(verb__startswith="team.", actor_id=olivia.pk).exists()


def test_row_of_another_business_is_not_there(
    client_for: ClientFor, aurora: Tenant, borealis: Tenant, ana: User, bruno: User, carla: User
) -> None:
    there = client_for(carla, borealis)
    invitation, pk = invited(aurora, ana), member_of(aurora, bruno).pk
    for path in (
        f"{pk}/role/", f"{pk}/deactivate/", f"{pk}/reactivate/", f"{pk}/hand-over/",
        f"invitations/{invitation.pk}/send/", f"invitations/{invitation.pk}/withdraw/",
    ):  # fmt: skip
        assert there.post(TEAM + path, {"role": "owner"}).status_code == 404, path
    assert "Bruno" not in words(there.get(TEAM))
