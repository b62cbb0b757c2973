"""Arguments of tasks: taken as meant, or refused with the field's name."""

from collections.abc import Callable
from typing import Any

import pytest

from acs.domain.planning.programs import arguments as arg
from acs.errors import BadRequest
from cwmp_schemas import envelope
from cwmp_schemas.cpe_rpcs import GetParameterValues


def refused(read: Callable[[], Any]) -> BadRequest:
    with pytest.raises(BadRequest) as caught:
        read()
    return caught.value


def test_an_argument_that_the_task_does_not_have_is_named() -> None:
    arg.only({"names": [], "path": ""}, "names", "path", "other")
    error = refused(lambda: arg.only({"names": [], "nmae": 1}, "names", "path"))
    assert error.field == "nmae"
    assert error.message == "unknown argument 'nmae'; this task takes: names, path"
    assert "takes: none" in refused(lambda: arg.only({"x": 1})).message


@pytest.mark.parametrize(
    ("arguments", "default", "value"),
    [
        ({"key": "k"}, None, "k"),
        ({"key": ""}, "d", ""),
        ({"key": "x" * 8}, None, "x" * 8),
        ({"key": "naïve \U0001f4de"}, None, "naïve \U0001f4de"),
        ({}, "d", "d"),
        ({}, "", ""),
    ],
)
def test_a_text_is_taken_as_it_is(arguments: dict[str, Any], default: str | None, value: str) -> None:
    assert arg.text(arguments, "key", default, longest=8) == value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "is required"),
        (7, "must be a string"),
        (["k"], "must be a string"),
        ("x" * 9, "longer than 8"),
        ("a\nb", "control characters"),
        ("\x00", "control characters"),
        ("\ud800", "U+D800"),
        ("\uffff", "U+FFFF"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused(value: Any, said: str) -> None:
    error = refused(lambda: arg.text({"key": value}, "key", longest=8))
    assert error.field == "key"
    assert said in error.message


def test_a_required_text_that_is_absent_is_required() -> None:
    assert refused(lambda: arg.text({}, "url")).message == "url is required"


@pytest.mark.parametrize("value", ["http://h/a b.cfg", "http://h/a\u00a0b", "http://h/x "])
def test_a_url_with_blanks_is_refused(value: str) -> None:
    error = refused(lambda: arg.url({"url": value}, "url"))
    assert (error.field, error.message) == ("url", "url must not hold blanks; write %20")


@pytest.mark.parametrize("value", [0, 1, 6])
def test_a_number_in_its_range_is_taken(value: int) -> None:
    assert arg.number({"n": value}, "n", 3, highest=6) == value


@pytest.mark.parametrize("value", [-1, 7, True, False, "1", 1.0, None, [1]])
def test_any_other_number_is_refused(value: Any) -> None:
    error = refused(lambda: arg.number({"n": value}, "n", 3, highest=6))
    assert (error.field, error.message) == ("n", "n must be an integer from 0 to 6")


def test_a_number_has_a_default_and_fits_an_unsigned_int() -> None:
    assert arg.number({}, "n", 3) == 3
    assert arg.number({"n": 2**32 - 1}, "n", 0) == 2**32 - 1
    assert refused(lambda: arg.number({"n": 2**32}, "n", 0)).field == "n"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("Device.DeviceInfo.", "Device.DeviceInfo."),
        (" Device.DeviceInfo.UpTime\n", "Device.DeviceInfo.UpTime"),
        ("D" * 256, "D" * 256),
        ("Device.X_0C383E_Ünï.a", "Device.X_0C383E_Ünï.a"),
    ],
)
def test_a_path_is_taken_without_the_blanks_around_it(value: str, path: str) -> None:
    assert arg.path(value, "path") == path


@pytest.mark.parametrize(
    "value", ["", " ", "\n", None, 7, "D" * 257, "Device. Info", "Device.\x00", "Device.\u00a0x", "Device.\ufffe"]
)
def test_a_path_that_names_nothing_is_refused(value: Any) -> None:
    assert refused(lambda: arg.path(value, "values.0.name")).field == "values.0.name"


@pytest.mark.parametrize("value", ["", "  "])
def test_the_empty_path_is_the_whole_tree_where_that_is_meant(value: str) -> None:
    assert arg.path(value, "path", empty=True) == ""


def test_no_path_at_all_is_not_the_empty_path() -> None:
    assert refused(lambda: arg.path(None, "path", empty=True)).field == "path"


def test_paths_keep_their_order_and_come_once() -> None:
    assert arg.paths({"names": ["B.b", "A.", " B.b ", "A.a"]}, "names") == ["B.b", "A.", "A.a"]


@pytest.mark.parametrize("value", [None, [], "Device.", {"Device.": 1}, 7])
def test_paths_are_a_list_with_something_in_it(value: Any) -> None:
    assert refused(lambda: arg.paths({"names": value}, "names")).field == "names"


def test_the_bad_path_in_a_list_is_named_by_its_place() -> None:
    assert refused(lambda: arg.paths({"names": ["A.", "B. b", ""]}, "names")).field == "names.1"


def test_a_list_of_paths_has_an_end() -> None:
    assert len(arg.paths({"names": [f"A.{i}" for i in range(arg.MAX_NAMES)]}, "names")) == arg.MAX_NAMES
    assert refused(lambda: arg.paths({"names": ["A."] * (arg.MAX_NAMES + 1)}, "names")).field == "names"


@pytest.mark.parametrize("code", [0x0, 0x8, 0x9, 0xA, 0xD, 0x1F, 0x20, 0x7F, 0xD7FF, 0xD800, 0xE000, 0xFFFE, 0x10FFFF])
def test_what_passes_here_is_what_a_message_can_carry(code: int) -> None:
    """A task that cannot be written would end every session of its phone."""
    message = GetParameterValues(ParameterNames=(chr(code),))
    try:
        envelope.write(message, cwmp_namespace="urn:dslforum-org:cwmp-1-0", id="1")
    except ValueError:
        error = refused(lambda: arg.writable(chr(code), "value"))
        assert (error.field, f"U+{code:04X}" in error.message) == ("value", True)
    else:
        assert arg.writable(chr(code), "value") == chr(code)


@pytest.mark.parametrize("value", ["", "a", 0, -1, 1.5, True, False])
def test_the_value_of_a_parameter_is_taken_as_it_is(value: Any) -> None:
    assert arg.scalar(value, "x") is value


@pytest.mark.parametrize("value", [None, [], {}, float("inf"), float("-inf"), float("nan"), "\1"])
def test_what_is_no_value_is_refused_by_its_field(value: Any) -> None:
    assert refused(lambda: arg.scalar(value, "values.0.value")).field == "values.0.value"


@pytest.mark.parametrize("given", [None, "ab", [], (), {"a": 1}, 5, [1, 2, 3]])
def test_a_list_of_the_wrong_length_or_none_is_named(given: Any) -> None:
    error = refused(lambda: arg.listed({"windows": given}, "windows", 2, "one or two windows"))
    assert (error.field, error.message) == ("windows", "windows must be a list of one or two windows")


def test_a_list_within_its_bounds_is_taken_as_it_is() -> None:
    assert arg.listed({"windows": [1, 2]}, "windows", 2, "one or two windows") == [1, 2]
    assert arg.listed({"windows": (1,)}, "windows", 2, "one or two windows") == (1,)
