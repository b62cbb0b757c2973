"""Answering a phone that presents a logical identifier: the BIND flow of cwmp.md 5.3.

Whether the identifier is good is decided outside, for that is a look-up among secrets; this program tells the phone and
does what follows: ``Status``, a fresh maintenance password, ``Result`` 0, the configuration (a download task of its
own, which is waited for), ``Result`` 1 or 2. Every step writes a value that is the same however often it is written, so
a step whose answer was lost is simply done again.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from acs.domain.phones.carriers import BY_NAME, Carrier, Result, Status
from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.retries import FaultClass, classify
from acs.domain.planning.steps import (
    Ask,
    Done,
    Failed,
    Job,
    Learnt,
    Outcome,
    Phone,
    Prepare,
    Presented,
    Progress,
    Step,
    TaskFault,
    Wait,
    updated,
)
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import GetParameterValues, GetParameterValuesResponse, SetParameterValues
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterValueStruct, TypedValue

DELIVERY: Final = 8 * 86400.0
"""Seconds within which the configuration's own task has ended one way or the other: a day more than a task lives."""
DENIALS: Final = 3
"""How often a phone may deny a step for the time being, as with 9001, before it is served without that step."""
PASSWORD: Final = "AccountPassword"
"""Name of the fresh maintenance password among ``Phone.secrets``."""
ENDED: Final = frozenset({"succeeded", "failed", "cancelled", "expired", "gone"})
"""What ``Phone.child`` says when there is no more to wait for."""
_TYPES: Final = ("xsd:int", "xsd:unsignedInt", "xsd:string")
"""What ``Status`` and ``Result`` are said to be, in the order of likelihood; the phone's own word comes first."""
_UNDISCOVERED: Final = 100
"""A tree with fewer entries holds what Informs told and was not listed yet; a phone has hundreds."""

REFUSALS: Final[Mapping[int, tuple[str, str]]] = {
    Status.PASSWORD_UNKNOWN: ("password_missing", "It presented the LOID {loid!r} without its password."),
    Status.LOID_UNKNOWN: ("logical_id_unknown", "There is no LOID {loid!r}: add it, or correct it on the phone."),
    Status.MISMATCH: (
        "password_mismatch",
        "It presented the LOID {loid!r} with a password that does not belong to it.",
    ),
    Status.REGISTERED: (
        "already_registered",
        "The LOID {loid!r} is bound to another phone: unbind it there first, if this one replaces it.",
    ),
}


