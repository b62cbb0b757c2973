"""The file server on the real services: links that tasks made, bytes from the blobs, evidence in the tasks."""

import asyncio
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlmodel import select

from acs.edges.files.app import files_app, strong_etag
from acs.edges.files.delivery import DeliveryLinks
from acs.services import delivery as service
from acs.services import files, tasks
from acs.services.delivery import Delivery
from acs.storage.tables import LinkRow
from cwmp_schemas import cpe_rpcs
from tests.conftest import World
from tests.phone import TestPhone, transfer_complete

CONTENT = bytes(range(256)) * 700
"""More than two pieces of a blob."""
SHA = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Scene:
    """A phone that was told to fetch a file; ``http`` is its client for files."""

    world: World
    phone: TestPhone
    device: str
    task: str
    url: str
    links: DeliveryLinks
    http: httpx.AsyncClient

    @property
    def path(self) -> tuple[str, str]:
        """Token and name."""
        _, _, token, name = urlsplit(self.url).path.split("/")
        return token, name

    async def link(self) -> LinkRow:
        asked = select(LinkRow).where(LinkRow.task_id == self.task)
        (row,) = await self.world.read(lambda uow: list(uow.session.exec(asked).all()))
        assert isinstance(row, LinkRow)
        return row

    async def state(self) -> str:
        return str((await self.world.state(self.task))["state"])


@pytest.fixture
async def known(world: World) -> tuple[TestPhone, str]:
    phone = world.phone()
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    return phone, await world.only_device()


async def scene_of(world: World, known: tuple[TestPhone, str], **body: Any) -> Scene:
    phone, device = known
    task = await world.task(device, **body)
    (asked,) = (each for each in await phone.call() if isinstance(each, cpe_rpcs.Download | cpe_rpcs.Upload))
    links = DeliveryLinks(Delivery(world.database, world.context))
    transport = httpx.ASGITransport(app=files_app(links), client=("192.0.2.7", 5061))
    http = httpx.AsyncClient(transport=transport, headers={"User-Agent": "Fanvil X4 2.12"})
    return Scene(world, phone, device, task, asked.URL, links, http)


@pytest.fixture
async def fetching(world: World, known: tuple[TestPhone, str]) -> Scene:
    upload = files.check_upload(kind="other", name="some file.bin")
    blob = await asyncio.to_thread(world.context.blobs.put, CONTENT, encrypted=False, max_bytes=10**6)
    made = await world.database.write(lambda uow: files.create_file(uow, world.context, upload, blob))
    return await scene_of(world, known, type="download", file_id=made["id"], file_type="2 Web Content")


@pytest.fixture
async def sending(world: World, known: tuple[TestPhone, str]) -> Scene:
    phone, _ = known
    phone.handlers["Upload"] = lambda message: cpe_rpcs.UploadResponse(
        Status=1, StartTime="0001-01-01T00:00:00Z", CompleteTime="0001-01-01T00:00:00Z"
    )
    return await scene_of(world, known, type="upload", file_type="2 Vendor Log File")


async def test_a_phone_fetches_what_it_was_told_to(fetching: Scene) -> None:
    answer = await fetching.http.get(fetching.url)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["etag"] == strong_etag(SHA)
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-length"] == str(len(CONTENT))
    row = await fetching.link()
    assert (row.requests, row.served, row.complete_at is not None) == (1, [[0, len(CONTENT)]], True)
    assert (row.client, row.user_agent) == ("192.0.2.7", "Fanvil X4 2.12")


async def test_the_file_is_described_by_its_link(fetching: Scene) -> None:
    file = await fetching.links.open(*fetching.path, client="192.0.2.7")
    row = await fetching.link()
    assert file is not None
    assert (file.reference, file.name, file.sha256, file.size) == (row.id, "some-file.bin", SHA, len(CONTENT))
    assert (file.etag, file.last_modified) == (strong_etag(SHA), row.created_at)
    pieces = [piece async for piece in fetching.links.chunks(file, 100, 70_000)]
    assert b"".join(pieces) == CONTENT[100:70_100]
    assert len(pieces) > 1


