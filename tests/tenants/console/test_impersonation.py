"""Seeing a business as its owner: the way in, the banner, the way out, and every way in which it must fail."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from saas.core.models import AuditEntry
from tenants.models import Membership, Role, Tenant, User
from tenants.services import accounts, handoff, impersonation
from tests.tenants.console.pages import page_of, queries_of, text_of
from tests.tenants.doors import cross, path_of

ClientFor = Callable[..., Client]
NOW = timezone.now()
STATE = "a" * 43


def way_in(desk: Client, here: Client, tenant: Tenant) -> str:
    """The address on the tenant's host, with a note, that the console sends this browser to."""
    asked = desk.post(page_of(tenant, "impersonate/"))
    assert asked["Location"] == tenant.url("/impersonation/")
    back = here.get("/impersonation/")["Location"]
    assert back.startswith(settings.PLATFORM_URL + page_of(tenant, "impersonate/note/"))
    return path_of(desk.get(path_of(back))["Location"])


def borrow(desk: Client, client_for: ClientFor, tenant: Tenant) -> Client:
    """A client on the tenant's host, as the owner, in Olivia's hands."""
    here = client_for(None, tenant)
    response = here.get(way_in(desk, here, tenant))
    assert response["Location"] == "/panel/"
    return here


def test_super_admin_sees_the_panel_as_its_owner_under_a_banner(
    desk: Client, client_for: ClientFor, aurora: Tenant
) -> None:
    here = borrow(desk, client_for, aurora)
    for path in ("/panel/", "/panel/staff/", "/panel/billing/", "/", "/panel/nothing-here/"):
        page = here.get(path)
        assert "You are Olivia Lind, seeing Salon Aurora as Ana Ribeiro." in text_of(page)
        assert 'action="/impersonation/leave/"' in page.content.decode()
        assert "/account/" not in page.content.decode()


def test_owner_herself_sees_no_banner(client_for: ClientFor, ana: User, aurora: Tenant) -> None:
    page = cross(client_for, ana, aurora).get("/panel/").content.decode()
    assert "seeing Salon Aurora" not in page
    assert "/impersonation/" not in page
    assert "/account/" in page


@pytest.mark.parametrize("path", ["/impersonation/leave/", "/logout/"])
def test_leaving_ends_the_session_and_leads_back_to_the_console(
    desk: Client, client_for: ClientFor, aurora: Tenant, path: str
) -> None:
    here = borrow(desk, client_for, aurora)
    response = here.post(path)
    assert response["Location"] == settings.PLATFORM_URL + page_of(aurora)
    assert here.get("/panel/")["Location"].startswith("/login/")
    assert desk.get("/console/").status_code == 200


def test_start_and_end_are_on_record(
    desk: Client, client_for: ClientFor, aurora: Tenant, olivia: User, ana: User
) -> None:
    borrow(desk, client_for, aurora).post("/impersonation/leave/")
    entries = AuditEntry.objects.order_by("pk")
    assert [(e.verb, e.actor_id, e.tenant_id) for e in entries] == [
        ("tenant.impersonated", olivia.pk, aurora.pk),
        ("tenant.left", olivia.pk, aurora.pk),
    ]
    assert entries[0].changes == {"seen as": [None, ana.email]}


def test_owner_was_not_here(desk: Client, client_for: ClientFor, aurora: Tenant, ana: User) -> None:
    seen = NOW - timedelta(days=9)
    User.objects.filter(pk=ana.pk).update(last_login=seen)
    borrow(desk, client_for, aurora)
    ana.refresh_from_db()
    assert ana.last_login == seen


def test_owners_own_session_elsewhere_goes_on(
    desk: Client, client_for: ClientFor, aurora: Tenant, ana: User
) -> None:
    at_home = cross(client_for, ana, aurora)
    borrow(desk, client_for, aurora).post("/impersonation/leave/")
    assert at_home.get("/panel/").status_code == 200


def demote(olivia: User, ana: User, tenant: Tenant) -> None:
    User.objects.filter(pk=olivia.pk).update(is_super_admin=False)


