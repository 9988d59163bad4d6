"""The load of the page benchmarks: keep-alive connections that ask for one address, as fast as it answers.

A program of its own, so that its work is not in the way of whoever measures:
`python -m bench.load PORT HOST PATH COOKIE REQUESTS CONNECTIONS` prints {"rps", "p50", "p99"}, milliseconds.
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from statistics import quantiles

CONNECTIONS = 4
Ask = Callable[["Target", Iterator[int], int, list[float]], None]


@dataclass(frozen=True)
class Target:
    """A page: always on 127.0.0.1, whatever its host is called."""

    port: int
    host: str
    path: str
    cookie: str = ""

    def load(self, requests: int, connections: int = CONNECTIONS) -> dict[str, float]:
        """One round from a process of its own. Raises CalledProcessError when an answer was not 200."""
        arguments = [self.port, self.host, self.path, self.cookie, requests, connections]
        done = subprocess.run(
            [sys.executable, "-m", "bench.load", *map(str, arguments)],
            check=True,
            stdout=subprocess.PIPE,
            timeout=120,
        )
        figures: dict[str, float] = json.loads(done.stdout)
        return figures


def ask(target: Target, turns: Iterator[int], requests: int, seconds: list[float]) -> None:
    """Requests on one connection until `requests` have been made by all; adds how long each took."""
    headers = {"Host": target.host, "Cookie": target.cookie, "Accept-Encoding": "gzip"}
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
    while next(turns) < requests:
        began = time.perf_counter()
        connection.request("GET", target.path, headers=headers)
        response = connection.getresponse()
        response.read()
        seconds.append(time.perf_counter() - began)
        if response.status != 200:
            raise RuntimeError(f"{target.host}{target.path} answered {response.status}.")
    connection.close()


def run(target: Target, requests: int, connections: int, ask: Ask = ask) -> dict[str, float]:
    """Figures of one round. Raises RuntimeError when an answer was not 200."""
    turns, seconds = count(), list[float]()
    arguments = (target, turns, requests, seconds)
    threads = [threading.Thread(target=ask, args=arguments) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - began
    if len(seconds) < requests:
        raise RuntimeError(f"Only {len(seconds)} of {requests} requests were answered.")
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {"rps": len(seconds) / taken, "p50": cuts[49] * 1000, "p99": cuts[98] * 1000}


if __name__ == "__main__":
    port, host, path, cookie, requests, connections = sys.argv[1:]
    target = Target(int(port), host, path, cookie)
    json.dump(run(target, int(requests), int(connections)), sys.stdout)
