"""The hosted pages: where an order or a subscription is approved, and where payers look after automatic payments."""

from html import escape
from urllib.parse import urlencode, urlsplit, urlunsplit

from sandbox.paypal import orders, subscriptions
from sandbox.paypal.billing import run_due
from sandbox.paypal.catalog import regular
from sandbox.paypal.errors import Json
from sandbox.paypal.money import minor
from sandbox.paypal.pages import FUNDINGS, funding_choice, message, page
from sandbox.paypal.world import PayPalWorld, new_id
from sandbox.stripe.hosted import STILL
from sandbox.stripe.pages import Page, day, error_box, lines_table, money, redirect, row

Form = dict[str, str]
WELCOME = "Whoever pays in this demo is sent here, and back again. Buy a plan to see it at work."
GONE = "This page was open for too long. Nothing was charged; go back and begin again."
DONE = "This has been approved. There is nothing left to do here."
PAYER = "payer@example.com"


def hosted(world: PayPalWorld, method: str, path: str, query: Form, form: Form) -> Page:
    """The page at `path`, or what its form does."""
    steps = path.strip("/").split("/")
    if still := STILL.get(steps[-1]):
        return still
    with world.lock:
        run_due(world)
        token = query.get("ba_token", "").removeprefix("BA-")
        match steps:
            case [""]:
                found = message("PayPal’s stand-in", WELCOME, None)
            case ["checkoutnow"]:
                order = world.store.find("order", query.get("token"))
                found = order_page(world, method, order, form)
            case ["webapps", "billing", "subscriptions"]:
                found = subscription_page(world, method, subscription(world, token), form)
            case ["webapps", "billing", "subscriptions", "update"]:
                found = revision_page(world, method, subscription(world, token))
            case ["myaccount", "autopay"]:
                found = autopay(world, method, form)
            case _:
                found = nowhere()
        return found


def subscription(world: PayPalWorld, key: str) -> Json | None:
    return world.store.find("subscription", key)


def nowhere() -> Page:
    return message(
        "Nothing here",
        "This address leads nowhere, or did not stay open for so long. Nothing was charged.",
        None,
        status=404,
    )


def returning(url: str, **more: str) -> str:
    """`url` with what PayPal adds to it."""
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode(more))))
    return urlunsplit(parts._replace(query=query))


def payer_of(world: PayPalWorld, form: Form) -> Json:
    """The account of an address, made at its first visit."""
    email = form.get("email") or PAYER
    found = world.store.all("payer", email_address=email)
    made = {"id": new_id("payer"), "object": "payer", "email_address": email}
    return found[0] if found else world.store.add(made)


# Orders


def order_page(world: PayPalWorld, method: str, order: Json | None, form: Form) -> Page:
    if order is None:
        return nowhere()
    context, key = order["_context"], order["id"]
    if order["status"] in {"APPROVED", "COMPLETED"}:
        return message(
            "Approved", DONE, returning(context["return_url"], token=key), word="Continue"
        )
    if method != "POST":
        return offer_order(world, order)
    if form.get("action") == "cancel":
        return redirect(returning(context["cancel_url"], token=key))
    funding = form.get("funding", "")
    if funding not in FUNDINGS:
        return offer_order(world, order, "Choose how to pay.", status=422)
    payer = payer_of(world, form)
    orders.approve(world, order, funding, payer)
    return redirect(returning(context["return_url"], token=key, PayerID=payer["id"]))


def offer_order(world: PayPalWorld, order: Json, error: str = "", *, status: int = 200) -> Page:
    unit = order["purchase_units"][0]
    total = money(*minor(unit["amount"]))
    bill = lines_table(
        row(unit.get("description") or "Purchase", total) + row("Total", total, kind="sum")
    )
    declined = order["_funding"] == "declined"
    error = error or ("That was declined. Choose something else." if declined else "")
    return offer(
        world, f"Pay {total}", bill, f"/checkoutnow?token={order['id']}", error,
        leads_to=order["_context"], status=status, email="",
    )  # fmt: skip


# Subscriptions


def subscription_page(world: PayPalWorld, method: str, found: Json | None, form: Form) -> Page:
    if found is None:
        return nowhere()
    context = found["_context"]
    back = returning(
        context["return_url"], subscription_id=found["id"], ba_token=f"BA-{found['id']}"
    )
    is_open = found["status"] == "APPROVAL_PENDING"
    if not is_open or found["_until"] <= world.now():
        return closed(back, context["cancel_url"], is_open=is_open)
    if method != "POST":
        return offer_subscription(world, found)
    if form.get("action") == "cancel":
        return redirect(returning(context["cancel_url"], subscription_id=found["id"]))
    funding = form.get("funding", "")
    if funding not in FUNDINGS:
        return offer_subscription(world, found, "Choose how to pay.", status=422)
    subscriptions.approve(world, found, funding, payer_of(world, form))
    return redirect(back)


