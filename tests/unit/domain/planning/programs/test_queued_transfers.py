"""The phone's own queue: looked at, and emptied."""

from dataclasses import replace
from typing import Any

import pytest

from acs.domain.planning.programs.queued_transfers import (
    CancelTransferProgram,
    GetAllQueuedTransfersProgram,
    GetQueuedTransfersProgram,
)
from acs.domain.planning.steps import Ask, Done, Failed, Job, Phone
from acs.errors import BadRequest
from cwmp_schemas.cpe_rpcs import (
    CancelTransfer,
    CancelTransferResponse,
    GetAllQueuedTransfers,
    GetAllQueuedTransfersResponse,
    GetQueuedTransfers,
    GetQueuedTransfersResponse,
)
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import AllQueuedTransferStruct, QueuedTransferStruct

PHONE = Phone()
OURS, EVERY, CANCEL = GetQueuedTransfersProgram(), GetAllQueuedTransfersProgram(), CancelTransferProgram()


def test_our_transfers() -> None:
    job = Job("t", "get_queued_transfers", OURS.check({}), {})
    assert OURS.next(job, replace(PHONE, schema_version="1.0")) == Ask(GetQueuedTransfers())
    waiting = (QueuedTransferStruct(CommandKey="k", State=2), QueuedTransferStruct(CommandKey="l", State=9))
    outcome = OURS.answered(job, PHONE, GetQueuedTransfersResponse(TransferList=waiting))
    transfers = [{"command_key": "k", "state": "in_progress"}, {"command_key": "l", "state": "9"}]
    assert OURS.next(replace(job, progress=outcome.progress), PHONE) == Done({"transfers": transfers})
    assert OURS.faulted(job, PHONE, Fault(FaultCode=9000)) is None


def test_everybody_s_transfers() -> None:
    job = Job("t", "get_all_queued_transfers", EVERY.check({}), {})
    assert EVERY.next(job, PHONE) == Ask(GetAllQueuedTransfers())
    assert isinstance(EVERY.next(job, replace(PHONE, schema_version="1.0")), Failed)
    item = AllQueuedTransferStruct(CommandKey="", State=3, IsDownload=False, FileType="2 Vendor Log File", FileSize=7)
    outcome = EVERY.answered(job, PHONE, GetAllQueuedTransfersResponse(TransferList=(item,)))
    told = {
        "command_key": "",
        "state": "completed",
        "is_download": False,
        "file_type": "2 Vendor Log File",
        "file_size": 7,
        "target_file_name": "",
    }
    assert EVERY.next(replace(job, progress=outcome.progress), PHONE) == Done({"transfers": [told]})


def test_a_transfer_is_given_up() -> None:
    job = Job("t", "cancel_transfer", CANCEL.check({"command_key": "k"}), {})
    assert CANCEL.next(job, PHONE) == Ask(CancelTransfer(CommandKey="k"))
    assert isinstance(CANCEL.next(job, replace(PHONE, schema_version="1.1")), Failed)
    outcome = CANCEL.answered(job, PHONE, CancelTransferResponse())
    assert CANCEL.next(replace(job, progress=outcome.progress), PHONE) == Done({"command_key": "k"})


def test_a_transfer_that_is_under_way_stays_and_the_task_says_why() -> None:
    job = Job("t", "cancel_transfer", CANCEL.check({"command_key": "k"}), {})
    outcome = CANCEL.faulted(job, PHONE, Fault(FaultCode=9021, FaultString="in progress"))
    assert outcome is not None
    step = CANCEL.next(replace(job, progress=outcome.progress), PHONE)
    assert isinstance(step, Failed)
    assert step.fault.code == "9021"
    assert "'k'" in step.fault.message
    assert "in progress" in step.fault.message
    assert CANCEL.faulted(job, PHONE, Fault(FaultCode=9000)) is None


@pytest.mark.parametrize(
    ("program", "arguments", "field"),
    [
        (OURS, {"x": 1}, "x"),
        (EVERY, {"x": 1}, "x"),
        (CANCEL, {}, "command_key"),
        (CANCEL, {"command_key": ""}, "command_key"),
        (CANCEL, {"command_key": "x" * 33}, "command_key"),
        (CANCEL, {"command_key": "a\nb"}, "command_key"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_field(program: Any, arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        program.check(arguments)
    assert refused.value.field == field
