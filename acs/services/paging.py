"""Lists in pages: ``{"items": [...], "next": CURSOR or null}``.

A cursor is opaque: the sort value and the identifier of the last item, so that a page never repeats or skips what was
there, whatever is added meanwhile.
"""

import base64
import json
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_
from sqlmodel import col

from acs.errors import BadRequest
from acs.storage.unit_of_work import UnitOfWork

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list."""

    items: list[dict[str, Any]]
    next: str | None
    """Cursor of the next page; None on the last."""


def encode_cursor(*values: Any) -> str:
    """Give the cursor after an item with these sort values."""
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(cursor: str, count: int) -> list[Any]:
    """Read a cursor.

    Raises:
        BadRequest: it is not one of ours.
    """
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != count or not all(map(_bindable, values)):
        raise BadRequest("cursor is not one that this server gave", field="cursor")
    return values


def _bindable(value: Any) -> bool:
    """Say whether a value can be compared with a column: no list, no surrogate, no number beyond 64 bits."""
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    return value is None or (isinstance(value, int | float) and abs(value) < 2**63)


def check_limit(limit: int) -> int:
    """Give a page length.

    Raises:
        BadRequest: not from 1 to ``MAX_LIMIT``.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise BadRequest(f"limit must be from 1 to {MAX_LIMIT}", field="limit")
    return limit


def page_of(
    uow: UnitOfWork,
    statement: Any,
    *,
    key: Any,
    view: Callable[[Any], dict[str, Any]],
    sort: Any = None,
    descending: bool = False,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page:
    """Run a select of one table, sorted by ``sort`` (empty values first) and then by its identifier ``key``."""
    limit = check_limit(limit)
    key = col(key)
    if sort is None:
        if cursor is not None:
            (last,) = decode_cursor(cursor, 1)
            statement = statement.where(key < last if descending else key > last)
        statement = statement.order_by(key.desc() if descending else key)
    else:
        sort = col(sort)
        if cursor is not None:
            value, last = decode_cursor(cursor, 2)
            if value is None:
                same = sort.is_(None)
                beyond = None if descending else sort.is_not(None)
            else:
                same = sort == value
                beyond = or_(sort < value, sort.is_(None)) if descending else sort > value
            after = and_(same, key < last if descending else key > last)
            statement = statement.where(after if beyond is None else or_(beyond, after))
        order = (sort.desc(), key.desc()) if descending else (sort, key)
        statement = statement.order_by(*order)
    rows = uow.session.exec(statement.limit(limit + 1)).all()
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        names = [key.key] if sort is None else [sort.key, key.key]
        following = encode_cursor(*(getattr(rows[-1], name) for name in names))
    return Page([view(row) for row in rows], following)


def page_of_list(
    items: list[dict[str, Any]], *, key: str, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page:
    """Cut a page out of a list that is sorted by ``key``."""
    limit = check_limit(limit)
    start = 0
    if cursor is not None:
        (last,) = decode_cursor(cursor, 1)
        if not isinstance(last, str):
            raise BadRequest("cursor is not one that this server gave", field="cursor")
        start = bisect_right(items, last, key=lambda item: item[key])
    chosen = items[start : start + limit]
    more = start + limit < len(items)
    return Page(chosen, encode_cursor(chosen[-1][key]) if more else None)
