"""Methods that the ACS calls on a CPE, with their responses (TR-069 A.3.1, A.3.2, A.4.1).

Arguments that most callers leave empty have that as their default; all are written all the same, since CPEs want
every element (quirk 216).
"""

from cwmp_schemas._spyne import Struct, array, boolean, date_time, integer, repeated, string, unsigned
from cwmp_schemas.datatypes import UNKNOWN_TIME
from cwmp_schemas.structs import (
    BASE64,
    FILE_TYPE,
    AllQueuedTransferStruct,
    OperationStruct,
    OptionStruct,
    ParameterAttributeStruct,
    ParameterInfoStruct,
    ParameterValueStruct,
    QueuedTransferStruct,
    SetParameterAttributesStruct,
    TimeWindowStruct,
)

_OBJECT_NAME = r".*\."


class GetRPCMethods(Struct):
    """Which methods do you know? Either side may ask (A.3.1.1)."""


class GetRPCMethodsResponse(Struct):
    """Names of the methods."""

    MethodList: tuple[str, ...] = array(
        "MethodList", string(64), member_name="string", member_type="xsd:string", minimum=1
    )


class SetParameterValues(Struct):
    """Set parameters, all or none (A.3.2.1)."""

    ParameterList: tuple[ParameterValueStruct, ...] = array("ParameterValueList", ParameterValueStruct)
    ParameterKey: str = string(32, default="")


class SetParameterValuesResponse(Struct):
    """Status 0: applied; 1: stored, will be applied later, as after a reboot."""

    Status: int = integer(values=(0, 1), default=0)


class GetParameterValues(Struct):
    """Values of parameters, or of all below partial paths (A.3.2.2)."""

    ParameterNames: tuple[str, ...] = array(
        "ParameterNames", string(256), member_name="string", member_type="xsd:string", minimum=1
    )


class GetParameterValuesResponse(Struct):
    """The values."""

    ParameterList: tuple[ParameterValueStruct, ...] = array("ParameterValueList", ParameterValueStruct)


class GetParameterNames(Struct):
    """Names below a path; NextLevel true: its children only, false: the whole subtree (A.3.2.3)."""

    ParameterPath: str = string(256)
    NextLevel: bool = boolean()


class GetParameterNamesResponse(Struct):
    """The names."""

    ParameterList: tuple[ParameterInfoStruct, ...] = array("ParameterInfoList", ParameterInfoStruct)


class SetParameterAttributes(Struct):
    """Set notification and access of parameters (A.3.2.4)."""

    ParameterList: tuple[SetParameterAttributesStruct, ...] = array(
        "SetParameterAttributesList", SetParameterAttributesStruct, minimum=1
    )


class SetParameterAttributesResponse(Struct):
    """The attributes are set."""


class GetParameterAttributes(Struct):
    """Notification and access of parameters (A.3.2.5)."""

    ParameterNames: tuple[str, ...] = array(
        "ParameterNames", string(256), member_name="string", member_type="xsd:string", minimum=1
    )


class GetParameterAttributesResponse(Struct):
    """The attributes."""

    ParameterList: tuple[ParameterAttributeStruct, ...] = array("ParameterAttributeList", ParameterAttributeStruct)


class AddObject(Struct):
    """Make an instance of a multi-instance object; the name ends in a dot (A.3.2.6)."""

    ObjectName: str = string(256, pattern=_OBJECT_NAME)
    ParameterKey: str = string(32, default="")


class AddObjectResponse(Struct):
    """The new instance's number; Status as in SetParameterValuesResponse."""

    InstanceNumber: int = unsigned(minimum=1)
    Status: int = integer(values=(0, 1), default=0)


class DeleteObject(Struct):
    """Remove an instance; the name holds its number and ends in a dot (A.3.2.7)."""

    ObjectName: str = string(256, pattern=_OBJECT_NAME)
    ParameterKey: str = string(32, default="")


class DeleteObjectResponse(Struct):
    """Status as in SetParameterValuesResponse."""

    Status: int = integer(values=(0, 1), default=0)


class Download(Struct):
    """Fetch a file and use it (A.3.2.8). FileSize 0: unknown. SuccessURL, FailureURL: for a user's browser only."""

    CommandKey: str = string(32)
    FileType: str = string(64, pattern=FILE_TYPE)
    URL: str = string(256)
    Username: str = string(256, default="")
    Password: str = string(256, default="")
    FileSize: int = unsigned(default=0)
    TargetFileName: str = string(256, default="")
    DelaySeconds: int = unsigned(default=0)
    SuccessURL: str = string(256, default="")
    FailureURL: str = string(256, default="")


