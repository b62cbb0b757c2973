"""File transfers an ACS asked for: waiting, running, done, and told or not yet told (TR-069 A.3.2.8, A.4.1.5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from acs.simulator.datamodel import CwmpFault

MOST: Final = 16
"""Transfers waiting at a time; the schema's lists end there, and a phone must take at least three."""


class State(IntEnum):
    """As GetAllQueuedTransfers numbers them."""

    NOT_STARTED = 1
    IN_PROGRESS = 2
    COMPLETED = 3


@dataclass(slots=True)
class Transfer:
    """One Download or Upload. Times are seconds since the epoch."""

    is_download: bool
    command_key: str
    file_type: str
    url: str
    username: str = ""
    password: str = ""
    file_size: int = 0
    target_file_name: str = ""
    not_before: float = 0.0
    state: State = State.NOT_STARTED
    started_at: float | None = None
    completed_at: float | None = None
    fault_code: int = 0
    fault_string: str = ""
    report_at: float = 0.0
    """When TransferComplete may be sent."""
    announced: bool = False
    """Its events are in the queue."""
    windows: tuple[tuple[float, float], ...] = ()
    """When it may be carried out, of ScheduleDownload: (from, to) in seconds since the epoch; empty: any time."""

    @property
    def scheduled(self) -> bool:
        """It was asked for by ScheduleDownload."""
        return bool(self.windows)

    def postponed(self, now: float) -> bool:
        """Move it to the next window that is not over; False if there is none."""
        later = [start for start, end in self.windows if end > now and start > self.not_before]
        if later:
            self.not_before, self.state = later[0], State.NOT_STARTED
        return bool(later)

    def too_late(self, now: float) -> bool:
        """All windows are over."""
        return self.scheduled and now > max(end for _, end in self.windows)

    @property
    def file_name(self) -> str:
        """What the file is called: TargetFileName, or the end of the URL's path."""
        return self.target_file_name or self.url.partition("?")[0].rpartition("/")[2]


class TransferQueue:
    """The transfers of one phone, in the order they were asked for. They survive reboots."""

    __slots__ = ("_transfers",)

    def __init__(self) -> None:
        self._transfers: list[Transfer] = []

    def __iter__(self) -> Iterator[Transfer]:
        return iter(tuple(self._transfers))

    def __len__(self) -> int:
        return len(self._transfers)

    def add(self, transfer: Transfer) -> None:
        """Queue it; one with a CommandKey that already waits is the same transfer asked for twice.

        Raises:
            CwmpFault: 9004 when the queue is full.
        """
        if transfer.command_key and any(
            each.command_key == transfer.command_key and each.is_download == transfer.is_download
            for each in self._transfers
        ):
            return
        if len(self._transfers) >= MOST:
            raise CwmpFault(9004, f"{MOST} transfers are waiting already")
        self._transfers.append(transfer)

    def remove(self, transfer: Transfer) -> None:
        """It is reported, or will never be."""
        self._transfers = [each for each in self._transfers if each is not transfer]

    def cancel(self, command_key: str) -> None:
        """Give up all with this CommandKey.

        Raises:
            CwmpFault: 9021 if one of them is under way or over already.
        """
        mine = [each for each in self._transfers if each.command_key == command_key]
        if any(each.state is not State.NOT_STARTED for each in mine):
            raise CwmpFault(9021, "the transfer is under way, or waits for its report")
        self._transfers = [each for each in self._transfers if each not in mine]

    def clear(self) -> None:
        """Factory reset."""
        self._transfers.clear()

    def next_to_start(self) -> Transfer | None:
        """The one that may start first."""
        waiting = [each for each in self._transfers if each.state is State.NOT_STARTED]
        return min(waiting, key=lambda each: each.not_before, default=None)

    def to_announce(self) -> Iterator[Transfer]:
        """Those that are over and whose events are not queued yet."""
        return (each for each in self if each.state is State.COMPLETED and not each.announced)

    def to_report(self) -> Iterator[Transfer]:
        """Those that wait for their TransferCompleteResponse."""
        return (each for each in self if each.announced)
