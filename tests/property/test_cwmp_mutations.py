"""Golden sessions with the oddities of real phones laid over them, in process.

Whatever comes, the server answers, nothing breaks, no task is lost, and once the phone speaks plainly it is served.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from acs.services.sessions import Request, Response, Sessions
from acs.storage.engine import Database, make_engine, sqlite_url
from cwmp_schemas import acs_rpcs, cpe_rpcs, envelope
from cwmp_schemas._spyne import Struct
from cwmp_schemas.faults import Fault
from tests.conftest import World, make_context
from tests.fuzz.mutations import MUTATIONS, ROWS, Mutation, mutated
from tests.phone import TestPhone, transfer_complete

pytestmark = pytest.mark.slow

MAX_REQUESTS = 120
"""POSTs after which every session must have ended, whatever the phone does."""
ANSWERS = {200, 204, 400}
_numbers = itertools.count(1)
_SETTINGS = settings(
    deadline=None,
    max_examples=int(os.environ.get("ACS_FUZZ_EXAMPLES", "25")),
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)


class Errors(logging.Handler):
    """Collects what the server thought worth an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(self.format(record))


@dataclass
class Stage:
    """A server that all examples of a test share, each with a phone of its own."""

    runner: asyncio.Runner
    world: World
    errors: Errors


