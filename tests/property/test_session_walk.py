"""Whatever a phone does, in whatever order: no exception, one answer per message, and an end when we want one."""

from hypothesis import given
from hypothesis import strategies as st

from acs.protocols.cwmp import limits
from acs.protocols.cwmp.commands import (
    Abandoned,
    Answered,
    Ask,
    Close,
    Command,
    Faulted,
    NeedWork,
    Refuse,
    Reply,
    Unanswered,
)
from acs.protocols.cwmp.events import (
    CpeAnswer,
    CpeFault,
    CpeRequest,
    EmptyPost,
    Event,
    InformReceived,
    TimedOut,
    WorkDone,
    WorkOffered,
)
from acs.protocols.cwmp.session import Session
from acs.protocols.cwmp.states import TRANSITIONS, State
from cwmp_schemas.acs_rpcs import Inform, TransferComplete
from cwmp_schemas.cpe_rpcs import GetParameterValues, GetParameterValuesResponse, Reboot, RebootResponse
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import DeviceIdStruct, EventStruct, FaultStruct

ENDS = (Reply, Ask, NeedWork, Close, Refuse)
ids = st.one_of(st.none(), st.sampled_from(["", "1", "r1", "r2"]), st.text(max_size=5))
tags = st.sampled_from(["a", "b", "c"])
flags = st.booleans()


def inform(serial: str, code: str) -> Inform:
    return Inform(
        DeviceId=DeviceIdStruct(Manufacturer="", OUI="0C383E", ProductClass="X5U", SerialNumber=serial),
        Event=(EventStruct(EventCode=code, CommandKey=""),),
        CurrentTime="",
        ParameterList=(),
    )


informs = st.builds(
    InformReceived,
    st.builds(inform, st.sampled_from("12"), st.sampled_from(["1 BOOT", "2 PERIODIC"])),
    st.sampled_from(["urn:dslforum-org:cwmp-1-0", "", "x"]),
    ids,
    st.lists(st.sampled_from(["1.0", "1.4", "1.5", ""]), max_size=3).map(tuple),
    st.one_of(st.none(), st.integers(-1, 10**6)),
    flags,
    flags,
)
done = TransferComplete(CommandKey="k", FaultStruct=FaultStruct(FaultCode=0, FaultString=""))
requests = st.builds(
    CpeRequest, st.sampled_from([done, None]), st.sampled_from(["TransferComplete", "X"]), ids, flags, flags
)
answers = st.one_of(
    st.builds(
        CpeAnswer,
        st.just(GetParameterValuesResponse(ParameterList=())),
        st.just("GetParameterValuesResponse"),
        ids,
    ),
    st.builds(CpeAnswer, st.sampled_from([RebootResponse(), None]), st.just("RebootResponse"), ids),
    st.builds(CpeFault, st.builds(Fault, FaultCode=st.integers(0, 9999)), ids, flags, flags),
)
from_phone = st.one_of(st.just(EmptyPost()), informs, requests, answers)
work = st.builds(
    WorkOffered, st.sampled_from([GetParameterValues(ParameterNames=()), Reboot(CommandKey="")]), ids.map(str), tags
)
anything = st.one_of(from_phone, work, st.just(WorkDone()), st.just(TimedOut()))


def step(session: Session, event: Event) -> tuple[Session, tuple[Command, ...]]:
    """One step, from a dump, with what must always hold."""
    after, commands = Session.load(session.dump()).step(event)
    assert after.state in TRANSITIONS[session.state, type(event)].to
    assert [isinstance(each, ENDS) for each in commands] == [False] * (len(commands) - 1) + [True]
    return after, commands


@given(st.lists(anything, max_size=40))
def test_any_order_of_events_is_survived(events: list[Event]) -> None:
    session = Session.new("s")
    for event in events:
        session, _ = step(session, event)
    session, commands = step(session, TimedOut())
    assert session.state is State.CLOSED
    assert session.pending is None
    assert commands[-1] == Close()


@given(st.lists(anything, max_size=60))
def test_what_is_asked_is_settled_exactly_once(events: list[Event]) -> None:
    """Every tag that was sent out is answered, faulted, unanswered or given back, and never twice."""
    session, out = Session.new("s"), None
    for event in [*events, TimedOut()]:
        session, commands = step(session, event)
        for command in commands:
            if isinstance(command, Ask):
                assert out in (None, command.tag)
                out = command.tag
            elif isinstance(command, Answered | Faulted | Unanswered) or (
                # Work that was declined goes back as well, without ever having been out.
                isinstance(command, Abandoned) and command.tag == out
            ):
                assert command.tag == out
                out = None
        assert (session.pending.tag if session.pending else None) == out
    assert out is None


@given(st.lists(anything, max_size=20), st.lists(from_phone, min_size=30, max_size=30))
def test_once_the_work_is_done_the_session_ends(before: list[Event], after: list[Event]) -> None:
    """With nothing more to ask, each empty POST is answered 204, and our requests have stopped for good."""
    session = Session.new("s")
    for event in before:
        session, commands = step(session, event)
        if commands[-1] == NeedWork(session.pending.tag if session.pending else None):
            session, commands = step(session, WorkDone())
    for event in after:
        session, commands = step(session, event)
        last = commands[-1]
        assert not isinstance(last, Ask)
        if isinstance(last, NeedWork):
            session, commands = step(session, WorkDone())
            assert commands[-1] == Close()
            assert session.state is State.CLOSING
        if session.state is State.CLOSING:
            assert step(session, EmptyPost()) == (session, (Close(),))


@given(st.lists(st.one_of(requests, answers, st.just(EmptyPost())), min_size=1, max_size=5))
def test_a_stubborn_phone_meets_the_limits(habit: list[Event]) -> None:
    """Repeating any habit for ever, with work always on offer, ends within the sum of both limits."""
    session, _ = Session.new("s").step(InformReceived(inform("1", "1 BOOT"), "", "1"))
    bound = (limits.MAX_ASKS * 3 + limits.MAX_CPE_REQUESTS + 2) * len(habit)
    session = Session(session.id, session.state, inform=session.inform, asked=limits.MAX_ASKS - 20, served=240)
    for number in range(bound):
        session, commands = session.step(habit[number % len(habit)])
        if isinstance(commands[-1], NeedWork):
            session, commands = session.step(WorkOffered(GetParameterValues(ParameterNames=()), "r", "t"))
        if session.state is State.CLOSING:
            return
    raise AssertionError(f"still {session.state} after {bound} messages")
