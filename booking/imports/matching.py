"""Who of the customers is meant by the lines of a file."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models.functions import Lower

from booking.imports.lines import Line
from booking.models import Customer
from booking.models.search import fold

Rows = dict[str, list[Customer]]


@dataclass
class Known:
    """The customers that some lines may mean, by what they are found by."""

    by_email: Rows = field(default_factory=lambda: defaultdict(list))
    by_phone: Rows = field(default_factory=lambda: defaultdict(list))
    by_name: Rows = field(default_factory=lambda: defaultdict(list))

    def meant(self, line: Line) -> Customer | None:
        """By e-mail, of several the one of that name; else by phone and name; else by name, without any contact.

        Somebody with the same phone and another name is somebody else: families share a number.
        """
        name = fold(line.name)
        if line.email and (found := self.by_email.get(line.email)):
            return _named(found, name) or found[0]
        if line.phone_key:
            found = self.by_phone.get(line.phone_key, [])
            return _named([one for one in found if not (line.email and one.email)], name)
        if line.email:
            return None
        return _named(self.by_name.get(line.name.lower(), []), name)


def known(lines: Sequence[Line]) -> Known:
    """One query, by indexes, whatever the number of customers."""
    emails = {line.email for line in lines if line.email}
    phones = {line.phone_key for line in lines if line.phone_key}
    names = {line.name.lower() for line in lines if line.key[0] == "name"}
    found = Known()
    for row in _rows(emails, phones, names):
        if row.email:
            found.by_email[row.email.lower()].append(row)
        if row.phone_key:
            found.by_phone[row.phone_key].append(row)
        found.by_name[row.name.lower()].append(row)
    return found


def _rows(emails: set[str], phones: set[str], names: set[str]) -> Iterable[Customer]:
    everybody = Customer.objects.listed().defer("search")
    everybody = everybody.alias(mail=Lower("email"), folded=Lower("name"))
    parts = [
        everybody.filter(mail__in=emails).exclude(email="") if emails else None,
        everybody.filter(phone_key__in=phones).exclude(phone_key="") if phones else None,
        everybody.filter(folded__in=names, email="", phone_key="") if names else None,
    ]
    asked = [part for part in parts if part is not None]
    if not asked:
        return []
    rows = asked[0].union(*asked[1:], all=True) if asked[1:] else asked[0]
    return sorted({row.pk: row for row in rows}.values(), key=lambda row: row.pk)


def _named(rows: Iterable[Customer], name: str) -> Customer | None:
    return next((row for row in rows if fold(row.name) == name), None)


def changes(row: Customer, line: Line) -> dict[str, object]:
    """What the line says otherwise. An empty cell says nothing, so nothing is ever emptied.

    Another way to write the same address or number is no change.
    """
    found = {field: value for field, value in line.fields.items() if getattr(row, field) != value}
    if line.email == row.email.lower():
        found.pop("email", None)
    if line.phone_key and line.phone_key == row.phone_key:
        found.pop("phone", None)
    return found
