"""Methods that a CPE calls on the ACS, with their responses (TR-069 A.3.3, A.4.2).

``GetRPCMethods`` exists on both sides and is in ``cpe_rpcs``.
"""

from cwmp_schemas._spyne import Struct, array, boolean, date_time, repeated, string, struct, unsigned
from cwmp_schemas.datatypes import UNKNOWN_TIME
from cwmp_schemas.structs import (
    FILE_TYPE,
    ArgStruct,
    AutonOpResultStruct,
    DeviceIdStruct,
    EventStruct,
    FaultStruct,
    OpResultStruct,
    ParameterValueStruct,
)

_FaultStruct = FaultStruct  # the field of the same name hides it inside the classes


class Inform(Struct):
    """Opens every session: who calls, why, and the parameters that the ACS must know (A.3.3.1)."""

    DeviceId: DeviceIdStruct = struct(DeviceIdStruct)
    Event: tuple[EventStruct, ...] = array("EventList", EventStruct, maximum=64)
    MaxEnvelopes: int = unsigned(default=1)
    CurrentTime: str = date_time()
    RetryCount: int = unsigned(default=0)
    ParameterList: tuple[ParameterValueStruct, ...] = array("ParameterValueList", ParameterValueStruct)


class InformResponse(Struct):
    """Acknowledges an Inform; MaxEnvelopes is always 1 (TR-069 section 3.4.6)."""

    MaxEnvelopes: int = unsigned(default=1)


class TransferComplete(Struct):
    """A transfer that the ACS had asked for has ended, well or not (A.3.3.2)."""

    CommandKey: str = string(32)
    FaultStruct: _FaultStruct = struct(_FaultStruct)
    StartTime: str = date_time(default=UNKNOWN_TIME)
    CompleteTime: str = date_time(default=UNKNOWN_TIME)


class TransferCompleteResponse(Struct):
    """Acknowledges a TransferComplete."""


class AutonomousTransferComplete(Struct):
    """A transfer that the ACS had not asked for has ended (A.3.3.3)."""

    AnnounceURL: str = string(1024, default="")
    TransferURL: str = string(1024)
    IsDownload: bool = boolean()
    FileType: str = string(64, pattern=FILE_TYPE)
    FileSize: int = unsigned(default=0)
    TargetFileName: str = string(256, default="")
    FaultStruct: _FaultStruct = struct(_FaultStruct)
    StartTime: str = date_time(default=UNKNOWN_TIME)
    CompleteTime: str = date_time(default=UNKNOWN_TIME)


class AutonomousTransferCompleteResponse(Struct):
    """Acknowledges an AutonomousTransferComplete."""


class Kicked(Struct):
    """A user's browser was sent to the CPE's kick URL (A.4.2.1); deprecated since 1.2."""

    Command: str = string(32)
    Referer: str = string(64)
    Arg: str = string(256)
    Next: str = string(1024)


class KickedResponse(Struct):
    """Where the user's browser shall go."""

    NextURL: str = string(1024)


class RequestDownload(Struct):
    """The CPE would like a Download (A.4.2.2)."""

    FileType: str = string(64, pattern=FILE_TYPE)
    FileTypeArg: tuple[ArgStruct, ...] = array("FileTypeArg", ArgStruct, maximum=16, default=())


class RequestDownloadResponse(Struct):
    """Acknowledges a RequestDownload; the ACS sends a Download if it likes."""


class DUStateChangeComplete(Struct):
    """Operations of a ChangeDUState have ended (A.4.2.3)."""

    Results: tuple[OpResultStruct, ...] = repeated(OpResultStruct, minimum=1)
    CommandKey: str | None = string(32, optional=True, default=None)


class DUStateChangeCompleteResponse(Struct):
    """Acknowledges a DUStateChangeComplete."""


class AutonomousDUStateChangeComplete(Struct):
    """Deployment units changed without a request of the ACS (A.4.2.4)."""

    Results: tuple[AutonOpResultStruct, ...] = repeated(AutonOpResultStruct, minimum=1)


class AutonomousDUStateChangeCompleteResponse(Struct):
    """Acknowledges an AutonomousDUStateChangeComplete."""
