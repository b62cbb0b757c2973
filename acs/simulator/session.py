"""One CWMP session from the phone's side, without I/O: envelopes in, commands out (TR-069 3.7.1.4, 3.7.2.4).

    Inform -> InformResponse -> TransferComplete ... -> empty POST -> the ACS's requests, one by one -> nothing left

``start`` and ``answered`` return what to do next. A session that does not end by the book has failed; the phone keeps
its events and comes again by the retry table.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from acs.simulator import dialect, rpcs
from acs.simulator.behaviours import Cut, DropAfter
from acs.simulator.calls import VENDOR_RPC, Call
from acs.simulator.cpe import Cpe
from acs.simulator.datamodel import CwmpFault
from acs.simulator.digest_client import Credentials
from acs.simulator.transfers import Transfer
from cwmp_schemas._spyne import Struct
from cwmp_schemas.acs_rpcs import InformResponse, TransferComplete, TransferCompleteResponse
from cwmp_schemas.cpe_rpcs import DownloadResponse
from cwmp_schemas.envelope import NONE, Envelope, HeaderExtras, Style, write
from cwmp_schemas.faults import Fault, SetParameterValuesFault
from cwmp_schemas.namespaces import NAMESPACE_OF, VERSIONS
from cwmp_schemas.structs import FaultStruct

MOST_REPEATS: Final = 5
"""How often a request is sent again on 8005 (Retry request) before the session is given up."""
SESSION_TIMEOUT: Final = 60
"""Seconds that a phone of CWMP 1.3 and later lets the ACS wait for it."""


@dataclass(frozen=True, slots=True)
class Send:
    """POST this; ``None`` is the empty POST. ``delay`` is in seconds.

    ``cut``: lose the connection there. ``anew``: over a new connection and without cookies.
    """

    body: bytes | None
    delay: float = 0.0
    cut: Cut | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Fetch:
    """Carry out this transfer, then call ``fetched``."""

    transfer: Transfer


@dataclass(frozen=True, slots=True)
class Done:
    """The session is over."""

    ok: bool
    error: str = ""


Command = Send | Fetch | Done

LOST: Final = Done(False, "the phone lost its connection")

_CUTS: Final[dict[tuple[DropAfter, str], Cut]] = {
    ("first-post", "inform"): "first-post",
    ("challenge", "inform"): "challenge",
    ("half-inform", "inform"): "half",
    ("inform", "inform"): "sent",
    ("transfer-complete", "transfer-complete"): "sent",
    ("empty-post", "empty-post"): "sent",
    ("half-answer", "answer"): "half",
    ("answer", "answer"): "sent",
}
"""Where a connection is lost, by trait and by what is being sent."""


class _Phase(StrEnum):
    INFORM = "waits for InformResponse"
    REQUEST = "waits for the answer to its own request"
    LISTEN = "waits for the ACS's requests"
    FETCH = "carries out a transfer"
    FAREWELL = "has sent one empty POST too many"


class Session:
    """One conversation. Address and credentials are those of its beginning, whatever it changes."""

    def __init__(self, cpe: Cpe, now: float) -> None:
        """A session of ``cpe`` that begins at ``now`` (seconds since the epoch)."""
        cpe.now = now
        self._cpe = cpe
        self._now = now
        self._version = cpe.cwmp_version
        self._namespace = cpe.traits.cwmp_namespace or NAMESPACE_OF[self._version]
        self._events = cpe.events.for_inform()
        self._changes = dict(cpe.model.changed)
        self._phase = _Phase.INFORM
        self._count = 0
        self._last: Send = Send(None)
        self._repeats = 0
        self._hold = False
        self._reporting: Transfer | None = None
        self._refused: list[Transfer] = []
        self._inform_again = cpe.traits.inform_again
        self._inform: Send = Send(None)
        self._calls = [call for call in cpe.calls if call.announced]
        self._calling: Call | None = None
        self._pending_id = ""
        self.url: Final[str] = cpe.acs_url
        self.credentials: Final[Credentials] = cpe.credentials
        self.requests_answered = 0

    def start(self) -> Command:
        """The Inform."""
        header = NONE
        if self._version == "1.3":
            header = HeaderExtras(session_timeout=SESSION_TIMEOUT)
        elif self._version == "1.4":
            header = HeaderExtras(session_timeout=SESSION_TIMEOUT, supported_versions=VERSIONS)
        inform = self._request(self._cpe.inform(self._events), header, step="inform")
        self._inform = Send(self._last.body)
        return inform

    def answered(self, envelope: Envelope | None, now: float) -> Command:
        """The ACS answered the last POST; ``None``: with nothing (204, or 200 without a body)."""
        self._now = self._cpe.now = now
        if envelope is not None:
            self._hold = envelope.hold_requests
        return _STEPS[self._phase](self, envelope)

    def fetched(self, transfer: Transfer, now: float) -> Command:
        """The transfer of the last ``Fetch`` is over: now Download can be answered (A.3.2.8, Status 0)."""
        self._now = now
        self._phase = _Phase.LISTEN
        if self._cpe.traits.transfer_complete == "after-204":
            return self._next_own_request()
        if transfer.fault_code:
            return self._respond(_fault(CwmpFault(transfer.fault_code, transfer.fault_string)), self._pending_id)
        date_time = self._cpe.date_time
        response = DownloadResponse(
            Status=0, StartTime=date_time(transfer.started_at), CompleteTime=date_time(transfer.completed_at)
        )
        return self._respond(response, self._pending_id)

    # --- what the ACS may say, by phase ------------------------------------------------------------------------------

    def _inform_answered(self, envelope: Envelope | None) -> Command:
        if envelope is None:
            return Done(False, "the ACS answered Inform with nothing")
        if isinstance(envelope.body, Fault):
            return self._faulted(envelope.body) or Done(False, f"the ACS refused Inform: {_words(envelope.body)}")
        if not isinstance(envelope.body, InformResponse):
            return Done(False, f"the ACS answered Inform with {envelope.method or 'an empty envelope'}")
        if self._version == "1.4" and envelope.use_version in NAMESPACE_OF and not self._cpe.traits.cwmp_namespace:
            self._namespace = NAMESPACE_OF[envelope.use_version]
        if self._loses("inform-response"):
            return LOST
        if self._inform_again in ("same-connection", "new-connection"):
            anew = self._inform_again == "new-connection"
            self._inform_again = ""
            return replace(self._inform, anew=anew)
        return self._next_own_request()

    def _request_answered(self, envelope: Envelope | None) -> Command:
        if self._calling is not None:
            return self._call_answered(self._calling, envelope)
        transfer, self._reporting = self._reporting, None
        if envelope is None or transfer is None:
            return Done(False, "the ACS did not answer TransferComplete")
        if isinstance(envelope.body, Fault):
            again = self._faulted(envelope.body)
            if again is not None:
                self._reporting = transfer
                return again
            self._refused.append(transfer)
            self._cpe.last_error = f"the ACS refused TransferComplete: {_words(envelope.body)}"
        elif isinstance(envelope.body, TransferCompleteResponse):
            self._cpe.transfer_reported(transfer)
        else:
            return Done(False, f"the ACS answered TransferComplete with {envelope.method or 'an empty envelope'}")
        if self._loses("transfer-complete-response"):
            return LOST
        return self._next_own_request()

    def _call_answered(self, call: Call, envelope: Envelope | None) -> Command:
        """Any answer will do, a fault too: an ACS need not know everything."""
        if envelope is None:
            return Done(False, f"the ACS did not answer {call.name}")
        if isinstance(envelope.body, Fault):
            if (again := self._faulted(envelope.body)) is not None:
                return again
            self._cpe.last_error = f"the ACS refused {call.name}: {_words(envelope.body)}"
        elif envelope.method != f"{call.name}Response":
            return Done(False, f"the ACS answered {call.name} with {envelope.method or 'an empty envelope'}")
        self._calling = None
        self._cpe.call_answered(call)
        return self._next_own_request()

    def _asked(self, envelope: Envelope | None) -> Command:
        if envelope is None:
            if not self._hold and (self._to_report() is not None or self._calls):
                return self._next_own_request()  # HoldRequests kept these back until now
            if self._cpe.traits.transfer_complete == "after-204" and (late := self._cpe.due_transfer(self._now)):
                self._phase = _Phase.FETCH
                return Fetch(late)
            if self._cpe.traits.extra_empty_post:
                self._phase = _Phase.FAREWELL
                return Send(None)
            return self._good_end()
        if not envelope.method:
            return Done(False, "the ACS sent an envelope without a request")
        if self._loses("request"):
            return LOST
        if envelope.method.endswith("Response") or envelope.method == "Fault":
            return Done(False, f"the ACS sent {envelope.method}, but nothing was asked")
        if self._inform_again == "instead-of-answer":
            self._inform_again = ""
            self._phase = _Phase.INFORM
            return self._inform
        if self._cpe.traits.empty_post_instead and not self._cpe.fumbled_once:
            self._cpe.fumbled_once = True
            return Send(None)
        self.requests_answered += 1
        try:
            untyped = any(oddity.code == "type_missing" for oddity in envelope.warnings)
            result = rpcs.answer(self._cpe, envelope.method, envelope.body, self._now, untyped=untyped)
        except CwmpFault as fault:
            result = _fault(fault)
        if envelope.method in self._cpe.traits.silent_on:
            return Done(False, f"did not answer {envelope.method}")
        if isinstance(result, Transfer):
            self._phase, self._pending_id = _Phase.FETCH, envelope.id or ""
            return Fetch(result)
        return self._respond(result, envelope.id or "")

    def _farewell(self, _: Envelope | None) -> Command:
        return self._good_end()

    def _good_end(self) -> Done:
        """Only now are the Inform's events delivered: a session that fails later is tried again with all of them."""
        self._cpe.informed(self._events, self._changes)
        return Done(True)

    def _fetching(self, _: Envelope | None) -> Command:
        raise RuntimeError("the session waits for fetched()")

    # --- what the phone says -----------------------------------------------------------------------------------------

    def _to_report(self) -> Transfer | None:
        return next((each for each in self._cpe.transfers.to_report() if each not in self._refused), None)

    def _next_own_request(self) -> Command:
        """Report the next finished transfer, or say with an empty POST that there is no more."""
        if self._calls and not self._hold:
            call = self._calls.pop(0)
            self._phase, self._calling = _Phase.REQUEST, call
            return self._call(call)
        transfer = None if self._hold else self._to_report()
        if transfer is None:
            self._phase = _Phase.LISTEN
            return self._send(Send(None), step="empty-post")
        self._phase, self._reporting = _Phase.REQUEST, transfer
        report = TransferComplete(
            CommandKey=self._cpe.command_key(transfer),
            FaultStruct=FaultStruct(FaultCode=transfer.fault_code, FaultString=transfer.fault_string[:256]),
            StartTime=self._cpe.date_time(transfer.started_at),
            CompleteTime=self._cpe.date_time(transfer.completed_at),
        )
        return self._request(report, NONE, step="transfer-complete")

    def _call(self, call: Call) -> Command:
        return self._request(call.message, NONE, name=VENDOR_RPC if call.foreign else "")

    def _request(self, body: Struct, header: HeaderExtras, step: str = "", name: str = "") -> Command:
        self._count += 1
        self._repeats = 0
        return self._send(Send(self._bytes(body, str(self._count), header, name=name)), step=step)

    def _respond(self, body: Struct, asked_id: str) -> Command:
        traits = self._cpe.traits
        answer_id = "not-your-id" if traits.response_id == "wrong" else asked_id
        data = self._bytes(body, answer_id, NONE, with_id=traits.response_id != "missing")
        return self._send(Send(data, delay=traits.answer_delay), step="answer")

    def _bytes(
        self, body: Struct, message_id: str, header: HeaderExtras, *, with_id: bool = True, name: str = ""
    ) -> bytes:
        """``name``: the method goes out under a name that no message of ours has."""
        traits = self._cpe.traits
        style = Style(boolean_literals=traits.booleans == "words")
        envelope = write(body, cwmp_namespace=self._namespace, id=message_id, header=header, style=style)
        if name:
            own = type(body).__name__.encode()
            for tag in (b"<cwmp:%s>", b"</cwmp:%s>"):
                envelope = envelope.replace(tag % own, tag % name.encode())
        return dialect.speak(envelope, traits, with_id=with_id)

    def _send(self, command: Send, step: str) -> Command:
        self._last = command
        cut = _CUTS.get((self._cpe.traits.drop_after, step))
        if cut is not None and not self._cpe.dropped_once:
            self._cpe.dropped_once = True
            return replace(command, cut=cut)
        return command

    def _loses(self, step: DropAfter) -> bool:
        """Whether the connection goes now, with the ACS's message read and nothing said in return."""
        if self._cpe.traits.drop_after != step or self._cpe.dropped_once:
            return False
        self._cpe.dropped_once = True
        return True

    def _faulted(self, fault: Fault) -> Command | None:
        """8005 asks for the same request once more, unchanged."""
        if fault.FaultCode == 8005 and self._repeats < MOST_REPEATS:
            self._repeats += 1
            return self._last
        return None


_STEPS: Final[dict[_Phase, Callable[[Session, Envelope | None], Command]]] = {
    _Phase.INFORM: Session._inform_answered,
    _Phase.REQUEST: Session._request_answered,
    _Phase.LISTEN: Session._asked,
    _Phase.FETCH: Session._fetching,
    _Phase.FAREWELL: Session._farewell,
}


def _fault(fault: CwmpFault) -> Fault:
    return Fault(
        FaultCode=fault.code,
        FaultString=fault.message,
        SetParameterValuesFault=tuple(
            SetParameterValuesFault(ParameterName=name, FaultCode=code, FaultString=text)
            for name, code, text in fault.parameters
        ),
    )


def _words(fault: Fault) -> str:
    return f"{fault.FaultCode} {fault.FaultString or ''}".strip()
