"""One connection request over HTTP: connect to the very address that was looked at, GET, answer the challenge.

Certificates of https phones are not verified: phones make their own, and the password never travels, because Digest
proves it (decision 0017). Redirects are answers like any other and never followed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from functools import lru_cache

from acs.protocols.connection_request import MAX_HEAD, ConnectionRequest, Head, Kind, Result, Send, read_head

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0


async def exchange(request: ConnectionRequest, address: str) -> Result:
    """Ask once; give what the phone said, or why it said nothing. Never raises for what a phone does."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS + ANSWER_SECONDS):
            return await _exchange(request, address)
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:  # ValueError: what it says is not HTTP
        return Result(Kind.REFUSED, 0, _words(error)[:200])


def _words(error: Exception) -> str:
    """Tell an error as part of a sentence: without the system's number of it."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return str(error) or type(error).__name__


async def _exchange(request: ConnectionRequest, address: str) -> Result:
    """Run the exchange over one or more connections (quirk 148: some close after 401, some want the same one)."""
    data = request.first()
    reader, writer = await _connect(request, address)
    try:
        while True:
            head = await _roundtrip(reader, writer, data)
            if head is None:  # closed on us: once more, on a new connection (quirk 40)
                writer.close()
                reader, writer = await _connect(request, address)
                head = await _roundtrip(reader, writer, data)
                if head is None:
                    raise ConnectionResetError("the phone closed the connection without an answer")
            step = request.answered(head)
            if isinstance(step, Result):
                return step
            request, data = step.request, step.data
            if not await _skip(reader, step, head):
                writer.close()
                reader, writer = await _connect(request, address)
    finally:
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.wait_closed()


@lru_cache(maxsize=1)
def _anybody() -> ssl.SSLContext:
    """Make a context that verifies nobody, without reading the system's authorities, which takes its time."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def _connect(request: ConnectionRequest, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = None
    if request.target.scheme == "https":
        context = _anybody()
    async with asyncio.timeout(CONNECT_SECONDS):
        return await asyncio.open_connection(
            address,
            request.target.port,
            ssl=context,
            server_hostname=request.target.host if context is not None else None,
            limit=MAX_HEAD,
        )


async def _roundtrip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> Head | None:
    try:
        writer.write(data)
        await writer.drain()
        received = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        received = error.partial + b"\r\n\r\n"
    except asyncio.LimitOverrunError:
        raise ConnectionAbortedError("the phone's answer is too long") from None
    except (ConnectionResetError, BrokenPipeError):
        return None
    return read_head(received)


async def _skip(reader: asyncio.StreamReader, step: Send, head: Head) -> bool:
    """Read over the body of a 401, so that the connection can be used again; False: it cannot."""
    if step.skip is None or head.length + step.skip > MAX_HEAD:
        return False
    try:
        await reader.readexactly(step.skip)
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return False
    return not reader.at_eof()
