"""Slowing down whoever guesses tokens or passwords: a wait that doubles with every failure of a source."""

from collections import OrderedDict
from typing import Final

FREE: Final = 5
"""Failures without a wait: typing errors, a script with an old token."""
FIRST_WAIT: Final = 0.1
MAX_WAIT: Final = 3.0
FORGET_SECONDS: Final = 300.0
MAX_SOURCES: Final = 10_000
"""Bounds the memory that strangers can take; the source longest quiet goes first."""


class Brake:
    """Counts failures by source, never by whom they were tried for: else anybody could lock a phone out (cwmp.md 8).

    What is right is never slowed down: behind one address there may be a guesser and a thousand honest phones.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def failed(self, source: str, now: float) -> float:
        """Note a failure; give the seconds to wait before it is answered."""
        count, since = self._failures.pop(source, (0, now))
        count = 1 if now - since > FORGET_SECONDS else count + 1
        self._failures[source] = (count, now)
        while len(self._failures) > MAX_SOURCES:
            self._failures.popitem(last=False)
        if count <= FREE:
            return 0.0
        wait: float = FIRST_WAIT * 2.0 ** min(count - FREE - 1, 16)
        return min(wait, MAX_WAIT)
