"""A task on its way: chosen, asked, answered, lost, taken back, waited for, ended."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from acs.domain.planning.programs.deployment_units import LOST_SECONDS
from acs.domain.planning.programs.scheduling import LATE_SECONDS
from acs.domain.planning.programs.transfers import LATE_FILE_SECONDS
from acs.domain.planning.retries import Backoff
from acs.domain.planning.steps import TaskFault
from acs.services import files, tasks, transfers, work
from acs.services.context import Context
from acs.services.devices import device_row, list_events, register_device
from acs.services.quirks import patch_device_quirks
from acs.services.work import Needed, Offer, Visit
from acs.storage.tables import DeviceRow, LinkRow, SessionRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork
from cwmp_schemas import cpe_rpcs
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import EventStruct, ParameterValueStruct, TypedValue
from tests.conftest import World
from tests.phone import UNKNOWN_TIME, transfer_complete

T = TypeVar("T")
NOW = 1_790_000_000.0
ROOT = "InternetGatewayDevice."
NTP = f"{ROOT}Time.NTPServer1"
READ = {"type": "get_parameter_values", "names": [NTP]}
REBOOT = {"type": "reboot"}
RESET = {"type": "factory_reset"}
BY_URL = {"type": "download", "url": "http://files.example/x", "file_type": "2 Web Content"}
UPLOAD = {"type": "upload", "file_type": "1 Vendor Configuration File"}
PREPARED = {"file_type": "2 Web Content", "url": "http://files.example/x", "size": 3, "link": "l1", "proof": "transfer"}
FIRMWARE = {**PREPARED, "proof": "firmware", "version": "2.0"}


class Line:
    """One phone and the use cases of ``work`` on it, at a time of the test's choice."""

    def __init__(self, world: World, device_id: str) -> None:
        self.world, self.device_id, self.now = world, device_id, NOW
        self.ctx: Context = replace(world.context, backoff=Backoff(first=10.0))
        self.visit = Visit(device_id, "s1")

    async def do(self, use_case: Callable[[UnitOfWork], T]) -> T:
        def timed(uow: UnitOfWork) -> T:
            uow.now = self.now
            return use_case(uow)

        return await self.world.database.write(timed)

    async def queue(self, body: dict[str, Any], **columns: Any) -> str:
        """Queue a task; then bring it where the story begins."""

        def use_case(uow: UnitOfWork) -> str:
            made = tasks.create_task(uow, self.ctx, self.device_id, body)
            row = uow.session.get(TaskRow, made["id"])
            assert row is not None
            for name, value in columns.items():
                setattr(row, name, value)
            uow.session.add(row)
            return row.id

        return await self.do(use_case)

    async def next(self, rpc_id: str = "rpc1", *, visit: Visit | None = None, first: str | None = None) -> work.Next:
        return await self.do(lambda uow: work.next_work(uow, self.ctx, visit or self.visit, rpc_id=rpc_id, first=first))

    async def answered(self, task_id: str, message: Any, visit: Visit | None = None) -> None:
        await self.do(lambda uow: work.answered(uow, self.ctx, visit or self.visit, task_id, message))

    async def faulted(self, task_id: str, code: int) -> None:
        fault = Fault(FaultCode=code, FaultString="as told")
        await self.do(lambda uow: work.faulted(uow, self.ctx, self.visit, task_id, fault))

    async def called(self, *events: str | tuple[str, str], session_id: str = "s2") -> bool:
        pairs = [(event, "") if isinstance(event, str) else event for event in events]
        structs = [EventStruct(EventCode=code, CommandKey=key) for code, key in pairs]
        return await self.do(
            lambda uow: work.phone_called(
                uow, self.ctx, device_row(uow, self.device_id), events=structs, session_id=session_id
            )
        )

    async def complete(self, command_key: str, code: int = 0) -> str | None:
        message = transfer_complete(command_key, code, "as told" if code else "")
        return await self.do(lambda uow: work.transfer_complete(uow, self.ctx, self.device_id, message))

    async def row(self, task_id: str) -> TaskRow:
        row = await self.do(lambda uow: uow.session.get(TaskRow, task_id))
        assert row is not None
        return row

    async def link(self, task_id: str | None, **columns: Any) -> None:
        values = {"id": "l1", "sha256": "0", "name": "x", "size": 3, "created_at": NOW, **columns}
        await self.do(lambda uow: uow.session.add(LinkRow(device_id=self.device_id, task_id=task_id, **values)))

    async def events(self) -> list[str]:
        page = await self.world.read(lambda uow: list_events(uow, self.device_id))
        return [event["kind"] for event in page.items]


