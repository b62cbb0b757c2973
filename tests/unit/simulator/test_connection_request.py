import asyncio
from itertools import count

import pytest

from acs.simulator.behaviours import Traits
from acs.simulator.connection_request import ConnectionRequestListener
from acs.simulator.digest_client import Authenticator, Credentials

DPS = Credentials("dps", "dps")


class Phone:
    def __init__(self, traits: Traits | None = None, busy: bool = False) -> None:
        self.traits = traits or Traits()
        self.busy = busy
        self.wake_credentials = DPS
        self.woken = 0

    def wake(self) -> None:
        self.woken += 1


def listener(phone: Phone) -> ConnectionRequestListener:
    numbers = count()
    made = ConnectionRequestListener(lambda: f"nonce{next(numbers)}")
    made.add(phone, "/abc")
    return made


def knock(on: ConnectionRequestListener, who: Credentials = DPS, path: str = "/abc") -> list[int]:
    """The statuses of a caller that answers one challenge."""
    caller = Authenticator(who, lambda: "cn")
    status, headers = on.answer("GET", path, "")
    if status != 401:
        return [status]
    caller.challenged([value for name, value in headers if name == "WWW-Authenticate"])
    return [status, on.answer("GET", path, caller.header("GET", path) or "")[0]]


def test_digest_wakes_the_phone() -> None:
    phone = Phone()
    assert knock(listener(phone)) == [401, 200]
    assert phone.woken == 1


def test_wrong_passwords_and_paths_do_not() -> None:
    phone = Phone()
    assert knock(listener(phone), Credentials("dps", "x")) == [401, 401]
    assert knock(listener(phone), path="/other") == [404]
    assert listener(phone).answer("POST", "/abc", "")[0] == 405
    assert phone.woken == 0


def test_a_busy_phone_says_so_after_authentication() -> None:
    phone = Phone(busy=True)
    assert knock(listener(phone)) == [401, 503]
    assert phone.woken == 0


@pytest.mark.parametrize(
    ("how", "statuses", "woken"), [("none", [200], 1), ("busy", [401, 503], 0), ("deny", [401, 401], 0)]
)
def test_traits(how: str, statuses: list[int], woken: int) -> None:
    phone = Phone(Traits(connection_request=how))  # type: ignore[arg-type]
    assert knock(listener(phone)) == statuses
    assert phone.woken == woken


def test_old_challenges_are_forgotten() -> None:
    phone = Phone()
    made = listener(phone)
    caller = Authenticator(DPS, lambda: "cn")
    caller.challenged([made.answer("GET", "/abc", "")[1][0][1]])
    for _ in range(256):
        made.answer("GET", "/abc", "")
    assert made.answer("GET", "/abc", caller.header("GET", "/abc") or "")[0] == 401


async def test_over_a_socket_the_connection_is_kept() -> None:
    phone = Phone(Traits(connection_request="none"))
    made = listener(phone)
    await made.start("127.0.0.1")
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", made.port)
        for _ in range(2):
            writer.write(b"GET /abc HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.close()
        await writer.wait_closed()
    finally:
        await made.stop()
    assert phone.woken == 2


async def test_garbage_is_hung_up_on() -> None:
    made = listener(Phone())
    await made.start("127.0.0.1")
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", made.port)
        writer.write(b"\x16\x03\x01 hello\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
    finally:
        await made.stop()


def test_basic_where_the_phone_wants_it() -> None:
    phone = Phone(Traits(connection_request="basic"))
    made = listener(phone)
    assert made.answer("GET", "/abc", "") == (401, [("WWW-Authenticate", 'Basic realm="IP Phone"')])
    assert made.answer("GET", "/abc", "Basic ZHBzOmRwcw==")[0] == 200
    assert phone.woken == 1


@pytest.mark.parametrize(("how", "statuses", "woken"), [("ignoring", [401, 200], 0), ("not-found", [401, 404], 1)])
def test_what_it_says_and_what_it_does_differ(how: str, statuses: list[int], woken: int) -> None:
    phone = Phone(Traits(connection_request=how))  # type: ignore[arg-type]
    assert knock(listener(phone)) == statuses
    assert phone.woken == woken


async def test_one_closes_after_its_challenge() -> None:
    made = listener(Phone(Traits(connection_request="closing")))
    await made.start("127.0.0.1")
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", made.port)
        writer.write(b"GET /abc HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 401 ")  # to the end of the stream
        writer.close()
        await writer.wait_closed()
    finally:
        await made.stop()
