"""Buying packs: ordered like anything else that is paid for, and granted when the money has come."""

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Payment
from billing.services import checkout
from billing.services.checkout import Press, PriceChanged, Way
from billing.services.fulfilment import PaymentFact
from credits.models import CreditEntry, CreditPack, PackPurchase
from credits.models.packs import MOST_OF_A_PACK
from credits.services import movements, packs
from credits.services.accounts import account_of
from credits.services.movements import Why
from saas.core.errors import Conflict, Sentence
from saas.core.events import emit
from tenants.models import Tenant

TOP_UP = "credits"
Kind = CreditEntry.Kind


class NotOnOffer(Conflict):
    """The pack cannot be bought any more, or not by this tenant."""

    def __init__(self) -> None:
        super().__init__(
            _("This top-up plan is not on offer any more. Please choose one of those below.")
        )


class TooManyAtOnce(Conflict):
    """Fewer than one of a pack, or more than can be bought at a time."""

    def __init__(self) -> None:
        super().__init__(_("Buy 1 to %(most)s at a time.") % {"most": MOST_OF_A_PACK})


def buy(tenant: Tenant, pack_id: int, quantity: int, press: Press, *, now: datetime) -> Way:
    """The payment for `quantity` of a pack is ordered and begun; the answer says where the payer goes next.

    From the balance the credits are there on return. `press.due` is what the page showed. The same showing of the form
    with the same choice finds the same payment, unless that has failed. Raises NotOnOffer, TooManyAtOnce, PriceChanged,
    NotConnected, NotEnough, GatewayUnavailable and GatewayRefused. Speaks to the gateway, so call it outside of a
    transaction.
    """
    pack = find_on_offer(tenant, pack_id)
    if not 1 <= quantity <= MOST_OF_A_PACK:
        raise TooManyAtOnce
    due = pack.price * quantity
    if due != press.due:
        raise PriceChanged(due, pack.currency)
    token = checkout.token_of(tenant, press, f"{pack.pk}:{quantity}")
    payment = order_pack(tenant, pack, quantity, replace(press, token=token), now=now)
    return checkout.begin(payment, now=now)


def order_pack(
    tenant: Tenant,
    pack: CreditPack,
    quantity: int,
    press: Press,
    *,
    now: datetime,
    by_itself: bool = False,
) -> Payment:
    """The payment for `quantity` of `pack`, pending; the one of `press.token`, made once. Raises NotConnected."""
    return checkout.order(
        tenant,
        TOP_UP,
        title=title_of(pack.name, quantity),
        ordered=_ordered(pack, quantity) | {"by_itself": by_itself},
        press=press,
        now=now,
    )


def find_on_offer(tenant: Tenant, pack_id: int) -> CreditPack:
    """A pack that the tenant can buy at this moment. Raises NotOnOffer. One query."""
    pack = CreditPack.objects.filter(pk=pack_id, is_active=True).first()
    if pack is None or pack.currency != tenant.platform_settings.currency:
        raise NotOnOffer
    if not packs.needs_credits(tenant, pack.channel):
        raise NotOnOffer
    return pack


def title_of(name: str, quantity: int) -> str:
    """How the payment is called: “500 SMS”, “3 × 500 SMS”."""
    return name if quantity == 1 else f"{quantity} × {name}"


def fulfil(payment: Payment, fact: PaymentFact, now: datetime) -> str:
    """What was ordered is on the account, whatever became of the pack since. See `billing.services.fulfilment`."""
    ordered = payment.ordered
    purchase = PackPurchase.objects.create(
        tenant=payment.tenant,
        payment=payment,
        pack=CreditPack.objects.filter(pk=ordered["pack_id"]).first(),
        channel=ordered["channel"],
        name=ordered["name"],
        credits=ordered["credits"],
        quantity=ordered["quantity"],
        at=now,
    )
    why = Why(Kind.PURCHASE, f"payment:{payment.pk}", purchase, payment.title, payment.by)
    movements.grant(payment.tenant, purchase.channel, purchase.bought, why, now=now)
    emit(
        "credits.purchased",
        tenant_id=payment.tenant_id,
        channel=purchase.channel,
        purchase_id=purchase.pk,
    )
    return ""


def take_back(payment: Payment, amount: int, key: str, now: datetime) -> None:
    """As much of what was bought goes as money went back, down to what is left; the remainder is debt (D18)."""
    purchase = PackPurchase.objects.get(payment=payment)
    gone = _worth(purchase, payment, payment.refunded + amount) - _worth(
        purchase, payment, payment.refunded
    )
    why = Why(Kind.TAKEN_BACK, key, purchase, payment.title)
    if gone:
        movements.take_back(payment.tenant, purchase.channel, gone, why, now=now)


def give_back(payment: Payment, amount: int, key: str, now: datetime) -> None:
    """The credits that had gone with `amount`, which came again, are back."""
    purchase = PackPurchase.objects.get(payment=payment)
    back = _worth(purchase, payment, payment.refunded + amount) - _worth(
        purchase, payment, payment.refunded
    )
    why = Why(Kind.GIVEN_BACK, key, purchase, payment.title)
    if back:
        movements.grant(payment.tenant, purchase.channel, back, why, now=now)


def foretell(payment: Payment, amount: int) -> list[Sentence]:
    """How many credits go with `amount`, and how many of them are spent already. Two queries."""
    purchase = PackPurchase.objects.get(payment=payment)
    gone = _worth(purchase, payment, payment.refunded + amount) - _worth(
        purchase, payment, payment.refunded
    )
    account = account_of(payment.tenant, purchase.channel)
    taken = min(gone, account.purchased_left)
    words = {"gone": gone, "taken": taken, "rest": gone - taken, "left": account.purchased_left}
    if taken == gone:
        return [
            ngettext(
                "%(gone)s of their %(left)s purchased credits goes.",
                "%(gone)s of their %(left)s purchased credits go.",
                gone,
            )
            % words
        ]
    return [
        _("%(gone)s credits go with it, and only %(left)s are left: %(rest)s become a debt.")
        % words,
        _("The next credits that they buy settle the debt first."),
    ]


def _worth(purchase: PackPurchase, payment: Payment, money: int) -> int:
    """Credits that `money` of the payment has bought; all of them for all of it, and parts never add up to more."""
    return purchase.bought * money // payment.amount


def _ordered(pack: CreditPack, quantity: int) -> dict[str, object]:
    """What the payment keeps, as JSON: enough to carry it out without the pack."""
    return {
        "pack_id": pack.pk,
        "channel": pack.channel,
        "name": pack.name,
        "credits": pack.credits,
        "quantity": quantity,
        "unit_price": pack.price,
    }
