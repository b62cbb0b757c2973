"""One phone's configuration: layers, versions that move only with the content, links that stay."""

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from acs.domain.phones.render import item_document
from acs.errors import BadRequest, BadSettings, NotFound
from acs.formats import CODECS, Dialect, read
from acs.services import configs, links, settings
from acs.services.configs import Rendered
from acs.services.devices import device_row, get_device, patch_device, register_device
from acs.services.files import check_upload, create_file
from acs.storage.tables import ConfigVersionRow, LinkRow
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World


async def phone(world: World, **body: Any) -> str:
    body = {"mac": "0c383e000001", "model": "X4", **body}
    made = await world.database.write(lambda uow: register_device(uow, world.context, body))
    return str(made["id"])


async def put(world: World, scope: str, document: dict[str, Any]) -> None:
    await world.database.write(lambda uow: settings.put_layer(uow, world.context, scope, document))


async def render(world: World, device_id: str, **options: Any) -> Rendered:
    return await world.database.write(lambda uow: configs.render_config(uow, world.context, device_id, **options))


async def save(world: World, device_id: str, rendered: Rendered) -> None:
    blob = world.context.blobs.put(rendered.content, encrypted=True, max_bytes=10**6)
    await world.database.write(lambda uow: configs.save_version(uow, world.context, device_id, rendered, blob))


async def upload(world: World, kind: str, name: str, content: bytes) -> str:
    checked = check_upload(kind=kind, name=name)
    blob = world.context.blobs.put(content, encrypted=False, max_bytes=10**6)
    made = await world.database.write(lambda uow: create_file(uow, world.context, checked, blob))
    return str(made["id"])


async def test_layers_least_specific_first(world: World) -> None:
    device_id = await phone(world, group="sales")
    for scope in ("devices/0c383e000001", "groups/sales", "groups/other", "models/X4", "global"):
        await put(world, scope, {"locale": {"language": "de"}})
    layers = await world.read(lambda uow: configs.layers_for(uow, world.context, device_row(uow, device_id)))
    assert [layer.scope for layer in layers] == ["global", "groups/sales", "models/X4", f"devices/{device_id}"]


async def test_the_most_specific_value_is_in_the_file(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"sip": {"lines": {"1": {"server": "10.0.0.1", "user": "none"}}}})
    await put(world, f"devices/{device_id}", {"sip": {"lines": {"1": {"user": "1001", "password": "hush"}}}})
    rendered = await render(world, device_id)
    document = read(rendered.content)
    assert document.get("SIP CONFIG MODULE", "SIP1 Register Addr") == "10.0.0.1"
    assert document.get("SIP CONFIG MODULE", "SIP1 Phone Number") == "1001"
    assert document.get("SIP CONFIG MODULE", "SIP1 Register Pswd") == "hush"
    assert document.version == rendered.version
    assert rendered.file_name == "0c383e000001.cfg"
    assert rendered.resolved.origins["sip.lines.1.server"] == "global"


async def test_the_version_moves_only_with_the_content(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"locale": {"language": "de"}})
    first = await render(world, device_id)
    assert (await render(world, device_id)).content == first.content
    await save(world, device_id, first)
    again = await render(world, device_id)
    assert (again.version, again.content) == (first.version, first.content)
    await put(world, "global", {"locale": {"language": "en"}})
    moved = await render(world, device_id)
    assert float(moved.version) > float(first.version)
    await save(world, device_id, moved)
    device = await world.read(lambda uow: get_device(uow, device_id))
    assert device["config"]["desired_version"] == moved.version


async def test_a_small_file_counts_in_the_same_row_of_versions(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"locale": {"language": "de"}})
    whole = await render(world, device_id)
    await save(world, device_id, whole)
    item = await world.read(
        lambda uow: configs.render_item(
            uow,
            world.context,
            device_id,
            lambda model, dialect: item_document("phonebook", "http://h/b.xml", model=model),
        )
    )
    assert float(item.version) > float(whole.version)
    await save(world, device_id, item)
    assert float((await render(world, device_id)).version) > float(item.version)


async def test_never_behind_what_the_phone_reports(world: World) -> None:
    device_id = await phone(world)

    def report(uow: UnitOfWork) -> None:
        device_row(uow, device_id).config_reported_version = "7.0041"

    await world.database.write(report)
    assert (await render(world, device_id)).version == "7.0042"


XML_OF_GENERATION_1 = "xml1" if "xml1" in CODECS else "text1"


@pytest.mark.parametrize(
    ("model", "profile", "dialect"),
    [("X4", None, "text1"), ("X4", "ctc", XML_OF_GENERATION_1), ("X6", None, "text2"), ("X6", "ctc", "sysconf")],
)
async def test_dialect_by_model_and_profile(world: World, model: str, profile: str | None, dialect: str) -> None:
    device_id = await phone(world, model=model)
    await world.database.write(lambda uow: patch_device(uow, world.context, device_id, {"profile": profile}))
    assert (await render(world, device_id)).dialect == dialect


