"""The pages: where a preference is paid, and the slips that it may be paid by."""

from html import escape
from urllib.parse import urlencode

from babel.numbers import format_currency

from sandbox.mercadopago.errors import Json, Refusal
from sandbox.mercadopago.paying import METHODS, pay, pay_slip, run_due
from sandbox.mercadopago.preferences import is_over
from sandbox.mercadopago.world import World, exact, read_time
from sandbox.stripe import pages
from sandbox.stripe.hosted import STILL
from sandbox.stripe.pages import Page, error_box, lines_table, redirect, row

COMPANY = "Mercado Pago"
WELCOME = "Whoever pays by Mercado Pago in this demo is sent here, and back again."
RETURN = {"approved": "success", "pending": "pending", "in_process": "pending"}
"""By the state of the payment: which of the back_urls its payer is sent to."""
Form = dict[str, str]


def hosted(world: World, method: str, path: str, query: Form, form: Form) -> Page:
    """The page at `path`, or what its form does."""
    steps = path.strip("/").split("/")
    if still := STILL.get(steps[-1]):
        return still
    with world.lock:
        run_due(world)
        match steps:
            case [""]:
                return message("Mercado Pago’s stand-in", WELCOME)
            case ["checkout", "v1", "redirect"]:
                found = world.store.find("preference", query.get("pref_id", ""))
                return checkout(world, method, found, form)
            case ["slips", key]:
                return slip(world, method, world.store.find("payment", key))
    return nowhere()


def message(title: str, sentence: str, back: str | None = None, *, status: int = 200) -> Page:
    return pages.message(title, sentence, back, status=status, company=COMPANY)


def nowhere() -> Page:
    sentence = "This address leads nowhere. Go back to where you came from."
    return message("Nothing here", sentence, status=404)


# Checkout


def checkout(world: World, method: str, preference: Json | None, form: Form) -> Page:
    if preference is None:
        return nowhere()
    back = (preference.get("back_urls") or {}).get("failure")
    if is_over(preference, world.moment()):
        return message("Expired", "This page is closed. Nothing was charged.", back)
    if method != "POST":
        return offer(world, preference)
    try:
        payment = pay(world, preference, form.get("method", ""))
    except Refusal as refusal:
        return offer(world, preference, refusal.message, status=422)
    world.changes += 1
    return redirect(next_page(preference, payment))


def next_page(preference: Json, payment: Json) -> str:
    """Where the payer goes from the page: a card that was rejected leaves it open."""
    if payment["status"] == "rejected":
        return address(preference)
    slip_url = payment["transaction_details"].get("external_resource_url")
    return slip_url or return_url(preference, payment) or address(preference)


def address(preference: Json) -> str:
    return f"/checkout/v1/redirect?pref_id={preference['id']}"


def return_url(preference: Json, payment: Json) -> str:
    """Where the payer is sent, with what Mercado Pago adds to it: a word of it is not to be believed."""
    name = RETURN.get(payment["status"], "failure")
    url = (preference.get("back_urls") or {}).get(name, "")
    told = {
        "collection_id": payment["id"],
        "collection_status": payment["status"],
        "payment_id": payment["id"],
        "status": payment["status"],
        "external_reference": payment["external_reference"],
        "payment_type": payment["payment_type_id"],
        "preference_id": preference["id"],
        "site_id": "MLB",
    }
    return f"{url}{'&' if '?' in url else '?'}{urlencode(told)}" if url else ""


def offer(world: World, preference: Json, error: str = "", *, status: int = 200) -> Page:
    """What is bought beside the choice of how to pay it."""
    item, back = preference["items"][0], preference.get("back_urls") or {}
    total = money(preference["total_amount"], item.get("currency_id", "BRL"))
    tried = world.store.all("payment", _preference=preference["id"])
    if not error and tried and tried[-1]["status"] == "rejected":
        error = "The card was rejected. Nothing was charged; try another one."
    paid = any(one["status"] == "approved" for one in tried)
    rows = row(item["title"], total) + row("Due today", total, kind="sum")
    leave = (
        f'<a class="button quiet" href="{escape(back["failure"])}">Back</a>'
        if back.get("failure")
        else ""
    )
    content = f"""<div class="columns">
<section class="summary" aria-labelledby="what">
<p class="soft">{escape(world.settings.business)}</p>
<h1 id="what">{escape(item["title"])}</h1>
<p class="total">{total}</p>
{lines_table(rows)}
{'<p class="soft">It was paid before. Paying here pays it once more.</p>' if paid else ""}
</section>
<section class="card" aria-labelledby="how">
<h2 id="how">How do you want to pay?</h2>
{error_box(error or None)}
<form method="post" action="{escape(address(preference))}">
{choice()}
<div class="buttons">
<button class="button primary">Pay {total}</button>
{leave}
</div>
</form>
</section>
</div>"""
    leads_to = tuple(back.get(name) for name in ("success", "pending", "failure"))
    return pages.page(item["title"], content, status=status, leads_to=leads_to, company=COMPANY)


def choice() -> str:
    rows = "".join(
        f"""<label class="choice">
<input type="radio" name="method" value="{key}"{" checked" if key == "visa" else ""}>
<span><b>{escape(name)}</b><small>{escape(says)}</small></span></label>
"""
        for key, (name, says) in METHODS.items()
    )
    return f'<fieldset class="choices"><legend>Way to pay</legend>{rows}</fieldset>'


# Slips


def slip(world: World, method: str, payment: Json | None) -> Page:
    """What is shown at a counter. Its button plays the counter."""
    if payment is None or payment["payment_type_id"] != "ticket":
        return nowhere()
    error = ""
    if method == "POST":
        try:
            pay_slip(world, payment)
            world.changes += 1
        except Refusal as refusal:
            error = refusal.message
    preference = world.store.find("preference", payment["_preference"]) or {}
    back = return_url(preference, payment)
    total = money(payment["transaction_amount"], payment["currency_id"])
    ends = read_time(payment["date_of_expiration"])
    state = {
        "pending": f"To be paid by {ends.day} {ends:%b %Y}.",
        "approved": "Paid.",
        "cancelled": "Cannot be paid any more.",
    }.get(payment["status"], payment["status"])
    button = '<button class="button primary">Pay it at the counter</button>'
    leave = f'<a class="button" href="{escape(back)}">Back to the shop</a>' if back else ""
    content = f"""<section class="card narrow">
<p class="soft">{escape(world.settings.business)}</p>
<h1>Slip {payment["id"]}</h1>
<p class="total">{total}</p>
<p>{escape(state)}</p>
{error_box(error or None)}
<form method="post" action="/slips/{payment["id"]}">
<div class="buttons">{button if payment["status"] == "pending" else ""}{leave}</div>
</form>
<p class="soft small">The button plays somebody who pays this at a counter, days later perhaps.</p>
</section>"""
    return pages.page(
        f"Slip {payment['id']}", content, status=422 if error else 200, leads_to=(back or None,), company=COMPANY
    )  # fmt: skip


def money(amount: float, currency: str) -> str:
    return format_currency(exact(amount), currency, locale="en_US")
