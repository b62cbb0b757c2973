"""Files that phones send: PUT or POST, whole or not at all, never too much."""

from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest

from acs.edges.files import receiving
from acs.edges.files.app import files_app
from tests.unit.edges.files.test_app import MemoryLinks, client

URL = "/t/upload/backup.bin"


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_phone_sends_its_backup(method: str) -> None:
    links = MemoryLinks()
    async with client(files_app(links)) as http:
        answer = await http.request(method, URL, content=b"backup" * 1000)
    assert answer.status_code == 200
    assert links.taken == [("backup.bin", b"backup" * 1000, "192.0.2.7")]


async def test_a_link_that_expects_nothing_is_a_plain_404() -> None:
    links = MemoryLinks()
    async with client(files_app(links)) as http:
        answer = await http.put("/t/good/001565113af8.cfg", content=b"x")
    assert (answer.status_code, answer.text) == (404, "Not found\n")
    assert links.taken == []


async def test_a_task_that_ended_meanwhile_is_a_404_too() -> None:
    links = MemoryLinks(takes=False)
    async with client(files_app(links)) as http:
        assert (await http.put(URL, content=b"x")).status_code == 404


async def test_too_much_is_refused_by_its_length_and_by_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "MAX_UPLOAD", 10)
    links = MemoryLinks()
    async with client(files_app(links)) as http:
        assert (await http.put(URL, content=b"x" * 11)).status_code == 413

        async def chunks() -> AsyncIterator[bytes]:
            yield b"x" * 6
            yield b"x" * 6

        assert (await http.put(URL, content=chunks())).status_code == 413
    assert links.taken == []


async def test_half_a_file_is_nothing() -> None:
    messages: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": b"half", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> MutableMapping[str, Any]:
        return messages.pop(0)

    assert await receiving.body_of(receive, "8") is None


FORM = (
    b'--m\r\nContent-Disposition: form-data; name="f"; filename="a.cfg"\r\n\r\nbackup\r\n--m--\r\n',
    {"Content-Type": "multipart/form-data; boundary=m"},
)


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_quirk_141_a_form_is_taken_by_put_and_by_post(method: str) -> None:
    links = MemoryLinks()
    async with client(files_app(links)) as http:
        assert (await http.request(method, URL, content=FORM[0], headers=FORM[1])).status_code == 200
    assert links.taken == [("backup.bin", b"backup", "192.0.2.7")]


@pytest.mark.parametrize("body", [FORM[0], FORM[0][:-2]])
async def test_quirk_141_a_whole_form_is_taken_although_more_was_announced(body: bytes) -> None:
    messages: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": body, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> MutableMapping[str, Any]:
        return messages.pop(0)

    spool = await receiving.body_of(receive, "999")
    assert spool is not None
    with spool:
        assert spool.read() == body


async def test_half_a_form_is_nothing() -> None:
    messages: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": FORM[0][:-6], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> MutableMapping[str, Any]:
        return messages.pop(0)

    assert await receiving.body_of(receive, "999") is None
