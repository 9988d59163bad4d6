"""The doubles of the payment companies that `make run` starts, so that a newcomer can buy a plan within a minute."""

import os
import sys
from collections.abc import Mapping

from saas.embedded.child import Child
from saas.embedded.paths import var_dir

PORT_AHEAD = 100
"""How far the double's port is from the product's: 8100 beside 8000."""
WEBHOOK_SECRET = "whsec_sandbox"  # noqa: S105 - known to everybody, and worth nothing


def stripe_port(port: int) -> int:
    """Where Stripe's double listens beside a product on `port`: a little higher or, at the very top, lower."""
    return port + PORT_AHEAD if port + PORT_AHEAD < 65536 else port - PORT_AHEAD


def stripe_url(port: int) -> str:
    return f"http://localhost:{stripe_port(port)}"


def stripe_child(env: Mapping[str, str], port: int) -> Child:
    """Stripe's double. It keeps what was bought beside the demo's data, and follows the demo's clock."""
    from saas.embedded.product import http_status

    command = [
        sys.executable, "-m", "sandbox.stripe",
        "--port", str(stripe_port(port)),
        "--state", str(var_dir() / "stripe.json"),
        "--clock", str(var_dir() / "clock"),
        "--webhook", f"http://localhost:{port}/webhooks/stripe/",
        "--webhook-secret", WEBHOOK_SECRET,
    ]  # fmt: skip

    def answers(pid: int) -> bool:
        return http_status(stripe_port(port), "/") != 0

    return Child("stripe", command, env=env, ready=answers, stage=2)


def is_wanted(env: Mapping[str, str]) -> bool:
    """Whether the product is told of the double: not where somebody has said otherwise."""
    return env.get("TENANTRY_STRIPE_SANDBOX_URL", "").startswith("http://localhost:")


def environment(port: int) -> dict[str, str]:
    """What the product needs to know; a value that is set already stays, an empty one says “no double”."""
    given = os.environ.get("TENANTRY_STRIPE_SANDBOX_URL")
    return {"TENANTRY_STRIPE_SANDBOX_URL": stripe_url(port) if given is None else given}
