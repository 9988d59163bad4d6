"""The memory of everything that `make run` starts, ten seconds after it is ready, with nobody asking.

Summed as PSS (proportional set size): what processes share is counted once, divided among those that
share it. Programs outside that map the same files take a share too, so measure on a quiet machine.
"""

import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.progress import say
from bench.rows import Row, figure
from bench.serving import ROOT, started, wait_until_served
from saas.embedded.redis import free_port

QUIET_SECONDS = 10
NOT_HANDED_ON = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "TENANTRY_SECRET_KEY")
KIB = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


def run() -> list[Row]:
    """Raises RuntimeError where the kernel does not tell (that is, elsewhere than on Linux)."""
    if not Path("/proc/self/smaps_rollup").exists():
        raise RuntimeError("Only Linux tells a program's proportional set size.")
    with tempfile.TemporaryDirectory(prefix="tenantry-bench-") as var:
        Path(var).chmod(0o755)  # the servers' own user must get in
        port = free_port()
        env = {key: value for key, value in os.environ.items() if key not in NOT_HANDED_ON}
        env |= {"TENANTRY_VAR": var, "PORT": str(port), "TENANTRY_ENV": "demo"}
        command = [sys.executable, "-m", "saas.embedded", "run"]
        with started(command, env, Path(var, "run.log")) as process:
            wait_until_served(process, port, "/healthz/")
            time.sleep(QUIET_SECONDS)
            sizes = {pid: pss(pid) for pid in family(process.pid)}
            named = sorted(((size, title(pid)) for pid, size in sizes.items()), reverse=True)
    for size, name in named:
        say(f"{size:>7.1f} MiB  {name}")
    return [figure("idle_memory", "MiB", sum(sizes.values()))]


def family(pid: int) -> Iterator[int]:
    """The process and all that it and its children have started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def pss(pid: int) -> float:
    """MiB; 0 for a process that has ended meanwhile."""
    try:
        found = KIB.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def title(pid: int) -> str:
    """What the process calls itself, shortened."""
    words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").split()
    return " ".join(words).replace(f"{ROOT}/", "")[:90]
