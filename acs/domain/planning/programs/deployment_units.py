"""``change_du_state``: install, update and remove software modules; over only when DUStateChangeComplete says so.

Progress: ``asked`` (the phone agreed, or may have), ``results`` (what it reported, by the service).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.programs.versions import without
from acs.domain.planning.steps import Ask, Done, Failed, Job, Outcome, Phone, Step, TaskFault, Wait, updated
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import ChangeDUState
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import InstallOpStruct, OperationStruct, OpResultStruct, UninstallOpStruct, UpdateOpStruct

MAX_OPERATIONS: Final = 64
CHANGE_SECONDS: Final = 25 * 3600.0
"""A phone has to give up an operation after 24 hours (TR-069 A.4.1.10), and an hour to say so."""
LOST_SECONDS: Final = 1800.0
"""How long a report is awaited where the answer to the request was lost. To ask again could install twice."""

_URL, _UUID, _VERSION, _EE = "url", "uuid", "version", "execution_env_ref"
_FIELDS: Final = {
    "install": (_URL, _UUID, "username", "password", _EE),
    "update": (_UUID, _VERSION, _URL, "username", "password"),
    "uninstall": (_UUID, _VERSION, _EE),
}
_REQUIRED: Final = {"install": _URL, "update": "", "uninstall": _UUID}
_LONGEST: Final = {_URL: 1024, _VERSION: 32}
_UUID_FORM: Final = re.compile("[A-Fa-f0-9]{8}(-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}")


class ChangeDuStateProgram:
    """Ask once, wait for the report, tell what became of each operation."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``operations``: each with ``type`` and what that type takes."""
        arg.only(arguments, "operations")
        value = arg.listed(arguments, "operations", MAX_OPERATIONS, f"1 to {MAX_OPERATIONS} operations")
        return {"operations": [_operation(each, f"operations.{index}") for index, each in enumerate(value)]}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask, wait, judge."""
        if (results := job.progress.get("results")) is not None:
            return _judged(results)
        if job.progress.get("lost"):
            text = (
                "The session ended before the phone answered ChangeDUState, and no DUStateChangeComplete came: what it "
                "did is not known. Look at its DeploymentUnit table before you retry."
            )
            return Wait("transferring", LOST_SECONDS, TaskFault("no_du_state_change_complete", text))
        if job.progress.get("asked"):
            text = "The phone accepted ChangeDUState, but no DUStateChangeComplete came."
            return Wait("transferring", CHANGE_SECONDS, TaskFault("no_du_state_change_complete", text), agreed=True)
        operations = tuple(_struct(each) for each in job.arguments["operations"])
        return without("ChangeDUState", phone) or Ask(ChangeDUState(Operations=operations, CommandKey=job.id))

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """The phone promised to do it."""
        return Outcome(updated(job.progress, asked=True))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Left to the rules of ``retries``."""
        return None

    @staticmethod
    def completed(job: Job, results: Sequence[OpResultStruct]) -> Outcome:
        """Take in a DUStateChangeComplete."""
        return Outcome(updated(job.progress, results=[result_of(each) for each in results], lost=False))


def result_of(result: OpResultStruct) -> dict[str, Any]:
    """Tell one result in JSON, its texts bounded."""
    told: dict[str, Any] = {
        "uuid": result.UUID[:64],
        "deployment_unit_ref": result.DeploymentUnitRef[:256],
        "version": result.Version[:64],
        "current_state": result.CurrentState[:64],
        "resolved": result.Resolved,
        "execution_unit_refs": [each.strip() for each in result.ExecutionUnitRefList[:1024].split(",") if each.strip()],
        "start_time": result.StartTime[:64],
        "complete_time": result.CompleteTime[:64],
        "fault": None,
    }
    if result.Fault.FaultCode:
        told["fault"] = {"code": str(result.Fault.FaultCode), "message": (result.Fault.FaultString or "")[:256]}
    performed = getattr(result, "OperationPerformed", None)
    return told if performed is None else {**told, "operation_performed": performed[:64]}


def _judged(results: Sequence[Mapping[str, Any]]) -> Step:
    result = {"operations": list(results)}
    wrong = [each for each in results if each["fault"] is not None or each["current_state"] == "Failed"]
    if not results:
        return Failed(TaskFault("no_results", "The phone's DUStateChangeComplete tells no results."), result)
    if not wrong:
        return Done(result)
    parameters = tuple(
        {
            "name": each["uuid"] or each["deployment_unit_ref"] or "?",
            "code": (each["fault"] or {}).get("code", "failed"),
            "message": (each["fault"] or {}).get("message") or f"its state is {each['current_state']}",
        }
        for each in wrong
    )
    told = "; ".join(f"{each['name']}: {each['code']} {each['message']}" for each in parameters[:5])
    text = f"{len(wrong)} of {len(results)} operations failed: {told}"
    return Failed(TaskFault(str(parameters[0]["code"]), text, parameters), result)


def _operation(value: Any, field: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise BadRequest(f"{field} must be an object with type", field=field)
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise BadRequest(f"{field}.type must be one of: {', '.join(_FIELDS)}", field=f"{field}.type")
    given = {name: each for name, each in value.items() if name != "type" and each is not None}
    try:
        arg.only(given, *_FIELDS[kind])
        checked: dict[str, Any] = {"type": kind}
        for name in given:
            if name == _URL:
                checked[name] = arg.url(given, name, longest=_LONGEST[name])
            else:
                checked[name] = arg.text(given, name, longest=_LONGEST.get(name, arg.MAX_NAME))
        if _REQUIRED[kind] and _REQUIRED[kind] not in checked:
            raise BadRequest(f"{_REQUIRED[kind]} is required", field=_REQUIRED[kind])
        if _UUID in checked and not _UUID_FORM.fullmatch(checked[_UUID]):
            raise BadRequest("uuid must be a UUID (RFC 4122), 36 characters", field=_UUID)
    except BadRequest as error:
        raise BadRequest(f"{field}: {error.message}", field=f"{field}.{error.field}") from None
    return checked


def _struct(operation: Mapping[str, Any]) -> OperationStruct:
    url, uuid, version = operation.get(_URL), operation.get(_UUID), operation.get(_VERSION)
    username, password = operation.get("username"), operation.get("password")
    match operation["type"]:
        case "install":
            return InstallOpStruct(
                URL=url or "", UUID=uuid, Username=username, Password=password, ExecutionEnvRef=operation.get(_EE)
            )
        case "update":
            return UpdateOpStruct(UUID=uuid, Version=version, URL=url, Username=username, Password=password)
        case _:
            return UninstallOpStruct(UUID=uuid or "", Version=version, ExecutionEnvRef=operation.get(_EE))
