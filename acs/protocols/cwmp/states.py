"""When things may happen: the states of a session and the table of what each event does in each of them.

Rule 1: every pair of state and event has a line; a CPE can send anything at any time.
Rule 2: a line names one action of ``session`` and all states it may lead to; guards live in the action.
Rule 3: nothing that a CPE sends is an error of ours: it is answered, noted or refused, never raised.

The picture in ``docs/explanation/session.md`` is drawn from this table.
"""

from enum import StrEnum
from typing import Final, NamedTuple

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


class State(StrEnum):
    """Where a session stands."""

    NEW = "new"
    """Nothing has come yet."""
    INFORMED = "informed"
    """The Inform is answered; the CPE may make its own requests and then gives us the turn."""
    READY = "ready"
    """It is our turn: ``NeedWork`` was said and ``WorkOffered`` or ``WorkDone`` is awaited."""
    ASKED = "asked"
    """A request of ours is with the CPE."""
    CLOSING = "closing"
    """We have sent 204; stragglers are answered (quirks 219, 220)."""
    CLOSED = "closed"
    """Over: timed out, or a new Inform has taken its place."""


class Action(StrEnum):
    """What ``Session.step`` does; one function each."""

    OPEN = "open"
    OPEN_AGAIN = "open again"
    SUPERSEDE = "supersede"
    SERVE = "serve"
    TAKE_TURN = "take turn"
    ASK_AGAIN = "ask again"
    TAKE_ANSWER = "take answer"
    TAKE_FAULT = "take fault"
    PASS_OVER = "pass over"
    ASK = "ask"
    DECLINE = "decline"
    FINISH = "finish"
    CLOSE_AGAIN = "close again"
    EXPIRE = "expire"
    REFUSE = "refuse"


class Rule(NamedTuple):
    """One line of the table."""

    action: Action
    to: tuple[State, ...]
    """Every state it may lead to, the usual one first."""


_NEW, _INFORMED, _READY, _ASKED, _CLOSING, _CLOSED = State
_A = Action

TRANSITIONS: Final[dict[tuple[State, type[Event]], Rule]] = {
    # Before the Inform nothing else counts (cwmp.md 2.2 rule 1).
    (_NEW, InformReceived): Rule(_A.OPEN, (_INFORMED,)),
    (_NEW, CpeRequest): Rule(_A.REFUSE, (_NEW,)),
    (_NEW, EmptyPost): Rule(_A.REFUSE, (_NEW,)),
    (_NEW, CpeAnswer): Rule(_A.REFUSE, (_NEW,)),
    (_NEW, CpeFault): Rule(_A.REFUSE, (_NEW,)),
    (_NEW, WorkOffered): Rule(_A.DECLINE, (_NEW,)),
    (_NEW, WorkDone): Rule(_A.REFUSE, (_NEW,)),
    (_NEW, TimedOut): Rule(_A.EXPIRE, (_CLOSED,)),
    # The CPE's turn. A lost InformResponse makes it repeat the Inform (quirk 79).
    (_INFORMED, InformReceived): Rule(_A.OPEN_AGAIN, (_INFORMED, _CLOSED)),
    (_INFORMED, CpeRequest): Rule(_A.SERVE, (_INFORMED, _CLOSING)),
    (_INFORMED, EmptyPost): Rule(_A.TAKE_TURN, (_READY,)),
    (_INFORMED, CpeAnswer): Rule(_A.PASS_OVER, (_READY,)),
    (_INFORMED, CpeFault): Rule(_A.PASS_OVER, (_READY,)),
    (_INFORMED, WorkOffered): Rule(_A.DECLINE, (_INFORMED,)),
    (_INFORMED, WorkDone): Rule(_A.FINISH, (_CLOSING,)),
    (_INFORMED, TimedOut): Rule(_A.EXPIRE, (_CLOSED,)),
    # Our turn. The CPE is heard here only if we were lost between NeedWork and its answer.
    (_READY, InformReceived): Rule(_A.OPEN_AGAIN, (_INFORMED, _CLOSED)),
    (_READY, CpeRequest): Rule(_A.SERVE, (_READY, _CLOSING)),
    (_READY, EmptyPost): Rule(_A.TAKE_TURN, (_READY,)),
    (_READY, CpeAnswer): Rule(_A.TAKE_ANSWER, (_READY,)),
    (_READY, CpeFault): Rule(_A.TAKE_FAULT, (_READY,)),
    (_READY, WorkOffered): Rule(_A.ASK, (_ASKED, _CLOSING)),
    (_READY, WorkDone): Rule(_A.FINISH, (_CLOSING,)),
    (_READY, TimedOut): Rule(_A.EXPIRE, (_CLOSED,)),
    # Our request is out. The CPE's own requests are answered all the same (quirk 82); silence is asked again once.
    (_ASKED, InformReceived): Rule(_A.SUPERSEDE, (_CLOSED,)),
    (_ASKED, CpeRequest): Rule(_A.SERVE, (_ASKED, _CLOSING)),
    (_ASKED, EmptyPost): Rule(_A.ASK_AGAIN, (_READY,)),
    (_ASKED, CpeAnswer): Rule(_A.TAKE_ANSWER, (_READY,)),
    (_ASKED, CpeFault): Rule(_A.TAKE_FAULT, (_READY,)),
    (_ASKED, WorkOffered): Rule(_A.DECLINE, (_ASKED,)),
    (_ASKED, WorkDone): Rule(_A.FINISH, (_CLOSING,)),
    (_ASKED, TimedOut): Rule(_A.EXPIRE, (_CLOSED,)),
    # After our 204.
    (_CLOSING, InformReceived): Rule(_A.SUPERSEDE, (_CLOSED,)),
    (_CLOSING, CpeRequest): Rule(_A.SERVE, (_CLOSING, _INFORMED)),
    (_CLOSING, EmptyPost): Rule(_A.CLOSE_AGAIN, (_CLOSING,)),
    (_CLOSING, CpeAnswer): Rule(_A.PASS_OVER, (_CLOSING,)),
    (_CLOSING, CpeFault): Rule(_A.PASS_OVER, (_CLOSING,)),
    (_CLOSING, WorkOffered): Rule(_A.DECLINE, (_CLOSING,)),
    (_CLOSING, WorkDone): Rule(_A.CLOSE_AGAIN, (_CLOSING,)),
    (_CLOSING, TimedOut): Rule(_A.EXPIRE, (_CLOSED,)),
    # Over.
    (_CLOSED, InformReceived): Rule(_A.SUPERSEDE, (_CLOSED,)),
    (_CLOSED, CpeRequest): Rule(_A.REFUSE, (_CLOSED,)),
    (_CLOSED, EmptyPost): Rule(_A.CLOSE_AGAIN, (_CLOSED,)),
    (_CLOSED, CpeAnswer): Rule(_A.REFUSE, (_CLOSED,)),
    (_CLOSED, CpeFault): Rule(_A.REFUSE, (_CLOSED,)),
    (_CLOSED, WorkOffered): Rule(_A.DECLINE, (_CLOSED,)),
    (_CLOSED, WorkDone): Rule(_A.CLOSE_AGAIN, (_CLOSED,)),
    (_CLOSED, TimedOut): Rule(_A.EXPIRE, (_CLOSED,)),
}
