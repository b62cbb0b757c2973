"""Work for phones, as operators ask for it: create, look at, cancel, retry."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, update
from sqlmodel import col, select

from acs.domain.parameters.values import is_secret
from acs.domain.phones.items import ITEM_KINDS
from acs.domain.phones.profiles import FILE_TYPES, refusal
from acs.domain.planning.programs import DOWNLOADS, INTERNAL, PROGRAMS
from acs.domain.planning.programs.sip_settings import is_sip
from acs.domain.planning.spreading import spread
from acs.errors import BadRequest, Conflict, NotFound
from acs.services import suitability
from acs.services.choices import profile_of
from acs.services.context import Context
from acs.services.paging import Page, page_of
from acs.services.views import task_view
from acs.storage.tables import DeviceRow, FileRow, LinkRow, LogicalIdRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork

STATES = ("queued", "running", "transferring", "verifying", "succeeded", "failed", "cancelled", "expired")
FINAL = frozenset({"succeeded", "failed", "cancelled", "expired"})
MAX_OPEN_PER_DEVICE = 1_000
LONGEST_SESSION = 3600.0
"""Seconds after which a request in flight is lost for sure, with a session that no process remembers."""
MAX_LIFETIME = 100 * 365 * 86400.0
"""Seconds; longer wishes mean "for ever", and a date must remain one."""


def create_task(uow: UnitOfWork, ctx: Context, device_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Queue a task for a phone.

    Raises:
        NotFound: no such phone, or no such file.
        BadRequest: the type or an argument is off; names the field.
        Conflict: far too many tasks wait for this phone.
    """
    device = uow.session.get(DeviceRow, device_id)
    if device is None:
        raise NotFound(f"There is no device {device_id}.")
    arguments = dict(body)
    kind = arguments.pop("type", None)
    if not isinstance(kind, str) or kind not in PROGRAMS or kind in INTERNAL:
        known = ", ".join(sorted(set(PROGRAMS) - INTERNAL))
        raise BadRequest(f"type must be one of: {known}", field="type")
    lifetime = arguments.pop("expires_in", None)
    if lifetime is not None and not (type(lifetime) in (int, float) and lifetime > 0):  # NaN is not above 0
        raise BadRequest("expires_in must be a number of seconds above 0", field="expires_in")
    checked = PROGRAMS[kind].check(arguments)
    check_allowed(ctx, device, kind, checked)
    if kind == "set_parameter_values" and not is_sip(checked):
        checked["values"] = spread(checked["values"], device_id)
    if (file_id := checked.get("file_id")) is not None:
        file = uow.session.get(FileRow, file_id)
        if file is None:
            raise NotFound(f"There is no file {file_id}.", field="file_id")
        if "file_type" not in checked:
            if file.kind not in FILE_TYPES and file.kind not in ITEM_KINDS:
                raise BadRequest(
                    f"a file of kind {file.kind!r} needs file_type, the TR-069 name of what it is, for example "
                    '"2 Web Content"',
                    field="file_type",
                )
            model = ctx.catalogue.of_phone(device.product_class, model=device.model)
            suitability.check(uow, file, model, field="file_id")
    waiting = uow.session.exec(select(TaskRow.id).where(TaskRow.device_id == device_id, col(TaskRow.open))).all()
    if len(waiting) >= MAX_OPEN_PER_DEVICE:
        raise Conflict(f"{len(waiting)} tasks wait for device {device_id} already; cancel some, or let it call first.")
    row = add_task(uow, ctx, device_id, kind, checked, lifetime=lifetime)
    uow.session.flush()
    return task_view(row)


def check_allowed(ctx: Context, device: DeviceRow, kind: str, arguments: Mapping[str, Any]) -> None:
    """Refuse what a phone's profile cannot do.

    Raises:
        Conflict: it cannot, and the arguments do not say ``force``; says what to do instead.
    """
    choice = profile_of(device, ctx.catalogue)
    if (why := refusal(choice, kind, arguments)) is not None:
        raise Conflict(f"Device {device.id}: {why}", field="kind", profile=choice.profile.name)


def add_task(
    uow: UnitOfWork,
    ctx: Context,
    device_id: str,
    kind: str,
    arguments: Mapping[str, Any],
    *,
    origin: str = "api",
    priority: int = 10,
    lifetime: float | None = None,
) -> TaskRow:
    """Queue a task whose arguments were checked."""
    row = TaskRow(
        id=uow.new_id(),
        device_id=device_id,
        type=kind,
        arguments=seal_arguments(ctx, arguments),
        origin=origin,
        priority=priority,
        created_at=uow.now,
        expires_at=uow.now + min(lifetime or ctx.task_lifetime, MAX_LIFETIME),
    )
    uow.session.add(row)
    if kind in DOWNLOADS and arguments.get("kind") == "config":
        device = uow.session.get(DeviceRow, device_id)
        if device is not None:
            device.config_state = "pending"
    return row


