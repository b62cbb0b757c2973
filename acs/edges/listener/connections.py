"""The connections of one listener: how many there may be, and which of them goes when there are too many.

Nobody is refused at the door: a new connection takes the place of one that does nothing, first of the source that has
the most of them. So a thousand silent connections cost one phone nothing, and a carrier's address translator with
thousands of honest phones behind it is treated like anybody else until it has more than its share (cwmp.md 8).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

MOST_LOOKED_AT = 256
"""Sources that are looked at for one that can go, where the one with the most has none."""


class Doing(IntEnum):
    """What a connection is doing; the lowest is shed first."""

    HANDSHAKE = 0
    """TLS is not agreed upon yet."""
    HEAD = 1
    """No whole head has come yet."""
    IDLE = 2
    """Kept open after an answer."""
    TALKING = 3
    """A request is being taken or answered."""


@dataclass(slots=True, eq=False)
class Guest:
    """One connection."""

    source: str
    hang_up: Callable[[], None]
    doing: Doing = Doing.HEAD


class Connections:
    """Everybody who is connected to one listener."""

    def __init__(self, most: int, most_per_source: int) -> None:
        self.most = most
        self.most_per_source = most_per_source
        self.shed = 0
        self._by_source: dict[str, dict[Guest, None]] = {}
        self._having: dict[int, dict[str, None]] = {}
        """Sources by how many they have: who has the most is found at once, however many sources there are."""
        self._greatest = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Guest]:
        return iter([guest for guests in self._by_source.values() for guest in guests])

    def of(self, source: str) -> int:
        """Give how many connections a source has."""
        return len(self._by_source.get(source, ()))

    def enter(self, guest: Guest) -> None:
        """Let somebody in, and whoever has to go for that go."""
        self._by_source.setdefault(guest.source, {})[guest] = None
        self._count += 1
        self._counted(guest.source, self.of(guest.source) - 1)
        if self.of(guest.source) > self.most_per_source:
            self._hang_up(self._least(guest.source, guest) or guest)
        elif self._count > self.most:
            heaviest = next(iter(self._having[self._greatest]))
            found = self._least(heaviest, guest)
            others = (self._least(source, guest) for source in islice(self._by_source, MOST_LOOKED_AT))
            self._hang_up(found or next((each for each in others if each is not None), guest))

    def leave(self, guest: Guest) -> None:
        """Somebody went."""
        there = self._by_source.get(guest.source)
        if there is None or guest not in there:
            return
        del there[guest]
        self._count -= 1
        if not there:
            del self._by_source[guest.source]
        self._counted(guest.source, len(there) + 1)

    def _counted(self, source: str, before: int) -> None:
        """Note that a source has one more or one less than before."""
        if (same := self._having.get(before)) is not None:
            same.pop(source, None)
            if not same:
                del self._having[before]
        if (now := self.of(source)) > 0:
            self._having.setdefault(now, {})[source] = None
        if now > self._greatest or (self._greatest not in self._having):
            self._greatest = now

    def _least(self, source: str, newest: Guest) -> Guest | None:
        """Find the one of a source that does least, the longest there first; none where all others talk."""
        idle: Guest | None = None
        for guest in self._by_source[source]:
            if guest is newest or guest.doing is Doing.TALKING:
                continue
            if guest.doing < Doing.IDLE:
                return guest  # where there are many half-open ones, one is found at once
            idle = idle or guest
        return idle

    def _hang_up(self, guest: Guest) -> None:
        self.shed += 1
        self.leave(guest)
        guest.hang_up()
