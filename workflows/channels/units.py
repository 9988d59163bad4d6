"""How many SMS a text is (decision D12), and why.

3GPP TS 23.038: 160 characters of the GSM 7-bit alphabet fit in one message; in a longer text each part carries 153,
because of the header that joins them. Some characters (`€ [ ] { } ~ ^ \\ |`) take two places, and are not torn. Any
other character makes the whole text UCS-2: 70, or 67 in each part, counted in UTF-16 units; an emoji takes two.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

GSM, UCS = "GSM-7", "UCS-2"
BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
ALONE = {GSM: 160, UCS: 70}
JOINED = {GSM: 153, UCS: 67}
UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
MOST_UNITS = 10
"""Longer ones are cut or refused by carriers here and there, and are a mistake everywhere."""


@dataclass(frozen=True)
class Units:
    """`units` messages; `characters` places are taken of `per_unit` in each. `culprit` is what forces UCS-2."""

    units: int
    encoding: str
    characters: int
    per_unit: int
    culprit: str = ""

    @property
    def culprit_shown(self) -> str:
        """As it can be read: what nobody sees by its number, “U+00A0”."""
        if self.culprit and unicodedata.category(self.culprit) in UNSEEN:
            return f"U+{ord(self.culprit):04X}"
        return self.culprit


def count(text: str) -> Units:
    """What `text` costs. An empty one is one message."""
    culprit = next((one for one in text if one not in BASIC and one not in EXTENDED), "")
    encoding = UCS if culprit else GSM
    sizes = [_size(one, encoding) for one in text]
    taken = sum(sizes)
    if taken <= ALONE[encoding]:
        return Units(1, encoding, taken, ALONE[encoding], culprit)
    return Units(_parts(sizes, JOINED[encoding]), encoding, taken, JOINED[encoding], culprit)


def _size(character: str, encoding: str) -> int:
    if encoding == GSM:
        return 2 if character in EXTENDED else 1
    return 2 if ord(character) > 0xFFFF else 1


def _parts(sizes: Iterable[int], room: int) -> int:
    """Parts that are filled one after another; what takes two places is never torn apart."""
    parts, left = 1, room
    for size in sizes:
        if size > left:
            parts, left = parts + 1, room
        left -= size
    return parts
