"""All objects of the sandbox, by kind and id. References between them are ids; see render.py for expansion.

Fields that begin with an underscore are facts that Stripe keeps to itself; they are never shown.
"""

import secrets
import string
from typing import Any

from sandbox.stripe.errors import Json, unknown_object

LETTERS = string.ascii_letters + string.digits
PREFIXES = {
    "account": "acct_",
    "balance_transaction": "txn_",
    "billing_portal.configuration": "bpc_",
    "billing_portal.session": "bps_",
    "charge": "ch_",
    "checkout.session": "cs_test_",
    "customer": "cus_",
    "discount": "di_",
    "dispute": "du_",
    "event": "evt_",
    "invoice": "in_",
    "invoice_payment": "inpay_",
    "item": "li_",
    "line_item": "il_",
    "payment_intent": "pi_",
    "payment_method": "pm_",
    "price": "price_",
    "product": "prod_",
    "refund": "re_",
    "subscription": "sub_",
    "subscription_item": "si_",
    "subscription_schedule": "sub_sched_",
    "webhook_endpoint": "we_",
}
BY_PREFIX = sorted(((p, kind) for kind, p in PREFIXES.items()), key=lambda pair: -len(pair[0]))
LENGTHS = {"checkout.session": 58, "customer": 14, "product": 14, "subscription_item": 14}


def new_id(kind: str) -> str:
    """A fresh id in Stripe's form."""
    return PREFIXES[kind] + random_text(LENGTHS.get(kind, 24))


def random_text(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def kind_of(key: str) -> str | None:
    """What kind of object the id belongs to, by its prefix."""
    return next((kind for prefix, kind in BY_PREFIX if key.startswith(prefix)), None)


class Store:
    """Dicts of objects in order of creation. Not locked: whoever calls holds the world's lock."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Json]] = {}

    def add(self, obj: Json) -> Json:
        self.objects.setdefault(obj["object"], {})[obj["id"]] = obj
        return obj

    def find(self, kind: str, key: str | None) -> Json | None:
        return self.objects.get(kind, {}).get(key or "")

    def get(self, kind: str, key: str | None) -> Json:
        """The object that the address of a request names; StripeError 404 when there is none."""
        if found := self.find(kind, key):
            return found
        raise unknown_object(kind, key or "")

    def referred(self, kind: str, key: str, param: str) -> Json:
        """The object that a parameter names, not deleted; StripeError 400 when there is none."""
        found = self.find(kind, key)
        if found is None or found.get("deleted"):
            raise unknown_object(kind, key, param, in_path=False)
        return found

    def all(self, kind: str, **fields: Any) -> list[Json]:
        """Those of a kind whose fields have these values, oldest first."""
        return [
            obj
            for obj in self.objects.get(kind, {}).values()
            if all(obj.get(name) == value for name, value in fields.items())
        ]
