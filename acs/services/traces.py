"""Traces: the raw exchange with single phones, for as long as an operator asked for it, without secrets.

Who is traced is kept in memory, so that all other phones cost nothing. What is traced is written behind the phone's
back, in batches, and is bounded in every direction: per message, per phone, over all, in time. An exchange is kept
whole only if the phone proved who it is; of refused ones there is a short note, for anybody can claim to be a phone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, delete, func, select
from sqlmodel import col
from sqlmodel import select as select_model

from acs.domain.devices import redaction
from acs.domain.parameters.values import HIDDEN
from acs.errors import BadRequest, Conflict
from acs.services.devices import device_row, note_event
from acs.services.paging import Page, page_of
from acs.services.views import rfc3339
from acs.storage.engine import Database
from acs.storage.tables import DeviceRow, TraceRow
from acs.storage.unit_of_work import UnitOfWork
from acs.telemetry import counters, spawn

if TYPE_CHECKING:
    from acs.services.sessions import Request, Response

log = logging.getLogger(__name__)

MAX_MINUTES: Final = 24 * 60
DEFAULT_MINUTES: Final = 10
MAX_TRACED: Final = 100
"""Phones that are traced at the same time."""
MAX_BODY: Final = 64 * 1024
"""Bytes of one message that are kept."""
MAX_ROWS: Final = 2_000
"""Messages kept of one phone; the oldest go."""
MAX_BYTES: Final = 8 * 1024 * 1024
"""Bytes of messages kept of one phone."""
MAX_REFUSED: Final = 100
"""Notes of refused requests kept of one phone; they never push out what is authentic."""
MAX_ALL_BYTES: Final = 256 * 1024 * 1024
"""Bytes of messages kept in all."""
MAX_WAITING: Final = 500
"""Exchanges that may wait for being written; further ones are dropped and counted."""
KEEP_SECONDS: Final = 7 * 86400.0
"""How long a trace stays after it was taken."""
LOOKED_AT: Final = 8 * 1024
"""Bytes of a refused message in which a traced phone is looked for: it says who it is at the beginning."""
REFUSED_BURST: Final = 10
REFUSED_SECONDS: Final = 6.0
"""A refused request of the same phone is noted so often, after a first few."""
_SLACK: Final = 10
"""The bounds are looked at whenever a tenth of them was added."""


MAX_ASKED: Final = 200
"""Secrets of one phone that are remembered for that."""


@dataclass(slots=True)
class Traced:
    """A phone that is traced."""

    until: float
    marks: tuple[bytes, ...]
    """What its Inform surely holds: serial number, MAC address."""
    tokens: float = REFUSED_BURST
    refilled_at: float = 0.0
    asked: frozenset[str] = frozenset()
    """Secrets that it was sent meanwhile: some phones repeat what they refuse."""

    def may_note(self, now: float) -> bool:
        """Say whether another refused request may be noted."""
        self.tokens = min(REFUSED_BURST, self.tokens + (now - self.refilled_at) / REFUSED_SECONDS)
        self.refilled_at = now
        if self.tokens < 1.0:
            return False
        self.tokens -= 1.0
        return True


@dataclass(slots=True)
class _Added:
    rows: int = 0
    size: int = 0


@dataclass(slots=True)
class Tracer:
    """Keeps the exchanges of traced phones, on one node."""

    database: Database
    clock: Callable[[], float] = time.time
    _traced: dict[str, Traced] = field(default_factory=dict)
    _waiting: deque[list[TraceRow]] = field(default_factory=deque)
    _writing: asyncio.Task[None] | None = None
    _added: dict[str, _Added] = field(default_factory=dict)
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def active(self) -> bool:
        """Whether any phone is traced: all that a request of any other phone has to ask."""
        return bool(self._traced)

    async def load(self) -> None:
        """Learn who is traced: at the start, after a change, and now and then, for other nodes change it too."""
        async with self._loading:  # one that began before a change must not end after one that began behind it
            found = await self.database.read_long(lambda uow: traced(uow, self.clock()))
            for device_id, each in found.items():
                known = self._traced.get(device_id)
                if known is not None:
                    each.tokens, each.refilled_at, each.asked = known.tokens, known.refilled_at, known.asked
            self._traced = found

    def exchange(
        self,
        request: Request,
        response: Response,
        sent: Iterable[tuple[bytes, bytes]],
        *,
        device_id: str | None,
        credentials: str = "",
        session_id: str | None = None,
    ) -> None:
        """Keep a request and its answer, if they are of a traced phone.

        Args:
            request: what came.
            response: what was answered.
            sent: the headers of the answer.
            device_id: the phone, if it proved who it is.
            credentials: how it did.
            session_id: the session, if there is one.
        """
        now = self.clock()
        if device_id is not None:
            if self._wants(device_id, now):
                each = self._traced[device_id]
                self._put(_rows(device_id, request, response, sent, now, credentials, session_id, each.asked))
                asked = redaction.secrets_asked(response.body[:MAX_BODY].decode("utf-8", "replace"))
                each.asked = each.asked | asked if len(each.asked) < MAX_ASKED else asked
            return
        claimed = self._claimed(request.body, now)
        if claimed is not None and self._wants(claimed, now):
            self._put([_refused(claimed, request, response, now)])

    def fetched(self, device_id: str, *, start: int, sent: int, client: str, user_agent: str) -> None:
        """Note that a phone was sent bytes of a file by one of its links, if it is traced."""
        now = self.clock()
        if not self._wants(device_id, now):
            return
        head = {
            "method": "GET",
            "target": f"/t/{HIDDEN}",
            "headers": redaction.headers([(b"user-agent", user_agent.encode("latin-1", "replace"))]),
            "address": client,
            "reason": f"{sent} bytes from byte {start} on were sent",
        }
        self._put([_row(device_id, FILES, now, "out", 0, head, b"", "")])

    def _wants(self, device_id: str, now: float) -> bool:
        known = self._traced.get(device_id)
        if known is None:
            return False
        if now >= known.until:
            del self._traced[device_id]
            return False
        if len(self._waiting) >= MAX_WAITING:
            counters.add("trace_dropped_total")
            return False
        return True

    def _put(self, rows: list[TraceRow]) -> None:
        self._waiting.append(rows)
        if self._writing is None or self._writing.done():
            self._writing = spawn(self._write(), name="trace")

    def _claimed(self, body: bytes, now: float) -> str | None:
        """Find the traced phone that a refused message claims to be of, without parsing a stranger's message."""
        beginning = body[:LOOKED_AT]
        if not beginning:
            return None
        for device_id, each in self._traced.items():
            if any(mark in beginning for mark in each.marks) and each.may_note(now):
                return device_id
        return None

    async def flush(self) -> None:
        """Wait until everything that was kept can be read."""
        while self._writing is not None and not self._writing.done():
            await asyncio.shield(self._writing)

    async def _write(self) -> None:
        while self._waiting:
            rows = [row for each in self._waiting for row in each]
            self._waiting.clear()
            try:
                await self.database.write(lambda uow, rows=rows: self._keep(uow, rows))  # type: ignore[misc]
            except Exception:
                counters.add("trace_dropped_total")
                log.exception("%d traced messages could not be kept", len(rows))

    def _keep(self, uow: UnitOfWork, rows: Sequence[TraceRow]) -> None:
        there = set(
            uow.session.exec(
                select_model(DeviceRow.id).where(col(DeviceRow.id).in_({row.device_id for row in rows}))
            ).all()
        )
        for row in rows:
            if row.device_id in there:  # else it was forgotten meanwhile
                uow.session.add(row)
                added = self._added.setdefault(row.device_id, _Added())
                added.rows += 1
                added.size += len(row.body)
        uow.session.flush()
        for device_id in there:
            added = self._added[device_id]
            if added.rows * _SLACK >= MAX_REFUSED or added.size * _SLACK >= MAX_BYTES:
                self._added[device_id] = _Added()
                bound(uow, device_id)


