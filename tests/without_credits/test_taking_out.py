"""Credits plug in by registering: taken out of the installed apps, the monthly limit works alone."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings

ROOT = Path(__file__).parents[2]


@pytest.mark.req(122)
def test_product_works_without_credits() -> None:
    """In a process of its own, for Django loads its apps once; on databases of its own, too."""
    address = urlsplit(settings.DATABASE_URL)
    name = f"{address.path}_without_{os.getpid()}"
    env = {
        **os.environ,
        "DATABASE_URL": urlunsplit(address._replace(path=name)),
        "DJANGO_SETTINGS_MODULE": "tests.without_credits.settings",
    }
    for inherited in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"):
        env.pop(inherited, None)
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
        "--ds", "tests.without_credits.settings", "tests/without_credits/scenario.py",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 passed" in done.stdout
