"""HTTP as phones, scanners and attackers really speak it, against a real process."""

import contextlib
import http.client
import itertools
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Authority, Pair
from tests.system.cpe import Phone
from tests.system.server import ROOT, SHARED, Server, Zygote, free_ports
from tests.system.test_talk import asked, begin, say
from tests.system.wire import digest, fields

pytestmark = pytest.mark.system

_numbers = itertools.count(0x9000)
END = b"\r\n\r\n"


class Line:
    """A TCP connection, byte by byte."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 20, (address, 0))
        self.left = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read one answer."""
        while END not in self.left:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError(self.left)
            self.left += more
        head, _, rest = self.left.partition(END)
        lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", "0"))
        while len(rest) < length:
            rest += self.socket.recv(65536)
        self.left = rest[length:]
        return int(lines[0].split()[1]), headers, rest[:length]

    def closed(self, patience: float = 15.0) -> bool:
        """Whether the server ends the connection."""
        self.socket.settimeout(patience)
        try:
            while more := self.socket.recv(65536):
                self.left += more
        except TimeoutError:
            return False
        except ConnectionResetError:
            return True
        return True

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    made = Line(server.cwmp_port)
    yield made
    made.close()


def inform(server: Server, *events: str) -> bytes:
    """An Inform of a new phone."""
    phone = Phone(server, next(_numbers))
    phone._happen(*(events or ("0 BOOTSTRAP",)))
    return phone._envelope("1", "Inform", phone._inform_body())


