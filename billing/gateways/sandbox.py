"""The levers of the doubles that stand in for payment companies in the demo and in tests."""

import json
from urllib.error import URLError
from urllib.request import Request, urlopen

from billing.gateways.base import GatewayUnavailable

SECONDS = 30


def catch_up(base_url: str) -> int:
    """The double at `base_url` carries out what is due by its clock, and tells us of it; how many deliveries failed.

    Raises GatewayUnavailable when it does not answer.
    """
    _post(base_url, "run_due")
    return int(_post(base_url, "deliver").get("failed", 0))


def _post(base_url: str, lever: str) -> dict[str, int]:
    request = Request(  # noqa: S310 - an address of our own settings, http on this machine
        f"{base_url}/_sandbox/{lever}",
        data=b"{}",
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    try:
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - as above
            return dict(json.load(answer))
    except (URLError, TimeoutError, OSError) as error:
        raise GatewayUnavailable("Sandbox", str(error)) from error
