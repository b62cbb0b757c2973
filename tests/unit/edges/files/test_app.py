import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import httpx
import pytest

from acs.edges.files.app import ASGIApp, Message, Scope, ServedFile, files_app, strong_etag
from acs.errors import AcsError, NeedsOperator, NotFound, Retriable

CONTENT = bytes(range(256)) * 40
SHA = hashlib.sha256(CONTENT).hexdigest()
URL = "/t/good/001565113af8.cfg"
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


@dataclass
class MemoryLinks:
    content: bytes = CONTENT
    piece: int = 1000
    breaks: AcsError | None = None
    """Raised by ``chunks`` after ``breaks_at`` bytes."""
    breaks_at: int = 0
    served_breaks: bool = False
    reports: list[dict[str, Any]] = field(default_factory=list)
    closed: int = 0
    takes: bool = True
    taken: list[tuple[str, bytes, str]] = field(default_factory=list)

    async def open(self, token: str, name: str, *, client: str) -> ServedFile | None:
        if token == "busy":
            raise Retriable("The database is busy.", after=2.5)
        if token != "good" or name not in ("001565113af8.cfg", "phone book é.xml"):
            return None
        return ServedFile("task-1", name, SHA, len(self.content), "text/plain", strong_etag(SHA), 784111777.5)

    async def chunks(self, file: ServedFile, start: int, length: int) -> AsyncIterator[bytes]:
        try:
            for offset in range(start, start + length, self.piece):
                if self.breaks and offset - start >= self.breaks_at:
                    raise self.breaks
                yield self.content[offset : min(offset + self.piece, start + length)]
        finally:
            self.closed += 1

    async def expects(self, token: str, name: str) -> bool:
        return token == "upload"

    async def received(self, token: str, name: str, body: BinaryIO, *, client: str) -> bool:
        self.taken.append((name, body.read(), client))
        return self.takes

    async def served(self, file: ServedFile, **facts: Any) -> None:
        self.reports.append({"reference": file.reference, **facts})
        if self.served_breaks:
            raise RuntimeError("database gone")


def client(app: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 5061))
    return httpx.AsyncClient(transport=transport, base_url="http://files", headers={"User-Agent": "Fanvil X4 2.0"})


async def ask(links: MemoryLinks, method: str = "GET", url: str = URL, **headers: str) -> httpx.Response:
    async with client(files_app(links)) as http:
        return await http.request(method, url, headers={name.replace("_", "-"): text for name, text in headers.items()})


def report(method: str = "GET", start: int = 0, sent: int = 0, complete: bool = False) -> dict[str, Any]:
    return {
        "reference": "task-1",
        "method": method,
        "start": start,
        "sent": sent,
        "complete": complete,
        "client": "192.0.2.7",
        "user_agent": "Fanvil X4 2.0",
    }


async def test_get_gives_the_whole_file_and_reports_it() -> None:
    links = MemoryLinks()
    answer = await ask(links)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert dict(answer.headers) == {
        "etag": f'"{SHA[:32]}"',
        "last-modified": DATE,
        "accept-ranges": "bytes",
        "content-type": "text/plain",
        "content-length": str(len(CONTENT)),
        "x-content-type-options": "nosniff",
        "cache-control": "private",
    }
    assert links.reports == [report(sent=len(CONTENT), complete=True)]
    assert links.closed == 1


async def test_head_describes_the_same_and_sends_nothing() -> None:
    links = MemoryLinks()
    answer = await ask(links, "HEAD")
    assert answer.content == b""
    assert dict(answer.headers) == dict((await ask(MemoryLinks())).headers)
    assert links.reports == [report("HEAD")]
    assert links.closed == 0


async def test_an_empty_file_is_complete_at_once() -> None:
    links = MemoryLinks(content=b"")
    answer = await ask(links)
    assert (answer.status_code, answer.headers["content-length"]) == (200, "0")
    assert links.reports == [report(complete=True)]


@pytest.mark.parametrize(
    ("wanted", "start", "length", "complete"),
    [("bytes=0-99", 0, 100, False), ("bytes=100-", 100, len(CONTENT) - 100, True), ("bytes=-1", 10239, 1, True)],
)
async def test_a_range(wanted: str, start: int, length: int, complete: bool) -> None:
    links = MemoryLinks()
    answer = await ask(links, Range=wanted)
    assert (answer.status_code, answer.content) == (206, CONTENT[start : start + length])
    assert answer.headers["content-range"] == f"bytes {start}-{start + length - 1}/{len(CONTENT)}"
    assert answer.headers["content-length"] == str(length)
    assert links.reports == [report(start=start, sent=length, complete=complete)]


