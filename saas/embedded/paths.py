"""Where data, sockets and programs live, and who owns them."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from saas.embedded.console import Stop

ROOT = Path(__file__).resolve().parents[2]
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_BYTES = 100  # the kernel's limit for a socket's path is 104 bytes on macOS, 108 on Linux


@dataclass(frozen=True)
class Account:
    """The unprivileged user that the servers run as when we are root: PostgreSQL refuses root."""

    name: str
    uid: int
    gid: int


def var_dir() -> Path:
    """The folder of everything that is made while running; TENANTRY_VAR moves it."""
    folder = Path(os.environ.get("TENANTRY_VAR") or ROOT / "var").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def log_dir() -> Path:
    """For what the terminal need not show. Ours alone: another user could plant a link there."""
    folder = var_dir() / "log"
    folder.mkdir(exist_ok=True)
    return folder


def server_account() -> Account | None:
    """None: servers run as whoever we are. As root: `postgres` where it exists, else `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise Stop(
        "PostgreSQL does not run as root, and this machine has no user “postgres” or “nobody” "
        "to run it as. Run make as an ordinary user, or set DATABASE_URL."
    )


def can_enter(path: Path, account: Account | None) -> bool:
    """Whether `account` may enter the folder (or run the program) at `path`.

    Asked of the kernel, as that user: modes alone do not tell (access lists, network file systems).
    """
    if account is None:
        return os.access(path, os.X_OK)
    test = ["/bin/sh", "-c", 'test -x "$0"', str(path)]
    identity = {"user": account.uid, "group": account.gid, "extra_groups": []}
    done = subprocess.run(test, cwd="/", check=False, **identity)  # type: ignore[call-overload]
    return bool(done.returncode == 0)


def servers_dir(account: Account | None) -> Path:
    """The folder of data, sockets and logs of the servers: theirs to write, closed to others.

    Lies in var/ where the servers' user can get there. Otherwise (a project in root's home, say) a
    folder of its own under /var/lib or /var/tmp: the mode of a parent folder is never changed.
    """
    var = var_dir()
    if can_enter(var, account):
        return owned(var / "servers", account)
    mark = hashlib.sha256(os.fsencode(var)).hexdigest()[:10]
    for parent in (Path("/var/lib"), Path("/var/tmp")):  # noqa: S108
        if os.access(parent, os.W_OK) and can_enter(parent, account):
            return owned(parent / f"tenantry-{mark}", account)
    raise Stop(f"The user that runs the servers cannot enter {var}, and /var/lib is not writable.")


def owned(folder: Path, account: Account | None) -> Path:
    """`folder`, existing, with mode 0700, and belonging to `account` (or to us).

    Raises Stop when someone else has put it there: /var/tmp and /tmp are everybody's.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    ours = {os.geteuid()} | ({account.uid} if account else set())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
        raise Stop(f"{folder} belongs to another user. Remove it, then try again.")
    if account and found.st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
    return folder


def socket_dir(folder: Path, account: Account | None) -> Path:
    """`folder` if a socket's path fits there, else a short one of our own in the temporary folder."""
    if len(os.fsencode(folder / SOCKET_NAME)) < SOCKET_BYTES:
        return owned(folder, account)
    mark = hashlib.sha256(os.fsencode(folder)).hexdigest()[:10]
    parent = Path(tempfile.gettempdir())
    if len(os.fsencode(parent / f"tenantry-{mark}" / SOCKET_NAME)) >= SOCKET_BYTES:
        parent = Path("/tmp")  # noqa: S108
    return owned(parent / f"tenantry-{mark}", account)


def packaged(package: str, program: str, account: Account | None) -> Path | None:
    """A program that the Python package `package` carries, or None without that package.

    The package is looked up and not imported. When `account` cannot reach it, a copy in the
    servers' folder stands in, with the libraries that are found by their place beside it.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    home = Path(spec.submodule_search_locations[0])
    original = home / program
    if not original.exists():
        return None
    if can_enter(original, account):
        return original
    libraries = home.with_name(f"{package}.libs")
    return _copied(original, [home, *([libraries] if libraries.is_dir() else [])], account)


def _copied(program: Path, package: list[Path], account: Account | None) -> Path:
    site, version = package[0].parent, package[0].stat().st_mtime_ns
    stamp = hashlib.sha256(f"{package[0]}{version}".encode()).hexdigest()[:10]
    copies = servers_dir(account) / "programs" / package[0].name
    target = copies / stamp
    if not target.exists():
        shutil.rmtree(copies, ignore_errors=True)  # of an earlier version
        unfinished = copies / f"{stamp}.new"
        for folder in package:
            shutil.copytree(folder, unfinished / folder.name)
        unfinished.rename(target)
    return target / program.relative_to(site)
