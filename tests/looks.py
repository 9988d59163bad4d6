"""In which looks pages are tried: each theme and width once, or, with TENANTRY_EVERY_LOOK=1, all combinations."""

import os

import pytest

EVERY = [("light", 1360), ("dark", 1360), ("light", 390), ("dark", 390)]
LOOKS = EVERY if os.environ.get("TENANTRY_EVERY_LOOK") else [("light", 1360), ("dark", 390)]
in_every_look = pytest.mark.parametrize(("theme", "width"), LOOKS)
