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


class _Restart:
    """Ask, then wait for the phone to come back; who runs the program notes the events that prove it as ``seen``."""

    exclusive = True
    heavy = True
    missed: TaskFault
    """What it means that the phone did not come back in time."""

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Takes no arguments."""
        arg.only(arguments)
        return {}

    def request(self, job: Job) -> Struct:
        """The request of this kind of restart."""
        raise NotImplementedError

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask, wait, done."""
        if (seen := job.progress.get("seen")) is not None:
            return Done({}, {"events": seen})
        if job.progress.get("asked"):
            return Wait("verifying", RESTART_SECONDS, self.missed)
        return Ask(self.request(job))

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """The phone promised to restart."""
        return Outcome(updated(job.progress, asked=True))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Left to the rules of ``retries``."""
        return None


class RebootProgram(_Restart):
    """Restart the phone; proof: ``M Reboot`` with our CommandKey, or ``1 BOOT`` after the request."""

    missed = TaskFault("not_restarted", "The phone answered Reboot, but no Inform with 1 BOOT came.")

    def request(self, job: Job) -> Struct:
        """Reboot under the task's CommandKey."""
        return Reboot(CommandKey=job.id)


class FactoryResetProgram(_Restart):
    """Reset the phone; proof: ``0 BOOTSTRAP`` after the request."""

    missed = TaskFault("not_reset", "The phone answered FactoryReset, but no Inform with 0 BOOTSTRAP came.")

    def request(self, job: Job) -> Struct:
        """FactoryReset carries no CommandKey."""
        return FactoryReset()
