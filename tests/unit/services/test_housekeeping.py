"""Keeping house: what is over ends by itself, what only grows has a bound, and no failure stops the rounds."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from acs.services import audit, housekeeping, transfers, work
from acs.services.devices import delete_device, note_event, register_device
from acs.storage import unit_of_work
from acs.storage.tables import ParameterChangeRow, SessionRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork
from cwmp_schemas import cpe_rpcs
from tests.conftest import World

NOW = 1_800_000_000.0
DAY = 86400.0


@pytest.fixture
async def device(world: World) -> str:
    made = await world.database.write(lambda uow: register_device(uow, world.context, {"mac": "0C383E000001"}))
    return str(made["id"])


async def values(world: World, text: str) -> list[Any]:
    found: list[Any] = await world.read(lambda uow: [row[0] for row in uow.connection.exec_driver_sql(text)])
    return found


async def prune(world: World) -> None:
    def run(uow: UnitOfWork) -> None:
        uow.now = NOW
        housekeeping.prune(uow)

    await world.database.write(run)


async def test_the_audit_log_has_a_bound(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "MAX_AUDIT", 3)

    def fill(uow: UnitOfWork) -> None:
        for number in range(7):
            audit.record(uow, audit.Actor("t", "anna"), "settings.put", f"settings/groups/{number}")

    await world.database.write(fill)
    await prune(world)
    assert await values(world, "SELECT target FROM audit ORDER BY id") == [f"settings/groups/{n}" for n in (4, 5, 6)]


@pytest.mark.parametrize(("most", "left"), [(3, [5, 6, 7]), (7, [1, 2, 3, 4, 5, 6, 7]), (100, [1, 2, 3, 4, 5, 6, 7])])
async def test_of_history_only_the_newest_is_kept(
    world: World, device: str, monkeypatch: pytest.MonkeyPatch, most: int, left: list[int]
) -> None:
    monkeypatch.setattr(housekeeping, "MAX_EVENTS", most)
    monkeypatch.setattr(housekeeping, "MAX_CHANGES", most)

    def fill(uow: UnitOfWork) -> None:
        for number in range(1, 8):
            note_event(uow, device, "cpe_request", number=number)
            uow.session.add(ParameterChangeRow(device_id=device, path="Device.X", new=str(number), at=NOW))

    await world.database.write(fill)
    for _ in range(2):  # a second round finds nothing more
        await prune(world)
        assert await values(world, "SELECT json_extract(data, '$.number') FROM event ORDER BY id") == left
        assert await values(world, "SELECT CAST(new AS INTEGER) FROM parameter_change ORDER BY id") == left


async def test_an_empty_database_is_pruned_too(world: World) -> None:
    await prune(world)
    assert await values(world, "SELECT id FROM event") == []


async def test_checkpoints_of_sessions_that_nobody_goes_on_with_are_dropped_after_a_week(
    world: World, device: str
) -> None:
    ages = {"old": 7 * DAY + 1, "week": 7 * DAY - 1, "young": 1.0}

    def fill(uow: UnitOfWork) -> None:
        for name, age in ages.items():
            uow.session.add(SessionRow(id=name, device_id=device, value="{}", updated_at=NOW - age))

    await world.database.write(fill)
    await prune(world)
    assert await values(world, "SELECT id FROM session ORDER BY id") == ["week", "young"]


# Rounds --------------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def rounds(world: World) -> AsyncIterator[None]:
    """Housekeeping at a thousand times its pace."""
    async with asyncio.TaskGroup() as group:
        running = group.create_task(housekeeping.run(world.database, world.context, world.sessions))
        try:
            yield
        finally:
            running.cancel()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(3):
        while not await condition():  # noqa: ASYNC110 - what is waited for is in the database
            await asyncio.sleep(0.005)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SWEEP_SECONDS", "TASK_SECONDS", "PRUNE_SECONDS"):
        monkeypatch.setattr(housekeeping, name, getattr(housekeeping, name) / 1000)
    monkeypatch.setattr(housekeeping, "PRUNE_SECONDS", 0.01)


async def add_tasks(world: World, device: str, *tasks: dict[str, Any]) -> None:
    def fill(uow: UnitOfWork) -> None:
        for task in tasks:
            uow.session.add(TaskRow(device_id=device, created_at=uow.now - 10_000, **task))

    await world.database.write(fill)


async def states(world: World) -> dict[str, str]:
    found = await world.read(
        lambda uow: [tuple(row) for row in uow.connection.exec_driver_sql("SELECT id, state FROM task")]
    )
    return dict(found)


@pytest.mark.usefixtures("quick")
async def test_tasks_whose_time_is_over_end_though_the_phone_never_calls(world: World, device: str) -> None:
    now = time.time()
    await add_tasks(
        world,
        device,
        {"id": "late", "type": "get_rpc_methods", "expires_at": 1.0},
        {"id": "early", "type": "get_rpc_methods", "expires_at": 4e9},
        {"id": "asked", "type": "get_rpc_methods", "expires_at": now - 60, "state": "running", "in_flight": "x"},
        {"id": "forgotten", "type": "get_rpc_methods", "expires_at": 1.0, "state": "running", "in_flight": "y"},
    )

    async def ended() -> bool:
        return (await states(world))["late"] == "expired"

    async with rounds(world):
        await until(ended)
    assert await states(world) == {
        "late": "expired",
        "early": "queued",
        "asked": "running",
        "forgotten": "expired",  # the session that asked cannot be going on any more
    }


@pytest.mark.usefixtures("quick")
async def test_a_transfer_that_the_phone_never_finishes_fails_though_it_never_calls(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = world.phone()
    phone.handlers["Upload"] = lambda _: cpe_rpcs.UploadResponse(Status=1)
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    task = await world.task(await world.only_device(), type="upload", file_type="1 Vendor Configuration File")
    await phone.call()
    assert (await world.state(task))["state"] == "transferring"

    async def failed() -> bool:
        return bool((await world.state(task))["state"] == "failed")

    async with rounds(world):
        await asyncio.sleep(0.1)  # many rounds: not before its hour is over
        assert not await failed()
        monkeypatch.setattr(unit_of_work, "time", SimpleNamespace(time=lambda: time.time() + 3700.0))
        await until(failed)
    assert (await world.state(task))["fault"]["code"] == "not_received"


@pytest.mark.usefixtures("quick")
async def test_history_is_pruned_as_the_rounds_go_by(
    world: World, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "MAX_EVENTS", 1)

    def note(uow: UnitOfWork) -> None:
        for kind in ("a", "b", "c"):
            note_event(uow, device, kind)

    await world.database.write(note)

    async def pruned() -> bool:
        return await values(world, "SELECT kind FROM event") == ["c"]

    async with rounds(world):
        await until(pruned)


@pytest.mark.usefixtures("quick")
async def test_a_round_that_fails_is_logged_and_the_next_one_makes_it_good(
    world: World, device: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await add_tasks(world, device, {"id": "late", "type": "get_rpc_methods", "expires_at": 1.0})
    failures = iter([OSError("disk"), RuntimeError("bug")])
    sweep = world.sessions.sweep

    async def failing() -> int:
        if (failure := next(failures, None)) is not None:
            raise failure
        return await sweep()

    monkeypatch.setattr(world.sessions, "sweep", failing)

    async def ended() -> bool:
        return (await states(world))["late"] == "expired"

    with caplog.at_level(logging.ERROR, logger="acs.services.housekeeping"):
        async with rounds(world):
            await until(ended)
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["disk", "bug"]


@pytest.mark.usefixtures("quick")
async def test_a_session_that_fell_silent_is_ended_and_its_request_given_back(world: World) -> None:
    phone = world.phone()
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    task = await world.task(await world.only_device(), type="get_rpc_methods")
    phone.connection, phone.cookie = "127.0.0.1|77", ""
    await phone.send(phone.inform("2 PERIODIC"))
    assert (await phone.send(None)).status == 200
    assert (await world.state(task))["state"] == "running"

    clock = world.sessions.clock
    world.sessions.clock = lambda: clock() + 3600.0

    async def given_back() -> bool:
        return bool((await world.state(task))["state"] == "queued")

    async with rounds(world):
        await until(given_back)
    assert len(world.sessions.store) == 0


async def test_the_configurations_of_a_phone_go_with_it(world: World, device: str) -> None:
    task_id = await world.task(device, type="download", kind="config")
    await transfers.prepare(world.database, world.context, work.Needed(task_id, "download"))
    (sha256,) = await values(world, "SELECT sha256 FROM config_version")
    await world.database.write(lambda uow: uow.connection.exec_driver_sql("UPDATE blob SET created_at = 0"))
    await housekeeping.drop_unreferenced(world.database, world.context)
    assert world.context.blobs.exists(sha256)
    await world.database.write(lambda uow: delete_device(uow, device))
    await housekeeping.drop_unreferenced(world.database, world.context)
    assert not world.context.blobs.exists(sha256)
    assert await values(world, "SELECT sha256 FROM blob") == []
