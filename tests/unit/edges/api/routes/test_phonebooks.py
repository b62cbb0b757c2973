"""Phone books by REST."""

import csv
import io
from typing import Any

from lxml import etree

from tests.unit.edges.api.conftest import Api

BOB = {"name": "Bob & Co", "numbers": [{"kind": "work", "number": "2001"}, {"kind": "mobile", "number": "+49 171 1"}]}


async def book(api: Api, name: str = "Staff") -> str:
    made = await api.call("POST", "/phonebooks", json={"name": name})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/api/v1/phonebooks/{made.json()['id']}"
    return str(made.json()["id"])


async def test_a_books_life(api: Api) -> None:
    book_id = await book(api)
    made = await api.call("POST", f"/phonebooks/{book_id}/contacts", json={**BOB, "groups": ["R/D"], "ring": "3"})
    assert made.status_code == 201
    contact = made.json()
    assert contact.keys() == {"id", "name", "numbers", "ring", "groups", "updated_at"}
    path = f"/phonebooks/{book_id}/contacts/{contact['id']}"
    assert made.headers["location"] == f"/api/v1{path}"
    assert (await api.call("GET", path)).json() == contact
    changed = await api.call("PATCH", path, json={"name": "Bob"})
    assert (changed.json()["name"], changed.json()["numbers"]) == ("Bob", contact["numbers"])
    assert (await api.call("PUT", path, json=BOB)).json()["groups"] == []
    listed = await api.call("GET", "/phonebooks/Staff/contacts?q=171")
    assert [each["name"] for each in listed.json()["items"]] == ["Bob & Co"]
    shown = (await api.call("GET", f"/phonebooks/{book_id}")).json()
    assert (shown["name"], shown["contacts"], shown["scopes"]) == ("Staff", 1, [])
    assert shown["groups"] == [{"name": "R/D", "ring": ""}]
    assert (await api.call("GET", "/phonebooks")).json()["items"][0]["id"] == book_id
    replaced = await api.call("PUT", f"/phonebooks/{book_id}/contacts", json={"contacts": [BOB, {**BOB, "name": "A"}]})
    assert replaced.json() == {"added": 1, "changed": 0, "same": 1, "removed": 0, "contacts": 2}
    assert (await api.call("PATCH", f"/phonebooks/{book_id}", json={"name": "All"})).json()["name"] == "All"
    assert (await api.call("DELETE", path)).status_code == 204
    assert (await api.call("DELETE", path)).status_code == 404
    assert (await api.call("DELETE", "/phonebooks/All")).status_code == 204
    assert (await api.call("GET", f"/phonebooks/{book_id}")).status_code == 404


async def test_groups(api: Api) -> None:
    book_id = await book(api)
    path = f"/phonebooks/{book_id}/groups"
    made = await api.call("PUT", f"{path}/R/D", json={"ring": "5"})
    assert made.json() == {"name": "R/D", "ring": "5", "contacts": 0}
    await api.call("POST", f"/phonebooks/{book_id}/contacts", json={**BOB, "groups": ["R/D"]})
    assert (await api.call("PATCH", f"{path}/R%2FD", json={"name": "Lab"})).json()["contacts"] == 1
    assert (await api.call("GET", f"{path}/Lab")).json()["ring"] == "5"
    assert (await api.call("PUT", f"{path}/a,b", json={})).status_code == 422
    assert (await api.call("POST", path, json={"name": "VIP"})).status_code == 201
    assert (await api.call("POST", path, json={"name": "VIP"})).status_code == 409
    assert (await api.call("POST", path, json={"ring": "1"})).status_code == 422
    assert (await api.call("GET", path)).json() == {
        "items": [{"name": "Lab", "ring": "5", "contacts": 1}, {"name": "VIP", "ring": "", "contacts": 0}],
        "next": None,
    }
    assert (await api.call("DELETE", f"{path}/Lab")).status_code == 204
    assert (await api.call("GET", f"{path}/Lab")).status_code == 404


VCF = (
    b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:M=C3=BCller;J=C3=B6rg\r\nTEL;WORK:1\r\n"
    b"EMAIL:a@b\r\nEND:VCARD\r\nBEGIN:VCARD\r\nVERSION:3.0\r\nFN:Empty\r\nEND:VCARD\r\n"
)


