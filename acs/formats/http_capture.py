"""Captures of HTTP as people have them: bare bodies, heads and bodies as on the wire, several of them in one file.

Lenient on purpose: editors turn line ends round, tools cut, and what a capture says of its own length is often wrong.
"""

import re
import zlib
from dataclasses import dataclass, replace
from typing import Final

MAX_MESSAGES: Final = 1_000
MAX_BODY: Final = 64 * 1024 * 1024

_REQUEST: Final = rb"(?:POST|GET|PUT|HEAD|OPTIONS|DELETE|PATCH) \S{1,4096} HTTP/[0-9.]{1,3}[ \t]*\r?\n"
_STATUS: Final = rb"HTTP/[0-9.]{1,3} [0-9]{3}[^\r\n]{0,256}\r?\n"
_START: Final = re.compile(_REQUEST + rb"|" + _STATUS)
_NEXT: Final = re.compile(
    rb"(?<=\n)(?:" + _REQUEST + rb"|" + _STATUS + rb")|(?<=>)(?:" + _REQUEST + rb"|" + _STATUS + rb")"
)
_TRACE: Final = b"Trace of device "
_SEPARATOR: Final = re.compile(rb"^==== ([^\n]*)\n", re.MULTILINE)
_TRACE_END: Final = re.compile(rb"\n[0-9]+ messages\.\s*\Z")
_CUT: Final = re.compile(rb"\n\[cut: [^\n]*\]\s*\Z")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_CHUNK: Final = re.compile(rb"[ \t\r\n]{0,4}([0-9A-Fa-f]{1,8})[^\r\n]{0,256}\r?\n")
_ENVELOPE_END: Final = re.compile(rb"</(?:[A-Za-z_][\w.-]{0,64}:)?Envelope\s{0,9}>")
_ENVELOPE_START: Final = re.compile(rb"\s*(?:<\?xml[^>]{0,200}\?>\s*)?<(?:[A-Za-z_][\w.-]{0,64}:)?Envelope[\s>]")


