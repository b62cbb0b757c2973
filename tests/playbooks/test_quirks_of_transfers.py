"""What real phones make of transfers, restarts and their own requests, one quirk a test: a phone and the services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlmodel import select

from acs.services import files, links, tasks, work
from acs.services.devices import device_row, get_device, list_events
from acs.storage.tables import DeviceRow, LinkRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork
from cwmp_schemas import acs_rpcs, cpe_rpcs, envelope
from cwmp_schemas._spyne import Struct
from cwmp_schemas.faults import Fault
from tests.conftest import World
from tests.phone import UNKNOWN_TIME, TestPhone, transfer_complete, tree

ROOT = "InternetGatewayDevice."
VERSION = f"{ROOT}DeviceInfo.VendorConfigFile.1.Version"
SOFTWARE = f"{ROOT}DeviceInfo.SoftwareVersion"
NTP = f"{ROOT}Time.NTPServer1"
WEB = {"type": "download", "url": "http://files.example/x", "file_type": "2 Web Content"}
DONE = "7 TRANSFER COMPLETE"


@pytest.fixture
async def phone(world: World) -> TestPhone:
    """A phone that called before and uses its own credentials."""
    phone = world.phone()
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    phone.adopt_credentials()
    await phone.call("2 PERIODIC")
    return phone


def names(asked: list[Struct]) -> list[str]:
    return [type(message).__name__ for message in asked]


async def device_id(world: World) -> str:
    return await world.only_device()


async def change(world: World, **columns: Any) -> None:
    """Set columns of the only phone."""
    known = await world.only_device()

    def use_case(uow: UnitOfWork) -> None:
        row = device_row(uow, known)
        for name, value in columns.items():
            setattr(row, name, value)
        uow.session.add(row)

    await world.database.write(use_case)


async def with_links(world: World, task_id: str, use: Callable[[LinkRow, float], None]) -> None:
    def use_case(uow: UnitOfWork) -> None:
        for link in uow.session.exec(select(LinkRow).where(LinkRow.task_id == task_id)).all():
            use(link, uow.now)
            uow.session.add(link)

    await world.database.write(use_case)


async def fetched(world: World, task_id: str, seconds_ago: float = 0.0) -> None:
    """The phone has taken every byte."""

    def use(link: LinkRow, now: float) -> None:
        link.requests, link.served = 1, [[0, link.size]]
        link.first_at = link.complete_at = now - seconds_ago

    await with_links(world, task_id, use)


async def begun(world: World, task_id: str) -> None:
    """The phone has taken the first bytes, no more."""

    def use(link: LinkRow, now: float) -> None:
        link.requests, link.served, link.first_at, link.client = 1, [[0, 3]], now, "192.0.2.7"

    await with_links(world, task_id, use)


async def config(world: World, phone: TestPhone) -> tuple[str, cpe_rpcs.Download]:
    """A configuration that the phone was asked to fetch."""
    task_id = await world.task(await world.only_device(), type="download", kind="config")
    (asked,) = await phone.call()
    assert isinstance(asked, cpe_rpcs.Download)
    return task_id, asked


async def applied(world: World, phone: TestPhone, asked: cpe_rpcs.Download) -> None:
    """The phone shows the version of its file."""
    known = await world.only_device()
    device = await world.read(lambda uow: get_device(uow, known))
    phone.parameters[VERSION] = device["config"]["desired_version"]


async def firmware(world: World, phone: TestPhone, version: str = "2.13.0") -> tuple[str, cpe_rpcs.Download]:
    """Firmware that the phone was asked to fetch."""
    upload = files.check_upload(kind="firmware", name="x4.z", version=version)
    blob = world.context.blobs.put(b"image", encrypted=False, max_bytes=1000)
    made = await world.database.write(lambda uow: files.create_file(uow, world.context, upload, blob))
    task_id = await world.task(await world.only_device(), type="download", file_id=made["id"])
    (asked,) = await phone.call()
    assert isinstance(asked, cpe_rpcs.Download)
    return task_id, asked


async def state(world: World, task_id: str) -> str:
    return str((await world.state(task_id))["state"])


async def begin(world: World, phone: TestPhone, *events: str | tuple[str, str]) -> None:
    """Begin a session by hand."""
    phone.connection, phone.cookie = f"127.0.0.1|{id(events)}", ""
    assert (await phone.send(phone.inform(*(events or ("2 PERIODIC",))))).status == 200


async def body(phone: TestPhone, message: Struct | None) -> Struct | None:
    response = await phone.send(message)
    return envelope.read(response.body).body if response.status == 200 else None


# Requests of the phone in odd places


async def test_quirk_082_requests_after_the_empty_post_are_answered_and_ours_repeated(
    world: World, phone: TestPhone
) -> None:
    task_id = await world.task(await world.only_device(), type="get_parameter_values", names=[NTP])
    await begin(world, phone)
    first = await body(phone, None)
    assert isinstance(first, cpe_rpcs.GetParameterValues)
    assert isinstance(await body(phone, transfer_complete("late")), acs_rpcs.TransferCompleteResponse)
    assert isinstance(await body(phone, cpe_rpcs.GetRPCMethods()), cpe_rpcs.GetRPCMethodsResponse)
    response = await phone.send(None)
    assert envelope.read(response.body).body == first
    await phone.answer(response)
    assert (await state(world, task_id), (await world.state(task_id))["attempts"]) == ("succeeded", 1)


@pytest.mark.parametrize("key", ["", "somebody else's", "x" * 34])
async def test_quirk_083_cold_transfer_complete_is_acknowledged(world: World, phone: TestPhone, key: str) -> None:
    await phone.call(DONE, requests=(transfer_complete(key),))  # nothing waits: acknowledged all the same
    task_id = await world.task(await world.only_device(), **WEB)
    await phone.call()
    await phone.call(DONE, requests=(transfer_complete(key),))  # the newest open transfer
    assert await state(world, task_id) == "succeeded"


async def test_quirk_084_the_report_without_its_event_counts(world: World, phone: TestPhone) -> None:
    task_id, asked = await config(world, phone)
    await applied(world, phone, asked)
    await phone.call("2 PERIODIC", requests=(transfer_complete(task_id),))
    assert await state(world, task_id) == "succeeded"


async def test_quirk_084_the_event_without_its_report_makes_us_look(world: World, phone: TestPhone) -> None:
    task_id, asked = await config(world, phone)
    await applied(world, phone, asked)
    assert await phone.call(DONE, ("M Download", task_id)) == []  # its report may come after its empty POST
    assert names(await phone.call(DONE, ("M Download", task_id))) == ["GetParameterValues"]
    done = await world.state(task_id)
    assert done["state"] == "succeeded"
    assert done["evidence"]["transfer"]["by"] == "event of its Inform; no TransferComplete came"


async def test_quirk_085_a_phone_that_never_reports_is_looked_at(world: World, phone: TestPhone) -> None:
    task_id, asked = await config(world, phone)
    await applied(world, phone, asked)
    await fetched(world, task_id)
    assert await phone.call() == []  # its report may still come
    await fetched(world, task_id, seconds_ago=work.QUIET_TRANSFER + 1)
    await phone.call()
    assert await state(world, task_id) == "succeeded"


async def test_quirk_085_of_one_that_is_known_to_forget_no_report_is_awaited(world: World, phone: TestPhone) -> None:
    await change(world, quirks_set={"forgets_transfer_complete": True})
    task_id, asked = await config(world, phone)
    await applied(world, phone, asked)
    await fetched(world, task_id)
    await phone.call()
    assert await state(world, task_id) == "succeeded"


async def test_quirk_086_a_reboot_minutes_after_the_report_is_waited_for(world: World, phone: TestPhone) -> None:
    task_id, _ = await firmware(world, phone)
    await phone.call(DONE, ("M Download", task_id), requests=(transfer_complete(task_id),))
    assert await state(world, task_id) == "verifying"
    assert "Download" not in names(await phone.call("2 PERIODIC"))
    phone.parameters[SOFTWARE] = "2.13.0"
    assert "Download" not in names(await phone.call("1 BOOT"))
    assert await state(world, task_id) == "succeeded"


@pytest.mark.parametrize("quirk", [True, False])
async def test_quirk_087_nothing_is_asked_after_a_report_where_the_phone_then_restarts(
    world: World, phone: TestPhone, quirk: bool
) -> None:
    await change(world, quirks_set={"end_after_transfer_complete": quirk})
    task_id, asked = await config(world, phone)
    await applied(world, phone, asked)
    reading = await world.task(await world.only_device(), type="get_parameter_values", names=[NTP])
    told = await phone.call(DONE, ("M Download", task_id), requests=(transfer_complete(task_id),))
    assert bool(told) is not quirk
    await phone.call("1 BOOT")
    assert [await state(world, each) for each in (task_id, reading)] == ["succeeded", "succeeded"]


@pytest.mark.parametrize("code", [9010, 9017])
async def test_quirk_088_already_downloading_is_under_way(world: World, phone: TestPhone, code: int) -> None:
    task_id = await world.task(await world.only_device(), type="download", kind="config")
    await begin(world, phone)
    asked = await body(phone, None)  # the answer to this one is lost
    assert isinstance(asked, cpe_rpcs.Download)

    def answered(_: Any) -> Struct:
        return Fault(FaultCode=code, FaultString="already downloading")

    phone.handlers["Download"] = answered
    # Our second request comes while the phone fetches the file for the first one.
    phone.connection, phone.cookie = "127.0.0.1|88", ""
    await phone.send(phone.inform("2 PERIODIC"))
    again = await phone.send(None)
    assert isinstance(envelope.read(again.body).body, cpe_rpcs.Download)
    await begun(world, task_id)
    await phone.answer(again)
    assert await state(world, task_id) == "transferring"
    await phone.call(DONE, ("M Download", task_id), requests=(transfer_complete(task_id, code, "already"),))
    assert await state(world, task_id) == "transferring"
    await applied(world, phone, asked)
    await phone.call(DONE, ("M Download", task_id), requests=(transfer_complete(task_id),))
    assert await state(world, task_id) == "succeeded"


async def test_quirk_089_status_0_is_not_believed_without_proof(world: World, phone: TestPhone) -> None:
    phone.handlers["Download"] = lambda _: cpe_rpcs.DownloadResponse(
        Status=0, StartTime="nonsense", CompleteTime=UNKNOWN_TIME
    )
    task_id = await world.task(await world.only_device(), type="download", kind="config")
    assert names(await phone.call()) == ["Download", "GetParameterValues"]
    done = await world.state(task_id)
    assert (done["state"], done["fault"]["code"]) == ("failed", "not_applied")


async def test_quirk_090_bootstrap_after_a_configuration_is_the_same_phone_and_no_loop(
    world: World, phone: TestPhone
) -> None:
    task_id, asked = await config(world, phone)
    await applied(world, phone, asked)
    before = await device_id(world)
    told = await phone.call("0 BOOTSTRAP", "1 BOOT", DONE, requests=(transfer_complete(task_id),))
    assert "Download" not in names(told)
    assert await device_id(world) == before
    assert await state(world, task_id) == "succeeded"
    assert "Download" not in names(await phone.call("0 BOOTSTRAP", "1 BOOT"))


async def test_quirk_091_bootstrap_at_every_boot_makes_no_work(world: World, phone: TestPhone) -> None:
    for _ in range(5):
        assert await phone.call("0 BOOTSTRAP", "1 BOOT") == []
    page = await world.read(lambda uow: tasks.list_tasks(uow))
    assert all(task["state"] == "succeeded" for task in page.items)


async def test_quirk_092_bootstrap_in_a_retried_session_after_an_import_does_not_import_again(
    world: World, phone: TestPhone
) -> None:
    task_id = await world.task(await world.only_device(), type="download", kind="config")
    await begin(world, phone)
    asked = await body(phone, None)  # it imports at once, and its session times out
    assert isinstance(asked, cpe_rpcs.Download)
    await fetched(world, task_id, seconds_ago=work.QUIET_TRANSFER + 1)
    await with_links(world, task_id, lambda link, now: setattr(link, "first_at", now))
    await applied(world, phone, asked)
    inform = phone.inform("0 BOOTSTRAP", "1 BOOT")
    phone.connection, phone.cookie = "127.0.0.1|92", ""
    retried = acs_rpcs.Inform(**{**inform.__dict__, "RetryCount": 2})
    assert (await phone.send(retried)).status == 200
    response = await phone.send(None)
    while response.status == 200:
        response = await phone.answer(response)
    assert "Download" not in names(phone.asked[-3:])
    assert await state(world, task_id) == "succeeded"


async def test_quirk_093_a_phone_that_needs_time_after_a_boot_gets_it(world: World, phone: TestPhone) -> None:
    await change(world, quirks_set={"settle_seconds": 600})
    task_id = await world.task(await world.only_device(), type="get_parameter_values", names=[NTP])
    assert await phone.call("1 BOOT") == []
    assert await state(world, task_id) == "queued"
    row = await world.read(lambda uow: uow.session.get(DeviceRow, _only(uow)))
    await change(world, last_boot_at=row.last_boot_at - 601)
    assert names(await phone.call("2 PERIODIC")) == ["GetParameterValues"]


def _only(uow: Any) -> str:
    return str(uow.session.exec(select(DeviceRow.id)).one())


async def test_quirk_095_the_same_events_again_do_nothing_twice(world: World, phone: TestPhone) -> None:
    task_id = await world.task(await world.only_device(), type="reboot")
    assert names(await phone.call()) == ["Reboot"]
    grown: list[str | tuple[str, str]] = ["1 BOOT", ("M Reboot", task_id), ("M Reboot", task_id), "2 PERIODIC"]
    for _ in range(4):
        assert await phone.call(*grown) == []
        grown += [("M Reboot", task_id), "2 PERIODIC"]
    done = await world.state(task_id)
    assert (done["state"], done["attempts"]) == ("succeeded", 1)


@pytest.mark.parametrize("clock", ["1970-01-01T00:00:09Z", "2099-01-01T00:00:00Z", "2024-01-01T11:54::14"])
async def test_quirk_096_the_phone_s_clock_decides_nothing(world: World, phone: TestPhone, clock: str) -> None:
    before = await world.read(lambda uow: uow.now)
    inform = acs_rpcs.Inform(**{**phone.inform("1 BOOT").__dict__, "CurrentTime": clock})
    phone.connection, phone.cookie = "127.0.0.1|96", ""
    assert (await phone.send(inform)).status == 200
    row = await world.read(lambda uow: uow.session.get(DeviceRow, _only(uow)))
    assert before - 1 <= row.last_inform_at <= before + 60
    assert before - 1 <= row.last_boot_at <= before + 60


async def test_quirk_097_a_call_at_an_odd_time_is_a_call_and_ends_no_wait(world: World, phone: TestPhone) -> None:
    """A phone may call early or late; what waits for its back-off waits for our clock."""
    known = await world.only_device()
    task_id = await world.task(known, type="get_parameter_values", names=[NTP])

    def wait(uow: UnitOfWork) -> None:
        row = uow.session.get(TaskRow, task_id)
        assert row is not None
        row.not_before = uow.now + 3600
        uow.session.add(row)

    await world.database.write(wait)
    for _ in range(3):
        assert await phone.call("2 PERIODIC") == []


async def test_quirk_099_trouble_with_storage_is_a_503_and_never_an_8005(
    world: World, phone: TestPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from acs.errors import Retriable

    task_id = await world.task(await world.only_device(), **WEB)
    await phone.call()
    await begin(world, phone, DONE)

    def broken(*_: Any) -> Any:
        raise Retriable("The disk is full.", after=1.0)

    with monkeypatch.context() as patch:
        patch.setattr(work, "transfer_complete", broken)
        response = await phone.send(transfer_complete(task_id))
    assert (response.status, response.body) == (503, b"")
    assert (response.retry_after or 0) > 0
    await phone.call(DONE, requests=(transfer_complete(task_id),))  # it comes again, and nothing is lost
    assert await state(world, task_id) == "succeeded"


# The last request of a session


@pytest.mark.parametrize("last", [{"type": "reboot"}, {"type": "factory_reset"}, WEB])
async def test_quirk_102_nothing_is_asked_after_a_restart_or_a_download(
    world: World, phone: TestPhone, last: dict[str, Any]
) -> None:
    known = await world.only_device()
    await world.task(known, **last)
    await world.task(known, type="get_parameter_values", names=[NTP])
    assert len(await phone.call()) == 1


async def test_quirk_102_a_scheduled_download_is_no_such_end(world: World, phone: TestPhone) -> None:
    phone.namespace = "urn:dslforum-org:cwmp-1-2"
    phone.handlers["ScheduleDownload"] = lambda _: cpe_rpcs.ScheduleDownloadResponse()
    known = await world.only_device()
    windows = [{"start": 3600, "end": 7200, "mode": "when_idle"}]
    await world.task(known, type="schedule_download", kind="config", time_windows=windows)
    await world.task(known, type="get_parameter_values", names=[NTP])
    await world.task(known, type="reboot")
    assert names(await phone.call()) == ["ScheduleDownload", "GetParameterValues", "Reboot"]


async def test_quirk_103_a_connection_that_closes_after_reboot_is_no_failure(world: World, phone: TestPhone) -> None:
    task_id = await world.task(await world.only_device(), type="reboot")
    await begin(world, phone)
    assert isinstance(await body(phone, None), cpe_rpcs.Reboot)
    assert await phone.call("1 BOOT", ("M Reboot", task_id)) == []
    done = await world.state(task_id)
    assert (done["state"], done["attempts"]) == ("succeeded", 1)


async def test_quirk_104_after_a_factory_reset_the_first_credentials_are_taken_again(
    world: World, phone: TestPhone
) -> None:
    task_id = await world.task(await world.only_device(), type="factory_reset")
    assert names(await phone.call()) == ["FactoryReset"]
    phone.username, phone.password = world.context.cpe_username, world.context.cpe_password
    phone.parameters = tree()
    await phone.call("0 BOOTSTRAP", "1 BOOT")
    assert await state(world, task_id) == "succeeded"
    phone.adopt_credentials()
    assert await phone.call("2 PERIODIC") == []


# How a Download is asked


async def test_quirk_134_file_types_are_the_specification_s_letter_by_letter(world: World, phone: TestPhone) -> None:
    task_id, asked = await config(world, phone)
    assert asked.FileType == "3 Vendor Configuration File"
    await world.database.write(lambda uow: tasks.cancel_task(uow, task_id))
    _, asked = await firmware(world, phone)
    assert asked.FileType == "1 Firmware Upgrade Image"


async def test_quirk_135_urls_are_short_plain_and_end_with_the_file_s_name(world: World, phone: TestPhone) -> None:
    _, asked = await config(world, phone)
    parts = urlsplit(asked.URL)
    assert (parts.scheme, parts.query, parts.fragment, parts.username) == ("http", "", "", None)
    assert asked.URL.endswith("/0c383e000001.cfg")
    assert len(asked.URL) <= 256
    assert (asked.Username, asked.Password) == ("", "")
    message = envelope.write(asked, cwmp_namespace=phone.namespace, id="1")
    assert b"<Username></Username><Password></Password>" in message


@pytest.mark.parametrize("tells", [True, False])
async def test_quirk_136_the_file_size_is_the_true_one_or_none(world: World, phone: TestPhone, tells: bool) -> None:
    await change(world, quirks_set={"file_size": tells})
    task_id, asked = await config(world, phone)
    (size,) = await world.read(
        lambda uow: list(uow.session.exec(select(LinkRow.size).where(LinkRow.task_id == task_id)))
    )
    assert asked.FileSize == (size if tells else 0)
    assert size > 0


async def test_quirk_138_delays_are_ours(world: World, phone: TestPhone) -> None:
    _, asked = await config(world, phone)
    assert asked.DelaySeconds == 0


@pytest.mark.parametrize("wants", [True, False])
async def test_quirk_139_the_target_file_name_is_there_for_those_who_want_it(
    world: World, phone: TestPhone, wants: bool
) -> None:
    await change(world, quirks_set={"target_file_name": wants})
    _, asked = await config(world, phone)
    assert asked.TargetFileName == ("0c383e000001.cfg" if wants else "")


async def test_quirk_140_a_restart_without_its_key_is_proven_by_the_boot(world: World, phone: TestPhone) -> None:
    task_id = await world.task(await world.only_device(), type="reboot")
    await phone.call()
    assert await phone.call("1 BOOT", "M Reboot") == []
    assert await state(world, task_id) == "succeeded"


# How transfers fail


async def test_quirk_178_a_report_without_key_and_times_is_that_of_the_event(world: World, phone: TestPhone) -> None:
    phone.namespace = "urn:dslforum-org:cwmp-1-2"
    phone.handlers["ScheduleDownload"] = lambda _: cpe_rpcs.ScheduleDownloadResponse()
    known = await world.only_device()
    windows = [{"start": 0, "end": 7200, "mode": "when_idle"}]
    scheduled = await world.task(known, type="schedule_download", kind="config", time_windows=windows)
    await phone.call()
    plain = await world.task(known, **WEB)
    await phone.call()
    assert [await state(world, each) for each in (scheduled, plain)] == ["transferring"] * 2
    failed = acs_rpcs.TransferComplete(
        CommandKey="", FaultStruct=transfer_complete("", 9018, "corrupt").FaultStruct
    )  # without times: 0001-01-01T00:00:00Z
    assert failed.StartTime == UNKNOWN_TIME
    await phone.call(DONE, ("M ScheduleDownload", scheduled), requests=(failed,))
    assert [await state(world, each) for each in (scheduled, plain)] == ["failed", "transferring"]


async def test_quirk_179_no_time_window_for_a_plain_download_is_tried_again(world: World, phone: TestPhone) -> None:
    task_id, asked = await config(world, phone)
    no_window = transfer_complete(task_id, 9017, "Transfer cmdKey has no available time window")
    told = await phone.call(DONE, ("M Download", task_id), requests=(no_window,))
    again = [*told, *await phone.call()]
    assert names(again) == ["Download"]
    await applied(world, phone, asked)
    await phone.call(DONE, ("M Download", task_id), requests=(transfer_complete(task_id),))
    done = await world.state(task_id)
    assert (done["state"], done["attempts"]) == ("succeeded", 2)


async def test_quirk_180_what_the_file_server_saw_stands_beside_the_fault(world: World, phone: TestPhone) -> None:
    task_id, _ = await config(world, phone)
    await phone.call(DONE, ("M Download", task_id), requests=(transfer_complete(task_id, 9018, "bad"),))
    (seen,) = (await world.state(task_id))["evidence"]["file_server"]
    assert (seen["requests"], seen["bytes"], seen["client"]) == (0, 0, None)  # it never came near us
    task_id, _ = await config(world, phone)
    await begun(world, task_id)
    await phone.call(DONE, ("M Download", task_id), requests=(transfer_complete(task_id, 9018, "bad"),))
    (seen,) = (await world.state(task_id))["evidence"]["file_server"]
    assert (seen["requests"], seen["bytes"], seen["client"]) == (1, 3, "192.0.2.7")


async def test_quirk_193_a_table_that_is_empty_is_not_there_and_gets_its_instance(
    world: World, phone: TestPhone
) -> None:
    """An AddObject whose answer was lost: the table that the phone denies has no instance, so it is asked again."""
    table = f"{ROOT}Services.VoiceService.1.VoiceProfile.1.Line.9.Extra."
    task_id = await world.task(await world.only_device(), type="add_object", object_name=table)
    phone.handlers["GetParameterNames"] = lambda _: Fault(FaultCode=9005, FaultString="no such object")
    told = names(await phone.call())
    assert "AddObject" in told
    assert await state(world, task_id) == "succeeded", await world.state(task_id)


# After our 204, and events that vanish


@pytest.mark.parametrize("message", [transfer_complete("late"), cpe_rpcs.GetRPCMethods()], ids=["report", "methods"])
async def test_quirk_219_requests_after_our_204_are_answered(world: World, phone: TestPhone, message: Struct) -> None:
    await begin(world, phone)
    assert (await phone.send(None)).status == 204
    answer = await body(phone, message)
    assert type(answer).__name__ == type(message).__name__ + "Response"
    assert (await phone.send(None)).status == 204


async def test_quirk_220_one_empty_post_more_is_a_204_again(world: World, phone: TestPhone) -> None:
    await begin(world, phone)
    for _ in range(4):
        response = await phone.send(None)
        assert (response.status, response.body) == (204, b"")
    page = await world.read(lambda uow: list_events(uow, _only(uow)))
    assert not [event for event in page.items if event["kind"] == "session_error"]


async def test_quirk_227_firmware_is_proven_by_its_version_although_the_boot_event_vanished(
    world: World, phone: TestPhone
) -> None:
    task_id, _ = await firmware(world, phone)
    await phone.call(DONE, ("M Download", task_id), requests=(transfer_complete(task_id),))
    phone.parameters[SOFTWARE] = "2.13.0"
    await phone.call("2 PERIODIC")  # its 1 BOOT was lost in a session that failed
    assert await state(world, task_id) == "succeeded"


async def test_quirk_228_no_url_holds_an_at_sign_and_no_file_type_is_odd(world: World, phone: TestPhone) -> None:
    from acs.errors import BadRequest

    known = await world.only_device()
    for bad in (
        {"url": "http://u:p@h/x", "file_type": "2 Web Content"},
        {"url": "http://h/x", "file_type": "Firmware"},
    ):
        with pytest.raises(BadRequest):
            await world.task(known, type="download", **bad)

    def signed(uow: UnitOfWork) -> list[str]:
        made = [
            links.task_link(uow, world.context, device_id=known, task_id="t", sha256="a" * 64, name=name, size=1)
            for name in ("a@b.cfg", "x&y=z.cfg", "Ring é @home.wav")
        ]
        return [links.url_of(world.context, link) for link in made]

    for url in await world.database.write(signed):
        assert not set("@&?= ") & set(url)
        assert url.isascii()
