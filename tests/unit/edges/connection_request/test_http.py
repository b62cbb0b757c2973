"""One exchange at a time; how the waker deals with the outcome is in ``test_waker.py``."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from acs.edges.connection_request import http
from acs.edges.connection_request.http import exchange
from acs.protocols.connection_request import ConnectionRequest, Kind, Result, parse_url
from tests.prosody import certificate

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@asynccontextmanager
async def phone(*answers: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answers one request after the other on any connection; an empty answer resets it."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
                answer = answers[min(len(heads), len(answers)) - 1]
                if not answer:
                    writer.transport.abort()
                    return
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1], heads


def request(port: int, scheme: str = "http") -> ConnectionRequest:
    return ConnectionRequest(parse_url(f"{scheme}://127.0.0.1:{port}/cr"), "acs", "pw", "cnonce")


async def test_a_plain_exchange() -> None:
    async with phone(OK) as (port, heads):
        assert await exchange(request(port), "127.0.0.1") == Result(Kind.ACCEPTED, 200, "")
    assert heads == [f"GET /cr HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()]


async def test_a_reset_is_followed_by_one_more_request() -> None:
    async with phone(b"", OK) as (port, heads):
        assert (await exchange(request(port), "127.0.0.1")).kind is Kind.ACCEPTED
    assert len(heads) == 2
    async with phone(b"") as (port, heads):
        result = await exchange(request(port), "127.0.0.1")
    assert (result.kind, len(heads)) == (Kind.REFUSED, 2)
    assert "closed the connection without an answer" in result.detail


async def test_a_redirect_is_not_followed() -> None:
    async with phone(OK) as (other, elsewhere):
        there = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{other}/\r\nContent-Length: 0\r\n\r\n".encode()
        async with phone(there) as (port, heads):
            result = await exchange(request(port), "127.0.0.1")
    assert (result.kind, result.status, len(heads), elsewhere) == (Kind.REFUSED, 302, 1, [])


async def test_at_most_8_kib_are_read() -> None:
    async with phone(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 2000 + b"\r\n") as (port, _):
        result = await exchange(request(port), "127.0.0.1")
    assert (result.kind, result.status) == (Kind.REFUSED, 0)


async def test_https_with_a_certificate_of_the_phones_own_making(tmp_path: Path) -> None:
    certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    async with phone(OK, tls=context) as (port, heads):
        assert (await exchange(request(port, "https"), "127.0.0.1")).kind is Kind.ACCEPTED
    assert len(heads) == 1


async def test_plain_http_behind_an_https_url_is_told() -> None:
    async with phone(OK) as (port, _):
        result = await exchange(request(port, "https"), "127.0.0.1")
    assert (result.kind, result.status) == (Kind.REFUSED, 0)
    assert result.detail


async def test_a_phone_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(http, "ANSWER_SECONDS", 0.05)
    async with phone(b"HTTP/1.1 200 OK\r\nX:") as (port, _):
        result = await exchange(request(port), "127.0.0.1")
    assert result == Result(Kind.REFUSED, 0, "no answer in time")
