"""Work for phones as operators see it: asked for, looked at, cancelled, tried again, given up."""

import math
from typing import Any

import pytest

from acs.domain.planning.spreading import periodic_inform_time
from acs.errors import BadRequest, Conflict, NeedsOperator, NotFound
from acs.services import tasks
from acs.services.devices import get_device, patch_device, register_device
from acs.services.files import check_upload, create_file, delete_file
from acs.storage.tables import LinkRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork
from tests.conftest import World

NOW = 1_790_000_000.0
REBOOT = {"type": "reboot"}


@pytest.fixture
async def device_id(world: World) -> str:
    return await register(world, "SN-1")


async def register(world: World, serial: str) -> str:
    made = await world.database.write(lambda uow: register_device(uow, world.context, {"serial_number": serial}))
    return str(made["id"])


async def create(world: World, device_id: str, body: dict[str, Any], now: float = NOW) -> dict[str, Any]:
    def use_case(uow: UnitOfWork) -> dict[str, Any]:
        uow.now = now
        return tasks.create_task(uow, world.context, device_id, body)

    return await world.database.write(use_case)


async def change(world: World, task_id: str, **columns: Any) -> None:
    def use_case(uow: UnitOfWork) -> None:
        row = uow.session.get(TaskRow, task_id)
        assert row is not None
        for name, value in columns.items():
            setattr(row, name, value)
        uow.session.add(row)

    await world.database.write(use_case)


async def stored(world: World, task_id: str) -> TaskRow:
    row: TaskRow = await world.read(lambda uow: uow.session.get(TaskRow, task_id))
    return row


async def listed(world: World, **filters: Any) -> list[str]:
    page = await world.read(lambda uow: tasks.list_tasks(uow, **filters))
    return [item["id"] for item in page.items]


async def test_a_new_task_waits(world: World, device_id: str) -> None:
    made = await create(world, device_id, REBOOT)
    assert (made["state"], made["attempts"], made["origin"], made["arguments"]) == ("queued", 0, "api", {})
    assert (made["started_at"], made["finished_at"], made["not_before"]) == (None, None, None)
    assert await world.state(made["id"]) == made
    row = await stored(world, made["id"])
    assert row.open
    assert row.expires_at == NOW + world.context.task_lifetime


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "type"),
        ({"type": None}, "type"),
        ({"type": ["reboot"]}, "type"),
        ({"type": "explode"}, "type"),
        ({"type": "discover"}, "type"),
        ({"type": "provision_credentials"}, "type"),
        ({**REBOOT, "expires_in": 0}, "expires_in"),
        ({**REBOOT, "expires_in": -1.5}, "expires_in"),
        ({**REBOOT, "expires_in": True}, "expires_in"),
        ({**REBOOT, "expires_in": "60"}, "expires_in"),
        ({**REBOOT, "expires_in": math.nan}, "expires_in"),
        ({**REBOOT, "delay": 5}, "delay"),
        ({"type": "get_parameter_values", "names": []}, "names"),
        ({"type": "download"}, "kind"),
    ],
)
async def test_what_is_off_is_named_and_nothing_is_queued(
    world: World, device_id: str, body: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadRequest) as refusal:
        await create(world, device_id, body)
    assert refusal.value.field == field
    assert await listed(world) == []


async def test_for_an_unknown_phone_or_with_an_unknown_file(world: World, device_id: str) -> None:
    with pytest.raises(NotFound, match="no device"):
        await create(world, "nobody", REBOOT)
    with pytest.raises(NotFound, match="no file") as refusal:
        await create(world, device_id, {"type": "download", "file_id": "f0"})
    assert refusal.value.field == "file_id"


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        (60, 60.0),
        (0.5, 0.5),
        (1e300, tasks.MAX_LIFETIME),
        (math.inf, tasks.MAX_LIFETIME),
        (10**400, tasks.MAX_LIFETIME),
    ],
)
async def test_a_task_may_be_given_up_sooner_or_practically_never(
    world: World, device_id: str, asked: float, seconds: float
) -> None:
    made = await create(world, device_id, {**REBOOT, "expires_in": asked})
    assert (await stored(world, made["id"])).expires_at == NOW + seconds
    assert made["expires_at"].endswith("Z")


async def test_too_many_open_tasks_of_one_phone_are_a_conflict(
    world: World, device_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "MAX_OPEN_PER_DEVICE", 2)
    first = await create(world, device_id, REBOOT)
    await create(world, device_id, REBOOT)
    with pytest.raises(Conflict, match="2 tasks wait"):
        await create(world, device_id, REBOOT)
    await create(world, await register(world, "SN-2"), REBOOT)
    await world.database.write(lambda uow: tasks.cancel_task(uow, first["id"]))
    await create(world, device_id, REBOOT)


