"""What switching a gateway's mode does, and removing its keys: sentences with the counts, before it is done."""

from datetime import datetime

from django.db.models import Count, Min, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Environment, Payment, Subscription
from billing.services.setup.gateway_setup import Setup
from plans.models import Plan
from saas.core.errors import Sentence


def of_switching(setup: Setup, environment: str) -> list[Sentence]:
    """What happens when new payments are made in `environment` from now on. Up to three queries."""
    return _of_going_live(setup) if environment == Environment.LIVE else _of_trying(setup)


def of_removing(setup: Setup, environment: str) -> list[Sentence]:
    """What stops when the keys of `environment` are removed. Two queries."""
    words: dict[str, Sentence] = {"name": setup.name}
    found: list[Sentence] = []
    if setup.environment == environment:
        found = [
            _("Tenants cannot choose %(name)s any more, and plans are not sent there.") % words,
        ]
    found += _unheard(setup, environment)
    pending = Payment.objects.pending().filter(gateway=setup.key, environment=environment).count()
    if pending:
        sentence = ngettext(
            "%(count)s payment has begun: if it is paid at %(name)s, nothing happens here.",
            "%(count)s payments have begun: if they are paid at %(name)s, nothing happens here.",
            pending,
        )
        found.append(sentence % {"count": pending, **words})
    found.append(_("The keys stay valid at %(name)s: take them back there, too.") % words)
    return found


def _of_going_live(setup: Setup) -> list[Sentence]:
    words: dict[str, Sentence] = {"name": setup.name}
    found: list[Sentence] = [_("From now on %(name)s moves real money.") % words]
    plans = Plan.objects.filter(Q(monthly_price__gt=0) | Q(annual_price__gt=0)).count()
    if plans:
        sentence = ngettext(
            "%(count)s plan is sent to the live account; it can be paid a few seconds later.",
            "%(count)s plans are sent to the live account; they can be paid a few seconds later.",
            plans,
        )
        found.append(sentence % {"count": plans})
    running, _ends = _live_subscriptions(setup, Environment.TEST)
    if running:
        sentence = ngettext(
            "%(count)s subscription of test mode is not touched: its tenant keeps the plan until its time is over.",
            "%(count)s subscriptions of test mode are not touched: their tenants keep the plan until its time is over.",
            running,
        )
        found.append(sentence % {"count": running})
    begun = Payment.objects.pending().filter(gateway=setup.key, environment=Environment.TEST)
    if count := begun.count():
        sentence = ngettext(
            "%(count)s payment that was begun in test mode is given up.",
            "%(count)s payments that were begun in test mode are given up.",
            count,
        )
        found.append(sentence % {"count": count})
    return found


def _of_trying(setup: Setup) -> list[Sentence]:
    words: dict[str, Sentence] = {"name": setup.name}
    first = _(
        "%(name)s moves no money any more: test cards work, and whoever knows one gets a plan for it."
    )
    return [first % words, *_going_on(setup, Environment.LIVE)]


def _going_on(setup: Setup, environment: str) -> list[Sentence]:
    """That running subscriptions go on being charged, and that this is heard as before."""
    running, next_end = _live_subscriptions(setup, environment)
    if not running or next_end is None:
        return []
    sentence = ngettext(
        "%(count)s live subscription is not touched: %(name)s goes on charging real money for it, and that counts here "
        "as before. It renews on %(day)s.",
        "%(count)s live subscriptions are not touched: %(name)s goes on charging real money for them, and that counts "
        "here as before. The next one renews on %(day)s.",
        running,
    )
    day = date_format(next_end, "j M Y")
    return [sentence % {"count": running, "name": setup.name, "day": day}]


def _unheard(setup: Setup, environment: str) -> list[Sentence]:
    """That running subscriptions go on being charged where nobody here listens."""
    running, next_end = _live_subscriptions(setup, environment)
    if not running or next_end is None:
        return []
    sentence = ngettext(
        "%(count)s subscription goes on being charged by %(name)s, and what it pays does not arrive here. "
        "It renews on %(day)s.",
        "%(count)s subscriptions go on being charged by %(name)s, and what they pay does not arrive here. "
        "The next one renews on %(day)s.",
        running,
    )
    day = date_format(next_end, "j M Y")
    return [sentence % {"count": running, "name": setup.name, "day": day}]


def _live_subscriptions(setup: Setup, environment: str) -> tuple[int, datetime | None]:
    """How many run there, and when the first of them renews."""
    running = Subscription.objects.live().filter(gateway=setup.key, environment=environment)
    found = running.aggregate(count=Count("pk"), first=Min("period_end"))
    return found["count"], found["first"]
