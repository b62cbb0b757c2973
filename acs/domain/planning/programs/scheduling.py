"""``schedule_inform``: the phone is asked to call by itself in some time; proof is that it does, and says why."""

from collections.abc import Mapping
from typing import Any

from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.steps import Ask, Done, Job, Outcome, Phone, Step, TaskFault, Wait, updated
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import ScheduleInform
from cwmp_schemas.faults import Fault

LONGEST_DELAY = 366 * 86400
"""Seconds; nobody waits longer for a call."""
LATE_SECONDS = 900.0
"""How much later than asked a phone may call: it may be restarting, or retrying a session that failed."""
EARLY_SECONDS = 5.0
"""How much earlier: clocks of phones drift."""


class ScheduleInformProgram:
    """Ask for a call; done when it comes: ``M ScheduleInform`` with our CommandKey, beside ``3 SCHEDULED``."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``delay_seconds``: from 1 (TR-069 A.4.1.2)."""
        arg.only(arguments, "delay_seconds")
        if arguments.get("delay_seconds") is None:
            raise BadRequest("delay_seconds is required", field="delay_seconds")
        delay = arg.number(arguments, "delay_seconds", 0, highest=LONGEST_DELAY)
        if delay < 1:
            raise BadRequest("delay_seconds must be at least 1", field="delay_seconds")
        return {"delay_seconds": delay}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask, wait, done."""
        delay = job.arguments["delay_seconds"]
        if (seen := job.progress.get("seen")) is not None:
            evidence = {"events": seen, **({"by": by} if (by := job.progress.get("by")) else {})}
            return Done({"delay_seconds": delay}, evidence)
        if job.progress.get("asked"):
            missed = TaskFault(
                "not_informed",
                f"The phone answered ScheduleInform, but did not call with 3 SCHEDULED within {delay} s and "
                f"{LATE_SECONDS:.0f} s more.",
            )
            return Wait("verifying", delay + LATE_SECONDS, missed, agreed=True)
        return Ask(ScheduleInform(DelaySeconds=delay, CommandKey=job.id))

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """The phone promised to call."""
        return Outcome(updated(job.progress, asked=True, asked_at=phone.now))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Left to the rules of ``retries``."""
        return None

    @staticmethod
    def due(job: Job, now: float) -> bool:
        """Say whether a ``3 SCHEDULED`` without a CommandKey may be this one (compare quirk 140)."""
        asked_at = job.progress.get("asked_at")
        return asked_at is not None and now >= asked_at + job.arguments["delay_seconds"] - EARLY_SECONDS