@pytest.fixture
async def line(world: World) -> Line:
    def known(uow: UnitOfWork) -> str:
        row = device_row(uow, register_device(uow, world.context, {"serial_number": "SN-1"})["id"])
        row.root, row.software_version = ROOT, "1.0"
        uow.session.add(row)
        return row.id

    return Line(world, await world.database.write(known))


def values_of(message: Any, text: str = "ntp.example") -> cpe_rpcs.GetParameterValuesResponse:
    return cpe_rpcs.GetParameterValuesResponse(
        ParameterList=tuple(ParameterValueStruct(Name=name, Value=TypedValue(text)) for name in message.ParameterNames)
    )


# Choosing and asking ------------------------------------------------------------------------------------------------


async def test_a_request_is_marked_as_in_flight_with_its_session(line: Line) -> None:
    task_id = await line.queue(READ)
    offer = await line.next("rpc7")
    assert offer == Offer(task_id, cpe_rpcs.GetParameterValues(ParameterNames=(NTP,)))
    row = await line.row(task_id)
    assert (row.state, row.attempts, row.in_flight, row.session_id) == ("running", 1, "rpc7", "s1")
    assert row.started_at == NOW
    assert await line.do(lambda uow: work.session_of_rpc(uow, "rpc7")) == "s1"
    assert await line.do(lambda uow: work.session_of_rpc(uow, "rpc8")) is None
    assert await line.next("rpc8") is None  # it is asked; nothing else waits


async def test_an_answer_ends_it_with_its_result(line: Line) -> None:
    task_id = await line.queue(READ)
    offer = await line.next()
    assert isinstance(offer, Offer)
    await line.answered(task_id, values_of(offer.message))
    assert (await line.row(task_id)).in_flight == ""
    assert await line.next() is None
    row = await line.row(task_id)
    assert (row.state, row.open, row.finished_at, row.session_id) == ("succeeded", False, NOW, "")
    assert row.result is not None
    assert row.result["values"][0]["value"] == "ntp.example"
    assert await line.events() == ["task_succeeded"]


async def test_by_priority_then_by_age_and_a_named_one_before_all(line: Line) -> None:
    old = await line.queue(READ)
    line.now += 1
    young = await line.queue(READ)
    urgent = await line.queue(READ, priority=1)
    chosen = []
    for number in range(3):
        offer = await line.next(f"rpc{number}", first=young)
        assert isinstance(offer, Offer)
        chosen.append(offer.task_id)
    assert chosen == [young, urgent, old]


async def test_a_task_under_way_goes_before_a_queued_one(line: Line) -> None:
    await line.queue(READ)
    going_on = await line.queue(
        BY_URL, state="verifying", progress={"prepared": FIRMWARE, "phase": "verify", "completed": {}}
    )
    offer = await line.next()
    assert isinstance(offer, Offer)
    assert offer.task_id == going_on
    assert (await line.row(going_on)).state == "verifying"
    assert (await line.row(going_on)).attempts == 0


async def test_after_a_restart_was_asked_nothing_new_is_offered(line: Line) -> None:
    await line.queue(READ)
    assert await line.next(visit=replace(line.visit, exclusive=True)) is None
    assert isinstance(await line.next(), Offer)


@pytest.mark.parametrize("state", ["transferring", "verifying"])
async def test_no_restart_while_a_transfer_is_under_way(line: Line, state: str) -> None:
    progress = {"prepared": PREPARED, "phase": "transferring"}
    await line.queue(BY_URL, state=state, progress=progress)
    reboot = await line.queue(REBOOT)
    light = await line.queue(READ)
    offer = await line.next()
    assert isinstance(offer, Offer)
    assert offer.task_id == light
    assert (await line.row(reboot)).state == "queued"


async def test_what_has_to_be_made_first_is_told(line: Line) -> None:
    task_id = await line.queue(UPLOAD)
    assert await line.next() == Needed(task_id, "upload")
    assert (await line.row(task_id)).attempts == 0


async def test_a_task_whose_time_is_over_is_not_asked(line: Line) -> None:
    task_id = await line.queue({**READ, "expires_in": 60})
    line.now += 61
    assert await line.next() is None
    row = await line.row(task_id)
    assert (row.state, row.open, (row.fault or {})["code"]) == ("expired", False, "expired")


async def test_for_a_phone_that_is_gone_there_is_nothing(line: Line) -> None:
    assert await line.next(visit=Visit("nobody", "s1")) is None


async def test_a_chosen_request_that_was_not_sent_was_no_attempt(line: Line) -> None:
    task_id = await line.queue(READ)
    await line.next()
    await line.do(lambda uow: work.put_back(uow, task_id))
    row = await line.row(task_id)
    assert (row.state, row.attempts, row.in_flight, row.session_id) == ("queued", 0, "", "")
    await line.do(lambda uow: work.put_back(uow, "t0"))


