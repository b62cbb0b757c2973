"""Every message of the hostile catalogue over real HTTP: what it is answered, what it costs, and who is served next."""

import contextlib
import http.client
import itertools
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.hostile import catalogue
from tests.hostile.catalogue import (
    ANSWERS,
    CASES,
    CHARSETS,
    CODINGS,
    CWMP,
    FILE_LURE,
    HEADERS,
    ID,
    IN_SESSION,
    INFORMS,
    LURE,
    OUTSIDE,
    RAW,
    SIZES,
    SOAP_CASES,
    WELL_FORMED,
    XML_ATTACKS,
    Case,
    RawCase,
    plain,
)
from tests.reference import CORPUS, needs_corpus
from tests.system.conftest import assert_official
from tests.system.server import SHARED, Server, Zygote
from tests.system.wire import Exchange, digest, fields, parse

pytestmark = [pytest.mark.system, pytest.mark.slow]

SECRET = "content-of-a-file-that-nobody-may-read"
SECONDS = 10.0
"""An answer later than this is none: phones give up after 30 s (quirk 218)."""
GROWN = 250 * 1024 * 1024
"""Bytes that the server may have more after everything than before it."""
PEAK = 600 * 1024 * 1024
"""Bytes that it may ever have more: several copies of a 16 MiB message, never of what it would unpack to."""
MAX_REQUESTS = 40
_numbers = itertools.count(1)


def serial_number() -> str:
    return f"H{next(_numbers):011d}"


class Lures:
    """A listener that counts who comes, and a file that nobody may read."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "secret"
        self.file.write_text(SECRET)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.1)
        self.port = int(self.listener.getsockname()[1])

    def bait(self, data: bytes) -> bytes:
        """Put real addresses in place of the invented ones, in every charset that they may be written in."""
        for charset in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp037"):
            data = data.replace(LURE.encode(charset), f"http://127.0.0.1:{self.port}".encode(charset))
            data = data.replace(FILE_LURE.encode(charset), f"file://{self.file}".encode(charset))
        return data

    def visitors(self) -> int:
        count = 0
        while True:
            try:
                self.listener.accept()[0].close()
            except TimeoutError:
                return count
            count += 1


class Memory(threading.Thread):
    """Watches the resident memory of a process."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.before = self.peak = self.now()
        self.ended = threading.Event()

    def now(self) -> int:
        return int(self.process.memory_info().rss)

    def run(self) -> None:
        while not self.ended.wait(0.02):
            self.peak = max(self.peak, self.now())


@dataclass
class Target:
    """A server, what watches it, and how to talk to it."""

    server: Server
    lures: Lures
    memory: Memory
    auth: str
    wire: list[Exchange] = field(default_factory=list)

    def post(
        self,
        body: bytes,
        headers: dict[str, str] | None = None,
        connection: http.client.HTTPConnection | None = None,
        *,
        anonymous: bool = False,
        namespace: str = CWMP,
    ) -> Exchange:
        """Send one POST; Digest where the server wants it."""
        link = connection or http.client.HTTPConnection("127.0.0.1", self.server.cwmp_port, timeout=SECONDS)
        usual = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""', "User-Agent": "hostile"}
        told = {name: value for name, value in (usual | (headers or {})).items() if value}
        try:
            if self.auth == "digest" and not anonymous:
                challenged = self._once(link, b"", {}, namespace)
                if challenged.status == 401:
                    challenge = fields(challenged.header("www-authenticate") or "")
                    told["Authorization"] = digest(challenge, *SHARED, "/acs", 1)
            return self._once(link, self.lures.bait(body), told, namespace)
        finally:
            if connection is None:
                link.close()

    def _once(self, link: http.client.HTTPConnection, body: bytes, headers: dict[str, str], namespace: str) -> Exchange:
        begun = time.monotonic()
        link.putrequest("POST", "/acs", skip_accept_encoding=True)
        for name, value in headers.items():
            link.putheader(name, value.encode("latin-1"))
        link.putheader("Content-Length", str(len(body)))
        with contextlib.suppress(OSError):  # answered before all of it was sent
            link.endheaders(body)
        response = link.getresponse()
        answer = Exchange(response.status, tuple(response.getheaders()), response.read(), namespace)
        assert time.monotonic() - begun < SECONDS
        self.check(answer)
        return answer

    def check(self, answer: Exchange) -> None:
        """Hold what is true of every answer."""
        assert answer.status in (200, 204, 400, 401, 405, 413, 415, 431), answer.status
        assert answer.header("transfer-encoding") is None
        if answer.status != 204:
            assert answer.header("content-length") == str(len(answer.body))
        assert answer.status == 431 or bool(answer.body) == (answer.status == 200)  # the listener says why
        assert SECRET.encode() not in answer.body
        if answer.status == 200:
            assert answer.header("content-type") == "text/xml; charset=utf-8"
            self.wire.append(answer)

    def neighbour(self) -> None:
        """A phone without any oddity is served."""
        answer = self.post(plain("00NEIGHBOUR"))
        assert answer.status == 200
        assert parse(answer.body).method == "InformResponse"

    def session(self, serial: str | None = None) -> tuple[http.client.HTTPConnection, dict[str, str]]:
        """Begin a session; give its connection and its cookie."""
        link = http.client.HTTPConnection("127.0.0.1", self.server.cwmp_port, timeout=SECONDS)
        answer = self.post(plain(serial or serial_number()), connection=link)
        assert answer.status == 200
        return link, {"Cookie": (answer.header("set-cookie") or "").partition(";")[0]}

    def finish(self, link: http.client.HTTPConnection, cookie: dict[str, str]) -> None:
        """A session that still lives ends within a bounded number of empty POSTs."""
        for _ in range(MAX_REQUESTS):
            answer = self._once(link, b"", cookie, CWMP)
            if answer.status == 204:
                link.close()
                return
        raise AssertionError("the session does not end")


