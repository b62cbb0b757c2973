"""What a session wants done, in the imperative. They follow from ``events``; one place carries them out.

Every answer to an event of the CPE holds exactly one command that ends the HTTP exchange (``Reply``, ``Close``,
``Refuse``), or ``NeedWork``, which asks for the event (``WorkOffered``, ``WorkDone``) that will bring ``Ask`` or
``Close``. The others come before it and are done first, in order.
"""

from dataclasses import dataclass
from typing import Final

from cwmp_schemas._spyne import Struct
from cwmp_schemas.faults import Fault

# These end the HTTP exchange, or ask for what will.


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer the CPE's own request: 200 with this message under the CPE's id, in ``Session.cwmp_namespace``."""

    message: Struct
    to_id: str | None
    use_version: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Send a request of ours: 200 with this message under this id."""

    message: Struct
    rpc_id: str
    tag: str


@dataclass(frozen=True, slots=True)
class NeedWork:
    """Find something to ask; with ``repeat``, offer the work of that tag once more."""

    repeat: str | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """Answer 204 without a body (quirk 200). Late messages are still welcome for ``limits.CLOSING_SECONDS``."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """This message cannot belong to this session; see the reasons below."""

    reason: str


NO_SESSION: Final = "no_session"
"""The first message of a session must be an Inform."""
SUPERSEDED: Final = "superseded"
"""A new Inform: begin a new session with it."""
CLOSED: Final = "closed"
"""The session is over."""
OUT_OF_TURN: Final = "out_of_turn"
"""Work was offered while the CPE had not handed us the turn: a mistake of ours."""

# These come before.


@dataclass(frozen=True, slots=True)
class Deliver:
    """Make the CPE's request durable before it is acknowledged."""

    message: Struct


@dataclass(frozen=True, slots=True)
class Answered:
    """Take the answer to the work of this tag."""

    tag: str
    message: Struct


@dataclass(frozen=True, slots=True)
class Faulted:
    """Take the CPE's refusal of the work of this tag."""

    tag: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The CPE was asked twice for the work of this tag and said nothing to it (quirk 81)."""

    tag: str


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The work of this tag was not asked, or its answer will not come in this session: give it back to the queue."""

    tag: str


@dataclass(frozen=True, slots=True)
class Note:
    """Remember an oddity of the CPE. ``quirk`` is its number in the robustness specification."""

    code: str
    quirk: int | None
    detail: str


Command = Reply | Ask | NeedWork | Close | Refuse | Deliver | Answered | Faulted | Unanswered | Abandoned | Note
