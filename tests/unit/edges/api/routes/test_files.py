"""Files by REST: multipart in, the same bytes out."""

import hashlib
from typing import Any

from tests.unit.edges.api.conftest import Api

FILE = {"id", "kind", "name", "version", "models", "size", "sha256", "md5", "created_at", "device_id", "task_id"}


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


BAD: list[tuple[dict[str, Any], int, str | None]] = [
    ({"kind": "song"}, 422, "kind"),
    ({"kind": ""}, 422, "kind"),
    ({"models": "Z99"}, 422, "models"),
    ({"colour": "red"}, 422, "colour"),
    ({"kind": "phonebook", "content": b"\x00\x01\x02"}, 422, "file"),
    ({"content": b""}, 422, "file"),
    ({"kind": "certificate"}, 422, "file"),
    ({"version": "v" * 100_000}, 400, None),
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