async def test_the_request_in_flight_can_be_given_once_more(line: Line) -> None:
    task_id = await line.queue(READ)
    offer = await line.next()
    assert await line.do(lambda uow: work.again(uow, line.ctx, line.visit, task_id)) == offer
    assert await line.do(lambda uow: work.again(uow, line.ctx, Visit(line.device_id, "s9"), task_id)) is None
    assert (await line.row(task_id)).attempts == 1


async def test_whether_a_phone_has_work_at_all(line: Line) -> None:
    assert not work.has_work(line.world.database, line.device_id)
    task_id = await line.queue(READ)
    assert work.has_work(line.world.database, line.device_id)
    await line.do(lambda uow: tasks.cancel_task(uow, task_id))
    assert not work.has_work(line.world.database, line.device_id)


# Answers and faults -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moved", ["cancelled", "another session", "not in flight", "another phone"])
async def test_an_answer_to_what_is_no_longer_asked_changes_nothing(line: Line, moved: str) -> None:
    task_id = await line.queue(READ)
    offer = await line.next()
    assert isinstance(offer, Offer)
    visit = line.visit
    if moved == "cancelled":
        await line.do(lambda uow: tasks.cancel_task(uow, task_id))
    elif moved == "not in flight":
        await line.do(lambda uow: work.put_back(uow, task_id))
    elif moved == "another session":
        visit = Visit(line.device_id, "s9")
    else:
        visit = Visit("nobody", "s1")
    before = (await line.row(task_id)).model_dump()
    await line.answered(task_id, values_of(offer.message), visit)
    await line.do(lambda uow: work.faulted(uow, line.ctx, visit, task_id, Fault(FaultCode=9000, FaultString="")))
    await line.do(lambda uow: work.unanswered(uow, line.ctx, visit, task_id))
    assert (await line.row(task_id)).model_dump() == before


@pytest.mark.parametrize(
    ("code", "state"),
    [(9000, "failed"), (9003, "failed"), (9001, "queued"), (9004, "queued"), (9899, "queued"), (9800, "queued")],
)
async def test_a_fault_is_final_or_worth_another_try_or_none_at_all(line: Line, code: int, state: str) -> None:
    task_id = await line.queue(REBOOT)
    await line.next()
    await line.faulted(task_id, code)
    row = await line.row(task_id)
    assert (row.state, row.in_flight) == (state, "")
    assert (row.fault or {})["code"] == str(code)


async def test_the_waits_grow_are_kept_in_every_session_and_end(line: Line) -> None:
    task_id = await line.queue(REBOOT)
    attempts = line.ctx.backoff.attempts
    for attempt in range(1, attempts + 1):
        assert isinstance(await line.next(), Offer), attempt
        await line.faulted(task_id, 9001)
        row = await line.row(task_id)
        assert row.attempts == attempt
        if attempt < attempts:
            wait = row.not_before - line.now
            assert 0.75 <= wait / (10.0 * 2 ** (attempt - 1)) <= 1.25
            line.now = row.not_before - 0.1
            assert await line.next() is None
            line.now = row.not_before
    assert (row.state, row.open) == ("failed", False)
    assert (row.fault or {})["message"] == f"as told (gave up after {attempts} attempts)"
    assert await line.events() == ["task_failed"]


async def test_a_phone_that_does_not_answer_is_asked_again_later(line: Line) -> None:
    task_id = await line.queue(REBOOT)
    await line.next()
    await line.do(lambda uow: work.unanswered(uow, line.ctx, line.visit, task_id))
    row = await line.row(task_id)
    assert (row.state, (row.fault or {})["code"]) == ("queued", "no_response")
    assert row.not_before > line.now


async def test_a_discovery_that_is_too_much_for_a_phone_goes_on_with_less(line: Line) -> None:
    made = await line.do(lambda uow: tasks.add_task(uow, line.ctx, line.device_id, "discover", {}, origin="acs"))
    first = await line.next()
    while isinstance(first, Offer) and not isinstance(first.message, cpe_rpcs.GetParameterNames):
        await line.answered(made.id, cpe_rpcs.GetRPCMethodsResponse(MethodList=("Reboot",)))
        first = await line.next()
    assert isinstance(first, Offer)
    await line.do(lambda uow: work.unanswered(uow, line.ctx, line.visit, made.id))
    second = await line.next()
    assert isinstance(second, Offer)
    assert second.message != first.message
    assert (await line.row(made.id)).attempts == 1


# Taken back ---------------------------------------------------------------------------------------------------------

ASKED = {"state": "running", "in_flight": "rpc1", "session_id": "s1", "attempts": 1, "started_at": NOW}


