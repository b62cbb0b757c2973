"""What a phone does when an ACS calls a method: one function per RPC of TR-069 A.3.1, A.3.2 and A.4.1.

``answer`` gives the response, or the ``Transfer`` to carry out before there is one. What goes wrong raises
``CwmpFault``; methods that are not in ``HANDLERS`` do not exist on this phone (9000).
"""

import base64
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from acs.simulator import events
from acs.simulator.calls import Call
from acs.simulator.cpe import SERVER, Cpe
from acs.simulator.datamodel import CwmpFault, Value
from acs.simulator.transfers import Transfer
from cwmp_schemas import cpe_rpcs as rpc
from cwmp_schemas.acs_rpcs import DUStateChangeComplete
from cwmp_schemas.registry import by_name
from cwmp_schemas.structs import (
    AllQueuedTransferStruct,
    OptionStruct,
    ParameterAttributeStruct,
    ParameterInfoStruct,
    ParameterValueStruct,
    QueuedTransferStruct,
)

Answer = Any
"""A response, or a ``Transfer``."""

DOWNLOADS: Final = re.compile(r"(?P<number>[1-6]) .+")
"""FileTypes the phone takes; vendors' own are unknown."""
UPLOADS: Final = re.compile(r"(1|3) Vendor Configuration File.*|(2|4) Vendor Log File.*")
DU_SECONDS: Final = 1.0
"""How long a change of software modules takes."""
SCHEMES: Final = ("http", "https")


def answer(cpe: Cpe, method: str, request: object, now: float, *, untyped: bool = False) -> Answer:
    """Carry out ``method``.

    Args:
        cpe: the phone.
        method: what the ACS calls.
        request: the call's arguments.
        now: seconds since the epoch.
        untyped: values came without ``xsi:type``, as some ACSs write them; the phone goes by its own types then.

    Raises:
        CwmpFault: what the phone answers instead.
    """
    traits = cpe.traits
    if method in traits.faults:
        raise CwmpFault(traits.faults[method], "this phone always says so")
    handler = HANDLERS.get(method)
    if handler is None or request is None or method not in methods(cpe):
        raise CwmpFault(9000, f"no method {method} here")
    cpe.now = now
    if untyped and isinstance(request, rpc.SetParameterValues):
        return _set_parameter_values(cpe, request, untyped=True)
    return handler(cpe, request)


def methods(cpe: Cpe) -> tuple[str, ...]:
    """The methods this phone knows, in the order of the specification."""
    return tuple(
        name
        for name in HANDLERS
        if name not in cpe.traits.unsupported
        and (known := by_name(name)) is not None
        and known.in_version(cpe.cwmp_version)
    )


# --- parameters ------------------------------------------------------------------------------------------------------


def _get_rpc_methods(cpe: Cpe, _: rpc.GetRPCMethods) -> Answer:
    return rpc.GetRPCMethodsResponse(MethodList=methods(cpe))


def _set_parameter_values(cpe: Cpe, request: rpc.SetParameterValues, *, untyped: bool = False) -> Answer:
    _check_key(request.ParameterKey, "ParameterKey")
    _check_count(cpe, len(request.ParameterList))
    # A phone that does not know its types cannot insist on them.
    exact = cpe.traits.value_types == "own" and not untyped
    writes = [
        (each.Name, each.Value.text, each.Value.type.rpartition(":")[2] if exact else "")
        for each in request.ParameterList
    ]
    stored = cpe.traits.spv_status == 1
    cpe.model.set_values(writes, commit=False)
    cpe.written |= {name for name, _, _ in writes}
    writes = [each for each in writes if not _ends_so(each[0], cpe.traits.ignores)]
    for name, _, _ in writes:
        if _ends_so(name, cpe.traits.resets):
            cpe.undone.setdefault(name, cpe.model.get(name.removeprefix(cpe.root)))
    if stored:
        cpe.stored_writes += writes
    else:
        cpe.model.set_values(writes)
        cpe.values_set([name for name, _, _ in writes])
        cpe.told({name for name, _, _ in writes})
    cpe.model.store(SERVER + "ParameterKey", request.ParameterKey)
    return rpc.SetParameterValuesResponse(Status=cpe.traits.spv_status)


