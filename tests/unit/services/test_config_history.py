"""Why a configuration is as it is, what it was, what differs, and the way back."""

from functools import partial
from typing import Any

import pytest
from sqlmodel import select

from acs.domain.phones.render import item_document
from acs.errors import BadSettings, Conflict, NotFound
from acs.formats import read
from acs.services import config_history, configs, housekeeping, links, settings
from acs.services.configs import Rendered
from acs.services.devices import device_row, register_device
from acs.services.files import check_upload, create_file, delete_file
from acs.services.work import version_applied
from acs.storage.tables import BlobRow, ConfigVersionRow, PhonebookRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World

SIP = "SIP CONFIG MODULE"
LINE: dict[str, Any] = {"user": "1001", "server": "10.0.0.1", "password": "hush-one"}


async def phone(world: World, **body: Any) -> str:
    body = {"mac": "0c383e000001", "model": "X6U", **body}
    made = await world.database.write(lambda uow: register_device(uow, world.context, body))
    return str(made["id"])


async def put(world: World, scope: str, document: dict[str, Any]) -> None:
    await world.database.write(lambda uow: settings.put_layer(uow, world.context, scope, document))


async def make(world: World, device_id: str, *, applied: bool = False, task_id: str = "") -> Rendered:
    """Make the phone's configuration as a download does, and let the phone prove it."""
    rendered = await world.database.write(
        lambda uow: configs.render_config(uow, world.context, device_id, make_links=True)
    )
    await save(world, device_id, rendered, applied=applied, task_id=task_id)
    return rendered


async def save(world: World, device_id: str, rendered: Rendered, *, applied: bool = False, task_id: str = "") -> None:
    blob = world.context.blobs.put(rendered.content, encrypted=True, max_bytes=10**6)

    def keep(uow: UnitOfWork) -> None:
        configs.save_version(uow, world.context, device_id, rendered, blob, task_id=task_id)
        if applied:
            device_row(uow, device_id).config_reported_version = rendered.version
            uow.session.flush()
            version_applied(uow, device_id, rendered.version)

    await world.database.write(keep)


async def item(world: World, device_id: str) -> Rendered:
    rendered = await world.database.write(
        lambda uow: configs.render_item(
            uow,
            world.context,
            device_id,
            lambda model, dialect: item_document("phonebook", "http://h/b.xml", model=model, dialect=dialect),
        )
    )
    await save(world, device_id, rendered)
    return rendered


async def explain(world: World, device_id: str, **options: Any) -> dict[str, Any]:
    told: dict[str, Any] = await world.read(
        lambda uow: config_history.explain(uow, world.context, device_id, **options)
    )
    return told


async def diff(world: World, device_id: str, **options: Any) -> dict[str, Any]:
    told: dict[str, Any] = await world.read(lambda uow: config_history.diff(uow, world.context, device_id, **options))
    return told


async def roll_back(world: World, device_id: str, version: str, **options: Any) -> dict[str, Any]:
    told: dict[str, Any] = await world.database.write(
        lambda uow: config_history.roll_back(uow, world.context, device_id, version, **options)
    )
    return told


def names(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["name"], each["change"]) for each in told["items"]]


def body_of(rendered: Rendered) -> list[bytes]:
    return rendered.content.splitlines()[1:]


# Why -----------------------------------------------------------------------------------------------------------------


async def test_every_value_is_explained_by_its_layer(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"sip": {"lines": {"1": {"server": "10.0.0.1", "password": "hush"}}}})
    await put(world, "models/X6U", {"sip": {"lines": {"1": {"server": "10.0.0.2", "password": None}}}})
    own = {"sip": {"lines": {"1": {"password": "hush2"}}}, "raw": {SIP: {"SIP1 Register Addr": "10.0.0.3"}}}
    await put(world, f"devices/{device_id}", own)
    told = await explain(world, device_id)
    assert told["layers"] == ["global", "models/X6U", f"devices/{device_id}"]
    values = {value["path"]: value for value in told["values"]}
    assert values["sip.lines.1.password"] == {
        "path": "sip.lines.1.password",
        "value": "***",
        "scope": f"devices/{device_id}",
        "in_file": True,
        "shadowed": [{"scope": "models/X6U", "value": None}, {"scope": "global", "value": "***"}],
    }
    assert values["sip.lines.1.server"]["shadowed"] == [{"scope": "global", "value": "10.0.0.1"}]
    assert values["sip.lines.1.server"]["in_file"] is False
    (line,) = [line for line in told["lines"] if line["key"] == "SIP1 Register Addr"]
    assert line == {
        "module": SIP,
        "section": "SIP Line List",
        "key": "SIP1 Register Addr",
        "value": "10.0.0.3",
        "path": f"raw.{SIP}.SIP1 Register Addr",
        "scope": f"devices/{device_id}",
        "kind": "raw",
    }
    assert "hush" not in str(told)
    assert "hush2" in str(await explain(world, device_id, reveal=True))


