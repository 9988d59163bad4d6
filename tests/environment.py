"""Loaded by pytest before Django's settings are: the environment that every test process runs in.

Each process gets its own port, since the addresses of tenants are made from it.
"""

import atexit
import os
import shutil
import socket
import tempfile
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
os.environ["TENANTRY_ENV"] = "test"
os.environ["TENANTRY_BASE_DOMAIN"] = "localhost"
os.environ["PORT"] = str(free_port())
os.environ["TENANTRY_VAR"] = tempfile.mkdtemp(prefix="tenantry-test-")
atexit.register(shutil.rmtree, os.environ["TENANTRY_VAR"], ignore_errors=True)
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
    "true"  # Playwright runs a loop in the thread of the test.
)
os.environ.setdefault("TENANTRY_LOG_LEVEL", "ERROR")
(
    Path(os.environ["TENANTRY_VAR"]) / "static"
).mkdir()  # Whitenoise warns about a folder that is not there.
