"""``schedule_download``: a download within one of up to two windows of time; proven as any other download is.

The windows count from the moment at which the phone gets the request (TR-069 A.4.1.8). So a transfer that failed is
not asked anew: the same seconds would mean other hours. How often the phone tries within a window is the window's
``max_retries``.
"""

from collections.abc import Mapping
from typing import Any, Final

from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.programs.transfers import TRANSFER_SECONDS, DownloadProgram
from acs.domain.planning.steps import Job, Outcome, Phone, TaskFault, Wait, updated
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import ScheduleDownload, ScheduleDownloadResponse
from cwmp_schemas.structs import TimeWindowStruct

MODES: Final = {
    "any_time": "1 At Any Time",
    "immediately": "2 Immediately",
    "when_idle": "3 When Idle",
    "confirmation": "4 Confirmation Needed",
}
"""How a window may be used, and the words of TR-069 for it; those are taken too, and a vendor's own ``X …``."""
LONGEST: Final = 366 * 86400
"""Seconds until the end of the last window."""


def last_end(arguments: Mapping[str, Any]) -> float:
    """Seconds from the request until the last window is over; 0 for a download without windows."""
    return float(max((window["end"] for window in arguments.get("time_windows", ())), default=0))


class ScheduleDownloadProgram(DownloadProgram):
    """Ask for a download at a time that suits; everything else is as with ``download``."""

    exclusive = False
    """It only makes a note of it: several phones cannot go on after Download (quirk 102), after this all can."""
    heavy = False
    """It may wait for days; a restart need not."""
    method = "ScheduleDownload"
    tries_again = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """As ``download``, and ``time_windows``."""
        rest = {name: value for name, value in arguments.items() if name != "time_windows"}
        return {**super().check(rest), "time_windows": _windows(arguments)}

    def request(self, job: Job, phone: Phone, prepared: Mapping[str, Any]) -> Struct:
        """ScheduleDownload has what Download has, but windows in place of the delay and the browser's URLs."""
        return ScheduleDownload(
            **self.common(job, phone, prepared),
            TimeWindowList=tuple(
                TimeWindowStruct(
                    WindowStart=window["start"],
                    WindowEnd=window["end"],
                    WindowMode=window["mode"],
                    UserMessage=window["user_message"],
                    MaxRetries=window["max_retries"],
                )
                for window in job.arguments["time_windows"]
            ),
        )

    def awaited(self, job: Job) -> Wait:
        """TransferComplete comes when the transfer is over, at the latest after the last window."""
        seconds = last_end(job.arguments) + TRANSFER_SECONDS
        text = "The phone accepted the scheduled download, but no TransferComplete came until its windows were over."
        return Wait("transferring", seconds, TaskFault("no_transfer_complete", text), agreed=True)

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """ScheduleDownloadResponse says nothing but yes."""
        if isinstance(message, ScheduleDownloadResponse):
            return Outcome(updated(job.progress, phase="transferring", asked_at=phone.now))
        return super().answered(job, phone, message)

    @staticmethod
    def told(fault: TaskFault) -> TaskFault:
        """Say what 9020 means for the operator."""
        if fault.code != "9020":
            return fault
        text = f"{fault.message}: the phone did not finish within the time windows; give it others, or use download."
        return TaskFault("9020", text, fault.parameters)


def _windows(arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = arg.listed(arguments, "time_windows", 2, "one or two windows")
    windows = sorted((_window(each, f"time_windows.{i}") for i, each in enumerate(given)), key=lambda w: w["start"])
    if len(windows) == 2 and windows[1]["start"] < windows[0]["end"]:
        raise BadRequest("time_windows must not overlap", field="time_windows")
    return windows


def _window(value: Any, field: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise BadRequest(f"{field} must be an object with start, end and mode", field=field)
    try:
        arg.only(value, "start", "end", "mode", "user_message", "max_retries")
        for name in ("start", "end", "mode"):
            if value.get(name) is None:
                raise BadRequest(f"{name} is required", field=name)
        start = arg.number(value, "start", 0, highest=LONGEST)
        end = arg.number(value, "end", 0, highest=LONGEST)
        if end <= start:
            raise BadRequest("end must be after start; both are seconds from the request", field="end")
        mode = arg.text(value, "mode", longest=64)
        mode = MODES.get(mode, mode)
        if mode not in MODES.values() and not (mode.startswith("X ") and arg.file_type({"mode": mode}, "mode")):
            raise BadRequest(f"mode must be one of: {', '.join(MODES)}", field="mode")
        retries = value.get("max_retries", 0)
        if isinstance(retries, bool) or not isinstance(retries, int) or not -1 <= retries <= 0x7FFF_FFFF:
            raise BadRequest("max_retries must be an integer from -1 (the phone decides)", field="max_retries")
        message = arg.text(value, "user_message", "")
    except BadRequest as error:
        raise BadRequest(f"{field}: {error.message}", field=f"{field}.{error.field}") from None
    return {"start": start, "end": end, "mode": mode, "user_message": message, "max_retries": retries}
