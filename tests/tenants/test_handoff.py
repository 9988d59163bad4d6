"""The crossing from the platform's host to a tenant's, and back out: every way in which it must fail."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from tenants.models import Membership, Role, Tenant, UsedHandoff, User
from tenants.services import accounts, handoff
from tests.tenants.doors import cross, fetch_note, leave_for_platform, path_of

ClientFor = Callable[..., Client]
NOW = timezone.now()
STATE = "a" * 43


def note_for(user: User, tenant: Tenant, *, path: str = "/panel/") -> str:
    return handoff.issue_entry(user, tenant, state_hash=handoff.hash_of(STATE), path=path, now=NOW)


def test_handoff_ends_in_the_page_that_was_wanted(
    client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    here, there = client_for(None, aurora), client_for(ana)
    wanted = here.get("/panel/staff/?q=a")["Location"]
    entrance = path_of(here.get(wanted)["Location"])
    response = here.get(fetch_note(there, entrance, aurora))
    assert response["Location"] == "/panel/staff/?q=a"
    assert here.get("/panel/staff/").status_code == 200


def test_handoff_begins_a_session_of_this_host_under_a_new_key(
    client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    here, there = client_for(None, aurora), client_for(ana)
    planted = here.session
    planted["left"] = "by somebody else"
    planted.save()
    here.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    here.get(fetch_note(there, leave_for_platform(here), aurora))
    assert here.session["host"] == aurora.pk
    assert here.session.session_key != planted.session_key
    assert here.cookies["state"].value == ""


def test_state_is_a_cookie_of_this_host_alone(client_for: ClientFor, aurora: Tenant) -> None:
    response = client_for(None, aurora).get("/login/")
    cookie = response.cookies["state"]
    assert (cookie["httponly"], cookie["domain"], cookie["samesite"], cookie["max-age"]) == (
        True,
        "",
        "Lax",
        600,
    )
    assert cookie.value not in response["Location"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_tabs_can_log_in_at_once(
    client_for: ClientFor, ana: User, aurora: Tenant, order: tuple[int, int]
) -> None:
    here, there = client_for(None, aurora), client_for(ana)
    entrances = leave_for_platform(here), leave_for_platform(here)
    for tab in order:
        assert here.get(fetch_note(there, entrances[tab], aurora))["Location"] == "/panel/"
    assert here.get("/panel/").status_code == 200


def test_note_opens_nothing_in_another_browser(
    client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    here, there, thief = client_for(None, aurora), client_for(ana), client_for(None, aurora)
    note = fetch_note(there, leave_for_platform(here), aurora)
    leave_for_platform(thief)
    answer = thief.get(note)
    assert answer.status_code == 403
    assert "made for another browser" in answer.content.decode()
    assert "Log in again" in answer.content.decode()
    assert thief.get("/panel/").status_code == 302
    assert here.get(note).status_code == 302  # and the thief has not used it up


def test_note_works_once(ana: User, aurora: Tenant) -> None:
    note = note_for(ana, aurora)
    assert handoff.redeem_entry(note, aurora, state=STATE, now=NOW).user == ana
    with pytest.raises(handoff.HandoffRefused, match="used already"):
        handoff.redeem_entry(note, aurora, state=STATE, now=NOW)


@pytest.mark.parametrize(
    ("seconds", "good"), [(0, True), (59, True), (62, False), (-2, False), (3600, False)]
)
def test_note_is_good_for_a_minute(ana: User, aurora: Tenant, seconds: int, good: bool) -> None:
    note, later = note_for(ana, aurora), NOW + timedelta(seconds=seconds)
    if good:
        assert handoff.redeem_entry(note, aurora, state=STATE, now=later).user == ana
    else:
        with pytest.raises(handoff.HandoffRefused, match="too old"):
            handoff.redeem_entry(note, aurora, state=STATE, now=later)


def test_note_is_for_one_business(ana: User, aurora: Tenant, borealis: Tenant) -> None:
    Membership.objects.create(tenant=borealis, user=ana, role=Role.OWNER)
    with pytest.raises(handoff.HandoffRefused, match="another business"):
        handoff.redeem_entry(note_for(ana, aurora), borealis, state=STATE, now=NOW)


@pytest.mark.parametrize("state", ["", "b" * 43])
def test_note_needs_its_state(ana: User, aurora: Tenant, state: str) -> None:
    with pytest.raises(handoff.HandoffRefused, match="another browser"):
        handoff.redeem_entry(note_for(ana, aurora), aurora, state=state, now=NOW)


@pytest.mark.parametrize(
    "spoil",
    [lambda note: note[:-1], lambda note: "x" + note, lambda note: "", lambda note: "a:b:c"],
)
def test_forged_note_is_refused(ana: User, aurora: Tenant, spoil: Callable[[str], str]) -> None:
    with pytest.raises(handoff.HandoffRefused, match="not complete"):
        handoff.redeem_entry(spoil(note_for(ana, aurora)), aurora, state=STATE, now=NOW)


def test_note_to_leave_does_not_let_in(ana: User, aurora: Tenant) -> None:
    with pytest.raises(handoff.HandoffRefused, match="not complete"):
        handoff.redeem_entry(handoff.issue_leave(ana, now=NOW), aurora, state=STATE, now=NOW)


def deactivate(user: User, tenant: Tenant) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def end_membership(user: User, tenant: Tenant) -> None:
    Membership.objects.filter(user__email="mara@aurora.example").update(role=Role.OWNER)
    Membership.objects.filter(user=user, tenant=tenant).update(is_active=False)


def suspend(user: User, tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(suspended_at=NOW)


def change_password(user: User, tenant: Tenant) -> None:
    fresh = User.objects.get(pk=user.pk)
    fresh.set_password("another long passphrase")
    fresh.save()


def log_out_everywhere(user: User, tenant: Tenant) -> None:
    accounts.end_sessions(User.objects.get(pk=user.pk))


@pytest.mark.parametrize(
    "happen", [deactivate, end_membership, change_password, log_out_everywhere]
)
def test_note_is_void_after(
    happen: Callable[[User, Tenant], None], ana: User, aurora: Tenant
) -> None:
    note = note_for(ana, aurora)
    happen(ana, aurora)
    with pytest.raises(handoff.HandoffRefused, match="no access"):
        handoff.redeem_entry(note, aurora, state=STATE, now=NOW)
    assert not UsedHandoff.objects.exists()


@pytest.mark.parametrize(
    "happen", [deactivate, end_membership, suspend, change_password, log_out_everywhere]
)
def test_panel_is_closed_on_the_next_request_after(
    happen: Callable[[User, Tenant], None], client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    here = cross(client_for, ana, aurora)
    assert here.get("/panel/").status_code == 200
    happen(ana, aurora)
    assert here.get("/panel/").status_code == (404 if happen is suspend else 302)


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example/panel/", "/console/", "/", "panel/", "/panel", "javascript:alert(1)",
     "/\\evil.example", "http://borealis.localhost/panel/", "/panelled/", "\t/panel/"],
)  # fmt: skip
def test_wanted_page_is_one_of_the_panel_or_its_first(
    client_for: ClientFor, ana: User, aurora: Tenant, wanted: str
) -> None:
    here, there = client_for(None, aurora), client_for(ana)
    note = fetch_note(there, leave_for_platform(here, wanted), aurora)
    assert here.get(note)["Location"] == "/panel/"
    assert here.get("/login/", {"next": wanted})["Location"] == "/panel/"


def test_platform_asks_strangers_to_log_in_first(
    client_for: ClientFor, world: object, aurora: Tenant
) -> None:
    here, there = client_for(None, aurora), client_for()
    entrance = leave_for_platform(here, "/panel/staff/")
    response = there.get(entrance)
    assert response["Location"].startswith("/login/?next=/enter/salon-aurora/%3Fstate%3D")


def test_no_member_is_told_so_kindly(
    client_for: ClientFor, olivia: User, carla: User, aurora: Tenant
) -> None:
    for person, name in ((olivia, "Olivia Lind"), (carla, "Carla Mendes")):
        response = client_for(person).get(f"/enter/{aurora.slug}/", {"state": "x"})
        assert response.status_code == 404
        page = response.content.decode()
        assert f"{name} has no access to Salon Aurora." in page
        assert 'href="/logout/?next=/enter/salon-aurora/"' in page


def test_unknown_address_is_not_found(client_for: ClientFor, ana: User) -> None:
    response = client_for(ana).get("/enter/nobody/", {"state": "x"})
    assert response.status_code == 404
    assert "no business at this address" in response.content.decode()


def test_suspended_business_lets_nobody_in(
    client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    suspend(ana, aurora)
    response = client_for(ana).get(f"/enter/{aurora.slug}/", {"state": "x"})
    assert response.status_code == 404
    assert "Salon Aurora is closed at present." in response.content.decode()


def test_entrance_without_a_state_begins_at_the_business(
    client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    assert client_for(ana).get(f"/enter/{aurora.slug}/")["Location"] == aurora.url("/login/")


def test_logging_out_ends_both_sessions(client_for: ClientFor, ana: User, aurora: Tenant) -> None:
    here, there = client_for(None, aurora), client_for(ana)
    here.get(fetch_note(there, leave_for_platform(here), aurora))
    response = here.post("/logout/")
    assert response["Location"].startswith(f"{settings.PLATFORM_URL}/leave/?token=")
    assert here.get("/panel/").status_code == 302
    page = there.get(path_of(response["Location"]), follow=True)
    assert page.redirect_chain == [("/", 302)]
    assert "You are logged out." in page.content.decode()
    assert there.get("/account/").status_code == 302


def test_logging_out_leaves_another_person_logged_in(
    client_for: ClientFor, ana: User, carla: User
) -> None:
    there = client_for(carla)
    there.get("/leave/", {"token": handoff.issue_leave(ana, now=timezone.now())})
    assert there.get("/account/").status_code == 200


@pytest.mark.parametrize("age", [0, 61])
def test_forged_or_old_note_to_leave_does_nothing(
    client_for: ClientFor, ana: User, age: int
) -> None:
    there = client_for(ana)
    note = (
        handoff.issue_leave(ana, now=timezone.now() - timedelta(seconds=age)) if age else "forged"
    )
    page = there.get("/leave/", {"token": note}, follow=True).content.decode()
    assert "You are logged out." not in page
    assert there.get("/account/").status_code == 200


def test_logging_out_twice_leads_to_the_platform(
    client_for: ClientFor, world: object, aurora: Tenant
) -> None:
    assert client_for(None, aurora).post("/logout/")["Location"] == settings.PLATFORM_URL


def test_logging_out_needs_a_post_with_the_forms_own_mark(
    client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    here = client_for(ana, aurora)
    assert here.get("/logout/").status_code == 405
    here.handler.enforce_csrf_checks = True
    assert here.post("/logout/").status_code == 403


def test_logging_out_on_the_platform_leaves_the_business_open(
    client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    here, there = client_for(None, aurora), client_for(ana)
    here.get(fetch_note(there, leave_for_platform(here), aurora))
    assert "stays open until you log out there" in there.get("/logout/").content.decode()
    assert there.post("/logout/")["Location"] == "/"
    assert here.get("/panel/").status_code == 200


def test_used_notes_are_forgotten_after_an_hour(ana: User, aurora: Tenant) -> None:
    handoff.redeem_entry(note_for(ana, aurora), aurora, state=STATE, now=NOW)
    assert handoff.forget_used(NOW + timedelta(hours=1)) == 0
    assert handoff.forget_used(NOW + timedelta(hours=1, seconds=1)) == 1
