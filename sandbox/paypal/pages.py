"""The pages' pieces: those of Stripe's double, with PayPal's name."""

from dataclasses import replace
from html import escape

from sandbox.stripe import pages
from sandbox.stripe.pages import Page

FUNDINGS = {
    "works": ("Balance and card", "Works, now and at every renewal"),
    "later": ("Prepaid card", "Works now; renewals fail"),
    "declined": ("Expired card", "Is declined at once"),
}
"""What a payer of this double can pay with."""


def page(
    title: str, content: str, *, status: int = 200, leads_to: tuple[str | None, ...] = ()
) -> Page:
    return named(pages.page(title, content, status=status, leads_to=leads_to))


def message(
    title: str, sentence: str, back: str | None, *, word: str = "Back", status: int = 200
) -> Page:
    return named(pages.message(title, sentence, back, word=word, status=status))


def named(made: Page) -> Page:
    said = made.body.replace(b"It stands in for Stripe", b"It stands in for PayPal")
    said = said.replace(b"no real card is asked for", b"no real account is asked for")
    return replace(made, body=said)


def funding_choice(chosen: str, *, later: bool = False) -> str:
    """The ways to pay as radios; `later`: for payments to come alone."""
    rows = "".join(
        f"""<label class="choice">
<input type="radio" name="funding" value="{key}"{" checked" if key == chosen else ""}>
<span><b>{escape(name)}</b><small>{escape(says)}</small></span></label>
"""
        for key, (name, says) in FUNDINGS.items()
        if not (later and key == "declined")
    )
    return f'<fieldset class="choices"><legend>Pay with</legend>{rows}</fieldset>'