class Bind:
    """Status, account, Result 0, services, configuration, Result 1 or 2."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Takes the carrier, the LOID as far as it is known, and whether a phone without one is left in peace."""
        arg.only(arguments, "carrier", "logical_id", "quiet")
        if arguments.get("carrier") not in BY_NAME:
            raise BadRequest(f"carrier must be one of: {', '.join(BY_NAME)}", field="carrier")
        return dict(arguments)

    def next(self, job: Job, phone: Phone) -> Step:
        """The next step that is neither done nor refused."""
        if not phone.root:
            return Failed(TaskFault("no_root", "The phone's Inform shows neither Device. nor InternetGatewayDevice."))
        verdict = _verdict(job)
        if verdict is None:
            if "unread" in job.progress:
                return Failed(TaskFault(*_pair(job.progress["unread"])))
            return Ask(GetParameterValues(ParameterNames=_presented_names(job, phone)))
        status, loid = verdict
        if not loid and job.arguments.get("quiet"):
            return Done({"logical_id": None, "status": None})
        for step in self._steps(job, phone, status):
            if isinstance(step, str):
                return Ask(self._write(step, job, phone))
            return step
        told = {"logical_id": loid, "status": status, "refused": dict(job.progress.get("refused", {}))}
        if status != Status.OK:
            code, text = REFUSALS.get(status, ("refused", "The LOID {loid!r} was not accepted."))
            return Failed(TaskFault(code, text.format(loid=loid)), result=told)
        told |= {"result": int(_result(phone)), "download": job.progress.get("child")}
        if _result(phone) is Result.DONE:
            return Done(told)
        return Failed(
            TaskFault("not_delivered", f"The configuration did not reach the phone: see task {told['download']}."),
            result=told,
        )

    def _steps(self, job: Job, phone: Phone, status: int) -> list[str | Step]:
        """Give what is left to do, in order: names of values to write, or a step of another kind."""
        settled = {*job.progress.get("done", ()), *job.progress.get("refused", {})}
        left: list[str | Step] = []
        if "status" not in settled and _may_have(f"{_user_info(job, phone)}Status", phone):
            left.append("status")
        if status != Status.OK:
            return left
        if "account" not in settled and _may_have(_account(job, phone), phone):
            left.append("account" if phone.secrets.get(PASSWORD) else Prepare())
        if "delivering" not in settled and _may_have(f"{_user_info(job, phone)}Result", phone):
            left.append("delivering")
        if "services" not in settled and _services(job) and _may_have(f"{_user_info(job, phone)}ServiceName", phone):
            left.append("services")
        if not job.progress.get("child"):
            left.append(Prepare())
        elif phone.child not in ENDED:
            lost = TaskFault("not_delivered", "The phone did not fetch its configuration in time.")
            left.append(Wait("verifying", DELIVERY, lost, agreed=True))
        elif "result" not in settled and _may_have(f"{_user_info(job, phone)}Result", phone):
            left.append("result")
        return left

    def _write(self, step: str, job: Job, phone: Phone) -> SetParameterValues:
        info = _user_info(job, phone)
        values: list[tuple[str, str, str]]
        match step:
            case "status":
                verdict = _verdict(job)
                assert verdict is not None
                values = [(f"{info}Status", str(int(verdict[0])), "")]
            case "account":
                values = [(_account(job, phone), phone.secrets[PASSWORD], "xsd:string")]
            case "delivering":
                values = [(f"{info}Result", str(int(Result.DELIVERING)), "")]
            case "services":
                services = _services(job)
                values = [(f"{info}ServiceName", ",".join(services), "xsd:string")]
                if _may_have(f"{info}ServiceNum", phone):
                    values.append((f"{info}ServiceNum", str(len(services)), "xsd:unsignedInt"))
            case _:
                values = [(f"{info}Result", str(int(_result(phone))), "")]
        return SetParameterValues(
            ParameterList=tuple(
                ParameterValueStruct(Name=name, Value=TypedValue(value, kind or _type_of(name, job, phone)))
                for name, value, kind in values
            ),
            ParameterKey="",
        )

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """What was written is written; what was read is handed to the look-up and kept nowhere else."""
        if isinstance(message, GetParameterValuesResponse):
            found = {item.Name.strip(): item.Value.text.strip() for item in message.ParameterList}
            info = _user_info(job, phone)
            loid = found.get(f"{info}UserName", "")
            password = next(
                (found[info + leaf] for leaf in _carrier(job).passwords if found.get(info + leaf)),
                "",
            )
            kind = "xsd:string"
            return Outcome(
                dict(job.progress),
                Learnt(values=((f"{info}UserName", loid, kind),), presented=Presented(loid, password)),
            )
        step = self._current(job, phone)
        if step is None:
            return Outcome(dict(job.progress))
        done = [*job.progress.get("done", ()), step]
        return Outcome(updated(job.progress, done=done, typed=0), Learnt(account_set=step == "account"))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """A phone that has not the parameter is served all the same; one of another type is asked in that."""
        code = str(fault.FaultCode)
        if classify(code) is FaultClass.RETRY and job.attempts < DENIALS:
            return None
        if _verdict(job) is None:
            tried = int(job.progress.get("tried", 0)) + 1
            if tried < len(_carrier(job).passwords):
                return Outcome(updated(job.progress, tried=tried))
            text = f"The phone does not show its LOID: {fault.FaultString[:200]}"
            return Outcome(updated(job.progress, unread=[code, text]))
        step = self._current(job, phone)
        if step is None:
            return None
        codes = {code, *(str(item.FaultCode) for item in fault.SetParameterValuesFault)}
        typed = int(job.progress.get("typed", 0))
        known = phone.parameters.get(f"{_user_info(job, phone)}{'Status' if step == 'status' else 'Result'}")
        guessed = known is None or not known.type
        # Some call a wrong type a wrong value, or say no more than 9003.
        is_type = "9006" in codes or (guessed and ("9007" in codes or codes == {"9003"}))
        if is_type and step in ("status", "delivering", "result") and typed + 1 < len(_TYPES):
            return Outcome(updated(job.progress, typed=typed + 1))
        told = next(iter(fault.SetParameterValuesFault), fault)  # it says more than the 9003 above it
        why = {"code": str(told.FaultCode), "message": (told.FaultString or fault.FaultString)[:200]}
        refused = {**job.progress.get("refused", {}), step: why}
        return Outcome(updated(job.progress, refused=refused, typed=0))

    def _current(self, job: Job, phone: Phone) -> str | None:
        verdict = _verdict(job)
        left = self._steps(job, phone, verdict[0]) if verdict is not None else []
        return left[0] if left and isinstance(left[0], str) else None


