"""The BIND flow as a conversation between the program and a phone."""

from dataclasses import replace
from typing import Any

import pytest

from acs.domain.parameters.tree import Parameter, Tree
from acs.domain.phones.carriers import Status
from acs.domain.planning.programs.binding import PASSWORD, Bind, judged, wants_account
from acs.domain.planning.steps import Ask, Done, Failed, Job, Phone, Prepare, Presented, Step, Wait, updated
from acs.errors import BadRequest
from cwmp_schemas import cpe_rpcs as rpc
from cwmp_schemas.faults import Fault, SetParameterValuesFault
from cwmp_schemas.structs import ParameterValueStruct, TypedValue

PROGRAM = Bind()
ROOT = "InternetGatewayDevice."
INFO = f"{ROOT}X_CT-COM_UserInfo."
PHONE = Phone(root=ROOT)
OK = rpc.SetParameterValuesResponse(Status=0)


def tree(*names: str) -> Tree:
    """A discovered tree with these parameters, and so many others as phones have."""
    others = {f"{ROOT}X.{number}": Parameter("") for number in range(150)}
    return Tree({**others, **{name: Parameter("", "xsd:int") for name in names}})


class Talk:
    """``say`` is what the program wants; ``hear`` is what the phone answers."""

    def __init__(self, progress: dict[str, Any], phone: Phone = PHONE, **arguments: Any) -> None:
        self.job = Job("t1", "bind", {"carrier": "ct", **arguments}, progress)
        self.phone = phone

    @property
    def step(self) -> Step:
        return PROGRAM.next(self.job, self.phone)

    def say(self) -> list[tuple[str, str, str]]:
        step = self.step
        assert isinstance(step, Ask), step
        assert isinstance(step.message, rpc.SetParameterValues)
        assert step.message.ParameterKey == ""
        return [(i.Name.removeprefix(ROOT), i.Value.text, i.Value.type) for i in step.message.ParameterList]

    def hear(self, answer: Any = OK) -> Any:
        if isinstance(answer, Fault):
            outcome = PROGRAM.faulted(self.job, self.phone, answer)
        else:
            outcome = PROGRAM.answered(self.job, self.phone, answer)
        if outcome is not None:
            self.job = replace(self.job, progress=outcome.progress)
        return outcome


def judged_ok(**more: Any) -> dict[str, Any]:
    return judged(more, Status.OK, "LG1", "VOIP, IPTV")


def test_a_good_loid() -> None:
    talk = Talk(judged_ok())
    assert talk.say() == [("X_CT-COM_UserInfo.Status", "0", "xsd:int")]
    assert talk.hear().learnt.account_set is False
    assert isinstance(talk.step, Prepare), "a maintenance password is made"
    assert wants_account(talk.job, talk.phone)
    talk.phone = replace(talk.phone, secrets={PASSWORD: "telecomadmin00000001"})
    assert not wants_account(talk.job, talk.phone)
    account = "DeviceInfo.X_CT-COM_TeleComAccount.Password"
    assert talk.say() == [(account, "telecomadmin00000001", "xsd:string")]
    assert talk.hear().learnt.account_set is True
    assert talk.say() == [("X_CT-COM_UserInfo.Result", "0", "xsd:int")]
    talk.hear()
    assert talk.say() == [
        ("X_CT-COM_UserInfo.ServiceName", "VOIP,IPTV", "xsd:string"),
        ("X_CT-COM_UserInfo.ServiceNum", "2", "xsd:unsignedInt"),
    ]
    talk.hear()
    assert isinstance(talk.step, Prepare), "the configuration is ordered"
    talk.job = replace(talk.job, progress=updated(talk.job.progress, child="t2"))
    for state in ("queued", "running", "transferring", "verifying"):
        talk.phone = replace(talk.phone, child=state)
        assert isinstance(talk.step, Wait)
    talk.phone = replace(talk.phone, child="succeeded")
    assert talk.say() == [("X_CT-COM_UserInfo.Result", "1", "xsd:int")]
    talk.hear()
    step = talk.step
    assert isinstance(step, Done)
    assert step.result == {"logical_id": "LG1", "status": 0, "refused": {}, "result": 1, "download": "t2"}
    assert "telecomadmin00000001" not in str(talk.job)


@pytest.mark.parametrize("state", ["failed", "cancelled", "expired", "gone"])
def test_a_configuration_that_was_not_delivered(state: str) -> None:
    done = ["status", "account", "delivering", "services"]
    talk = Talk(judged_ok(done=done, child="t2"), replace(PHONE, child=state))
    assert talk.say() == [("X_CT-COM_UserInfo.Result", "2", "xsd:int")]
    talk.hear()
    step = talk.step
    assert isinstance(step, Failed)
    assert (step.fault.code, "t2" in step.fault.message) == ("not_delivered", True)


@pytest.mark.parametrize(
    ("status", "code"),
    [(1, "password_missing"), (2, "logical_id_unknown"), (3, "password_mismatch"), (5, "already_registered")],
)
def test_a_bad_loid(status: int, code: str) -> None:
    talk = Talk(judged({}, Status(status), "LG1"))
    assert talk.say() == [("X_CT-COM_UserInfo.Status", str(status), "xsd:int")]
    talk.hear()
    step = talk.step
    assert isinstance(step, Failed)
    assert (step.fault.code, "'LG1'" in step.fault.message) == (code, True)


