"""One figure of every report, with the shape of its days beside it: the first page of the reports."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from booking.reports import customers, messages, occupancy
from booking.reports.catalogue import REPORTS, Asked, Report, offered
from booking.reports.revenue import line
from booking.reports.sheets import COUNT, MONEY, SHARE, Figure
from booking.reports.tallies import altogether
from saas.core.charts import Area, Spark, spark


@dataclass(frozen=True)
class Card:
    report: Report
    figure: Figure
    spark: Spark | None = None


@dataclass(frozen=True)
class Overview:
    """`chart` is the revenue; None where nothing was booked at all."""

    cards: Sequence[Card]
    chart: Area | None


def overview(asked: Asked) -> Overview:
    """Five queries, and one more with messages."""
    question, choice = asked.question, asked.choice
    now, before, places = altogether(question, choice)
    firsts, (faces, faces_before) = customers.faces(choice)
    busy = occupancy.loads(asked.tenant, question, choice)
    every = places.values()
    cards = {
        "bookings": Card(
            REPORTS["bookings"],
            Figure(_("Bookings"), COUNT, now.booked, before.booked),
            spark([one.booked for one in every]),
        ),
        "revenue": Card(
            REPORTS["revenue"],
            Figure(_("Revenue"), MONEY, now.earned, before.earned, currency=question.currency),
            spark([one.earned for one in every]),
        ),
        "occupancy": Card(
            REPORTS["occupancy"],
            Figure(_("Occupancy"), SHARE, busy.now.share, busy.before.share),
        ),
        "customers": Card(
            REPORTS["customers"],
            Figure(_("new customers"), COUNT, faces.new, faces_before.new),
            spark([firsts.get(place, 0) for place in places]),
        ),
        "no-shows": Card(
            REPORTS["no-shows"],
            Figure(
                _("No-shows"), SHARE, (now.missed, now.over), (before.missed, before.over), good=-1
            ),
            spark([one.missed for one in every]),
        ),
    }
    shown = offered(asked.tenant)
    if REPORTS["messages"] in shown:
        cards["messages"] = _messages(asked)
    chart = line(question, choice, places) if now.all or before.all else None
    return Overview([cards[one.key] for one in shown], chart)


def _messages(asked: Asked) -> Card:
    found = messages.channels_now_and_before(asked.tenant, asked.choice).values()
    sent, before = (sum(one[when] for one in found) for when in ("sent", "before"))
    return Card(REPORTS["messages"], Figure(_("sent"), COUNT, sent, before, good=0))
