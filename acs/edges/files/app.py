"""The phones' file server: ``/t/<token>/<name>``, and nothing else: GET and HEAD to fetch, PUT and POST to send.

Written for the HTTP clients that phones have: exact Content-Length and never chunked, one range at a time, HTTP/1.0,
absolute-form targets, HEAD first, several GETs of the same file at once, clients that hang up half way. Whatever is
unknown, changed or expired is the same plain 404, so that nothing can be learnt by asking.

What a phone was really given is reported to ``Links.served`` as evidence. A report means "handed to the transport", not
"received": the last tens of kilobytes may still be in buffers, and proof stays the phone's own report.
"""

import asyncio
import logging
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, Protocol

from acs.edges.files.conditions import Decision, decide, http_date
from acs.edges.files.multipart import file_in
from acs.edges.files.receiving import TooLargeError, body_of
from acs.errors import AcsError, NotFound, Retriable

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

MAX_PATH: Final = 1024
STALL_SECONDS: Final = 300.0
"""How long a client may take to make room for one more chunk. Slow phones need minutes for a file, not for 64 KiB."""

_PATH: Final = re.compile(r"/t/([A-Za-z0-9._~-]{1,256})/([^/\x00-\x1f\x7f]{1,255})")
_ORIGIN: Final = re.compile(r"https?://[^/]*", re.IGNORECASE)
_NOT_FOUND: Final = b"Not found\n"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServedFile:
    """What a link leads to: fixed bytes, with the words to describe them to a client."""

    reference: str
    """The service's own name for the transfer; comes back in ``Links.served``."""
    name: str
    sha256: str
    size: int
    content_type: str
    etag: str
    """Strong entity tag as on the wire, quotes included: ``strong_etag(sha256)``."""
    last_modified: float
    """Unix time."""


def strong_etag(sha256: str) -> str:
    """The entity tag of a content; 128 bits of its digest, because small clients have small buffers."""
    return f'"{sha256[:32]}"'


class Links(Protocol):
    """What the file server asks the service."""

    async def open(self, token: str, name: str, *, client: str) -> ServedFile | None:
        """The file behind a link, or None where it is unknown, changed or expired, without saying which."""
        ...

    def chunks(self, file: ServedFile, start: int, length: int) -> AsyncIterator[bytes]:
        """Exactly ``length`` bytes from ``start`` on, in pieces (an async generator). May raise NotFound, Retriable."""
        ...

    async def served(
        self,
        file: ServedFile,
        *,
        method: str,
        start: int,
        sent: int,
        complete: bool,
        client: str,
        user_agent: str,
    ) -> None:
        """Evidence: what was really handed to the transport.

        Called once per answered request, after its last byte. ``sent`` bytes from ``start`` on went out; ``complete``
        says that the file's last byte was among them (or the file is empty) and the client was still there. Whether
        earlier ranges cover the rest is for the service to find out. HEAD, 304, 412 and 416 report ``sent=0``.
        """
        ...

    async def expects(self, token: str, name: str) -> bool:
        """Whether a phone may send a file to this link now."""
        ...

    async def received(self, token: str, name: str, body: BinaryIO, *, client: str) -> bool:
        """Keep what a phone sent; False if the link went out of date meanwhile."""
        ...


def files_app(links: Links, *, log: logging.Logger = _log, stall: float = STALL_SECONDS) -> ASGIApp:
    """The ASGI application of the files listener.

    Run it without the server's access log: the path holds the token, which is the permission.

    Args:
        links: who knows the files.
        log: where failures are told.
        stall: seconds after which a client that takes no more bytes is given up.
    """
    return _FilesApp(links, log, stall)


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    headers: dict[str, str]
    client: str
    receive: Receive
    send: Send


