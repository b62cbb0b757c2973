"""Work for phones: look at it, cancel it, try again."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from acs.edges.api.dependencies import LIMIT, Cursor, Limit, Parts, allow
from acs.edges.api.schemas import Page, Task
from acs.services import tasks
from acs.services.paging import Page as PageOf

router = APIRouter(prefix="/tasks", tags=["tasks"])
READ = allow("read")
WRITE = allow("write")

TaskId = Annotated[str, Path(max_length=64)]
Filter = Annotated[str | None, Query(max_length=128)]


@router.get("", response_model=Page[Task], dependencies=[READ])
async def list_tasks(
    parts: Parts,
    device_id: Filter = None,
    state: Annotated[str | None, Query(max_length=128, description="One or more states, with commas.")] = None,
    type: Filter = None,
    campaign_id: Filter = None,
    limit: Limit = LIMIT,
    cursor: Cursor = None,
) -> PageOf:
    """List tasks, newest first."""
    return await parts.database.read_long(
        lambda uow: tasks.list_tasks(
            uow, device_id=device_id, state=state, type=type, campaign_id=campaign_id, limit=limit, cursor=cursor
        )
    )


@router.get("/{task_id}", response_model=Task, dependencies=[READ])
async def get_task(parts: Parts, task_id: TaskId) -> dict[str, Any]:
    """Give one task."""
    return await parts.database.read(lambda uow: tasks.get_task(uow, task_id))


@router.delete("/{task_id}", response_model=Task, dependencies=[WRITE])
async def cancel_task(parts: Parts, task_id: TaskId) -> dict[str, Any]:
    """Cancel a task that did not end; what is already with the phone cannot be called back."""
    return await parts.database.write(lambda uow: tasks.cancel_task(uow, task_id))


@router.post("/{task_id}/retry", response_model=Task, dependencies=[WRITE])
async def retry_task(parts: Parts, task_id: TaskId) -> dict[str, Any]:
    """Queue a task again that failed, expired or was cancelled."""
    return await parts.database.write(lambda uow: tasks.retry_task(uow, parts.context, task_id))
