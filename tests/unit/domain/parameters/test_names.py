"""Lists of names, however a phone puts them together."""

from acs.domain.parameters.names import children, is_like, tidied


def test_quirk_109_parents_are_put_in_front() -> None:
    assert tidied([("Device.A.B.c", True), ("Device.A.d", True)], "") == (
        ("Device.", False),
        ("Device.A.", False),
        ("Device.A.B.", False),
        ("Device.A.B.c", True),
        ("Device.A.d", True),
    )
    assert tidied([("Device.A.B.c", True)], "Device.A.") == (("Device.A.B.", False), ("Device.A.B.c", True))


def test_quirk_110_objects_get_their_dot() -> None:
    assert tidied([("Device", False), ("Device.A", True), ("Device.A.b", False), ("Device.Ab", True)], "") == (
        ("Device.", False),
        ("Device.A.", True),
        ("Device.A.b", False),
        ("Device.Ab", True),
    )


def test_quirk_110_a_parent_that_comes_later_without_its_dot_keeps_its_flag() -> None:
    assert tidied([("Device.A.b", False), ("Device.A", True)], "Device.") == (
        ("Device.A.", True),
        ("Device.A.b", False),
    )


def test_quirk_111_what_lies_elsewhere_is_passed_over_and_the_object_itself_taken() -> None:
    listed = [("Device.A.", True), ("Device.A.b", True), ("Device.B.c", True), ("Other.", True), ("", True)]
    assert tidied(listed, "Device.A.") == (("Device.A.", True), ("Device.A.b", True))
    assert tidied([("Device.A", True), ("Device.Ab", True)], "Device.A") == (("Device.A", True),)


def test_quirk_112_of_several_entries_the_last_counts() -> None:
    assert tidied([("A.b", True), ("A.c", True), (" A.b ", False)], "A.") == (("A.b", False), ("A.c", True))


def test_a_tidy_list_stays_as_it_is() -> None:
    listed = (("Device.", False), ("Device.A.", True), ("Device.A.1.", True), ("Device.A.1.b", False))
    assert tidied(listed, "") == listed
    assert tidied(tidied(listed[1:], ""), "") == tidied(listed[1:], "")


def test_children_are_one_level_down() -> None:
    listed = [("A.", True), ("A.B.", True), ("A.B.c", True), ("A.d", False), ("AB.", True)]
    assert children(listed, "A.") == (("A.B.", True), ("A.d", False))


def test_patterns_of_paths() -> None:
    assert is_like("Device.A.1.Version", ["*.A.*"])
    assert is_like("Device.[x]", ["Device.[x]"])
    assert not is_like("Device.B", ["*.A.*", "Device"])
