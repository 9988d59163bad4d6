"""The account that the sandbox plays: one business in test mode."""

from sandbox.stripe.errors import Json
from sandbox.stripe.render import listing
from sandbox.stripe.routing import route
from sandbox.stripe.store import new_id
from sandbox.stripe.world import World

NOTHING_DUE: Json = {
    "alternatives": [], "current_deadline": None, "currently_due": [], "disabled_reason": None, "errors": [],
    "eventually_due": [], "past_due": [], "pending_verification": [],
}  # fmt: skip


@route("GET", "/v1/account")
def retrieve_account(world: World, given: Json) -> Json:
    return the_account(world)


def the_account(world: World) -> Json:
    """The account, made at its first use."""
    if found := world.store.all("account"):
        return found[0]
    settings = world.settings
    return world.store.add(
        {
            "id": new_id("account"),
            "object": "account",
            "business_profile": {"name": settings.business, "support_email": None, "url": None},
            "business_type": "company",
            "capabilities": {"card_payments": "active", "transfers": "active"},
            "charges_enabled": True,
            "controller": {"type": "account"},
            "country": settings.country,
            "created": world.now(),
            "default_currency": settings.currency,
            "details_submitted": True,
            "email": "sandbox@example.com",
            "external_accounts": listing([], "/v1/accounts/external_accounts"),
            "metadata": {},
            "payouts_enabled": True,
            "requirements": dict(NOTHING_DUE),
            "future_requirements": dict(NOTHING_DUE),
            "settings": preferences(settings.business),
            "tos_acceptance": {"date": world.now(), "ip": "127.0.0.1", "user_agent": None},
            "type": "standard",
        }
    )


def preferences(business: str) -> Json:
    """The account's settings that every answer carries."""
    return {
        "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
        "card_payments": {
            "decline_on": {"avs_failure": True, "cvc_failure": True},
            "statement_descriptor_prefix": None,
        },
        "dashboard": {"display_name": business, "timezone": "Etc/UTC"},
        "payments": {"statement_descriptor": business.upper()},
    }
