"""What credits bring to the pages of billing: a section, a banner, words beside the meters and about payments."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Payment
from billing.panel import parts
from billing.panel.parts import Brought, NextStep, PurposeWords, Shown
from credits.models import CreditEntry
from credits.panel import words
from credits.panel.banner import banner_of
from credits.panel.home import credits_at_home
from credits.panel.notes import notes_of
from credits.panel.section import cards_of
from credits.panel.standing import standings
from credits.services.purchases import TOP_UP
from saas.core.templatetags.ui import number
from tenants import metering, waiting
from tenants.models import Tenant


def add_to_panel() -> None:
    parts.register_part(brought)
    parts.register_home(credits_at_home)
    parts.register_notes(notes)
    parts.register_words(TOP_UP, PurposeWords(thanks, again, then))


def brought(tenant: Tenant, now: datetime) -> Brought:
    """One query; none where the plan has no channel."""
    if not any(tenant.entitlements.can(one.capability) for one in metering.channels.values()):
        return Brought()
    these = standings(tenant, now, with_pace=True)
    banner = banner_of(these, tenant, now)
    cards = cards_of(these, tenant, now)
    return Brought(
        banner=Shown("credits/panel/_banner.html", banner) if banner else None,
        section=Shown("credits/panel/_section.html", cards),
        is_urgent=bool(banner and banner.is_urgent),
    )


def notes(tenant: Tenant, now: datetime) -> dict[str, str]:
    """One query."""
    return notes_of(standings(tenant, now))


def thanks(payment: Payment) -> str:
    """“500 SMS are on your account.” Less than that where something was owed. One query."""
    ordered = payment.ordered
    channel = metering.channels.get(ordered["channel"])
    entry = CreditEntry.objects.filter(
        purchase__payment=payment, kind=CreditEntry.Kind.PURCHASE
    ).first()
    if channel is None or entry is None:
        return _("Paid. Thank you.")
    text = ngettext(
        "%(what)s is on your account.", "%(what)s are on your account.", entry.purchased
    )
    said = text % {"what": words.of_channel(entry.purchased, channel)}
    if not entry.debt_amount:
        return said
    owed = _("%(debt)s more settled what was owed.") % {"debt": number(-entry.debt_amount)}
    return f"{said} {owed}"


def then(payment: Payment) -> NextStep | None:
    """Sending what was held for want of credits. One query."""
    channel = payment.ordered["channel"]
    found = waiting.waiting_of(payment.tenant).get(channel)
    if found is None or not found.count:
        return None
    return NextStep(words.send_label(found.count), waiting.send_url_of(channel))


def again(payment: Payment) -> str:
    """The dialog where it was ordered; Billing where nothing can be bought for that channel any more."""
    channel = payment.ordered["channel"]
    if channel not in metering.channels:
        return reverse("billing:billing")
    return reverse("credits:top_up", args=[channel])
