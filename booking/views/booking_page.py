"""The steps of a booking: each one is a page, and what was chosen stands in its address. Works without a script."""

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from booking.availability import Wish
from booking.deposits import deposit_of, is_due
from booking.models import Appointment
from booking.page.choice import Choice
from booking.page.drawing import draw_services
from booking.page.guest_form import GuestForm
from booking.page.offers import (
    NotOffered,
    Picked,
    extras_of,
    find_service,
    pick,
    places_of,
    shown_services,
)
from booking.page.shop import Shop, closed, step
from booking.page.times import Addresses, next_times, week_of
from booking.private_link import path_of
from booking.services.deposits.accounts import ways_to_pay
from booking.services.public_booking import JustTaken, Order, book
from booking.services.resources import WrongChoice
from booking.views.pay_deposit import leave_for
from plans.entitlements import CapabilityMissing, LimitReached
from saas.core.access import public
from saas.core.throttling import throttle, throttled

PAGES = throttled("booking_page", "240/minute")


@public
@PAGES
@step
def choose_service(request: HttpRequest, shop: Shop) -> HttpResponse:
    """The first step. Its form leads to the extras, which lead on by themselves where there are none."""
    choice = Choice.read(request.GET.dict())
    services = shown_services(headings=shop.tenant.entitlements.can("services.categories"))
    context = {
        "services": draw_services(shop, services, choice.service) if services else "",
        "gone": "gone" in request.GET,
    }
    return shop.render(request, "service", context)


@public
@PAGES
@step
def choose_extras(request: HttpRequest, shop: Shop) -> HttpResponse:
    choice = Choice.read(request.GET.dict())
    service = find_service(shop.tenant, choice.service)
    extras = extras_of(shop.tenant, service)
    if not extras and service.capacity == 1:
        return redirect("/book/location/" + choice.query())
    chosen = choice.quantities
    context = {
        "service": service,
        "choice": choice,
        "pairs": [("service", service.pk)],
        "extras": [
            (extra, range(1, extra.max_quantity + 1), chosen.get(extra.pk, 0)) for extra in extras
        ],
        "people": range(1, service.capacity + 1),
    }
    return shop.render(request, "extras", context)


@public
@PAGES
@step
def choose_location(request: HttpRequest, shop: Shop) -> HttpResponse:
    choice = Choice.read(request.GET.dict())
    service = find_service(shop.tenant, choice.service)
    places = places_of(shop.tenant, service)
    if len(places) < 2:
        location = places[0].pk if places else 0
        return redirect("/book/time/" + choice.query(location=location))
    context = {
        "service": service,
        "choice": choice,
        "places": places,
        "pairs": choice.pairs("location", "staff", "day", "at"),
    }
    return shop.render(request, "location", context)


@public
@PAGES
@step
def choose_time(request: HttpRequest, shop: Shop) -> HttpResponse:
    choice = Choice.read(request.GET.dict())
    picked = pick(shop.tenant, choice, with_team=True)
    staff = picked.team
    if not choice.staff and staff and (len(staff) == 1 or not shop.rules.shows_any_staff):
        return redirect("/book/time/" + choice.query(staff=staff[0].pk))
    context = {
        "picked": picked,
        "choice": choice,
        "staff": staff,
        "pairs": choice.pairs("staff", "at"),
        "back": "/book/" + choice.query(at=None, day=None),
        "week": week_of(shop, wish_of(picked), choice.day, _addresses(choice)),
    }
    return shop.render(request, "time", context)


@public
@PAGES
@step
def enter_details(request: HttpRequest, shop: Shop) -> HttpResponse:
    """Who comes, and what it costs; a good POST books and leads to the customer's own page."""
    choice = Choice.read(request.GET.dict())
    picked = pick(shop.tenant, choice)
    if choice.at is None:
        return redirect("/book/time/" + choice.query())
    if request.method != "POST":
        return _details(request, shop, choice, picked, GuestForm(None, shop=shop))
    throttle(request, "booking", "30/minute")
    form = GuestForm(request.POST, shop=shop)
    if not form.is_valid():
        return _details(request, shop, choice, picked, form, status=422)
    try:
        row = book(
            shop.tenant,
            _order(choice, picked),
            form.guest(),
            key=form.cleaned_data["key"],
            now=shop.now,
        )
    except (CapabilityMissing, LimitReached):
        return closed(request, shop)
    except WrongChoice:
        raise NotOffered from None
    except JustTaken:
        return _details(request, shop, choice, picked, form, status=409)
    return _go_on(request, shop, row)


