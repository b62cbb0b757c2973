"""The session: a frozen value that an event turns into its successor and a list of commands.

No I/O, no clock, no randomness: identifiers come with the events. ``dump`` and ``load`` are JSON, so any node can
continue a session; work itself is in the database, so the value holds only the name of what was asked.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self
from zlib import crc32

from acs.protocols.cwmp import limits
from acs.protocols.cwmp.commands import (
    CLOSED,
    NO_SESSION,
    OUT_OF_TURN,
    SUPERSEDED,
    Abandoned,
    Answered,
    Ask,
    Close,
    Command,
    Deliver,
    Faulted,
    NeedWork,
    Note,
    Refuse,
    Reply,
    Unanswered,
)
from acs.protocols.cwmp.events import CpeAnswer, CpeFault, CpeRequest, Event, InformReceived, WorkOffered
from acs.protocols.cwmp.states import TRANSITIONS, Action, State
from cwmp_schemas._spyne import Struct
from cwmp_schemas.acs_rpcs import Inform, InformResponse, Kicked, KickedResponse, RequestDownload, TransferComplete
from cwmp_schemas.cpe_rpcs import GetRPCMethods, GetRPCMethodsResponse
from cwmp_schemas.faults import Fault, text_of
from cwmp_schemas.namespaces import CWMP_1_0, VERSIONS, version_of
from cwmp_schemas.registry import RPCS, method_names

EXCLUSIVE: Final = frozenset({"Reboot", "FactoryReset", "Download"})
"""After one of these several CPEs cannot take another request in the same session (quirk 102).

ScheduleDownload is not among them: the CPE notes it down and begins later. Nor is ChangeDUState, for the same reason.
"""

_FORMAT: Final = 1  # of the dump; a session of another format is as good as lost, and a lost session costs nothing

_CLOSE: Final = Close()
_NEED_WORK: Final = NeedWork()
_INFORM_RESPONSE: Final = InformResponse(MaxEnvelopes=1)
# TR-069 leaves these responses without content; the values are immutable and shared.
_ACKNOWLEDGEMENTS: Final[dict[str, Struct]] = {
    rpc.name: rpc.response()
    for rpc in RPCS
    if rpc.callee == "ACS" and rpc.name not in ("Inform", "GetRPCMethods", "Kicked")
}


class Pending(NamedTuple):
    """Our request that is with the CPE."""

    rpc_id: str
    method: str
    tag: str
    resent: bool = False
    """It was asked twice; a third silence gives it up (quirk 81)."""
    interrupted: bool = False
    """The CPE has put its own request in between and has not answered ours since (quirk 82)."""
    lone: bool = False
    """It is what made the session exclusive."""


@dataclass(frozen=True, slots=True)
class Session:
    """One session with one CPE. ``step`` gives the next value; nothing else changes it."""

    id: str
    state: State = State.NEW
    cwmp_namespace: str = CWMP_1_0
    """The very URI of the CPE's Inform: every message of ours is written in it."""
    use_version: str | None = None
    """The version agreed with a CPE that announced SupportedCWMPVersions."""
    timeout: int = limits.DEFAULT_TIMEOUT
    """Seconds of the CPE's silence after which ``TimedOut`` is due."""
    inform: int = 0
    """Fingerprint of the Inform, to know its repetition."""
    pending: Pending | None = None
    asked: int = 0
    """Requests of ours so far."""
    served: int = 0
    """Requests of the CPE so far."""
    exclusive: bool = False
    """Reboot, FactoryReset or Download was asked: offer no more work in this session (quirk 102)."""

    @classmethod
    def new(cls, id: str) -> Self:
        """Begin a session; ``id`` is whatever finds it again, such as its cookie."""
        return cls(id)

    @property
    def version(self) -> str:
        """The CWMP version of this session."""
        return self.use_version or version_of(self.cwmp_namespace) or "1.0"

    def step(self, event: Event) -> "Step":
        """Give the session after an event, and what is to be done, in order. Never raises."""
        return _ACTIONS[TRANSITIONS[self.state, type(event)].action](self, event)

    def dump(self) -> str:
        """Give the session as JSON."""
        return json.dumps(
            [
                _FORMAT,
                self.id,
                self.state.value,
                self.cwmp_namespace,
                self.use_version,
                self.timeout,
                self.inform,
                self.pending,
                self.asked,
                self.served,
                self.exclusive,
            ],
            separators=(",", ":"),
        )

    @classmethod
    def load(cls, dumped: str) -> Self:
        """Give the session of a dump.

        Raises:
            ValueError: it is no dump of this format.
        """
        try:
            version, id, state, namespace, use, timeout, inform, pending, asked, served, exclusive = json.loads(dumped)
            if version != _FORMAT:
                raise ValueError(f"a session dump of format {version}, not {_FORMAT}")
            out = None if pending is None else Pending(*pending)  # a list by then
            return cls(id, State(state), namespace, use, timeout, inform, out, asked, served, exclusive)
        except TypeError as error:
            raise ValueError(f"not a session dump: {error}") from error

    def _next(
        self,
        state: State,
        *,
        pending: Pending | None = None,
        asked: int = 0,
        served: int = 0,
        exclusive: bool | None = None,
    ) -> "Session":
        """Move on. ``pending`` is what is pending from now on; ``asked`` and ``served`` are added."""
        return Session(
            self.id,
            state,
            self.cwmp_namespace,
            self.use_version,
            self.timeout,
            self.inform,
            pending,
            self.asked + asked,
            self.served + served,
            self.exclusive if exclusive is None else exclusive,
        )


