"""Requests out of bytes: what phones write is taken, what leaves the end of a message unclear is not."""

import contextlib
import itertools
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acs.protocols.http1 import MAX_HEAD, GarbledError, HeadTooLongError, RequestParser


@dataclass
class Told:
    """Whoever is told."""

    requests: list[dict[str, object]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    parser: RequestParser | None = None

    def on_message_begin(self) -> None:
        self.requests.append({"url": b"", "body": b"", "done": False})
        self.headers = {}

    def on_url(self, url: bytes) -> None:
        self.requests[-1]["url"] = url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        assert self.parser is not None
        self.requests[-1] |= {
            "headers": self.headers,
            "method": self.parser.get_method(),
            "version": self.parser.get_http_version(),
            "keeps": self.parser.should_keep_alive(),
        }

    def on_body(self, body: bytes) -> None:
        assert body
        self.requests[-1]["body"] += body  # type: ignore[operator]

    def on_message_complete(self) -> None:
        assert not self.requests[-1]["done"]
        self.requests[-1]["done"] = True


def read(*pieces: bytes) -> list[dict[str, object]]:
    told = Told()
    told.parser = RequestParser(told)
    for piece in pieces:
        told.parser.feed_data(piece)
    return told.requests


def one(data: bytes) -> dict[str, object]:
    (request,) = read(data)
    assert request == read(*(bytes([each]) for each in data))[0]
    assert request["done"]
    return request


def test_an_ordinary_request() -> None:
    request = one(b"POST /acs?x=1 HTTP/1.1\r\nHost: acs:7547\r\nSOAPAction:\r\nContent-Length: 2\r\n\r\nab")
    assert (request["method"], request["url"], request["version"], request["keeps"]) == (
        b"POST",
        b"/acs?x=1",
        "1.1",
        True,
    )
    assert request["headers"] == {"host": "acs:7547", "soapaction": "", "content-length": "2"}
    assert request["body"] == b"ab"


@pytest.mark.parametrize(
    ("written", "name", "value"),
    [
        (b"Authorization: Digest a=1,\r\n b=2,\r\n\tc=3", "authorization", "Digest a=1, b=2, c=3"),
        (b"X : y", "x", "y"),
        (b"X:   y  ", "x", "y"),
        (b"X: M\xfcller", "x", "Müller"),
        (b"X: a\x00b\x1f", "x", "a b"),
        (b"X:", "x", ""),
        (b"Cookie2: $Version=1", "cookie2", "$Version=1"),
    ],
)
def test_headers_as_phones_write_them(written: bytes, name: str, value: str) -> None:
    for end in (b"\r\n", b"\n"):
        head = (b"POST / HTTP/1.1\r\n" + written + b"\r\nstray line\r\nBad name: 1\r\n: 2\r\n\r\n").replace(
            b"\r\n", end
        )
        assert one(head)["headers"] == {name: value}


@pytest.mark.parametrize(
    ("target", "url"),
    [
        (b"http://acs.example:7547/acs?x=1", b"/acs?x=1"),
        (b"http://acs.example", b"/"),
        (b"http://acs.example?x=1", b"/?x=1"),
        (b"acs", b"/acs"),
        (b"*", b"/*"),
        (b"/a b", b"/a%20b"),
        (b"/\xc3\xbc?\xff", b"/%C3%BC?%FF"),
        (b"/a#b", b"/a"),
        (b"//x", b"//x"),
    ],
)
def test_targets_in_every_form(target: bytes, url: bytes) -> None:
    assert one(b"POST " + target + b" HTTP/1.1\r\n\r\n")["url"] == url


@pytest.mark.parametrize(
    ("line", "method", "version"),
    [
        (b"GET /", b"GET", "1.0"),
        (b"post / http/1.1", b"POST", "1.1"),
        (b"POST  /  HTTP/1.0", b"POST", "1.0"),
        (b"PROPFIND / HTTP/1.7", b"PROPFIND", "1.1"),
    ],
)
def test_request_lines(line: bytes, method: bytes, version: str) -> None:
    request = one(line + b"\r\n\r\n")
    assert (request["method"], request["version"]) == (method, version)


@pytest.mark.parametrize(
    ("head", "keeps"),
    [
        (b"POST / HTTP/1.1\r\n", True),
        (b"POST / HTTP/1.0\r\nConnection: keep-alive\r\n", False),
        (b"POST / HTTP/1.1\r\nConnection: Keep-Alive, Close\r\n", False),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n", False),
    ],
)
def test_who_may_send_more(head: bytes, keeps: bool) -> None:
    assert read(head + b"\r\n")[0]["keeps"] is keeps


def test_chunks_in_every_style() -> None:
    body = b"3;ext=1\r\nabc\r\n0002  \r\nde\r\n1\nf\n0\r\nTrailer: x\r\n\r\n"
    request = one(b"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n" + body)
    assert request["body"] == b"abcdef"
    assert "trailer" not in request["headers"]  # type: ignore[operator]


def test_identity_is_no_coding() -> None:
    assert one(b"POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\nContent-Length: 1\r\n\r\na")["body"] == b"a"


def test_what_phones_leave_behind_a_body_is_no_request() -> None:
    first = b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\na"
    assert [request["body"] for request in read(first + b"\r\n\0 \t" + first + b"\n")] == [b"a", b"a"]


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01",
        b"\xff",
        b"hello\r\n",
        b"P(ST / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/2.0\r\n\r\n",
        b"POST / a SIP/2.0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length:\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 300,
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 2000,
    ],
)
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(GarbledError):
        read(data)
    with pytest.raises(GarbledError):
        read(*(bytes([each]) for each in data))


