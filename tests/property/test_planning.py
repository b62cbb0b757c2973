"""Whatever a phone answers, refuses or loses: every program ends, says so in JSON, and writes nothing it must not."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from acs.domain.devices.quirks import Quirks
from acs.domain.parameters.tree import Tree
from acs.domain.phones.carriers import Status
from acs.domain.planning.programs import DOWNLOADS, PROGRAMS, TRANSFERS, binding
from acs.domain.planning.programs.deployment_units import ChangeDuStateProgram
from acs.domain.planning.programs.transfers import DownloadProgram, UploadProgram
from acs.domain.planning.retries import Backoff, FaultClass, classify
from acs.domain.planning.steps import (
    Ask,
    Done,
    Failed,
    Job,
    Learnt,
    Outcome,
    Phone,
    Prepare,
    Shrinks,
    Wait,
    updated,
)
from cwmp_schemas import cpe_rpcs as rpc
from cwmp_schemas._spyne import Struct
from cwmp_schemas.faults import CODES, Fault, SetParameterValuesFault
from cwmp_schemas.structs import (
    DeploymentUnitFaultStruct,
    OpResultStruct,
    ParameterAttributeStruct,
    ParameterInfoStruct,
    ParameterValueStruct,
    QueuedTransferStruct,
    TypedValue,
)

TABLE = "Device.Line."
VERSION = "Device.DeviceInfo.VendorConfigFile.1.Version"
SOFTWARE = "Device.DeviceInfo.SoftwareVersion"
KNOWN = (SOFTWARE, VERSION, f"{TABLE}1.Number", f"{TABLE}1.Password", f"{TABLE}2.Number", "Device.Time.NTPServer1")
MISSING = ("Device.Nothing", f"{TABLE}9.Number", "Device.Time.²")

INTERVAL = 3600.0
"""Seconds until a phone whose session broke calls again."""
LIFETIME = 50 * INTERVAL
"""Seconds after which a task expires."""
MOST_RPCS = 250
"""More than the longest of these talks needs: the lifetime's sessions, and every batch cut down to single names."""
SMALL = Quirks(gpv_batch=3, spv_batch=3)
"""Batches so small that the few names here make several."""

Habit = int | Literal["right", "lost", "done and lost", "silent"]
"""What a phone makes of a request: a fault code, or that word."""
habits: st.SearchStrategy[Habit] = st.one_of(
    st.just("right"),
    st.sampled_from(["right", "lost", "done and lost", "silent"]),
    st.sampled_from([*(code for code in CODES if code >= 9000), 9800, 9801, 9802, 9809, 8005, 0, 12345]),
)