async def test_asking_for_the_configuration_makes_it_pending(world: World, device_id: str) -> None:
    await create(world, device_id, REBOOT)
    assert (await world.read(lambda uow: get_device(uow, device_id)))["config"]["state"] == "unknown"
    await create(world, device_id, {"type": "download", "kind": "config"})
    assert (await world.read(lambda uow: get_device(uow, device_id)))["config"]["state"] == "pending"


async def test_a_file_of_no_known_use_needs_a_file_type(world: World, device_id: str) -> None:
    blob = world.context.blobs.put(b"x", encrypted=False, max_bytes=10)
    upload = check_upload(kind="other", name="x.bin")
    file = await world.database.write(lambda uow: create_file(uow, world.context, upload, blob))
    with pytest.raises(BadRequest, match="needs file_type") as raised:
        await create(world, device_id, {"type": "download", "file_id": file["id"]})
    assert raised.value.field == "file_type"
    made = await create(world, device_id, {"type": "download", "file_id": file["id"], "file_type": "2 Web Content"})
    assert made["state"] == "queued"


async def test_a_file_may_be_named(world: World, device_id: str) -> None:
    blob = world.context.blobs.put(b"firmware", encrypted=False, max_bytes=100)
    checked = check_upload(kind="firmware", name="x.z")
    file = await world.database.write(lambda uow: create_file(uow, world.context, checked, blob))
    made = await create(world, device_id, {"type": "download", "file_id": file["id"]})
    assert made["arguments"]["file_id"] == file["id"]


# Secrets ------------------------------------------------------------------------------------------------------------

SET = {
    "type": "set_parameter_values",
    "values": [
        {"name": "Device.ManagementServer.Password", "value": "hush-hush-1"},
        {"name": "Device.X.WEPKey", "value": ""},
        {"name": "Device.Time.NTPServer1", "value": "ntp.example"},
    ],
}
DOWNLOAD = {
    "type": "download",
    "url": "http://files.example/x",
    "file_type": "2 Web Content",
    "username": "anna",
    "password": "hush-hush-2",
}