@pytest.mark.parametrize(
    ("body", "progress", "fetched_at", "state", "phase"),
    [
        pytest.param(READ, {}, None, "queued", None, id="a request: asked again"),
        pytest.param(BY_URL, {"prepared": PREPARED}, None, "queued", None, id="a download nobody fetched: asked again"),
        pytest.param(BY_URL, {"prepared": PREPARED}, NOW + 1, "transferring", "transferring", id="its link was used"),
        pytest.param(UPLOAD, {"prepared": PREPARED}, NOW + 1, "transferring", "transferring", id="so was an upload's"),
        pytest.param(BY_URL, {"prepared": PREPARED}, NOW - 9, "queued", None, id="used before it was asked"),
        pytest.param(
            BY_URL,
            {"prepared": FIRMWARE, "phase": "verify", "reading": {"todo": [["x"]]}},
            NOW + 1,
            "verifying",
            "verify",
            id="while reading back: read anew",
        ),
    ],
)
async def test_what_becomes_of_a_request_whose_session_was_lost(
    line: Line, body: dict[str, Any], progress: dict[str, Any], fetched_at: float | None, state: str, phase: str | None
) -> None:
    task_id = await line.queue(body, progress=progress, **ASKED)
    if fetched_at is not None:
        await line.link(task_id, first_at=fetched_at)
    await line.do(lambda uow: work.checkpoint(uow, line.visit, "dump", {}))
    line.now += 5
    await line.do(lambda uow: work.session_lost(uow, line.ctx, line.device_id, "s1"))
    row = await line.row(task_id)
    assert (row.state, row.in_flight, row.session_id, row.progress.get("phase")) == (state, "", "", phase)
    assert row.progress.get("reading") is None
    assert await line.do(lambda uow: uow.session.get(SessionRow, "s1")) is None
    if state == "queued":
        assert (row.fault or {})["code"] == "session_lost"
        assert row.not_before == line.now  # at once: the phone is on the line
        assert row.attempts == 1


async def test_an_object_that_may_have_been_added_is_looked_for(line: Line) -> None:
    body = {"type": "add_object", "object_name": f"{ROOT}Line."}
    task_id = await line.queue(body, progress={"before": []}, **ASKED)
    await line.do(lambda uow: work.session_lost(uow, line.ctx, line.device_id, "s1"))
    assert (await line.row(task_id)).progress["lost"] is True


async def test_a_request_that_is_lost_every_time_is_given_up(line: Line) -> None:
    task_id = await line.queue(READ, **{**ASKED, "attempts": line.ctx.backoff.attempts})
    await line.do(lambda uow: work.session_lost(uow, line.ctx, line.device_id, "s1"))
    assert (await line.row(task_id)).state == "failed"


async def test_another_sessions_loss_takes_nothing_back(line: Line) -> None:
    task_id = await line.queue(READ, **ASKED)
    await line.do(lambda uow: work.session_lost(uow, line.ctx, line.device_id, "s9"))
    assert (await line.row(task_id)).in_flight == "rpc1"


async def test_a_new_session_takes_back_what_the_old_one_left(line: Line) -> None:
    task_id = await line.queue(READ, **ASKED)
    assert await line.called("2 PERIODIC", session_id="s1")
    assert (await line.row(task_id)).in_flight == "rpc1"  # its own session still holds it
    assert await line.called("2 PERIODIC", session_id="s2")
    assert (await line.row(task_id)).state == "queued"
    await line.do(lambda uow: tasks.cancel_task(uow, task_id))
    assert not await line.called("2 PERIODIC")


@pytest.mark.parametrize(
    ("body", "event", "proven"),
    [
        (REBOOT, "1 BOOT", True),
        (REBOOT, "M Reboot", True),
        (REBOOT, "2 PERIODIC", False),
        (REBOOT, "0 BOOTSTRAP", False),
        (RESET, "0 BOOTSTRAP", True),
        (RESET, "1 BOOT", False),
    ],
)
@pytest.mark.parametrize("answered", [True, False])
async def test_a_restart_is_proven_by_its_event_even_if_the_answer_was_lost(
    line: Line, body: dict[str, Any], event: str, proven: bool, answered: bool
) -> None:
    columns = {"state": "verifying", "progress": {"asked": True}} if answered else ASKED
    task_id = await line.queue(body, **columns)
    await line.called((event, task_id if event.startswith("M ") else ""))
    row = await line.row(task_id)
    if proven:
        assert (row.state, row.evidence) == ("succeeded", {"events": [event]})
    else:
        assert row.state == ("verifying" if answered else "queued")


async def test_a_restart_that_was_never_asked_is_not_proven_by_a_boot(line: Line) -> None:
    task_id = await line.queue(REBOOT)
    await line.called("1 BOOT", ("M Reboot", "another"))
    assert (await line.row(task_id)).state == "queued"


