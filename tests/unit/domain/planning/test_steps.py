"""The words between a program and its runner: frozen, and plain JSON where they are kept."""

import json
from dataclasses import FrozenInstanceError, astuple
from types import MappingProxyType

import pytest

from acs.domain.parameters.tree import EMPTY
from acs.domain.planning.programs import PROGRAMS
from acs.domain.planning.steps import (
    NOTHING,
    Done,
    Job,
    Learnt,
    Outcome,
    Phone,
    TaskFault,
    fault_of,
    methods_of,
    updated,
    veiled,
)
from cwmp_schemas.faults import Fault, SetParameterValuesFault


def test_a_fault_of_the_phone_is_told_with_every_parameter_at_fault() -> None:
    fault = Fault(
        FaultCode=9003,
        FaultString="Invalid arguments",
        SetParameterValuesFault=(
            SetParameterValuesFault(ParameterName="Device.a", FaultCode=9005, FaultString="Invalid parameter name"),
            SetParameterValuesFault(ParameterName="Device.b", FaultCode=9007),
        ),
    )
    assert fault_of(fault).as_json() == {
        "code": "9003",
        "message": "Invalid arguments",
        "parameters": [
            {"name": "Device.a", "code": "9005", "message": "Invalid parameter name"},
            {"name": "Device.b", "code": "9007", "message": ""},
        ],
    }


def test_a_phone_that_repeats_what_it_refuses_gives_no_secret_away() -> None:
    arguments = {
        "values": [
            {"name": "Device.X.Line.1.AuthPassword", "value": "pa$$word"},
            {"name": "Device.X.PIN.Password", "value": "17"},
            {"name": "Device.X.Name", "value": "Anna"},
        ],
        "password": "of the server",
        "operations": [{"type": "install", "password": "of the unit"}],
    }
    job = Job("t1", "set_parameter_values", arguments, {})
    phone = Phone(secrets={"1": "from the settings"})
    item = SetParameterValuesFault(ParameterName="Device.X", FaultCode=9007, FaultString="bad: pa$$word")
    link = f"http://h:7567/t/{'k' * 40}/x.cfg"
    text = f"pa$$word, of the server, of the unit, from the settings, Anna, 17 {link}"
    told = veiled(Fault(FaultCode=9003, FaultString=text, SetParameterValuesFault=(item,)), job, phone)
    assert told.FaultString == "***, ***, ***, ***, Anna, 17 http://h:7567/t/***/x.cfg"
    assert [each.FaultString for each in told.SetParameterValuesFault] == ["bad: ***"]
    assert (told.FaultCode, told.soap_code) == (9003, "Client")


def test_a_fault_without_words_is_still_a_fault() -> None:
    assert fault_of(Fault(FaultCode=9899)) == TaskFault("9899", "")


def test_a_fault_as_json_is_a_copy_that_can_be_stored() -> None:
    fault = TaskFault("not_applied", "no", (MappingProxyType({"name": "Device.a"}),))
    told = fault.as_json()
    assert json.loads(json.dumps(told)) == told
    told["parameters"][0]["name"] = "other"
    assert fault.parameters[0]["name"] == "Device.a"


def test_progress_is_never_changed_in_place() -> None:
    progress = {"phase": "ask", "done": 1}
    assert updated(progress, done=2, seen=["1 BOOT"]) == {"phase": "ask", "done": 2, "seen": ["1 BOOT"]}
    assert progress == {"phase": "ask", "done": 1}


def test_an_answer_teaches_nothing_unless_it_says_so() -> None:
    assert Outcome({"asked": True}).learnt is NOTHING
    assert astuple(Learnt()) == astuple(NOTHING) == ((), (), (), None, None, False, False, None, (), (), ())
    assert Learnt(methods=()) != NOTHING  # an empty list of methods is news


def test_a_phone_of_which_nothing_is_known_has_no_root_and_an_empty_tree() -> None:
    phone = Phone()
    assert (phone.root, phone.methods, phone.booted_at, phone.parameters) == ("", None, None, EMPTY)
    assert phone.secrets is not Phone().secrets


def test_what_a_program_says_cannot_be_changed_afterwards() -> None:
    words = (
        (Job("1", "reboot", {}, {}), "progress"),
        (Phone(), "root"),
        (Done(), "result"),
        (TaskFault("1", "m"), "code"),
        (NOTHING, "values"),
    )
    for word, name in words:
        with pytest.raises(FrozenInstanceError):
            setattr(word, name, None)


def test_every_program_speaks_this_vocabulary() -> None:
    restarting = {name for name, program in PROGRAMS.items() if program.exclusive}
    assert restarting == {"reboot", "factory_reset", "download", "upload"}
    assert {name for name, program in PROGRAMS.items() if program.heavy} == restarting


def test_what_a_phone_says_is_kept_within_bounds() -> None:
    """A fault is shown with every look at its task, the methods with every look at the phone."""
    parameter = SetParameterValuesFault(ParameterName="Device.a", FaultCode=9007, FaultString="x" * 900_000)
    told = fault_of(Fault(FaultCode=9003, FaultString="y" * 900_000, SetParameterValuesFault=(parameter,) * 5000))
    assert told.message == "y" * 1024
    assert len(told.parameters) == 512
    assert told.parameters[0]["message"] == "x" * 256
    assert methods_of(("GetRPCMethods", "X" * 900_000)) == ("GetRPCMethods", "X" * 64)
    assert len(methods_of([str(number) for number in range(50_000)])) == 256
