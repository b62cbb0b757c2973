"""Changes of layers are written down with scope and paths, never with values."""

from collections.abc import Callable
from typing import Any

import pytest

from acs.errors import BadSettings, NotFound
from acs.services import audit, settings, settings_audit
from acs.services.audit import Actor
from acs.services.devices import register_device
from tests.conftest import World

ANNA = Actor("t1", "anna", "10.0.0.1")


async def change(world: World, action: str, scope: str, *given: Any) -> Any:
    use_cases: dict[str, Callable[..., Any]] = {
        "put": settings.put_layer,
        "patch": settings.patch_layer,
        "delete": settings.delete_layer,
    }
    use_case = use_cases[action]
    wrapped = settings_audit.audited(
        world.context, ANNA, f"settings.{action}", scope, lambda uow: use_case(uow, world.context, scope, *given)
    )
    return await world.database.write(wrapped)


async def entries(world: World) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await world.read(audit.list_audit)).items
    return items


async def test_scope_and_paths(world: World) -> None:
    made = await world.database.write(lambda uow: register_device(uow, world.context, {"mac": "0c383e000001"}))
    await change(world, "put", "devices/0c383e000001", {"sip": {"lines": {"1": {"user": "1", "password": "hush"}}}})
    await change(world, "patch", "devices/0c383e000001", {"sip": {"lines": {"1": {"password": "hush2"}}}})
    await change(world, "delete", "devices/0c383e000001")
    found = await entries(world)
    assert [entry["action"] for entry in found] == ["settings.delete", "settings.patch", "settings.put"]
    assert {entry["target"] for entry in found} == {f"settings/devices/{made['id']}"}
    assert found[1]["facts"] == {"paths": ["sip.lines.1.password"]}
    assert found[0]["facts"] == found[2]["facts"] == {"paths": ["sip.lines.1.password", "sip.lines.1.user"]}
    assert "hush" not in str(found)


async def test_what_is_refused_is_not_written_down(world: World) -> None:
    with pytest.raises(BadSettings):
        await change(world, "put", "global", {"nonsense": 1})
    with pytest.raises(NotFound):
        await change(world, "delete", "groups/none")
    with pytest.raises(NotFound):
        await change(world, "put", "devices/nobody", {})
    assert await entries(world) == []


def test_many_paths_are_counted() -> None:
    facts = settings_audit.path_facts([f"raw.{number}.{'x' * 500}" for number in range(70)])
    assert (len(facts["paths"]), facts["more"]) == (settings_audit.MAX_PATHS, 20)
    assert max(map(len, facts["paths"])) == settings_audit.MAX_PATH
    assert settings_audit.path_facts(["a"]) == {"paths": ["a"]}
