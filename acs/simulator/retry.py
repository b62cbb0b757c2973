"""How long a phone waits after a failed session (TR-069 table 3)."""

from random import Random
from typing import Final

STEEPEST: Final = 10
"""From the tenth retry on the wait grows no more."""


def bounds(retry: int, minimum: int = 5, multiplier: int = 2000) -> tuple[float, float]:
    """The least and the greatest wait, in seconds, before retry number ``retry`` (1 for the first).

    Args:
        retry: sessions that failed in a row.
        minimum: ``CWMPRetryMinimumWaitInterval``, seconds.
        multiplier: ``CWMPRetryIntervalMultiplier``, thousandths.
    """
    growth = multiplier / 1000
    power = min(max(retry, 1), STEEPEST)
    return minimum * growth ** (power - 1), minimum * growth**power


def wait(retry: int, random: Random, minimum: int = 5, multiplier: int = 2000) -> float:
    """A wait in seconds, drawn evenly between the bounds, so that a fleet does not call as one."""
    return random.uniform(*bounds(retry, minimum, multiplier))
