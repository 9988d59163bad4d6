"""What happens when somebody presses *Pay* on a Checkout page."""

from sandbox.stripe.cards import DECLINED, DECLINES, attach, new_method
from sandbox.stripe.charges import charge
from sandbox.stripe.collecting import collect
from sandbox.stripe.coupons import redeem, usable
from sandbox.stripe.customers import new_customer
from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.invoices import draw_up
from sandbox.stripe.lifecycle import new_subscription
from sandbox.stripe.payments import new_intent
from sandbox.stripe.subscriptions import trial_end
from sandbox.stripe.world import World

GUEST = "guest@example.com"
TRY_AGAIN = "Nothing was charged. You can try again, perhaps with another card."
USED_UP = "The discount of this offer has been used up elsewhere. Nothing was charged. Go back and choose again."


def pay(
    world: World, session: Json, last4: str, email: str = "", *, refuse: bool = False
) -> str | None:
    """Try to pay an open session with one of the sandbox's cards. None when paid, else the bank's sentence.

    `refuse`: the bank declines whatever the card is.
    """
    if unusable(world, session):
        session["_declined"] = USED_UP
        return USED_UP
    email = (session["customer_details"] or {}).get("email") or email or GUEST
    session["_email"] = email
    method = new_method(world, last4, email)
    if refuse:
        method["_behaviour"] = DECLINES
    act = pay_once if session["mode"] == "payment" else subscribe
    declined = act(world, session, method, email)
    session["_declined"] = declined and f"{declined[0]} {TRY_AGAIN}"
    if declined:
        return declined[0]
    details = session["customer_details"] or {}
    blank = {"address": None, "name": None, "phone": None, "tax_exempt": "none", "tax_ids": None}
    session["customer_details"] = blank | details | {"email": email}
    session |= {"status": "complete", "url": None}
    world.emit("checkout.session.completed", session)
    return None


def unusable(world: World, session: Json) -> bool:
    """Whether the session's coupon was used up since the session was made."""
    try:
        for each in session["discounts"]:
            usable(world, each["coupon"], session["currency"], "discounts[0][coupon]")
    except StripeError:
        return True
    return False


def pay_once(world: World, session: Json, method: Json, email: str) -> tuple[str, str] | None:
    """Payment mode. The intent is made at the first try and stays the session's own."""
    data = session["_payment_intent_data"]
    if session["amount_total"] == 0:
        redeem_discount(world, session)
        session["payment_status"] = "no_payment_required"
        return None
    intent = world.store.find("payment_intent", session["payment_intent"])
    if intent is None:
        whole = {
            "amount": session["amount_total"],
            "currency": session["currency"],
            "customer": session["customer"],
        }
        intent = new_intent(world, whole | data)
        session["payment_intent"] = intent["id"]
    wants_customer = data.get("setup_future_usage") or session["customer_creation"] == "always"
    if wants_customer and not session["customer"] and method["_behaviour"] != DECLINES:
        session["customer"] = new_customer(world, {"email": email})["id"]
    intent["customer"] = session["customer"]
    if declined := charge(world, intent, method, present=True):
        return declined
    redeem_discount(world, session)
    session["payment_status"] = "paid"
    return None


def redeem_discount(world: World, session: Json) -> None:
    for each in session["discounts"]:
        coupon = world.store.find("coupon", each["coupon"])
        if coupon:
            redeem(world, coupon, customer=session["customer"], session=session["id"])


def subscribe(world: World, session: Json, method: Json, email: str) -> tuple[str, str] | None:
    """Subscription mode. Customer, subscription and invoice are made only once the card has been accepted."""
    data = dict(session["_subscription_data"])
    data["trial_end"] = trial_end(world, data)
    if method["_behaviour"] == DECLINES:
        return declined_start(world, session, method)
    customer = world.store.find("customer", session["customer"]) or new_customer(
        world, {"email": email}
    )
    attach(world, method, customer)
    data["default_payment_method"] = method["id"]
    items = [
        {"price": world.store.get("price", each["price"]), "quantity": each["quantity"]}
        for each in session["_line_items"]
    ]
    subscription = new_subscription(world, customer, items, data)
    coupon = next(
        (world.store.find("coupon", each["coupon"]) for each in session["discounts"]), None
    )
    free = bool(data["trial_end"])
    invoice = draw_up(world, subscription, "subscription_create", coupon=None if free else coupon, free=free,
                      session=session["id"])  # fmt: skip
    collect(world, invoice, method, present=True)
    subscription["status"] = "trialing" if free else "active"
    world.emit("customer.subscription.created", subscription)
    session |= {
        "customer": customer["id"],
        "subscription": subscription["id"],
        "invoice": invoice["id"],
    }
    session["payment_status"] = "paid" if invoice["amount_paid"] else "no_payment_required"
    return None


def declined_start(world: World, session: Json, method: Json) -> tuple[str, str]:
    """The bank declined: an intent that failed is all that remains."""
    if session["amount_total"]:
        whole = {
            "amount": session["amount_total"],
            "currency": session["currency"],
            "customer": session["customer"],
        }
        charge(world, new_intent(world, whole), method, present=True)
    return DECLINED