def closed(back: str, cancel_url: str, *, is_open: bool) -> Page:
    if is_open:
        return message("Expired", GONE, cancel_url)
    return message("Approved", DONE, back, word="Continue")


def offer_subscription(
    world: PayPalWorld, found: Json, error: str = "", *, status: int = 200
) -> Page:
    terms = found["_plan"]
    cycle = regular(terms)
    price = money(*minor(cycle["pricing_scheme"]["fixed_price"]))
    fee = terms["payment_preferences"].get("setup_fee")
    today = money(*minor(fee)) if fee else price
    unit = cycle["frequency"]["interval_unit"].lower()
    bill = lines_table(row(terms["name"], today) + row("Due today", today, kind="sum"))
    begins = found["_begins"] or world.now()
    then = f'<p class="soft">Then {price} every {unit}, from {day(begins)} on.</p>'
    return offer(
        world, f"Subscribe for {today}", bill + then,
        f"/webapps/billing/subscriptions?ba_token=BA-{found['id']}", error,
        leads_to=found["_context"], status=status,
        email=found["subscriber"].get("email_address", ""),
    )  # fmt: skip


def revision_page(world: PayPalWorld, method: str, found: Json | None) -> Page:
    if found is None or not found["_revision"]:
        return nowhere()
    if method == "POST":
        subscriptions.agree(world, found)
        return message("Changed", "The change holds from the next payment on.", None)
    plan = world.get("plan", found["_revision"])
    price = money(*minor(regular(plan)["pricing_scheme"]["fixed_price"]))
    content = f"""<section class="card narrow"><h1>Change your subscription</h1>
<p>From the next payment on: {escape(plan["name"])}, {price}.</p>
<form method="post"><div class="buttons"><button class="button primary">Agree</button></div></form>
</section>"""
    return page("Change your subscription", content)


def offer(
    world: PayPalWorld, title: str, bill: str, action: str, error: str, *,
    leads_to: Json, status: int, email: str,
) -> Page:  # fmt: skip
    """What is bought beside the choice of how to pay."""
    content = f"""<div class="columns">
<section class="summary" aria-labelledby="what">
<p class="soft">{escape(world.settings.business)}</p>
<h1 id="what">{escape(title)}</h1>
{bill}
</section>
<section class="card" aria-labelledby="how">
<h2 id="how">Your PayPal account</h2>
{error_box(error)}
<form method="post" action="{escape(action)}">
<p class="field"><label for="email">E-mail</label><input id="email" name="email" type="email"
 autocomplete="email" value="{escape(email or PAYER)}"></p>
{funding_choice("works")}
<div class="buttons">
<button class="button primary" name="action" value="approve">{escape(title.partition(" for ")[0])}</button>
<button class="button quiet" name="action" value="cancel">Cancel and return</button>
</div>
</form>
</section>
</div>"""
    to = (leads_to.get("return_url"), leads_to.get("cancel_url"))
    return page(title, content, status=status, leads_to=to)


# Automatic payments


def autopay(world: PayPalWorld, method: str, form: Form) -> Page:
    """Every running subscription of this double: it knows no logins."""
    if method == "POST":
        found = subscription(world, form.get("subscription", ""))
        if found and form.get("funding") in {"works", "later"}:
            found["_funding"] = form["funding"]
            world.changes += 1
        return redirect("/myaccount/autopay/")
    running = [
        each
        for each in world.store.all("subscription")
        if each["status"] in {"ACTIVE", "SUSPENDED"}
    ]
    cards = "".join(autopay_card(each) for each in running)
    nothing = '<p class="soft">Nothing is paid automatically.</p>'
    return page(
        "Automatic payments",
        f'<div class="summary"><h1>Automatic payments</h1>{cards or nothing}</div>',
    )


def autopay_card(found: Json) -> str:
    name = escape(found["_plan"]["name"])
    return f"""<section class="card" aria-label="{name}">
<h2>{name}</h2><p class="soft">{escape(found["subscriber"].get("email_address", ""))}</p>
<form method="post"><input type="hidden" name="subscription" value="{found["id"]}">
{funding_choice(found["_funding"], later=True)}
<div class="buttons"><button class="button primary">Save</button></div></form>
</section>"""
