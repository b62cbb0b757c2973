"""The CWMP endpoint as an ASGI application: any path, POST only, one short answer with a Content-Length.

Nothing here looks into a message. Overload is shed before a body is read: a 503 with a randomised ``Retry-After`` costs
the phone one retry and this server next to nothing (quirk 39).
"""

from __future__ import annotations

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from random import randint
from typing import Any

from acs.services.sessions import COOKIE, STRANGER_BYTES, Request, Response, Sessions, session_id_of
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
WHOLE_BODY_SECONDS = 300.0
"""How long a whole body may take; the slowest phone that we know of needed 168 s for its tree (quirk 31)."""

MAX_MEMBERS = 64
"""Members of a gzip body; what comes after them is padding to us."""
MAX_HEAD = 16 * 1024
"""Bytes of a request's headers (cwmp.md 2.10)."""

_TYPE = (b"content-type", b"text/xml; charset=utf-8")


class TooLargeError(Exception):
    """The body is larger than its sender may send."""


class UnknownCodingError(Exception):
    """The body has a content coding that we do not know."""


class Endpoint:
    """Serves phones over HTTP."""

    def __init__(self, sessions: Sessions, *, max_under_way: int = MAX_UNDER_WAY) -> None:
        self.sessions = sessions
        self.max_under_way = max_under_way
        self._under_way = 0
        self._connections: dict[tuple[str, int], tuple[tuple[str, int], str]] = {}
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["method"] != "POST":
            await _send(send, 405, b"", [(b"allow", b"POST")])
            return
        if self._under_way >= self.max_under_way:
            counters.add("cwmp_shed_total")
            # randint spreads a storm; nobody gains anything by guessing it
            await _send(send, 503, b"", [(b"retry-after", str(randint(5, 60)).encode()), (b"connection", b"close")])
            return
        if sum(len(name) + len(value) + 4 for name, value in scope["headers"]) > MAX_HEAD:
            await _send(send, 431, b"", [(b"connection", b"close")])
            return
        self._under_way += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self._under_way -= 1

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        content_type = cookie = authorization = coding = ""
        for name, value in scope["headers"]:
            if name == b"content-type":
                content_type = value.decode("latin-1")
            elif name == b"cookie":
                cookie = f"{cookie}; {value.decode('latin-1')}" if cookie else value.decode("latin-1")
            elif name == b"authorization":
                authorization = value.decode("latin-1")
            elif name == b"content-encoding":
                coding = f"{coding},{value.decode('latin-1')}" if coding else value.decode("latin-1")
        known = bool(authorization) or (
            (session_id := session_id_of(cookie)) is not None and self.sessions.store.get(session_id) is not None
        )
        limit = MAX_BODY if known or self.sessions.context.cpe_auth == "none" else STRANGER_BYTES
        try:
            body = await _body(receive, limit)
            if body and coding:
                body = _decoded(body, coding, limit)
        except TooLargeError:
            await _send(send, 413, b"", [(b"connection", b"close")])
            return
        except UnknownCodingError:
            await _send(send, 415, b"", [])
            return
        except TimeoutError:
            await _send(send, 408, b"", [(b"connection", b"close")])
            return
        if body is None:
            return  # the phone hung up in the middle (quirk 30)
        client: tuple[str, int] = scope.get("client") or ("", 0)
        response = await self.sessions.handle(
            Request(
                connection=self._connection_of(client),
                address=client[0],
                target=scope.get("raw_path", b"/").decode("latin-1")
                + (f"?{scope['query_string'].decode('latin-1')}" if scope.get("query_string") else ""),
                body=body,
                content_type=content_type,
                authorization=authorization or None,
                cookie=cookie,
                secure=scope.get("scheme") == "https",
            )
        )
        await _answer(send, response)

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


async def _body(receive: Receive, limit: int) -> bytes | None:
    """Read a whole body; None if the sender hung up."""
    async with asyncio.timeout(BODY_SECONDS):  # a head alone must not hold a place among those under way
        message = await receive()
    if message["type"] == "http.disconnect":
        return None
    first: bytes = message.get("body", b"")
    if len(first) > limit:
        raise TooLargeError
    if not message.get("more_body"):
        return first
    parts, size = [first], len(first)
    until = asyncio.get_running_loop().time() + WHOLE_BODY_SECONDS
    while True:
        left = until - asyncio.get_running_loop().time()
        async with asyncio.timeout(min(BODY_SECONDS, left)):
            message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLargeError
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


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


async def _answer(send: Send, response: Response) -> None:
    headers: list[tuple[bytes, bytes]] = []
    if response.session_id is not None:
        headers.append((b"set-cookie", f"{COOKIE}={response.session_id}; Path=/".encode()))
    headers += [(b"www-authenticate", value.encode()) for value in response.authenticate]
    if response.retry_after is not None:
        headers.append((b"retry-after", str(response.retry_after + randint(0, 10)).encode()))
    await _send(send, response.status, response.body, headers)


async def _send(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    if body:
        headers.append(_TYPE)
    if status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