def deactivate(olivia: User, ana: User, tenant: Tenant) -> None:
    User.objects.filter(pk=olivia.pk).update(is_active=False)


def log_out_everywhere(olivia: User, ana: User, tenant: Tenant) -> None:
    accounts.end_sessions(olivia)


def change_owners_password(olivia: User, ana: User, tenant: Tenant) -> None:
    ana.set_password("another correct horse")
    ana.save()


def end_membership(olivia: User, ana: User, tenant: Tenant) -> None:
    Membership.objects.filter(user__email="mara@aurora.example").update(role=Role.OWNER)
    Membership.objects.filter(user=ana, tenant=tenant).update(is_active=False)


ENDINGS = [demote, deactivate, log_out_everywhere, change_owners_password, end_membership]


@pytest.mark.parametrize("happen", ENDINGS)
def test_it_ends_on_the_next_request_after(
    happen: Callable[[User, User, Tenant], None],
    desk: Client, client_for: ClientFor, aurora: Tenant, olivia: User, ana: User,
) -> None:  # fmt: skip
    here = borrow(desk, client_for, aurora)
    happen(olivia, ana, aurora)
    for _request in range(2):
        assert here.get("/panel/")["Location"].startswith("/login/")
    assert AuditEntry.objects.filter(verb="tenant.left").count() == 1


@pytest.mark.parametrize("happen", ENDINGS)
def test_note_opens_nothing_after(
    happen: Callable[[User, User, Tenant], None],
    desk: Client, client_for: ClientFor, aurora: Tenant, olivia: User, ana: User,
) -> None:  # fmt: skip
    here = client_for(None, aurora)
    path = way_in(desk, here, aurora)
    happen(olivia, ana, aurora)
    assert here.get(path).status_code == 403
    assert not AuditEntry.objects.exists()


def test_it_ends_after_an_hour(desk: Client, client_for: ClientFor, aurora: Tenant) -> None:
    here = borrow(desk, client_for, aurora)
    assert here.session.get_expiry_age() <= 3600
    session = here.session
    mark = session[impersonation.KEY]
    session[impersonation.KEY] = {**mark, "until": timezone.now().timestamp() - 1}
    session.save()
    assert here.get("/panel/")["Location"].startswith("/login/")
    assert AuditEntry.objects.filter(verb="tenant.left").count() == 1