def post(body: bytes, *headers: str, target: str = "/acs", version: str = "HTTP/1.1", length: bool = True) -> bytes:
    lines = [f"POST {target} {version}", "Host: acs", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + END + body


def authorization(challenge: str, uri: str = "/acs") -> str:
    return digest(fields(challenge), *SHARED, uri, 1)


def challenge_of(line: Line, body: bytes) -> str:
    line.send(post(body))
    status, headers, _ = line.answer()
    assert status == 401
    return headers["www-authenticate"]


def alive(server: Server, within: float = 2.0) -> float:
    """A normal phone has a whole session; give the seconds that it took."""
    begun = time.monotonic()
    phone = Phone(server, next(_numbers)).call()
    took = time.monotonic() - begun
    assert phone.asked["SetParameterValues"]
    assert took < within, took
    return took


# Heads ----------------------------------------------------------------------------------------------------------------


def test_quirk_163_a_folded_authorization_is_put_together(server: Server, line: Line) -> None:
    body = inform(server)
    told = authorization(challenge_of(line, body))
    folded = told.replace(", ", " ,\r\n ").replace('realm="', 'realm = "').replace("uri=", "uri\t= ")
    assert "\r\n " in folded
    line.send(post(body, f"Authorization: {folded}", "Content-Type: text/xml"))
    assert line.answer()[0] == 200


@pytest.mark.parametrize(
    ("target", "uri"),
    [
        ("http://acs.example.net:7547/acs", "http://acs.example.net:7547/acs"),
        ("http://acs.example.net:7547/acs", "/acs"),
        ("/acs", "http://acs.example.net/acs"),
        ("http://acs.example.net", "/"),
        ("acs", "acs"),
        ("/a b", "/a b"),
        ("/tr069/0c383e000001/?mac=0c383e000001", "/tr069/0c383e000001/?mac=0c383e000001"),
        ("/acs?x=1", "/acs"),
        ("/acs", ""),
    ],
)
def test_targets_in_every_form(server: Server, line: Line, target: str, uri: str) -> None:
    body = inform(server)
    told = authorization(challenge_of(line, body), uri)
    line.send(post(body, f"Authorization: {told}", target=target))
    assert line.answer()[0] == 200


@pytest.mark.parametrize("path", ["/", "/acs/", "/tr069/prov", "/x?y=z", "/0c383e000001", "//", "/%C3%BC"])
def test_quirk_029_any_path_is_the_endpoint(server: Server, line: Line, path: str) -> None:
    line.send(post(inform(server), target=path))
    assert line.answer()[0] == 401


def test_quirk_008_http_1_0_without_host_on_a_connection_per_request(server: Server) -> None:
    body = inform(server)
    cookie, told, status = "", "", 0
    for message in (body, body, b""):
        each = Line(server.cwmp_port)
        head = f"POST /acs HTTP/1.0\r\nContent-Length: {len(message)}\r\n"
        head += f"Authorization: {told}\r\n" if told else ""
        head += f"Cookie: {cookie}\r\n" if cookie else ""
        each.send(head.encode() + b"\r\n" + message)
        status, headers, _ = each.answer()
        assert headers["connection"] == "close"
        assert each.closed()
        each.close()
        told = authorization(headers["www-authenticate"]) if status == 401 else told
        cookie = headers.get("set-cookie", cookie).partition(";")[0]
    assert status == 200  # asked something: the session went on


def test_line_feeds_alone_odd_bytes_and_stray_lines(server: Server, line: Line) -> None:
    body = inform(server)
    head = b"POST /acs HTTP/1.1\nHost: a\nX-Name: M\xfcller\x01\nnonsense\nMy Header: x\nContent-Length : %d\n\n"
    line.send(head % len(body) + body)
    assert line.answer()[0] == 401
    line.send(b"\r\n\0 " + post(body))
    assert line.answer()[0] == 401


def test_quirk_017_a_phone_that_waits_for_100_continue_gets_it(server: Server, line: Line) -> None:
    body = inform(server)
    line.send(post(body, "Expect: 100-continue")[: -len(body)])
    assert line.answer()[0] == 100
    line.send(body)
    assert line.answer()[0] == 401


def test_quirk_224_curl_with_expect_gets_through(server: Server, tmp_path: Path) -> None:
    (tmp_path / "inform.xml").write_bytes(inform(server))
    assert _curl(server, tmp_path, "-H", "Expect: 100-continue").endswith(" 200")


def test_curl_with_digest_over_the_real_server(server: Server, tmp_path: Path) -> None:
    (tmp_path / "inform.xml").write_bytes(inform(server))
    assert _curl(server, tmp_path).endswith(" 200")
    assert _curl(server, tmp_path, user="acs:wrong").endswith(" 401")


def _curl(server: Server, folder: Path, *more: str, user: str = ":".join(SHARED)) -> str:
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not here")
    command = [program, "-s", "-m", "20", "--digest", "-u", user, "-w", " %{http_code}"]
    command += ["-H", "Content-Type: text/xml", "--data-binary", f"@{folder / 'inform.xml'}", *more]
    return subprocess.run(
        [*command, f"http://127.0.0.1:{server.cwmp_port}/acs?x=1"], capture_output=True, text=True, check=True
    ).stdout


def test_quirk_018_chunks_without_a_length_are_read_to_their_end(server: Server, line: Line) -> None:
    body = inform(server)
    half = len(body) // 2
    chunks = b"".join(b"%x;x=y\r\n%s\r\n" % (len(each), each) for each in (body[:half], body[half:]))
    line.send(post(b"", "Transfer-Encoding: chunked", length=False) + chunks + b"0\r\nX-Trailer: 1\r\n\r\n")
    status, headers, _ = line.answer()
    assert status == 401
    told = authorization(headers["www-authenticate"])
    line.send(post(b"", "Transfer-Encoding: Chunked", f"Authorization: {told}", length=False) + chunks + b"0\r\n\r\n")
    assert line.answer()[0] == 200


def test_both_a_length_and_chunks_mean_chunks_and_the_end_of_the_connection(server: Server, line: Line) -> None:
    body = inform(server)
    told = post(b"", "Transfer-Encoding: chunked", "Content-Length: 3", length=False)
    line.send(told + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) + post(b""))
    status, headers, _ = line.answer()
    assert (status, headers["connection"]) == (401, "close")
    assert line.closed()
    assert line.left == b""  # what followed was not taken for a request


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60),
        b"\x00\x01\x02\xff\xfe",
        b"hello\r\n\r\n",
        b"POST /acs SIP/2.0 x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /acs HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /acs HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\n",
        b"POST /acs HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /acs HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /acs HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    ],
)
def test_garbage_gets_a_plain_400_and_the_end(server: Server, garbage: bytes) -> None:
    line = Line(server.cwmp_port)
    line.send(garbage)
    status, headers, _ = line.answer()
    assert (status, headers["connection"]) == (400, "close")
    assert line.closed(5)
    line.close()
    alive(server)


