"""`python -m saas.embedded run | exec [--test|--bench] -- COMMAND … | reset`."""

import shutil
import sys

from saas.embedded import execute, product, sandbox, servers
from saas.embedded.console import Stop, notice, say
from saas.embedded.locks import Lock
from saas.embedded.paths import var_dir

USAGE = """Usage: python -m saas.embedded …
  run                            the product with demo data, until Ctrl-C
  exec [--test|--bench] -- CMD   CMD with a PostgreSQL and a Redis while it runs
  reset                          removes the demo data; the next run makes them anew
DATABASE_URL and REDIS_URL, where set, are used instead of servers of our own."""


def main(arguments: list[str]) -> int:
    """Does what the arguments say; returns the exit code. Whatever fails ends with one sentence."""
    try:
        match arguments:
            case ["run"]:
                return product.run()
            case ["exec", "--", _, *_]:
                return execute.execute(arguments[2:], "run")
            case ["exec", "--test" | "--bench", "--", _, *_]:
                return execute.execute(arguments[3:], arguments[1].removeprefix("--"))
            case ["reset"]:
                return reset()
    except Stop as stop:
        notice(str(stop))
        return 1
    notice(USAGE)
    return 2


def reset() -> int:
    """On return the demo's data are gone. Raises Stop while Tenantry runs on them."""
    lock = Lock(var_dir() / "run.lock")
    if not lock.take():
        raise Stop("Tenantry is running on the demo data. Stop it first (Ctrl-C where it runs).")
    try:
        shutil.rmtree(servers.home("run"), ignore_errors=True)
        for path in (
            *map(var_dir().joinpath, ("demo.json", "clock", *sandbox.state_files())),
            *var_dir().glob("beat-schedule*"),
        ):
            path.unlink(missing_ok=True)
        shutil.rmtree(var_dir() / "queue", ignore_errors=True)
    finally:
        lock.drop()
    say("The demo data are gone. `make run` makes them anew.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
