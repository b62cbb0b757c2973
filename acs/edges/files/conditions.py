"""What a GET or HEAD is answered with: preconditions and ranges (RFC 9110, 13 and 14), decided on values alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from typing import Final

_RANGE: Final = re.compile(r"bytes[ \t]*=[ \t]*(?:([0-9]+)[ \t]*-[ \t]*([0-9]*)|-[ \t]*([0-9]+))[ \t]*", re.IGNORECASE)
_LONGEST_RANGE: Final = 64


@dataclass(frozen=True, slots=True)
class Decision:
    """The status, and for 200 and 206 the bytes of the file: ``start`` to ``start + length``."""

    status: int
    start: int = 0
    length: int = 0


def decide(method: str, headers: Mapping[str, str], *, size: int, etag: str, last_modified: float) -> Decision:
    """Choose among 200, 206, 304, 412 and 416, in the order of RFC 9110, 13.2.2.

    Args:
        method: ``GET`` or ``HEAD``; a range applies to GET only (14.2).
        headers: request headers by lower-case name, repeated ones joined by commas.
        size: bytes of the file.
        etag: its strong entity tag, quotes included.
        last_modified: Unix time; compared in whole seconds, as the wire has it.
    """
    modified = int(last_modified)
    if (tags := headers.get("if-match")) is not None:
        if not _listed(tags, etag, weak=False):
            return Decision(412)
    elif (since := _time(headers.get("if-unmodified-since"))) is not None and modified > since:
        return Decision(412)
    if (tags := headers.get("if-none-match")) is not None:
        if _listed(tags, etag, weak=True):
            return Decision(304)
    elif (since := _time(headers.get("if-modified-since"))) is not None and modified <= since:
        return Decision(304)
    wanted = headers.get("range")
    if method != "GET" or wanted is None or not _unchanged(headers.get("if-range"), etag, modified):
        return Decision(200, 0, size)
    return _ranged(wanted, size)


def http_date(when: float) -> str:
    """Unix time as the wire has it: ``Sun, 06 Nov 1994 08:49:37 GMT``."""
    return formatdate(int(when), usegmt=True)


def _ranged(wanted: str, size: int) -> Decision:
    whole = Decision(200, 0, size)
    match = _RANGE.fullmatch(wanted) if len(wanted) <= _LONGEST_RANGE else None
    if match is None:
        return whole  # another unit, several ranges or nonsense: RFC 9110, 14.2 lets a server ignore the field
    first, last, suffix = match.groups()
    if suffix is not None:
        length = min(int(suffix), size)
        if int(suffix) == 0:
            return Decision(416)
        return Decision(206, size - length, length) if length else whole
    start = int(first)
    if last and int(last) < start:
        return whole
    if start >= size:
        return Decision(416)
    end = min(int(last) + 1, size) if last else size
    return Decision(206, start, end - start)


def _unchanged(if_range: str | None, etag: str, modified: int) -> bool:
    """Whether If-Range lets the range stand (13.1.5): a strong tag, or exactly our date."""
    if if_range is None:
        return True
    value = if_range.strip()
    return value == etag or _time(value) == modified


def _listed(tags: str, etag: str, *, weak: bool) -> bool:
    for given in tags.split(","):  # our tags hold no comma
        tag = given.strip()
        if tag == "*" or tag == etag or (weak and tag.removeprefix("W/") == etag):
            return True
    return False


def _time(value: str | None) -> int | None:
    """Seconds of an HTTP-date; None for what is none, which then counts as absent (13.1.3)."""
    if value is None:
        return None
    try:
        when = parsedate_to_datetime(value.strip())
        return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
