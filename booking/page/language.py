"""In which language the booking page speaks, and how it writes days, times and money."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_time, get_day_names, get_timezone_location
from babel.languages import get_official_languages
from django.utils.translation.trans_real import parse_accept_lang_header

from booking.labels import LANGUAGES
from booking.opening_hours import OpenDays, spans_text
from saas.core.money import format_money
from tenants.models import Tenant
from tenants.requests import TenantRequest

COOKIE = "page_language"
COOKIE_AGE = 365 * 24 * 3600
REGIONS = {"en": "en_GB", "es": "es_ES", "pt": "pt_PT"}
"""Whose way of writing names of days it is."""
MONEY = {"pt": "pt-PT"}
"""Whose way of writing money, where it is not the language's first one."""
FULL = {"en": "EEEE d MMMM", "es": "EEEE d 'de' MMMM", "pt": "EEEE, d 'de' MMMM"}
NAMES_OF_DAYS: dict[str, Literal["short"]] = {"pt": "short"}
"""Where the abbreviated names (`segunda`) are too long for the head of a column: `seg`."""
WITH_YEAR = {"en": "{} y", "es": "{} 'de' y", "pt": "{} 'de' y"}


def language_of(request: TenantRequest) -> str:
    """As the address asks, else as was chosen before, else as the browser prefers, else as the business speaks."""
    for asked in (request.GET.get("lang", ""), request.COOKIES.get(COOKIE, "")):
        if asked in LANGUAGES:
            return asked
    for preferred, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if preferred.split("-")[0] in LANGUAGES:
            return preferred.split("-")[0]
    return spoken_in(request.tenant.time_zone)


@lru_cache(maxsize=512)
def spoken_in(time_zone: str) -> str:
    """The first of our languages that is official where the zone lies; English elsewhere."""
    territory = get_global("zone_territories").get(time_zone, "")
    official = get_official_languages(territory, de_facto=True) if len(territory) == 2 else ()
    return next((one for one in official if one in LANGUAGES), "en")


@dataclass(frozen=True)
class Writer:
    """How one reader sees days, times and money: in the tenant's time zone, in their language."""

    language: str
    zone: ZoneInfo
    currency: str
    today: date

    @classmethod
    def of(cls, tenant: Tenant, language: str, now: datetime) -> "Writer":
        zone = ZoneInfo(tenant.time_zone)
        return cls(language, zone, tenant.platform_settings.currency, now.astimezone(zone).date())

    @property
    def locale(self) -> Locale:
        return Locale.parse(REGIONS[self.language])

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def clock(self, instant: datetime) -> str:
        """`10:30`."""
        return format_time(self.local(instant), "HH:mm", locale=self.locale)

    def day(self, day: date) -> str:
        """`Tuesday 24 November`, with the year where it is another one."""
        pattern = FULL[self.language]
        if day.year != self.today.year:
            pattern = WITH_YEAR[self.language].format(pattern)
        return format_date(day, pattern, locale=self.locale)

    def when(self, instant: datetime) -> str:
        """`Tuesday 24 November, 10:30`."""
        return f"{self.day(self.local(instant).date())}, {self.clock(instant)}"

    def brief(self, instant: datetime) -> str:
        """`Tue 24 Nov, 10:30`, for a button."""
        day = self.local(instant).date()
        date_text = format_date(day, "d MMM", locale=self.locale)
        return f"{self.weekday(day.weekday())} {date_text}, {self.clock(instant)}"

    def month(self, day: date) -> str:
        """`November 2026`."""
        return format_date(day, "LLLL y", locale=self.locale)

    def weekday(self, number: int) -> str:
        """`Mon` for 0, as one of a row of days is headed."""
        names = get_day_names(NAMES_OF_DAYS.get(self.language, "abbreviated"), locale=self.locale)
        return names[number].rstrip(".")

    def week(self, lines: list[OpenDays]) -> list[tuple[str, str]]:
        """Days and their hours: `Mon – Fri` and `09:00–17:00`, which is empty where it is closed."""
        told = []
        for line in lines:
            names = [self.weekday(day) for day in sorted({line.first, line.last})]
            told.append((" – ".join(names), spans_text(line.spans) if line.spans else ""))
        return told

    def money(self, amount: int, *, short: bool = False) -> str:
        """`€38.00`; `€38` where it is short and whole."""
        locale = MONEY.get(self.language, self.language)
        return format_money(amount, self.currency, locale, short=short)

    @property
    def place(self) -> str:
        """The city that the time zone is named by, as the reader's language calls it: `Lisboa`."""
        return get_timezone_location(self.zone, locale=self.locale, return_city=True)
