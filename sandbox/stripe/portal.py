"""The billing portal: what a customer may do there, and sessions on a page where they replace their card."""

from sandbox.stripe.cards import attach, new_method
from sandbox.stripe.errors import Json
from sandbox.stripe.lifecycle import OVER
from sandbox.stripe.paging import matches, page
from sandbox.stripe.params import flag, merge_metadata, metadata, required, text
from sandbox.stripe.routing import PAGING, route
from sandbox.stripe.store import new_id, random_text
from sandbox.stripe.world import World

SWITCH = {"enabled": required(flag)}
FEATURES = {
    "customer_update": SWITCH,
    "invoice_history": SWITCH,
    "payment_method_update": SWITCH,
    "subscription_cancel": SWITCH,
    "subscription_update": SWITCH,
}
WITH_SWITCH_OFF = {
    "customer_update": {"allowed_updates": []},
    "invoice_history": {},
    "payment_method_update": {"payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "options": []},
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {
        "duration": {
            "interval_options": [{"interval": "month", "interval_count": 1}],
            "type": "interval_options",
        }
    },
    "subscription_update": {
        "billing_cycle_anchor": "unchanged",
        "default_allowed_updates": [],
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}


@route(
    "POST", "/v1/billing_portal/configurations", features=required(FEATURES), metadata=metadata
)  # fmt: skip
def create_configuration(world: World, given: Json) -> Json:
    features = {
        name: details | given["features"].get(name, {"enabled": False})
        for name, details in WITH_SWITCH_OFF.items()
    }
    return world.store.add(
        {
            "id": new_id("billing_portal.configuration"),
            "object": "billing_portal.configuration",
            "active": True,
            "application": None,
            "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
            "created": world.now(),
            "default_return_url": None,
            "features": features,
            "is_default": False,
            "livemode": False,
            "login_page": {"enabled": False, "url": None},
            "metadata": merge_metadata({}, given.get("metadata")),
            "name": None,
            "updated": world.now(),
        }
    )  # fmt: skip


@route("GET", "/v1/billing_portal/configurations", PAGING, active=flag, is_default=flag)
def list_configurations(world: World, given: Json) -> Json:
    same = matches(given, "active", "is_default")
    url = "/v1/billing_portal/configurations"
    return page(world, "billing_portal.configuration", given, url, same)


@route(
    "POST", "/v1/billing_portal/sessions", customer=required(text), return_url=text, locale=text, configuration=text
)  # fmt: skip
def create_portal_session(world: World, given: Json) -> Json:
    customer = world.store.referred("customer", given["customer"], "customer")
    if "configuration" in given:
        kind = "billing_portal.configuration"
        world.store.referred(kind, given["configuration"], "configuration")
    secret = random_text(40)
    return world.store.add(
        {
            "id": new_id("billing_portal.session"),
            "object": "billing_portal.session",
            "configuration": given.get("configuration", "bpc_sandbox"),
            "created": world.now(),
            "customer": customer["id"],
            "customer_account": None,
            "flow": None,
            "livemode": False,
            "locale": given.get("locale"),
            "on_behalf_of": None,
            "return_url": given.get("return_url"),
            "url": f"{world.base_url}/p/session/{secret}",
            "_secret": secret,
        }
    )


def session_by_secret(world: World, secret: str) -> Json | None:
    return next(iter(world.store.all("billing_portal.session", _secret=secret)), None)


def replace_card(world: World, customer: Json, last4: str) -> Json:
    """The card becomes the customer's default and that of every running subscription."""
    method = new_method(world, last4, customer["email"])
    attach(world, method, customer)
    with world.changing(customer, "customer.updated"):
        settings = customer["invoice_settings"] | {"default_payment_method": method["id"]}
        customer["invoice_settings"] = settings
    for subscription in world.store.all("subscription", customer=customer["id"]):
        if subscription["status"] not in OVER:
            with world.changing(subscription, "customer.subscription.updated"):
                subscription["default_payment_method"] = method["id"]
    return method
