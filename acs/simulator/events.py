"""The events a phone still has to tell its ACS, and for how long it must remember them (TR-069 table 8).

An event leaves the queue only when it is acknowledged: most by InformResponse in a session that ends well, transfers
by the response to TransferComplete. A phone that could not deliver keeps or forgets by each event's rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Keep(StrEnum):
    """How long an event that could not be delivered stays."""

    FOREVER = "forever"
    UNTIL_BOOT = "until boot"
    NOT_AT_ALL = "not at all"


BOOTSTRAP: Final = "0 BOOTSTRAP"
BOOT: Final = "1 BOOT"
PERIODIC: Final = "2 PERIODIC"
SCHEDULED: Final = "3 SCHEDULED"
VALUE_CHANGE: Final = "4 VALUE CHANGE"
KICKED: Final = "5 KICKED"
CONNECTION_REQUEST: Final = "6 CONNECTION REQUEST"
TRANSFER_COMPLETE: Final = "7 TRANSFER COMPLETE"
REQUEST_DOWNLOAD: Final = "9 REQUEST DOWNLOAD"
AUTONOMOUS_TRANSFER_COMPLETE: Final = "10 AUTONOMOUS TRANSFER COMPLETE"
DU_STATE_CHANGE_COMPLETE: Final = "11 DU STATE CHANGE COMPLETE"
AUTONOMOUS_DU_STATE_CHANGE_COMPLETE: Final = "12 AUTONOMOUS DU STATE CHANGE COMPLETE"
X_CT_COM_BIND: Final = "X CT-COM BIND"
"""A carrier's: a LOID was entered or changed (not in table 8; kept like any event that must reach its ACS)."""
M_REBOOT: Final = "M Reboot"
M_SCHEDULE_INFORM: Final = "M ScheduleInform"
M_DOWNLOAD: Final = "M Download"
M_UPLOAD: Final = "M Upload"
M_SCHEDULE_DOWNLOAD: Final = "M ScheduleDownload"
M_CHANGE_DU_STATE: Final = "M ChangeDUState"

MOST: Final = 64
"""The schema allows no more EventStructs in one Inform."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What table 8 says of one event code."""

    keep: Keep
    multiple: bool = False
    """One entry for every occurrence, each with its CommandKey."""
    by_transfer: bool = False
    """Acknowledged by TransferCompleteResponse, not by InformResponse."""
    by_call: bool = False
    """Acknowledged by the response to the call that it announces."""


RULES: Final = {
    BOOTSTRAP: Rule(Keep.FOREVER),
    BOOT: Rule(Keep.UNTIL_BOOT),
    PERIODIC: Rule(Keep.FOREVER),
    SCHEDULED: Rule(Keep.FOREVER),
    VALUE_CHANGE: Rule(Keep.UNTIL_BOOT),
    KICKED: Rule(Keep.FOREVER, by_call=True),
    CONNECTION_REQUEST: Rule(Keep.NOT_AT_ALL),
    TRANSFER_COMPLETE: Rule(Keep.FOREVER, by_transfer=True),
    REQUEST_DOWNLOAD: Rule(Keep.FOREVER, by_call=True),
    AUTONOMOUS_TRANSFER_COMPLETE: Rule(Keep.FOREVER, by_call=True),
    DU_STATE_CHANGE_COMPLETE: Rule(Keep.FOREVER, by_call=True),
    AUTONOMOUS_DU_STATE_CHANGE_COMPLETE: Rule(Keep.FOREVER, by_call=True),
    X_CT_COM_BIND: Rule(Keep.FOREVER),
    M_REBOOT: Rule(Keep.FOREVER, multiple=True),
    M_SCHEDULE_INFORM: Rule(Keep.FOREVER, multiple=True),
    M_DOWNLOAD: Rule(Keep.FOREVER, multiple=True, by_transfer=True),
    M_UPLOAD: Rule(Keep.FOREVER, multiple=True, by_transfer=True),
    M_SCHEDULE_DOWNLOAD: Rule(Keep.FOREVER, multiple=True, by_transfer=True),
    M_CHANGE_DU_STATE: Rule(Keep.FOREVER, multiple=True, by_call=True),
}

_OTHER: Final = Rule(Keep.UNTIL_BOOT)


def rule(code: str) -> Rule:
    """How long to remember an event; vendors' own and the rarer ones until the next boot."""
    return RULES.get(code, _OTHER)


@dataclass(frozen=True, slots=True)
class Event:
    """One EventStruct."""

    code: str
    command_key: str = ""


class EventQueue:
    """What happened and has not been acknowledged, in the order it happened."""

    __slots__ = ("_events",)

    def __init__(self) -> None:
        self._events: list[Event] = []

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def add(self, code: str, command_key: str = "") -> None:
        """Something happened. A single event already waiting is not entered twice; BOOTSTRAP forgets all before it."""
        if code == BOOTSTRAP:
            self._events.clear()
        event = Event(code, command_key)
        if rule(code).multiple or event not in self._events:
            self._events.append(event)

    def for_inform(self) -> tuple[Event, ...]:
        """What the next Inform lists: codes in the table's order, at most ``MOST``."""
        order = list(RULES)
        places = {code: place for place, code in enumerate(order)}
        return tuple(sorted(self._events, key=lambda event: places.get(event.code, len(order)))[:MOST])

    def informed(self, delivered: tuple[Event, ...]) -> None:
        """A session whose Inform listed ``delivered`` ended well; what happened since stays."""
        for event in delivered:
            of = rule(event.code)
            if not of.by_transfer and not of.by_call and event in self._events:
                self._events.remove(event)

    def transfer_reported(self, code: str, command_key: str) -> None:
        """TransferCompleteResponse arrived; with the last transfer ``7 TRANSFER COMPLETE`` goes too."""
        event = Event(code, command_key)
        if event in self._events:
            self._events.remove(event)
        if not any(rule(each.code).by_transfer and rule(each.code).multiple for each in self._events):
            self._events = [each for each in self._events if each.code != TRANSFER_COMPLETE]

    def call_answered(self, *codes: str, command_key: str = "") -> None:
        """The ACS has answered a call of the phone's own: what announced it goes."""
        for event in [each for each in self._events if each.code in codes]:
            if not rule(event.code).multiple or event.command_key == command_key:
                self._events.remove(event)

    def undelivered(self) -> None:
        """The session failed: events that must not be retried are forgotten."""
        self._events = [each for each in self._events if rule(each.code).keep is not Keep.NOT_AT_ALL]

    def rebooted(self) -> None:
        """Power went: only events that must never be lost survive."""
        self._events = [each for each in self._events if rule(each.code).keep is Keep.FOREVER]

    def clear(self) -> None:
        """Factory reset."""
        self._events.clear()
