"""The audit log: who saw secrets, and who changed what phones are told or who may call.

An entry is written in the transaction of what it tells of, or, for what only reads, before the answer leaves: what
cannot be written down is not done. No secret is ever part of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlmodel import col, or_, select

from acs.errors import NotFound
from acs.services import devices
from acs.services.paging import Page, page_of
from acs.services.views import rfc3339
from acs.storage.tables import AuditRow
from acs.storage.unit_of_work import UnitOfWork

T = TypeVar("T")

REVEAL: Final = "secrets.reveal"
MAX_TEXT: Final = 256
"""Characters kept of a text that a caller chose."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the holder of a token, and from where."""

    token_id: str
    name: str
    address: str = ""


def record(uow: UnitOfWork, actor: Actor, action: str, target: str, **facts: Any) -> None:
    """Write down what was done, in the transaction that does it."""
    uow.session.add(
        AuditRow(
            at=uow.now,
            token_id=actor.token_id,
            actor=actor.name,
            address=actor.address,
            action=action,
            target=target[:MAX_TEXT],
            facts=facts,
        )
    )


def recorded(
    actor: Actor, action: str, target: str, use_case: Callable[[UnitOfWork], T], **facts: Any
) -> Callable[[UnitOfWork], T]:
    """Give a use case that also writes down that it was done; one that fails leaves no entry."""

    def run(uow: UnitOfWork) -> T:
        result = use_case(uow)
        record(uow, actor, action, target, **facts)
        return result

    return run


def list_audit(
    uow: UnitOfWork,
    *,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
    since: float | None = None,
    until: float | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> Page:
    """List entries, newest first.

    Args:
        uow: the transaction.
        actor: name or identifier of the token.
        action: as ``settings.put``, or its beginning as ``settings``.
        target: as ``devices/ID`` or ``settings/global``; a phone may be named as anywhere.
        since: POSIX seconds; entries of then or later.
        until: POSIX seconds; entries before.
        limit: entries of one page.
        cursor: of the page before.
    """
    statement = select(AuditRow)
    if actor is not None:
        statement = statement.where(or_(col(AuditRow.actor) == actor, col(AuditRow.token_id) == actor))
    if action is not None:
        statement = statement.where(
            or_(col(AuditRow.action) == action, col(AuditRow.action).startswith(f"{action}.", autoescape=True))
        )
    if target is not None:
        statement = statement.where(col(AuditRow.target) == _canonical(uow, target))
    if since is not None:
        statement = statement.where(col(AuditRow.at) >= since)
    if until is not None:
        statement = statement.where(col(AuditRow.at) < until)
    return page_of(uow, statement, key=AuditRow.id, descending=True, limit=limit, cursor=cursor, view=_view)


def _canonical(uow: UnitOfWork, target: str) -> str:
    before, family, name = target.rpartition("devices/")
    if family and before in ("", "settings/"):
        try:
            return f"{before}devices/{devices.find(uow, name)}"
        except NotFound:  # a phone that was forgotten has its entries still
            return target
    return target


def _view(row: AuditRow) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "at": rfc3339(row.at),
        "token_id": row.token_id,
        "actor": row.actor,
        "address": row.address or None,
        "action": row.action,
        "target": row.target,
        "facts": dict(row.facts),
    }