async def test_a_chosen_dialect(world: World) -> None:
    device_id = await phone(world)
    assert (await render(world, device_id, dialect="sysconf")).dialect is Dialect.SYSCONF
    with pytest.raises(BadRequest):
        await render(world, device_id, dialect="yaml")
    with pytest.raises(NotFound):
        await render(world, "nobody")


async def test_links_are_the_phones_own_and_stay(world: World) -> None:
    device_id = await phone(world)
    other = await phone(world, mac="001565000002")
    file_id = await upload(world, "phonebook", "book.xml", b"<PhoneBook/>")
    await put(world, "global", {"phonebook": {"file_id": file_id}})

    preview = await world.read(lambda uow: configs.config_text(uow, world.context, device_id))
    assert b"(signed-when-sent)/book.xml" in preview.content

    made = await render(world, device_id, make_links=True)
    url = read(made.content).get("AUTOUPDATE CONFIG MODULE", "Auto Pbook Url")
    assert url is not None
    assert url.startswith("http://127.0.0.1:7567/t/")
    assert url.endswith("/book.xml")
    assert (await render(world, device_id, make_links=True)).content == made.content
    assert (await world.read(lambda uow: configs.render_config(uow, world.context, device_id))).content == made.content
    assert url.encode() not in (await render(world, other, make_links=True)).content


def keys(content: bytes) -> set[str]:
    return {item.key for _, item in read(content) if item.key.startswith("Auto ")}


async def handed(world: World, device_id: str) -> Rendered:
    """Hand a phone its configuration, as a task does."""
    rendered = await render(world, device_id, make_links=True, to_push=True)
    assert rendered.push is not None
    await save(world, device_id, rendered)
    carried = rendered.push.carried
    await world.database.write(lambda uow: links.offer(uow, device_id, carried))
    return rendered


async def applied(world: World, device_id: str, version: str) -> None:
    """The phone proves that it has a version."""

    def prove(uow: UnitOfWork) -> None:
        row = uow.session.exec(select(ConfigVersionRow).where(ConfigVersionRow.version == version)).one()
        row.applied_at = uow.now
        uow.session.add(row)
        device_row(uow, device_id).config_reported_version = version

    await world.database.write(prove)


async def fetched(world: World, device_id: str) -> None:
    """The phone fetches all that it was told of."""

    def fetch(uow: UnitOfWork) -> None:
        for link in uow.session.exec(select(LinkRow).where(LinkRow.device_id == device_id, LinkRow.kind != "")).all():
            links.record_served(uow, link.id, start=0, sent=link.size, client="", user_agent="")

    await world.database.write(fetch)


async def later(world: World, device_id: str, seconds: float) -> None:
    """Let time pass since the phone was offered something."""

    def age(uow: UnitOfWork) -> None:
        row = device_row(uow, device_id)
        old = {
            kind: {slot: {**each, "at": each["at"] - seconds} for slot, each in slots.items()}
            for kind, slots in row.items["offered"].items()
        }
        row.items = {**row.items, "offered": old}
        uow.session.add(row)

    await world.database.write(age)


async def test_a_phone_is_told_of_what_it_lacks_and_the_version_is_that_of_the_whole(world: World) -> None:
    device_id = await phone(world)
    file_id = await upload(world, "phonebook", "book.xml", b"<PhoneBook/>")
    await put(world, "global", {"phonebook": {"file_id": file_id}, "locale": {"language": "de"}})
    shown = await render(world, device_id)
    first = await handed(world, device_id)
    assert (keys(first.handed), first.version) == ({"Auto Pbook Url"}, shown.version)
    await fetched(world, device_id)
    await applied(world, device_id, first.version)
    second = await render(world, device_id, to_push=True)
    assert (keys(second.handed), second.version) == (set(), first.version)
    assert keys(second.content) == {"Auto Pbook Url"}
    same = await upload(world, "phonebook", "book.xml", b"<PhoneBook/>")
    await put(world, "global", {"phonebook": {"file_id": same}, "locale": {"language": "en"}})
    third = await handed(world, device_id)
    assert keys(third.handed) == set()
    assert float(third.version) > float(first.version)
    text = await world.read(lambda uow: configs.config_text(uow, world.context, device_id, as_served=True))
    assert text.content == third.handed


async def test_an_item_that_was_not_fetched_is_offered_under_a_new_version(world: World) -> None:
    device_id = await phone(world)
    file_id = await upload(world, "phonebook", "book.xml", b"<PhoneBook/>")
    await put(world, "global", {"phonebook": {"file_id": file_id}})
    first = await handed(world, device_id)
    # Its file was not proven yet: the same bytes once more.
    assert (await render(world, device_id, to_push=True)).handed == first.handed
    await applied(world, device_id, first.version)
    # It took the file a moment ago and may be fetching.
    assert keys((await render(world, device_id, to_push=True)).handed) == set()
    await later(world, device_id, 600.0)
    again = await handed(world, device_id)
    assert keys(again.handed) == {"Auto Pbook Url"}
    assert float(again.version) > float(first.version)
    assert (await render(world, device_id)).version == again.version
    await fetched(world, device_id)
    await applied(world, device_id, again.version)
    assert keys((await render(world, device_id, to_push=True)).handed) == set()


