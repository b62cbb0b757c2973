"""Tasks that cannot go on: a mistake of ours, a phone that is lost again and again, a session nobody remembers."""

from collections.abc import Callable
from typing import Any

import pytest

from acs.domain.planning.programs import PROGRAMS
from acs.services import tasks, work
from acs.storage.tables import DeviceRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork
from cwmp_schemas.structs import EventStruct
from tests.conftest import World
from tests.phone import TestPhone

BOOT = (EventStruct(EventCode="1 BOOT", CommandKey=""),)
SECRET = "sealed by another key"


@pytest.fixture
async def phone(world: World) -> TestPhone:
    phone = world.phone()
    await phone.call("0 BOOTSTRAP")
    phone.adopt_credentials()
    await phone.call()
    return phone


def breaks(*_: Any) -> Any:
    raise LookupError(SECRET)


@pytest.mark.parametrize("where", ["next", "answered"])
async def test_a_program_that_breaks_ends_its_own_task_and_no_other(
    world: World, phone: TestPhone, where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    device = await world.only_device()
    broken = await world.task(device, type="get_parameter_names", path="")
    good = await world.task(device, type="get_rpc_methods")
    monkeypatch.setattr(PROGRAMS["get_parameter_names"], where, breaks)
    await phone.call()
    done = await world.state(broken)
    assert (done["state"], done["fault"]["code"]) == ("failed", "internal_error")
    assert SECRET not in done["fault"]["message"]
    assert f"task {broken}" in caplog.text
    assert (await world.state(good))["state"] == "succeeded"


async def test_a_fault_that_a_program_cannot_take_ends_its_task(
    world: World, phone: TestPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = await world.only_device()
    task = await world.task(device, type="upload", file_type="2 Vendor Log File")  # the phone knows no Upload
    monkeypatch.setattr(PROGRAMS["upload"], "faulted", breaks)
    await phone.call()
    assert (await world.state(task))["fault"]["code"] == "internal_error"


async def test_what_cannot_be_unsealed_does_not_keep_the_phone_from_calling(world: World, phone: TestPhone) -> None:
    device = await world.only_device()
    task = await world.task(device, type="reboot")

    def spoil(uow: UnitOfWork) -> None:
        row = uow.session.get(TaskRow, task)
        assert row is not None
        row.arguments, row.progress, row.state = {"x": {"$sealed": "nonsense"}}, {"asked": True}, "verifying"

    await world.database.write(spoil)
    await phone.call("1 BOOT")
    assert (await world.state(task))["fault"]["code"] == "internal_error"


async def run(world: World, use_case: Callable[[UnitOfWork], Any], now: float | None = None) -> Any:
    def at(uow: UnitOfWork) -> Any:
        uow.now = uow.now if now is None else now
        return use_case(uow)

    return await world.database.write(at)


async def test_a_phone_that_falls_silent_at_every_read_back_is_given_up(world: World) -> None:
    """Its crash may well come from reading; the transfer is not repeated for it."""
    progress = {"prepared": {"proof": "config", "version": "2.1", "link": "l"}, "phase": "verify"}

    def make(uow: UnitOfWork) -> None:
        uow.session.add(DeviceRow(id="d1", root="Device.", config_state="applying"))
        uow.session.flush()
        row = TaskRow(id="t1", device_id="d1", type="download", state="verifying", created_at=0.0, progress=progress)
        row.arguments, row.attempts = {"kind": "config"}, 1
        uow.session.add(row)

    await world.database.write(make)
    asked = 0
    for number in range(20):

        def session(uow: UnitOfWork, number: int = number) -> work.Next:
            device = uow.session.get(DeviceRow, "d1")
            assert device is not None
            work.phone_called(uow, world.context, device, events=BOOT, session_id=f"s{number}")
            return work.next_work(uow, world.context, work.Visit("d1", f"s{number}"), rpc_id=f"{number:016}")

        offer = await run(world, session)
        if offer is None:
            break
        assert type(offer.message).__name__ == "GetParameterValues"
        asked += 1
    done = await world.state("t1")
    assert (done["state"], done["fault"]["code"], asked) == ("failed", "session_lost", world.context.backoff.attempts)


async def config_on_its_way(world: World) -> None:
    def make(uow: UnitOfWork) -> None:
        uow.session.add(DeviceRow(id="d1", config_state="applying"))
        uow.session.add(DeviceRow(id="d2", serial_number="other", config_state="applying"))
        uow.session.flush()
        row = TaskRow(id="t1", device_id="d1", type="download", state="running", created_at=0.0, expires_at=1000.0)
        row.arguments, row.in_flight, row.session_id = {"kind": "config"}, "r1", "forgotten"
        row.progress = {"prepared": {"url": "http://192.0.2.1/t/secret/x.cfg"}}
        uow.session.add(row)

    await world.database.write(make)


async def config_states(world: World) -> list[str]:
    def look(uow: UnitOfWork) -> list[str]:
        rows = [uow.session.get(DeviceRow, name) for name in ("d1", "d2")]
        return [row.config_state for row in rows if row is not None]

    return list(await world.database.read(look))


async def test_a_request_of_a_session_that_nobody_remembers_expires_at_last(world: World) -> None:
    """The process was killed with it in flight, and the phone is in a box since."""
    await config_on_its_way(world)
    assert await run(world, tasks.expire_tasks, now=1000.0 + tasks.LONGEST_SESSION - 1) == 0
    assert await run(world, tasks.expire_tasks, now=1000.0 + tasks.LONGEST_SESSION + 1) == 1
    done = await world.state("t1")
    assert (done["state"], done["fault"]["code"]) == ("expired", "expired")
    assert await config_states(world) == ["pending", "applying"]


async def test_a_cancelled_configuration_is_not_being_applied_any_more(world: World) -> None:
    await config_on_its_way(world)
    await run(world, lambda uow: tasks.cancel_task(uow, "t1"))
    assert await config_states(world) == ["pending", "applying"]
    row = await world.database.read(lambda uow: uow.session.get(TaskRow, "t1"))
    assert row is not None
    assert row.progress == {}
