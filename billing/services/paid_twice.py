"""Money that came for an order which other money had paid before: two tabs, or a slip that was paid after a card.

Some gateways' pages take it. It is a payment of its own here, without effect, that stands at “Needs a look” with the
means to give it back. A person decides, as with everything that does not fit: it may be the first one that goes back.
"""

import logging
from datetime import datetime

from django.utils.translation import gettext as _

from billing.gateways.base import PaymentFact, PaymentState
from billing.models import Payment, Status

log = logging.getLogger(__name__)


def take_in(stored: Payment, fact: PaymentFact, now: datetime) -> str:
    """What `fact` brought beside `stored`, which is paid and locked, is written down, once; what is said of it.

    Empty where it is the money that `stored` was paid with, or none that came.
    """
    if fact.state is not PaymentState.PAID or not is_other_money(stored, fact):
        return ""
    own = {"gateway": stored.gateway, "environment": stored.environment}
    if Payment.objects.filter(**own, charge_id=fact.charge_id).exists():
        return ""
    problem = _("%(title)s was paid before, and once more now. Give this back.")
    again = Payment.objects.create(
        **own,
        tenant=stored.tenant,
        purpose=stored.purpose,
        status=Status.PAID,
        amount=fact.amount,
        currency=fact.currency,
        title=stored.title,
        ordered=stored.ordered,
        external_id=fact.charge_id,
        charge_id=fact.charge_id,
        paid_with=fact.paid_with,
        by=stored.by,
        created_at=now,
        paid_at=fact.at or now,
        problem=(problem % {"title": stored.title})[:300],
    )
    log.error("Payment %s was paid once more: %s", stored.pk, again.pk)
    return again.problem


def is_other_money(stored: Payment, fact: PaymentFact) -> bool:
    """Whether both are named, and not the same. No query."""
    return bool(fact.charge_id and stored.charge_id) and fact.charge_id != stored.charge_id