def traced(uow: UnitOfWork, now: float) -> dict[str, Traced]:
    """Give who is traced now."""
    rows = uow.session.exec(
        select_model(DeviceRow.id, DeviceRow.trace_until, DeviceRow.serial_number, DeviceRow.mac).where(
            col(DeviceRow.trace_until) > now
        )
    ).all()
    found = {}
    for device_id, until, serial_number, mac in rows:
        assert until is not None
        marks = [serial_number] if serial_number and len(serial_number) >= 4 else []
        marks += [mac, mac.upper()] if mac else []
        found[device_id] = Traced(until, tuple(mark.encode() for mark in marks), refilled_at=now)
    return found


# Rows -----------------------------------------------------------------------------------------------------------------


def _rows(
    device_id: str,
    request: Request,
    response: Response,
    sent: Iterable[tuple[bytes, bytes]],
    now: float,
    credentials: str,
    session_id: str | None,
    asked: frozenset[str],
) -> list[TraceRow]:
    session = session_name(session_id) if session_id else ""
    came = {
        "http_version": request.http_version,
        "method": "POST",
        "target": redaction.target(request.target[:1024]),
        "headers": redaction.headers(request.headers),
        "address": request.address,
        "credentials": credentials,
    }
    went = {"http_version": request.http_version, "headers": redaction.headers(sent), "reason": response.reason[:200]}
    return [
        _row(device_id, session, now, "in", 0, came, request.body, request.content_type, asked),
        _row(device_id, session, now, "out", response.status, went, response.body, ""),
    ]


