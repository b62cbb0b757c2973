"""Phones: find, register, change, forget; what is known of them, their work, their configuration."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

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
from acs.edges.api.schemas import (
    Device,
    DeviceChange,
    DeviceRegistration,
    Event,
    Page,
    Parameter,
    Task,
    Wake,
    body,
)
from acs.edges.api.waking import wake_quietly
from acs.formats import CODECS
from acs.formats.containers import PLAIN
from acs.services import audit, configs, devices, tasks
from acs.services.devices import DeviceQuery
from acs.services.paging import Page as PageOf
from acs.storage.unit_of_work import UnitOfWork
from acs.telemetry import spawn

router = APIRouter(prefix="/devices", tags=["devices"])
READ = allow("read")
WRITE = allow("write")

Filter = Annotated[str | None, Query(max_length=256)]


@router.get("", response_model=Page[Device], dependencies=[READ])
async def list_devices(
    parts: Parts,
    serial_number: Filter = None,
    mac: Filter = None,
    oui: Filter = None,
    product_class: Filter = None,
    model: Filter = None,
    software_version: Filter = None,
    tag: Filter = None,
    group: Filter = None,
    config_state: Filter = None,
    q: Annotated[str | None, Query(max_length=256, description="Part of a serial number, name, model, MAC…")] = None,
    sort: Annotated[str | None, Query(max_length=64, description="A field; with `-` in front from the end.")] = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOf:
    """List phones that match every given filter."""
    query = DeviceQuery(
        serial_number=serial_number,
        mac=mac,
        oui=oui,
        product_class=product_class,
        model=model,
        software_version=software_version,
        tag=tag,
        group=group,
        config_state=config_state,
        q=q,
        sort=sort,
        limit=limit,
        cursor=cursor,
    )
    return await parts.database.read_long(lambda uow: devices.list_devices(uow, query, parts.context.catalogue))


@router.post("", response_model=Device, status_code=201, dependencies=[WRITE], openapi_extra=body(DeviceRegistration))
async def register_device(parts: Parts, by: By, given: JsonObject, response: Response) -> dict[str, Any]:
    """Register a phone before it ever called."""

    def register(uow: UnitOfWork) -> dict[str, Any]:
        made = devices.register_device(uow, parts.context, given)
        if given.get("password") is not None:
            audit.record(uow, by, "device.credentials", f"devices/{made['id']}")
        return made

    made = await parts.database.write(register)
    response.headers["Location"] = f"/api/v1/devices/{made['id']}"
    return made


@router.get("/{device_id}", response_model=Device, dependencies=[READ])
async def get_device(parts: Parts, device_id: DeviceName) -> dict[str, Any]:
    """Give one phone."""
    return await parts.database.read(
        lambda uow: devices.get_device(uow, devices.find(uow, device_id), parts.context.catalogue)
    )


@router.patch("/{device_id}", response_model=Device, dependencies=[WRITE], openapi_extra=body(DeviceChange))
async def patch_device(parts: Parts, by: By, device_id: DeviceName, given: JsonObject) -> dict[str, Any]:
    """Change a phone's name, tags, group, profile or client certificate."""

    def change(uow: UnitOfWork) -> dict[str, Any]:
        changed = devices.patch_device(uow, parts.context, devices.find(uow, device_id), given)
        if fields := [name for name in ("certificate_sha256", "file_key_known") if name in given]:
            audit.record(uow, by, "device.credentials", f"devices/{changed['id']}", fields=fields)
        return changed

    return await parts.database.write(change)


@router.delete("/{device_id}", status_code=204, dependencies=[WRITE])
async def delete_device(parts: Parts, device_id: DeviceName) -> None:
    """Forget a phone, its tasks and its settings; it comes back as new when it calls again."""
    await parts.database.write(lambda uow: devices.delete_device(uow, devices.find(uow, device_id)))


