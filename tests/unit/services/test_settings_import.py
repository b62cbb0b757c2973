"""A phone's export becomes a layer: understood, merged or put in place, and nothing kept where something is off."""

from typing import Any

import pytest

from acs import formats
from acs.errors import BadFile, BadRequest, BadSettings, NotFound
from acs.formats import Dialect
from acs.services import configs, settings, settings_import
from acs.services.devices import register_device
from tests import exports
from tests.conftest import World


async def device(world: World, **body: Any) -> str:
    made = await world.database.write(lambda uow: register_device(uow, world.context, body))
    return str(made["id"])


async def put(world: World, scope: str, document: dict[str, Any]) -> None:
    await world.database.write(lambda uow: settings.put_layer(uow, world.context, scope, document))


async def imported(world: World, scope: str, data: bytes, *, dry_run: bool = False, **options: Any) -> dict[str, Any]:
    def use_case(uow: Any) -> dict[str, Any]:
        prepared = settings_import.prepare(uow, world.context, scope, data, **options)
        return settings_import.keep_import(uow, world.context, prepared, dry_run=dry_run)

    return await world.database.write(use_case)


async def layer(world: World, scope: str) -> dict[str, Any]:
    kept: dict[str, Any] = await world.read(lambda uow: settings.get_layer(uow, world.context, scope, reveal=True))
    return kept


async def config(world: World, device_id: str, dialect: Dialect) -> bytes:
    found = await world.read(
        lambda uow: configs.config_text(uow, world.context, device_id, dialect=dialect, reveal=True)
    )
    return bytes(found.content)


@pytest.mark.parametrize("scope", ["devices/{id}", "models/X3U", "groups/g", "global"])
async def test_the_phone_is_given_what_it_had_exported(world: World, scope: str) -> None:
    device_id = await device(world, mac="0c383e112233", model="X3U", group="g")
    data = exports.text("x3u")
    report = await imported(world, scope.format(id=device_id), data)
    assert report["saved"] is True
    assert report["model"] == "X3U"
    assert report["dialect"] == "text2"
    assert report["version"] == "2.0000000000"
    assert report["counts"]["refused"] == 0
    assert report["counts"]["understood"] == len(report["understood"]) > 50
    written = formats.write(formats.read(data), Dialect.TEXT2)
    wanted = [line for line in written.split(b"\r\n")[1:] if not line.startswith(b"###")]
    assert (await config(world, device_id, Dialect.TEXT2)).split(b"\r\n")[1:] == wanted
    assert formats.read(await config(world, device_id, Dialect.SYSCONF)).get("SIP CONFIG MODULE", "SIP  Port") == "5060"


async def test_no_secret_of_the_file_lies_in_the_database_nor_in_the_report(world: World) -> None:
    device_id = await device(world, mac="0c383e112233", model="H5")
    data = exports.text("h5").replace(b"SIP1 Proxy Pswd    :", b"SIP1 Proxy Pswd    :hush-proxy")
    data = data.replace(b"s:e#c=r<e>t", b"hush-line")
    report = await imported(world, f"devices/{device_id}", data)
    assert "hush" not in str(report)
    stored = b"".join(path.read_bytes() for path in world.folder.glob("acs.sqlite3*"))
    assert b"Zimmer 101" in stored
    assert b"hush" not in stored
    assert b"hush-line" in await config(world, device_id, Dialect.TEXT1)
    assert b"hush-proxy" in await config(world, device_id, Dialect.TEXT1)


async def test_repeated_secrets_are_sealed_too(world: World) -> None:
    data = exports.text("h5").replace(
        b"Menu Password      :123", b"Menu Password      :hush1\r\nMenu Password      :hush2"
    )
    report = await imported(world, "global", data)
    assert "hush" not in str(report)
    assert (await layer(world, "global"))["raw"]["PHONE CONFIG MODULE"]["Menu Password"] == ["hush1", "hush2"]
    shown = await world.read(lambda uow: settings.get_layer(uow, world.context, "global"))
    assert shown["raw"]["PHONE CONFIG MODULE"]["Menu Password"] == "***"
    await put(world, "global", shown)
    assert (await layer(world, "global"))["raw"]["PHONE CONFIG MODULE"]["Menu Password"] == ["hush1", "hush2"]
    stored = b"".join(path.read_bytes() for path in world.folder.glob("acs.sqlite3*"))
    assert b"hush" not in stored


