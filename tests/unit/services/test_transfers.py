"""Making ready what a task needs: a rendered file, a signed link, fresh credentials, or a word on why not."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from sqlmodel import select

from acs.errors import BadFile
from acs.formats import read
from acs.services import configs, links, settings, tasks, transfers, work
from acs.services.devices import device_row, register_device
from acs.services.files import check_upload, create_file
from acs.services.transfers import CONFIGURATION, FIRMWARE, prepare
from acs.services.trees import load_tree
from acs.storage.tables import ConfigVersionRow, DeviceRow, FileRow, LinkRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World

ROOT = "InternetGatewayDevice."
MAC = "0c383e000001"


@pytest.fixture
async def device_id(world: World) -> str:
    def known(uow: UnitOfWork) -> str:
        row = device_row(uow, register_device(uow, world.context, {"mac": MAC, "model": "X4"})["id"])
        row.root = ROOT
        uow.session.add(row)
        return row.id

    return await world.database.write(known)


async def upload(world: World, kind: str, name: str, content: bytes, **more: Any) -> str:
    checked = check_upload(kind=kind, name=name, **more)
    blob = world.context.blobs.put(content, encrypted=False, max_bytes=10**6)
    made = await world.database.write(lambda uow: create_file(uow, world.context, checked, blob))
    return str(made["id"])


async def make_ready(world: World, task_id: str) -> Mapping[str, Any]:
    """Prepare a task; give what it was prepared with."""
    kind = (await row(world, task_id)).type
    await prepare(world.database, world.context, work.Needed(task_id, kind))
    prepared: Mapping[str, Any] = (await row(world, task_id)).progress.get("prepared", {})
    return prepared


async def row(world: World, task_id: str) -> TaskRow:
    found: TaskRow = await world.read(lambda uow: uow.session.get(TaskRow, task_id))
    return found


async def device(world: World, device_id: str) -> DeviceRow:
    found: DeviceRow = await world.read(lambda uow: device_row(uow, device_id))
    return found


async def opened(world: World, url: str) -> links.OpenLink:
    """What the file server makes of a URL."""
    token, name = url.removeprefix(f"{world.context.files_url}/t/").split("/")
    link: links.OpenLink | None = await world.read(lambda uow: links.open_link(uow, world.context, token, name))
    assert link is not None
    return link


async def test_the_phones_own_configuration_is_rendered_stored_and_linked(world: World, device_id: str) -> None:
    lines = {"1": {"server": "10.0.0.1", "user": "1001", "password": "sip-hush-hush"}}
    await world.database.write(
        lambda uow: settings.put_layer(uow, world.context, f"devices/{device_id}", {"sip": {"lines": lines}})
    )
    task_id = await world.task(device_id, type="download", kind="config")
    prepared = await make_ready(world, task_id)
    assert (prepared["file_type"], prepared["proof"]) == (CONFIGURATION, "config")
    link = await opened(world, prepared["url"])
    assert (link.reference, link.name, link.size) == (prepared["link"], f"{MAC}.cfg", prepared["size"])
    content = world.context.blobs.read(link.sha256)
    assert len(content) == prepared["size"]
    document = read(content)
    assert document.version == prepared["version"]
    assert document.get("SIP CONFIG MODULE", "SIP1 Register Pswd") == "sip-hush-hush"
    (version,) = await world.read(lambda uow: uow.session.exec(select(ConfigVersionRow)).all())
    assert (version.device_id, version.version, version.sha256) == (device_id, prepared["version"], link.sha256)
    everything = b"".join(file.read_bytes() for file in world.folder.rglob("*") if file.is_file())
    assert b"10.0.0.1" in everything  # it is the right place to look
    assert b"sip-hush-hush" not in everything


async def test_preparing_again_gives_the_same_link_and_version(world: World, device_id: str) -> None:
    task_id = await world.task(device_id, type="download", kind="config")
    first = await make_ready(world, task_id)
    assert await make_ready(world, task_id) == first


async def test_what_the_phone_will_show_is_expected_of_it(world: World, device_id: str) -> None:
    await world.phone(serial=f"00100400FV0200100000{MAC}").call("0 BOOTSTRAP", "1 BOOT")
    document = {"sip": {"lines": {"1": {"server": "10.0.0.1", "user": "1001", "password": "sip-hush-hush"}}}}
    await world.database.write(lambda uow: settings.put_layer(uow, world.context, "global", document))
    task_id = await world.task(device_id, type="download", kind="config")
    expected = (await make_ready(world, task_id))["expect"]
    assert expected == {f"{ROOT}Services.VoiceService.1.VoiceProfile.1.Line.1.DirectoryNumber": "1001"}
    assert "sip-hush-hush" not in str(expected)


async def test_firmware_goes_plain_and_is_proven_by_its_version(world: World, device_id: str) -> None:
    file_id = await upload(world, "firmware", "x4 2.0.z", b"firmware bytes", version="2.0")
    prepared = await make_ready(world, await world.task(device_id, type="download", file_id=file_id))
    assert (prepared["file_type"], prepared["proof"], prepared["version"]) == (FIRMWARE, "firmware", "2.0")
    link = await opened(world, prepared["url"])
    assert world.context.blobs.read(link.sha256) == b"firmware bytes"
    assert link.name == "x4-2.0.z"


@pytest.mark.parametrize(
    ("content", "version"), [(b"<<VOIP CONFIG FILE>>Version:2.0007\n\n<<END OF FILE>>\n", "2.0007"), (b"\x00\x01", "")]
)
async def test_an_uploaded_configuration_is_proven_by_the_version_inside(
    world: World, device_id: str, content: bytes, version: str
) -> None:
    blob = world.context.blobs.put(content, encrypted=False, max_bytes=100)

    def given(uow: UnitOfWork) -> str:
        file = FileRow(
            id=uow.new_id(),
            kind="config",
            name="x.cfg",
            sha256=blob.sha256,
            md5=blob.md5,
            size=blob.size,
            created_at=0.0,
        )
        create_file(uow, world.context, check_upload(kind="other", name="keeps-the-blob"), blob)
        uow.session.add(file)
        return file.id

    file_id = await world.database.write(given)
    prepared = await make_ready(world, await world.task(device_id, type="download", file_id=file_id))
    assert (prepared["file_type"], prepared["proof"], prepared["version"]) == (CONFIGURATION, "config", version)


async def test_a_phone_book_goes_by_a_small_configuration_that_names_it(world: World, device_id: str) -> None:
    content = b"<PhoneBook><DirectoryEntry><Name>Anna</Name><Telephone>1</Telephone></DirectoryEntry></PhoneBook>"
    file_id = await upload(world, "phonebook", "book.xml", content)
    prepared = await make_ready(world, await world.task(device_id, type="download", file_id=file_id))
    assert (prepared["file_type"], prepared["proof"]) == (CONFIGURATION, "item")
    assert (prepared["item"]["file_id"], prepared["item"]["kind"]) == (file_id, "phonebook")
    config = world.context.blobs.read((await opened(world, prepared["url"])).sha256).decode()
    (url,) = re.findall(rf"{re.escape(world.context.files_url)}/t/[^\s<]+", config)
    book = await opened(world, url)
    assert world.context.blobs.read(book.sha256) == content
    assert book.reference == prepared["item"]["link"]


async def test_a_file_of_another_kind_needs_its_type_and_keeps_it(world: World, device_id: str) -> None:
    file_id = await upload(world, "other", "web.bin", b"x")
    told = await world.task(device_id, type="download", file_id=file_id, file_type="2 Web Content")
    prepared = await make_ready(world, told)
    assert (prepared["file_type"], prepared["proof"]) == ("2 Web Content", "transfer")
    untold = await world.task(device_id, type="download", file_id=file_id)
    assert await make_ready(world, untold) == {}
    shown = await world.state(untold)
    assert (shown["state"], shown["fault"]["code"]) == ("failed", "cannot_render")
    assert [item["name"] for item in shown["fault"]["parameters"]] == ["file_type"]


async def test_a_file_that_was_deleted_meanwhile_fails_the_task(world: World, device_id: str) -> None:
    file_id = await upload(world, "firmware", "x.z", b"firmware", version="2.0")
    task_id = await world.task(device_id, type="download", file_id=file_id)

    def gone(uow: UnitOfWork) -> None:
        uow.session.delete(uow.session.get(FileRow, file_id))

    await world.database.write(gone)
    await make_ready(world, task_id)
    shown = await world.state(task_id)
    assert shown["state"] == "failed"
    assert "was deleted" in shown["fault"]["message"]


async def test_a_download_by_url_is_handed_on_and_its_password_stays_sealed(world: World, device_id: str) -> None:
    body = {"url": "http://files.example/x", "file_type": "2 Web Content", "file_size": 7, "username": "anna"}
    task_id = await world.task(device_id, type="download", password="hush-hush", **body)
    prepared = await make_ready(world, task_id)
    assert (prepared["url"], prepared["size"], prepared["username"]) == (body["url"], 7, "anna")
    assert "hush-hush" not in str((await row(world, task_id)).model_dump())


async def test_an_upload_gets_a_link_to_send_to(world: World, device_id: str) -> None:
    task_id = await world.task(device_id, type="upload", file_type="1 Vendor Configuration File")
    prepared = await make_ready(world, task_id)
    token, name = prepared["url"].removeprefix(f"{world.context.files_url}/t/").split("/")
    assert name == f"{MAC}.cfg"
    link = await world.read(lambda uow: links.open_upload(uow, world.context, token, name))
    assert (link.id, link.task_id) == (prepared["link"], task_id)


async def test_settings_that_cannot_be_rendered_fail_the_task_with_the_reason(
    world: World, device_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def off(*args: Any, **options: Any) -> None:
        raise BadFile("no such thing", field="sip.lines.99")

    monkeypatch.setattr(configs, "render_config", off)
    task_id = await world.task(device_id, type="download", kind="config")
    await make_ready(world, task_id)
    shown = await world.state(task_id)
    assert (shown["state"], shown["fault"]["code"]) == ("failed", "cannot_render")
    assert shown["fault"]["parameters"] == [{"name": "sip.lines.99", "code": "BadFile", "message": "no such thing"}]
    assert (await device(world, device_id)).config_state == "failed"


async def test_for_an_ended_task_nothing_is_made(world: World, device_id: str) -> None:
    task_id = await world.task(device_id, type="download", kind="config")
    await world.database.write(lambda uow: tasks.cancel_task(uow, task_id))
    assert await make_ready(world, task_id) == {}
    await prepare(world.database, world.context, work.Needed("t0", "download"))
    assert await world.read(lambda uow: uow.session.exec(select(LinkRow)).all()) == []
    assert (await world.state(task_id))["state"] == "cancelled"


async def test_a_task_that_ends_while_its_file_is_stored_stays_ended(
    world: World, device_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = await world.task(device_id, type="download", kind="config")
    store = transfers._store

    def cancelled_first(uow: UnitOfWork, id: str, prepared: Mapping[str, Any]) -> None:
        tasks.cancel_task(uow, id)
        store(uow, id, prepared)

    monkeypatch.setattr(transfers, "_store", cancelled_first)
    assert await make_ready(world, task_id) == {}
    assert (await world.state(task_id))["state"] == "cancelled"


# Credentials --------------------------------------------------------------------------------------------------------


async def provision(world: World, device_id: str) -> dict[str, str]:
    """Make a pair ready; give what the phone would be told."""

    def queued(uow: UnitOfWork) -> str:
        return tasks.add_task(uow, world.context, device_id, "provision_credentials", {}, origin="acs").id

    task_id = await world.database.write(queued)
    await make_ready(world, task_id)

    def facts(uow: UnitOfWork) -> dict[str, str]:
        task = uow.session.get(TaskRow, task_id)
        assert task is not None
        tree = load_tree(uow, device_id)
        return dict(work.phone_facts(uow, world.context, device_row(uow, device_id), tree, task).secrets)

    found: dict[str, str] = await world.read(facts)
    return found


async def test_a_phone_gets_two_pairs_of_its_own_and_the_database_shows_none(world: World, device_id: str) -> None:
    secrets = await provision(world, device_id)
    assert secrets["Username"] == f"cpe-{device_id}"
    assert secrets["ConnectionRequestUsername"] == f"acs-{device_id}"
    assert secrets["Password"] != secrets["ConnectionRequestPassword"]
    for name in ("Password", "ConnectionRequestPassword"):
        assert len(secrets[name]) == 24
        for file in world.folder.glob("acs.sqlite3*"):
            assert secrets[name].encode() not in file.read_bytes()


async def test_an_offer_that_was_not_used_is_made_again(world: World, device_id: str) -> None:
    assert await provision(world, device_id) == await provision(world, device_id)


async def test_a_new_offer_keeps_the_name_and_the_connection_request_pair(world: World, device_id: str) -> None:
    first = await provision(world, device_id)

    def proven(uow: UnitOfWork) -> None:
        phone = device_row(uow, device_id)
        phone.password_sealed, phone.offered_password_sealed = phone.offered_password_sealed, None
        uow.session.add(phone)

    await world.database.write(proven)
    second = await provision(world, device_id)
    assert second.pop("Password") != first.pop("Password")
    assert second == first
    assert (await device(world, device_id)).password_sealed is not None  # good until the new one is proven


async def test_two_phones_share_nothing(world: World, device_id: str) -> None:
    made = await world.database.write(lambda uow: register_device(uow, world.context, {"serial_number": "SN-2"}))
    first, second = await provision(world, device_id), await provision(world, str(made["id"]))
    assert not set(first.values()) & set(second.values())
