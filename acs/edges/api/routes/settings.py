"""Settings layers: ``global``, ``groups/NAME``, ``models/MODEL``, ``devices/ID``."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from starlette.datastructures import UploadFile

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
from acs.edges.api.schemas import ImportReport, LayerName, Page, Settings, body
from acs.errors import BadRequest
from acs.services import settings, settings_import
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
    await parts.database.read_long(lambda uow: settings.try_layer(uow, ctx, scope, given))
    change = audited(ctx, by, "settings.put", scope, lambda uow: settings.put_layer(uow, ctx, scope, given, tried=True))
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
    await parts.database.read_long(lambda uow: settings.try_layer(uow, ctx, scope, given, patch=True))
    change = audited(
        ctx, by, "settings.patch", scope, lambda uow: settings.patch_layer(uow, ctx, scope, given, tried=True)
    )
    return await parts.database.write(change)


_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FILE = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": _BYTES,
            "text/plain": _BYTES,
            "text/xml": _BYTES,
            "multipart/form-data": {
                "schema": {
                    "title": "Export",
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}


@router.post("/{scope:path}/import", response_model=ImportReport, dependencies=[WRITE], openapi_extra=_FILE)
async def import_layer(
    parts: Parts,
    by: By,
    request: Request,
    scope: Scope,
    mode: Annotated[
        Literal["merge", "replace"],
        Query(description="`merge`: what the layer holds stays where the file says nothing; `replace`: it goes."),
    ] = "merge",
    dry_run: Annotated[bool, Query(description="Report only; keep nothing.")] = False,
    model: Annotated[str | None, Query(max_length=64, description="Whose export it is; else told from scope.")] = None,
    drop_identity: Annotated[
        bool,
        Query(description="Leave out what is one phone's own: serial number, addresses, state of its ACS session."),
    ] = False,
) -> dict[str, Any]:
    """Turn a phone's exported file, in any dialect, into this layer: typed where modelled, `raw` otherwise."""
    data = await _file(request)
    prepared = await parts.database.read_long(
        lambda uow: settings_import.prepare(
            uow, parts.context, scope, data, mode=mode, model=model, drop_identity=drop_identity
        )
    )
    if dry_run:
        return await parts.database.read_long(
            lambda uow: settings_import.keep_import(uow, parts.context, prepared, dry_run=True)
        )
    ctx = parts.context
    change = audited(ctx, by, "settings.import", scope, lambda uow: settings_import.keep_import(uow, ctx, prepared))
    return await parts.database.write(change)


async def _file(request: Request) -> bytes:
    media = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    if media != "multipart/form-data":
        return await request.body()
    async with request.form(max_files=1, max_fields=8) as form:
        for name in form:
            if name != "file":
                raise BadRequest(f"unknown field {name[:64]!r}; wanted file", field=name[:64])
        upload = form.get("file")
        if isinstance(upload, UploadFile):
            return await upload.read()
        raise BadRequest("file is required, as a file with a name", field="file")


@router.delete("/{scope:path}", status_code=204, dependencies=[WRITE])
async def delete_layer(parts: Parts, by: By, scope: Scope) -> None:
    """Forget one layer."""
    ctx = parts.context
    change = audited(ctx, by, "settings.delete", scope, lambda uow: settings.delete_layer(uow, ctx, scope))
    await parts.database.write(change)
