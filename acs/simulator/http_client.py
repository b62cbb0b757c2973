"""A small HTTP/1.1 client over asyncio streams and h11: one connection, one request at a time, bounded answers.

h11 keeps the protocol's state and framing; this file moves bytes. See decision 0007 for why no bigger client.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import h11

from acs.errors import AcsError

Header = tuple[str, str]
REDIRECTS: Final = 5
_CHUNK: Final = 65536
_CONTINUE_WAIT: Final = 1.0
"""Seconds to wait for 100 Continue before sending the body anyway (RFC 9110 10.1.1)."""


class ConnectionLost(AcsError):  # noqa: N818 - what happened, in the past tense
    """The peer cannot be reached, went away, or does not speak HTTP. ``fresh``: no byte of an answer had come."""

    def __init__(self, message: str, *, fresh: bool = False) -> None:
        super().__init__(message)
        self.fresh = fresh


class TooLarge(AcsError):  # noqa: N818
    """The answer is longer than the caller wants."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a URL points. ``target`` is what the request line says."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> tuple[str, str, int]:
        """What a connection and credentials belong to."""
        return self.scheme, self.host, self.port


_PORTS: Final = {"http": 80, "https": 443}


def address(url: str) -> Address:
    """Read a URL; user information in it is left aside.

    Raises:
        ValueError: it is not http or https, or names no host.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"not an http or https URL: {parts.scheme or url[:20]!r}")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme], target.replace(" ", "%20"))


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer; header names in lower case."""

    status: int
    headers: tuple[Header, ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header."""
        return next(iter(self.all(name)), default)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how much. Seconds and bytes."""

    connect: float = 10.0
    answer: float = 60.0
    body: int = 64 * 1024 * 1024


@dataclass(slots=True)
class Connection:
    """One TCP connection, plain or TLS."""

    address: Address
    limits: Limits
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _http: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT))
    requests: int = 0

    @classmethod
    async def open(cls, to: Address, tls: ssl.SSLContext | None, limits: Limits, source: str = "") -> "Connection":
        """Connect, from the address ``source`` where it is given.

        Raises:
            ConnectionLost: nobody is there, or its certificate is not to be trusted.
        """
        try:
            async with asyncio.timeout(limits.connect):
                reader, writer = await asyncio.open_connection(
                    to.host,
                    to.port,
                    ssl=tls if to.scheme == "https" else None,
                    local_addr=(source, 0) if source else None,
                )
        except (OSError, TimeoutError, ssl.SSLError) as error:
            raise ConnectionLost(f"cannot connect to {to.host}:{to.port}: {_words(error)}", fresh=True) from error
        return cls(to, limits, reader, writer)

    @property
    def reusable(self) -> bool:
        """Whether one more request may go over it."""
        return self._http.our_state is h11.IDLE and not self._reader.at_eof() and not self._writer.is_closing()

    async def request(
        self,
        method: str,
        target: str,
        headers: Sequence[Header],
        body: bytes = b"",
        *,
        chunked: bool = False,
        expect_continue: bool = False,
        dress: Callable[[bytes], bytes] = bytes,
    ) -> Response:
        """Send one request and read the whole answer. ``headers`` need not name Host and length.

        ``dress`` has the last word on the bytes of the head.

        Raises:
            ConnectionLost: no whole answer came.
            TooLarge: more came than ``limits.body``.
        """
        framing = [("Transfer-Encoding", "chunked")] if chunked and body else [("Content-Length", str(len(body)))]
        if method in ("GET", "HEAD") and not body:
            framing = []
        expect = [("Expect", "100-continue")] if expect_continue and body else []
        self.requests += 1
        answered = False
        try:
            async with asyncio.timeout(self.limits.answer):
                head = self._encode(
                    h11.Request(
                        method=method,
                        target=target,
                        headers=[("Host", self.address.authority), *headers, *framing, *expect],
                    )
                )
                head = dress(head)
                rest = (self._encode(h11.Data(data=body)) if body else b"") + self._encode(h11.EndOfMessage())
                if expect:
                    await self._write(head)
                    await self._await_continue()
                    head = b""
                await self._write(head + rest)
                response = await self._next_response()
                answered = True
                content = await self._body()
        except TimeoutError as error:
            self.close()
            raise ConnectionLost(f"no answer within {self.limits.answer:g} s") from error
        except (OSError, ssl.SSLError, h11.ProtocolError, asyncio.IncompleteReadError) as error:
            self.close()
            raise ConnectionLost(_words(error), fresh=not answered) from error
        except (ConnectionLost, TooLarge):
            self.close()
            raise
        self._rest()
        found = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers)
        return Response(response.status_code, found, content)

    async def send_and_leave(
        self,
        method: str,
        target: str,
        headers: Sequence[Header],
        body: bytes,
        *,
        half: bool = False,
        dress: Callable[[bytes], bytes] = bytes,
    ) -> None:
        """Send a request, or ``half`` of its body, and close without waiting for its answer."""
        length = ("Content-Length", str(len(body)))
        request = h11.Request(
            method=method, target=target, headers=[("Host", self.address.authority), *headers, length]
        )
        with contextlib.suppress(OSError):
            await self._write(dress(self._encode(request)) + (body[: len(body) // 2] if half else body))
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    async def _await_continue(self) -> None:
        """Until the peer says anything at all, or has had long enough."""
        try:
            async with asyncio.timeout(_CONTINUE_WAIT):
                self._http.receive_data(await self._reader.read(_CHUNK))
        except TimeoutError:
            return

    async def _next_response(self) -> h11.Response:
        while True:
            event = await self._event()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise ConnectionLost(f"no answer but {type(event).__name__}")

    async def _body(self) -> bytes:
        content = bytearray()
        while True:
            event = await self._event()
            if isinstance(event, h11.Data):
                content += event.data
                if len(content) > self.limits.body:
                    raise TooLarge(f"more than {self.limits.body} bytes")
            elif isinstance(event, h11.EndOfMessage):
                return bytes(content)
            else:
                raise ConnectionLost("the connection closed within an answer")

    async def _event(self) -> object:
        while True:
            event = self._http.next_event()
            if event is not h11.NEED_DATA:
                return event
            data = await self._reader.read(_CHUNK)
            if not data and self._http.their_state is h11.SEND_RESPONSE:
                raise ConnectionLost("the connection closed before an answer", fresh=True)
            self._http.receive_data(data)

    def _encode(self, event: h11.Request | h11.Data | h11.EndOfMessage) -> bytes:
        return self._http.send(event) or b""

    async def _write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    def _rest(self) -> None:
        """Make ready for the next request, or hang up where the peer wants no more."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
        else:
            self.close()


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