@dataclass
class Handset:
    """The phone itself."""

    names: list[str] = field(default_factory=lambda: list(KNOWN))
    methods: tuple[str, ...] = ("GetRPCMethods", "Download")
    leaves_out: bool = False
    """Leaves unknown names out of its answer instead of answering 9005."""
    names_culprits: bool = True
    status: int = 0
    """Of SetParameterValues, AddObject, Download and the like."""
    numbered: bool = True
    """AddObject tells the number of the new instance."""
    makes: bool = True
    """AddObject makes an instance."""
    lists: Literal["well", "every level", "nothing", "rubbish"] = "well"
    lies: bool = False
    """Says that it applied a file, and did not."""
    values: dict[str, str] = field(default_factory=dict)
    queue: set[str] = field(default_factory=set)
    installations: int = 0

    def answer(self, message: Struct) -> Struct:
        """Do what is asked; give the answer."""
        match message:
            case rpc.GetRPCMethods():
                return rpc.GetRPCMethodsResponse(MethodList=self.methods)
            case rpc.GetParameterNames(ParameterPath=path, NextLevel=next_level):
                return self._names(path, next_level)
            case rpc.GetParameterValues(ParameterNames=names):
                unknown = [name for name in names if not any(n.startswith(name) for n in self.names)]
                if unknown and not self.leaves_out:
                    return Fault(FaultCode=9005)
                found = [n for name in names for n in self.names if n == name or (name[-1] == "." and name in n)]
                return rpc.GetParameterValuesResponse(ParameterList=tuple(self._value(n) for n in found))
            case rpc.SetParameterValues(ParameterList=items):
                unknown = [item.Name for item in items if item.Name not in self.names and "Manage" not in item.Name]
                if unknown:
                    told = tuple(SetParameterValuesFault(ParameterName=n, FaultCode=9005) for n in unknown)
                    return Fault(FaultCode=9003, SetParameterValuesFault=told if self.names_culprits else ())
                self.values |= {item.Name: item.Value.text for item in items}
                return rpc.SetParameterValuesResponse(Status=self.status)
            case rpc.GetParameterAttributes(ParameterNames=names):
                rows = tuple(ParameterAttributeStruct(Name=n, Notification=2, AccessList=("S",)) for n in names)
                return rpc.GetParameterAttributesResponse(ParameterList=rows)
            case rpc.SetParameterAttributes():
                return rpc.SetParameterAttributesResponse()
            case rpc.AddObject(ObjectName=table):
                number = 1 + max(int(n[len(table)]) for n in self.names if n.startswith(table))
                self.names += [f"{table}{number}.Number"] if self.makes and number < 10 else []
                return rpc.AddObjectResponse(InstanceNumber=number if self.numbered else 0, Status=self.status)
            case rpc.DeleteObject(ObjectName=name):
                if not any(n.startswith(name) for n in self.names):
                    return Fault(FaultCode=9005)
                self.names = [n for n in self.names if not n.startswith(name)]
                return rpc.DeleteObjectResponse(Status=self.status)
            case rpc.GetQueuedTransfers():
                rows_queued = tuple(QueuedTransferStruct(CommandKey=key, State=1) for key in self.queue)
                return rpc.GetQueuedTransfersResponse(TransferList=rows_queued)
            case rpc.Download(CommandKey=key):
                self.queue.add(key)
                return rpc.DownloadResponse(Status=self.status)
            case rpc.Upload(CommandKey=key):
                self.queue.add(key)
                return rpc.UploadResponse(Status=self.status)
            case rpc.ScheduleDownload(CommandKey=key):
                self.queue.add(key)
                return rpc.ScheduleDownloadResponse()
            case rpc.CancelTransfer(CommandKey=key):
                self.queue.discard(key)
                return rpc.CancelTransferResponse()
            case rpc.GetAllQueuedTransfers():
                return rpc.GetAllQueuedTransfersResponse(TransferList=())
            case rpc.ScheduleInform():
                return rpc.ScheduleInformResponse()
            case rpc.ChangeDUState():
                self.installations += 1
                return rpc.ChangeDUStateResponse()
            case rpc.SetVouchers():
                return rpc.SetVouchersResponse()
            case rpc.GetOptions():
                return rpc.GetOptionsResponse(OptionList=())
            case rpc.Reboot():
                return rpc.RebootResponse()
            case rpc.FactoryReset():
                return rpc.FactoryResetResponse()
            case _:
                raise AssertionError(message)

    def _value(self, name: str) -> ParameterValueStruct:
        text = self.values.get(name, "")
        return ParameterValueStruct(Name=name, Value=TypedValue(text, "xsd:string"))

    def _names(self, path: str, next_level: bool) -> Struct:
        found = {
            ".".join(parts[:n]) + "." * (n < len(parts)): None
            for parts in (name.split(".") for name in self.names)
            for n in range(1, len(parts) + 1)
        }
        names = [name for name in found if name.startswith(path)]
        if not names:
            return Fault(FaultCode=9005)
        if next_level and self.lists != "every level":
            names = [name for name in names if name != path and "." not in name[len(path) : -1]]
        if self.lists == "nothing":
            names = []
        if self.lists == "rubbish":
            names += [f"{path}².", f"{path}{'9' * 900}.", "", ".", "²", path, path]
        return rpc.GetParameterNamesResponse(
            ParameterList=tuple(ParameterInfoStruct(Name=name, Writable=True) for name in names)
        )


handsets = st.builds(
    Handset,
    methods=st.sampled_from([(), ("Download",), ("Download", "GetQueuedTransfers")]),
    leaves_out=st.booleans(),
    names_culprits=st.booleans(),
    status=st.sampled_from([0, 1]),
    numbered=st.booleans(),
    makes=st.booleans(),
    lists=st.sampled_from(["well", "every level", "nothing", "rubbish"]),
    lies=st.booleans(),
    values=st.dictionaries(st.sampled_from(KNOWN), st.sampled_from(["", "1", "01", "x", "9" * 5000])),
)