async def test_the_boot_command_key_of_another_reboot_proves_nothing(line: Line) -> None:
    task_id = await line.queue(REBOOT, state="verifying", progress={"asked": True})
    await line.called(("M Reboot", "another"))
    assert (await line.row(task_id)).state == "verifying"


# Transfers ----------------------------------------------------------------------------------------------------------


async def transferring(line: Line, body: dict[str, Any] = BY_URL, prepared: dict[str, Any] = PREPARED) -> str:
    waiting = {"for": "transferring", "since": line.now, "until": line.now + 3600.0}
    progress = {"prepared": prepared, "phase": "transferring", "asked_at": line.now, "waiting": waiting}
    return await line.queue(body, state="transferring", attempts=1, started_at=line.now, progress=progress)


@pytest.mark.parametrize("key", ["{id}", " {id} ", "", "garbage"])
async def test_a_report_finds_its_transfer(line: Line, key: str) -> None:
    task_id = await transferring(line)
    assert await line.complete(key.format(id=task_id)) == task_id
    row = await line.row(task_id)
    assert (row.state, (row.evidence or {})["transfer"]["by"]) == ("succeeded", "TransferComplete")
    assert row.progress == {}  # it may name a secret link


async def test_without_a_key_it_is_the_newest_transfer(line: Line) -> None:
    await transferring(line)
    line.now += 1
    newest = await transferring(line)
    assert await line.complete("") == newest


async def test_a_repeated_report_of_an_ended_task_moves_no_other(line: Line) -> None:
    ended = await transferring(line)
    await line.complete(ended)
    other = await transferring(line)
    assert await line.complete(ended) is None
    assert (await line.row(other)).state == "transferring"
    assert (await line.events()).count("transfer_complete") == 2


async def test_a_report_that_comes_before_the_answer_counts(line: Line) -> None:
    task_id = await line.queue(BY_URL, progress={"prepared": PREPARED}, **ASKED)
    assert await line.complete(task_id) == task_id
    assert (await line.row(task_id)).state == "succeeded"


async def test_a_report_nobody_waits_for_is_only_noted(line: Line) -> None:
    assert await line.complete("x") is None
    assert await line.events() == ["transfer_complete"]


@pytest.mark.parametrize(("code", "state"), [(9015, "queued"), (9010, "queued"), (9018, "failed"), (9012, "failed")])
async def test_a_failed_transfer_is_tried_again_or_not(line: Line, code: int, state: str) -> None:
    task_id = await transferring(line)
    await line.complete(task_id, code)
    row = await line.row(task_id)
    assert (row.state, (row.fault or {})["code"]) == (state, str(code))
    assert row.progress == {}


async def test_what_was_fetched_for_a_failed_attempt_proves_nothing_for_the_next(line: Line) -> None:
    task_id = await transferring(line)
    await line.link(task_id, first_at=NOW, complete_at=NOW + 1, served=[[0, 3]])
    await line.complete(task_id, 9010)
    await line.do(lambda uow: _change(uow, task_id, progress={"prepared": PREPARED}, **ASKED))
    await line.do(lambda uow: work.session_lost(uow, line.ctx, line.device_id, "s1"))
    assert (await line.row(task_id)).state == "queued"  # asked again, not taken for a transfer under way


def _change(uow: UnitOfWork, task_id: str, **columns: Any) -> None:
    row = uow.session.get(TaskRow, task_id)
    assert row is not None
    for name, value in columns.items():
        setattr(row, name, value)
    uow.session.add(row)


async def verify_firmware(line: Line, task_id: str) -> None:
    offer = await line.next()
    assert isinstance(offer, Offer)
    assert offer.task_id == task_id
    await line.answered(task_id, values_of(offer.message, "1.0"))
    assert await line.next() is None


async def test_a_slow_transfer_leaves_the_phone_its_time_to_apply_it(line: Line) -> None:
    """An hour for the transfer and a quarter for the restart are two waits, not one."""
    task_id = await transferring(line, prepared=FIRMWARE)
    line.now += 1800
    await line.complete(task_id)
    await verify_firmware(line, task_id)
    row = await line.row(task_id)
    assert (row.state, row.progress["waiting"]["since"]) == ("verifying", line.now)
    line.now += 899
    assert await line.do(lambda uow: work.wait_over(uow, line.ctx)) == 0
    line.now += 2
    assert await line.do(lambda uow: work.wait_over(uow, line.ctx)) == 1
    row = await line.row(task_id)
    assert (row.state, (row.fault or {})["code"]) == ("failed", "not_applied")


@pytest.mark.parametrize(("after", "ended"), [(3599.0, 0), (3601.0, 1)])
async def test_a_transfer_nobody_reports_ends_after_an_hour(line: Line, after: float, ended: int) -> None:
    task_id = await transferring(line)
    line.now += after
    assert await line.do(lambda uow: work.wait_over(uow, line.ctx)) == ended
    assert (await line.row(task_id)).state == ("failed" if ended else "transferring")


