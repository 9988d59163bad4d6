"""One command with servers around it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from saas.embedded.paths import server_account
from saas.embedded.postgres import Postgres
from tests.embedded.conftest import Place, alive, family, wait_for

UP = "echo up; exec sleep 600"
USE_BOTH = """
import os, pwd, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")) as db:
    for name in ("fsync", "max_locks_per_transaction", "listen_addresses", "server_encoding"):
        print(name, "=", db.execute(f"SHOW {name}").fetchone()[0])
print("redis", redis.Redis.from_url(os.environ["REDIS_URL"]).ping())
raise SystemExit(7)
"""


def test_exec_gives_the_command_both_servers_and_returns_its_exit_code(place: Place):
    command = place.start("saas.embedded", "exec", "--test", "--", sys.executable, "-c", USE_BOTH)
    assert command.ends() == 7, command.text
    assert "fsync = off" in command.text
    assert "max_locks_per_transaction = 1024" in command.text
    assert "listen_addresses = \n" in command.text
    assert "redis True" in command.text


def test_exec_keeps_the_disk_honest_outside_tests(place: Place):
    command = place.start("saas.embedded", "exec", "--", sys.executable, "-c", USE_BOTH)
    assert command.ends() == 7, command.text
    assert "fsync = on" in command.text


def test_exec_starts_nothing_that_is_configured(place: Place):
    show = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"
    command = place.start(
        "saas.embedded", "exec", "--test", "--", sys.executable, "-c", show,
        DATABASE_URL="postgres://elsewhere/x", REDIS_URL="redis://elsewhere/0",
    )  # fmt: skip
    assert command.ends() == 0
    assert command.text.strip() == "postgres://elsewhere/x redis://elsewhere/0"
    assert not list(place.var.glob("servers/test/postgres"))


def test_two_test_runs_at_once_do_not_meet(place: Place):
    show = "import os, time; print(os.environ['DATABASE_URL'], flush=True); time.sleep(600)"
    runs = [
        place.start("saas.embedded", "exec", "--test", "--", sys.executable, "-c", show)
        for _ in range(2)
    ]
    assert all(run.says("postgres://") for run in runs)
    assert runs[0].text != runs[1].text


def test_a_stop_reaches_the_command_and_the_servers(place: Place):
    command = place.start("saas.embedded", "exec", "--test", "--", "sh", "-c", UP)
    assert command.says("up")
    members = family(command.pid)
    command.signal(signal.SIGTERM)
    assert command.ends() == 128 + signal.SIGTERM
    assert wait_for(lambda: not any(map(alive, members)))


def test_a_killed_exec_leaves_no_process_behind(place: Place):
    command = place.start("saas.embedded", "exec", "--test", "--", "sh", "-c", UP)
    assert command.says("up")
    members = family(command.pid)
    assert len(members) > 5  # ourselves, sleep, redis, postgres and its helpers
    os.kill(command.pid, signal.SIGKILL)
    command.ends()
    assert wait_for(lambda: not any(map(alive, members)))


def test_the_kernel_ends_the_servers_even_without_the_undertaker(place: Place):
    command = place.start("saas.embedded", "exec", "--test", "--", "sh", "-c", UP)
    assert command.says("up")
    members = family(command.pid)
    undertakers = [p for p in members if b"while read" in Path(f"/proc/{p}/cmdline").read_bytes()]
    for pid in (*undertakers, command.pid):
        os.kill(pid, signal.SIGKILL)
    command.ends()
    assert len(undertakers) == 1
    assert wait_for(lambda: not any(map(alive, members)))


def test_a_server_left_over_from_an_earlier_start_is_stopped_first(place: Place):
    first = place.start("saas.embedded", "exec", "--test", "--", "sh", "-c", UP)
    assert first.says("up")
    folder = place.var / "servers" / "test"
    first.signal(signal.SIGTERM)
    first.ends()
    account = server_account()
    child = Postgres(folder, account, {}).child(place.var / "log" / "stray.log")
    who = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    with subprocess.Popen(child.command, cwd=folder, stderr=subprocess.DEVNULL, **who) as stray:
        assert wait_for((folder / "postgres" / "postmaster.pid").exists)
        second = place.start("saas.embedded", "exec", "--test", "--", "true")
        assert second.ends() == 0, second.text
        assert "PostgreSQL of an earlier start" in second.text
        assert stray.wait(5) == 0


def test_a_command_that_does_not_exist_gets_a_sentence(place: Place):
    command = place.start("saas.embedded", "exec", "--test", "--", "/no/such/program")
    assert command.ends() == 1
    assert command.text == "/no/such/program cannot be run: No such file or directory.\n"
