"""The browser of the tests: found, or installed where that takes no question."""

import os
import shutil
import subprocess

from saas.embedded.console import notice
from saas.embedded.paths import log_dir

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
INSTALL = "apt-get install -y --no-install-recommends chromium"


def find() -> str:
    """The path of a Chromium, or "" when there is none. CHROMIUM in the environment wins."""
    if chosen := os.environ.get("CHROMIUM"):
        return shutil.which(chosen) or ""
    for name in (*NAMES, MAC):
        if found := shutil.which(name):
            return found
    return ""


def install() -> None:
    """Tries Debian's package, as root. No error when that fails: find() tells."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    notice("Installing Chromium for the browser tests (once, about a minute) …")
    log = log_dir() / "chromium.log"
    with log.open("wb") as out:
        for command in ("apt-get update", INSTALL):
            done = subprocess.run(
                command.split(),
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False,
            )  # fmt: skip
    if done.returncode != 0:
        notice(f"That did not work; what apt-get said is in {log}.")


def main() -> None:
    """Prints the path on standard output, for the Makefile; installs Chromium first if need be."""
    if not find():
        install()
    path = find()
    if not path:
        notice(
            "NO BROWSER: the tests marked “browser” cannot run. Install Chromium "
            f"({INSTALL}), or set CHROMIUM to a browser’s path."
        )
    print(path)


if __name__ == "__main__":
    main()