def _ends_so(name: str, ends: frozenset[str]) -> bool:
    return any(name.endswith(f".{end}") for end in ends)


def _get_parameter_values(cpe: Cpe, request: rpc.GetParameterValues) -> Answer:
    if not request.ParameterNames:
        raise CwmpFault(9003, "no names given")
    _check_count(cpe, len(request.ParameterNames))
    return rpc.GetParameterValuesResponse(
        ParameterList=tuple(
            ParameterValueStruct(Name=value.name, Value=cpe.typed(value.text, value.type))
            for value in _values(cpe, request.ParameterNames)
        )
    )


def _values(cpe: Cpe, names: Sequence[str]) -> list[Value]:
    """What GetParameterValues gives, with all that phones get wrong there."""
    traits, model = cpe.traits, cpe.model
    if traits.unreadable and any(name.rpartition(".")[2] == traits.unreadable for name in names):
        raise CwmpFault(9005, "Invalid parameter name")
    found = list(model.values(names))
    if traits.hidden_values != "empty" or traits.written_reads_empty:
        found = [replace(each, text=_shown(cpe, each)) for each in found]
    if traits.values_given == "fewer":
        found = found[:-1]
    elif traits.values_given == "more":
        found += model.values((model.path("DeviceInfo.Manufacturer"),))
    return found


def _shown(cpe: Cpe, value: Value) -> str:
    if cpe.traits.written_reads_empty and value.name in cpe.written:
        return ""
    if not cpe.model.schema.parameters[value.name].hidden:
        return value.text
    true = cpe.model.get(value.name.removeprefix(cpe.model.schema.root))
    return {"empty": "", "stars": "******" if true else "", "shown": true}[cpe.traits.hidden_values]


def _get_parameter_names(cpe: Cpe, request: rpc.GetParameterNames) -> Answer:
    return rpc.GetParameterNamesResponse(
        ParameterList=tuple(
            ParameterInfoStruct(Name=name, Writable=writable)
            for name, writable in cpe.model.names(request.ParameterPath, request.NextLevel)
        )
    )


def _set_parameter_attributes(cpe: Cpe, request: rpc.SetParameterAttributes) -> Answer:
    cpe.model.set_attributes(
        [
            (
                each.Name,
                each.Notification if each.NotificationChange else None,
                each.AccessList if each.AccessListChange else None,
            )
            for each in request.ParameterList
        ]
    )
    return rpc.SetParameterAttributesResponse()


def _get_parameter_attributes(cpe: Cpe, request: rpc.GetParameterAttributes) -> Answer:
    return rpc.GetParameterAttributesResponse(
        ParameterList=tuple(
            ParameterAttributeStruct(Name=name, Notification=it.notification, AccessList=it.access_list)
            for name, it in cpe.model.attributes(request.ParameterNames)
        )
    )


def _add_object(cpe: Cpe, request: rpc.AddObject) -> Answer:
    _check_key(request.ParameterKey, "ParameterKey")
    number = cpe.model.add_object(request.ObjectName)
    cpe.model.store(SERVER + "ParameterKey", request.ParameterKey)
    return rpc.AddObjectResponse(InstanceNumber=number, Status=0)


def _delete_object(cpe: Cpe, request: rpc.DeleteObject) -> Answer:
    _check_key(request.ParameterKey, "ParameterKey")
    cpe.model.delete_object(request.ObjectName)
    cpe.model.store(SERVER + "ParameterKey", request.ParameterKey)
    return rpc.DeleteObjectResponse(Status=0)


# --- the phone as a whole --------------------------------------------------------------------------------------------


def _reboot(cpe: Cpe, request: rpc.Reboot) -> Answer:
    _check_key(request.CommandKey, "CommandKey")
    cpe.ask_reboot(request.CommandKey)
    return rpc.RebootResponse()


