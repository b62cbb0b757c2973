"""Rendering for many phones."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from acs.domain.phones.render import item_document
from acs.errors import BadRequest
from acs.formats import read
from acs.services import bulk, configs, devices, settings
from acs.services.bulk import Selection, render_batch, selected
from acs.services.work import version_applied
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World


async def _register(world: World, mac: str, **more: object) -> str:
    made = await world.database.write(lambda uow: devices.register_device(uow, world.context, {"mac": mac, **more}))
    return str(made["id"])


async def test_every_phone_gets_a_row_and_one_that_cannot_be_rendered_says_why(world: World) -> None:
    x7 = await _register(world, "0c383e000002", model="X7")
    await world.database.write(
        lambda uow: settings.put_layer(
            uow, world.context, "groups/hotel", {"sip": {"lines": {"1": {"user": "1001", "password": "hush"}}}}
        )
    )
    await world.database.write(
        lambda uow: settings.put_layer(uow, world.context, "global", {"locale": {"language": "fr"}})
    )
    x4 = await _register(world, "0c383e000001", model="X4", group="hotel", tags=["east"])
    ids = await world.read(lambda uow: selected(uow, Selection()))
    assert sorted(ids) == sorted([x4, x7])
    rows = await world.read(lambda uow: render_batch(uow, world.context, [*ids, "gone"], content=True))
    by_id = {row["device_id"]: row for row in rows}
    assert by_id.keys() == {x4, x7}
    assert by_id[x7]["changed"] is True
    assert by_id[x7]["dialect"] == "text2"
    assert by_id[x4]["error"]["field"] == "locale.language"
    assert "content" not in by_id[x4]
    alone = await world.read(lambda uow: configs.config_text(uow, world.context, x7))
    assert by_id[x7]["content"].encode() == alone.content
    assert by_id[x7]["size"] == len(alone.content)


async def test_secrets_show_only_where_they_are_asked_for(world: World) -> None:
    phone = await _register(world, "0c383e000001", model="X4")
    document = {"sip": {"lines": {"1": {"user": "1001", "password": "hush"}}}}
    await world.database.write(lambda uow: settings.put_layer(uow, world.context, "global", document))
    for reveal, wanted in ((False, "***"), (True, "hush")):
        (row,) = await world.read(
            partial(render_batch, ctx=world.context, device_ids=[phone], content=True, reveal=reveal)
        )
        assert read(row["content"].encode()).get("SIP CONFIG MODULE", "SIP1 Register Pswd") == wanted


@pytest.mark.parametrize(
    ("selection", "count"),
    [
        (Selection(), 3),
        (Selection(model="x4"), 2),
        (Selection(group="hotel"), 1),
        (Selection(tag="east"), 2),
        (Selection(model="X4", tag="east"), 1),
        (Selection(tag="west"), 0),
    ],
)
async def test_which_phones(world: World, selection: Selection, count: int) -> None:
    await _register(world, "0c383e000001", model="X4", group="hotel", tags=["east"])
    await _register(world, "0c383e000002", model="X4")
    await _register(world, "0c383e000003", model="X7", tags=["east"])
    assert len(await world.read(lambda uow: selected(uow, selection))) == count


async def test_what_was_made_already_has_not_changed(world: World) -> None:
    phone = await _register(world, "0c383e000001", model="X4")
    rendered = await world.read(lambda uow: configs.render_config(uow, world.context, phone))
    blob = world.context.blobs.put(rendered.content, encrypted=True, max_bytes=1 << 20)
    await world.database.write(lambda uow: configs.save_version(uow, world.context, phone, rendered, blob))
    (row,) = await world.read(lambda uow: render_batch(uow, world.context, [phone]))
    assert row["changed"] is False


async def test_a_dialect_that_nobody_speaks_is_refused_once_for_all(world: World) -> None:
    phone = await _register(world, "0c383e000001", model="X4")
    (row,) = await world.read(lambda uow: render_batch(uow, world.context, [phone], dialect="yaml"))
    assert row["error"]["field"] == "dialect"
    with pytest.raises(BadRequest):
        await world.read(lambda uow: configs.render_config(uow, world.context, phone, dialect="yaml"))
    assert bulk.BATCH > 0


async def test_a_file_for_a_single_item_makes_no_other_configuration(world: World) -> None:
    phone = await _register(world, "0c383e000001", model="X4")
    settings_of = {"sip": {"lines": {"1": {"user": "1001"}}}}
    await world.database.write(lambda uow: settings.put_layer(uow, world.context, "global", settings_of))

    async def row() -> dict[str, Any]:
        found: list[dict[str, Any]] = await world.read(lambda uow: render_batch(uow, world.context, [phone]))
        return found[0]

    async def save(make: Callable[[UnitOfWork], configs.Rendered]) -> None:
        made = await world.database.write(make)
        blob = world.context.blobs.put(made.content, encrypted=True, max_bytes=10**6)
        await world.database.write(lambda uow: configs.save_version(uow, world.context, phone, made, blob))
        await world.database.write(lambda uow: version_applied(uow, phone, made.version))

    assert (await row())["changed"] is True
    await save(lambda uow: configs.render_config(uow, world.context, phone))
    assert (await row())["changed"] is False
    build = partial(item_document, "phonebook", "http://h/b.xml")
    await save(
        lambda uow: configs.render_item(
            uow, world.context, phone, lambda model, dialect: build(model=model, dialect=dialect)
        )
    )
    assert (await row())["changed"] is False
