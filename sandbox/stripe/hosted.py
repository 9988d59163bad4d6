"""The hosted pages: Checkout, the billing portal, an invoice."""

from html import escape

from sandbox.stripe.cards import CARDS, refusal
from sandbox.stripe.due import run_due
from sandbox.stripe.errors import Json
from sandbox.stripe.lifecycle import OVER
from sandbox.stripe.pages import (
    STYLESHEET,
    Page,
    card_choice,
    day,
    error_box,
    lines_table,
    message,
    money,
    page,
    redirect,
    rhythm,
    row,
)
from sandbox.stripe.paying import GUEST, pay
from sandbox.stripe.portal import replace_card, session_by_secret
from sandbox.stripe.world import World

FAVICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#0f6a62"/>'
    b'<path d="M4 10h8M4 6h8" stroke="#fff" stroke-width="1.6"/></svg>'
)
WELCOME = "Whoever pays in this demo is sent here, and back again. Buy a plan to see it at work."
STILL = {
    "sandbox.css": Page(200, STYLESHEET, {"Content-Type": "text/css; charset=utf-8"}),
    "favicon.svg": Page(200, FAVICON, {"Content-Type": "image/svg+xml"}),
    "favicon.ico": Page(200, FAVICON, {"Content-Type": "image/svg+xml"}),
}
Form = dict[str, str]


def hosted(world: World, method: str, path: str, form: Form) -> Page:
    """The page at `path`, or what its form does."""
    steps = path.strip("/").split("/")
    if still := STILL.get(steps[-1]):
        return still
    with world.lock:
        run_due(world)
        match steps:
            case [""]:
                return message("Stripe’s stand-in", WELCOME, None)
            case ["c", "pay", key]:
                return checkout(world, method, world.store.find("checkout.session", key), form)
            case ["p", "session", secret]:
                return portal(world, method, session_by_secret(world, secret), form)
            case ["invoice", key]:
                return invoice_page(world, world.store.find("invoice", key))
    return nowhere()


def nowhere() -> Page:
    return message(
        "Nothing here",
        "This address leads nowhere. Go back to where you came from.",
        None,
        status=404,
    )


# Checkout


def checkout(world: World, method: str, session: Json | None, form: Form) -> Page:
    if session is None:
        return nowhere()
    if session["status"] == "complete":
        sentence = "This has been paid. There is nothing left to do here."
        return message("Already paid", sentence, success_url(session), word="Continue")
    if session["status"] == "expired":
        sentence = "This page was open for too long, so the offer has ended. Nothing was charged."
        return message("Expired", sentence, session["cancel_url"])
    if method != "POST":
        return offer(world, session)
    card = form.get("card", "")
    if card not in CARDS:
        return offer(world, session, "Choose a card.", status=422)
    world.changes += 1
    refuse = form.get("action") == "decline"
    declined = pay(world, session, card, form.get("email", ""), refuse=refuse)
    return (
        redirect(success_url(session)) if declined is None else redirect(f"/c/pay/{session['id']}")
    )


def success_url(session: Json) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def offer(world: World, session: Json, error: str | None = None, *, status: int = 200) -> Page:
    """What is bought beside the choice of a card."""
    unit, total = session["currency"], money(session["amount_total"], session["currency"])
    error = error or session.get("_declined")
    verb = "Start trial" if trial(session) else f"Pay {total}"
    known = (session["customer_details"] or {}).get("email")
    back = (
        f'<a class="button quiet" href="{escape(session["cancel_url"])}">Back</a>'
        if session["cancel_url"]
        else ""
    )
    content = f"""<div class="columns">
<section class="summary" aria-labelledby="what">
<p class="soft">{escape(world.settings.business)}</p>
<h1 id="what">{escape(heading(session))}</h1>
<p class="total">{total}</p>
{bought(world, session, unit)}
{f'<p class="soft">{escape(terms(world, session))}</p>' if session["mode"] == "subscription" else ""}
</section>
<section class="card" aria-labelledby="how">
<h2 id="how">Pay by card</h2>
{error_box(error)}
<form method="post" action="/c/pay/{session["id"]}">
{f'<p class="soft">For {escape(known)}</p>' if known else email_field(session.get("_email", ""))}
{card_choice("4242")}
<div class="buttons">
<button class="button primary" name="action" value="pay">{verb}</button>
<button class="button" name="action" value="decline">Decline</button>
{back}
</div>
<p class="soft small"><b>Decline</b> plays a bank that refuses the card.</p>
</form>
</section>
</div>"""
    return page(
        heading(session),
        content,
        status=status,
        leads_to=(session["success_url"], session["cancel_url"]),
    )


