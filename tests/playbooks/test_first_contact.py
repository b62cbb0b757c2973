"""A phone calls; we say hello, ask or do not ask, and let it go."""

import pytest

from acs.protocols.cwmp.commands import (
    Abandoned,
    Answered,
    Ask,
    Close,
    Deliver,
    NeedWork,
    Note,
    Refuse,
    Reply,
)
from acs.protocols.cwmp.events import (
    CpeAnswer,
    CpeRequest,
    EmptyPost,
    Event,
    InformReceived,
    TimedOut,
    WorkDone,
    WorkOffered,
)
from acs.protocols.cwmp.states import State
from cwmp_schemas.acs_rpcs import TransferComplete, TransferCompleteResponse
from cwmp_schemas.cpe_rpcs import (
    GetParameterNames,
    GetParameterNamesResponse,
    GetRPCMethods,
    GetRPCMethodsResponse,
)
from cwmp_schemas.structs import FaultStruct, ParameterInfoStruct
from tests.playbooks.playbook import ACKNOWLEDGED, Playbook, inform, message

NAMES = GetParameterNames(ParameterPath="", NextLevel=True)
NAMES_ANSWER = GetParameterNamesResponse(ParameterList=(ParameterInfoStruct(Name="Device.", Writable=False),))


def test_periodic_inform_with_nothing_to_do() -> None:
    talk = Playbook()
    assert talk >> inform("2 PERIODIC") << Reply(ACKNOWLEDGED, "1")
    assert talk >> EmptyPost() << NeedWork()
    assert talk >> WorkDone() << Close()
    assert talk.state is State.CLOSING


def test_first_contact_discovers_the_phone() -> None:
    talk = Playbook()
    assert talk >> inform("0 BOOTSTRAP", "1 BOOT") << Reply(ACKNOWLEDGED, "1")
    assert talk >> EmptyPost() << NeedWork()
    assert talk >> WorkOffered(GetRPCMethods(), "a", "methods") << Ask(GetRPCMethods(), "a", "methods")
    methods = GetRPCMethodsResponse(MethodList=("GetRPCMethods", "Download"))
    assert talk >> CpeAnswer(methods, "GetRPCMethodsResponse", "a") << Answered("methods", methods) << NeedWork()
    assert talk >> WorkOffered(NAMES, "b", "names") << Ask(NAMES, "b", "names")
    assert (
        talk
        >> CpeAnswer(NAMES_ANSWER, "GetParameterNamesResponse", "b")
        << Answered("names", NAMES_ANSWER)
        << NeedWork()
    )
    assert talk >> WorkDone() << Close()


def test_the_answer_to_an_inform_is_never_a_request_of_ours() -> None:
    talk = Playbook()
    assert talk >> inform() << Reply(ACKNOWLEDGED, "1")
    assert talk >> WorkOffered(NAMES, "a", "t") << Abandoned("t") << Refuse("out_of_turn")
    assert talk >> EmptyPost() << NeedWork()
    assert talk >> WorkOffered(NAMES, "a", "t") << Ask(NAMES, "a", "t")


@pytest.mark.parametrize(
    "event",
    [
        EmptyPost(),
        CpeRequest(GetRPCMethods(), "GetRPCMethods", "1"),
        CpeAnswer(NAMES_ANSWER, "GetParameterNamesResponse", "1"),
        WorkDone(),
    ],
)
def test_nothing_counts_before_an_inform(event: Event) -> None:
    talk = Playbook()
    assert talk >> event << Refuse("no_session")
    assert talk.state is State.NEW
    assert talk >> inform() << Reply(ACKNOWLEDGED, "1")


def test_the_very_namespace_of_the_phone_is_kept() -> None:
    talk = Playbook()
    assert talk >> inform(namespace="urn:dslforum-org:cwmp-1-9") << Reply(ACKNOWLEDGED, "1")
    assert talk.session.cwmp_namespace == "urn:dslforum-org:cwmp-1-9"


def test_a_phone_without_namespace_is_spoken_to_in_the_oldest() -> None:
    talk = Playbook()
    assert talk >> inform(namespace="", id=None) << Reply(ACKNOWLEDGED, None)
    assert talk.session.cwmp_namespace == "urn:dslforum-org:cwmp-1-0"
    assert talk.session.version == "1.0"


@pytest.mark.parametrize(
    ("supported", "use"),
    [
        (("1.0", "1.1", "1.2"), "1.2"),
        (("1.4", "1.0"), "1.4"),
        (("1.0", "1.1", "1.2", "1.3", "1.4", "1.5"), "1.4"),
        ((), None),
    ],
)
def test_a_version_is_chosen_only_if_the_phone_offers_some(supported: tuple[str, ...], use: str | None) -> None:
    event = InformReceived(message(), "urn:dslforum-org:cwmp-1-2", "1", supported_versions=supported)
    talk = Playbook()
    assert talk >> event << Reply(ACKNOWLEDGED, "1", use_version=use)
    assert talk.session.version == (use or "1.2")


def test_no_version_in_common_is_noted_and_the_session_goes_on() -> None:
    event = InformReceived(message(), "urn:dslforum-org:cwmp-1-2", "1", supported_versions=("2.0", ""))
    assert Playbook() >> event << Note("no_common_version", 229, "2.0,") << Reply(ACKNOWLEDGED, "1")


def test_headers_that_a_phone_must_not_send_are_noted_and_ignored() -> None:
    event = InformReceived(message(), "urn:dslforum-org:cwmp-1-0", "1", hold_requests=True, no_more_requests=True)
    talk = Playbook()
    assert (
        talk
        >> event
        << Note("hold_requests", 48, "HoldRequests from a CPE")
        << Note("no_more_requests", 48, "NoMoreRequests from a CPE")
        << Reply(ACKNOWLEDGED, "1")
    )
    done = TransferComplete(CommandKey="k", FaultStruct=FaultStruct(FaultCode=0, FaultString=""))
    assert talk >> CpeRequest(done, "TransferComplete", "2") << Deliver(done) << Reply(TransferCompleteResponse(), "2")


def test_silence_ends_the_session() -> None:
    talk = Playbook()
    assert talk >> inform() << Reply(ACKNOWLEDGED, "1") >> TimedOut() << Close()
    assert talk.state is State.CLOSED


def test_the_phone_says_how_long_it_may_be_silent() -> None:
    for announced, seconds in ((None, 180), (0, 180), (5, 30), (60, 60), (86400, 300)):
        talk = Playbook()
        event = InformReceived(message(), "urn:dslforum-org:cwmp-1-2", "1", session_timeout=announced)
        assert talk >> event << Reply(ACKNOWLEDGED, "1")
        assert talk.session.timeout == seconds
