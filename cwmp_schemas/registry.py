"""The list of all methods: who is called, since which version, and the classes of request and response."""

from typing import Final, Literal, NamedTuple

from cwmp_schemas import acs_rpcs, cpe_rpcs
from cwmp_schemas._spyne import Struct
from cwmp_schemas.namespaces import VERSIONS

Callee = Literal["CPE", "ACS"]


class Rpc(NamedTuple):
    """One method as one side offers it."""

    name: str
    request: type[Struct]
    response: type[Struct]
    callee: Callee
    since: str
    """First CWMP version whose schema has it."""
    deprecated: str | None = None
    """First CWMP version that advises against it."""

    def in_version(self, version: str) -> bool:
        """Whether that CWMP version has the method."""
        return VERSIONS.index(self.since) <= VERSIONS.index(version)


def _rpc(request: type[Struct], response: type[Struct], callee: Callee, since: str, until: str | None = None) -> Rpc:
    return Rpc(request.__name__, request, response, callee, since, until)


_c = cpe_rpcs
_a = acs_rpcs

RPCS: Final[tuple[Rpc, ...]] = (
    _rpc(_c.GetRPCMethods, _c.GetRPCMethodsResponse, "CPE", "1.0"),
    _rpc(_c.SetParameterValues, _c.SetParameterValuesResponse, "CPE", "1.0"),
    _rpc(_c.GetParameterValues, _c.GetParameterValuesResponse, "CPE", "1.0"),
    _rpc(_c.GetParameterNames, _c.GetParameterNamesResponse, "CPE", "1.0"),
    _rpc(_c.SetParameterAttributes, _c.SetParameterAttributesResponse, "CPE", "1.0"),
    _rpc(_c.GetParameterAttributes, _c.GetParameterAttributesResponse, "CPE", "1.0"),
    _rpc(_c.AddObject, _c.AddObjectResponse, "CPE", "1.0"),
    _rpc(_c.DeleteObject, _c.DeleteObjectResponse, "CPE", "1.0"),
    _rpc(_c.Download, _c.DownloadResponse, "CPE", "1.0"),
    _rpc(_c.Reboot, _c.RebootResponse, "CPE", "1.0"),
    _rpc(_c.GetQueuedTransfers, _c.GetQueuedTransfersResponse, "CPE", "1.0", "1.1"),
    _rpc(_c.ScheduleInform, _c.ScheduleInformResponse, "CPE", "1.0"),
    _rpc(_c.SetVouchers, _c.SetVouchersResponse, "CPE", "1.0", "1.2"),
    _rpc(_c.GetOptions, _c.GetOptionsResponse, "CPE", "1.0", "1.2"),
    _rpc(_c.Upload, _c.UploadResponse, "CPE", "1.0"),
    _rpc(_c.FactoryReset, _c.FactoryResetResponse, "CPE", "1.0"),
    _rpc(_c.GetAllQueuedTransfers, _c.GetAllQueuedTransfersResponse, "CPE", "1.1"),
    _rpc(_c.ScheduleDownload, _c.ScheduleDownloadResponse, "CPE", "1.2"),
    _rpc(_c.CancelTransfer, _c.CancelTransferResponse, "CPE", "1.2"),
    _rpc(_c.ChangeDUState, _c.ChangeDUStateResponse, "CPE", "1.2"),
    _rpc(_c.GetRPCMethods, _c.GetRPCMethodsResponse, "ACS", "1.0"),
    _rpc(_a.Inform, _a.InformResponse, "ACS", "1.0"),
    _rpc(_a.TransferComplete, _a.TransferCompleteResponse, "ACS", "1.0"),
    _rpc(_a.AutonomousTransferComplete, _a.AutonomousTransferCompleteResponse, "ACS", "1.1"),
    _rpc(_a.Kicked, _a.KickedResponse, "ACS", "1.0", "1.2"),
    _rpc(_a.RequestDownload, _a.RequestDownloadResponse, "ACS", "1.0"),
    _rpc(_a.DUStateChangeComplete, _a.DUStateChangeCompleteResponse, "ACS", "1.2"),
    _rpc(_a.AutonomousDUStateChangeComplete, _a.AutonomousDUStateChangeCompleteResponse, "ACS", "1.2"),
)
"""Every method of CWMP 1.0 to 1.4. ``GetRPCMethods`` has a line for either side."""

MESSAGES: Final[dict[str, type[Struct]]] = {
    model.__name__: model for rpc in RPCS for model in (rpc.request, rpc.response)
}
"""Every message by its element name, requests and responses."""

_BY_NAME: Final[dict[str, Rpc]] = {rpc.name: rpc for rpc in reversed(RPCS)}


def by_name(name: str) -> Rpc | None:
    """The method of that name (for ``GetRPCMethods`` the CPE's line), none for a foreign one."""
    return _BY_NAME.get(name)


def method_names(callee: Callee, version: str = VERSIONS[-1]) -> tuple[str, ...]:
    """Names of the methods that one side may offer in a version, for a GetRPCMethodsResponse."""
    return tuple(rpc.name for rpc in RPCS if rpc.callee == callee and rpc.in_version(version))
