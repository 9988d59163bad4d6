"""One line of a file as a customer, or the sentence that says why not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from booking.forms import EMAIL, NAME
from booking.models.search import fold, phone_key
from booking.phone_numbers import validate_phone

LENGTHS = {"name": 80, "email": 254, "phone": 40, "notes": 2000, "language": 8}
YES = frozenset({"1", "y", "yes", "true", "x", "on", "sim", "si", "oui", "ja", "s"})
NO = frozenset({"0", "n", "no", "false", "off", "nao", "non", "nein"})
LANGUAGE = re.compile(r"\A[A-Za-z]{2,3}([-_][A-Za-z]{2,4})?\Z")
Key = tuple[str, ...]


@dataclass(frozen=True)
class Line:
    """What one line says of a customer; a field that it says nothing of is not among `fields`."""

    number: int
    fields: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.fields["name"])

    @property
    def email(self) -> str:
        return str(self.fields.get("email", "")).lower()

    @property
    def phone_key(self) -> str:
        return phone_key(self.fields.get("phone", ""))

    @property
    def key(self) -> Key:
        """Who it is: by e-mail, else by phone and name, else by name alone."""
        if self.email:
            return ("email", self.email)
        if self.phone_key:
            return ("phone", self.phone_key, fold(self.name))
        return ("name", fold(self.name))


def read_line(number: int, cells: Sequence[str], columns: Sequence[str]) -> Line:
    """What `cells` say, by the fields of `columns`. Raises ValidationError with one sentence."""
    said = {field: cell for field, cell in zip(columns, cells, strict=False) if field and cell}
    parts = [said.pop(field, "") for field in ("first_name", "last_name")]
    said.setdefault("name", " ".join(filter(None, parts)))
    said["name"] = " ".join(said["name"].split())
    if not said["name"]:
        raise ValidationError(NAME)
    for field, most in LENGTHS.items():
        if len(said.get(field, "")) > most:
            raise ValidationError(TOO_LONG[field]())
    _check_contact(said)
    if "language" in said and not LANGUAGE.match(said["language"]):
        raise ValidationError(_("Write the language as two letters, such as pt."))
    return Line(number, {**said, **_news(said)})


def _check_contact(said: dict[str, str]) -> None:
    if email := said.get("email"):
        try:
            validate_email(email)
        except ValidationError:
            raise ValidationError(EMAIL) from None
    validate_phone(said.get("phone", ""))


def _news(said: dict[str, str]) -> dict[str, bool]:
    text = fold(said.pop("wants_news", ""))
    if not text:
        return {}
    if text not in YES | NO:
        raise ValidationError(_("Write yes or no where somebody wants news."))
    return {"wants_news": text in YES}


TOO_LONG = {
    "name": lambda: _("The name is longer than 80 characters."),
    "email": lambda: _("The e-mail address is longer than 254 characters."),
    "phone": lambda: _("The phone number is longer than 40 characters."),
    "notes": lambda: _("The notes are longer than 2,000 characters."),
    "language": lambda: _("Write the language as two letters, such as pt."),
}
