"""Making and deleting instances, above all: never two where one was asked for."""

from dataclasses import replace
from typing import Any

import pytest

from acs.domain.parameters.tree import Tree
from acs.domain.planning.programs.objects import AddObjectProgram, DeleteObjectProgram
from acs.domain.planning.steps import Ask, Done, Failed, Job, Learnt, Outcome, Phone, TaskFault, updated
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import (
    AddObject,
    AddObjectResponse,
    DeleteObject,
    DeleteObjectResponse,
    GetParameterNames,
    GetParameterNamesResponse,
    SetParameterValues,
    SetParameterValuesResponse,
)
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterInfoStruct, ParameterValueStruct, TypedValue

ADD, DELETE = AddObjectProgram(), DeleteObjectProgram()
TABLE = "Device.Services.VoiceService.1.VoiceProfile.1.Line."
PHONE = Phone(root="Device.")
LIST = Ask(GetParameterNames(ParameterPath=TABLE, NextLevel=True))
MAKE = Ask(AddObject(ObjectName=TABLE, ParameterKey="key"))


def add(**values: Any) -> Job:
    return Job("t1", "add_object", ADD.check({"object_name": TABLE, "parameter_key": "key", "values": values}), {})


def delete(attempts: int = 1) -> Job:
    return Job("t1", "delete_object", DELETE.check({"object_name": f"{TABLE}2."}), {}, attempts)


def listed(*names: str) -> GetParameterNamesResponse:
    return GetParameterNamesResponse(
        ParameterList=tuple(ParameterInfoStruct(Name=TABLE + name, Writable=True) for name in names)
    )


def told(job: Job, message: Struct, phone: Phone = PHONE) -> Job:
    program = ADD if job.type == "add_object" else DELETE
    if isinstance(message, Fault):
        outcome = program.faulted(job, phone, message)
        assert outcome is not None
    else:
        outcome = program.answered(job, phone, message)
    return replace(job, progress=outcome.progress)


def shown(job: Job, *names: str) -> Job:
    """The table is listed once more at the end (quirk 128)."""
    assert ADD.next(job, PHONE) == Ask(GetParameterNames(ParameterPath=TABLE, NextLevel=False))
    return told(job, listed(*names))


def lost(job: Job) -> Job:
    """As ``acs.services.work.take_back`` does when a session ends without the answer."""
    return replace(job, progress=updated(job.progress, lost=True), attempts=job.attempts + 1)


