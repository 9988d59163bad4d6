"""Two people with the same appointment open: the second is told, and overwrites nothing."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Appointment, Service, ServiceExtra, Staff
from booking.services.series import Repeats, add_series
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, at, booked, make_salon, words

Clients = Callable[..., Client]
URL = "/panel/appointments/"


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def seen_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


def test_two_tabs_do_not_overwrite_each_other(salon: Salon, owner: Client) -> None:
    row = salon.book(10)
    url = f"{URL}{row.pk}/edit/"
    with tenant_scope(salon.tenant):
        Staff.objects.create(name="Noor")
        wash = ServiceExtra.objects.create(service=salon.cut, name="Wash", minutes=5, price=100)
    first, second = seen_in(words(owner.get(url))), seen_in(words(owner.get(url)))
    assert owner.post(url, salon.form(time="11:00", seen=first)).status_code == 302
    refused = owner.post(
        url, salon.form(note="Window seat", extras=[salon.mask.pk, wash.pk], seen=second)
    )
    page = words(refused)
    assert refused.status_code == 409
    assert "Somebody changed this appointment meanwhile. Here is how it is now." in page
    assert 'value="11:00"' in page
    assert "<dt>Note</dt><dd>Window seat</dd>" in page
    assert "<dt>Extras</dt><dd>Mask, Wash</dd>" in page
    assert "<dt>Time</dt>" not in page, "that is what the other one changed"
    kept = booked(salon.tenant)[0]
    assert (kept.starts_at, kept.note) == (at(11), "")
    again = salon.form(time="11:00", note="Window seat", seen=seen_in(page))
    assert owner.post(url, again).status_code == 302
    assert booked(salon.tenant)[0].note == "Window seat"


@pytest.mark.parametrize("scope", ["one", "following"])
@pytest.mark.parametrize("typed", [{}, {"seen": ""}, {"seen": "x"}], ids=["none", "empty", "other"])
def test_form_that_does_not_say_what_it_showed_is_refused(
    typed: dict[str, str], scope: str, salon: Salon, owner: Client
) -> None:
    row = salon.book(10)
    sent = salon.form(note="Window seat", scope=scope, **typed)
    refused = owner.post(f"{URL}{row.pk}/edit/", sent)
    page = words(refused)
    assert refused.status_code == 409
    assert page.count("Somebody changed this appointment meanwhile.") == 1
    assert "<dt>Note</dt><dd>Window seat</dd>" in page
    assert booked(salon.tenant)[0].note == ""


@pytest.mark.parametrize("scope", ["one", "following"])
@pytest.mark.parametrize(
    "change",
    [
        {"time": "11:00"}, {"note": "x"}, {"people": 3}, {"location": "baixa"}, {"extras": "mask"},
        {"staff": "noor"}, {"service": "wash"}, {"status": "completed"},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_any_change_is_noticed(
    scope: str, change: dict[str, object], salon: Salon, owner: Client
) -> None:
    with tenant_scope(salon.tenant):
        Service.objects.filter(pk=salon.cut.pk).update(capacity=5)
        salon.cut.refresh_from_db()
        rows = {
            "noor": Staff.objects.create(name="Noor"),
            "wash": Service.objects.create(name="Wash", minutes=5, price=1),
            "baixa": salon.baixa,
            "mask": salon.mask,
        }
    row = add_series(
        salon.tenant,
        customer=salon.rita,
        starts_at=at(10),
        now=timezone.now(),
        repeats=Repeats("weeks", 1, 2),
        **salon.chosen,
    )[0]
    url = f"{URL}{row.pk}/edit/"
    seen = seen_in(words(owner.get(url)))
    if "status" in change:
        with tenant_scope(salon.tenant):
            Appointment.objects.filter(pk=row.pk).update(**change)
    else:
        changed = {key: getattr(rows.get(value), "pk", value) for key, value in change.items()}
        assert owner.post(url, salon.form(scope="one", seen=seen, **changed)).status_code == 302
    refused = owner.post(url, salon.form(scope=scope, time="14:00", seen=seen))
    assert refused.status_code == 409
    assert "<dt>Time</dt>" in words(refused)
    assert booked(salon.tenant)[0].starts_at == at(11 if "time" in change else 10)