def test_it_costs_one_more_query(
    desk: Client, client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    borrowed, own = borrow(desk, client_for, aurora), client_for(ana, aurora)
    assert len(queries_of(borrowed, "/panel/staff/")[1]) == 1 + len(
        queries_of(own, "/panel/staff/")[1]
    )


def test_note_works_once_in_one_browser(
    desk: Client, client_for: ClientFor, aurora: Tenant
) -> None:
    here, thief = client_for(None, aurora), client_for(None, aurora)
    path = way_in(desk, here, aurora)
    thief.get("/impersonation/")
    assert thief.get(path).status_code == 403
    assert here.get(path).status_code == 302
    here.post("/impersonation/leave/")
    here.cookies["state"] = "b" * 43
    assert here.get(path).status_code == 403


def test_console_answers_only_whom_it_has_just_sent(
    desk: Client, client_for: ClientFor, aurora: Tenant, borealis: Tenant
) -> None:
    """A link that somebody else made lets nobody in: the button has to be pressed."""
    note = page_of(aurora, "impersonate/note/")
    assert desk.get(note, {"state": "x"}).status_code == 403
    desk.post(page_of(borealis, "impersonate/"))
    assert desk.get(note, {"state": "x"}).status_code == 403
    desk.post(page_of(aurora, "impersonate/"))
    assert desk.get(note, {"state": "x"}).status_code == 302
    assert desk.get(note, {"state": "x"}).status_code == 403


def test_asking_is_forgotten_after_a_minute(olivia: User, aurora: Tenant) -> None:
    session = client_session()
    impersonation.ask(session, aurora, now=NOW)
    with pytest.raises(impersonation.CannotImpersonate, match="start again"):
        impersonation.issue(
            session, olivia, aurora, state_hash="x", now=NOW + timedelta(seconds=61)
        )


@pytest.mark.parametrize("seconds", [-2, 62, 3600])
def test_note_is_good_for_a_minute(olivia: User, aurora: Tenant, seconds: int) -> None:
    note = note_of(olivia, aurora)
    with pytest.raises(handoff.HandoffRefused, match="too old"):
        impersonation.redeem(note, aurora, state=STATE, now=NOW + timedelta(seconds=seconds))


def test_note_is_for_one_business_and_one_purpose(
    olivia: User, ana: User, aurora: Tenant, borealis: Tenant
) -> None:
    note = note_of(olivia, aurora)
    with pytest.raises(handoff.HandoffRefused, match="another business"):
        impersonation.redeem(note, borealis, state=STATE, now=NOW)
    with pytest.raises(handoff.HandoffRefused, match="not complete"):
        handoff.redeem_entry(note, aurora, state=STATE, now=NOW)
    own = handoff.issue_entry(ana, aurora, state_hash=handoff.hash_of(STATE), path="", now=NOW)
    with pytest.raises(handoff.HandoffRefused, match="not complete"):
        impersonation.redeem(own, aurora, state=STATE, now=NOW)


def test_nobody_is_seen_as_another_super_admin(desk: Client, aurora: Tenant, ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(is_super_admin=True)
    response = desk.post(page_of(aurora, "impersonate/"))
    assert response.status_code == 403
    assert "another super admin" in text_of(response)
    assert "Open as" not in text_of(desk.get(page_of(aurora)))


def test_closed_business_and_one_without_an_owner_are_refused(
    desk: Client, aurora: Tenant, borealis: Tenant
) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(suspended_at=NOW)
    User.objects.filter(memberships__tenant=borealis).update(is_active=False)
    assert desk.post(page_of(aurora, "impersonate/")).status_code == 403
    assert desk.post(page_of(borealis, "impersonate/")).status_code == 403


def test_borrowed_session_takes_the_place_of_the_one_before(
    desk: Client, client_for: ClientFor, aurora: Tenant, ana: User
) -> None:
    here = borrow(desk, client_for, aurora)
    first = here.session.session_key
    here.get(way_in(desk, here, aurora))
    assert here.session.session_key != first
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["tenant.impersonated", "tenant.left", "tenant.impersonated"]


def test_borrowed_session_is_no_way_into_console_or_account(
    desk: Client, client_for: ClientFor, aurora: Tenant
) -> None:
    here = borrow(desk, client_for, aurora)
    assert here.get("/console/").status_code == 404
    here.defaults["SERVER_NAME"] = settings.PLATFORM_HOST
    assert here.get("/console/").status_code == 302
    assert here.get("/account/").status_code == 302


def test_what_is_done_meanwhile_carries_both_names(
    desk: Client, client_for: ClientFor, aurora: Tenant, ana: User, olivia: User
) -> None:
    """The audit log's own door, asked within a request of the borrowed session."""
    from django.db import transaction

    from saas.core import audit
    from tenants.middleware import MemberMiddleware

    here = borrow(desk, client_for, aurora)
    request = here.get("/panel/").wsgi_request
    request.tenant = aurora

    def view(_request: object) -> object:
        with transaction.atomic():
            return audit.record("tenant.edited", aurora)

    entry = MemberMiddleware(view)(request)  # type: ignore[arg-type]
    assert (entry.actor_id, entry.on_behalf_of) == (olivia.pk, ana.email)


def test_only_super_admins_ask(client_for: ClientFor, ana: User, aurora: Tenant) -> None:
    assert client_for(ana).post(page_of(aurora, "impersonate/")).status_code == 404
    assert client_for(ana, aurora).post("/impersonation/leave/")["Location"] == "/panel/"


def client_session() -> dict:
    return {}


def note_of(olivia: User, tenant: Tenant) -> str:
    session = client_session()
    impersonation.ask(session, tenant, now=NOW)
    return impersonation.issue(session, olivia, tenant, state_hash=handoff.hash_of(STATE), now=NOW)
