"""Notification and access: read and written in batches."""

from typing import Any

import pytest

from acs.domain.devices.quirks import Quirks
from acs.domain.planning.programs.arguments import MAX_NAMES
from acs.domain.planning.programs.attributes import GetAttributes, SetAttributes
from acs.domain.planning.steps import Ask, Done, Failed, Job, Learnt, Phone
from acs.errors import BadRequest
from cwmp_schemas.cpe_rpcs import (
    GetParameterAttributes,
    GetParameterAttributesResponse,
    SetParameterAttributes,
    SetParameterAttributesResponse,
)
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterAttributeStruct, SetParameterAttributesStruct

PHONE = Phone(root="Device.", quirks=Quirks(gpv_batch=2, spv_batch=2))


def reading(*names: str, **progress: Any) -> Job:
    return Job("1", "get_parameter_attributes", GetAttributes().check({"names": list(names)}), progress)


def writing(*attributes: dict[str, Any], **progress: Any) -> Job:
    return Job("1", "set_parameter_attributes", SetAttributes().check({"attributes": list(attributes)}), progress)


def test_attributes_are_read_batch_by_batch_and_learnt() -> None:
    program, names = GetAttributes(), ("Device.a", "Device.b", "Device.c.")
    job = reading(*names)
    assert program.next(job, PHONE) == Ask(GetParameterAttributes(ParameterNames=("Device.a", "Device.b")))
    outcome = program.answered(
        job,
        PHONE,
        GetParameterAttributesResponse(
            ParameterList=(
                ParameterAttributeStruct(Name="Device.a", Notification=2, AccessList=("Subscriber",)),
                ParameterAttributeStruct(Name="Device.b", Notification=0),
            )
        ),
    )
    assert outcome.learnt == Learnt(attributes=(("Device.a", 2), ("Device.b", 0)))

    job = reading(*names, **outcome.progress)
    assert program.next(job, PHONE) == Ask(GetParameterAttributes(ParameterNames=("Device.c.",)))
    outcome = program.answered(
        job,
        PHONE,
        GetParameterAttributesResponse(ParameterList=(ParameterAttributeStruct(Name="Device.c.x", Notification=1),)),
    )
    assert outcome.learnt == Learnt(attributes=(("Device.c.x", 1),))
    assert program.next(reading(*names, **outcome.progress), PHONE) == Done(
        {
            "attributes": [
                {"name": "Device.a", "notification": 2, "access_list": ["Subscriber"]},
                {"name": "Device.b", "notification": 0, "access_list": []},
                {"name": "Device.c.x", "notification": 1, "access_list": []},
            ]
        }
    )


def test_only_what_was_given_is_marked_as_a_change() -> None:
    program = SetAttributes()
    entries: tuple[dict[str, Any], ...] = (
        {"name": "Device.a", "notification": 2},
        {"name": "Device.b", "access_list": ["Subscriber"]},
        {"name": "Device.c.", "notification": 0, "access_list": []},
    )
    job = writing(*entries)
    assert program.next(job, PHONE) == Ask(
        SetParameterAttributes(
            ParameterList=(
                SetParameterAttributesStruct(
                    Name="Device.a", NotificationChange=True, Notification=2, AccessListChange=False, AccessList=()
                ),
                SetParameterAttributesStruct(
                    Name="Device.b",
                    NotificationChange=False,
                    Notification=0,
                    AccessListChange=True,
                    AccessList=("Subscriber",),
                ),
            )
        )
    )
    outcome = program.answered(job, PHONE, SetParameterAttributesResponse())
    assert outcome.learnt == Learnt(attributes=(("Device.a", 2),))  # the notification of b stays what it was

    job = writing(*entries, **outcome.progress)
    assert program.next(job, PHONE) == Ask(
        SetParameterAttributes(
            ParameterList=(
                SetParameterAttributesStruct(
                    Name="Device.c.", NotificationChange=True, Notification=0, AccessListChange=True, AccessList=()
                ),
            )
        )
    )
    outcome = program.answered(job, PHONE, SetParameterAttributesResponse())
    assert outcome.learnt == Learnt()  # it was set for all below, which the answer does not name
    assert program.next(writing(*entries, **outcome.progress), PHONE) == Done()


