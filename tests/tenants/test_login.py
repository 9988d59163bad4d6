"""Logging in on the platform's host, and where it leads."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tenants.models import Membership, Role, Tenant, User
from tests.tenants.doors import forget_limits, log_in, mailed_link, newcomer, sign_up
from tests.world import PASSWORD, World

ClientFor = Callable[..., Client]


@pytest.fixture
def visitor(world: World, client_for: ClientFor, settings: Settings) -> Client:
    forget_limits(settings)
    return client_for()


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_login_binds_the_session_to_the_platform(visitor: Client, ana: User) -> None:
    assert log_in(visitor, ana)["Location"] == "/businesses/"
    assert visitor.session["host"] == 0


def test_one_business_is_gone_straight_into(visitor: Client, ana: User, aurora: Tenant) -> None:
    log_in(visitor, ana)
    assert visitor.get("/businesses/")["Location"] == aurora.url("/login/")


def test_several_businesses_are_a_list(
    visitor: Client, ana: User, aurora: Tenant, borealis: Tenant
) -> None:
    Membership.objects.create(tenant=borealis, user=ana, role=Role.STAFF)
    log_in(visitor, ana)
    page = visitor.get("/businesses/").content.decode()
    assert aurora.login_url in page
    assert borealis.login_url in page
    assert "Owner" in page
    assert "Staff" in page


def test_suspended_business_is_shown_as_such(visitor: Client, ana: User, aurora: Tenant) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(suspended_at=timezone.now())
    log_in(visitor, ana)
    page = visitor.get("/businesses/").content.decode()
    assert "Suspended" in page
    assert aurora.login_url not in page


def test_super_admin_without_business_goes_to_the_console(visitor: Client, olivia: User) -> None:
    log_in(visitor, olivia)
    assert visitor.get("/businesses/")["Location"] == "/console/"


def test_super_admin_with_a_business_may_choose(
    visitor: Client, olivia: User, aurora: Tenant
) -> None:
    Membership.objects.create(tenant=aurora, user=olivia, role=Role.OWNER)
    log_in(visitor, olivia)
    page = visitor.get("/businesses/").content.decode()
    assert aurora.login_url in page
    assert 'href="/console/"' in page


def test_nobody_without_business_is_stuck(visitor: Client, bruno: User) -> None:
    Membership.objects.filter(user=bruno).update(is_active=False)
    log_in(visitor, bruno)
    assert 'href="/businesses/new/"' in visitor.get("/businesses/").content.decode()


def test_another_business_is_open_at_once(visitor: Client, ana: User) -> None:
    log_in(visitor, ana)
    response = visitor.post("/businesses/new/", {"business_name": "Studio Sul", "slug": ""})
    tenant = Tenant.objects.get(slug="studio-sul")
    assert response["Location"] == tenant.login_url
    assert tenant.is_open
    assert tenant.memberships.get().user == ana


@pytest.mark.parametrize("slug", ["borealis", "www", "-x"])
def test_another_business_needs_a_good_address(visitor: Client, ana: User, slug: str) -> None:
    log_in(visitor, ana)
    tenants = Tenant.objects.count()
    assert visitor.post("/businesses/new/", {"business_name": "B", "slug": slug}).status_code == 422
    assert Tenant.objects.count() == tenants


def test_unconfirmed_person_gets_the_mail_again_and_no_further(
    visitor: Client, client_for: ClientFor, settings: Settings
) -> None:
    sign_up(visitor)
    forget_limits(settings)
    other = client_for()
    assert log_in(other, newcomer())["Location"] == "/confirm-email/"
    assert other.get("/account/").status_code == 302
    assert len(mail.outbox) == 2
    assert mailed_link().startswith("/confirm-email/")


@pytest.mark.parametrize("fields", [{"password": "wrong"}, {"login": "nobody@aurora.example"}])
def test_wrong_credentials_say_nothing_about_which(
    visitor: Client, ana: User, fields: dict[str, str]
) -> None:
    page = log_in(visitor, ana, **fields).content.decode()
    assert "This e-mail and this password do not belong together." in page
    assert visitor.get("/account/").status_code == 302


def test_deactivated_person_is_told_so_with_the_right_password_only(
    visitor: Client, ana: User
) -> None:
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert log_in(visitor, ana)["Location"] == "/inactive/"
    assert visitor.get("/account/").status_code == 302
    assert "do not belong together" in log_in(visitor, ana, password="wrong").content.decode()


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example/", "http://borealis.localhost/panel/", "http://localhost/console/",
     "javascript:alert(1)", "/\\evil.example"],
)  # fmt: skip
def test_login_leads_to_no_other_host(visitor: Client, ana: User, wanted: str) -> None:
    assert log_in(visitor, ana, next=wanted)["Location"] == "/businesses/"


def test_login_leads_to_the_page_that_was_wanted(visitor: Client, ana: User) -> None:
    assert log_in(visitor, ana, next="/account/")["Location"] == "/account/"


def test_tries_for_one_email_are_limited(visitor: Client, client_for: ClientFor, ana: User) -> None:
    for _ in range(5):
        log_in(client_for(), ana, password="wrong")
    page = log_in(visitor, ana).content.decode()
    assert "Too many tries. Please wait five minutes." in page
    assert visitor.get("/account/").status_code == 302


def test_second_factor_stands_between_password_and_session(visitor: Client, ana: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ana, secret)
    assert log_in(visitor, ana, next="/account/")["Location"] == "/two-factor/authenticate/"
    assert visitor.get("/account/").status_code == 302
    assert (
        "This code is not right"
        in visitor.post("/two-factor/authenticate/", {"code": "000000"}).content.decode()
    )
    response = visitor.post("/two-factor/authenticate/", {"code": code_of(secret)})
    assert response["Location"] == "/account/"
    assert visitor.session["host"] == 0


def test_recovery_code_opens_once(visitor: Client, client_for: ClientFor, ana: User) -> None:
    TOTP.activate(ana, generate_totp_secret())
    code = RecoveryCodes.activate(ana).get_unused_codes()[0]
    log_in(visitor, ana)
    assert visitor.post("/two-factor/authenticate/", {"code": code})["Location"] == "/businesses/"
    again = client_for()
    log_in(again, ana)
    assert again.post("/two-factor/authenticate/", {"code": code}).status_code == 200


def test_second_factor_is_not_skipped_by_the_entrance(
    visitor: Client, ana: User, aurora: Tenant
) -> None:
    TOTP.activate(ana, generate_totp_secret())
    log_in(visitor, ana)
    assert visitor.get(f"/enter/{aurora.slug}/", {"state": "x"})["Location"].startswith("/login/")


def test_email_is_known_in_any_case(visitor: Client, ana: User) -> None:
    assert log_in(visitor, ana, login="ANA@Aurora.Example")["Location"] == "/businesses/"
    assert EmailAddress.objects.filter(user=ana).count() == 1
    assert ana.check_password(PASSWORD)