async def test_imported_and_exported(api: Api) -> None:
    book_id = await book(api, "Füße & Co")
    path = f"/phonebooks/{book_id}"
    report = (await api.call("POST", f"{path}/import", content=VCF, headers={"Content-Type": "text/vcard"})).json()
    assert {key: report[key] for key in ("format", "mode", "added", "skipped", "contacts", "left_out")} == {
        "format": "vcf", "mode": "merge", "added": 1, "skipped": 1, "contacts": 1, "left_out": {"EMAIL": 1},
    }  # fmt: skip
    assert report["skipped_entries"] == [{"entry": 2, "name": "Empty", "reason": "'Empty' has no number"}]
    sent = {"file": ("b.csv", b'"name","work"\r\n"Anna","1001"\r\n')}
    report = (await api.call("POST", f"{path}/import?mode=replace", files=sent)).json()
    assert (report["format"], report["added"], report["removed"]) == ("csv", 1, 1)
    for kind, media in (
        ("xml", "application/xml"),
        ("vcf", "text/vcard; charset=utf-8"),
        ("csv", "text/csv; charset=utf-8"),
    ):
        answer = await api.call("GET", f"{path}/export?format={kind}")
        assert answer.headers["content-type"] == media
        assert answer.headers["content-disposition"] == f'attachment; filename="Fe___Co.{kind}"'
        assert (await api.call("POST", f"{path}/import", content=answer.content)).json()["same"] == 1
    root = etree.fromstring((await api.call("GET", f"{path}/export")).content)
    assert (root.findtext("Title"), root.findtext("DirectoryEntry/Name")) == ("Füße & Co", "Anna")
    text = (await api.call("GET", f"{path}/export?format=csv")).text
    assert next(csv.DictReader(io.StringIO(text)))["work"] == "1001"


BAD: list[tuple[str, str, dict[str, Any], int, str | None]] = [
    ("POST", "/phonebooks", {"json": {"name": ""}}, 422, "name"),
    ("POST", "/phonebooks", {"json": {"name": "Staff"}}, 409, "name"),
    ("POST", "/phonebooks/Staff/contacts", {"json": {"name": "A"}}, 422, "numbers"),
    ("POST", "/phonebooks/Staff/contacts", {"json": {**BOB, "name": "a\nb"}}, 422, "name"),
    ("PUT", "/phonebooks/Staff/contacts", {"json": {"contacts": [BOB, {}]}}, 422, "contacts.1.numbers"),
    ("POST", "/phonebooks/nobody/contacts", {"json": BOB}, 404, None),
    ("POST", "/phonebooks/nobody/import", {"content": VCF}, 404, None),
    ("POST", "/phonebooks/Staff/import", {"content": b""}, 422, "file"),
    ("POST", "/phonebooks/Staff/import", {"content": b"hello"}, 422, None),
    ("POST", "/phonebooks/Staff/import", {"content": b"<AIPPhoneDirectory><MenuItem/></AIPPhoneDirectory>"}, 422, None),
    ("POST", "/phonebooks/Staff/import", {"content": b'<!DOCTYPE a><AIPPhoneDirectory/>'}, 422, None),
    ("POST", "/phonebooks/Staff/import", {"files": {"other": ("a", VCF)}}, 422, "file"),
    ("POST", "/phonebooks/Staff/import?mode=add", {"content": VCF}, 422, "mode"),
    ("POST", "/phonebooks/Staff/import", {"content": b"x" * 200_000}, 413, None),
    ("GET", "/phonebooks/Staff/export?format=pdf", {}, 422, "format"),
    ("PATCH", "/phonebooks/Staff", {"json": {"title": "x"}}, 422, "title"),
    ("GET", "/phonebooks/Staff/contacts?cursor=x", {}, 422, "cursor"),
    ("PUT", "/settings/global", {"json": {"phonebook": {"phonebook_id": "x"}}}, 422, "phonebook.phonebook_id"),
    ("PUT", "/settings/global", {"json": {"phonebook": {"phonebook_id": "x", "file_id": "y"}}}, 422, "phonebook"),
]  # fmt: skip


async def test_bad_calls(api: Api) -> None:
    await book(api)
    for method, path, more, status, field in BAD:
        answer = await api.call(method, path, **more)
        assert (answer.status_code, answer.json().get("field")) == (status, field), (path, more, answer.text)
    assert (await api.call("GET", "/phonebooks/Staff/contacts")).json()["items"] == []


async def test_who_may(api: Api) -> None:
    await book(api)
    read = await api.token("read")
    assert (await api.call("GET", "/phonebooks/Staff/export", token=read)).status_code == 200
    assert (await api.call("POST", "/phonebooks/Staff/contacts", json=BOB, token=read)).status_code == 403
    assert (await api.call("POST", "/phonebooks/Staff/import", content=VCF, token=read)).status_code == 403
    assert (await api.call("GET", "/phonebooks", token=None)).status_code == 401


async def test_what_settings_name_cannot_be_deleted_and_is_never_a_file(api: Api) -> None:
    device_id = await api.device()
    book_id = await book(api)
    await api.call("POST", f"/phonebooks/{book_id}/contacts", json=BOB)
    named = {"phonebook": {"phonebook_id": book_id, "format": "csv"}}
    assert (await api.call("PUT", "/settings/global", json=named)).status_code == 200
    assert "phonebook.csv" in (await api.call("GET", f"/devices/{device_id}/config")).text
    refused = await api.call("DELETE", f"/phonebooks/{book_id}")
    assert (refused.status_code, refused.json()["scopes"]) == (409, ["global"])
    assert (await api.call("GET", "/files")).json()["items"] == []
    task = await api.call("POST", f"/devices/{device_id}/tasks", json={"type": "download", "kind": "phonebook"})
    assert task.status_code == 201
