"""Uploaded files: checked by kind, and gone only when nobody needs them."""

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from PIL import Image

from acs.domain.phones.catalogue import BUILT_IN, MODELS, Catalogue
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import render
from acs.errors import BadFile, BadRequest, Conflict, NotFound, Retriable
from acs.formats import Dialect, write
from acs.services import files, settings, tasks
from acs.services.devices import register_device
from acs.storage.blobs import Blob
from acs.storage.tables import FileRow
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World

CSV = b"name,number\nAnna,1001\nBert,1002\n"


async def store(world: World, content: bytes = b"image", *, kind: str = "firmware", **more: Any) -> dict[str, Any]:
    upload = files.check_upload(kind=kind, name=more.pop("name", "x4.z"), **more)
    upload = files.check_content(upload, io.BytesIO(content))
    kept = upload.content if upload.content is not None else content
    blob = world.context.blobs.put(kept, encrypted=upload.encrypted, max_bytes=10**6)
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


def picture(size: tuple[int, int] = (40, 20), kind: str = "PNG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, (1, 2, 3)).save(made, kind)
    return made.getvalue()


def checked(content: bytes, **said: Any) -> files.Upload:
    return files.check_content(files.check_upload(**said), io.BytesIO(content))


SCREENS = Catalogue(
    {
        "X4": replace(MODELS["X4"], screen=(320, 240)),
        "X3S": replace(MODELS["X3S"], screen=(320, 240)),
        "X7": replace(MODELS["X7"], screen=(800, 480)),
        "X1": MODELS["X1"],
    }
)


@pytest.mark.parametrize(
    ("said", "size"),
    [
        ({"width": "64", "height": "32"}, (64, 32)),
        ({"width": "64", "height": "32", "models": ["X4", "X7"]}, (64, 32)),
        ({"models": ["X4,X3S"]}, (320, 240)),
        ({"models": ["X4", "X1"]}, (320, 240)),
        ({"models": ["X1"]}, (40, 20)),
        ({}, (40, 20)),
    ],
)
def test_a_background_is_made_in_the_size_that_is_wanted(said: dict[str, Any], size: tuple[int, int]) -> None:
    made = checked(picture(), kind="background", name="holiday.PNG", catalogue=SCREENS, **said)
    assert made.name == "holiday.bmp"
    assert made.content is not None
    with Image.open(io.BytesIO(made.content)) as bitmap:
        assert (bitmap.format, bitmap.size) == ("BMP", size)
    assert (made.facts["width"], made.facts["height"], made.facts["depth"]) == (*size, 24)
    assert made.facts["made_from"]["name"] == "holiday.PNG"


def test_a_bitmap_is_taken_as_it_is_unless_a_fit_is_wanted() -> None:
    bitmap = picture(kind="BMP")
    taken = checked(bitmap, kind="background", name="a.bmp", models=["X4"], catalogue=SCREENS)
    assert taken.content is None
    assert taken.facts["warnings"] == [
        "The screen of X4 has 320 x 240 pixels, the picture 40 x 20; upload it with fit to have it made anew."
    ]
    made = checked(bitmap, kind="background", name="a.bmp", models=["X4"], fit="contain", catalogue=SCREENS)
    assert made.content is not None
    assert (made.facts["width"], made.facts["made_from"]["fit"]) == (320, "contain")
    assert "warnings" not in checked(bitmap, kind="background", name="a.bmp").facts


@pytest.mark.parametrize(
    ("said", "field", "says"),
    [
        ({"width": "64"}, "height", "width and height together"),
        ({"width": "0", "height": "1"}, "width", "from 1 to 2048"),
        ({"width": "64", "height": "9" * 5000}, "height", "from 1 to 2048"),
        ({"width": "a", "height": "1"}, "width", "number of pixels"),
        ({"fit": "crop"}, "fit", "cover, contain, stretch"),
        ({"fit": "cover"}, "fit", "wants width and height"),
        ({"models": ["X4", "X7"]}, "models", "X4 320 x 240, X7 800 x 480"),
        ({"models": ["V67"], "catalogue": BUILT_IN}, "models", "V67 takes no background"),
        ({"reference": "true", "models": ["X4"]}, "reference", "reference is for"),
        ({"reference": "perhaps"}, "reference", "true or false"),
        ({"kind": "firmware", "width": "10"}, "width", "for backgrounds"),
        ({"kind": "dialpeer", "name": "a.csv", "reference": "true"}, "reference", "wants models"),
        ({"kind": "dialpeer", "name": "a.txt"}, "file", ".csv"),
        ({"kind": "dialpeer", "name": "a.csv", "models": ["X4"]}, "models", "X4 takes no dialpeer"),
    ],
)
def test_what_is_said_of_side_files_is_checked(said: dict[str, Any], field: str, says: str) -> None:
    with pytest.raises(BadRequest, match=says) as caught:
        files.check_upload(**{"kind": "background", "name": "a.png", "catalogue": SCREENS, **said})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("kind", "name", "content", "says"),
    [
        ("background", "a.png", b"hello", "a.png: it is no picture"),
        ("background", "a.bmp", b"BM hello", "a.bmp: it is no BMP"),
        ("certificate", "a.pem", b"hello", "a.pem: it holds no certificate"),
        ("certificate", "a.xml", b"<a>", "a.xml: it is not well-formed"),
        ("mmiset", "a.mmiset", b"x", "compress it to .z"),
        ("mmiset", "a.z", b"PK\x03\x04", "a ZIP archive"),
        ("dialpeer", "a.csv", b"a,b\n1\n", "line 2 has 1 columns"),
        ("access_list", "a.csv", b"\x00", "zero bytes"),
        ("certificate", "a.bin", bytes(1024 * 1024 + 1), "at most 1048576 bytes"),
    ],
)
def test_side_files_are_looked_into(kind: str, name: str, content: bytes, says: str) -> None:
    with pytest.raises(BadFile, match=re.escape(says)) as caught:
        checked(content, kind=kind, name=name)
    assert caught.value.field == "file"