@dataclass(frozen=True, slots=True)
class Captured:
    """One HTTP message."""

    body: bytes
    """Without transfer and content coding."""
    start: str = ""
    """Request line or status line; empty if the capture is of the body alone."""
    headers: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    """What was odd about the capture."""

    @property
    def status(self) -> int | None:
        """HTTP status, if this is a response."""
        return int(self.start.split(" ", 2)[1]) if self.start.startswith("HTTP/") else None

    def header(self, name: str) -> str:
        """Value of the first header of this name in lower case; empty if there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")


def split(data: bytes) -> list[Captured]:
    """Take a capture apart; there is always at least one message, perhaps an empty one."""
    if data[:2] == b"\x1f\x8b":
        data, _ = _inflated(data, "gzip")
    if data.startswith(_TRACE):
        return _of_trace(data) or [Captured(b"")]
    found: list[Captured] = []
    at = 0
    while at < len(data) and len(found) < MAX_MESSAGES:
        blank = re.compile(rb"[\s\x00]*").match(data, at)
        begins = blank.end() if blank is not None else at
        if begins == len(data) and found:
            break
        head = _START.match(data, begins)
        if head is None:
            following = _NEXT.search(data, at)
            end = following.start() if following is not None else len(data)
            found += [Captured(body) for body in _envelopes(data[at:end])]
            at = end
        else:
            message, at = _message(data, head)
            found.append(message)
    return found or [Captured(b"")]


def _of_trace(data: bytes) -> list[Captured]:
    """Messages of a trace as text; refused requests are told there without their body and are left out."""
    pieces = _SEPARATOR.split(_TRACE_END.sub(b"\n", data))
    found: list[Captured] = []
    for title, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if b", refused" not in title and len(found) < MAX_MESSAGES:
            message = split(_CUT.sub(b"", text).rstrip(b"\n") + b"\n\n")[0]
            found.append(replace(message, notes=()))  # lengths and codings are those of the message before redaction
    return found


def _message(data: bytes, head: re.Match[bytes]) -> tuple[Captured, int]:
    start = head.group().decode("latin-1").strip()
    end = _HEAD_END.search(data, head.end() - 1)
    if data[head.end() - 1 : head.end() + 2].endswith(b"\n\r\n") or data[head.end() : head.end() + 1] == b"\n":
        end = _HEAD_END.search(data, head.end() - 2)
    if end is None:
        return Captured(b"", start, _headers(data[head.end() :]), ("the head has no end",)), len(data)
    headers = _headers(data[head.end() : end.start()])
    message = Captured(b"", start, headers)
    notes: list[str] = []
    following = _START.match(data, end.end()) or _NEXT.search(data, end.end())
    until = following.start() if following is not None else len(data)
    body, at = data[end.end() : until], until
    length = message.header("content-length")
    if "chunked" in message.header("transfer-encoding").lower():
        body, used, whole = _unchunked(data, end.end())
        at = max(used, end.end())
        if not whole:
            notes.append("the chunked body is cut off or its chunks were joined already")
            if not body:
                body, at = data[end.end() : until], until
    elif length.isascii() and length.isdigit() and len(length) < 12:
        told = data[end.end() : end.end() + int(length)]
        rest = data[end.end() + int(length) : end.end() + int(length) + 512]
        if len(told) == int(length) and (not rest.strip(b"\0 \t\r\n") or _START.match(rest.lstrip(b"\0 \t\r\n"))):
            body, at = told, end.end() + int(length)
        elif len(body.strip()) != int(length):
            notes.append(f"Content-Length says {length} bytes, the capture has {len(body)}")
    coding = message.header("content-encoding").strip().lower()
    if body and coding not in ("", "identity"):
        body, trouble = _inflated(body, coding)
        notes += [trouble] if trouble else []
    return Captured(body, start, headers, tuple(notes)), at


def _headers(head: bytes) -> tuple[tuple[str, str], ...]:
    unfolded = re.sub(r"\r?\n[ \t]+", " ", head.decode("latin-1"))
    pairs = (line.partition(":") for line in unfolded.splitlines()[:200] if ":" in line)
    return tuple((name.strip(), value.strip()) for name, _, value in pairs)


def _unchunked(data: bytes, at: int) -> tuple[bytes, int, bool]:
    """Body, where it ends, and whether its last chunk was there."""
    parts: list[bytes] = []
    while (size := _CHUNK.match(data, at)) is not None:
        length = int(size.group(1), 16)
        if length == 0:
            ended = re.compile(rb"(?:[^\r\n]+:[^\r\n]*\r?\n)*\r?\n?").match(data, size.end())
            return b"".join(parts), ended.end() if ended is not None else size.end(), True
        chunk = data[size.end() : size.end() + length]
        parts.append(chunk)
        if len(chunk) < length:
            return b"".join(parts), len(data), False
        at = size.end() + length
    return b"".join(parts), at, False


def _inflated(body: bytes, coding: str) -> tuple[bytes, str]:
    """The body without its coding, and what went wrong."""
    if coding not in ("gzip", "x-gzip", "deflate"):
        return body, f"content coding {coding[:20]!r} is not known"
    for bits in (31,) if "gzip" in coding else (15, -15):
        decoder = zlib.decompressobj(bits)
        try:
            plain = decoder.decompress(body, MAX_BODY)
        except zlib.error:
            continue
        return plain, "" if decoder.eof else "the compressed body is cut off or too large"
    return body, f"the body is not {coding}"


def _envelopes(data: bytes) -> list[bytes]:
    """Bodies that stand one after the other without HTTP between them."""
    parts: list[bytes] = []
    at = 0
    for end in _ENVELOPE_END.finditer(data):
        if _ENVELOPE_START.match(data, end.end()) and len(parts) < MAX_MESSAGES:
            parts.append(data[at : end.end()])
            at = end.end()
    return [*parts, data[at:]]
