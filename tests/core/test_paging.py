"""A list of any length is counted, and its pages are turned, only so far."""

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from plans.models import Plan
from saas.core import paging
from saas.core.paging import Pages
from tests.booking.pages import counted


@pytest.fixture(autouse=True)
def _short(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "COUNTED_TO", 6)


def pages(count: int) -> Pages:
    Plan.objects.bulk_create(Plan(name=f"Paged {number}") for number in range(count))
    return Pages(Plan.objects.filter(name__startswith="Paged").order_by("pk"), 2)


@pytest.mark.parametrize(
    ("count", "shown", "last"), [(0, 0, 1), (1, 1, 1), (5, 5, 3), (6, 6, 3), (7, 6, 3), (60, 6, 3)]
)
def test_no_more_is_counted_than_is_shown(count: int, shown: int, last: int) -> None:
    found = pages(count)
    with counted() as queries:
        assert (found.count, found.num_pages, found.is_more) == (shown, last, count > 6)
    assert len(queries) == 1
    assert "LIMIT 7" in queries[0]


@pytest.mark.parametrize(("count", "said"), [(6, "5 to 6 of 6"), (7, "5 to 6 of more than 6")])
def test_last_page_says_that_there_are_more(count: int, said: str, rf: RequestFactory) -> None:
    page = pages(count).get_page(99)
    assert [plan.name for plan in page] == ["Paged 4", "Paged 5"]
    shown = render_to_string("ui/pagination.html", {"page": page}, request=rf.get("/?page=3"))
    assert said in shown
    assert 'rel="next"' not in shown
