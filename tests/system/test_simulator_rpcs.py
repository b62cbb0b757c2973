"""Every RPC both ways, between the simulated phone and a real server process, seen through the REST API."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from acs.simulator.runner import Runner
from tests.system.desk import running
from tests.system.server import PATIENCE, Server

pytestmark = [pytest.mark.system, pytest.mark.slow]

_numbers = itertools.count(0x7000)
CONFIG_FILE = "1 Vendor Configuration File"


class Desk:
    """A phone that lives beside the test, and the operator's view of it."""

    def __init__(self, server: Server, runner: Runner) -> None:
        self.server, self.runner = server, runner
        self.serial = runner.cpe.identity.serial_number

    async def call(self, use: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return await asyncio.to_thread(use, *arguments, **named)

    async def until(self, look: Callable[[], Any]) -> Any:
        """What ``look`` gives, once it gives something; the phone is woken meanwhile, as an operator would."""
        deadline = time.monotonic() + PATIENCE
        while not (found := await asyncio.to_thread(look)):
            assert time.monotonic() < deadline, self.runner.status()
            await asyncio.sleep(0.05)
        return found

    async def settled(self) -> dict[str, Any]:
        await self.until(lambda: self.runner.settled)
        device = await self.call(self.server.device, self.serial)
        assert isinstance(device, dict)
        return device

    async def ended(self, type: str, **arguments: Any) -> dict[str, Any]:
        """A task that was queued, asked and has ended."""
        task_id = await self.queued(type, **arguments)
        await self.until(lambda: self.server.state(task_id)["state"] in ("succeeded", "failed", "cancelled"))
        return await self.state(task_id)

    async def queued(self, type: str, **arguments: Any) -> str:
        task_id = await self.call(self.server.task, self.serial, type, **arguments)
        self.runner.wake()
        return str(task_id)

    async def state(self, task_id: str) -> dict[str, Any]:
        task = await self.call(self.server.state, task_id)
        assert isinstance(task, dict)
        return task

    async def events(self, kind: str) -> list[dict[str, Any]]:
        device = await self.call(self.server.device, self.serial)
        found = await self.call(self.server.items, f"/devices/{device['id']}/events")
        return [each for each in found if each["kind"] == kind]


@contextlib.asynccontextmanager
async def living(server: Server, *behaviours: str) -> AsyncIterator[Desk]:
    async with running(server, next(_numbers), "X4", *behaviours) as runner:
        desk = Desk(server, runner)
        await desk.settled()
        yield desk
        assert not runner.status().failed_sessions, runner.status()


@pytest.mark.parametrize(
    "behaviours",
    [(), ("upload-post",), ("upload-multipart",), ("upload-multipart", "cwmp-1-0"), ("connection-per-request",)],
    ids=lambda names: "+".join(names) or "put",
)
async def test_quirk_141_a_configuration_is_backed_up_and_restored(server: Server, behaviours: tuple[str, ...]) -> None:
    async with living(server, *behaviours) as desk:
        done = await desk.ended("upload", file_type=CONFIG_FILE)
        assert (done["state"], done["evidence"]["proof"]) == ("succeeded", "received"), done
        file = await desk.call(server.get, f"/files/{done['result']['file_id']}")
        mac = desk.runner.cpe.identity.mac
        assert (file["kind"], file["name"], file["task_id"]) == ("config", f"{mac}.cfg", done["id"])
        assert file["device_id"] == done["device_id"]
        status, content = await desk.call(server.call, "GET", f"/files/{file['id']}/content")
        assert status == 200
        assert content.startswith(b"<<VOIP CONFIG FILE>>")
        assert content.rstrip().endswith(b"<<END OF FILE>>")
        listed = await desk.call(server.items, f"/files?device_id={done['device_id']}")
        assert [each["id"] for each in listed] == [file["id"]]
        restored = await desk.ended("download", file_id=file["id"])
        assert restored["state"] == "succeeded", restored


async def test_a_scheduled_call_comes_and_is_the_proof(server: Server) -> None:
    async with living(server, "cwmp-1-2") as desk:
        done = await desk.ended("schedule_inform", delay_seconds=1)
        assert (done["state"], done["result"]) == ("succeeded", {"delay_seconds": 1}), done
        assert done["evidence"] == {"events": ["3 SCHEDULED", "M ScheduleInform"]}


async def test_a_scheduled_download_is_proven_as_any_other(server: Server) -> None:
    async with living(server, "cwmp-1-2") as desk:
        windows = [{"start": 0, "end": 60, "mode": "immediately"}]
        done = await desk.ended("schedule_download", kind="config", time_windows=windows)
        assert done["state"] == "succeeded", done
        assert done["evidence"]["transfer"]["by"] == "TransferComplete"
        assert done["evidence"]["version"]["read"] == done["result"]["version"]
        device = await desk.settled()
        assert device["config"]["state"] == "in_sync"


async def test_a_queued_transfer_is_seen_and_cancelled(server: Server) -> None:
    async with living(server, "cwmp-1-2") as desk:
        windows = [{"start": 3600, "end": 7200, "mode": "1 At Any Time"}]
        task_id = await desk.queued("schedule_download", kind="config", time_windows=windows)
        await desk.until(lambda: server.state(task_id)["state"] == "transferring")
        every = await desk.ended("get_all_queued_transfers")
        (transfer,) = every["result"]["transfers"]
        assert (transfer["command_key"], transfer["state"], transfer["is_download"]) == (task_id, "not_started", True)
        ours = await desk.ended("get_queued_transfers")
        assert ours["result"]["transfers"] == [{"command_key": task_id, "state": "not_started"}]
        assert (await desk.ended("cancel_transfer", command_key=task_id))["state"] == "succeeded"
        assert (await desk.state(task_id))["state"] == "cancelled"
        assert (await desk.ended("get_all_queued_transfers"))["result"] == {"transfers": []}
        assert (await desk.ended("cancel_transfer", command_key="nobody's"))["state"] == "succeeded"


async def test_modules_are_installed_updated_and_removed(server: Server) -> None:
    async with living(server, "cwmp-1-4") as desk:
        install = {"type": "install", "url": "http://files.example.net/m.pkg", "username": "u", "password": "hush"}
        done = await desk.ended("change_du_state", operations=[install])
        assert done["state"] == "succeeded", done
        (unit,) = done["result"]["operations"]
        assert (unit["current_state"], unit["version"], unit["fault"]) == ("Installed", "1.0", None)
        assert "hush" not in str(done)
        again = await desk.ended("change_du_state", operations=[install, {"type": "update", "uuid": unit["uuid"]}])
        assert (again["state"], again["fault"]["code"]) == ("failed", "9026")
        assert [each["name"] for each in again["fault"]["parameters"]] == [unit["uuid"]]
        assert [each["current_state"] for each in again["result"]["operations"]] == ["Failed", "Installed"]
        gone = await desk.ended("change_du_state", operations=[{"type": "uninstall", "uuid": unit["uuid"]}])
        assert gone["result"]["operations"][0]["current_state"] == "Uninstalled"
        assert len(await desk.events("du_state_change_complete")) == 3


async def test_vouchers_and_options(server: Server) -> None:
    async with living(server) as desk:
        assert (await desk.ended("get_options"))["result"] == {"options": []}
        done = await desk.ended("set_vouchers", vouchers=["PFZvdWNoZXIvPg=="])
        assert (done["state"], done["result"]) == ("succeeded", {"vouchers": 1})
        (option,) = (await desk.ended("get_options"))["result"]["options"]
        named = await desk.ended("get_options", option_name=option["option_name"])
        assert named["result"]["options"] == [option]
        assert (await desk.ended("get_options", option_name="none"))["fault"]["code"] == "9003"


async def test_what_cwmp_1_0_cannot_say_is_not_asked(server: Server) -> None:
    async with living(server, "cwmp-1-0") as desk:
        windows = [{"start": 0, "end": 60, "mode": "any_time"}]
        for type, arguments in (
            ("schedule_download", {"kind": "config", "time_windows": windows}),
            ("cancel_transfer", {"command_key": "x"}),
            ("get_all_queued_transfers", {}),
            ("change_du_state", {"operations": [{"type": "update"}]}),
        ):
            done = await desk.ended(type, **arguments)
            assert (done["state"], done["fault"]["code"], done["attempts"]) == ("failed", "not_in_version", 0)


async def test_a_phone_that_asks_for_its_configuration_gets_it_in_that_session(server: Server) -> None:
    async with living(server, "requests-config") as desk:
        (asked, *_) = await desk.events("request_download")
        assert asked["data"]["file_type"].startswith("3 ")
        tasks = await desk.call(server.items, f"/tasks?device_id={(await desk.settled())['id']}&type=download")
        assert {task["origin"] for task in tasks} == {"phone"}
        assert {task["state"] for task in tasks} == {"succeeded"}
        assert (await desk.settled())["config"]["state"] == "in_sync"


async def test_quirk_094_a_phone_that_wants_our_methods_first_goes_on(server: Server) -> None:
    async with living(server, "asks-methods-first", "vendor-rpc", "kicked") as desk:
        done = await desk.ended("get_parameter_values", names=["Device.DeviceInfo.SoftwareVersion"])
        assert done["state"] == "succeeded"
        assert "8000" in desk.runner.cpe.last_error or not desk.runner.cpe.last_error
        assert len(await desk.events("kicked")) == 1


async def test_a_configuration_that_the_phone_fetched_by_itself_is_visible(server: Server) -> None:
    async with living(server, "fetches-own-config", "cwmp-1-2") as desk:
        assert len(await desk.events("autonomous_transfer_complete")) == 1
        device = await desk.settled()
        assert device["config"]["evidence"]["autonomous_transfer"]["file_type"] == "3 Vendor Configuration File"
