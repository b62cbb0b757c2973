"""Learning a new phone's parameter tree without being asked.

All names, then all values, then GetRPCMethods. Where the phone cannot list everything at once (quirks 105, 106, 165,
177), the tree is walked level by level from the root that its Inform showed.

GetRPCMethods comes last and goes to catalogued models only: three of three CPE programs that were tried lack this
required method, and two of them break off at it, while nothing that we do depends on the answer.
"""

from collections.abc import Mapping
from typing import Any

from acs.domain.parameters.names import is_like, tidied
from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.programs import reading
from acs.domain.planning.steps import (
    Ask,
    Done,
    Failed,
    Job,
    Learnt,
    Lesson,
    Outcome,
    Phone,
    Progress,
    Step,
    TaskFault,
    methods_of,
    updated,
)
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
        way = WAYS[_way(progress, phone)] if _way(progress, phone) < len(WAYS) else None
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
        state = _reading(progress, phone)
        if (step := reading.ask(state)) is not None:
            return step
        if "methods" not in progress and phone.catalogued and not progress.get("lost"):
            return Ask(GetRPCMethods())
        return Done({"parameters": len(phone.parameters), "methods": progress.get("methods", []), "way": way})

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Take in what was learnt."""
        progress = job.progress
        if isinstance(message, GetRPCMethodsResponse):
            methods = methods_of(message.MethodList)
            return Outcome(updated(progress, methods=list(methods)), Learnt(methods=methods))
        if isinstance(message, GetParameterNamesResponse):
            listed = [(item.Name, item.Writable) for item in message.ParameterList]
            way = WAYS[_way(progress, phone)]
            if way == "level_by_level":
                asked, *rest = progress.get("walk", [phone.root])
                names = tidied(listed, asked)
                known = {asked, *rest}  # a phone that ignores NextLevel lists the levels below again and again
                below = [n for n, _ in names if n.endswith(".") and n.startswith(asked) and n not in known]
                count = progress.get("walked", 0) + 1
                walk = [*dict.fromkeys(below), *rest] if count < MAX_WALK else []
                lessons = _lesson(way, phone) if not walk and len(names) > 0 else ()
                return Outcome(
                    updated(progress, walk=walk, walked=count, named=not walk), Learnt(names=names, lessons=lessons)
                )
            names = tidied(listed, "" if way == "everything" else phone.root)
            if not any(_is_parameter(name) for name, _ in names):
                return Outcome(updated(progress, way=_way(progress, phone) + 1))
            return Outcome(updated(progress, named=True), Learnt(names=names, lessons=_lesson(way, phone)))
        assert isinstance(message, GetParameterValuesResponse)
        before = _reading(progress, phone)
        state = reading.answered(before, message)
        state["values"] = {}  # kept in the tree, not in the task
        lessons = reading.lessons(before, phone)
        return Outcome(updated(progress, reading=state), Learnt(values=reading.triples(message), lessons=lessons))

    def silent(self, job: Job, phone: Phone) -> Outcome | None:
        """Try the next way to list names; read fewer values at once (quirk 165)."""
        if not job.progress.get("named") or not _reading(job.progress, phone)["todo"]:
            return self.faulted(job, phone, Fault(FaultCode=9002, FaultString="The phone did not answer."))
        smaller = reading.silent(_reading(job.progress, phone))
        return None if smaller is None else Outcome(updated(job.progress, reading=smaller))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Try the next way to list names; cut a reading in two; go on without methods."""
        progress = job.progress
        if not progress.get("named"):
            way = _way(progress, phone)
            if WAYS[way] == "level_by_level" and "walk" in progress:
                walk = progress["walk"][1:]
                return Outcome(
                    updated(progress, walk=walk, named=not walk),
                    Learnt(lessons=_lesson(WAYS[way], phone) if not walk else ()),
                )
            return Outcome(updated(progress, way=way + 1))
        state = _reading(progress, phone)
        if not state["todo"]:
            return Outcome(updated(progress, methods=[]))
        cut = reading.faulted(state, fault)
        if cut is None and state["todo"] and len(state["todo"][0]) == 1:
            cut = {**state, "todo": state["todo"][1:]}  # one that cannot be read does not stand in the way of the rest
        if cut is None:
            return None
        return Outcome(updated(progress, reading=cut), Learnt(lessons=reading.lessons(state, phone, fault)))


def _way(progress: Progress, phone: Phone) -> int:
    """Give how names are listed: as this phone is known to do it, and onwards from there."""
    return int(progress.get("way", WAYS.index(phone.quirks.discovery)))


def _lesson(way: str, phone: Phone) -> tuple[Lesson, ...]:
    if way == phone.quirks.discovery:
        return ()
    return (Lesson("discovery", way, "the ways before did not list its names"),)


def _reading(progress: Progress, phone: Phone) -> dict[str, Any]:
    state: dict[str, Any] | None = progress.get("reading")
    if state is not None:
        return state
    never = phone.quirks.never_read
    return reading.begin((name for name in phone.parameters.unread() if not is_like(name, never)), phone.gpv_batch)


def _is_parameter(name: str) -> bool:
    """Whether a name is a parameter's: a phone that lists only its root, or its objects, has listed nothing yet."""
    return "." in name and not name.endswith(".")