@pytest.mark.parametrize(
    ("since_fetched", "reported", "expected"),
    [(59.0, False, "transferring"), (61.0, False, "succeeded"), (61.0, True, "transferring")],
)
async def test_a_phone_that_forgot_its_report_is_looked_at(
    line: Line, since_fetched: float, reported: bool, expected: str
) -> None:
    task_id = await transferring(line)
    line.now += 100
    await line.link(task_id, complete_at=line.now - since_fetched)
    await line.next(visit=replace(line.visit, transfer_completed=reported))
    assert (await line.row(task_id)).state == expected


async def test_an_upload_is_done_when_its_file_is_here(line: Line) -> None:
    task_id = await transferring(line, UPLOAD)
    await line.link(task_id)
    await line.do(lambda uow: work.fetched(uow, line.ctx, line.device_id))
    assert (await line.row(task_id)).state == "transferring"
    await line.complete(task_id)
    assert (await line.row(task_id)).state == "verifying"
    assert await line.next() is None  # from now on the file is awaited
    line.now += LATE_FILE_SECONDS + 1
    await line.do(lambda uow: work.wait_over(uow, line.ctx))
    row = await line.row(task_id)
    assert (row.state, (row.fault or {})["code"]) == ("failed", "not_received")


async def test_a_download_answered_as_done_needs_no_report(line: Line) -> None:
    task_id = await line.queue(BY_URL, progress={"prepared": PREPARED})
    await line.next()
    done = cpe_rpcs.DownloadResponse(Status=0, StartTime=UNKNOWN_TIME, CompleteTime=UNKNOWN_TIME)
    await line.answered(task_id, done)
    assert await line.next() is None
    row = await line.row(task_id)
    assert (row.state, (row.evidence or {})["transfer"]["by"]) == ("succeeded", "DownloadResponse")


# The device follows -------------------------------------------------------------------------------------------------


async def device(line: Line) -> DeviceRow:
    return await line.do(lambda uow: device_row(uow, line.device_id))


async def test_the_configuration_state_follows_its_task(line: Line) -> None:
    prepared = {**PREPARED, "proof": "config", "version": "2.0002", "expect": {NTP: "ntp.example"}}
    task_id = await line.queue({"type": "download", "kind": "config"}, progress={"prepared": prepared})
    await line.next()
    assert (await device(line)).config_state == "applying"
    await line.answered(task_id, cpe_rpcs.DownloadResponse(Status=0, StartTime="", CompleteTime=""))
    offer = await line.next()
    assert isinstance(offer, Offer)
    values = cpe_rpcs.GetParameterValuesResponse(
        ParameterList=tuple(
            ParameterValueStruct(Name=name, Value=TypedValue("2.0002" if name.endswith("Version") else "ntp.example"))
            for name in offer.message.ParameterNames  # type: ignore[attr-defined]
        )
    )
    await line.answered(task_id, values)
    assert await line.next() is None
    found = await device(line)
    assert (found.config_state, found.config_reported_version) == ("in_sync", "2.0002")
    assert (found.config_evidence or {})["task_id"] == task_id


async def test_a_configuration_that_fails_is_told_on_the_device(line: Line) -> None:
    task_id = await line.queue({"type": "download", "kind": "config"})
    fault = TaskFault("cannot_render", "no")
    await line.do(lambda uow: work.fail(uow, task_id, fault))
    found = await device(line)
    assert found.config_state == "failed"
    assert found.config_evidence == {"task_id": task_id, "fault": fault.as_json()}
    before = (await line.row(task_id)).model_dump()
    line.now += 1
    await line.do(lambda uow: work.fail(uow, task_id, TaskFault("again", "again")))
    await line.do(lambda uow: work.fail(uow, "t0", fault))
    assert (await line.row(task_id)).model_dump() == before


# Checkpoints --------------------------------------------------------------------------------------------------------


async def test_a_checkpoint_is_replaced_and_forgotten(line: Line) -> None:
    for value in ("one", "two"):
        line.now += 1
        await line.do(lambda uow, value=value: work.checkpoint(uow, line.visit, value, {"n": value}))  # type: ignore[misc]
    row = await line.do(lambda uow: uow.session.get(SessionRow, "s1"))
    assert row is not None
    assert (row.value, row.context, row.updated_at) == ("two", {"n": "two"}, line.now)
    await line.do(lambda uow: work.forget_checkpoint(uow, "s1"))
    assert await line.do(lambda uow: uow.session.get(SessionRow, "s1")) is None


