"""Encrypted configuration files end to end: a real server, simulated phones with keys, ``openssl`` as the judge."""

import asyncio
import hashlib
import http.client
import itertools
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from acs.simulator.fleet import Fleet, FleetOptions
from tests.system.server import PATIENCE, SHARED, Server

pytestmark = [
    pytest.mark.slow,
    pytest.mark.system,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program is not installed"),
]

OLD, NEW, COMMON = "a1" * 32, "b2" * 32, "c3" * 32
BACKUP = b"<<VOIP CONFIG FILE>>Version:2.7777\r\n\r\n<PHONE CONFIG MODULE>\r\nLCD Title          :Backup\r\n"
MACS = itertools.count(0x0C383E770000)


class Phone:
    """One simulated phone and its row on the server."""

    def __init__(self, server: Server, fleet: Fleet) -> None:
        self.server, self.fleet, self.id = server, fleet, ""
        self.cpe = fleet.phones[0].cpe

    async def ask(self, call: Callable[..., Any], *arguments: Any) -> Any:
        return await asyncio.to_thread(call, *arguments)

    async def settle(self) -> None:
        """First contact is over and nothing is left to do."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            found = await self.ask(self.server.items, f"/devices?mac={self.cpe.identity.mac}")
            self.id = found[0]["id"] if found else ""
            tasks = await self.ask(self.server.items, f"/tasks?device_id={self.id}") if found else []
            if tasks and all(task["finished_at"] for task in tasks) and self.fleet.settled:
                return
            assert asyncio.get_running_loop().time() < deadline, tasks
            await asyncio.sleep(0.02)

    async def set(self, document: dict[str, Any]) -> None:
        await self.ask(self.server.put, f"/settings/devices/{self.id}", document)

    async def do(self, **body: Any) -> dict[str, Any]:
        """Queue a task, wake the phone until it is over; give it."""
        task = await self.ask(self.server.post, f"/devices/{self.id}/tasks", body)
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            found: dict[str, Any] = await self.ask(self.server.state, task["id"])
            if found["finished_at"]:
                return found
            assert asyncio.get_running_loop().time() < deadline, found
            if self.fleet.phones[0].settled and found["not_before"] is None:
                self.fleet.phones[0].wake()
            elif self.fleet.phones[0].settled:
                await asyncio.sleep(0.2)
                self.fleet.phones[0].wake()
            await asyncio.sleep(0.02)

    async def configure(self) -> dict[str, Any]:
        return await self.do(type="download", kind="config")

    async def served(self) -> tuple[dict[str, str], bytes]:
        """The very bytes of ``as_served``, with their headers."""
        answer: tuple[dict[str, str], bytes] = await self.ask(served, self.server, self.id)
        return answer

    async def events(self) -> list[str]:
        found = await self.ask(self.server.items, f"/devices/{self.id}/events")
        return [event["kind"] for event in found]

    @property
    def title(self) -> str:
        return self.cpe.storage.setting("PHONE CONFIG MODULE", "LCD Title")


def served(server: Server, device_id: str, query: str = "as_served=true") -> tuple[dict[str, str], bytes]:
    token = (server.folder / "data" / "admin-token").read_text().strip()
    connection = http.client.HTTPConnection("127.0.0.1", server.api_port, timeout=PATIENCE)
    try:
        connection.request(
            "GET", f"/api/v1/devices/{device_id}/config?{query}", headers={"Authorization": f"Bearer {token}"}
        )
        answer = connection.getresponse()
        data = answer.read()
        assert answer.status == 200, data
        return {name.lower(): value for name, value in answer.getheaders()}, data
    finally:
        connection.close()


def openssl(sealed: bytes, key: str) -> bytes:
    """What the default container holds, as its documentation says to open it."""
    command = ["openssl", "enc", "-d", "-aes-256-cbc", "-K", key, "-iv", sealed[:16].hex()]
    return subprocess.run(command, input=sealed[16:], capture_output=True, check=True, timeout=20).stdout


def titled(title: str, **encryption: Any) -> dict[str, Any]:
    raw = {"PHONE CONFIG MODULE": {"LCD Title": title}}
    return {"raw": raw, **({"encryption": encryption} if encryption else {})}


@asynccontextmanager
async def phone(server: Server, *behaviours: str, **more: Any) -> AsyncIterator[Phone]:
    options: dict[str, Any] = {
        "first_mac": f"{next(MACS):012x}",
        "username": SHARED[0],
        "password": SHARED[1],
        "behaviours": behaviours,
        "boot_seconds": 0.05,
        "speed": 50.0,
        "periodic_interval": 100_000,
        **more,
    }
    fleet = Fleet(FleetOptions(f"http://127.0.0.1:{server.cwmp_port}/", **options))
    await fleet.start()
    try:
        made = Phone(server, fleet)
        await made.settle()
        yield made
    finally:
        await fleet.stop()


async def test_a_phone_with_a_key_gets_nothing_but_encrypted_files(server: Server) -> None:
    async with phone(server, file_key=OLD) as it:
        await it.set(titled("sealed", enabled=True, device_key=OLD))
        told, sealed = await it.served()
        assert told["content-type"] == "application/octet-stream"
        assert told["acs-config-container"] == "aes-256-cbc-iv-prefix"
        plain = openssl(sealed, OLD)
        assert b"LCD Title          :sealed\r\n" in plain
        assert OLD.encode() not in plain, "who enters keys by hand finds none in a file"
        task = await it.configure()
        assert task["state"] == "succeeded", task
        assert it.title == "sealed"
        assert it.cpe.storage.config_digest == hashlib.md5(sealed, usedforsecurity=False).hexdigest()
        assert task["evidence"]["file"]["size"] == len(sealed)
        device = await it.ask(server.get, f"/devices/{it.id}")
        assert device["config"]["state"] == "in_sync"
        assert device["config"]["reported_version"] == told["acs-config-version"]
        assert device["file_key_known"] is True
        # The same once more: the same bytes.
        assert (await it.served())[1] == sealed
        assert (await it.configure())["state"] == "succeeded"
        # The small file that names a phone book, and a backup that was uploaded.
        book = await it.ask(
            server.upload,
            "phonebook",
            "b.xml",
            b"<FanvilIPPhoneDirectory><DirectoryEntry><Name>A</Name>"
            b"<Telephone>1</Telephone></DirectoryEntry></FanvilIPPhoneDirectory>",
        )
        task = await it.do(type="download", file_id=book["id"])
        assert task["state"] == "succeeded", task
        assert it.cpe.storage.phonebook_entries == 1
        backup = await it.ask(server.upload, "config", "backup.cfg", BACKUP)
        task = await it.do(type="download", file_id=backup["id"])
        assert task["state"] == "succeeded", task
        assert it.title == "Backup"
        # To look at, it is plain.
        shown = await it.ask(served, server, it.id, "reveal=true")
        assert shown[0]["acs-config-container"] == "plain"
        assert b"sealed" in shown[1]


async def test_a_key_is_delivered_changed_taken_away_and_lost(server: Server) -> None:
    async with phone(server) as it:
        await it.set(titled("first", enabled=True, deliver=True, device_key=OLD, common_key=COMMON))
        told, plain = await it.served()
        assert told["acs-config-container"] == "plain"
        assert f"Config File Key    :{OLD}\r\n".encode() in plain
        assert f"Common Cfg File Key:{COMMON}\r\n".encode() in plain
        assert (await it.configure())["state"] == "succeeded"
        assert it.cpe.storage.file_key == OLD
        assert {"file_key_in_plain", "file_key_proven"} <= set(await it.events())
        again, sealed = await it.served()
        assert openssl(sealed, OLD) == plain, "the same file and version, encrypted now"
        assert again["acs-config-version"] == told["acs-config-version"]
        # Another key travels under the old one.
        await it.set(titled("second", enabled=True, deliver=True, device_key=NEW))
        _, sealed = await it.served()
        assert f"Config File Key    :{NEW}\r\n".encode() in openssl(sealed, OLD)
        assert (await it.configure())["state"] == "succeeded"
        assert (it.cpe.storage.file_key, it.title) == (NEW, "second")
        openssl((await it.served())[1], NEW)
        # Off: one last encrypted file takes the key away.
        await it.set(titled("third"))
        assert b"Config File Key    :\r\n" in openssl((await it.served())[1], NEW)
        assert (await it.configure())["state"] == "succeeded"
        assert (it.cpe.storage.file_key, it.title) == ("", "third")
        told, plain = await it.served()
        assert told["acs-config-container"] == "plain"
        assert b"Key" not in plain
        assert (await it.configure())["state"] == "succeeded"
        # On again, then a factory reset: what the phone held is forgotten on both sides.
        await it.set(titled("fourth", enabled=True, deliver=True, device_key=OLD))
        assert (await it.configure())["state"] == "succeeded"
        assert (await it.do(type="factory_reset"))["state"] == "succeeded"
        await it.settle()
        assert it.cpe.storage.file_key == ""
        assert "file_key_forgotten" in await it.events()
        assert (await it.served())[0]["acs-config-container"] == "plain"
        assert (await it.configure())["state"] == "succeeded"
        assert (it.cpe.storage.file_key, it.title) == (OLD, "fourth")


async def test_a_wrong_key_is_told_in_words(server: Server) -> None:
    async with phone(server, file_key=NEW) as it:
        await it.set(titled("x", enabled=True, device_key=OLD))
        task = await it.configure()
        assert task["state"] == "failed"
        assert task["fault"]["code"] == "9018"
        assert "key" in task["fault"]["message"]
        assert "encryption.device_key" in task["fault"]["message"]
        assert it.title == ""
        # It holds a key, and the settings know nothing of it: the plain file is no use either.
        await it.set(titled("x"))
        task = await it.configure()
        assert (task["state"], task["fault"]["code"]) == ("failed", "9018")
        assert "The file was not encrypted" in task["fault"]["message"]
        # The operator learns the key.
        await it.set(titled("right", enabled=True, device_key=NEW.upper()))
        assert (await it.configure())["state"] == "succeeded"
        assert it.title == "right"


async def test_a_key_that_the_phone_had_already_is_found_out(server: Server) -> None:
    async with phone(server, file_key=OLD) as it:
        await it.set(titled("found", enabled=True, deliver=True, device_key=OLD))
        task = await it.configure()
        assert task["state"] == "succeeded", task
        assert task["attempts"] == 2
        assert it.title == "found"


async def test_a_phone_without_a_key_never_gets_an_encrypted_file(server: Server) -> None:
    async with phone(server) as it:
        wrapped = await it.ask(server.upload, "config", "sealed.cfg", bytes(range(64)))
        task = await it.do(type="download", file_id=wrapped["id"])
        assert task["state"] == "failed"
        assert (task["fault"]["code"], task["fault"]["parameters"][0]["name"]) == ("cannot_render", "file_id")
        assert "Upload it unencrypted" in task["fault"]["message"]
        assert it.cpe.last_error == ""


async def test_another_container(server: Server) -> None:
    async with phone(server, "container:aes-256-ecb-zero-padding", file_key=OLD) as it:
        await it.set(titled("ecb", enabled=True, device_key=OLD, container="aes-256-ecb-zero-padding"))
        assert (await it.configure())["state"] == "succeeded"
        assert it.title == "ecb"


async def test_what_is_off_is_refused_and_keys_are_seen_nowhere(server: Server) -> None:
    async with phone(server) as it:
        path = f"/settings/devices/{it.id}"
        for document, name in (
            ({"enabled": True}, "encryption.device_key"),
            ({"enabled": True, "device_key": "ab"}, "encryption.device_key"),
            ({"container": "rot13"}, "encryption.container"),
        ):
            status, answer = await it.ask(server.call, "PUT", path, {"encryption": document})
            assert (status, answer["field"]) == (422, name), answer
        await it.set(titled("quiet", enabled=True, device_key=OLD, common_key=COMMON))
        shown = [await it.ask(server.get, where) for where in (path, f"/devices/{it.id}/config/explain")]
        shown.append((await it.ask(served, server, it.id, "reveal=false"))[1].decode())
    everything = str(shown) + server.log()
    for key in (OLD, NEW, COMMON):
        assert key not in everything
    stored = b"".join(file.read_bytes() for file in server.folder.rglob("*") if file.is_file())
    assert re.search(rb"quiet", stored)
    for key in (OLD, NEW, COMMON):
        assert key.encode() not in stored
