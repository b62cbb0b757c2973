"""Files beside the configuration reach phones by their ``Auto … Url`` keys, once, and again only when they change.

The phones are simulated, the server is a real process; certificates are made by openssl, bitmaps are read by Pillow.
"""

import asyncio
import contextlib
import io
import itertools
import shutil
import struct
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from acs import formats
from acs.simulator.provisioning import Kind, digest
from acs.simulator.runner import Runner
from tests.system.desk import running
from tests.system.server import PATIENCE, Server

pytestmark = [pytest.mark.system, pytest.mark.slow]

AUTOUPDATE = "AUTOUPDATE CONFIG MODULE"
_numbers = itertools.count(0x9000)

BOOK = (
    b"<FanvilIPPhoneDirectory><DirectoryEntry><Name>A</Name><Telephone>1</Telephone></DirectoryEntry>"
    b"</FanvilIPPhoneDirectory>"
)
DIAL_PEERS = b'"Number","Destination","Port"\r\n"1T","10.0.0.1","5060"\r\n'


class Desk:
    """A phone that lives beside the test, and the operator's view of it."""

    def __init__(self, server: Server, runner: Runner) -> None:
        self.server, self.runner = server, runner
        self.serial = runner.cpe.identity.serial_number

    @property
    def storage(self) -> Any:
        return self.runner.cpe.storage

    async def call(self, use: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return await asyncio.to_thread(use, *arguments, **named)

    async def until(self, look: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE
        while not (found := await asyncio.to_thread(look)):
            assert time.monotonic() < deadline, self.runner.status()
            await asyncio.sleep(0.05)
        return found

    async def device(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.call(self.server.device, self.serial)
        return found

    async def settings(self, document: dict[str, Any]) -> None:
        device = await self.device()
        status, answer = await self.call(self.server.call, "PATCH", f"/settings/devices/{device['id']}", document)
        assert status in (200, 201), answer

    async def config(self, query: str = "reveal=true") -> Any:
        device = await self.device()
        status, answer = await self.call(self.server.call, "GET", f"/devices/{device['id']}/config?{query}")
        assert status == 200, answer
        return formats.read(answer)

    async def done(self, **arguments: Any) -> int:
        """Have a Download done, and whatever it draws after it; give how many files the phone fetched for it."""
        before = self.runner.status().files_fetched
        task_id = await self.call(self.server.task, self.serial, "download", **arguments)
        self.runner.wake()
        await self.until(lambda: self.server.state(task_id)["state"] not in ("queued", "running", "transferring"))
        await self.idle()
        task = self.server.state(task_id)
        assert task["state"] == "succeeded", task
        return self.runner.status().files_fetched - before

    async def idle(self) -> None:
        device = await self.device()

        def over() -> bool:
            states = [task["state"] for task in self.server.items(f"/tasks?device_id={device['id']}")]
            if waiting := {"queued", "running", "transferring", "verifying"} & set(states):
                if "queued" in waiting:
                    self.runner.wake()
                return False
            return self.runner.settled

        await self.until(over)


@contextlib.asynccontextmanager
async def living(server: Server, name: str = "X4", *behaviours: str) -> AsyncIterator[Desk]:
    async with running(server, next(_numbers), name, *behaviours) as runner:
        desk = Desk(server, runner)
        await desk.until(lambda: runner.settled)
        await desk.idle()
        yield desk
        assert not runner.status().last_error, runner.status()


def certificate(folder: Path, name: str) -> bytes:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificates, and is not here")
    made = folder / f"{name}.pem"
    words = f"req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN={name}/O=Carrier -out {made} -keyout {made}.key"
    subprocess.run(["openssl", *words.split()], check=True, capture_output=True)
    return made.read_bytes()


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (64, 48)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, "PNG")
    return made.getvalue()


def upload(server: Server, kind: str, name: str, content: bytes, **fields: str) -> str:
    return str(server.upload(kind, name, content, **fields)["id"])


async def test_a_background_made_of_a_png_reaches_the_phone_once(server: Server) -> None:
    first = await asyncio.to_thread(
        server.upload, "background", "red.png", picture((200, 10, 20)), width="320", height="240"
    )
    assert first["facts"]["made_from"]["format"] == "PNG"
    status, bitmap = await asyncio.to_thread(server.call, "GET", f"/files/{first['id']}/content")
    assert status == 200
    assert bitmap[:2] == b"BM"
    assert struct.unpack_from("<iiHHI", bitmap, 18) == (320, 240, 1, 24, 0)
    with Image.open(io.BytesIO(bitmap)) as read_back:
        assert (read_back.format, read_back.size, read_back.mode) == ("BMP", (320, 240), "RGB")
        assert read_back.getpixel((160, 120)) == (200, 10, 20)
    async with living(server) as desk:
        await desk.settings({"background": {"file_id": first["id"]}})
        assert await desk.done(kind="config") == 2
        assert desk.storage.digests[Kind.BACKGROUND] == digest(bitmap)
        whole = await desk.config()
        assert whole.get(AUTOUPDATE, "Auto Logo Url").endswith("/background.bmp")
        version = whole.version
        # Nothing changed: the file is handed over again, without the key.
        assert (await desk.config("as_served=true")).get(AUTOUPDATE, "Auto Logo Url") is None
        assert await desk.done(kind="config") == 1
        assert (await desk.config()).version == version
        # Something else changed: its line and the version move, the picture stays.
        await desk.settings({"sip": {"lines": {"1": {"display_name": "Anna"}}}})
        assert await desk.done(kind="config") == 1
        moved = await desk.config()
        assert float(moved.version) > float(version)
        assert moved.get(AUTOUPDATE, "Auto Logo Url") == whole.get(AUTOUPDATE, "Auto Logo Url")
        # The same bytes under another identifier: nothing to do.
        again = await asyncio.to_thread(
            upload, server, "background", "same.png", picture((200, 10, 20)), width="320", height="240"
        )
        await desk.settings({"background": {"file_id": again}})
        assert await desk.done(kind="config") == 1
        assert (await desk.config()).version == moved.version
        # There, and back again: each change is fetched.
        other = await asyncio.to_thread(
            upload, server, "background", "blue.png", picture((1, 2, 250)), width="320", height="240"
        )
        await desk.settings({"background": {"file_id": other}})
        assert await desk.done(kind="config") == 2
        assert desk.storage.digests[Kind.BACKGROUND] != digest(bitmap)
        await desk.settings({"background": {"file_id": first["id"]}})
        assert await desk.done(kind="config") == 2
        assert desk.storage.digests[Kind.BACKGROUND] == digest(bitmap)


@pytest.mark.parametrize("name", ["X6", "V65"], ids=["text2", "sysconf"])
async def test_other_dialects_carry_the_keys_too(server: Server, name: str) -> None:
    first = await asyncio.to_thread(upload, server, "background", "a.png", picture((1, 1, 1)))
    second = await asyncio.to_thread(upload, server, "background", "a.png", picture((2, 2, 2)))
    book = await asyncio.to_thread(upload, server, "phonebook", "book.xml", BOOK)
    async with living(server, name) as desk:
        await desk.settings({"background": {"file_id": first}, "phonebook": {"file_id": book}})
        assert await desk.done(kind="config") == 3
        assert await desk.done(kind="config") == 1
        await desk.settings({"background": {"file_id": second}})
        assert await desk.done(kind="config") == 2


async def test_each_kind_by_its_key_and_only_what_is_new(server: Server) -> None:
    book = await asyncio.to_thread(upload, server, "phonebook", "book.xml", BOOK)
    package = await asyncio.to_thread(
        upload, server, "mmiset", "mmiset6_SpanishT20131206171925.z", b"\x1f\x9d" + bytes(50)
    )
    peers = await asyncio.to_thread(upload, server, "dialpeer", "export (3).csv", DIAL_PEERS, models="i30")
    table = await asyncio.to_thread(upload, server, "access_list", "doors.csv", b"ID,Name\n1,Anna\n", models="i30")
    async with living(server, "i30") as desk:
        await desk.settings(
            {
                "phonebook": {"file_id": book},
                "mmiset": {"file_id": package},
                "dialpeer": {"file_id": peers},
                "access_list": {"file_id": table},
            }
        )
        whole = await desk.config()
        ends = {
            "Auto Pbook Url": "/book.xml",
            "Auto Mmiset Url": "/mmiset6_SpanishT20131206171925.z",
            "Auto DPeer Url": "/dialPeer.csv",
            "Auto AList Url": "/accessList.csv",
        }
        for key, end in ends.items():
            assert whole.get(AUTOUPDATE, key).endswith(end), key
        assert await desk.done(kind="config") == 5
        assert set(desk.storage.digests) == {Kind.PHONEBOOK, Kind.MMISET, Kind.DIALPEER, Kind.ACCESS_LIST}
        assert desk.storage.digests[Kind.DIALPEER] == digest(DIAL_PEERS)
        assert await desk.done(kind="config") == 1
        changed = DIAL_PEERS + b'"2T","10.0.0.2","5060"\r\n'
        await desk.settings(
            {"dialpeer": {"file_id": await asyncio.to_thread(upload, server, "dialpeer", "new.csv", changed)}}
        )
        served = await desk.config("as_served=true")
        assert [key for key in ends if served.get(AUTOUPDATE, key)] == ["Auto DPeer Url"]
        assert await desk.done(kind="config") == 2
        assert desk.storage.digests[Kind.DIALPEER] == digest(changed)
        # An operator's own push goes in any case.
        assert await desk.done(file_id=book) == 2
        assert await desk.done(file_id=book) == 2
        assert await desk.done(kind="config") == 1


@pytest.mark.parametrize("behaviours", [(), ("version-compare",)], ids=["by content", "by version"])
async def test_every_certificate_of_the_list_reaches_the_phone(
    server: Server, tmp_path: Path, behaviours: tuple[str, ...]
) -> None:
    names = ("root.pem", "issuing.pem", "server.pem")
    pems = {name: certificate(tmp_path, name) for name in names}
    files = [await asyncio.to_thread(upload, server, "certificate", name, pem) for name, pem in pems.items()]
    async with living(server, "X4", *behaviours) as desk:
        await desk.settings({"certificates": [{"file_id": each} for each in files]})
        version = (await desk.config()).version
        # Its configuration with the first, and two small files with one more each.
        assert await desk.done(kind="config") == 6
        assert desk.storage.certificates == {name: digest(pem) for name, pem in pems.items()}
        assert (await desk.config()).version == version
        assert await desk.done(kind="config") == 1
        assert (await desk.config()).version == version
        # One of them is renewed under its old name.
        renewed = certificate(tmp_path, "issuing.pem")
        new = await asyncio.to_thread(upload, server, "certificate", "issuing.pem", renewed)
        await desk.settings({"certificates": [{"file_id": files[0]}, {"file_id": new}, {"file_id": files[2]}]})
        assert await desk.done(kind="config") == 2
        assert desk.storage.certificates["issuing.pem"] == digest(renewed)


async def test_after_a_factory_reset_everything_is_fetched_again(server: Server) -> None:
    book = await asyncio.to_thread(upload, server, "phonebook", "book.xml", BOOK)
    async with living(server) as desk:
        await desk.settings({"phonebook": {"file_id": book}})
        assert await desk.done(kind="config") == 2
        assert await desk.done(kind="config") == 1
        await desk.call(server.task, desk.serial, "factory_reset")
        desk.runner.wake()
        await desk.idle()
        await desk.until(lambda: not desk.storage.digests)
        await desk.idle()
        assert await desk.done(kind="config") == 2
        assert desk.storage.digests[Kind.PHONEBOOK] == digest(BOOK)


async def test_firmware_that_runs_is_not_pushed(server: Server) -> None:
    async with living(server) as desk:
        running = desk.runner.cpe.software_version
        same = await asyncio.to_thread(
            upload, server, "firmware", "x4-a.z", b"Version=" + running.encode(), version=running
        )
        await desk.settings({"firmware": {"file_id": same}})
        assert await desk.done(kind="config") == 1
        image = b"Version=9.9.9\n" + bytes(100)
        newer = await asyncio.to_thread(upload, server, "firmware", "x4-b.z", image, version="9.9.9")
        await desk.settings({"firmware": {"file_id": newer}})
        assert await desk.done(kind="config") == 2
        await desk.until(lambda: desk.runner.cpe.software_version == "9.9.9" and desk.runner.settled)
        assert await desk.done(kind="config") == 1


async def test_what_a_model_has_no_use_for_is_refused(server: Server) -> None:
    peers = await asyncio.to_thread(upload, server, "dialpeer", "dialPeer.csv", DIAL_PEERS)
    table = await asyncio.to_thread(upload, server, "access_list", "a.csv", b"ID,Name\n1,Anna\n")
    for scope, document, word in (
        ("models/X4", {"dialpeer": {"file_id": peers}}, "X4"),
        ("models/i16S", {"access_list": {"file_id": table}}, "i16S"),
    ):
        status, answer = await asyncio.to_thread(server.call, "PUT", f"/settings/{scope}", document)
        assert status == 422, answer
        assert word in answer["detail"]
        assert answer["field"] == f"{next(iter(document))}.file_id"
    async with living(server) as desk:
        device = await desk.device()
        status, answer = await asyncio.to_thread(
            server.call, "POST", f"/devices/{device['id']}/tasks", {"type": "download", "file_id": peers}
        )
        assert (status, answer["field"]) == (422, "file_id")
        assert "X4" in answer["detail"]
