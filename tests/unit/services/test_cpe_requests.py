"""What phones ask or tell by themselves: kept, answered by policy, never twice and never for ever."""

from dataclasses import replace
from typing import Any

import pytest

from acs.services import files, settings, tasks
from acs.services.cpe_requests import ORIGIN, REQUESTS_PER_HOUR, take_request
from acs.services.devices import device_row, get_device, list_events
from acs.services.sessions import Sessions
from acs.storage.tables import TaskRow
from acs.storage.unit_of_work import UnitOfWork
from cwmp_schemas import acs_rpcs, cpe_rpcs, envelope
from cwmp_schemas._spyne import Struct
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import (
    ArgStruct,
    AutonOpResultStruct,
    DeploymentUnitFaultStruct,
    FaultStruct,
    OpResultStruct,
)
from tests.conftest import World
from tests.phone import TestPhone, transfer_complete

UUID = "0a0b0c0d-0000-4000-8000-000000000001"
CONFIG = acs_rpcs.RequestDownload(
    FileType="3 Vendor Configuration File", FileTypeArg=(ArgStruct(Name="Version", Value="7"),)
)
FIRMWARE = acs_rpcs.RequestDownload(FileType="1 Firmware Upgrade Image")


@pytest.fixture
async def phone(world: World) -> TestPhone:
    """A phone that called before and uses its own credentials, of CWMP 1.2."""
    phone = world.phone(namespace="urn:dslforum-org:cwmp-1-2")
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    return phone


async def events(world: World, kind: str) -> list[dict[str, Any]]:
    device_id = await world.only_device()
    page = await world.read(lambda uow: list_events(uow, device_id))
    return [event["data"] for event in reversed(page.items) if event["kind"] == kind]


async def downloads(world: World) -> list[dict[str, Any]]:
    page = await world.read(lambda uow: tasks.list_tasks(uow, type="download"))
    return list(reversed(page.items))


def names(asked: list[Struct]) -> list[str]:
    return [type(message).__name__ for message in asked]


async def firmware(world: World, version: str, *models: str, name: str = "fw.z") -> str:
    """Upload firmware and name it in the settings of all phones."""
    upload = files.check_upload(kind="firmware", name=name, version=version, models=models)
    blob = world.context.blobs.put(b"image " + name.encode(), encrypted=False, max_bytes=1000)
    made = await world.database.write(lambda uow: files.create_file(uow, world.context, upload, blob))
    await world.database.write(
        lambda uow: settings.put_layer(uow, world.context, "global", {"firmware": {"file_id": made["id"]}})
    )
    return str(made["id"])


# RequestDownload


async def test_a_phone_that_asks_for_its_configuration_gets_it_in_the_same_session(
    world: World, phone: TestPhone
) -> None:
    asked = await phone.call("9 REQUEST DOWNLOAD", requests=(CONFIG,))
    assert names(asked) == ["Download"]
    (task,) = await downloads(world)
    assert (task["origin"], task["arguments"], task["state"]) == (ORIGIN, {"kind": "config"}, "transferring")
    assert asked[0].CommandKey == task["id"]  # type: ignore[attr-defined]
    (event,) = await events(world, "request_download")
    assert event == {
        "file_type": "3 Vendor Configuration File",
        "arguments": [{"name": "Version", "value": "7"}],
        "task_id": task["id"],
        "refused": None,
    }


async def test_no_second_one_while_one_is_open(world: World, phone: TestPhone) -> None:
    await phone.call("9 REQUEST DOWNLOAD", requests=(CONFIG, CONFIG))
    assert await phone.call("9 REQUEST DOWNLOAD", requests=(CONFIG,)) == []
    (task,) = await downloads(world)
    refused = [event["refused"] for event in await events(world, "request_download")]
    assert refused[0] is None
    assert all(task["id"] in text for text in refused[1:])


