"""A call in some time is believed when it comes."""

from dataclasses import replace
from typing import Any

import pytest

from acs.domain.planning.programs.scheduling import LATE_SECONDS, LONGEST_DELAY, ScheduleInformProgram
from acs.domain.planning.steps import Ask, Done, Job, Phone, Wait
from acs.errors import BadRequest
from cwmp_schemas.cpe_rpcs import ScheduleInform, ScheduleInformResponse
from cwmp_schemas.faults import Fault

PROGRAM = ScheduleInformProgram()
PHONE = Phone(now=1000.0)


def test_it_is_asked_awaited_and_proven_by_its_events() -> None:
    job = Job("t7", "schedule_inform", PROGRAM.check({"delay_seconds": 60}), {})
    assert PROGRAM.next(job, PHONE) == Ask(ScheduleInform(DelaySeconds=60, CommandKey="t7"))
    job = replace(job, progress=PROGRAM.answered(job, PHONE, ScheduleInformResponse()).progress)
    waiting = PROGRAM.next(job, PHONE)
    assert isinstance(waiting, Wait)
    assert (waiting.state, waiting.seconds, waiting.agreed) == ("verifying", 60 + LATE_SECONDS, True)
    assert waiting.on_timeout is not None
    assert waiting.on_timeout.code == "not_informed"
    assert not PROGRAM.due(job, 1050.0)
    assert PROGRAM.due(job, 1058.0)
    seen = ["3 SCHEDULED", "M ScheduleInform"]
    done = PROGRAM.next(replace(job, progress={**job.progress, "seen": seen}), PHONE)
    assert done == Done({"delay_seconds": 60}, {"events": seen})


def test_a_call_that_was_never_asked_for_is_never_due() -> None:
    assert not PROGRAM.due(Job("t7", "schedule_inform", {"delay_seconds": 1}, {}), 1e12)


def test_a_fault_is_left_to_the_rules() -> None:
    assert PROGRAM.faulted(Job("t7", "schedule_inform", {"delay_seconds": 1}, {}), PHONE, Fault(FaultCode=9000)) is None


@pytest.mark.parametrize("given", [None, 0, -1, 1.5, "60", True, LONGEST_DELAY + 1])
def test_a_delay_is_a_number_of_seconds(given: Any) -> None:
    with pytest.raises(BadRequest) as refused:
        PROGRAM.check({} if given is None else {"delay_seconds": given})
    assert refused.value.field == "delay_seconds"
