"""``get_parameter_attributes`` and ``set_parameter_attributes``."""

from collections.abc import Mapping, Sequence
from typing import Any

from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.programs.versions import without_notification
from acs.domain.planning.steps import Ask, Done, Job, Learnt, Outcome, Phone, Step, updated
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import (
    GetParameterAttributes,
    GetParameterAttributesResponse,
    SetParameterAttributes,
    SetParameterAttributesResponse,
)
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import SetParameterAttributesStruct

HIGHEST_NOTIFICATION = 6
"""CWMP 1.4: passive and active lightweight notification; earlier versions know 0 to 2."""


class GetAttributes:
    """Read notification and access attributes."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``names``: full or partial paths."""
        arg.only(arguments, "names")
        return {"names": arg.paths(arguments, "names")}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask batch after batch."""
        done, names = job.progress.get("done", 0), job.arguments["names"]
        if done >= len(names):
            return Done({"attributes": job.progress["attributes"]})
        return Ask(GetParameterAttributes(ParameterNames=tuple(names[done : done + _batch(job, phone.gpv_batch)])))

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Keep what was read."""
        assert isinstance(message, GetParameterAttributesResponse)
        found = [
            {"name": item.Name, "notification": item.Notification, "access_list": list(item.AccessList)}
            for item in message.ParameterList
        ]
        done = job.progress.get("done", 0)
        batch = job.arguments["names"][done : done + _batch(job, phone.gpv_batch)]
        shown = {item.Name for item in message.ParameterList}
        # What is left out has no notification and no list: some tell only what was changed (quirk 133)
        found += [
            {"name": name, "notification": 0, "access_list": [], "assumed": True}
            for name in batch
            if name not in shown and not name.endswith(".")
        ]
        progress = updated(
            job.progress, done=done + len(batch), attributes=[*job.progress.get("attributes", []), *found]
        )
        return Outcome(
            progress, Learnt(attributes=tuple((item.Name, item.Notification) for item in message.ParameterList))
        )

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Ask for half as many on 9004; else left to the rules of ``retries``."""
        return _fewer(job, job.arguments["names"], phone.gpv_batch, fault)


class SetAttributes:
    """Write notification and access attributes."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``attributes``: list of ``{name, notification?, access_list?}``."""
        arg.only(arguments, "attributes")
        entries = arguments.get("attributes")
        if not isinstance(entries, list) or not entries or len(entries) > arg.MAX_NAMES:
            raise BadRequest("attributes must be a list with at least one {name, notification}", field="attributes")
        checked = []
        for index, item in enumerate(entries):
            where = f"attributes.{index}"
            if not isinstance(item, Mapping) or set(item) - {"name", "notification", "access_list"}:
                raise BadRequest(f"{where} must be {{name, notification?, access_list?}}", field=where)
            entry: dict[str, Any] = {"name": arg.path(item.get("name"), f"{where}.name")}
            if item.get("notification") is not None:
                field = f"{where}.notification"
                entry["notification"] = arg.number(
                    {field: item["notification"]}, field, 0, highest=HIGHEST_NOTIFICATION
                )
            if item.get("access_list") is not None:
                access = item["access_list"]
                if not isinstance(access, list) or not all(isinstance(a, str) and len(a) <= 64 for a in access):
                    raise BadRequest(f"{where}.access_list must be a list of strings", field=f"{where}.access_list")
                entry["access_list"] = [arg.writable(a, f"{where}.access_list") for a in access]
            if len(entry) == 1:
                raise BadRequest(f"{where} changes nothing: give notification or access_list", field=where)
            checked.append(entry)
        return {"attributes": checked}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask batch after batch."""
        done, entries = job.progress.get("done", 0), job.arguments["attributes"]
        if done >= len(entries):
            return Done()
        highest = max(entry.get("notification", 0) for entry in entries)
        if (refused := without_notification(highest, phone)) is not None:
            return refused
        return Ask(
            SetParameterAttributes(
                ParameterList=tuple(
                    SetParameterAttributesStruct(
                        Name=entry["name"],
                        NotificationChange="notification" in entry,
                        Notification=entry.get("notification", 0),
                        AccessListChange="access_list" in entry,
                        AccessList=tuple(entry.get("access_list", ())),
                    )
                    for entry in entries[done : done + _batch(job, phone.spv_batch)]
                )
            )
        )

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Remember what was set."""
        assert isinstance(message, SetParameterAttributesResponse)
        done = job.progress.get("done", 0)
        batch = job.arguments["attributes"][done : done + _batch(job, phone.spv_batch)]
        learnt = tuple(
            (entry["name"], entry["notification"])
            for entry in batch
            if "notification" in entry and not entry["name"].endswith(".")
        )
        return Outcome(updated(job.progress, done=done + len(batch)), Learnt(attributes=learnt))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Write half as many on 9004; else left to the rules of ``retries``."""
        return _fewer(job, job.arguments["attributes"], phone.spv_batch, fault)


def _batch(job: Job, most: int) -> int:
    return min(int(job.progress.get("batch", most)), most)


def _fewer(job: Job, wanted: Sequence[Any], most: int, fault: Fault) -> Outcome | None:
    length = min(_batch(job, most), len(wanted) - job.progress.get("done", 0))
    if fault.FaultCode != 9004 or length < 2:
        return None
    return Outcome(updated(job.progress, batch=length // 2))
