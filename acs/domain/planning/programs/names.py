"""``get_rpc_methods`` and ``get_parameter_names``."""

from collections.abc import Mapping
from typing import Any

from acs.domain.parameters.names import children, tidied
from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.steps import Ask, Done, Job, Learnt, Lesson, Outcome, Phone, Step, methods_of, updated
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import (
    GetParameterNames,
    GetParameterNamesResponse,
    GetRPCMethods,
    GetRPCMethodsResponse,
)
from cwmp_schemas.faults import Fault


class GetRpcMethods:
    """Ask which RPCs the phone has."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Takes no arguments."""
        arg.only(arguments)
        return {}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask once."""
        if "methods" in job.progress:
            return Done({"methods": job.progress["methods"]})
        return Ask(GetRPCMethods())

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Keep the list."""
        assert isinstance(message, GetRPCMethodsResponse)
        methods = methods_of(message.MethodList)
        return Outcome({"methods": list(methods)}, Learnt(methods=methods))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """No second way."""
        return None


class GetNames:
    """List what is below a path."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``path``: partial path, full path or empty for the whole tree; ``next_level``: only direct children."""
        arg.only(arguments, "path", "next_level")
        next_level = arguments.get("next_level", False)
        if not isinstance(next_level, bool):
            raise BadRequest("next_level must be true or false", field="next_level")
        path = arg.path(arguments.get("path", ""), "path", empty=True)
        if next_level and path and not path.endswith("."):
            path = f"{path}."  # only objects have a next level (quirk 169)
        return {"path": path, "next_level": next_level}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask once; an empty path that was refused is asked again with the phone's own root (quirks 105, 177)."""
        if "names" in job.progress:
            return Done({"names": job.progress["names"]})
        return Ask(GetParameterNames(ParameterPath=_path(job, phone), NextLevel=_next_level(job, phone)))

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Keep the list."""
        assert isinstance(message, GetParameterNamesResponse)
        path = _path(job, phone)
        names = tidied(((item.Name, item.Writable) for item in message.ParameterList), path)
        told = names
        lessons = []
        if job.arguments["next_level"] and not _next_level(job, phone):
            told = children(names, path)
            if phone.quirks.next_level:
                lessons.append(Lesson("next_level", False, "it lists what is below an object only with NextLevel=0"))
        if job.progress.get("by_root") and names and phone.quirks.discovery == "everything":
            lessons.append(Lesson("discovery", "by_root", "it does not list its names from the empty path"))
        learnt = Learnt(names=names, lessons=tuple(lessons))
        return Outcome({"names": [{"name": n, "writable": w} for n, w in told]}, learnt)

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Try the phone's own root once; try without NextLevel once, unless the path itself is refused."""
        if job.arguments["path"] == "" and _path(job, phone) == "" and phone.root:
            return Outcome(updated(job.progress, by_root=True))
        if _next_level(job, phone) and fault.FaultCode not in (9001, 9005) and _path(job, phone):
            return Outcome(updated(job.progress, whole=True))
        return None

    def silent(self, job: Job, phone: Phone) -> Outcome | None:
        """The same, where nothing came back at all (quirk 165)."""
        return self.faulted(job, phone, Fault(FaultCode=9002, FaultString="The phone did not answer."))


def _path(job: Job, phone: Phone) -> str:
    path: str = job.arguments["path"]
    if path == "" and phone.root and (job.progress.get("by_root") or phone.quirks.discovery != "everything"):
        return phone.root
    return path


def _next_level(job: Job, phone: Phone) -> bool:
    return bool(job.arguments["next_level"]) and phone.quirks.next_level and not job.progress.get("whole")
