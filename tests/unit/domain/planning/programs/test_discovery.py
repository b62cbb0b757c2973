"""A new phone's tree is learnt, whatever the phone cannot do at once."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from acs.domain.devices.quirks import Quirks
from acs.domain.parameters.tree import Tree
from acs.domain.planning.programs import discovery
from acs.domain.planning.programs.discovery import Discover
from acs.domain.planning.steps import Ask, Done, Failed, Job, Outcome, Phone, TaskFault
from acs.errors import BadRequest
from cwmp_schemas._spyne import Struct
from cwmp_schemas.cpe_rpcs import (
    GetParameterNames,
    GetParameterNamesResponse,
    GetParameterValues,
    GetParameterValuesResponse,
    GetRPCMethods,
    GetRPCMethodsResponse,
)
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import ParameterInfoStruct, ParameterValueStruct, TypedValue

PROGRAM = Discover()
LEAVES = (
    "Device.DeviceInfo.SoftwareVersion",
    "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.DirectoryNumber",
    "Device.Services.VoiceService.1.VoiceProfile.1.Line.2.DirectoryNumber",
    "Device.Time.NTPServer1",
)
EVERYTHING = ("", False)
BY_ROOT = ("Device.", False)


def every_object(leaves: tuple[str, ...] = LEAVES) -> list[str]:
    """Objects and parameters, each object before what is below it."""
    names: dict[str, None] = {}
    for leaf in leaves:
        parts = leaf.split(".")
        names |= {".".join(parts[:n]) + ".": None for n in range(1, len(parts))}
        names[leaf] = None
    return list(names)


@dataclass
class Talk:
    """A phone with a tree, and what it refuses or leaves out."""

    refuses: set[Any] = field(default_factory=set)
    """(path, next level) of GetParameterNames, names of parameters, or "GetRPCMethods"."""
    silent_about: set[Any] = field(default_factory=set)
    """(path, next level) that are answered with an empty list."""
    ignores_next_level: bool = False
    root: str = "Device."
    batch: int = 100
    code: int = 9005
    names: list[str] = field(default_factory=every_object)
    asked: list[Struct] = field(default_factory=list)
    tree: Tree = field(default_factory=Tree)
    catalogued: bool = True
    dies_at: type[Struct] | None = None
    """The program ends at the first request of this kind."""

    @property
    def paths(self) -> list[tuple[str, bool]]:
        """The listings that were asked for."""
        return [(m.ParameterPath, m.NextLevel) for m in self.asked if isinstance(m, GetParameterNames)]

    def run(self) -> Done | Failed:
        """Discover the phone to the end."""
        job = Job("t1", "discover", PROGRAM.check({}), {})
        for _ in range(3_000):
            phone = Phone(
                root=self.root, parameters=self.tree, quirks=Quirks(gpv_batch=self.batch), catalogued=self.catalogued
            )
            step = PROGRAM.next(job, phone)
            if isinstance(step, Done | Failed):
                return step
            assert isinstance(step, Ask)
            self.asked.append(step.message)
            if isinstance(step.message, self.dies_at or ()):
                job, self.dies_at = replace(job, progress={**job.progress, "lost": True}), None
                continue
            answer = self.answer(step.message)
            outcome: Outcome | None
            if isinstance(answer, Fault):
                outcome = PROGRAM.faulted(job, phone, answer)
                if outcome is None:
                    return Failed(TaskFault(str(answer.FaultCode), ""))
            else:
                outcome = PROGRAM.answered(job, phone, answer)
            self.tree = self.tree.with_names(outcome.learnt.names).with_values(outcome.learnt.values, 1.0)[0]
            job = replace(job, progress=outcome.progress)
        raise AssertionError("no end")

    def answer(self, message: Struct) -> Struct:
        """Answer as this phone does."""
        match message:
            case GetRPCMethods():
                if "GetRPCMethods" in self.refuses:
                    return Fault(FaultCode=9000)
                return GetRPCMethodsResponse(MethodList=("GetRPCMethods", "Reboot"))
            case GetParameterNames(ParameterPath=path, NextLevel=next_level):
                if (path, next_level) in self.refuses:
                    return Fault(FaultCode=self.code)
                found = [] if (path, next_level) in self.silent_about else [n for n in self.names if n.startswith(path)]
                if next_level and not self.ignores_next_level:
                    found = [n for n in found if n != path and "." not in n[len(path) : -1]]
                return GetParameterNamesResponse(
                    ParameterList=tuple(ParameterInfoStruct(Name=n, Writable=not n.endswith(".")) for n in found)
                )
            case GetParameterValues(ParameterNames=names):
                if self.refuses & set(names):
                    return Fault(FaultCode=self.code)
                return GetParameterValuesResponse(
                    ParameterList=tuple(
                        ParameterValueStruct(Name=n, Value=TypedValue(f"<{n}>", "xsd:string")) for n in names
                    )
                )
            case _:
                raise AssertionError(message)

    def read(self) -> dict[str, str]:
        """The values that were learnt."""
        return {path: entry.value for path, entry in self.tree.items() if entry.value is not None}


VALUES = {name: f"<{name}>" for name in LEAVES}


def test_a_good_phone_tells_methods_names_and_values_in_three_answers() -> None:
    talk = Talk()
    assert talk.run() == Done(
        {"parameters": len(every_object()), "methods": ["GetRPCMethods", "Reboot"], "way": "everything"}
    )
    assert [type(message).__name__ for message in talk.asked] == [
        "GetParameterNames",
        "GetParameterValues",
        "GetRPCMethods",
    ]
    assert talk.paths == [EVERYTHING]
    assert talk.read() == VALUES


def test_methods_are_learnt_but_not_needed() -> None:
    outcome = PROGRAM.answered(
        Job("t", "discover", {}, {}), Phone(), GetRPCMethodsResponse(MethodList=("Download", "Reboot"))
    )
    assert outcome.learnt.methods == ("Download", "Reboot")
    talk = Talk(refuses={"GetRPCMethods"})
    step = talk.run()
    assert isinstance(step, Done)
    assert step.result["methods"] == []
    assert talk.read() == VALUES


def test_a_model_that_nobody_described_is_not_asked_for_its_methods() -> None:
    """The honeyclient of mhils/tr069 and CwmpClient raise an error at GetRPCMethods and leave the session."""
    talk = Talk(catalogued=False)
    step = talk.run()
    assert isinstance(step, Done)
    assert step.result["methods"] == []
    assert [type(message).__name__ for message in talk.asked] == ["GetParameterNames", "GetParameterValues"]
    assert talk.read() == VALUES


def test_a_phone_that_leaves_at_get_rpc_methods_is_discovered_without() -> None:
    talk = Talk(dies_at=GetRPCMethods)
    step = talk.run()
    assert isinstance(step, Done)
    assert step.result == {"parameters": len(every_object()), "methods": [], "way": "everything"}
    assert [type(message) for message in talk.asked].count(GetRPCMethods) == 1


@pytest.mark.parametrize("code", [9002, 9003, 9004, 9005, 9000])
@pytest.mark.parametrize(
    ("refused", "way"), [([EVERYTHING], "by_root"), ([EVERYTHING, BY_ROOT], "level_by_level")], ids=["one", "two"]
)
def test_a_phone_that_cannot_list_all_is_asked_for_less(code: int, refused: list[tuple[str, bool]], way: str) -> None:
    talk = Talk(refuses=set(refused), code=code)
    step = talk.run()
    assert isinstance(step, Done)
    assert step.result["way"] == way
    assert talk.paths[: len(refused)] == refused
    assert talk.read() == VALUES


@pytest.mark.parametrize("code", [9002, 9005])
def test_what_cannot_be_read_is_told_by_name(code: int) -> None:
    step = Talk(refuses={LEAVES[2]}, code=code).run()
    assert isinstance(step, Done)
    assert step.result["unreadable"] == [LEAVES[2]]


def test_an_empty_list_is_no_list() -> None:
    """Quirk 106."""
    talk = Talk(silent_about={EVERYTHING, BY_ROOT})
    step = talk.run()
    assert isinstance(step, Done)
    assert step.result["way"] == "level_by_level"
    assert talk.read() == VALUES


@pytest.mark.parametrize("told", [["Device"], ["Device."], ["Device.", "Device.DeviceInfo."]])
def test_a_list_without_a_parameter_is_no_list(told: list[str]) -> None:
    """CwmpClient answers the empty path with ``Device``; others with the first level only (quirk 105)."""

    class Root(Talk):
        def answer(self, message: Struct) -> Struct:
            if message == GetParameterNames(ParameterPath="", NextLevel=False):
                return GetParameterNamesResponse(
                    ParameterList=tuple(ParameterInfoStruct(Name=name, Writable=False) for name in told)
                )
            return super().answer(message)

    talk = Root()
    step = talk.run()
    assert isinstance(step, Done)
    assert step.result["way"] == "by_root"
    assert talk.read() == VALUES


def test_the_walk_asks_every_object_once_and_in_its_branch() -> None:
    talk = Talk(refuses={EVERYTHING, BY_ROOT})
    talk.run()
    objects = [name for name in every_object() if name.endswith(".")]
    walked = [path for path, next_level in talk.paths if next_level]
    assert sorted(walked) == sorted(objects)
    assert walked[:2] == ["Device.", "Device.DeviceInfo."]


def test_a_phone_that_lists_all_levels_at_once_is_walked_once() -> None:
    """Else the objects of a deep tree are asked for as often as there are ways to them."""
    deep = "Device." + "".join(f"X{n}." for n in range(20)) + "End"
    talk = Talk(refuses={EVERYTHING, BY_ROOT}, ignores_next_level=True, names=every_object((deep,)))
    assert isinstance(talk.run(), Done)
    assert len([path for path, next_level in talk.paths if next_level]) == 21
    assert talk.read() == {deep: f"<{deep}>"}


def test_a_branch_that_is_refused_is_left_out() -> None:
    talk = Talk(refuses={EVERYTHING, BY_ROOT, ("Device.Services.", True)})
    assert isinstance(talk.run(), Done)
    assert talk.read() == {name: value for name, value in VALUES.items() if "Services" not in name}


def test_the_last_branch_that_is_refused_ends_the_walk() -> None:
    talk = Talk(refuses={EVERYTHING, BY_ROOT, ("Device.Time.", True)})
    assert isinstance(talk.run(), Done)
    assert "Device.Time.NTPServer1" not in talk.read()
    assert "Device.DeviceInfo.SoftwareVersion" in talk.read()


def test_a_phone_that_lists_nothing_at_all_has_no_tree() -> None:
    talk = Talk(refuses={EVERYTHING, BY_ROOT, ("Device.", True)})
    step = talk.run()
    assert isinstance(step, Failed)
    assert step.fault.code == "no_tree"
    assert talk.paths == [EVERYTHING, BY_ROOT, ("Device.", True)]


def test_without_a_root_there_is_no_smaller_question() -> None:
    talk = Talk(refuses={EVERYTHING}, root="")
    step = talk.run()
    assert isinstance(step, Failed)
    assert step.fault.code == "no_tree"


def test_a_tree_without_end_is_walked_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MAX_WALK", 30)

    class Endless(Talk):
        def answer(self, message: Struct) -> Struct:
            if isinstance(message, GetParameterNames) and message.NextLevel:
                below = tuple(f"{message.ParameterPath}{n}." for n in (1, 2))
                return GetParameterNamesResponse(
                    ParameterList=tuple(ParameterInfoStruct(Name=name, Writable=False) for name in below)
                )
            return super().answer(message)

    talk = Endless(refuses={EVERYTHING, BY_ROOT})
    assert isinstance(talk.run(), Done)
    assert len(talk.paths) == 2 + 30


def test_names_elsewhere_do_not_lead_the_walk_astray() -> None:
    """A phone that lists the object itself, its parent or a stranger is not walked in circles."""

    class Astray(Talk):
        def answer(self, message: Struct) -> Struct:
            answer = super().answer(message)
            if isinstance(message, GetParameterNames) and isinstance(answer, GetParameterNamesResponse):
                more = (message.ParameterPath, "Device.", "Other.", "", "Device.Time.NTPServer1")
                odd = tuple(ParameterInfoStruct(Name=name, Writable=False) for name in more)
                return GetParameterNamesResponse(ParameterList=(*answer.ParameterList, *odd))
            return answer

    talk = Astray(refuses={EVERYTHING, BY_ROOT})
    assert isinstance(talk.run(), Done)
    assert len(talk.paths) == 2 + len([name for name in every_object() if name.endswith(".")])


def test_a_parameter_that_cannot_be_read_does_not_hide_the_others() -> None:
    talk = Talk(refuses={LEAVES[2]})
    assert isinstance(talk.run(), Done)
    assert talk.read() == {name: value for name, value in VALUES.items() if name != LEAVES[2]}


def test_values_are_read_in_batches_and_stay_out_of_the_task() -> None:
    talk = Talk(batch=3)
    talk.run()
    sizes = [len(m.ParameterNames) for m in talk.asked if isinstance(m, GetParameterValues)]
    assert sizes == [3, 1]
    message = GetParameterValuesResponse(
        ParameterList=(ParameterValueStruct(Name=LEAVES[0], Value=TypedValue("2.12.1", "xsd:string")),)
    )
    job = Job("t", "discover", {}, {"methods": [], "named": True})
    outcome = PROGRAM.answered(job, Phone(parameters=Tree().with_names([(LEAVES[0], False)])), message)
    assert outcome.learnt.values == ((LEAVES[0], "2.12.1", "xsd:string"),)
    assert outcome.progress["reading"] == {"todo": [], "values": {}, "missing": {}}


def test_what_is_known_already_is_not_read_again() -> None:
    talk = Talk(tree=Tree().with_values([(LEAVES[0], "2.12.1", "xsd:string")], 0.0)[0])
    talk.run()
    (asked,) = [m.ParameterNames for m in talk.asked if isinstance(m, GetParameterValues)]
    assert sorted(asked) == sorted(LEAVES[1:])


def test_it_takes_no_arguments() -> None:
    with pytest.raises(BadRequest) as refused:
        PROGRAM.check({"path": "Device."})
    assert refused.value.field == "path"