@pytest.fixture(
    scope="module",
    params=["none", "digest"],
)
def target(
    request: pytest.FixtureRequest, zygote: Zygote, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("hostile")
    lures = Lures(folder)
    server = Server(zygote, folder, ACS_CPE_AUTH=request.param)
    server.start()
    assert server.pid is not None
    target = Target(server, lures, Memory(server.pid), request.param)
    target.neighbour()
    target.post(catalogue.with_values(*[catalogue.value(f"Device.W{n}", "v" * 100) for n in range(5000)])("WARM"))
    target.memory.before = target.memory.now()
    target.memory.start()
    try:
        yield target
        target.neighbour()
        link, cookie = target.session()
        target.finish(link, cookie)
        target.memory.ended.set()
        assert lures.visitors() == 0, "something that a message named was fetched"
        grown, peak = target.memory.now() - target.memory.before, target.memory.peak - target.memory.before
        assert grown < GROWN, f"{grown >> 20} MiB more than before"
        assert peak < PEAK, f"{peak >> 20} MiB more than before, for a moment"
        out = [each for each in target.memory.process.net_connections("tcp") if each.laddr.port not in _ports(server)]
        assert [each for each in out if each.status == "ESTABLISHED"] == [], "a connection that the server has opened"
        assert_official(target.wire)
        assert "Traceback" not in server.log(), re.findall(r"Traceback.*?(?=\n\S)", server.log(), re.DOTALL)[:3]
    finally:
        target.memory.ended.set()
        lures.listener.close()
        server.close()


def _ports(server: Server) -> tuple[int, int, int]:
    return server.cwmp_port, server.files_port, server.api_port


def _holds(case: Case, answer: Exchange, method: str | None) -> None:
    """Compare an answer with what the catalogue says."""
    if case.expect.isdigit():
        assert answer.status == int(case.expect), (answer.status, case.why)
        return
    assert answer.status == 200, (answer.status, case.why)
    told = parse(answer.body)
    if case.expect == "accepted":
        assert told.method == method, (told.method, told.texts("FaultCode"), case.why)
    else:
        assert told.method == "Fault"
        assert [f"fault {code}" for code in told.texts("FaultCode")] == [case.expect]
    if case.id is not None:
        assert told.id == case.id


def _named(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


GROUPS = [XML_ATTACKS, SIZES, CHARSETS, WELL_FORMED, SOAP_CASES, INFORMS, OUTSIDE, CODINGS, HEADERS]


def test_the_catalogue_is_large_and_names_are_unique() -> None:
    names = [*(case.name for case in (*CASES, *IN_SESSION, *ANSWERS)), *(case.name for case in RAW)]
    assert len(names) == len(set(names))
    assert len(names) > 300
    assert [case for group in GROUPS for case in group] == CASES


@_named(CASES)
def test_a_message_as_the_first_of_a_connection(target: Target, case: Case) -> None:
    _holds(case, target.post(case.body(serial_number()), case.headers), "InformResponse")
    target.neighbour()


@_named(IN_SESSION)
def test_a_message_in_a_session(target: Target, case: Case) -> None:
    link, cookie = target.session()
    body = case.body(serial_number())
    answer = target._once(link, target.lures.bait(body), {"Content-Type": "text/xml", **case.headers, **cookie}, CWMP)
    if case.expect == "goes on":
        assert answer.status in (200, 204)
    else:
        asked = re.search(rb"<cwmp:(\w+)", body.partition(b"Body>")[2])
        _holds(case, answer, f"{asked.group(1).decode()}Response" if asked else None)
    target.finish(link, cookie)
    target.neighbour()


@_named(ANSWERS)
def test_an_odd_answer_to_whatever_is_asked(target: Target, case: Case) -> None:
    """The session goes on and ends, whatever every request is answered with."""
    link, cookie = target.session()
    answer = target._once(link, b"", cookie, CWMP)
    for _ in range(MAX_REQUESTS):
        if answer.status == 204:
            break
        assert answer.status == 200
        asked = parse(answer.body)
        body = case.body("").replace(b"{}", f"{asked.method}Response".encode()).replace(b"q&amp;7", asked.id.encode())
        answer = target._once(link, body, {"Content-Type": "text/xml", **cookie}, CWMP)
    assert answer.status == 204, "the session does not end"
    link.close()
    target.neighbour()


@pytest.mark.parametrize("case", RAW, ids=[case.name for case in RAW])
def test_bytes_on_a_connection(target: Target, case: RawCase) -> None:
    with socket.create_connection(("127.0.0.1", target.server.cwmp_port), timeout=SECONDS) as link:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):  # answered before all of it was sent
            link.sendall(case.data(serial_number()))
        if case.expect == ("dropped",):
            link.shutdown(socket.SHUT_WR)
        link.settimeout(1.0)
        told = bytearray()
        with contextlib.suppress(ConnectionResetError, TimeoutError):
            while part := link.recv(65536):
                told += part
    statuses = re.findall(rb"HTTP/1\.1 (\d{3}) ", told)
    assert not any(status.startswith(b"5") for status in statuses), told[:300]
    for at, expected in enumerate(case.expect):
        status = statuses[at].decode() if at < len(statuses) else ""
        wanted = {
            "dropped": status == "",
            "4xx or closed": status == "" or status[0] == "4",
            "200 or 4xx": status in ("200", "401") or status[:1] == "4",
        }
        challenged = target.auth == "digest" and status == "401" and expected in ("200", "204")
        assert wanted.get(expected, status == expected or challenged), (expected, bytes(told[:300]), case.why)
    assert len(statuses) <= max(len(case.expect), 2)
    target.neighbour()


@pytest.mark.parametrize("group", GROUPS, ids=[group[0].name for group in GROUPS])
def test_nobody_is_anything_without_credentials(target: Target, group: list[Case]) -> None:
    """With Digest, a stranger learns nothing of how its message would be read, and leaves no trace."""
    if target.auth == "none":
        pytest.skip("everybody is welcome here")
    before = len(target.server.items("/devices"))
    for case in group:
        answer = target.post(case.body(serial_number()), case.headers, anonymous=True)
        assert answer.status in (401, 413, 415, 431), (case.name, answer.status)
        assert (answer.status == 401) == bool(answer.header("www-authenticate"))
    assert len(target.server.items("/devices")) == before
    target.neighbour()


@needs_corpus
def test_every_captured_message_first(target: Target) -> None:
    """An Inform is answered in its own terms; anything else without a session is refused."""
    assert CORPUS is not None
    for path in sorted(CORPUS.glob("*.xml")):
        method = path.stem.split("-")[-2]
        data = path.read_bytes()
        answer = target.post(data, namespace=_namespace(data))
        if method != "Inform":
            assert answer.status == 400, path.name
            continue
        assert answer.status == 200, path.name
        told = parse(answer.body)
        if told.method == "Fault":
            assert told.texts("FaultCode") == ["8003"], path.name
            assert not re.search(rb"<SerialNumber>\s*\w", data), path.name
        else:
            assert told.method == "InformResponse"
            sent = re.search(rb"<cwmp:ID[^>]*>([^<]*)</", data.replace(b"\r\n", b"\n"))
            assert told.id == (sent.group(1).decode() if sent else told.id), path.name
    target.neighbour()


@needs_corpus
def test_every_captured_message_in_a_session(target: Target) -> None:
    """Requests are answered, answers and faults are taken or passed over, and the session ends."""
    if target.auth == "digest":
        pytest.skip("a session is a session, however its Inform was proven")
    assert CORPUS is not None
    for path in sorted(CORPUS.glob("*.xml")):
        method = path.stem.split("-")[-2]
        if method == "Inform":
            continue
        link, cookie = target.session()
        if method.endswith("Response") or method == "Fault":  # first let the server ask for something
            assert target._once(link, b"", cookie, CWMP).status == 200
        answer = target._once(link, path.read_bytes(), {"Content-Type": "text/xml", **cookie}, CWMP)
        if method.endswith("Response") or method == "Fault":
            assert answer.status in (200, 204), path.name
        else:
            assert parse(answer.body).method in (f"{method}Response", "Fault"), path.name
        target.finish(link, cookie)
    target.neighbour()


def _namespace(data: bytes) -> str:
    found = re.search(rb"urn:dslforum-org:cwmp-[\d-]+", data)
    return found.group().decode() if found else CWMP


def test_scans_are_counted_and_logged_in_one_line(target: Target) -> None:
    target.post(catalogue.TR_064, {})
    (line,) = [line for line in target.server.log().splitlines() if "scan" in line and "SetNTPServers" in line][-1:]
    assert "refused" in line
    assert ID not in line
