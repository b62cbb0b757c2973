"""We ask, and the phone answers: rightly, with a fault, oddly, late, or not at all."""

import pytest

from acs.protocols.cwmp import limits
from acs.protocols.cwmp.commands import (
    Abandoned,
    Answered,
    Ask,
    Close,
    Deliver,
    Faulted,
    NeedWork,
    Note,
    Refuse,
    Reply,
    Unanswered,
)
from acs.protocols.cwmp.events import CpeAnswer, CpeFault, CpeRequest, EmptyPost, TimedOut, WorkDone, WorkOffered
from acs.protocols.cwmp.states import State
from cwmp_schemas._spyne import Struct
from cwmp_schemas.acs_rpcs import TransferComplete, TransferCompleteResponse
from cwmp_schemas.cpe_rpcs import (
    Download,
    DownloadResponse,
    FactoryReset,
    GetParameterValues,
    GetParameterValuesResponse,
    GetRPCMethods,
    Reboot,
    RebootResponse,
)
from cwmp_schemas.datatypes import TypedValue
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import FaultStruct, ParameterValueStruct
from tests.playbooks.playbook import ACKNOWLEDGED, Playbook, inform

ASK = GetParameterValues(ParameterNames=("Device.Time.NTPServer1",))
ANSWER = GetParameterValuesResponse(
    ParameterList=(ParameterValueStruct(Name="Device.Time.NTPServer1", Value=TypedValue("pool.ntp.org", "xsd:string")),)
)
FAULT = Fault(FaultCode=9005, FaultString="Invalid parameter name")
DONE = TransferComplete(CommandKey="key", FaultStruct=FaultStruct(FaultCode=0, FaultString=""))
DOWNLOAD = Download(
    CommandKey="key",
    FileType="3 Vendor Configuration File",
    URL="http://192.0.2.1:7567/t/token/0c383e000001.cfg",
    Username="",
    Password="",
    FileSize=10,
    TargetFileName="",
    DelaySeconds=0,
    SuccessURL="",
    FailureURL="",
)


def our_turn() -> Playbook:
    talk = Playbook()
    assert talk >> inform() << Reply(ACKNOWLEDGED, "1") >> EmptyPost() << NeedWork()
    return talk


def asked(message: Struct = ASK, tag: str = "task") -> Playbook:
    talk = our_turn()
    assert talk >> WorkOffered(message, "r1", tag) << Ask(message, "r1", tag)
    return talk


def test_a_task_with_its_answer() -> None:
    talk = asked()
    assert talk >> CpeAnswer(ANSWER, "GetParameterValuesResponse", "r1") << Answered("task", ANSWER) << NeedWork()
    assert talk >> WorkDone() << Close()


def test_a_task_with_a_fault_and_then_another() -> None:
    talk = asked()
    assert talk >> CpeFault(FAULT, "r1") << Faulted("task", FAULT) << NeedWork()
    assert talk >> WorkOffered(ASK, "r2", "next") << Ask(ASK, "r2", "next")


def test_download_and_transfer_complete_in_the_same_session() -> None:
    talk = asked(DOWNLOAD)
    started = DownloadResponse(Status=1, StartTime="0001-01-01T00:00:00Z", CompleteTime="0001-01-01T00:00:00Z")
    assert talk >> CpeAnswer(started, "DownloadResponse", "r1") << Answered("task", started) << NeedWork()
    assert talk.session.exclusive
    assert talk >> WorkDone() << Close()
    # After our 204, and still it is taken (quirk 219); now there may be something to read back.
    assert talk >> CpeRequest(DONE, "TransferComplete", "7") << Deliver(DONE) << Reply(TransferCompleteResponse(), "7")
    assert str(talk.state) == State.INFORMED
    assert talk >> EmptyPost() << NeedWork()
    assert talk >> WorkDone() << Close()
    assert str(talk.state) == State.CLOSING


