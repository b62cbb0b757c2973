"""``reboot`` and ``factory_reset``: asked once, proven by the events of a later Inform."""

from collections.abc import Mapping
from typing import Any

from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.steps import Ask, Done, Job, Outcome, Phone, Step, TaskFault, Wait, updated
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import FactoryReset, Reboot
from cwmp_schemas.faults import Fault

RESTART_SECONDS = 900.0
"""A phone that has not come back by then did not restart; a slow one with a firmware check takes three minutes."""


class RebootProgram:
    """Restart the phone; proof: ``M Reboot`` with our CommandKey, or ``1 BOOT`` after the request."""

    exclusive = True
    heavy = True

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Takes no arguments."""
        arg.only(arguments)
        return {}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask, then wait for the phone to come back."""
        if (seen := job.progress.get("seen")) is not None:
            return Done({}, {"events": seen})
        if job.progress.get("asked"):
            return Wait(
                "verifying",
                RESTART_SECONDS,
                TaskFault("not_restarted", "The phone answered Reboot, but no Inform with 1 BOOT came."),
            )
        return Ask(Reboot(CommandKey=job.id))

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """The phone promised to restart."""
        return Outcome(updated(job.progress, asked=True))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Left to the rules of ``retries``."""
        return None


class FactoryResetProgram:
    """Reset the phone; proof: ``0 BOOTSTRAP`` after the request."""

    exclusive = True
    heavy = True

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Takes no arguments."""
        arg.only(arguments)
        return {}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask, then wait for the phone to come back as new."""
        if (seen := job.progress.get("seen")) is not None:
            return Done({}, {"events": seen})
        if job.progress.get("asked"):
            return Wait(
                "verifying",
                RESTART_SECONDS,
                TaskFault("not_reset", "The phone answered FactoryReset, but no Inform with 0 BOOTSTRAP came."),
            )
        return Ask(FactoryReset())

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """The phone promised to reset."""
        return Outcome(updated(job.progress, asked=True))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Left to the rules of ``retries``."""
        return None
