"""Asking phones to call: a scripted phone on loopback is asked, and calls, refuses, or does neither."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from acs.edges.connection_request import addresses, http
from acs.edges.connection_request import waker as module
from acs.edges.connection_request.waker import Waker
from acs.errors import NotFound
from acs.services.devices import device_row, list_events, register_device
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World
from tests.phone import TestPhone

URL = "InternetGatewayDevice.ManagementServer.ConnectionRequestURL"
USER = "InternetGatewayDevice.ManagementServer.ConnectionRequestUsername"
PASSWORD = "InternetGatewayDevice.ManagementServer.ConnectionRequestPassword"

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


def challenge(more: str = "", *, nonce: str = "n1", headers: str = "", body: bytes = b"<html>no</html>") -> bytes:
    return (
        f'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="phone", nonce="{nonce}", qop="auth"{more}\r\n'
        f"{headers}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body


@dataclass(frozen=True)
class Reply:
    """What the phone does with a request."""

    data: bytes = OK
    closes: bool = False
    calls: bool = False
    silent: bool = False
    checks: bool = False
    """Answers as said only to right credentials, else with another challenge."""


@dataclass
class ScriptedPhone:
    """Listens for connection requests and obeys a script, one entry per request; the last one is repeated."""

    phone: TestPhone
    script: list[Reply] = field(default_factory=lambda: [Reply(calls=True)])
    requests: list[tuple[int, str]] = field(default_factory=list)
    """The number of its connection and the head of each request."""
    connections: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while True:
                try:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode()
                except (asyncio.IncompleteReadError, ConnectionError):
                    return
                self.requests.append((number, head))
                reply = self.script[min(len(self.requests), len(self.script)) - 1]
                if reply.silent:
                    await reader.read()
                    return
                data = challenge(nonce="again") if reply.checks and not self.is_right(head) else reply.data
                writer.write(data)
                if reply.closes:
                    return
                if reply.calls:
                    await self.phone.call("6 CONNECTION REQUEST")
        finally:
            writer.close()

    def is_right(self, head: str) -> bool:
        """RFC 7616 section 3.4.1, written without looking at the server's code."""
        (line,) = (line for line in head.split("\r\n") if line.startswith("Authorization: Digest "))
        given = {name: quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', line)}

        def md5(text: str) -> str:
            return hashlib.md5(text.encode()).hexdigest()

        ha1 = md5(f"{self.phone.parameters[USER]}:phone:{self.phone.parameters[PASSWORD]}")
        ha2 = md5(f"GET:{head.split(' ')[1]}")
        rest = f"{given['nonce']}:{given['nc']}:{given['cnonce']}:{given['qop']}"
        return (given["response"], given["uri"]) == (md5(f"{ha1}:{rest}:{ha2}"), head.split(" ")[1])


@dataclass
class Scene:
    world: World
    phone: TestPhone
    there: ScriptedPhone
    waker: Waker
    device: str

    async def wake(self, *script: Reply) -> dict[str, Any]:
        if script:
            self.there.script = list(script)
        return await self.waker.wake(self.device)

    async def move(self, url: str) -> None:
        """The phone tells another address."""
        self.phone.parameters[URL] = url
        await self.phone.call("4 VALUE CHANGE")

    async def treat(self, **quirks: Any) -> None:
        """An operator says how to treat the phone."""
        await self.change(quirks_set=quirks)

    async def change(self, **columns: Any) -> None:
        """Write into the device's row."""

        def write(uow: UnitOfWork) -> None:
            row = device_row(uow, self.device)
            for name, value in columns.items():
                setattr(row, name, value)
            uow.session.add(row)

        await self.world.database.write(write)

    async def outcomes(self) -> list[str]:
        page = await self.world.read(lambda uow: list_events(uow, self.device))
        return [item["data"]["outcome"] for item in page.items if item["kind"] == "connection_request"]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CONNECT_SECONDS", 1.0)
    monkeypatch.setattr(http, "ANSWER_SECONDS", 1.0)
    for name, seconds in {
        "INFORM_SECONDS": 1.0,
        "REFUSED_SECONDS": 0.02,
        "BUSY_PAUSE": 0.02,
    }.items():
        monkeypatch.setattr(module, name, seconds)


@pytest.fixture
async def scene(world: World) -> AsyncIterator[Scene]:
    """A phone that is known, has its credentials, and has told where it can be asked."""
    phone = world.phone()
    there = ScriptedPhone(phone)
    async with await asyncio.start_server(there.serve, "127.0.0.1", 0) as server:
        there.port = server.sockets[0].getsockname()[1]
        phone.parameters[URL] = f"http://127.0.0.1:{there.port}/cr?id=7"
        await phone.call("0 BOOTSTRAP", "1 BOOT")
        phone.adopt_credentials()
        assert phone.parameters[PASSWORD]
        waker = Waker(world.database, world.context, world.sessions)
        yield Scene(world, phone, there, waker, await world.only_device())
        await waker.close()


async def test_a_phone_that_says_200_and_calls(scene: Scene) -> None:
    told = await scene.wake(Reply(calls=True))
    assert (told["outcome"], told["called"], told["http_status"]) == ("accepted", True, 200)
    (step,) = told["steps"]
    where = f"127.0.0.1:{scene.there.port}"
    assert step["text"] == f"asked over HTTP at {where}, answered 200"
    assert (step["way"], step["address"], step["result"], step["status"]) == ("http", where, "accepted", 200)
    assert re.fullmatch(r"phone called after \d\.\d s", told["detail"].removeprefix(f"{step['text']}, "))
    ((_, head),) = scene.there.requests
    assert head == f"GET /cr?id=7 HTTP/1.1\r\nHost: 127.0.0.1:{scene.there.port}\r\n\r\n"
    assert await scene.outcomes() == [told["detail"]]


async def test_a_200_without_an_inform_is_no_success(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INFORM_SECONDS", 0.05)
    told = await scene.wake(Reply())
    assert (told["outcome"], told["called"], told["http_status"]) == ("accepted", False, 200)
    assert told["detail"].endswith(
        ", answered 200, asked again, answered 200, phone did not call; it will be served at its next contact"
    )
    assert len(scene.there.requests) == 2
    assert await scene.outcomes() == [told["detail"]]


async def test_the_call_of_another_phone_is_not_taken_for_this_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INFORM_SECONDS", 0.3)
    other = scene.world.phone(serial="00100400FV02001000000c383e000002")
    waking = asyncio.ensure_future(scene.wake(Reply()))
    await asyncio.sleep(0.05)
    await other.call("1 BOOT")
    assert (await waking)["called"] is False


@pytest.mark.parametrize(
    ("first", "connections"),
    [
        (Reply(challenge()), 1),
        (Reply(challenge(body=b"")), 1),
        (Reply(challenge(headers="Connection: close\r\n"), closes=True), 2),
        (Reply(challenge(headers="Connection: close\r\n")), 2),
        (Reply(challenge(), closes=True), 2),
        (Reply(challenge(body=b"x" * 9000)), 2),
        (Reply(challenge().replace(b"HTTP/1.1", b"HTTP/1.0"), closes=True), 2),
    ],
    ids=["keeps it", "no body", "says close", "says close and stays", "just closes", "endless page", "HTTP/1.0"],
)
async def test_digest_over_one_connection_or_two(scene: Scene, first: Reply, connections: int) -> None:
    told = await scene.wake(first, Reply(calls=True, checks=True))
    assert (told["outcome"], told["called"], told["http_status"]) == ("accepted", True, 200)
    assert [number for number, _ in scene.there.requests] == [1, connections]
    assert "Authorization" not in scene.there.requests[0][1]
    assert scene.there.connections == connections


async def test_a_stale_nonce_gets_one_more_try(scene: Scene) -> None:
    stale = Reply(challenge(", stale=true", nonce="n2"))
    told = await scene.wake(Reply(challenge()), stale, Reply(calls=True, checks=True))
    assert (told["outcome"], told["called"]) == ("accepted", True)
    assert ['nonce="n2"' in head for _, head in scene.there.requests] == [False, False, True]


async def test_wrong_credentials_are_tried_once_only(scene: Scene) -> None:
    scene.phone.parameters[PASSWORD] = "changed by hand"
    told = await scene.wake(Reply(challenge()), Reply(checks=True))
    assert (told["outcome"], told["called"], told["http_status"]) == ("auth_failed", False, 401)
    assert "does not take our credentials" in told["detail"]
    assert len(scene.there.requests) == 2


async def test_a_busy_phone_that_calls_meanwhile_is_not_asked_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_PAUSE", 5.0)
    told = await scene.wake(Reply(BUSY, calls=True))
    assert (told["outcome"], told["called"], told["http_status"]) == ("busy", True, 503)
    assert len(scene.there.requests) == 1


async def test_a_busy_phone_is_asked_once_more(scene: Scene) -> None:
    told = await scene.wake(Reply(BUSY), Reply(calls=True))
    assert (told["outcome"], told["called"]) == ("accepted", True)
    assert [step["text"].partition(", ")[2] for step in told["steps"]] == ["answered 503 busy", "answered 200"]
    assert told["detail"].count("asked again, ") == 1
    assert len(scene.there.requests) == 2


async def test_a_phone_that_stays_busy_is_left_alone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INFORM_SECONDS", 0.05)
    told = await scene.wake(Reply(BUSY))
    assert (told["outcome"], told["called"]) == ("busy", False)
    assert len(scene.there.requests) == 2


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        (Reply(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), 404, "answered 404"),
        (Reply(b"SSH-2.0-dropbear\r\n\r\n", closes=True), None, "not an HTTP response"),
        (Reply(b"\x00\x01", closes=True), None, "not an HTTP response"),
        (Reply(b"", closes=True), None, "closed the connection without an answer"),
        (Reply(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40000, closes=True), None, "too long"),
    ],
    ids=["404", "another protocol", "rubbish", "closes", "endless head"],
)
async def test_odd_answers_are_told(scene: Scene, reply: Reply, status: int | None, words: str) -> None:
    told = await scene.wake(reply)
    assert (told["outcome"], told["called"], told["http_status"]) == ("refused", False, status)
    assert words in told["detail"]
    assert await scene.outcomes() == [told["detail"]]


