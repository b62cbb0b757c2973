"""Structures that the messages are built of, in the schema's words and order (cwmp-1-0.xsd to cwmp-1-4.xsd)."""

from cwmp_schemas._spyne import (
    Base64Text,
    Struct,
    any_value,
    array,
    boolean,
    date_time,
    integer,
    string,
    struct,
    unsigned,
)
from cwmp_schemas.datatypes import UNKNOWN_TIME
from cwmp_schemas.datatypes import TypedValue as TypedValue

_UUID = "[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"
_NOTIFICATION_1_1 = {"1.1": (0, 1, 2)}
_FAULT_1_0 = {"1.0": (0, 9001, 9002, 9010, 9011, 9012)}

FILE_TYPE = r"[1-9]\d*( \S+)+|X [0-9A-F]{6} .+|X \S+ .+"
"""Pattern of FileType, WindowMode and the like since 1.2."""


class DeviceIdStruct(Struct):
    """Who the CPE is. OUI and SerialNumber name it together with ProductClass."""

    Manufacturer: str = string(64)
    OUI: str = string(6, pattern="[0-9A-F]{6}")
    ProductClass: str = string(64)
    SerialNumber: str = string(64)


class EventStruct(Struct):
    """One reason for the session; CommandKey only in events that answer a method."""

    EventCode: str = string(64, pattern=r"\d+( \S+)+|M \S+|X [0-9A-F]{6} .+|X \S+ .+")
    CommandKey: str = string(32, default="")


class ParameterValueStruct(Struct):
    """A parameter and its value."""

    Name: str = string(256)
    Value: TypedValue = any_value()


class ParameterInfoStruct(Struct):
    """A parameter or partial path and whether it may be set (an object: may have instances added or deleted)."""

    Name: str = string(256)
    Writable: bool = boolean()


class SetParameterAttributesStruct(Struct):
    """New attributes of a parameter or of all below a partial path. Notification 3 to 6 since 1.2's schema."""

    Name: str = string(256)
    NotificationChange: bool = boolean(default=True)
    Notification: int = integer(values=(0, 1, 2, 3, 4, 5, 6), earlier=_NOTIFICATION_1_1)
    AccessListChange: bool = boolean(default=False)
    AccessList: tuple[str, ...] = array(
        "AccessList",
        string(64, values=("Subscriber",)),
        member_name="string",
        member_type="xsd:string",
        default=(),
    )


class ParameterAttributeStruct(Struct):
    """Attributes of a parameter."""

    Name: str = string(256)
    Notification: int = integer(values=(0, 1, 2, 3, 4, 5, 6), earlier=_NOTIFICATION_1_1)
    AccessList: tuple[str, ...] = array(
        "AccessList",
        string(64, values=("Subscriber",)),
        member_name="string",
        member_type="xsd:string",
        default=(),
    )


class FaultStruct(Struct):
    """Result of a transfer; FaultCode 0 is success. Real devices send codes outside the list of TR-069 too."""

    FaultCode: int = unsigned(earlier=_FAULT_1_0, default=0)
    FaultString: str = string(256, default="")


class QueuedTransferStruct(Struct):
    """A transfer that waits: State 1 not yet started, 2 in progress, 3 completed."""

    CommandKey: str = string(32)
    State: int = integer(values=(1, 2, 3))


class AllQueuedTransferStruct(Struct):
    """A transfer that waits, whoever asked for it."""

    CommandKey: str = string(32)
    State: int = integer(values=(1, 2, 3))
    IsDownload: bool = boolean()
    FileType: str = string(64, pattern=FILE_TYPE)
    FileSize: int = unsigned(default=0)
    TargetFileName: str = string(256, default="")


class TimeWindowStruct(Struct):
    """When a scheduled download may happen, in seconds from the request's arrival; MaxRetries -1: the CPE decides."""

    WindowStart: int = unsigned()
    WindowEnd: int = unsigned()
    WindowMode: str = string(64, pattern=FILE_TYPE)
    UserMessage: str = string(256, default="")
    MaxRetries: int = integer(default=0)


class OperationStruct(Struct):
    """Abstract base of the deployment unit operations; ``xsi:type`` names the one that is meant."""


class InstallOpStruct(OperationStruct):
    """Install a deployment unit."""

    URL: str = string(1024)
    UUID: str | None = string(pattern=_UUID, optional=True, default=None)
    Username: str | None = string(256, optional=True, default=None)
    Password: str | None = string(256, optional=True, default=None)
    ExecutionEnvRef: str | None = string(256, optional=True, default=None)


class UpdateOpStruct(OperationStruct):
    """Update one deployment unit, or all."""

    UUID: str | None = string(pattern=_UUID, optional=True, default=None)
    Version: str | None = string(32, optional=True, default=None)
    URL: str | None = string(1024, optional=True, default=None)
    Username: str | None = string(256, optional=True, default=None)
    Password: str | None = string(256, optional=True, default=None)


class UninstallOpStruct(OperationStruct):
    """Uninstall a deployment unit."""

    UUID: str = string(pattern=_UUID)
    Version: str | None = string(32, optional=True, default=None)
    ExecutionEnvRef: str | None = string(256, optional=True, default=None)


class DeploymentUnitFaultStruct(Struct):
    """Result of an operation on a deployment unit; FaultCode 0 is success."""

    FaultCode: int = unsigned(default=0)
    FaultString: str | None = string(optional=True, default=None)


class OpResultStruct(Struct):
    """What became of one operation on a deployment unit."""

    UUID: str = string(pattern=_UUID)
    DeploymentUnitRef: str = string()
    Version: str = string(32)
    CurrentState: str = string(values=("Installed", "Uninstalled", "Failed"))
    Resolved: bool = boolean()
    ExecutionUnitRefList: str = string(default="")
    StartTime: str = date_time(default=UNKNOWN_TIME)
    CompleteTime: str = date_time(default=UNKNOWN_TIME)
    Fault: DeploymentUnitFaultStruct = struct(DeploymentUnitFaultStruct)


class AutonOpResultStruct(OpResultStruct):
    """What became of an operation that the ACS had not asked for."""

    OperationPerformed: str = string()


class OptionStruct(Struct):
    """A voucher option: State 0 to 3, Mode 0 disabled, 1 enabled with expiration, 2 enabled without."""

    OptionName: str = string(64)
    VoucherSN: int = unsigned()
    State: int = unsigned(values=(0, 1, 2, 3))
    Mode: int = integer(values=(0, 1, 2))
    StartDate: str = date_time()
    ExpirationDate: str | None = date_time(optional=True, default=None)
    IsTransferable: int = integer(values=(0, 1))


class ArgStruct(Struct):
    """One named argument of RequestDownload."""

    Name: str = string(64)
    Value: str = string(256)


BASE64 = Base64Text.customize(wire_kind="base64", min_occurs=1, nillable=False)
"""Member of a voucher list."""
