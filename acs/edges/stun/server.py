"""Answers STUN Binding Requests, keeps where authenticated phones can be reached, and sends datagrams from that port.

Nothing here grows with what strangers send: counts per source live in tables of fixed size, who is unauthenticated is
never answered at greater length than it asked, and datagrams that are no STUN requests are dropped unanswered.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from acs.errors import NeedsOperator
from acs.protocols import stun
from acs.protocols.addresses import bracketed, canonical, source_of
from acs.services.context import Context
from acs.services.waking import STUN_PREFIX, note_binding, stun_password
from acs.storage.engine import Database
from acs.telemetry import counters, spawn

log = logging.getLogger(__name__)

PER_SECOND = 50.0
"""Requests that one source address may send in the long run: a site behind one NAT has many phones."""
BURST = 200.0
SOURCES = 4096
"""Source addresses that are counted at a time; the one not heard for longest is forgotten."""
BINDINGS = 65536
"""Authenticated addresses that are remembered."""
BINDING_SECONDS = 600.0
"""A phone that names itself is asked to prove it again after so long, so that the address kept of it stays true."""
CHALLENGE_SECONDS = 60.0
"""An address that did not prove itself is not asked again before that, and answered all the same."""

RECEIVED = counters.counter("acs_stun_requests_total", result="answered")
DROPPED = counters.counter("acs_stun_requests_total", result="dropped")


class StunServer(asyncio.DatagramProtocol):
    """One UDP socket."""

    def __init__(self, database: Database, context: Context, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Not listening yet.

        Args:
            database: where phones are kept.
            context: holds the key that the phones' STUN passwords are made from.
            clock: seconds that never go back.
        """
        self._database = database
        self._context = context
        self._clock = clock
        self._transport: asyncio.DatagramTransport | None = None
        self._family = socket.AF_INET
        self._tokens: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._settled: OrderedDict[stun.Endpoint, float] = OrderedDict()
        """Addresses that are not asked to authenticate until then."""
        self._to_keep: dict[str, str] = {}
        """Bindings not written down yet: user and address."""
        self._keeping: asyncio.Task[None] | None = None
        self.port = 0

    # Life

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 takes any free one.

        Raises:
            NeedsOperator: the port cannot be used.
        """
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: self, local_addr=(host, port), family=self._family
            )
        except OSError as error:
            raise NeedsOperator(
                f"UDP port {port} on {host} cannot be used for STUN: {error.strerror or error}. "
                "Stop what uses it, or set ACS_STUN_PORT."
            ) from error
        self._transport = transport
        self.port = int(transport.get_extra_info("sockname")[1])

    async def close(self) -> None:
        """Listen no more; what is to be kept is kept."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
            await asyncio.sleep(0)  # the loop closes the socket in its next round
        if self._keeping is not None:
            with contextlib.suppress(Exception):
                await self._keeping

    def send(self, data: bytes, address: str, port: int) -> None:
        """Send a datagram from the port that phones' bindings lead to.

        Raises:
            OSError: it cannot be sent.
        """
        if self._transport is None:
            raise OSError("the STUN socket is closed")
        if ":" in address and self._family == socket.AF_INET:
            raise OSError("the STUN socket is IPv4 only; bind ACS_HOST to an IPv6 address")
        if ":" not in address and self._family == socket.AF_INET6:
            address = f"::ffff:{address}"
        self._transport.sendto(data, (address, port))

    # asyncio's side

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        """Answer a datagram, or drop it."""
        source = (canonical(str(addr[0])), int(addr[1]))
        answer = self.answer(data, source) if self._may(source_of(source[0])) else None
        if answer is None or not answer.data:
            DROPPED.add()
            return
        RECEIVED.add()
        with contextlib.suppress(OSError):
            self.send(answer.data, *answer.to)

    def error_received(self, exc: Exception) -> None:
        """A datagram did not arrive; the next one may."""
        log.debug("STUN: %s", exc)

    # What is answered

    def answer(self, data: bytes, source: stun.Endpoint) -> stun.Answer | None:
        """Say what a datagram is answered; none if it is no Binding Request or comes from no port."""
        request = stun.read(data)
        if request is None or request.type != stun.BINDING_REQUEST or not source[1]:
            return None
        now = self._clock()
        answer = stun.answer(
            request,
            source,
            password_of=self._password_of,
            may_challenge=self._settled.get(source, 0.0) <= now,
        )
        if answer.binding:
            self._settle(source, now + BINDING_SECONDS)
            self._keep(answer.binding, f"{bracketed(source[0])}:{source[1]}")
        elif answer.challenged:
            self._settle(source, now + CHALLENGE_SECONDS)
        return answer

    def _password_of(self, username: str) -> str | None:
        return stun_password(self._context, username) if username.startswith(STUN_PREFIX) else None

    def _settle(self, source: stun.Endpoint, until: float) -> None:
        self._settled[source] = until
        self._settled.move_to_end(source)
        while len(self._settled) > BINDINGS:
            self._settled.popitem(last=False)

    def _may(self, source: str) -> bool:
        """Count a request of a source address; whether it is within its rate."""
        now = self._clock()
        tokens, at = self._tokens.get(source, (BURST, now))
        tokens = min(BURST, tokens + (now - at) * PER_SECOND)
        self._tokens[source] = (tokens - 1.0 if tokens >= 1.0 else tokens, now)
        self._tokens.move_to_end(source)
        while len(self._tokens) > SOURCES:
            self._tokens.popitem(last=False)
        return tokens >= 1.0

    # What is kept

    def _keep(self, username: str, address: str) -> None:
        """Have a binding written down; of one phone only the newest waits, and only proven ones come here."""
        self._to_keep[username] = address
        if self._keeping is None or self._keeping.done():
            self._keeping = spawn(self._write(), name="keep STUN bindings")

    async def _write(self) -> None:
        while self._to_keep:
            kept, self._to_keep = self._to_keep, {}

            def write(uow: Any, bindings: dict[str, str] = kept) -> None:
                for username, address in bindings.items():
                    note_binding(uow, username, address)

            try:
                await self._database.write(write)
            except Exception:
                log.exception("%d STUN bindings could not be kept; the phones' next ones will be", len(kept))
