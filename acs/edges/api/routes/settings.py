"""Settings layers: ``global``, ``groups/NAME``, ``models/MODEL``, ``devices/ID``."""

from typing import Annotated, Any

from fastapi import APIRouter, Path

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
from acs.edges.api.schemas import LayerName, Page, Settings, body
from acs.services import settings
from acs.services.paging import Page as PageOf
from acs.services.settings_audit import audited

router = APIRouter(prefix="/settings", tags=["settings"])
READ = allow("read")
WRITE = allow("write")

Scope = Annotated[str, Path(max_length=128, description="`global`, `groups/NAME`, `models/MODEL` or `devices/ID`.")]
MERGE = ("application/merge-patch+json", "application/json")


@router.get("", response_model=Page[LayerName], dependencies=[READ])
async def list_layers(parts: Parts, limit: Limit = LIMIT, cursor: Cursor = None) -> PageOf:
    """List the scopes that have settings."""
    return await parts.database.read(lambda uow: settings.list_layers(uow, limit=limit, cursor=cursor))


@router.get("/{scope:path}", response_model=dict[str, Any], dependencies=[READ])
async def get_layer(parts: Parts, caller: Caller, by: By, scope: Scope, reveal: Reveal = False) -> dict[str, Any]:
    """Give one layer; secrets as `***`."""
    if reveal:
        demand(caller, "secrets")
    layer = await parts.database.read(lambda uow: settings.get_layer(uow, parts.context, scope, reveal=reveal))
    if reveal:
        where = await parts.database.read(lambda uow: settings.parse_scope(uow, parts.context, scope))
        await revealed(parts, by, f"settings/{where}")
    return layer


@router.put("/{scope:path}", response_model=dict[str, Any], dependencies=[WRITE], openapi_extra=body(Settings))
async def put_layer(parts: Parts, by: By, scope: Scope, given: JsonObject) -> dict[str, Any]:
    """Replace one layer; `***` keeps the secret that is there."""
    ctx = parts.context
    change = audited(ctx, by, "settings.put", scope, lambda uow: settings.put_layer(uow, ctx, scope, given))
    return (await parts.database.write(change))[0]


@router.patch(
    "/{scope:path}",
    response_model=dict[str, Any],
    dependencies=[WRITE],
    openapi_extra=body(Settings, media_types=MERGE),
)
async def patch_layer(parts: Parts, by: By, scope: Scope, given: JsonObject) -> dict[str, Any]:
    """Merge into one layer (RFC 7396: null removes)."""
    ctx = parts.context
    change = audited(ctx, by, "settings.patch", scope, lambda uow: settings.patch_layer(uow, ctx, scope, given))
    return await parts.database.write(change)


@router.delete("/{scope:path}", status_code=204, dependencies=[WRITE])
async def delete_layer(parts: Parts, by: By, scope: Scope) -> None:
    """Forget one layer."""
    ctx = parts.context
    change = audited(ctx, by, "settings.delete", scope, lambda uow: settings.delete_layer(uow, ctx, scope))
    await parts.database.write(change)