def _row(
    device_id: str,
    session: str,
    now: float,
    direction: str,
    status: int,
    head: dict[str, Any],
    body: bytes,
    content_type: str,
    asked: frozenset[str] = frozenset(),
) -> TraceRow:
    text = redaction.envelope(redaction.complaint(redaction.decoded(body[:MAX_BODY], content_type), asked))
    return TraceRow(
        device_id=device_id,
        session_id=session,
        at=now,
        direction=direction,
        status=status,
        head={name: value for name, value in head.items() if value not in ("", [])},
        body=text[:MAX_BODY],
        size=len(body),
    )


_OF_STRANGERS: Final = (b"host", b"user-agent", b"content-type", b"content-length", b"authorization")
"""Headers of refused requests that help to see why."""
FILES: Final = "files"
"""Name of the session that fetches of files are put under: the file server has none."""
REFUSED: Final = "refused"
"""Name of the session that a refused request is put under: it has none."""


def _refused(device_id: str, request: Request, response: Response, now: float) -> TraceRow:
    """Give a short note of what was refused: no body, few headers."""
    headers = [each for each in request.headers if each[0] in _OF_STRANGERS][: len(_OF_STRANGERS)]
    head = {
        "http_version": request.http_version,
        "method": "POST",
        "target": redaction.target(request.target[:256]),
        "headers": redaction.headers(headers),
        "address": request.address,
        "reason": response.reason[:200] or "it did not prove who it is",
    }
    return TraceRow(
        device_id=device_id,
        session_id=REFUSED,
        at=now,
        direction="in",
        status=response.status,
        head=head,
        body="",
        size=len(request.body),
    )


def session_name(session_id: str) -> str:
    """Give a name for a session that does not open it."""
    return blake2b(session_id.encode(), digest_size=6).hexdigest()


# Bounds ---------------------------------------------------------------------------------------------------------------


def bound(uow: UnitOfWork, device_id: str) -> None:
    """Drop the oldest of one phone beyond what may be kept."""
    for refused, rows, size in ((False, MAX_ROWS, MAX_BYTES), (True, MAX_REFUSED, MAX_BYTES)):
        same = (
            col(TraceRow.device_id) == device_id,
            (col(TraceRow.session_id) == REFUSED) if refused else (col(TraceRow.session_id) != REFUSED),
        )
        last = _last_beyond(uow, same, rows, size)
        if last is not None:
            uow.connection.execute(delete(TraceRow).where(*same, col(TraceRow.id) <= last))


def prune(uow: UnitOfWork) -> None:
    """Drop what is too old, and the oldest of all beyond what may be kept; housekeeping does so now and then."""
    uow.connection.execute(delete(TraceRow).where(col(TraceRow.at) < uow.now - KEEP_SECONDS))
    last = _last_beyond(uow, (), MAX_TRACED * MAX_ROWS, MAX_ALL_BYTES)
    if last is not None:
        uow.connection.execute(delete(TraceRow).where(col(TraceRow.id) <= last))


def _last_beyond(uow: UnitOfWork, which: Sequence[Any], rows: int, size: int) -> int | None:
    """Find the newest row of some that is beyond a number of rows or bytes, counted from the newest one."""
    kept = case((col(TraceRow.size) > MAX_BODY, MAX_BODY), else_=col(TraceRow.size))
    newest_first = col(TraceRow.id).desc()
    counted = (
        select(
            col(TraceRow.id).label("id"),
            func.row_number().over(order_by=newest_first).label("number"),
            func.sum(kept).over(order_by=newest_first).label("total"),
        )
        .where(*which)
        .subquery()
    )
    beyond = select(func.max(counted.c.id)).where((counted.c.number > rows) | (counted.c.total > size))
    found: int | None = uow.connection.execute(beyond).scalar()
    return found


# What operators do ----------------------------------------------------------------------------------------------------


