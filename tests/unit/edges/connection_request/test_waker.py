"""Asking phones to call: a scripted phone on loopback is asked, and calls, refuses, or does neither."""

import asyncio
import hashlib
import hmac
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from acs.domain.devices.reach import Ground
from acs.edges.connection_request import addresses, http
from acs.edges.connection_request import waker as module
from acs.edges.connection_request.waker import Waker
from acs.errors import NotFound
from acs.services.devices import device_row, list_events, register_device
from acs.services.work import has_work
from acs.storage.unit_of_work import UnitOfWork
from acs.telemetry import counters
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
    counter = counters.counter("acs_connection_requests_total", way="http", result="accepted", called="yes")
    before = counter.value
    told = await scene.wake(Reply(calls=True))
    assert counter.value == before + 1
    assert (told["outcome"], told["called"], told["http_status"]) == ("accepted", True, 200)
    (step,) = told["steps"]
    where = f"127.0.0.1:{scene.there.port}"
    assert step["text"] == f"asked over HTTP at {where}, answered 200"
    assert (step["way"], step["address"], step["result"], step["status"]) == ("http", where, "accepted", 200)
    assert re.fullmatch(r"phone called after \d\.\d s", told["detail"].removeprefix(f"{step['text']}, "))
    ((_, head),) = scene.there.requests
    assert head == f"GET /cr?id=7 HTTP/1.1\r\nHost: 127.0.0.1:{scene.there.port}\r\n\r\n"
    assert await scene.outcomes() == [told["detail"]]


