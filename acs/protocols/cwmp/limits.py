"""Numbers that bound a session, each with its reason."""

from typing import Final

MAX_CPE_REQUESTS: Final = 256
"""Requests of the CPE that one session answers. A CPE queues a handful of transfers (TR-069 A.3.2.8 demands three);
some repeat GetRPCMethods for ever. What comes later is not taken, so that the CPE keeps it for its next session."""

MAX_ASKS: Final = 2000
"""Requests of the ACS in one session, repeats included: a full tree in batches of 100 names is 500."""

MIN_TIMEOUT: Final = 30
"""Seconds; the ACS waits at least this long for the next POST (TR-069 section 3.7.1.6)."""

DEFAULT_TIMEOUT: Final = 180
"""Seconds to wait where the CPE says nothing: a slow one took 168 s for its full tree (quirk 31)."""

MAX_TIMEOUT: Final = 300
"""Seconds; no header keeps a session open for longer."""

CLOSING_SECONDS: Final = 30
"""Seconds after our 204 in which late requests and empty POSTs are still answered (quirks 219, 220)."""


def session_timeout(announced: int | None) -> int:
    """Seconds to wait for the next POST, given the Inform's SessionTimeout header."""
    if announced is None or announced <= 0:
        return DEFAULT_TIMEOUT
    return min(max(announced, MIN_TIMEOUT), MAX_TIMEOUT)


def patience(own: float, announced: int | None) -> float:
    """Seconds that a server waits: its own patience, or longer for a CPE that said so; never less (quirk 49)."""
    return max(own, float(min(announced or 0, MAX_TIMEOUT)))
