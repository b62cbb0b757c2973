"""The audit log: written with what it tells of, or not at all; found again by who, what, of what, and when."""

from typing import Any

import pytest

from acs.errors import BadRequest, Conflict
from acs.services import audit
from acs.services.audit import Actor
from acs.services.devices import register_device
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World

ANNA = Actor("t1", "anna", "10.0.0.1")
BEN = Actor("t2", "ben")


async def entries(world: World, **filters: Any) -> list[tuple[str, str]]:
    page = await world.read(lambda uow: audit.list_audit(uow, **filters))
    return [(item["action"], item["target"]) for item in page.items]


async def write(
    world: World, actor: Actor, action: str, target: str, at: float = 1_800_000_000.0, **facts: Any
) -> None:
    def run(uow: UnitOfWork) -> None:
        uow.now = at
        audit.record(uow, actor, action, target, **facts)

    await world.database.write(run)


async def test_an_entry_says_who_what_and_when(world: World) -> None:
    await write(world, ANNA, "settings.put", "settings/global", paths=["sip.port"])
    (entry,) = (await world.read(audit.list_audit)).items
    assert entry == {
        "id": "1",
        "at": "2027-01-15T08:00:00.000Z",
        "token_id": "t1",
        "actor": "anna",
        "address": "10.0.0.1",
        "action": "settings.put",
        "target": "settings/global",
        "facts": {"paths": ["sip.port"]},
    }


async def test_newest_first_by_page(world: World) -> None:
    for number in range(5):
        await write(world, ANNA, "a", f"x/{number}")
    first = await world.read(lambda uow: audit.list_audit(uow, limit=2))
    second = await world.read(lambda uow: audit.list_audit(uow, limit=2, cursor=first.next))
    assert [item["target"] for item in (*first.items, *second.items)] == ["x/4", "x/3", "x/2", "x/1"]


async def test_filters(world: World) -> None:
    made = await world.database.write(lambda uow: register_device(uow, world.context, {"mac": "0c383e000001"}))
    device = f"devices/{made['id']}"
    await write(world, ANNA, "settings.put", "settings/global", at=100.0)
    await write(world, BEN, "settings.patch", f"settings/{device}", at=200.0)
    await write(world, BEN, "settingsx", device, at=300.0)
    assert (
        await entries(world, actor="anna") == await entries(world, actor="t1") == [("settings.put", "settings/global")]
    )
    assert [action for action, _ in await entries(world, action="settings")] == ["settings.patch", "settings.put"]
    assert [action for action, _ in await entries(world, action="settings.put")] == ["settings.put"]
    assert await entries(world, action="%") == []
    assert await entries(world, target="devices/0C:38:3E:00:00:01") == [("settingsx", device)]
    assert await entries(world, target="settings/devices/0c383e000001") == [("settings.patch", f"settings/{device}")]
    assert await entries(world, target="devices/nobody") == []
    assert [action for action, _ in await entries(world, since=200.0, until=300.0)] == ["settings.patch"]
    with pytest.raises(BadRequest):
        await entries(world, cursor="nonsense")


async def test_what_fails_leaves_no_entry(world: World) -> None:
    def fail(uow: UnitOfWork) -> None:
        raise Conflict("no")

    with pytest.raises(Conflict):
        await world.database.write(audit.recorded(ANNA, "x", "y", fail))
    assert await entries(world) == []
    assert await world.database.write(audit.recorded(ANNA, "x", "y", lambda uow: 7, more=1)) == 7
    assert await entries(world) == [("x", "y")]