class DownloadResponse(Struct):
    """Status 0: done and applied; 1: not yet, a TransferComplete will follow and the times are unknown."""

    Status: int = integer(values=(0, 1), default=0)
    StartTime: str = date_time(default=UNKNOWN_TIME)
    CompleteTime: str = date_time(default=UNKNOWN_TIME)


class Reboot(Struct):
    """Restart (A.3.2.9). Proof is the event ``M Reboot`` with this CommandKey."""

    CommandKey: str = string(32)


class RebootResponse(Struct):
    """The CPE will restart when the session has ended."""


class GetQueuedTransfers(Struct):
    """Which transfers wait? (A.4.1.1); deprecated since 1.1 by GetAllQueuedTransfers."""


class GetQueuedTransfersResponse(Struct):
    """Transfers that the ACS had asked for."""

    TransferList: tuple[QueuedTransferStruct, ...] = array("TransferList", QueuedTransferStruct, maximum=16)


class ScheduleInform(Struct):
    """Call again after this many seconds (A.4.1.2)."""

    DelaySeconds: int = unsigned()
    CommandKey: str = string(32)


class ScheduleInformResponse(Struct):
    """The CPE will call."""


class SetVouchers(Struct):
    """Set option vouchers, signed and in Base64 (A.4.1.3); deprecated since 1.2."""

    VoucherList: tuple[str, ...] = array(
        "VoucherList", BASE64, member_name="base64", member_type="soap-enc:base64", minimum=1
    )


class SetVouchersResponse(Struct):
    """The vouchers are set."""


class GetOptions(Struct):
    """State of an option; an empty name means all (A.4.1.4); deprecated since 1.2."""

    OptionName: str = string(64)


class GetOptionsResponse(Struct):
    """The options."""

    OptionList: tuple[OptionStruct, ...] = array("OptionList", OptionStruct)


class Upload(Struct):
    """Send a file to a URL (A.4.1.5)."""

    CommandKey: str = string(32)
    FileType: str = string(64, pattern=FILE_TYPE)
    URL: str = string(256)
    Username: str = string(256, default="")
    Password: str = string(256, default="")
    DelaySeconds: int = unsigned(default=0)


class UploadResponse(Struct):
    """As DownloadResponse."""

    Status: int = integer(values=(0, 1), default=0)
    StartTime: str = date_time(default=UNKNOWN_TIME)
    CompleteTime: str = date_time(default=UNKNOWN_TIME)


class FactoryReset(Struct):
    """Forget everything (A.4.1.6)."""


class FactoryResetResponse(Struct):
    """The CPE will reset when the session has ended."""


class GetAllQueuedTransfers(Struct):
    """Which transfers wait, whoever asked for them? (A.4.1.7)."""


class GetAllQueuedTransfersResponse(Struct):
    """All transfers that wait."""

    TransferList: tuple[AllQueuedTransferStruct, ...] = array("AllTransferList", AllQueuedTransferStruct, maximum=16)


class ScheduleDownload(Struct):
    """Download within one of up to two windows of time, which must not overlap (A.4.1.8)."""

    CommandKey: str = string(32)
    FileType: str = string(64, pattern=FILE_TYPE)
    URL: str = string(256)
    Username: str = string(256, default="")
    Password: str = string(256, default="")
    FileSize: int = unsigned(default=0)
    TargetFileName: str = string(256, default="")
    TimeWindowList: tuple[TimeWindowStruct, ...] = array("TimeWindowList", TimeWindowStruct, minimum=1, maximum=2)


class ScheduleDownloadResponse(Struct):
    """The download is scheduled."""


class CancelTransfer(Struct):
    """Give up every transfer with this CommandKey (A.4.1.9)."""

    CommandKey: str = string(32)


class CancelTransferResponse(Struct):
    """None with this CommandKey is left."""


class ChangeDUState(Struct):
    """Install, update or uninstall deployment units (A.4.1.10); results come by DUStateChangeComplete."""

    Operations: tuple[OperationStruct, ...] = repeated(OperationStruct, minimum=1)
    CommandKey: str | None = string(32, optional=True, default=None)


class ChangeDUStateResponse(Struct):
    """The operations are accepted."""
