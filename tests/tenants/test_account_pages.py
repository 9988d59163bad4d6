"""Every page of allauth that has an address looks like ours; and what people change on their account."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings as project
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from plans.models import Plan
from tenants import demo_mail
from tenants.models import Tenant, User
from tests.tenants.doors import (
    cross,
    forget_limits,
    log_in,
    mailed_link,
    newcomer,
    path_of,
    sign_up,
)
from tests.tenants.test_login import code_of
from tests.world import PASSWORD, World

ClientFor = Callable[..., Client]
NEW_PASSWORD = "another long passphrase"
TEMPLATES = Path(project.BASE_DIR) / "templates"


@pytest.fixture
def visitor(world: World, client_for: ClientFor, settings: Settings) -> Client:
    forget_limits(settings)
    return client_for()


def login_of(client: Client, user: User) -> Client:
    """Logged in by the password a moment ago, and asked for it again, so that nothing asks once more."""
    log_in(client, user)
    client.post("/reauthenticate/", {"password": PASSWORD})
    return client


def names(patterns: Iterable[URLPattern | URLResolver]) -> set[str]:
    """The names of all routed pages whose view is allauth's."""
    found: set[str] = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            found |= names(pattern.url_patterns)
        elif pattern.callback.__module__.startswith("allauth."):
            found.add(str(pattern.name))
    return found


def page_login(client: Client, user: User) -> HttpResponse:
    return client.get("/login/")


def page_signup(client: Client, user: User) -> HttpResponse:
    return client.get("/signup/")


def page_signup_closed(client: Client, user: User) -> HttpResponse:
    Plan.objects.update(is_default=False)
    return client.get("/signup/")


def page_logout(client: Client, user: User) -> HttpResponse:
    return login_of(client, user).get("/logout/")


def page_inactive(client: Client, user: User) -> HttpResponse:
    return client.get("/inactive/")


def page_reauthenticate(client: Client, user: User) -> HttpResponse:
    return login_of(client, user).get("/reauthenticate/")


def page_email(client: Client, user: User) -> HttpResponse:
    return login_of(client, user).get("/email/")


def page_email_waiting(client: Client, user: User) -> HttpResponse:
    login_of(client, user).post("/email/", {"email": "ana@new.example", "action_add": ""})
    return client.get("/email/")


def page_sent(client: Client, user: User) -> HttpResponse:
    return client.get("/confirm-email/")


def page_confirm(client: Client, user: User) -> HttpResponse:
    sign_up(client)
    return client.get(mailed_link())


def page_password_change(client: Client, user: User) -> HttpResponse:
    return login_of(client, user).get("/password/change/")


def page_password_set(client: Client, user: User) -> HttpResponse:
    client.force_login(user)
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    session = client.session
    session["host"] = 0
    session.save()
    return client.get("/password/set/")


def page_reset(client: Client, user: User) -> HttpResponse:
    return client.get("/password/reset/")


def page_reset_done(client: Client, user: User) -> HttpResponse:
    return client.post("/password/reset/", {"email": user.email}, follow=True)


def page_reset_key(client: Client, user: User) -> HttpResponse:
    client.post("/password/reset/", {"email": user.email})
    return client.get(mailed_link(), follow=True)


def page_reset_bad_key(client: Client, user: User) -> HttpResponse:
    return client.get("/password/reset/key/1-nonsense/")


def page_reset_key_done(client: Client, user: User) -> HttpResponse:
    return client.get("/password/reset/key/done/")


def with_codes(client: Client, user: User) -> Client:
    secret = generate_totp_secret()
    login_of(client, user)
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return client


def page_mfa_off(client: Client, user: User) -> HttpResponse:
    return login_of(client, user).get("/two-factor/")


def page_mfa_on(client: Client, user: User) -> HttpResponse:
    return with_codes(client, user).get("/two-factor/")


def page_mfa_authenticate(client: Client, user: User) -> HttpResponse:
    TOTP.activate(user, generate_totp_secret())
    log_in(client, user)
    return client.get("/two-factor/authenticate/")


def page_mfa_reauthenticate(client: Client, user: User) -> HttpResponse:
    return with_codes(client, user).get("/two-factor/reauthenticate/")


def page_totp_activate(client: Client, user: User) -> HttpResponse:
    return login_of(client, user).get("/two-factor/totp/activate/")


def page_totp_deactivate(client: Client, user: User) -> HttpResponse:
    return with_codes(client, user).get("/two-factor/totp/deactivate/")


def page_codes(client: Client, user: User) -> HttpResponse:
    return with_codes(client, user).get("/two-factor/recovery-codes/")


def page_codes_generate(client: Client, user: User) -> HttpResponse:
    return with_codes(client, user).get("/two-factor/recovery-codes/generate/")


