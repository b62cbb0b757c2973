"""Tasks that wait for a phone: each wait has its own time, and it ends also for phones that never call again."""

from collections.abc import Callable
from typing import Any

import pytest

from acs.domain.planning.programs.transfers import APPLY_SECONDS, TRANSFER_SECONDS
from acs.services import work
from acs.storage.tables import DeviceRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World

START = 1_800_000_000.0
FIRMWARE = {
    "file_type": "1 Firmware Upgrade Image",
    "url": "http://files.example/x",
    "size": 5,
    "proof": "firmware",
    "version": "2.14",
}


async def at(world: World, seconds: float, use_case: Callable[[UnitOfWork], Any]) -> Any:
    def run(uow: UnitOfWork) -> Any:
        uow.now = START + seconds
        return use_case(uow)

    return await world.database.write(run)


@pytest.fixture
async def firmware(world: World) -> str:
    """A firmware whose Download was accepted, of a phone that runs the old one."""

    def make(uow: UnitOfWork) -> None:
        uow.session.add(DeviceRow(id="d1", root="Device.", software_version="2.12"))
        uow.session.flush()
        uow.session.add(
            TaskRow(
                id="t1",
                device_id="d1",
                type="download",
                state="transferring",
                attempts=1,
                created_at=START,
                started_at=START,
                progress={"prepared": FIRMWARE, "phase": "transferring", "asked_at": START},
            )
        )

    await world.database.write(make)
    return "t1"


def look(world: World) -> Callable[[UnitOfWork], int]:
    return lambda uow: work.wait_over(uow, world.context)


async def test_after_a_long_transfer_the_phone_still_has_its_time_to_apply(world: World, firmware: str) -> None:
    await at(world, 0, look(world))
    read = {"todo": [], "values": {"Device.DeviceInfo.SoftwareVersion": ["2.12", "xsd:string"]}, "missing": {}}

    def arrived(uow: UnitOfWork) -> None:
        task = uow.session.get(TaskRow, firmware)
        assert task is not None
        task.state, task.progress = "verifying", {**task.progress, "phase": "verify", "reading": read}

    await at(world, TRANSFER_SECONDS - 1, arrived)  # far longer than the applying may take
    visit = work.Visit("d1", "s1")
    await at(world, TRANSFER_SECONDS, lambda uow: work.next_work(uow, world.context, visit, rpc_id="r" * 16))
    assert (await world.state(firmware))["state"] == "verifying"
    assert await at(world, TRANSFER_SECONDS + APPLY_SECONDS - 1, look(world)) == 0
    assert await at(world, TRANSFER_SECONDS + APPLY_SECONDS + 1, look(world)) == 1
    done = await world.state(firmware)
    assert (done["state"], done["fault"]["code"]) == ("failed", "not_applied")


async def test_a_transfer_nobody_looked_at_begins_its_wait_with_the_first_look(world: World, firmware: str) -> None:
    assert await at(world, 50_000, look(world)) == 0
    assert await at(world, 50_000 + TRANSFER_SECONDS - 1, look(world)) == 0
    assert await at(world, 50_000 + TRANSFER_SECONDS + 1, look(world)) == 1
    assert (await world.state(firmware))["fault"]["code"] == "no_transfer_complete"


async def test_tasks_with_time_left_do_not_hide_one_whose_time_is_over(world: World, firmware: str) -> None:
    """A round looks at a bounded number of tasks: only at those that are due."""
    await at(world, 0, look(world))

    def more(uow: UnitOfWork) -> None:
        for number in range(3):
            waiting = {"for": "transferring", "since": START, "until": START + 1e9}
            uow.session.add(
                TaskRow(
                    id=f"a{number}",
                    device_id="d1",
                    type="download",
                    state="transferring",
                    created_at=START,
                    progress={"prepared": FIRMWARE, "phase": "transferring", "waiting": waiting},
                )
            )

    await at(world, 1, more)
    late = TRANSFER_SECONDS + 1
    assert await at(world, late, lambda uow: work.wait_over(uow, world.context, limit=1)) == 1
    assert (await world.state(firmware))["state"] == "failed"