@dataclass
class Talk:
    """One task and one phone, driven as ``acs.services.work`` does."""

    kind: str
    arguments: Mapping[str, Any]
    handset: Handset
    habits: Iterator[Habit]
    root: str = "Device."
    quirks: Quirks = SMALL
    prepared: Mapping[str, Any] = field(default_factory=dict)
    tree: Tree = field(default_factory=Tree)
    progress: Mapping[str, Any] = field(default_factory=dict)
    state: str = "queued"
    attempts: int = 0
    now: float = 0.0
    waiting: tuple[str, float] | None = None
    asked: list[tuple[Struct, Mapping[str, Any]]] = field(default_factory=list)
    """Every request, with the progress that led to it."""
    end: Done | Failed | str | None = None
    methods: frozenset[str] | None = None
    software_version: str = "1"
    booted_at: float | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)
    fetched: frozenset[str] = frozenset()
    received: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    child: str = ""
    """State of the task that this one waits for."""

    def run(self) -> Talk:
        """Drive the task to its end."""
        while self.end is None:
            if self.now > LIFETIME:
                self.end = "expired"
                break
            step = PROGRAMS[self.kind].next(self.job, self.phone)
            match step:
                case Prepare() if self.kind == "bind":
                    if binding.wants_account(self.job, self.phone):
                        self.secrets = {binding.PASSWORD: "s"}
                    else:
                        self.child = "queued"
                        self.keep(updated(self.progress, child="t2"))
                case Prepare():
                    self.secrets = dict.fromkeys(
                        ("Username", "Password", "ConnectionRequestUsername", "ConnectionRequestPassword"), "s"
                    )
                    self.keep(updated(self.progress, prepared=dict(self.prepared)))
                case Ask(message):
                    assert len(self.asked) < MOST_RPCS, [type(asked).__name__ for asked, _ in self.asked[-9:]]
                    self.asked.append((message, self.progress))
                    if self.state == "queued":
                        self.state, self.attempts = "running", self.attempts + 1
                    self.exchange(message)
                case Wait(state, seconds):
                    self.wait(state, seconds)
                case Done(result, evidence):
                    json.dumps([dict(result), dict(evidence or {})])
                    self.end = step
                case Failed(fault, result, evidence):
                    json.dumps([fault.as_json(), dict(result or {}), dict(evidence or {})])
                    self.end = step
        return self

    @property
    def job(self) -> Job:
        """The task as its program sees it."""
        return Job("t1", self.kind, self.arguments, self.progress, max(self.attempts, 1))

    @property
    def phone(self) -> Phone:
        """The phone as the server knows it."""
        return Phone(
            root=self.root,
            parameters=self.tree,
            methods=self.methods,
            software_version=self.software_version,
            booted_at=self.booted_at,
            secrets=self.secrets,
            fetched=self.fetched,
            received=self.received,
            child=self.child,
            now=self.now,
            quirks=self.quirks,
        )

    def keep(self, progress: Mapping[str, Any]) -> None:
        """Write the progress; it comes back as it went."""
        self.progress = json.loads(json.dumps(progress))
        assert self.progress == progress

    def take(self, outcome: Outcome) -> None:
        """Take in what an answer made of the task."""
        self.keep(outcome.progress)
        phase = self.progress.get("phase")
        self.state = {"verify": "verifying", "transferring": "transferring"}.get(str(phase), self.state)
        learnt: Learnt = outcome.learnt
        if learnt.presented is not None:
            self.keep(binding.judged(self.progress, Status.OK, "LG1"))
        self.tree = self.tree.with_names(learnt.names).with_values(learnt.values, self.now)[0]
        self.tree = self.tree.with_attributes(learnt.attributes)
        if learnt.removed:
            self.tree = self.tree.without(learnt.removed)
        if learnt.methods is not None:
            self.methods = frozenset(learnt.methods)

    def exchange(self, message: Struct) -> None:
        """Send a request; meet the phone's habit."""
        habit = next(self.habits)
        program, job, phone = PROGRAMS[self.kind], self.job, self.phone
        if habit == "lost":
            self.take_back()
        elif habit == "done and lost":
            self.handset.answer(message)
            self.take_back(used=True)
        elif habit == "silent":
            outcome = program.silent(job, phone) if isinstance(program, Shrinks) else None
            if outcome is not None:
                self.keep(outcome.progress)
            else:
                self.again()
        else:
            answer = Fault(FaultCode=habit) if isinstance(habit, int) else self.handset.answer(message)
            if not isinstance(answer, Fault):
                self.take(program.answered(job, phone, answer))
            elif (outcome := program.faulted(job, phone, answer)) is not None:
                self.take(outcome)
            elif (found := classify(str(answer.FaultCode))) is FaultClass.RETRY:
                self.again()
            else:
                self.end = f"{found} {answer.FaultCode}"

    def again(self, *, at_once: bool = False) -> None:
        """Queue the task again, or give it up."""
        pause = Backoff().after(max(self.attempts, 1), 0.5)
        if pause is None:
            self.end = "given up"
            return
        self.state, self.now = "queued", self.now + (0.0 if at_once else pause)

    def take_back(self, *, used: bool = False) -> None:
        """The session ended without an answer."""
        self.now += INTERVAL
        transfer = self.kind in TRANSFERS
        if self.kind == "change_du_state":
            self.keep(updated(self.progress, lost=True))
            self.state = "transferring"
        elif transfer and used and self.progress.get("phase") is None:
            self.keep(updated(self.progress, phase="transferring", asked_at=self.now))
            self.state = "transferring"
        elif self.progress.get("phase") == "verify":
            self.keep(updated(self.progress, reading=None))
            self.state = "verifying"
        else:
            if (transfer or self.kind == "add_object") and self.progress:
                self.keep(updated(self.progress, lost=True))
            self.again(at_once=True)

    def wait(self, state: str, seconds: float) -> None:
        """Nothing to ask: time goes by, and the phone does its part, or not."""
        if self.waiting is None or self.waiting[0] != state:
            self.waiting, self.state = (state, self.now), state
        elif self.now - self.waiting[1] > seconds:
            self.end = "timeout"
            return
        self.now += 600.0
        habit = next(self.habits)
        if self.kind == "bind":
            self.child = "succeeded" if habit == "right" else "failed" if isinstance(habit, int) else self.child
        elif self.kind == "change_du_state":
            if habit == "right":
                self.keep(ChangeDuStateProgram.completed(self.job, (INSTALLED,)).progress)
        elif self.kind in ("reboot", "factory_reset", "schedule_inform"):
            if habit == "right":
                self.keep(updated(self.progress, asked=True, seen=["0 BOOTSTRAP", "1 BOOT"]))
        elif state == "transferring" and habit == "right":
            if not self.handset.lies:
                self.handset.values[VERSION] = str(self.prepared.get("version", ""))
                self.received = {"link": {"file_id": "f1", "size": 5}}
            kind = DownloadProgram if self.kind in DOWNLOADS else UploadProgram
            self.take(kind.completed(self.job, start_time="", complete_time=""))
        elif state == "transferring" and isinstance(habit, int):
            if classify(str(habit)) is FaultClass.RETRY and self.kind != "schedule_download":
                self.keep({})
                self.again()
            else:
                self.end = f"TransferComplete {habit}"
        elif habit == "right":
            self.booted_at = self.now
            if not self.handset.lies:
                self.software_version, self.fetched = str(self.prepared.get("version")), frozenset({"asset"})


