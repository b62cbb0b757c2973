"""Conversations with a session, written as they happen::

    assert Playbook() >> inform() << Reply(...) >> EmptyPost() << NeedWork() >> WorkDone() << Close()

``>>`` is what happens to the session, each ``<<`` one command that must follow, in order and without others between.
The session is dumped and loaded before every event, as if each one reached another node.
"""

from typing import Self

from acs.protocols.cwmp.commands import Command
from acs.protocols.cwmp.events import Event, InformReceived
from acs.protocols.cwmp.session import Session
from acs.protocols.cwmp.states import State
from cwmp_schemas.acs_rpcs import Inform, InformResponse
from cwmp_schemas.datatypes import TypedValue
from cwmp_schemas.namespaces import CWMP_1_2
from cwmp_schemas.structs import DeviceIdStruct, EventStruct, ParameterValueStruct

ACKNOWLEDGED = InformResponse(MaxEnvelopes=1)


def message(*codes: str, serial: str = "0C383E000001", retries: int = 0) -> Inform:
    """What a phone says first."""
    return Inform(
        DeviceId=DeviceIdStruct(Manufacturer="Fanvil", OUI="0C383E", ProductClass="X5U", SerialNumber=serial),
        Event=tuple(EventStruct(EventCode=code, CommandKey="") for code in codes or ("2 PERIODIC",)),
        MaxEnvelopes=1,
        CurrentTime="2024-01-01T00:00:00+08:00",
        RetryCount=retries,
        ParameterList=(
            ParameterValueStruct(Name="Device.DeviceInfo.SoftwareVersion", Value=TypedValue("2.12.1", "xsd:string")),
        ),
    )


def inform(
    *codes: str, id: str | None = "1", serial: str = "0C383E000001", namespace: str = CWMP_1_2
) -> InformReceived:
    """The event of that."""
    return InformReceived(message(*codes, serial=serial), namespace, id)


class Playbook:
    """A conversation so far; true when every command was expected."""

    def __init__(self, session: Session | None = None) -> None:
        self.session = Session.new("s1") if session is None else session
        self._due: list[Command] = []
        self._story: list[str] = []

    def __rshift__(self, event: Event) -> Self:
        """Let something happen."""
        self._nothing_due()
        self.session, commands = Session.load(self.session.dump()).step(event)
        self._due = list(commands)
        self._story.append(f">> {event}")
        return self

    def __lshift__(self, command: Command) -> Self:
        """Expect the next command."""
        if not self._due or self._due[0] != command:
            found = self._due[0] if self._due else "nothing more"
            raise AssertionError(f"{self._told()}\nexpected: << {command}\nfound:    << {found}")
        self._story.append(f"<< {self._due.pop(0)}")
        return self

    def __bool__(self) -> bool:
        self._nothing_due()
        return True

    @property
    def state(self) -> State:
        """Where the session stands."""
        return self.session.state

    def _nothing_due(self) -> None:
        if self._due:
            rest = "\n".join(f"<< {command}" for command in self._due)
            raise AssertionError(f"{self._told()}\nnot expected:\n{rest}")

    def _told(self) -> str:
        return "\n".join(["the conversation was:", *self._story])
