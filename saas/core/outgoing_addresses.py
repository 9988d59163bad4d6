"""Which addresses a tenant may have us call: public ones on the internet, over https, and none of ours.

A name is resolved once, and what is called is what was checked: a name that means something else a moment later
(DNS rebinding) changes nothing.
"""

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Thread
from urllib.parse import SplitResult, quote, urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from saas.core.errors import DomainError, Sentence

PORTS = frozenset({443, 8443})
LONGEST = 300
RESOLVING = 5.0
"""Seconds for the names’ servers, which whoever owns the name may let hang."""
AT_MOST = 4
"""Addresses of one name that are tried."""
NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")
LOOKS_LIKE_A_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
UNSEEN = re.compile(r"[\x00-\x20\x7f\\]")
SAFE_IN_PATH = "/%:=&?~#+!$,;'@()*[]-._"
GLOBAL_UNICAST = IPv6Network("2000::/3")
MAPPED_FOR_NAT64 = IPv6Network("64:ff9b::/96")

IpAddress = IPv4Address | IPv6Address


class AddressRefused(DomainError):
    """An address that is not called, with the sentence why."""

    status = 422


class NotFound(Exception):
    """The name could not be looked up, now or at all."""


@dataclass(frozen=True)
class Target:
    """An address that may be called, and where it lies: every one of `ips` has been checked."""

    scheme: str
    host: str
    port: int
    path: str
    ips: Sequence[str]

    @property
    def is_encrypted(self) -> bool:
        return self.scheme == "https"


def find_target(url: str) -> Target:
    """What `url` means right now. Raises AddressRefused, and NotFound when its name does not resolve."""
    parts = _split(url)
    host, port = _host(parts), _port(parts)
    path = quote(parts.path or "/", safe=SAFE_IN_PATH)
    if parts.query:
        path += "?" + quote(parts.query, safe=SAFE_IN_PATH)
    if f"{parts.scheme}://{host}:{port}" in settings.OUTGOING_TRUSTED:
        return Target(parts.scheme, host, port, path, _resolve(host, port))
    if parts.scheme != "https":
        raise AddressRefused(_("The address must begin with https://."))
    if port not in PORTS:
        raise AddressRefused(_("Only the ports 443 and 8443 are called."))
    if _is_ours(host):
        raise AddressRefused(_("That is an address of ours. It cannot be called from here."))
    ips = _literal(host) or _resolve(host, port)
    if not all(is_public(ip_address(one)) for one in ips):
        raise AddressRefused(_("That address is not on the public internet."))
    return Target(parts.scheme, host, port, path, ips[:AT_MOST])


def check_address(url: str) -> None:
    """Raises AddressRefused with a sentence for the form, also where the name means nothing."""
    try:
        find_target(url)
    except NotFound:
        raise AddressRefused(_("There is no server by that name. Is it spelt right?")) from None


def is_public(ip: IpAddress) -> bool:
    """Whether `ip`, and any IPv4 address that stands inside it, is one of the public internet."""
    if isinstance(ip, IPv6Address):
        inner = _inside(ip)
        if inner is not None:
            return is_public(inner)
        if ip not in GLOBAL_UNICAST or ip.teredo:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _inside(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a packet to `ip` ends at: mapped, through NAT64, or by 6to4."""
    if ip in MAPPED_FOR_NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def _split(url: str) -> SplitResult:
    if len(url) > LONGEST:
        raise AddressRefused(_("The address may have %(most)s characters.") % {"most": LONGEST})
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for one that is no number
    except ValueError:
        raise AddressRefused(_not_an_address()) from None
    if UNSEEN.search(url) or parts.scheme not in {"https", "http"} or not parts.hostname:
        raise AddressRefused(_not_an_address())
    if "@" in parts.netloc:
        raise AddressRefused(_("The address may hold no name and password."))
    return parts


def _not_an_address() -> Sentence:
    return _("That is no web address. It looks like https://example.com/hook.")


def _port(parts: SplitResult) -> int:
    if parts.port is None:
        return 443 if parts.scheme == "https" else 80
    return parts.port


def _host(parts: SplitResult) -> str:
    """In small ASCII letters. An IPv4 address in any but the usual four decimal numbers is refused."""
    host = parts.hostname or ""
    if ":" in host:
        if not _literal(host):
            raise AddressRefused(_not_an_address())
        return host
    try:
        host = host.encode("idna").decode().lower()
    except UnicodeError:
        raise AddressRefused(_not_an_address()) from None
    if not NAME.fullmatch(host) or len(host) > 253:
        raise AddressRefused(_not_an_address())
    last = host.removesuffix(".").rpartition(".")[2]
    if LOOKS_LIKE_A_NUMBER.fullmatch(last) and not _literal(host):
        raise AddressRefused(_not_an_address())
    return host


def _literal(host: str) -> list[str]:
    """`host` where it is an IP address already, without the zone of an IPv6 one."""
    try:
        return [] if "%" in host else [str(ip_address(host))]
    except ValueError:
        return []


def _is_ours(host: str) -> bool:
    """This platform, a tenant of it, or a bare name, which can only be a machine next to us."""
    bare = host.removesuffix(".")
    mine = {settings.BASE_DOMAIN, settings.PLATFORM_HOST, *settings.PLATFORM_HOSTS}
    if any(bare == one.lower() or bare.endswith(f".{one.lower()}") for one in mine):
        return True
    return "." not in bare and not _literal(host)


def _resolve(host: str, port: int) -> list[str]:
    """Every address of `host`. It is asked for as it stands, with no search domain of this machine’s put behind."""
    answer: list[str] = []
    if found := _literal(host):
        return found

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(f"{host.removesuffix('.')}.", port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        answer.extend(dict.fromkeys(str(row[4][0]) for row in rows))

    asking = Thread(target=ask, name="resolving", daemon=True)
    asking.start()
    asking.join(RESOLVING)
    found = list(answer)
    if asking.is_alive() or not found:
        raise NotFound(host)
    return found