Step = tuple[Session, tuple[Command, ...]]


# Opening


def _open(session: Session, event: InformReceived) -> Step:
    common = [version for version in event.supported_versions if version in VERSIONS]  # unknown ones: quirk 229
    use = max(common) if common else None  # "1.0" to "1.4" sort as text
    notes = _header_notes(event)
    if event.supported_versions and use is None:
        notes += (Note("no_common_version", 229, ",".join(event.supported_versions)[:120]),)
    opened = Session(
        session.id,
        State.INFORMED,
        event.cwmp_namespace or CWMP_1_0,
        use,
        limits.session_timeout(event.session_timeout),
        _fingerprint(event.message),
        served=session.served,
    )
    return opened, (*notes, Reply(_INFORM_RESPONSE, event.id, use))


def _open_again(session: Session, event: InformReceived) -> Step:
    if session.asked or _fingerprint(event.message) != session.inform:
        return _supersede(session, event)
    opened, commands = _open(session, event)
    return opened, (Note("repeated_inform", 79, event.id or ""), *commands)


def _supersede(session: Session, event: InformReceived) -> Step:
    return session._next(State.CLOSED), (*_given_up(session), Refuse(SUPERSEDED))


def _fingerprint(inform: Inform) -> int:
    who = inform.DeviceId
    parts = [who.OUI, who.ProductClass, who.SerialNumber]
    for event in inform.Event:
        parts += (event.EventCode, event.CommandKey)
    return crc32("\0".join(parts).encode("utf-8", "surrogatepass"))


# The CPE's own requests


def _serve(session: Session, event: CpeRequest) -> Step:
    if session.served >= limits.MAX_CPE_REQUESTS:
        note = Note("too_many_requests", None, event.method[:120])
        return session._next(State.CLOSING), (*_given_up(session), note, _CLOSE)
    pending = session.pending
    if pending is not None and session.state is State.ASKED:
        pending = pending._replace(interrupted=True)
    # A request after our 204 must not be lost (quirk 219). A TransferComplete takes the conversation up again: there
    # may now be something to read back, and the CPE's next empty POST is our turn to do so.
    reopened = session.state is State.CLOSING and isinstance(event.message, TransferComplete)
    after = session._next(State.INFORMED if reopened else session.state, pending=pending, served=1)
    answer = _answer(session, event)
    if isinstance(answer, Fault) or event.message is None:
        note = Note("unknown_rpc", None, event.method[:120])
        return after, (*_header_notes(event), note, Reply(answer, event.id))
    return after, (*_header_notes(event), Deliver(event.message), Reply(answer, event.id))


def _answer(session: Session, event: CpeRequest) -> Struct:
    message = event.message
    acknowledgement = _ACKNOWLEDGEMENTS.get(event.method)
    if isinstance(message, RequestDownload) and not message.FileType.strip():
        return _fault(8003)
    if acknowledgement is not None:
        return acknowledgement if message is not None else _fault(8003)
    if isinstance(message, GetRPCMethods):
        return GetRPCMethodsResponse(MethodList=method_names("ACS", session.version))
    if isinstance(message, Kicked):
        return KickedResponse(NextURL=_next_url(message.Next))
    return _fault(8000)


def _next_url(wanted: str) -> str:
    """Where a kicked CPE shall send the user's browser (A.4.2.1): where it wanted to go, but on the CPE itself only.

    ``Next`` comes out of the URL that the browser was lured to; to repeat it as it is would be an open redirect.
    """
    path = wanted.strip()
    inside = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path[:1024] if inside else ""


def _fault(code: int) -> Fault:
    return Fault(FaultCode=code, FaultString=text_of(code))


# Our turn


def _take_turn(session: Session, event: Event) -> Step:
    pending = session.pending
    return session._next(State.READY, pending=pending), (NeedWork(pending.tag) if pending else _NEED_WORK,)


def _ask(session: Session, event: WorkOffered) -> Step:
    before = session.pending
    repeats = before is not None and before.tag == event.tag
    replaced = () if repeats else _given_up(session)
    if session.asked >= limits.MAX_ASKS:
        return session._next(State.CLOSING), (*replaced, Abandoned(event.tag), _CLOSE)
    method = type(event.message).__name__
    if before is not None and repeats:
        pending = Pending(event.rpc_id, method, event.tag, resent=before.resent, lone=before.lone)
    else:
        lone = method in EXCLUSIVE and not session.exclusive
        pending = Pending(event.rpc_id, method, event.tag, lone=lone)
    exclusive = session.exclusive or pending.lone
    asked = session._next(State.ASKED, pending=pending, asked=1, exclusive=exclusive)
    return asked, (*replaced, Ask(event.message, event.rpc_id, event.tag))


