"""The phone asks us: every method that an ACS has, and some that nobody has."""

import pytest

from acs.protocols.cwmp.commands import Close, Command, Deliver, NeedWork, Note, Reply
from acs.protocols.cwmp.events import CpeRequest, EmptyPost, WorkDone
from acs.protocols.cwmp.states import State
from cwmp_schemas._spyne import Struct
from cwmp_schemas.acs_rpcs import (
    AutonomousDUStateChangeComplete,
    AutonomousDUStateChangeCompleteResponse,
    AutonomousTransferComplete,
    AutonomousTransferCompleteResponse,
    DUStateChangeComplete,
    DUStateChangeCompleteResponse,
    Kicked,
    KickedResponse,
    RequestDownload,
    RequestDownloadResponse,
    TransferComplete,
    TransferCompleteResponse,
)
from cwmp_schemas.cpe_rpcs import GetParameterValues, GetRPCMethods, GetRPCMethodsResponse
from cwmp_schemas.faults import Fault
from cwmp_schemas.namespaces import CWMP_1_0
from cwmp_schemas.structs import FaultStruct
from tests.playbooks.playbook import ACKNOWLEDGED, Playbook, inform

FINE = FaultStruct(FaultCode=0, FaultString="")
NOT_SUPPORTED = Fault(FaultCode=8000, FaultString="Method not supported")
AUTONOMOUS = AutonomousTransferComplete(
    TransferURL="http://192.0.2.9/fw", IsDownload=True, FileType="1 Firmware Upgrade Image", FaultStruct=FINE
)


def informed(namespace: str = "urn:dslforum-org:cwmp-1-2") -> Playbook:
    talk = Playbook()
    assert talk >> inform(namespace=namespace) << Reply(ACKNOWLEDGED, "1")
    return talk


@pytest.mark.parametrize("key", ["known", "", "x" * 34])
def test_transfer_complete_is_acknowledged_whatever_its_key(key: str) -> None:
    """Quirks 83 and 84: an unknown, empty or long CommandKey, with or without event 7."""
    done = TransferComplete(CommandKey=key, FaultStruct=FINE)
    talk = informed()
    assert talk >> CpeRequest(done, "TransferComplete", "2") << Deliver(done) << Reply(TransferCompleteResponse(), "2")
    assert talk >> EmptyPost() << NeedWork() >> WorkDone() << Close()


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        (AUTONOMOUS, AutonomousTransferCompleteResponse()),
        (RequestDownload(FileType="1 Firmware Upgrade Image"), RequestDownloadResponse()),
        (DUStateChangeComplete(Results=(), CommandKey="k"), DUStateChangeCompleteResponse()),
        (AutonomousDUStateChangeComplete(Results=()), AutonomousDUStateChangeCompleteResponse()),
        (Kicked(Command="c", Referer="r", Arg="a", Next="/done.html"), KickedResponse(NextURL="/done.html")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_method_of_the_acs_has_its_answer(message: Struct, answer: Struct) -> None:
    assert informed() >> CpeRequest(message, type(message).__name__, "2") << Deliver(message) << Reply(answer, "2")


@pytest.mark.parametrize(
    ("namespace", "methods"),
    [
        (CWMP_1_0, ("GetRPCMethods", "Inform", "TransferComplete", "Kicked", "RequestDownload")),
        (
            "urn:dslforum-org:cwmp-1-2",
            (
                "GetRPCMethods",
                "Inform",
                "TransferComplete",
                "AutonomousTransferComplete",
                "Kicked",
                "RequestDownload",
                "DUStateChangeComplete",
                "AutonomousDUStateChangeComplete",
            ),
        ),
    ],
)
def test_methods_are_those_of_the_session_s_version(namespace: str, methods: tuple[str, ...]) -> None:
    """Quirk 94: some phones go no further without this list."""
    asked = CpeRequest(GetRPCMethods(), "GetRPCMethods", "2")
    answer = Reply(GetRPCMethodsResponse(MethodList=methods), "2")
    assert informed(namespace) >> asked << Deliver(GetRPCMethods()) << answer


UNKNOWN: list[tuple[CpeRequest, Command]] = [
    (CpeRequest(None, "X_VENDOR_Hello", "2"), Reply(NOT_SUPPORTED, "2")),
    (
        CpeRequest(GetParameterValues(ParameterNames=()), "GetParameterValues", None),
        Reply(NOT_SUPPORTED, None),
    ),
    (
        CpeRequest(None, "TransferComplete", "2"),
        Reply(Fault(FaultCode=8003, FaultString="Invalid arguments"), "2"),
    ),
]


@pytest.mark.parametrize(("asked", "answer"), UNKNOWN)
def test_what_an_acs_does_not_do_is_a_fault_and_the_session_goes_on(asked: CpeRequest, answer: Command) -> None:
    talk = informed()
    assert talk >> asked << Note("unknown_rpc", None, asked.method) << answer
    assert talk >> EmptyPost() << NeedWork() >> WorkDone() << Close()
    assert talk >> asked << Note("unknown_rpc", None, asked.method) << answer
    assert talk.state is State.CLOSING


def test_requests_may_follow_each_other_before_and_after_our_turn() -> None:
    talk = informed()
    for number in range(5):
        done = TransferComplete(CommandKey=str(number), FaultStruct=FINE)
        taken = CpeRequest(done, "TransferComplete", str(number))
        assert talk >> taken << Deliver(done) << Reply(TransferCompleteResponse(), str(number))
    assert talk >> EmptyPost() << NeedWork() >> WorkDone() << Close()
    assert talk.session.served == 5
