"""Making ready what a task needs: a rendered file, a signed link, fresh credentials, or a word on why not."""

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlmodel import select

from acs.domain.phones.profiles import CONFIGURATION, FIRMWARE
from acs.errors import BadFile, BadSettings
from acs.formats import phonebook, read
from acs.formats.containers import DEFAULT, container
from acs.services import configs, links, phonebook_files, phonebooks, settings, tasks, transfers, work
from acs.services.context import Context
from acs.services.devices import device_row, register_device
from acs.services.files import check_upload, create_file
from acs.services.transfers import prepare
from acs.services.trees import load_tree
from acs.storage.blobs import Blob
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


async def test_a_file_does_not_take_the_phones_login_away(world: World, device_id: str) -> None:
    layer = {"tr069": {"username": "admin", "password": "admin", "periodic_interval": 600}}
    await world.database.write(lambda uow: settings.put_layer(uow, world.context, f"devices/{device_id}", layer))

    def name(uow: UnitOfWork) -> None:
        device_row(uow, device_id).username = f"cpe-{device_id}"

    await world.database.write(name)
    prepared = await make_ready(world, await world.task(device_id, type="download", kind="config"))
    handed = read(world.context.blobs.read(prepared["sha256"]))
    assert handed.get("TR069 CONFIG MODULE", "Periodix Interval") == "600"
    assert handed.get("TR069 CONFIG MODULE", "ACS UserName") is None
    shown = await world.read(lambda uow: configs.config_text(uow, world.context, device_id, reveal=True))
    assert shown.document.get("TR069 CONFIG MODULE", "ACS UserName") == "admin"


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
    ("content", "version"),
    [
        (b"<<VOIP CONFIG FILE>>Version:2.0007\n\n<<END OF FILE>>\n", "2.0007"),
        (b"<sysConf><broken", ""),
    ],
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


def keys(content: bytes) -> list[str]:
    return [item.key for _, item in read(content) if item.key.startswith("Auto ")]


async def test_the_phone_is_handed_what_it_lacks_and_the_history_keeps_the_whole(world: World, device_id: str) -> None:
    book = await upload(world, "phonebook", "book.xml", b"<PhoneBook/>")
    scope = f"devices/{device_id}"
    await world.database.write(
        lambda uow: settings.put_layer(uow, world.context, scope, {"phonebook": {"file_id": book}})
    )
    first = await make_ready(world, await world.task(device_id, type="download", kind="config"))
    assert [item["file_id"] for item in first["items"]["carried"]] == [book]
    assert keys(world.context.blobs.read(first["sha256"])) == ["Auto Pbook Url"]

    def fetch(uow: UnitOfWork) -> None:
        link = uow.session.exec(select(LinkRow).where(LinkRow.kind == "phonebook")).one()
        links.record_served(uow, link.id, start=0, sent=link.size, client="", user_agent="")

    await world.database.write(fetch)
    await world.database.write(
        lambda uow: settings.patch_layer(uow, world.context, scope, {"locale": {"language": "de"}})
    )
    second = await make_ready(world, await world.task(device_id, type="download", kind="config"))
    assert second["items"] == {"carried": [], "later": []}
    assert keys(world.context.blobs.read(second["sha256"])) == []
    newest = await world.read(
        lambda uow: uow.session.exec(
            select(ConfigVersionRow).where(ConfigVersionRow.version == second["version"])
        ).one()
    )
    assert keys(world.context.blobs.read(newest.sha256)) == ["Auto Pbook Url"]


