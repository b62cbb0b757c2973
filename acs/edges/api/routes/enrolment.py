"""Logical identifiers (LOID) by which phones of the profile ``ctc`` enrol themselves."""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.exceptions import HTTPException

from acs.edges.api.dependencies import (
    LIMIT,
    By,
    Caller,
    Cursor,
    JsonObject,
    Limit,
    Parts,
    Reveal,
    allow,
    demand,
    revealed,
)
from acs.edges.api.schemas import LogicalId, LogicalIdBody, LogicalIdChange, LogicalIdImport, Page, body
from acs.services import devices, enrolment
from acs.services.audit import recorded
from acs.services.paging import Page as PageOf

router = APIRouter(prefix="/logical-ids", tags=["enrolment"])
READ = allow("read")
WRITE = allow("write")

Loid = Annotated[str, Path(max_length=64, description="The LOID.")]
_CSV = {"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("", response_model=Page[LogicalId], dependencies=[READ])
async def list_logical_ids(
    parts: Parts,
    q: Annotated[str, Query(max_length=128, description="Part of the LOID or of the name.")] = "",
    group: Annotated[str | None, Query(max_length=64)] = None,
    bound: Annotated[bool | None, Query(description="Only those that a phone has, or that none has.")] = None,
    device: Annotated[str | None, Query(max_length=128, description="The phone that has it.")] = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOf:
    """List LOIDs, without secrets."""
    return await parts.database.read_long(
        lambda uow: enrolment.list_logical_ids(
            uow,
            q=q,
            group=group,
            bound=bound,
            device_id=devices.find(uow, device) if device is not None else None,
            limit=limit,
            cursor=cursor,
        )
    )


@router.post("", response_model=LogicalId, status_code=201, dependencies=[WRITE], openapi_extra=body(LogicalIdBody))
async def create_logical_id(parts: Parts, by: By, given: JsonObject, response: Response) -> dict[str, Any]:
    """Keep a new LOID, and what the phone becomes that presents it."""
    target = f"logical-ids/{given.get('logical_id')}"
    create = recorded(
        by, "logical_id.create", target, lambda uow: enrolment.create_logical_id(uow, parts.context, given)
    )
    made = await parts.database.write(create)
    response.headers["Location"] = f"/api/v1/logical-ids/{quote(made['logical_id'], safe='')}"
    return made


@router.post("/import", response_model=LogicalIdImport, dependencies=[WRITE], openapi_extra=_CSV)
async def import_logical_ids(
    parts: Parts,
    by: By,
    request: Request,
    update: Annotated[bool, Query(description="Change LOIDs that are there already, instead of refusing.")] = False,
) -> dict[str, int]:
    """Take a CSV file of LOIDs, all of it or nothing; its first line names the columns."""
    media = request.headers.get("content-type", "text/csv").split(";", 1)[0].strip().lower()
    if media not in ("text/csv", "text/plain", "application/octet-stream"):
        raise HTTPException(415, "Send the CSV file itself, with Content-Type: text/csv.")
    lines = await asyncio.to_thread(enrolment.read_import, parts.context, await request.body())
    take = recorded(
        by,
        "logical_id.import",
        "logical-ids",
        lambda uow: enrolment.import_logical_ids(uow, lines, update=update),
        update=update,
    )
    return await parts.database.write(take)


@router.get("/{logical_id:path}", response_model=LogicalId, dependencies=[READ])
async def get_logical_id(
    parts: Parts, caller: Caller, by: By, logical_id: Loid, reveal: Reveal = False
) -> dict[str, Any]:
    """Give one LOID; with ``reveal`` its password and the maintenance account of the phone that has it."""
    if reveal:
        demand(caller, "secrets")
    found = await parts.database.read(
        lambda uow: enrolment.get_logical_id(uow, parts.context, logical_id, reveal=reveal)
    )
    if reveal:
        await revealed(parts, by, f"logical-ids/{logical_id}")
    return found


@router.patch("/{logical_id:path}", response_model=LogicalId, dependencies=[WRITE], openapi_extra=body(LogicalIdChange))
async def patch_logical_id(parts: Parts, by: By, logical_id: Loid, given: JsonObject) -> dict[str, Any]:
    """Change a LOID; ``device_id: null`` unbinds it, so that another phone may enrol with it."""
    change = recorded(
        by,
        "logical_id.change",
        f"logical-ids/{logical_id}",
        lambda uow: enrolment.patch_logical_id(uow, parts.context, logical_id, given),
        fields=sorted(given),
    )
    return await parts.database.write(change)


@router.delete("/{logical_id:path}", status_code=204, dependencies=[WRITE])
async def delete_logical_id(parts: Parts, by: By, logical_id: Loid) -> None:
    """Forget a LOID; a phone that was bound with it stays as it is."""
    delete = recorded(
        by,
        "logical_id.delete",
        f"logical-ids/{logical_id}",
        lambda uow: enrolment.delete_logical_id(uow, logical_id),
    )
    await parts.database.write(delete)
