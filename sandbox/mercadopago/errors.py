"""Errors as Mercado Pago words them: status, error, message, and their causes."""

from typing import Any

Json = dict[str, Any]
WORDS = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found"}


class Refusal(Exception):
    """A request is refused."""

    def __init__(self, message: str, *, status: int = 400, causes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.status, self.message, self.causes = status, message, causes

    def body(self) -> Json:
        return {
            "status": self.status,
            "error": WORDS.get(self.status, "bad_request"),
            "message": self.message,
            "cause": [
                {"code": 4000 + number, "description": one, "data": None}
                for number, one in enumerate(self.causes)
            ],
        }


def unknown(what: str, key: str) -> Refusal:
    return Refusal(f"{what} not found", status=404, causes=(f"There is no {what.lower()} {key}.",))
