"""The doubles of the payment companies that `make run` starts, so that a newcomer can buy a plan within a minute."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from saas.embedded.child import Child
from saas.embedded.paths import var_dir

WEBHOOK_SECRET = "whsec_sandbox"  # noqa: S105 - known to everybody, and worth nothing


@dataclass(frozen=True)
class Double:
    """One company's stand-in: the module `sandbox.<name>`. `ahead`: how far its port is from the product's."""

    name: str
    ahead: int
    signed: tuple[str, str]
    """How it is told what to sign with."""

    @property
    def variable(self) -> str:
        """What tells the product where it answers."""
        return f"TENANTRY_{self.name.upper()}_SANDBOX_URL"

    def port(self, port: int) -> int:
        """Where it listens beside a product on `port`: a little higher or, at the very top, lower."""
        return port + self.ahead if port + self.ahead < 65536 else port - self.ahead

    def url(self, port: int) -> str:
        return f"http://localhost:{self.port(port)}"

    def is_wanted(self, env: Mapping[str, str]) -> bool:
        """Whether the product is told of it: not where somebody has said otherwise."""
        return env.get(self.variable, "").startswith("http://localhost:")

    def child(self, env: Mapping[str, str], port: int) -> Child:
        """Its program. It keeps what was bought beside the demo's data, and follows the demo's clock."""
        from saas.embedded.product import http_status

        command = [
            sys.executable, "-m", f"sandbox.{self.name}",
            "--port", str(self.port(port)),
            "--state", str(var_dir() / f"{self.name}.json"),
            "--clock", str(var_dir() / "clock"),
            "--webhook", f"http://localhost:{port}/webhooks/{self.name}/",
            *self.signed,
        ]  # fmt: skip

        def answers(pid: int) -> bool:
            return http_status(self.port(port), "/") != 0

        return Child(self.name, command, env=env, ready=answers, stage=2)


DOUBLES = (
    Double("stripe", 100, ("--webhook-secret", WEBHOOK_SECRET)),
    Double("mercadopago", 101, ("--webhook-secret", WEBHOOK_SECRET)),
    Double("paypal", 300, ("--webhook-id", WEBHOOK_SECRET)),
)


def wanted(env: Mapping[str, str]) -> list[Double]:
    return [double for double in DOUBLES if double.is_wanted(env)]


def environment(port: int) -> dict[str, str]:
    """What the product needs to know; a value that is set already stays, an empty one says “no double”."""
    return {one.variable: os.environ.get(one.variable, one.url(port)) for one in DOUBLES}


def state_files() -> list[str]:
    """Names of the files beside the demo's data where the doubles keep what was bought."""
    return [f"{double.name}.json" for double in DOUBLES]
