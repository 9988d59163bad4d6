"""The addresses of rows are those that the routes give, and the routes are searched once."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, reverse, set_script_prefix, set_urlconf

from saas.core.addresses import row_url

ROWS = ["booking:staff_edit", "booking:appointment_move", "booking:customer_page"]


@pytest.fixture(autouse=True)
def _routes() -> Iterator[None]:
    yield
    set_urlconf(None)
    set_script_prefix("/")


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("key", [1, 12, 2**53])
def test_row_url_is_what_reverse_gives(name: str, key: int) -> None:
    set_urlconf(settings.ROOT_URLCONF)
    assert row_url(name, key) == reverse(name, args=[key])
    assert f"/{key}/" in row_url(name, key)


def test_each_host_has_its_own_routes() -> None:
    set_urlconf(settings.ROOT_URLCONF)
    assert row_url("booking:staff_edit", 3) == "/panel/staff/3/"
    with pytest.raises(NoReverseMatch):
        row_url("plans:edit", 3)
    set_urlconf(settings.PUBLIC_SCHEMA_URLCONF)
    assert row_url("plans:edit", 3) == reverse("plans:edit", args=[3])
    with pytest.raises(NoReverseMatch):
        row_url("booking:staff_edit", 3)


def test_below_a_prefix_the_address_begins_with_it() -> None:
    set_urlconf(settings.ROOT_URLCONF)
    before = row_url("booking:staff_edit", 3)
    set_script_prefix("/salon/")
    assert row_url("booking:staff_edit", 3) == f"/salon{before}"


@pytest.mark.parametrize("key", ["", "3", "../x", None])
def test_what_is_no_number_is_refused(key: object) -> None:
    set_urlconf(settings.ROOT_URLCONF)
    with pytest.raises((ValueError, TypeError)):
        row_url("booking:staff_edit", key)  # type: ignore[arg-type]
