"""What an onlooker may know of a simulated phone, and of a fleet at its end: frozen values for tables and JSON."""

from dataclasses import dataclass
from enum import StrEnum


class PhoneState(StrEnum):
    """What a phone does now."""

    OFF = "off"
    WAITING = "waiting"
    IN_SESSION = "in session"
    TRANSFERRING = "transferring"
    REBOOTING = "rebooting"


@dataclass(frozen=True, slots=True)
class PhoneStatus:
    """One phone at one moment. ``at`` is in seconds since the epoch."""

    mac: str
    serial_number: str
    model: str
    state: PhoneState
    at: float
    sessions: int = 0
    failed_sessions: int = 0
    retry_count: int = 0
    config_version: str = ""
    config_digest: str = ""
    phonebook_entries: int = 0
    firmware_version: str = ""
    firmware_installs: int = 0
    transfers: int = 0
    failed_transfers: int = 0
    files_fetched: int = 0
    reboots: int = 0
    idle: bool = False
    last_error: str = ""
    enrolment: str = ""
    """Of a phone with a LOID: ``asked``, ``accepted``, ``delivering``, ``bound``, ``failed``, ``refused N`` by the
    Status that it was told, ``locked``."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A fleet's run, in figures. ``seconds`` is how long it ran."""

    phones: int
    reached: int
    """Phones with at least one successful session."""
    configured: int
    """Phones that applied a configuration file."""
    sessions: int
    failed_sessions: int
    transfers: int
    failed_transfers: int
    files_fetched: int
    firmware_installs: int
    reboots: int
    phonebook_entries: int
    seconds: float
    bound: int = 0
    """Phones whose LOID was accepted and whose order was delivered."""


def summarise(statuses: list[PhoneStatus], seconds: float) -> Summary:
    """Add the phones up."""
    return Summary(
        phones=len(statuses),
        reached=sum(1 for each in statuses if each.sessions),
        configured=sum(1 for each in statuses if each.config_digest),
        sessions=sum(each.sessions for each in statuses),
        failed_sessions=sum(each.failed_sessions for each in statuses),
        transfers=sum(each.transfers for each in statuses),
        failed_transfers=sum(each.failed_transfers for each in statuses),
        files_fetched=sum(each.files_fetched for each in statuses),
        firmware_installs=sum(each.firmware_installs for each in statuses),
        reboots=sum(each.reboots for each in statuses),
        phonebook_entries=sum(each.phonebook_entries for each in statuses),
        seconds=round(seconds, 3),
        bound=sum(1 for each in statuses if each.enrolment == "bound"),
    )