def test_garbage_behind_a_length_neither_spoils_the_answer_nor_the_next_phone(server: Server, line: Line) -> None:
    line.send(post(inform(server)) + b"</trailing>\0\0garbage")
    assert line.answer()[0] == 401
    assert line.closed(5)
    alive(server)


def test_a_head_beyond_16_kib_is_refused(server: Server) -> None:
    for head in (b"POST /" + b"a" * 20_000, b"POST / HTTP/1.1\r\n" + b"X-Y: z\r\n" * 4000):
        line = Line(server.cwmp_port)
        line.send(head)
        status, headers, _ = line.answer()
        assert (status, headers["connection"]) == (431, "close")
        line.close()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "DELETE", "TRACE", "CONNECT", "PROPFIND", "FOO"])
def test_quirk_028_probes_and_scanners_get_405_and_the_end(server: Server, line: Line, method: str) -> None:
    line.send(f"{method} /manager/html HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    status, headers, body = line.answer()
    assert (status, headers["allow"], headers["connection"], body) == (405, "POST", "close", b"")
    assert line.closed(5)


def test_upgrades_and_strange_cookie_headers_are_ignored(server: Server, line: Line) -> None:
    headers = ("Connection: Upgrade", "Upgrade: websocket", "Cookie2: $Version=1", "HTTP2-Settings: AAMAAABkAAQ")
    line.send(post(inform(server), *headers))
    assert line.answer()[0] == 401


def test_pipelined_requests_are_answered_in_order(server: Server, line: Line) -> None:
    line.send(post(inform(server)) + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert [line.answer()[0], line.answer()[0]] == [401, 405]


# Connections ----------------------------------------------------------------------------------------------------------


def test_quirk_188_a_connection_without_a_byte_is_no_error(server: Server) -> None:
    before = server.log()
    for _ in range(20):
        Line(server.cwmp_port).close()
    alive(server)
    assert "WARNING" not in server.log()[len(before) :].replace("plain HTTP", "")


def test_quirk_030_half_a_body_is_dropped_and_the_session_goes_on(server: Server) -> None:
    phone = Phone(server, next(_numbers))
    answer = begin(phone, "0 BOOTSTRAP")
    assert answer.status == 200
    cookie = "; ".join(f"{name}={value}" for name, value in phone.wire.jar.items())
    half = Line(server.cwmp_port)
    half.send(post(b"x" * 500, f"Cookie: {cookie}")[:-400])
    half.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    half.close()  # RST in the middle
    assert asked(say(phone, "")).method == "SetParameterValues"


def test_quirk_032_a_phone_that_closes_before_it_reads_is_no_error(server: Server) -> None:
    for _ in range(10):
        line = Line(server.cwmp_port)
        line.send(post(inform(server)))
        line.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.close()
    alive(server)
    assert "Traceback" not in server.log()


def test_quirk_040_a_phone_that_drops_the_connection_at_the_challenge_comes_in_on_the_next(server: Server) -> None:
    body = inform(server)
    first = Line(server.cwmp_port)
    told = authorization(challenge_of(first, body))
    first.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    first.close()
    second = Line(server.cwmp_port)
    second.send(post(body, f"Authorization: {told}"))
    assert second.answer()[0] == 200
    second.close()


def test_a_phone_that_shuts_its_own_side_gets_its_answer(server: Server, line: Line) -> None:
    line.send(post(inform(server)))
    line.socket.shutdown(socket.SHUT_WR)
    assert line.answer()[0] == 401


def test_a_stranger_with_a_large_body_learns_it_at_once_and_reads_the_answer(server: Server, line: Line) -> None:
    told = f"Authorization: {digest(fields(challenge_of(line, inform(server))), 'acs', 'wrong', '/acs', 1)}"
    line.send(post(b"", told, "Content-Length: 8000000", length=False) + b"x" * 100_000)
    status, headers, _ = line.answer()
    assert (status, headers["connection"]) == (413, "close")
    assert line.closed(5)


def test_a_known_phone_may_send_a_large_body(server: Server, line: Line) -> None:
    told = f"Authorization: {authorization(challenge_of(line, inform(server)))}"
    body = inform(server) + b" " * 1_000_000
    line.send(post(body, told))
    assert line.answer()[0] == 200


# Crowds ---------------------------------------------------------------------------------------------------------------


class Crowd:
    """Slow senders: each does ``feed`` again and again until told to stop."""

    def __init__(self, port: int, count: int, first: bytes, dribble: bytes, addresses: Callable[[int], str]) -> None:
        self.sockets: list[socket.socket] = []
        self.dribble = dribble
        for index in range(count):
            each = socket.create_connection(("127.0.0.1", port), 20, (addresses(index), 0))
            each.setblocking(False)
            if first:
                each.send(first)
            self.sockets.append(each)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(0.5):
            for each in self.sockets:
                if self.dribble:
                    with contextlib.suppress(OSError):
                        each.send(self.dribble)

    def gone(self) -> int:
        """How many the server has ended."""
        count = 0
        for each in self.sockets:
            try:
                while each.recv(4096):
                    pass
                count += 1
            except BlockingIOError:
                pass
            except OSError:
                count += 1
        return count

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        for each in self.sockets:
            each.close()


SLOW_BODY = b"POST /acs HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n<"


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2000:
        pytest.skip(f"only {hard} open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "dribble"),
    [(b"P", b"O"), (b"", b""), (SLOW_BODY, b"x")],
    ids=["dribbled heads", "silence", "dribbled bodies"],
)
@pytest.mark.parametrize("spread", [False, True], ids=["one source", "many sources"])
@pytest.mark.usefixtures("many_files")
def test_a_thousand_slow_connections_do_not_hold_up_a_phone(
    server: Server, first: bytes, dribble: bytes, spread: bool
) -> None:
    crowd = Crowd(
        server.cwmp_port,
        1000,
        first,
        dribble,
        lambda n: f"127.0.{n // 250 + 10}.{n % 250 + 1}" if spread else "127.0.0.1",
    )
    try:
        times = [alive(server) for _ in range(3)]
        time.sleep(1)
        times.append(alive(server))
    finally:
        crowd.close()
    assert max(times) < 2


@pytest.mark.slow
def test_a_head_has_its_time_however_it_dribbles(server: Server) -> None:
    begun = time.monotonic()
    crowd = Crowd(server.cwmp_port, 5, b"POST /acs HTTP/1.1\r\nX-Slow: ", b"x", lambda _: "127.0.0.1")
    try:
        while crowd.gone() < 5:
            assert time.monotonic() - begun < 14
            time.sleep(0.2)
    finally:
        crowd.close()
    assert time.monotonic() - begun > 8


# Stopping -------------------------------------------------------------------------------------------------------------


class Process:
    """A server whose exit status we learn."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.log = (server.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "acs", "serve"],
            env={**{k: v for k, v in os.environ.items() if not k.startswith("ACS_")}, **server.env},
            cwd=ROOT,
            stdout=self.log,
            stderr=self.log,
        )
        for port in (server.api_port, server.files_port, server.cwmp_port):
            deadline = time.monotonic() + 60
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert time.monotonic() < deadline, server.log()[-3000:]
                assert self.process.poll() is None, server.log()[-3000:]
                time.sleep(0.05)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self.log.close()
        self.server.close()


@pytest.fixture
def process(zygote: Zygote, tmp_path: Path) -> Iterator[Process]:
    made = Process(Server(zygote, tmp_path))
    yield made
    made.close()


def test_a_phone_in_the_middle_of_a_session_finishes_it_after_sigterm(process: Process) -> None:
    server = process.server
    phone = Phone(server, next(_numbers))
    idle = Line(server.cwmp_port)
    idle.send(post(b""))
    assert idle.answer()[0] == 401
    begun = False
    for when, what in phone.life("0 BOOTSTRAP"):
        if not begun and (when, what) != ("before", "Inform"):
            begun = True
            process.process.send_signal(signal.SIGTERM)
            assert idle.closed(3)
            with pytest.raises(OSError):  # noqa: PT011 - refused, whatever its number
                Line(server.cwmp_port)
    assert phone.asked["SetParameterValues"]
    assert phone.asked["GetParameterValues"]
    assert process.process.wait(8) == 0
    idle.close()


def test_a_second_signal_does_not_wait(process: Process) -> None:
    phone = Phone(process.server, next(_numbers))
    assert begin(phone, "0 BOOTSTRAP").status == 200
    process.process.send_signal(signal.SIGTERM)
    time.sleep(1)
    assert process.process.poll() is None  # the session may end
    process.process.send_signal(signal.SIGTERM)
    assert process.process.wait(5) == 0


@pytest.mark.slow
def test_a_session_that_does_not_end_is_not_waited_for_forever(process: Process) -> None:
    phone = Phone(process.server, next(_numbers))
    assert begin(phone, "0 BOOTSTRAP").status == 200
    begun = time.monotonic()
    process.process.send_signal(signal.SIGTERM)
    assert process.process.wait(20) == 0
    assert 8 < time.monotonic() - begun < 15


# TLS ------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def secure(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Server]:
    """A server with TLS, optional client certificates, and a plain second port."""
    folder = tmp_path_factory.mktemp("secure")
    pair = authority.server()
    (second,) = free_ports(1)
    server = Server(
        zygote,
        folder,
        ACS_CWMP_TLS_CERTIFICATE=str(pair.path),
        ACS_CWMP_CLIENT_CA=str(authority.own.path),
        ACS_CWMP_CLIENT_CERTIFICATES="optional",
        ACS_CWMP_SECOND_PORT=str(second),
        ACS_FILES_TLS_CERTIFICATE=str(pair.path),
    )
    server.start()
    yield server
    server.close()
    assert "Traceback" not in server.log(), server.log()[-4000:]


def client(authority: Authority, pair: Pair | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.own.path))
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    if pair is not None:
        context.load_cert_chain(pair.path)
    return context


def secure_phone(server: Server, context: ssl.SSLContext, number: int | None = None, **more: Any) -> Phone:
    phone = Phone(server, number or next(_numbers), **more)
    phone.wire.tls = context
    return phone


def test_a_phone_has_its_session_over_tls(secure: Server, authority: Authority) -> None:
    phone = secure_phone(secure, client(authority)).call()
    assert phone.asked["SetParameterValues"]


def test_quirk_015_basic_is_taken_over_tls(secure: Server, authority: Authority) -> None:
    assert begin(secure_phone(secure, client(authority), auth="basic"), "0 BOOTSTRAP").status == 200


def test_quirk_038_a_second_port_without_tls_lets_phones_begin(secure: Server) -> None:
    phone = Phone(secure, next(_numbers))
    phone.wire.port = int(secure.env["ACS_CWMP_SECOND_PORT"])
    assert phone.call().asked["SetParameterValues"]
    assert "plain HTTP on cwmp_second" in secure.log()


def test_a_certificate_speaks_for_its_phone_without_a_password(secure: Server, authority: Authority) -> None:
    number = next(_numbers)
    probe = Phone(secure, number)
    pair = authority.issue(f"{probe.oui}-{probe.serial}")
    phone = secure_phone(secure, client(authority, pair), number, auth="")
    assert begin(phone, "0 BOOTSTRAP").status == 200
    assert say(phone, "").status == 200
    other = secure_phone(secure, client(authority, pair), auth="")
    assert begin(other, "0 BOOTSTRAP").status == 401
    assert not secure.items(f"/devices?serial_number={other.serial}")
    both = secure_phone(secure, client(authority, pair))  # another phone's certificate spoils the right password
    assert begin(both, "0 BOOTSTRAP").status == 401
    assert not secure.items(f"/devices?serial_number={both.serial}")


def test_a_bound_certificate_is_needed_beside_the_password(secure: Server, authority: Authority) -> None:
    phone = secure_phone(secure, client(authority)).call()
    device = secure.device(phone.serial)["id"]
    pair = authority.issue("Lobby phone")
    told = ":".join(re.findall("..", pair.sha256.upper()))
    status, answer = secure.call("PATCH", f"/devices/{device}", {"certificate_sha256": told})
    assert (status, answer["certificate_sha256"]) == (200, pair.sha256)
    assert begin(phone).status == 401
    phone.wire.tls = client(authority, pair)
    assert begin(phone).status == 200
    phone.wire.auth = ""
    assert begin(phone).status == 200
    status, _ = secure.call("PATCH", f"/devices/{device}", {"certificate_sha256": "zz"})
    assert status == 422


def test_a_certificate_of_somebody_else_does_not_get_through(secure: Server, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "Another CA")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(stranger.issue("0C383E-X").path)
    connection = http.client.HTTPSConnection("127.0.0.1", secure.cwmp_port, context=context, timeout=10)

    def ask() -> None:
        connection.request("POST", "/acs", b"")
        connection.getresponse()

    with pytest.raises((OSError, http.client.HTTPException)):
        ask()
    connection.close()


@pytest.mark.slow
@pytest.mark.usefixtures("many_files")
def test_a_thousand_silent_handshakes_do_not_hold_up_a_phone(secure: Server, authority: Authority) -> None:
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"
    silent = Crowd(secure.cwmp_port, 500, b"", b"", lambda _: "127.0.0.1")
    half = Crowd(secure.cwmp_port, 500, hello, b"", lambda n: f"127.0.7.{n % 250 + 1}")
    try:
        for _ in range(3):
            begun = time.monotonic()
            assert secure_phone(secure, client(authority)).call().asked["SetParameterValues"]
            assert time.monotonic() - begun < 2
        deadline = time.monotonic() + 14
        while silent.gone() + half.gone() < 1000 and time.monotonic() < deadline:
            time.sleep(0.3)
        assert silent.gone() + half.gone() == 1000
    finally:
        silent.close()
        half.close()


def test_a_certificate_is_read_anew_on_hangup(zygote: Zygote, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    first, second = authority.server(), authority.server()
    served = tmp_path / "served.pem"
    served.write_bytes(first.path.read_bytes())
    server = Server(zygote, tmp_path, ACS_CWMP_TLS_CERTIFICATE=str(served))
    server.start()
    try:

        def shown() -> bytes:
            with (
                socket.create_connection(("127.0.0.1", server.cwmp_port), 10) as raw,
                client(authority).wrap_socket(raw, server_hostname="127.0.0.1") as tls,
            ):
                return tls.getpeercert(binary_form=True) or b""

        assert shown() == first.der
        served.write_bytes(second.path.read_bytes())
        assert server.pid is not None
        os.kill(server.pid, signal.SIGHUP)
        server.until(lambda: shown() == second.der)
        served.write_text("nonsense")
        os.kill(server.pid, signal.SIGHUP)
        server.until(lambda: "the old certificate stays" in server.log())
        assert shown() == second.der
    finally:
        server.close()