def _ask_again(session: Session, event: Event) -> Step:
    """Repeat what was not answered, once; what the CPE's own request had interrupted does not count (quirks 81, 82)."""
    pending = session.pending
    if pending is None:
        return _take_turn(session, event)
    if pending.interrupted:
        again = pending._replace(interrupted=False)
    elif not pending.resent:
        again = pending._replace(resent=True)
    else:
        return session._next(State.READY), (Unanswered(pending.tag), _NEED_WORK)
    return session._next(State.READY, pending=again), (NeedWork(pending.tag),)


def _take_answer(session: Session, event: CpeAnswer) -> Step:
    pending = session.pending
    if pending is None:
        return _pass_over(session, event)
    if event.message is None or event.method != pending.method + "Response":
        note = Note("unexpected_answer", 47, f"{event.method[:120]} to {pending.method}")
        after, commands = _ask_again(session, event)
        return after, (*_header_notes(event), note, *commands)
    notes = (*_header_notes(event), *_id_notes(pending, event.id))
    return session._next(State.READY), (*notes, Answered(pending.tag, event.message), _NEED_WORK)


def _take_fault(session: Session, event: CpeFault) -> Step:
    pending = session.pending
    if pending is None:
        return _pass_over(session, event)
    exclusive = session.exclusive and not pending.lone  # what was refused was not done and forbids nothing
    notes = (*_header_notes(event), *_id_notes(pending, event.id))
    faulted = Faulted(pending.tag, event.fault)
    return session._next(State.READY, exclusive=exclusive), (*notes, faulted, _NEED_WORK)


def _pass_over(session: Session, event: CpeAnswer | CpeFault) -> Step:
    """Take an answer to nothing as an empty POST."""
    name = event.method if isinstance(event, CpeAnswer) else f"Fault {event.fault.FaultCode}"
    note = Note("answer_to_nothing", 47, name[:120])
    if session.state is State.CLOSING:
        return session, (*_header_notes(event), note, _CLOSE)
    return session._next(State.READY), (*_header_notes(event), note, _NEED_WORK)


# The end


def _finish(session: Session, event: Event) -> Step:
    return session._next(State.CLOSING), (*_given_up(session), _CLOSE)


def _close_again(session: Session, event: Event) -> Step:
    return session, (_CLOSE,)


def _expire(session: Session, event: Event) -> Step:
    return session._next(State.CLOSED), (*_given_up(session), _CLOSE)


# Refusals and oddities


def _decline(session: Session, event: WorkOffered) -> Step:
    """Work offered at the wrong time goes back; what is out with the CPE stays out."""
    out = session.pending is not None and session.pending.tag == event.tag
    given_back = () if out else (Abandoned(event.tag),)
    if session.state in (State.CLOSING, State.CLOSED):
        return session, (*given_back, _CLOSE)
    return session, (*given_back, Refuse(OUT_OF_TURN))


def _refuse(session: Session, event: Event) -> Step:
    return session, (Refuse(NO_SESSION if session.state is State.NEW else CLOSED),)


def _given_up(session: Session) -> tuple[Command, ...]:
    return () if session.pending is None else (Abandoned(session.pending.tag),)


def _header_notes(event: InformReceived | CpeRequest | CpeAnswer | CpeFault) -> tuple[Note, ...]:
    """Headers that only the ACS may send, or that nobody should any more; they change nothing (cwmp.md 1.2)."""
    if not event.hold_requests and not event.no_more_requests:
        return ()
    notes = []
    if event.hold_requests:
        notes.append(Note("hold_requests", 48, "HoldRequests from a CPE"))
    if event.no_more_requests:
        notes.append(Note("no_more_requests", 48, "NoMoreRequests from a CPE"))
    return tuple(notes)


def _id_notes(pending: Pending, id: str | None) -> tuple[Note, ...]:
    """An answer is bound by order, for only one request is out; an odd id is only noted (quirks 46, 47)."""
    if id == pending.rpc_id:
        return ()
    if not id:
        return (Note("missing_id", 46, pending.method),)
    return (Note("wrong_id", 47, f"{id[:64]} for {pending.rpc_id}"),)


_ACTIONS: Final[dict[Action, Callable[[Session, Any], Step]]] = {
    Action.OPEN: _open,
    Action.OPEN_AGAIN: _open_again,
    Action.SUPERSEDE: _supersede,
    Action.SERVE: _serve,
    Action.TAKE_TURN: _take_turn,
    Action.ASK_AGAIN: _ask_again,
    Action.TAKE_ANSWER: _take_answer,
    Action.TAKE_FAULT: _take_fault,
    Action.PASS_OVER: _pass_over,
    Action.ASK: _ask,
    Action.DECLINE: _decline,
    Action.FINISH: _finish,
    Action.CLOSE_AGAIN: _close_again,
    Action.EXPIRE: _expire,
    Action.REFUSE: _refuse,
}
