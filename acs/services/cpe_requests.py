"""What phones ask of us or tell us beside Inform and TransferComplete: kept as events, answered by policy.

The session core has the responses; here is what becomes of the request. It is kept before it is acknowledged.
"""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from sqlmodel import col, select

from acs.domain.phones.layers import resolve
from acs.domain.planning.programs import DOWNLOADS
from acs.domain.planning.programs.deployment_units import result_of
from acs.errors import AcsError
from acs.services import work
from acs.services.configs import layers_for
from acs.services.context import Context
from acs.services.devices import note_event
from acs.services.settings import files_of
from acs.services.tasks import add_task
from acs.storage.tables import DeviceRow, FileRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork
from cwmp_schemas._spyne import Struct
from cwmp_schemas.acs_rpcs import (
    AutonomousDUStateChangeComplete,
    AutonomousTransferComplete,
    DUStateChangeComplete,
    Kicked,
    RequestDownload,
)

log = logging.getLogger(__name__)

ORIGIN: Final = "phone"
"""Of tasks that a phone asked for."""
REQUESTS_PER_HOUR: Final = 4
"""How many downloads one phone gets by asking: some ask at every boot, and a configuration may make them boot."""
_LOGIN: Final = re.compile(r"//[^/@]*@")
MAX_ARGUMENTS: Final = 16
MAX_RESULTS: Final = 64


def take_request(uow: UnitOfWork, ctx: Context, device_id: str, message: Struct) -> None:
    """Keep what a phone reports or asks, and do what the policy says."""
    match message:
        case AutonomousTransferComplete():
            _transferred(uow, device_id, message)
        case DUStateChangeComplete():
            task_id = work.du_state_changed(uow, ctx, device_id, message)
            results = [result_of(each) for each in message.Results[:MAX_RESULTS]]
            key = (message.CommandKey or "")[:64]
            note_event(uow, device_id, "du_state_change_complete", command_key=key, task_id=task_id, results=results)
        case AutonomousDUStateChangeComplete():
            results = [result_of(each) for each in message.Results[:MAX_RESULTS]]
            note_event(uow, device_id, "autonomous_du_state_change_complete", results=results)
        case RequestDownload():
            _download_requested(uow, ctx, device_id, message)
        case Kicked():
            told = {"command": message.Command, "referer": message.Referer, "arg": message.Arg, "next": message.Next}
            note_event(uow, device_id, "kicked", **{name: text[:256] for name, text in told.items()})
        case _:
            note_event(uow, device_id, "cpe_request", method=type(message).__name__)


def _transferred(uow: UnitOfWork, device_id: str, message: AutonomousTransferComplete) -> None:
    """A phone moved a file on its own account: what it runs may not be any more what was proven."""
    code = message.FaultStruct.FaultCode
    facts: dict[str, Any] = {
        "announce_url": _shown(message.AnnounceURL),
        "transfer_url": _shown(message.TransferURL),
        "is_download": message.IsDownload,
        "file_type": message.FileType[:64],
        "file_size": message.FileSize,
        "target_file_name": message.TargetFileName[:256],
        "fault_code": str(code),
        "fault": message.FaultStruct.FaultString[:256],
        "start_time": message.StartTime[:64],
        "complete_time": message.CompleteTime[:64],
    }
    note_event(uow, device_id, "autonomous_transfer_complete", **facts)
    device = uow.session.get(DeviceRow, device_id)
    if device is None or code or not message.IsDownload:
        return
    number = message.FileType.strip().partition(" ")[0]
    if number == "1":
        device.firmware = {"state": "unknown", "version": None, "evidence": {"autonomous_transfer": facts}}
    elif number == "3" and device.config_state in ("in_sync", "unknown", "failed"):
        device.config_state = "unknown"
        device.config_evidence = {"autonomous_transfer": facts}
    uow.session.add(device)


def _shown(url: str) -> str:
    """Give a URL as it may be told: without a password that stands in it."""
    return _LOGIN.sub("//***@", url[:1024])[:256]


def _download_requested(uow: UnitOfWork, ctx: Context, device_id: str, message: RequestDownload) -> None:
    asked = {
        "file_type": message.FileType[:64],
        "arguments": [
            {"name": each.Name[:64], "value": each.Value[:256]} for each in message.FileTypeArg[:MAX_ARGUMENTS]
        ],
    }
    device = uow.session.get(DeviceRow, device_id)
    answer: Any = "no such device"
    if device is not None:
        try:
            answer = _wanted(uow, ctx, device, message.FileType)
        except AcsError as error:  # settings that cannot be read: the phone's request is acknowledged all the same
            log.warning("device %s: RequestDownload %s: %s", device_id, message.FileType[:64], error.message)
            answer = error.message
    if isinstance(answer, str):
        note_event(uow, device_id, "request_download", **asked, task_id=None, refused=answer)
        return
    row = add_task(uow, ctx, device_id, "download", answer, origin=ORIGIN)
    note_event(uow, device_id, "request_download", **asked, task_id=row.id, refused=None)


def _wanted(uow: UnitOfWork, ctx: Context, device: DeviceRow, file_type: str) -> dict[str, Any] | str:
    """Give the arguments of the Download that a phone gets, or why it gets none."""
    if ctx.request_download == "off":
        return "ACS_REQUEST_DOWNLOAD is off"
    number = file_type.strip().partition(" ")[0]
    if number not in ("1", "3"):
        return "only the own configuration (3) and firmware (1) are given on request"
    waiting = select(TaskRow.id).where(
        TaskRow.device_id == device.id, col(TaskRow.open), col(TaskRow.type).in_(DOWNLOADS)
    )
    if (task_id := uow.session.exec(waiting.limit(1)).first()) is not None:
        return f"a download waits or is under way already: {task_id}"
    recent = select(TaskRow.id).where(
        TaskRow.device_id == device.id, TaskRow.origin == ORIGIN, TaskRow.created_at > uow.now - 3600.0
    )
    if len(uow.session.exec(recent.limit(REQUESTS_PER_HOUR)).all()) >= REQUESTS_PER_HOUR:
        return f"it has had {REQUESTS_PER_HOUR} downloads by asking within an hour"
    return {"kind": "config"} if number == "3" else _firmware(uow, ctx, device)


def _firmware(uow: UnitOfWork, ctx: Context, device: DeviceRow) -> dict[str, Any] | str:
    named = files_of(resolve(layers_for(uow, ctx, device)).document)
    file_id = next((file_id for path, file_id in named.items() if path.startswith("firmware")), None)
    file = uow.session.get(FileRow, file_id) if file_id else None
    if file is None:
        return "its settings name no firmware"
    if file.models and device.model not in file.models:
        return f"the firmware {file.name} is not for this model"
    if not file.version:
        return f"the firmware {file.name} has no version to compare with"
    if file.version == device.software_version:
        return f"it runs {file.version} already"
    return {"file_id": file.id, "target_file_name": ""}
