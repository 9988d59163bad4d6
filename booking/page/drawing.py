"""The list of services, drawn once for the same rows.

Every request reads the rows, so a change is seen on the next one; what is kept is only what the same rows, words and
currency were drawn as. A salon's list is the largest part of its first page, and most visitors see the same one.
"""

from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from booking.page.language import Writer
from booking.page.offers import ShownService
from booking.page.shop import Shop

LISTS = 256
"""How many lists a process keeps: about 10 KB each."""
WORDS = ("steps.service", "home.more", "home.free")


def draw_services(shop: Shop, services: tuple[ShownService, ...], chosen: int) -> SafeString:
    """The choices of the first step; the one with the key `chosen` is chosen already."""
    words = tuple(shop.say(key) for key in WORDS)
    here = chosen if any(one.pk == chosen for one in services) else 0
    return _drawn(services, shop.writer, words, here)


@lru_cache(maxsize=LISTS)
def _drawn(
    services: tuple[ShownService, ...], writer: Writer, words: tuple[str, ...], chosen: int
) -> SafeString:
    alone, more, free = words
    groups: dict[str, list[tuple[ShownService, str]]] = {}
    for one in services:
        price = writer.money(one.price, short=True) if one.price else free
        groups.setdefault(one.category, []).append((one, price))
    unnamed = more if len(groups) > 1 else alone
    context = {
        "groups": [(name or unnamed, bool(name), rows) for name, rows in groups.items()],
        "chosen": chosen,
    }
    return render_to_string("booking/page/services.html", context)
