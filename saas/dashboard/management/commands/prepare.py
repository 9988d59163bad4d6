"""`manage.py prepare`: whatever stands between a fresh checkout, or a new release, and a product that runs."""

import hashlib
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django_tenants.utils import get_public_schema_name

from billing.services.gateways import has_live_keys
from saas.core.clock import now
from saas.dashboard import demo as demo_data
from tenants.migrating import is_current, lagging
from tenants.models import Tenant

LOCK = 0x7E4A4E74
"""Key of the advisory lock that lets one process at a time prepare."""


class Command(BaseCommand):
    help = "Brings database and static files up to date. Quick when there is nothing to do."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--demo", action="store_true", help="also load the demo data, if there are none"
        )

    def handle(self, *args: Any, demo: bool = False, **options: Any) -> None:
        if demo and settings.IS_PRODUCTION:
            raise CommandError("Demo data have well-known passwords. They are not for production.")
        with alone():
            self._migrate()
            if demo:
                self._load_demo()
        self._collect_static()

    def _migrate(self) -> None:
        """Public first: the list of tenants is there."""
        if not is_current(get_public_schema_name()):
            self._say("Preparing the database…")
            call_command("migrate_schemas", shared=True, interactive=False, verbosity=0)
        behind = lagging(Tenant.objects.values_list("schema_name", flat=True))
        if behind:
            self._say(f"Updating {len(behind)} businesses…")
            call_command("migrate_schemas", tenant=True, interactive=False, verbosity=0)

    def _load_demo(self) -> None:
        """Raises CommandError where money is real: the demo has doubles of the gateways and a clock that moves."""
        if has_live_keys():
            raise CommandError(
                "There are live payment keys in this database, so no demo runs on it. "
                "Use another database, or start the product as for production."
            )
        if demo_data.is_wanted():
            self._say("Making demo data…")
            demo_data.load(now())
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        (settings.VAR_DIR / "demo.json").write_text(json.dumps(demo_data.facts(), indent=2))

    def _collect_static(self) -> None:
        """Only where a manifest is used, and only when a file has come, gone or changed."""
        if not hasattr(staticfiles_storage, "read_manifest"):
            return
        stamp, known = static_stamp(), settings.STATIC_ROOT / ".stamp"
        if known.exists() and known.read_text() == stamp:
            return
        self._say("Collecting static files…")
        call_command("collectstatic", interactive=False, verbosity=0)
        known.write_text(stamp)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def static_stamp() -> str:
    """Changes when any static file of any app does."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            about = Path(storage.path(path)).stat()
            digest.update(f"{path}:{about.st_size}:{about.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@contextmanager
def alone() -> Iterator[None]:
    """One process at a time: several containers may start together. The lock ends with its own connection."""
    raw = connection.get_new_connection(connection.get_connection_params())
    try:
        raw.autocommit = True
        raw.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        yield
    finally:
        raw.close()
