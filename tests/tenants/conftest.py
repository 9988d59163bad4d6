"""Migrations that do not exist yet, and tenants beside the two of the cast."""

import importlib
import itertools
import shutil
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import timezone

from plans.models import Plan
from tenants import schema_sql
from tenants.models import Tenant

TEMPLATE = """
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


def greet(apps, editor):
    apps.get_model("booking", "Staff").objects.create(name="Greeter")


class Migration(migrations.Migration):
    dependencies = [("booking", {previous!r})]
    atomic = {atomic}
    operations = [
{operations}
    ]
"""
_numbers = itertools.count(1)
AddMigration = Callable[..., str]


@pytest.fixture
def add_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: object
) -> Iterator[AddMigration]:
    """`add_migration("migrations.RunSQL(...),")` puts a migration on top of booking's and answers its name."""
    package = f"booking_migrations_{next(_numbers)}"
    folder = tmp_path / package
    shutil.copytree(Path(apps.get_app_config("booking").path) / "migrations", folder)
    monkeypatch.syspath_prepend(tmp_path)
    settings.MIGRATION_MODULES = {"booking": package}  # type: ignore[attr-defined]

    def add(operations: str, *, atomic: bool = True) -> str:
        names = sorted(path.stem for path in folder.glob("0*.py"))
        name = f"{int(names[-1][:4]) + 1:04}_later"
        body = textwrap.indent(textwrap.dedent(operations).strip(), " " * 8)
        source = TEMPLATE.format(previous=names[-1], atomic=atomic, operations=body)
        (folder / f"{name}.py").write_text(source)
        importlib.invalidate_caches()
        schema_sql.steps.cache_clear()
        return name

    schema_sql.steps.cache_clear()
    yield add
    schema_sql.steps.cache_clear()


def create_tenant(plan: Plan, **fields: object) -> Tenant:
    """One more business, without a schema so far."""
    fields = {"name": "Kinetic", "slug": f"kinetic-{next(_numbers)}"} | fields
    return Tenant.objects.create(plan=plan, created_at=timezone.now(), **fields)


@pytest.fixture
def new_tenant(plan: Plan) -> Callable[..., Tenant]:
    """`new_tenant()`: one more business, without a schema so far, until the test is rolled back."""
    return partial(create_tenant, plan)