PAGES: dict[str, list[Callable[[Client, User], HttpResponse]]] = {
    "account_login": [page_login],
    "account_logout": [page_logout],
    "account_inactive": [page_inactive],
    "account_signup": [page_signup, page_signup_closed],
    "account_reauthenticate": [page_reauthenticate],
    "account_email": [page_email, page_email_waiting],
    "account_email_verification_sent": [page_sent],
    "account_confirm_email": [page_confirm],
    "account_change_password": [page_password_change],
    "account_set_password": [page_password_set],
    "account_reset_password": [page_reset],
    "account_reset_password_done": [page_reset_done],
    "account_reset_password_from_key": [page_reset_key, page_reset_bad_key],
    "account_reset_password_from_key_done": [page_reset_key_done],
    "mfa_index": [page_mfa_off, page_mfa_on],
    "mfa_authenticate": [page_mfa_authenticate],
    "mfa_reauthenticate": [page_mfa_reauthenticate],
    "mfa_activate_totp": [page_totp_activate],
    "mfa_deactivate_totp": [page_totp_deactivate],
    "mfa_view_recovery_codes": [page_codes],
    "mfa_generate_recovery_codes": [page_codes_generate],
}
NO_PAGE = {"account_confirm_login_code", "mfa_download_recovery_codes"}
"""Routed by allauth whether it is used or not; and a plain text file. Both are tested below."""


def test_every_page_of_allauth_is_listed() -> None:
    assert names(get_resolver(project.PUBLIC_SCHEMA_URLCONF).url_patterns) == PAGES.keys() | NO_PAGE


@pytest.mark.parametrize("page", [page for pages in PAGES.values() for page in pages])
def test_page_of_allauth_is_in_our_look(
    visitor: Client, ana: User, page: Callable[[Client, User], HttpResponse]
) -> None:
    response = page(visitor, ana)
    assert response.status_code == 200
    foreign = [
        t.name
        for t in response.templates
        if t.origin and not Path(t.origin.name).is_relative_to(TEMPLATES)
    ]
    assert [name for name in foreign if name and not name.startswith("django/forms/")] == []
    content = response.content.decode()
    assert 'class="brand"' in content
    assert content.count("<h1>") == 1
    assert not re.search(r'placeholder="[^"]', content)


def test_login_by_code_is_switched_off(visitor: Client) -> None:
    assert visitor.get("/login/code/confirm/")["Location"] == "/login/"
    assert visitor.get("/login/code/").status_code == 404


