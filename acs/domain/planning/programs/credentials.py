"""Giving a phone credentials of its own at first contact.

SetParameterValues for each of: the pair for calling us, the pair for our connection requests, and our STUN server with
its pair where there is one; each on its own, because a phone that refuses one value rolls back all of them (quirk 167).
The secrets never enter the task: they wait sealed on
the device and are handed to this program alone.
"""

from collections.abc import Mapping
from typing import Any

from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.steps import Ask, Done, Failed, Job, Learnt, Outcome, Phone, Prepare, Step, TaskFault, updated
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import SetParameterValues
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterValueStruct, TypedValue


class ProvisionCredentials:
    """Write ManagementServer.Username/Password, then ConnectionRequestUsername/Password, then our STUN server."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Takes no arguments."""
        arg.only(arguments)
        return {}

    def next(self, job: Job, phone: Phone) -> Step:
        """One pair after the other; all but the first may fail without harm."""
        if not phone.root:
            return Failed(TaskFault("no_root", "The phone's Inform shows neither Device. nor InternetGatewayDevice."))
        if not phone.secrets:
            return Prepare()
        done = job.progress.get("done", [])
        for pair, names in _PAIRS.items():
            if pair == "stun" and not _has_stun(phone):
                continue
            if pair not in done and pair not in job.progress.get("refused", {}):
                return Ask(
                    SetParameterValues(
                        ParameterList=tuple(
                            ParameterValueStruct(
                                Name=f"{phone.root}ManagementServer.{name}",
                                Value=_typed(name, phone),
                            )
                            for name in names
                        ),
                        ParameterKey="",
                    )
                )
        refused = job.progress.get("refused", {})
        if "acs" in refused:
            return Failed(TaskFault(refused["acs"]["code"], refused["acs"]["message"]))
        return Done({"set": list(done), "refused": dict(refused)})

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """One pair is set."""
        done = [*job.progress.get("done", []), self._current(job)]
        return Outcome(updated(job.progress, done=done), Learnt(credentials_set=done[-1] == "acs"))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """A phone that refuses a pair keeps the old one; go on with the other."""
        refused = {
            **job.progress.get("refused", {}),
            self._current(job): {"code": str(fault.FaultCode), "message": fault.FaultString},
        }
        return Outcome(updated(job.progress, refused=refused))

    @staticmethod
    def _current(job: Job) -> str:
        settled = {*job.progress.get("done", []), *job.progress.get("refused", {})}
        return next(pair for pair in _PAIRS if pair not in settled)


_PAIRS = {
    "acs": ("Username", "Password"),
    "cr": ("ConnectionRequestUsername", "ConnectionRequestPassword"),
    "stun": ("STUNUsername", "STUNPassword", "STUNServerAddress", "STUNServerPort", "STUNEnable"),
}
_TYPES = {"STUNServerPort": "xsd:unsignedInt", "STUNEnable": "xsd:boolean"}


def _has_stun(phone: Phone) -> bool:
    """Whether we have a STUN server, and the phone may know what that is: it does, or nobody has looked yet."""
    if "STUNUsername" not in phone.secrets:
        return False
    return f"{phone.root}ManagementServer.STUNEnable" in phone.parameters or len(phone.parameters) < _UNDISCOVERED


_UNDISCOVERED = 100
"""A tree with fewer entries holds what Informs told and was not listed yet; a phone has hundreds."""


def _typed(name: str, phone: Phone) -> TypedValue:
    value = phone.secrets[name]
    if name == "STUNEnable" and phone.quirks.boolean_literals:
        value = "true"
    return TypedValue(value, _TYPES.get(name, "xsd:string"))
