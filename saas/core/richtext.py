"""Rich text that people type, cleaned on the way in and again on the way out."""

from functools import lru_cache
from html import unescape

import nh3
from django.utils.safestring import SafeString, mark_safe

TAGS = {"p", "br", "strong", "b", "em", "i", "ul", "ol", "li", "a"}
CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes={"a": {"href"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener nofollow",
    clean_content_tags={"script", "style", "svg", "math", "iframe", "object", "template"},
)


def clean_html(html: str) -> str:
    """`html` reduced to paragraphs, bold, italic, lists and http(s)/mailto links; empty when nothing is said."""
    cleaned = CLEANER.clean(html).strip()
    return "" if not plain_text(cleaned) else cleaned


@lru_cache(maxsize=256)
def safe_html(html: str) -> SafeString:
    """Stored rich text, ready for a template. Cleaned again: a row may have come by another way than a form.

    Kept by the text itself, so the plans that everybody looks at are cleaned once.
    """
    return mark_safe(clean_html(html))  # noqa: S308 - the cleaner above is what makes it safe


def plain_text(html: str) -> str:
    """The words of `html` without any tag."""
    return unescape(nh3.clean(html, tags=set())).replace("\xa0", " ").strip()
