"""The table has every pair, and says the truth about where each of them leads."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import get_args

import pytest

from acs.protocols.cwmp import limits
from acs.protocols.cwmp.commands import Ask, Close, Command, NeedWork, Refuse, Reply
from acs.protocols.cwmp.events import EVENTS, CpeAnswer, CpeFault, CpeRequest, Event, InformReceived, WorkOffered
from acs.protocols.cwmp.session import _ACTIONS, Pending, Session
from acs.protocols.cwmp.states import TRANSITIONS, Action, State
from cwmp_schemas.acs_rpcs import Inform, Kicked, TransferComplete
from cwmp_schemas.cpe_rpcs import GetRPCMethods, GetRPCMethodsResponse, Reboot
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import DeviceIdStruct, EventStruct, FaultStruct

ENDS = (Reply, Ask, NeedWork, Close, Refuse)
OUT = Pending("r1", "GetRPCMethods", "tag")


def inform(code: str = "2 PERIODIC") -> Inform:
    who = DeviceIdStruct(Manufacturer="m", OUI="0C383E", ProductClass="X5U", SerialNumber="1")
    return Inform(DeviceId=who, Event=(EventStruct(EventCode=code, CommandKey=""),), CurrentTime="", ParameterList=())


def events(kind: type[Event]) -> list[Event]:
    """Samples of one kind that reach every guard."""
    done = TransferComplete(CommandKey="", FaultStruct=FaultStruct(FaultCode=0, FaultString=""))
    kicked = Kicked(Command="", Referer="", Arg="", Next="")
    methods = GetRPCMethodsResponse(MethodList=("Inform",))
    samples: dict[type[Event], list[Event]] = {
        InformReceived: [
            InformReceived(inform(), "urn:dslforum-org:cwmp-1-2", "1"),
            InformReceived(inform("1 BOOT"), "", None, ("1.4",), 60, True, True),
        ],
        CpeRequest: [
            CpeRequest(done, "TransferComplete", "1"),
            CpeRequest(kicked, "Kicked", None),
            CpeRequest(GetRPCMethods(), "GetRPCMethods", ""),
            CpeRequest(None, "X", "1", True, True),
        ],
        CpeAnswer: [
            CpeAnswer(methods, "GetRPCMethodsResponse", "r1"),
            CpeAnswer(methods, "GetRPCMethodsResponse", None),
            CpeAnswer(None, "XResponse", "9", True, True),
        ],
        CpeFault: [CpeFault(Fault(FaultCode=9002), "r1"), CpeFault(Fault(FaultCode=0), None, True, True)],
        WorkOffered: [
            WorkOffered(GetRPCMethods(), "r2", "tag"),
            WorkOffered(Reboot(CommandKey=""), "r2", "other"),
        ],
    }
    return samples.get(kind) or [kind()]  # type: ignore[call-arg]


def sessions(state: State) -> Iterator[Session]:
    """Every session there can be in a state, as far as guards can tell."""
    informed = Session.new("s").step(events(InformReceived)[0])[0]
    pendings: list[Pending | None] = [None]
    if state is State.ASKED:
        pendings = []
    if state in (State.READY, State.ASKED):
        pendings += [OUT, OUT._replace(resent=True), OUT._replace(interrupted=True), OUT._replace(method="Reboot")]
    for pending, asked, served in product(pendings, (0, 1, limits.MAX_ASKS), (0, limits.MAX_CPE_REQUESTS)):
        if pending is not None and not asked:
            continue
        yield Session("s", state, inform=informed.inform, pending=pending, asked=asked, served=served)


def test_every_pair_has_a_line() -> None:
    assert set(TRANSITIONS) == set(product(State, EVENTS))
    assert set(get_args(Event)) == set(EVENTS)
    assert {rule.action for rule in TRANSITIONS.values()} == set(Action) == set(_ACTIONS)


@pytest.mark.parametrize(("state", "kind"), TRANSITIONS, ids=lambda each: str(getattr(each, "__name__", each)))
def test_every_pair_does_what_the_table_says(state: State, kind: type[Event]) -> None:
    rule = TRANSITIONS[state, kind]
    reached = defaultdict(list)
    for session, event in product(sessions(state), events(kind)):
        after, commands = Session.load(session.dump()).step(event)
        assert after.id == session.id
        assert Session.load(after.dump()) == after
        ends_the_exchange_once(commands)
        consistent(after, commands)
        reached[after.state].append(commands)
    assert set(reached) == set(rule.to)


def ends_the_exchange_once(commands: tuple[Command, ...]) -> None:
    assert [isinstance(each, ENDS) for each in commands] == [False] * (len(commands) - 1) + [True]


def consistent(after: Session, commands: tuple[Command, ...]) -> None:
    last = commands[-1]
    if isinstance(last, Ask):
        assert after.state is State.ASKED
    if isinstance(last, NeedWork):
        assert after.state is State.READY
        assert last.repeat == (after.pending.tag if after.pending else None)
    if after.state is State.ASKED:
        assert after.pending is not None
    if after.state in (State.NEW, State.INFORMED, State.CLOSING, State.CLOSED):
        assert after.pending is None


def test_every_state_can_be_reached_and_left() -> None:
    reached = {state for rule in TRANSITIONS.values() for state in rule.to}
    assert reached == set(State)
    for state in set(State) - {State.CLOSED}:
        assert any(set(rule.to) - {state} for (at, _), rule in TRANSITIONS.items() if at is state)