async def test_settings_that_cannot_be_rendered_are_explained_all_the_same(world: World) -> None:
    await put(world, "global", {"sip": {"lines": {"9": {"user": "x"}}}, "locale": {"language": "de"}})
    device_id = await phone(world, model="X1")
    told = await explain(world, device_id)
    assert told["problem"]["field"] == "sip.lines.9"
    assert "X1" in told["problem"]["message"]
    assert told["lines"] == []
    assert [value["path"] for value in told["values"]] == ["locale.language", "sip.lines.9.user"]


async def test_links_are_bearer_rights_and_hidden(world: World) -> None:
    device_id = await phone(world)
    file_id = await upload(world, "phonebook", "book.xml", b"<PhoneBook/>")
    await put(world, "global", {"phonebook": {"file_id": file_id}})
    made = await make(world, device_id)
    url = made.document.get("AUTOUPDATE CONFIG MODULE", "Auto Pbook Url") or ""
    token = url.split("/")[-2]
    told = await explain(world, device_id)
    (line,) = told["lines"]
    assert (line["kind"], line["path"], line["scope"]) == ("link", "phonebook.file_id", "global")
    assert line["value"] == url.replace(token, "***")
    shown = await world.read(lambda uow: config_history.get_version(uow, world.context, device_id, made.version))
    text = await world.read(lambda uow: configs.config_text(uow, world.context, device_id))
    for answer in (told, await diff(world, device_id), shown.content, text.content):
        assert token not in str(answer)
    assert token in str(await explain(world, device_id, reveal=True))


async def test_keys_of_encrypted_files_are_explained_and_hidden(world: World) -> None:
    device_id = await phone(world)
    key = "5e" * 32
    encryption = {"enabled": True, "deliver": True, "device_key": key}
    await put(world, "global", {"encryption": encryption, "sip": {"lines": {"1": LINE}}})
    made = await make(world, device_id, applied=True)
    assert key in made.content.decode()
    told = await explain(world, device_id)
    (line,) = [line for line in told["lines"] if line["key"] == "Device Cfg File Key"]
    assert (line["value"], line["path"], line["scope"]) == ("***", "encryption.device_key", "global")
    await put(world, "global", {"encryption": {**encryption, "device_key": "6f" * 32}, "sip": {"lines": {"1": LINE}}})
    changed = await diff(world, device_id)
    assert names(changed) == [("Device Cfg File Key", "changed")]
    back = await roll_back(world, device_id, made.version)
    assert back["layer"] == {"encryption": {"device_key": "***"}}
    assert back["identical"] is True
    for answer in (told, changed, back):
        assert key not in str(answer)


async def upload(world: World, kind: str, name: str, content: bytes) -> str:
    checked = check_upload(kind=kind, name=name)
    blob = world.context.blobs.put(content, encrypted=False, max_bytes=10**6)
    made = await world.database.write(lambda uow: create_file(uow, world.context, checked, blob))
    return str(made["id"])


# What it was ---------------------------------------------------------------------------------------------------------