async def test_done_but_is_done_for_a_write_and_proves_nothing_else(line: Line) -> None:
    """Broadcom's 9800 to 9802 (quirk 187)."""
    task_id = await line.queue({"type": "delete_object", "object_name": "Device.X.1."})
    await line.next()
    await line.faulted(task_id, 9800)
    row = await line.row(task_id)
    assert row.state == "succeeded"
    assert row.result == {"fault": {"code": "9800", "message": "as told", "parameters": []}}


# What was agreed with the phone -------------------------------------------------------------------------------------

WINDOWS = [{"start": 3600, "end": 10 * 86400, "mode": "when_idle"}]
SCHEDULED = {**BY_URL, "type": "schedule_download", "time_windows": WINDOWS}


async def newer(line: Line) -> Line:
    await line.do(lambda uow: setattr(device_row(uow, line.device_id), "cwmp_namespace", "urn:dslforum-org:cwmp-1-2"))
    return line


async def test_a_scheduled_download_outlives_the_task_s_time_and_ends_after_its_windows(line: Line) -> None:
    await newer(line)
    task_id = await line.queue(SCHEDULED, progress={"prepared": PREPARED})
    offer = await line.next()
    assert isinstance(offer, Offer)
    assert isinstance(offer.message, cpe_rpcs.ScheduleDownload)
    await line.answered(task_id, cpe_rpcs.ScheduleDownloadResponse())
    assert await line.next() is None
    row = await line.row(task_id)
    assert (row.state, row.expires_at) == ("transferring", NOW + 10 * 86400 + 3600)
    line.now = NOW + 10 * 86400 + 3599
    assert await line.next() is None
    assert (await line.row(task_id)).state == "transferring"
    line.now += 2
    await line.do(lambda uow: work.wait_over(uow, line.ctx))
    row = await line.row(task_id)
    assert (row.state, (row.fault or {})["code"]) == ("failed", "no_transfer_complete")


@pytest.mark.parametrize("code", [9020, 9016])
async def test_a_scheduled_download_that_failed_is_not_asked_at_another_hour(line: Line, code: int) -> None:
    task_id = await transferring(line, SCHEDULED)
    assert await line.complete(task_id, code) == task_id
    row = await line.row(task_id)
    assert (row.state, (row.fault or {})["code"]) == ("failed", str(code))


async def test_a_scheduled_download_holds_up_no_restart(line: Line) -> None:
    await transferring(line, SCHEDULED)
    restart = await line.queue(REBOOT)
    offer = await line.next()
    assert isinstance(offer, Offer)
    assert offer.task_id == restart


async def test_the_link_of_a_scheduled_download_is_good_until_its_windows_are_over(line: Line) -> None:
    await newer(line)
    body = {"type": "schedule_download", "kind": "config", "time_windows": WINDOWS}
    task_id = await line.queue(body)
    needed = await line.next()
    assert isinstance(needed, Needed)
    await transfers.prepare(line.world.database, line.ctx, needed)
    (expires_at,) = await line.do(
        lambda uow: uow.connection.exec_driver_sql("SELECT expires_at FROM link WHERE task_id = ?", (task_id,)).one()
    )
    assert expires_at > time.time() + 10 * 86400


@pytest.mark.parametrize(
    ("events", "later", "done"),
    [
        ((("3 SCHEDULED", ""), ("M ScheduleInform", "{id}")), 1.0, True),
        ((("M ScheduleInform", "{id}"),), 1.0, True),
        ((("3 SCHEDULED", ""),), 61.0, True),  # without a key, but at the time asked for
        ((("3 SCHEDULED", ""),), 30.0, False),
        ((("3 SCHEDULED", ""), ("M ScheduleInform", "another")), 61.0, False),
        ((("2 PERIODIC", ""), ("M Reboot", "{id}")), 61.0, False),
    ],
)
async def test_a_scheduled_call_is_proven_by_its_events(
    line: Line, events: tuple[tuple[str, str], ...], later: float, done: bool
) -> None:
    task_id = await line.queue({"type": "schedule_inform", "delay_seconds": 60})
    await line.next()
    await line.answered(task_id, cpe_rpcs.ScheduleInformResponse())
    assert await line.next() is None
    assert (await line.row(task_id)).state == "verifying"
    line.now += later
    await line.called(*((code, key.format(id=task_id)) for code, key in events))
    assert (await line.row(task_id)).state == ("succeeded" if done else "verifying")


async def test_a_scheduled_call_that_never_comes_ends(line: Line) -> None:
    task_id = await line.queue({"type": "schedule_inform", "delay_seconds": 60})
    await line.next()
    await line.answered(task_id, cpe_rpcs.ScheduleInformResponse())
    await line.next()
    line.now += 60 + LATE_SECONDS + 1
    await line.do(lambda uow: work.wait_over(uow, line.ctx))
    row = await line.row(task_id)
    assert (row.state, (row.fault or {})["code"]) == ("failed", "not_informed")