INSTALLED = OpResultStruct(
    UUID="0a0b0c0d-0000-4000-8000-000000000001",
    DeploymentUnitRef="Device.SoftwareModules.DeploymentUnit.1.",
    Version="1",
    CurrentState="Installed",
    Resolved=True,
    Fault=DeploymentUnitFaultStruct(FaultCode=0),
)


# What may be asked of a phone, by type of task


def names_of(pool: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(pool), min_size=1, max_size=6, unique=True)


def to_set(pool: tuple[str, ...], *, typed: bool = True) -> st.SearchStrategy[dict[str, Any]]:
    values = st.one_of(st.booleans(), st.integers(-(2**40), 2**40), st.text("01x ", max_size=4))
    types = st.sampled_from([None, "xsd:string", "xsd:int", "boolean"] if typed else [None])
    return st.builds(
        lambda names, value, kind, more: {
            "values": [{"name": name, "value": value, "type": kind} for name in names],
            **more,
        },
        names_of(pool),
        values,
        types,
        st.sampled_from([{}, {"atomic": True}, {"reboot": True}, {"parameter_key": "k"}]),
    )


EVERY = (*KNOWN, *MISSING, TABLE, "Device.Gone.")
LEAVES = (*KNOWN, *MISSING)
QUIRKS = st.one_of(
    st.builds(Quirks, gpv_batch=st.integers(1, 7), spv_batch=st.integers(1, 7)),
    st.builds(
        Quirks,
        gpv_batch=st.integers(1, 7),
        spv_batch=st.integers(1, 7),
        one_object_per_write=st.booleans(),
        partial_paths=st.booleans(),
        next_level=st.booleans(),
        parameter_key=st.booleans(),
        boolean_values=st.sampled_from(["digits", "words"]),
        discovery=st.sampled_from(["everything", "by_root"]),
    ),
)
nothing: st.SearchStrategy[dict[str, Any]] = st.just({})
ARGUMENTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "get_rpc_methods": nothing,
    "get_parameter_names": st.builds(
        lambda path, next_level: {"path": path, "next_level": next_level},
        st.sampled_from(["", TABLE, "Device.Gone."]),
        st.booleans(),
    ),
    "get_parameter_values": names_of(EVERY).map(lambda names: {"names": names}),
    "set_parameter_values": to_set(LEAVES),
    "get_parameter_attributes": names_of(EVERY).map(lambda names: {"names": names}),
    "set_parameter_attributes": names_of(EVERY).map(
        lambda names: {"attributes": [{"name": name, "notification": 2} for name in names]}
    ),
    "add_object": st.sampled_from([{}, {"Number": "7"}, {"Gone": True}]).map(
        lambda values: {"object_name": TABLE, "values": values}
    ),
    "delete_object": st.sampled_from(["2.", "9."]).map(lambda number: {"object_name": TABLE + number}),
    "reboot": nothing,
    "factory_reset": nothing,
    "download": st.just({"kind": "config"}),
    "upload": st.just({"file_type": "1 Vendor Configuration File"}),
    "schedule_inform": st.integers(1, 10**6).map(lambda seconds: {"delay_seconds": seconds}),
    "schedule_download": st.integers(1, 10**5).map(
        lambda end: {"kind": "config", "time_windows": [{"start": 0, "end": end, "mode": "any_time"}]}
    ),
    "cancel_transfer": st.just({"command_key": "t0"}),
    "get_queued_transfers": nothing,
    "get_all_queued_transfers": nothing,
    "change_du_state": st.just({"operations": [{"type": "install", "url": "http://h/m.pkg"}]}),
    "set_vouchers": st.just({"vouchers": ["PFZvdWNoZXIvPg=="]}),
    "get_options": nothing,
    "discover": nothing,
    "provision_credentials": nothing,
    "bind": st.sampled_from(["ct", "cu", "cmcc"]).map(lambda carrier: {"carrier": carrier}),
}
PREPARED = st.fixed_dictionaries(
    {
        "proof": st.sampled_from(["config", "item", "firmware", "transfer"]),
        "version": st.sampled_from(["", "2.0003"]),
        "expect": st.dictionaries(st.sampled_from(LEAVES), st.sampled_from(["", "1", "x"]), max_size=3),
        "item": st.just({"link": "asset", "file_id": "f1", "name": "book.xml", "size": 7}),
        **{name: st.just(name) for name in ("file_type", "url", "link", "name")},
        "size": st.just(5),
    }
)