def _go_on(request: HttpRequest, shop: Shop, row: Appointment) -> HttpResponse:
    """To the confirmation; where a deposit is to be paid online, to the company's page, or to the choice of one."""
    path = path_of(shop.tenant, row.pk)
    if row.held_until is None or not is_due(row):
        return redirect(f"{path}?new=1")
    ways = ways_to_pay(shop.tenant)
    if len(ways) != 1:
        return redirect(f"{path}pay/")
    return leave_for(request, shop, row, ways[0].key)


def _details(
    request: HttpRequest,
    shop: Shop,
    choice: Choice,
    picked: Picked,
    form: GuestForm,
    status: int = 200,
) -> HttpResponse:
    """The form with all that was typed; where the time was just taken (409), with the next ones to press instead."""
    context = {
        "picked": picked,
        "choice": choice,
        "form": form,
        "bill": _bill(shop, picked),
        "time": shop.writer.brief(choice.at) if choice.at else "",
        "back": "/book/time/" + choice.query(at=None, day=_day_of(shop, choice)),
        "taken": status == 409,
        "others": [],
        "change_until": _change_until(shop, choice),
    }
    if status == 409 and choice.at:
        to_details = Addresses(
            day=lambda day: "", time=lambda free: "/book/details/" + choice.query(at=free.starts_at)
        )
        context["others"] = next_times(shop, wish_of(picked), choice.at, to_details)
    return shop.render(request, "details", context, status=status)


def wish_of(picked: Picked) -> Wish:
    """What to look for. Which days, whoever looks says."""
    return Wish(
        service=picked.service,
        first=date.min,
        days=0,
        staff=picked.staff,
        location=picked.location,
        extra_minutes=picked.extra_minutes,
        people=picked.people,
    )


def _addresses(choice: Choice) -> Addresses:
    return Addresses(
        day=lambda day: "/book/time/" + choice.query(day=day, at=None),
        time=lambda free: "/book/details/" + choice.query(at=free.starts_at, day=None),
    )


def _order(choice: Choice, picked: Picked) -> Order:
    if choice.at is None:
        raise NotOffered
    return Order(
        service=picked.service,
        starts_at=choice.at,
        staff=picked.staff,
        location=picked.location,
        extras=tuple(extra for extra, _times in picked.extras),
        quantities=choice.quantities,
        people=picked.people,
    )


def _bill(shop: Shop, picked: Picked) -> dict[str, Any]:
    """Lines of what it costs, the sum, and what of it is asked for in advance; minor units."""
    service = picked.service.name
    if picked.people > 1:
        service = f"{picked.people} × {service}"
    deposit = deposit_of(picked.service, shop.tenant.entitlements, price=picked.price)
    return {
        "lines": [(service, picked.service.price * picked.people)]
        + [
            (f"{times} × {extra}" if times > 1 else str(extra), extra.price * times)
            for extra, times in picked.extras
        ],
        "total": picked.price,
        "deposit": deposit,
        "rest": picked.price - deposit,
        "waits": bool(deposit or shop.rules.confirms_by_hand),
        "online": bool(deposit and ways_to_pay(shop.tenant)),
    }


def _day_of(shop: Shop, choice: Choice) -> date | None:
    return shop.writer.local(choice.at).date() if choice.at else choice.day


def _change_until(shop: Shop, choice: Choice) -> datetime | None:
    """Until when the customer may change it by themselves; None where they may not, or it is too late for that."""
    rules = shop.rules
    if choice.at is None or not (rules.may_cancel or rules.may_move):
        return None
    until = choice.at - timedelta(minutes=rules.change_until_minutes)
    return until if until > shop.now else None
