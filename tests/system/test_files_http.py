"""The file listener under real uvicorn, asked by curl and by raw sockets, as phones ask."""

import asyncio
import hashlib
import logging
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pytest
import uvicorn

from acs.edges.files.app import ServedFile, files_app, strong_etag
from acs.storage.blobs import LocalBlobs, stream

pytestmark = [pytest.mark.system, pytest.mark.slow]
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="the curl program is not installed")

CONFIG = b"<<VOIP CONFIG FILE>>Version:2.0001\r\n" + b"x" * 3000
FIRMWARE = hashlib.shake_128(b"firmware").digest(16 * 1024 * 1024)


@dataclass
class BlobLinks:
    """Links straight to blobs: token -> (name, sha256)."""

    blobs: LocalBlobs
    known: dict[str, tuple[str, str]]
    reports: list[dict[str, Any]] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)

    async def open(self, token: str, name: str, *, client: str) -> ServedFile | None:
        expected, sha256 = self.known.get(token, ("", ""))
        if name != expected:
            return None
        size = await asyncio.to_thread(self.blobs.size, sha256)
        return ServedFile(token, name, sha256, size, "application/octet-stream", strong_etag(sha256), 784111777.0)

    def chunks(self, file: ServedFile, start: int, length: int) -> AsyncIterator[bytes]:
        return stream(self.blobs, file.sha256, start, length)

    async def expects(self, token: str, name: str) -> bool:
        return token == "upload"

    async def received(self, token: str, name: str, body: BinaryIO, *, client: str) -> bool:
        self.taken.append(body.read())
        return True

    async def served(self, file: ServedFile, **facts: Any) -> None:
        self.reports.append({"reference": file.reference, **facts})


@dataclass
class Running:
    port: int
    links: BlobLinks
    cut_off: list[str]
    """Error lines of the server."""

    def url(self, token: str = "config", name: str = "001565113af8.cfg") -> str:
        return f"http://127.0.0.1:{self.port}/t/{token}/{name}"

    def reported(self, count: int) -> list[dict[str, Any]]:
        """The reports, once there are ``count`` of them."""
        deadline = time.monotonic() + 10
        while len(self.links.reports) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.links.reports) == count
        return self.links.reports


