"""Errors as Stripe words them: an HTTP status and a body with type, code, message and param."""

from typing import Any

Json = dict[str, Any]


class StripeError(Exception):
    """A request is refused. `saved` tells whether its idempotency key remembers the refusal."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        saved: bool = True,
        more: Json | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.saved = saved
        self.fields: Json = {"type": kind, "message": message}
        self.fields |= {"code": code} if code else {}
        self.fields |= {"param": param} if param else {}
        self.fields |= more or {}

    def body(self) -> Json:
        return {"error": dict(self.fields)}


def unknown_object(kind: str, key: str, param: str = "id", *, in_path: bool = True) -> StripeError:
    """Nothing of this kind has the id: 404 where the address names it, 400 where a parameter does."""
    noun = {"checkout.session": "checkout.session", "payment_method": "PaymentMethod"}.get(
        kind, kind
    )
    return StripeError(
        f"No such {noun}: '{key}'",
        status=404 if in_path else 400,
        code="resource_missing",
        param=param,
    )


def card_error(
    message: str, decline_code: str, charge: str | None = None, more: Json | None = None
) -> StripeError:
    """The bank said no: HTTP 402."""
    return StripeError(
        message,
        status=402,
        kind="card_error",
        code="card_declined",
        more={"decline_code": decline_code, "charge": charge} | (more or {}),
    )