def _factory_reset(cpe: Cpe, _: rpc.FactoryReset) -> Answer:
    cpe.ask_factory_reset()
    return rpc.FactoryResetResponse()


def _schedule_inform(cpe: Cpe, request: rpc.ScheduleInform) -> Answer:
    _check_key(request.CommandKey, "CommandKey")
    if request.DelaySeconds < 1:
        raise CwmpFault(9003, "DelaySeconds must be greater than 0")
    cpe.scheduled.append((cpe.now + request.DelaySeconds, request.CommandKey))
    return rpc.ScheduleInformResponse()


def _set_vouchers(cpe: Cpe, request: rpc.SetVouchers) -> Answer:
    for voucher in request.VoucherList:
        try:
            data = base64.b64decode(voucher, validate=True)
        except ValueError:
            raise CwmpFault(9003, "a voucher is not Base64") from None
        number = zlib.crc32(data)
        name = f"Option {number % 1000}"
        cpe.options[name] = OptionStruct(
            OptionName=name,
            VoucherSN=number,
            State=1,
            Mode=2,
            StartDate=cpe.date_time(cpe.now),
            IsTransferable=0,
        )
    return rpc.SetVouchersResponse()


def _get_options(cpe: Cpe, request: rpc.GetOptions) -> Answer:
    name = request.OptionName
    if name and name not in cpe.options:
        raise CwmpFault(9003, f"no option {name!r} here")
    return rpc.GetOptionsResponse(OptionList=(cpe.options[name],) if name else tuple(cpe.options.values()))


def _change_du_state(cpe: Cpe, request: rpc.ChangeDUState) -> Answer:
    _check_key(request.CommandKey or "", "CommandKey")
    if not request.Operations:
        raise CwmpFault(9003, "no operations given")
    at = cpe.date_time(cpe.now)
    results = [each for op in request.Operations for each in cpe.units.carry_out(op, cpe.root, at)]
    cpe.calls.append(
        Call(
            DUStateChangeComplete(Results=tuple(results), CommandKey=request.CommandKey),
            (events.DU_STATE_CHANGE_COMPLETE, events.M_CHANGE_DU_STATE),
            command_key=request.CommandKey or "",
            not_before=cpe.now + DU_SECONDS,
        )
    )
    return rpc.ChangeDUStateResponse()


# --- files -----------------------------------------------------------------------------------------------------------


def _download(cpe: Cpe, request: rpc.Download) -> Answer:
    _check_download(request)
    transfer = _queue_download(cpe, request, not_before=cpe.now + request.DelaySeconds)
    if cpe.traits.transfer_complete == "in-response" and request.DelaySeconds == 0:
        return transfer
    return rpc.DownloadResponse(Status=1)


def _schedule_download(cpe: Cpe, request: rpc.ScheduleDownload) -> Answer:
    _check_download(request)
    windows = tuple((cpe.now + each.WindowStart, cpe.now + each.WindowEnd) for each in request.TimeWindowList)
    if not 1 <= len(windows) <= 2 or any(end <= start for start, end in windows):
        raise CwmpFault(9003, "there must be one or two time windows, each with an end after its start")
    if len(windows) == 2 and max(start for start, _ in windows) < min(end for _, end in windows):
        raise CwmpFault(9003, "the time windows overlap")
    windows = tuple(sorted(windows))
    _queue_download(cpe, request, not_before=windows[0][0], windows=windows)
    return rpc.ScheduleDownloadResponse()


def _check_download(request: rpc.Download | rpc.ScheduleDownload) -> None:
    if not DOWNLOADS.fullmatch(request.FileType):
        raise CwmpFault(9003, f"no use for FileType {request.FileType!r}")


