"""A real server asks simulated phones to call: over HTTP however they answer, over UDP with its STUN server, XMPP."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from acs.simulator.fleet import Fleet, FleetOptions
from tests.prosody import DOMAIN, needs_prosody, prosody
from tests.system.server import SHARED, Server, Zygote

MACS = iter(range(0x0C383E700000, 0x0C383E7FFFFF))


@pytest.fixture(scope="module")
def server(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    defaults = "admin:wrong dps:dps"
    started = Server(
        zygote,
        tmp_path_factory.mktemp("server"),
        ACS_STUN_PORT=str(port),
        ACS_CONNECTION_REQUEST_DEFAULTS=defaults,
    )
    started.start()
    yield started
    started.close()
    assert "Traceback" not in started.log(), started.log()[-6000:]


class Phone:
    """One simulated phone and what the server says of it."""

    def __init__(self, server: Server, fleet: Fleet) -> None:
        self.server = server
        self.fleet = fleet
        self.id = ""

    async def until(self, look: Any) -> Any:
        for _ in range(600):
            if found := await asyncio.to_thread(look):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{look} gave nothing: {self.server.log()[-2000:]}")

    async def settle(self) -> None:
        """Wait until the phone is known and the server has nothing to ask."""
        mac = self.fleet.phones[0].cpe.identity.mac

        def known() -> bool:
            found = self.server.items(f"/devices?mac={mac}")
            self.id = found[0]["id"] if found else ""
            tasks = self.server.items(f"/tasks?device_id={self.id}") if found else []
            return bool(tasks) and all(task["finished_at"] for task in tasks)

        await self.until(known)
        await self.until(lambda: self.fleet.settled)

    def model(self, name: str) -> str:
        """A value of the phone's own."""
        return self.fleet.phones[0].cpe.model.get(f"ManagementServer.{name}")

    async def wake(self) -> dict[str, Any]:
        return dict(await asyncio.to_thread(lambda: self.server.post(f"/devices/{self.id}/wake", None)))


@asynccontextmanager
async def phone(server: Server, *behaviours: str, **more: Any) -> AsyncIterator[Phone]:
    fleet = Fleet(
        FleetOptions(
            acs_url=f"http://127.0.0.1:{server.cwmp_port}/",
            first_mac=f"{next(MACS):012x}",
            username=SHARED[0],
            password=SHARED[1],
            behaviours=behaviours,
            boot_seconds=0.05,
            **more,
        )
    )
    await fleet.start()
    made = Phone(server, fleet)
    try:
        await made.settle()
        yield made
    finally:
        await fleet.stop()


async def test_over_http(server: Server) -> None:
    async with phone(server) as it:
        told = await it.wake()
        assert re.fullmatch(
            r"asked over HTTP at 127\.0\.0\.1:\d+, answered 200, phone called after \d+\.\d s", told["detail"]
        ), told
        assert (told["called"], told["way"], told["http_status"]) == (True, "http", 200)
        again = await it.wake()
        assert again["outcome"] in ("too_soon", "in_session")
        events = await asyncio.to_thread(lambda: server.items(f"/devices/{it.id}/events"))
        (kept,) = [event["data"] for event in events if event["kind"] == "connection_request"]
        assert (kept["outcome"], kept["steps"]) == (told["detail"], told["steps"])


async def test_quirk_037_over_ipv6(server: Server) -> None:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6 loopback")
    async with phone(server, listen_host="::1") as it:
        told = await it.wake()
        assert told["called"], told
        assert "asked over HTTP at [::1]:" in told["detail"]


@pytest.mark.parametrize(
    ("behaviour", "called", "words"),
    [
        ("open-connection-request", True, "answered 200, phone called"),
        ("closing-connection-request", True, "answered 200, phone called"),
        ("not-found-connection-request", True, "answered 404, phone called"),
        ("deny-connection-request", False, "does not take our credentials"),
        ("basic-connection-request", False, "wants Basic, and no rule allows it"),
    ],
)
async def test_however_phones_answer(server: Server, behaviour: str, called: bool, words: str) -> None:
    async with phone(server, behaviour) as it:
        told = await it.wake()
        assert told["called"] is called, told
        assert words in told["detail"]
        if not called:
            assert re.search(r"it will be served at its next contact, in about \d+ s\Z", told["detail"])
            assert 0 < told["next_contact_seconds"] <= 3600


