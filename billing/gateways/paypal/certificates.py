"""PayPal's certificate, by which notifications are checked: from its own host, vouched for by a known authority.

Fetched once and kept; an address that leads to none is not asked for again for a while, for anybody can send us one.
"""

import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import certifi
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import verification

HOSTS = ("paypal.com",)
PATH = "/v1/notifications/certs/"
NAMES = ("paypal.com",)
"""What the certificate is issued for: a name below these."""
TIMEOUT = (3.0, 5.0)
MOST_BYTES = 64 * 1024
KEPT, MISSED = 32, 256
NOT_AGAIN_FOR = 60.0
"""Seconds for which an address without a certificate is not asked for again."""


class Allowance:
    """How often in a minute something may be done for whoever comes: `take` is False when it was done so often."""

    def __init__(self, most: int) -> None:
        self._times: deque[float] = deque(maxlen=most)
        self._lock = threading.Lock()

    def clear(self) -> None:
        self._times.clear()

    def take(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if len(self._times) == self._times.maxlen and now - self._times[0] < 60:
                return False
            self._times.append(now)
            return True


class NotPayPals(Exception):
    """The address is not PayPal's, there is no certificate, or it is not valid at that time."""


class CannotJudge(Exception):
    """It could not be fetched, or is vouched for by nobody whom this machine knows."""


@dataclass(frozen=True)
class _Kept:
    """What was found at an address. `is_judged`: somebody whom we know vouches for it."""

    chain: tuple[x509.Certificate, ...]
    is_judged: bool = False


_kept: OrderedDict[str, _Kept] = OrderedDict()
_missed: OrderedDict[str, float] = OrderedDict()
"""Addresses without a certificate, and when that was seen: apart, so that a flood of them pushes out no certificate."""
_fetches = Allowance(30)
_lock = threading.Lock()


def key_at(url: str, now: datetime, double: str = "") -> RSAPublicKey:
    """The key of the certificate at `url`, valid at `now`. Raises NotPayPals, CannotJudge.

    `double` is the address of PayPal's double, where that is who speaks: its certificates come from there alone, and
    are vouched for by the authority that it has made for itself.
    """
    _check_address(url, double)
    found = _find(url)
    leaf = found.chain[0]
    if not leaf.not_valid_before_utc <= now <= leaf.not_valid_after_utc:
        raise NotPayPals
    if not found.is_judged:
        _check_issuer(found.chain, now, double)
        _keep(url, replace(found, is_judged=True))
    key = leaf.public_key()
    if not isinstance(key, RSAPublicKey):
        raise NotPayPals
    return key


def _check_address(url: str, double: str) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotPayPals from None
    if double:
        if not url.startswith(f"{double}{PATH}"):
            raise NotPayPals
        return
    host = (parts.hostname or "").lower()
    is_paypals = any(host == one or host.endswith(f".{one}") for one in HOSTS)
    if parts.scheme != "https" or not is_paypals or port not in {None, 443}:
        raise NotPayPals
    if "@" in parts.netloc or not parts.path.startswith(PATH):
        raise NotPayPals


def _find(url: str) -> _Kept:
    """The certificate and those above it, fetched where we have not got them."""
    with _lock:
        if known := _kept.get(url):
            _kept.move_to_end(url)
            return known
        missed_at = _missed.get(url)
    if missed_at is not None and time.monotonic() - missed_at < NOT_AGAIN_FOR:
        raise NotPayPals
    chain = _fetch(url)
    if not chain:
        with _lock:
            _missed[url] = time.monotonic()
            while len(_missed) > MISSED:
                _missed.popitem(last=False)
        raise NotPayPals
    return _Kept(chain)


def _keep(url: str, found: _Kept) -> None:
    with _lock:
        _kept[url] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)


def _fetch(url: str) -> tuple[x509.Certificate, ...]:
    """Nothing where the address leads to none. Raises CannotJudge where nobody answers."""
    if not _fetches.take():
        raise CannotJudge
    body = b""
    try:
        with requests.get(url, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
            for piece in answer.iter_content(8192):
                body += piece
                if len(body) > MOST_BYTES:
                    return ()
    except requests.RequestException:
        raise CannotJudge from None
    if answer.status_code >= 500:
        raise CannotJudge
    if answer.status_code != 200:
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(body))
    except ValueError:
        return ()


def _check_issuer(chain: tuple[x509.Certificate, ...], now: datetime, double: str) -> None:
    leaf, *others = chain
    name = _name_of(leaf)
    try:
        roots = x509.load_pem_x509_certificates(_authorities(double))
        policy = verification.PolicyBuilder().store(verification.Store(roots))
        checker = policy.time(now.astimezone(UTC).replace(tzinfo=None))
        checker.build_server_verifier(x509.DNSName(name)).verify(leaf, others)
    except (verification.VerificationError, ValueError):
        raise CannotJudge from None


def _name_of(leaf: x509.Certificate) -> str:
    """The name below PayPal's that it is issued for. Raises NotPayPals."""
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        raise NotPayPals from None
    names = extension.value.get_values_for_type(x509.DNSName)
    for name in names:
        if any(name == one or name.endswith(f".{one}") for one in NAMES) and "*" not in name:
            return str(name)
    raise NotPayPals


def _authorities(double: str) -> bytes:
    """In PEM: those that this machine knows, or the one that the double has made for itself."""
    if not double:
        return Path(certifi.where()).read_bytes()
    url = f"{double}/_sandbox/authority.pem"
    try:
        return bytes(requests.get(url, timeout=TIMEOUT, allow_redirects=False).content)
    except requests.RequestException:
        raise CannotJudge from None


def forget() -> None:
    """Certificates are fetched anew."""
    with _lock:
        _kept.clear()
        _missed.clear()
    _fetches.clear()
