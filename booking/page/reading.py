"""What every page of the booking panel reads, in one statement that is written once.

Each visitor's every step asks it, and putting the same statements together anew was a third of the first page.
"""

from functools import cache

from django.db import connection
from django.db.models import Model

from booking.models import BookingRules, PanelText, Picture

SHOWN_OF_PICTURE = ("id", "content_type", "width", "height", "digest")
"""All but its content, which is read where it is served."""


def read_page(language: str, *, own_words: bool) -> tuple[BookingRules, dict[str, str]]:
    """The rules (those to begin with, unsaved, where there are none) and the business's texts in `language`.

    No texts without `own_words`. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [language if own_words else ""])
        *row, texts = cursor.fetchone()
    names = [field.attname for field in BookingRules._meta.concrete_fields]
    width = len(names)
    if row[0] is None:
        return BookingRules(pk=1), texts or {}
    rules = BookingRules.from_db(connection.alias, names, row[:width])
    if rules.logo_id is not None:
        rules.logo = Picture.from_db(connection.alias, SHOWN_OF_PICTURE, row[width:])
    return rules, texts or {}


@cache
def _statement() -> str:
    rules, picture, text = map(_table, (BookingRules, Picture, PanelText))
    columns = [f"{rules}.{field.column}" for field in BookingRules._meta.concrete_fields]
    columns += [f"{picture}.{column}" for column in SHOWN_OF_PICTURE]
    return (
        f"SELECT {', '.join(columns)},"  # noqa: S608 - names of our own tables
        f" (SELECT json_object_agg(key, text) FROM {text} WHERE language = %s)"
        f" FROM (SELECT 1) AS one LEFT JOIN {rules} ON true"
        f" LEFT JOIN {picture} ON {picture}.id = {rules}.logo_id"
    )


def _table(model: type[Model]) -> str:
    return model._meta.db_table
