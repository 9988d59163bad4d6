"""What the installed apps declare, and what the registry refuses."""

import pytest

from booking.models import Staff
from plans.registry import (
    AlreadyRegistered,
    Capability,
    EventType,
    Limit,
    MenuItem,
    Registry,
    UnknownKey,
    registry,
)


@pytest.fixture
def shelf() -> Registry:
    """A registry of its own with one module."""
    fresh = Registry()
    fresh.add(Capability("services", "Services"), Capability("services.add", "Add", "services"))
    return fresh


def limit(key: str, **options: str) -> Limit:
    return Limit(key, key.title(), usage=lambda tenant, now: Staff.objects.all(), **options)


@pytest.mark.req(19)
def test_tree_holds_children_below_their_parents() -> None:
    tree = {top.key: [child.key for child in children] for top, children in registry.tree()}
    assert tree["services"][:3] == ["services.add", "services.edit", "services.delete"]
    assert not any("." in top for top in tree)


def test_registering_twice_raises(shelf: Registry) -> None:
    with pytest.raises(AlreadyRegistered):
        shelf.add(Capability("services", "Again"))
    shelf.add(limit("staff"))
    with pytest.raises(AlreadyRegistered):
        shelf.add(limit("staff"))


def test_child_before_its_parent_raises(shelf: Registry) -> None:
    with pytest.raises(UnknownKey):
        shelf.add(Capability("staff.add", "Add", "staff"))


@pytest.mark.parametrize("key", ["a.b.c", "", "Services", "ser vices", "a-b", "1st", "a..b", "a\n"])
def test_malformed_key_raises(shelf: Registry, key: str) -> None:
    for thing in (EventType(key, "Happened"), limit(key)):
        with pytest.raises(ValueError, match="no key"):
            shelf.add(thing)


def test_child_must_carry_its_parents_name(shelf: Registry) -> None:
    with pytest.raises(ValueError, match="<parent>"):
        shelf.add(Capability("add_service", "Add", "services"))
    with pytest.raises(ValueError, match="<parent>"):
        shelf.add(Capability("services.edit", "Edit"))


def test_capabilities_nest_one_level_deep(shelf: Registry) -> None:
    with pytest.raises(ValueError, match="one level"):
        shelf.add(Capability("services.add.many", "Many", "services.add"))


def test_check_finds_a_limit_or_menu_entry_of_an_unknown_capability(shelf: Registry) -> None:
    shelf.check()
    shelf.add(limit("staff", capability="staff"))
    with pytest.raises(UnknownKey, match="staff"):
        shelf.check()
    shelf.limits.clear()
    shelf.add(MenuItem("Reports", url="x:reports", icon="chart-line", capability="reports"))
    with pytest.raises(UnknownKey, match="reports"):
        shelf.check()


def test_temporarily_leaves_nothing_behind(shelf: Registry) -> None:
    with (
        pytest.raises(RuntimeError),
        shelf.temporarily(Capability("reports", "Reports"), EventType("a.b", "Happened")),
    ):
        assert shelf.capability("reports").label == "Reports"
        raise RuntimeError
    assert list(shelf.capabilities) == ["services", "services.add"]
    assert shelf.events == {}


def test_menu_is_sorted_by_group_and_order(shelf: Registry) -> None:
    for url, group, order in (("c", 2, 1), ("b", 1, 20), ("a", 1, 10)):
        shelf.add(MenuItem(url.upper(), url=url, icon="house", group=group, order=order))
    assert [item.url for item in shelf.menu()] == ["a", "b", "c"]


def test_plan_saved_is_an_event_that_workflows_can_know() -> None:
    assert registry.events["plan.saved"].fields["plan.name"]
