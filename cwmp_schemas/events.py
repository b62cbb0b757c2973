"""Events that open a session: the table, and how to read what devices make of the codes (TR-069 table 8)."""

import re
from functools import lru_cache
from typing import Final, Literal, NamedTuple

Keep = Literal["always", "until_reboot", "never", "optional"]
"""What a CPE does with an event whose delivery failed: never forget it, may forget it at a reboot, must not send it
again, or as it likes."""


class Event(NamedTuple):
    """One line of the table."""

    code: str
    keep: Keep
    cleared_by: str
    """The ACS's message that acknowledges it."""
    multiple: bool
    """Whether there is one entry per occurrence, each with its CommandKey; else at most one per Inform."""
    since: str


def _single(code: str, keep: Keep, cleared_by: str = "InformResponse", since: str = "1.0") -> Event:
    return Event(code, keep, cleared_by, False, since)


def _multiple(code: str, cleared_by: str, since: str = "1.0") -> Event:
    return Event(code, "always", cleared_by, True, since)


EVENTS: Final[tuple[Event, ...]] = (
    _single("0 BOOTSTRAP", "always"),
    _single("1 BOOT", "until_reboot"),
    _single("2 PERIODIC", "always"),
    _single("3 SCHEDULED", "always"),
    _single("4 VALUE CHANGE", "until_reboot"),
    _single("5 KICKED", "optional", "KickedResponse"),
    _single("6 CONNECTION REQUEST", "never"),
    _single("7 TRANSFER COMPLETE", "always", "TransferCompleteResponse"),
    _single("8 DIAGNOSTICS COMPLETE", "until_reboot"),
    _single("9 REQUEST DOWNLOAD", "optional", "RequestDownloadResponse"),
    _single("10 AUTONOMOUS TRANSFER COMPLETE", "always", "AutonomousTransferCompleteResponse", "1.1"),
    _single("11 DU STATE CHANGE COMPLETE", "always", "DUStateChangeCompleteResponse", "1.2"),
    _single("12 AUTONOMOUS DU STATE CHANGE COMPLETE", "always", "AutonomousDUStateChangeCompleteResponse", "1.2"),
    _single("13 WAKEUP", "always", since="1.4"),
    _single("14 HEARTBEAT", "always", since="1.4"),
    _multiple("M Reboot", "InformResponse"),
    _multiple("M ScheduleInform", "InformResponse"),
    _multiple("M Download", "TransferCompleteResponse"),
    _multiple("M ScheduleDownload", "TransferCompleteResponse", "1.2"),
    _multiple("M Upload", "TransferCompleteResponse"),
    _multiple("M ChangeDUState", "DUStateChangeCompleteResponse", "1.2"),
)
"""Every event of the standard; 14 is of Amendment 6."""

BY_CODE: Final[dict[str, Event]] = {event.code: event for event in EVENTS}

_NUMBERED: Final = {event.code.partition(" ")[0]: event for event in EVENTS if not event.multiple}
_METHODS: Final = {event.code[2:].lower(): event for event in EVENTS if event.multiple}


class EventCode(NamedTuple):
    """An event code as read: ``code`` in the standard's spelling where there is one, ``raw`` as it came."""

    code: str
    raw: str
    event: Event | None
    """The table's line; none for vendor events and garbage."""

    @classmethod
    def parse(cls, raw: str) -> "EventCode":
        """Read a code by its leading token, which is compared whole: ``10 ...`` is not ``1 ...`` (quirk 63).

        Never raises; blanks are folded, case and the words after a number do not matter.
        """
        return _parse(raw)


@lru_cache(maxsize=512)
def _parse(raw: str) -> EventCode:
    words = raw.split()
    if not words:
        return EventCode("", raw, None)
    head = words[0]
    event: Event | None = None
    if head.isascii() and head.isdigit() and len(head) < 6:
        event = _NUMBERED.get(str(int(head)))
    elif head in ("M", "m") and len(words) > 1:
        event = _METHODS.get("".join(words[1:]).lower())
    return EventCode(event.code if event is not None else " ".join(words), raw, event)


_VENDOR = re.compile(r"(?:M X_\S+|X \S+ \S.*)")


def is_canonical(code: str) -> bool:
    """Whether the code is spelt as the standard wants it; vendor events count when they have the vendor form."""
    return code in BY_CODE or _VENDOR.fullmatch(code) is not None
