"""Several phones under one identity: noticed by what they show in turns (quirk 175).

One phone moves to another address or version and says why (1 BOOT, 4 VALUE CHANGE). Two phones that share a serial
number go to and fro between what each of them shows, and neither says why.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

DAY = 86_400.0
MAX_FACES = 8
RETURNS = 4
"""Returns without a reason, within a day, that make sure: one may be a message that was late."""

Face = list[object]
"""``[what it shows, when last, returns without a reason since]``, as it is kept."""


def face_of(connection_request_url: str, software_version: str, hardware_version: str) -> str:
    """Give what tells one unit from another: where it listens, and what it runs."""
    try:
        host = urlsplit(connection_request_url).hostname or ""
    except ValueError:
        host = connection_request_url[:64]
    return "|".join((host, software_version, hardware_version))[:200]


def met(faces: Sequence[Face], face: str, now: float, *, explained: bool) -> list[Face]:
    """Take in what a phone shows now; the newest is last. Gives an equal list when it is what it showed last."""
    known = [list(entry) for entry in faces]
    if known and known[-1][0] == face:
        return known
    before = next((entry for entry in known if entry[0] == face), None)
    recent = [entry for entry in known if entry is not before and now - _number(entry[1]) < DAY]
    returns = 0.0
    if before is not None and now - _number(before[1]) < DAY:
        versions_moved = bool(known) and str(known[-1][0]).partition("|")[2] != face.partition("|")[2]
        returns = _number(before[2]) + (0 if explained and not versions_moved else 1)
    return [*recent[-(MAX_FACES - 1) :], [face, now, int(returns)]]


def are_several(faces: Sequence[Face]) -> bool:
    """Say whether several units use this identity."""
    return sum(_number(entry[2]) for entry in faces) >= RETURNS


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
