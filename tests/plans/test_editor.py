"""The Capabilities and Limits tabs: what is shown, and what a post means."""

import pytest
from django.http import QueryDict

from booking.models import Staff
from plans.editor import CapabilityTree, LimitTable, new_capabilities, parse_ceiling
from plans.registry import Capability, Limit, registry

ALL = dict.fromkeys(
    ["services", "services.add", "services.edit", "services.delete", "services.categories"], True
)


def post(**fields: str | list[str]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in fields.items():
        for value in [values] if isinstance(values, str) else values:
            data.appendlist(name.replace("__", "-"), value)
    return data


@pytest.mark.parametrize(
    ("text", "ceiling"),
    [("0", 0), ("5", 5), ("-1", -1), ("10,000", 10000), ("007", 7), ("1000000000", 10**9)],
)
def test_parse_ceiling_reads_what_people_type(text: str, ceiling: int) -> None:
    assert parse_ceiling(text) == ceiling


@pytest.mark.parametrize(
    "text", ["", "-2", "1000000000000", "9" * 5000, "five", "1.5", "1e3", "٣", "1,00", "--1", "+5"]
)
def test_parse_ceiling_refuses_the_rest_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_ceiling(text)
    assert str(caught.value).count(".") == 1
    assert str(caught.value).startswith("Enter ")


@pytest.mark.req(17, 19, 30)
def test_tree_shows_what_is_installed_and_nothing_else() -> None:
    tree = CapabilityTree({}, None)
    assert [node.key for node in tree.nodes] == [top.key for top, _ in registry.tree()]
    with registry.temporarily(
        Capability("coupons", "Coupons"), Capability("coupons.edit", "Edit", "coupons")
    ):
        node = CapabilityTree({"coupons": True}, None).nodes[-1]
        assert (node.key, node.on, [child.key for child in node.children]) == (
            "coupons",
            True,
            ["coupons.edit"],
        )
    assert "coupons" not in [node.key for node in CapabilityTree({"coupons": True}, None).nodes]


def test_new_plan_starts_with_what_each_app_proposes() -> None:
    values = CapabilityTree(None, None).values
    assert values["services"] is True
    assert values["booking_page.remove_branding"] is False


def test_posted_switches_are_on_and_all_others_off() -> None:
    values = CapabilityTree(ALL, post(capabilities=["services", "services.edit"])).values
    assert values["services.edit"] is True
    assert values["services.add"] is False
    assert values["staff"] is False


@pytest.mark.req(20)
def test_children_that_a_browser_did_not_send_below_an_off_parent_stay_as_stored() -> None:
    stored = ALL | {"services.delete": False}
    values = CapabilityTree(stored, post(capabilities=["staff"])).values
    assert values["services"] is False
    assert values["services.add"] is True
    assert values["services.delete"] is False


def test_children_that_were_sent_below_an_off_parent_are_taken_as_sent() -> None:
    values = CapabilityTree(ALL, post(capabilities=["services.add"])).values
    assert (values["services"], values["services.add"]) == (False, True)
    assert values["services.edit"] is False


def test_count_leaves_out_children_of_an_off_parent() -> None:
    tree = CapabilityTree(ALL | {"services": False, "staff": True}, None)
    assert tree.count_on == 1
    assert tree.total == len(registry.capabilities)


def test_unknown_switches_are_named() -> None:
    assert CapabilityTree({}, post(capabilities=["services", "hack"])).unknown == ["hack"]


@pytest.mark.req(31)
def test_limits_tab_has_a_row_for_every_registered_limit() -> None:
    extra = Limit("emails", "E-mails", usage=lambda tenant, now: Staff.objects.all(), per="month")
    with registry.temporarily(extra):
        table = LimitTable({"staff": 5, "services": -1, "emails": 100}, None)
        rows = {row.key: (row.value, row.unlimited) for row in table.rows}
        assert rows.keys() == registry.limits.keys()
        assert [row.key for row in table.periodic][-1] == "emails"
        assert {row.key for row in table.standing} >= {"staff", "services"}
    assert rows["staff"] == ("5", False)
    assert rows["services"] == ("", True)
    assert rows["emails"] == ("100", False)


@pytest.mark.req(33, 34, 35)
def test_limits_are_read_from_the_field_or_from_the_switch() -> None:
    sent = post(limit__staff="0", limit__services="7", unlimited__services="on")
    assert LimitTable({}, sent).values == {"staff": 0, "services": -1}


def test_limit_row_that_was_not_on_the_page_is_left_alone() -> None:
    table = LimitTable({"services": 9}, post(limit__staff="3"))
    assert table.is_valid
    assert table.values == {"staff": 3}


def test_wrong_limit_keeps_what_was_typed_beside_its_sentence() -> None:
    table = LimitTable({"staff": 5}, post(limit__staff=" many ", unlimited__services="on"))
    row = next(row for row in table.rows if row.key == "staff")
    assert not table.is_valid
    assert (row.value, len(row.errors)) == ("many", 1)


def test_unknown_limits_are_named() -> None:
    sent = post(limit__staff="1", limit__hack="1", unlimited__more="on")
    assert LimitTable({}, sent).unknown == ["hack", "more"]


def test_new_capabilities_are_those_that_a_plan_does_not_mention() -> None:
    complete = dict.fromkeys(registry.capabilities, False)
    assert new_capabilities([complete]) == []
    partial = {key: True for key in complete if key != "staff.edit"}
    assert [one.key for one in new_capabilities([complete, partial])] == ["staff.edit"]
    assert new_capabilities([]) == []
