"""HTTP on one connection: uvicorn's, with our forgiving parser, times for what a sender may delay, and TLS told.

A head must be whole a few seconds after the connection began or its first byte came, however it dribbles. Bodies are
timed by the applications, which know whom they wait for; what an application has not asked for is not waited for.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from acs.edges.listener.connections import Connections, Doing, Guest
from acs.protocols.certificates import CERTIFICATE, Certificate, UnreadableError, read_certificate
from acs.protocols.http1 import GarbledError, HeadTooLongError, RequestParser
from acs.telemetry import counters

HEAD_SECONDS = 10.0
"""From the first byte, or from the beginning of the connection, to the end of the head."""
STALL_SECONDS = 60.0
"""How long a sender may be silent within a body that an application waits for."""
LINGER_SECONDS = 2.0
"""How long an early answer is kept from being lost: closing at once would make the system say RST."""
LINGER_BYTES = 64 << 20
"""Most that is passed over meanwhile: many clients look for an answer only when all of their body is out."""


@dataclass(slots=True)
class Policy:
    """What one listener does with its connections."""

    connections: Connections
    head_seconds: float = HEAD_SECONDS
    stays: Callable[[tuple[str, int]], bool] = field(default=lambda _client: False)
    """Whether somebody is in the middle of something when the program stops, by the address that the scope gave."""
    draining: bool = False


class HttpProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        policy: Policy,
        guest: Guest,
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.parser: RequestParser = RequestParser(self)  # type: ignore[assignment]
        self.policy = policy
        self.guest = guest
        self._certificate: Certificate | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._lingering: int | None = None
        self._heard = 0.0

    # Connection -------------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin."""
        super().connection_made(transport)
        self.transport = _Lingering(transport, self)
        self.flow = FlowControl(self.transport)
        self.guest.hang_up = self.hang_up
        self.guest.doing = Doing.HEAD
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        if tls is not None and (given := tls.getpeercert(binary_form=True)):
            try:
                self._certificate = read_certificate(given)
            except UnreadableError:
                counters.add("listener_certificates_unreadable_total")
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._calm()
        self.policy.connections.leave(self.guest)
        super().connection_lost(exc)

    def hang_up(self) -> None:
        """End it now."""
        self._calm()
        raw = self.transport
        (raw.bare if isinstance(raw, _Lingering) else raw).abort()

    def _await_head(self) -> None:
        self._calm()
        self._deadline = self.loop.call_later(self.policy.head_seconds, self._head_too_late)

    def _calm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _head_too_late(self) -> None:
        self._deadline = None
        counters.add("listener_slow_heads_total")
        if self.parser is not None and self.parser.begun:
            self._refuse(408, "The request did not come in time.")
        else:
            self.hang_up()

    # Bytes ------------------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Take bytes."""
        if self._lingering is not None:
            self._lingering += len(data)
            if self._lingering > LINGER_BYTES:
                self.hang_up()
            return
        self._heard = self.loop.time()
        rested = self.parser.in_head and self._deadline is None and self._is_idle()
        if rested:
            self._unset_keepalive_if_required()
            self.guest.doing = Doing.HEAD
        try:
            self.parser.feed_data(data)
        except HeadTooLongError:
            self._refuse(431, "The request's head is too long.")
        except GarbledError:
            counters.add("listener_garbage_total")
            self._refuse(400, "This is no HTTP request.")
        else:
            self._watch(rested)

    def _watch(self, rested: bool) -> None:
        """Set a time for what has not come yet; most requests come whole and need none."""
        if self._is_idle():
            if self.parser.begun:
                if self._deadline is None:
                    self._await_head()
            elif self.cycle is not None and (rested or self._deadline is not None) and self._lingering is None:
                self._rest()  # line ends after the last body: nothing has begun
        elif self._deadline is None and self.cycle.more_body and not self.parser.in_head:
            self._deadline = self.loop.call_later(STALL_SECONDS, self._stalled)

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """Nothing more comes; one who only shut his own side gets his answer all the same."""
        if self._is_idle() or self.cycle.more_body or not self.transport.can_write_eof():
            return None
        self.parser.give_up()
        self.cycle.keep_alive = False
        return True

    def _rest(self) -> None:
        self._calm()
        self._unset_keepalive_if_required()
        self.guest.doing = Doing.IDLE
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _refuse(self, status: int, text: str) -> None:
        """Answer what cannot be understood, unless an answer is still due: then that one is the last."""
        self._calm()
        self.parser.give_up()
        if not self._is_idle():
            self.cycle.keep_alive = False
            if self.cycle.more_body:  # its body can never be whole
                self.cycle.disconnected = True
                self.cycle.message_event.set()
                self._answer(status, text)
            return
        self._answer(status, text)

    def _answer(self, status: int, text: str) -> None:
        body = text.encode() + b"\n"
        lines = [STATUS_LINE[status]]
        for name, value in self.server_state.default_headers:
            lines += [name, b": ", value, b"\r\n"]
        lines.append(
            b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        )
        self.transport.write(b"".join(lines) + body)
        self.linger()

    def linger(self) -> None:
        """Close so that what was written arrives: say that nothing more comes, and read on for a moment.

        TLS cannot say so on one side only; there the answer's length does.
        """
        transport = self.transport.bare if isinstance(self.transport, _Lingering) else self.transport
        if self._lingering is not None or transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self._lingering = 0
        self._calm()
        self.guest.doing = Doing.HEAD
        half = transport.can_write_eof()
        if half:
            transport.write_eof()
        transport.resume_reading()
        self._deadline = self.loop.call_later(LINGER_SECONDS, self.hang_up if half else transport.close)

    # Requests ---------------------------------------------------------------------------------------------------------

    def on_headers_complete(self) -> None:
        """A request is here."""
        self._calm()
        self.guest.doing = Doing.TALKING
        if self._certificate is not None:
            extensions: dict[str, Any] = {CERTIFICATE: self._certificate}
            self.scope["extensions"] = extensions
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Its body is here, too."""
        self._calm()
        super().on_message_complete()

    def _stalled(self) -> None:
        self._deadline = None
        if self._is_idle() or not self.cycle.more_body:
            return
        # A pause that the application asked for, by not reading, is not the sender's.
        left = STALL_SECONDS - (self.loop.time() - self._heard)
        if self.flow.read_paused or left > 0:
            self._deadline = self.loop.call_later(max(left, 1.0), self._stalled)
        else:
            counters.add("listener_stalled_bodies_total")
            self._refuse(408, "The request did not come in time.")

    def on_response_complete(self) -> None:
        """A request was answered."""
        super().on_response_complete()
        if self._is_idle() and self._lingering is None and not self.transport.is_closing():
            self.guest.doing = Doing.IDLE
            if self.policy.draining and not self.may_stay():
                self.transport.close()
            elif self.parser is not None and self.parser.begun:
                self._unset_keepalive_if_required()
                self._await_head()

    def may_stay(self) -> bool:
        """Say whether its phone is in the middle of a session."""
        return self.client is not None and self.policy.stays(self.client)

    def shutdown(self) -> None:
        """The program stops: end at once if nothing is under way, else when it has ended."""
        if self._is_idle() and not self.may_stay():
            self.transport.close()


class _Lingering(asyncio.Transport):
    """A transport whose ``close`` waits for a body that nobody will read."""

    def __init__(self, bare: asyncio.Transport, protocol: HttpProtocol) -> None:
        super().__init__()
        self.bare = bare
        self._protocol = protocol
        self.write = bare.write  # type: ignore[method-assign]
        self.is_closing = bare.is_closing  # type: ignore[method-assign]
        self.get_extra_info = bare.get_extra_info  # type: ignore[method-assign]
        self.pause_reading = bare.pause_reading  # type: ignore[method-assign]
        self.resume_reading = bare.resume_reading  # type: ignore[method-assign]
        self.can_write_eof = bare.can_write_eof  # type: ignore[method-assign]

    def close(self) -> None:
        """Close; let an early answer arrive before."""
        cycle = self._protocol.cycle
        if cycle is not None and cycle.response_complete and cycle.more_body:
            self._protocol.linger()
        else:
            self.bare.close()
