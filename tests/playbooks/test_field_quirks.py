"""Whole sessions with phones that do as real ones do; each test names the quirk that it is about."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlmodel import select

from acs.domain.devices.quirks import Quirks
from acs.services import quirks
from acs.services.devices import device_row, list_events, list_parameters
from acs.services.trees import load_tree
from acs.storage.tables import TaskRow
from acs.storage.unit_of_work import UnitOfWork
from cwmp_schemas import acs_rpcs, cpe_rpcs, envelope
from cwmp_schemas.cpe_rpcs import (
    AddObject,
    AddObjectResponse,
    GetParameterAttributes,
    GetParameterAttributesResponse,
    GetParameterNames,
    GetParameterNamesResponse,
    GetParameterValues,
    GetParameterValuesResponse,
    Reboot,
    SetParameterAttributes,
    SetParameterValues,
    SetParameterValuesResponse,
)
from cwmp_schemas.faults import Fault, SetParameterValuesFault
from cwmp_schemas.structs import ParameterAttributeStruct, ParameterInfoStruct, ParameterValueStruct, TypedValue
from tests.conftest import World
from tests.phone import TestPhone, tree

ROOT = "InternetGatewayDevice."
LINE = f"{ROOT}Services.VoiceService.1.VoiceProfile.1.Line."
NUMBER, USER = f"{LINE}1.DirectoryNumber", f"{LINE}1.SIP.AuthUserName"
NTP = f"{ROOT}Time.NTPServer1"
MANAGEMENT = f"{ROOT}ManagementServer."
INTERVAL, ENABLE, CLOCK = (
    f"{MANAGEMENT}{leaf}" for leaf in ("PeriodicInformInterval", "PeriodicInformEnable", "PeriodicInformTime")
)
UNKNOWN = "0001-01-01T00:00:00Z"
TYPES = {INTERVAL: "xsd:unsignedInt", ENABLE: "xsd:boolean", CLOCK: "xsd:dateTime"}


@dataclass
class Field:
    """A server, a phone that it knows, and what they said."""

    world: World
    phone: TestPhone
    device_id: str = ""
    asked: list[Any] = field(default_factory=list)
    """What was asked in the last session."""

    async def call(self, *events: str) -> list[Any]:
        self.asked = list(await self.phone.call(*(events or ("2 PERIODIC",))))
        return self.asked

    async def do(self, kind: str, **arguments: Any) -> dict[str, Any]:
        """Give the phone a task, let it call, give the task."""
        task_id = await self.world.task(self.device_id, type=kind, **arguments)
        await self.call("6 CONNECTION REQUEST")
        return await self.world.state(task_id)

    async def write(self, values: dict[str, Any], **more: Any) -> dict[str, Any]:
        return await self.do(
            "set_parameter_values", values=[{"name": n, "value": v} for n, v in values.items()], **more
        )

    def of(self, kind: type[Any]) -> list[Any]:
        return [message for message in self.asked if isinstance(message, kind)]

    @property
    def written(self) -> list[dict[str, tuple[str, str]]]:
        """Names, values and types of each SetParameterValues of the last session."""
        return [{v.Name: tuple(v.Value) for v in message.ParameterList} for message in self.of(SetParameterValues)]

    @property
    def read(self) -> list[tuple[str, ...]]:
        return [tuple(message.ParameterNames) for message in self.of(GetParameterValues)]

    async def quirks(self) -> Quirks:
        return await self.world.read(lambda uow: quirks.quirks_of(uow, device_row(uow, self.device_id)))  # type: ignore[no-any-return]

    async def source(self, name: str) -> str:
        told = await self.world.read(lambda uow: quirks.device_quirks(uow, self.device_id))
        return next(str(item["source"]) for item in told["items"] if item["name"] == name)

    async def put(self, **settings: Any) -> None:
        await self.world.database.write(lambda uow: quirks.patch_device_quirks(uow, self.device_id, settings))

    async def known(self) -> set[str]:
        return await self.world.read(lambda uow: set(load_tree(uow, self.device_id)))  # type: ignore[no-any-return]

    async def events(self) -> list[str]:
        page = await self.world.read(lambda uow: list_events(uow, self.device_id, limit=1000))
        return [event["kind"] for event in page.items]

    def answers(self, kind: str, answer: Callable[[Any], Any]) -> None:
        self.phone.handlers[kind] = answer


def typed_values(phone: TestPhone) -> Callable[[Any], Any]:
    """GetParameterValues with real types."""

    def answer(message: GetParameterValues) -> Any:
        if any(name not in phone.parameters for name in message.ParameterNames):
            return Fault(FaultCode=9005)
        return values(*((n, phone.parameters[n], TYPES.get(n, "xsd:string")) for n in message.ParameterNames))

    return answer


def values(*triples: tuple[str, str, str]) -> GetParameterValuesResponse:
    return GetParameterValuesResponse(
        ParameterList=tuple(ParameterValueStruct(Name=n, Value=TypedValue(v, t)) for n, v, t in triples)
    )


def names(*paths: str, writable: bool = True) -> GetParameterNamesResponse:
    return GetParameterNamesResponse(ParameterList=tuple(ParameterInfoStruct(Name=p, Writable=writable) for p in paths))


def below(paths: Iterable[str], message: GetParameterNames) -> GetParameterNamesResponse:
    return names(*(path for path in paths if path.startswith(message.ParameterPath)))


def level(paths: Iterable[str], path: str) -> list[str]:
    """What NextLevel=1 lists."""
    found: dict[str, None] = {}
    for name in paths:
        if name.startswith(path) and name != path:
            head, dot, _ = name[len(path) :].partition(".")
            found[f"{path}{head}{dot}"] = None
    return list(found)


@pytest.fixture
async def met(world: World) -> Callable[..., Any]:
    object.__setattr__(world.context, "cpe_auth", "none")

    async def meet(
        *, handlers: dict[str, Any] | None = None, calls: int = 1, more: dict[str, str] | None = None, **options: Any
    ) -> Field:
        parameters = tree(
            **{
                "ManagementServer.PeriodicInformInterval": "3600",
                "ManagementServer.PeriodicInformEnable": "0",
                "ManagementServer.PeriodicInformTime": UNKNOWN,
                **(more or {}),
            }
        )
        phone = world.phone(parameters=parameters, **options)
        phone.handlers["GetParameterValues"] = typed_values(phone)
        phone.handlers.update(handlers or {})
        line = Field(world, phone)
        for _ in range(calls):
            await line.call("0 BOOTSTRAP", "1 BOOT")
        line.device_id = await world.only_device()
        return line

    return meet


Met = Callable[..., Any]


# Listing names ------------------------------------------------------------------------------------------------------


async def test_quirk_105_a_phone_that_refuses_the_empty_path_is_listed_from_its_root(met: Met) -> None:
    def listed(message: GetParameterNames) -> Any:
        return below(line_paths, message) if message.ParameterPath else Fault(FaultCode=9005)

    line_paths = list(tree())
    line = await met(handlers={"GetParameterNames": listed})
    assert [(m.ParameterPath, m.NextLevel) for m in line.of(GetParameterNames)] == [("", False), (ROOT, False)]
    assert set(line_paths) <= await line.known()
    assert (await line.quirks()).discovery == "by_root"
    assert await line.source("discovery") == "learnt"
    assert (await line.do("get_parameter_names", path=""))["state"] == "succeeded"
    assert [m.ParameterPath for m in line.of(GetParameterNames)] == [ROOT]  # it is not asked in vain again


async def test_quirk_106_a_phone_that_cannot_list_its_tree_at_once_is_walked(met: Met) -> None:
    paths = list(tree())

    def listed(message: GetParameterNames) -> Any:
        return names(*level(paths, message.ParameterPath)) if message.NextLevel else Fault(FaultCode=9004)

    line = await met(handlers={"GetParameterNames": listed})
    assert set(paths) <= await line.known()
    assert (await line.quirks()).discovery == "level_by_level"


async def test_quirk_107_where_next_level_is_broken_whole_branches_are_listed(met: Met) -> None:
    paths = list(tree())

    def listed(message: GetParameterNames) -> Any:
        return Fault(FaultCode=9002) if message.NextLevel else below(paths, message)

    line = await met(handlers={"GetParameterNames": listed})
    task = await line.do("get_parameter_names", path=f"{ROOT}DeviceInfo.", next_level=True)
    assert [item["name"] for item in task["result"]["names"]] == [
        f"{ROOT}DeviceInfo.{leaf}" for leaf in ("SoftwareVersion", "HardwareVersion", "VendorConfigFile.")
    ]
    assert [m.NextLevel for m in line.of(GetParameterNames)] == [True, False]
    assert (await line.quirks()).next_level is False
    await line.do("get_parameter_names", path=f"{ROOT}Time.", next_level=True)
    assert [m.NextLevel for m in line.of(GetParameterNames)] == [False]


async def test_quirk_109_objects_that_were_left_out_are_known_all_the_same(met: Met) -> None:
    line = await met()  # lists parameters only
    assert {ROOT, f"{ROOT}DeviceInfo.", f"{LINE}1.SIP.", LINE} <= await line.known()


async def test_quirk_110_objects_without_their_dot_are_known_as_objects(met: Met) -> None:
    line = await met(
        handlers={"GetParameterNames": lambda _: names(ROOT[:-1], f"{ROOT}Time", NTP, f"{ROOT}DeviceSummary")}
    )
    assert {ROOT, f"{ROOT}Time.", NTP} <= await line.known()
    assert not {ROOT[:-1], f"{ROOT}Time"} & await line.known()
    assert not any(f"{ROOT}Time" in batch for batch in line.read)


async def test_quirk_111_names_outside_the_path_are_passed_over(met: Met) -> None:
    line = await met()
    line.answers("GetParameterNames", lambda message: names(message.ParameterPath, NTP, "Device.Elsewhere.X"))
    task = await line.do("get_parameter_names", path=f"{ROOT}Time.")
    assert [item["name"] for item in task["result"]["names"]] == [f"{ROOT}Time.", NTP]
    assert "Device.Elsewhere.X" not in await line.known()


async def test_quirk_112_a_name_that_comes_twice_counts_once(met: Met) -> None:
    line = await met()
    line.answers("GetParameterNames", lambda _: names(NTP, NTP, NTP))
    task = await line.do("get_parameter_names", path=f"{ROOT}Time.")
    assert [item["name"] for item in task["result"]["names"]] == [NTP]


async def test_quirk_165_an_empty_post_for_the_whole_tree_leads_to_smaller_questions(met: Met) -> None:
    paths = list(tree())

    def listed(message: GetParameterNames) -> Any:
        return names(*level(paths, message.ParameterPath)) if message.NextLevel else None

    line = await met(handlers={"GetParameterNames": listed})
    assert set(paths) <= await line.known()
    assert (await line.quirks()).discovery == "level_by_level"
    events = await line.events()
    assert "quirk_learnt" in events


async def test_quirk_177_the_empty_path_that_gsoap_rejects_is_not_sent_to_its_model(met: Met) -> None:
    line = await met(product_class="F@ST 2764", handlers={"GetParameterNames": lambda m: below(tree(), m)})
    assert [m.ParameterPath for m in line.of(GetParameterNames)] == [""]  # of another maker

    rule = {"manufacturer": "fanvil", "product_class": "F@ST*", "settings": {"discovery": "by_root"}}
    await line.world.database.write(lambda uow: quirks.create_rule(uow, rule))
    await line.do("get_parameter_names", path="")
    assert [m.ParameterPath for m in line.of(GetParameterNames)] == [ROOT]


# Reading ------------------------------------------------------------------------------------------------------------


async def test_quirk_113_a_parameter_said_to_be_read_only_is_written_all_the_same(met: Met) -> None:
    line = await met(handlers={"GetParameterNames": lambda m: names(*tree(), writable=False)})
    assert (await line.write({NTP: "pool.ntp.org"}))["state"] == "succeeded"
    assert line.phone.parameters[NTP] == "pool.ntp.org"


async def test_quirk_114_an_answer_with_fewer_and_other_parameters_is_taken_as_it_is(met: Met) -> None:
    line = await met()
    line.answers("GetParameterValues", lambda _: values((NTP, "a", "xsd:string"), (f"{ROOT}Time.More", "b", "xsd:int")))
    task = await line.do("get_parameter_values", names=[NTP, NUMBER])
    assert (task["state"], task["fault"]["parameters"][0]["name"]) == ("failed", NUMBER)
    assert [item["name"] for item in task["result"]["values"]] == [NTP, f"{ROOT}Time.More"]


async def test_quirk_115_9004_halves_a_batch_and_the_next_session_begins_with_the_smaller_one(met: Met) -> None:
    line = await met()
    known = typed_values(line.phone)
    line.answers("GetParameterValues", lambda m: Fault(FaultCode=9004) if len(m.ParameterNames) > 3 else known(m))
    wanted = [name for name in line.phone.parameters if not name.endswith("Password")]
    assert (await line.do("get_parameter_values", names=wanted))["state"] == "succeeded"
    sizes = [len(batch) for batch in line.read]
    assert sizes[0] == len(wanted)
    learnt = (await line.quirks()).gpv_batch
    assert learnt <= 3
    assert await line.source("gpv_batch") == "learnt"
    await line.do("get_parameter_values", names=wanted)
    assert max(len(batch) for batch in line.read) == learnt


async def test_quirk_115_a_reading_that_nobody_answers_is_made_smaller(met: Met) -> None:
    line = await met()
    known = typed_values(line.phone)
    line.answers("GetParameterValues", lambda m: None if len(m.ParameterNames) > 4 else known(m))
    wanted = [name for name in line.phone.parameters if not name.endswith("Password")]
    task = await line.do("get_parameter_values", names=wanted)
    assert task["state"] == "succeeded"
    assert (await line.quirks()).gpv_batch <= 4


async def test_quirk_116_an_object_that_cannot_be_read_as_such_is_read_by_its_parameters(met: Met) -> None:
    line = await met()
    task = await line.do("get_parameter_values", names=[f"{LINE}1."])  # the phone knows no partial paths
    assert task["state"] == "succeeded"
    assert {item["name"] for item in task["result"]["values"]} == {NUMBER, USER}
    assert (await line.quirks()).partial_paths is False
    await line.do("get_parameter_values", names=[f"{LINE}1."])
    assert line.read == [(NUMBER, USER)]


@pytest.mark.parametrize("code", [9002, 9003, 9005])
async def test_quirk_117_one_name_that_vanished_does_not_hide_the_others(met: Met, code: int) -> None:
    line = await met()
    del line.phone.parameters[NTP]
    known = typed_values(line.phone)
    line.answers("GetParameterValues", lambda m: Fault(FaultCode=code) if NTP in m.ParameterNames else known(m))
    wanted = [NUMBER, USER, NTP, INTERVAL]
    task = await line.do("get_parameter_values", names=wanted)
    assert (task["state"], [item["name"] for item in task["fault"]["parameters"]]) == ("failed", [NTP])
    assert sorted(item["name"] for item in task["result"]["values"]) == sorted({NUMBER, USER, INTERVAL})
    assert (NTP in await line.known()) is (code != 9005)


async def test_quirk_161_a_name_that_the_phone_disowned_is_not_asked_for_again(met: Met) -> None:
    line = await met(more={"WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Name": "x"})
    gone = f"{ROOT}WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Name"
    assert gone in await line.known()
    del line.phone.parameters[gone]
    await line.do("get_parameter_values", names=[gone, NTP])
    assert gone not in await line.known()


async def test_quirk_166_a_parameter_that_spoils_every_reading_is_found_and_can_be_left_out(met: Met) -> None:
    spoils = f"{ROOT}DeviceInfo.VendorConfigFile.1.Version"
    line = await met()
    known = typed_values(line.phone)
    line.answers("GetParameterValues", lambda m: Fault(FaultCode=9002) if spoils in m.ParameterNames else known(m))
    wanted = [f"{ROOT}DeviceInfo.SoftwareVersion", spoils, NTP, NUMBER]
    task = await line.do("get_parameter_values", names=wanted)
    assert [item["name"] for item in task["fault"]["parameters"]] == [spoils]
    await line.put(never_read=["*.VendorConfigFile.*"])
    task = await line.do("get_parameter_values", names=wanted)
    assert len(line.read) == 1
    assert task["fault"]["parameters"][0]["code"] == "never_read"


async def test_quirk_118_a_password_that_reads_back_masked_is_no_drift(met: Met) -> None:
    secret = f"{LINE}1.SIP.AuthPassword"
    line = await met(more={"Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword": ""})
    line.answers("GetParameterValues", lambda m: values(*((n, "******", "xsd:string") for n in m.ParameterNames)))
    task = await line.write({secret: "s3cret"})
    assert task["state"] == "succeeded"
    assert "s3cret" not in str(task)


async def test_quirk_173_a_password_that_is_not_reported_at_all_is_no_drift(met: Met) -> None:
    secret = f"{LINE}1.SIP.AuthPassword"
    line = await met(more={"Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword": ""})
    line.answers(
        "GetParameterValues", lambda m: values(*((n, "x", "xsd:string") for n in m.ParameterNames if n == NTP))
    )
    assert (await line.write({secret: "s3cret", NTP: "x"}))["state"] == "succeeded"


# Writing ------------------------------------------------------------------------------------------------------------


async def test_quirk_119_a_value_in_the_phones_own_spelling_is_the_value(met: Met) -> None:
    line = await met()
    line.answers(
        "SetParameterValues",
        lambda m: (
            line.phone.parameters.update({v.Name: f'"{v.Value.text.upper()}." ' for v in m.ParameterList})
            or SetParameterValuesResponse(Status=0)
        ),
    )
    assert (await line.write({NTP: "pool.ntp.org"}))["state"] == "succeeded"
    assert line.phone.parameters[NTP] == '"POOL.NTP.ORG." '


async def test_quirk_120_companions_go_along_and_one_that_is_not_known_is_asked_for(met: Met) -> None:
    line = await met(more={f"WAN.1.{leaf}": "old" for leaf in ("SSID", "Channel", "Username", "Password")})
    await line.put(companions=["SSID+Channel", "Username+Password"])
    assert (await line.write({f"{ROOT}WAN.1.SSID": "new"}))["state"] == "succeeded"
    assert line.written == [{f"{ROOT}WAN.1.SSID": ("new", "xsd:string"), f"{ROOT}WAN.1.Channel": ("old", "xsd:string")}]
    task = await line.write({f"{ROOT}WAN.1.Username": "anna"})
    assert task["fault"]["code"] == "companion_needed"
    assert task["fault"]["parameters"][0]["name"] == f"{ROOT}WAN.1.Password"
    assert line.written == []
    both = {f"{ROOT}WAN.1.Username": "anna", NTP: "x", f"{ROOT}WAN.1.Password": "s"}
    await line.put(spv_batch=2)
    assert (await line.write(both))["state"] == "succeeded"
    assert [list(batch) for batch in line.written] == [[f"{ROOT}WAN.1.Username", f"{ROOT}WAN.1.Password"], [NTP]]


async def test_quirk_121_order_is_kept_objects_are_parted_and_9004_halves_for_good(met: Met) -> None:
    line = await met()
    await line.put(one_object_per_write=True)
    await line.write({NTP: "a", NUMBER: "1", INTERVAL: 60})
    assert [list(batch) for batch in line.written] == [[NTP], [NUMBER], [INTERVAL]]
    await line.put(one_object_per_write=None)

    def few(message: SetParameterValues) -> Any:
        return Fault(FaultCode=9004) if len(message.ParameterList) > 2 else SetParameterValuesResponse(Status=1)

    line.answers("SetParameterValues", few)
    assert (await line.write({NTP: "b", NUMBER: "2", USER: "u", INTERVAL: 61}))["state"] == "succeeded"
    assert [list(batch) for batch in line.written] == [[NTP, NUMBER, USER, INTERVAL], [NTP, NUMBER], [USER, INTERVAL]]
    assert (await line.quirks()).spv_batch == 2
    task = await line.write({NTP: "c", NUMBER: "3", USER: "v"}, atomic=True)
    assert {len(batch) for batch in line.written} == {3}  # as a whole or not at all
    assert (task["state"], task["fault"]["code"]) == ("failed", "9004")


async def test_quirk_121_a_write_that_nobody_answers_is_made_smaller(met: Met) -> None:
    line = await met()

    def few(message: SetParameterValues) -> Any:
        return None if len(message.ParameterList) > 2 else SetParameterValuesResponse(Status=1)

    line.answers("SetParameterValues", few)
    assert (await line.write({NTP: "b", NUMBER: "2", USER: "u", INTERVAL: 61}))["state"] == "succeeded"
    assert (await line.quirks()).spv_batch == 2


async def test_quirk_122_values_that_are_only_stored_are_proven_after_the_restart(met: Met) -> None:
    line = await met()
    stored: dict[str, str] = {}

    def store(message: SetParameterValues) -> Any:
        stored.update({v.Name: v.Value.text for v in message.ParameterList})
        return SetParameterValuesResponse(Status=1)

    line.answers("SetParameterValues", store)
    without = await line.write({NTP: "a"})
    assert (without["state"], without["result"]["status"]) == ("succeeded", 1)
    assert "reboot" in without["evidence"]["read_back"]

    task = await line.write({NTP: "b"}, reboot=True)
    assert task["state"] == "verifying"
    assert len(line.of(Reboot)) == 1
    line.phone.parameters.update(stored)
    await line.call("1 BOOT", "M Reboot")
    task = await line.world.state(task["id"])
    assert task["state"] == "succeeded"
    assert task["evidence"]["read_back"] == [{"name": NTP, "expected": "b", "read": "b"}]


async def test_quirk_122_a_restart_whose_answer_was_lost_is_not_asked_for_twice(met: Met) -> None:
    line = await met(handlers={"SetParameterValues": lambda _: SetParameterValuesResponse(Status=1)})
    task_id = await line.world.task(
        line.device_id, type="set_parameter_values", values=[{"name": NTP, "value": "b"}], reboot=True
    )
    response = await line.phone.send(line.phone.inform("6 CONNECTION REQUEST"))
    response = await line.phone.send(None)
    while not isinstance(envelope.read(response.body).body, Reboot):
        response = await line.phone.answer(response)
    line.phone.parameters[NTP] = "b"  # and it restarts without a word
    await line.call("1 BOOT")
    assert line.of(Reboot) == []
    assert (await line.world.state(task_id))["state"] == "succeeded"


async def test_quirk_123_a_parameter_key_that_is_not_kept_is_not_sent_any_more(met: Met) -> None:
    line = await met()
    assert (await line.write({NTP: "a"}, parameter_key="k1"))["state"] == "succeeded"
    assert [m.ParameterKey for m in line.of(SetParameterValues)] == ["k1"]
    assert (await line.quirks()).parameter_key is False
    assert (await line.write({NTP: "b"}, parameter_key="k2"))["state"] == "succeeded"
    assert [m.ParameterKey for m in line.of(SetParameterValues)] == [""]


def deaf(_: Any) -> SetParameterValuesResponse:
    return SetParameterValuesResponse(Status=0)


async def test_quirk_124_a_value_that_is_taken_and_ignored_has_not_been_applied(met: Met) -> None:
    line = await met(handlers={"SetParameterValues": deaf})
    task = await line.write({INTERVAL: 60})
    assert (task["state"], task["fault"]["code"]) == ("failed", "not_applied")
    assert (await line.write({ENABLE: True}))["fault"]["code"] == "not_applied"


async def test_quirk_172_after_five_times_the_same_nothing_more_is_written(met: Met) -> None:
    line = await met(handlers={"SetParameterValues": deaf})
    for _ in range(5):
        assert (await line.write({INTERVAL: 60}))["fault"]["code"] == "not_applied"
        assert len(line.written) == 1
    for _ in range(2):
        task = await line.write({INTERVAL: 60, NTP: "x"})
        assert (task["state"], task["fault"]["code"]) == ("failed", "not_converging")
        assert task["fault"]["parameters"][0]["name"] == INTERVAL
        assert line.written == []
    assert (await line.write({INTERVAL: 61}))["fault"]["code"] == "not_applied"  # another value is another matter
    assert len(line.written) == 1


async def test_quirk_125_a_type_that_is_refused_is_sent_as_the_phone_tells_it_or_as_text(met: Met) -> None:
    line = await met()

    def only(kind: str) -> Callable[[Any], Any]:
        def answer(message: SetParameterValues) -> Any:
            wrong = [v.Name for v in message.ParameterList if v.Name == INTERVAL and v.Value.type != kind]
            for item in message.ParameterList if not wrong else ():
                line.phone.parameters[item.Name] = item.Value.text
            faults = tuple(SetParameterValuesFault(ParameterName=n, FaultCode=9006, FaultString="type") for n in wrong)
            return Fault(FaultCode=9003, SetParameterValuesFault=faults) if wrong else deaf(message)

        return answer

    line.answers("SetParameterValues", only("xsd:unsignedInt"))
    task = await line.do("set_parameter_values", values=[{"name": INTERVAL, "value": 60, "type": "xsd:int"}])
    assert task["state"] == "succeeded"
    assert [batch[INTERVAL] for batch in line.written] == [("60", "xsd:int"), ("60", "xsd:unsignedInt")]

    line.answers("SetParameterValues", only("xsd:string"))
    assert (await line.write({INTERVAL: 61, NTP: "x"}))["state"] == "succeeded"
    assert [batch[INTERVAL] for batch in line.written] == [("61", "xsd:unsignedInt"), ("61", "xsd:string")]
    assert (await line.quirks()).string_values == (INTERVAL,)
    assert (await line.write({INTERVAL: 62}))["state"] == "succeeded"
    assert [batch[INTERVAL] for batch in line.written] == [("62", "xsd:string")]


async def test_quirk_125_literals_that_are_refused_are_written_as_words_and_remembered(met: Met) -> None:
    line = await met()

    def words(message: SetParameterValues) -> Any:
        if any(v.Value.type == "xsd:boolean" and v.Value.text not in ("true", "false") for v in message.ParameterList):
            return Fault(FaultCode=9007)
        line.phone.parameters.update({v.Name: v.Value.text for v in message.ParameterList})
        return deaf(message)

    line.answers("SetParameterValues", words)
    assert (await line.write({ENABLE: True}))["state"] == "succeeded"
    assert [batch[ENABLE][0] for batch in line.written] == ["1", "true"]
    assert (await line.quirks()).boolean_values == "words"
    assert (await line.write({ENABLE: False}))["state"] == "succeeded"
    assert [batch[ENABLE][0] for batch in line.written] == ["false"]


async def test_quirk_126_an_informs_type_does_not_replace_the_one_of_an_answer(met: Met) -> None:
    line = await met()
    version = f"{ROOT}ManagementServer.ConnectionRequestURL"
    line.answers("GetParameterValues", lambda m: values((version, line.phone.parameters[version], "xsd:anyURI")))
    await line.do("get_parameter_values", names=[version])
    line.phone.parameters[version] = "http://127.0.0.1:9/other"
    await line.call("4 VALUE CHANGE")  # as xsd:string
    known = await line.world.read(lambda uow: load_tree(uow, line.device_id).get(version))
    assert (known.value, known.type) == ("http://127.0.0.1:9/other", "xsd:anyURI")


async def test_quirk_167_credentials_of_connection_requests_stay_alone_and_times_are_iso(met: Met) -> None:
    line = await met()
    await line.write(
        {
            CLOCK: 1_700_000_000,
            f"{MANAGEMENT}ConnectionRequestUsername": "u",
            f"{MANAGEMENT}ConnectionRequestPassword": "p",
            INTERVAL: 60,
        }
    )
    assert [list(batch) for batch in line.written] == [
        [CLOCK],
        [f"{MANAGEMENT}ConnectionRequestUsername", f"{MANAGEMENT}ConnectionRequestPassword"],
        [INTERVAL],
    ]
    assert line.written[0][CLOCK] == ("2023-11-14T22:13:20Z", "xsd:dateTime")
    task = await line.write({CLOCK: "tomorrow"})
    assert (task["fault"]["code"], line.written) == ("9007", [])


async def test_quirk_168_a_fault_that_names_only_the_root_is_bisected(met: Met) -> None:
    line = await met()

    def refuses(message: SetParameterValues) -> Any:
        if any(item.Name == USER for item in message.ParameterList):
            told = (SetParameterValuesFault(ParameterName="Device.", FaultCode=9002, FaultString="Internal error"),)
            return Fault(FaultCode=9003, FaultString="Invalid arguments", SetParameterValuesFault=told)
        line.phone.parameters.update({v.Name: v.Value.text for v in message.ParameterList})
        return deaf(message)

    line.answers("SetParameterValues", refuses)
    task = await line.write({NTP: "a", NUMBER: "1", USER: "u", INTERVAL: 60})
    assert task["state"] == "failed"
    assert [item["name"] for item in task["fault"]["parameters"]] == [USER]
    assert task["result"]["written"] == [NTP, NUMBER, INTERVAL]


async def test_quirk_169_a_path_comes_with_its_last_dot_or_without(met: Met) -> None:
    line = await met()
    await line.do("get_parameter_values", names=[f"{NTP}."])
    assert line.read == [(NTP,)]
    await line.do("get_parameter_values", names=[f"{LINE}1"])
    assert line.read[0] == (f"{LINE}1.",)
    await line.do("get_parameter_names", path=f"{ROOT}Time", next_level=True)
    assert [m.ParameterPath for m in line.of(GetParameterNames)] == [f"{ROOT}Time."]


async def test_quirk_185_a_parameter_that_cannot_be_changed_leaves_no_empty_list_behind(met: Met) -> None:
    told = (SetParameterValuesFault(ParameterName=INTERVAL, FaultCode=9008, FaultString="not writable"),)
    line = await met(handlers={"SetParameterValues": lambda _: Fault(FaultCode=9003, SetParameterValuesFault=told)})
    task = await line.write({INTERVAL: 60})
    assert [item["name"] for item in task["fault"]["parameters"]] == [INTERVAL]
    assert all(line.read)
    assert all(line.written)


async def test_quirk_186_where_nothing_is_left_to_ask_nothing_is_asked(met: Met) -> None:
    line = await met()
    await line.put(never_read=["*"])
    task = await line.do("get_parameter_values", names=[NTP])
    assert (line.asked, task["state"]) == ([], "failed")
    await line.put(never_read=None, partial_paths=False)
    task = await line.do("get_parameter_values", names=[f"{ROOT}Nothing."])
    assert (line.asked, task["state"], task["result"]["values"]) == ([], "succeeded", [])


@pytest.mark.parametrize("code", [9800, 9801, 9802])
async def test_quirk_187_done_but_is_a_success(met: Met, code: int) -> None:
    line = await met(handlers={"SetParameterValues": lambda _: Fault(FaultCode=code, FaultString="done, but")})
    task = await line.write({INTERVAL: 60})
    assert (task["state"], task["result"]["fault"]["code"]) == ("succeeded", str(code))


async def test_quirk_187_a_vendors_time_out_is_tried_again(met: Met) -> None:
    answers = [Fault(FaultCode=9809), deaf(None)]
    line = await met()
    line.answers("SetParameterValues", lambda _: answers.pop(0))
    task = await line.write({INTERVAL: 3600})
    assert (task["state"], task["attempts"]) == ("succeeded", 2)


# Objects and attributes -----------------------------------------------------------------------------------------------


async def test_quirk_127_an_instance_without_a_number_is_looked_for(met: Met) -> None:
    line = await met()

    def add(_: AddObject) -> AddObjectResponse:
        line.phone.parameters[f"{LINE}7.DirectoryNumber"] = ""
        return AddObjectResponse(InstanceNumber=0, Status=0)

    line.answers("AddObject", add)
    task = await line.do("add_object", object_name=LINE)
    assert (task["state"], task["result"]["instance_number"]) == ("succeeded", 7)
    assert len(line.of(AddObject)) == 1


async def test_quirk_128_more_instances_than_one_are_told_and_late_children_waited_for(
    met: Met, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("acs.domain.planning.programs.objects.GROWING_SECONDS", 0.05)
    line = await met()
    refusals = [Fault(FaultCode=9005)]

    def add(_: AddObject) -> AddObjectResponse:
        line.phone.parameters.update({f"{LINE}{n}.DirectoryNumber": "" for n in (2, 3)})
        return AddObjectResponse(InstanceNumber=2, Status=0)

    line.answers("AddObject", add)
    line.answers("SetParameterValues", lambda m: refusals.pop() if refusals else deaf(m))
    task = await line.do("add_object", object_name=LINE, values={"DirectoryNumber": "7"})
    assert task["state"] == "verifying"
    await asyncio.sleep(0.06)
    await line.call()
    task = await line.world.state(task["id"])
    assert (task["state"], task["result"]["also_made"]) == ("succeeded", [3])
    assert f"{LINE}3.DirectoryNumber" in await line.known()


async def test_quirk_129_an_object_that_needs_a_restart_says_so(met: Met) -> None:
    line = await met(handlers={"AddObject": lambda _: AddObjectResponse(InstanceNumber=2, Status=1)})
    task = await line.do("add_object", object_name=LINE)
    assert (task["state"], task["result"]["status"]) == ("succeeded", 1)
    assert "reboot" in task["evidence"]["applied"]
    line.answers("DeleteObject", lambda _: cpe_rpcs.DeleteObjectResponse(Status=1))
    task = await line.do("delete_object", object_name=f"{LINE}2.")
    assert task["result"] == {"status": 1}


@pytest.mark.parametrize("code", [9001, 9005])
async def test_quirk_130_an_instance_that_cannot_be_deleted_stands_in_nobodys_way(met: Met, code: int) -> None:
    line = await met(handlers={"DeleteObject": lambda _: Fault(FaultCode=code, FaultString="default instance")})
    task_id = await line.world.task(line.device_id, type="delete_object", object_name=f"{LINE}1.")
    other = await line.do("get_parameter_values", names=[NTP])
    assert other["state"] == "succeeded"
    task = await line.world.state(task_id)
    assert (task["state"], task["fault"]["code"]) == ("failed", str(code))
    assert task["attempts"] <= 3
    assert NUMBER in await line.known()


async def test_quirk_131_attributes_that_the_phone_does_not_know_fail_once_and_alone(met: Met) -> None:
    line = await met(handlers={"SetParameterAttributes": lambda _: Fault(FaultCode=9000, FaultString="unsupported")})
    task_id = await line.world.task(
        line.device_id, type="set_parameter_attributes", attributes=[{"name": NTP, "notification": 2}]
    )
    assert (await line.do("get_parameter_values", names=[NTP]))["state"] == "succeeded"
    task = await line.world.state(task_id)
    assert (task["state"], task["attempts"], task["fault"]["code"]) == ("failed", 1, "9000")
    assert len(line.of(SetParameterAttributes)) == 1


async def test_quirk_132_a_flood_of_notifications_is_not_kept_and_its_attribute_is_cleared(
    met: Met, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("acs.services.sessions.NOTIFICATIONS", 3)
    monkeypatch.setattr("acs.services.sessions.SHED_NOTIFICATIONS", 8)
    line = await met()
    plain = line.phone.inform

    def chatty(*events: Any) -> acs_rpcs.Inform:
        inform = plain(*events)
        uptime = ParameterValueStruct(Name=f"{ROOT}DeviceInfo.UpTime", Value=TypedValue(str(next(count))))
        return acs_rpcs.Inform(
            DeviceId=inform.DeviceId,
            Event=inform.Event,
            MaxEnvelopes=1,
            CurrentTime=inform.CurrentTime,
            RetryCount=0,
            ParameterList=(*inform.ParameterList, uptime),
        )

    count = iter(range(100))
    line.phone.inform = chatty
    cleared = []
    for _ in range(8):
        await line.call("4 VALUE CHANGE")
        cleared += [[a.Name for a in m.ParameterList] for m in line.of(SetParameterAttributes)]
    assert cleared == [[f"{ROOT}DeviceInfo.UpTime"]]  # what every Inform must tell cannot be cleared
    assert (await line.events()).count("notification_flood") == 1
    page = await line.world.read(lambda uow: list_parameters(uow, line.device_id, path=f"{ROOT}DeviceInfo.UpTime"))
    assert page.items[0]["value"] == "3"  # of the fourth; the four after it were answered and not kept
    response = await line.phone.send(line.phone.inform("4 VALUE CHANGE"))
    assert (response.status, response.retry_after) == (503, 60)
    await line.call("2 PERIODIC")  # anything else is heard


async def test_quirk_133_attributes_that_are_left_out_are_off(met: Met) -> None:
    shown = (ParameterAttributeStruct(Name=NTP, Notification=2, AccessList=("Subscriber",)),)
    line = await met(handlers={"GetParameterAttributes": lambda _: GetParameterAttributesResponse(ParameterList=shown)})
    task = await line.do("get_parameter_attributes", names=[NTP, NUMBER])
    assert task["result"]["attributes"] == [
        {"name": NTP, "notification": 2, "access_list": ["Subscriber"]},
        {"name": NUMBER, "notification": 0, "access_list": [], "assumed": True},
    ]
    assert len(line.of(GetParameterAttributes)) == 1


async def test_quirk_174_gaps_in_a_table_are_no_places_to_fill(met: Met) -> None:
    more = {f"Services.VoiceService.1.VoiceProfile.1.Line.{n}.DirectoryNumber": "" for n in (4, 9)}
    line = await met(more=more)

    def add(_: AddObject) -> AddObjectResponse:
        line.phone.parameters[f"{LINE}12.DirectoryNumber"] = ""
        return AddObjectResponse(InstanceNumber=12, Status=0)

    line.answers("AddObject", add)
    task = await line.do("add_object", object_name=LINE)
    assert task["result"] == {"instance_number": 12, "object_name": f"{LINE}12.", "status": 0}


# Who it is, and whether it is heard ---------------------------------------------------------------------------------


async def test_quirk_155_a_blocked_model_is_turned_away_without_being_kept(world: World, met: Met) -> None:
    rule = {"product_class": "loops*", "version_to": "2.12.1", "settings": {"blocked": True}}
    await world.database.write(lambda uow: quirks.create_rule(uow, rule))
    line = await met()
    before = await world.read(lambda uow: uow.connection.exec_driver_sql("SELECT COUNT(*) FROM event").scalar())
    loops = world.phone(product_class="LOOPS-100", serial="S9")
    for _ in range(3):
        response = await loops.send(loops.inform("2 PERIODIC"))
        assert (response.status, response.body, response.session_id) == (204, b"", None)
    assert await world.only_device() == line.device_id
    loops.parameters[f"{ROOT}DeviceInfo.SoftwareVersion"] = "2.13"  # mended
    assert (await loops.send(loops.inform("2 PERIODIC"))).status == 200
    await line.put(blocked=True)
    assert (await line.phone.send(line.phone.inform("2 PERIODIC"))).status == 204
    await line.put(blocked=None)
    assert (await line.phone.send(line.phone.inform("2 PERIODIC"))).status == 200
    assert before is not None


async def test_quirk_176_a_phone_that_takes_nothing_but_max_envelopes_gets_nothing_else(met: Met) -> None:
    line = await met()
    number = itertools.count()

    async def answer() -> bytes:
        line.phone.cookie = ""
        request = line.phone.post(line.phone.inform("2 PERIODIC"))
        supports = b'<cwmp:SupportedCWMPVersions soap-env:mustUnderstand="0">1.0,1.4</cwmp:SupportedCWMPVersions>'
        body = request.body.replace(b"</soap-env:Header>", supports + b"</soap-env:Header>")
        response = await line.world.sessions.handle(
            type(request)(
                connection=f"c{next(number)}", address="127.0.0.1", target="/", body=body, content_type="text/xml"
            )
        )
        assert envelope.read(response.body).method == "InformResponse"
        body_out: bytes = response.body
        return body_out

    assert b"UseCWMPVersion" in await answer()
    await line.put(minimal_inform_response=True)
    assert b"UseCWMPVersion" not in await answer()


async def test_quirk_108_booleans_are_digits_unless_the_phone_wants_words(met: Met) -> None:
    line = await met()
    sent: list[bytes] = []
    answer = line.phone.answer

    async def listening(response: Any) -> Any:
        sent.append(response.body)
        return await answer(response)

    line.phone.answer = listening
    await line.do("get_parameter_names", path=ROOT, next_level=True)
    assert b"<NextLevel>1</NextLevel>" in sent[-1]
    assert sent[-1].startswith(b"<?xml")
    await line.put(boolean_literals=True, xml_declaration=False)
    await line.do("get_parameter_names", path=ROOT, next_level=True)
    assert b"<NextLevel>true</NextLevel>" in sent[-1]
    assert sent[-1].startswith(b"<soap-env:Envelope")


async def test_quirk_171_a_product_class_from_a_url_is_the_same_one(met: Met) -> None:
    line = await met(product_class="ZXHN%20H198A%20V3%2E0")
    row = await line.world.read(lambda uow: device_row(uow, line.device_id))
    assert row.product_class == "ZXHN H198A V3.0"


async def test_quirk_175_two_phones_with_one_serial_number_are_told_no_secrets(met: Met) -> None:
    line = await met(more={"Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword": ""})
    secret = f"{LINE}1.SIP.AuthPassword"
    for number in range(9):
        line.phone.parameters[f"{MANAGEMENT}ConnectionRequestURL"] = f"http://192.0.2.{number % 2}/cr"
        await line.call("2 PERIODIC")
    assert (await line.quirks()).several_units is True
    row = await line.world.read(lambda uow: device_row(uow, line.device_id))
    assert [note["quirk"] for note in row.notes if note["code"] == "several_units"] == [175]
    night = [{"start": 0, "end": 3600, "mode": "any_time"}]
    for arguments in (
        {"type": "download", "kind": "config"},
        {"type": "schedule_download", "kind": "config", "time_windows": night},
    ):
        task_id = await line.world.task(line.device_id, **arguments)
        await line.call("6 CONNECTION REQUEST")
        assert (await line.world.state(task_id))["fault"]["code"] == "several_units"
        assert line.asked == []
    assert (await line.write({secret: "x"}))["fault"]["code"] == "several_units"
    assert (await line.write({NTP: "x"}))["state"] == "succeeded"
    await line.put(several_units=False)
    assert (await line.write({secret: "x"}))["state"] == "succeeded"


async def test_quirk_175_a_phone_that_moves_and_says_so_is_one_phone(met: Met) -> None:
    line = await met()
    for number in range(9):
        line.phone.parameters[f"{MANAGEMENT}ConnectionRequestURL"] = f"http://192.0.2.{number % 2}/cr"
        await line.call("4 VALUE CHANGE")
    assert (await line.quirks()).several_units is False


async def test_quirk_175_an_oui_that_flips_at_each_boot_makes_no_new_phone(met: Met) -> None:
    line = await met()
    for oui in ("000000", "FFFFFF", "0C383E"):
        line.phone.oui = oui
        await line.call("1 BOOT")
    assert await line.world.only_device() == line.device_id
    assert (await line.world.read(lambda uow: device_row(uow, line.device_id))).oui == "0C383E"


async def test_quirk_195_the_echo_of_what_we_wrote_is_no_news(met: Met) -> None:
    line = await met()
    await line.write({NTP: "pool.ntp.org"})
    plain = line.phone.inform

    def echo(*events: Any) -> acs_rpcs.Inform:
        inform = plain(*events)
        told = ParameterValueStruct(Name=NTP, Value=TypedValue(line.phone.parameters[NTP]))
        return acs_rpcs.Inform(
            DeviceId=inform.DeviceId,
            Event=inform.Event,
            MaxEnvelopes=1,
            CurrentTime=inform.CurrentTime,
            RetryCount=0,
            ParameterList=(*inform.ParameterList, told),
        )

    line.phone.inform = echo
    before = (await line.events()).count("inform")
    await line.call("4 VALUE CHANGE")
    assert line.asked == []
    assert (await line.events()).count("inform") == before
    line.phone.parameters[NTP] = "changed.at.the.phone"
    await line.call("4 VALUE CHANGE")
    assert (await line.events()).count("inform") == before + 1


async def test_quirk_190_a_phone_that_takes_nothing_but_files_gets_its_configuration(met: Met) -> None:
    refused = dict.fromkeys(
        ("GetParameterNames", "GetParameterValues", "SetParameterValues"), lambda _: Fault(FaultCode=9000)
    )
    line = await met(handlers=refused)
    task_id = await line.world.task(line.device_id, type="download", kind="config")
    await line.call("6 CONNECTION REQUEST")
    assert [type(message).__name__ for message in line.asked][-1] == "Download"
    assert (await line.world.state(task_id))["state"] == "transferring"
    versions = await line.world.read(
        lambda uow: uow.connection.exec_driver_sql("SELECT version, sha256 FROM config_version").fetchall()
    )
    assert len(versions) == 1  # the digest of what it was given is kept here, whatever the phone can show


# Learning ------------------------------------------------------------------------------------------------------------


async def test_what_was_learnt_is_forgotten_with_another_firmware(met: Met) -> None:
    line = await met()

    def teach(uow: UnitOfWork) -> None:
        quirks.learn_quirk(uow, device_row(uow, line.device_id), "gpv_batch", 7, "for the test")

    await line.world.database.write(teach)
    assert (await line.quirks()).gpv_batch == 7
    await line.call("2 PERIODIC")
    assert (await line.quirks()).gpv_batch == 7
    line.phone.parameters[f"{ROOT}DeviceInfo.SoftwareVersion"] = "2.13.0"
    await line.call("1 BOOT")
    assert (await line.quirks()).gpv_batch == 100
    assert "quirks_forgotten" in await line.events()


async def test_no_task_of_these_phones_is_left_in_flight(met: Met) -> None:
    line = await met(handlers={"GetParameterValues": lambda _: None})
    await line.do("get_parameter_values", names=[NTP, NUMBER])
    rows = await line.world.read(lambda uow: uow.session.exec(select(TaskRow).where(TaskRow.in_flight != "")).all())
    assert rows == []
