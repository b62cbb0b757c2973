"""One listener: takes connections, hands them to HTTP, and ends in order.

Connections are accepted here and not by the event loop's server, because a connection counts from its first moment on:
one that never finishes its TLS handshake is one of those that are shed when there are too many.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import resource
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn

from acs.edges.listener.connections import Connections, Doing, Guest
from acs.edges.listener.protocol import HEAD_SECONDS, HttpProtocol, Policy
from acs.errors import NeedsOperator
from acs.protocols.addresses import source_of
from acs.telemetry import counters, spawn

log = logging.getLogger(__name__)

KEEP_ALIVE = 75
"""Seconds that an idle connection stays open: longer than a phone may think within a session."""
HANDSHAKE_SECONDS = 10.0
GRACE = 8.0
"""Seconds that sessions under way may take to end when the program stops: containers are killed after ten."""
GOODBYE = 0.5
"""Seconds after that for requests to notice that nobody waits for their answer."""
BACKLOG = 1024
AT_ONCE = 64
"""Connections accepted before anybody else gets a turn."""
SPARE_FILES = 256
"""Open files that are not connections: database, blobs, connections of our own."""


def raise_file_limit() -> int:
    """Let this process open as many files as it may; give how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket.

    Raises:
        NeedsOperator: the port cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise NeedsOperator(
            f"Port {port} on {host} cannot be used: {error.strerror}. Stop what uses it, or choose another port."
        ) from error
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


class Listener(uvicorn.Server):
    """One listener among others: signals are for the program, not for each listener."""

    def __init__(
        self,
        asgi: Any,
        listening: socket.socket,
        *,
        name: str,
        tls: ssl.SSLContext | None = None,
        most_connections: int = 20_000,
        most_per_source: int = 20_000,
        head_seconds: float = HEAD_SECONDS,
        stays: Callable[[tuple[str, int]], bool] | None = None,
        drains: Callable[[], None] | None = None,
    ) -> None:
        config = uvicorn.Config(
            asgi,
            http=HttpProtocol,
            ws="none",
            loop="none",
            lifespan="off",
            access_log=False,
            server_header=False,
            log_config=None,
            timeout_keep_alive=KEEP_ALIVE,
            proxy_headers=False,
        )
        super().__init__(config)
        self.name = name
        self.listening = listening
        self.tls = tls
        self.policy = Policy(Connections(most_connections, most_per_source), head_seconds)
        if stays is not None:
            self.policy.stays = stays
        self._drains = drains
        self._entering: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield

    # Coming in --------------------------------------------------------------------------------------------------------

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept."""
        await self.lifespan.startup()
        self.servers = []
        asyncio.get_running_loop().add_reader(self.listening, self._accept)
        self.started = True

    def _accept(self) -> None:
        for _ in range(AT_ONCE):
            try:
                connection, address = self.listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    self._make_room(error)
                return
            connection.setblocking(False)
            guest = Guest(source_of(address[0]), _shut(connection), Doing.HANDSHAKE if self.tls else Doing.HEAD)
            before = self.policy.connections.shed
            self.policy.connections.enter(guest)
            if self.policy.connections.shed != before:
                counters.add("listener_shed_total", listener=self.name)
            task = spawn(self._enter(connection, guest), name=f"connection to {self.name}")
            self._entering.add(task)
            task.add_done_callback(self._entering.discard)

    async def _enter(self, connection: socket.socket, guest: Guest) -> None:
        def http() -> HttpProtocol:
            return HttpProtocol(self.config, self.server_state, {}, self.policy, guest)

        loop = asyncio.get_running_loop()
        handshake, goodbye = (HANDSHAKE_SECONDS, 2.0) if self.tls is not None else (None, None)
        try:
            await loop.connect_accepted_socket(
                http, connection, ssl=self.tls, ssl_handshake_timeout=handshake, ssl_shutdown_timeout=goodbye
            )
        except (OSError, ssl.SSLError, TimeoutError) as error:  # scanners, phones that want another version, silence
            counters.add("listener_handshakes_failed_total", listener=self.name)
            log.info("%s: %s did not get through TLS: %s", self.name, guest.source, error)
            self.policy.connections.leave(guest)
            connection.close()
        except BaseException:
            self.policy.connections.leave(guest)
            connection.close()
            raise

    def _make_room(self, error: OSError) -> None:
        """No file is left: somebody idle goes, and the rest wait in the backlog for a moment."""
        log.error("%s: no more connections: %s; raise the limit of open files", self.name, error.strerror)
        for guest in sorted(self.policy.connections, key=lambda each: each.doing)[:AT_ONCE]:
            if guest.doing is not Doing.TALKING:
                self.policy.connections.leave(guest)
                guest.hang_up()
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.listening)
        self._pause = loop.call_later(0.1, self._resume)

    def _resume(self) -> None:
        if not self.should_exit:
            asyncio.get_running_loop().add_reader(self.listening, self._accept)

    # Going out --------------------------------------------------------------------------------------------------------

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take nobody new, let sessions under way end, hang up on the rest."""
        if self._pause is not None:
            self._pause.cancel()
        asyncio.get_running_loop().remove_reader(self.listening)
        self.listening.close()
        self.policy.draining = True
        if self._drains is not None:
            self._drains()
        for task in list(self._entering):
            task.cancel()
        until = time.monotonic() + GRACE
        connections = self.server_state.connections
        while (connections or self.server_state.tasks) and time.monotonic() < until and not self.force_exit:
            for connection in list(connections):
                connection.shutdown()
            await asyncio.sleep(0.05)
        left = len(connections)
        for connection in list(connections):
            assert isinstance(connection, HttpProtocol)
            connection.hang_up()
        if self.server_state.tasks:  # most end by themselves when they hear that the other side is gone
            await asyncio.wait(self.server_state.tasks, timeout=GOODBYE)
        tasks = list(self.server_state.tasks)
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if left:
            log.warning("%s: hung up on %d that did not end in time", self.name, left)


def _shut(connection: socket.socket) -> Callable[[], None]:
    def hang_up() -> None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)

    return hang_up
