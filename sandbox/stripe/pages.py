"""The pieces that the sandbox's pages are made of. No script, no inline style, everything escaped."""

from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from babel.numbers import format_currency, get_currency_precision

from sandbox.stripe.cards import CARDS
from sandbox.stripe.cycles import moment

STYLESHEET = (Path(__file__).parent / "sandbox.css").read_bytes()
NOTICE = "It stands in for {}: no real card is asked for, and no real money moves."


@dataclass(frozen=True)
class Page:
    """What is sent to the browser."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def page(
    title: str,
    content: str,
    *,
    status: int = 200,
    leads_to: tuple[str | None, ...] = (),
    company: str = "Stripe",
) -> Page:
    """A whole page. `leads_to`: addresses that its form may be redirected to, which the policy must allow."""
    origins = {
        f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, filter(None, leads_to))
    }
    targets = " ".join(["'self'", *sorted(origins)])
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {targets}"
    )
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} · Sandbox</title>
<link rel="stylesheet" href="/static/sandbox.css">
<link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
</head>
<body>
<p class="notice" role="note"><b>Sandbox.</b> {escape(NOTICE.format(company))}</p>
<main>
{content}
</main>
</body>
</html>
"""
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Page(status, html.encode(), headers)


def redirect(url: str) -> Page:
    return Page(303, b"", {"Location": url, "Cache-Control": "no-store"})


def message(
    title: str,
    sentence: str,
    back: str | None,
    *,
    word: str = "Back",
    status: int = 200,
    company: str = "Stripe",
) -> Page:
    """A page that says one thing and leads back."""
    link = f'<p><a class="button" href="{escape(back)}">{escape(word)}</a></p>' if back else ""
    content = f'<section class="card narrow"><h1>{escape(title)}</h1><p>{escape(sentence)}</p>{link}</section>'
    return page(title, content, status=status, company=company)


def money(amount: int, unit: str) -> str:
    """`$29.00`, `−$5.00`."""
    code = unit.upper()
    major = Decimal(amount).scaleb(-get_currency_precision(code))
    return format_currency(major, code, locale="en_US").replace("-", "\N{MINUS SIGN}")


def day(stamp: int) -> str:
    date = moment(stamp)
    return f"{date.day} {date:%b %Y}"


def rhythm(recurring: dict[str, object]) -> str:
    """`month`, `year`, `3 months`."""
    count, interval = recurring["interval_count"], str(recurring["interval"])
    return interval if count == 1 else f"{count} {interval}s"


def card_choice(chosen: str) -> str:
    """The sandbox's cards as radios."""
    rows = "".join(
        f"""<label class="choice">
<input type="radio" name="card" value="{last4}"{" checked" if last4 == chosen else ""}>
<span><b>{card.brand.capitalize()} ending {last4}</b><small>{escape(card.says)}</small></span></label>
"""
        for last4, card in CARDS.items()
    )
    return f'<fieldset class="choices"><legend>Card</legend>{rows}</fieldset>'


def error_box(sentence: str | None) -> str:
    return f'<p class="error" role="alert">{escape(sentence)}</p>' if sentence else ""


def row(label: str, amount: str, small: str = "", *, kind: str = "") -> str:
    """One line of a bill."""
    note = f"<small>{escape(small)}</small>" if small else ""
    attribute = f' class="{kind}"' if kind else ""
    return f'<tr{attribute}><th scope="row">{escape(label)}{note}</th><td>{amount}</td></tr>'


def lines_table(rows: str) -> str:
    return f'<table class="lines"><caption class="hidden">What you pay for</caption>{rows}</table>'