@pytest.fixture(scope="module")
def stage(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("mutations")
    shutil.copyfile(migrated, folder / migrated.name)
    errors = Errors()
    logging.getLogger().addHandler(errors)
    with asyncio.Runner() as runner:

        async def build() -> World:
            database = Database(make_engine(sqlite_url(folder)))
            context = make_context(folder, cpe_auth="none")
            return World(database, context, Sessions(database, context), folder)

        world = runner.run(build())
        yield Stage(runner, world, errors)
        runner.run(world.database.close())
    logging.getLogger().removeHandler(errors)


@dataclass
class OddPhone(TestPhone):
    """A phone whose messages are mutated on their way."""

    mutations: tuple[Mutation, ...] = ()
    statuses: list[int] = field(default_factory=list)

    def post(self, message: Struct | None, id: str = "1") -> Request:
        request = super().post(message, id)
        if message is None or not self.mutations:
            return request
        body, content_type = mutated(request.body, self.mutations)
        return replace(request, body=body, content_type=content_type)

    async def send(self, message: Struct | None, id: str = "1") -> Response:
        response = await super().send(message, id)
        self.statuses.append(response.status)
        assert response.status in ANSWERS, (response.status, response.reason)
        assert bool(response.body) == (response.status == 200)
        return response

    async def session(self, *events: str, requests: tuple[Struct, ...] = ()) -> None:
        """A whole session, in which nothing need succeed but which must end."""
        begun = len(self.statuses)
        self.connection, self.cookie = f"{self.address}|{self.serial}|{begun}", ""
        first = await self.send(self.inform(*events))
        if first.status != 200 or b"InformResponse" not in first.body:
            return  # refused as a whole: the phone goes away and tries again later
        for request in requests:
            await self.send(request)
        response = await self.send(None)
        while response.status == 200:
            assert len(self.statuses) - begun < MAX_REQUESTS, "the session does not end"
            asked = envelope.read(response.body)
            assert asked.body is not None
            self.asked.append(asked.body)
            response = await self.send(self.reply(asked.body), asked.id or "")
            if response.status == 400:  # our answer could not be read: a phone says nothing more, or says so
                response = await self.send(None)


async def play(world: World, first: tuple[Mutation, ...], second: tuple[Mutation, ...]) -> None:
    """Meet, get work, do it oddly, and then once more as a phone should."""
    number = next(_numbers)
    phone = OddPhone(
        world.sessions,
        serial=f"00100400FV0200100000{number:012x}",
        address=f"127.1.{number // 250 % 250}.{number % 250}",
    )
    phone.mutations = first
    await phone.session("0 BOOTSTRAP", "1 BOOT")
    phone.mutations = ()
    await phone.session("2 PERIODIC")
    device_id = await _device(world, phone)
    name = "InternetGatewayDevice.Time.NTPServer1"
    made = [
        await world.task(device_id, type="get_parameter_values", names=[name]),
        await world.task(device_id, type="set_parameter_values", values=[{"name": name, "value": f"ntp{number}"}]),
        await world.task(device_id, type="download", url="http://files.example/x", file_type="2 Web Content"),
        await world.task(device_id, type="reboot"),
    ]
    phone.mutations = second
    await phone.session("6 CONNECTION REQUEST")
    await phone.session("2 PERIODIC", requests=(cpe_rpcs.GetRPCMethods(), transfer_complete("unknown")))
    await phone.session("1 BOOT", "M Reboot")
    phone.mutations = ()
    states: list[dict[str, Any]] = []
    for _ in range(6):
        keys = [each.CommandKey for each in phone.asked if isinstance(each, cpe_rpcs.Download)]
        reports = tuple(transfer_complete(key) for key in dict.fromkeys(keys))
        await phone.session("1 BOOT", "7 TRANSFER COMPLETE", requests=reports)
        states = [await world.state(task) for task in made]
        if all(task["state"] in ("succeeded", "failed") for task in states):
            break
    lost = [(task["type"], task["state"]) for task in states if task["state"] not in ("succeeded", "failed")]
    assert not lost, f"tasks that never end: {lost}"
    assert all(task["fault"] for task in states if task["state"] == "failed"), "a failure without a reason"
    last = await world.task(device_id, type="get_parameter_values", names=[name])
    await phone.session("2 PERIODIC")
    assert (await world.state(last))["state"] == "succeeded", "the phone speaks plainly and is not served"


async def _device(world: World, phone: TestPhone) -> str:
    from acs.services.devices import DeviceQuery, list_devices

    page = await world.read(lambda uow: list_devices(uow, DeviceQuery(serial_number=phone.serial)))
    assert len(page.items) == 1, [(item["oui"], item["serial_number"]) for item in page.items]
    return str(page.items[0]["id"])


def _plays(stage: Stage, first: tuple[Mutation, ...], second: tuple[Mutation, ...]) -> None:
    stage.errors.seen.clear()
    stage.runner.run(play(stage.world, first, second))
    assert not stage.errors.seen, stage.errors.seen[0][:3000]


def test_every_row_of_the_table_has_mutations() -> None:
    assert {mutation.row for mutation in MUTATIONS} == set(ROWS)
    assert len({(mutation.row, mutation.name) for mutation in MUTATIONS}) == len(MUTATIONS)


def test_every_mutation_changes_something() -> None:
    """A mutation that no longer fits what we write would test nothing."""
    phone = TestPhone(sessions=None)  # type: ignore[arg-type]
    fault = Fault(FaultCode=9005, FaultString="x")
    answers = [phone.reply(cpe_rpcs.GetParameterNames(ParameterPath="", NextLevel=False)), fault]
    answers += [phone.reply(cpe_rpcs.GetParameterAttributes(ParameterNames=("a",))), transfer_complete("k")]
    answers += [
        cpe_rpcs.AddObjectResponse(InstanceNumber=1, Status=0),
        cpe_rpcs.DownloadResponse(Status=1, StartTime="", CompleteTime=""),
    ]
    messages = [phone.post(message, "77").body for message in (phone.inform("1 BOOT"), *answers)]
    for mutation in MUTATIONS:
        usual = (b"", "text/xml")
        assert any(mutated(data, (mutation,)) not in ((data, "text/xml"), usual) for data in messages), mutation.name


@pytest.mark.parametrize("row", ROWS)
def test_a_session_with_each_mutation_of_a_row(stage: Stage, row: str) -> None:
    for mutation in MUTATIONS:
        if mutation.row == row:
            _plays(stage, (mutation,), (mutation,))


_chosen = st.lists(st.sampled_from(MUTATIONS), min_size=0, max_size=4).map(tuple)


def test_sessions_with_any_mixture(stage: Stage) -> None:
    @_SETTINGS
    @given(_chosen, _chosen)
    def check(first: tuple[Mutation, ...], second: tuple[Mutation, ...]) -> None:
        _plays(stage, first, second)

    check()


_messages = st.one_of(
    st.none(),
    st.sampled_from(["inform", "other inform"]),
    st.sampled_from(
        [
            cpe_rpcs.GetRPCMethods(),
            transfer_complete("k"),
            acs_rpcs.Kicked(Command="c", Referer="r", Arg="a", Next="n"),
            acs_rpcs.RequestDownload(FileType="1 Firmware Upgrade Image"),
            Fault(FaultCode=9002, FaultString="x"),
            Fault(FaultCode=8005, FaultString="Retry request"),
            cpe_rpcs.RebootResponse(),
            cpe_rpcs.GetParameterValuesResponse(ParameterList=()),
            cpe_rpcs.SetParameterValuesResponse(Status=1),
            cpe_rpcs.Reboot(CommandKey="wrong way"),
            b"<html/>",
            b"<Envelope><Body><x:Vendor/></Body></Envelope>",
        ]
    ),
    st.just("right answer"),
    st.sampled_from(MUTATIONS),
)


def test_messages_in_any_order(stage: Stage) -> None:
    """What comes when is up to the phone; what it gets is always one of the few answers, and the next call works."""

    @_SETTINGS
    @given(st.lists(_messages, max_size=25))
    def check(moves: list[Any]) -> None:
        stage.errors.seen.clear()
        stage.runner.run(_in_any_order(stage.world, moves))
        assert not stage.errors.seen, stage.errors.seen[0][:3000]

    check()


async def _in_any_order(world: World, moves: list[Any]) -> None:
    number = next(_numbers)
    phone = OddPhone(world.sessions, serial=f"00100400FV0200100000{number:012x}", address=f"127.2.{number % 250}.1")
    phone.connection = f"{phone.address}|{number}"
    last: Response | None = None
    for move in moves:
        match move:
            case "inform":
                last = await phone.send(phone.inform("1 BOOT"))
            case "other inform":
                last = await phone.send(phone.inform("2 PERIODIC"))
            case "right answer":
                asked = envelope.read(last.body) if last is not None and last.body else None
                if asked is not None and asked.body is not None and not asked.method.endswith("Response"):
                    last = await phone.send(phone.reply(asked.body), asked.id or "")
            case Mutation():
                phone.mutations = (move,)
            case bytes():
                last = await world.sessions.handle(replace(phone.post(None), body=move))
                assert last.status in ANSWERS
            case _:
                last = await phone.send(move, f"id{number}")
    phone.mutations = ()
    await phone.session("1 BOOT")
    device_id = await _device(world, phone)
    task = await world.task(device_id, type="get_parameter_values", names=["InternetGatewayDevice.Time.NTPServer1"])
    await phone.session("2 PERIODIC")
    assert (await world.state(task))["state"] == "succeeded"