async def test_certificates_beyond_the_first_follow_in_files_of_their_own(world: World, device_id: str) -> None:
    pems = [await upload(world, "certificate", f"{name}.xml", f"<{name}/>".encode()) for name in "abc"]
    layer = {"certificates": [{"file_id": each} for each in pems]}
    await world.database.write(lambda uow: settings.put_layer(uow, world.context, f"devices/{device_id}", layer))
    task_id = await world.task(device_id, type="download", kind="config")
    prepared = await make_ready(world, task_id)
    assert [item["file_id"] for item in prepared["items"]["carried"]] == pems[:1]
    assert [item["file_id"] for item in prepared["items"]["later"]] == pems[1:]
    waiting = await world.task(device_id, type="download", file_id=pems[1])

    def proven(uow: UnitOfWork) -> None:
        task = uow.session.get(TaskRow, task_id)
        assert task is not None
        task.evidence = {"items": prepared["items"]}
        work._fetch_the_rest(uow, world.context, device_row(uow, device_id), task)

    await world.database.write(proven)
    queued = await world.read(lambda uow: uow.session.exec(select(TaskRow).order_by(TaskRow.id)).all())
    assert [each.arguments.get("file_id") for each in queued] == [None, pems[1], pems[2]]
    assert [each.origin for each in queued] == ["api", "api", "acs"]
    assert waiting == queued[1].id


async def test_what_an_operator_asks_for_is_pushed_and_has_to_be_fetched_anew(world: World, device_id: str) -> None:
    book = await upload(world, "phonebook", "book.xml", b"<PhoneBook/>")
    first = await make_ready(world, await world.task(device_id, type="download", file_id=book))

    def fetch(uow: UnitOfWork) -> None:
        links.record_served(uow, first["item"]["link"], start=0, sent=12, client="", user_agent="")

    await world.database.write(fetch)
    second_id = await world.task(device_id, type="download", file_id=book)
    second = await make_ready(world, second_id)
    assert second["item"]["link"] == first["item"]["link"]
    assert keys(world.context.blobs.read(second["sha256"])) == ["Auto Pbook Url"]

    def facts(uow: UnitOfWork) -> bool:
        task = uow.session.get(TaskRow, second_id)
        assert task is not None
        phone = work.phone_facts(uow, world.context, device_row(uow, device_id), load_tree(uow, device_id), task)
        return first["item"]["link"] in phone.fetched

    assert not await world.read(facts)
    await world.database.write(fetch)
    assert await world.read(facts)


async def test_a_file_that_the_model_has_no_use_for_is_refused_at_once(world: World, device_id: str) -> None:
    peers = await upload(world, "dialpeer", "dialPeer.csv", b"a,b\n")
    with pytest.raises(BadSettings, match=r"takes no dialpeer \(model X4\)") as caught:
        await world.task(device_id, type="download", file_id=peers)
    assert caught.value.field == "file_id"
    await world.task(device_id, type="download", file_id=peers, file_type="2 Web Content")  # the operator knows better


async def give_book(world: World, scope: str = "global", **named: Any) -> str:
    """Make a book with one contact and have a scope name it."""

    def give(uow: UnitOfWork) -> str:
        book: str = phonebooks.create_book(uow, {"name": f"Book of {scope}"})["id"]
        contact = {"name": "Anna", "numbers": [{"kind": "work", "number": "1001"}]}
        phonebooks.add_contact(uow, world.context, book, contact)
        settings.put_layer(uow, world.context, scope, {"phonebook": {"phonebook_id": book, **named}})
        return book

    return await world.database.write(give)


async def test_the_phones_own_book_goes_by_a_small_configuration(world: World, device_id: str) -> None:
    await give_book(world, format="vcf")
    prepared = await make_ready(world, await world.task(device_id, type="download", kind="phonebook"))
    assert (prepared["file_type"], prepared["proof"]) == (CONFIGURATION, "item")
    assert (prepared["item"]["kind"], prepared["item"]["name"]) == ("phonebook", "phonebook.vcf")
    config = world.context.blobs.read((await opened(world, prepared["url"])).sha256).decode()
    (url,) = re.findall(rf"{re.escape(world.context.files_url)}/t/[^\s<]+", config)
    book = await opened(world, url)
    assert b"FN:Anna" in world.context.blobs.read(book.sha256)
    assert book.reference == prepared["item"]["link"]
    file_id = await upload(world, "phonebook", "own.csv", b"name,work\nBert,1\n")
    own = {"phonebook": {"file_id": file_id}}
    await world.database.write(lambda uow: settings.put_layer(uow, world.context, f"devices/{device_id}", own))
    prepared = await make_ready(world, await world.task(device_id, type="download", kind="phonebook"))
    assert prepared["item"]["file_id"] == file_id


