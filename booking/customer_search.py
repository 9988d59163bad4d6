"""The first customers that a search finds, whether it finds three of them or every second one.

Two ways lead there, and each is slow where the other is fast. Going through the list in its order until a page is full
is quick when many are found; an index of three letters, then sorting what it gave, is quick when few are. How many they
are nobody knows beforehand, least of all the database. So a short way of the list is gone, and where that does not fill
the page, the index is asked: in the same statement.
"""

from collections.abc import Sequence

from django.db import connection
from django.db.models import OrderBy

from booking.models import Customer, CustomerQuerySet
from booking.models.people import sought

WALKED = 1000
"""How far the list is gone through. A page is full by then if one in twenty is found."""
FOUND = """
WITH near AS MATERIALIZED ({near}),
walked AS MATERIALIZED (SELECT * FROM near WHERE {likes} LIMIT %s)
SELECT * FROM walked WHERE (SELECT count(*) FROM walked) = %s
UNION ALL
SELECT * FROM ({every} OFFSET 0) AS every WHERE (SELECT count(*) FROM walked) < %s
ORDER BY place {down}, id {down} LIMIT %s
"""
"""OFFSET 0 keeps the database from going through the list in its order once more, to the end this time."""


def found_soon(
    rows: CustomerQuerySet, order: Sequence[OrderBy], text: str, most: int
) -> list[Customer]:
    """The first `most` of `rows` that `text` finds, in `order`: by `place`, then by key, in one direction."""
    near, near_values = rows.order_by(*order)[:WALKED].query.sql_with_params()
    every, every_values = rows.found_by(text).order_by().query.sql_with_params()
    likes = [f"%{connection.ops.prep_for_like_query(part)}%" for part in sought(text)]
    sql = FOUND.format(
        near=near,
        likes=" AND ".join(["near.search LIKE %s"] * len(likes)) or "true",
        every=every,
        down="DESC" if order[0].descending else "ASC",
    )
    values = [*near_values, *likes, most, most, *every_values, most, most]
    return list(Customer.objects.raw(sql, values))
