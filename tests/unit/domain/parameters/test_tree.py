"""A phone's parameters: what is learnt, what changed, what is forgotten."""

import pytest

from acs.domain.parameters import tree as trees
from acs.domain.parameters.tree import EMPTY, Change, Parameter, Tree

INTERVAL = "Device.ManagementServer.PeriodicInformInterval"
ENABLE = "Device.ManagementServer.PeriodicInformEnable"
INFO = "Device.DeviceInfo."


def known() -> Tree:
    tree, _ = EMPTY.with_values([(INTERVAL, "3600", "xsd:unsignedInt"), (ENABLE, "1", "xsd:boolean")], 10.0)
    return tree


def test_the_first_reading_is_news_but_no_change() -> None:
    tree, changes = EMPTY.with_values([(INTERVAL, "3600", "xsd:unsignedInt")], 10.0)
    assert changes == ()
    assert tree.get(INTERVAL) == Parameter("3600", "xsd:unsignedInt", None, None, 10.0)
    assert len(EMPTY) == 0


def test_a_name_that_is_read_for_the_first_time_has_not_changed_either() -> None:
    named = EMPTY.with_names([(INTERVAL, True)])
    assert list(named.unread()) == [INTERVAL]
    tree, changes = named.with_values([(INTERVAL, "3600", "xsd:unsignedInt")], 10.0)
    assert changes == ()
    assert tree.get(INTERVAL) == Parameter("3600", "xsd:unsignedInt", True, None, 10.0)
    assert list(tree.unread()) == []


def test_another_value_is_a_change_with_its_time() -> None:
    before = known()
    tree, changes = before.with_values(
        [(INTERVAL, "600", "xsd:unsignedInt"), (ENABLE, "1", "xsd:boolean"), (INTERVAL, "700", "xsd:unsignedInt")], 20.0
    )
    assert changes == (Change(INTERVAL, "3600", "600"), Change(INTERVAL, "600", "700"))
    assert tree.get(INTERVAL) == Parameter("700", "xsd:unsignedInt", None, None, 20.0)
    assert tree.get(ENABLE) == before.get(ENABLE)
    assert before.get(INTERVAL) == Parameter("3600", "xsd:unsignedInt", None, None, 10.0)


def test_a_value_that_becomes_empty_is_a_change() -> None:
    tree, changes = known().with_values([(INTERVAL, "", "xsd:unsignedInt")], 20.0)
    assert changes == (Change(INTERVAL, "3600", ""),)
    assert list(tree.unread()) == []
    assert tree.with_values([(INTERVAL, "60", "xsd:unsignedInt")], 30.0)[1] == (Change(INTERVAL, "", "60"),)


def test_the_same_again_gives_the_same_tree() -> None:
    before = known()
    tree, changes = before.with_values([(INTERVAL, "3600", "xsd:unsignedInt"), (ENABLE, "1", "xsd:boolean")], 20.0)
    assert tree is before
    assert changes == ()


def test_a_phone_that_only_tells_another_type_has_not_changed_the_value() -> None:
    tree, changes = known().with_values([(INTERVAL, "3600", "xsd:string")], 20.0)
    assert changes == ()
    assert tree.get(INTERVAL) == Parameter("3600", "xsd:string", None, None, 10.0)


def test_names_tell_what_may_be_written_and_keep_the_values() -> None:
    before = known()
    tree = before.with_names([(INTERVAL, True), (INFO, False), (f"{INFO}UpTime", False)])
    assert tree.get(INTERVAL) == Parameter("3600", "xsd:unsignedInt", True, None, 10.0)
    assert tree.get(INFO) == Parameter(writable=False)
    assert list(tree) == [INTERVAL, ENABLE, INFO, f"{INFO}UpTime"]
    assert list(tree.unread()) == [f"{INFO}UpTime"]  # an object has no value to read
    assert INFO not in before
    changed = tree.with_names([(INTERVAL, False)]).get(INTERVAL)
    assert changed is not None
    assert (changed.writable, changed.value) == (False, "3600")


def test_attributes_tell_the_notification_also_of_what_was_never_read() -> None:
    tree = known().with_attributes([(INTERVAL, 2), (f"{INFO}UpTime", 1), (INTERVAL, 0)])
    assert tree.get(INTERVAL) == Parameter("3600", "xsd:unsignedInt", None, 0, 10.0)
    assert tree.get(f"{INFO}UpTime") == Parameter(notification=1)
    untouched = known().get(INTERVAL)
    assert untouched is not None
    assert untouched.notification is None


def test_below_an_object_is_neither_itself_nor_its_neighbour() -> None:
    tree = EMPTY.with_names([("A.1.", True), ("A.1.x", True), ("A.10.x", True), ("A.1.b.", False), ("A.1.b.c", True)])
    assert list(tree.under("A.1.")) == ["A.1.x", "A.1.b.", "A.1.b.c"]
    assert list(tree.under("B.")) == []


@pytest.mark.parametrize(
    ("prefix", "left"),
    [
        ("A.1.", ["A.10.x", "A.1x"]),
        ("A.1.x", ["A.1.", "A.1.xy", "A.10.x", "A.1x"]),
        ("A.1", ["A.1.", "A.1.x", "A.1.xy", "A.10.x", "A.1x"]),
        ("B.", ["A.1.", "A.1.x", "A.1.xy", "A.10.x", "A.1x"]),
    ],
)
def test_a_deleted_object_goes_with_all_below_it_and_nothing_else(prefix: str, left: list[str]) -> None:
    tree = EMPTY.with_names([(path, True) for path in ("A.1.", "A.1.x", "A.1.xy", "A.10.x", "A.1x")])
    assert list(tree.without(prefix)) == left
    assert len(tree) == 5


def test_a_full_tree_takes_no_new_path_but_still_learns_of_those_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "MAX_PARAMETERS", 2)
    tree, changes = known().with_values([("New.a", "1", "xsd:string"), (INTERVAL, "600", "xsd:unsignedInt")], 20.0)
    assert changes == (Change(INTERVAL, "3600", "600"),)
    tree = tree.with_names([("New.b", True), (ENABLE, True)]).with_attributes([("New.c", 1), (ENABLE, 2)])
    assert list(tree) == [INTERVAL, ENABLE]
    assert tree.get(ENABLE) == Parameter("1", "xsd:boolean", True, 2, 10.0)


def test_what_is_dumped_reads_back_in_its_order() -> None:
    tree = known().with_names([(INFO, False), (INTERVAL, True)]).with_attributes([(ENABLE, 2)])
    tree, _ = tree.with_values([(f"{INFO}Description", 'naïve "quoted" \\ text', "xsd:string")], 0.25)
    text = tree.dump()
    read = Tree.load(text)
    assert list(read.items()) == list(tree.items())
    assert ": " not in text
    assert isinstance(read.get(INTERVAL), Parameter)
    assert Tree.load(EMPTY.dump()).dump() == "{}"
