"""Files by REST: multipart in, the same bytes out."""

import hashlib
import io
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from PIL import Image

from tests.unit.edges.api.conftest import Api

FILE = {"id", "kind", "name", "version", "models", "size", "sha256", "md5", "created_at", "device_id", "task_id"} | {
    "facts"
}


async def test_uploaded_fetched_deleted(api: Api) -> None:
    content = bytes(range(256)) * 500
    made = await api.upload(content, version="2.12.2", models=["X4", "x3s"])
    assert made.status_code == 201
    file = made.json()
    assert file.keys() == FILE
    assert file["models"] == ["X4", "X3S"]
    assert (file["size"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert (await api.call("GET", f"/files/{file['id']}")).json() == file
    fetched = await api.call("GET", f"/files/{file['id']}/content")
    assert fetched.content == content
    assert fetched.headers["content-length"] == str(len(content))
    assert 'filename="x4.z"' in fetched.headers["content-disposition"]
    assert (await api.call("GET", "/files?kind=firmware&model=X4")).json()["items"] == [file]
    assert (await api.call("DELETE", f"/files/{file['id']}")).status_code == 204
    assert (await api.call("GET", f"/files/{file['id']}/content")).status_code == 404
    assert not api.world.context.blobs.exists(file["sha256"])


async def test_the_same_bytes_twice_live_until_the_last_is_deleted(api: Api) -> None:
    first, second = (await api.upload()).json(), (await api.upload(file_name="b.z")).json()
    await api.call("DELETE", f"/files/{first['id']}")
    assert (await api.call("GET", f"/files/{second['id']}/content")).content == b"image"


async def test_what_settings_name_cannot_be_deleted(api: Api) -> None:
    file = (await api.upload()).json()
    await api.call("PUT", "/settings/global", json={"firmware": {"file_id": file["id"]}})
    refused = await api.call("DELETE", f"/files/{file['id']}")
    assert refused.status_code == 409
    assert refused.json()["scopes"] == ["global"]


async def test_a_configuration_is_sealed_on_disk_and_a_secret(api: Api) -> None:
    content = b"\x8f\x02 an encrypted configuration"
    file = (await api.upload(content, kind="config", file_name="a.cfg")).json()
    stored = b"".join(path.read_bytes() for path in api.world.folder.glob("blobs/**/*") if path.is_file())
    assert content not in stored
    assert (await api.call("GET", f"/files/{file['id']}/content")).content == content
    read = await api.token("read")
    assert (await api.call("GET", f"/files/{file['id']}/content", token=read)).status_code == 403


async def test_a_picture_becomes_a_bitmap_and_says_what_it_was(api: Api) -> None:
    sent = io.BytesIO()
    Image.new("RGBA", (50, 30), (9, 8, 7, 255)).save(sent, "PNG")
    said = {"kind": "background", "width": "20", "height": "10", "fit": "stretch"}
    file = (await api.upload(sent.getvalue(), file_name="holiday.png", **said)).json()
    assert (file["name"], file["facts"]["width"], file["facts"]["height"]) == ("holiday.bmp", 20, 10)
    assert file["facts"]["made_from"] == {
        "name": "holiday.png",
        "format": "PNG",
        "width": 50,
        "height": 30,
        "fit": "stretch",
    }
    content = (await api.call("GET", f"/files/{file['id']}/content")).content
    assert hashlib.sha256(content).hexdigest() == file["sha256"]
    with Image.open(io.BytesIO(content)) as bitmap:
        assert (bitmap.format, bitmap.size, bitmap.getpixel((3, 3))) == ("BMP", (20, 10), (9, 8, 7))


async def test_a_private_key_is_sealed_on_disk_and_a_secret(api: Api) -> None:
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = (await api.upload(key, kind="certificate", file_name="phone.pem")).json()
    assert file["facts"] == {"kind": "private key", "private": True}
    stored = b"".join(path.read_bytes() for path in api.world.folder.glob("blobs/**/*") if path.is_file())
    assert b"PRIVATE KEY" not in stored
    assert (await api.call("GET", f"/files/{file['id']}/content")).content == key
    read = await api.token("read")
    assert (await api.call("GET", f"/files/{file['id']}/content", token=read)).status_code == 403


async def test_a_table_of_other_columns_is_refused_and_a_reference_is_not(api: Api) -> None:
    said = {"kind": "access_list", "models": "i30", "file_name": "export.csv"}
    first = (await api.upload(b"ID,Name\n1,Anna\n", **said)).json()
    assert first["facts"] == {
        "columns": ["ID", "Name"],
        "rows": 1,
        "delimiter": ",",
        "encoding": "utf-8",
        "reference": ["i30"],
    }
    refused = await api.upload(b"ID,Card\n1,7\n", **said)
    assert (refused.status_code, refused.json()["field"]) == (422, "file")
    assert "missing: 'Name'; not known: 'Card'" in refused.json()["detail"]
    assert (await api.upload(b"ID,Card\n1,7\n", reference="true", **said)).status_code == 201
    assert (await api.upload(b"ID,Card\n1,8\n", **said)).status_code == 201


BAD: list[tuple[dict[str, Any], int, str | None]] = [
    ({"kind": "song"}, 422, "kind"),
    ({"kind": ""}, 422, "kind"),
    ({"models": "Z99"}, 422, "models"),
    ({"colour": "red"}, 422, "colour"),
    ({"kind": "phonebook", "content": b"\x00\x01\x02"}, 422, "file"),
    ({"content": b""}, 422, "file"),
    ({"kind": "certificate"}, 422, "file"),
    ({"version": "v" * 100_000}, 400, None),
    ({"width": "10"}, 422, "width"),
    ({"kind": "background", "file_name": "a.png", "width": "10"}, 422, "height"),
    ({"kind": "background", "file_name": "a.png", "fit": "crop"}, 422, "fit"),
    ({"kind": "background", "file_name": "a.png", "content": b"hello"}, 422, "file"),
    ({"kind": "mmiset", "file_name": "a.mmiset"}, 422, "file"),
    ({"kind": "dialpeer", "file_name": "a.csv", "models": "X4"}, 422, "models"),
    ({"kind": "dialpeer", "file_name": "a.csv", "reference": "true"}, 422, "reference"),
]


async def test_bad_uploads(api: Api) -> None:
    for fields, status, field in BAD:
        given = dict(fields)
        answer = await api.upload(given.pop("content", b"image"), **given)
        assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    assert (await api.call("GET", "/files")).json()["items"] == []


async def test_bodies_that_are_no_upload(api: Api) -> None:
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    for headers, content, status in (
        ({"Content-Type": "application/json"}, b"{}", 415),
        ({"Content-Type": "multipart/form-data"}, b"", 400),
        (form, b"nonsense", 400),
        (form, b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nno file name\r\n--x--\r\n', 422),
        (form, b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nother\r\n--x--\r\n', 422),
    ):
        answer = await api.call("POST", "/files", headers=headers, content=content)
        assert answer.status_code == status, (content, answer.text)
