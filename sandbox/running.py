"""A gateway's double as a program of its own, for the demo: its arguments, where it must not run, and how it ends."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.stripe.persistence import Keeper

HABITATS = {"demo", "test"}
TICK = 1.0  # seconds between looks at the clock
Built = tuple[Any, Keeper | None]
"""The server, and who keeps its state; None where nothing is kept."""


def parser(name: str, about: str | None, port: int) -> argparse.ArgumentParser:
    """What every double is told; a company's own adds to it."""
    known = argparse.ArgumentParser(prog=f"python -m sandbox.{name}", description=about)
    known.add_argument("--port", type=int, default=port)
    known.add_argument("--url", help="how browsers reach it; default http://localhost:PORT")
    known.add_argument("--state", type=Path, help="file that keeps the state")
    known.add_argument("--clock", type=Path, help="file with the seconds to add to the real time")
    known.add_argument("--business", default="Tenantry", help="the seller's name on the pages")
    return known


def objection(
    company: str, environment: Mapping[str, str], live: Sequence[str] = (), key: str = "key"
) -> str | None:
    """Why the double must not run here; None when it may. `live` is how keys begin that move real money."""
    if environment.get("TENANTRY_ENV") not in HABITATS:
        return f"The {company} sandbox runs only where TENANTRY_ENV is demo or test."
    found = sorted(name for name, value in environment.items() if value.startswith(tuple(live)))
    if live and found:
        return f"The {company} sandbox does not run beside a live {key}: see {', '.join(found)}."
    return None


def keeper_of(world: Any, path: Path | None) -> Keeper | None:
    """Who keeps the world in the file at `path`, which is taken over where there is one."""
    if path is None:
        return None
    keeper = Keeper(world, path)
    keeper.load()
    return keeper


def run(company: str, server: Any, keeper: Keeper | None) -> None:
    """Serve, deliver and look at the clock until a signal comes."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *unused: stop.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.control.courier.start()
    if keeper:
        keeper.start()
    sys.stdout.write(f"{company} sandbox at {server.control.world.base_url}\n")
    sys.stdout.flush()
    while not stop.wait(TICK):
        server.control.run_due()
    server.control.courier.stop()
    server.close()
    if keeper:
        keeper.stop()


def main(company: str, refused: str | None, build: Callable[[], Built]) -> int:
    """Run what `build` makes, unless that is `refused`; the exit code."""
    if refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    run(company, *build())
    return 0
