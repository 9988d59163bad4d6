"""Addresses of businesses, the `salon-aurora` of salon-aurora.example.com: which are allowed, free, suggested."""

import re
import secrets

from django.utils.text import slugify
from django.utils.translation import gettext as _

from saas.core.errors import Sentence
from tenants.models import Tenant

LONGEST = 40
SHAPE = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
RESERVED = frozenset(
    """
    abuse account accounts admin administrator api app apps assets auth autoconfig autodiscover beta billing blog
    book booking bookings cdn checkout console content cpanel dashboard demo dev dns docs download email enter events
    export files forum ftp gateway git graphql handoff health healthz help host hostmaster images img imap info
    internal invoice invoices jobs js legal localhost login logout mail mailer marketing media metrics mobile monitor
    news newsletter no-reply noreply ns ns1 ns2 ns3 ns4 oauth panel pay payment payments platform pop pop3 postmaster
    preview pricing privacy production proxy public register root sandbox search secure security server settings shop
    signin signup sms smtp sso staging static stats status store support system tenant tenants terms test tests
    tenantry uploads user users webhook webhooks webmail whatsapp wpad ws www www1 www2 www3
    """.split()  # noqa: SIM905 - a list of words is read more easily than a list of strings
)
"""Host names that belong to the platform, or that browsers and mail servers give a meaning to."""
SPELT_OUT = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l",
     "đ": "d", "Đ": "d", "ð": "d", "þ": "th", "ı": "i"}  # noqa: RUF001
)  # fmt: skip
"""Letters that Unicode does not take apart into a plain one and an accent."""


def address_problem(slug: str) -> Sentence:
    """Why nobody may have the address `slug`, in one sentence; empty when it is free."""
    return shape_problem(slug) or (
        "" if is_free(slug) else _("This address is taken. Please choose another.")
    )


def shape_problem(slug: str) -> Sentence:
    """Why `slug` can be no address at all, whoever has it; empty when it can. Asks no database."""
    if len(slug) > LONGEST:
        return _("An address has at most %(count)s characters.") % {"count": LONGEST}
    if not SHAPE.fullmatch(slug):
        return _("Use small letters, digits and hyphens; start and end with a letter or digit.")
    if slug[2:4] == "--":  # RFC 5891, 4.2.3.1: kept for encoded names such as xn--
        return _("The third and fourth character cannot both be hyphens.")
    if slug in RESERVED:
        return _("This address is kept for the platform. Please choose another.")
    return ""


def is_free(slug: str) -> bool:
    """Whether no business has the address `slug`."""
    return not Tenant.objects.filter(slug=slug).exists()


def suggest_address(business_name: str) -> str:
    """An allowed address that is free now, made of the business's name: “Café Zoë” gives cafe-zoe."""
    base = slugify(business_name.translate(SPELT_OUT)).replace("_", "-")
    base = re.sub(r"-{2,}", "-", base).strip("-")[: LONGEST - 6].strip("-") or "business"
    candidates = [base, *(f"{base}-{number}" for number in range(2, 10))]
    taken = set(Tenant.objects.filter(slug__in=candidates).values_list("slug", flat=True))
    for candidate in candidates:
        if candidate not in taken and not shape_problem(candidate):
            return candidate
    return f"{base}-{secrets.token_hex(2)}"