async def test_several_ranges_give_the_whole() -> None:
    answer = await ask(MemoryLinks(), Range="bytes=0-1,5-6")
    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_a_range_beyond_the_end() -> None:
    links = MemoryLinks()
    answer = await ask(links, Range="bytes=99999-")
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"
    assert answer.headers["content-length"] == "0"
    assert links.reports == [report()]


async def test_not_modified() -> None:
    links = MemoryLinks()
    answer = await ask(links, If_None_Match=strong_etag(SHA))
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == strong_etag(SHA)
    assert "content-length" not in answer.headers
    assert (await ask(links, If_Modified_Since=DATE)).status_code == 304
    assert links.reports == [report(), report()]


async def test_repeated_header_lines_are_one_list() -> None:
    async with client(files_app(MemoryLinks())) as http:
        answer = await http.get(URL, headers=[("If-None-Match", '"x"'), ("If-None-Match", strong_etag(SHA))])
    assert answer.status_code == 304


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/t",
        "/t/",
        "/t/good",
        "/t/good/",
        "/t/good/other.cfg",
        "/t/wrong/001565113af8.cfg",
        "/t/good/001565113af8.cfg/",
        "/t/good/..%2F001565113af8.cfg",
        "/t/good/a%00b",
        "/t/go%20od/001565113af8.cfg",
        "/t/good/" + "a" * 2000,
        "/t/" + "a" * 2000 + "/a.cfg",
        "/x/good/001565113af8.cfg",
        "/etc/passwd",
    ],
)
async def test_everything_unknown_is_the_same_404(url: str) -> None:
    links = MemoryLinks()
    answer = await ask(links, url=url)
    assert (answer.status_code, answer.content) == (404, b"Not found\n")
    assert dict(answer.headers) == dict((await ask(links, url="/t/expired/001565113af8.cfg")).headers)
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-content-type-options"] == "nosniff"
    head = await ask(links, "HEAD", url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (404, b"", "10")
    assert links.reports == []


@pytest.mark.parametrize("url", ["/t/good/phone%20book%20%C3%A9.xml", URL + "?x=1", "/%74/good/001565113%61f8.cfg"])
async def test_percent_encoding_and_queries(url: str) -> None:
    assert (await ask(MemoryLinks(), url=url)).status_code == 200


async def test_an_absolute_target_that_the_server_passed_on() -> None:
    started = await raw(files_app(MemoryLinks()), path="http://192.0.2.1:7567" + URL)
    assert started["status"] == 200
    assert (await raw(files_app(MemoryLinks()), path="http://192.0.2.1:7567"))["status"] == 404


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "PROPFIND"])
@pytest.mark.parametrize("url", [URL, "/nothing"])
async def test_other_methods(method: str, url: str) -> None:
    answer = await ask(MemoryLinks(), method, url)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, PUT, POST"
    assert answer.headers["connection"] == "close"


async def test_parallel_ranges_do_not_mix() -> None:
    links = MemoryLinks()
    starts = range(0, len(CONTENT), 1024)
    async with client(files_app(links)) as http:
        answers = await asyncio.gather(
            *(http.get(URL, headers={"Range": f"bytes={start}-{start + 1023}"}) for start in starts)
        )
    assert b"".join(answer.content for answer in answers) == CONTENT
    assert sorted(entry["start"] for entry in links.reports) == list(starts)
    assert [entry["start"] for entry in links.reports if entry["complete"]] == [starts[-1]]


async def test_busy_is_503_with_a_time() -> None:
    answer = await ask(MemoryLinks(), url="/t/busy/a.cfg")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")


