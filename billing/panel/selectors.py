"""What the Billing page shows: the tenant's own plan and those it may pick."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from billing.panel.moves import Kind, Move, moves_to
from billing.panel.stand import Stand
from plans.models import Plan
from plans.registry import Capability, registry
from tenants.cards import Offer
from tenants.models import Tenant


@dataclass(frozen=True)
class Button:
    """What a card offers. `only` is the cycle with whose prices it shows; empty for both."""

    move: Move
    only: str
    is_primary: bool = False

    @property
    def is_note(self) -> bool:
        """Whether there is something to say and nothing to press."""
        return self.move.kind is Kind.NONE


@dataclass(frozen=True)
class Card:
    """One plan of the grid: what it allows, what it has and others have not, whose it is, what can be done about it."""

    plan: Plan
    limits: list[tuple[Any, str]]
    features: list[Any]
    is_current: bool
    buttons: list[Button]
    is_asked_for: bool
    """Whether it has to be paid for and there is no way to do so here: then the platform's owner is asked for it."""
    mail: str
    """Address of a mail that asks for it; empty where the platform names none."""

    @property
    def is_proposed(self) -> bool:
        """Whether the page's one primary button is here."""
        return any(button.is_primary for button in self.buttons)


def plan_cards(stand: Stand, *, can_pay: bool, may_propose: bool = True) -> list[Card]:
    """The plans that may be picked, by order number. A hidden plan has no card. One query.

    Nor has the plan that nobody is on by choice, for those who are on it, unless they can pay for it. While a renewal
    has failed, or where it may not, nothing is proposed: the page asks for something else.
    """
    plans = [plan for plan in Plan.objects.visible() if not _is_unnamed(stand, plan)]
    offers = [Offer(plan) for plan in plans]
    telling = telling_features(offers)
    cards = [_card(stand, offer, telling, can_pay=can_pay) for offer in offers]
    return _propose(cards) if may_propose and not stand.is_failed else cards


def _is_unnamed(stand: Stand, plan: Plan) -> bool:
    return stand.is_lost and plan.pk == stand.tenant.plan_id and plan.is_free


def _propose(cards: list[Card]) -> list[Card]:
    """The first card with a step up gets the page's one primary button."""
    for number, card in enumerate(cards):
        if any(button.move.is_step_up for button in card.buttons):
            buttons = [
                replace(button, is_primary=button.move.is_step_up) for button in card.buttons
            ]
            return [*cards[:number], replace(card, buttons=buttons), *cards[number + 1 :]]
    return cards


def telling_features(offers: list[Offer]) -> list[Capability]:
    """The capabilities that tell the plans apart. A child counts among the plans that have its parent."""
    return [
        capability
        for capability in registry.capabilities.values()
        if len(
            {
                offer.entitlements.can(capability.key)
                for offer in offers
                if not capability.parent or offer.entitlements.can(capability.parent)
            }
        )
        > 1
    ]


def _card(stand: Stand, offer: Offer, telling: list[Capability], *, can_pay: bool) -> Card:
    plan, can = offer.plan, offer.entitlements.can
    moves = list(moves_to(stand, plan))
    return Card(
        plan=plan,
        limits=offer.limits,
        features=[capability.label for capability in telling if can(capability.key)],
        is_current=stand.is_on(plan),
        buttons=_buttons(moves, can_pay=can_pay),
        is_asked_for=not can_pay and any(move.kind is Kind.PAY for move in moves),
        mail=request_mail(stand.tenant, plan),
    )


def _buttons(moves: list[Move], *, can_pay: bool) -> list[Button]:
    shown = [move for move in moves if move.label and (can_pay or move.kind is not Kind.PAY)]
    if len(shown) > 1 and shown[0].plan.is_free:
        return [Button(shown[0], "")]
    return [Button(move, move.cycle) for move in shown]


def request_mail(tenant: Tenant, plan: Plan) -> str:
    """The mailto address that asks the platform's owner for `plan`; empty when no address is set."""
    address = tenant.platform_settings.contact_email
    subject = _("%(plan)s for %(business)s") % {"plan": plan.name, "business": tenant.name}
    return f"mailto:{quote(address, safe='@')}?subject={quote(subject)}" if address else ""
