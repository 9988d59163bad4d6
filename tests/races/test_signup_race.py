"""Two people want one address at the same moment; one person presses every button twice."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.conf import settings as project
from django.core import mail
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tenants.models import PlanChange, Tenant, User
from tenants.services import signup
from tests.tenants.doors import forget_limits, mailed_link, newcomer, sign_up
from tests.world import World, schema_exists

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS),
]
ClientFor = Callable[..., Client]
PEOPLE = 6


@pytest.fixture(autouse=True)
def _no_limits_left_over(settings: Settings) -> None:
    forget_limits(settings)


def all_at_once(acts: list[Callable[[], HttpResponse]]) -> list[HttpResponse]:
    """What each of `acts` answers, in a thread and on a connection each."""
    answers: list[HttpResponse] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], HttpResponse]) -> None:
        try:
            start.wait(timeout=30)
            answers.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


def test_one_address_for_six_newcomers_is_one_business(world: World, client_for: ClientFor) -> None:
    acts = [
        partial(sign_up, client_for(), email=f"bea{number}@bloom.example")
        for number in range(PEOPLE)
    ]
    answers = all_at_once(acts)
    assert Counter(answer.status_code for answer in answers) == {302: 1, 422: PEOPLE - 1}
    assert all(b"taken" in answer.content for answer in answers if answer.status_code == 422)
    assert Tenant.objects.filter(slug="bloom-nails").count() == 1
    assert User.objects.filter(email__endswith="@bloom.example").count() == 1
    assert len(mail.outbox) == 1


def test_address_lost_after_the_check_is_one_clear_sentence(
    world: World, client_for: ClientFor
) -> None:
    """The form finds the address free; the unique constraint finds it taken."""
    client, answers = client_for(), []

    def lose() -> None:
        answers.append(sign_up(client))
        connection.close()

    with transaction.atomic():
        signup.open_business(world.ana, name="Bloom Nails", slug="bloom-nails", now=timezone.now())
        loser = threading.Thread(target=lose)
        loser.start()
        loser.join(timeout=2)
        assert loser.is_alive()  # it waits for this transaction
    loser.join(timeout=30)
    assert answers[0].status_code == 422
    assert "This address was just taken. “bloom-nails-2” is free." in answers[0].content.decode()
    assert not User.objects.filter(email="bea@bloom.example").exists()


def test_one_person_pressing_sign_up_twice_is_one_business(
    world: World, client_for: ClientFor
) -> None:
    client = client_for()
    answers = all_at_once([lambda: sign_up(client)] * 2)
    assert [answer.status_code for answer in answers] == [302, 302]
    assert {answer["Location"] for answer in answers} == {"/confirm-email/"}
    assert Tenant.objects.filter(slug="bloom-nails").count() == 1
    assert len(mail.outbox) == 1


def test_confirming_twice_at_once_opens_one_business(world: World, client_for: ClientFor) -> None:
    client = client_for()
    sign_up(client)
    link = mailed_link()
    answers = all_at_once([lambda: client.post(link)] * 3)
    assert {answer.status_code for answer in answers} == {302}
    tenant = Tenant.objects.get(slug="bloom-nails")
    assert tenant.is_open
    assert schema_exists(tenant.schema_name)
    assert PlanChange.objects.filter(tenant=tenant).count() == 1
    assert newcomer().emailaddress_set.get().verified
    with connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA "{tenant.schema_name}" CASCADE')