def seal_arguments(ctx: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Give arguments as they may lie in the database: passwords sealed."""

    def seal(value: Any) -> dict[str, str]:
        return {"$sealed": ctx.box.seal(str(value), context="task")}

    sealed = dict(arguments)
    if sealed.get("password"):
        sealed["password"] = seal(sealed["password"])
    if isinstance(operations := sealed.get("operations"), list):
        sealed["operations"] = [
            {**item, "password": seal(item["password"])} if item.get("password") else item for item in operations
        ]
    values = sealed.get("values")
    if isinstance(values, list):
        sealed["values"] = [
            {**item, "value": seal(item["value"])} if is_secret(item["name"]) and item["value"] else item
            for item in values
        ]
    elif isinstance(values, Mapping):
        sealed["values"] = {name: seal(value) if is_secret(name) and value else value for name, value in values.items()}
    return sealed


def unseal_arguments(ctx: Context, value: Any) -> Any:
    """Give arguments as they were asked."""
    if isinstance(value, Mapping):
        if set(value) == {"$sealed"}:
            return ctx.box.open(value["$sealed"], context="task")
        return {key: unseal_arguments(ctx, item) for key, item in value.items()}
    if isinstance(value, list):
        return [unseal_arguments(ctx, item) for item in value]
    return value


def get_task(uow: UnitOfWork, task_id: str) -> dict[str, Any]:
    """Give one task."""
    return task_view(_row(uow, task_id))


def list_tasks(
    uow: UnitOfWork,
    *,
    device_id: str | None = None,
    state: str | None = None,
    type: str | None = None,
    campaign_id: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> Page:
    """List tasks, newest first."""
    query = select(TaskRow)
    if device_id is not None:
        query = query.where(TaskRow.device_id == device_id)
    if state is not None:
        wanted = [item.strip() for item in state.split(",")]
        for item in wanted:
            if item not in STATES:
                raise BadRequest(f"state must be one of: {', '.join(STATES)}", field="state")
        query = query.where(col(TaskRow.state).in_(wanted))
    if type is not None:
        query = query.where(TaskRow.type == type)
    if campaign_id is not None:
        return Page([], None)
    return page_of(uow, query, key=TaskRow.id, descending=True, limit=limit, cursor=cursor, view=task_view)


def cancel_task(uow: UnitOfWork, task_id: str) -> dict[str, Any]:
    """Cancel a task that did not end.

    A request that is already with the phone cannot be called back; its answer is then ignored.

    Raises:
        Conflict: the task has ended.
    """
    row = _row(uow, task_id)
    if not row.open:
        raise Conflict(f"Task {task_id} has ended: {row.state}.", state=row.state)
    row.state, row.open, row.finished_at, row.in_flight, row.session_id = "cancelled", False, uow.now, "", ""
    row.progress = {}
    uow.session.add(row)
    uow.session.flush()
    _not_applied(uow, [row.id])
    return task_view(row)


def retry_task(uow: UnitOfWork, ctx: Context, task_id: str) -> dict[str, Any]:
    """Queue a task again that failed, expired or was cancelled; its attempts count anew.

    Raises:
        Conflict: the task is still open, or it succeeded.
    """
    row = _row(uow, task_id)
    if row.open or row.state == "succeeded":
        raise Conflict(f"Task {task_id} is {row.state}; only failed, cancelled or expired tasks can be retried.")
    row.state, row.open, row.attempts, row.not_before = "queued", True, 0, 0.0
    row.progress, row.fault, row.evidence, row.result, row.finished_at = {}, None, None, None, None
    row.in_flight, row.session_id, row.started_at = "", "", None
    row.expires_at = uow.now + ctx.task_lifetime
    forget_handover(uow, task_id)
    uow.session.add(row)
    return task_view(row)


def forget_handover(uow: UnitOfWork, task_id: str) -> None:
    """Before a transfer is asked anew: what the phone fetched for an earlier attempt proves nothing for the next."""
    for link in uow.session.exec(select(LinkRow).where(LinkRow.task_id == task_id)).all():
        link.served, link.first_at, link.complete_at = [], None, None
        uow.session.add(link)


def anything_due(uow: UnitOfWork) -> bool:
    """Say whether any task waits for a phone or has outlived its time: what housekeeping looks at."""
    waiting = col(TaskRow.state).in_(("transferring", "verifying"))
    late = col(TaskRow.open) & (col(TaskRow.expires_at) < uow.now)
    return uow.session.exec(select(TaskRow.id).where(waiting | late).limit(1)).first() is not None


def expire_tasks(uow: UnitOfWork, limit: int = 500) -> int:
    """End tasks whose time has passed; give how many."""
    rows = uow.session.exec(
        select(TaskRow.id)
        .where(
            col(TaskRow.open),
            col(TaskRow.expires_at) < uow.now,
            or_(col(TaskRow.in_flight) == "", col(TaskRow.expires_at) < uow.now - LONGEST_SESSION),
        )
        .limit(limit)
    ).all()
    if rows:
        uow.connection.execute(
            update(TaskRow)
            .where(col(TaskRow.id).in_(rows))
            .values(
                state="expired",
                open=False,
                finished_at=uow.now,
                fault={"code": "expired", "message": "The phone did not call in time.", "parameters": []},
                in_flight="",
                session_id="",
                progress={},
            )
        )
        _not_applied(uow, rows)
    return len(rows)


def _not_applied(uow: UnitOfWork, task_ids: Sequence[str]) -> None:
    """A configuration whose task was given up is not being applied any more; it still waits to be.

    Nor is the order of a LOID being carried out whose task was.
    """
    configs = select(TaskRow.device_id).where(
        col(TaskRow.id).in_(task_ids),
        col(TaskRow.type).in_(DOWNLOADS),
        func.json_extract(TaskRow.arguments, "$.kind") == "config",
    )
    uow.connection.execute(
        update(DeviceRow)
        .where(col(DeviceRow.id).in_(configs), col(DeviceRow.config_state) == "applying")
        .values(config_state="pending")
    )
    binds = select(TaskRow.device_id).where(col(TaskRow.id).in_(task_ids), TaskRow.type == "bind")
    uow.connection.execute(
        update(LogicalIdRow)
        .where(col(LogicalIdRow.device_id).in_(binds), col(LogicalIdRow.result) == "delivering")
        .values(result="failed")
    )


def _row(uow: UnitOfWork, task_id: str) -> TaskRow:
    row = uow.session.get(TaskRow, task_id)
    if row is None:
        raise NotFound(f"There is no task {task_id}.")
    return row