JUDGED: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.builds(
        lambda status, services: binding.judged({}, Status(status), "LG1", services),
        st.sampled_from([0, 0, 1, 2, 3, 5]),
        st.sampled_from(["", "VOIP", "VOIP,,IPTV"]),
    ),
)
"""What the look-up of a LOID said before the task began; nothing: the phone has to be asked for it."""


def test_every_type_of_task_is_driven_here() -> None:
    assert set(ARGUMENTS) == set(PROGRAMS)


@st.composite
def talks(
    draw: st.DrawFn,
    kind: str | None = None,
    arguments: st.SearchStrategy[dict[str, Any]] | None = None,
    handset: st.SearchStrategy[Handset] = handsets,
    habit: st.SearchStrategy[Habit] = habits,
) -> Talk:
    """A task for a phone that keeps its last habit for good."""
    kind = kind or draw(st.sampled_from(sorted(PROGRAMS)))
    first, last = draw(st.lists(habit, max_size=25)), draw(habit)
    return Talk(
        kind,
        PROGRAMS[kind].check(draw(ARGUMENTS[kind] if arguments is None else arguments)),
        draw(handset),
        itertools.chain(first, itertools.repeat(last)),
        root=draw(st.sampled_from(["Device.", "Device.", ""])),
        quirks=draw(QUIRKS),
        prepared=draw(PREPARED),
        progress=draw(JUDGED) if kind == "bind" else {},
    )