async def test_versions_newest_first_with_their_marks(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"sip": {"lines": {"1": LINE}}})
    first = await make(world, device_id, applied=True, task_id="task-1")
    small = await item(world, device_id)
    await put(world, "global", {"sip": {"lines": {"1": {**LINE, "user": "1002"}}}})
    second = await make(world, device_id, task_id="task-2")
    page = await world.read(lambda uow: config_history.list_versions(uow, device_id, limit=2))
    rest = await world.read(lambda uow: config_history.list_versions(uow, device_id, limit=2, cursor=page.next))
    assert [entry["version"] for entry in list(page.items) + list(rest.items)] == [
        second.version,
        small.version,
        first.version,
    ]
    newest, middle, oldest = list(page.items) + list(rest.items)
    assert (newest["kind"], newest["task_id"], newest["can_roll_back"]) == ("full", "task-2", True)
    assert (newest["desired"], newest["current"], newest["applied"], newest["applied_at"]) == (True, False, False, None)
    assert (middle["kind"], middle["can_roll_back"]) == ("item", False)
    assert (oldest["desired"], oldest["current"], oldest["applied"]) == (False, True, True)
    assert oldest["applied_at"]
    assert oldest["dialect"] == "text2"
    assert oldest["size"] == len(first.content)


async def test_the_file_of_a_version_as_it_was(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"sip": {"lines": {"1": LINE}}})
    first = await make(world, device_id)
    await put(world, "global", {"sip": {"lines": {"1": {**LINE, "user": "1002"}}}})
    await make(world, device_id)
    shown = await world.read(lambda uow: config_history.get_version(uow, world.context, device_id, first.version))
    assert b"hush" not in shown.content
    assert read(shown.content).get(SIP, "SIP1 Phone Number") == "1001"
    open_ = await world.read(
        lambda uow: config_history.get_version(uow, world.context, device_id, first.version, reveal=True)
    )
    assert open_.content == first.content
    assert open_.file_name == f"0c383e000001-{first.version}.cfg"
    with pytest.raises(NotFound):
        await world.read(lambda uow: config_history.get_version(uow, world.context, device_id, "9.9"))


async def test_settings_of_a_version_are_sealed(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"sip": {"lines": {"1": LINE}}})
    await make(world, device_id)
    (row,) = await world.read(lambda uow: uow.session.exec(select(ConfigVersionRow)).all())
    assert row.settings_sealed
    everything = b"".join(file.read_bytes() for file in world.folder.rglob("*") if file.is_file())
    assert b"10.0.0.1" in everything  # it is the right place to look
    assert b"hush-one" not in everything


# What differs --------------------------------------------------------------------------------------------------------


async def test_a_phone_that_never_applied_anything_gets_everything_new(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"sip": {"lines": {"1": LINE}}})
    await make(world, device_id)
    told = await diff(world, device_id)
    assert (told["never_applied"], told["identical"], told["before"]) == (True, False, None)
    assert {change for _, change in names(told)} == {"added"}
    assert len(told["items"]) == 3
    with pytest.raises(Conflict):
        await diff(world, device_id, since="applied")


async def test_desired_against_applied_and_against_any_version(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"sip": {"lines": {"1": LINE}}, "locale": {"language": "de"}})
    first = await make(world, device_id, applied=True)
    assert (await diff(world, device_id))["identical"] is True
    await put(world, "global", {"sip": {"lines": {"1": {**LINE, "password": "hush-two", "voicemail": "*97"}}}})
    second = await make(world, device_id, applied=True)
    assert (await diff(world, device_id))["identical"] is True
    told = await diff(world, device_id, against=first.version)
    assert names(told) == [
        ("SIP1 Register Pswd", "changed"),
        ("SIP1 MWI Num", "added"),
        ("Default Language", "removed"),
    ]
    pswd, mwi, language = told["items"]
    assert (pswd["before"], pswd["after"], pswd["secret"]) == ("***", "***", True)
    assert (pswd["module"], pswd["section"], pswd["index"], pswd["key"]) == (
        SIP,
        "SIP Line List",
        "SIP1",
        "Register Pswd",
    )
    assert (mwi["before"], mwi["after"], mwi["path"], mwi["scope"]) == (
        None,
        "*97",
        "sip.lines.1.voicemail",
        "global",
    )
    assert (language["before"], language["after"], language["path"]) == ("de", None, None)
    assert "hush" not in str(told)
    back = await diff(world, device_id, against=second.version, since=first.version, reveal=True)
    assert {each["name"]: (each["before"], each["after"]) for each in back["items"]} == {
        "SIP1 Register Pswd": ("hush-two", "hush-one"),
        "SIP1 MWI Num": ("*97", None),
        "Default Language": (None, "de"),
    }
    assert back["reported"] == []


async def test_a_small_file_is_nothing_to_compare_with(world: World) -> None:
    device_id = await phone(world)
    small = await item(world, device_id)
    with pytest.raises(Conflict):
        await diff(world, device_id, against=small.version)


