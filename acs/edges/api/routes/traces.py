"""Traces: see the raw exchange with one phone."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from acs.edges.api.dependencies import LIMIT, Cursor, DeviceName, JsonObject, Limit, Parts, allow
from acs.edges.api.schemas import Page, TraceMessage, TraceRequest, Tracing, body
from acs.services import devices, traces
from acs.services.paging import Page as PageOf

router = APIRouter(prefix="/devices/{device_id}/trace", tags=["devices"])
READ = allow("read")
WRITE = allow("write")

Session = Annotated[str | None, Query(max_length=32, description="Only this session.")]


@router.post("", response_model=Tracing, dependencies=[WRITE], openapi_extra=body(TraceRequest))
async def start_trace(parts: Parts, device_id: DeviceName, given: JsonObject) -> dict[str, Any]:
    """Keep the raw exchange with a phone for some minutes; again: with a new end."""
    started = await parts.database.write(lambda uow: traces.start(uow, devices.find(uow, device_id), given))
    if parts.tracer is not None:
        await parts.tracer.load()
    return started


@router.delete("", status_code=204, dependencies=[WRITE])
async def stop_trace(
    parts: Parts,
    device_id: DeviceName,
    erase: Annotated[bool, Query(description="Drop what was kept, too.")] = False,
) -> None:
    """End the trace of a phone; what was kept stays for a week."""
    if parts.tracer is not None:
        await parts.tracer.flush()
    await parts.database.write(lambda uow: traces.stop(uow, devices.find(uow, device_id), erase=erase))
    if parts.tracer is not None:
        await parts.tracer.load()


@router.get(
    "",
    response_model=Page[TraceMessage],
    dependencies=[READ],
    responses={200: {"description": "Messages", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def list_trace(
    parts: Parts,
    request: Request,
    device_id: DeviceName,
    session: Session = None,
    after: Annotated[int | None, Query(ge=0, le=2**62, description="Only messages after the one of this id.")] = None,
    order: Annotated[Literal["newest", "oldest"], Query(description="Which come first.")] = "newest",
    format: Annotated[
        Literal["json", "text"] | None, Query(description="`text`: all of it to read; so does Accept: text/plain.")
    ] = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOf | Response:
    """List the messages kept of a phone, secrets redacted."""
    if parts.tracer is not None:
        await parts.tracer.flush()
    accept = request.headers.get("accept", "").split(",", 1)[0].partition(";")[0].strip().lower()
    if format == "text" or (format is None and accept == "text/plain"):
        text = await parts.database.read_long(
            lambda uow: traces.text_of(uow, devices.find(uow, device_id), session=session)
        )
        return Response(text, media_type="text/plain; charset=utf-8")
    return await parts.database.read_long(
        lambda uow: traces.list_trace(
            uow,
            devices.find(uow, device_id),
            session=session,
            after=after,
            oldest_first=order == "oldest",
            limit=limit,
            cursor=cursor,
        )
    )
