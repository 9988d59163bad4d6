"""What every page of the booking panel knows: whose it is, its rules, its words, its way of writing."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers

from booking.labels import LANGUAGES, Words
from booking.models import BookingRules, Picture
from booking.page.language import COOKIE, COOKIE_AGE, Writer, language_of
from booking.page.offers import NotOffered
from booking.page.reading import read_page
from saas.core import clock
from tenants.models import Tenant
from tenants.requests import TenantRequest


@dataclass
class Shop:
    """One business, as one reader sees it now. One query, for its rules and its own words."""

    tenant: Tenant
    language: str
    now: datetime
    rules: BookingRules
    words: Words
    writer: Writer

    @classmethod
    def of(cls, request: TenantRequest) -> "Shop":
        tenant, now, language = request.tenant, clock.now(), language_of(request)
        own_words = tenant.entitlements.can("booking_page.dynamic_translations")
        rules, texts = read_page(language, own_words=own_words)
        return cls(
            tenant=tenant,
            language=language,
            now=now,
            rules=rules,
            words=Words(language, texts),
            writer=Writer.of(tenant, language, now),
        )

    @cached_property
    def receives(self) -> bool:
        """Whether anything can be booked now. A query only where the plan counts appointments."""
        tenant = self.tenant
        features = ("booking_page.receive_appointments", "appointments", "services", "staff")
        if not all(tenant.entitlements.can(key) for key in features):
            return False
        return tenant.entitlements.ceiling("appointments") < 0 or (
            tenant.entitlements.usage_of("appointments").has_room
        )

    @property
    def logo(self) -> str:
        """The address of the business's own picture; empty where it has none, or may not show it."""
        picture = self.rules.logo
        can = self.tenant.entitlements.can("booking_page.upload_logo")
        return picture_path(picture) if picture and can else ""

    @property
    def asks_news(self) -> bool:
        """Whether customers are asked for their consent to news; not where nobody could see what they said."""
        return self.rules.asks_news and self.tenant.entitlements.can("customers")

    @property
    def news_words(self) -> str:
        """What they agree to, as it stands on the page."""
        return self.say("details.news")

    @property
    def branding(self) -> bool:
        return not self.tenant.entitlements.can("booking_page.remove_branding")

    @property
    def color(self) -> str:
        """Six hexadecimal digits, or nothing for the platform's own look."""
        return self.rules.color.removeprefix("#").lower()

    @property
    def languages(self) -> list[tuple[str, str, bool]]:
        return [(code, name, code == self.language) for code, name in LANGUAGES.items()]

    @property
    def platform_url(self) -> str:
        return settings.PLATFORM_URL

    def say(self, key: str, **values: object) -> str:
        return self.words.say(key, business=self.tenant.name, **values)

    def render(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """The page in the reader's language, which is remembered where they chose it here."""
        response = render(
            request, f"booking/page/{template}.html", {"shop": self, **context}, status=status
        )
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        if request.GET.get("lang") == self.language:
            response.set_cookie(
                COOKIE,
                self.language,
                max_age=COOKIE_AGE,
                samesite="Lax",
                httponly=True,
                secure=settings.IS_PRODUCTION,
            )
        return response


def picture_path(picture: Picture) -> str:
    """Where a picture is served; another one has another address."""
    return f"/book/picture/{picture.digest}/"


StepView = Callable[[HttpRequest, Shop], HttpResponse]


def step(view: StepView) -> Callable[[TenantRequest], HttpResponse]:
    """A page on the way to a booking: a polite other page where nothing can be booked, or what was chosen is gone."""

    @wraps(view)
    def page(request: TenantRequest) -> HttpResponse:
        if not request.tenant.entitlements.can("booking_page"):
            return render(request, "booking/public_closed.html", status=404)
        shop = Shop.of(request)
        if not shop.receives:
            return closed(request, shop)
        try:
            return view(request, shop)
        except NotOffered:
            return redirect("/book/?gone=1")

    return page


def closed(request: HttpRequest, shop: Shop) -> HttpResponse:
    """No bookings at present, said politely and without a reason. 409 for what was sent all the same."""
    return shop.render(request, "closed", {}, status=200 if request.method == "GET" else 409)
