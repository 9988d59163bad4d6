"""Two people at the same settings: what was shown is compared with what is stored, so nobody undoes the other's."""

from hashlib import sha256

from django.utils.translation import gettext as _

from saas.core.errors import Conflict


class ChangedMeanwhile(Conflict):
    """Somebody saved these settings after they were shown."""

    def __init__(self) -> None:
        super().__init__(_("Somebody changed these settings meanwhile. Please look at them again."))


def version_of(*values: object) -> str:
    """What settings are shown as of; differs when one of `values` does, and tells nothing of them."""
    return sha256(repr(values).encode()).hexdigest()[:20]


def check_version(seen: str, stored: str) -> None:
    """Return when `seen` is what is stored, or nothing. Raises ChangedMeanwhile."""
    if seen and seen != stored:
        raise ChangedMeanwhile
