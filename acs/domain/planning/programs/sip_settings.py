"""``set_parameter_values`` of this phone's own SIP settings: ``{"kind": "sip"}`` in place of values.

The relevant parameters are read afresh, compared, and only what differs is written, with the types that the phone
itself reports, and read back: that part is ``SetValues``. Progress: ``prepared`` (what the service made of the
settings), ``fresh`` (the reading), ``write`` (the progress of the writing), ``fault`` (a refusal that ends it).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from acs.domain.parameters.tree import Parameter
from acs.domain.parameters.values import HIDDEN, is_secret, kept
from acs.domain.phones.voice_service import Plan, Write, plan, readable
from acs.domain.phones.voice_settings import Wanted
from acs.domain.planning.programs import arguments as arg
from acs.domain.planning.programs import reading
from acs.domain.planning.programs.values import SetValues, fits, not_converging_fault
from acs.domain.planning.retries import FaultClass, classify
from acs.domain.planning.steps import (
    Done,
    Failed,
    Job,
    Learnt,
    Outcome,
    Phone,
    Prepare,
    Step,
    TaskFault,
    fault_of,
    updated,
)
from acs.errors import BadRequest, BadSettings
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import GetParameterValuesResponse, SetParameterValuesResponse
from cwmp_schemas.faults import Fault

KIND: Final = "sip"
MAX_EVIDENCE: Final = 200
"""Parameters whose reading is told one by one where nothing had to be written."""


def is_sip(arguments: Mapping[str, Any]) -> bool:
    """Say whether a task writes the phone's own SIP settings."""
    return arguments.get("kind") == KIND


class SetValuesOrSettings(SetValues):
    """Write the values that are given, or with ``kind`` those of the phone's own settings."""

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """``kind``: ``sip``, with ``force``, ``reboot`` and ``parameter_key``; else as ``SetValues``."""
        if "kind" not in arguments:
            return super().check(arguments)
        if "values" in arguments:
            raise BadRequest("kind takes the values from the phone's own settings; leave values out", field="values")
        arg.only(arguments, "kind", "force", "reboot", "parameter_key")
        if arguments["kind"] != KIND:
            raise BadRequest(f"kind must be {KIND!r}: the phone's own SIP settings", field="kind")
        checked: dict[str, Any] = {"kind": KIND}
        if arguments.get("parameter_key") is not None:
            checked["parameter_key"] = arg.text(arguments, "parameter_key", longest=32)
        for name in ("force", "reboot"):
            if arguments.get(name) is not None:
                if not isinstance(arguments[name], bool):
                    raise BadRequest(f"{name} must be true or false", field=name)
                if arguments[name]:
                    checked[name] = True
        return checked

    def next(self, job: Job, phone: Phone) -> Step:
        """Have the settings worked out, read what concerns them, write what differs."""
        if not is_sip(job.arguments):
            return super().next(job, phone)
        if "prepared" not in job.progress:
            return Prepare()
        wanted = _wanted(job, phone)
        if not wanted and not wanted.unsaid:
            return Done({"written": [], "unchanged": 0, "skipped": [], "message": "The settings say nothing of SIP."})
        fresh = _fresh(job, phone)
        if (ask := reading.ask(fresh)) is not None:
            return ask
        try:
            planned = _planned(wanted, fresh, job, phone)
        except BadSettings as error:
            name = str(error.facts.get("parameter", ""))
            entry = {"name": name, "code": "BadSettings", "message": error.message}
            return Failed(TaskFault("bad_settings", error.message, (entry,)))
        if not planned.back_end:
            return Failed(_NO_SERVICE)
        writes, stuck = _apart(planned, job)
        told = _told(planned, writes, job)
        if (fault := job.progress.get("fault")) is not None:
            return Failed(TaskFault(fault["code"], fault["message"], tuple(fault["parameters"])), told)
        if not writes:
            return _concluded(planned, stuck, told, {"read_back": _held(planned)})
        step = super().next(_writing(job, writes, phone), phone)
        if isinstance(step, Failed):
            parameters = (*step.fault.parameters, *_shortfall(planned, stuck))
            return Failed(replace(step.fault, parameters=parameters), told, step.evidence)
        if isinstance(step, Done):
            evidence = dict(step.evidence or {})
            if empty := _reads_empty(evidence):
                return Failed(
                    replace(empty, parameters=(*empty.parameters, *_shortfall(planned, stuck))), told, evidence
                )
            return _concluded(planned, stuck, {**step.result, **told}, evidence)
        return step

    def answered(self, job: Job, phone: Phone, message: Struct) -> Outcome:
        """Take in what was read; then it is the writing's."""
        if not is_sip(job.arguments):
            return super().answered(job, phone, message)
        fresh = _fresh(job, phone)
        if fresh["todo"]:
            assert isinstance(message, GetParameterValuesResponse)
            after = updated(job.progress, fresh=reading.answered(fresh, message))
            learnt = Learnt(values=reading.triples(message), lessons=reading.lessons(fresh, phone))
            return Outcome(after, learnt)
        planned = _planned(_wanted(job, phone), fresh, job, phone)
        sub = _writing(job, _apart(planned, job)[0], phone)
        taken: tuple[str, ...] = ()
        if isinstance(message, SetParameterValuesResponse):
            names = self._state(sub, phone)["todo"][0]
            taken = tuple(line for name in names for line in planned.passwords.get(name, ()))
        outcome = super().answered(sub, phone, message)
        return Outcome(_with_write(job, outcome), replace(outcome.learnt, passwords=taken))

    def faulted(self, job: Job, phone: Phone, fault: Fault) -> Outcome | None:
        """As reading and writing do; a final refusal is kept until the result is told with it."""
        if not is_sip(job.arguments):
            return super().faulted(job, phone, fault)
        fresh = _fresh(job, phone)
        if fresh["todo"]:
            cut = reading.faulted(fresh, fault)
            if cut is None:
                return None
            learnt = Learnt(vanished=reading.vanished(fresh, cut), lessons=reading.lessons(fresh, phone, fault))
            return Outcome(updated(job.progress, fresh=cut), learnt)
        sub = _writing(job, _apart(_planned(_wanted(job, phone), fresh, job, phone), job)[0], phone)
        outcome = super().faulted(sub, phone, fault)
        if outcome is not None:
            return Outcome(_with_write(job, outcome), outcome.learnt)
        kind = classify(str(fault.FaultCode))
        state = self._state(sub, phone)
        if kind is FaultClass.SUCCESS and state["todo"] and not _is_reading(state):
            return self.answered(job, phone, SetParameterValuesResponse(Status=0))  # done, and it is read back
        if kind is FaultClass.FINAL and (fewer := _without_refused(state, fault)) is not None:
            return Outcome(updated(job.progress, write=fewer))
        if kind is FaultClass.FINAL:
            return Outcome(updated(job.progress, write=state, fault=fault_of(fault).as_json()))
        return None

    def silent(self, job: Job, phone: Phone) -> Outcome | None:
        """Ask for fewer."""
        if not is_sip(job.arguments):
            return super().silent(job, phone)
        fresh = _fresh(job, phone)
        if fresh["todo"]:
            smaller = reading.silent(fresh)
            return None if smaller is None else Outcome(updated(job.progress, fresh=smaller))
        sub = _writing(job, _apart(_planned(_wanted(job, phone), fresh, job, phone), job)[0], phone)
        outcome = super().silent(sub, phone)
        return None if outcome is None else Outcome(_with_write(job, outcome))


