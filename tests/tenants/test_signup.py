"""From the sign-up form to a business that is open."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as project
from django.core import mail
from django.db import OperationalError, connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from plans.models import Plan, PlatformSettings
from plans.services.plans import set_default
from saas.core.errors import Sentence
from tenants.models import Domain, Membership, PlanChange, Role, Tenant, User
from tenants.services import signup
from tenants.services.addresses import RESERVED, address_problem, suggest_address
from tests.tenants.doors import forget_limits, mailed_link, newcomer, path_of, sign_up
from tests.world import PASSWORD, World, schema_exists

ClientFor = Callable[..., Client]


@pytest.fixture
def visitor(world: World, client_for: ClientFor, settings: Settings) -> Client:
    forget_limits(settings)
    return client_for()


def bloom() -> Tenant:
    return Tenant.objects.get(slug="bloom-nails")


@contextmanager
def failing_insert(table: str) -> Iterator[None]:
    """The database goes away at the moment of this insert."""

    def execute(run: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(f'INSERT INTO "{table}"'):
            raise OperationalError("gone")
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


@pytest.mark.req(46)
def test_signup_gets_the_default_plan(visitor: Client, world: World) -> None:
    response = sign_up(visitor)
    assert response.status_code == 302
    assert response["Location"] == "/confirm-email/"
    tenant = bloom()
    assert (tenant.name, tenant.plan, tenant.expires_at) == ("Bloom Nails", world.small_plan, None)
    assert tenant.activated_at is None
    assert not schema_exists(tenant.schema_name)


def test_signup_makes_owner_address_and_history(visitor: Client, world: World) -> None:
    sign_up(visitor)
    tenant, user = bloom(), newcomer()
    assert (user.name, user.check_password(PASSWORD)) == ("Bea Bloom", True)
    assert list(Membership.objects.filter(tenant=tenant).values_list("user", "role")) == [
        (user.pk, Role.OWNER)
    ]
    assert list(Domain.objects.filter(tenant=tenant).values_list("domain", "is_primary")) == [
        ("bloom-nails.localhost", True)
    ]
    change = PlanChange.objects.get(tenant=tenant)
    assert (change.from_plan, change.to_plan, change.reason, change.by) == (
        None,
        world.small_plan,
        "signup",
        user,
    )
    assert change.at == tenant.plan_started_at
    assert not EmailAddress.objects.get(user=user).verified


@pytest.mark.req(52)
def test_signup_with_a_trial_plan_gets_it_until_its_end(visitor: Client, plan: Plan) -> None:
    PlatformSettings.objects.update(trial_plan=plan, trial_days=9)
    sign_up(visitor)
    tenant = bloom()
    assert tenant.plan == plan
    assert tenant.expires_at == tenant.created_at + timedelta(days=9)


@pytest.mark.req(48)
def test_new_default_is_for_new_signups_only(
    visitor: Client, client_for: ClientFor, plan: Plan, small_plan: Plan
) -> None:
    sign_up(visitor)
    set_default(plan)
    sign_up(client_for(), slug="studio-sul", email="rui@sul.example")
    assert bloom().plan == small_plan
    assert Tenant.objects.get(slug="studio-sul").plan == plan


def test_signup_without_any_plan_to_give_is_closed(visitor: Client) -> None:
    Plan.objects.update(is_default=False)
    assert "Sign-up is closed" in visitor.get("/signup/").content.decode()
    sign_up(visitor)
    assert not User.objects.filter(email="bea@bloom.example").exists()


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("a" * 200, "at most 40 characters"),
        ("Bloom", "small letters"),
        ("-bloom", "start and end with"),
        ("bloom-", "start and end with"),
        ("blüm", "small letters"),
        ("bloom nails", "small letters"),
        ("bloom.nails", "small letters"),
        ("bloom\nnails", "small letters"),
        ("xn--blm-hoa", "third and fourth"),
        ("www", "kept for the platform"),
        ("api", "kept for the platform"),
        ("salon-aurora", "taken"),
    ],
)
def test_signup_refuses_an_address(visitor: Client, slug: str, words: str) -> None:
    response = sign_up(visitor, slug=slug)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not User.objects.filter(email="bea@bloom.example").exists()


def test_every_reserved_word_is_refused_for_being_reserved() -> None:
    assert {str(address_problem(word)) for word in RESERVED} == {
        "This address is kept for the platform. Please choose another."
    }


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Café Zoë", "cafe-zoe"),
        ("Łódź Weiß", "lodz-weiss"),
        ("  A   &  B_C  ", "a-b-c"),
        ("WWW", "www-2"),
        ("美容室", "business"),
        ("Salon Aurora", "salon-aurora-2"),
        ("x" * 80, "x" * 34),
    ],
)
def test_address_is_suggested_from_the_name(world: World, name: str, slug: str) -> None:
    assert suggest_address(name) == slug
    assert address_problem(slug) == ""


def test_empty_address_is_made_from_the_name(visitor: Client) -> None:
    sign_up(visitor, business_name="Salon Aurora", slug="")
    assert Tenant.objects.get(memberships__user=newcomer()).slug == "salon-aurora-2"


def test_script_in_names_is_only_text(visitor: Client) -> None:
    script = "<script>alert(1)</script>"
    sign_up(visitor, business_name=script, name=script)
    visitor.post(mailed_link())
    page = visitor.get("/account/").content.decode()
    assert script not in page
    assert (
        page.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 3
    )  # the name, the business, its button


def test_name_over_several_lines_becomes_one(visitor: Client) -> None:
    sign_up(visitor, name="Bea\r\nSubject: hello\tBloom")
    assert newcomer().name == "Bea Subject: hello Bloom"


def test_known_email_gets_a_mail_and_opens_nothing(
    visitor: Client, client_for: ClientFor, ana: User
) -> None:
    tenants = Tenant.objects.count()
    known, unknown = sign_up(visitor, email="Ana@Aurora.example"), sign_up(client_for())
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert Tenant.objects.count() == tenants + 1
    assert mail.outbox[0].to == [ana.email]
    assert "has a login already" in mail.outbox[0].body
    assert mailed_link(mail.outbox[0]) == "/password/reset/"


@pytest.mark.parametrize(
    "table",
    [
        "tenants_tenant",
        "tenants_domain",
        "tenants_membership",
        "tenants_planchange",
        "account_emailaddress",
    ],
)
def test_signup_that_dies_halfway_leaves_nothing(visitor: Client, table: str) -> None:
    before = [
        model.objects.count()
        for model in (User, Tenant, Domain, Membership, PlanChange, EmailAddress)
    ]
    with failing_insert(table):
        assert sign_up(visitor).status_code == 503
    after = [
        model.objects.count()
        for model in (User, Tenant, Domain, Membership, PlanChange, EmailAddress)
    ]
    assert after == before
    assert mail.outbox == []


def test_second_press_ends_on_the_same_page(visitor: Client) -> None:
    assert sign_up(visitor)["Location"] == sign_up(visitor)["Location"] == "/confirm-email/"
    assert Tenant.objects.filter(slug="bloom-nails").count() == 1
    assert len(mail.outbox) == 1


def test_address_of_another_newcomer_is_taken(visitor: Client, client_for: ClientFor) -> None:
    sign_up(client_for(), email="rui@sul.example")
    assert "This address is taken" in sign_up(visitor).content.decode()


@pytest.mark.parametrize("password", ["short", "bea@bloom.example", "qwerty123456"])
def test_weak_password_is_refused(visitor: Client, password: str) -> None:
    assert sign_up(visitor, password1=password).status_code == 422
    assert not User.objects.filter(email="bea@bloom.example").exists()


@override_settings(PLATFORM_HOSTS=project.PLATFORM_HOSTS | {"other.localhost"})
def test_mail_links_to_the_stored_address_in_both_forms(world: World) -> None:
    sign_up(Client(SERVER_NAME="other.localhost", REMOTE_ADDR="10.200.0.1"))
    message = mail.outbox[0]
    assert message.subject == "Confirm your e-mail for Tenantry"
    link = project.PLATFORM_URL + mailed_link()
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert f'href="{link}"' in html
    assert "other.localhost" not in message.body + html
    assert "Bea" not in message.body + html  # what a stranger typed is not mailed to a stranger


def test_opening_the_link_changes_nothing(visitor: Client) -> None:
    sign_up(visitor)
    page = visitor.get(mailed_link())
    assert "Confirm and go on" in page.content.decode()
    assert not EmailAddress.objects.get(user=newcomer()).verified


def test_confirming_opens_the_business_and_logs_in(visitor: Client) -> None:
    sign_up(visitor)
    response = visitor.post(mailed_link())
    assert response["Location"] == "/businesses/"
    tenant = bloom()
    assert tenant.is_open
    assert schema_exists(tenant.schema_name)
    assert visitor.get("/businesses/")["Location"] == tenant.url("/login/")
    assert visitor.session["host"] == 0


def test_confirming_twice_leads_on(visitor: Client) -> None:
    sign_up(visitor)
    link = mailed_link()
    visitor.post(link)
    activated_at = bloom().activated_at
    assert visitor.post(link)["Location"] == visitor.get(link)["Location"] == "/businesses/"
    assert bloom().activated_at == activated_at


def test_confirming_in_another_browser_asks_to_log_in(
    visitor: Client, client_for: ClientFor
) -> None:
    sign_up(visitor)
    other = client_for()
    assert other.post(mailed_link())["Location"] == "/businesses/"
    assert bloom().is_open
    page = other.get("/businesses/", follow=True)
    assert page.redirect_chain == [("/login/?next=/businesses/", 302)]
    assert "is confirmed. Log in to go on." in page.content.decode()


def test_confirming_that_cannot_provision_confirms_nothing(visitor: Client) -> None:
    sign_up(visitor)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{bloom().schema_name}"')
    visitor.raise_request_exception = False
    assert visitor.post(mailed_link()).status_code == 500
    assert not EmailAddress.objects.get(user=newcomer()).verified
    assert bloom().activated_at is None


@pytest.mark.parametrize("days", [3, -1])
def test_link_that_is_wrong_or_too_old_says_so(visitor: Client, days: int) -> None:
    sign_up(visitor)
    link = mailed_link() if days < 0 else "/confirm-email/Mg:nonsense:nonsense/"
    with override_settings(ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS=days):
        assert "This link does not work" in visitor.get(link).content.decode()
        assert visitor.post(link).status_code == 404
    assert bloom().activated_at is None


def test_resend_waits_a_minute(visitor: Client) -> None:
    sign_up(visitor)
    page = visitor.post("/signup/resend/", follow=True).content.decode()
    assert "less than a minute ago" in page
    assert len(mail.outbox) == 1


def test_resend_without_a_signup_in_this_browser_leads_to_login(visitor: Client) -> None:
    assert visitor.post("/signup/resend/")["Location"] == "/login/"


@override_settings(ACCOUNT_RATE_LIMITS=False)
def test_resend_sends_the_mail_once_more(visitor: Client) -> None:
    sign_up(visitor)
    visitor.post("/signup/resend/")
    assert [message.to for message in mail.outbox] == [["bea@bloom.example"]] * 2


def test_starting_over_frees_the_address_for_this_browser_alone(
    visitor: Client, client_for: ClientFor
) -> None:
    sign_up(visitor, email="mistyped@bloom.example")
    assert client_for().post("/signup/start-over/")["Location"] == "/signup/"
    assert bloom().memberships.get().user == newcomer("mistyped@bloom.example")
    assert visitor.post("/signup/start-over/")["Location"] == "/signup/"
    assert sign_up(visitor)["Location"] == "/confirm-email/"
    assert bloom().memberships.get().user == newcomer()
    assert not User.objects.filter(email="mistyped@bloom.example").exists()


def test_starting_over_takes_nothing_that_is_confirmed(
    visitor: Client, client_for: ClientFor
) -> None:
    sign_up(visitor)
    client_for().post(mailed_link())
    visitor.post("/signup/start-over/")
    assert bloom().is_open


def test_unconfirmed_business_is_released_after_a_week(visitor: Client) -> None:
    sign_up(visitor)
    created_at = bloom().created_at
    assert signup.release_unconfirmed(created_at + timedelta(days=7)) == 0
    assert signup.release_unconfirmed(created_at + timedelta(days=7, seconds=1)) == 1
    assert not Tenant.objects.filter(slug="bloom-nails").exists()
    assert not Domain.objects.filter(domain="bloom-nails.localhost").exists()
    assert not User.objects.filter(email="bea@bloom.example").exists()
    assert signup.release_unconfirmed(created_at + timedelta(days=8)) == 0


def test_release_keeps_what_is_confirmed_and_who_works_elsewhere(
    visitor: Client, aurora: Tenant
) -> None:
    sign_up(visitor)
    Membership.objects.create(tenant=aurora, user=newcomer(), role=Role.STAFF)
    later = timezone.now() + timedelta(days=30)
    assert signup.release_unconfirmed(later) == 1
    assert newcomer().memberships.count() == 1
    assert Tenant.objects.filter(slug__in=["salon-aurora", "borealis"]).count() == 2


def test_activation_is_only_for_the_owner(visitor: Client, bruno: User) -> None:
    sign_up(visitor)
    Membership.objects.create(tenant=bloom(), user=bruno, role=Role.STAFF)
    assert signup.activate(bruno, now=timezone.now()) == []
    assert bloom().activated_at is None


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"slug": "bloom-nails"}, "This address is free"),
        ({"slug": "salon-aurora", "business_name": "Salon Aurora"}, "“salon-aurora-2” is free."),
        ({"slug": "www"}, "kept for the platform"),
        ({"slug": "-x"}, "small letters"),
        ({"slug": "", "business_name": "Café Zoë"}, "it becomes “cafe-zoe”"),
        ({}, "Where customers find the business"),
        ({"slug": "<script>"}, "small letters"),
    ],
)
def test_address_is_checked_while_typing(
    visitor: Client, query: dict[str, str], words: Sentence
) -> None:
    response = visitor.get("/signup/address/", query)
    assert str(words) in response.content.decode()
    assert "<script>" not in response.content.decode()


def test_landing_shows_visible_plans_and_the_trial(visitor: Client, plan: Plan) -> None:
    Plan.objects.create(name="Secret", is_hidden=True)
    page = visitor.get("/").content.decode()
    assert "Start with Team" in page
    assert "$29" in page
    assert "Secret" not in page
    assert "days" not in page
    PlatformSettings.objects.update(trial_plan=plan, trial_days=14)
    assert "Start free for 14 days" in visitor.get("/").content.decode()


def test_landing_without_plans_is_friendly(visitor: Client, world: World) -> None:
    Plan.objects.update(is_hidden=True, is_default=False)
    page = visitor.get("/").content.decode()
    assert "Sign-up is closed at present" in page
    assert 'href="/signup/' not in page
    assert "#prices" not in page


@pytest.mark.parametrize(("who", "most"), [(None, 2), ("ana", 4), ("olivia", 4)])
def test_landing_costs_few_queries(
    world: World, client_for: ClientFor, who: str | None, most: int
) -> None:
    client = client_for(getattr(world, who) if who else None)
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    assert sum(query["sql"].startswith("SELECT") for query in queries) == most


@pytest.mark.parametrize("who", [None, "ana", "olivia"])
def test_landing_has_no_dead_link(world: World, client_for: ClientFor, who: str | None) -> None:
    client = client_for(getattr(world, who) if who else None)
    page = client.get("/").content.decode()
    links = {
        link for link in re.findall(r'href="([^"]+)"', page) if not link.startswith("/static/")
    }
    for link in links:
        if link.startswith("#"):
            assert f'id="{link[1:]}"' in page
        else:
            assert client.get(path_of(link.replace("&amp;", "&"))).status_code in {200, 302}, link
