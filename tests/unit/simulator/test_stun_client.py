"""A phone's STUN binding and UDP port, against the vectors of the reference and a small server written here."""

import asyncio
from itertools import count
from typing import Any

import pytest

from acs.simulator.digest_client import Credentials
from acs.simulator.stun_client import Binding, StunClient, StunSettings

SETTINGS = StunSettings("127.0.0.1", 3478, "cr-user", "stun-secret", 30.0)
WHO = Credentials("cr-user", "cr-secret")
GOOD = (
    b"GET http://203.0.113.9:30000?ts=1700000000&id=1&un=cr-user&cn=0123456789abcdef"
    b"&sig=aeeb60a63af2f58bcdc153681bf06d0bc4472a38 HTTP/1.1\r\nHost: 203.0.113.9:30000\r\n\r\n"
)


def binding() -> Binding:
    numbers = count()
    return Binding(lambda: f"{next(numbers):024x}")


def response(request: bytes, port: int = 40000, host: bytes = b"\xc6\x33\x64\x07") -> bytes:
    value = b"\0\x01" + port.to_bytes(2, "big") + host
    return b"\x01\x01\0\x0c" + request[4:20] + b"\0\x01\0\x08" + value


def refusal(request: bytes, code: int = 401) -> bytes:
    return b"\x01\x11\0\x08" + request[4:20] + b"\0\x09\0\x04\0\0" + bytes((code // 100, code % 100))


def test_the_signature_of_the_reference() -> None:
    made = binding()
    made.answered(response(made.request(SETTINGS)))  # bound: no BINDING-CHANGE from now on
    message = made.request(SETTINGS, authenticated=True)
    vector = bytes.fromhex(
        "0001003c0102030405060708090a0b0c0d0e0f10c001001464736c666f72756d2e6f72672f54522d3131312000060008"
        "63722d757365722000080014d6f1d544d5a0cba5f0122c3a7db724155e97a7d8"
    )
    assert message[:4] + message[20:-20] == vector[:4] + vector[20:-20]


def test_a_binding_moves_and_stays() -> None:
    made = binding()
    first = made.request(SETTINGS)
    assert b"\xc0\x02\0\0" in first
    assert made.answered(response(first)) == "moved"
    assert made.mapped == ("198.51.100.7", 40000)
    second = made.request(SETTINGS)
    assert b"\xc0\x02\0\0" not in second
    assert first[4:20] != second[4:20]
    assert made.answered(response(first)) == "ignored"
    assert made.answered(response(second)) == "bound"
    assert made.answered(response(made.request(SETTINGS), port=40001)) == "moved"


def test_only_401_asks_for_credentials() -> None:
    made = binding()
    assert made.answered(refusal(made.request(SETTINGS))) == "challenged"
    assert made.answered(refusal(made.request(SETTINGS), 431)) == "ignored"
    assert made.answered(b"") == "ignored"


def test_the_connection_request_of_the_reference_counts_once() -> None:
    made = binding()
    assert made.is_connection_request(GOOD, WHO)
    assert not made.is_connection_request(GOOD, WHO)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"cr-user", b"another"),
        (b"id=1&", b"id=2&"),
        (b"sig=a", b"sig=b"),
        (b"GET", b"PUT"),
        (b"ts=1700000000", b"ts=x"),
        (b"&cn=0123456789abcdef", b""),
        (b"HTTP/1.1", b"HTTP/2"),
    ],
)
def test_what_wakes_nobody(old: bytes, new: bytes) -> None:
    assert not binding().is_connection_request(GOOD.replace(old, new), WHO)
    assert not binding().is_connection_request(GOOD, Credentials("cr-user", "wrong"))


class Server(asyncio.DatagramProtocol):
    """Challenges once, then binds everyone at a public address."""

    def __init__(self, behind_nat: bool) -> None:
        self.behind_nat = behind_nat
        self.requests: list[bytes] = []
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.requests.append(data)
        if len(self.requests) == 1:
            self.transport.sendto(refusal(data), addr)
        elif self.behind_nat:
            self.transport.sendto(response(data), addr)
        else:
            self.transport.sendto(response(data, addr[1], b"\x7f\0\0\x01"), addr)


@pytest.mark.parametrize("behind_nat", [True, False])
async def test_over_a_socket(behind_nat: bool) -> None:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(lambda: Server(behind_nat), local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    settings: list[StunSettings | None] = [None]
    moved: asyncio.Queue[tuple[tuple[str, int], bool]] = asyncio.Queue()
    woken: asyncio.Queue[None] = asyncio.Queue()
    client = StunClient(
        binding(),
        settings=lambda: settings[0],
        credentials=lambda: WHO,
        moved=lambda *what: moved.put_nowait(what),
        wake=lambda: woken.put_nowait(None),
    )
    running = asyncio.ensure_future(client.run("127.0.0.1", poll=0.01))
    try:
        await asyncio.sleep(0.03)
        assert server.requests == []  # STUN is switched off
        settings[0] = SETTINGS._replace(port=port)
        address, is_nat = await asyncio.wait_for(moved.get(), 5)
        assert is_nat is behind_nat
        assert len(server.requests) == 2
        assert b"\0\x08\0\x14" not in server.requests[0]
        assert b"\0\x08\0\x14" in server.requests[1]
        if not behind_nat:
            transport.sendto(b"rubbish", address)
            transport.sendto(GOOD, address)
            await asyncio.wait_for(woken.get(), 5)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        transport.close()
        await asyncio.sleep(0)
