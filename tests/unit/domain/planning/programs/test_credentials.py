"""Credentials of its own for every phone: two pairs, each on its own, and no secret in the task."""

import itertools
import json
from dataclasses import replace

import pytest

from acs.domain.devices.quirks import Quirks
from acs.domain.parameters.tree import EMPTY
from acs.domain.planning.programs.credentials import ProvisionCredentials
from acs.domain.planning.steps import Ask, Done, Failed, Job, Phone, Prepare, TaskFault
from acs.errors import BadRequest
from cwmp_schemas.cpe_rpcs import SetParameterValues, SetParameterValuesResponse
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterValueStruct, TypedValue

PROGRAM = ProvisionCredentials()
SECRETS = {
    "Username": "cpe-1",
    "Password": "s3cret",
    "ConnectionRequestUsername": "acs-1",
    "ConnectionRequestPassword": "s3same",
}
PHONE = Phone(root="InternetGatewayDevice.", secrets=SECRETS)
JOB = Job("t1", "provision_credentials", {}, {})
OK = SetParameterValuesResponse(Status=0)
REFUSED = Fault(FaultCode=9007, FaultString="Invalid parameter value")


def pair(*names: str) -> Ask:
    return Ask(
        SetParameterValues(
            ParameterList=tuple(
                ParameterValueStruct(
                    Name=f"InternetGatewayDevice.ManagementServer.{name}",
                    Value=TypedValue(SECRETS[name], "xsd:string"),
                )
                for name in names
            ),
            ParameterKey="",
        )
    )


ACS = pair("Username", "Password")
CONNECTION_REQUEST = pair("ConnectionRequestUsername", "ConnectionRequestPassword")


def told(job: Job, message: SetParameterValuesResponse | Fault) -> tuple[Job, bool]:
    """Take in an answer; give the job and whether the phone's own credentials count as offered now."""
    if isinstance(message, Fault):
        outcome = PROGRAM.faulted(job, PHONE, message)
        assert outcome is not None
    else:
        outcome = PROGRAM.answered(job, PHONE, message)
    return replace(job, progress=outcome.progress), outcome.learnt.credentials_set


def test_first_the_pair_to_call_us_then_the_pair_to_call_the_phone() -> None:
    assert PROGRAM.next(JOB, PHONE) == ACS
    job, offered = told(JOB, OK)
    assert offered
    assert PROGRAM.next(job, PHONE) == CONNECTION_REQUEST
    job, offered = told(job, OK)
    assert not offered
    assert PROGRAM.next(job, PHONE) == Done({"set": ["acs", "cr"], "refused": {}})


def test_without_a_pair_for_connection_requests_the_phone_is_still_ours() -> None:
    job, _ = told(told(JOB, OK)[0], REFUSED)
    fault = {"code": "9007", "message": "Invalid parameter value"}
    assert PROGRAM.next(job, PHONE) == Done({"set": ["acs"], "refused": {"cr": fault}})


@pytest.mark.parametrize("second", [OK, REFUSED])
def test_a_phone_that_keeps_the_shared_pair_fails_after_both_were_tried(
    second: SetParameterValuesResponse | Fault,
) -> None:
    job, offered = told(JOB, Fault(FaultCode=9001, FaultString="Request denied"))
    assert not offered
    assert PROGRAM.next(job, PHONE) == CONNECTION_REQUEST
    job, offered = told(job, second)
    assert not offered
    assert PROGRAM.next(job, PHONE) == Failed(TaskFault("9001", "Request denied"))


def test_a_pair_whose_answer_was_lost_is_written_again_as_it_was() -> None:
    assert PROGRAM.next(replace(JOB, attempts=2), PHONE) == ACS
    job, _ = told(JOB, OK)
    assert PROGRAM.next(replace(job, attempts=2), PHONE) == CONNECTION_REQUEST


def test_no_secret_is_kept_in_the_progress_or_the_result() -> None:
    given: tuple[SetParameterValuesResponse | Fault, ...] = (OK, REFUSED)
    for first, second in itertools.product(given, given):
        job, _ = told(told(JOB, first)[0], second)
        step = PROGRAM.next(job, PHONE)
        kept = json.dumps(job.progress) + repr(step)
        assert not [secret for secret in SECRETS.values() if secret in kept]


def test_the_pairs_are_made_before_anything_is_asked() -> None:
    assert PROGRAM.next(JOB, Phone(root="Device.")) == Prepare()


def test_without_a_root_the_names_cannot_be_known() -> None:
    step = PROGRAM.next(JOB, Phone(secrets=SECRETS))
    assert isinstance(step, Failed)
    assert step.fault.code == "no_root"


def test_it_takes_no_arguments() -> None:
    assert PROGRAM.check({}) == {}
    with pytest.raises(BadRequest) as refused:
        PROGRAM.check({"password": "x"})
    assert refused.value.field == "password"


STUN = {
    "STUNUsername": "stun-1",
    "STUNPassword": "s3cond",
    "STUNServerAddress": "acs.example",
    "STUNServerPort": "3478",
    "STUNEnable": "1",
}
BOTH_DONE = Job("t1", "provision_credentials", {}, {"done": ["acs", "cr"]})


def values(step: object) -> dict[str, TypedValue]:
    assert isinstance(step, Ask)
    assert isinstance(step.message, SetParameterValues)
    return {item.Name.rpartition(".")[2]: item.Value for item in step.message.ParameterList}


def test_where_there_is_a_stun_server_the_phone_is_told_it_last() -> None:
    phone = replace(PHONE, secrets={**SECRETS, **STUN})
    assert PROGRAM.next(JOB, phone) == ACS
    asked = values(PROGRAM.next(BOTH_DONE, phone))
    assert {name: value.text for name, value in asked.items()} == STUN
    assert {asked[name].type for name in STUN} == {"xsd:string", "xsd:unsignedInt", "xsd:boolean"}
    job, offered = told(BOTH_DONE, OK)
    assert not offered
    assert PROGRAM.next(job, phone) == Done({"set": ["acs", "cr", "stun"], "refused": {}})


def test_a_phone_without_stun_is_none_the_worse() -> None:
    phone = replace(PHONE, secrets={**SECRETS, **STUN})
    job, _ = told(BOTH_DONE, Fault(FaultCode=9005, FaultString="Invalid parameter name"))
    done = PROGRAM.next(job, phone)
    assert isinstance(done, Done)
    assert done.result["refused"]["stun"]["code"] == "9005"


def test_a_phone_whose_tree_is_known_is_asked_only_if_it_has_stun() -> None:
    names = [(f"InternetGatewayDevice.X.{number}", False) for number in range(200)]
    phone = replace(PHONE, secrets={**SECRETS, **STUN}, parameters=EMPTY.with_names(names))
    assert isinstance(PROGRAM.next(BOTH_DONE, phone), Done)
    names.append(("InternetGatewayDevice.ManagementServer.STUNEnable", True))
    assert isinstance(PROGRAM.next(BOTH_DONE, replace(phone, parameters=EMPTY.with_names(names))), Ask)


def test_booleans_are_written_as_the_phone_wants_them() -> None:
    phone = replace(PHONE, secrets={**SECRETS, **STUN}, quirks=Quirks(boolean_literals=True))
    assert values(PROGRAM.next(BOTH_DONE, phone))["STUNEnable"].text == "true"
