"""A listener with a small application, for tests."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from acs.edges.listener.server import Listener, listen


@dataclass
class Small:
    """The listener, and what its application saw."""

    listener: Listener
    port: int
    disconnects: int = 0
    scopes: list[Any] = field(default_factory=list)

    async def connect(self, tls: ssl.SSLContext | None = None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=tls)


@contextlib.asynccontextmanager
async def small(pause: float = 0.0, **options: Any) -> AsyncIterator[Small]:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        made.scopes.append(scope)
        if scope["path"] == "/refuse":
            start = {"type": "http.response.start", "status": 413}
            await send({**start, "headers": [(b"content-length", b"0"), (b"connection", b"close")]})
            await send({"type": "http.response.body", "body": b""})
            return
        size, more = 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                made.disconnects += 1
                return
            size, more = size + len(message["body"]), message["more_body"]
        await asyncio.sleep(pause)
        body = f"{scope['method']} {scope['path']} {size}".encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    listening = listen("127.0.0.1", 0)
    made = Small(Listener(application, listening, name="small", **options), listening.getsockname()[1])
    serving = asyncio.ensure_future(made.listener.serve(sockets=[listening]))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        while not made.listener.started:  # noqa: ASYNC110 - uvicorn tells it by a flag
            await asyncio.sleep(0.005)
    try:
        yield made
    finally:
        made.listener.should_exit = True
        made.listener.force_exit = True
        await serving
        listening.close()
