"""`run`: what a person meets who types `make run`, with stand-ins for web and worker."""

import os
import signal
import socket
import stat
import time
from pathlib import Path

from saas.embedded.product import http_status
from tests.embedded.conftest import Command, Place, alive, family, wait_for

FAKE = "tests.embedded.fake_product"


def started(place: Place) -> Command:
    command = place.start(FAKE, "steady")
    assert command.says("Ctrl-C stops it"), command.text
    return command


def test_run_says_where_to_look_and_stops_cleanly(place: Place):
    command = started(place)
    assert f"http://localhost:{place.port}/" in command.text
    assert "olivia@x.example" in command.text
    assert wait_for(lambda: "worker   │ working" in command.text)
    members = family(command.pid)
    began = time.monotonic()
    command.signal(signal.SIGINT)
    assert command.ends() == 0
    assert time.monotonic() - began < 20
    assert not any(map(alive, members))
    assert command.text.rstrip().endswith("Stopped.")


def test_a_second_run_is_refused_with_the_first_ones_address(place: Place):
    first = started(place)
    second = place.start(FAKE, "steady")
    assert second.ends() == 1
    assert second.text == (
        f"Tenantry is already running at http://localhost:{place.port}/ (process {first.pid}).\n"
    )


def test_a_command_beside_a_run_shares_its_servers(place: Place):
    started(place)
    show = place.start("saas.embedded", "exec", "--", "sh", "-c", "echo $DATABASE_URL; env")
    assert show.ends() == 0
    assert "%2Frun%2Fsocket/tenantry" in show.text
    assert "TENANTRY_ENV=demo" in show.text


def test_a_killed_run_leaves_no_process_behind_and_the_next_one_starts(place: Place):
    command = started(place)
    members = family(command.pid)
    os.kill(command.pid, signal.SIGKILL)
    command.ends()
    assert wait_for(lambda: not any(map(alive, members)))
    started(place)


def test_a_port_in_use_is_said_before_anything_starts(place: Place):
    with socket.create_server(("127.0.0.1", place.port)):
        command = place.start(FAKE, "steady")
        assert command.ends() == 1
    assert command.text == (
        f"Port {place.port} is in use by another program. "
        f"Try another one: PORT={place.port + 1} make run\n"
    )
    assert not (place.var / "servers").exists()


def test_a_part_that_dies_is_started_again(place: Place):
    command = started(place)
    (pid,) = [
        p for p in family(command.pid) if b"do_GET" in Path(f"/proc/{p}/cmdline").read_bytes()
    ]
    os.kill(pid, signal.SIGKILL)
    assert command.says("web      │ ended unexpectedly (SIGKILL)")
    assert wait_for(lambda: http_status(place.port, "/") == 200)


def test_a_part_that_cannot_live_stops_everything_with_its_last_words(place: Place):
    command = place.start(FAKE, "dies")
    assert command.ends() == 1
    assert "worker ended 5 times in a row, so everything stops." in command.text
    assert command.text.rstrip().endswith("out of luck")


def test_a_part_that_never_gets_ready_says_why(place: Place):
    command = place.start(FAKE, "never-ready")
    assert command.ends() == 1
    assert "web did not start:\n  no such table" in command.text


def test_a_failed_preparation_stops_the_start(place: Place):
    command = place.start(FAKE, "no-demo")
    assert command.ends() == 1
    assert "prepare failed (exit code 9). Its last lines:\n  bad migration" in command.text


def test_the_secret_key_is_made_once_for_its_owner_alone(place: Place):
    started(place)
    key = place.var / "secret_key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_text()) >= 50


def test_reset_forgets_the_data_but_not_under_a_run(place: Place):
    running = started(place)
    (place.var / "clock").write_text("3024000")
    refused = place.start("saas.embedded", "reset")
    assert refused.ends() == 1
    assert "Stop it first" in refused.text
    running.signal(signal.SIGTERM)
    assert running.ends() == 0
    assert place.start("saas.embedded", "reset").ends() == 0
    assert not (place.var / "servers" / "run").exists()
    assert not (place.var / "demo.json").exists()
    assert not (place.var / "clock").exists()
