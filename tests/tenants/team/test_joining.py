"""From the mail to the panel: somebody new, somebody with a login, and the wrong person."""

import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from saas.core import clock
from tenants.models import Invitation, Membership, Role, Tenant, User
from tests.tenants.doors import fetch_note, leave_for_platform, log_in, mailed_link, path_of
from tests.tenants.team.guests import (
    INES,
    NEWCOMER,
    ClientFor,
    invited,
    link_of,
    make_owner,
    member_of,
    words,
)
from tests.world import PASSWORD, make_user


@pytest.mark.django_db
def test_newcomer_comes_from_the_mail_into_the_panel(
    owner: Client, client_for: ClientFor, aurora: Tenant, ana: User
) -> None:
    owner.post("/panel/team/invite/", {"email": INES, "role": "manager"})
    browser, here = client_for(), client_for(None, aurora)
    link = mailed_link()
    assert "Ana Ribeiro invites you as manager." in words(browser.get(link))
    response = browser.post(link, NEWCOMER)
    assert response["Location"] == aurora.login_url
    note = fetch_note(browser, leave_for_platform(here), aurora)
    assert here.get(note)["Location"] == "/panel/"
    assert here.get("/panel/staff/add/").status_code == 200
    ines = User.objects.get(email=INES)
    assert ines.name == "Inês Duarte"
    assert member_of(aurora, ines).last_login_at is not None
    assert log_in(client_for(), ines).status_code == 302  # the e-mail needs no confirmation


def test_mail_says_who_invites_where_as_what_and_until_when(owner: Client, aurora: Tenant) -> None:
    owner.post("/panel/team/invite/", {"email": INES, "role": "staff"})
    (letter,) = mail.outbox
    assert letter.to == [INES]
    assert letter.subject == "Join Salon Aurora"
    said = str(letter.body)
    until = Invitation.objects.get().good_until
    assert "Ana Ribeiro invites you to Salon Aurora on Tenantry, as staff." in said
    assert f"until {until.day} {until:%B %Y}:" in said
    assert re.findall(r"http\S+", said) == [settings.PLATFORM_URL + mailed_link()]
    assert letter.alternatives[0][1] == "text/html"


def test_mail_is_the_same_whether_the_email_has_a_login_or_not(owner: Client, carla: User) -> None:
    said = []
    for email in (INES, carla.email):
        answer = owner.post("/panel/team/invite/", {"email": email, "role": "staff"})
        page = words(owner.get("/panel/team/")).replace(email, "EMAIL")
        body = re.sub(r"http\S+", "LINK", str(mail.outbox[-1].body))
        said.append((answer.status_code, answer["Location"], body, "EMAIL is on its way" in page))
    assert said[0] == said[1]


def test_opening_the_link_changes_nothing(client_for: ClientFor, aurora: Tenant, ana: User) -> None:
    invitation = invited(aurora, ana, now=clock.now())
    for _time in range(3):
        page = client_for().get(link_of(invitation))
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
    assert not User.objects.filter(email=INES).exists()
    assert Invitation.objects.get().accepted_at is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "Enter your name."),
        ({"password1": "short", "password2": "short"}, "at least 12 characters"),
        ({"password1": "password1234", "password2": "password1234"}, "too common"),
        ({"password1": INES, "password2": INES}, "too similar"),
        ({"password2": PASSWORD + "x"}, "This is not the same password."),
    ],
)
def test_bad_entry_is_said_beside_its_field_and_uses_nothing_up(
    client_for: ClientFor, aurora: Tenant, ana: User, wrong: dict[str, str], said: str
) -> None:
    link = link_of(invited(aurora, ana, now=clock.now()))
    browser = client_for()
    response = browser.post(link, NEWCOMER | wrong)
    assert response.status_code == 422
    assert said in words(response)
    if wrong.get("name") is None:
        assert 'value="Inês Duarte"' in words(response)
    assert not User.objects.filter(email=INES).exists()
    assert browser.post(link, NEWCOMER).status_code == 302


