"""What can happen to a session, in the past tense. The answers are ``commands``.

The first five come from the CPE, the next two from whoever holds the work, the last from whoever holds the clock.
"""

from dataclasses import dataclass
from typing import Final

from cwmp_schemas._spyne import Struct
from cwmp_schemas.acs_rpcs import Inform
from cwmp_schemas.envelope import Envelope
from cwmp_schemas.faults import Fault


@dataclass(frozen=True, slots=True)
class InformReceived:
    """The CPE has opened a session, or says again what it opened it with."""

    message: Inform
    cwmp_namespace: str
    id: str | None
    supported_versions: tuple[str, ...] = ()
    session_timeout: int | None = None
    hold_requests: bool = False
    no_more_requests: bool = False


@dataclass(frozen=True, slots=True)
class CpeRequest:
    """The CPE has asked the ACS for something; ``message`` is none for a method that nobody knows."""

    message: Struct | None
    method: str
    id: str | None
    hold_requests: bool = False
    no_more_requests: bool = False


@dataclass(frozen=True, slots=True)
class EmptyPost:
    """The CPE has nothing to say: it is our turn."""


@dataclass(frozen=True, slots=True)
class CpeAnswer:
    """The CPE has answered a request; ``message`` is none for a response that nobody knows."""

    message: Struct | None
    method: str
    """Name of the response as sent: ``GetParameterValuesResponse``."""
    id: str | None
    hold_requests: bool = False
    no_more_requests: bool = False


@dataclass(frozen=True, slots=True)
class CpeFault:
    """The CPE has refused a request."""

    fault: Fault
    id: str | None
    hold_requests: bool = False
    no_more_requests: bool = False


@dataclass(frozen=True, slots=True)
class WorkOffered:
    """There is something to ask of the CPE. ``tag`` is the giver's own name for it, ``rpc_id`` a fresh cwmp:ID."""

    message: Struct
    rpc_id: str
    tag: str


@dataclass(frozen=True, slots=True)
class WorkDone:
    """There is nothing (more) to ask."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The CPE has been silent for longer than ``Session.timeout``, or its connection is known to be dead."""


Event = InformReceived | CpeRequest | EmptyPost | CpeAnswer | CpeFault | WorkOffered | WorkDone | TimedOut

EVENTS: Final = (InformReceived, CpeRequest, EmptyPost, CpeAnswer, CpeFault, WorkOffered, WorkDone, TimedOut)
"""Every kind of event, in the order of a usual session."""


def from_envelope(envelope: Envelope) -> InformReceived | CpeRequest | EmptyPost | CpeAnswer | CpeFault:
    """Say what a received message means for the session. A Body without a child counts as an empty POST."""
    body, method = envelope.body, envelope.method
    hold, no_more = envelope.hold_requests, envelope.no_more_requests
    if isinstance(body, Inform):
        return InformReceived(
            body,
            envelope.cwmp_namespace,
            envelope.id,
            envelope.supported_versions,
            envelope.session_timeout,
            hold,
            no_more,
        )
    if isinstance(body, Fault):
        return CpeFault(body, envelope.id, hold, no_more)
    if not method:
        return EmptyPost()
    kind = CpeAnswer if method.endswith("Response") else CpeRequest
    return kind(body, method, envelope.id, hold, no_more)