@pytest.mark.parametrize(
    ("arguments", "checked"),
    [
        ({"object_name": TABLE}, {"object_name": TABLE, "parameter_key": ""}),
        ({"object_name": f" {TABLE[:-1]} "}, {"object_name": TABLE, "parameter_key": ""}),
        (
            {"object_name": TABLE, "parameter_key": "k" * 32, "values": {"Enable": True}},
            {"object_name": TABLE, "parameter_key": "k" * 32, "values": {"Enable": True}},
        ),
        (
            {"object_name": TABLE, "values": [{"name": "SIP.AuthUserName", "value": "x"}]},
            {"object_name": TABLE, "parameter_key": "", "values": {"SIP.AuthUserName": "x"}},
        ),
    ],
)
def test_arguments_become_canonical(arguments: dict[str, Any], checked: dict[str, Any]) -> None:
    assert ADD.check(arguments) == checked


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({}, "object_name"),
        ({"object_name": ""}, "object_name"),
        ({"object_name": "Device. Line."}, "object_name"),
        ({"object_name": TABLE, "name": "x"}, "name"),
        ({"object_name": TABLE, "parameter_key": "k" * 33}, "parameter_key"),
        ({"object_name": TABLE, "values": "x"}, "values"),
        ({"object_name": TABLE, "values": {"Enable": None}}, "values"),
        ({"object_name": TABLE, "values": {"Enable": ["1"]}}, "values"),
        ({"object_name": TABLE, "values": {"": "1"}}, "values"),
        ({"object_name": TABLE, "values": [{"name": "Enable"}]}, "values"),
        ({"object_name": TABLE, "values": [{"name": "Enable", "value": "1", "type": "xsd:int"}]}, "values"),
        ({"object_name": TABLE, "values": ["Enable"]}, "values"),
    ],
)
def test_what_cannot_be_added_is_refused_by_field(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        ADD.check(arguments)
    assert refused.value.field == field


def test_instances_are_listed_before_one_is_made_and_its_values_are_written() -> None:
    job = add(Enable=True, DirectoryNumber="77", Port=5060)
    assert ADD.next(job, PHONE) == LIST
    job = told(job, listed("1.", "3."))
    assert ADD.next(job, PHONE) == MAKE
    outcome = ADD.answered(job, PHONE, AddObjectResponse(InstanceNumber=4, Status=1))
    assert outcome.learnt == Learnt(names=((f"{TABLE}4.", True),))
    job = replace(job, progress=outcome.progress)
    assert ADD.next(job, PHONE) == Ask(
        SetParameterValues(
            ParameterList=(
                ParameterValueStruct(Name=f"{TABLE}4.Enable", Value=TypedValue("1", "xsd:boolean")),
                ParameterValueStruct(Name=f"{TABLE}4.DirectoryNumber", Value=TypedValue("77", "xsd:string")),
                ParameterValueStruct(Name=f"{TABLE}4.Port", Value=TypedValue("5060", "xsd:unsignedInt")),
            ),
            ParameterKey="key",
        )
    )
    job = told(job, SetParameterValuesResponse(Status=0))
    job = shown(job, "1.", "3.", "4.")
    waits = {"applied": "after the next reboot: the phone only stored it"}
    assert ADD.next(job, PHONE) == Done({"instance_number": 4, "object_name": f"{TABLE}4.", "status": 1}, waits)


def test_without_values_nothing_is_written() -> None:
    job = shown(told(told(add(), listed()), AddObjectResponse(InstanceNumber=1)), "1.")
    assert ADD.next(job, PHONE) == Done({"instance_number": 1, "object_name": f"{TABLE}1.", "status": 0})


def test_an_instance_whose_answer_was_lost_is_found_and_not_made_twice() -> None:
    job = lost(told(add(), listed("1.", "2.")))
    assert ADD.next(job, PHONE) == LIST
    job = shown(told(job, listed("1.", "2.", "5.")), "1.", "2.", "5.")
    assert ADD.next(job, PHONE) == Done({"instance_number": 5, "object_name": f"{TABLE}5.", "status": 0})


def test_a_request_that_never_arrived_is_sent_again() -> None:
    job = told(lost(told(add(), listed("1."))), listed("1."))
    assert ADD.next(job, PHONE) == MAKE


def test_a_session_lost_while_listing_again_lists_once_more() -> None:
    job = lost(lost(told(add(), listed("1."))))
    assert ADD.next(job, PHONE) == LIST


def test_values_whose_answer_was_lost_are_written_again_to_the_same_instance() -> None:
    job = lost(told(told(add(Enable=True), listed()), AddObjectResponse(InstanceNumber=7)))
    step = ADD.next(job, PHONE)
    assert isinstance(step, Ask)
    assert isinstance(step.message, SetParameterValues)
    assert [item.Name for item in step.message.ParameterList] == [f"{TABLE}7.Enable"]


def test_an_empty_table_that_cannot_be_listed_is_added_to() -> None:
    """Quirk 193: "Invalid parameter name" until the first instance exists, also when listed a second time."""
    job = told(add(), Fault(FaultCode=9005))
    assert ADD.next(job, PHONE) == MAKE
    again = told(lost(job), Fault(FaultCode=9005))
    assert ADD.next(again, PHONE) == MAKE
    found = shown(told(lost(job), listed("1.")), "1.")
    assert ADD.next(found, PHONE) == Done({"instance_number": 1, "object_name": f"{TABLE}1.", "status": 0})


def test_where_listing_fails_the_known_tree_tells_what_was_there() -> None:
    """An instance of old is never taken for ours, even if the phone was too busy to list it the first time."""
    phone = replace(PHONE, parameters=Tree().with_names([(f"{TABLE}1.", True), (f"{TABLE}2.Enable", True)]))
    job = told(add(), Fault(FaultCode=9002), phone)
    assert ADD.next(job, phone) == MAKE
    job = told(lost(job), listed("1.", "2."), phone)
    assert ADD.next(job, phone) == MAKE


def test_an_answer_without_a_number_sends_us_looking() -> None:
    """Quirk 127: InstanceNumber missing or 0."""
    job = told(told(add(), listed("1.")), AddObjectResponse(InstanceNumber=0))
    assert ADD.next(job, PHONE) == LIST
    found = shown(told(job, listed("1.", "2.")), "1.", "2.")
    assert ADD.next(found, PHONE) == Done({"instance_number": 2, "object_name": f"{TABLE}2.", "status": 0})


@pytest.mark.parametrize("second", [listed("1."), Fault(FaultCode=9005)])
def test_an_instance_without_number_that_nobody_sees_is_given_up(second: Struct) -> None:
    """Else it would be asked for, and looked for, for ever."""
    job = told(told(told(add(), listed("1.")), AddObjectResponse(InstanceNumber=0)), second)
    assert ADD.next(job, PHONE) == Failed(
        TaskFault("no_instance", f"The phone answered AddObject {TABLE} without an instance number.")
    )


def test_names_that_are_no_instances_are_passed_over() -> None:
    job = told(add(), listed("1.", "1.Enable", "10.", "²", "x.", "", "-3.", "[alias]."))
    assert job.progress["before"] == [1, 10]
    stranger = GetParameterNamesResponse(ParameterList=(ParameterInfoStruct(Name="9.", Writable=True),))
    assert told(add(), stranger).progress["before"] == []


@pytest.mark.parametrize("fault", [9000, 9002, 9004, 9005, 9007])
def test_what_happens_after_the_listing_is_left_to_the_rules(fault: int) -> None:
    job = told(add(Enable=True), listed("1."))
    assert ADD.faulted(job, PHONE, Fault(FaultCode=fault)) is None
    made = told(job, AddObjectResponse(InstanceNumber=2))
    if fault != 9005:  # what is below the new instance may come only later
        assert ADD.faulted(made, PHONE, Fault(FaultCode=fault)) is None
        assert ADD.faulted(lost(made), PHONE, Fault(FaultCode=fault)) is None


def test_a_busy_phone_is_asked_for_its_list_again_later() -> None:
    assert ADD.faulted(lost(told(add(), listed("1."))), PHONE, Fault(FaultCode=9002)) is None


@pytest.mark.parametrize("given", [f"{TABLE}2.", f"{TABLE}2", f" {TABLE}2. "])
def test_an_instance_to_delete_ends_in_its_number(given: str) -> None:
    assert DELETE.check({"object_name": given}) == {"object_name": f"{TABLE}2.", "parameter_key": ""}


@pytest.mark.parametrize("given", [TABLE, "Device.", "Device.Line.x.", "Device.Line.².", "", None, 2])
def test_a_whole_table_is_not_deleted(given: Any) -> None:
    with pytest.raises(BadRequest) as refused:
        DELETE.check({"object_name": given})
    assert refused.value.field == "object_name"


def test_a_deleted_instance_is_forgotten() -> None:
    job = delete()
    assert DELETE.next(job, PHONE) == Ask(DeleteObject(ObjectName=f"{TABLE}2.", ParameterKey=""))
    outcome = DELETE.answered(job, PHONE, DeleteObjectResponse(Status=1))
    assert outcome == Outcome({"status": 1}, Learnt(removed=f"{TABLE}2."))
    assert DELETE.next(replace(job, progress=outcome.progress), PHONE) == Done({"status": 1})


def test_deleting_what_never_was_fails() -> None:
    job = told(delete(), Fault(FaultCode=9005, FaultString="Invalid parameter name"))
    assert DELETE.next(job, PHONE) == Failed(TaskFault("9005", "Invalid parameter name"))


def test_deleting_again_what_is_gone_is_success() -> None:
    """The first request worked, and its answer was lost."""
    outcome = DELETE.faulted(delete(attempts=2), PHONE, Fault(FaultCode=9005))
    assert outcome == Outcome({"status": 0}, Learnt(removed=f"{TABLE}2."))


@pytest.mark.parametrize("attempts", [1, 2])
@pytest.mark.parametrize("fault", [9000, 9001, 9002, 9003])
def test_other_faults_of_a_deletion_are_left_to_the_rules(fault: int, attempts: int) -> None:
    assert DELETE.faulted(delete(attempts), PHONE, Fault(FaultCode=fault)) is None
