"""``get_parameter_values`` and ``set_parameter_values``."""

import re
from collections.abc import Mapping
from typing import Any

from acs.domain.devices.quirks import MAX_ITEMS, Quirks
from acs.domain.parameters.names import is_like
from acs.domain.parameters.values import (
    KNOWN_TYPES,
    guess_type,
    hidden,
    is_secret,
    kept,
    on_wire,
    qualified_type,
    same,
    to_text,
)
from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.programs import reading
from acs.domain.planning.programs.restarts import RESTART_SECONDS, RebootProgram
from acs.domain.planning.steps import (
    Ask,
    Done,
    Failed,
    Job,
    Learnt,
    Lesson,
    Outcome,
    Phone,
    Step,
    TaskFault,
    Wait,
    fault_of,
    updated,
)
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import (
    GetParameterValuesResponse,
    Reboot,
    RebootResponse,
    SetParameterValues,
    SetParameterValuesResponse,
)
from cwmp_schemas.datatypes import DATE_TIME
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterValueStruct, TypedValue

_WHY_MISSING = {
    "never_read": "not asked: its quirks say never_read",
    "9001": "Request denied",
    "9002": "Internal error",
}


def missing_fault(missing: Mapping[str, str]) -> TaskFault:
    """Name the parameters that the phone does not have."""
    listed = ", ".join(list(missing)[:5]) + (", …" if len(missing) > 5 else "")
    if set(missing.values()) == {"never_read"}:
        code, words = "never_read", f"Not asked, as the phone's quirks say never_read: {listed}"
    else:
        code, words = "9005", f"The phone does not know {len(missing)} of the parameters: {listed}"
    return TaskFault(
        code,
        words,
        tuple(
            {"name": name, "code": code, "message": _WHY_MISSING.get(code, "Invalid parameter name")}
            for name, code in missing.items()
        ),
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
        state = self._state(job, phone)
        if (step := reading.ask(state)) is not None:
            return step
        result = {"values": [{"name": n, "value": v, "type": t} for n, (v, t) in state["values"].items()]}
        if state["missing"]:
            return Failed(missing_fault(state["missing"]), result)
        return Done(result)

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Keep what was read."""
        assert isinstance(message, GetParameterValuesResponse)
        state = self._state(job, phone)
        lessons = reading.lessons(state, phone)
        if state.get("expanded"):
            lessons += (Lesson("partial_paths", False, f"it reads {state['expanded']} only parameter by parameter"),)
        after = reading.answered(state, message)
        if "expanded" in state:
            after["expanded"] = ""  # said once
        return Outcome(after, Learnt(values=reading.triples(message), lessons=lessons))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Cut the batch; read a refused object by its known parameters (quirk 116); or note the one bad name."""
        state = self._state(job, phone)
        asked, *rest = state["todo"]
        if len(asked) == 1 and asked[0].endswith(".") and fault.FaultCode not in (9001, 9004):
            known = reading.leaves(asked[0], phone)
            if known and "expanded" not in state:
                batches = reading.begin(known, phone.gpv_batch)["todo"]
                return Outcome({**state, "todo": [*batches, *rest], "expanded": asked[0]})
        cut = reading.faulted(state, fault)
        if cut is None:
            return None
        learnt = Learnt(vanished=reading.vanished(state, cut), lessons=reading.lessons(state, phone, fault))
        return Outcome(cut, learnt)

    def silent(self, job: Job, phone: Phone) -> Outcome | None:
        """Ask for fewer."""
        smaller = reading.silent(self._state(job, phone))
        return None if smaller is None else Outcome(smaller)

    @staticmethod
    def _state(job: Job, phone: Phone) -> dict[str, Any]:
        return dict(job.progress) or reading.plan(job.arguments["names"], phone)


def writes_words(quirks: Quirks) -> bool:
    """Say whether booleans are written as words."""
    return quirks.boolean_literals or quirks.boolean_values == "words"


def _lessons(state: Mapping[str, Any], phone: Phone, batch: list[str]) -> tuple[Lesson, ...]:
    """Give what the success of a write teaches that was first refused, or not answered."""
    tried = state.get("tried", [])
    if tried and tried[-1] == "words":
        value = "digits" if writes_words(phone.quirks) else "words"
        return (Lesson("boolean_values", value, "it refused the other literals of xsd:boolean"),)
    if tried and tried[-1] == "strings":
        names = list(dict.fromkeys([*phone.quirks.string_values, *state.get("strings", [])]))[:MAX_ITEMS]
        return (Lesson("string_values", names, "it refused its own type with 9006 and took xsd:string"),)
    if state.get("silences") and len(batch) < phone.quirks.spv_batch:
        return (Lesson("spv_batch", len(batch), f"no answer to more than {len(batch)} values"),)
    return ()


def _refused_fault(refused: Mapping[str, Mapping[str, Any]]) -> TaskFault:
    first = next(iter(refused.values()))
    listed = ", ".join(list(refused)[:5]) + (", …" if len(refused) > 5 else "")
    return TaskFault(
        first["code"],
        f"The phone refuses {len(refused)} of the values ({first['message']}): {listed}. The others were written.",
        tuple({"name": n, "code": f["code"], "message": f["message"]} for n, f in refused.items()),
    )


def _lacking_fault(lacking: Mapping[str, str]) -> TaskFault:
    listed = ", ".join(f"{name} with {other}" for name, other in lacking.items())
    return TaskFault(
        "companion_needed",
        f"Not asked: this phone wants values written together of which one is not known here: {listed}. Give both.",
        tuple({"name": other, "code": "companion_needed", "message": "not known"} for other in lacking.values()),
    )


CONVERGING_TRIES = 5
"""How often a phone may take a value and not keep it before it is left alone (quirk 172)."""


def not_converging_fault(stuck: Mapping[str, int]) -> TaskFault:
    """Name the parameters that were written in vain too often, each with how often."""
    return TaskFault(
        "not_converging",
        f"Not written: the phone has taken the same value {CONVERGING_TRIES} times within a day and keeps showing "
        f"another for {', '.join(list(stuck)[:5])}. Find out what sets it back (its configuration file, its web page, "
        "its firmware), or wait a day.",
        tuple(
            {"name": name, "code": "not_converging", "message": f"ignored {tries} times"}
            for name, tries in stuck.items()
        ),
    )


def batches(
    names: list[str], phone: Phone, *, most: int = 0, atomic: bool = False
) -> tuple[list[list[str]], dict[str, list[str]], dict[str, str]]:
    """Give the names in batches as the phone takes them, never in another order (quirk 121).

    With companions that go along unchanged (name: value and type), and those that would have to and are not known
    (name: companion; quirk 120). Credentials of connection requests stay alone: a phone that refuses a sibling rolls
    them back too, and could not be called any more (quirk 167).
    """
    extra: dict[str, list[str]] = {}
    lacking: dict[str, str] = {}
    units: list[list[str]] = []
    placed: set[str] = set()
    for name in names:
        if name in placed:
            continue
        unit = [name]
        for other in _companions(name, phone.quirks):
            known = phone.parameters.get(other)
            if other in names:
                unit.append(other)
            elif known is None:
                continue  # this phone does not have it
            elif known.value is None or is_secret(other):
                lacking[name] = other
            else:
                extra[other] = [known.value, known.type or "xsd:string"]
                unit.append(other)
        placed.update(unit)
        units.append(list(dict.fromkeys(unit)))
    if atomic:
        return [[name for unit in units for name in unit]], extra, lacking
    size = max(min(most or phone.spv_batch, phone.spv_batch), 1)
    listed: list[list[str]] = []
    last: tuple[Any, ...] | None = None
    for unit in units:
        path = unit[0].rpartition(".")[0]
        key = (path if phone.quirks.one_object_per_write else "", _CALL_US.search(unit[0]) is not None)
        if not listed or key != last or len(listed[-1]) + len(unit) > size:
            listed.append([])
        listed[-1] += unit
        last = key
    return listed, extra, lacking


def _companions(name: str, quirks: Quirks) -> list[str]:
    path, _, leaf = name.rpartition(".")
    groups = (group.split("+") for group in quirks.companions)
    return [f"{path}.{other}" for group in groups if leaf in group for other in group if other and other != leaf]


_CALL_US = re.compile(r"\.ManagementServer\.ConnectionRequest(Username|Password)\Z")

_RANGES = {
    "xsd:int": (-(2**31), 2**31 - 1),
    "xsd:unsignedInt": (0, 2**32 - 1),
    "xsd:long": (-(2**63), 2**63 - 1),
    "xsd:unsignedLong": (0, 2**64 - 1),
}


def fits(text: str, kind: str) -> bool:
    """Say whether a text is a literal of its type (XML Schema part 2), as far as numbers, booleans and times go."""
    if kind == "xsd:dateTime":
        return DATE_TIME.fullmatch(text.strip()) is not None
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
    ``suspect`` (a reading that looks for the culprit of a fault that names none), ``bisecting`` (and, where all names
    exist, ever smaller writes that look for it), ``tried`` (other spellings of values that were refused), ``verify``
    (the reading back).
    """

    exclusive = False
    heavy = False

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Check the arguments.

        ``values``: list of ``{name, value, type?}``; ``parameter_key``: optional, at most 32 characters; ``atomic``: in
        one request or not at all; ``reboot``: restart a phone that has only stored the values, then read them back.
        """
        arg.only(arguments, "values", "parameter_key", "atomic", "reboot")
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
            value = arg.scalar(item.get("value"), f"{where}.value")
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
        for name in ("atomic", "reboot"):
            if arguments.get(name) is not None:
                if not isinstance(arguments[name], bool):
                    raise BadRequest(f"{name} must be true or false", field=name)
                if arguments[name]:
                    checked[name] = True
        return checked

    def next(self, job: Job, phone: Phone) -> Step:
        """Learn types, write, restart if wanted, read back, judge."""
        state = self._state(job, phone)
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
        if state.get("lacking"):
            return Failed(_lacking_fault(state["lacking"]))
        if state["todo"]:
            if unfit := self._unfit(job, phone, state):
                return Failed(unfit)
            return Ask(self._write(job, phone, state))
        if state.get("refused"):
            return Failed(_refused_fault(state["refused"]), {"written": state.get("written", [])})
        if "stored_at" in state and (phone.booted_at or 0.0) < state["stored_at"]:
            if "reboot_at" not in state:
                return Ask(Reboot(CommandKey=job.id))
            return Wait("verifying", RESTART_SECONDS, RebootProgram.missed)
        verify = state.get("verify")
        if verify is None:
            return Done({"status": state["status"]}, {"read_back": "after the next reboot: the phone only stored it"})
        if (step := reading.ask(verify)) is not None:
            return step
        return self._judge(job, state, verify)

    def _state(self, job: Job, phone: Phone) -> dict[str, Any]:
        return dict(job.progress) if "todo" in job.progress else {**self._begin(job, phone), **job.progress}

    def _begin(self, job: Job, phone: Phone) -> dict[str, Any]:
        names = [item["name"] for item in job.arguments["values"]]
        todo, extra, lacking = batches(names, phone, atomic=bool(job.arguments.get("atomic")))
        several = len(todo) > 1  # a later batch must not find a name missing when the first one is written
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
        state: dict[str, Any] = {
            "learn": reading.begin(unknown, phone.gpv_batch) if unknown else None,
            "todo": todo,
            "before": before,
            "status": 0,
        }
        return {**state, **({"extra": extra} if extra else {}), **({"lacking": lacking} if lacking else {})}

    def _types(self, job: Job, phone: Phone, state: Mapping[str, Any]) -> dict[str, str]:
        learnt = (state.get("learn") or {}).get("values", {})
        types = {}
        for item in job.arguments["values"]:
            name = item["name"]
            known = phone.parameters.get(name)
            given = item.get("type") if "own" not in state.get("tried", ()) else None
            types[name] = (
                given
                or (learnt[name][1] if name in learnt else None)
                or (known.type if known else None)
                or item.get("type")
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
            shown = state["before"].get(name)
            if not fits(text, types[name]) and (not shown or fits(shown, types[name])):
                wrong.append({"name": name, "code": "9007", "message": f"not a value of the type {types[name]}"})
        if not wrong:
            return None
        listed = ", ".join(entry["name"] for entry in wrong[:5])
        return TaskFault("9007", f"Not asked: values do not fit the types of the parameters: {listed}", tuple(wrong))

    def _write(self, job: Job, phone: Phone, state: Mapping[str, Any]) -> SetParameterValues:
        types = self._types(job, phone, state)
        values = {item["name"]: to_text(item["value"]) for item in job.arguments["values"]}
        for name, (value, kind) in state.get("extra", {}).items():
            values[name], types[name] = value, kind
        words = writes_words(phone.quirks) != ("words" in state.get("tried", ()))
        listed = []
        for name in state["todo"][0]:
            text = on_wire(values[name], types[name], words=words)
            as_string = name in state.get("strings", ()) or is_like(name, phone.quirks.string_values)
            listed.append(
                ParameterValueStruct(Name=name, Value=TypedValue(text, "xsd:string" if as_string else types[name]))
            )
        key = job.arguments.get("parameter_key", "") if phone.quirks.parameter_key else ""
        return SetParameterValues(ParameterList=tuple(listed), ParameterKey=key)

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Move on to the next batch, and after the last one to the reading back."""
        state = self._state(job, phone)
        if isinstance(message, GetParameterValuesResponse):
            for phase in ("learn", "suspect", "verify"):
                if state.get(phase) and state[phase]["todo"]:
                    return self._read(job, phone, state, phase, message)
        if isinstance(message, RebootResponse):
            return Outcome(updated(state, phase="verify", reboot_at=phone.now))
        assert isinstance(message, SetParameterValuesResponse)
        batch, *rest = state["todo"]
        progress = updated(state, todo=rest, status=max(state["status"], 1 if message.Status == 1 else 0))
        lessons = _lessons(state, phone, batch)
        for name in ("tried", "strings", "silences"):
            if name == "silences" or lessons:
                progress.pop(name, None)
        if state.get("bisecting"):
            progress["written"] = [*state.get("written", []), *batch]
        restarts = progress["status"] == 1 and job.arguments.get("reboot")
        if not rest and (progress["status"] == 0 or restarts):
            progress["verify"] = reading.begin(self._verified(job, phone), phone.gpv_batch)
            if restarts:
                progress["stored_at"] = phone.now  # a boot after this proves, whether its Reboot was answered or not
        return Outcome(progress, Learnt(lessons=lessons))

    def _read(
        self, job: Job, phone: Phone, state: dict[str, Any], phase: str, message: GetParameterValuesResponse
    ) -> Outcome:
        progress = updated(state, **{phase: reading.answered(state[phase], message)})
        lessons = reading.lessons(state[phase], phone)
        if phase == "learn":
            progress["before"] = {**state["before"], **{n: v[0] for n, v in progress[phase]["values"].items()}}
        elif phase == "suspect":
            progress = self._bisect(job, phone, progress)
        else:
            read = {item.Name: item.Value.text for item in message.ParameterList}
            key = read.get(f"{phone.root}ManagementServer.ParameterKey")
            if key is not None and phone.quirks.parameter_key and key != job.arguments.get("parameter_key", key):
                lessons += (Lesson("parameter_key", False, "it shows another ParameterKey than was sent"),)
        return Outcome(progress, Learnt(values=reading.triples(message), lessons=lessons))

    @staticmethod
    def _bisect(job: Job, phone: Phone, progress: dict[str, Any]) -> dict[str, Any]:
        """Every name exists: write ever fewer of them, until the one that is refused stands alone (quirk 168)."""
        suspect, batch = progress["suspect"], progress["todo"][0]
        if suspect["todo"] or suspect["missing"] or len(batch) < 2 or job.arguments.get("atomic"):
            return progress
        half = len(batch) // 2
        todo = [batch[:half], batch[half:], *progress["todo"][1:]]
        return {**progress, "suspect": None, "bisecting": True, "todo": todo}

    def _verified(self, job: Job, phone: Phone) -> list[str]:
        """Name what is read back: what was written, and the ParameterKey where one was sent (quirk 123)."""
        names = [item["name"] for item in job.arguments["values"]]
        key = f"{phone.root}ManagementServer.ParameterKey"
        if job.arguments.get("parameter_key") and phone.quirks.parameter_key and key in phone.parameters:
            names += [key] if key not in names else []
        return [name for name in names if not is_like(name, phone.quirks.never_read)]

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """Halve on 9004; try another spelling once; look for the culprit (quirk 168); otherwise it is final."""
        state = self._state(job, phone)
        for phase in ("learn", "suspect", "verify"):
            if state.get(phase) and state[phase]["todo"]:
                cut = reading.faulted(state[phase], fault)
                if cut is None:
                    return None
                progress = updated(state, **{phase: cut})
                if phase == "suspect":
                    progress = self._bisect(job, phone, progress)
                return Outcome(progress, Learnt(lessons=reading.lessons(state[phase], phone, fault)))
        if not state["todo"]:
            return None  # the restart was refused
        batch, *rest = state["todo"]
        atomic = bool(job.arguments.get("atomic"))
        if fault.FaultCode == 9004 and len(batch) > 1 and not atomic:
            smaller = self._smaller(state, phone)
            lesson = Lesson("spv_batch", len(batch) // 2, f"9004 to {len(batch)} values")
            lessons = (lesson,) if lesson.value < phone.quirks.spv_batch else ()
            return Outcome(smaller, Learnt(lessons=lessons))
        if (other := self._spelt_otherwise(job, phone, state, fault)) is not None:
            return Outcome(other)
        told = any(
            item.ParameterName and not item.ParameterName.endswith(".") for item in fault.SetParameterValuesFault
        )
        if state.get("bisecting") and not told and fault.FaultCode in (9002, 9003, 9005, 9006, 9007, 9008):
            if len(batch) > 1:
                half = len(batch) // 2
                return Outcome(updated(state, todo=[batch[:half], batch[half:], *rest]))
            refused = {**state.get("refused", {}), batch[0]: fault_of(fault).as_json()}
            return Outcome(updated(state, todo=rest, refused=refused))
        if fault.FaultCode in (9002, 9003, 9005) and not told:
            suspect = reading.begin(batch, phone.gpv_batch)
            return Outcome(updated(state, suspect=suspect, fault=fault_of(fault).as_json()))
        return None

    def silent(self, job: Job, phone: Phone) -> Outcome | None:
        """Write fewer values, or read back fewer; writing the same value twice does no harm."""
        state = self._state(job, phone)
        for phase in ("learn", "suspect", "verify"):
            if state.get(phase) and state[phase]["todo"]:
                smaller = reading.silent(state[phase])
                return None if smaller is None else Outcome(updated(state, **{phase: smaller}))
        silences = state.get("silences", 0)
        if not state["todo"] or len(state["todo"][0]) < 2 or silences >= reading.MAX_SILENCES:
            return None
        if job.arguments.get("atomic"):
            return None
        return Outcome(updated(self._smaller(state, phone), silences=silences + 1))

    @staticmethod
    def _smaller(state: Mapping[str, Any], phone: Phone) -> dict[str, Any]:
        names = [name for batch in state["todo"] for name in batch if name not in state.get("extra", {})]
        todo, _, _ = batches(names, phone, most=len(state["todo"][0]) // 2)
        if todo and len(todo[0]) >= len(state["todo"][0]):  # companions that cannot be parted
            return updated(state)
        return updated(state, todo=todo)

    def _spelt_otherwise(self, job: Job, phone: Phone, state: Mapping[str, Any], fault: Fault) -> dict[str, Any] | None:
        """Plan another spelling of values whose type or literal was refused, each once (quirks 55, 125)."""
        codes = {item.ParameterName: item.FaultCode for item in fault.SetParameterValuesFault}
        named = {name: code for name, code in codes.items() if name in state["todo"][0]}
        if not named:
            named = dict.fromkeys(state["todo"][0], fault.FaultCode)
        concerned = {name: code for name, code in named.items() if code in (9006, 9007)}
        if not concerned:
            return None
        tried = list(state.get("tried", []))
        types = self._types(job, phone, state)
        given = {item["name"] for item in job.arguments["values"] if "type" in item}
        known = {n: p.type for n in concerned if (p := phone.parameters.get(n)) is not None and p.type is not None}
        if "own" not in tried and any(n in given and n in known and known[n] != types[n] for n in concerned):
            return updated(state, tried=[*tried, "own"])
        if "words" not in tried and any(types.get(name) == "xsd:boolean" for name in concerned):
            return updated(state, tried=[*tried, "words"])
        strange = [n for n, code in concerned.items() if code == 9006 and types.get(n) not in (None, "xsd:string")]
        if strange and "strings" not in tried:
            tried = [entry for entry in tried if entry != "words"]  # that was not it
            return updated(state, tried=[*tried, "strings"], strings=strange)
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
            if state["before"].get(name) == value or kind == "xsd:boolean":  # a boolean has no third spelling
                ignored.append((name, kept(name, written), value))
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
