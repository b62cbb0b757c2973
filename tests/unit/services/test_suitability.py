"""Whether a model has a use for a file, and whether a table's columns are those of its export."""

from typing import Any

import pytest

from acs.domain.phones.catalogue import MODELS
from acs.errors import BadFile, BadSettings
from acs.services import suitability
from acs.services.files import file_row
from tests.conftest import World
from tests.unit.services.test_files import store

COLUMNS = b"Number,Destination\n"


async def peers(world: World, content: bytes = COLUMNS, **more: Any) -> str:
    made = await store(world, content + b"1,2\n", kind="dialpeer", name="dialPeer.csv", **more)
    return str(made["id"])


async def expected(world: World, model: str = "i30") -> Any:
    return await world.read(lambda uow: suitability.reference_columns(uow, "dialpeer", model))


async def check(world: World, file_id: str, model: str) -> None:
    await world.read(
        lambda uow: suitability.check(uow, file_row(uow, file_id), MODELS[model], field="dialpeer.file_id")
    )


async def test_the_first_table_for_a_model_says_what_it_exports(world: World) -> None:
    assert await expected(world) is None
    await peers(world, b"any,thing\n")  # for no model in particular: it says nothing of one
    assert await expected(world) is None
    await peers(world, models=["i30"])
    assert await expected(world) == ["Number", "Destination"]
    await peers(world, models=["i30"])
    with pytest.raises(BadFile, match=r"model i30 exports \(missing: 'Destination'; not known: 'Port'\)") as caught:
        await peers(world, b"Number,Port\n", models=["i31S", "i30"])
    assert (caught.value.field, caught.value.facts["model"]) == ("file", "i30")
    assert await expected(world, "i31S") is None  # of a refused file nothing is kept


async def test_a_reference_replaces_what_was_expected(world: World) -> None:
    await peers(world, models=["i30", "i31S"])
    await peers(world, b"Number,Port\n", models=["i30"], reference="true")
    assert await expected(world) == ["Number", "Port"]
    assert await expected(world, "i31S") == ["Number", "Destination"]


async def test_settings_and_downloads_are_held_against_it(world: World) -> None:
    anyones = await peers(world, b"any,thing\n")
    await check(world, anyones, "i30")
    await peers(world, models=["i30"])
    with pytest.raises(BadSettings, match=r"not those that the phone exports: .*\(model i30\)") as caught:
        await check(world, anyones, "i30")
    assert caught.value.field == "dialpeer.file_id"
    await check(world, anyones, "i31S")


@pytest.mark.parametrize(
    ("kind", "name", "model", "taken"),
    [
        ("dialpeer", "dialPeer.csv", "i30", True),
        ("dialpeer", "dialPeer.csv", "X4", False),
        ("access_list", "accessList.csv", "i33V", True),
        ("access_list", "accessList.csv", "X7", False),
        ("mmiset", "menus.z", "V67", False),
        ("other", "notes.txt", "X4", True),
    ],
)
async def test_a_model_takes_a_kind_or_not(world: World, kind: str, name: str, model: str, taken: bool) -> None:
    made = await store(world, COLUMNS, kind=kind, name=name)
    if taken:
        await check(world, made["id"], model)
    else:
        with pytest.raises(BadSettings, match=rf"takes no {kind} \(model {model}\)"):
            await check(world, made["id"], model)


def test_the_access_table_is_for_six_models_only() -> None:
    taking = {name for name, model in MODELS.items() if "access_list" in model.supports}
    assert taking == {"i31S", "i30", "i23S", "i20S", "i32V", "i33V"}
