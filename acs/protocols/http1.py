"""Requests of HTTP/1.0 and 1.1 out of a stream of bytes, as phones write them.

Strict parsers refuse what deployed phones send: folded headers (quirk 163), bare line feeds, a space before the colon,
odd bytes in values, a target with a space. This one takes all that, and refuses only what leaves it unclear where a
message ends (RFC 9112 section 6.3), for that is what request smuggling lives on. It has the shape that uvicorn's
protocol expects of its parser: it is fed and calls back.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final, Protocol

MAX_HEAD: Final = 16 * 1024
"""Request line and headers (cwmp.md 2.10)."""
MAX_LINE: Final = 8 * 1024
"""Request line."""
MAX_CHUNK_LINE: Final = 256
MAX_TRAILERS: Final = 8 * 1024
MAX_LENGTH: Final = 1 << 40

_TOKEN: Final = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")
_VERSION: Final = re.compile(rb"HTTP/1\.(\d)\Z", re.IGNORECASE)
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NO_LINE_END: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_USUAL: Final = {
    spelt: name.lower()
    for name in (
        b"Host User-Agent Content-Type Content-Length SOAPAction Cookie Authorization Connection Accept "
        b"Accept-Encoding Transfer-Encoding Content-Encoding Expect Range If-None-Match If-Modified-Since "
        b"Cache-Control Pragma Date"
    ).split()
    for spelt in (name, name.lower())
}
"""Names of headers as most phones write them, so that these need no second look."""
_UNSAFE: Final = re.compile(rb"[^\x21-\x7e]|[\"<>\\^`{|}]")
_FOLD: Final = re.compile(rb"\r?\n[ \t]+")
_HEX: Final = re.compile(rb"[0-9A-Fa-f]{1,11}\Z")
_LEADING: Final = b"\r\n \t\0"
"""What some phones leave behind a body that was longer than they said (quirk 26)."""
_LEFT_BEHIND: Final = re.compile(rb"\S{0,255}?>(?=POST |\Z)")
"""The end of a message behind its Content-Length: genieacs-sim and its descendants count characters, not bytes."""


class GarbledError(Exception):
    """This is no HTTP request; what follows on the connection cannot be understood either."""


class HeadTooLongError(GarbledError):
    """The request line or the headers are longer than we keep."""


class Sink(Protocol):
    """Whom the parser tells, in this order for every request."""

    def on_message_begin(self) -> None:
        """A request begins."""

    def on_url(self, url: bytes) -> None:
        """Its target: a path with query, percent-encoded where it must be."""

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, unfolded and stripped."""

    def on_headers_complete(self) -> None:
        """All headers are there."""

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""

    def on_message_complete(self) -> None:
        """The request has ended."""


class _State(Enum):
    HEAD = auto()
    BODY = auto()
    CHUNK_SIZE = auto()
    CHUNK = auto()
    CHUNK_END = auto()
    TRAILERS = auto()
    OVER = auto()


