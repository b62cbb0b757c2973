"""Asking a phone to call, over HTTP: connect, GET, answer its challenge, and then wait for the Inform.

Success is the Inform, not the HTTP status (quirk 149). One request per phone at a time and at most one in ten seconds;
over the whole fleet a bounded number. The URL comes from the phone, so it is held to addresses where a phone can be:
never link-local, multicast, unspecified or reserved ones, and never another one at a second look-up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
from dataclasses import dataclass
from ipaddress import ip_address
from secrets import token_hex
from typing import Any

from acs.errors import AcsError, BadRequest
from acs.protocols.connection_request import (
    MAX_HEAD,
    ConnectionRequest,
    Head,
    Kind,
    Result,
    Send,
    parse_url,
    read_head,
)
from acs.services.context import Context
from acs.services.sessions import Sessions
from acs.services.waking import Target, note_wake, wake_target
from acs.storage.engine import Database

log = logging.getLogger(__name__)

CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 5.0
INFORM_SECONDS = 30.0
"""A phone calls within 30 s of a good connection request (TR-069 3.2.2.3)."""
REFUSED_SECONDS = 1.0
"""A phone that refused may call all the same, for a reason of its own."""
BUSY_PAUSE = 5.0
BETWEEN = 10.0
"""Seconds between two connection requests to one phone."""
AT_ONCE = 64
_MAX_SKIP = 8192


@dataclass(frozen=True, slots=True)
class _Knock:
    result: Result
    text: str


class HttpWaker:
    """Asks phones to call."""

    def __init__(self, database: Database, context: Context, sessions: Sessions) -> None:
        self._database = database
        self._context = context
        self._sessions = sessions
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._last: dict[str, float] = {}
        self._under_way: dict[str, asyncio.Task[dict[str, Any]]] = {}

    async def wake(self, device_id: str) -> dict[str, Any]:
        """Ask a phone to call; say how it was asked and what came back.

        Raises:
            NotFound: no such phone, or it never told where it can be asked.
        """
        if self._sessions.in_session(device_id):
            return _told("in_session", True, "The phone is on the line already; it takes new work in this session.", [])
        target = await self._database.read(lambda uow: wake_target(uow, self._context, device_id))
        running = self._under_way.get(device_id)
        if running is None:
            wait = BETWEEN - (time.monotonic() - self._last.get(device_id, -BETWEEN))
            if wait > 0:
                return _told("too_soon", False, f"Asked less than {BETWEEN:.0f} s ago; ask again in {wait:.0f} s.", [])
            self._last[device_id] = time.monotonic()
            running = asyncio.get_running_loop().create_task(self._wake(target), name=f"wake {device_id}")
            self._under_way[device_id] = running
            running.add_done_callback(lambda _: self._under_way.pop(device_id, None))
        return await asyncio.shield(running)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in list(self._under_way.values()):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _wake(self, target: Target) -> dict[str, Any]:
        steps: list[str] = []
        begun = time.monotonic()
        calling = asyncio.ensure_future(self._sessions.called(target.device_id, 2 * INFORM_SECONDS))
        try:
            async with self._gate:
                for _ in range(2):
                    knock = await self._knock(target)
                    steps.append(knock.text)
                    if knock.result.kind is not Kind.BUSY or calling.done():
                        break
                    await asyncio.wait([calling], timeout=BUSY_PAUSE)
                    if calling.done():
                        break
                    steps.append("asked again")
            patience = INFORM_SECONDS if knock.result.kind in (Kind.ACCEPTED, Kind.BUSY) else REFUSED_SECONDS
            await asyncio.wait([calling], timeout=patience)
            called = calling.done() and calling.result()
        finally:
            calling.cancel()
        elapsed = time.monotonic() - begun
        steps.append(f"phone called after {elapsed:.1f} s" if called else "phone did not call")
        told = _told(str(knock.result.kind), bool(called), ", ".join(steps), steps, status=knock.result.status)
        with contextlib.suppress(AcsError):
            await self._database.write(lambda uow: note_wake(uow, target.device_id, told["detail"]))
        return told

    async def _knock(self, target: Target) -> _Knock:
        try:
            there = parse_url(target.url)
            address = await _allowed(there.host)
        except BadRequest as error:
            return _Knock(Result(Kind.REFUSED, 0, error.message), f"not asked: {error.message}")
        request = ConnectionRequest(there, target.username, target.password, token_hex(8))
        where = f"asked over {there.scheme.upper()} at {there.host}:{there.port}"
        try:
            result = await asyncio.wait_for(_exchange(request, address), CONNECT_SECONDS + ANSWER_SECONDS)
        except (OSError, ValueError, asyncio.IncompleteReadError) as error:  # ValueError: what it says is not HTTP
            reason = "no answer in time" if isinstance(error, TimeoutError) else (str(error) or type(error).__name__)
            return _Knock(Result(Kind.REFUSED, 0, reason), f"{where}: {reason}")
        return _Knock(result, f"{where}, answered {result.status} {result.detail}".rstrip())


async def _allowed(host: str) -> str:
    """Hold a host to where phones are: never link-local, multicast or unspecified addresses.

    Returns:
        The address to connect to; asked again, the resolver might name one that nobody has looked at.
    """
    try:
        addresses = [ip_address(host)]
    except ValueError:
        loop = asyncio.get_running_loop()
        try:
            found = await asyncio.wait_for(loop.getaddrinfo(host, None), CONNECT_SECONDS)
        except OSError as error:
            raise BadRequest(f"{host} cannot be resolved: {str(error) or 'no answer in time'}") from error
        addresses = [ip_address(item[4][0]) for item in found]
    for address in addresses:
        if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
            raise BadRequest(f"{address} is not an address where a phone can be")
    return str(addresses[0])


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
            if not await _skip(reader, step):
                writer.close()
                reader, writer = await _connect(request, address)
    finally:
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.wait_closed()


async def _connect(request: ConnectionRequest, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = None
    if request.target.scheme == "https":
        context = ssl.create_default_context()  # phones carry certificates of their own making
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return await asyncio.wait_for(
        asyncio.open_connection(
            address,
            request.target.port,
            ssl=context,
            server_hostname=request.target.host if context is not None else None,
            limit=MAX_HEAD,
        ),
        CONNECT_SECONDS,
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


async def _skip(reader: asyncio.StreamReader, step: Send) -> bool:
    """Read over the body of a 401, so that the connection can be used again; False: it cannot."""
    if step.skip is None or step.skip > _MAX_SKIP:
        return False
    try:
        await reader.readexactly(step.skip)
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return False
    return not reader.at_eof()


def _told(outcome: str, called: bool, detail: str, steps: list[str], status: int | None = None) -> dict[str, Any]:
    return {"outcome": outcome, "called": called, "detail": detail, "steps": steps, "http_status": status or None}
