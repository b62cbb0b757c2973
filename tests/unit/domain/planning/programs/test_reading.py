"""Reading many parameters from a phone that does not have all of them, or does not say which."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from acs.domain.devices.quirks import STANDARD
from acs.domain.parameters.tree import Parameter, Tree
from acs.domain.planning.programs import reading
from acs.domain.planning.steps import Ask, Phone
from cwmp_schemas.cpe_rpcs import GetParameterValues, GetParameterValuesResponse
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterValueStruct, TypedValue


def answer(*names: str, text: str = "1", kind: str = "xsd:string") -> GetParameterValuesResponse:
    return GetParameterValuesResponse(
        ParameterList=tuple(ParameterValueStruct(Name=name, Value=TypedValue(text, kind)) for name in names)
    )


def asked(state: dict[str, Any]) -> tuple[str, ...]:
    step = reading.ask(state)
    assert isinstance(step, Ask)
    assert isinstance(step.message, GetParameterValues)
    return step.message.ParameterNames


def read_all(names: Iterable[str], *, has: set[str], batch: int, code: int, most: int = 1000) -> tuple[Any, int]:
    """Read from a phone that has only ``has``, takes at most ``most`` names and refuses a call with ``code``."""
    state, calls = reading.begin(names, batch), 0
    while reading.ask(state) is not None:
        calls += 1
        batch_now = asked(state)
        assert calls < 200
        refusal = 9004 if len(batch_now) > most else code if not has.issuperset(batch_now) else None
        if refusal is None:
            state = reading.answered(state, answer(*batch_now))
        else:
            cut = reading.faulted(state, Fault(FaultCode=refusal))
            assert cut is not None
            state = cut
        state = json.loads(json.dumps(state))  # as it is kept between two messages
    return state, calls


def test_names_are_asked_in_order_batch_by_batch() -> None:
    state = reading.begin((f"A.{i}" for i in range(5)), 2)
    batches = []
    while reading.ask(state) is not None:
        batches.append(asked(state))
        state = reading.answered(state, answer(*batches[-1]))
    assert batches == [("A.0", "A.1"), ("A.2", "A.3"), ("A.4",)]
    assert list(state["values"]) == ["A.0", "A.1", "A.2", "A.3", "A.4"]
    assert state["missing"] == {}


def test_nothing_to_read_asks_nothing() -> None:
    assert reading.ask(reading.begin([], 10)) is None


def test_a_phone_may_answer_more_and_less_than_it_was_asked() -> None:
    state = reading.begin(["A.a", "A.b", "B."], 10)
    state = reading.answered(state, answer("A.a", "C.c", text="7", kind="xsd:int"))
    assert state == {
        "todo": [],
        "values": {"A.a": ["7", "xsd:int"], "C.c": ["7", "xsd:int"]},
        "missing": {"A.b": "9005"},  # B. is an object, and may well be empty
    }


@pytest.mark.parametrize("code", [9003, 9005, 9007])
def test_bad_names_are_found_and_all_others_are_read(code: int) -> None:
    names = [f"A.{i}" for i in range(16)]
    state, calls = read_all(names, has=set(names) - {"A.3", "A.12"}, batch=16, code=code)
    assert state["missing"] == {"A.3": str(code), "A.12": str(code)}
    assert list(state["values"]) == [name for name in names if name not in ("A.3", "A.12")]
    assert calls < 2 * 2 * 4 + 2  # two culprits, each at the end of log2(16) cuts


def test_when_every_name_is_bad_each_is_said_to_be() -> None:
    state, _ = read_all(["A.a", "A.b", "A.c"], has=set(), batch=10, code=9005)
    assert (state["todo"], state["values"]) == ([], {})
    assert state["missing"] == {"A.a": "9005", "A.b": "9005", "A.c": "9005"}


def test_a_phone_that_is_asked_too_much_is_asked_less() -> None:
    names = [f"A.{i}" for i in range(10)]
    state, calls = read_all(names, has=set(names), batch=10, code=9005, most=3)
    assert list(state["values"]) == names
    assert calls == 3 + 4  # 10, 5 and 5 were too many


@pytest.mark.parametrize("code", [9001, 9002])
def test_while_nothing_was_read_a_failing_name_may_be_a_failing_phone(code: int) -> None:
    state: dict[str, Any] | None = reading.begin(["A.a", "A.b"], 10)
    asked_alone = []
    for _ in range(9):
        assert state is not None
        state = reading.faulted(state, Fault(FaultCode=code))
        if state is None:
            break
        asked_alone.append(asked(state))
    assert state is None
    assert asked_alone == [("A.a",), ("A.b",), ("A.a",)]


@pytest.mark.parametrize("code", [9001, 9002])
def test_where_others_are_read_the_one_that_fails_is_the_culprit(code: int) -> None:
    names = [f"A.{i}" for i in range(8)]
    state, _ = read_all(names, has=set(names) - {"A.0"}, batch=8, code=code)
    assert state["missing"] == {"A.0": str(code)}
    assert sorted(state["values"]) == names[1:]


def test_a_single_name_that_is_too_much_is_left_to_the_rules() -> None:
    assert reading.faulted(reading.begin(["A.a"], 10), Fault(FaultCode=9004)) is None


@pytest.mark.parametrize("code", [9000, 9006, 9008, 9800, 8005])
def test_a_fault_that_is_not_about_the_names_cuts_nothing(code: int) -> None:
    assert reading.faulted(reading.begin(["A.a", "A.b"], 10), Fault(FaultCode=code)) is None


def test_what_came_before_a_cut_is_kept_and_the_plan_is_not_changed_in_place() -> None:
    begun = reading.begin(["A.a", "A.b", "A.c", "A.d"], 2)
    first = reading.answered(begun, answer("A.a"))
    cut = reading.faulted(first, Fault(FaultCode=9005))
    assert cut == {
        "todo": [["A.c"], ["A.d"]],
        "values": {"A.a": ["1", "xsd:string"]},
        "missing": {"A.b": "9005"},
        "cut": "good",
    }
    assert begun == reading.begin(["A.a", "A.b", "A.c", "A.d"], 2)
    assert first["todo"] == [["A.c", "A.d"]]


def test_an_answer_teaches_its_values() -> None:
    message = answer("A.a", "A.b", text="5", kind="xsd:int")
    assert reading.triples(message) == (("A.a", "5", "xsd:int"), ("A.b", "5", "xsd:int"))


KNOWN = Tree(
    {path: Parameter(value="1") for path in ("Device.A.One", "Device.A.Bad", "Device.A.B.Three", "Device.C.Four")}
)


@pytest.mark.parametrize(
    ("never", "names", "wanted", "unasked"),
    [
        ((), ["Device.A."], ("Device.A.",), {}),
        (("Device.A.Bad",), ["Device.A."], ("Device.A.B.Three", "Device.A.One"), {}),
        (("*.Bad",), ["Device.A.", "Device.C."], ("Device.A.B.Three", "Device.A.One", "Device.C."), {}),
        (("*.Bad",), ["Device.A.B."], ("Device.A.B.",), {}),
        (("Device.A.*", "Device.C.Four"), ["Device.A.", "Device.C."], (), {"Device.A.", "Device.C."}),
        (("Device.X.Unknown",), ["Device.X.", "Device.C.Four"], ("Device.C.Four",), {"Device.X."}),
    ],
)
def test_quirk_166_an_object_is_not_asked_for_whole_if_one_parameter_must_not_be(
    never: tuple[str, ...], names: list[str], wanted: tuple[str, ...], unasked: set[str]
) -> None:
    state = reading.plan(names, Phone(parameters=KNOWN, quirks=replace(STANDARD, never_read=never)))
    assert tuple(sorted(name for batch in state["todo"] for name in batch)) == wanted
    assert state["missing"] == dict.fromkeys(unasked, "never_read")
