"""`python -m bench [NAME …]`: runs all benchmarks or those named, prints a table, writes results.json.

A NAME is a module (`pages`) or a row (`idle_memory`), whose whole module is then run.
"""

import importlib
import json
import os
import platform
import sys
import time
import traceback
import warnings
from pathlib import Path

import django

from bench.progress import say
from bench.rows import Row
from bench.table import table

RESULTS = Path(__file__).with_name("results.json")
SEARCHES = (
    "phone", "name", "two_letters", "every_fifth", "everybody", "nobody", "email", "one_letter",
)  # fmt: skip
MODULES = {
    "tenant_create": tuple(
        f"tenant_create_{size}{which}" for size in (5, 1000) for which in ("", "_other")
    ),
    "pages": tuple(
        f"page_{page}_{what}"
        for page in ("panel", "billing", "calendar")
        for what in ("rps", "p50", "p99", "queries")
    ),
    "customers": (
        *(f"page_customers_{what}" for what in ("rps", "p50", "p99", "queries")),
        *(
            f"page_customers_{what}_growth"
            for what in ("first", *(f"search_{text}" for text in SEARCHES))
        ),
        "import_200k_read",
        "import_200k_apply",
    ),
    "booking_page": tuple(
        f"page_booking_{what}" for what in ("rps", "p50", "p99", "queries", "kb")
    ),
    "first_load": ("first_load_kb", "repeat_load_kb"),
    "entitlements": ("entitlement_check", "entitlement_check_queries", "room_check"),
    "signup": ("signup_to_panel", "provision_ms"),
    "webhook_accept": tuple(f"webhook_accept_{what}" for what in ("rps", "p50", "p99")),
    "plan_narrow": ("plan_narrow_1000", "plan_narrow_statements"),
    "plan_refit": tuple(
        f"plan_refit_{what}" for what in ("answer", "each", "worker", "connections")
    ),
    "expire": tuple(
        f"expire_{what}" for what in ("due", "due_careful", "due_memory", "due_growth", "idle")
    ),
    "messages": ("events_to_messages", "events_to_messages_memory"),
    "reminders": ("reminders_due", "reminders_due_growth"),
    "spending": tuple(
        f"spend_{which}{what}" for which in ("hot", "many") for what in ("", "_p99", "_of_limit")
    ),
    "availability": tuple(f"availability_30d{what}" for what in ("", "_of_limit", "_queries")),
    "ledger_page": ("ledger_page_growth", "ledger_page_queries"),
    "memory": ("idle_memory",),
}
"""Each module and the rows that it answers. The one that starts a whole demo comes last."""


def main(names: list[str]) -> int:
    """0 when every benchmark that was asked for ran, whatever its figures; 1 when one failed, 2 for a wrong name."""
    try:
        chosen = choose(names)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    if not os.environ.get("DATABASE_URL"):
        print("Start it with `make bench`, or set DATABASE_URL.", file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
    os.environ["TENANTRY_ENV"] = "test"  # this process; what it measures from outside says demo
    warnings.filterwarnings("ignore", "No directory at")  # static files are the servers' business
    django.setup()
    rows, failed = measure(chosen)
    RESULTS.write_text(json.dumps(rows, indent=2) + "\n")
    print(table(rows))
    print(f"\n{machine()}. Written to bench/{RESULTS.name}.")
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return 1 if failed else 0


def choose(names: list[str]) -> list[str]:
    """The modules that `names` mean, in the order in which they run. Raises LookupError."""
    known = {row: module for module, rows in MODULES.items() for row in (module, *rows)}
    for name in names:
        if name not in known:
            raise LookupError(f"No benchmark is called {name}. There are: {', '.join(known)}.")
    wanted = {known[name] for name in names} or set(MODULES)
    return [module for module in MODULES if module in wanted]


def measure(modules: list[str]) -> tuple[list[Row], list[str]]:
    """The rows of `modules`, and which of them failed: one that fails does not keep the others from running."""
    rows: list[Row] = []
    failed = []
    for name in modules:
        print(f"{name} …", file=sys.stderr, flush=True)
        began = time.monotonic()
        try:
            rows += importlib.import_module(f"bench.{name}").run()
        except Exception as error:  # noqa: BLE001
            traceback.print_exception(error, chain=False)
            failed.append(name)
        say(f"{time.monotonic() - began:.0f} s")
    return rows, failed


def machine() -> str:
    """What the figures were measured on."""
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, Django {django.__version__}, load {load:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
