"""Uploaded files: checked by kind, and gone only when nobody needs them."""

import io
from typing import Any

import pytest

from acs.domain.phones.catalogue import MODELS
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import render
from acs.errors import BadFile, BadRequest, Conflict, NotFound, Retriable
from acs.formats import Dialect, write
from acs.services import files, settings, tasks
from acs.services.devices import register_device
from acs.storage.blobs import Blob
from tests.conftest import World

CSV = b"name,number\nAnna,1001\nBert,1002\n"


async def store(world: World, content: bytes = b"image", *, kind: str = "firmware", **more: Any) -> dict[str, Any]:
    upload = files.check_upload(kind=kind, name=more.pop("name", "x4.z"), **more)
    blob = world.context.blobs.put(content, encrypted=upload.encrypted, max_bytes=10**6)
    return await world.database.write(lambda uow: files.create_file(uow, world.context, upload, blob))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "song", "name": "a"}, "kind"),
        ({"kind": "other", "name": ""}, "name"),
        ({"kind": "other", "name": "a\x00b"}, "name"),
        ({"kind": "other", "name": "n" * 129}, "name"),
        ({"kind": "firmware", "name": "a", "version": "v" * 65}, "version"),
        ({"kind": "firmware", "name": "a", "models": ["X4,Z99"]}, "models"),
        ({"kind": "certificate", "name": "ca.txt"}, "file"),
        ({"kind": "background", "name": "logo.exe"}, "file"),
    ],
)
def test_what_is_said_of_a_file_is_checked(given: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        files.check_upload(**given)
    assert caught.value.field == field


def test_names_lose_their_folders_and_models_their_spelling() -> None:
    upload = files.check_upload(kind="firmware", name="C:\\tmp\\../x4.z", models=["fanvil x4, X3S", "x4"])
    assert upload.name == "x4.z"
    assert upload.models == ("X4", "X3S")


def _config() -> bytes:
    resolved = resolve([Layer("global", {"locale": {"language": "de"}})])
    return write(render(resolved, model=MODELS["X4"], dialect=Dialect.TEXT1), Dialect.TEXT1)


@pytest.mark.parametrize(
    ("kind", "content", "good"),
    [
        ("firmware", b"\x00\x01", True),
        ("firmware", b"", False),
        ("phonebook", CSV, True),
        ("phonebook", b"\x00\x01\x02\x03", False),
        ("phonebook", b"", False),
        ("config", b"", False),
        ("config", _config(), True),
        ("config", b"\x8f\x01 encrypted", True),
        ("config", b"<sysConf><a>", False),
    ],
)
def test_content_is_what_its_kind_says(kind: str, content: bytes, good: bool) -> None:
    upload = files.check_upload(kind=kind, name="file.bin")
    if good:
        files.check_content(upload, io.BytesIO(content))
    else:
        with pytest.raises(BadFile):
            files.check_content(upload, io.BytesIO(content))


async def test_a_file_in_the_contracts_words(world: World) -> None:
    made = await store(world, b"image", version="2.12.2", models=["X4"])
    assert made == await world.read(lambda uow: files.get_file(uow, made["id"]))
    assert made.keys() == {"id", "kind", "name", "version", "models", "size", "sha256", "md5", "created_at"} | {
        "device_id",
        "task_id",
    }
    assert (made["size"], made["models"], made["version"]) == (5, ["X4"], "2.12.2")
    assert made["created_at"].endswith("Z")


async def test_lists_by_kind_and_model(world: World) -> None:
    x4 = await store(world, b"1", models=["X4"])
    any_model = await store(world, b"2")
    await store(world, b"3", models=["X6"])
    await store(world, CSV, kind="phonebook", name="b.csv")
    page = await world.read(lambda uow: files.list_files(uow, kind="firmware", model="fanvil x4"))
    assert [item["id"] for item in page.items] == [any_model["id"], x4["id"]]
    with pytest.raises(BadRequest):
        await world.read(lambda uow: files.list_files(uow, kind="song"))


async def test_what_settings_name_stays(world: World) -> None:
    made = await store(world)
    await world.database.write(
        lambda uow: settings.put_layer(uow, world.context, "groups/a", {"firmware": {"file_id": made["id"]}})
    )
    with pytest.raises(Conflict, match="groups/a"):
        await world.database.write(lambda uow: files.delete_file(uow, made["id"]))


async def test_what_an_open_task_needs_stays(world: World) -> None:
    made = await store(world)
    device = await world.database.write(lambda uow: register_device(uow, world.context, {"mac": "0c383e000001"}))
    task_id = await world.task(device["id"], type="download", file_id=made["id"])
    with pytest.raises(Conflict, match=task_id):
        await world.database.write(lambda uow: files.delete_file(uow, made["id"]))
    await world.database.write(lambda uow: tasks.cancel_task(uow, task_id))
    await world.database.write(lambda uow: files.delete_file(uow, made["id"]))
    with pytest.raises(NotFound):
        await world.read(lambda uow: files.get_file(uow, made["id"]))


async def test_bytes_go_with_their_last_user(world: World) -> None:
    first, second = await store(world), await store(world, name="same.z")
    sha256 = await world.database.write(lambda uow: files.delete_file(uow, first["id"]))
    assert not await world.database.write(lambda uow: files.drop_blob(uow, world.context, sha256))
    assert world.context.blobs.exists(sha256)
    await world.database.write(lambda uow: files.delete_file(uow, second["id"]))
    assert await world.database.write(lambda uow: files.drop_blob(uow, world.context, sha256))
    assert not world.context.blobs.exists(sha256)


async def test_bytes_that_went_meanwhile_are_asked_for_again(world: World) -> None:
    upload = files.check_upload(kind="firmware", name="x4.z")
    with pytest.raises(Retriable):
        await world.database.write(
            lambda uow: files.create_file(uow, world.context, upload, Blob("0" * 64, "0" * 32, 1))
        )