async def test_the_same_settings_in_another_dialect_do_not_differ(world: World) -> None:
    device_id = await phone(world)
    document = {
        "sip": {"lines": {"1": LINE}},
        "keys": {"1": {"type": "blf", "line": 1, "value": "2", "label": "Bob"}},
        "raw": {SIP: {"SIP1 User Agent": "x y"}, "MY MODULE": {"Some Key": "1"}},
    }
    await put(world, "global", document)
    first = await make(world, device_id, applied=True)

    def ctc(uow: UnitOfWork) -> None:
        device_row(uow, device_id).profile = "ctc"

    await world.database.write(ctc)
    told = await diff(world, device_id)
    assert (first.dialect.value, told["after"]["dialect"]) == ("text2", "sysconf")
    assert told["identical"] is True


async def test_what_the_phone_reports_otherwise(world: World) -> None:
    root = "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.Line.1."
    seen = world.phone()
    seen.parameters[f"{root}DirectoryNumber"] = "999"
    await seen.call("0 BOOTSTRAP", "1 BOOT")
    seen.adopt_credentials()
    await seen.call("1 BOOT")
    device_id = await world.only_device()
    await put(world, "global", {"sip": {"lines": {"1": {"user": "1001", "auth_user": ""}}}})
    told = await diff(world, device_id)
    assert [(each["name"], each["expected"], each["read"]) for each in told["reported"]] == [
        (f"{root}DirectoryNumber", "1001", "999")
    ]
    assert told["reported"][0]["read_at"]


async def test_the_version_that_a_phone_reports_is_the_one_that_it_has(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"locale": {"language": "de"}})
    first = await make(world, device_id, applied=True)
    await put(world, "global", {"locale": {"language": "en"}})
    second = await make(world, device_id)

    def report(version: str) -> Any:
        def run(uow: UnitOfWork) -> None:
            device_row(uow, device_id).config_reported_version = version

        return run

    for version, had in ((second.version, second), (first.version, first), ("7.1", first)):
        await world.database.write(report(version))
        assert (await diff(world, device_id))["before"]["version"] == had.version


# The way back --------------------------------------------------------------------------------------------------------


async def test_settings_come_back_and_the_file_is_the_same_but_for_its_version(world: World) -> None:
    device_id = await phone(world, group="sales")
    own = f"devices/{device_id}"
    await put(world, "global", {"sip": {"lines": {"1": LINE}}, "locale": {"language": "de"}})
    await put(world, own, {"keys": {"1": {"type": "blf", "line": 1, "value": "1002"}}})
    first = await make(world, device_id, applied=True)
    await put(world, "groups/sales", {"sip": {"lines": {"2": {"user": "2", "server": "10.0.0.2"}}}})
    await put(world, own, {"keys": {"2": {"type": "line", "line": 1}}})
    await make(world, device_id, applied=True)
    await put(world, "global", {"sip": {"lines": {"1": {**LINE, "password": "hush-two"}}}, "time": {"dst": "auto"}})
    third = await make(world, device_id, applied=True)
    before = await world.read(lambda uow: settings.get_layer(uow, world.context, own, reveal=True))

    plan = await world.read(
        lambda uow: config_history.roll_back(uow, world.context, device_id, first.version, dry_run=True)
    )
    assert await world.read(lambda uow: settings.get_layer(uow, world.context, own, reveal=True)) == before
    told = await roll_back(world, device_id, first.version)
    assert {**plan, "dry_run": False} == told
    layer = await world.read(lambda uow: settings.get_layer(uow, world.context, own, reveal=True))
    assert layer == {
        "keys": {"1": {"type": "blf", "line": 1, "value": "1002"}},
        "sip": {"lines": {"1": {"password": "hush-one"}, "2": None}},
        "locale": {"language": "de"},
        "time": None,
    }
    assert (told["identical"], told["items"], told["task"]) == (True, [], None)
    assert "hush" not in str(told)
    changed = {each["path"]: each["change"] for each in told["changes"]}
    assert changed["keys.2.type"] == "removed"
    assert changed["sip.lines.2"] == changed["sip.lines.1.password"] == "added"
    again = await make(world, device_id)
    assert body_of(again) == body_of(first)
    assert again.version == told["version"]
    assert float(again.version) > float(third.version)
    assert (await diff(world, device_id, against=first.version))["identical"] is True