_NO_SERVICE: Final = TaskFault(
    "no_voice_service",
    "The phone lists no VoiceService with lines, so its SIP settings cannot be written as parameters. Send them by "
    'file with download {"kind": "config"}.',
)


def _wanted(job: Job, phone: Phone) -> Wanted:
    return Wanted.from_json(job.progress["prepared"]["wanted"], phone.secrets)


def _fresh(job: Job, phone: Phone) -> dict[str, Any]:
    known = job.progress.get("fresh")
    if known is not None:
        return dict(known)
    # Of a phone that lists no names, all that it has for services is read.
    return reading.plan(readable(phone.parameters, phone.root) or [f"{phone.root}Services."], phone)


def _planned(wanted: Wanted, fresh: Mapping[str, Any], job: Job, phone: Phone) -> Plan:
    """Plan with what was read just now; a value from before counts for nothing."""
    service = f"{phone.root}Services.VoiceService."
    parameters: dict[str, Parameter] = {}
    for name, known in phone.parameters.items():
        if name.startswith(service) and fresh["missing"].get(name) != "9005":
            value, kind = fresh["values"].get(name, (None, known.type))
            parameters[name] = known._replace(value=value, type=kind)
    due = job.progress["prepared"]["due"]
    planned = plan(wanted, parameters, phone.root, passwords=due)
    return _with_companions(planned, wanted, parameters, phone)


def _with_companions(planned: Plan, wanted: Wanted, parameters: Mapping[str, Parameter], phone: Phone) -> Plan:
    """Write a password again that this phone wants to have with a name that changes (quirk 120)."""
    groups = [set(group.split("+")) for group in phone.quirks.companions]
    lines: set[str] = set()
    for write in planned.writes:
        path, _, leaf = write.name.rpartition(".")
        for other in {other for group in groups if leaf in group for other in group}:
            lines.update(planned.passwords.get(f"{path}.{other}", ()))
    missing = lines - {line for w in planned.writes for line in planned.passwords.get(w.name, ())}
    if not missing:
        return planned
    due = {line for w in planned.writes for line in planned.passwords.get(w.name, ())} | missing
    return plan(wanted, parameters, phone.root, passwords=due)


def _apart(planned: Plan, job: Job) -> tuple[tuple[Write, ...], dict[str, int]]:
    """Give what is to be written, and what was written in vain too often (quirks 124, 172)."""
    tries: Mapping[str, Any] = job.progress["prepared"].get("tries", {})
    stuck = {w.name: tries[w.name][1] for w in planned.writes if w.name in tries and tries[w.name][0] == w.value}
    return tuple(write for write in planned.writes if write.name not in stuck), stuck


