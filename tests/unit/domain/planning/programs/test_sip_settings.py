"""The program alone: arguments, what it asks when, what it makes of answers. Whole sessions are in the playbooks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from acs.domain.devices.quirks import Quirks
from acs.domain.parameters.tree import Parameter, Tree
from acs.domain.planning.programs import PROGRAMS
from acs.domain.planning.programs.sip_settings import SetValuesOrSettings, is_sip
from acs.domain.planning.steps import Ask, Done, Failed, Job, Outcome, Phone, Prepare
from acs.errors import BadRequest
from cwmp_schemas.cpe_rpcs import (
    GetParameterValues,
    GetParameterValuesResponse,
    SetParameterValues,
    SetParameterValuesResponse,
)
from cwmp_schemas.faults import Fault, SetParameterValuesFault
from cwmp_schemas.structs import ParameterValueStruct, TypedValue

PROGRAM = SetValuesOrSettings()
LINE = "Device.Services.VoiceService.1.VoiceProfile.1.Line.1."
NUMBER, NAME, PASSWORD = f"{LINE}DirectoryNumber", f"{LINE}SIP.AuthUserName", f"{LINE}SIP.AuthPassword"
TREE = Tree({name: Parameter("stale", "xsd:string", True) for name in (NUMBER, NAME, PASSWORD)})
PHONE = Phone(root="Device.", parameters=TREE, secrets={"1": "s3cret"})
WANTED = {"port": "", "lines": {"1": {"user": "1001", "auth_user": "anna"}}, "layers": {}, "unsaid": []}


def job(**prepared: Any) -> Job:
    made = {"wanted": WANTED, "due": [], "tries": {}, "digests": {"1": "d"}, **prepared}
    return Job("t1", "set_parameter_values", {"kind": "sip"}, {"prepared": made})


def values(**read: str) -> GetParameterValuesResponse:
    names = {"number": NUMBER, "name": NAME}
    return GetParameterValuesResponse(
        ParameterList=tuple(
            ParameterValueStruct(Name=names[short], Value=TypedValue(text, "xsd:string"))
            for short, text in read.items()
        )
    )


def after(at: Job, phone: Phone, outcome: Outcome | None) -> tuple[Job, Phone]:
    """The task and the phone as the service would have them after an outcome."""
    assert outcome is not None
    tree, _ = phone.parameters.with_values(outcome.learnt.values, 1.0)
    return replace(at, progress=outcome.progress), replace(phone, parameters=tree)


def test_it_is_the_program_of_its_task_type() -> None:
    assert isinstance(PROGRAMS["set_parameter_values"], SetValuesOrSettings)
    assert is_sip({"kind": "sip"})
    assert not is_sip({"values": []})


def test_arguments() -> None:
    assert PROGRAM.check({"kind": "sip"}) == {"kind": "sip"}
    full = {"kind": "sip", "force": True, "reboot": True, "parameter_key": "k"}
    assert PROGRAM.check(full) == full
    assert PROGRAM.check({"kind": "sip", "force": False}) == {"kind": "sip"}
    given = [{"name": "Device.X", "value": 1}]
    assert PROGRAM.check({"values": given}) == {"values": given}


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"kind": "config"}, "kind"),
        ({"kind": None}, "kind"),
        ({"kind": "sip", "values": []}, "values"),
        ({"kind": "sip", "force": "yes"}, "force"),
        ({"kind": "sip", "atomic": True}, "atomic"),
        ({"kind": "sip", "parameter_key": "x" * 33}, "parameter_key"),
        ({}, "values"),
        ({"force": True, "values": [{"name": "Device.X", "value": 1}]}, "force"),
    ],
)
def test_arguments_of_no_use(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as error:
        PROGRAM.check(arguments)
    assert error.value.field == field


def test_the_settings_are_asked_for_first_and_nothing_said_is_nothing_done() -> None:
    bare = Job("t1", "set_parameter_values", {"kind": "sip"}, {})
    assert PROGRAM.next(bare, PHONE) == Prepare()
    nothing = job(wanted={"port": "", "lines": {}, "layers": {}, "unsaid": []})
    done = PROGRAM.next(nothing, replace(PHONE, secrets={}))
    assert isinstance(done, Done)
    assert done.result["written"] == []


def test_read_write_and_read_back() -> None:
    task, phone = job(due=["1"]), PHONE
    step = PROGRAM.next(task, phone)
    assert step == Ask(GetParameterValues(ParameterNames=(NUMBER, NAME)))  # although the tree has values for them
    outcome = PROGRAM.answered(task, phone, values(number="1001", name="bob"))
    assert outcome.learnt.values
    task, phone = after(task, phone, outcome)
    step = PROGRAM.next(task, phone)
    assert isinstance(step, Ask)
    assert isinstance(step.message, SetParameterValues)
    assert {v.Name: v.Value.text for v in step.message.ParameterList} == {NAME: "anna", PASSWORD: "s3cret"}
    outcome = PROGRAM.answered(task, phone, SetParameterValuesResponse(Status=0))
    assert outcome.learnt.passwords == ("1",)
    task, phone = after(task, phone, outcome)
    step = PROGRAM.next(task, phone)
    assert step == Ask(GetParameterValues(ParameterNames=(NAME, PASSWORD)))
    shown = GetParameterValuesResponse(
        ParameterList=(
            ParameterValueStruct(Name=NAME, Value=TypedValue("anna", "xsd:string")),
            ParameterValueStruct(Name=PASSWORD, Value=TypedValue("", "xsd:string")),
        )
    )
    task, phone = after(task, phone, PROGRAM.answered(task, phone, shown))
    done = PROGRAM.next(task, phone)
    assert isinstance(done, Done)
    assert done.result == {
        "status": 0,
        "back_end": "v1",
        "written": [
            {"name": NAME, "old": "bob", "new": "anna"},
            {"name": PASSWORD, "old": "***", "new": "***"},
        ],
        "unchanged": 1,
        "skipped": [],
    }
    assert "s3cret" not in str(task.progress["write"])


def test_a_value_that_reads_back_empty_was_not_applied() -> None:
    task, phone = after(job(), PHONE, PROGRAM.answered(job(), PHONE, values(number="", name="anna")))
    task, phone = after(task, phone, PROGRAM.answered(task, phone, SetParameterValuesResponse(Status=0)))
    task, phone = after(task, phone, PROGRAM.answered(task, phone, values(number="")))
    failed = PROGRAM.next(task, phone)
    assert isinstance(failed, Failed)
    assert (failed.fault.code, failed.fault.parameters[0]["name"]) == ("not_applied", NUMBER)
    assert failed.result is not None
    assert [entry["name"] for entry in failed.result["written"]] == [NUMBER]  # so that it is counted


def test_what_was_written_in_vain_is_left_alone() -> None:
    task = job(tries={NUMBER: ["1001", 5], NAME: ["someone else", 9]})
    task, phone = after(task, PHONE, PROGRAM.answered(task, PHONE, values(number="7", name="bob")))
    step = PROGRAM.next(task, phone)
    assert isinstance(step, Ask)
    assert isinstance(step.message, SetParameterValues)
    assert [v.Name for v in step.message.ParameterList] == [NAME]
    # It does not matter where the phone shows the value after all.
    task = job(tries={NUMBER: ["1001", 5]})
    task, phone = after(task, PHONE, PROGRAM.answered(task, PHONE, values(number="1001", name="anna")))
    assert isinstance(PROGRAM.next(task, phone), Done)


def test_faults_and_silence_go_to_the_part_that_they_are_about() -> None:
    task = job()
    cut = PROGRAM.faulted(task, PHONE, Fault(FaultCode=9004))
    assert cut is not None
    assert cut.progress["fresh"]["todo"] == [[NUMBER], [NAME]]
    assert PROGRAM.faulted(task, PHONE, Fault(FaultCode=9000)) is None
    silent = PROGRAM.silent(task, PHONE)
    assert silent is not None
    assert silent.progress["fresh"]["todo"] == [[NUMBER], [NAME]]

    task, phone = after(task, PHONE, PROGRAM.answered(task, PHONE, values(number="7", name="bob")))
    halved = PROGRAM.silent(task, phone)
    assert halved is not None
    assert halved.progress["write"]["todo"] == [[NUMBER], [NAME]]
    assert PROGRAM.faulted(task, phone, Fault(FaultCode=9001)) is None  # it is tried again
    final = PROGRAM.faulted(task, phone, Fault(FaultCode=9000, FaultString="no"))
    assert final is not None
    step = PROGRAM.next(replace(task, progress=final.progress), phone)
    assert isinstance(step, Failed)
    assert (step.fault.code, step.result and step.result["written"]) == ("9000", [])
    done_but = PROGRAM.faulted(task, phone, Fault(FaultCode=9802))
    assert done_but is not None
    assert done_but.progress["write"]["verify"]["todo"] == [[NUMBER, NAME]]


def test_what_is_refused_by_name_does_not_keep_the_others_from_the_phone() -> None:
    task = job(due=["1"])
    task, phone = after(task, PHONE, PROGRAM.answered(task, PHONE, values(number="7", name="bob")))
    bad = SetParameterValuesFault(ParameterName=NAME, FaultCode=9008, FaultString="not writable")
    fault = Fault(FaultCode=9003, FaultString="Invalid arguments", SetParameterValuesFault=(bad,))
    task, phone = after(task, phone, PROGRAM.faulted(task, phone, fault))
    step = PROGRAM.next(task, phone)
    assert isinstance(step, Ask)
    assert isinstance(step.message, SetParameterValues)
    assert [v.Name for v in step.message.ParameterList] == [NUMBER, PASSWORD]
    outcome = PROGRAM.answered(task, phone, SetParameterValuesResponse(Status=0))
    assert outcome.learnt.passwords == ("1",)
    task, phone = after(task, phone, outcome)
    step = PROGRAM.next(task, phone)
    assert isinstance(step, Failed)
    assert step.fault.parameters == ({"name": NAME, "code": "9008", "message": "not writable"},)
    assert [entry["name"] for entry in (step.result or {})["written"]] == [NUMBER, PASSWORD]


def test_never_read_parameters_are_not_asked_for() -> None:
    phone = replace(PHONE, quirks=replace(Quirks(), never_read=(NAME,)))
    step = PROGRAM.next(job(), phone)
    assert step == Ask(GetParameterValues(ParameterNames=(NUMBER,)))
    task, phone = after(job(), phone, PROGRAM.answered(job(), phone, values(number="1001")))
    done = PROGRAM.next(task, phone)
    assert isinstance(done, Done)
    assert done.result["skipped"] == [
        {"field": "sip.lines.1.auth_user", "reason": "the phone does not let it be read", "name": NAME}
    ]


def test_values_that_are_given_go_their_own_way() -> None:
    task = Job("t1", "set_parameter_values", {"values": [{"name": NUMBER, "value": "1"}]}, {})
    step = PROGRAM.next(task, PHONE)
    assert isinstance(step, Ask)
    assert isinstance(step.message, SetParameterValues)
    assert PROGRAM.silent(task, PHONE) is None
    outcome = PROGRAM.answered(task, PHONE, SetParameterValuesResponse(Status=0))
    assert outcome.learnt.passwords == ()
    assert PROGRAM.faulted(task, PHONE, Fault(FaultCode=9000)) is None


def test_of_a_phone_that_lists_no_names_all_services_are_read() -> None:
    phone = replace(PHONE, parameters=Tree())
    assert PROGRAM.next(job(), phone) == Ask(GetParameterValues(ParameterNames=("Device.Services.",)))
    task, known = after(job(), phone, PROGRAM.answered(job(), phone, values(number="7", name="anna")))
    step = PROGRAM.next(task, known)
    assert isinstance(step, Ask)
    assert isinstance(step.message, SetParameterValues)
    assert [v.Name for v in step.message.ParameterList] == [NUMBER]
    task, known = after(job(), phone, PROGRAM.faulted(job(), phone, Fault(FaultCode=9005)))
    failed = PROGRAM.next(task, known)
    assert isinstance(failed, Failed)
    assert failed.fault.code == "no_voice_service"
