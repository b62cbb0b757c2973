"""The audit log; for callers with the permission ``audit``."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from acs.edges.api.dependencies import LIMIT, Cursor, Limit, Parts, allow
from acs.edges.api.schemas import AuditEntry, Page
from acs.services import audit
from acs.services.paging import Page as PageOf

router = APIRouter(prefix="/audit", tags=["audit"])

Filter = Annotated[str | None, Query(max_length=256)]


@router.get("", response_model=Page[AuditEntry], dependencies=[allow("audit")])
async def list_audit(
    parts: Parts,
    actor: Annotated[str | None, Query(max_length=256, description="Name or id of the token.")] = None,
    action: Annotated[
        str | None, Query(max_length=64, description="As `settings.put`, or its beginning, as `settings`.")
    ] = None,
    target: Annotated[
        str | None, Query(max_length=256, description="As `devices/DEVICE`, `settings/global`, `tokens/ID`.")
    ] = None,
    since: Annotated[datetime | None, Query(description="Entries of then or later.")] = None,
    until: Annotated[datetime | None, Query(description="Entries before then.")] = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOf:
    """List who saw secrets, and who changed settings, tokens and credentials; newest first."""
    return await parts.database.read_long(
        lambda uow: audit.list_audit(
            uow,
            actor=actor,
            action=action,
            target=target,
            since=_seconds(since),
            until=_seconds(until),
            limit=limit,
            cursor=cursor,
        )
    )


def _seconds(moment: datetime | None) -> float | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
