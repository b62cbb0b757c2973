"""The CWMP endpoint as an ASGI application: any path, POST only, one short answer with a Content-Length.

Nothing here looks into a message. Overload is shed before a body is read: a 503 with a randomised ``Retry-After`` costs
the phone one retry and this server next to nothing (quirk 39).
"""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import replace
from functools import partial
from random import randint
from typing import Any

from acs.edges.cwmp.load import Budget, Load
from acs.protocols.addresses import Network, canonical, source_of
from acs.protocols.certificates import CERTIFICATE, Certificate, UnreadableError, from_header
from acs.protocols.forwarded import behind
from acs.services.sessions import COOKIE, STRANGER_BYTES, Request, Response, Sessions
from acs.telemetry import counters

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)

MAX_BODY = 16 * 1024 * 1024
"""A full GetParameterValues of a gateway takes 3 to 8 MB (cwmp.md 2.10)."""
MAX_UNDER_WAY = 2_000
"""Requests worked on at once; more are shed."""
MAX_CONNECTIONS = 100_000
"""TCP connections whose names are kept, the newest ones."""
BODY_SECONDS = 30.0
"""How long a sender may stay silent before and in the middle of a body."""
SLOW_SECONDS = 60.0
LEAST_RATE = 16
"""Bytes a second that a body must have come with on the whole once it has taken ``SLOW_SECONDS``."""
MAX_HELD = 256 * 1024 * 1024
"""Bytes of all bodies under way together."""
SMALL_BODY = 64 * 1024
"""An Inform, or an answer with some values."""
MAX_DELAYED = 8
"""Wrong passwords of one source that wait for their answer at once."""
TICK_SECONDS = 0.25
WHOLE_BODY_SECONDS = 300.0
"""How long a whole body may take; the slowest phone that we know of needed 168 s for its tree (quirk 31)."""

MAX_MEMBERS = 64
"""Members of a gzip body; what comes after them is padding to us."""
_TYPE = (b"content-type", b"text/xml; charset=utf-8")


class TooLargeError(Exception):
    """The body is larger than its sender may send."""


