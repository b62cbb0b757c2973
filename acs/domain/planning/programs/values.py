"""``get_parameter_values`` and ``set_parameter_values``."""

import re
from collections.abc import Mapping
from typing import Any

from acs.domain.parameters.values import KNOWN_TYPES, guess_type, hidden, kept, on_wire, qualified_type, same, to_text
from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.programs import reading
from acs.domain.planning.steps import (
    Ask,
    Done,
    Failed,
    Job,
    Learnt,
    Outcome,
    Phone,
    Step,
    TaskFault,
    fault_of,
    updated,
)
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import GetParameterValuesResponse, SetParameterValues, SetParameterValuesResponse
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterValueStruct, TypedValue


def missing_fault(missing: Mapping[str, str]) -> TaskFault:
    """Name the parameters that the phone does not have."""
    listed = ", ".join(list(missing)[:5]) + (", …" if len(missing) > 5 else "")
    return TaskFault(
        "9005",
        f"The phone does not know {len(missing)} of the parameters: {listed}",
        tuple({"name": name, "code": code, "message": "Invalid parameter name"} for name, code in missing.items()),
    )


class GetValues:
    """Read parameters by full or partial path."""

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``names``: full paths, or partial ones that end in a dot."""
        arg.only(arguments, "names")
        return {"names": arg.paths(arguments, "names")}

    def next(self, job: Job, phone: Phone) -> Step:
        """Ask batch after batch; done when all were read, failed with the names that do not exist."""
        state = dict(job.progress) or reading.begin(job.arguments["names"], phone.batch)
        if (step := reading.ask(state)) is not None:
            return step
        result = {"values": [{"name": n, "value": v, "type": t} for n, (v, t) in state["values"].items()]}
        if state["missing"]:
            return Failed(missing_fault(state["missing"]), result)
        return Done(result)

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Keep what was read."""
        assert isinstance(message, GetParameterValuesResponse)
        state = dict(job.progress) or reading.begin(job.arguments["names"], phone.batch)
        return Outcome(reading.answered(state, message), Learnt(values=reading.triples(message)))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Cut the batch, or note the one bad name."""
        state = dict(job.progress) or reading.begin(job.arguments["names"], phone.batch)
        cut = reading.faulted(state, fault)
        return None if cut is None else Outcome(cut)


_RANGES = {
    "xsd:int": (-(2**31), 2**31 - 1),
    "xsd:unsignedInt": (0, 2**32 - 1),
    "xsd:long": (-(2**63), 2**63 - 1),
    "xsd:unsignedLong": (0, 2**64 - 1),
}


def _fits(text: str, kind: str) -> bool:
    """Say whether a text is a literal of its type (XML Schema part 2), as far as numbers and booleans go."""
    if kind == "xsd:boolean":
        return text.strip() in ("0", "1", "true", "false")
    if kind in _RANGES:
        least, most = _RANGES[kind]
        digits = text.strip()
        return re.fullmatch(r"[+-]?[0-9]{1,20}", digits) is not None and least <= int(digits) <= most
    return True


class SetValues:
    """Write parameters with the type the phone itself uses, then read them back.

    Progress: ``learn`` (a reading of the types that are not known), ``todo`` (batches of names still to write),
    ``suspect`` (a reading that looks for the culprit of a fault that names none), ``verify`` (the reading back).
    """

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``values``: list of ``{name, value, type?}``; ``parameter_key``: optional, at most 32 characters."""
        arg.only(arguments, "values", "parameter_key")
        values = arguments.get("values")
        if not isinstance(values, list) or not values:
            raise BadRequest("values must be a list with at least one {name, value}", field="values")
        if len(values) > arg.MAX_NAMES:
            raise BadRequest(f"values has more than {arg.MAX_NAMES} entries", field="values")
        seen: dict[str, dict[str, Any]] = {}
        for index, item in enumerate(values):
            where = f"values.{index}"
            if not isinstance(item, Mapping):
                raise BadRequest(f"{where} must be an object with name and value", field=where)
            arg_names = set(item) - {"name", "value", "type"}
            if arg_names:
                raise BadRequest(f"{where} has unknown keys: {', '.join(sorted(arg_names))}", field=where)
            name = arg.path(item.get("name"), f"{where}.name")
            if name.endswith("."):
                raise BadRequest(f"{where}.name is an object; only parameters have values", field=f"{where}.name")
            if name in seen:
                raise BadRequest(f"{name} is given twice", field=f"{where}.name")
            value = item.get("value")
            if value is None or isinstance(value, list | dict):
                raise BadRequest(f"{where}.value must be a string, number or boolean", field=f"{where}.value")
            if isinstance(value, str):
                arg.writable(value, f"{where}.value")
            entry: dict[str, Any] = {"name": name, "value": value}
            if item.get("type") is not None:
                kind = item["type"]
                if not isinstance(kind, str) or qualified_type(kind) not in KNOWN_TYPES:
                    raise BadRequest(
                        f"{where}.type must be one of {', '.join(sorted(KNOWN_TYPES))}", field=f"{where}.type"
                    )
                entry["type"] = qualified_type(kind)
            seen[name] = entry
        checked: dict[str, Any] = {"values": list(seen.values())}
        if arguments.get("parameter_key") is not None:
            checked["parameter_key"] = arg.text(arguments, "parameter_key", longest=32)
        return checked

    def next(self, job: Job, phone: Phone) -> Step:
        """Learn types, write, read back, judge."""
        state = dict(job.progress) or self._begin(job, phone)
        if (learn := state.get("learn")) is not None:
            if (step := reading.ask(learn)) is not None:
                return step
            if learn["missing"]:
                return Failed(missing_fault(learn["missing"]))
        if (suspect := state.get("suspect")) is not None:
            if (step := reading.ask(suspect)) is not None:
                return step
            fault = state["fault"]
            if suspect["missing"]:
                return Failed(missing_fault(suspect["missing"]))
            return Failed(TaskFault(fault["code"], fault["message"]))
        if state["todo"]:
            if unfit := self._unfit(job, phone, state):
                return Failed(unfit)
            return Ask(self._write(job, phone, state))
        verify = state.get("verify")
        if state["status"] == 1 or verify is None:
            return Done({"status": state["status"]}, {"read_back": "after the next reboot: the phone only stored it"})
        if (step := reading.ask(verify)) is not None:
            return step
        return self._judge(job, state, verify)

    def _begin(self, job: Job, phone: Phone) -> dict[str, Any]:
        names = [item["name"] for item in job.arguments["values"]]
        several = len(names) > phone.batch  # a later batch must not find a name missing when the first one is written
        unknown = [
            item["name"]
            for item in job.arguments["values"]
            if (several or "type" not in item)
            and ((known := phone.parameters.get(item["name"])) is None or known.type is None)
        ]
        before = {
            name: known.value
            for name in names
            if (known := phone.parameters.get(name)) is not None and known.value is not None
        }
        return {
            "learn": reading.begin(unknown, phone.batch) if unknown else None,
            "todo": [names[i : i + phone.batch] for i in range(0, len(names), phone.batch)],
            "before": before,
            "status": 0,
        }

    def _types(self, job: Job, phone: Phone, state: Mapping[str, Any]) -> dict[str, str]:
        learnt = (state.get("learn") or {}).get("values", {})
        types = {}
        for item in job.arguments["values"]:
            name = item["name"]
            known = phone.parameters.get(name)
            types[name] = (
                item.get("type")
                or (learnt[name][1] if name in learnt else None)
                or (known.type if known else None)
                or guess_type(item["value"])
            )
        return types

    def _unfit(self, job: Job, phone: Phone, state: Mapping[str, Any]) -> TaskFault | None:
        """Refuse what cannot be written in the parameter's type: no valid message could carry it.

        A phone that shows such a value itself is wrong about its type, and may judge for itself.
        """
        types = self._types(job, phone, state)
        wrong = []
        for item in job.arguments["values"]:
            name = item["name"]
            text = on_wire(to_text(item["value"]), types[name])
            if not _fits(text, types[name]) and _fits(state["before"].get(name) or "0", types[name]):
                wrong.append({"name": name, "code": "9007", "message": f"not a value of the type {types[name]}"})
        if not wrong:
            return None
        listed = ", ".join(entry["name"] for entry in wrong[:5])
        return TaskFault("9007", f"Not asked: values do not fit the types of the parameters: {listed}", tuple(wrong))

    def _write(self, job: Job, phone: Phone, state: Mapping[str, Any]) -> SetParameterValues:
        types = self._types(job, phone, state)
        values = {item["name"]: to_text(item["value"]) for item in job.arguments["values"]}
        return SetParameterValues(
            ParameterList=tuple(
                ParameterValueStruct(Name=name, Value=TypedValue(on_wire(values[name], types[name]), types[name]))
                for name in state["todo"][0]
            ),
            ParameterKey=job.arguments.get("parameter_key", ""),
        )

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Move on to the next batch, and after the last one to the reading back."""
        state = dict(job.progress) or self._begin(job, phone)
        if isinstance(message, GetParameterValuesResponse):
            for phase in ("learn", "suspect", "verify"):
                if state.get(phase) and state[phase]["todo"]:
                    progress = updated(state, **{phase: reading.answered(state[phase], message)})
                    if phase == "learn":
                        progress["before"] = {
                            **state["before"],
                            **{n: v[0] for n, v in progress[phase]["values"].items()},
                        }
                    return Outcome(progress, Learnt(values=reading.triples(message)))
        assert isinstance(message, SetParameterValuesResponse)
        rest = state["todo"][1:]
        progress = updated(state, todo=rest, status=max(state["status"], 1 if message.Status == 1 else 0))
        if not rest and progress["status"] == 0:
            progress["verify"] = reading.begin([item["name"] for item in job.arguments["values"]], phone.batch)
        return Outcome(progress)

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Halve on 9004; look for the culprit of a fault that names none (quirk 168); otherwise it is final."""
        state = dict(job.progress) or self._begin(job, phone)
        for phase in ("learn", "suspect", "verify"):
            if state.get(phase) and state[phase]["todo"]:
                cut = reading.faulted(state[phase], fault)
                return None if cut is None else Outcome(updated(state, **{phase: cut}))
        batch, *rest = state["todo"]
        if fault.FaultCode == 9004 and len(batch) > 1:
            half = len(batch) // 2
            return Outcome(updated(state, todo=[batch[:half], batch[half:], *rest]))
        told = any(
            item.ParameterName and not item.ParameterName.endswith(".") for item in fault.SetParameterValuesFault
        )
        if fault.FaultCode in (9002, 9003, 9005) and not told:
            return Outcome(updated(state, suspect=reading.begin(batch, phone.batch), fault=fault_of(fault).as_json()))
        return None

    def _judge(self, job: Job, state: Mapping[str, Any], verify: Mapping[str, Any]) -> Step:
        """Compare what reads back. Hidden values prove nothing (quirk 118); phones normalise (quirk 119)."""
        ignored = []
        evidence = []
        for item in job.arguments["values"]:
            name, written = item["name"], to_text(item["value"])
            value, kind = verify["values"].get(name, (None, ""))
            evidence.append({"name": name, "expected": kept(name, written), "read": value})
            if value is None or hidden(value) or same(written, value, kind):
                continue
            if state["before"].get(name) == value:
                ignored.append((name, written, value))
        if ignored:
            return Failed(
                TaskFault(
                    "not_applied",
                    "The phone accepted the values, but still shows the old ones: "
                    + "; ".join(f"{n}: expected {w!r}, read {v!r}" for n, w, v in ignored[:5]),
                    tuple(
                        {"name": n, "code": "not_applied", "message": f"expected {w!r}, read {v!r}"}
                        for n, w, v in ignored
                    ),
                ),
                evidence={"read_back": evidence},
            )
        return Done({"status": state["status"]}, {"read_back": evidence})
