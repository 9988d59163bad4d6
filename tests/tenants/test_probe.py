"""The product refuses to start behind a pooler that mixes sessions, and only then."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection, connections

from tenants import probe
from tests.tenants.pooler import pooled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ask_anew() -> Iterator[None]:
    probe.check_connections.cache_clear()
    yield
    probe.check_connections.cache_clear()


@pytest.fixture
def mixing(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Every connection that is opened from now on goes through a pooler in transaction mode."""
    with pooled(connection.settings_dict, request.param) as settings:
        monkeypatch.setattr(connections["default"], "settings_dict", settings)
        yield


def test_direct_connection_is_safe() -> None:
    probe.check_connections()
    call_command("check", databases=["default"], tags=["database"])


@pytest.mark.parametrize("mixing", [1, 2, 3, 7], indirect=True)
@pytest.mark.usefixtures("mixing")
def test_pooler_in_transaction_mode_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="mixes sessions"):
        probe.check_connections()


@pytest.mark.parametrize("mixing", [2], indirect=True)
@pytest.mark.usefixtures("mixing")
def test_check_command_names_the_pooler() -> None:
    with pytest.raises(SystemCheckError, match=r"tenants\.E001"):
        call_command("check", databases=["default"], tags=["database"])


def test_it_is_asked_once(django_assert_num_queries: object) -> None:
    probe.check_connections()
    before = probe.check_connections.cache_info().hits
    probe.check_connections()
    assert probe.check_connections.cache_info().hits == before + 1


def test_database_that_is_down_does_not_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(
        connections["default"],
        "settings_dict",
        connection.settings_dict | {"HOST": "127.0.0.1", "PORT": "1"},
    )
    with caplog.at_level("WARNING"):
        probe.check_connections()
    assert "was not checked" in caplog.text