class UnknownSenderError(Exception):
    """The body is larger than a stranger's may be, but its sender may be a phone that was not asked who it is."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.reason)
        self.response = response


class UnknownCodingError(Exception):
    """The body has a content coding that we do not know."""


class NoRoomError(Exception):
    """There is no room for this now: neither in memory nor among those who wait."""


class Endpoint:
    """Serves phones over HTTP."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        max_under_way: int = MAX_UNDER_WAY,
        trusted: Sequence[Network] = (),
        certificate_header: str = "",
    ) -> None:
        self.sessions = sessions
        self.load = Load(max_under_way)
        self.budget = Budget(MAX_HELD, SMALL_BODY)
        self.trusted = trusted
        self.certificate_header = certificate_header
        self.draining = False
        """The program stops: only sessions under way are served."""
        self._delayed: dict[str, int] = {}
        self._ticking: asyncio.TimerHandle | None = None
        self._connections: dict[tuple[str, int], tuple[tuple[str, int], str]] = {}
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["method"] != "POST":
            await _send(send, 405, b"", [(b"allow", b"POST"), (b"connection", b"close")])
            return
        request = self._request(scope)
        in_session = self.sessions.has_session(request.cookie, request.connection)
        source, writes = source_of(request.address), self.sessions.database.waiting
        refused = self.load.refuses(source, in_session=in_session, writes=writes)
        if refused or (self.draining and not in_session):
            counters.add("cwmp_shed_total")
            await _shed(send)
            return
        if self._ticking is None:
            self._tick(asyncio.get_running_loop().time())
        await self._serve(request, scope, receive, send)

    def _request(self, scope: Scope) -> Request:
        """Give what a head says."""
        content_type = cookie = authorization = ""
        for name, value in scope["headers"]:
            if name == b"content-type":
                content_type = value.decode("latin-1")
            elif name == b"cookie":
                cookie = f"{cookie}; {value.decode('latin-1')}" if cookie else value.decode("latin-1")
            elif name == b"authorization" and not authorization:
                authorization = value.decode("latin-1")
        peer: tuple[str, int] = scope.get("client") or ("", 0)
        address, secure = canonical(peer[0]), scope.get("scheme") == "https"
        certificate: Certificate | None = (scope.get("extensions") or {}).get(CERTIFICATE)
        connection = self._connection_of(peer)
        if self.trusted:
            client = behind(address, secure, scope["headers"], self.trusted, self.certificate_header)
            if client.address != address:
                # A proxy carries many phones over one connection: it proves nothing of who speaks.
                self._count += 1
                connection = f"{connection}|{self._count}"
            address, secure = client.address, client.secure
            if client.certificate is not None:
                try:
                    certificate = from_header(client.certificate)
                except UnreadableError as error:
                    log.warning("the proxy %s hands on a certificate that cannot be read: %s", peer[0], error)
        query = scope.get("query_string")
        return Request(
            connection=connection,
            address=address,
            target=scope.get("raw_path", b"/").decode("latin-1") + (f"?{query.decode('latin-1')}" if query else ""),
            body=b"",
            content_type=content_type,
            authorization=authorization or None,
            cookie=cookie,
            secure=secure,
            certificate=certificate,
            headers=scope["headers"],
            http_version=scope.get("http_version", "1.1"),
        )

    async def _serve(self, request: Request, scope: Scope, receive: Receive, send: Send) -> None:
        coding, length = b"", 0
        for name, value in scope["headers"]:
            if name == b"content-length":
                length = int(value)
            elif name == b"content-encoding":
                coding = coding + b"," + value if coding else value
        hears = partial(self.sessions.hears, request.cookie, request.connection)
        body = Body(self.budget, source_of(request.address), partial(self._limit, request), hears)
        try:
            given = await body.read(receive, length)
            if given and coding:
                given = await body.unpacked(given, coding.decode("latin-1"))
            if given is None:
                return  # the phone hung up in the middle (quirk 30)
            request.body = given
            await self._work(request, send)
        except TooLargeError:
            await _send(send, 413, b"", [(b"connection", b"close")])
        except UnknownSenderError as unknown:
            await _answer(send, replace(unknown.response, close=True))
        except UnknownCodingError:
            await _send(send, 415, b"", [])
        except NoRoomError:
            counters.add("cwmp_shed_total")
            await _shed(send)
        except TimeoutError:
            await _send(send, 408, b"", [(b"connection", b"close")])
        finally:
            body.done()

    async def _limit(self, request: Request) -> int:
        """Give how many bytes a sender may send who wants to send more than a stranger may.

        Raises:
            UnknownSenderError: it may be a phone in a session that keeps no cookie, has a new connection and waits to
                be challenged on it; 413 would end its session for good.
        """
        refusal = await self.sessions.refusal(request)
        if refusal is None:
            return MAX_BODY
        await self._hold_back(source_of(request.address), refusal.delay)
        if request.authorization is None and self.sessions.expects(request):
            raise UnknownSenderError(refusal)
        return STRANGER_BYTES

    async def _work(self, request: Request, send: Send) -> None:
        source = source_of(request.address)
        self.load.begin(source)
        try:
            response = await self.sessions.handle(request)
        finally:
            self.load.end(source)
        await self._hold_back(source, response.delay)
        if self.draining and not self.sessions.has_session(request.cookie, request.connection):
            response = replace(response, close=True)
        sent = await _answer(send, response)
        if self.sessions.tracer.active:
            self.sessions.trace(request, response, sent)

    async def _hold_back(self, source: str, delay: float) -> None:
        """Keep an answer back for somebody who guesses.

        Raises:
            NoRoomError: so many of his answers wait already that waiting alone would cost him nothing.
        """
        if not delay:
            return
        if self._delayed.get(source, 0) >= MAX_DELAYED:
            raise NoRoomError
        self._delayed[source] = self._delayed.get(source, 0) + 1
        try:
            await asyncio.sleep(delay)
        finally:
            self._delayed[source] -= 1
            if not self._delayed[source]:
                del self._delayed[source]

    def in_session(self, client: tuple[str, int]) -> bool:
        """Say whether a session is under way on a connection, named as its scope names it."""
        known = self._connections.get(client)
        return known is not None and known[0] is client and self.sessions.has_session("", known[1])

    def drain(self) -> None:
        """The program stops: take no new sessions."""
        self.draining = True
        if self._ticking is not None:
            self._ticking.cancel()

    def _tick(self, expected: float) -> None:
        """Measure by how much the loop is late."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self.load.late(max(0.0, now - expected))
        self._ticking = loop.call_later(TICK_SECONDS, self._tick, now + TICK_SECONDS)

    def _connection_of(self, client: tuple[str, int]) -> str:
        """Name the TCP connection, which counts as proof of identity within a session.

        Address and port are not enough: behind an address translator the next phone may get them seconds later. The
        server hands out one and the same pair with every request of a connection; keeping it keeps it from coming
        again by accident. A name that was forgotten costs the phone a new proof.
        """
        known = self._connections.get(client)
        if known is not None and known[0] is client and client[1]:
            return known[1]
        self._count += 1
        name = f"{client[0]}|{client[1]}|{self._count}"
        self._connections.pop(client, None)
        if len(self._connections) >= MAX_CONNECTIONS:
            del self._connections[next(iter(self._connections))]
        self._connections[client] = (client, name)
        return name


class Body:
    """A body while it comes in."""

    def __init__(
        self, budget: Budget, source: str, limit: Callable[[], Awaitable[int]], hears: Callable[[], None]
    ) -> None:
        self._budget = budget
        self._source = source
        self._hears = hears
        self._ask = limit
        self._limit = STRANGER_BYTES
        self._asked = False
        self._held = 0

    async def read(self, receive: Receive, length: int) -> bytes | None:
        """Read a whole body; None if the sender hung up."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        parts: list[bytes] = []
        size = 0
        if length > STRANGER_BYTES:
            await self._may_be(length)  # before 100 Continue is said
        while True:
            left = begun + WHOLE_BODY_SECONDS - loop.time()
            async with asyncio.timeout(min(BODY_SECONDS, left)):
                message = await receive()
            if message["type"] == "http.disconnect":
                return None
            part: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            if not parts and not more:
                if len(part) > self._limit:
                    await self._may_be(len(part))
                self._hold(0, len(part))
                return part
            size += len(part)
            self._hears()
            await self._may_be(size)
            self._hold(size - len(part), len(part))
            parts.append(part)
            if not more:
                return b"".join(parts)
            if (late := loop.time() - begun) > SLOW_SECONDS and size < late * LEAST_RATE:
                raise TimeoutError

    async def unpacked(self, body: bytes, coding: str) -> bytes:
        """Undo a coding."""
        try:
            plain = _decoded(body, coding, self._limit)
        except TooLargeError:
            if self._asked:
                raise
            await self._may_be(STRANGER_BYTES + 1)
            plain = _decoded(body, coding, self._limit)
        self._hold(0, len(plain))
        return plain

    def done(self) -> None:
        """Give the room back."""
        self._budget.give_back(self._source, self._held)
        self._held = 0

    async def _may_be(self, size: int) -> None:
        if size > self._limit and not self._asked:
            self._asked = True
            self._limit = await self._ask()
        if size > self._limit:
            raise TooLargeError

    def _hold(self, size: int, more: int) -> None:
        if not self._budget.takes(self._source, size, more):
            raise NoRoomError
        self._held += more