async def test_a_phone_that_asks_for_ever_is_not_served_for_ever(world: World, phone: TestPhone) -> None:
    for _ in range(REQUESTS_PER_HOUR + 2):
        await phone.call("9 REQUEST DOWNLOAD", requests=(CONFIG,))
        key = (await downloads(world))[-1]["id"]
        await phone.call("7 TRANSFER COMPLETE", requests=(transfer_complete(key, 9018, "no use"),))
    assert len(await downloads(world)) == REQUESTS_PER_HOUR
    assert "within an hour" in (await events(world, "request_download"))[-1]["refused"]


async def test_the_policy_may_be_off(world: World, phone: TestPhone) -> None:
    phone.sessions = Sessions(world.database, replace(world.context, request_download="off"))
    assert await phone.call("9 REQUEST DOWNLOAD", requests=(CONFIG,)) == []
    assert await downloads(world) == []
    assert "off" in (await events(world, "request_download"))[0]["refused"]


async def test_firmware_is_what_the_settings_name_if_it_differs(world: World, phone: TestPhone) -> None:
    await phone.call("9 REQUEST DOWNLOAD", requests=(FIRMWARE,))
    await firmware(world, "2.12.1", name="same.z")
    await phone.call("9 REQUEST DOWNLOAD", requests=(FIRMWARE,))
    await firmware(world, "2.13.0", "X6", name="other-model.z")
    await phone.call("9 REQUEST DOWNLOAD", requests=(FIRMWARE,))
    await firmware(world, "", name="nameless.z")
    await phone.call("9 REQUEST DOWNLOAD", requests=(FIRMWARE,))
    assert await downloads(world) == []
    refused = [event["refused"] for event in await events(world, "request_download")]
    told = ["name no firmware", "runs 2.12.1 already", "not for this model", "no version"]
    assert all(word in text for word, text in zip(told, refused, strict=True)), refused
    newer = await firmware(world, "2.13.0", "X4", name="newer.z")
    (asked,) = await phone.call("9 REQUEST DOWNLOAD", requests=(FIRMWARE,))
    assert isinstance(asked, cpe_rpcs.Download)
    assert asked.FileType == "1 Firmware Upgrade Image"
    assert (await downloads(world))[0]["arguments"]["file_id"] == newer


@pytest.mark.parametrize("file_type", ["2 Web Content", "X 0C383E Ring", "13 Vendor Configuration File"])
async def test_nothing_else_is_given(world: World, phone: TestPhone, file_type: str) -> None:
    assert await phone.call(requests=(acs_rpcs.RequestDownload(FileType=file_type),)) == []
    assert await downloads(world) == []


