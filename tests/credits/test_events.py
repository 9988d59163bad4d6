"""What workflows hear of credits: bought, few left, nothing left."""

import pytest
from django.core import mail

from credits.models import CreditPack
from credits.services import purchases
from plans.registry import registry
from tenants.models import Tenant, User
from tests.billing.money import NOW, give_funds, press
from tests.credits.accounting import spend
from tests.workflows.dispatch.rules import dispatch, outcomes, workflow
from workflows.models import Message
from workflows.services.delivery import deliver_due

pytestmark = pytest.mark.django_db
SUBJECT = "{{ tenant.name }}: {{ channel.name }}, {{ credits.left }} left"


def letter(to: str, subject: str = SUBJECT) -> tuple[str, dict[str, str]]:
    return ("email", {"to": to, "subject": subject, "body": "<p>See {{ billing.url }}</p>"})


@pytest.mark.req(120)
@pytest.mark.parametrize(("whose", "to"), [("tenant", "owners"), ("platform", "platform")])
def test_purchase_is_told_to_whoever_listens(
    tenant: Tenant, pack: CreditPack, ana: User, olivia: User, whose: str, to: str
) -> None:
    words = "{{ purchase.title }}, {{ purchase.credits }} for {{ purchase.amount }}, {{ credits.left }} left"
    made = workflow(tenant if whose == "tenant" else None, "credits.purchased", letter(to, words))
    give_funds(tenant, 5000)
    purchases.buy(tenant, pack.pk, 1, press(ana, 1900), now=NOW)
    dispatch(NOW)
    deliver_due(NOW)
    assert [outcome for outcome, _ in outcomes(made)] == ["done"]
    (sent,) = mail.outbox
    assert sent.to == [ana.email if whose == "tenant" else olivia.email]
    assert sent.subject == "500 SMS, 500 for $19.00, 503 left"
    assert f"http://{tenant.host}" in sent.body


@pytest.mark.req(121)
def test_few_and_none_are_told_once_each(tenant: Tenant) -> None:
    workflow(tenant, "credits.low", letter("owners"))
    workflow(tenant, "credits.exhausted", letter("owners"))
    tenant.plan.limits["sms_per_month"] = 10
    tenant.entitlements.__dict__.clear()
    tenant = Tenant.objects.select_related("plan").get(pk=tenant.pk)
    tenant.plan.limits["sms_per_month"] = 10
    tenant.plan.save()
    for _ in range(13):
        spend(tenant)
    dispatch(NOW)
    subjects = sorted(Message.objects.values_list("content__subject", flat=True))
    assert subjects == ["Salon Aurora: SMS, 0 left", "Salon Aurora: SMS, 0 left"]


def test_nothing_is_told_over_the_channel_that_has_run_out(tenant: Tenant) -> None:
    text = ("sms", {"to": "address", "address": "+351912345678", "body": "Empty"})
    made = workflow(tenant, "credits.exhausted", text)
    for _ in range(4):
        spend(tenant)
    dispatch(NOW)
    assert not Message.objects.exists()
    assert outcomes(made) == [("skipped", "Nothing is sent over SMS to tell that it is used up.")]


@pytest.mark.parametrize("key", ["credits.purchased", "credits.low", "credits.exhausted"])
def test_each_is_offered_to_tenants_and_to_the_platform(key: str) -> None:
    event = registry.event(key)
    assert event.audiences == {"tenant", "platform"}
    assert {one.key for one in event.conditions} == {"channel", "plan"}
