"""Whether there is room for another request: decided before anything of it is read.

A session under way is let through as long as possible, for cutting it off costs more than finishing it. New ones are
refused when too many are worked on, when the event loop or the database is behind, and, before that, when one source
alone takes most of the places: the storm of one address must not be everybody's (quirk 39).
"""

from __future__ import annotations

from dataclasses import dataclass, field

LAG_SECONDS = 1.5
"""So far behind, the loop has more to do than it can."""
MAX_WRITES = 5_000
"""Writes that wait for the next transaction."""
LEAST_SHARE = 16
"""Requests under way at once that nobody is blamed for."""


@dataclass(slots=True)
class Load:
    """What is going on."""

    most: int
    """Requests worked on at once."""
    under_way: int = 0
    lag: float = 0.0
    """Seconds by which the event loop was late of late."""
    by_source: dict[str, int] = field(default_factory=dict)

    def refuses(self, source: str, *, in_session: bool, writes: int) -> bool:
        """Say whether a request has to come again later."""
        if self.under_way >= self.most * (2 if in_session else 1):
            return True
        if in_session:
            return False
        if self.lag > LAG_SECONDS or writes > MAX_WRITES:
            return True
        share = self.by_source.get(source, 0)
        return self.under_way * 2 >= self.most and share > max(LEAST_SHARE, self.most // 4)

    def begin(self, source: str) -> None:
        """A request is worked on."""
        self.under_way += 1
        self.by_source[source] = self.by_source.get(source, 0) + 1

    def end(self, source: str) -> None:
        """It is answered."""
        self.under_way -= 1
        left = self.by_source[source] - 1
        if left:
            self.by_source[source] = left
        else:
            del self.by_source[source]

    def late(self, seconds: float) -> None:
        """Note by how much the loop was late: up at once, down by halves."""
        self.lag = max(seconds, self.lag / 2)


@dataclass(slots=True)
class Budget:
    """Bytes of all bodies that are held together.

    One source gets half of it, so that nobody alone can fill it. Beyond either bound only small bodies are taken, up to
    half as much again: phones that report little are not those who filled it, not even at the same address.
    """

    most: int
    small: int
    held: int = 0
    by_source: dict[str, int] = field(default_factory=dict)

    def takes(self, source: str, size: int, more: int) -> bool:
        """Take some more bytes for a body that has so many already; say whether there is room."""
        held = self.held + more
        share = self.by_source.get(source, 0) + more
        room = self.most * (1.5 if size + more <= self.small else 1)
        if share * 2 > room or held > room:
            return False
        self.held = held
        self.by_source[source] = share
        return True

    def give_back(self, source: str, size: int) -> None:
        """A body is done with."""
        self.held -= size
        left = self.by_source.get(source, 0) - size
        if left > 0:
            self.by_source[source] = left
        else:
            self.by_source.pop(source, None)
