"""Carrier phones enrol themselves at a real server: by LOID, from their first call to Result 1."""

import asyncio
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from acs import formats
from acs.formats import CODECS, Dialect
from acs.simulator.fleet import Fleet, FleetOptions
from acs.simulator.runner import Runner
from tests.system.server import PATIENCE, ROOT, SHARED, Server

pytestmark = [pytest.mark.system, pytest.mark.slow]

XML1 = Dialect.XML1 if Dialect.XML1 in CODECS else Dialect.TEXT1
"""Of generation 1; text where XML of that generation is not written."""


@asynccontextmanager
async def phones(server: Server, **facts: Any) -> AsyncIterator[Fleet]:
    fleet = Fleet(
        FleetOptions(
            f"http://127.0.0.1:{server.cwmp_port}/",
            username=SHARED[0],
            password=SHARED[1],
            profile="ctc",
            boot_seconds=0.05,
            **facts,
        )
    )
    await fleet.start()
    try:
        yield fleet
    finally:
        await fleet.stop()


async def until(phone: Runner, enrolment: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while phone.cpe.enrolment != enrolment or not phone.settled:
        assert time.monotonic() < deadline, (phone.cpe.enrolment, phone.status())
        await asyncio.sleep(0.02)


async def ask(use: Callable[..., Any], *arguments: Any) -> Any:
    return await asyncio.to_thread(use, *arguments)


def order(server: Server, loid: str, password: str = "hush", **more: Any) -> None:
    server.post("/logical-ids", {"logical_id": loid, "password": password, "service_name": "VOIP", **more})


def loid(server: Server, name: str) -> dict[str, Any]:
    found = server.get(f"/logical-ids/{name}")
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("model", "dialect", "mac"), [("X7", Dialect.SYSCONF, "0c383eb00001"), ("X4", XML1, "0c383eb00002")]
)
async def test_from_the_box_to_result_1(server: Server, model: str, dialect: Dialect, mac: str) -> None:
    name, group = f"LG-{model}", f"shops-{model}"
    await ask(lambda: order(server, name, group=group, name="Shop 7", tags=["ctc"]))
    line = {"user": "2001", "auth_user": "a2001", "password": "sip-secret", "server": "ims.example.net"}
    await ask(server.put, f"/settings/groups/{group}", {"sip": {"lines": {"1": line}}})
    async with phones(server, model=model, first_mac=mac, logical_id=name, logical_id_password="hush") as fleet:
        (phone,) = fleet.phones
        await until(phone, "bound")
        tree = phone.cpe.model
        assert tree.get("X_CT-COM_UserInfo.Result") == "1"
        assert tree.get("X_CT-COM_UserInfo.ServiceName") == "VOIP"
        assert tree.get("X_CT-COM_UserInfo.ServiceNum") == "1"
        assert tree.get("X_CT-COM_UserInfo.Times") == "0"
        account = tree.get("DeviceInfo.X_CT-COM_TeleComAccount.Password")
        assert account.startswith("telecomadmin")
        assert len(account) == 20
        assert tree.get("ManagementServer.Username") != SHARED[0]
        assert tree.get("Services.VoiceService.1.VoiceProfile.1.Line.1.DirectoryNumber") == "2001"
        device = await ask(server.device, phone.cpe.identity.serial_number)
    assert (device["profile"], device["profile_source"], device["logical_id"]) == ("ctc", "event", name)
    assert (device["name"], device["group"], device["tags"]) == ("Shop 7", group, ["ctc"])
    assert device["config"]["state"] == "in_sync"
    shown = await ask(server.get, f"/logical-ids/{name}?reveal=true")
    assert (shown["device_id"], shown["result"], shown["account"]["password"]) == (device["id"], "done", account)
    served = await ask(config_of, server, device["id"])
    assert formats.detect(served) is dialect
    texts = str(await ask(server.items, f"/tasks?device_id={device['id']}")) + str(
        await ask(server.items, f"/devices/{device['id']}/parameters")
    )
    assert "hush" not in texts
    assert account not in texts
    assert "hush" not in server.log()


def config_of(server: Server, device_id: str) -> bytes:
    token = (server.folder / "data" / "admin-token").read_text().strip()
    connection = http.client.HTTPConnection("127.0.0.1", server.api_port, timeout=PATIENCE)
    try:
        connection.request("GET", f"/api/v1/devices/{device_id}/config", headers={"Authorization": f"Bearer {token}"})
        return connection.getresponse().read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("name", "password", "enrolment", "status", "mac"),
    [
        ("LG-WRONG", "other", "refused 3", "3", "0c383eb00010"),
        ("LG-NOBODY", "hush", "refused 2", "2", "0c383eb00011"),
    ],
)
async def test_a_phone_that_is_refused(
    server: Server, name: str, password: str, enrolment: str, status: str, mac: str
) -> None:
    if name == "LG-WRONG":
        await ask(order, server, name)
    async with phones(server, first_mac=mac, logical_id=name, logical_id_password=password) as fleet:
        (phone,) = fleet.phones
        await until(phone, enrolment)
        assert phone.cpe.model.get("X_CT-COM_UserInfo.Status") == status
        assert phone.cpe.model.get("X_CT-COM_UserInfo.Result") == "99"
        assert phone.cpe.model.get("X_CT-COM_UserInfo.Times") == "1"
        assert phone.status().config_digest == "", "nothing is delivered"


