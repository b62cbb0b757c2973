"""Seeing a phone's configuration: why it is as it is, what it was, what differs, and the way back."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from acs.edges.api.dependencies import (
    LIMIT,
    By,
    Caller,
    Cursor,
    DeviceName,
    JsonObject,
    Limit,
    Parts,
    Reveal,
    allow,
    demand,
    revealed,
)
from acs.edges.api.schemas import ConfigDiff, ConfigVersion, Explanation, Page, Rollback, RollbackRequest, body
from acs.edges.api.waking import wake_quietly
from acs.errors import BadRequest
from acs.formats import CODECS
from acs.services import audit, config_history, devices
from acs.services.paging import Page as PageOf
from acs.services.settings_audit import path_facts
from acs.storage.unit_of_work import UnitOfWork
from acs.telemetry import spawn

router = APIRouter(prefix="/devices", tags=["devices"])
READ = allow("read")
WRITE = allow("write")
MAX_VERSION = 64

Version = Annotated[str, Path(max_length=MAX_VERSION, description="As `2.0005`.")]


@router.get("/{device_id}/config/explain", response_model=Explanation, dependencies=[READ])
async def explain_config(
    parts: Parts, caller: Caller, by: By, device_id: DeviceName, reveal: Reveal = False
) -> dict[str, Any]:
    """Give every effective setting of a phone with its layer and what lost to it, and every line of its file."""
    if reveal:
        demand(caller, "secrets")
    told = await parts.database.read_long(
        lambda uow: config_history.explain(uow, parts.context, devices.find(uow, device_id), reveal=reveal)
    )
    if reveal:
        await revealed(parts, by, f"devices/{told['device_id']}", what="explain")
    return told


@router.get("/{device_id}/config/versions", response_model=Page[ConfigVersion], dependencies=[READ])
async def list_config_versions(
    parts: Parts, device_id: DeviceName, limit: Limit = LIMIT, cursor: Cursor = None
) -> PageOf:
    """List the configurations that were made for a phone, newest first."""
    return await parts.database.read_long(
        lambda uow: config_history.list_versions(uow, devices.find(uow, device_id), limit=limit, cursor=cursor)
    )


@router.get(
    "/{device_id}/config/versions/{version}",
    dependencies=[READ],
    response_class=Response,
    responses={200: {"description": "The file", "content": {"text/plain": {}, "text/xml": {}}}},
)
async def get_config_version(
    parts: Parts, caller: Caller, by: By, device_id: DeviceName, version: Version, reveal: Reveal = False
) -> Response:
    """Give the file of a version as it was made; secrets as `***`."""
    if reveal:
        demand(caller, "secrets")
    kept = await parts.database.read_long(
        lambda uow: config_history.get_version(uow, parts.context, devices.find(uow, device_id), version, reveal=reveal)
    )
    if reveal:
        await revealed(parts, by, f"devices/{kept.device_id}", what="version", version=kept.version)
    return Response(
        kept.content,
        media_type=f"{CODECS[kept.dialect].content_type}; charset=utf-8",
        headers={
            "Content-Disposition": f'inline; filename="{kept.file_name}"',
            "ACS-Config-Version": kept.version,
            "ACS-Config-Dialect": kept.dialect.value,
        },
    )


@router.get("/{device_id}/config/diff", response_model=ConfigDiff, dependencies=[READ])
async def diff_config(
    parts: Parts,
    caller: Caller,
    by: By,
    device_id: DeviceName,
    against: Annotated[
        str,
        Query(min_length=1, max_length=MAX_VERSION, description="The earlier side: a version, or `applied`."),
    ] = config_history.APPLIED,
    since: Annotated[
        str,
        Query(
            alias="from",
            min_length=1,
            max_length=MAX_VERSION,
            description="The later side: a version, or `desired` for what would be made now.",
        ),
    ] = config_history.DESIRED,
    reveal: Reveal = False,
) -> dict[str, Any]:
    """Compare what a phone should have with what it last applied, or any two versions, key by key."""
    if reveal:
        demand(caller, "secrets")
    told = await parts.database.read_long(
        lambda uow: config_history.diff(
            uow, parts.context, devices.find(uow, device_id), against=against, since=since, reveal=reveal
        )
    )
    if reveal:
        await revealed(parts, by, f"devices/{told['device_id']}", what="diff", against=against)
    return told


@router.post(
    "/{device_id}/config/rollback",
    response_model=Rollback,
    dependencies=[WRITE],
    openapi_extra=body(RollbackRequest),
)
async def roll_back_config(
    parts: Parts,
    by: By,
    device_id: DeviceName,
    given: JsonObject,
    push: Annotated[bool, Query(description="Also queue a download of the configuration, and wake the phone.")] = False,
    dry_run: Annotated[bool, Query(description="Change nothing; tell what would change.")] = False,
) -> dict[str, Any]:
    """Make a phone's own layer such that its settings are those of an earlier version."""
    for field, value in given.items():
        if field not in ("version", "push", "dry_run"):
            raise BadRequest(f"unknown field {field[:64]!r}; known: version, push, dry_run", field=field[:64])
        if field != "version" and not isinstance(value, bool):
            raise BadRequest(f"{field} must be true or false", field=field)
    push, dry_run = push or bool(given.get("push")), dry_run or bool(given.get("dry_run"))
    version = given.get("version")
    if not isinstance(version, str) or not 0 < len(version) <= MAX_VERSION:
        raise BadRequest("version must be a version of this phone's configuration, as text", field="version")
    wanted: str = version

    def roll_back(uow: UnitOfWork) -> dict[str, Any]:
        found = devices.find(uow, device_id)
        told = config_history.roll_back(uow, parts.context, found, wanted, push=push, dry_run=dry_run)
        if not dry_run:
            facts = path_facts([change["path"] for change in told["changes"]])
            audit.record(uow, by, "config.rollback", f"devices/{found}", version=wanted, push=push, **facts)
        return told

    if dry_run:
        return await parts.database.read_long(roll_back)
    told = await parts.database.write(roll_back)
    if push:
        spawn(wake_quietly(parts, told["device_id"]), name="wake")
    return told
