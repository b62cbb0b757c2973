"""A download in windows: what is asked, how long it may take, what its failure means."""

from dataclasses import replace
from typing import Any

import pytest

from acs.domain.planning.programs.scheduled_downloads import MODES, ScheduleDownloadProgram, last_end
from acs.domain.planning.programs.transfers import TRANSFER_SECONDS
from acs.domain.planning.steps import Ask, Done, Failed, Job, Phone, Prepare, TaskFault, Wait
from acs.errors import BadRequest
from cwmp_schemas.cpe_rpcs import GetAllQueuedTransfers, ScheduleDownload, ScheduleDownloadResponse
from cwmp_schemas.envelope import write
from cwmp_schemas.structs import TimeWindowStruct
from tests.reference import needs_xsd

PROGRAM = ScheduleDownloadProgram()
PHONE = Phone(root="Device.", now=1000.0)
WINDOW = {"start": 10, "end": 20, "mode": "when_idle"}
PREPARED = {"file_type": "2 Web Content", "url": "http://h/t/x/f", "size": 3, "link": "l1", "proof": "transfer"}
BY_URL = {"url": "http://h/f", "file_type": "2 Web Content"}


def job(**progress: Any) -> Job:
    late = {"start": 100, "end": 200, "mode": "4 Confirmation Needed", "user_message": "Now?", "max_retries": -1}
    arguments = PROGRAM.check({**BY_URL, "password": "hush", "username": "u", "time_windows": [late, WINDOW]})
    return Job("t7", "schedule_download", arguments, progress)


def asked() -> ScheduleDownload:
    step = PROGRAM.next(job(prepared=PREPARED), PHONE)
    assert isinstance(step, Ask)
    assert isinstance(step.message, ScheduleDownload)
    return step.message


def test_it_is_prepared_asked_and_awaited_until_the_last_window_is_over() -> None:
    assert PROGRAM.next(job(), PHONE) == Prepare()
    message = asked()
    assert (message.CommandKey, message.URL, message.FileSize, message.Password) == ("t7", PREPARED["url"], 3, "hush")
    assert message.TimeWindowList == (
        TimeWindowStruct(WindowStart=10, WindowEnd=20, WindowMode="3 When Idle", UserMessage="", MaxRetries=0),
        TimeWindowStruct(
            WindowStart=100, WindowEnd=200, WindowMode="4 Confirmation Needed", UserMessage="Now?", MaxRetries=-1
        ),
    )
    outcome = PROGRAM.answered(job(prepared=PREPARED), PHONE, ScheduleDownloadResponse())
    assert (outcome.progress["phase"], outcome.progress["asked_at"]) == ("transferring", 1000.0)
    waiting = PROGRAM.next(job(**outcome.progress), PHONE)
    assert isinstance(waiting, Wait)
    assert (waiting.state, waiting.seconds, waiting.agreed) == ("transferring", 200 + TRANSFER_SECONDS, True)
    ended = PROGRAM.completed(job(**outcome.progress), start_time="S", complete_time="C")
    assert isinstance(PROGRAM.next(job(**ended.progress), PHONE), Done)


@needs_xsd
@pytest.mark.parametrize(("namespace", "version"), [("1-2", "1.2"), ("1-2", "1.4")])
def test_what_is_asked_satisfies_the_schema(namespace: str, version: str) -> None:
    from tests.unit.cwmp_schemas.official import problems

    assert not problems(write(asked(), cwmp_namespace=f"urn:dslforum-org:cwmp-{namespace}", id="1"), version)


def test_a_phone_of_cwmp_1_1_is_not_asked() -> None:
    step = PROGRAM.next(job(prepared=PREPARED), replace(PHONE, schema_version="1.1"))
    assert isinstance(step, Failed)
    assert step.fault.code == "not_in_version"


def test_a_phone_whose_list_lacks_it_is_asked_all_the_same() -> None:
    step = PROGRAM.next(job(prepared=PREPARED), replace(PHONE, methods=frozenset({"Download"})))
    assert isinstance(step, Ask)


def test_after_a_lost_answer_the_queue_is_looked_at_first() -> None:
    phone = replace(PHONE, methods=frozenset({"GetAllQueuedTransfers"}))
    assert PROGRAM.next(job(prepared=PREPARED, lost=True), phone) == Ask(GetAllQueuedTransfers())


def test_windows_that_were_missed_are_told_as_such_and_nothing_is_tried_again_at_another_hour() -> None:
    told = PROGRAM.told(TaskFault("9020", "Not completed"))
    assert told.code == "9020"
    assert "time windows" in told.message
    assert PROGRAM.told(TaskFault("9016", "x")) == TaskFault("9016", "x")
    assert not PROGRAM.tries_again


def test_it_holds_up_nothing_else() -> None:
    assert not PROGRAM.heavy
    assert not PROGRAM.exclusive


@pytest.mark.parametrize("mode", [*MODES, *MODES.values(), "X FANVIL Night"])
def test_modes_by_name_and_by_the_specification_s_words(mode: str) -> None:
    (window,) = PROGRAM.check({"kind": "config", "time_windows": [{**WINDOW, "mode": mode}]})["time_windows"]
    assert window["mode"] == MODES.get(mode, mode)


def test_how_long_it_may_take() -> None:
    assert last_end(job().arguments) == 200.0
    assert last_end({"kind": "config"}) == 0.0


@pytest.mark.parametrize(
    ("windows", "field"),
    [
        (None, "time_windows"),
        ([], "time_windows"),
        ("x", "time_windows"),
        ([WINDOW] * 3, "time_windows"),
        ([WINDOW, {**WINDOW, "start": 19, "end": 30}], "time_windows"),
        ([WINDOW, WINDOW], "time_windows"),
        ([1], "time_windows.0"),
        ([{**WINDOW, "end": 10}], "time_windows.0.end"),
        ([{**WINDOW, "start": -1}], "time_windows.0.start"),
        ([{**WINDOW, "mode": "5 Whenever"}], "time_windows.0.mode"),
        ([{**WINDOW, "mode": "X"}], "time_windows.0.mode"),
        ([{**WINDOW, "max_retries": -2}], "time_windows.0.max_retries"),
        ([{**WINDOW, "user_message": "x" * 257}], "time_windows.0.user_message"),
        ([{**WINDOW, "colour": "red"}], "time_windows.0.colour"),
        ([{"start": 1, "mode": "any_time"}], "time_windows.0.end"),
    ],
)
def test_windows_that_cannot_be_are_refused_by_field(windows: Any, field: str) -> None:
    with pytest.raises(BadRequest) as refused:
        PROGRAM.check({"kind": "config", "time_windows": windows})
    assert refused.value.field == field


def test_windows_may_touch() -> None:
    both = PROGRAM.check({"kind": "config", "time_windows": [{**WINDOW, "start": 20, "end": 30}, WINDOW]})
    assert [window["start"] for window in both["time_windows"]] == [10, 20]