async def test_a_rollback_to_what_is_there_changes_nothing(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"sip": {"lines": {"1": LINE}}})
    first = await make(world, device_id, applied=True)
    told = await roll_back(world, device_id, first.version)
    assert (told["changes"], told["layer"], told["version"]) == ([], {}, first.version)
    with pytest.raises(NotFound):
        await world.read(lambda uow: settings.get_layer(uow, world.context, f"devices/{device_id}"))


async def test_a_raw_key_that_won_by_its_layer_wins_again(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"sip": {"lines": {"1": LINE}}})
    await put(world, f"devices/{device_id}", {"raw": {SIP: {"SIP1 Register Addr": "10.9.9.9"}}})
    first = await make(world, device_id)
    raw = {"raw": {SIP: {"SIP1 Register Addr": "10.9.9.9"}}}
    await put(world, "global", {"sip": {"lines": {"1": {**LINE, "server": "10.0.0.7"}}}, **raw})
    await put(world, f"devices/{device_id}", {})
    await make(world, device_id)
    told = await roll_back(world, device_id, first.version)
    assert told["identical"] is True
    assert body_of(await make(world, device_id)) == body_of(first)


async def test_push_queues_the_download(world: World) -> None:
    device_id = await phone(world)
    await put(world, "global", {"sip": {"lines": {"1": LINE}}})
    first = await make(world, device_id)
    told = await roll_back(world, device_id, first.version, push=True)
    assert (told["task"]["type"], told["task"]["arguments"]) == ("download", {"kind": "config"})
    assert (await world.state(told["task"]["id"]))["state"] == "queued"


async def test_versions_without_settings_cannot_come_back(world: World) -> None:
    device_id = await phone(world)
    small = await item(world, device_id)
    await put(world, "global", {"sip": {"lines": {"1": LINE}}})
    old = await make(world, device_id)

    def forget(uow: UnitOfWork) -> None:
        for row in uow.session.exec(select(ConfigVersionRow)).all():
            row.settings_sealed = ""

    await world.database.write(forget)
    for version, why in ((small.version, "small file"), (old.version, "No settings were kept")):
        with pytest.raises(Conflict, match=why):
            await roll_back(world, device_id, version)
    with pytest.raises(NotFound):
        await roll_back(world, device_id, "9.9")


async def test_files_that_are_gone_are_named_and_nothing_is_saved(world: World) -> None:
    device_id = await phone(world)
    first = await upload(world, "phonebook", "book.xml", b"<PhoneBook/>")
    second = await upload(world, "firmware", "x6.z", b"image")
    await put(world, "global", {"phonebook": {"file_id": first}, "firmware": {"file_id": second}})
    made = await make(world, device_id)
    await put(world, "global", {})
    for file_id in (first, second):
        await world.database.write(partial(delete_file, file_id=file_id))
    with pytest.raises(BadSettings) as caught:
        await roll_back(world, device_id, made.version)
    assert caught.value.field == "version"
    assert {each["id"] for each in caught.value.facts["missing"]} == {first, second}
    with pytest.raises(NotFound):
        await world.read(lambda uow: settings.get_layer(uow, world.context, f"devices/{device_id}"))


async def test_a_phone_book_that_is_gone_is_named(world: World) -> None:
    device_id = await phone(world)

    def add(uow: UnitOfWork) -> None:
        uow.session.add(PhonebookRow(id="book-1", name="sales", created_at=0.0, updated_at=0.0))

    await world.database.write(add)
    await put(world, "global", {"phonebook": {"phonebook_id": "book-1", "format": "xml"}})
    rendered = await world.read(lambda uow: configs.render_config(uow, world.context, device_id))
    await save(world, device_id, rendered)
    (line,) = (await explain(world, device_id))["lines"]
    assert (line["key"], line["kind"], line["scope"]) == ("Auto Pbook Url", "link", "global")
    await put(world, "global", {})

    def remove(uow: UnitOfWork) -> None:
        uow.session.delete(uow.session.get(PhonebookRow, "book-1"))

    await world.database.write(remove)
    with pytest.raises(BadSettings) as caught:
        await roll_back(world, device_id, rendered.version)
    assert caught.value.facts["missing"] == [{"path": "phonebook.phonebook_id", "id": "book-1"}]


