"""Settings layers: kept, merged, redacted; secrets never lie in the database."""

from typing import Any

import pytest

from acs.errors import BadRequest, BadSettings, NotFound
from acs.services import settings
from acs.services.devices import get_device, register_device
from acs.services.files import check_upload, create_file
from tests.conftest import World

LINE = {"sip": {"lines": {"1": {"user": "1001", "password": "hush-1001", "server": "10.0.0.1"}}}}


async def put(world: World, scope: str, document: dict[str, Any]) -> dict[str, Any]:
    return (await world.database.write(lambda uow: settings.put_layer(uow, world.context, scope, document)))[0]


async def patch(world: World, scope: str, document: dict[str, Any]) -> dict[str, Any]:
    return await world.database.write(lambda uow: settings.patch_layer(uow, world.context, scope, document))


async def get(world: World, scope: str, *, reveal: bool = False) -> dict[str, Any]:
    return await world.database.read(lambda uow: settings.get_layer(uow, world.context, scope, reveal=reveal))


async def device(world: World, **body: Any) -> str:
    made = await world.database.write(lambda uow: register_device(uow, world.context, body))
    return str(made["id"])


async def config_state(world: World, device_id: str) -> str:
    found = await world.database.read(lambda uow: get_device(uow, device_id))
    return str(found["config"]["state"])


async def settle(world: World, device_id: str) -> None:
    from acs.services.devices import device_row

    def use_case(uow: Any) -> None:
        device_row(uow, device_id).config_state = "in_sync"

    await world.database.write(use_case)


async def test_what_was_put_is_given_with_secrets_hidden(world: World) -> None:
    shown = await put(world, "global", LINE)
    assert shown["sip"]["lines"]["1"] == {"user": "1001", "password": "***", "server": "10.0.0.1"}
    assert await get(world, "global") == shown
    assert await get(world, "global", reveal=True) == LINE


async def test_no_secret_lies_in_the_database(world: World) -> None:
    raw = {"raw": {"SIP CONFIG MODULE": {"SIP1 Register Pswd": "hush-raw"}}}
    await put(world, "global", {**LINE, **raw})
    stored = b"".join(path.read_bytes() for path in world.folder.glob("acs.sqlite3*"))
    assert b"10.0.0.1" in stored
    assert b"hush-1001" not in stored
    assert b"hush-raw" not in stored


async def test_stars_sent_back_keep_the_secret(world: World) -> None:
    await put(world, "global", LINE)
    shown = await get(world, "global")
    shown["sip"]["lines"]["1"]["user"] = "1002"
    await put(world, "global", shown)
    kept = await get(world, "global", reveal=True)
    assert kept["sip"]["lines"]["1"] == {"user": "1002", "password": "hush-1001", "server": "10.0.0.1"}


async def test_stars_without_a_secret_are_refused(world: World) -> None:
    with pytest.raises(BadSettings) as caught:
        await put(world, "global", {"sip": {"lines": {"1": {"password": "***"}}}})
    assert caught.value.field == "sip.lines.1.password"


async def test_a_merge_patch_adds_changes_and_removes(world: World) -> None:
    await put(world, "global", LINE)
    await patch(
        world,
        "global",
        {"sip": {"lines": {"1": {"server": None, "password": "new-hush"}}}, "locale": {"language": "de"}},
    )
    assert await get(world, "global", reveal=True) == {
        "sip": {"lines": {"1": {"user": "1001", "password": "new-hush"}}},
        "locale": {"language": "de"},
    }


async def test_a_patch_of_nothing_begins_a_layer(world: World) -> None:
    assert await patch(world, "groups/sales", {"locale": {"language": "de"}}) == {"locale": {"language": "de"}}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"sip": {"lines": {"1": {"pasword": "x"}}}}, "sip.lines.1.pasword"),
    ({"sip": {"port": 70000}}, "sip.port"),
    ({"phonebook": {"file_id": "nothing"}}, "phonebook.file_id"),
    ({"phonebook": {"phonebook_id": "nothing"}}, "phonebook.phonebook_id"),
    ({"phonebook": {"phonebook_id": "nothing", "file_id": "nothing"}}, "phonebook"),
    ({"certificates": [{"file_id": "nothing"}]}, "certificates.0.file_id"),
]


async def test_bad_documents_name_the_field(world: World) -> None:
    for document, field in BAD:
        with pytest.raises(BadSettings) as caught:
            await put(world, "global", document)
        assert caught.value.field == field
    with pytest.raises(NotFound):
        await get(world, "global")


async def test_a_file_of_the_wrong_kind_is_refused(world: World) -> None:
    upload = check_upload(kind="firmware", name="x4.z")
    blob = world.context.blobs.put(b"image", encrypted=False, max_bytes=100)
    file = await world.database.write(lambda uow: create_file(uow, world.context, upload, blob))
    with pytest.raises(BadSettings, match="firmware, not phonebook"):
        await put(world, "global", {"phonebook": {"file_id": file["id"]}})
    await put(world, "global", {"firmware": {"file_id": file["id"]}})
    assert await world.read(lambda uow: settings.documents_naming(uow, file["id"])) == ["global"]