async def test_it_merges_unless_it_shall_replace(world: World) -> None:
    await put(world, "groups/g", {"sip": {"port": 5099}, "web": {"accounts": {"7": {"name": "x"}}}})
    await imported(world, "groups/g", exports.text("x3u"))
    merged = await layer(world, "groups/g")
    assert merged["sip"]["port"] == 5060
    assert merged["web"]["accounts"]["7"] == {"name": "x"}
    report = await imported(world, "groups/g", exports.text("x3u"), mode="replace")
    assert report["mode"] == "replace"
    assert "7" not in (await layer(world, "groups/g"))["web"]["accounts"]


async def test_a_dry_run_keeps_nothing(world: World) -> None:
    report = await imported(world, "groups/g", exports.text("x3u"), dry_run=True)
    assert report["saved"] is False
    assert report["settings"]["sip"]["port"] == 5060
    with pytest.raises(NotFound):
        await layer(world, "groups/g")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "known dialect"),
        (b"\x00\x01\x02" * 100, "known dialect"),
        (b"<<VOIP CONFIG FILE>>Version:1\r\n\r\n<<END OF FILE>>\r\n", "no key"),
        (b"<sysConf><sip>", "XML"),
        (b"<sysConf><!DOCTYPE x><sip/></sysConf>", "document type"),
    ],
)
async def test_what_is_no_export_is_refused(world: World, data: bytes, why: str) -> None:
    with pytest.raises(BadFile, match=why) as caught:
        await imported(world, "groups/g", data)
    assert caught.value.field == "file"
    with pytest.raises(NotFound):
        await layer(world, "groups/g")


async def test_too_many_keys_are_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_import, "MAX_ITEMS", 10)
    with pytest.raises(BadFile, match="the most are 10"):
        await imported(world, "global", exports.text("x3u"))


async def test_scopes_models_and_modes_that_are_none(world: World) -> None:
    for scope in ("devices/none", "nothing", "groups/"):
        with pytest.raises(NotFound):
            await imported(world, scope, exports.text("x3u"))
    refused: tuple[dict[str, Any], ...] = ({"model": "Toaster"}, {"mode": "append"})
    for options in refused:
        with pytest.raises(BadRequest):
            await imported(world, "global", exports.text("x3u"), **options)


async def test_the_model_can_be_told_where_the_scope_does_not(world: World) -> None:
    assert (await imported(world, "groups/g", exports.text("x3u"), dry_run=True))["model"] is None
    told = await imported(world, "groups/g", exports.text("x3u"), model="fanvil x3u", dry_run=True)
    assert told["model"] == "X3U"
    assert set(told["settings"]["keys"]) == {"1", "2", "3"}


async def test_a_layer_that_a_phone_cannot_be_given_is_not_kept(world: World) -> None:
    await put(world, "groups/g", {"sip": {"lines": {"6": {"user": "6"}}}})
    await device(world, mac="0c383e112233", model="X1", group="g")
    with pytest.raises(BadSettings) as caught:
        await imported(world, "groups/g", exports.text("x3u"))
    assert caught.value.field == "sip.lines.6"
    assert caught.value.facts["model"] == "X1"
    assert (await layer(world, "groups/g")) == {"sip": {"lines": {"6": {"user": "6"}}}}
    assert (await imported(world, "groups/g", exports.text("x3u"), mode="replace"))["saved"]


async def test_what_is_changed_after_an_import_counts(world: World) -> None:
    device_id = await device(world, mac="0c383e112233", model="H5")
    scope = f"devices/{device_id}"
    await imported(world, scope, exports.text("h5"))
    before = await config(world, device_id, Dialect.TEXT1)
    assert b"SIP2 Register TTL  :0\r\n" in before  # no value that is modelled: kept raw
    patch = {"sip": {"lines": {"2": {"expires": 600}}}}
    await world.database.write(lambda uow: settings.patch_layer(uow, world.context, scope, patch))
    after = await config(world, device_id, Dialect.TEXT1)
    changed = [(old, new) for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]
    assert changed == [(b"SIP2 Register TTL  :0", b"SIP2 Register TTL  :600")]
