"""The plain text of a rich one: paragraphs, list marks, and addresses of links written out."""

import re

from saas.core.richtext import plain_text

LINK = re.compile(r'<a\b[^>]*\bhref="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
BREAK = re.compile(r"<br\s*/?>|</p>|</ul>|</ol>")
ITEM = re.compile(r"<li>(?:\s*<p>)?")
SPACES = re.compile(r"[ \t]+")
LINES = re.compile(r"\n{3,}")


def as_text(html: str) -> str:
    """`html`, which is clean, as an e-mail client without HTML shows it."""
    text = LINK.sub(_link, html)
    text = ITEM.sub("\n- ", text)
    text = BREAK.sub(lambda match: "\n" if match[0].startswith("<br") else "\n\n", text)
    lines = (SPACES.sub(" ", line).strip() for line in plain_text(text).split("\n"))
    return LINES.sub("\n\n", "\n".join(lines)).strip()


def _link(match: "re.Match[str]") -> str:
    address, words = match[1], match[2]
    return words if plain_text(words) == plain_text(address) else f"{words} ({address})"
