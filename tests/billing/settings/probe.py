"""A payment company that exists in tests alone: what its keys open is said beforehand, and it remembers being asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from billing.gateways.base import Gateway, GatewayRefused, GatewayUnavailable
from billing.gateways.catalogue import KeyField, Kind

TEST_KEY, LIVE_KEY = "pt_51Hq8dKzT0YwLm4242", "pl_90Zw2mNbQ7Ra1881xx"
SIGNING = "sign_0a1b2c3d4e5f6a7b8c9d"


@dataclass
class Company:
    """{key: name of its account}; any other key is refused. `is_down`: nothing answers."""

    accounts: dict[str, str] = field(
        default_factory=lambda: {TEST_KEY: "Probe test", LIVE_KEY: "Probe Ltd"}
    )
    is_down: bool = False
    asked: list[str] = field(default_factory=list)
    asked_in_transaction: list[bool] = field(default_factory=list)

    def kind(self) -> Kind:
        fields = (
            KeyField(
                "secret_key", "Secret key", begins={"test": ("pt_", "rt_"), "live": ("pl_", "rl_")}
            ),
            KeyField(
                "webhook_secret",
                "Signing secret",
                begins={"test": ("sign_",), "live": ("sign_",)},
                is_required=False,
            ),
            KeyField("client", "Client number", is_required=False),
        )
        return Kind(
            "probe", "Probe", "Only in tests.", "credit-card", fields, self.make, company="Probe"
        )

    def make(self, environment: str, secrets: Mapping[str, str], _base_url: str) -> Gateway:
        return ProbeGateway(self, environment, secrets)


class ProbeGateway:
    key, settles_at_once, is_recurring = "probe", False, False

    def __init__(self, company: Company, environment: str, secrets: Mapping[str, str]) -> None:
        self.company, self.environment, self.secrets = company, environment, secrets

    def test_connection(self) -> str:
        key = self.secrets["secret_key"]
        self.company.asked.append(key)
        self.company.asked_in_transaction.append(connection.in_atomic_block)
        if self.company.is_down:
            raise GatewayUnavailable("Probe", "connection refused")
        if key not in self.company.accounts:
            raise GatewayRefused("Probe", f"no such key: {key}")
        return self.company.accounts[key]

    def _not_asked(self, *_args: Any, **_options: Any) -> Any:
        raise AssertionError("Settings ask for nothing but the connection.")

    start = find_payment = abandon = refund = verify = read = paid_since = gone_since = _not_asked