async def test_only_a_get_hands_anything_over(fetching: Scene) -> None:
    assert (await fetching.http.head(fetching.url)).status_code == 200
    row = await fetching.link()
    assert (row.requests, row.served, row.complete_at) == (0, [], None)
    file = await fetching.links.open(*fetching.path, client="")
    assert file is not None
    for method, requests in (("HEAD", 0), ("PUT", 0), ("GET", 1)):
        await fetching.links.served(
            file, method=method, start=0, sent=len(CONTENT), complete=True, client="", user_agent=""
        )
        assert (await fetching.link()).requests == requests


async def test_a_file_fetched_in_ranges_is_complete_with_the_last_of_them(fetching: Scene) -> None:
    async def ranges(*wanted: str) -> Iterable[int]:
        answers = [await fetching.http.get(fetching.url, headers={"Range": f"bytes={each}"}) for each in wanted]
        return [answer.status_code for answer in answers]

    assert await ranges("100000-", "0-49999") == [206, 206]
    row = await fetching.link()
    assert (row.served, row.complete_at) == ([[0, 50000], [100000, len(CONTENT)]], None)
    assert await ranges("40000-99999") == [206]
    row = await fetching.link()
    assert (row.served, row.requests, row.complete_at is not None) == ([[0, len(CONTENT)]], 3, True)


async def test_a_link_is_good_for_its_own_name_only(fetching: Scene) -> None:
    token, name = fetching.path
    other = ("A" if token[0] != "A" else "B") + token[1:]
    for wrong in ((token, "other.bin"), (other, name), (token[:-1], name), ("", name)):
        assert await fetching.links.open(*wrong, client="") is None
    assert (await fetching.http.get(fetching.url + "x")).status_code == 404
    assert (await fetching.link()).requests == 0


async def test_a_file_that_was_deleted_is_not_found(fetching: Scene) -> None:
    fetching.world.context.blobs.delete(SHA)
    assert (await fetching.http.get(fetching.url)).status_code == 404


async def test_who_may_fetch_may_not_send(fetching: Scene) -> None:
    assert await fetching.links.expects(*fetching.path) is False
    assert (await fetching.http.put(fetching.url, content=b"mine")).status_code == 404
    assert (await fetching.http.get(fetching.url)).content == CONTENT


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_phone_sends_what_it_was_asked_for(sending: Scene, method: str) -> None:
    assert await sending.links.expects(*sending.path) is True
    answer = await sending.http.request(method, sending.url, content=b"the log")
    assert (answer.status_code, answer.content) == (200, b"")
    row = await sending.link()
    file = await sending.world.read(lambda uow: files.get_file(uow, row.file_id or ""))
    assert (file["kind"], file["size"], file["sha256"]) == ("other", 7, hashlib.sha256(b"the log").hexdigest())
    assert (row.client, row.size, row.complete_at is not None) == ("192.0.2.7", 7, True)
    assert sending.world.context.blobs.read(file["sha256"]) == b"the log"
    kept = [path.read_bytes() for path in (sending.world.folder / "blobs").rglob("*") if path.is_file()]
    assert len(kept) == 1
    assert b"the log" not in kept[0]  # it may hold passwords

    await sending.phone.call("7 TRANSFER COMPLETE", requests=(transfer_complete(sending.task),))
    assert await sending.state() == "succeeded"
    assert await sending.links.expects(*sending.path) is False
    assert (await sending.http.request(method, sending.url, content=b"again")).status_code == 404


async def test_what_is_sent_cannot_be_fetched_by_its_link(sending: Scene) -> None:
    await sending.http.put(sending.url, content=b"the log")
    assert await sending.links.open(*sending.path, client="") is None
    assert (await sending.http.get(sending.url)).status_code == 404


async def test_a_task_that_ends_while_its_file_arrives_keeps_nothing(sending: Scene) -> None:
    assert await sending.links.expects(*sending.path) is True
    await sending.world.database.write(lambda uow: tasks.cancel_task(uow, sending.task))
    assert await sending.links.received(*sending.path, io.BytesIO(b"late"), client="") is False
    page = await sending.world.read(lambda uow: files.list_files(uow))
    assert page.items == []


async def test_a_file_that_is_too_large_is_refused(sending: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MAX_RECEIVED", 10)
    answer = await sending.http.put(sending.url, content=b"x" * 11)
    assert answer.status_code >= 400
    assert (await sending.link()).complete_at is None