async def test_an_answer_without_an_end_is_taken_when_the_phone_closes(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INFORM_SECONDS", 0.05)
    told = await scene.wake(Reply(b"HTTP/1.0 200 OK\r\nServer: x\r\n", closes=True))
    assert (told["outcome"], told["http_status"]) == ("accepted", 200)


async def test_no_answer_in_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CONNECT_SECONDS", 0.05)
    monkeypatch.setattr(http, "ANSWER_SECONDS", 0.05)
    told = await scene.wake(Reply(silent=True))
    assert (told["outcome"], told["called"], told["http_status"]) == ("refused", False, None)
    assert "no answer in time" in told["detail"]


async def test_nobody_listens(scene: Scene, unused_tcp_port: int) -> None:
    await scene.move(f"http://127.0.0.1:{unused_tcp_port}/")
    told = await scene.wake()
    assert (told["outcome"], told["called"], told["http_status"]) == ("refused", False, None)
    assert f"127.0.0.1:{unused_tcp_port}" in told["detail"]


async def test_a_phone_that_refuses_may_call_all_the_same(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REFUSED_SECONDS", 5.0)
    told = await scene.wake(Reply(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", calls=True))
    assert (told["outcome"], told["called"]) == ("refused", True)


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Nothing may be connected to; what was tried is kept."""
    tried: list[Any] = []

    async def never(*args: Any, **options: Any) -> Any:
        tried.append(args)
        raise OSError("the test let a connection through")

    monkeypatch.setattr(asyncio, "open_connection", never)
    return tried


NOWHERE = (
    "http://169.254.169.254/latest/meta-data/",
    "http://224.0.0.1/",
    "http://239.255.255.250:1900/",
    "http://255.255.255.255/",
    "http://240.0.0.1/",
    "http://[ff02::1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://user@10.0.0.1/",
    "ftp://10.0.0.1/",
    "file:///etc/passwd",
    "rubbish",
)


async def test_urls_that_lead_where_no_phone_is_are_not_followed(
    scene: Scene, unreachable: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.treat(connection_request_seconds=0)
    for url in NOWHERE:
        await scene.move(url)
        told = await scene.wake()
        assert (told["outcome"], told["called"], told["http_status"]) == ("refused", False, None), url
        assert told["steps"][0]["text"].startswith("not asked: "), url
    assert unreachable == []


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "[fe80::1]", "[fe80::1%eth0]", ""])
async def test_a_phone_that_names_no_address_is_asked_where_it_called_from(scene: Scene, host: str) -> None:
    await scene.move(f"http://{host}:{scene.there.port}/")
    told = await scene.wake(Reply(calls=True))
    assert told["called"] is True
    assert f"at 127.0.0.1:{scene.there.port}," in told["detail"]


def resolver(*answers: str) -> tuple[Callable[..., Awaitable[Any]], list[str]]:
    """A name service: another answer to each question, the last one repeated."""
    asked: list[str] = []

    async def getaddrinfo(host: str, port: Any, **options: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", (answers[min(len(asked), len(answers)) - 1], 0))]

    return getaddrinfo, asked


async def test_a_name_is_held_to_the_address_behind_it(
    scene: Scene, unreachable: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.move("http://phone.example/")
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolver("169.254.169.254")[0])
    told = await scene.wake()
    assert told["steps"][0]["text"] == "not asked: 169.254.169.254: it is not an address where a phone can be"
    assert unreachable == []


async def test_a_name_is_asked_at_the_very_address_that_was_looked_at(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.move(f"http://phone.example:{scene.there.port}/")
    getaddrinfo, asked = resolver("127.0.0.1", "169.254.169.254")
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    told = await scene.wake(Reply(calls=True))
    assert (told["outcome"], told["called"], asked) == ("accepted", True, ["phone.example"])
    assert f"Host: phone.example:{scene.there.port}\r\n" in scene.there.requests[0][1]


async def test_a_name_that_nobody_knows(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.move("http://phone.example/")

    async def fails(*args: Any, **options: Any) -> Any:
        raise OSError("Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fails)
    told = await scene.wake()
    assert told["steps"][0]["text"] == "not asked: phone.example cannot be resolved: Name or service not known"


async def test_a_name_service_that_is_silent_does_not_hold_us_up(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.move("http://phone.example/")
    monkeypatch.setattr(addresses, "SECONDS", 0.02)

    async def hangs(*args: Any, **options: Any) -> Any:
        await asyncio.sleep(60)

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", hangs)
    told = await asyncio.wait_for(scene.wake(), 5)
    assert "cannot be resolved: no answer in time" in told["detail"]


async def test_asking_too_soon_is_not_asking(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.wake(Reply(calls=True))
    told = await scene.wake()
    assert (told["outcome"], told["called"], told["steps"]) == ("too_soon", False, [])
    assert re.search(r"ask again in (9|10) s", told["detail"])
    assert len(scene.there.requests) == 1
    await scene.treat(connection_request_seconds=0)
    assert (await scene.wake())["called"] is True
    assert len(scene.there.requests) == 2


async def test_those_who_ask_at_once_share_one_request(scene: Scene) -> None:
    scene.there.script = [Reply(calls=True)]
    first, second = await asyncio.gather(scene.waker.wake(scene.device), scene.waker.wake(scene.device))
    assert first == second
    assert first["called"] is True
    assert len(scene.there.requests) == 1


async def test_who_asked_may_leave_and_the_others_still_learn_it(scene: Scene) -> None:
    scene.there.script = [Reply(calls=True)]
    leaving = asyncio.ensure_future(scene.waker.wake(scene.device))
    staying = asyncio.ensure_future(scene.waker.wake(scene.device))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying)["called"] is True


async def test_a_phone_on_the_line_is_not_asked(scene: Scene) -> None:
    scene.phone.connection, scene.phone.cookie = "127.0.0.1|99999", ""
    assert (await scene.phone.send(scene.phone.inform("2 PERIODIC"))).status == 200
    told = await scene.wake()
    assert (told["outcome"], told["called"], told["http_status"]) == ("in_session", True, None)
    assert scene.there.requests == []


async def test_a_phone_that_wants_credentials_which_nobody_gave_it(scene: Scene) -> None:
    body = {"serial_number": "SN-17"}
    await scene.world.database.write(lambda uow: register_device(uow, scene.world.context, body))
    phone = scene.world.phone(serial="SN-17")
    del phone.parameters[USER], phone.parameters[PASSWORD]
    phone.parameters[URL] = f"http://127.0.0.1:{scene.there.port}/"
    phone.connection = "127.0.0.1|99998"
    assert (await phone.send(phone.inform("1 BOOT"))).status == 200  # hangs up before it is given any
    (live,) = (live for live in scene.world.sessions.store if live.closing_since is None)
    scene.world.sessions.store.drop(live)
    scene.there.script = [Reply(challenge())]
    told = await scene.waker.wake(live.device_id)
    assert (told["outcome"], told["called"]) == ("auth_failed", False)
    assert "we know none" in told["detail"]
    assert len(scene.there.requests) == 1


async def test_whom_nobody_can_ask(scene: Scene) -> None:
    with pytest.raises(NotFound):
        await scene.waker.wake("00000000000000000000000000")
    made = await scene.world.database.write(
        lambda uow: register_device(uow, scene.world.context, {"mac": "0c383e00000f"})
    )
    told = await scene.waker.wake(made["id"])
    assert (told["outcome"], told["called"], told["steps"]) == ("unreachable", False, [])
    assert told["detail"] == (
        "The phone has told no address where it can be asked to call; it will be served at its next contact."
    )


async def test_closing_gives_up_what_is_under_way(scene: Scene) -> None:
    waking = asyncio.ensure_future(scene.wake(Reply(silent=True)))
    while not scene.there.requests:  # noqa: ASYNC110 - a phone tells nobody that it was asked
        await asyncio.sleep(0.001)
    await scene.waker.close()
    with pytest.raises(asyncio.CancelledError):
        await waking


async def test_a_storm_of_requests_knocks_at_few_doors_at_once(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    monkeypatch.setattr(module, "INFORM_SECONDS", 0.01)
    waker = Waker(scene.world.database, scene.world.context, scene.world.sessions)
    devices = [scene.device]
    for number in range(2, 7):
        phone = scene.world.phone(serial=f"00100400FV02001000000c383e00000{number}")
        phone.parameters[URL] = scene.phone.parameters[URL]
        await phone.call("1 BOOT")
        devices = [live.device_id for live in scene.world.sessions.store]
    under_way, most = 0, 0
    real = module.exchange

    async def watched(*args: Any) -> Any:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        try:
            return await real(*args)
        finally:
            under_way -= 1

    monkeypatch.setattr(module, "exchange", watched)
    scene.there.script = [Reply()]
    told = await asyncio.gather(*(waker.wake(device) for device in devices))
    assert [each["outcome"] for each in told] == ["accepted"] * 6
    assert most == 2
