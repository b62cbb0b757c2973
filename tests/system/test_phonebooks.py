"""Phone books as data, from REST to simulated phones: every kind of file arrives as the same contacts."""

import asyncio
from typing import Any

import pytest

from acs.formats import phonebook
from acs.simulator.fleet import Fleet, FleetOptions
from acs.simulator.runner import Runner
from acs.simulator.status import PhoneState
from tests.system.server import SHARED, Server

pytestmark = [pytest.mark.system, pytest.mark.slow]

CSV = (
    "Display Name;Office;Mobile;Home;Group\r\n"
    '"Müller; Jörg & <Co>";+46 8 555;0171 1;;Sales|VIP\r\n'
    "Anna;1001;;*98;\r\nAnna;1002;;;\r\n"
).encode("latin-1")
WANTED: tuple[phonebook.Contact, ...] = (
    phonebook.contact("Müller; Jörg & <Co>", [("work", "+46 8 555"), ("mobile", "0171 1")], "", ["Sales", "VIP"]),
    phonebook.contact("Anna", [("work", "1001"), ("work", "1002"), ("other", "*98")]),
)


class Life:
    """A simulated phone and an operator."""

    def __init__(self, server: Server, phone: Runner) -> None:
        self.server = server
        self.phone = phone
        self.mac = phone.cpe.identity.mac

    async def ask(self, method: str, path: str, body: Any = None, content: bytes | None = None) -> Any:
        status, answer = await asyncio.to_thread(self.server.call, method, path, body, content=content)
        assert status in (200, 201, 204), (path, answer)
        return answer

    async def call(self) -> None:
        """Have the phone call once and do what follows."""
        status = self.phone.status()
        before = status.sessions + status.failed_sessions
        self.phone.wake()
        await self.at_rest(before + 1)
        await asyncio.sleep(0.06)

    async def at_rest(self, sessions: int) -> None:
        async with asyncio.timeout(30):
            status = self.phone.status()
            while status.sessions + status.failed_sessions < sessions or status.state is not PhoneState.WAITING:
                await asyncio.sleep(0.01)
                status = self.phone.status()

    async def device(self) -> dict[str, Any]:
        """The phone as the server sees it."""
        (found,) = (await self.ask("GET", f"/devices?mac={self.mac}"))["items"]
        return dict(found)

    async def task(self, **arguments: Any) -> dict[str, Any]:
        """Give the phone a task and let it call until it is done."""
        device = await self.device()
        made = await self.ask("POST", f"/devices/{device['id']}/tasks", {"type": "download", **arguments})
        task: dict[str, Any] = made
        for _ in range(16):
            await self.call()
            task = await self.ask("GET", f"/tasks/{made['id']}")
            if task["state"] in ("succeeded", "failed", "expired"):
                break
        assert task["state"] == "succeeded", task
        return task


async def whole_story(life: Life, kind: str) -> None:
    await life.at_rest(1)
    device = (await life.device())["id"]
    book = (await life.ask("POST", "/phonebooks", {"name": f"As {kind}"}))["id"]
    report = await life.ask("POST", f"/phonebooks/{book}/import", content=CSV)
    assert (report["added"], report["joined"], report["skipped"]) == (2, 1, 0)
    named = {"phonebook": {"phonebook_id": book, "format": kind}}
    await life.ask("PUT", f"/settings/devices/{device}", named)
    await life.task(kind="config")
    storage = life.phone.cpe.storage
    assert storage.contacts == WANTED
    assert storage.phonebook_entries == {"xml": 2, "vcf": 2, "csv": 3}[kind]
    version = storage.config_version
    assert (await life.device())["config"]["state"] == "in_sync"

    eve = {"name": "Eve", "numbers": [{"kind": "mobile", "number": "7"}]}
    await life.ask("POST", f"/phonebooks/{book}/contacts", eve)
    assert (await life.device())["config"]["state"] == "pending"
    await life.task(kind="config")
    assert storage.contacts == (*WANTED, phonebook.contact("Eve", [("mobile", "7")]))
    assert storage.config_version > version

    contacts = (await life.ask("GET", f"/phonebooks/{book}/contacts"))["items"]
    await life.ask("DELETE", f"/phonebooks/{book}/contacts/{contacts[2]['id']}")
    task = await life.task(kind="phonebook")
    assert task["evidence"]["item"]["fetched"] is True
    assert task["evidence"]["item"]["name"] == f"phonebook.{kind}"
    assert storage.contacts == WANTED
    assert life.phone.status().last_error == ""


@pytest.mark.parametrize("kind", phonebook.FORMATS)
async def test_a_book_reaches_the_phone_and_so_does_its_change(server: Server, kind: phonebook.Kind) -> None:
    fleet = Fleet(
        FleetOptions(
            f"http://127.0.0.1:{server.cwmp_port}/",
            first_mac=f"0c383e7700{phonebook.FORMATS.index(kind):02x}",
            username=SHARED[0],
            password=SHARED[1],
            connection_requests=False,
            boot_seconds=1.0,
            speed=100.0,
        )
    )
    await fleet.start()
    try:
        await whole_story(Life(server, fleet.phones[0]), kind)
    finally:
        await fleet.stop()