def start(uow: UnitOfWork, device_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Trace a phone from now on; again: with a new end.

    Raises:
        BadRequest: ``minutes`` is off.
        Conflict: too many phones are traced already.
    """
    for name in body:
        if name != "minutes":
            raise BadRequest(f"unknown field {name!r}; known: minutes", field=name)
    minutes = body.get("minutes", DEFAULT_MINUTES)
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= MAX_MINUTES:
        raise BadRequest(f"minutes must be a whole number from 1 to {MAX_MINUTES}", field="minutes")
    device = device_row(uow, device_id)
    others = select(func.count()).where(col(DeviceRow.trace_until) > uow.now, col(DeviceRow.id) != device_id)
    if (uow.connection.execute(others).scalar() or 0) >= MAX_TRACED:
        raise Conflict(f"{MAX_TRACED} devices are traced already; end one of those traces first.")
    device.trace_until = uow.now + minutes * 60.0
    uow.session.add(device)
    note_event(uow, device_id, "trace_started", until=rfc3339(device.trace_until))
    return {"device_id": device_id, "trace_until": rfc3339(device.trace_until)}


def stop(uow: UnitOfWork, device_id: str, *, erase: bool = False) -> None:
    """End the trace of a phone; what was taken stays until it is old, or goes at once."""
    device = device_row(uow, device_id)
    if device.trace_until is not None and device.trace_until > uow.now:
        note_event(uow, device_id, "trace_stopped")
    device.trace_until = None
    uow.session.add(device)
    if erase:
        uow.connection.execute(delete(TraceRow).where(col(TraceRow.device_id) == device_id))


def list_trace(
    uow: UnitOfWork,
    device_id: str,
    *,
    session: str | None = None,
    after: int | None = None,
    oldest_first: bool = False,
    limit: int,
    cursor: str | None,
) -> Page:
    """List the messages kept of a phone.

    Args:
        uow: where to look.
        device_id: the phone.
        session: only those of the session of this name.
        after: only those after the one of this identifier.
        oldest_first: as they were sent; else the newest first.
        limit: most of them on one page.
        cursor: ``next`` of the page before.
    """
    device_row(uow, device_id)
    statement = select_model(TraceRow).where(TraceRow.device_id == device_id)
    if session:
        statement = statement.where(TraceRow.session_id == session)
    if after is not None:
        statement = statement.where(col(TraceRow.id) > after)
    return page_of(uow, statement, key=TraceRow.id, view=view, descending=not oldest_first, limit=limit, cursor=cursor)


def view(row: TraceRow) -> dict[str, Any]:
    """One message as the contract shows it."""
    head = row.head
    return {
        "id": str(row.id),
        "at": rfc3339(row.at),
        "session": row.session_id,
        "direction": row.direction,
        "http_version": head.get("http_version", "1.1"),
        "method": head.get("method"),
        "target": head.get("target"),
        "status": row.status or None,
        "address": head.get("address"),
        "credentials": head.get("credentials"),
        "reason": head.get("reason"),
        "headers": [{"name": name, "value": value} for name, value in head.get("headers", ())],
        "body": row.body,
        "size": row.size,
        "cut": row.size > MAX_BODY and bool(row.body),
    }


def text_of(uow: UnitOfWork, device_id: str, *, session: str | None = None) -> str:
    """Give the whole trace of a phone as text, oldest message first, as one would attach it to a ticket."""
    device = device_row(uow, device_id)
    head = (
        f"Trace of device {device.id}: {device.manufacturer} {device.model or device.product_class}, "
        f"serial number {device.serial_number}, firmware {device.software_version}.\n"
        "Passwords, user names, cookies, nonces and signed links are replaced by ***.\n"
    )
    statement = select_model(TraceRow).where(TraceRow.device_id == device_id).order_by(col(TraceRow.id))
    if session:
        statement = statement.where(TraceRow.session_id == session)
    rows = [view(row) for row in uow.session.exec(statement).all()]
    return head + "".join(f"\n{line}\n" for row in rows for line in as_text(row)) + f"\n{len(rows)} messages.\n"


def as_text(message: Mapping[str, Any]) -> Iterator[str]:
    """Give one message of ``view`` in pieces of text; ``acs decode`` reads them again."""
    refused = message["session"] == REFUSED
    who = "refused" if refused else "from the phone" if message["direction"] == "in" else "to the phone"
    told = [message["at"], who]
    if message["address"]:
        told.append(message["address"])
    if message["session"] not in (REFUSED, FILES):
        told.append(f"session {message['session'] or 'none'}")
    if message["credentials"]:
        told.append(f"credentials: {message['credentials']}")
    if message["reason"]:
        told.append(str(message["reason"]))
    if refused:
        told.append(f"answered with HTTP status {message['status']}")
    http = f"HTTP/{message['http_version']}"
    first = f"{message['method']} {message['target']} {http}" if message["method"] else f"{http} {message['status']}"
    lines = ["==== " + ", ".join(told), first]
    lines += [f"{each['name']}: {each['value']}" for each in message["headers"]]
    yield "\n".join(lines)
    if message["body"]:
        yield message["body"]
    if message["cut"]:
        yield f"[cut: the message has {message['size']} bytes, the first {MAX_BODY} are kept]"