def wants_account(job: Job, phone: Phone) -> bool:
    """Say whether a maintenance password has to be made for this phone before the program can go on."""
    settled = {*job.progress.get("done", ()), *job.progress.get("refused", {})}
    return "account" not in settled and _may_have(_account(job, phone), phone) and not phone.secrets.get(PASSWORD)


def judged(progress: Progress, status: Status, logical_id: str, service_name: str = "") -> dict[str, Any]:
    """Give the progress of a task whose LOID was looked up."""
    return updated(progress, status=int(status), logical_id=logical_id, service_name=service_name)


def _verdict(job: Job) -> tuple[int, str] | None:
    """Give what the look-up said. It is part of the progress: a task that is begun anew is judged anew."""
    status = job.progress.get("status")
    return None if status is None else (int(status), str(job.progress.get("logical_id", "")))


def _result(phone: Phone) -> Result:
    return Result.DONE if phone.child == "succeeded" else Result.FAILED


def _carrier(job: Job) -> Carrier:
    return BY_NAME[job.arguments["carrier"]]


def _user_info(job: Job, phone: Phone) -> str:
    return phone.root + _carrier(job).user_info


def _account(job: Job, phone: Phone) -> str:
    return phone.root + _carrier(job).account


def _presented_names(job: Job, phone: Phone) -> tuple[str, ...]:
    """Name what holds the LOID and its password: one way after the other where carriers have two."""
    info = _user_info(job, phone)
    leaves: Sequence[str] = _carrier(job).passwords
    known = [leaf for leaf in leaves if info + leaf in phone.parameters]
    if known and not job.progress.get("tried"):
        return (f"{info}UserName", *(info + leaf for leaf in known))
    return (f"{info}UserName", info + leaves[int(job.progress.get("tried", 0)) % len(leaves)])


def _services(job: Job) -> list[str]:
    return [name.strip() for name in str(job.progress.get("service_name", "")).split(",") if name.strip()]


def _may_have(path: str, phone: Phone) -> bool:
    """Whether a phone has a parameter: it does, or nobody has looked yet."""
    return path in phone.parameters or len(phone.parameters) < _UNDISCOVERED


def _type_of(name: str, job: Job, phone: Phone) -> str:
    known = phone.parameters.get(name)
    ladder = list(dict.fromkeys([*([known.type] if known is not None and known.type else []), *_TYPES]))
    return ladder[min(int(job.progress.get("typed", 0)), len(ladder) - 1)]


def _pair(told: Sequence[str]) -> tuple[str, str]:
    code, text = told
    return code, text