def test_faults_are_left_to_the_rules_for_all_tasks() -> None:
    assert GetAttributes().faulted(reading("Device.a"), PHONE, Fault(FaultCode=9005)) is None
    assert SetAttributes().faulted(writing({"name": "A.b", "notification": 1}), PHONE, Fault(FaultCode=9009)) is None


@pytest.mark.parametrize("notification", range(7))
def test_each_notification_of_the_standard_may_be_set(notification: int) -> None:
    (entry,) = SetAttributes().check({"attributes": [{"name": " A.b ", "notification": notification}]})["attributes"]
    assert entry == {"name": "A.b", "notification": notification}


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", "1.4"])
def test_a_notification_that_the_schema_of_a_version_does_not_have_is_not_sent(version: str) -> None:
    phone = Phone(schema_version=version)
    for notification in range(7):
        step = SetAttributes().next(writing({"name": "A.b", "notification": notification}), phone)
        if version in ("1.0", "1.1") and notification > 2:
            assert isinstance(step, Failed)
            assert step.fault.code == "not_in_version"
            assert f"CWMP {version}" in step.fault.message
        else:
            assert isinstance(step, Ask)
    listed: list[dict[str, Any]] = [
        {"name": "A.b", "notification": 2},
        {"name": "A.c", "access_list": []},
        {"name": "A.d", "notification": 3},
    ]
    early = isinstance(SetAttributes().next(writing(*listed, batch=1), phone), Failed)
    assert early is (version < "1.2")  # before the first batch is out, not half-way


def test_null_is_the_same_as_not_given() -> None:
    given = {"name": "A.b", "notification": 1, "access_list": None}
    assert SetAttributes().check({"attributes": [given]}) == {"attributes": [{"name": "A.b", "notification": 1}]}


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({}, "attributes"),
        ({"attributes": []}, "attributes"),
        ({"attributes": {"name": "A.b", "notification": 1}}, "attributes"),
        ({"attributes": [{"name": "A.b", "notification": 1}] * (MAX_NAMES + 1)}, "attributes"),
        ({"attributes": [{"name": "A.b", "notification": 1}], "names": []}, "names"),
        ({"attributes": ["A.b"]}, "attributes.0"),
        ({"attributes": [{"name": "A.b"}]}, "attributes.0"),
        ({"attributes": [{"name": "A.b", "notification": None}]}, "attributes.0"),
        ({"attributes": [{"name": "A.b", "value": 1}]}, "attributes.0"),
        ({"attributes": [{"name": "A.b", "notification": 1}, {"notification": 1}]}, "attributes.1.name"),
        ({"attributes": [{"name": "A.b", "notification": 7}]}, "attributes.0.notification"),
        ({"attributes": [{"name": "A.b", "notification": True}]}, "attributes.0.notification"),
        ({"attributes": [{"name": "A.b", "notification": "2"}]}, "attributes.0.notification"),
        ({"attributes": [{"name": "A.b", "access_list": "Subscriber"}]}, "attributes.0.access_list"),
        ({"attributes": [{"name": "A.b", "access_list": [1]}]}, "attributes.0.access_list"),
        ({"attributes": [{"name": "A.b", "access_list": ["x" * 65]}]}, "attributes.0.access_list"),
        ({"attributes": [{"name": "A.b", "access_list": ["\x01"]}]}, "attributes.0.access_list"),
    ],
)
def test_attributes_that_change_nothing_or_cannot_be_written_are_refused(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        SetAttributes().check(arguments)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("arguments", "field"),
    [({}, "names"), ({"names": []}, "names"), ({"names": ["A.", ""]}, "names.1"), ({"path": "A."}, "path")],
)
def test_reading_needs_names(arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        GetAttributes().check(arguments)
    assert caught.value.field == field
