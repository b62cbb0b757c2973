"""Software modules: asked once, over when the phone reports, each operation by name."""

from dataclasses import replace
from typing import Any

import pytest

from acs.domain.planning.programs.deployment_units import CHANGE_SECONDS, LOST_SECONDS, ChangeDuStateProgram, result_of
from acs.domain.planning.steps import Ask, Done, Failed, Job, Phone, Wait
from acs.errors import BadRequest
from cwmp_schemas.cpe_rpcs import ChangeDUState, ChangeDUStateResponse
from cwmp_schemas.envelope import write
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import (
    AutonOpResultStruct,
    DeploymentUnitFaultStruct,
    InstallOpStruct,
    OpResultStruct,
    UninstallOpStruct,
    UpdateOpStruct,
)
from tests.reference import needs_xsd

PROGRAM = ChangeDuStateProgram()
PHONE = Phone()
UUID = "0a0b0c0d-0000-4000-8000-000000000001"
URL = "http://files.example.net/module.pkg"
OPERATIONS = [
    {"type": "install", "url": URL, "username": "u", "password": "hush", "execution_env_ref": "Device.EE.1"},
    {"type": "update", "uuid": UUID, "version": "2", "url": URL},
    {"type": "uninstall", "uuid": UUID, "version": None},
]


def job(**progress: Any) -> Job:
    return Job("t7", "change_du_state", PROGRAM.check({"operations": OPERATIONS}), progress)


def asked() -> ChangeDUState:
    step = PROGRAM.next(job(), PHONE)
    assert isinstance(step, Ask)
    assert isinstance(step.message, ChangeDUState)
    return step.message


def result(code: int = 0, state: str = "Installed", text: str = "", uuid: str = UUID) -> OpResultStruct:
    return OpResultStruct(
        UUID=uuid,
        DeploymentUnitRef="Device.SoftwareModules.DeploymentUnit.1",
        Version="2",
        CurrentState=state,
        Resolved=True,
        ExecutionUnitRefList="a, b",
        Fault=DeploymentUnitFaultStruct(FaultCode=code, FaultString=text),
    )


def test_every_operation_is_asked_under_our_key() -> None:
    assert asked() == ChangeDUState(
        Operations=(
            InstallOpStruct(URL=URL, Username="u", Password="hush", ExecutionEnvRef="Device.EE.1"),
            UpdateOpStruct(UUID=UUID, Version="2", URL=URL),
            UninstallOpStruct(UUID=UUID),
        ),
        CommandKey="t7",
    )


@needs_xsd
@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4"])
def test_what_is_asked_satisfies_the_schema(version: str) -> None:
    from tests.unit.cwmp_schemas.official import problems

    assert not problems(write(asked(), cwmp_namespace="urn:dslforum-org:cwmp-1-2", id="1"), version)


def test_a_phone_of_cwmp_1_1_is_not_asked() -> None:
    assert isinstance(PROGRAM.next(job(), replace(PHONE, schema_version="1.1")), Failed)


def test_it_waits_for_the_report() -> None:
    step = PROGRAM.next(job(**PROGRAM.answered(job(), PHONE, ChangeDUStateResponse()).progress), PHONE)
    assert isinstance(step, Wait)
    assert (step.state, step.seconds, step.agreed) == ("transferring", CHANGE_SECONDS, True)
    assert PROGRAM.faulted(job(), PHONE, Fault(FaultCode=9000)) is None


def test_where_the_answer_was_lost_the_report_is_awaited_and_nothing_asked_again() -> None:
    step = PROGRAM.next(job(lost=True), PHONE)
    assert isinstance(step, Wait)
    assert step.seconds == LOST_SECONDS
    assert step.on_timeout is not None
    assert "not known" in step.on_timeout.message
    reported = PROGRAM.completed(job(lost=True), (result(),))
    assert isinstance(PROGRAM.next(job(**reported.progress), PHONE), Done)


def test_all_well() -> None:
    step = PROGRAM.next(job(**PROGRAM.completed(job(asked=True), (result(), result())).progress), PHONE)
    assert isinstance(step, Done)
    first, _ = step.result["operations"]
    assert (first["uuid"], first["version"], first["current_state"], first["fault"]) == (UUID, "2", "Installed", None)
    assert first["execution_unit_refs"] == ["a", "b"]


def test_one_failure_fails_the_task_by_name_and_tells_the_others() -> None:
    results = (result(), result(9015, "Failed", "cannot reach"), result(state="Failed", uuid=""))
    step = PROGRAM.next(job(**PROGRAM.completed(job(asked=True), results).progress), PHONE)
    assert isinstance(step, Failed)
    assert step.fault.code == "9015"
    assert step.fault.message.startswith("2 of 3 operations failed")
    assert [each["name"] for each in step.fault.parameters] == [UUID, "Device.SoftwareModules.DeploymentUnit.1"]
    assert step.result is not None
    assert len(step.result["operations"]) == 3


def test_a_report_without_results_is_no_success() -> None:
    step = PROGRAM.next(job(**PROGRAM.completed(job(asked=True), ()).progress), PHONE)
    assert isinstance(step, Failed)
    assert step.fault.code == "no_results"


def test_texts_of_a_result_are_bounded() -> None:
    long = OpResultStruct(
        UUID="x" * 9999,
        DeploymentUnitRef="x" * 9999,
        Version="x" * 9999,
        CurrentState="x" * 9999,
        Resolved=False,
        ExecutionUnitRefList="x," * 9999,
        Fault=DeploymentUnitFaultStruct(FaultCode=1, FaultString="x" * 9999),
    )
    assert len(str(result_of(long))) < 8000
    autonomous = AutonOpResultStruct(**{**result().__dict__, "OperationPerformed": "Install"})
    assert result_of(autonomous)["operation_performed"] == "Install"


@pytest.mark.parametrize(
    ("operations", "field"),
    [
        (None, "operations"),
        ([], "operations"),
        ("x", "operations"),
        ([1], "operations.0"),
        ([{"type": "remove"}], "operations.0.type"),
        ([{"type": "install"}], "operations.0.url"),
        ([{"type": "install", "url": "nonsense"}], "operations.0.url"),
        ([{"type": "install", "url": "http://u:p@h/x"}], "operations.0.url"),
        ([{"type": "install", "url": URL, "version": "1"}], "operations.0.version"),
        ([{"type": "update", "uuid": "1234"}], "operations.0.uuid"),
        ([{"type": "update", "version": "x" * 33}], "operations.0.version"),
        ([{"type": "update"}, {"type": "uninstall"}], "operations.1.uuid"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(operations: Any, field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        PROGRAM.check({"operations": operations})
    assert refused.value.field == field