async def test_quirk_151_a_phone_that_forgot_its_pair_takes_a_default_one(server: Server) -> None:
    async with phone(server) as it:
        model = it.fleet.phones[0].cpe.model
        model.store("ManagementServer.ConnectionRequestUsername", "dps")
        model.store("ManagementServer.ConnectionRequestPassword", "dps")
        told = await it.wake()
        assert told["called"], told
        assert told["detail"].count("asked with default credentials") == 2
        device = await asyncio.to_thread(lambda: server.get(f"/devices/{it.id}"))
        (note,) = [each for each in device["notes"] if each["code"] == "default_connection_request_credentials"]
        assert (note["quirk"], "'dps'" in note["detail"]) == (151, True)
        assert "dps:dps" not in server.log()


@pytest.mark.parametrize("port", ["cwmp_port", "api_port"])
async def test_quirk_182_the_server_never_asks_itself(server: Server, port: str) -> None:
    async with phone(server) as it:
        cpe = it.fleet.phones[0]
        url = f"http://127.0.0.1:{getattr(server, port)}/"
        cpe.cpe.model.put("ManagementServer.ConnectionRequestURL", url)
        cpe._woken.set()
        await it.until(lambda: server.get(f"/devices/{it.id}")["connection_request_url"] == url)
        await it.settle()
        told = await it.wake()
        assert told["detail"].startswith("not asked: 127.0.0.1: it is this server itself"), told


async def test_over_udp_with_a_proven_binding(server: Server) -> None:
    async with phone(server, "stun", connection_requests=False) as it:
        assert it.model("STUNEnable") == "1"
        assert it.model("STUNServerPort") == server.env["ACS_STUN_PORT"]
        assert it.model("STUNUsername") == f"stun-{it.id}"
        assert len(it.model("STUNPassword")) == 24
        await it.until(lambda: it.model("UDPConnectionRequestAddress"))
        assert it.model("NATDetected") == "0"
        await it.settle()
        told = await it.wake()
        assert told["called"], told
        assert (told["way"], told["http_status"]) == ("udp", None)
        where = it.model("UDPConnectionRequestAddress")
        assert re.fullmatch(rf"asked over UDP at {where}, phone called after \d+\.\d s", told["detail"])


async def test_quirk_153_over_udp_where_the_address_was_only_reported(server: Server) -> None:
    async with phone(server, "stun", connection_requests=False) as it:
        await it.until(lambda: it.model("UDPConnectionRequestAddress"))
        model = it.fleet.phones[0].cpe.model
        model.store("ManagementServer.STUNEnable", "0")  # and the address is still there
        await it.settle()
        told = await it.wake()
        assert (told["called"], told["way"]) == (True, "udp"), told


@pytest.mark.slow
async def test_udp_helps_where_http_is_refused(server: Server) -> None:
    async with phone(server, "stun", "silent-connection-request") as it:
        await it.until(lambda: it.model("UDPConnectionRequestAddress"))
        await it.settle()
        told = await it.wake()
        assert (told["called"], told["way"]) == (True, "udp"), told
        assert re.match(r"asked over HTTP at \S+, no answer in time, asked over UDP at ", told["detail"])


@needs_prosody
async def test_over_xmpp(zygote: Zygote, tmp_path: Path) -> None:
    from tests.unit.edges.xmpp.test_client import ACCOUNTS, PHONE
    from tests.unit.edges.xmpp.test_client import Phone as XmppPhone

    (tmp_path / "prosody").mkdir()
    with prosody(tmp_path / "prosody", ACCOUNTS) as port:
        server = Server(
            zygote,
            tmp_path,
            ACS_XMPP_JID=f"acs@{DOMAIN}",
            ACS_XMPP_PASSWORD=ACCOUNTS["acs"],
            ACS_XMPP_HOST="127.0.0.1",
            ACS_XMPP_PORT=str(port),
            ACS_XMPP_TLS="off",
        )
        server.start()
        try:
            async with phone(server, connection_requests=False) as it:
                cpe = it.fleet.phones[0]
                cpe.cpe.model.put("ManagementServer.ConnReqJabberID", PHONE)
                cpe._woken.set()
                await asyncio.sleep(0.2)
                await it.settle()
                who = cpe.wake_credentials
                xmpp = XmppPhone(port, pair=(who.username, who.password), woken=cpe.wake)
                async with xmpp.online():
                    told = await it.wake()
                assert (told["called"], told["way"]) == (True, "xmpp"), told
                assert told["detail"].startswith(f"asked over XMPP at {PHONE}, answered accepted, phone called after")
                assert xmpp.requests == [(f"acs@{DOMAIN}/acs", who.username, who.password)]
        finally:
            server.close()
        assert "Traceback" not in server.log()