def test_a_phone_is_asked_for_what_its_inform_did_not_tell() -> None:
    talk = Talk({})
    step = talk.step
    assert isinstance(step, Ask)
    assert step.message == rpc.GetParameterValues(ParameterNames=(f"{INFO}UserName", f"{INFO}UserId"))
    told = [(f"{INFO}UserName", " LG1\n"), (f"{INFO}UserId", "hush")]
    answer = rpc.GetParameterValuesResponse(
        ParameterList=tuple(ParameterValueStruct(Name=name, Value=TypedValue(text)) for name, text in told)
    )
    outcome = talk.hear(answer)
    assert outcome.learnt.presented == Presented("LG1", "hush")
    assert "hush" not in str(outcome.progress) + str(outcome.learnt.values)


def test_china_mobile_has_two_names_for_the_password() -> None:
    talk = Talk({}, carrier="cmcc")
    there = f"{ROOT}X_CMCC_UserInfo."
    asked = []
    for _ in range(2):
        step = talk.step
        assert isinstance(step, Ask)
        assert isinstance(step.message, rpc.GetParameterValues)
        asked.append(step.message.ParameterNames)
        talk.hear(Fault(FaultCode=9005, FaultString="Invalid parameter name"))
    assert asked == [(f"{there}UserName", f"{there}Password"), (f"{there}UserName", f"{there}UserId")]
    step = talk.step
    assert isinstance(step, Failed)
    assert step.fault.code == "9005"


def test_after_a_reset_a_phone_without_loid_is_left_in_peace() -> None:
    talk = Talk(judged({}, Status.LOID_UNKNOWN, ""), quiet=True)
    assert talk.step == Done({"logical_id": None, "status": None})


def test_a_phone_that_was_listed_is_not_asked_for_what_it_has_not() -> None:
    talk = Talk(judged_ok(), replace(PHONE, parameters=tree(f"{INFO}Result")))
    assert talk.say() == [("X_CT-COM_UserInfo.Result", "0", "xsd:int")]
    talk.hear()
    assert isinstance(talk.step, Prepare)
    assert not wants_account(talk.job, talk.phone)


def test_refusals_do_not_stand_in_the_way() -> None:
    talk = Talk(judged_ok())
    refused = Fault(FaultCode=9005, FaultString="Invalid parameter name")
    talk.hear(refused)
    talk.phone = replace(talk.phone, secrets={PASSWORD: "x"})
    for _ in range(3):
        talk.say()
        talk.hear(refused)
    assert isinstance(talk.step, Prepare)
    assert list(talk.job.progress["refused"]) == ["status", "account", "delivering", "services"]


def test_a_phone_that_is_busy_is_asked_again_later() -> None:
    talk = Talk(judged_ok())
    assert talk.hear(Fault(FaultCode=9001, FaultString="busy")) is None
    assert talk.say()[0][0] == "X_CT-COM_UserInfo.Status"


def test_a_phone_that_insists_on_its_type() -> None:
    talk = Talk(judged_ok())
    name = f"{INFO}Status"
    wrong = Fault(
        FaultCode=9003,
        FaultString="Invalid arguments",
        SetParameterValuesFault=(SetParameterValuesFault(ParameterName=name, FaultCode=9006, FaultString=""),),
    )
    types = []
    for _ in range(3):
        types.append(talk.say()[0][2])
        talk.hear(wrong)
    assert types == ["xsd:int", "xsd:unsignedInt", "xsd:string"]
    assert list(talk.job.progress["refused"]) == ["status"]
    known = Tree({name: Parameter("99", "xsd:string")})
    assert Talk(judged_ok(), replace(PHONE, parameters=known)).say()[0][2] == "xsd:string"


def test_arguments() -> None:
    assert PROGRAM.check({"carrier": "ct", "quiet": True}) == {"carrier": "ct", "quiet": True}
    for bad in ({}, {"carrier": "other"}, {"carrier": "ct", "password": "x"}):
        with pytest.raises(BadRequest):
            PROGRAM.check(bad)


def test_without_a_root() -> None:
    step = Talk(judged_ok(), Phone()).step
    assert isinstance(step, Failed)
    assert step.fault.code == "no_root"


def test_a_phone_that_denies_a_step_again_and_again_is_served_without_it() -> None:
    """9001 may pass, so it is tried again; but a phone that never lets its Status be written gets its configuration."""
    talk = Talk(judged_ok())
    denied = Fault(FaultCode=9001, FaultString="Request denied")
    assert talk.hear(denied) is None
    talk.job = replace(talk.job, attempts=2)
    assert talk.hear(denied) is None
    talk.job = replace(talk.job, attempts=3)
    assert talk.hear(denied) is not None
    assert talk.job.progress["refused"] == {"status": {"code": "9001", "message": "Request denied"}}
    assert isinstance(talk.step, Prepare), "it goes on"


def test_what_is_refused_is_told_in_the_parameters_own_code() -> None:
    talk = Talk(judged_ok())
    item = SetParameterValuesFault(ParameterName=f"{INFO}Status", FaultCode=9008, FaultString="not writable")
    talk.hear(Fault(FaultCode=9003, FaultString="Invalid arguments", SetParameterValuesFault=(item,)))
    assert talk.job.progress["refused"] == {"status": {"code": "9008", "message": "not writable"}}


@pytest.mark.parametrize("code", [9003, 9007])
def test_a_type_that_was_guessed_may_be_what_an_unclear_refusal_is_about(code: int) -> None:
    talk = Talk(judged_ok())
    for kind in ("xsd:int", "xsd:unsignedInt", "xsd:string"):
        assert talk.say() == [("X_CT-COM_UserInfo.Status", "0", kind)]
        talk.hear(Fault(FaultCode=code, FaultString="Invalid"))
    assert "status" in talk.job.progress["refused"]
    known = Talk(judged_ok(), Phone(root=ROOT, parameters=tree(f"{INFO}Status")))
    known.hear(Fault(FaultCode=code, FaultString="Invalid"))
    assert "status" in known.job.progress["refused"], "the phone's own type is not doubted"
