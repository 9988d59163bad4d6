"""The registry of what the booking page says: its keys, its languages, its own words in each.

The texts are plain dictionaries in `booking/words/`; a business may write its own (`PanelText`).
"""

import re
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from booking.words import en, es, pt
from saas.core.errors import Sentence

LANGUAGES = {"en": "English", "es": "Español", "pt": "Português"}
DEFAULTS: dict[str, dict[str, str]] = {"en": en.WORDS, "es": es.WORDS, "pt": pt.WORDS}
PLACE = re.compile(r"\{(\w+)\}")
LONGEST_TEXT = 300

GROUPS: dict[str, Sentence] = {
    "home": _("First page"),
    "steps": _("Steps"),
    "service": _("Choosing a service"),
    "extras": _("Extras and people"),
    "location": _("Choosing a place"),
    "time": _("Choosing a time"),
    "details": _("Details and price"),
    "done": _("Confirmation"),
    "own": _("The customer’s own page"),
    "pay": _("Paying a deposit"),
    "closed": _("When nothing can be booked"),
    "taken": _("When a time was just taken"),
    "gone": _("When something is gone"),
    "error": _("What is said beside a field"),
    "language": _("Language"),
}
"""The headings under which the words are edited: what a key begins with."""
FIXED = frozenset({"home.powered"})
"""What a business cannot say in its own words."""


@dataclass(frozen=True)
class Words:
    """The texts of one language: the business's own where it has some, else ours."""

    language: str
    own: dict[str, str]

    def __getitem__(self, key: str) -> str:
        """Raises KeyError for a key that nobody registered."""
        ours = DEFAULTS[self.language][key]
        return self.own.get(key) or ours

    def say(self, key: str, **values: object) -> str:
        """The text with its places filled; one that is not known stays as it stands."""
        return fill(self[key], values)


def fill(text: str, values: dict[str, object]) -> str:
    """Only whole names are replaced: what a business has written is no format that could reach further."""
    return PLACE.sub(lambda found: str(values.get(found[1], found[0])), text)


def places(key: str) -> list[str]:
    """The names that can be filled in where `key` is said."""
    return PLACE.findall(DEFAULTS["en"][key])


def editable() -> list[tuple[Sentence, list[str]]]:
    """Every key that a business may word itself, under its heading."""
    return [
        (
            label,
            [key for key in DEFAULTS["en"] if key.startswith(f"{group}.") and key not in FIXED],
        )
        for group, label in GROUPS.items()
    ]