def test_the_same_length_twice_is_one_length() -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: 1, 1\r\nContent-Length: 1\r\n\r\na"
    assert one(head)["headers"] == {"content-length": "1"}


def test_heads_beyond_measure_are_refused_before_their_end() -> None:
    for data in (b"POST / HTTP/1.1\r\n" + b"X: y\r\n" * 5000, b"POST /" + b"a" * (MAX_HEAD - 100)):
        with pytest.raises(HeadTooLongError):
            read(data)
    fits = b"POST / HTTP/1.1\r\nX: " + b"y" * (MAX_HEAD - 24) + b"\r\n\r\n"
    assert len(fits) <= MAX_HEAD
    assert one(fits)["done"]


def test_one_that_gave_up_takes_nothing_more() -> None:
    told = Told()
    told.parser = RequestParser(told)
    told.parser.feed_data(b"POS")
    assert told.parser.begun
    told.parser.give_up()
    told.parser.feed_data(b"T / HTTP/1.1\r\n\r\n")
    assert (told.requests, told.parser.begun, told.parser.in_head) == ([], False, False)
    assert not told.parser.should_upgrade()


HEADS = st.sampled_from(
    [
        b"POST /acs HTTP/1.1\r\n",
        b"GET / HTTP/1.0\n",
        b"POST http://a/b HTTP/1.1\r\nX: 1\r\n 2\r\n",
        b"\r\n\r\nPUT x HTTP/1.1\r\n",
    ]
)
BODIES = st.binary(max_size=40)


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    parts, bodies = [], []
    for _ in range(draw(st.integers(1, 4))):
        body = draw(BODIES)
        if draw(st.booleans()):
            framed = b"Content-Length: %d\r\n\r\n" % len(body) + body
        else:
            cut = draw(st.integers(0, len(body)))
            chunks = [each for each in (body[:cut], body[cut:]) if each]
            framed = b"Transfer-Encoding: chunked\r\n\r\n"
            framed += b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks) + b"0\r\n\r\n"
        parts.append(draw(HEADS) + framed)
        bodies.append(body)
    return b"".join(parts), bodies


@given(streams(), st.lists(st.integers(0, 600), max_size=8))
def test_it_does_not_matter_how_bytes_arrive(stream: tuple[bytes, list[bytes]], cuts: list[int]) -> None:
    data, bodies = stream
    marks = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in itertools.pairwise(marks)]
    whole = read(data)
    assert read(*pieces) == whole
    assert [request["body"] for request in whole] == bodies
    assert all(request["done"] for request in whole)


@given(st.lists(st.binary(max_size=200), max_size=6))
def test_nothing_but_garbage_is_ever_said(pieces: list[bytes]) -> None:
    with contextlib.suppress(GarbledError):
        read(*pieces)


@pytest.mark.parametrize("left", [b">", b"pe>", b"env:Body></soap-env:Envelope>"])
@pytest.mark.parametrize("apart", [False, True])
def test_the_end_of_a_message_behind_its_length_is_passed_over(left: bytes, apart: bool) -> None:
    """genieacs-sim counts characters where Content-Length counts bytes: a letter beyond ASCII leaves a byte behind."""
    first = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n<ab/" + left
    second = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nok"
    requests = read(first, second) if apart else read(first + second)
    assert [each["body"] for each in requests] == [b"<ab/", b"ok"]


@pytest.mark.parametrize(
    "data",
    [b">POST / HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\na<b c>GET / HTTP/1.1\r\n\r\n"],
    ids=["at-first", "something-else"],
)
def test_nothing_else_is_passed_over(data: bytes) -> None:
    with pytest.raises(GarbledError):
        read(data)
