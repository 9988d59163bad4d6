"""The customer's own page: whoever has its link sees that one appointment, moves it, or cancels it.

It stays there when the business takes no bookings any more: what is booked can always be managed.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from booking.calendar_file import calendar_file
from booking.models import Appointment, Customer
from booking.page.choice import Choice
from booking.page.deposit import DepositShown
from booking.page.shop import Shop
from booking.page.times import Addresses, next_times, week_of
from booking.private_link import path_of, read_token
from booking.services.customer_changes import (
    TooLate,
    cancel_by_customer,
    changeable_until,
    may_change,
    move_by_customer,
    wish_to_move,
)
from booking.services.news import take_back_news
from booking.services.public_booking import JustTaken
from saas.core import clock
from saas.core.access import public
from saas.core.errors import Conflict, NotHere
from saas.core.throttling import throttled
from tenants.requests import TenantRequest

PAGES = throttled("private_page", "120/minute")
OwnView = Callable[[HttpRequest, Shop, Appointment], HttpResponse]


def find_own(request: HttpRequest, token: str) -> Appointment:
    """The appointment that the link was made for. Raises NotHere, for another tenant's link too, and for
    whoever was erased."""
    pk = read_token(request.tenant, token)
    here = Appointment.objects.with_all().filter(customer__erased_at=None)
    row = here.filter(pk=pk).first() if pk else None
    if row is None:
        raise NotHere(_("This link leads nowhere. It may have been copied only in part."))
    return row


def own(view: OwnView) -> Callable[[TenantRequest, str], HttpResponse]:
    """A page about one appointment that nobody keeps a copy of: its address is its key."""

    @wraps(view)
    def page(request: TenantRequest, token: str) -> HttpResponse:
        response = view(request, Shop.of(request), find_own(request, token))
        patch_cache_control(response, private=True, no_store=True)
        return response

    return page


@public
@PAGES
@own
def private(request: HttpRequest, shop: Shop, row: Appointment) -> HttpResponse:
    """How it stands, and what can be done about it. With `new` it is the confirmation of a booking."""
    return _show(request, shop, row)


@public
@PAGES
@own
def private_move(request: HttpRequest, shop: Shop, row: Appointment) -> HttpResponse:
    """Other times; `at` asks whether it shall be that one, and a POST moves it."""
    if not (shop.rules.may_move and may_change(row, shop.rules, shop.now)):
        return _show(request, shop, row, status=409, refused="error.not_movable")
    path = path_of(shop.tenant, row.pk)
    choice = Choice.read(request.GET.dict())
    wish = wish_to_move(row, first_day=row.starts_at, days=1, zone=shop.writer.zone)
    addresses = Addresses(
        day=lambda day: f"{path}move/" + Choice(day=day).query(),
        time=lambda free: f"{path}move/" + Choice(at=free.starts_at).query(),
    )
    if choice.at is None:
        day = choice.day or shop.writer.local(row.starts_at).date()
        week = week_of(shop, wish, day, addresses)
        return shop.render(request, "move", {"row": row, "path": path, "week": week})
    if request.method == "POST":
        try:
            move_by_customer(shop.tenant, row.pk, choice.at, now=shop.now)
        except JustTaken:
            others = next_times(shop, wish, choice.at, addresses)
            context = {"row": row, "path": path, "others": others, "taken": True}
            return shop.render(request, "move", context, status=409)
        except Conflict:
            return redirect(path)
        return redirect(f"{path}?moved=1")
    context = {
        "row": row,
        "path": path,
        "time": shop.writer.brief(choice.at),
        "action": request.get_full_path(),
    }
    return shop.render(request, "move", context)


@public
@PAGES
@own
def private_give_up(request: HttpRequest, shop: Shop, row: Appointment) -> HttpResponse:
    """The question; after a POST it is cancelled. A second POST finds it so already."""
    path = path_of(shop.tenant, row.pk)
    if request.method == "POST":
        try:
            cancel_by_customer(shop.tenant, row.pk, now=shop.now)
        except TooLate:
            return _show(request, shop, row, status=409, refused="error.not_cancellable")
        return redirect(path)
    if not (shop.rules.may_cancel and may_change(row, shop.rules, shop.now)):
        return _show(request, shop, row, status=409, refused="error.not_cancellable")
    context = {"row": row, "path": path, "deposit": DepositShown.of(row, shop)}
    return shop.render(request, "give_up", context)


@public
@PAGES
@own
def private_no_news(request: HttpRequest, shop: Shop, row: Appointment) -> HttpResponse:
    """A POST takes back the consent to news. The page says the same whether there was one."""
    if request.method == "POST":
        take_back_news(shop.tenant, row.customer_id, now=shop.now)
        return redirect(f"{path_of(shop.tenant, row.pk)}?news=0")
    return redirect(path_of(shop.tenant, row.pk))


@public
@PAGES
@require_GET
def private_calendar(request: HttpRequest, token: str) -> HttpResponse:
    row = find_own(request, token)
    content = calendar_file(row, request.tenant, clock.now())
    name = slugify(row.service.name) or "appointment"
    return HttpResponse(
        content,
        content_type="text/calendar; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.ics"',
            "Cache-Control": "private, no-store",
        },
    )


def _show(
    request: HttpRequest, shop: Shop, row: Appointment, status: int = 200, refused: str = ""
) -> HttpResponse:
    rules = shop.rules
    changes = may_change(row, rules, shop.now)
    until = changeable_until(row, rules)
    context = {
        "row": row,
        "path": path_of(shop.tenant, row.pk),
        "is_new": "new" in request.GET and not row.is_cancelled,
        "is_moved": "moved" in request.GET,
        "refused": refused,
        "state": _state(row, shop),
        "may_move": rules.may_move and changes,
        "may_cancel": rules.may_cancel and changes,
        "until": until,
        "too_late": not row.is_cancelled
        and (rules.may_move or rules.may_cancel)
        and until < shop.now < row.starts_at,
        "deposit": DepositShown.of(row, shop),
        "is_without_news": request.GET.get("news") == "0",
        "offers_no_news": shop.asks_news or Customer.objects.filter(wants_news=True).exists(),
        "extras": list(row.chosen_extras.select_related("serviceextra")),
    }
    return shop.render(request, "private", context, status=status)


def _state(row: Appointment, shop: Shop) -> tuple[str, str]:
    """The level of the mark, and the key of its word. What the team notes afterwards is not the customer's to read."""
    if row.is_cancelled:
        return "none", "own.cancelled"
    if row.ends_at <= shop.now:
        return "none", "own.over"
    return ("warn", "own.pending") if row.status == "pending" else ("ok", "own.approved")
