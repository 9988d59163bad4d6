"""How texts are folded so that people find them: small letters, no accents, telephone numbers as digits alone.

The database does it itself, in a generated column; `fold` and `digits` do the same to what is typed.
"""

import re

from django.db.models import F, Func, TextField, Value

PLAIN = {
    "a": "àáâãäåāăąÀÁÂÃÄÅĀĂĄ",
    "c": "çćčÇĆČ",
    "d": "ďđĎĐ",
    "e": "èéêëēėęěÈÉÊËĒĖĘĚ",
    "g": "ğĞ",
    "i": "ìíîïīįıÌÍÎÏĪĮİ",
    "l": "łŁ",
    "n": "ñńňÑŃŇ",
    "o": "òóôõöøōőÒÓÔÕÖØŌŐ",
    "r": "řŘ",
    "s": "śšşșŚŠŞȘ",
    "t": "ťţțŤŢȚ",
    "u": "ùúûüūůűÙÚÛÜŪŮŰ",
    "y": "ýÿÝŸ",
    "z": "źżžŹŻŽ",
}
WITH_ACCENTS = "".join(PLAIN.values())
WITHOUT = "".join(letter * len(others) for letter, others in PLAIN.items())
_TABLE = str.maketrans(WITH_ACCENTS, WITHOUT)
WORD_START = 3
"""A word of fewer letters is looked for at the beginning of words alone: an index of three letters knows no more."""
KEY_DIGITS, FEWEST_DIGITS = 9, 7
"""The last nine digits tell two telephones apart, with the country's code or without; fewer than seven do not."""


def fold(text: str) -> str:
    return " ".join(text.translate(_TABLE).lower().split())


def digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def phone_key(phone: str) -> str:
    """What two ways to write one telephone number have in common; empty for what is too short to tell."""
    found = digits(phone)
    return found[-KEY_DIGITS:] if len(found) >= FEWEST_DIGITS else ""


def _folded(field: str) -> Func:
    accents = Func(
        F(field),
        Value(WITH_ACCENTS),
        Value(WITHOUT),
        function="translate",
        output_field=TextField(),
    )
    return Func(accents, function="lower", output_field=TextField())


def _digits(field: str) -> Func:
    return Func(
        F(field),
        Value("[^0-9]"),
        Value(""),
        Value("g"),
        function="regexp_replace",
        output_field=TextField(),
    )


def search_text(*texts: str, phone: str) -> Func:
    """` rita duarte rita@mail.example 351912345678`, with a blank before each so that words have a beginning."""
    parts: list[Value | Func] = []
    for field in texts:
        parts += [Value(" "), _folded(field)]
    return Func(
        *parts,
        Value(" "),
        _digits(phone),
        template="(%(expressions)s)",
        arg_joiner=" || ",
        output_field=TextField(),
    )


def phone_key_of(phone: str) -> Func:
    """The same as `phone_key`, by the database."""
    found = Func(
        _digits(phone),
        Value(f"[0-9]{{{FEWEST_DIGITS},{KEY_DIGITS}}}$"),
        function="substring",
        output_field=TextField(),
    )
    return Func(found, Value(""), function="coalesce", output_field=TextField())
