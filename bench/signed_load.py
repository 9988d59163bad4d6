"""The load of the webhook benchmark: signed deliveries, each of another event, as fast as they are answered.

A program of its own, as `bench.load` is: `python -m bench.signed_load PORT HOST PATH SECRET TEMPLATE REQUESTS
CONNECTIONS PREFIX` prints {"rps", "p50", "p99"}. TEMPLATE is the file of an event in which EVENT_ID stands; the ids
begin with PREFIX. Everything is signed before the clock starts.
"""

import hashlib
import hmac
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.load import CONNECTIONS, Target, run

EVENT_ID = "evt_EVENT_ID"


@dataclass(frozen=True)
class Endpoint:
    """Where an event is delivered, on 127.0.0.1, and the secret that it is signed with."""

    port: int
    host: str
    path: str
    secret: str
    template: Path

    def load(self, requests: int, prefix: str, connections: int = CONNECTIONS) -> dict[str, float]:
        """One round from a process of its own. Raises CalledProcessError when an answer was not 200."""
        given = [self.port, self.host, self.path, self.secret, self.template]
        done = subprocess.run(
            [sys.executable, "-m", "bench.signed_load"]
            + [str(each) for each in (*given, requests, connections, prefix)],
            check=True,
            stdout=subprocess.PIPE,
            timeout=120,
        )
        figures: dict[str, float] = json.loads(done.stdout)
        return figures


def signed(body: bytes, secret: str) -> str:
    """The Stripe-Signature header. https://docs.stripe.com/webhooks#verify-manually"""
    stamp = int(time.time())
    mark = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mark}"


class Deliveries:
    """As many deliveries as there are requests, ready to be sent."""

    def __init__(self, endpoint: Endpoint, requests: int, prefix: str) -> None:
        template = endpoint.template.read_text()
        self.ready = []
        for number in range(requests):
            body = template.replace(EVENT_ID, f"evt_{prefix}_{number}").encode()
            headers = {
                "Host": endpoint.host,
                "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": signed(body, endpoint.secret),
            }
            self.ready.append((body, headers))

    def send(
        self, target: Target, turns: Iterator[int], requests: int, seconds: list[float]
    ) -> None:
        """As `bench.load.ask`."""
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
        while (turn := next(turns)) < requests:
            body, headers = self.ready[turn]
            began = time.perf_counter()
            connection.request("POST", target.path, body, headers)
            response = connection.getresponse()
            response.read()
            seconds.append(time.perf_counter() - began)
            if response.status != 200:
                raise RuntimeError(f"{target.path} answered {response.status}.")
        connection.close()


def main(arguments: list[str]) -> dict[str, float]:
    port, host, path, secret, template, requests, connections, prefix = arguments
    endpoint = Endpoint(int(port), host, path, secret, Path(template))
    deliveries = Deliveries(endpoint, int(requests), prefix)
    target = Target(endpoint.port, host, path)
    return run(target, int(requests), int(connections), ask=deliveries.send)


if __name__ == "__main__":
    json.dump(main(sys.argv[1:]), sys.stdout)