@pytest.fixture(params=["httptools", "h11"])
def server(request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Iterator[Running]:
    http: Literal["httptools", "h11"] = request.param
    blobs = LocalBlobs(tmp_path / "blobs")
    stored = {
        token: (name, blobs.put(data, encrypted=False, max_bytes=1 << 30).sha256)
        for token, name, data in (
            ("config", "001565113af8.cfg", CONFIG),
            ("firmware", "x4-2.4.0.z", FIRMWARE),
            ("empty", "e.cfg", b""),
        )
    }
    links = BlobLinks(blobs, stored)
    errors: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: errors.append(record.getMessage())  # type: ignore[method-assign]
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(files_app(links), http=http, ws="none", log_config=None, access_log=False)
    logging.getLogger("uvicorn.error").addHandler(handler)
    program = uvicorn.Server(config)
    thread = threading.Thread(target=program.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Running(listener.getsockname()[1], links, errors)
    finally:
        program.should_exit = True
        thread.join(20)
        logging.getLogger("uvicorn.error").removeHandler(handler)
        listener.close()
    assert not thread.is_alive()


def curl(*arguments: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request."""
    done = subprocess.run(
        ["curl", "-sS", "-i", "--noproxy", "*", "--max-time", "30", *arguments], capture_output=True, check=True
    )
    return answer(done.stdout.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n"))


def answer(data: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = data.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return int(status.split()[1]), {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}, body


def spoken(port: int, request: bytes) -> bytes:
    """What the server says to these bytes until it hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@needs_curl
def test_get_and_head(server: Running) -> None:
    status, headers, body = curl(server.url())
    assert (status, body) == (200, CONFIG)
    assert headers["content-length"] == str(len(CONFIG))
    assert "transfer-encoding" not in headers
    head = curl("-I", server.url())
    assert (head[0], head[2]) == (200, b"")
    assert {k: v for k, v in head[1].items() if k != "date"} == {k: v for k, v in headers.items() if k != "date"}
    first, second = server.reported(2)
    assert (first["method"], first["sent"], first["complete"]) == ("GET", len(CONFIG), True)
    assert (second["method"], second["sent"], second["complete"]) == ("HEAD", 0, False)
    assert first["client"] == "127.0.0.1"
    assert first["user_agent"].startswith("curl/")
    assert server.cut_off == []


@needs_curl
def test_ranges(server: Running) -> None:
    status, headers, body = curl("-r", "100-199", server.url("firmware", "x4-2.4.0.z"))
    assert (status, body) == (206, FIRMWARE[100:200])
    assert headers["content-range"] == f"bytes 100-199/{len(FIRMWARE)}"
    assert curl("-r", "-10", server.url())[2] == CONFIG[-10:]
    assert curl("-r", "0-1,4-5", server.url())[::2] == (200, CONFIG)
    status, headers, _ = curl("-r", "99999999-", server.url())
    assert (status, headers["content-range"]) == (416, f"bytes */{len(CONFIG)}")
    assert [entry["sent"] for entry in server.reported(4)] == [100, 10, len(CONFIG), 0]


@needs_curl
def test_http_1_0(server: Running) -> None:
    status, headers, body = curl("--http1.0", server.url())
    assert (status, body) == (200, CONFIG)
    assert headers["content-length"] == str(len(CONFIG))
    assert curl("--http1.0", "-I", server.url())[0] == 200


@needs_curl
def test_resume(server: Running, tmp_path: Path) -> None:
    target = tmp_path / "part"
    target.write_bytes(FIRMWARE[:1_000_001])
    url = server.url("firmware", "x4-2.4.0.z")
    subprocess.run(["curl", "-sS", "--noproxy", "*", "-C", "-", "-o", str(target), url], check=True, timeout=60)
    assert target.read_bytes() == FIRMWARE
    (entry,) = server.reported(1)
    assert (entry["start"], entry["sent"], entry["complete"]) == (1_000_001, len(FIRMWARE) - 1_000_001, True)


@needs_curl
def test_conditional(server: Running) -> None:
    etag = curl("-I", server.url())[1]["etag"]
    status, headers, body = curl("-H", f"If-None-Match: {etag}", server.url())
    assert (status, headers["etag"], body) == (304, etag, b"")
    assert curl("-H", f"If-Range: {etag}", "-r", "0-4", server.url())[::2] == (206, CONFIG[:5])
    assert curl("-H", 'If-Range: "other"', "-r", "0-4", server.url())[::2] == (200, CONFIG)
    assert curl(server.url("empty", "e.cfg"))[::2] == (200, b"")
    assert server.cut_off == []


@needs_curl
def test_wrong_links_are_the_same_plain_404(server: Running) -> None:
    answers = [curl(server.url("wrong")), curl(server.url("config", "other.cfg")), curl(f"{server.url()}/../../x")]
    assert {(status, body) for status, _, body in answers} == {(404, b"Not found\n")}
    assert len({frozenset((k, v) for k, v in headers.items() if k != "date") for _, headers, _ in answers}) == 1
    status, headers, _ = curl("-X", "DELETE", server.url())
    assert (status, headers["allow"]) == (405, "GET, HEAD, PUT, POST")
    assert server.links.reports == []


def test_http_1_0_without_host_over_a_raw_socket(server: Running) -> None:
    status, headers, body = answer(spoken(server.port, b"GET /t/config/001565113af8.cfg HTTP/1.0\r\n\r\n"))
    assert (status, body) == (200, CONFIG)
    assert headers["content-length"] == str(len(CONFIG))
    assert "transfer-encoding" not in headers


@pytest.mark.parametrize(
    "target", ["http://files.example:7567/t/config/001565113af8.cfg", "/t/config/001565113%61f8.cfg?x=1"]
)
def test_odd_targets(server: Running, target: str) -> None:
    request = f"GET {target} HTTP/1.1\r\nHost: files.example\r\nConnection: close\r\n\r\n"
    assert answer(spoken(server.port, request.encode()))[::2] == (200, CONFIG)


def test_several_ranges_at_once(server: Running) -> None:
    part = len(FIRMWARE) // 4
    found: dict[int, bytes] = {}

    def fetch(start: int) -> None:
        request = f"GET /t/firmware/x4-2.4.0.z HTTP/1.0\r\nRange: bytes={start}-{start + part - 1}\r\n\r\n"
        status, _, found[start] = answer(spoken(server.port, request.encode()))
        assert status == 206

    run_at_once([lambda start=start: fetch(start) for start in range(0, len(FIRMWARE), part)])  # type: ignore[misc]
    assert b"".join(found[start] for start in sorted(found)) == FIRMWARE
    assert sorted(entry["complete"] for entry in server.reported(4)) == [False, False, False, True]


def test_a_client_that_hangs_up_half_way(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET /t/firmware/x4-2.4.0.z HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    (entry,) = server.reported(1)
    assert not entry["complete"]
    assert entry["sent"] < len(FIRMWARE)
    assert server.cut_off == []


def test_a_content_that_breaks_off_cuts_the_connection(server: Running) -> None:
    _, sha256 = server.links.known["firmware"]
    path = server.links.blobs._root / sha256[:2] / sha256[2:]

    async def shrinks(token: str, name: str, *, client: str) -> ServedFile | None:
        return ServedFile(token, name, sha256, len(FIRMWARE), "text/plain", strong_etag(sha256), 0.0)

    server.links.open = shrinks  # type: ignore[method-assign]
    path.write_bytes(FIRMWARE[:200_000])
    status, headers, body = answer(spoken(server.port, b"GET /t/firmware/x HTTP/1.1\r\nHost: x\r\n\r\n"))
    assert (status, headers["content-length"]) == (200, str(len(FIRMWARE)))
    assert body == FIRMWARE[:200_000]
    assert not server.reported(1)[0]["complete"]


def run_at_once(jobs: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


@needs_curl
@pytest.mark.parametrize(
    "how",
    [
        ("-T", "{file}"),
        ("-T", "{file}", "-H", "Expect: 100-continue", "--expect100-timeout", "20"),
        ("-T", "{file}", "-H", "Transfer-Encoding: chunked"),
        ("-X", "POST", "--data-binary", "@{file}"),
        ("-F", "type=config", "-F", "file=@{file}"),
        ("-X", "PUT", "-F", "file=@{file}"),
        ("-F", "file=@{file}", "-H", "Transfer-Encoding: chunked"),
        ("--http1.0", "-T", "{file}"),
    ],
    ids=" ".join,
)
def test_quirk_141_files_come_in_every_way(server: Running, tmp_path: Path, how: tuple[str, ...]) -> None:
    file = tmp_path / "backup.cfg"
    file.write_bytes(CONFIG)
    started = time.monotonic()
    status, _, _ = curl(*(each.format(file=file) for each in how), server.url("upload", "backup.cfg"))
    assert status == 200
    assert server.links.taken == [CONFIG]
    assert time.monotonic() - started < 10  # 100 Continue was sent, not waited out


def test_quirk_141_a_form_with_too_large_a_content_length_is_taken_when_the_phone_hangs_up(server: Running) -> None:
    form = b'--m\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n' + CONFIG + b"\r\n--m--\r\n"
    head = (
        b"POST /t/upload/backup.cfg HTTP/1.1\r\nHost: f\r\nContent-Type: multipart/form-data; boundary=m\r\n"
        b"Content-Length: 9999999\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head + form)
    deadline = time.monotonic() + 10
    while not server.links.taken and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.links.taken == [CONFIG]


def test_half_a_file_and_too_much_are_nothing(server: Running) -> None:
    head = b"PUT /t/upload/backup.cfg HTTP/1.1\r\nHost: f\r\nContent-Length: %d\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head % 100 + b"half")
    assert b" 413 " in spoken(server.port, head % (1 << 40)).split(b"\r\n")[0]
    time.sleep(0.1)
    assert server.links.taken == []