@pytest.mark.parametrize(
    ("body", "columns", "state"),
    [
        (BY_URL, {"state": "transferring"}, "cancelled"),
        (BY_URL, {"state": "queued"}, "cancelled"),
        # It is over; only the proof is missing, and just being read.
        (BY_URL, {"state": "verifying", "in_flight": "r", "session_id": "s1"}, "verifying"),
        (BY_URL, {"state": "failed", "open": False}, "failed"),
        (REBOOT, {"state": "verifying"}, "verifying"),
    ],
)
async def test_a_cancelled_transfer_s_task_is_cancelled(
    line: Line, body: dict[str, Any], columns: dict[str, Any], state: str
) -> None:
    await newer(line)
    transfer = await line.queue(body, progress={"prepared": PREPARED, "phase": "transferring"}, **columns)
    task_id = await line.queue({"type": "cancel_transfer", "command_key": transfer})
    offer = await line.next(first=task_id)
    assert isinstance(offer, Offer)
    assert offer.message == cpe_rpcs.CancelTransfer(CommandKey=transfer)
    await line.answered(task_id, cpe_rpcs.CancelTransferResponse())
    await line.next(first=task_id)
    assert (await line.row(task_id)).state == "succeeded"
    assert (await line.row(transfer)).state == state


async def test_a_refused_cancellation_leaves_the_transfer_alone(line: Line) -> None:
    await newer(line)
    transfer = await transferring(line)
    task_id = await line.queue({"type": "cancel_transfer", "command_key": transfer})
    await line.next(first=task_id)
    await line.faulted(task_id, 9021)
    await line.next(first=task_id)
    row = await line.row(task_id)
    assert (row.state, (row.fault or {})["code"], row.attempts) == ("failed", "9021", 1)
    assert (await line.row(transfer)).state == "transferring"


async def test_a_module_change_that_was_not_answered_is_awaited_and_not_asked_again(line: Line) -> None:
    await newer(line)
    body = {"type": "change_du_state", "operations": [{"type": "install", "url": "http://h/m"}]}
    task_id = await line.queue(body)
    assert isinstance(await line.next(), Offer)
    await line.do(lambda uow: work.unanswered(uow, line.ctx, line.visit, task_id))
    assert (await line.row(task_id)).state == "transferring"
    assert await line.next() is None
    line.now += LOST_SECONDS + 1
    await line.do(lambda uow: work.wait_over(uow, line.ctx))
    assert ((await line.row(task_id)).fault or {})["code"] == "no_du_state_change_complete"


async def test_two_scheduled_calls_may_come_as_one(line: Line) -> None:
    ids = [await line.queue({"type": "schedule_inform", "delay_seconds": seconds}) for seconds in (60, 90)]
    for task_id in ids:
        await line.next()
        await line.answered(task_id, cpe_rpcs.ScheduleInformResponse())
    await line.next()
    line.now += 90
    await line.called(("3 SCHEDULED", ""), *(("M ScheduleInform", task_id) for task_id in ids))
    assert [(await line.row(task_id)).state for task_id in ids] == ["succeeded", "succeeded"]


async def upload(line: Line, kind: str, name: str, content: bytes, **found: Any) -> str:
    blob = line.ctx.blobs.put(content, encrypted=False, max_bytes=10**6)
    checked = replace(files.check_upload(kind=kind, name=name), **found)
    return str((await line.do(lambda uow: files.create_file(uow, line.ctx, checked, blob)))["id"])


@pytest.mark.parametrize(
    ("kind", "name", "found", "refused"),
    [
        ("config", "backup.cfg", {}, True),
        ("certificate", "key.pem", {"facts": {"private": True}}, True),
        ("certificate", "ca.pem", {}, False),
        ("phonebook", "book.xml", {}, False),
    ],
)
async def test_a_file_with_secrets_is_not_sent_where_several_phones_may_ask_for_it(
    line: Line, kind: str, name: str, found: dict[str, Any], refused: bool
) -> None:
    await line.do(lambda uow: patch_device_quirks(uow, line.device_id, {"several_units": True}))
    task_id = await line.queue({"type": "download", "file_id": await upload(line, kind, name, b"x", **found)})
    assert (await line.next() is None) is refused
    assert ((await line.row(task_id)).fault or {}).get("code") == ("several_units" if refused else None)


async def test_a_file_servers_password_is_not_sent_there_either(line: Line) -> None:
    await line.do(lambda uow: patch_device_quirks(uow, line.device_id, {"several_units": True}))
    task_id = await line.queue({**BY_URL, "username": "u", "password": "p"})
    assert await line.next() is None
    assert ((await line.row(task_id)).fault or {})["code"] == "several_units"
