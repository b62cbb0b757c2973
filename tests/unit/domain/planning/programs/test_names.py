"""Asking a phone what it can do and what it has."""

from typing import Any

import pytest

from acs.domain.planning.programs.names import GetNames, GetRpcMethods
from acs.domain.planning.steps import Ask, Done, Job, Learnt, Phone
from acs.errors import BadRequest
from cwmp_schemas.cpe_rpcs import (
    GetParameterNames,
    GetParameterNamesResponse,
    GetRPCMethods,
    GetRPCMethodsResponse,
)
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterInfoStruct

PHONE = Phone(root="Device.")
REFUSED = Fault(FaultCode=9005)


def job(progress: dict[str, Any] | None = None, **arguments: Any) -> Job:
    return Job("1", "get_parameter_names", GetNames().check(arguments), progress or {})


def listed(*names: tuple[str, bool]) -> GetParameterNamesResponse:
    return GetParameterNamesResponse(
        ParameterList=tuple(ParameterInfoStruct(Name=name, Writable=writable) for name, writable in names)
    )


def test_the_methods_are_asked_once_and_remembered() -> None:
    program = GetRpcMethods()
    begun = Job("1", "get_rpc_methods", program.check({}), {})
    assert program.next(begun, PHONE) == Ask(GetRPCMethods())
    outcome = program.answered(begun, PHONE, GetRPCMethodsResponse(MethodList=("Reboot", "Download")))
    assert outcome.learnt == Learnt(methods=("Reboot", "Download"))
    ended = Job("1", "get_rpc_methods", {}, outcome.progress)
    assert program.next(ended, PHONE) == Done({"methods": ["Reboot", "Download"]})


def test_a_phone_that_lists_no_method_has_been_asked_all_the_same() -> None:
    program = GetRpcMethods()
    outcome = program.answered(Job("1", "", {}, {}), PHONE, GetRPCMethodsResponse(MethodList=()))
    assert outcome.learnt.methods == ()
    assert program.next(Job("1", "", {}, outcome.progress), PHONE) == Done({"methods": []})


def test_the_methods_take_no_arguments_and_have_no_second_way() -> None:
    with pytest.raises(BadRequest) as caught:
        GetRpcMethods().check({"path": ""})
    assert caught.value.field == "path"
    assert GetRpcMethods().faulted(Job("1", "", {}, {}), PHONE, REFUSED) is None


def test_names_below_a_path_are_asked_listed_and_learnt() -> None:
    program, begun = GetNames(), job(path="Device.DeviceInfo.", next_level=True)
    assert program.next(begun, PHONE) == Ask(GetParameterNames(ParameterPath="Device.DeviceInfo.", NextLevel=True))
    outcome = program.answered(
        begun, PHONE, listed(("Device.DeviceInfo.UpTime", False), ("", True), ("Device.DeviceInfo.Log.", True))
    )
    assert outcome.learnt.names == (("Device.DeviceInfo.UpTime", False), ("Device.DeviceInfo.Log.", True))
    assert program.next(job(dict(outcome.progress), path="Device.DeviceInfo."), PHONE) == Done(
        {
            "names": [
                {"name": "Device.DeviceInfo.UpTime", "writable": False},
                {"name": "Device.DeviceInfo.Log.", "writable": True},
            ]
        }
    )


def test_an_empty_list_is_an_answer_too() -> None:
    begun = job(path="Device.Users.")
    outcome = GetNames().answered(begun, PHONE, listed())
    assert GetNames().next(job(dict(outcome.progress), path="Device.Users."), PHONE) == Done({"names": []})


@pytest.mark.parametrize("next_level", [True, False])
def test_a_phone_that_refuses_the_empty_path_is_asked_for_its_root_once(next_level: bool) -> None:
    program, begun = GetNames(), job(next_level=next_level)
    assert program.next(begun, PHONE) == Ask(GetParameterNames(ParameterPath="", NextLevel=next_level))
    outcome = program.faulted(begun, PHONE, REFUSED)
    assert outcome is not None
    second = job(dict(outcome.progress), next_level=next_level)
    assert program.next(second, PHONE) == Ask(GetParameterNames(ParameterPath="Device.", NextLevel=next_level))
    assert program.faulted(second, PHONE, REFUSED) is None


def test_there_is_no_second_way_for_a_path_of_the_operator_or_an_unknown_root() -> None:
    assert GetNames().faulted(job(path="Device.X."), PHONE, REFUSED) is None
    assert GetNames().faulted(job(), Phone(), REFUSED) is None


@pytest.mark.parametrize(
    ("given", "checked"),
    [
        ({}, {"path": "", "next_level": False}),
        ({"next_level": True}, {"path": "", "next_level": True}),
        ({"path": " Device. ", "next_level": True}, {"path": "Device.", "next_level": True}),
        ({"path": "Device.a"}, {"path": "Device.a", "next_level": False}),
        ({"path": "Device.a", "next_level": True}, {"path": "Device.a.", "next_level": True}),
    ],
)
def test_arguments_have_one_canonical_form(given: dict[str, Any], checked: dict[str, Any]) -> None:
    assert GetNames().check(given) == checked


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"path": None}, "path"),
        ({"path": "Device. x"}, "path"),
        ({"next_level": 1}, "next_level"),
        ({"next_level": None}, "next_level"),
        ({"names": ["Device."]}, "names"),
    ],
)
def test_arguments_that_ask_for_nothing_are_refused(given: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        GetNames().check(given)
    assert caught.value.field == field