class RequestParser:
    """Takes a connection's bytes in any pieces."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._state = _State.HEAD
        self._buffer = bytearray()
        self._looked = 0
        self._followed = False
        self._left = 0
        self._trailers = 0
        self._method = b""
        self._version = "1.1"
        self._keep_alive = True

    # What uvicorn asks ------------------------------------------------------------------------------------------------

    def get_method(self) -> bytes:
        """Give the method of the request, in capitals."""
        return self._method

    def get_http_version(self) -> str:
        """Give ``1.0`` or ``1.1``."""
        return self._version

    def should_keep_alive(self) -> bool:
        """Say whether another request may follow on this connection."""
        return self._keep_alive

    def should_upgrade(self) -> bool:
        """Say that no other protocol is spoken here, whatever ``Upgrade`` asks for (RFC 9110 7.8: may be ignored)."""
        return False

    @property
    def in_head(self) -> bool:
        """The next byte belongs to a head."""
        return self._state is _State.HEAD

    @property
    def begun(self) -> bool:
        """A part of a head is there."""
        return bool(self._buffer) and self._state is _State.HEAD

    def give_up(self) -> None:
        """Take nothing more: where the next message would begin is not known."""
        self._state = _State.OVER
        self._buffer.clear()

    # Bytes ------------------------------------------------------------------------------------------------------------

    def feed_data(self, data: bytes) -> None:
        """Take more bytes.

        Raises:
            GarbledError: this is no HTTP.
            HeadTooLongError: a head beyond all measure.
        """
        buffer = self._buffer
        buffer += data
        while True:
            match self._state:
                case _State.HEAD:
                    go_on = self._head()
                case _State.BODY:
                    go_on = self._piece(_State.HEAD)
                case _State.CHUNK_SIZE:
                    go_on = self._chunk_size()
                case _State.CHUNK:
                    go_on = self._piece(_State.CHUNK_END)
                case _State.CHUNK_END:
                    go_on = self._chunk_end()
                case _State.TRAILERS:
                    go_on = self._trailer()
                case _State.OVER:
                    buffer.clear()
                    return
            if not go_on:
                return

    def _head(self) -> bool:
        buffer = self._buffer
        if not self._looked:
            rest = buffer.lstrip(_LEADING)
            if self._followed and (left := _LEFT_BEHIND.match(rest)) is not None:
                rest = rest[left.end() :].lstrip(_LEADING)
            if len(rest) != len(buffer):
                buffer[:] = rest
            if not buffer:
                return False
            if not _TOKEN.match(buffer[:1]):
                raise GarbledError("begins with no method")
        start = max(0, self._looked - 3)
        usual = buffer.find(b"\n\r\n", start)
        bare = buffer.find(b"\n\n", start, usual + 1 if usual >= 0 else len(buffer))
        end = bare + 2 if bare >= 0 else usual + 3
        if usual < 0 and bare < 0:
            self._looked = len(buffer)
            if len(buffer) > MAX_HEAD:
                raise HeadTooLongError("head")
            if len(buffer) > MAX_LINE and b"\n" not in buffer:
                raise HeadTooLongError("request line")
            if b"\n" in buffer and b" " not in buffer.partition(b"\n")[0]:
                raise GarbledError("no request line")
            return False
        if end > MAX_HEAD:
            raise HeadTooLongError("head")
        head = bytes(buffer[:end])
        del buffer[:end]
        self._looked = 0
        self._take_head(head)
        return True

    def _take_head(self, head: bytes) -> None:
        line, _, rest = head.partition(b"\n")
        target = self._request_line(line.rstrip(b"\r"))
        if b"\n " in rest or b"\n\t" in rest:
            rest = _FOLD.sub(b" ", rest)
        lengths: set[bytes] = set()
        coding = connection = b""
        headers: list[tuple[bytes, bytes]] = []
        odd = rest.count(b"\r") != rest.count(b"\r\n") or _NO_LINE_END.search(rest) is not None
        for field in rest.split(b"\n"):
            written, colon, value = field.partition(b":")
            if not colon:
                continue  # a line that is no header says nothing to us
            name = _USUAL.get(written) or written.strip().lower()
            if written not in _USUAL and not _TOKEN.match(name):
                continue
            value = value.strip()
            if odd and _CONTROL.search(value):
                value = _CONTROL.sub(b" ", value).strip()
            if name == b"content-length":
                lengths |= {each.strip() for each in value.split(b",")}
                continue
            if name == b"transfer-encoding":
                coding += b"," + value.lower()
            elif name == b"connection":
                connection += b"," + value.lower()
            headers.append((name, value))
        closes = b"close" in [each.strip() for each in connection.split(b",")]
        self._keep_alive = self._version == "1.1" and not closes
        self._frame(lengths, [each for part in coding.split(b",") if (each := part.strip()) and each != b"identity"])
        sink = self._sink
        sink.on_message_begin()
        sink.on_url(target)
        for name, value in headers:
            sink.on_header(name, value)
        if self._state is _State.BODY and lengths:
            sink.on_header(b"content-length", str(self._left).encode())
        sink.on_headers_complete()
        if self._state is _State.BODY and not self._left:
            self._state = _State.HEAD
            sink.on_message_complete()

    def _request_line(self, line: bytes) -> bytes:
        words = line.split()
        if len(words) < 2 or not _TOKEN.match(words[0]) or len(words[0]) > 32:
            raise GarbledError("no request line")
        version = _VERSION.match(words[-1])
        if version is None and words[-1][:5].upper() == b"HTTP/":
            raise GarbledError("another version of HTTP")
        if version is None and len(words) > 2:
            raise GarbledError("no request line")
        self._version = "1.0" if version is None or version[1] == b"0" else "1.1"
        self._method = words[0].upper()
        target = b"%20".join(words[1:-1] if version else words[1:])
        if not target.startswith(b"/"):
            scheme, slashes, after = target.partition(b"://")
            if slashes and _TOKEN.match(scheme):  # absolute form (RFC 9112 3.2.2)
                cut = re.search(rb"[/?#]", after)
                target = after[cut.start() :] if cut else b""
            if not target.startswith(b"/"):
                target = b"/" + target
        target = target.partition(b"#")[0]
        if _UNSAFE.search(target):
            target = _UNSAFE.sub(lambda found: b"%%%02X" % found[0][0], target)
        return target

    def _frame(self, lengths: set[bytes], codings: list[bytes]) -> None:
        """Find where the body ends."""
        if codings:
            if codings[-1] != b"chunked" or len(codings) > 1:
                raise GarbledError("a transfer coding that is not known")
            if lengths or self._version == "1.0":
                self._keep_alive = False  # RFC 9112 6.1: chunked wins, and the connection ends with it
            self._state = _State.CHUNK_SIZE
            self._trailers = 0
            return
        if len(lengths) > 1:
            raise GarbledError("several lengths")
        (length,) = lengths or {b"0"}
        if not (length.isdigit() and len(length) <= 13 and int(length) <= MAX_LENGTH):
            raise GarbledError("no length")
        self._left = int(length)
        self._state = _State.BODY

    def _piece(self, then: _State) -> bool:
        buffer = self._buffer
        if not buffer:
            return False
        if len(buffer) <= self._left:
            piece = bytes(buffer)
            buffer.clear()
        else:
            piece = bytes(buffer[: self._left])
            del buffer[: self._left]
        self._left -= len(piece)
        if piece:
            self._sink.on_body(piece)
        if self._left:
            return False
        self._state = then
        if then is _State.HEAD:
            self._followed = True
            self._sink.on_message_complete()
        return True

    def _line(self, longest: int) -> bytes | None:
        end = self._buffer.find(b"\n")
        if end < 0 and len(self._buffer) <= longest:
            return None
        if not 0 <= end <= longest:
            raise GarbledError("a line of the chunked coding is too long")
        line = bytes(self._buffer[:end]).strip()
        del self._buffer[: end + 1]
        return line

    def _chunk_size(self) -> bool:
        line = self._line(MAX_CHUNK_LINE)
        if line is None:
            return False
        size = line.partition(b";")[0].strip()
        if not _HEX.match(size):
            raise GarbledError("no size of a chunk")
        self._left = int(size, 16)
        self._state = _State.CHUNK if self._left else _State.TRAILERS
        return True

    def _chunk_end(self) -> bool:
        line = self._line(2)
        if line is None:
            return False
        if line:
            raise GarbledError("a chunk is longer than it said")
        self._state = _State.CHUNK_SIZE
        return True

    def _trailer(self) -> bool:
        line = self._line(MAX_TRAILERS)
        if line is None:
            return False
        self._trailers += len(line) + 2
        if self._trailers > MAX_TRAILERS:
            raise GarbledError("too many trailers")
        if not line:
            self._state = _State.HEAD
            self._sink.on_message_complete()
        return True