def test_transfer_complete_while_our_turn_lasts_does_not_lose_the_turn() -> None:
    talk = our_turn()
    assert talk >> CpeRequest(DONE, "TransferComplete", "7") << Deliver(DONE) << Reply(TransferCompleteResponse(), "7")
    assert talk >> EmptyPost() << NeedWork()


# quirk 81


def test_silence_is_asked_again_once_and_then_given_up() -> None:
    talk = asked()
    assert talk >> EmptyPost() << NeedWork(repeat="task")
    assert talk >> WorkOffered(ASK, "r2", "task") << Ask(ASK, "r2", "task")
    assert talk >> EmptyPost() << Unanswered("task") << NeedWork()
    assert talk >> WorkDone() << Close()


def test_silence_then_an_answer() -> None:
    talk = asked()
    assert talk >> EmptyPost() << NeedWork(repeat="task")
    assert talk >> WorkOffered(ASK, "r2", "task") << Ask(ASK, "r2", "task")
    assert talk >> CpeAnswer(ANSWER, "GetParameterValuesResponse", "r2") << Answered("task", ANSWER) << NeedWork()


def test_the_repeat_may_be_replaced_or_dropped() -> None:
    talk = asked()
    assert talk >> EmptyPost() << NeedWork(repeat="task")
    assert talk >> WorkOffered(ASK, "r2", "other") << Abandoned("task") << Ask(ASK, "r2", "other")
    assert talk >> EmptyPost() << NeedWork(repeat="other")
    assert talk >> WorkDone() << Abandoned("other") << Close()


# quirk 82


def test_a_request_in_between_is_answered_and_ours_repeated_without_counting() -> None:
    talk = asked()
    for id in ("7", "8", "9"):
        served = CpeRequest(DONE, "TransferComplete", id)
        assert talk >> served << Deliver(DONE) << Reply(TransferCompleteResponse(), id)
        assert talk >> EmptyPost() << NeedWork(repeat="task")
        assert talk >> WorkOffered(ASK, "r" + id, "task") << Ask(ASK, "r" + id, "task")
    assert talk >> EmptyPost() << NeedWork(repeat="task")
    assert talk >> WorkOffered(ASK, "r10", "task") << Ask(ASK, "r10", "task")
    assert talk >> EmptyPost() << Unanswered("task") << NeedWork()


def test_a_request_in_between_and_then_the_answer_after_all() -> None:
    talk = asked()
    assert talk >> CpeRequest(DONE, "TransferComplete", "7") << Deliver(DONE) << Reply(TransferCompleteResponse(), "7")
    assert talk >> CpeAnswer(ANSWER, "GetParameterValuesResponse", "r1") << Answered("task", ANSWER) << NeedWork()


# quirks 46, 47, 157


@pytest.mark.parametrize(
    ("id", "note"),
    [
        ("inform", Note("wrong_id", 47, "inform for r1")),
        ("R1", Note("wrong_id", 47, "R1 for r1")),
        (None, Note("missing_id", 46, "GetParameterValues")),
        ("", Note("missing_id", 46, "GetParameterValues")),
    ],
)
def test_an_answer_is_bound_by_order_whatever_its_id(id: str | None, note: Note) -> None:
    answer = CpeAnswer(ANSWER, "GetParameterValuesResponse", id)
    assert asked() >> answer << note << Answered("task", ANSWER) << NeedWork()
    assert asked() >> CpeFault(FAULT, id) << note << Faulted("task", FAULT) << NeedWork()


def test_the_answer_to_something_else_counts_as_silence() -> None:
    talk = asked()
    odd = Note("unexpected_answer", 47, "RebootResponse to GetParameterValues")
    assert talk >> CpeAnswer(RebootResponse(), "RebootResponse", "r1") << odd << NeedWork(repeat="task")
    assert talk >> WorkOffered(ASK, "r2", "task") << Ask(ASK, "r2", "task")
    assert talk >> CpeAnswer(RebootResponse(), "RebootResponse", "r2") << odd << Unanswered("task") << NeedWork()