def _queue_download(
    cpe: Cpe,
    request: rpc.Download | rpc.ScheduleDownload,
    *,
    not_before: float,
    windows: tuple[tuple[float, float], ...] = (),
) -> Transfer:
    transfer = Transfer(
        is_download=True,
        command_key=request.CommandKey,
        file_type=request.FileType,
        url=request.URL,
        username=request.Username,
        password=request.Password,
        file_size=request.FileSize,
        target_file_name=request.TargetFileName,
        not_before=not_before,
        windows=windows,
    )
    _check_transfer(transfer)
    cpe.transfers.add(transfer)
    return transfer


def _cancel_transfer(cpe: Cpe, request: rpc.CancelTransfer) -> Answer:
    cpe.transfers.cancel(request.CommandKey)
    return rpc.CancelTransferResponse()


def _upload(cpe: Cpe, request: rpc.Upload) -> Answer:
    if not UPLOADS.fullmatch(request.FileType):
        raise CwmpFault(9003, f"nothing of FileType {request.FileType!r} to send")
    transfer = Transfer(
        is_download=False,
        command_key=request.CommandKey,
        file_type=request.FileType,
        url=request.URL,
        username=request.Username,
        password=request.Password,
        not_before=cpe.now + request.DelaySeconds,
    )
    _check_transfer(transfer)
    cpe.transfers.add(transfer)
    return rpc.UploadResponse(Status=1)


def _get_queued_transfers(cpe: Cpe, _: rpc.GetQueuedTransfers) -> Answer:
    return rpc.GetQueuedTransfersResponse(
        TransferList=tuple(
            QueuedTransferStruct(CommandKey=each.command_key, State=int(each.state)) for each in cpe.transfers
        )
    )


def _get_all_queued_transfers(cpe: Cpe, _: rpc.GetAllQueuedTransfers) -> Answer:
    return rpc.GetAllQueuedTransfersResponse(
        TransferList=tuple(
            AllQueuedTransferStruct(
                CommandKey=each.command_key,
                State=int(each.state),
                IsDownload=each.is_download,
                FileType=each.file_type,
                FileSize=each.file_size,
                TargetFileName=each.target_file_name,
            )
            for each in cpe.transfers
        )
    )


def _check_transfer(transfer: Transfer) -> None:
    _check_key(transfer.command_key, "CommandKey")
    try:
        parts = urlsplit(transfer.url)
        host, userinfo = parts.hostname, "@" in parts.netloc
    except ValueError:
        raise CwmpFault(9003, "the URL cannot be read") from None
    if parts.scheme.lower() not in SCHEMES:
        raise CwmpFault(9013, f"no protocol {parts.scheme!r} here")
    if not host or userinfo or len(transfer.url) > 256:
        raise CwmpFault(9003, "the URL names no host, holds user information or is longer than 256 characters")


def _check_key(key: str, name: str) -> None:
    if len(key) > 32:
        raise CwmpFault(9003, f"{name} is longer than 32 characters")


def _check_count(cpe: Cpe, count: int) -> None:
    if 0 < cpe.traits.most_names < count:
        raise CwmpFault(9004, f"at most {cpe.traits.most_names} names at a time")


HANDLERS: Final[Mapping[str, Callable[[Cpe, Any], Answer]]] = {
    "GetRPCMethods": _get_rpc_methods,
    "SetParameterValues": _set_parameter_values,
    "GetParameterValues": _get_parameter_values,
    "GetParameterNames": _get_parameter_names,
    "SetParameterAttributes": _set_parameter_attributes,
    "GetParameterAttributes": _get_parameter_attributes,
    "AddObject": _add_object,
    "DeleteObject": _delete_object,
    "Download": _download,
    "Reboot": _reboot,
    "GetQueuedTransfers": _get_queued_transfers,
    "ScheduleInform": _schedule_inform,
    "Upload": _upload,
    "FactoryReset": _factory_reset,
    "GetAllQueuedTransfers": _get_all_queued_transfers,
    "ScheduleDownload": _schedule_download,
    "CancelTransfer": _cancel_transfer,
    "ChangeDUState": _change_du_state,
    "SetVouchers": _set_vouchers,
    "GetOptions": _get_options,
}
"""The methods of this phone: all that the specification has; behaviours switch some off."""