def email_field(value: str) -> str:
    """Asked for when neither the session nor its customer has an address; kept after a decline."""
    return (
        '<p class="field"><label for="email">E-mail</label><input id="email" name="email" type="email" '
        f'autocomplete="email" placeholder="{GUEST}" value="{escape(value)}"></p>'
    )


def heading(session: Json) -> str:
    lines = session["_line_items"]
    what = lines[0]["description"] if len(lines) == 1 else f"{len(lines)} items"
    return f"Subscribe to {what}" if session["mode"] == "subscription" else f"Pay for {what}"


def trial(session: Json) -> bool:
    data = session["_subscription_data"]
    return bool(data.get("trial_end") or data.get("trial_period_days"))


def bought(world: World, session: Json, unit: str) -> str:
    rows = ""
    for line in session["_line_items"]:
        many = line["quantity"] > 1
        each = f"{line['quantity']} × {money(unit_amount(world, line), unit)}" if many else ""
        rows += row(line["description"], money(line["amount_subtotal"], unit), each)
    discount = session["total_details"]["amount_discount"]
    if discount:
        coupon = world.store.find("coupon", session["discounts"][0]["coupon"]) or {}
        rows += row(coupon.get("name") or "Credit", money(-discount, unit))
    return lines_table(rows + row("Due today", money(session["amount_total"], unit), kind="sum"))


def unit_amount(world: World, line: Json) -> int:
    return int(world.store.get("price", line["price"])["unit_amount"])


def terms(world: World, session: Json) -> str:
    """What comes after today."""
    recurring = world.store.get("price", session["_line_items"][0]["price"])["recurring"]
    amount = money(session["amount_subtotal"], session["currency"])
    return f"Then {amount} every {rhythm(recurring)}, until it is canceled."


# Billing portal


def portal(world: World, method: str, session: Json | None, form: Form) -> Page:
    customer = session and world.store.find("customer", session["customer"])
    if session is None or not customer or customer.get("deleted"):
        return nowhere()
    error = None
    if method == "POST":
        card = form.get("card", "")
        if card in CARDS and card != "0002":
            replace_card(world, customer, card)
            world.changes += 1
            return redirect(f"/p/session/{session['_secret']}")
        error = "Your card was declined. The old card stays in place." if card else "Choose a card."
    return portal_page(world, session, customer, error)


def portal_page(world: World, session: Json, customer: Json, error: str | None) -> Page:
    method = world.store.find(
        "payment_method", customer["invoice_settings"]["default_payment_method"]
    )
    running = [
        each
        for each in world.store.all("subscription", customer=customer["id"])
        if each["status"] not in OVER
    ]
    method = method or next(
        (
            m
            for each in running
            if (m := world.store.find("payment_method", each["default_payment_method"]))
        ),
        None,
    )
    says = "No card is kept." if method is None else (
        f"{method['card']['brand'].capitalize()} ending {method['card']['last4']} is charged."
    )  # fmt: skip
    failing = method is not None and refusal(world, method) is not None
    note = '<p class="error">Renewals with this card fail.</p>' if failing else ""
    back = (
        f'<a class="button quiet" href="{escape(session["return_url"])}">Back</a>'
        if session["return_url"]
        else ""
    )
    content = f"""<section class="card narrow" aria-labelledby="card">
<p class="soft">{escape(customer["email"] or customer["name"] or "Customer")}</p>
<h1 id="card">Card for your subscription</h1>
<p>{escape(says)}</p>{note}
{error_box(error)}
<form method="post" action="/p/session/{session["_secret"]}">
{card_choice(method["card"]["last4"] if method else "4242")}
<div class="buttons"><button class="button primary">Replace card</button>{back}</div>
</form>
</section>"""
    return page(
        "Billing portal", content, status=422 if error else 200, leads_to=(session["return_url"],)
    )


# Invoice


def invoice_page(world: World, invoice: Json | None) -> Page:
    if invoice is None:
        return nowhere()
    unit = invoice["currency"]
    rows = ""
    for line in invoice["lines"]["data"]:
        dates = f"{day(line['period']['start'])} to {day(line['period']['end'])}"
        rows += row(line["description"], money(line["amount"], unit), dates)
    for each in invoice["total_discount_amounts"]:
        rows += row("Credit", money(-each["amount"], unit))
    rows += row("Total", money(invoice["total"], unit), kind="sum")
    state = {"paid": "Paid", "open": "To be paid", "void": "Void"}.get(
        invoice["status"], invoice["status"]
    )
    content = f"""<section class="card narrow">
<p class="soft">{escape(world.settings.business)}</p>
<h1>Invoice {escape(invoice["number"] or "")}</h1>
<p>{state} · {day(invoice["created"])}</p>
{lines_table(rows)}
</section>"""
    return page(f"Invoice {invoice['number']}", content)
