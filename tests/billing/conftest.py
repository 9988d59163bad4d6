"""What every test about money stands on: the hour before NOW, whatever day it is outside."""

import pytest

from tests.billing.money import begin_before_now


@pytest.fixture(autouse=True)
def _before_now(monkeypatch: pytest.MonkeyPatch) -> None:
    begin_before_now(monkeypatch)