class _FilesApp:
    def __init__(self, links: Links, log: logging.Logger, stall: float) -> None:
        self._links = links
        self._log = log
        self._stall = stall
        self._methods: dict[str, Callable[[_Request], Awaitable[None]]] = {
            "GET": self._get,
            "HEAD": self._get,
            "PUT": self._put,
            "POST": self._put,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._http(_request(scope, receive, send))

    async def _http(self, request: _Request) -> None:
        handler = self._methods.get(request.method)
        if handler is None:
            # The body of a refused upload is not read, so the connection cannot be used again.
            allow = ", ".join(self._methods).encode()
            await _plain(request, 405, b"Method not allowed\n", [(b"allow", allow), (b"connection", b"close")])
            return
        try:
            await handler(request)
        except NotFound as error:
            self._log.error("a linked file has no content", extra={"reason": error.message})
            await _plain(request, 404, _NOT_FOUND)
        except Retriable as error:
            wait = str(max(1, math.ceil(error.after))).encode()
            await _plain(request, 503, b"Busy, try again\n", [(b"retry-after", wait)])
        except AcsError as error:
            self._log.error("a linked file cannot be served", extra={"reason": error.message})
            await _plain(request, 500, b"Internal error\n")

    async def _get(self, request: _Request) -> None:
        match = _PATH.fullmatch(request.path) if len(request.path) <= MAX_PATH else None
        file = await self._links.open(match[1], match[2], client=request.client) if match else None
        if file is None:
            await _plain(request, 404, _NOT_FOUND)
            return
        decision = decide(
            request.method, request.headers, size=file.size, etag=file.etag, last_modified=file.last_modified
        )
        sent = 0
        complete = False
        if request.method == "HEAD" or decision.status not in (200, 206):
            await _start(request, decision.status, _described(file, decision))
            await request.send({"type": "http.response.body", "body": b""})
            await self._report(request, file, decision, sent, complete)
            return
        chunks = self._links.chunks(file, decision.start, decision.length)
        try:
            # The first piece comes before the status line: a missing content can still become a 404.
            first = await anext(chunks, b"") if decision.length else b""
            delivery = _Delivery(request, decision.length, self._stall)
            try:
                await _start(request, decision.status, _described(file, decision))
                complete = await delivery.run(first, chunks) and decision.start + decision.length == file.size
            except AcsError as error:
                # Too late for a status. Leaving the answer unfinished makes the server cut the connection.
                self._log.error("a file broke off", extra={"reference": file.reference, "reason": error.message})
            finally:
                await self._report(request, file, decision, delivery.sent, complete)
        finally:
            if close := getattr(chunks, "aclose", None):
                await close()

    async def _put(self, request: _Request) -> None:
        close = [(b"connection", b"close")]  # the body of a refused upload is not read
        match = _PATH.fullmatch(request.path) if len(request.path) <= MAX_PATH else None
        if match is None or not await self._links.expects(match[1], match[2]):
            await _plain(request, 404, _NOT_FOUND, close)
            return
        try:
            body = await body_of(request.receive, request.headers.get("content-length", ""))
        except TooLargeError:
            await _plain(request, 413, b"Too large\n", close)
            return
        except TimeoutError:
            await _plain(request, 408, b"Too slow\n", close)
            return
        if body is None:
            return
        body = await asyncio.to_thread(file_in, body, request.headers.get("content-type", ""))
        with body:
            taken = await self._links.received(match[1], match[2], body, client=request.client)
        await _plain(request, 200 if taken else 404, b"" if taken else _NOT_FOUND)

    async def _report(self, request: _Request, file: ServedFile, decision: Decision, sent: int, complete: bool) -> None:
        try:
            await self._links.served(
                file,
                method=request.method,
                start=decision.start,
                sent=sent,
                complete=complete,
                client=request.client,
                user_agent=request.headers.get("user-agent", "")[:256],
            )
        except Exception:  # noqa: BLE001 - logged with its traceback below
            # The phone has its file; losing the note of it must not look like a failed transfer.
            self._log.exception("evidence of a transfer was not kept", extra={"reference": file.reference})


class _Delivery:
    """Hands a body to the transport piece by piece, and knows how much of it went out to a client still there."""

    def __init__(self, request: _Request, length: int, stall: float) -> None:
        self._request = request
        self._length = length
        self._stall = stall
        self._gone = asyncio.Event()
        self.sent = 0

    async def run(self, first: bytes, rest: AsyncIterator[bytes]) -> bool:
        """True when every byte was handed over and the client had not hung up by then."""
        # ASGI servers drop what is sent to a client that left, silently; only receive() tells.
        watch = asyncio.ensure_future(self._watch())
        try:
            chunk, last = first, 0
            while chunk and self.sent < self._length:
                if not await self._hand_over(chunk[: self._length - self.sent]):
                    return False
                last = len(chunk)
                chunk = await anext(rest, b"") if self.sent < self._length else b""
            await asyncio.sleep(0)  # a hang-up noticed by the server in this turn reaches the watcher first
            if self._gone.is_set():
                self.sent -= min(last, self.sent)  # the server may have dropped the last piece: it is no evidence
                return False
            if self.sent < self._length:
                raise NotFound(f"The content ended {self._length - self.sent} bytes early.")
            await self._request.send({"type": "http.response.body", "body": b""})
            return True
        finally:
            watch.cancel()
            await asyncio.wait([watch])

    async def _hand_over(self, chunk: bytes) -> bool:
        if self._gone.is_set():
            return False
        try:
            async with asyncio.timeout(self._stall):
                await self._request.send({"type": "http.response.body", "body": chunk, "more_body": True})
        except (TimeoutError, OSError):
            return False
        if self._gone.is_set():
            return False
        self.sent += len(chunk)
        return True

    async def _watch(self) -> None:
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        self._gone.set()


def _request(scope: Scope, receive: Receive, send: Send) -> _Request:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    # RFC 9112, 3.2.2: a server takes the absolute form from anyone; some servers pass it on as it came.
    path = _ORIGIN.sub("", scope["path"], count=1) if not scope["path"].startswith("/") else scope["path"]
    client = scope.get("client")
    return _Request(scope["method"], path, headers, client[0] if client else "", receive, send)


def _described(file: ServedFile, decision: Decision) -> Headers:
    headers: Headers = [
        (b"etag", file.etag.encode("latin-1")),
        (b"last-modified", http_date(file.last_modified).encode()),
        (b"accept-ranges", b"bytes"),
    ]
    if decision.status in (200, 206):
        headers.append((b"content-type", file.content_type.encode("latin-1")))
        headers.append((b"content-length", b"%d" % decision.length))
    elif decision.status != 304:  # a 304 has no body and needs no length
        headers.append((b"content-length", b"0"))
    if decision.status == 206:
        last = decision.start + decision.length - 1
        headers.append((b"content-range", b"bytes %d-%d/%d" % (decision.start, last, file.size)))
    elif decision.status == 416:
        headers.append((b"content-range", b"bytes */%d" % file.size))
    return headers


async def _start(request: _Request, status: int, headers: Headers) -> None:
    common: Headers = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"private")]
    await request.send({"type": "http.response.start", "status": status, "headers": headers + common})


async def _plain(request: _Request, status: int, text: bytes, headers: Headers | None = None) -> None:
    described: Headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(text)), *(headers or [])]
    await _start(request, status, described)
    await request.send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else text})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