def test_somebody_with_a_login_logs_in_and_says_yes(
    client_for: ClientFor, aurora: Tenant, ana: User, carla: User
) -> None:
    link = link_of(invited(aurora, ana, email=carla.email, now=clock.now()))
    browser = client_for()
    page = browser.get(link)
    assert "You have a login already" in words(page)
    assert "password1" not in words(page)
    login = re.search(r'href="(/login/\?[^"]+)"', page.content.decode())[1]
    answer = browser.post("/login/", {"login": carla.email, "password": PASSWORD, "next": link})
    assert login.startswith("/login/?next=%2Finvitations%2F")
    assert path_of(answer["Location"]) == link
    assert "You are logged in as carla@borealis.example." in words(browser.get(link))
    assert browser.post(link)["Location"] == aurora.login_url
    assert member_of(aurora, carla).role == Role.STAFF


def test_anonymous_post_for_an_email_with_a_login_does_nothing(
    client_for: ClientFor, aurora: Tenant, ana: User, carla: User
) -> None:
    link = link_of(invited(aurora, ana, email=carla.email, now=clock.now()))
    assert client_for().post(link, NEWCOMER).status_code == 200
    carla.refresh_from_db()
    assert carla.check_password(PASSWORD)
    assert not Membership.objects.filter(tenant=aurora, user=carla).exists()


def test_pressing_twice_leads_in_both_times(
    client_for: ClientFor, aurora: Tenant, ana: User, carla: User
) -> None:
    link = link_of(invited(aurora, ana, email=carla.email, now=clock.now()))
    browser = client_for(carla)
    assert [browser.post(link)["Location"] for _time in range(2)] == [aurora.login_url] * 2
    assert browser.get(link)["Location"] == aurora.login_url
    stranger = client_for().get(link)
    assert stranger.status_code == 404
    assert "has been used" in words(stranger)


def test_wrong_person_is_told_whom_it_is_for_and_cannot_accept(
    client_for: ClientFor, aurora: Tenant, ana: User, carla: User
) -> None:
    link = link_of(invited(aurora, ana, now=clock.now()))
    browser = client_for(carla)
    page = browser.get(link)
    assert f"This invitation is for {INES}." in words(page)
    assert "/logout/?next=%2Finvitations%2F" in words(page)
    assert browser.post(link, NEWCOMER).status_code == 403
    assert not Membership.objects.filter(tenant=aurora, user=carla).exists()


def test_link_never_works_on_a_tenants_host(
    client_for: ClientFor, aurora: Tenant, ana: User
) -> None:
    link = link_of(invited(aurora, ana, now=clock.now()))
    assert client_for(None, aurora).post(link, NEWCOMER).status_code == 404


def test_invitation_to_one_business_opens_no_other(
    client_for: ClientFor, aurora: Tenant, borealis: Tenant, ana: User
) -> None:
    browser = client_for()
    browser.post(link_of(invited(aurora, ana, now=clock.now())), NEWCOMER)
    assert browser.get("/enter/borealis/").status_code == 404
    assert not Membership.objects.filter(tenant=borealis, user__email=INES).exists()


def test_inviter_without_a_login_any_more_leaves_the_invitation_good(
    client_for: ClientFor, aurora: Tenant, ana: User, mara: User
) -> None:
    invitation = invited(aurora, ana, now=clock.now())
    make_owner(aurora, mara)
    Membership.objects.filter(tenant=aurora, user=ana).update(is_active=False)
    assert client_for().post(link_of(invitation), NEWCOMER).status_code == 302


def test_unconfirmed_sign_up_of_a_stranger_gets_nobody_in(
    client_for: ClientFor, aurora: Tenant, ana: User
) -> None:
    """Somebody has signed up with an e-mail that is not theirs, and does not get the mail."""
    squatter = make_user(INES, "Somebody")
    squatter.emailaddress_set.update(verified=False)
    link = link_of(invited(aurora, ana, now=clock.now()))
    browser = client_for()
    log_in(browser, squatter)
    assert "You have a login already" in words(browser.get(link))
    browser.post(link, NEWCOMER)
    assert not Membership.objects.filter(tenant=aurora, user=squatter).exists()