@router.get("/{device_id}/parameters", response_model=Page[Parameter], dependencies=[READ])
async def list_parameters(
    parts: Parts,
    device_id: DeviceName,
    path: Annotated[str, Query(max_length=256, description="Beginning of the path.")] = "",
    q: Annotated[str, Query(max_length=256, description="Part of the path or of the value.")] = "",
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOf:
    """List a phone's parameters as last seen."""
    return await parts.database.read_long(
        lambda uow: devices.list_parameters(
            uow, devices.find(uow, device_id), path=path, q=q, limit=limit, cursor=cursor
        )
    )


@router.get("/{device_id}/events", response_model=Page[Event], dependencies=[READ])
async def list_events(parts: Parts, device_id: DeviceName, limit: Limit = LIMIT, cursor: Cursor = None) -> PageOf:
    """List what happened to a phone, newest first."""
    return await parts.database.read_long(
        lambda uow: devices.list_events(uow, devices.find(uow, device_id), limit=limit, cursor=cursor)
    )


@router.post(
    "/{device_id}/tasks",
    response_model=Task,
    status_code=201,
    dependencies=[WRITE],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TaskRequest"}}},
        }
    },
)
async def create_task(
    parts: Parts,
    device_id: DeviceName,
    given: JsonObject,
    response: Response,
    wake: Annotated[bool, Query(description="Ask the phone to call, as soon as it may be asked.")] = False,
) -> dict[str, Any]:
    """Give work to a phone; it is done when the phone calls."""
    made = await parts.database.write(
        lambda uow: tasks.create_task(uow, parts.context, devices.find(uow, device_id), given)
    )
    if wake:
        spawn(wake_quietly(parts, made["device_id"]), name="wake")
    response.headers["Location"] = f"/api/v1/tasks/{made['id']}"
    return made


@router.post("/{device_id}/wake", response_model=Wake, dependencies=[WRITE])
async def wake_device(parts: Parts, device_id: DeviceName) -> dict[str, Any]:
    """Ask a phone to call; tells how it was asked and what came back."""
    found = await parts.database.read(lambda uow: devices.find(uow, device_id))
    return dict(await parts.waker.wake(found))


@router.get(
    "/{device_id}/config",
    dependencies=[READ],
    response_class=Response,
    responses={
        200: {
            "description": "The file; with `as_served` and encryption, as the phone gets it",
            "content": {"text/plain": {}, "text/xml": {}, "application/octet-stream": {}},
        }
    },
)
async def get_config(
    parts: Parts,
    caller: Caller,
    by: By,
    device_id: DeviceName,
    dialect: Annotated[
        str | None,
        Query(max_length=16, description="text1, text2, dotted, xml1 or sysconf; as the phone gets it without."),
    ] = None,
    reveal: Reveal = False,
    as_served: Annotated[
        bool,
        Query(
            description="The very bytes that the phone would get now, without the items that it has; needs `secrets`."
        ),
    ] = False,
) -> Response:
    """Give a phone's configuration file as it would be made now."""
    if reveal or as_served:
        demand(caller, "secrets")
    found = await parts.database.read(lambda uow: devices.find(uow, device_id))
    while True:
        rendered = await parts.database.read_long(
            lambda uow: configs.config_text(
                uow, parts.context, found, dialect=dialect, reveal=reveal, as_served=as_served
            )
        )
        if not rendered.unseen:
            break
        shown = rendered
        if await parts.database.write(lambda uow: configs.keep_shown(uow, found, shown)):  # noqa: B023 - awaited here
            break
    if reveal or as_served:
        await revealed(parts, by, f"devices/{found}", what="config", version=rendered.version, as_served=as_served)
    media = f"{CODECS[rendered.dialect].content_type}; charset=utf-8"
    return Response(
        rendered.content,
        media_type=media if rendered.container == PLAIN else "application/octet-stream",
        headers={
            "Content-Disposition": f'inline; filename="{rendered.file_name}"',
            "ACS-Config-Version": rendered.version,
            "ACS-Config-Dialect": rendered.dialect.value,
            "ACS-Config-Model": rendered.model.name,
            "ACS-Config-Container": rendered.container,
        },
    )