async def test_files_for_single_items_do_not_move_the_version_of_what_was_proven(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"locale": {"language": "de"}})
    whole = await handed(world, device_id)
    await applied(world, device_id, whole.version)

    def small(uow: UnitOfWork) -> Rendered:
        return configs.render_item(
            uow, world.context, device_id, lambda model, _: item_document("phonebook", "http://h/b.xml", model=model)
        )

    before = await world.read(small)
    await save(world, device_id, before)
    item = await world.read(small)
    assert float(item.version) > float(before.version)  # the same command once more
    await save(world, device_id, item)
    again = await render(world, device_id)
    assert again.version == whole.version
    assert await world.read(lambda uow: configs.later_items(uow, device_id, again)) == [item.version, before.version]
    await put(world, "global", {"locale": {"language": "en"}})
    moved = await render(world, device_id)
    assert float(moved.version) > float(item.version) > float(whole.version)
    assert await world.read(lambda uow: configs.later_items(uow, device_id, moved)) == []


async def test_the_address_of_this_server_is_no_content(world: World) -> None:
    device_id = await phone(world)
    file_id = await upload(world, "phonebook", "book.xml", b"<PhoneBook/>")
    await put(world, "global", {"phonebook": {"file_id": file_id}})
    first = await handed(world, device_id)
    moved = replace(world.context, files_url="http://192.0.2.7:7567")
    there = await world.read(lambda uow: configs.render_config(uow, moved, device_id))
    assert there.version == first.version
    assert b"192.0.2.7" in there.content


async def test_to_look_at_secrets_are_hidden(world: World) -> None:
    device_id = await phone(world)
    await put(
        world,
        "global",
        {
            "sip": {"lines": {"1": {"password": "hush-a"}}},
            "raw": {"SIP CONFIG MODULE": {"SIP2 Register Pswd": "hush-b"}},
        },
    )
    shown = await world.read(lambda uow: configs.config_text(uow, world.context, device_id))
    assert b"hush" not in shown.content
    assert b"***" in shown.content
    open_ = await world.read(lambda uow: configs.config_text(uow, world.context, device_id, reveal=True))
    assert b"hush-a" in open_.content
    assert b"hush-b" in open_.content
    assert open_.content == (await render(world, device_id)).content


async def test_settings_that_this_model_cannot_have_say_who_and_where(world: World) -> None:
    await put(world, "global", {"sip": {"lines": {"9": {"user": "x"}}}})
    device_id = await phone(world, model="X1")
    with pytest.raises(BadSettings) as caught:
        await render(world, device_id)
    assert "X1" in caught.value.message
    assert "global" in caught.value.message


async def test_a_version_from_before_items_were_told_by_digest_stays_after_an_upgrade(world: World) -> None:
    """What it was made of is kept with it as soon as it is handed over again, so that it can be rolled back to."""
    device_id = await phone(world)
    file_id = await upload(world, "phonebook", "book.xml", b"<PhoneBook/>")
    await put(world, "global", {"phonebook": {"file_id": file_id}})
    first = await handed(world, device_id)

    def make_old(uow: UnitOfWork) -> None:
        row = uow.session.exec(select(ConfigVersionRow)).one()
        row.content_digest = configs._Content(first.document, first.document, first.dialect).digest
        assert row.content_digest != first.content_digest
        row.settings_sealed = row.kind = ""
        uow.session.add(row)

    await world.database.write(make_old)
    await applied(world, device_id, first.version)
    await fetched(world, device_id)
    again = await handed(world, device_id)
    assert (again.version, keys(again.handed)) == (first.version, set())
    (row,) = await world.read(lambda uow: uow.session.exec(select(ConfigVersionRow)).all())
    assert row.settings_sealed


async def test_what_was_shown_has_its_version_for_itself(world: World) -> None:
    device_id = await phone(world)

    async def look(dialect: Dialect = Dialect.TEXT1) -> Rendered:
        rendered: Rendered = await world.read(
            lambda uow: configs.config_text(uow, world.context, device_id, dialect=dialect)
        )
        if rendered.unseen:
            assert await world.database.write(lambda uow: configs.keep_shown(uow, device_id, rendered))
        return rendered

    await put(world, "global", {"sip": {"port": 5060}})
    first = await look()
    assert not (await look()).unseen
    assert (await look()).content == first.content
    assert [(await look(dialect)).version for dialect in (Dialect.XML1, Dialect.TEXT1)] == ["2.0003", "2.0003"]
    await put(world, "global", {"sip": {"port": 5070}})
    second = await look()
    assert (first.version, second.version) == ("2.0003", "2.0004")
    await put(world, "global", {"sip": {"port": 5060}})
    third = await look()
    assert third.version == "2.0005"
    assert third.document.same_content(first.document)
    stale = replace(second, version="2.0005")
    assert not await world.database.write(lambda uow: configs.keep_shown(uow, device_id, stale))
    made = await render(world, device_id)
    assert made.version == "2.0005", "the phone gets what was shown"
    await save(world, device_id, made)
    assert (await look()).version == "2.0005"
    await put(world, "global", {"sip": {"port": 5080}})
    assert (await render(world, device_id)).version == "2.0006"
