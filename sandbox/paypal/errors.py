"""Errors as PayPal words them: an HTTP status and a body with name, message, debug_id and details."""

from typing import Any

from sandbox.stripe.store import random_text

Json = dict[str, Any]
NAMES = {
    400: ("INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema."),
    401: ("AUTHENTICATION_FAILURE", "Authentication failed due to invalid authentication credentials."),
    404: ("RESOURCE_NOT_FOUND", "The specified resource does not exist."),
    422: ("UNPROCESSABLE_ENTITY", "The requested action could not be performed, or failed validation."),
}  # fmt: skip


class PayPalError(Exception):
    """A request is refused. `issue` is PayPal's word for why."""

    def __init__(
        self, issue: str, description: str = "", *, status: int = 422, field: str = ""
    ) -> None:
        super().__init__(f"{issue}: {description}")
        self.issue, self.description, self.status, self.field = issue, description, status, field

    def body(self) -> Json:
        name, message = NAMES[self.status]
        detail = {"issue": self.issue, "description": self.description}
        detail |= {"field": self.field} if self.field else {}
        return {
            "name": name,
            "message": message,
            "debug_id": random_text(13).lower(),
            "details": [detail],
        }


class NoToken(Exception):
    """The token service refuses: its errors have another shape."""

    def body(self) -> Json:
        return {"error": "invalid_client", "error_description": "Client Authentication failed"}


def missing(key: str) -> PayPalError:
    return PayPalError(
        "INVALID_RESOURCE_ID", f"Requested resource ID {key} was not found.", status=404
    )


def invalid(field: str, description: str) -> PayPalError:
    return PayPalError("INVALID_PARAMETER_VALUE", description, status=400, field=field)