def _writing(job: Job, writes: tuple[Write, ...], phone: Phone) -> Job:
    """Give the writing as a job of ``SetValues``."""
    values = []
    for write in writes:
        known = phone.parameters.get(write.name)
        told = known.type if known is not None else None
        # A password is not read for its type, and some phones tell a type that their own values do not have.
        odd = write.old is None if told is None else not fits(write.value, told)
        values.append({"name": write.name, "value": write.value, **({"type": "xsd:string"} if odd else {})})
    arguments: dict[str, Any] = {"values": values}
    for name in ("reboot", "parameter_key"):
        if name in job.arguments:
            arguments[name] = job.arguments[name]
    return replace(job, arguments=arguments, progress=job.progress.get("write", {}))


def _with_write(job: Job, outcome: Outcome) -> dict[str, Any]:
    phase = outcome.progress.get("phase")
    return updated(job.progress, write=dict(outcome.progress), **({"phase": phase} if phase else {}))


def _without_refused(state: Mapping[str, Any], fault: Fault) -> dict[str, Any] | None:
    """Leave out the parameters that a fault names; None where it names none, or nothing else is there to write.

    One value that a phone does not take must not keep the others from it (all are written or none, cwmp.md 1.6).
    """
    if _is_reading(state) or not state["todo"]:
        return None
    batch, *rest = state["todo"]
    told = {entry["name"]: entry for entry in fault_of(fault).parameters if entry["name"] in batch}
    todo = [[name for name in batch if name not in told], *rest]
    todo = [names for names in todo if names]
    if not told or not (todo or state.get("refused")):
        return None
    why = {name: {"code": entry["code"], "message": entry["message"]} for name, entry in told.items()}
    return updated(state, todo=todo, refused={**state.get("refused", {}), **why})


def _is_reading(state: Mapping[str, Any]) -> bool:
    return any(state.get(phase) and state[phase]["todo"] for phase in ("learn", "suspect", "verify"))


def _told(planned: Plan, writes: tuple[Write, ...], job: Job) -> dict[str, Any]:
    """Tell what was written so far, and what was not."""
    state = job.progress.get("write", {})
    left = {name for batch in state["todo"] for name in batch} if "todo" in state else {w.name for w in writes}
    left |= set(state.get("refused", {}))
    written = [
        {"name": w.name, "old": _shown(w.name, w.old), "new": kept(w.name, w.value)}
        for w in writes
        if w.name not in left
    ]
    return {
        "back_end": planned.back_end,
        "written": written,
        "unchanged": len(planned.held),
        "skipped": [
            {"field": s.field, "reason": s.reason, **({"name": s.name} if s.name else {})} for s in planned.skipped
        ],
    }


def _shown(name: str, old: str | None) -> str:
    return HIDDEN if old is None else kept(name, old)


def _held(planned: Plan) -> list[dict[str, str]]:
    return [{"name": name, "expected": value, "read": read} for name, value, read in planned.held[:MAX_EVIDENCE]]


def _reads_empty(evidence: Mapping[str, Any]) -> TaskFault | None:
    """Name what was written and reads back empty: of a password that is no news, of a server it is."""
    entries = evidence.get("read_back")
    listed = [
        entry
        for entry in (entries if isinstance(entries, list) else ())
        if entry["expected"] and entry["read"] == "" and not is_secret(entry["name"])
    ]
    if not listed:
        return None
    return TaskFault(
        "not_applied",
        "The phone accepted the values, but shows none: " + ", ".join(entry["name"] for entry in listed[:5]),
        tuple(
            {"name": e["name"], "code": "not_applied", "message": f"expected {e['expected']!r}, read ''"}
            for e in listed
        ),
    )


def _shortfall(planned: Plan, stuck: Mapping[str, int]) -> tuple[Mapping[str, Any], ...]:
    entries = [
        {"name": f"sip.lines.{number}", "code": "no_such_line", "message": why}
        for number, why in planned.missing.items()
    ]
    return (*(not_converging_fault(stuck).parameters if stuck else ()), *entries)


def _concluded(planned: Plan, stuck: Mapping[str, int], result: Mapping[str, Any], evidence: Mapping[str, Any]) -> Step:
    """Succeed, unless something that is wanted could not be brought to the phone."""
    if stuck:
        fault = not_converging_fault(stuck)
        return Failed(replace(fault, parameters=_shortfall(planned, stuck)), result, evidence)
    if planned.missing:
        lines = ", ".join(str(number) for number in planned.missing)
        text = (
            f"Line {lines} could not be written: {'; '.join(planned.missing.values())}. Everything else holds. Take "
            "the line out of the phone's settings (null in its own layer), or set its enabled to false."
        )
        return Failed(TaskFault("no_such_line", text, _shortfall(planned, stuck)), result, evidence)
    if not result["written"]:
        result = {**result, "message": "Already so: nothing had to be written."}
    return Done(result, evidence)
