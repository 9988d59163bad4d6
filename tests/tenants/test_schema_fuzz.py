"""Random programs of scopes, transactions, savepoints, errors and lost connections never end up on a wrong schema.

Two questions after every step: what the server says, and which real row is there.
"""

import random

import pytest
from django.db import DatabaseError, connection, transaction

from booking.models import Staff
from tenants.models import Tenant
from tenants.scope import current_schema, public_scope, tenant_scope
from tests.world import World

PROGRAMS, DEPTH = 60, 5
LEAST_CHECKS = 1400


class Abandoned(Exception):
    """Leaves a block in the middle."""


class Program:
    """One random program; `checks` counts the questions that were asked."""

    def __init__(self, seed: int, tenants: list[Tenant]) -> None:
        self.random = random.Random(seed)
        self.tenants = tenants
        self.checks = 0

    def run(self, place: Tenant | None = None, depth: int = 0) -> None:
        self.check(place)
        for _ in range(self.random.randint(1, 3)):
            steps = [self.write, self.lose_connection] if depth == DEPTH else [
                self.enter_tenant, self.enter_tenant, self.enter_public, self.begin, self.begin, self.fail,
                self.write, self.lose_connection,
            ]  # fmt: skip
            self.random.choice(steps)(place, depth)
            self.check(place)

    def check(self, place: Tenant | None) -> None:
        expected = place.schema_name if place else "public"
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            assert cursor.fetchone() == (expected,)
        assert current_schema() == expected
        if place:
            assert {person.title for person in Staff.objects.all()} == {place.slug}
        self.checks += 1

    def enter_tenant(self, place: Tenant | None, depth: int) -> None:
        tenant = self.random.choice(self.tenants)
        with tenant_scope(tenant):
            self.run(tenant, depth + 1)

    def enter_public(self, place: Tenant | None, depth: int) -> None:
        with public_scope():
            self.run(None, depth + 1)

    def begin(self, place: Tenant | None, depth: int) -> None:
        """A transaction, or a savepoint in one; half of them are given up, some from inside a scope."""
        try:
            with transaction.atomic():
                self.run(place, depth + 1)
                self.maybe_abandon()
                with tenant_scope(self.random.choice(self.tenants)):
                    self.maybe_abandon()
                    Staff.objects.count()
                    self.maybe_abandon()
        except Abandoned:
            pass

    def maybe_abandon(self) -> None:
        if self.random.random() < 0.25:
            raise Abandoned

    def fail(self, place: Tenant | None, depth: int) -> None:
        """The server refuses a statement, in this place or in a scope inside the transaction."""
        try:
            with transaction.atomic(), tenant_scope(self.random.choice(self.tenants)):
                Staff.objects.count()
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1 / 0")
        except DatabaseError:
            pass

    def write(self, place: Tenant | None, depth: int) -> None:
        if place:
            Staff.objects.create(name="Somebody", title=place.slug)

    def lose_connection(self, place: Tenant | None, depth: int) -> None:
        if not connection.in_atomic_block:
            connection.close()


def test_random_programs_stay_on_their_schema(committed_world: World) -> None:
    tenants = [committed_world.aurora, committed_world.borealis]
    for tenant in tenants:
        with tenant_scope(tenant):
            Staff.objects.create(name="First", title=tenant.slug)
    checks = 0
    for seed in range(PROGRAMS):
        program = Program(seed, tenants)
        try:
            program.run()
        except AssertionError as error:
            pytest.fail(f"Program {seed}: {error}")
        checks += program.checks
    print(f"{checks} checks")
    assert checks >= LEAST_CHECKS
