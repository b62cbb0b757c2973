"""When to try again: CWMP fault codes by class, and a capped back-off with jitter."""

from dataclasses import dataclass
from enum import StrEnum

MAX_ATTEMPTS = 6
FIRST_WAIT = 10.0
"""Seconds before the second attempt."""
LONGEST_WAIT = 3600.0


class FaultClass(StrEnum):
    """What a fault means for the task."""

    SUCCESS = "success"
    FINAL = "final"
    RETRY = "retry"


# cwmp.md 1.8. Final: the same request will get the same answer. Retry: the phone's state or the network may change.
_RETRY = {
    "9001",  # denied: often "busy with a call"
    "9002",  # internal error
    "9004",  # resources exceeded
    "9010",  # file transfer failure
    "9011",
    "9015",  # cannot contact file server
    "9016",  # cannot access file
    "9017",  # cannot complete download (also: already downloading, no time window; quirks 88, 179)
    "9020",  # not completed within time windows
    "8005",
    "no_response",
    "session_lost",
}
_SUCCESS = {"9800", "9801", "9802"}  # Broadcom: done but reboot, unknown data ignored, unchanged (quirk 187)


def classify(code: str) -> FaultClass:
    """Give the class of a fault code."""
    if code in _SUCCESS:
        return FaultClass.SUCCESS
    if code in _RETRY or (len(code) == 4 and code.startswith("98")):
        return FaultClass.RETRY
    return FaultClass.FINAL


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait between attempts."""

    first: float = FIRST_WAIT
    longest: float = LONGEST_WAIT
    attempts: int = MAX_ATTEMPTS

    def after(self, attempt: int, jitter: float) -> float | None:
        """Seconds to wait after failed attempt number ``attempt`` (1-based); None: give up.

        ``jitter`` in [0, 1) spreads the wait over three quarters to five quarters of its length, so that a fleet that
        failed together does not come back together.
        """
        if attempt >= self.attempts:
            return None
        return float(min(self.longest, self.first * 2 ** (attempt - 1)) * (0.75 + 0.5 * jitter))
