"""How billing says things in its sentences."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from plans.registry import Limit

MOST_NAMES = 12


def in_sentence(limit: Limit) -> str:
    """The label of `limit` inside a sentence: “service extras”, but “SMS”."""
    label = str(limit.label)
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def listed(names: Sequence[str]) -> str:
    """`Inês Duarte, Rui Amaral`; of very many the first, and how many more."""
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    words = {"names": ", ".join(names[:MOST_NAMES]), "count": len(names) - MOST_NAMES}
    return _("%(names)s and %(count)s more") % words


def room_for(plan: object, limit: Limit, ceiling: int) -> str:
    """What is said to somebody who wants more to stay than fits."""
    words = {"plan": plan, "ceiling": ceiling, "label": in_sentence(limit)}
    return (
        _("%(plan)s has room for %(ceiling)s of your %(label)s. Choose no more than that.") % words
    )
