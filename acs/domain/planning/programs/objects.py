"""``add_object`` and ``delete_object``.

AddObject is not idempotent. So the instances are listed first; when the answer was lost, they are listed again, and an
instance that was not there before is taken for ours instead of making a second one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from acs.domain.parameters.names import tidied
from acs.domain.parameters.values import guess_type, on_wire, to_text
from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.programs.values import writes_words
from acs.domain.planning.steps import (
    Ask,
    Done,
    Failed,
    Job,
    Learnt,
    Outcome,
    Phone,
    Progress,
    Step,
    TaskFault,
    Wait,
    fault_of,
    updated,
)
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import (
    AddObject,
    AddObjectResponse,
    DeleteObject,
    DeleteObjectResponse,
    GetParameterNames,
    GetParameterNamesResponse,
    SetParameterValues,
)
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterValueStruct, TypedValue

GROWING_SECONDS = 10.0
"""How long a phone is given to fill an instance that it has just made, before it is asked again at its next call."""
GROWN_BY = 86_400.0
"""A phone that calls at all does so once a day."""
MAX_LATE = 3
MAX_REFUSALS = 3
"""Attempts after which 9001 does not mean busy any more."""
_NEVER_CAME = TaskFault("not_grown", "The phone made the instance, and never called again to fill it.")


def _instances(names: Iterable[str], table: str) -> list[int]:
    numbers = set()
    for name in names:
        head = name.removeprefix(table).split(".", 1)[0]
        if name.startswith(table) and _is_number(head):
            numbers.add(int(head))
    return sorted(numbers)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()  # isdigit() alone takes superscripts, which int() does not read


class AddObjectProgram:
    """Make an instance of a table, optionally with values."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``object_name`` ends in a dot; ``values``: optional mapping of leaf names to values."""
        arg.only(arguments, "object_name", "values", "parameter_key")
        name = arg.path(arguments.get("object_name"), "object_name")
        checked: dict[str, Any] = {
            "object_name": name if name.endswith(".") else f"{name}.",
            "parameter_key": arg.text(arguments, "parameter_key", "", longest=32),
        }
        values = arguments.get("values")
        if isinstance(values, list):
            if not all(
                isinstance(item, Mapping) and isinstance(item.get("name"), str) and set(item) == {"name", "value"}
                for item in values
            ):
                raise BadRequest("values must be a list of {name, value}", field="values")
            values = {item["name"]: item["value"] for item in values}
        if values is not None:
            if not isinstance(values, Mapping) or any(isinstance(v, list | dict) or v is None for v in values.values()):
                raise BadRequest("values must map names below the new instance to values", field="values")
            checked["values"] = {arg.path(key, "values"): value for key, value in values.items()}
            for key, value in values.items():
                arg.scalar(value, f"values.{key}")
        return checked

    def next(self, job: Job, phone: Phone) -> Step:
        """List, add, write the values."""
        table, progress = job.arguments["object_name"], job.progress
        if "before" not in progress or _in_doubt(progress):
            return Ask(GetParameterNames(ParameterPath=table, NextLevel=phone.quirks.next_level))
        if "instance" not in progress:
            key = job.arguments["parameter_key"] if phone.quirks.parameter_key else ""
            return Ask(AddObject(ObjectName=table, ParameterKey=key))
        instance = progress["instance"]
        if instance == 0:
            return Failed(TaskFault("no_instance", f"The phone answered AddObject {table} without an instance number."))
        if job.arguments.get("values") and not progress.get("written"):
            if phone.now < progress.get("not_before", 0.0):
                return Wait("verifying", GROWN_BY, _NEVER_CAME)
            return Ask(self._write(job, phone, instance))
        if not progress.get("shown"):
            # Some phones make more instances than they say, or fill the new one later (quirk 128)
            return Ask(GetParameterNames(ParameterPath=table, NextLevel=False))
        result = {
            "instance_number": instance,
            "object_name": f"{table}{instance}.",
            "status": progress.get("status", 0),
        }
        if progress.get("extra"):
            result["also_made"] = progress["extra"]
        waits = {"applied": "after the next reboot: the phone only stored it"} if result["status"] == 1 else None
        return Done(result, waits)

    @staticmethod
    def _write(job: Job, phone: Phone, instance: int) -> SetParameterValues:
        words = writes_words(phone.quirks)
        return SetParameterValues(
            ParameterList=tuple(
                ParameterValueStruct(
                    Name=f"{job.arguments['object_name']}{instance}.{name}",
                    Value=TypedValue(on_wire(to_text(value), guess_type(value), words=words), guess_type(value)),
                )
                for name, value in job.arguments["values"].items()
            ),
            ParameterKey=job.arguments["parameter_key"] if phone.quirks.parameter_key else "",
        )

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Keep the instances, then the new one."""
        table, progress = job.arguments["object_name"], job.progress
        if isinstance(message, GetParameterNamesResponse):
            present = _instances((item.Name for item in message.ParameterList), table)
            if "before" not in progress:
                return Outcome({"before": present, "sent": True})
            if "instance" in progress:
                known = {*progress["before"], progress["instance"]}
                extra = [number for number in present if number not in known]
                names = tidied(((item.Name, item.Writable) for item in message.ParameterList), table)
                return Outcome(
                    updated(progress, shown=True, **({"extra": extra} if extra else {})), Learnt(names=names)
                )
            return self._listed_again(progress, present)
        if isinstance(message, AddObjectResponse):
            number = message.InstanceNumber
            if number == 0:  # quirk 127: look which one is new
                return Outcome(updated(progress, lost=True, unnumbered=True))
            learnt = Learnt(names=((f"{table}{number}.", True),))
            return Outcome(updated(progress, instance=number, status=message.Status), learnt)
        return Outcome(updated(progress, written=True))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """An empty table may not exist yet for GetParameterNames (quirk 193)."""
        progress = job.progress
        if "before" not in progress:
            table = job.arguments["object_name"]
            known = [] if fault.FaultCode == 9005 else _instances(phone.parameters.under(table), table)
            return Outcome({"before": known, "sent": True})
        if _in_doubt(progress) and fault.FaultCode == 9005:
            return self._listed_again(progress, [])
        if "instance" not in progress:
            return None
        if job.arguments.get("values") and not progress.get("written"):
            late = progress.get("late", 0)
            if fault.FaultCode != 9005 or late >= MAX_LATE:
                return None
            return Outcome(  # what is below the new instance may come only later (quirk 128)
                updated(progress, phase="verify", late=late + 1, not_before=phone.now + GROWING_SECONDS)
            )
        return Outcome(updated(progress, shown=True))  # it was made, whether it can be listed or not

    @staticmethod
    def _listed_again(progress: Progress, present: list[int]) -> Outcome:
        """Take the instance that was not there before for ours; a phone that said it made one must show it."""
        new = [number for number in present if number not in progress["before"]]
        if new:
            return Outcome(updated(progress, lost=False, instance=new[-1]))
        return Outcome(updated(progress, lost=False, **({"instance": 0} if progress.get("unnumbered") else {})))


def _in_doubt(progress: Progress) -> bool:
    """An instance may have been made whose number we do not know."""
    return bool(progress.get("sent") and "instance" not in progress and progress.get("lost"))


class DeleteObjectProgram:
    """Delete one instance of a table."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``object_name`` with its instance number, ends in a dot."""
        arg.only(arguments, "object_name", "parameter_key")
        name = arg.path(arguments.get("object_name"), "object_name").rstrip(".")
        if not _is_number(name.rsplit(".", 1)[-1]):
            raise BadRequest(f"object_name must end in an instance number: {name}.1.", field="object_name")
        return {
            "object_name": f"{name}.",
            "parameter_key": arg.text(arguments, "parameter_key", "", longest=32),
        }

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask once."""
        if "status" in job.progress:
            return Done({"status": job.progress["status"]})
        if (fault := job.progress.get("fault")) is not None:
            return Failed(TaskFault(fault["code"], fault["message"]))
        key = job.arguments["parameter_key"] if phone.quirks.parameter_key else ""
        return Ask(DeleteObject(ObjectName=job.arguments["object_name"], ParameterKey=key))

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Forget the subtree."""
        assert isinstance(message, DeleteObjectResponse)
        return Outcome({"status": message.Status}, Learnt(removed=job.arguments["object_name"]))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """On a repeated attempt "no such object" means that the first one worked and its answer was lost."""
        if fault.FaultCode == 9005 and job.attempts > 1:
            return Outcome({"status": 0}, Learnt(removed=job.arguments["object_name"]))
        told = fault_of(fault).as_json()
        if fault.FaultCode == 9001 and job.attempts >= MAX_REFUSALS:  # it is not busy: it came with it (quirk 130)
            return Outcome({"fault": {**told, "message": f"The phone keeps this instance: {told['message']}"}})
        return Outcome({"fault": told}) if fault.FaultCode == 9005 else None