async def test_quirk_149_a_200_without_an_inform_is_no_success(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
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
async def test_quirk_148_digest_over_one_connection_or_two(scene: Scene, first: Reply, connections: int) -> None:
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


async def test_quirk_226_a_busy_phone_is_asked_once_more(scene: Scene) -> None:
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


async def test_quirk_149_a_phone_that_refuses_may_call_all_the_same(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
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
async def test_quirk_146_a_phone_that_names_no_address_is_asked_where_it_called_from(scene: Scene, host: str) -> None:
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


async def test_quirk_150_asking_too_soon_is_not_asking(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await scene.wake(Reply(calls=True))
    told = await scene.wake()
    assert (told["outcome"], told["called"], told["steps"]) == ("too_soon", False, [])
    assert re.search(r"ask again in (9|10) s", told["detail"])
    assert len(scene.there.requests) == 1
    await scene.treat(connection_request_seconds=0)
    assert (await scene.wake())["called"] is True
    assert len(scene.there.requests) == 2


async def test_quirk_150_those_who_ask_at_once_share_one_request(scene: Scene) -> None:
    scene.there.script = [Reply(calls=True)]
    first, second = await asyncio.gather(scene.waker.wake(scene.device), scene.waker.wake(scene.device))
    assert first == second
    assert first["called"] is True
    assert len(scene.there.requests) == 1


async def test_work_that_is_given_too_soon_has_its_phone_asked_when_it_may_be(scene: Scene) -> None:
    await scene.treat(connection_request_seconds=1)
    await scene.world.task(scene.device, type="get_rpc_methods")
    scene.there.script = [Reply(calls=True)]
    await scene.waker.wake_for_work(scene.device)
    assert len(scene.there.requests) == 1
    await scene.world.task(scene.device, type="get_rpc_methods")
    assert (await scene.wake())["outcome"] == "too_soon"
    await asyncio.gather(*(scene.waker.wake_for_work(scene.device) for _ in range(5)))
    assert len(scene.there.requests) == 2
    async with asyncio.timeout(5):
        while has_work(scene.world.database, scene.device):  # noqa: ASYNC110 - the session goes on after the call
            await asyncio.sleep(0.001)


async def test_work_that_was_taken_meanwhile_wakes_nobody(scene: Scene) -> None:
    await scene.treat(connection_request_seconds=1)
    await scene.wake(Reply(calls=True))
    await scene.world.task(scene.device, type="get_rpc_methods")
    waiting = asyncio.ensure_future(scene.waker.wake_for_work(scene.device))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    await scene.phone.call("2 PERIODIC")
    await waiting
    assert len(scene.there.requests) == 1


async def test_a_phone_that_leaves_with_work_undone_is_asked_after_its_session(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SESSION_PAUSE", 0.01)
    scene.phone.connection, scene.phone.cookie = "127.0.0.1|99999", ""
    assert (await scene.phone.send(scene.phone.inform("2 PERIODIC"))).status == 200
    await scene.world.task(scene.device, type="get_rpc_methods")
    scene.there.script = [Reply(calls=True)]
    waiting = asyncio.ensure_future(scene.waker.wake_for_work(scene.device))
    await asyncio.sleep(0.05)
    assert scene.there.requests == []
    (live,) = (live for live in scene.world.sessions.store if live.closing_since is None)
    scene.world.sessions.store.drop(live)
    await waiting
    assert len(scene.there.requests) == 1


async def test_a_phone_that_refuses_is_not_asked_for_ever(scene: Scene) -> None:
    await scene.world.task(scene.device, type="get_rpc_methods")
    scene.there.script = [Reply(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")]
    await scene.waker.wake_for_work(scene.device)
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
    real = http.exchange

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


# The field


async def test_quirk_147_path_and_query_go_out_exactly_as_the_phone_wrote_them(scene: Scene) -> None:
    path = "//a/../%41;b?c=d&e=%2f&&"
    await scene.move(f"http://127.0.0.1:{scene.there.port}{path}")
    told = await scene.wake(Reply(challenge()), Reply(calls=True, checks=True))
    assert told["called"] is True
    assert [head.split(" ")[1] for _, head in scene.there.requests] == [path, path]


async def test_quirk_148_a_phone_that_wants_a_new_connection_gets_one(scene: Scene) -> None:
    await scene.treat(connection_request_new_connection=True)
    told = await scene.wake(Reply(challenge()), Reply(calls=True, checks=True))
    assert told["called"] is True
    assert [number for number, _ in scene.there.requests] == [1, 2]


async def test_quirk_152_basic_by_rule_alone(scene: Scene) -> None:
    wants_basic = Reply(b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n')
    told = await scene.wake(wants_basic)
    assert (told["outcome"], len(scene.there.requests)) == ("auth_failed", 1)
    await scene.treat(connection_request_basic=True, connection_request_seconds=0)
    scene.there.requests.clear()
    assert (await scene.wake(wants_basic, Reply(calls=True)))["called"] is True
    assert "\r\nAuthorization: Basic " in scene.there.requests[1][1]


async def test_quirk_151_default_pairs_are_tried_after_the_own_one_with_digest_only(scene: Scene) -> None:
    waker = Waker(scene.world.database, scene.world.context, scene.world.sessions, defaults=[("dps", "dps")])
    await scene.treat(connection_request_basic=True, connection_request_seconds=0)
    scene.there.script = [Reply(challenge()), Reply(challenge(nonce="n2")), Reply(challenge()), Reply(calls=True)]
    told = await waker.wake(scene.device)
    assert (told["called"], told["outcome"]) == (True, "accepted")
    assert [step["result"] for step in told["steps"]] == ["auth_failed", "accepted"]
    assert [' username="dps"' in head for _, head in scene.there.requests] == [False, False, False, True]
    row = await scene.world.read(lambda uow: device_row(uow, scene.device))
    assert [note["quirk"] for note in row.notes if note["code"].startswith("default_")] == [151]
    scene.there.requests.clear()
    basic = b'HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
    scene.there.script = [Reply(challenge()), Reply(basic), Reply(basic)]
    assert (await waker.wake(scene.device))["outcome"] == "auth_failed"
    assert not any("Basic" in head for _, head in scene.there.requests)


async def test_quirk_151_nobody_tries_default_pairs_that_are_not_configured(scene: Scene) -> None:
    await scene.wake(Reply(challenge()), Reply(challenge(nonce="n2")))
    assert len(scene.there.requests) == 2


@pytest.mark.parametrize("event", ["2 PERIODIC", "1 BOOT", "4 VALUE CHANGE"])
async def test_quirk_154_any_inform_counts_as_the_call(scene: Scene, event: str) -> None:
    waking = asyncio.ensure_future(scene.wake(Reply()))
    while not scene.there.requests:  # noqa: ASYNC110 - a phone tells nobody that it was asked
        await asyncio.sleep(0.001)
    await scene.phone.call(event)
    assert (await waking)["called"] is True


async def test_quirk_183_the_pair_is_provisioned_at_bootstrap_and_a_test_request_proves_it(scene: Scene) -> None:
    assert scene.phone.parameters[USER] == f"acs-{scene.device}"
    told = await scene.wake(Reply(challenge()), Reply(calls=True, checks=True))
    assert (told["outcome"], told["called"]) == ("accepted", True)


async def test_quirk_184_a_phone_that_nothing_reaches_says_when_it_calls(scene: Scene, unused_tcp_port: int) -> None:
    server = "InternetGatewayDevice.ManagementServer."
    scene.phone.parameters |= {f"{server}PeriodicInformEnable": "1", f"{server}PeriodicInformInterval": "300"}
    await scene.world.task(
        scene.device,
        type="get_parameter_values",
        names=[f"{server}PeriodicInformEnable", f"{server}PeriodicInformInterval"],
    )
    await scene.move(f"http://127.0.0.1:{unused_tcp_port}/")
    told = await scene.wake()
    assert 290 <= told["next_contact_seconds"] <= 300
    seconds = told["next_contact_seconds"]
    assert told["detail"].endswith(f"phone did not call; it will be served at its next contact, in about {seconds} s")


async def test_quirk_194_a_phone_that_calls_before_it_answers_is_not_asked_again(scene: Scene) -> None:
    scene.there.script = [Reply(silent=True)]
    waking = asyncio.ensure_future(scene.wake())
    while not scene.there.requests:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    await scene.phone.call("6 CONNECTION REQUEST")
    told = await waking
    assert (told["called"], len(scene.there.requests)) == (True, 1)
    assert ", called before it answered, phone called after " in told["detail"]


async def test_quirk_196_a_session_without_its_last_empty_post_is_a_call_and_the_next_one_works(scene: Scene) -> None:
    waking = asyncio.ensure_future(scene.wake(Reply()))
    while not scene.there.requests:  # noqa: ASYNC110
        await asyncio.sleep(0.001)
    scene.phone.connection, scene.phone.cookie = "127.0.0.1|77001", ""
    assert (await scene.phone.send(scene.phone.inform("6 CONNECTION REQUEST"))).status == 200  # and no more
    assert (await waking)["called"] is True
    task = await scene.world.task(scene.device, type="get_rpc_methods")
    await scene.phone.call("2 PERIODIC")
    assert (await scene.world.state(task))["state"] == "succeeded"


@pytest.mark.parametrize("algorithm", ["", ", algorithm=MD5", ', algorithm="MD5"'])
@pytest.mark.parametrize("opaque", ["", ', opaque="xyz"'])
async def test_quirk_225_the_header_on_the_wire_is_canonical(scene: Scene, algorithm: str, opaque: str) -> None:
    told = await scene.wake(Reply(challenge(algorithm + opaque)), Reply(calls=True, checks=True))
    assert told["called"] is True
    lines = scene.there.requests[1][1].split("\r\n")
    assert lines[:2] == ["GET /cr?id=7 HTTP/1.1", f"Host: 127.0.0.1:{scene.there.port}"]
    assert re.fullmatch(
        rf'Authorization: Digest username="acs-{scene.device}", realm="phone", nonce="n1", uri="/cr\?id=7", '
        rf'response="[0-9a-f]{{32}}", qop=auth, nc=00000001, cnonce="[0-9a-f]{{16}}"{algorithm}{opaque}',
        lines[2],
    )
    assert lines[3:] == ["", ""]


async def test_quirk_226_accepted_without_an_inform_is_asked_once_more(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "INFORM_SECONDS", 0.1)
    no_length = b"HTTP/1.1 200 OK\r\n\r\n"
    told = await scene.wake(Reply(no_length, closes=True), Reply(no_length, closes=True, calls=False), Reply())
    assert (told["called"], len(scene.there.requests)) == (False, 2)
    await scene.treat(connection_request_seconds=0)
    scene.there.requests.clear()
    told = await scene.wake(Reply(no_length, closes=True), Reply(calls=True))
    assert (told["called"], len(scene.there.requests)) == (True, 2)
    assert "answered 200, asked again, answered 200, phone called after" in told["detail"]


# Where phones are


async def test_quirk_182_a_url_that_leads_to_this_server_is_not_followed(scene: Scene, unreachable: list[Any]) -> None:
    own = scene.there.port
    scene.waker.ground = Ground(own_names=frozenset({"acs.example", "127.0.0.1"}), own_ports=frozenset({own}))
    await scene.treat(connection_request_seconds=0)
    for url in (f"http://127.0.0.1:{own}/", f"http://localhost:{own}/acs", f"http://[::ffff:127.0.0.1]:{own}/"):
        await scene.move(url)
        told = await scene.wake()
        assert told["steps"][0]["text"].endswith("it is this server itself"), told
    assert unreachable == []


async def test_quirk_182_the_phone_is_asked_where_it_calls_from_instead(
    scene: Scene, unreachable: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.waker.ground = Ground(own_names=frozenset({"192.0.2.100"}), own_ports=frozenset({7547}))
    await scene.move("http://192.0.2.100:7547/cr")
    await scene.change(ip_address="192.0.2.7")
    told = await scene.wake()
    assert unreachable == [("192.0.2.7", 7547)]
    assert "asked over HTTP at 192.0.2.7:7547 (its URL leads to this server, so where it calls from)" in told["detail"]


async def test_loopback_is_refused_to_a_phone_that_calls_from_elsewhere(scene: Scene, unreachable: list[Any]) -> None:
    await scene.change(ip_address="10.0.0.5")
    told = await scene.wake()
    assert "it is a loopback address, and the phone does not call from there" in told["detail"]
    assert unreachable == []


HOSTILE = (
    *NOWHERE,
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://0.0.0.0:{port}/",
    "gopher://127.0.0.1:{port}/_x",
    "http://127.0.0.1:{port}@169.254.169.254/",
    "http://ünï.example/\N{RIGHT-TO-LEFT OVERRIDE}",
    "http://127.0.0.1:{port}/" + "a" * 100_000,
    "http://metadata.google.internal/",
    "http://127.0.0.1:7547/",
)


async def test_an_inform_alone_never_causes_a_connection(
    scene: Scene, unreachable: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*args: Any, **options: Any) -> Any:
        raise AssertionError(f"the test let a look-up or a connection through: {args}")

    loop = asyncio.get_running_loop()
    for name in ("getaddrinfo", "create_connection", "sock_connect", "create_datagram_endpoint"):
        monkeypatch.setattr(loop, name, never)
    server = "InternetGatewayDevice.ManagementServer."
    for url in HOSTILE:
        scene.phone.parameters[URL] = url.replace("{port}", str(scene.there.port))
        scene.phone.parameters[f"{server}UDPConnectionRequestAddress"] = f"127.0.0.1:{scene.there.port}"
        scene.phone.parameters[f"{server}STUNServerAddress"] = "169.254.169.254"
        await scene.phone.call("0 BOOTSTRAP", "1 BOOT", "4 VALUE CHANGE")
        await scene.phone.call("2 PERIODIC")
    assert (unreachable, scene.there.requests, scene.there.connections) == ([], [], 0)


# Other ways


@dataclass
class FakeSocket:
    """Stands for the STUN server's socket."""

    sent: list[tuple[bytes, str, int]] = field(default_factory=list)
    calls: Callable[[], Any] | None = None
    trouble: bool = False

    def send(self, data: bytes, address: str, port: int) -> None:
        if self.trouble:
            raise OSError("no route to host")
        self.sent.append((data, address, port))
        if self.calls is not None and len(self.sent) == 3:
            self.under_way = asyncio.ensure_future(self.calls())


@dataclass
class FakeLogin:
    """Stands for a login at an XMPP server."""

    answers: list[tuple[str, str]]
    connected: bool = True
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    calls: Callable[[], Any] | None = None

    async def ask(self, jabber_id: str, username: str, password: str) -> tuple[str, str]:
        self.asked.append((jabber_id, username, password))
        if self.calls is not None and len(self.asked) == len(self.answers):
            await self.calls()
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("INFORM_SECONDS", "UDP_SECONDS", "UDP_SPACING"):
        monkeypatch.setattr(module, name, 0.02)


@pytest.mark.usefixtures("_impatient")
async def test_quirk_153_three_datagrams_to_the_reported_address(scene: Scene) -> None:
    scene.waker.datagrams = sent = FakeSocket()
    await scene.move("")
    await scene.change(udp_address="127.0.0.1:30000")
    told = await scene.wake()
    assert (told["outcome"], told["called"], told["way"]) == ("accepted", False, "udp")
    assert told["detail"].startswith("asked over UDP at 127.0.0.1:30000, phone did not call")
    ((data, address, port),) = set(sent.sent)
    assert (address, port, len(sent.sent)) == ("127.0.0.1", 30000, 3)
    found = re.fullmatch(
        rb"GET http://127\.0\.0\.1:30000\?ts=(\d+)&id=(\d+)&un=([^&]+)&cn=([0-9a-f]{16})&sig=([0-9a-f]{40})"
        rb" HTTP/1\.1\r\nHost: 127\.0\.0\.1:30000\r\n\r\n",
        data,
    )
    assert found is not None
    *signed, sig = found.groups()
    password = scene.phone.parameters[PASSWORD].encode()
    assert hmac.new(password, b"".join(signed), hashlib.sha1).hexdigest().encode() == sig
    await scene.treat(connection_request_seconds=0)
    await scene.wake()
    again = re.search(rb"&id=(\d+)&", sent.sent[-1][0])
    assert again is not None
    assert int(again[1]) > int(signed[1])
    await scene.change(udp_address="127.0.0.1")
    await scene.wake()
    assert sent.sent[-1][1:] == ("127.0.0.1", 80)


@pytest.mark.usefixtures("_impatient")
async def test_the_address_of_a_proven_binding_goes_before_the_reported_one(scene: Scene) -> None:
    scene.waker.datagrams = sent = FakeSocket()
    await scene.move("")
    await scene.treat(connection_request_seconds=0)
    for at, expected in ((time.time(), 2), (time.time() - 3600, 1)):
        await scene.change(udp_address="127.0.0.1:1", stun_address="127.0.0.1:2", stun_at=at)
        await scene.wake()
        assert sent.sent[-1][2] == expected
    await scene.change(udp_address="")
    await scene.wake()
    assert sent.sent[-1][2] == 2


async def test_behind_a_nat_the_datagram_goes_first(scene: Scene, unreachable: list[Any]) -> None:
    scene.waker.datagrams = sent = FakeSocket(calls=lambda: scene.phone.call("6 CONNECTION REQUEST"))
    await scene.move("http://192.168.1.10:7547/")
    await scene.change(udp_address="203.0.113.9:30000", ip_address="203.0.113.9")
    told = await scene.wake()
    assert (told["called"], told["way"], sent.sent[0][1:]) == (True, "udp", ("203.0.113.9", 30000))
    assert unreachable == []


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("address", ["169.254.169.254:80", "224.0.0.1:9", "0.0.0.0:53", "[::ffff:169.254.169.254]:80"])
async def test_datagrams_go_only_where_phones_are(scene: Scene, address: str) -> None:
    scene.waker.datagrams = sent = FakeSocket()
    await scene.move("")
    await scene.change(udp_address=address)
    told = await scene.wake()
    assert told["detail"].startswith("not asked over UDP: ")
    assert sent.sent == []


@pytest.mark.usefixtures("_impatient")
async def test_a_socket_in_trouble_and_credentials_that_nobody_knows(scene: Scene) -> None:
    scene.waker.datagrams = FakeSocket(trouble=True)
    await scene.move("")
    await scene.change(udp_address="127.0.0.1:9")
    await scene.treat(connection_request_seconds=0)
    assert "asked over UDP at 127.0.0.1:9, no route to host" in (await scene.wake())["detail"]
    await scene.change(cr_password_sealed=None)
    assert "we know no credentials of it" in (await scene.wake())["detail"]


async def test_over_xmpp_where_nothing_else_is_known(scene: Scene) -> None:
    scene.waker.xmpp = login = FakeLogin(
        [("busy", "later"), ("accepted", "")], calls=lambda: scene.phone.call("6 CONNECTION REQUEST")
    )
    await scene.move("")
    await scene.change(jabber_id="phone@xmpp.example/cwmp")
    told = await scene.wake()
    assert (told["called"], told["way"]) == (True, "xmpp")
    pair = (scene.phone.parameters[USER], scene.phone.parameters[PASSWORD])
    assert login.asked == [("phone@xmpp.example/cwmp", *pair)] * 2
    assert told["detail"].startswith("asked over XMPP at phone@xmpp.example/cwmp, answered busy (later), asked again")


@pytest.mark.usefixtures("_impatient")
async def test_xmpp_comes_last_and_only_while_we_are_logged_in(scene: Scene) -> None:
    refused = Reply(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
    scene.waker.xmpp = login = FakeLogin([("refused", "no")])
    await scene.change(jabber_id="phone@xmpp.example/cwmp")
    await scene.treat(connection_request_seconds=0)
    assert [step["way"] for step in (await scene.wake(refused))["steps"]] == ["http", "xmpp"]
    login.connected = False
    assert [step["way"] for step in (await scene.wake(refused))["steps"]] == ["http"]
    login.connected = True
    await scene.change(jabber_id="<iq>@x")
    assert [step["way"] for step in (await scene.wake(refused))["steps"]] == ["http"]


async def test_who_waits_too_long_for_its_turn_is_told_so(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 0)
    monkeypatch.setattr(module, "TOTAL_SECONDS", 0.1)
    waker = Waker(scene.world.database, scene.world.context, scene.world.sessions)
    told = await waker.wake(scene.device)
    assert (told["called"], scene.there.requests) == (False, [])
    assert "too many phones are asked at once, phone did not call" in told["detail"]


async def test_of_several_addresses_the_one_that_the_phone_calls_from(
    scene: Scene, unreachable: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def found(*_: Any, **options: Any) -> list[Any]:
        return [(0, 1, 6, "", (each, 0)) for each in ("2001:db8::7", "192.0.2.8", "192.0.2.7")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
    await scene.move("http://phone.example:7547/")
    await scene.treat(connection_request_seconds=0)
    for called_from in ("192.0.2.7", "198.51.100.1", "2001:db8::9"):
        await scene.change(ip_address=called_from)
        await scene.wake()
    assert [tried[0] for tried in unreachable] == ["192.0.2.7", "192.0.2.8", "2001:db8::7"]
