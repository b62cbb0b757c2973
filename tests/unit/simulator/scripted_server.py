"""A server on loopback that answers request after request with the bytes it was given, and keeps what it was asked."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

CLOSE = b""
"""In a script: hang up without an answer."""


def answer(status: str = "200 OK", body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass
class Scripted:
    script: list[bytes]
    port: int = 0
    requests: list[tuple[int, str, dict[str, str], bytes]] = field(default_factory=list)
    """Number of the connection, request line, headers in lower case, body."""
    connections: int = 0
    folded: int = 0
    """Heads with a header over several lines."""
    broken_off: bytes = b""
    """What came of a body that never became whole."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while self.script:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                self.folded += "\r\n\t" in head
                head = head.replace("\r\n\t", " ")
                first, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await self.body(reader, headers)
                self.requests.append((number, first, headers, body))
                reply = self.script.pop(0)
                writer.write(reply)
                await writer.drain()
                if reply == CLOSE or b"connection: close" in reply.lower():
                    return
            await reader.read()
        except asyncio.IncompleteReadError as error:
            self.broken_off = error.partial
        except ConnectionError:
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return await reader.readexactly(int(headers.get("content-length", 0)))
        data = b""
        while size := int((await reader.readline()).strip(), 16):
            data += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return data


@contextlib.asynccontextmanager
async def scripted(*replies: bytes) -> AsyncIterator[Scripted]:
    server = Scripted(list(replies))
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
