"""One connection of a small application, over loopback: times, ends, and what is told of TLS."""

import asyncio
import ssl

import pytest

from acs.edges.listener import protocol
from acs.edges.listener.connections import Doing
from acs.edges.listener.tls import Tls
from tests.certificates import Authority
from tests.unit.edges.listener.small import Small, small

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"


async def converse(server: Small, *pieces: bytes) -> bytes:
    reader, writer = await server.connect()
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.01)
    answer = await asyncio.wait_for(reader.read(65536), 5)
    writer.close()
    return answer


async def test_a_request_in_pieces_is_answered() -> None:
    async with small() as server:
        answer = await converse(server, HEAD[:9], HEAD[9:], b"a", b"b")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.endswith(b"POST / 2")


async def test_a_head_that_does_not_come_in_time_is_not_waited_for() -> None:
    async with small(head_seconds=0.2) as server:
        reader, writer = await server.connect()
        for each in HEAD[:20]:  # one byte at a time does not make it longer
            writer.write(bytes([each]))
            await asyncio.sleep(0.02)
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close" in answer
        writer.close()
        silent, writer = await server.connect()
        assert await asyncio.wait_for(silent.read(), 5) == b""
        writer.close()


async def test_after_an_answer_a_connection_may_rest_and_then_has_its_time_again() -> None:
    async with small(head_seconds=0.2) as server:
        reader, writer = await server.connect()
        writer.write(HEAD + b"ab\r\n")  # the line end is nobody's head
        await asyncio.wait_for(reader.readuntil(b"POST / 2"), 5)
        writer.write(b"\r\n")
        await asyncio.sleep(0.5)
        assert not reader.at_eof()
        (guest,) = server.listener.policy.connections
        doing = [guest.doing]
        writer.write(HEAD[:5])
        await asyncio.sleep(0.05)
        assert [*doing, guest.doing] == [Doing.IDLE, Doing.HEAD]
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_garbage_behind_a_request_does_not_spoil_its_answer() -> None:
    async with small(pause=0.1) as server:
        answer = await converse(server, HEAD + b"ab\x01garbage")
        assert answer.count(b"HTTP/1.1 ") == 1
        assert answer.startswith(b"HTTP/1.1 200 ")


async def test_garbage_in_a_body_ends_the_request() -> None:
    async with small() as server:
        answer = await converse(server, b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n")
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert server.disconnects == 1


async def test_an_early_answer_arrives_although_the_body_is_not_read() -> None:
    async with small() as server:
        reader, writer = await server.connect()
        writer.write(b"POST /refuse HTTP/1.1\r\nContent-Length: 900000\r\n\r\n" + b"x" * 200_000)
        answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.startswith(b"HTTP/1.1 413 ")
        writer.close()


@pytest.mark.parametrize("secure", [False, True])
async def test_an_early_answer_waits_for_a_client_that_first_sends_all(
    secure: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    authority = Authority(tmp_path_factory.mktemp("ca"))
    tls = Tls("ACS_CWMP", authority.server().path).context() if secure else None
    client = ssl.create_default_context(cafile=str(authority.own.path)) if secure else None
    if client is not None:
        client.check_hostname = False
    size = 17 * 1024 * 1024
    async with small(tls=tls) as server:
        reader, writer = await server.connect(client)
        writer.write(b"POST /refuse HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(17):
            writer.write(b"x" * (1024 * 1024))
            await writer.drain()
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert answer.startswith(b"HTTP/1.1 413 ")
        writer.close()


async def test_what_is_passed_over_after_an_early_answer_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LINGER_BYTES", 100_000)
    async with small() as server:
        reader, writer = await server.connect()
        writer.write(b"POST /refuse HTTP/1.1\r\nContent-Length: 900000000\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        gone = False
        for _ in range(2000):
            try:
                writer.write(b"x" * 100_000)
                await writer.drain()
            except ConnectionError:
                gone = True
                break
        assert gone
        writer.close()


async def test_one_who_only_shut_his_own_side_is_answered() -> None:
    async with small(pause=0.1) as server:
        reader, writer = await server.connect()
        writer.write(HEAD + b"ab")
        writer.write_eof()
        assert (await asyncio.wait_for(reader.read(), 5)).endswith(b"POST / 2")
        writer.close()


async def test_who_leaves_is_counted_out() -> None:
    async with small() as server:
        _, writer = await server.connect()
        writer.write(HEAD)
        await asyncio.sleep(0.05)
        (guest,) = server.listener.policy.connections
        assert (guest.source, guest.doing) == ("127.0.0.1", Doing.TALKING)
        writer.close()
        await asyncio.sleep(0.05)
        assert len(server.listener.policy.connections) == 0


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"hello\r\n\r\n", b"400"), (b"POST / HTTP/1.1\r\n" + b"X: y\r\n" * 4000, b"431")],
)
async def test_what_is_no_request_is_told_so(data: bytes, status: bytes) -> None:
    async with small() as server:
        answer = await converse(server, data)
        assert answer.split()[1] == status
        assert b"connection: close" in answer


async def test_a_body_that_stalls_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "STALL_SECONDS", 0.3)
    async with small(pause=0.5) as server:
        reader, writer = await server.connect()
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n")
        for _ in range(4):
            writer.write(b"a")
            await asyncio.sleep(0.15)
        writer.write(b"b")  # slow, and never silent for long; then the application takes its time
        assert (await asyncio.wait_for(reader.readuntil(b"POST / 5"), 5)).startswith(b"HTTP/1.1 200 ")
        writer.write(HEAD + b"a")
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408 ")
        assert server.disconnects == 1
        writer.close()