async def test_two_phones_with_one_loid(server: Server) -> None:
    await ask(order, server, "LG-ONE")
    facts = {"logical_id": "LG-ONE", "logical_id_password": "hush"}
    async with phones(server, first_mac="0c383eb00020", **facts) as first:
        await until(first.phones[0], "bound")
        async with phones(server, first_mac="0c383eb00021", **facts) as second:
            await until(second.phones[0], "refused 5")
    bound = (await ask(loid, server, "LG-ONE"))["device_id"]
    assert bound == (await ask(server.device, first.phones[0].cpe.identity.serial_number))["id"]


@pytest.mark.parametrize(
    ("behaviour", "mac"),
    [
        ("events-blanks", "0c383eb00030"),
        ("events-lower-case", "0c383eb00031"),
        ("bind-bare", "0c383eb00032"),
        ("drop-after-answer", "0c383eb00033"),
        ("drop-after-inform-response", "0c383eb00034"),
        ("no-cookies", "0c383eb00035"),
    ],
)
async def test_odd_phones_are_bound_too(server: Server, behaviour: str, mac: str) -> None:
    name = f"LG-{mac[-2:]}"
    await ask(order, server, name)
    facts = {"logical_id": name, "logical_id_password": "hush", "behaviours": (behaviour,), "speed": 20.0}
    async with phones(server, first_mac=mac, **facts) as fleet:
        (phone,) = fleet.phones
        await until(phone, "bound")
        assert phone.status().transfers == 1, "the configuration is fetched once"


async def test_a_phone_that_tries_until_its_limit(server: Server) -> None:
    facts = {"logical_id": "LG-GUESS", "logical_id_password": "x", "behaviours": ("bind-again",), "speed": 1000.0}
    async with phones(server, first_mac="0c383eb00040", **facts) as fleet:
        (phone,) = fleet.phones
        await until(phone, "locked")
        assert phone.cpe.model.get("X_CT-COM_UserInfo.Times") == "10"


async def test_a_factory_reset_keeps_the_loid_and_is_served_again(server: Server) -> None:
    await ask(order, server, "LG-RESET")
    facts = {"logical_id": "LG-RESET", "logical_id_password": "hush"}
    async with phones(server, first_mac="0c383eb00050", **facts) as fleet:
        (phone,) = fleet.phones
        await until(phone, "bound")
        serial = phone.cpe.identity.serial_number
        task = await ask(lambda: server.task(serial, "factory_reset"))
        phone.wake()
        await ask(lambda: server.wait(task, "succeeded"))
        await until(phone, "bound")
        assert phone.status().transfers == 2
    assert (await ask(loid, server, "LG-RESET"))["result"] == "done"


async def test_killed_and_started_again_while_a_phone_enrols(server: Server) -> None:
    for number in range(4):
        await ask(order, server, f"LG-KILL{number}")
        facts = {"logical_id": f"LG-KILL{number}", "logical_id_password": "hush", "speed": 20.0}
        async with phones(server, first_mac=f"0c383eb0006{number}", **facts) as fleet:
            (phone,) = fleet.phones
            deadline = time.monotonic() + PATIENCE
            while phone.cpe.enrolment != ("asked", "accepted", "delivering", "bound")[number]:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.001)
            await ask(server.restart)
            await until(phone, "bound")
            assert phone.status().transfers == 1
            phone.wake()  # it may have told its last answer to a server that was dead by then
            await ask(lambda number=number: server.until(lambda: loid(server, f"LG-KILL{number}")["result"] == "done"))


def test_from_the_command_line(server: Server, tmp_path: Any) -> None:
    file = tmp_path / "loids.csv"
    file.write_text("logical_id,password,name\nLG-CLI1,p1,One\nLG-CLI2,p2,Two\n")
    token = (server.folder / "data" / "admin-token").read_text().strip()
    env = {**os.environ, "ACS_API_URL": f"http://127.0.0.1:{server.api_port}", "ACS_ADMIN_TOKEN": token}

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", "acs", *arguments]
        return subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    run("loid", "import", str(file))
    address = f"http://127.0.0.1:{server.cwmp_port}/"
    told = run(
        *("simulate", "--acs-url", address, "--profile", "ctc", "--count", "2", "--first-mac", "0c383eb00070"),
        *("--loid", "LG-CLI{n}", "--loid-password", "p{n}", "--username", SHARED[0], "--password", SHARED[1]),
        *("--once", "--json"),
    )
    assert json.loads(told)["bound"] == 2
    listed = json.loads(run("loid", "list", "CLI", "--json"))
    assert [(item["name"], item["result"]) for item in listed] == [("One", "done"), ("Two", "done")]
