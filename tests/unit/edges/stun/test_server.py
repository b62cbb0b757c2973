"""The STUN server on loopback: what it answers, what it keeps, what it drops."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, cast

import pytest

from acs.edges.stun import server as module
from acs.edges.stun.server import StunServer
from acs.errors import NeedsOperator
from acs.protocols import stun
from acs.services.devices import device_row, register_device
from acs.services.waking import stun_password, stun_username
from tests.conftest import World

ID = bytes(range(16))
MARK = (stun.CONNECTION_REQUEST_BINDING, stun.MARK)
CHANGE = (stun.BINDING_CHANGE, b"")


class Phone(asyncio.DatagramProtocol):
    """A UDP socket on loopback."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()
        self.transport: asyncio.DatagramTransport | None = None
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.received.put_nowait((data, addr))


@dataclass
class Scene:
    world: World
    server: StunServer
    phone: Phone
    device: str
    now: list[float]

    @property
    def username(self) -> str:
        return stun_username(self.device)

    @property
    def password(self) -> str:
        return stun_password(self.world.context, self.username)

    def user(self) -> tuple[int, bytes]:
        return (stun.USERNAME, self.username.encode())

    async def ask(self, *attributes: tuple[int, bytes], password: str | None = None) -> stun.Message | None:
        return await self.send(stun.write(stun.BINDING_REQUEST, ID, attributes, password=password))

    async def send(self, data: bytes) -> stun.Message | None:
        """Send a datagram; give its answer, or none."""
        assert self.phone.transport is not None
        self.phone.transport.sendto(data, ("127.0.0.1", self.server.port))
        try:
            answer, source = await asyncio.wait_for(self.phone.received.get(), 0.2)
        except TimeoutError:
            return None
        assert source == ("127.0.0.1", self.server.port)
        return stun.read(answer)

    async def kept(self) -> tuple[str, float | None]:
        """What is known of the phone's binding, once everything is written."""
        while self.server._keeping is not None and not self.server._keeping.done():
            await self.server._keeping
        row = await self.world.read(lambda uow: device_row(uow, self.device))
        return row.stun_address, row.stun_at


@pytest.fixture
async def scene(world: World) -> AsyncIterator[Scene]:
    made = await world.database.write(lambda uow: register_device(uow, world.context, {"mac": "0c383e000001"}))
    now = [1000.0]
    server = StunServer(world.database, world.context, clock=lambda: now[0])
    await server.start("127.0.0.1", 0)
    _, phone = await asyncio.get_running_loop().create_datagram_endpoint(Phone, local_addr=("127.0.0.1", 0))
    yield Scene(world, server, phone, made["id"], now)
    assert phone.transport is not None
    phone.transport.close()
    await server.close()
    await asyncio.sleep(0)


async def test_a_phone_learns_its_address(scene: Scene) -> None:
    answer = await scene.ask(MARK)
    assert answer is not None
    assert stun.endpoint_of(answer.get(stun.MAPPED_ADDRESS) or b"") == ("127.0.0.1", scene.phone.port)
    assert await scene.kept() == ("", None)


async def test_a_binding_is_kept_when_it_is_proven(scene: Scene) -> None:
    refusal = await scene.ask(MARK, scene.user(), CHANGE)
    assert refusal is not None
    assert (refusal.get(stun.ERROR_CODE) or b"")[:4] == b"\0\0\x04\x01"
    answer = await scene.ask(MARK, scene.user(), CHANGE, password=scene.password)
    assert answer is not None
    assert stun.is_authentic(answer, scene.password)
    address, at = await scene.kept()
    assert address == f"127.0.0.1:{scene.phone.port}"
    assert at is not None
    assert abs(at - time.time()) < 60
    # From now on it keeps the binding alive without proof, and nothing is written.
    again = await scene.ask(MARK, scene.user())
    assert again is not None
    assert again.type == stun.BINDING_RESPONSE
    assert await scene.kept() == (address, at)
    scene.now[0] += module.BINDING_SECONDS + 1
    later = await scene.ask(MARK, scene.user())
    assert later is not None
    assert later.type == stun.BINDING_ERROR