async def test_a_model_that_cannot_have_it_any_more(world: World) -> None:
    device_id = await phone(world)
    await put(world, f"devices/{device_id}", {"sip": {"lines": {"9": {"user": "9"}}}})
    made = await make(world, device_id)
    await put(world, f"devices/{device_id}", {})

    def other(uow: UnitOfWork) -> None:
        device_row(uow, device_id).model = "X1"

    await world.database.write(other)
    with pytest.raises(BadSettings) as caught:
        await roll_back(world, device_id, made.version)
    assert caught.value.field == "sip.lines.9"


# Not for ever --------------------------------------------------------------------------------------------------------


async def test_old_versions_go_but_for_what_the_phone_has(world: World) -> None:
    device_id = await phone(world)
    made = []
    for number in range(8):
        await put(world, "global", {"sip": {"lines": {"1": {"user": str(number)}}}})
        made.append(await make(world, device_id, applied=number == 1))
    digests = [row.sha256 for row in await rows(world)]

    def link(uow: UnitOfWork) -> None:
        for sha256, lifetime in ((digests[0], -1.0), (digests[2], 3600.0), ("as-served", -1.0), ("", -1.0)):
            row = links.task_link(
                uow, world.context, device_id=device_id, task_id=f"t{sha256}", sha256=sha256, name="x.cfg", size=1
            )
            row.expires_at = uow.now + lifetime

    await world.database.write(link)
    assert await world.read(lambda uow: config_history.crowded(uow, keep=3)) == [device_id]
    assert await world.read(lambda uow: config_history.crowded(uow, keep=6)) == []
    dropped = await world.database.write(lambda uow: config_history.prune_versions(uow, device_id, keep=3))
    assert dropped == [digests[4], digests[3], digests[0], "as-served"]
    left = [row.version for row in await rows(world)]
    assert left == [made[1].version, made[2].version, *(each.version for each in made[5:])]
    await world.database.write(lambda uow: config_history.prune_versions(uow, device_id, keep=3))
    assert len(await rows(world)) == 5
    assert (await diff(world, device_id))["before"]["version"] == made[1].version
    assert await world.database.write(lambda uow: config_history.prune_versions(uow, "nobody")) == []


async def test_housekeeping_drops_contents_that_nothing_names(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    device_id = await phone(world)
    for number in range(6):
        await put(world, "global", {"sip": {"lines": {"1": {"user": str(number)}}}})
        await make(world, device_id)
    digests = [row.sha256 for row in await rows(world)]
    crowded, prune = config_history.crowded, config_history.prune_versions
    monkeypatch.setattr(config_history, "crowded", lambda uow: crowded(uow, keep=2))
    monkeypatch.setattr(config_history, "prune_versions", lambda uow, device_id: prune(uow, device_id, keep=2))
    await housekeeping.prune_versions(world.database, world.context)
    assert [row.sha256 for row in await rows(world)] == digests[4:]
    known = await world.read(lambda uow: set(uow.session.exec(select(BlobRow.sha256)).all()))
    assert known & set(digests) == set(digests[4:])
    with pytest.raises(NotFound):
        world.context.blobs.read(digests[0])


async def test_what_an_open_task_is_about_to_give_stays(world: World) -> None:
    device_id = await phone(world)
    task_id = await world.task(device_id, type="download", kind="config")
    await put(world, "global", {"locale": {"language": "de"}})
    first = await make(world, device_id, task_id=task_id)
    for language in ("en", "fr", "it"):
        await put(world, "global", {"locale": {"language": language}})
        await make(world, device_id)
    await world.database.write(lambda uow: config_history.prune_versions(uow, device_id, keep=1))
    assert first.version in [row.version for row in await rows(world)]

    def close(uow: UnitOfWork) -> None:
        task = uow.session.get(TaskRow, task_id)
        assert task is not None
        task.open = False

    await world.database.write(close)
    await world.database.write(lambda uow: config_history.prune_versions(uow, device_id, keep=1))
    assert len(await rows(world)) == 1


async def rows(world: World) -> list[ConfigVersionRow]:
    found: list[ConfigVersionRow] = await world.read(
        lambda uow: list(uow.session.exec(select(ConfigVersionRow).order_by("id")).all())
    )
    return found