@pytest.mark.parametrize(
    ("error", "status"),
    [(NotFound("gone"), 404), (Retriable("later", after=1), 503), (NeedsOperator("damaged"), 500)],
)
async def test_content_that_fails_before_the_first_byte(
    error: AcsError, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    links = MemoryLinks(breaks=error)
    answer = await ask(links, Range="bytes=500-")
    assert answer.status_code == status
    assert links.reports == []
    assert links.closed == 1
    assert "Traceback" not in caplog.text


async def test_content_that_breaks_off_leaves_the_answer_unfinished(caplog: pytest.LogCaptureFixture) -> None:
    links = MemoryLinks(breaks=NeedsOperator("damaged"), breaks_at=3000)
    sent: list[Message] = []
    await raw(files_app(links), sent=sent)
    assert sent[-1]["more_body"] is True
    assert links.reports == [report(sent=3000) | {"client": "", "user_agent": ""}]
    assert "broke off" in caplog.text


@pytest.mark.parametrize("difference", [-300, +300])
async def test_never_more_or_less_than_announced(difference: int) -> None:
    class Lying(MemoryLinks):
        async def chunks(self, file: ServedFile, start: int, length: int) -> AsyncIterator[bytes]:
            yield bytes(length + difference)

    links = Lying()
    sent: list[Message] = []
    await raw(files_app(links), sent=sent)
    body = b"".join(message.get("body", b"") for message in sent)
    assert len(body) == min(len(CONTENT), len(CONTENT) + difference)
    assert sent[-1].get("more_body", False) is (difference < 0)
    assert links.reports[0]["complete"] is (difference > 0)


async def test_a_client_that_hangs_up_is_not_complete() -> None:
    gone = asyncio.Event()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) == 3:
            gone.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    links = MemoryLinks()
    await raw(files_app(links), send=send, gone=gone)
    assert len(sent) == 3
    assert links.reports[0]["sent"] < len(CONTENT)
    assert not links.reports[0]["complete"]
    assert links.closed == 1


async def test_a_hang_up_during_the_only_piece_is_noticed() -> None:
    gone = asyncio.Event()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            gone.set()

    links = MemoryLinks(piece=1 << 20)
    await raw(files_app(links), send=send, gone=gone)
    assert links.reports == [report() | {"client": "", "user_agent": ""}]


async def test_a_client_that_takes_nothing_is_given_up() -> None:
    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    links = MemoryLinks()
    await raw(files_app(links, stall=0.01), send=send)
    assert links.reports == [report() | {"client": "", "user_agent": ""}]


async def test_a_cancelled_transfer_is_still_reported() -> None:
    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    links = MemoryLinks()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(raw(files_app(links), send=send), 0.01)
    assert [entry["complete"] for entry in links.reports] == [False]


async def test_evidence_that_cannot_be_kept_does_not_break_the_transfer(caplog: pytest.LogCaptureFixture) -> None:
    answer = await ask(MemoryLinks(served_breaks=True))
    assert answer.content == CONTENT
    assert "evidence of a transfer was not kept" in caplog.text


async def test_tokens_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="acs")
    await ask(MemoryLinks(served_breaks=True))
    await ask(MemoryLinks(breaks=NotFound("gone")))
    assert "good" not in caplog.text


async def test_lifespan_and_websocket() -> None:
    app = files_app(MemoryLinks())
    incoming = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[Message] = []

    async def receive() -> Message:
        return dict(next(incoming))

    async def send(message: Message) -> None:
        sent.append(message)

    await app({"type": "lifespan"}, receive, send)
    await app({"type": "websocket"}, receive, send)
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
        "websocket.close",
    ]


async def raw(
    app: ASGIApp,
    *,
    path: str = URL,
    sent: list[Message] | None = None,
    send: Any = None,
    gone: asyncio.Event | None = None,
) -> Message:
    """One GET without a client between; returns the start of the answer."""
    messages: list[Message] = [] if sent is None else sent
    hang_up = gone or asyncio.Event()
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await hang_up.wait()
        return {"type": "http.disconnect"}

    async def keep(message: Message) -> None:
        messages.append(message)

    scope: Scope = {"type": "http", "method": "GET", "path": path, "headers": [], "client": None}
    await app(scope, receive, send or keep)
    return messages[0] if messages else {}


async def test_quirk_137_head_first_then_ranges_then_the_whole_again() -> None:
    """What phones' file clients do with one link: nothing of it is refused, and all of it is evidence."""
    links = MemoryLinks()
    half = len(CONTENT) // 2
    assert (await ask(links, "HEAD")).headers["content-length"] == str(len(CONTENT))
    parts = await asyncio.gather(
        ask(links, Range=f"bytes={half}-"), ask(links, Range=f"bytes=0-{half - 1}"), ask(links, "GET"), ask(links)
    )
    assert [part.status_code for part in parts] == [206, 206, 200, 200]
    assert parts[1].content + parts[0].content == CONTENT
    assert [part.content for part in parts[2:]] == [CONTENT, CONTENT]
    assert sum(each["complete"] for each in links.reports) == 3
