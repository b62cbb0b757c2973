"""``get_rpc_methods`` and ``get_parameter_names``."""

from collections.abc import Mapping
from typing import Any

from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.steps import Ask, Done, Job, Learnt, Outcome, Phone, Step
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
        methods = tuple(message.MethodList)
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
            raise BadRequest(f"next_level needs an object path that ends in a dot: {path}.", field="path")
        return {"path": path, "next_level": next_level}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask once; an empty path that was refused is asked again with the phone's own root (quirks 105, 177)."""
        if "names" in job.progress:
            return Done({"names": job.progress["names"]})
        path = job.arguments["path"]
        if job.progress.get("by_root"):
            path = phone.root
        return Ask(GetParameterNames(ParameterPath=path, NextLevel=job.arguments["next_level"]))

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Keep the list."""
        assert isinstance(message, GetParameterNamesResponse)
        names = tuple((item.Name, item.Writable) for item in message.ParameterList if item.Name)
        return Outcome({"names": [{"name": n, "writable": w} for n, w in names]}, Learnt(names=names))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Try the phone's own root once."""
        if job.arguments["path"] == "" and phone.root and not job.progress.get("by_root"):
            return Outcome({"by_root": True})
        return None
