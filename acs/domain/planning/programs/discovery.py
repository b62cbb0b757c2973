"""Learning a new phone's parameter tree without being asked.

All names, then all values, then GetRPCMethods. Where the phone cannot list everything at once (quirks 105, 106, 165,
177), the tree is walked level by level from the root that its Inform showed.

GetRPCMethods comes last and goes to catalogued models only: three of three CPE programs that were tried lack this
required method, and two of them break off at it, while nothing that we do depends on the answer.
"""

from collections.abc import Mapping
from typing import Any

from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.programs import reading
from acs.domain.planning.steps import Ask, Done, Failed, Job, Learnt, Outcome, Phone, Step, TaskFault, updated
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import (
    GetParameterNames,
    GetParameterNamesResponse,
    GetParameterValuesResponse,
    GetRPCMethods,
    GetRPCMethodsResponse,
)
from cwmp_schemas.faults import Fault

WAYS = ("everything", "by_root", "level_by_level")
MAX_WALK = 2_000
"""Most objects asked one by one; a phone has a few hundred."""


class Discover:
    """Names, values, methods."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Takes no arguments."""
        arg.only(arguments)
        return {}

    def next(self, job: Job, phone: Phone) -> Step:
        """The next of: names, values, methods."""
        progress = job.progress
        way = WAYS[progress.get("way", 0)] if progress.get("way", 0) < len(WAYS) else None
        if not progress.get("named"):
            if way is None or (way != "everything" and not phone.root):
                return Failed(TaskFault("no_tree", "The phone lists its parameters neither at once nor by level."))
            if way == "everything":
                return Ask(GetParameterNames(ParameterPath="", NextLevel=False))
            if way == "by_root":
                return Ask(GetParameterNames(ParameterPath=phone.root, NextLevel=False))
            walk = progress.get("walk", [phone.root])
            if walk:
                return Ask(GetParameterNames(ParameterPath=walk[0], NextLevel=True))
        state = progress.get("reading") or reading.begin(phone.parameters.unread(), phone.batch)
        if (step := reading.ask(state)) is not None:
            return step
        if "methods" not in progress and phone.catalogued and not progress.get("lost"):
            return Ask(GetRPCMethods())
        return Done({"parameters": len(phone.parameters), "methods": progress.get("methods", []), "way": way})

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Take in what was learnt."""
        progress = job.progress
        if isinstance(message, GetRPCMethodsResponse):
            methods = tuple(message.MethodList)
            return Outcome(updated(progress, methods=list(methods)), Learnt(methods=methods))
        if isinstance(message, GetParameterNamesResponse):
            names = tuple((item.Name, item.Writable) for item in message.ParameterList if item.Name)
            if WAYS[progress.get("way", 0)] == "level_by_level":
                asked, *rest = progress.get("walk", [phone.root])
                known = {asked, *rest}  # a phone that ignores NextLevel lists the levels below again and again
                below = [n for n, _ in names if n.endswith(".") and n.startswith(asked) and n not in known]
                count = progress.get("walked", 0) + 1
                walk = [*dict.fromkeys(below), *rest] if count < MAX_WALK else []
                return Outcome(updated(progress, walk=walk, walked=count, named=not walk), Learnt(names=names))
            if not any(_is_parameter(name) for name, _ in names):
                return Outcome(updated(progress, way=progress.get("way", 0) + 1))
            return Outcome(updated(progress, named=True), Learnt(names=names))
        assert isinstance(message, GetParameterValuesResponse)
        state = progress.get("reading") or reading.begin(phone.parameters.unread(), phone.batch)
        state = reading.answered(state, message)
        state["values"] = {}  # kept in the tree, not in the task
        return Outcome(updated(progress, reading=state), Learnt(values=reading.triples(message)))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Try the next way to list names; cut a reading in two; go on without methods."""
        progress = job.progress
        if not progress.get("named"):
            if WAYS[progress.get("way", 0)] == "level_by_level" and "walk" in progress:
                walk = progress["walk"][1:]
                return Outcome(updated(progress, walk=walk, named=not walk))
            return Outcome(updated(progress, way=progress.get("way", 0) + 1))
        state = progress.get("reading") or reading.begin(phone.parameters.unread(), phone.batch)
        if not state["todo"]:
            return Outcome(updated(progress, methods=[]))
        cut = reading.faulted(state, fault)
        if cut is None and state["todo"] and len(state["todo"][0]) == 1:
            cut = {**state, "todo": state["todo"][1:]}  # one that cannot be read does not stand in the way of the rest
        return None if cut is None else Outcome(updated(progress, reading=cut))


def _is_parameter(name: str) -> bool:
    """Whether a name is a parameter's: a phone that lists only its root, or its objects, has listed nothing yet."""
    return "." in name and not name.endswith(".")
