"""What carriers tell later: forward only, each once; and whoever says STOP is left alone."""

from itertools import permutations

import pytest

from plans.models import Plan
from tenants.models import Tenant
from tests.workflows.delivery.scene import (
    DELIVERED,
    FAILED,
    NOW,
    NUMBER,
    SENT,
    UNKNOWN,
    ScriptedDriver,
    allow,
    due,
    fresh,
    go,
    states,
    used,
)
from workflows.drivers.base import News, Reply
from workflows.models import Message, OptOut
from workflows.services.opt_outs import opt_in, opt_out
from workflows.services.status import take_news, take_reply


@pytest.fixture
def message(driver: ScriptedDriver, aurora: Tenant, plan: Plan) -> Message:
    """One that has left, and cost two."""
    allow(plan, sms_per_month=100)
    made = due(aurora, units=2)
    go()
    return fresh(made)


def tell(message: Message, *states: str, driver: str = "scripted") -> int:
    said = [News(message.provider_id, state, "Why not." * (state == "failed")) for state in states]
    return sum(take_news(driver, [one], NOW) for one in said)


def test_it_has_arrived(message: Message, aurora: Tenant) -> None:
    assert tell(message, "delivered") == 1
    message = fresh(message)
    assert message.state == DELIVERED
    assert message.finished_at == NOW
    assert used(aurora) == 2


def test_it_did_not_arrive_and_costs_nothing(message: Message, aurora: Tenant) -> None:
    assert tell(message, "failed", "failed") == 1
    message = fresh(message)
    assert (message.state, message.detail, message.is_charged) == (FAILED, "Why not.", False)
    assert used(aurora) == 0


@pytest.mark.parametrize("order", [*permutations(["sent", "delivered", "sent"])])
def test_late_news_never_leads_back(message: Message, order: tuple[str, ...]) -> None:
    tell(message, *order)
    assert states(message) == [DELIVERED]


@pytest.mark.parametrize(("first", "end"), [("delivered", DELIVERED), ("failed", FAILED)])
def test_what_is_at_its_end_stays(message: Message, aurora: Tenant, first: str, end: str) -> None:
    tell(message, first, "sent", "failed", "delivered")
    assert states(message) == [end]
    assert used(aurora) == (2 if end == DELIVERED else 0)


@pytest.mark.parametrize("order", [*permutations(["delivered", "sent"])])
def test_several_about_one_in_one_call_count_as_the_furthest(
    message: Message, order: tuple[str, ...]
) -> None:
    assert take_news("scripted", [News(message.provider_id, one) for one in order], NOW) == 1
    assert states(message) == [DELIVERED]


@pytest.mark.parametrize(
    ("said", "end"), [("sent", SENT), ("delivered", DELIVERED), ("failed", FAILED)]
)
def test_news_ends_not_knowing(message: Message, aurora: Tenant, said: str, end: str) -> None:
    Message.objects.filter(pk=message.pk).update(state=UNKNOWN)
    tell(message, said)
    assert states(message) == [end]
    assert used(aurora) == (0 if end == FAILED else 2)


def test_news_of_others_changes_nothing(message: Message) -> None:
    assert tell(message, "failed", driver="another") == 0
    assert take_news("scripted", [News("no such id", "failed"), News("", "failed")], NOW) == 0
    assert take_news("scripted", [News(message.provider_id, "sideways")], NOW) == 0
    assert states(message) == [SENT]


def test_news_of_many_tenants_is_told_apart(
    driver: ScriptedDriver, aurora: Tenant, borealis: Tenant, plan: Plan
) -> None:
    allow(plan, sms_per_month=100)
    messages = [due(aurora), due(borealis), due(aurora)]
    go()
    lost = [News(f"id-{one.key}", "failed") for one in messages[:2]]
    assert take_news("scripted", [*lost, News(f"id-{messages[2].key}", "delivered")], NOW) == 3
    assert states(*messages) == [FAILED, FAILED, DELIVERED]
    assert (used(aurora), used(borealis)) == (1, 0)


def test_carrier_that_tells_of_a_stop_is_heard(message: Message, borealis: Tenant) -> None:
    take_news("scripted", [News(message.provider_id, "failed", opts_out=True)], NOW)
    assert OptOut.objects.get().tenant is None
    after = due(borealis)
    go()
    assert states(after) == [FAILED]


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop. ", "Unsubscribe", "PARAR", "baja", "quit!"]
)
def test_stop_is_heard_in_the_languages_of_the_product(aurora: Tenant, word: str) -> None:
    assert take_reply("sms", Reply(NUMBER, word), NOW)
    assert take_reply("sms", Reply(NUMBER, word), NOW)
    found = OptOut.objects.get()
    assert (found.tenant, found.channel, found.address, found.how) == (None, "sms", NUMBER, "stop")


@pytest.mark.parametrize("words", ["Please stop by at ten", "I cannot quit", "", "Thank you"])
def test_sentence_with_such_a_word_in_it_is_no_stop(aurora: Tenant, words: str) -> None:
    assert not take_reply("sms", Reply(NUMBER, words), NOW)
    assert not OptOut.objects.exists()


def test_start_takes_it_back(driver: ScriptedDriver, aurora: Tenant) -> None:
    opt_out("sms", NUMBER, aurora, "panel", NOW)
    opt_out("whatsapp", NUMBER, None, "stop", NOW)
    take_reply("sms", Reply(NUMBER, "STOP"), NOW)
    assert take_reply("sms", Reply(NUMBER, "start"), NOW)
    assert list(OptOut.objects.values_list("channel", flat=True)) == ["whatsapp"]
    message = due(aurora)
    go()
    assert states(message) == [SENT]


def test_tenant_may_allow_what_it_forbade_but_not_what_somebody_asked_of_all(
    aurora: Tenant,
) -> None:
    opt_out("sms", NUMBER, aurora, "panel", NOW)
    opt_out("sms", NUMBER, None, "stop", NOW)
    opt_in("sms", NUMBER, aurora)
    assert OptOut.objects.get().tenant is None