def _decoded(body: bytes, coding: str, limit: int) -> bytes:
    """Undo gzip or deflate, never giving more than ``limit`` bytes (quirk 20: deflate may be raw or zlib).

    Whatever cannot be undone is answered 415, which makes phones send the message again as it is (quirk 223).
    """
    codings = [each for word in coding.lower().split(",") if (each := word.strip()) not in ("", "identity")]
    if not codings:
        return body
    if len(codings) > 1 or codings[0] not in ("gzip", "x-gzip", "deflate"):
        raise UnknownCodingError
    for bits in (31,) if "gzip" in codings[0] else (15, -15):
        plain = _inflated(body, bits, limit)
        if plain is not None:
            return plain
    raise UnknownCodingError


def _inflated(body: bytes, bits: int, limit: int) -> bytes | None:
    """Every member of a packed body, one after the other (RFC 1952 2.2); None if it is broken or cut off."""
    parts: list[bytes] = []
    room = limit
    while True:
        decoder = zlib.decompressobj(bits)
        try:
            parts.append(decoder.decompress(body, room + 1))
        except zlib.error:
            return None
        room -= len(parts[-1])
        if room < 0 or decoder.unconsumed_tail:
            raise TooLargeError
        if not decoder.eof:
            return None
        body = decoder.unused_data
        if bits != 31 or not body.startswith(b"\x1f\x8b") or len(parts) >= MAX_MEMBERS:
            return b"".join(parts)


async def _answer(send: Send, response: Response) -> list[tuple[bytes, bytes]]:
    """Send a response; give the headers that it got."""
    headers: list[tuple[bytes, bytes]] = []
    if response.session_id is not None:
        headers.append((b"set-cookie", f"{COOKIE}={response.session_id}; Path=/".encode()))
    headers += [(b"www-authenticate", value.encode()) for value in response.authenticate]
    if response.retry_after is not None:
        headers.append((b"retry-after", str(response.retry_after + randint(0, 10)).encode()))
    if response.close:
        headers.append((b"connection", b"close"))
    await _send(send, response.status, response.body, headers)
    return headers


async def _shed(send: Send) -> None:
    # randint spreads a storm; nobody gains anything by guessing it
    await _send(send, 503, b"", [(b"retry-after", str(randint(5, 60)).encode()), (b"connection", b"close")])


async def _send(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    if body:
        headers.append(_TYPE)
    if status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
