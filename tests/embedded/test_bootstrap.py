"""The first thing that `make` does: a Python that fits, and the packages."""

import os
import sys
from pathlib import Path

import pytest

from saas import bootstrap

SCRIPT = "#!/bin/sh\necho {}\n"


def test_an_old_python_gets_one_clear_sentence():
    with pytest.raises(bootstrap.Stop) as stop:
        bootstrap.choose_python("/usr/bin/python3", (3, 9, 2), names=())
    assert str(stop.value) == (
        "Tenantry needs Python 3.11 or newer; this is 3.9.2 (/usr/bin/python3). "
        "Install one, for example python3.12, and try again."
    )


def test_a_newer_python_on_the_path_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name, version in (("python3.14", "broken"), ("python3.12", "3.12.1")):
        program = tmp_path / name
        program.write_text(SCRIPT.format(version))
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    names = ("python3.14", "python3.12")
    assert bootstrap.choose_python("/usr/bin/python3", (3, 9, 2), names) == str(
        tmp_path / "python3.12"
    )


def test_a_python_that_is_new_enough_is_kept():
    assert bootstrap.choose_python("/some/python", (3, 11, 0), names=()) == "/some/python"


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path):
    bare = tmp_path / "python3"
    bare.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\necho 3.11.2\n')
    bare.chmod(0o755)
    with pytest.raises(bootstrap.Stop, match=r"apt install python3\.11-venv"):
        bootstrap.create_venv(str(bare), str(tmp_path / "venv"))


def fake_venv(tmp_path: Path, files: list[str]) -> str:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "pyvenv.cfg").write_text("version = 3.11.7\n")
    stamp = Path(bootstrap.stamp_path(str(tmp_path), files))
    stamp.write_text(bootstrap.fingerprint(str(tmp_path), files))
    return str(tmp_path)


def test_nothing_happens_when_nothing_has_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bootstrap, "install", pytest.fail)
    venv = fake_venv(tmp_path, bootstrap.requirement_files(bootstrap.DEV_FILES))
    bootstrap.setup(bootstrap.DEV_FILES, venv)
    bootstrap.setup(bootstrap.RUN_FILES, venv)  # what tests need includes what running needs
    assert capsys.readouterr().out == ""


def test_changed_requirements_or_a_lost_python_call_for_an_installation(tmp_path: Path):
    files = bootstrap.requirement_files(bootstrap.RUN_FILES)
    venv = fake_venv(tmp_path, files)
    assert bootstrap.is_current(venv, files)
    assert not bootstrap.is_current(venv, bootstrap.requirement_files(bootstrap.DEV_FILES))
    (tmp_path / "pyvenv.cfg").write_text("version = 3.12.1\n")
    assert not bootstrap.is_current(venv, files)
    (tmp_path / "bin" / "python").unlink()
    assert bootstrap.fingerprint(venv, files) == ""


def test_the_reason_of_a_failed_installation_is_said():
    offline = ["Collecting celery", "WARNING: Retrying after NewConnectionError(…)"]
    assert bootstrap.explain(offline) == (
        "The packages could not be fetched: the package index cannot be reached."
    )
    assert "do not match the hashes" in bootstrap.explain(["ERROR: these do not match the hashes"])
