"""How often one address may ask. allauth limits its own pages; this is for ours.

Counted in Redis, or in this process's memory where none is configured. A Redis that does not answer raises, and
the middleware says 503: a limit that cannot be counted is not a limit.
"""

import ipaddress
import time
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter

from saas.core.errors import TooMany

V = TypeVar("V", bound=Callable[..., HttpResponseBase])
IPV6_NETWORK = 64
"""One household or server has a whole /64 of IPv6, so that is what is counted."""


def throttle(request: HttpRequest, scope: str, rate: str, *, key: str = "") -> None:
    """Count one more request of `scope`, for `key` or else for the client's network.

    `rate` is written like "60/minute". Raises TooMany, with the seconds to wait, above it.
    """
    if not settings.RATE_LIMITS_ENABLED:
        return
    limiter, item = _limiter(settings.REDIS_URL), _rate(rate)
    who = key or client_network(request)
    if limiter.hit(item, scope, who):
        return
    reset_at = limiter.get_window_stats(item, scope, who).reset_time
    wait = max(1, min(item.get_expiry(), round(reset_at - time.time())))
    raise TooMany(_("That was too often. Please wait a moment and try again."), retry_after=wait)


def throttled(scope: str, rate: str) -> Callable[[V], V]:
    """Decorate a view: at most `rate` requests by one client. Stands under the access decorator."""

    def decorate(view: V) -> V:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            throttle(request, scope, rate)
            return view(request, *args, **kwargs)

        return counted  # type: ignore[return-value]

    return decorate


def client_ip(request: HttpRequest) -> str:
    """The address of whoever asks, empty when there is none (a unix socket).

    Behind TRUSTED_PROXY_COUNT proxies it is that many places from the right of X-Forwarded-For: what stands
    further left was written by the client and is not believed.
    """
    count = settings.TRUSTED_PROXY_COUNT
    hops = request.headers.get("X-Forwarded-For", "").split(",") if count else []
    claimed = _address(hops[-count]) if len(hops) >= count > 0 else ""
    return claimed or _address(request.META.get("REMOTE_ADDR", ""))


def client_network(request: HttpRequest) -> str:
    """What is counted as one client: an IPv4 address, or the /64 around an IPv6 address."""
    address = client_ip(request)
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/{IPV6_NETWORK}", strict=False))


def _address(text: str) -> str:
    """`text` as a plain IP address, without port, brackets and zone; empty when it is none."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return str(ipaddress.ip_address(bare.partition("%")[0]))
    except ValueError:
        return ""


@lru_cache(maxsize=32)
def _rate(rate: str) -> RateLimitItem:
    return parse(rate)


@lru_cache(maxsize=1)
def _limiter(redis_url: str) -> FixedWindowRateLimiter:
    return FixedWindowRateLimiter(_storage(redis_url))


def _storage(redis_url: str) -> Storage:
    if not redis_url:
        return MemoryStorage()
    return RedisStorage(
        redis_url, key_prefix="tenantry-limits", socket_timeout=3, socket_connect_timeout=3
    )  # fmt: skip
