"""Which SIP passwords a phone has, what was written in vain, and what a task is made ready with."""

from __future__ import annotations

from typing import Any

import pytest

from acs.errors import Conflict
from acs.services import settings, tasks, voice
from acs.services.devices import device_row, register_device
from acs.storage.tables import DeviceRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World

NUMBER = "Device.Services.VoiceService.1.VoiceProfile.1.Line.1.DirectoryNumber"
LINES = {"1": {"user": "1001", "password": "s3cret"}, "2": {"user": "1002", "password": "s3cret"}}


@pytest.fixture
async def device_id(world: World) -> str:
    def known(uow: UnitOfWork) -> str:
        row = device_row(uow, register_device(uow, world.context, {"mac": "0c383e000001", "model": "X4"})["id"])
        row.root = "Device."
        uow.session.add(row)
        settings.put_layer(uow, world.context, f"devices/{row.id}", {"sip": {"lines": LINES}})
        return row.id

    return await world.database.write(known)


async def sip(world: World, device_id: str, **more: Any) -> str:
    return await world.task(device_id, type="set_parameter_values", kind="sip", **more)


async def ended(world: World, task_id: str, state: str = "succeeded", **more: Any) -> None:
    def end(uow: UnitOfWork) -> None:
        row = uow.session.get(TaskRow, task_id)
        assert row is not None
        row.state, row.open, row.finished_at = state, False, uow.now
        for name, value in more.items():
            setattr(row, name, value)
        uow.session.add(row)

    await world.database.write(end)


def told(name: str, value: str) -> dict[str, Any]:
    return {"written": [{"name": name, "old": "", "new": value}]}


async def in_vain(world: World, device_id: str) -> dict[str, Any]:
    found: dict[str, Any] = await world.read(lambda uow: voice.in_vain(uow, world.context, device_row(uow, device_id)))
    return found


async def test_a_task_is_made_ready_with_sealed_passwords(world: World, device_id: str) -> None:
    task_id = await sip(world, device_id)

    def made(uow: UnitOfWork) -> tuple[dict[str, Any], dict[str, str]]:
        task, device = uow.session.get(TaskRow, task_id), device_row(uow, device_id)
        assert task is not None
        prepared = voice.prepared(uow, world.context, device, task)
        task.progress = {"prepared": prepared}
        return prepared, voice.passwords(world.context, task)

    prepared, opened = await world.database.write(made)
    assert opened == {"1": "s3cret", "2": "s3cret"}
    assert "s3cret" not in str(prepared)
    assert prepared["due"] == ["1", "2"]
    assert prepared["wanted"]["lines"] == {"1": {"user": "1001"}, "2": {"user": "1002"}}


async def test_a_digest_tells_nothing_of_the_password(world: World, device_id: str) -> None:
    def made(uow: UnitOfWork) -> list[str]:
        device = device_row(uow, device_id)
        other = DeviceRow(id="other")
        one = voice.digests(world.context, device, {"1": "s3cret", "2": "s3cret"})
        return [*one.values(), *voice.digests(world.context, other, {"1": "s3cret"}).values()]

    found = await world.read(made)
    assert len(set(found)) == 3
    assert all(len(digest) == 64 for digest in found)
    assert await world.read(made) == found


async def test_only_a_password_that_is_another_one_is_due(world: World, device_id: str) -> None:
    task_id = await sip(world, device_id)

    def due(uow: UnitOfWork) -> list[str]:
        task = uow.session.get(TaskRow, task_id)
        assert task is not None
        return list(voice.prepared(uow, world.context, device_row(uow, device_id), task)["due"])

    def take(uow: UnitOfWork) -> None:
        device = device_row(uow, device_id)
        voice.taken(device, voice.digests(world.context, device, {"1": "s3cret"}))
        uow.session.add(device)

    def reset(uow: UnitOfWork) -> None:
        device = device_row(uow, device_id)
        voice.forget(device, uow.now)
        uow.session.add(device)

    assert await world.read(due) == ["1", "2"]
    await world.database.write(take)
    assert await world.read(due) == ["2"]
    await world.database.write(reset)
    assert await world.read(due) == ["1", "2"]


async def test_what_counts_as_written_in_vain(world: World, device_id: str) -> None:
    for _ in range(4):
        await ended(world, await sip(world, device_id), result=told(NUMBER, "1001"))
    assert await in_vain(world, device_id) == {}
    given = [{"name": NUMBER, "value": "1001"}]
    written = await world.task(device_id, type="set_parameter_values", values=given)
    await ended(world, written)  # it held then
    assert await in_vain(world, device_id) == {}
    refused = await world.task(device_id, type="set_parameter_values", values=given)
    fault = {"code": "not_applied", "message": "", "parameters": [{"name": NUMBER, "code": "not_applied"}]}
    await ended(world, refused, "failed", fault=fault)
    assert await in_vain(world, device_id) == {NUMBER: ["1001", 5]}

    def reset(uow: UnitOfWork) -> None:
        device = device_row(uow, device_id)
        voice.forget(device, uow.now)
        uow.session.add(device)

    await world.database.write(reset)
    assert await in_vain(world, device_id) == {}


async def test_another_value_in_between_begins_a_new_count(world: World, device_id: str) -> None:
    for value in ("a", "a", "a", "a", "b", "a"):
        await ended(world, await sip(world, device_id), result=told(NUMBER, value))
    assert await in_vain(world, device_id) == {}
    secret = NUMBER.replace("DirectoryNumber", "SIP.AuthPassword")
    for _ in range(6):
        await ended(world, await sip(world, device_id), result=told(secret, "***"))
    assert await in_vain(world, device_id) == {}


async def test_it_is_not_for_every_profile(world: World, device_id: str) -> None:
    def becomes(profile: str | None) -> Any:
        def change(uow: UnitOfWork) -> None:
            row = device_row(uow, device_id)
            row.profile = profile
            uow.session.add(row)

        return change

    await world.database.write(becomes("ctc"))
    with pytest.raises(Conflict, match="ctc") as error:
        await sip(world, device_id)
    assert error.value.facts["profile"] == "ctc"
    await sip(world, device_id, force=True)
    await world.database.write(becomes(None))
    task_id = await sip(world, device_id)
    await world.database.write(becomes("ctc"))

    def prepare(uow: UnitOfWork) -> Any:
        task = uow.session.get(TaskRow, task_id)
        assert task is not None
        return voice.prepared(uow, world.context, device_row(uow, device_id), task)

    with pytest.raises(Conflict):
        await world.read(prepare)
    await world.database.write(lambda uow: tasks.cancel_task(uow, task_id))


def test_what_waits_to_be_begun_may_be_stale() -> None:
    task = TaskRow(id="t", device_id="d", type="set_parameter_values", arguments={"kind": "sip"}, created_at=0.0)
    assert not voice.is_stale(task, 100.0)
    task.progress = {"prepared": {"at": 90.0}}
    assert not voice.is_stale(task, 100.0)
    assert voice.is_stale(task, 200.0)
    task.progress = {"prepared": {"at": 90.0}, "fresh": {}}
    assert voice.is_stale(task, 100.0)
