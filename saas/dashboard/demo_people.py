"""The demo's customers: names of several languages, the same at every start."""

import unicodedata
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import yaml

from booking.models import Customer

NAMES = yaml.safe_load(Path(__file__).with_name("demo_names.yaml").read_text())
PLAIN = {"ø": "o", "ß": "ss", "ł": "l", "ı": "i", "đ": "d"}  # noqa: RUF001
"""Letters that have no plain one inside."""
NOTES = (
    "Prefers the window seat.",
    "Always ten minutes early.",
    "Rather by phone than by e-mail.",
    "Comes with a dog, which is fine.",
    "Please no perfume.",
)
WITH_EMAIL, WITH_PHONE, WITH_NOTES, AT_HOME = 0.78, 0.7, 0.06, 0.6


def make_customers(
    told: dict[str, Any], known: list[dict[str, str]], at_most: int
) -> list[Customer]:
    """Rows that are not stored yet: the `known`, then strangers up to `told["count"]`, and never above `at_most`.

    `told`: {count, languages: the first half of them have the first one, phone: how a number begins}.
    """
    dice = Random(f"customers:{told['languages']}")  # noqa: S311 - believable, not secret
    names = strangers(told["languages"], dice)
    taken = {person["name"] for person in known}
    fresh = [pair for pair in names if pair[0] not in taken][: max(told["count"] - len(known), 0)]
    home = told["languages"][0]
    rows = [Customer(language=home, **person) for person in known]
    rows += [
        stranger(name, language, number, told["phone"], dice)
        for number, (name, language) in enumerate(fresh)
    ]
    return rows[:at_most]


def strangers(languages: list[str], dice: Random) -> list[tuple[str, str]]:
    """(name, language), every one once, mostly of the first language."""
    pools: list[list[tuple[str, str]]] = []
    result: list[tuple[str, str]] = []
    for language in languages:
        pairs = product(NAMES[language]["first"], NAMES[language]["last"])
        pool = [(f"{first} {last}", language) for first, last in pairs]
        dice.shuffle(pool)
        pools.append(pool)
    while any(pools):
        left = [pool for pool in pools if pool]
        at_home = bool(pools[0]) and dice.random() < AT_HOME
        result.append((pools[0] if at_home else dice.choice(left)).pop())
    return result


def stranger(name: str, language: str, number: int, phone: str, dice: Random) -> Customer:
    row = Customer(name=name, language=language)
    has_email = dice.random() < WITH_EMAIL
    if has_email:
        row.email = f"{address_of(name)}{number if number % 3 == 0 else ''}@mail.example"
    if not has_email or dice.random() < WITH_PHONE:
        row.phone = f"{phone} {1000 + number:04}"
    if dice.random() < WITH_NOTES:
        row.notes = dice.choice(NOTES)
    row.wants_news = has_email and dice.random() < 0.4
    return row


def address_of(name: str) -> str:
    """`Étienne da Costa` as etienne.da.costa, in letters that every mail program knows."""
    apart = unicodedata.normalize("NFD", name.lower())
    plain = "".join(PLAIN.get(one, one) for one in apart if not unicodedata.combining(one))
    letters = "".join(one if one.isascii() and one.isalnum() else "." for one in plain)
    return ".".join(filter(None, letters.split(".")))
