"""Secrets at rest: what is stored of keys and codes is useless without the installation's own key.

Fernet (AES-128-CBC with HMAC-SHA256) under a key derived from SECRET_KEY. To change that key, name the old one in
TENANTRY_SECRET_KEY_FALLBACKS: what was stored under it stays readable, and is stored under the new one when it is
written again.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"tenantry secrets at rest"


class Unreadable(ValueError):
    """The text was not encrypted here, or under a key that is not known any more."""


def encrypt(text: str) -> str:
    """`text` as it may be stored; different each time."""
    return _box().encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """What was encrypted. Raises Unreadable."""
    try:
        return _box().decrypt(stored.encode()).decode()
    except InvalidToken:
        raise Unreadable("This secret cannot be read with the keys that are set.") from None


def _box() -> MultiFernet:
    return _made_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=4)
def _made_of(keys: tuple[str, ...]) -> MultiFernet:
    """The first key writes, every one reads."""
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
    return urlsafe_b64encode(derived)
