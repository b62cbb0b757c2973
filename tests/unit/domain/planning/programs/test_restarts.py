"""A restart is believed when the phone comes back and says so, not when it promises."""

from dataclasses import replace

import pytest

from acs.domain.planning.programs.restarts import RESTART_SECONDS, FactoryResetProgram, RebootProgram
from acs.domain.planning.steps import NOTHING, Ask, Done, Job, Outcome, Phone, Wait, updated
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import FactoryReset, FactoryResetResponse, Reboot, RebootResponse
from cwmp_schemas.faults import Fault

PHONE = Phone(root="Device.")
REBOOT, RESET = RebootProgram(), FactoryResetProgram()
both = pytest.mark.parametrize(
    ("program", "question", "answer", "fault"),
    [
        (REBOOT, Reboot(CommandKey="t7"), RebootResponse(), "not_restarted"),
        (RESET, FactoryReset(), FactoryResetResponse(), "not_reset"),
    ],
    ids=["reboot", "factory_reset"],
)
Restart = RebootProgram | FactoryResetProgram


@both
def test_it_is_asked_once_awaited_and_proven_by_its_events(
    program: Restart, question: Struct, answer: Struct, fault: str
) -> None:
    job = Job("t7", "restart", program.check({}), {})
    assert program.next(job, PHONE) == Ask(question)
    outcome = program.answered(job, PHONE, answer)
    assert outcome == Outcome({"asked": True}, NOTHING)
    job = replace(job, progress=outcome.progress)
    waiting = program.next(job, PHONE)
    assert isinstance(waiting, Wait)
    assert (waiting.state, waiting.seconds) == ("verifying", RESTART_SECONDS)
    assert waiting.on_timeout is not None
    assert waiting.on_timeout.code == fault
    job = replace(job, progress=updated(job.progress, seen=["1 BOOT", "M Reboot"]))
    assert program.next(job, PHONE) == Done({}, {"events": ["1 BOOT", "M Reboot"]})


@both
def test_a_phone_that_restarts_before_it_answers_is_believed_too(
    program: Restart, question: Struct, answer: Struct, fault: str
) -> None:
    job = Job("t7", "restart", {}, {"seen": ["0 BOOTSTRAP"]})
    assert program.next(job, PHONE) == Done({}, {"events": ["0 BOOTSTRAP"]})


@both
@pytest.mark.parametrize("code", [9000, 9001, 9002, 9005])
def test_faults_are_left_to_the_rules(
    program: Restart, question: Struct, answer: Struct, fault: str, code: int
) -> None:
    assert program.faulted(Job("t7", "restart", {}, {}), PHONE, Fault(FaultCode=code)) is None


@both
def test_it_takes_no_arguments(program: Restart, question: Struct, answer: Struct, fault: str) -> None:
    with pytest.raises(BadRequest) as refused:
        program.check({"delay": 5})
    assert refused.value.field == "delay"


@both
def test_nothing_else_is_asked_beside_it(program: Restart, question: Struct, answer: Struct, fault: str) -> None:
    """Quirk 102: a phone that was told to restart may do so at any moment."""
    assert (program.exclusive, program.heavy) == (True, True)


def test_a_slow_phone_has_time_to_come_back() -> None:
    assert RESTART_SECONDS >= 5 * 60