def test_firmware_of_an_odd_name_is_taken_with_a_warning() -> None:
    taken = checked(b"image", kind="firmware", name="notes.txt", models=["X4"], version="2.0")
    assert [warning.split(" (")[0] for warning in taken.facts["warnings"]] == [
        "The name does not look like firmware of model X4"
    ]
    assert "Without a version" in checked(b"image", kind="firmware", name="x4.z").facts["warnings"][0]
    good = checked(b"image", kind="firmware", name="x42.14.0.7386T20210730173312.z", models=["X4"], version="2.14.0")
    assert good.facts == {}


async def test_private_keys_are_sealed_and_shown_to_nobody(world: World) -> None:
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made = await store(world, key, kind="certificate", name="phone.key")
    assert made["facts"] == {"kind": "private key", "private": True}
    assert files.is_secret(made)
    lying = [path.read_bytes() for path in (world.folder / "blobs").rglob("*") if path.is_file()]
    assert lying
    assert not any(b"PRIVATE KEY" in content for content in lying)
    assert world.context.blobs.read(made["sha256"]) == key
    assert not files.is_secret(await store(world, CSV, kind="phonebook", name="b.csv"))


async def test_an_expired_certificate_is_told_of(world: World) -> None:
    row = FileRow(id="f", kind="certificate", name="a.pem", sha256="", md5="", size=1, created_at=0.0)
    row.facts = {"not_after": "2026-03-01T00:00:00Z"}
    ends = 1772323200.0  # that very second
    assert "warnings" not in files.file_view(row, ends - 1)["facts"]
    assert files.file_view(row, ends + 1)["facts"]["warnings"] == [
        "The certificate has expired: it was good until 2026-03-01T00:00:00Z."
    ]
    assert row.facts == {"not_after": "2026-03-01T00:00:00Z"}


async def test_a_file_in_the_contracts_words(world: World) -> None:
    made = await store(world, b"image", version="2.12.2", models=["X4"])
    assert made == await world.read(lambda uow: files.get_file(uow, made["id"]))
    assert made.keys() == {"id", "kind", "name", "version", "models", "size", "sha256", "md5", "created_at"} | {
        "device_id",
        "task_id",
        "facts",
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


async def test_bytes_that_nothing_refers_to_are_found_after_a_while(world: World) -> None:
    made = await store(world)

    def found(uow: UnitOfWork, *, later: float) -> list[str]:
        uow.now += later
        return files.unreferenced(uow)

    assert await world.read(lambda uow: found(uow, later=7200.0)) == []
    # The process ends right after this transaction, so that nobody drops the bytes.
    await world.database.write(lambda uow: files.delete_file(uow, made["id"]))
    assert await world.read(lambda uow: found(uow, later=60.0)) == []
    assert await world.read(lambda uow: found(uow, later=7200.0)) == [made["sha256"]]


@pytest.mark.parametrize("table", ["file", "link", "config_version"])
async def test_who_refers_to_bytes_is_looked_up_in_an_index(world: World, table: str) -> None:
    """Thousands of contents are dropped by one round of housekeeping, from tables with half a million rows."""
    plan = await world.read(
        lambda uow: uow.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE sha256 = 'x'").all()
    )
    assert all("USING" in row[3] and "INDEX" in row[3] for row in plan), plan
