"""Phone books as data, from REST to simulated phones: every kind of file arrives as the same contacts."""

import asyncio
from typing import Any

import pytest

from acs.formats import phonebook
from acs.simulator.fleet import Fleet, FleetOptions
from acs.simulator.runner import Runner
from tests.system.server import SHARED, Server

pytestmark = pytest.mark.system

CSV = (
    "Display Name;Office;Mobile;Home;Group\r\n"
    '"Müller; Jörg & <Co>";+46 8 555;0171 1;;Sales|VIP\r\n'
    "Anna;1001;;*98;\r\nAnna;1002;;;\r\n"
).encode("latin-1")
WANTED = (
    phonebook.contact("Müller; Jörg & <Co>", [("work", "+46 8 555"), ("mobile", "0171 1")], "", ["Sales", "VIP"]),
    phonebook.contact("Anna", [("work", "1001"), ("work", "1002"), ("other", "*98")]),
)


class Life:
    """A simulated phone that lives until the test has seen enough."""

    def __init__(self, server: Server, mac: str) -> None:
        self.server = server
        self.mac = mac
        self.fleet = Fleet(
            FleetOptions(
                f"http://127.0.0.1:{server.cwmp_port}/",
                first_mac=mac,
                username=SHARED[0],
                password=SHARED[1],
                connection_requests=False,
                boot_seconds=0.1,
                speed=100.0,
            )
        )
        self.runner: Runner = self.fleet._runners[0]

    async def ask(self, method: str, path: str, body: Any = None, content: bytes | None = None) -> Any:
        status, answer = await asyncio.to_thread(
            self.server.call, method, path, body, content=content, media="text/csv" if content else "application/json"
        )
        assert status in (200, 201, 204), (path, answer)
        return answer

    async def task(self, **arguments: Any) -> dict[str, Any]:
        """Give the phone a task and let it call until it is done."""
        device = (await self.ask("GET", f"/devices?mac={self.mac}"))["items"][0]
        made = await self.ask("POST", f"/devices/{device['id']}/tasks", {"type": "download", **arguments})
        for _ in range(200):
            self.runner.wake()
            await asyncio.sleep(0.1)
            task: dict[str, Any] = await self.ask("GET", f"/tasks/{made['id']}")
            if task["state"] in ("succeeded", "failed", "expired"):
                break
        assert task["state"] == "succeeded", task
        return task


@pytest.mark.parametrize("kind", phonebook.FORMATS)
async def test_a_book_reaches_the_phone_and_so_does_its_change(server: Server, kind: str) -> None:
    life = Life(server, f"0c383e7700{phonebook.FORMATS.index(kind):02x}")  # type: ignore[arg-type]
    running = asyncio.create_task(life.fleet.run())
    try:
        async with asyncio.timeout(60):
            while not (await life.ask("GET", f"/devices?mac={life.mac}"))["items"]:
                await asyncio.sleep(0.1)
            device = (await life.ask("GET", f"/devices?mac={life.mac}"))["items"][0]["id"]
            book = (await life.ask("POST", "/phonebooks", {"name": f"As {kind}"}))["id"]
            report = await life.ask("POST", f"/phonebooks/{book}/import", content=CSV)
            assert (report["added"], report["joined"], report["skipped"]) == (2, 1, 0)
            await life.ask("PUT", f"/settings/devices/{device}", {"phonebook": {"phonebook_id": book, "format": kind}})
            await life.task(kind="config")
            storage = life.runner.cpe.storage
            await until(lambda: storage.phonebook_entries > 0)
            assert storage.contacts == WANTED
            version = storage.config_version
            assert (await life.ask("GET", f"/devices/{device}"))["config"]["state"] == "in_sync"

            eve = {"name": "Eve", "numbers": [{"kind": "mobile", "number": "7"}]}
            await life.ask("POST", f"/phonebooks/{book}/contacts", eve)
            assert (await life.ask("GET", f"/devices/{device}"))["config"]["state"] == "pending"
            await life.task(kind="config")
            await until(lambda: len(storage.contacts) == 3)
            assert storage.contacts == (*WANTED, phonebook.contact("Eve", [("mobile", "7")]))
            assert storage.config_version > version

            contacts = (await life.ask("GET", f"/phonebooks/{book}/contacts"))["items"]
            await life.ask("DELETE", f"/phonebooks/{book}/contacts/{contacts[2]['id']}")
            task = await life.task(kind="phonebook")
            assert task["evidence"]["item"]["fetched"] is True
            assert task["evidence"]["item"]["name"] == f"phonebook.{kind}"
            assert storage.contacts == WANTED
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(holds: Any) -> None:
    while not holds():
        await asyncio.sleep(0.05)