async def test_a_phone_that_never_proves_itself_is_answered_all_the_same(scene: Scene) -> None:
    first, second = await scene.ask(MARK, scene.user(), CHANGE), await scene.ask(MARK, scene.user(), CHANGE)
    assert first is not None
    assert second is not None
    assert (first.type, second.type) == (stun.BINDING_ERROR, stun.BINDING_RESPONSE)
    assert await scene.kept() == ("", None)


@pytest.mark.parametrize("username", ["stun-nobody", "cr-user", "stun-"])
async def test_credentials_of_nobody_keep_nothing(scene: Scene, username: str) -> None:
    password = stun_password(scene.world.context, username)
    answer = await scene.ask(MARK, (stun.USERNAME, username.encode()), password=password)
    assert answer is not None
    assert answer.type == (stun.BINDING_RESPONSE if username.startswith("stun-") else stun.BINDING_ERROR)
    assert await scene.kept() == ("", None)


async def test_the_password_of_another_phone_is_refused(scene: Scene) -> None:
    other = stun_password(scene.world.context, stun_username("another"))
    answer = await scene.ask(MARK, scene.user(), password=other)
    assert answer is not None
    assert (answer.get(stun.ERROR_CODE) or b"")[2:4] == b"\x04\x1f"
    assert await scene.kept() == ("", None)


async def test_what_is_no_request_is_not_answered(scene: Scene) -> None:
    response = stun.write(stun.BINDING_RESPONSE, ID, [(stun.MAPPED_ADDRESS, stun.address_value(("192.0.2.1", 1)))])
    shared_secret = stun.write(0x0002, ID, [MARK])
    for data in (b"", b"x", os.urandom(100), response, shared_secret, b"GET / HTTP/1.1\r\n\r\n", b"\0" * 1400):
        assert await scene.send(data) is None
    assert await scene.ask(MARK) is not None


async def test_a_flood_is_not_answered_and_takes_no_memory(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SOURCES", 10)
    monkeypatch.setattr(module, "BINDINGS", 10)
    sent: list[bytes] = []
    monkeypatch.setattr(scene.server, "send", lambda data, *_: sent.append(data))
    request = stun.write(stun.BINDING_REQUEST, ID, [MARK, scene.user(), CHANGE])
    for port in range(1, 1001):
        scene.server.datagram_received(request, ("192.0.2.7", port))
    assert len(sent) == module.BURST
    for host in range(1, 255):
        for port in (1000, 1001):
            scene.server.datagram_received(request, (f"198.51.100.{host}", port))
    assert len(scene.server._tokens) == 10
    assert len(scene.server._settled) == 10
    sent.clear()
    scene.now[0] += 1.0
    scene.server.datagram_received(request, ("192.0.2.8", 1))
    assert len(sent) == 1


async def test_datagrams_leave_from_the_port_that_bindings_lead_to(scene: Scene) -> None:
    scene.server.send(b"hello", "127.0.0.1", scene.phone.port)
    assert await scene.phone.received.get() == (b"hello", ("127.0.0.1", scene.server.port))
    with pytest.raises(OSError, match="IPv4 only"):
        scene.server.send(b"hello", "::1", scene.phone.port)


async def test_a_port_that_is_taken_is_told(scene: Scene) -> None:
    other = StunServer(scene.world.database, scene.world.context)
    with pytest.raises(NeedsOperator, match=f"UDP port {scene.server.port} on 127.0.0.1 cannot be used for STUN"):
        await other.start("127.0.0.1", scene.server.port)
    with pytest.raises(OSError, match="closed"):
        other.send(b"", "127.0.0.1", 9)
    await other.close()


async def test_a_database_in_trouble_does_not_end_the_server(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_: Any) -> None:
        raise RuntimeError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(type(scene.world.database), "write", lambda _, use_case: broken(use_case))
        await scene.ask(MARK, scene.user(), password=scene.password)
        assert await scene.kept() == ("", None)
    assert "could not be kept" in caplog.text
    await scene.ask(MARK, scene.user(), password=scene.password)
    assert (await scene.kept())[0] == f"127.0.0.1:{scene.phone.port}"