async def upload(world: World, kind: str, name: str, content: bytes) -> str:
    said = check_upload(kind=kind, name=name)
    blob = world.context.blobs.put(content, encrypted=False, max_bytes=100)
    made = await world.database.write(lambda uow: create_file(uow, world.context, said, blob))
    return str(made["id"])


async def test_a_file_that_the_model_has_no_use_for_is_refused_where_the_model_is_known(world: World) -> None:
    peers = {"dialpeer": {"file_id": await upload(world, "dialpeer", "a.csv", b"a,b")}}
    x4 = await device(world, mac="0c383e000001", model="X4")
    for scope in ("models/X4", f"devices/{x4}"):
        with pytest.raises(BadSettings, match=f"takes no dialpeer .model X4, set in {scope}") as caught:
            await put(world, scope, peers)
        assert (caught.value.field, caught.value.facts) == ("dialpeer.file_id", {"model": "X4", "layer": scope})
        with pytest.raises(NotFound):
            await get(world, scope)
    unknown = await device(world, mac="0c383e000002")
    for scope in ("models/i30", "groups/doors", "models/of our own", f"devices/{unknown}"):
        await put(world, scope, peers)


async def test_two_certificates_of_one_name_are_refused(world: World) -> None:
    first, second = [await upload(world, "certificate", "a b.xml", content) for content in (b"<a/>", b"<b/>")]
    with pytest.raises(BadSettings, match=r"has the name of certificates\.0") as caught:
        await put(world, "global", {"certificates": [{"file_id": first}, {"file_id": second}]})
    assert caught.value.field == "certificates.1.file_id"
    await put(world, "global", {"certificates": [{"file_id": first}]})


async def test_far_too_large_documents_are_refused(world: World) -> None:
    with pytest.raises(BadRequest):
        await put(world, "global", {"raw": {"M": {"k": "x" * settings.MAX_DOCUMENT}}})
    deep: dict[str, Any] = {}
    for _ in range(settings.MAX_DEPTH + 1):
        deep = {"a": deep}
    with pytest.raises(BadRequest):
        await patch(world, "global", deep)


async def test_scopes_that_are_none(world: World) -> None:
    for scope in ("", "nowhere", "groups/", "groups/a/b", "devices/unknown", "group/x", "models/a\nb"):
        with pytest.raises(NotFound):
            await put(world, scope, {})


async def test_scopes_have_one_spelling(world: World) -> None:
    device_id = await device(world, mac="0c383e000001", model="X4")
    await put(world, "models/fanvil x4", {"locale": {"language": "de"}})
    await put(world, "devices/0C:38:3E:00:00:01", {"locale": {"language": "en"}})
    page = await world.read(settings.list_layers)
    assert [item["scope"] for item in page.items] == [f"devices/{device_id}", "models/X4"]


TOUCHED: list[tuple[str, set[str]]] = [
    ("global", {"a", "b"}),
    ("groups/sales", {"a"}),
    ("models/X4", {"b"}),
    ("models/x6", set()),
    ("devices/0c383e000001", {"a"}),
]


async def test_a_change_makes_the_phones_below_pending(world: World) -> None:
    phones = {
        "a": await device(world, mac="0c383e000001", model="X3S", group="sales"),
        "b": await device(world, mac="001565000002", model="x4"),
    }
    for scope, touched in TOUCHED:
        for device_id in phones.values():
            await settle(world, device_id)
        await put(world, scope, {"locale": {"language": "de"}})
        pending = {name for name, device_id in phones.items() if await config_state(world, device_id) == "pending"}
        assert pending == touched, scope


async def test_the_same_content_again_changes_nothing(world: World) -> None:
    device_id = await device(world, mac="0c383e000001")
    await put(world, "global", LINE)
    await settle(world, device_id)
    await put(world, "global", LINE)
    await patch(world, "global", {"sip": {"lines": {"1": {"password": "***"}}}})
    assert await config_state(world, device_id) == "in_sync"
    await world.database.write(lambda uow: settings.delete_layer(uow, world.context, "global"))
    assert await config_state(world, device_id) == "pending"
    with pytest.raises(NotFound):
        await world.database.write(lambda uow: settings.delete_layer(uow, world.context, "global"))


KEY = "0e" * 32


async def test_a_phones_own_layer_needs_a_key_for_its_encryption(world: World) -> None:
    device_id = await device(world, mac="0c383e000001", model="X4", group="sales")
    scope = f"devices/{device_id}"
    with pytest.raises(BadSettings) as caught:
        await put(world, scope, {"encryption": {"enabled": True}})
    assert caught.value.field == "encryption.device_key"
    assert caught.value.facts == {"layer": scope, "model": "X4"}
    with pytest.raises(NotFound):
        await get(world, scope)
    # A wider layer may leave the keys to the phones, or give one to all.
    await put(world, "groups/sales", {"encryption": {"enabled": True}})
    with pytest.raises(BadSettings, match="in groups/sales"):
        await put(world, scope, {"encryption": {"deliver": True}})
    shown = await put(world, scope, {"encryption": {"device_key": KEY}})
    assert shown == {"encryption": {"device_key": "***"}}
    with pytest.raises(BadSettings):
        await patch(world, scope, {"encryption": {"device_key": None, "deliver": True}})
    await put(world, "global", {"encryption": {"device_key": KEY}})
    await put(world, scope, {"encryption": {"enabled": True}})
