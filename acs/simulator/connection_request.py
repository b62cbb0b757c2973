"""Where an ACS wakes phones: a GET with Digest on the phone's own, unguessable path (TR-069 3.2.2).

One listener serves any number of phones, each by its path; a few phones get a listener each. 401 without or with
wrong credentials, 503 while the phone is in a session, else 200 and the phone calls.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

import h11

from acs.simulator.behaviours import Traits
from acs.simulator.digest_client import Credentials, basic, check

_CHUNK: Final = 16384
_PATIENCE: Final = 15.0
"""Seconds a caller may take for its whole request."""
_NONCES: Final = 256
"""Challenges open at a time; the oldest are forgotten."""
REALM: Final = "IP Phone"


class Sleeper(Protocol):
    """A phone that can be woken."""

    @property
    def traits(self) -> Traits:
        """How it departs from the letter."""

    @property
    def busy(self) -> bool:
        """Whether it talks to its ACS now, or is not up."""

    @property
    def wake_credentials(self) -> Credentials:
        """Who may wake it."""

    def wake(self) -> None:
        """Someone who may did."""


class ConnectionRequestListener:
    """One TCP port and the phones behind it."""

    def __init__(self, make_token: Callable[[], str]) -> None:
        """``make_token`` gives unguessable text for paths and nonces."""
        self._make_token = make_token
        self._phones: dict[str, Sleeper] = {}
        self._nonces: OrderedDict[str, None] = OrderedDict()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self, host: str, port: int = 0) -> None:
        """Listen; port 0 takes any free one."""
        self._server = await asyncio.start_server(self._serve, host, port, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    def add(self, phone: Sleeper, path: str) -> None:
        """From now on ``path`` (begins with a slash) wakes this phone."""
        self._phones[path] = phone

    def answer(self, method: str, target: str, authorization: str) -> tuple[int, list[tuple[str, str]]]:
        """Status and headers for a request. A phone that shall be woken is."""
        phone = self._phones.get(target.partition("?")[0])
        if phone is None:
            return 404, []
        if method != "GET":
            return 405, [("Allow", "GET")]
        how = phone.traits.connection_request
        allowed = how == "none" or (
            how != "deny"
            and bool(authorization)
            and check(authorization, phone.wake_credentials, method, self._nonces.__contains__)
        )
        if how == "basic":
            who = phone.wake_credentials
            if authorization != basic(who.username, who.password):
                return 401, [("WWW-Authenticate", f'Basic realm="{REALM}"')]
        elif not allowed:
            return 401, [("WWW-Authenticate", self._challenge())]
        if how == "busy" or phone.busy:
            return 503, []
        if how != "ignoring":
            phone.wake()
        return (404 if how == "not-found" else 200), []

    def _challenge(self) -> str:
        nonce = self._make_token()
        self._nonces[nonce] = None
        if len(self._nonces) > _NONCES:
            self._nonces.popitem(last=False)
        return f'Digest realm="{REALM}", nonce="{nonce}", qop="auth", algorithm=MD5'

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER, max_incomplete_event_size=8192)
        try:
            async with asyncio.timeout(_PATIENCE):
                while await self._one(http, reader, writer):
                    http.start_next_cycle()
        except (OSError, TimeoutError, h11.ProtocolError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _one(self, http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; whether the connection may carry another."""
        request: h11.Request | None = None
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(_CHUNK))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.EndOfMessage):
                break
            elif isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
                return False
        if request is None:
            return False
        target = request.target.decode("latin-1")
        phone = self._phones.get(target.partition("?")[0])
        if phone is not None and phone.traits.connection_request == "silent":
            await asyncio.sleep(_PATIENCE)
            return False
        given = next((value.decode("latin-1") for name, value in request.headers if name == b"authorization"), "")
        status, headers = self.answer(request.method.decode("latin-1"), target, given)
        response = h11.Response(status_code=status, headers=[*headers, ("Content-Length", "0")])
        writer.write((http.send(response) or b"") + (http.send(h11.EndOfMessage()) or b""))
        await writer.drain()
        if status == 401 and phone is not None and phone.traits.connection_request == "closing":
            return False
        return http.our_state is h11.DONE and http.their_state is h11.DONE