async def test_settings_that_cannot_be_read_do_not_keep_a_phone_from_its_answer(
    world: World, phone: TestPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from acs.errors import BadSettings
    from acs.services import cpe_requests

    def broken(*_: Any) -> Any:
        raise BadSettings("keys.1.type: nonsense", field="keys.1.type")

    monkeypatch.setattr(cpe_requests, "layers_for", broken)
    assert await phone.call(requests=(FIRMWARE,)) == []
    assert (await events(world, "request_download"))[0]["refused"] == "keys.1.type: nonsense"


async def test_arguments_are_bounded(world: World, phone: TestPhone) -> None:
    many = tuple(ArgStruct(Name="n" * 999, Value="v" * 9999) for _ in range(99))
    await phone.call(requests=(acs_rpcs.RequestDownload(FileType="3 " + "x" * 9999, FileTypeArg=many),))
    (event,) = await events(world, "request_download")
    assert len(str(event)) < 8000


# The phone's own transfers


def transferred(file_type: str, code: int = 0, *, download: bool = True) -> acs_rpcs.AutonomousTransferComplete:
    return acs_rpcs.AutonomousTransferComplete(
        AnnounceURL="a" * 999,
        TransferURL="http://admin:hush@192.0.2.80/f0C383E.cfg",
        IsDownload=download,
        FileType=file_type,
        FileSize=7,
        FaultStruct=FaultStruct(FaultCode=code, FaultString="as told"),
    )


async def known(world: World) -> dict[str, Any]:
    device_id = await world.only_device()
    device = await world.read(lambda uow: get_device(uow, device_id))
    assert isinstance(device, dict)
    return device


async def in_sync(world: World) -> None:
    device_id = await world.only_device()

    def use_case(uow: UnitOfWork) -> None:
        row = device_row(uow, device_id)
        row.config_state = "in_sync"
        row.firmware = {"state": "in_sync", "version": "2.12.1"}
        uow.session.add(row)

    await world.database.write(use_case)


async def test_a_configuration_from_elsewhere_is_seen_on_the_device(world: World, phone: TestPhone) -> None:
    await in_sync(world)
    message = transferred("3 Vendor Configuration File")
    await phone.call("10 AUTONOMOUS TRANSFER COMPLETE", requests=(message,))
    config = (await known(world))["config"]
    assert config["state"] == "unknown"
    assert config["evidence"]["autonomous_transfer"]["transfer_url"] == "http://***@192.0.2.80/f0C383E.cfg"
    (event,) = await events(world, "autonomous_transfer_complete")
    assert (event["file_type"], event["fault_code"], len(event["announce_url"])) == (message.FileType, "0", 256)


async def test_firmware_from_elsewhere_is_seen_on_the_device(world: World, phone: TestPhone) -> None:
    await in_sync(world)
    await phone.call(requests=(transferred("1 Firmware Upgrade Image"),))
    device = await known(world)
    assert (device["firmware"]["state"], device["config"]["state"]) == ("unknown", "in_sync")


@pytest.mark.parametrize(
    "message",
    [transferred("3 Vendor Configuration File", 9016), transferred("1 Vendor Configuration File", download=False)],
    ids=["failed", "upload"],
)
async def test_a_transfer_that_changed_nothing_only_is_kept(
    world: World, phone: TestPhone, message: acs_rpcs.AutonomousTransferComplete
) -> None:
    await in_sync(world)
    await phone.call(requests=(message,))
    device = await known(world)
    assert (device["firmware"]["state"], device["config"]["state"]) == ("in_sync", "in_sync")
    assert len(await events(world, "autonomous_transfer_complete")) == 1


# Software modules


def result(code: int = 0) -> OpResultStruct:
    return OpResultStruct(
        UUID=UUID,
        DeploymentUnitRef="",
        Version="1",
        CurrentState="Failed" if code else "Installed",
        Resolved=True,
        Fault=DeploymentUnitFaultStruct(FaultCode=code),
    )


async def changing(world: World, phone: TestPhone) -> str:
    """A ChangeDUState that the phone has accepted."""
    phone.handlers["ChangeDUState"] = lambda _: cpe_rpcs.ChangeDUStateResponse()
    operation = {"type": "install", "url": "http://h/m", "password": "hush"}
    task_id = await world.task(await world.only_device(), type="change_du_state", operations=[operation])
    (asked,) = await phone.call()
    assert isinstance(asked, cpe_rpcs.ChangeDUState)
    assert asked.Operations[0].Password == "hush"  # type: ignore[attr-defined]
    state = await world.state(task_id)
    assert (state["state"], state["arguments"]["operations"][0]["password"]) == ("transferring", "***")
    row = await world.read(lambda uow: uow.session.get(TaskRow, task_id))
    assert "hush" not in str(row.model_dump())
    return task_id


@pytest.mark.parametrize(("code", "state"), [(0, "succeeded"), (9015, "failed")])
async def test_a_report_ends_the_change_that_it_is_of(world: World, phone: TestPhone, code: int, state: str) -> None:
    task_id = await changing(world, phone)
    other = acs_rpcs.DUStateChangeComplete(Results=(result(),), CommandKey="another")
    await phone.call("11 DU STATE CHANGE COMPLETE", requests=(other,))
    assert (await world.state(task_id))["state"] == "transferring"
    mine = acs_rpcs.DUStateChangeComplete(Results=(result(code),), CommandKey=task_id)
    await phone.call("11 DU STATE CHANGE COMPLETE", ("M ChangeDUState", task_id), requests=(mine,))
    done = await world.state(task_id)
    assert done["state"] == state
    assert done["result"]["operations"][0]["uuid"] == UUID
    assert [event["task_id"] for event in await events(world, "du_state_change_complete")] == [None, task_id]


async def test_a_report_without_a_key_is_of_the_only_change_that_waits(world: World, phone: TestPhone) -> None:
    task_id = await changing(world, phone)
    await phone.call(requests=(acs_rpcs.DUStateChangeComplete(Results=(result(),)),))
    assert (await world.state(task_id))["state"] == "succeeded"


async def test_a_change_whose_answer_was_lost_is_not_asked_again(world: World, phone: TestPhone) -> None:
    operation = {"type": "install", "url": "http://h/m"}
    task_id = await world.task(await world.only_device(), type="change_du_state", operations=[operation])
    phone.connection, phone.cookie = "127.0.0.1|900", ""
    await phone.send(phone.inform("2 PERIODIC"))
    assert isinstance(envelope.read((await phone.send(None)).body).body, cpe_rpcs.ChangeDUState)
    assert await phone.call("1 BOOT") == []
    assert (await world.state(task_id))["state"] == "transferring"
    await phone.call(requests=(acs_rpcs.DUStateChangeComplete(Results=(result(),), CommandKey=task_id),))
    assert (await world.state(task_id))["state"] == "succeeded"


async def test_modules_that_changed_by_themselves_are_kept(world: World, phone: TestPhone) -> None:
    alone = AutonOpResultStruct(**{**result().__dict__, "OperationPerformed": "Update"})
    await phone.call(requests=(acs_rpcs.AutonomousDUStateChangeComplete(Results=(alone,)),))
    (event,) = await events(world, "autonomous_du_state_change_complete")
    assert event["results"][0]["operation_performed"] == "Update"


# The rest


async def test_a_kick_is_kept_and_leads_nowhere_else(world: World, phone: TestPhone) -> None:
    phone.connection, phone.cookie = "127.0.0.1|901", ""
    await phone.send(phone.inform("5 KICKED"))
    kicked = acs_rpcs.Kicked(Command="c", Referer="r", Arg="a", Next="http://evil.example/" + "x" * 999)
    answer = envelope.read((await phone.send(kicked)).body).body
    assert answer == acs_rpcs.KickedResponse(NextURL="")
    (event,) = await events(world, "kicked")
    assert (event["command"], len(event["next"])) == ("c", 256)


async def test_a_download_without_a_file_type_is_8003_and_a_stranger_s_method_8000(
    world: World, phone: TestPhone
) -> None:
    phone.connection, phone.cookie = "127.0.0.1|902", ""
    await phone.send(phone.inform("2 PERIODIC"))
    fault = envelope.read((await phone.send(acs_rpcs.RequestDownload(FileType=" "))).body).body
    assert isinstance(fault, Fault)
    assert fault.FaultCode == 8003
    fault = envelope.read((await phone.send(cpe_rpcs.FactoryReset())).body).body
    assert isinstance(fault, Fault)
    assert fault.FaultCode == 8000
    assert (await phone.send(None)).status == 204
    assert await events(world, "request_download") == []


async def test_what_has_no_meaning_of_its_own_is_kept_by_name(world: World, phone: TestPhone) -> None:
    device_id = await world.only_device()
    await world.database.write(lambda uow: take_request(uow, world.context, device_id, cpe_rpcs.GetRPCMethods()))
    assert await events(world, "cpe_request") == [{"method": "GetRPCMethods"}]
