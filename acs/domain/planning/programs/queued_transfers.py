"""``get_queued_transfers``, ``get_all_queued_transfers``, ``cancel_transfer``: what waits in the phone's own queue."""

from collections.abc import Mapping
from typing import Any, Final

from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.programs.versions import without
from acs.domain.planning.steps import Ask, Done, Failed, Job, Outcome, Phone, Step, TaskFault, updated
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import (
    CancelTransfer,
    GetAllQueuedTransfers,
    GetAllQueuedTransfersResponse,
    GetQueuedTransfers,
    GetQueuedTransfersResponse,
)
from cwmp_schemas.faults import Fault

MAX_TRANSFERS: Final = 64
"""Of a list that the standard bounds to 16."""
STATES: Final = {1: "not_started", 2: "in_progress", 3: "completed"}
"""TR-069 A.4.1.1: 3 is over but for the final clean-up."""


class GetQueuedTransfersProgram:
    """Which transfers of ours wait?"""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Takes no arguments."""
        arg.only(arguments)
        return {}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask once."""
        if "transfers" in job.progress:
            return Done({"transfers": job.progress["transfers"]})
        return self._question(phone)

    def _question(self, phone: Phone) -> Step:
        return Ask(GetQueuedTransfers())

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Keep the list."""
        assert isinstance(message, GetQueuedTransfersResponse | GetAllQueuedTransfersResponse)
        return Outcome({"transfers": [_transfer(each) for each in message.TransferList[:MAX_TRANSFERS]]})

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Left to the rules of ``retries``."""
        return None


class GetAllQueuedTransfersProgram(GetQueuedTransfersProgram):
    """Which transfers wait, whoever asked for them?"""

    def _question(self, phone: Phone) -> Step:
        return without("GetAllQueuedTransfers", phone) or Ask(GetAllQueuedTransfers())


class CancelTransferProgram:
    """Give up every transfer with a CommandKey; it succeeds where there is none (TR-069 A.4.1.9)."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``command_key``: the id of the transfer's task, or any other key that the phone may know."""
        arg.only(arguments, "command_key")
        key = arg.text(arguments, "command_key", longest=arg.MAX_KEY)
        if not key:
            raise BadRequest("command_key must not be empty: an empty one would name no transfer", field="command_key")
        return {"command_key": key}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask once."""
        key = job.arguments["command_key"]
        if job.progress.get("cancelled"):
            return Done({"command_key": key})
        if (refused := job.progress.get("refused")) is not None:
            text = f"The phone does not let go of the transfer {key!r} in its present state"
            return Failed(TaskFault("9021", f"{text}: it is being carried out or applied. It said: {refused}"))
        return without("CancelTransfer", phone) or Ask(CancelTransfer(CommandKey=key))

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """None with this key is left."""
        return Outcome(updated(job.progress, cancelled=True))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """9021 is final: by the time that the phone could, there is nothing left to cancel."""
        if fault.FaultCode == 9021:
            return Outcome(updated(job.progress, refused=fault.FaultString or "Cancellation not permitted"))
        return None


def _transfer(item: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"command_key": item.CommandKey, "state": STATES.get(item.State, str(item.State))}
    if hasattr(item, "IsDownload"):
        told |= {
            "is_download": item.IsDownload,
            "file_type": item.FileType,
            "file_size": item.FileSize,
            "target_file_name": item.TargetFileName,
        }
    return told