@settings(max_examples=200, deadline=None)
@given(talks())
def test_every_task_ends_whatever_the_phone_does(talk: Talk) -> None:
    talk.run()
    assert talk.end is not None


HONEST = st.builds(Handset, status=st.sampled_from([0, 1]), methods=st.just(("Download", "GetQueuedTransfers")))
RIGHT: st.SearchStrategy[Habit] = st.just("right")
POSSIBLE = {
    **ARGUMENTS,
    "get_parameter_names": st.just({"path": TABLE}),
    "get_parameter_values": names_of((*KNOWN, TABLE)).map(lambda names: {"names": names}),
    "set_parameter_values": names_of(KNOWN).map(lambda names: {"values": [{"name": n, "value": "7"} for n in names]}),
    "add_object": st.sampled_from([{}, {"Number": "7"}]).map(lambda values: {"object_name": TABLE, "values": values}),
    "delete_object": st.just({"object_name": f"{TABLE}2."}),
}


@settings(deadline=None)
@given(st.data(), st.sampled_from(sorted(PROGRAMS)), st.integers(0, 3))
def test_what_an_honest_phone_can_do_succeeds_although_sessions_are_lost(
    data: st.DataObject, kind: str, losses: int
) -> None:
    """Lost answers neither fail a task nor make two instances of one."""
    talk = data.draw(talks(kind, POSSIBLE[kind], HONEST, RIGHT))
    ways: list[Habit] = data.draw(
        st.lists(st.sampled_from(["lost", "done and lost"]), min_size=losses, max_size=losses)
    )
    talk.habits = itertools.chain(ways, itertools.repeat("right"))
    talk.root = "Device."
    if kind == "bind":
        talk.progress = binding.judged({}, Status.OK, "LG1")
    talk.handset.status = 1 if kind in TRANSFERS else talk.handset.status
    talk.prepared = {**talk.prepared, "expect": {}, "version": "2.0003"}
    instances = {name for name in talk.handset.names if name.startswith(TABLE)}
    talk.run()
    assert isinstance(talk.end, Done), talk.end
    made = {name for name in talk.handset.names if name.startswith(TABLE)} - instances
    assert len(made) == (kind == "add_object")
    assert talk.handset.installations <= (kind == "change_du_state")


def written(talk: Talk) -> list[Mapping[str, Any]]:
    """The progress before each SetParameterValues."""
    return [progress for message, progress in talk.asked if isinstance(message, rpc.SetParameterValues)]


def missing_in(progress: Mapping[str, Any]) -> set[str]:
    return {name for phase in ("learn", "suspect") for name in (progress.get(phase) or {}).get("missing", {})}


@settings(deadline=None)
@given(talks("set_parameter_values"))
def test_nothing_is_written_once_a_name_is_known_to_be_missing(talk: Talk) -> None:
    talk.run()
    assert not [progress for progress in written(talk) if missing_in(progress)]


@settings(deadline=None)
@given(talks("set_parameter_values", to_set(LEAVES, typed=False)), st.sampled_from(MISSING))
def test_where_types_are_learnt_first_a_missing_name_keeps_all_values_as_they_are(talk: Talk, name: str) -> None:
    others = [item for item in talk.arguments["values"] if item["name"] != name]
    talk.arguments = {"values": [*others, {"name": name, "value": "1"}]}
    before = dict(talk.handset.values)
    talk.run()
    assert not written(talk)
    assert talk.handset.values == before


@settings(deadline=None)
@given(talks("set_parameter_values", to_set(LEAVES, typed=False), habit=RIGHT))
def test_the_names_that_are_missing_are_named_and_no_others(talk: Talk) -> None:
    asked = {item["name"] for item in talk.arguments["values"]}
    talk.run()
    if absent := asked & set(MISSING):
        assert isinstance(talk.end, Failed)
        assert talk.end.fault.code == "9005"
        assert {item["name"] for item in talk.end.fault.parameters} == absent
    else:
        assert not (isinstance(talk.end, Failed) and talk.end.fault.code == "9005")