def test_recovery_codes_can_be_downloaded(visitor: Client, ana: User) -> None:
    response = with_codes(visitor, ana).get("/two-factor/recovery-codes/download/")
    assert response["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'
    assert len(response.content.split()) == 10


def test_secret_of_the_second_factor_is_a_picture_and_a_text(visitor: Client, ana: User) -> None:
    content = page_totp_activate(visitor, ana).content.decode()
    assert 'src="data:image/svg+xml;base64,' in content
    secret = re.search(r"<code>(\w+)</code>", content)
    assert secret
    response = visitor.post("/two-factor/totp/activate/", {"code": code_of(secret[1])})
    assert response["Location"] == "/two-factor/recovery-codes/"


def test_second_factor_needs_the_password_again(client_for: ClientFor, ana: User) -> None:
    assert (
        client_for(ana).get("/two-factor/totp/activate/")["Location"].startswith("/reauthenticate/")
    )


def test_account_shows_businesses_and_what_is_on(
    visitor: Client, ana: User, aurora: Tenant
) -> None:
    page = login_of(visitor, ana).get("/account/").content.decode()
    assert aurora.login_url in page
    assert "Off. Switch it on" in page


def test_name_is_changed_in_a_dialog_or_on_a_page(client_for: ClientFor, ana: User) -> None:
    client = client_for(ana)
    assert client.post("/account/name/", {"name": " "}).status_code == 422
    assert client.post("/account/name/", {"name": "x" * 81}).status_code == 422
    assert client.post("/account/name/", {"name": "Ana  Ribeiro "})["Location"] == "/account/"
    assert (
        client.post("/account/name/", {"name": "Ana R."}, headers={"HX-Request": "true"})[
            "HX-Redirect"
        ]
        == "/account/"
    )
    ana.refresh_from_db()
    assert ana.name == "Ana R."


def test_logging_out_everywhere_else_keeps_only_this_session(
    client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    here, other, business = client_for(ana), client_for(ana), cross(client_for, ana, aurora)
    assert here.post("/account/end-sessions/")["Location"] == "/account/"
    assert here.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    assert business.get("/panel/").status_code == 302


def test_new_password_ends_all_other_sessions_and_is_told(
    visitor: Client,
    client_for: ClientFor,
    ana: User,
    aurora: Tenant,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    business = cross(client_for, ana, aurora)
    login_of(visitor, ana)
    fields = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        assert visitor.post("/password/change/", fields)["Location"] == "/account/"
    assert visitor.get("/account/").status_code == 200
    assert business.get("/panel/").status_code == 302
    assert mail.outbox[-1].subject == "Your password at Tenantry was changed"
    assert mailed_link() == "/password/reset/"


def test_forgotten_password_is_set_by_a_link_that_works_once(
    visitor: Client, client_for: ClientFor, ana: User
) -> None:
    visitor.post("/password/reset/", {"email": ana.email})
    link = mailed_link()
    form = visitor.get(link)["Location"]
    fields = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    assert visitor.post(form, fields)["Location"] == "/password/reset/key/done/"
    assert "This link does not work" in visitor.get(link).content.decode()
    assert log_in(client_for(), ana).status_code == 200
    assert log_in(client_for(), ana, password=NEW_PASSWORD).status_code == 302


def test_reset_for_an_unknown_email_answers_alike(visitor: Client, ana: User) -> None:
    known = visitor.post("/password/reset/", {"email": ana.email})
    unknown = visitor.post("/password/reset/", {"email": "nobody@aurora.example"})
    assert known["Location"] == unknown["Location"] == "/password/reset/done/"
    assert [message.to for message in mail.outbox] == [[ana.email], ["nobody@aurora.example"]]
    assert "There is no login with it." in mail.outbox[1].body


def test_new_email_holds_once_it_is_confirmed_and_the_old_one_is_told(
    visitor: Client, ana: User, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    login_of(visitor, ana).post("/email/", {"email": "ana@new.example", "action_add": ""})
    assert mail.outbox[-1].to == ["ana@new.example"]
    ana.refresh_from_db()
    assert ana.email == "ana@aurora.example"
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        assert visitor.post(mailed_link())["Location"] == "/account/"
    ana.refresh_from_db()
    assert ana.email == "ana@new.example"
    assert list(
        EmailAddress.objects.filter(user=ana).values_list("email", "verified", "primary")
    ) == [("ana@new.example", True, True)]
    assert mail.outbox[-1].to == ["ana@aurora.example"]


def test_new_email_needs_the_password_and_goes_on_by_itself(
    client_for: ClientFor, ana: User
) -> None:
    client = client_for(ana)
    asked = client.post("/email/", {"email": "ana@new.example", "action_add": ""})
    assert asked["Location"].startswith("/reauthenticate/")
    assert mail.outbox == []
    client.post(asked["Location"], {"password": PASSWORD})
    assert mail.outbox[-1].to == ["ana@new.example"]


@pytest.mark.parametrize("confirmed", [True, False])
def test_email_of_somebody_else_cannot_be_taken_over(
    visitor: Client, client_for: ClientFor, ana: User, confirmed: bool
) -> None:
    login_of(visitor, ana).post("/email/", {"email": "bea@bloom.example", "action_add": ""})
    link = mailed_link()
    User.objects.create_user("bea@bloom.example", PASSWORD, name="Bea")
    EmailAddress.objects.create(
        user=newcomer(), email="bea@bloom.example", verified=confirmed, primary=True
    )
    visitor.post(link)
    ana.refresh_from_db()
    assert ana.email == "ana@aurora.example"


def test_mail_server_that_fails_costs_a_sentence_only(visitor: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    response = sign_up(visitor)
    assert response["Location"] == "/confirm-email/"
    assert "The mail could not be sent." in visitor.get("/confirm-email/").content.decode()
    assert newcomer().memberships.count() == 1


def test_demo_keeps_its_mail_for_reading(visitor: Client, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tenants.demo_mail.DemoMailBackend"
    sign_up(visitor)
    assert "Read the mail here" in visitor.get("/confirm-email/").content.decode()
    newest = demo_mail.mails()[0]
    assert (newest.to, newest.subject) == ("bea@bloom.example", "Confirm your e-mail for Tenantry")
    page = visitor.get("/demo/mail/").content.decode()
    assert f'href="/demo/mail/{newest.key}/"' in page
    content = visitor.get(f"/demo/mail/{newest.key}/").content.decode()
    link = re.search(r'href="([^"]+/confirm-email/[^"]+)"', content)
    assert link
    assert visitor.post(path_of(link[1]))["Location"] == "/businesses/"


def test_demo_mailbox_serves_no_other_file(visitor: Client) -> None:
    assert visitor.get("/demo/mail/nothing-kept/").status_code == 404
    assert demo_mail.find_mail("../../settings") is None


def test_mailbox_has_no_address_in_production() -> None:
    code = (
        "import django; django.setup(); from django.urls import Resolver404, resolve\n"
        "try: resolve('/demo/mail/', 'saas.urls_public'); print('there')\n"
        "except Resolver404: print('not there')"
    )
    production = {
        "TENANTRY_ENV": "production",
        "TENANTRY_SECRET_KEY": "x" * 60,
        "TENANTRY_BASE_DOMAIN": "tenantry.example",
        "TENANTRY_SMTP_URL": "smtp://mail.tenantry.example:587",
        "DATABASE_URL": "postgres://app@db.tenantry.example/tenantry",
        "REDIS_URL": "redis://cache.tenantry.example/0",
        "DJANGO_SETTINGS_MODULE": "saas.settings",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], env={**os.environ, **production},
        cwd=project.BASE_DIR, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == "not there", done.stderr


def test_two_factor_secrets_are_stored_encrypted(ana: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(ana, secret)
    codes = RecoveryCodes.activate(ana)
    stored = {kept.type: str(kept.data) for kept in Authenticator.objects.filter(user=ana)}
    assert secret not in stored["totp"]
    assert codes.instance.data["seed"].startswith("gAAAAA")
    assert TOTP(Authenticator.objects.get(user=ana, type="totp")).validate_code(code_of(secret))
    assert codes.get_unused_codes()
