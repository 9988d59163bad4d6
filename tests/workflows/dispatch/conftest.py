"""The bakery of these tests is open."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from plans.registry import registry
from tests.workflows.dispatch import bakery


@pytest.fixture
def cakes() -> Iterator[dict[int, datetime]]:
    """Events and actions of the bakery are there; what is answered holds when each cake is eaten."""
    bakery.register_actions()
    with registry.temporarily(bakery.BAKED, bakery.EATEN):
        yield bakery.eaten_at
    bakery.eaten_at.clear()
    bakery.just_looked.clear()
