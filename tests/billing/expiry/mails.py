"""Letters that are due are written, as the tasks do it, and what holds for every one of them."""

import re
from datetime import datetime

from django.core.mail import EmailMultiAlternatives

from billing.services.letters import due as letters
from billing.services.letters import owner_mail
from tenants.models import Tenant

WORDS = re.compile("expired", re.IGNORECASE)
Mails = list[EmailMultiAlternatives]


def deliver(now: datetime) -> int:
    """Everything that is due at `now` is written, as the tasks do it; how many mails left."""
    return sum(
        letters.write(letter.kind, letter.about_id, letter.number, owner_id, now)
        for letter in letters.due(now, at_most=100)
        for owner_id in owner_mail.owners_of(letter.tenant_id)
    )


def check(mail: EmailMultiAlternatives, tenant: Tenant) -> None:
    """What holds for every letter."""
    html = mail.alternatives[0][0]
    link = tenant.url("/panel/billing/")
    assert re.findall(r"https?://\S+", mail.body) == [link], "One link, and it leads to Billing."
    assert f'href="{link}"' in html
    for text in (mail.subject, mail.body, html):
        assert not WORDS.search(text)
        assert "None" not in text
        assert "\n\n\n\n" not in text
    assert "\n" not in mail.subject
