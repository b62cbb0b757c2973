"""A listener: how it lets in, how it makes room, how it stops."""

import asyncio
import contextlib
import resource
import socket
import ssl
import warnings
from pathlib import Path

import pytest

from acs.edges.listener import server as module
from acs.edges.listener.server import listen, raise_file_limit
from acs.edges.listener.tls import Tls
from acs.errors import NeedsOperator
from acs.protocols.certificates import CERTIFICATE
from tests.certificates import Authority, Pair
from tests.unit.edges.listener.small import small

REQUEST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"


def context_of(authority: Authority, pair: Pair | None = None) -> ssl.SSLContext:
    made = ssl.create_default_context(cafile=str(authority.own.path))
    made.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    if pair is not None:
        made.load_cert_chain(pair.path)
    return made


def test_as_many_files_as_allowed_may_be_open() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[1]), before[1]))
        assert raise_file_limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0] == before[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_port_in_use_is_told() -> None:
    with listen("127.0.0.1", 0) as first, pytest.raises(NeedsOperator, match="cannot be used"):
        listen("127.0.0.1", first.getsockname()[1])
    with listen("::1", 0) as sixth:
        assert sixth.family == socket.AF_INET6


async def test_a_new_connection_takes_the_place_of_an_idle_one() -> None:
    async with small(most_connections=3) as server:
        idle = [await server.connect() for _ in range(3)]
        reader, writer = await server.connect()
        writer.write(REQUEST)
        assert (await asyncio.wait_for(reader.readuntil(b"POST / 0"), 5)).startswith(b"HTTP/1.1 200")
        assert await asyncio.wait_for(idle[0][0].read(), 5) == b""
        assert len(server.listener.policy.connections) == 3
        for _, each in (*idle, (reader, writer)):
            each.close()


async def test_handshakes_count_and_have_their_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HANDSHAKE_SECONDS", 0.5)
    authority = Authority(tmp_path)
    async with small(tls=Tls("ACS_CWMP", authority.server().path).context(), most_connections=2) as server:
        silent = [await server.connect() for _ in range(2)]
        reader, writer = await server.connect(context_of(authority))
        writer.write(REQUEST)
        assert (await asyncio.wait_for(reader.readuntil(b"POST / 0"), 5)).startswith(b"HTTP/1.1 200")
        assert server.scopes[0]["scheme"] == "https"
        assert CERTIFICATE not in server.scopes[0].get("extensions", {})
        for silence, _ in silent:  # the first was shed, the second was too slow
            assert await asyncio.wait_for(silence.read(), 5) == b""
        for _, each in (*silent, (reader, writer)):
            each.close()
        await asyncio.sleep(0.1)
        assert len(server.listener.policy.connections) == 0


async def test_a_phone_with_nothing_but_tls_1_0(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    for minimum, gets_in in (("1.0", True), ("1.2", False)):
        async with small(tls=Tls("ACS_CWMP", authority.server().path, minimum=minimum).context()) as server:
            old = context_of(authority)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1
            old.set_ciphers("DEFAULT:@SECLEVEL=0")
            try:
                reader, writer = await server.connect(old)
            except OSError:
                assert not gets_in
                continue
            assert gets_in
            writer.write(REQUEST)
            await asyncio.wait_for(reader.readuntil(b"POST / 0"), 5)
            assert writer.get_extra_info("ssl_object").version() == "TLSv1"
            writer.close()


async def test_a_client_certificate_is_told_to_the_application(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    tls = Tls("ACS_CWMP", authority.server().path, client_ca=authority.own.path, client_certificates="required")
    pair = authority.issue("0C383E-SN1")
    async with small(tls=tls.context()) as server:
        reader, writer = await server.connect(context_of(authority, pair))
        writer.write(REQUEST)
        await asyncio.wait_for(reader.readuntil(b"POST / 0"), 5)
        found = server.scopes[0]["extensions"][CERTIFICATE]
        assert (found.sha256, found.names) == (pair.sha256, ("0C383E-SN1",))
        writer.close()


async def test_stopping_waits_for_who_is_in_the_middle_and_for_nobody_else() -> None:
    staying: set[int] = set()
    async with small(pause=0.3, stays=lambda client: client[1] in staying) as server:
        kept, idle, busy = [await server.connect() for _ in range(3)]
        for _, writer in (kept, idle, busy):
            writer.write(REQUEST)
        for reader, _ in (kept, idle, busy):
            await asyncio.wait_for(reader.readuntil(b"POST / 0"), 5)
        staying.add(kept[1].get_extra_info("sockname")[1])
        busy[1].write(REQUEST)
        await asyncio.sleep(0.05)
        server.listener.should_exit = True
        assert await asyncio.wait_for(idle[0].read(), 2) == b""
        assert (await asyncio.wait_for(busy[0].read(), 2)).endswith(b"POST / 0")
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await server.connect()
        kept[1].write(REQUEST)  # it goes on
        assert (await asyncio.wait_for(kept[0].readuntil(b"POST / 0"), 2)).startswith(b"HTTP/1.1 200")
        staying.clear()
        assert await asyncio.wait_for(kept[0].read(), 2) == b""
        for _, writer in (kept, idle, busy):
            writer.close()


async def test_stopping_does_not_wait_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE", 0.3)
    async with small(stays=lambda _client: True) as server:
        reader, writer = await server.connect()
        writer.write(REQUEST)
        await asyncio.wait_for(reader.readuntil(b"POST / 0"), 5)
        server.listener.should_exit = True
        assert await asyncio.wait_for(reader.read(), 2) == b""
        writer.close()


async def test_half_sent_requests_end_without_noise_when_the_program_stops(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "GRACE", 0.2)
    async with small() as server:
        halves = [await server.connect() for _ in range(5)]
        for _, writer in halves:
            writer.write(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc")
        await asyncio.sleep(0.1)
        server.listener.should_exit = True
        for reader, writer in halves:
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 2) == b""
            writer.close()
        async with asyncio.timeout(2):
            while server.listener.server_state.tasks:  # noqa: ASYNC110 - uvicorn has nothing to wait for
                await asyncio.sleep(0.01)
    assert server.disconnects == 5
    assert not [each for each in caplog.records if each.levelname == "ERROR"]