def test_an_answer_to_nothing_is_our_turn() -> None:
    talk = Playbook()
    odd = Note("answer_to_nothing", 47, "GetParameterValuesResponse")
    assert talk >> inform() << Reply(ACKNOWLEDGED, "1")
    assert talk >> CpeAnswer(ANSWER, "GetParameterValuesResponse", "0") << odd << NeedWork()
    assert talk >> CpeFault(FAULT, "0") << Note("answer_to_nothing", 47, "Fault 9005") << NeedWork()
    assert talk >> WorkDone() << Close()
    assert talk >> CpeAnswer(ANSWER, "GetParameterValuesResponse", "0") << odd << Close()


# quirks 102, 103


@pytest.mark.parametrize("message", [Reboot(CommandKey="k"), FactoryReset(), DOWNLOAD])
def test_some_requests_are_the_last_of_their_session(message: Struct) -> None:
    talk = asked(message)
    assert talk.session.exclusive
    assert talk >> CpeFault(FAULT, "r1") << Faulted("task", FAULT) << NeedWork()
    assert not talk.session.exclusive


def test_a_refused_reboot_does_not_undo_an_accepted_download() -> None:
    talk = asked(DOWNLOAD)
    started = DownloadResponse(Status=1, StartTime="0001-01-01T00:00:00Z", CompleteTime="0001-01-01T00:00:00Z")
    assert talk >> CpeAnswer(started, "DownloadResponse", "r1") << Answered("task", started) << NeedWork()
    reboot = Reboot(CommandKey="k")
    assert talk >> WorkOffered(reboot, "r2", "reboot") << Ask(reboot, "r2", "reboot")
    assert talk >> CpeFault(FAULT, "r2") << Faulted("reboot", FAULT) << NeedWork()
    assert talk.session.exclusive


def test_a_phone_that_vanishes_gives_its_work_back() -> None:
    talk = asked(Reboot(CommandKey="k"))
    assert talk >> TimedOut() << Abandoned("task") << Close()
    assert talk >> CpeAnswer(RebootResponse(), "RebootResponse", "r1") << Refuse("closed")


# Our own mistakes


def test_a_second_request_never_overlaps_the_first() -> None:
    talk = asked()
    assert talk >> WorkOffered(ASK, "r2", "other") << Abandoned("other") << Refuse("out_of_turn")
    assert talk >> WorkOffered(ASK, "r2", "task") << Refuse("out_of_turn")
    assert talk >> CpeAnswer(ANSWER, "GetParameterValuesResponse", "r1") << Answered("task", ANSWER) << NeedWork()


def test_work_after_the_end_goes_back_to_the_queue() -> None:
    talk = our_turn()
    assert talk >> WorkDone() << Close() >> WorkOffered(ASK, "r1", "late") << Abandoned("late") << Close()


# Limits


def test_a_session_asks_only_so_often() -> None:
    talk = our_turn()
    for number in range(limits.MAX_ASKS):
        assert talk >> WorkOffered(ASK, f"r{number}", "t") << Ask(ASK, f"r{number}", "t")
        answer = CpeAnswer(ANSWER, "GetParameterValuesResponse", f"r{number}")
        assert talk >> answer << Answered("t", ANSWER) << NeedWork()
    assert talk >> WorkOffered(ASK, "r", "t") << Abandoned("t") << Close()


def test_a_phone_that_never_stops_asking_is_let_go() -> None:
    talk = asked()
    methods = CpeRequest(GetRPCMethods(), "GetRPCMethods", "1")
    for _ in range(limits.MAX_CPE_REQUESTS):
        talk.session, _commands = talk.session.step(methods)
    assert talk >> methods << Abandoned("task") << Note("too_many_requests", None, "GetRPCMethods") << Close()
    assert talk >> methods << Note("too_many_requests", None, "GetRPCMethods") << Close()