@pytest.mark.parametrize(
    ("body", "secret", "open_text"), [(SET, b"hush-hush-1", b"ntp.example"), (DOWNLOAD, b"hush-hush-2", b"anna")]
)
async def test_no_plain_password_reaches_the_database_file(
    world: World, device_id: str, body: dict[str, Any], secret: bytes, open_text: bytes
) -> None:
    made = await create(world, device_id, body)
    await world.database.write(lambda uow: tasks.cancel_task(uow, made["id"]))
    await world.database.write(lambda uow: tasks.retry_task(uow, world.context, made["id"]))
    written = b"".join((world.folder / f"acs.sqlite3{end}").read_bytes() for end in ("", "-wal"))
    assert open_text in written  # it is the right place to look
    assert secret not in written
    assert secret.decode() not in str(await world.state(made["id"]))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (SET, {"values": SET["values"]}),
        (DOWNLOAD, {**DOWNLOAD, "type": None, "file_size": 0, "target_file_name": ""}),
    ],
)
async def test_the_phone_gets_what_was_asked(
    world: World, device_id: str, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    made = await create(world, device_id, body)
    opened = tasks.unseal_arguments(world.context, (await stored(world, made["id"])).arguments)
    assert opened == {name: value for name, value in expected.items() if name != "type"}


def test_only_what_needs_it_is_sealed(world: World) -> None:
    given = {"values": {"A.Password": "hush", "A.User": "u", "B.Password": ""}, "password": ""}
    sealed = tasks.seal_arguments(world.context, given)
    assert set(sealed["values"]["A.Password"]) == {"$sealed"}
    assert sealed["values"]["A.User"] == "u"
    assert (sealed["values"]["B.Password"], sealed["password"]) == ("", "")
    assert given["values"] == {"A.Password": "hush", "A.User": "u", "B.Password": ""}
    assert tasks.unseal_arguments(world.context, sealed) == given


def test_a_sealed_value_from_elsewhere_does_not_open_in_a_task(world: World) -> None:
    foreign = {"password": {"$sealed": world.context.box.seal("hush", context="cpe:d1")}}
    with pytest.raises(NeedsOperator):
        tasks.unseal_arguments(world.context, foreign)


# Lists --------------------------------------------------------------------------------------------------------------


async def test_newest_first_and_by_every_filter(world: World, device_id: str) -> None:
    other = await register(world, "SN-2")
    first = (await create(world, device_id, REBOOT, NOW))["id"]
    second = (await create(world, other, {"type": "get_rpc_methods"}, NOW + 1))["id"]
    third = (await create(world, device_id, {"type": "get_rpc_methods"}, NOW + 2))["id"]
    await world.database.write(lambda uow: tasks.cancel_task(uow, first))
    assert await listed(world) == [third, second, first]
    assert await listed(world, device_id=device_id) == [third, first]
    assert await listed(world, state="queued") == [third, second]
    assert await listed(world, state="failed, cancelled") == [first]
    assert await listed(world, type="get_rpc_methods", device_id=other) == [second]
    assert await listed(world, campaign_id="none yet") == []
    page = await world.read(lambda uow: tasks.list_tasks(uow, limit=2))
    assert page.next is not None
    assert await listed(world, limit=2, cursor=page.next) == [first]


@pytest.mark.parametrize("state", ["", "done", "queued,done", "Queued"])
async def test_unknown_states_are_refused(world: World, state: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        await listed(world, state=state)
    assert refusal.value.field == "state"


# Cancel and retry ---------------------------------------------------------------------------------------------------


async def test_an_unknown_task(world: World) -> None:
    for use_case in (
        lambda uow: tasks.get_task(uow, "t0"),
        lambda uow: tasks.cancel_task(uow, "t0"),
        lambda uow: tasks.retry_task(uow, world.context, "t0"),
    ):
        with pytest.raises(NotFound, match="no task t0"):
            await world.database.write(use_case)


@pytest.mark.parametrize("state", ["queued", "running", "transferring", "verifying"])
async def test_open_tasks_can_be_cancelled_once(world: World, device_id: str, state: str) -> None:
    made = await create(world, device_id, REBOOT)
    await change(world, made["id"], state=state, in_flight="rpc-1", session_id="s-1")
    shown = await world.database.write(lambda uow: tasks.cancel_task(uow, made["id"]))
    assert shown["state"] == "cancelled"
    assert shown["finished_at"] is not None
    row = await stored(world, made["id"])
    assert (row.open, row.in_flight, row.session_id) == (False, "", "")
    with pytest.raises(Conflict, match="cancelled") as refusal:
        await world.database.write(lambda uow: tasks.cancel_task(uow, made["id"]))
    assert refusal.value.facts == {"state": "cancelled"}


@pytest.mark.parametrize("state", ["failed", "cancelled", "expired"])
async def test_what_ended_badly_can_be_tried_again_from_the_start(world: World, device_id: str, state: str) -> None:
    made = await create(world, device_id, DOWNLOAD, NOW - 86400 * 30)
    task_id = made["id"]
    await change(
        world,
        task_id,
        state=state,
        open=False,
        attempts=6,
        not_before=NOW,
        started_at=NOW - 100,
        finished_at=NOW,
        progress={"phase": "transferring"},
        fault={"code": "9010", "message": "no"},
        result={"a": 1},
        evidence={"b": 2},
    )

    def fetched(uow: UnitOfWork) -> None:
        uow.session.add(
            LinkRow(
                id="l1",
                device_id=device_id,
                task_id=task_id,
                sha256="0",
                name="x",
                size=3,
                created_at=NOW,
                served=[[0, 3]],
                first_at=NOW - 90,
                complete_at=NOW - 80,
            )
        )

    await world.database.write(fetched)

    def use_case(uow: UnitOfWork) -> dict[str, Any]:
        uow.now = NOW
        return tasks.retry_task(uow, world.context, task_id)

    shown = await world.database.write(use_case)
    assert (shown["state"], shown["attempts"]) == ("queued", 0)
    for name in ("started_at", "finished_at", "not_before", "fault", "result", "evidence"):
        assert shown[name] is None, name
    row = await stored(world, task_id)
    assert (row.open, row.progress, row.expires_at) == (True, {}, NOW + world.context.task_lifetime)
    link = await world.read(lambda uow: uow.session.get(LinkRow, "l1"))
    assert (link.served, link.first_at, link.complete_at) == ([], None, None)  # it proves nothing for the next attempt


@pytest.mark.parametrize(
    ("state", "still_open"),
    [("queued", True), ("running", True), ("transferring", True), ("verifying", True), ("succeeded", False)],
)
async def test_nothing_else_can_be_tried_again(world: World, device_id: str, state: str, still_open: bool) -> None:
    made = await create(world, device_id, REBOOT)
    await change(world, made["id"], state=state, open=still_open)
    with pytest.raises(Conflict, match=state):
        await world.database.write(lambda uow: tasks.retry_task(uow, world.context, made["id"]))


# Expiry -------------------------------------------------------------------------------------------------------------


async def expire(world: World, now: float, **options: Any) -> int:
    def use_case(uow: UnitOfWork) -> int:
        uow.now = now
        return tasks.expire_tasks(uow, **options)

    return await world.database.write(use_case)


async def due(world: World, now: float) -> bool:
    def use_case(uow: UnitOfWork) -> bool:
        uow.now = now
        return tasks.anything_due(uow)

    return bool(await world.read(use_case))


async def test_a_task_whose_phone_never_calls_expires(world: World, device_id: str) -> None:
    early = (await create(world, device_id, {**REBOOT, "expires_in": 60}))["id"]
    late = (await create(world, device_id, {**REBOOT, "expires_in": 600}))["id"]
    assert not await due(world, NOW + 59)
    assert await expire(world, NOW + 59) == 0
    assert await due(world, NOW + 61)
    assert await expire(world, NOW + 61) == 1
    done = await world.state(early)
    assert (done["state"], done["fault"]["code"]) == ("expired", "expired")
    assert (await stored(world, early)).finished_at == NOW + 61
    assert not (await stored(world, early)).open
    assert (await world.state(late))["state"] == "queued"
    assert not await due(world, NOW + 61)


async def test_a_request_on_its_way_is_not_given_up(world: World, device_id: str) -> None:
    made = (await create(world, device_id, {**REBOOT, "expires_in": 60}))["id"]
    await change(world, made, state="running", in_flight="rpc-1", session_id="s-1")
    assert await expire(world, NOW + 61) == 0
    await change(world, made, in_flight="")
    assert await expire(world, NOW + 61) == 1


async def test_expiry_goes_in_bounded_steps(world: World, device_id: str) -> None:
    for _ in range(3):
        await create(world, device_id, {**REBOOT, "expires_in": 1})
    assert [await expire(world, NOW + 2, limit=2) for _ in range(3)] == [2, 1, 0]


@pytest.mark.parametrize(
    ("state", "expected"), [("queued", False), ("running", False), ("transferring", True), ("verifying", True)]
)
async def test_tasks_that_wait_for_a_phone_are_looked_at(
    world: World, device_id: str, state: str, expected: bool
) -> None:
    made = await create(world, device_id, REBOOT)
    await change(world, made["id"], state=state)
    assert await due(world, NOW) is expected


async def test_passwords_of_operations_are_sealed_and_not_told(world: World, device_id: str) -> None:
    operations = [
        {"type": "install", "url": "http://h/m", "password": "hush-hush"},
        {"type": "uninstall", "uuid": "0a0b0c0d-0000-4000-8000-000000000001"},
    ]
    made = await create(world, device_id, {"type": "change_du_state", "operations": operations})
    assert [each.get("password") for each in made["arguments"]["operations"]] == ["***", None]
    row = await stored(world, made["id"])
    assert "hush-hush" not in str(row.model_dump())
    assert tasks.unseal_arguments(world.context, row.arguments)["operations"][0]["password"] == "hush-hush"


async def test_a_scheduled_configuration_is_pending_too(world: World, device_id: str) -> None:
    windows = [{"start": 0, "end": 60, "mode": "any_time"}]
    await create(world, device_id, {"type": "schedule_download", "kind": "config", "time_windows": windows})
    assert (await world.read(lambda uow: get_device(uow, device_id)))["config"]["state"] == "pending"


async def test_a_file_that_a_scheduled_download_needs_stays(world: World, device_id: str) -> None:
    upload = check_upload(kind="firmware", name="x.z")
    blob = world.context.blobs.put(b"image", encrypted=False, max_bytes=10)
    file = await world.database.write(lambda uow: create_file(uow, world.context, upload, blob))
    windows = [{"start": 0, "end": 60, "mode": "any_time"}]
    body = {"type": "schedule_download", "file_id": file["id"], "time_windows": windows}
    made = await create(world, device_id, body)
    with pytest.raises(Conflict, match=made["id"]):
        await world.database.write(lambda uow: delete_file(uow, file["id"]))


async def test_quirk_098_spread_stands_for_the_phone_s_own_time(world: World, device_id: str) -> None:
    name = "Device.ManagementServer.PeriodicInformTime"
    body = {"type": "set_parameter_values", "values": [{"name": name, "value": "spread"}]}
    (value,) = (await create(world, device_id, body))["arguments"]["values"]
    assert (value["value"], value["type"]) == (periodic_inform_time(device_id), "xsd:dateTime")


async def test_a_profile_that_cannot_do_it_says_what_to_do_instead(world: World, device_id: str) -> None:
    sip = {"type": "set_parameter_values", "kind": "sip"}

    def profile(name: str) -> Any:
        return world.database.write(lambda uow: patch_device(uow, world.context, device_id, {"profile": name}))

    await profile("ctc")
    with pytest.raises(Conflict, match=r"'ctc'.*configuration file.*common") as refused:
        await world.task(device_id, **sip)
    assert refused.value.field == "kind"
    named = [{"name": "InternetGatewayDevice.X_CT-COM_UserInfo.Status", "value": 0}]
    await world.task(device_id, type="set_parameter_values", values=named)
    await world.task(device_id, type="download", kind="config")