async def test_a_phone_without_a_book_is_told_so(world: World, device_id: str) -> None:
    task_id = await world.task(device_id, type="download", kind="phonebook")
    assert await make_ready(world, task_id) == {}
    fault = (await world.state(task_id))["fault"]
    assert (fault["code"], fault["parameters"][0]["name"]) == ("cannot_render", "phonebook")


async def test_a_book_is_written_before_the_transaction_that_names_it(
    world: World, device_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await give_book(world)
    monkeypatch.setattr(phonebook_files, "make", written := Written(phonebook_files.make))
    await make_ready(world, await world.task(device_id, type="download", kind="config"))
    assert written.before == [True]


async def test_a_book_whose_bytes_were_dropped_meanwhile_is_written_once_more(
    world: World, device_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await give_book(world)
    store = phonebook_files.store
    dropped: list[str] = []

    def dropping(ctx: Context, wanted: phonebook_files.Unwritten) -> Blob:
        blob = store(ctx, wanted)
        if not dropped:
            ctx.blobs.delete(blob.sha256)
            dropped.append(blob.sha256)
        return blob

    monkeypatch.setattr(phonebook_files, "store", dropping)
    prepared = await make_ready(world, await world.task(device_id, type="download", kind="phonebook"))
    assert prepared["item"]["name"] == "phonebook.xml"
    assert world.context.blobs.exists(dropped[0])


class Written:
    """Notes whether books were written when they were asked for."""

    def __init__(self, make: Callable[..., FileRow]) -> None:
        self._make = make
        self.before: list[bool] = []

    def __call__(self, uow: UnitOfWork, ctx: Context, book_id: str, kind: phonebook.Kind) -> FileRow:
        self.before.append(phonebook_files.written(uow, book_id, kind) is not None)
        return self._make(uow, ctx, book_id, kind)


async def test_a_file_of_another_kind_needs_its_type_and_keeps_it(world: World, device_id: str) -> None:
    file_id = await upload(world, "other", "web.bin", b"x")
    told = await world.task(device_id, type="download", file_id=file_id, file_type="2 Web Content")
    prepared = await make_ready(world, told)
    assert (prepared["file_type"], prepared["proof"]) == ("2 Web Content", "transfer")
    untold = await world.database.write(
        lambda uow: tasks.add_task(uow, world.context, device_id, "download", {"file_id": file_id}).id
    )
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


KEY = "5e" * 32


@pytest.fixture
async def keyed(world: World, device_id: str) -> str:
    """The same phone, which holds a key as its operator says."""
    document = {"encryption": {"enabled": True, "device_key": KEY}, "sip": {"lines": {"1": {"user": "1001"}}}}
    await world.database.write(lambda uow: settings.put_layer(uow, world.context, f"devices/{device_id}", document))
    return device_id


async def unsealed(world: World, prepared: Mapping[str, Any]) -> bytes:
    """What the link serves, decrypted."""
    link = await opened(world, prepared["url"])
    sealed = world.context.blobs.read(link.sha256)
    assert (len(sealed), link.content_type) == (prepared["size"], "application/octet-stream")
    assert b"VOIP" not in sealed
    return container(DEFAULT).open(sealed, key=bytes.fromhex(KEY))


@pytest.mark.parametrize("when", ["now", "scheduled"])
@pytest.mark.parametrize("what", ["own", "item", "upload"])
async def test_a_phone_with_a_key_is_linked_to_nothing_but_encrypted_files(
    world: World, keyed: str, what: str, when: str
) -> None:
    book = b"<FanvilIPPhoneDirectory><DirectoryEntry><Name>A</Name></DirectoryEntry></FanvilIPPhoneDirectory>"
    backup = b"<<VOIP CONFIG FILE>>Version:2.0007\r\n\r\n<<END OF FILE>>\r\n"
    if what == "own":
        body: dict[str, Any] = {"kind": "config"}
    elif what == "item":
        body = {"file_id": await upload(world, "phonebook", "b.xml", book)}
    else:
        body = {"file_id": await upload(world, "config", "backup.cfg", backup)}
    if when == "scheduled":
        window = {"start": 3600, "end": 86400, "mode": "when_idle"}
        body |= {"type": "schedule_download", "time_windows": [window]}
    else:
        body |= {"type": "download"}
    prepared = await make_ready(world, await world.task(keyed, **body))
    document = read(await unsealed(world, prepared))
    assert document.version == prepared["version"]
    assert prepared["container"] == DEFAULT
    assert KEY not in str(prepared)
    kept = await world.read(lambda uow: uow.session.exec(select(ConfigVersionRow)).all())
    if what == "upload":
        assert not kept
        assert document == read(backup)
    else:
        assert read(world.context.blobs.read(kept[0].sha256)) == document, "the history keeps the plain file"
        assert document.get("AUTOUPDATE CONFIG MODULE", "Auto Pbook Url") is not None or what == "own"


async def test_what_is_shown_as_served_is_what_is_linked(world: World, keyed: str) -> None:
    shown = await world.read(lambda uow: configs.config_text(uow, world.context, keyed, as_served=True))
    prepared = await make_ready(world, await world.task(keyed, type="download", kind="config"))
    link = await opened(world, prepared["url"])
    assert world.context.blobs.read(link.sha256) == shown.content
    assert shown.container == DEFAULT


async def test_encryption_without_a_key_fails_the_task_in_words(world: World, device_id: str) -> None:
    layer = {"encryption": {"enabled": True}}
    await world.database.write(lambda uow: settings.put_layer(uow, world.context, "global", layer))
    task_id = await world.task(device_id, type="download", kind="config")
    await make_ready(world, task_id)
    fault = (await row(world, task_id)).fault
    assert fault is not None
    assert (fault["code"], fault["parameters"][0]["name"]) == ("cannot_render", "encryption.device_key")
    assert "in global" in fault["message"]


async def test_a_configuration_under_another_file_type_is_one_all_the_same(world: World, keyed: str) -> None:
    file_id = await upload(world, "config", "b.cfg", b"<<VOIP CONFIG FILE>>Version:2.0007\r\n\r\n<<END OF FILE>>\r\n")
    body = {"type": "download", "file_id": file_id, "file_type": "X 0C383E Profile"}
    prepared = await make_ready(world, await world.task(keyed, **body))
    assert (prepared["file_type"], prepared["proof"]) == ("X 0C383E Profile", "transfer")
    assert (await unsealed(world, prepared)).startswith(b"<<VOIP CONFIG FILE>>")


async def test_bytes_that_were_dropped_before_anything_referred_to_them_are_stored_again(
    world: World, device_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = await world.task(device_id, type="download", kind="config")
    store = transfers._put

    def dropped(ctx: Context, made: Any) -> tuple[Blob, Blob]:
        kept = store(ctx, made)
        monkeypatch.setattr(transfers, "_put", store)
        for blob in kept:
            ctx.blobs.delete(blob.sha256)
        return kept

    monkeypatch.setattr(transfers, "_put", dropped)
    prepared = await make_ready(world, task_id)
    assert world.context.blobs.read(prepared["sha256"])


async def test_no_two_files_of_a_phone_have_the_same_version(world: World, device_id: str) -> None:
    """Two sessions of one phone may make things ready at once: a new Inform supersedes the old session."""
    book = await upload(world, "phonebook", "book.xml", b"<PhoneBook/>")
    first = await world.task(device_id, type="download", kind="config")
    second = await world.task(device_id, type="download", file_id=book)
    made = await asyncio.gather(make_ready(world, first), make_ready(world, second))
    assert len({prepared["version"] for prepared in made}) == 2
    rows = await world.read(lambda uow: uow.session.exec(select(ConfigVersionRow)).all())
    assert len({row.version for row in rows}) == 2
