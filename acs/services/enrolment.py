"""Logical identifiers (LOID): the work orders by which a phone that nobody registered becomes somebody's phone.

Operators keep identifiers with passwords and what their holder becomes; a phone that presents one (cwmp.md 5.3) is
looked up, bound, and given its configuration by a task of the type ``bind``. Passwords are sealed; a phone's own
attempt is compared and forgotten.
"""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from secrets import randbelow
from typing import Any, Final

from sqlalchemy import func, insert, or_
from sqlmodel import col, select

from acs.domain.phones.carriers import BY_NAME, CARRIERS, Carrier, Status, binding
from acs.domain.planning.programs import PROGRAMS
from acs.domain.planning.programs.binding import PASSWORD, judged
from acs.domain.planning.steps import Presented, updated
from acs.errors import BadFile, BadRequest, Conflict, NotFound
from acs.services.context import Context
from acs.services.devices import group_name, note_event
from acs.services.paging import Page, page_of
from acs.services.quirks import quirks_of
from acs.services.tasks import add_task, cancel_task
from acs.services.views import REDACTED, rfc3339
from acs.storage.tables import DeviceRow, EventRow, LogicalIdRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork

MAX_LOGICAL_ID: Final = 24
"""Characters of a LOID: the field that GPON has for it."""
MAX_PASSWORD: Final = 64
MAX_SERVICES: Final = 64
"""Characters of ``ServiceName``."""
MAX_IMPORT: Final = 10_000
"""Lines of one import: it is one transaction."""
MAX_TAGS: Final = 100
FREE_ATTEMPTS: Final = 10
"""Failures in a row before guesses are not looked up any more, as many as the phone's own ``Limit``."""
BRAKE_SECONDS: Final = 900.0
"""How long they are not, counted from the last failure."""
DEVICE_SECONDS: Final = 3600.0
"""Within which one phone has its free attempts, and its deliveries."""
DELIVERIES: Final = 3
"""How often one phone is sent the same configuration for the same LOID; then it is told again that it has it."""
BIND_PRIORITY: Final = 1
"""After credentials, before discovery: somebody stands before the phone and waits for its answer."""
FIELDS: Final = ("password", "name", "group", "tags", "service_name")
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "password": ("password_sealed", "attempts", "attempted_at"),
    "name": ("name",),
    "group": ("group_name",),
    "tags": ("tags",),
    "service_name": ("service_name",),
}
"""Columns of the table that each field of an import fills."""
_MANY: Final = 500
"""Identifiers that one statement asks for."""
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")
_TEXT: Final = re.compile(r"[^\x00-\x1f\x7f]*")


# What operators keep ------------------------------------------------------------------------------------------------


def list_logical_ids(
    uow: UnitOfWork,
    *,
    q: str = "",
    group: str | None = None,
    bound: bool | None = None,
    device_id: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> Page:
    """List identifiers in the order of their letters, without secrets."""
    statement = select(LogicalIdRow)
    if q:
        pattern = "%" + q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        columns = (LogicalIdRow.logical_id, LogicalIdRow.name)
        statement = statement.where(or_(*(col(column).ilike(pattern, escape="\\") for column in columns)))
    if group is not None:
        statement = statement.where(LogicalIdRow.group_name == group)
    if bound is not None:
        device = col(LogicalIdRow.device_id)
        statement = statement.where(device.is_not(None) if bound else device.is_(None))
    if device_id is not None:
        statement = statement.where(LogicalIdRow.device_id == device_id)
    return page_of(uow, statement, key=LogicalIdRow.logical_id, limit=limit, cursor=cursor, view=_view)


def get_logical_id(uow: UnitOfWork, ctx: Context, logical_id: str, *, reveal: bool = False) -> dict[str, Any]:
    """Give one identifier; ``reveal`` shows its password and the maintenance account of the phone that has it.

    Raises:
        NotFound: there is none.
    """
    row = _row(uow, logical_id)
    shown = _view(row)
    device = uow.session.get(DeviceRow, row.device_id) if row.device_id else None
    if device is not None and device.account_sealed:
        account = _account(ctx, device)
        shown["account"] = {
            "username": BY_NAME[account["carrier"]].account_name,
            "password": (account.get("current") or None) if reveal else REDACTED,
            "offered": (account.get("offered") or None) if reveal else None,
        }
    if reveal and row.password_sealed:
        shown["password"] = _password(ctx, row)
    return shown


def create_logical_id(uow: UnitOfWork, ctx: Context, body: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a new identifier.

    Raises:
        BadRequest: a field is off; names it.
        Conflict: it is there already.
    """
    _only(body, "logical_id", *FIELDS)
    logical_id = _logical_id(body.get("logical_id"))
    if uow.session.get(LogicalIdRow, logical_id) is not None:
        raise Conflict(f"The LOID {logical_id} is there already.", field="logical_id", logical_id=logical_id)
    row = LogicalIdRow(logical_id=logical_id, created_at=uow.now, updated_at=uow.now)
    _apply(ctx, row, body)
    uow.session.add(row)
    uow.session.flush()
    return _view(row)


def patch_logical_id(uow: UnitOfWork, ctx: Context, logical_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Change an identifier; ``device_id: null`` unbinds it, so that another phone may enrol with it.

    What a bound phone became stays until it presents the identifier again.

    Raises:
        NotFound: there is none.
        BadRequest: a field is off; names it.
    """
    _only(body, *FIELDS, "device_id")
    row = _row(uow, logical_id)
    _apply(ctx, row, body)
    if "device_id" in body:
        if body["device_id"] is not None:
            raise BadRequest("device_id can only be null: phones bind themselves with the LOID", field="device_id")
        _unbind(uow, row)
    row.updated_at = uow.now
    uow.session.add(row)
    uow.session.flush()
    return _view(row)


def delete_logical_id(uow: UnitOfWork, logical_id: str) -> None:
    """Forget an identifier; a phone that is bound to it stays as it is.

    Raises:
        NotFound: there is none.
    """
    row = _row(uow, logical_id)
    _unbind(uow, row)
    uow.session.delete(row)


@dataclass(frozen=True, slots=True)
class Line:
    """One LOID of an import, checked; its password is sealed already."""

    number: int
    logical_id: str
    values: Mapping[str, Any]
    """What the line says, by the columns of the table."""


def read_import(ctx: Context, content: bytes) -> tuple[Line, ...]:
    """Understand a CSV file of identifiers; thousands take a while, so call it outside transactions and the event loop.

    The first line names the columns: ``logical_id`` and any of ``password``, ``name``, ``group``, ``tags`` (with ``;``
    or ``|`` or blanks between them), ``service_name``.

    Args:
        ctx: keys.
        content: the file, UTF-8 with or without a byte order mark.

    Raises:
        BadFile: a line is off; says which, and what.
    """
    lines = []
    seen: set[str] = set()
    for number, said in _csv(content):
        try:
            logical_id = _logical_id(said.pop("logical_id"))
            if logical_id in seen:
                raise BadRequest(f"the LOID {logical_id} stands in the file twice", field="logical_id")
            seen.add(logical_id)
            body = {name: _tags(value) if name == "tags" else value for name, value in said.items() if value}
            row = LogicalIdRow(logical_id=logical_id, created_at=0.0, updated_at=0.0)
            _apply(ctx, row, body)
        except BadRequest as error:
            raise BadFile(f"line {number}: {error.message}", field=error.field, line=number) from error
        lines.append(Line(number, logical_id, {name: getattr(row, name) for each in body for name in _COLUMNS[each]}))
    return tuple(lines)


def import_logical_ids(uow: UnitOfWork, lines: Sequence[Line], *, update: bool = False) -> dict[str, int]:
    """Keep what `read_import` gave: all of it or nothing.

    Args:
        uow: the transaction.
        lines: the file, understood.
        update: change identifiers that are there already (what a line leaves empty stays); else they are refused.

    Raises:
        Conflict: an identifier is there already.
    """
    names = [line.logical_id for line in lines]
    known: dict[str, LogicalIdRow] = {}
    for start in range(0, len(names), _MANY):
        some = select(LogicalIdRow).where(col(LogicalIdRow.logical_id).in_(names[start : start + _MANY]))
        known |= {row.logical_id: row for row in uow.session.exec(some).all()}
    made: list[dict[str, Any]] = []
    for line in lines:
        row = known.get(line.logical_id)
        if row is None:
            new = LogicalIdRow(logical_id=line.logical_id, created_at=uow.now, updated_at=uow.now)
            made.append({**new.model_dump(), **line.values})
            continue
        if not update:
            raise Conflict(
                f"line {line.number}: the LOID {line.logical_id} is there already; import with update to change it",
                field="logical_id",
                line=line.number,
            )
        for name, value in line.values.items():
            setattr(row, name, value)
        row.updated_at = uow.now
    if made:
        uow.connection.execute(insert(LogicalIdRow), made)
    return {"created": len(made), "updated": len(known)}


def _csv(content: bytes) -> list[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"The file is not UTF-8 (byte {error.start}).") from error
    first = text.partition("\n")[0]
    comma = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=comma, strict=True)
    lines: list[tuple[int, dict[str, str]]] = []
    columns: list[str] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [cell.strip().lower() for cell in cells]
                _columns(columns)
                continue
            if len(cells) > len(columns):
                raise BadFile(f"line {reader.line_num}: more cells than columns", line=reader.line_num)
            if len(lines) >= MAX_IMPORT:
                raise BadFile(f"An import has at most {MAX_IMPORT} lines; cut the file in parts.")
            padded = [*cells, *[""] * (len(columns) - len(cells))]
            values = {name: cell.strip() for name, cell in zip(columns, padded, strict=True)}
            lines.append((reader.line_num, values))
    except csv.Error as error:
        raise BadFile(f"line {reader.line_num}: {error}", line=reader.line_num) from error
    if not lines:
        raise BadFile("The file holds no LOID: its first line names the columns, the next ones the LOIDs.")
    return lines


def _columns(names: Sequence[str]) -> None:
    for name in names:
        if name not in ("logical_id", *FIELDS):
            known = ", ".join(("logical_id", *FIELDS))
            raise BadFile(f"line 1: unknown column {name[:64]!r}; columns are: {known}", field=name[:64], line=1)
    if "logical_id" not in names:
        raise BadFile("line 1: the column logical_id is missing", field="logical_id", line=1)
    if len(set(names)) != len(names):
        raise BadFile("line 1: a column is named twice", line=1)


def _tags(cell: str) -> list[str]:
    return [tag for tag in re.split(r"[;|\s]+", cell) if tag]


def _logical_id(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_LOGICAL_ID or not _PRINTABLE.fullmatch(value):
        raise BadRequest(
            f"logical_id must be 1 to {MAX_LOGICAL_ID} printable ASCII characters without blanks", field="logical_id"
        )
    return value


def _only(body: Mapping[str, Any], *known: str) -> None:
    for name in body:
        if name not in known:
            raise BadRequest(f"unknown field {name!r}; known: {', '.join(known)}", field=name)


def _apply(ctx: Context, row: LogicalIdRow, body: Mapping[str, Any]) -> None:
    if "password" in body and body["password"] != REDACTED:
        password = body["password"] or ""
        if not isinstance(password, str) or len(password) > MAX_PASSWORD or not re.fullmatch(r"[\x20-\x7e]*", password):
            raise BadRequest(f"password must be at most {MAX_PASSWORD} printable ASCII characters", field="password")
        if password != password.strip():
            raise BadRequest("password must neither begin nor end with a blank", field="password")
        row.password_sealed = ctx.box.seal(password, context=f"loid:{row.logical_id}") if password else ""
        row.attempts, row.attempted_at = 0, None
    row.name = _text(body, "name", 128, row.name)
    row.group_name = group_name(_text(body, "group", 64, row.group_name))
    if "service_name" in body:
        services = _text(body, "service_name", MAX_SERVICES, "")
        row.service_name = ",".join(name.strip() for name in services.split(",") if name.strip())
    if "tags" in body:
        tags = body["tags"] or []
        if (
            not isinstance(tags, list)
            or len(tags) > MAX_TAGS
            or not all(isinstance(tag, str) and 0 < len(tag) <= 64 and _TEXT.fullmatch(tag) for tag in tags)
        ):
            raise BadRequest(f"tags must be a list of at most {MAX_TAGS} strings of 1 to 64 characters", field="tags")
        row.tags = list(dict.fromkeys(tags))


def _text(body: Mapping[str, Any], name: str, longest: int, before: str) -> str:
    if name not in body:
        return before
    value = body[name] or ""
    if not isinstance(value, str) or len(value) > longest or not _TEXT.fullmatch(value):
        raise BadRequest(f"{name} must be a string of at most {longest} printable characters", field=name)
    return value.strip()


def _row(uow: UnitOfWork, logical_id: str) -> LogicalIdRow:
    row = uow.session.get(LogicalIdRow, logical_id)
    if row is None:
        raise NotFound(f"There is no LOID {logical_id[:64]}.")
    return row


def _view(row: LogicalIdRow) -> dict[str, Any]:
    return {
        "logical_id": row.logical_id,
        "password": REDACTED if row.password_sealed else None,
        "name": row.name,
        "group": row.group_name or None,
        "tags": list(row.tags),
        "service_name": row.service_name or None,
        "device_id": row.device_id,
        "bound_at": rfc3339(row.bound_at),
        "result": row.result or None,
        "attempts": row.attempts,
        "attempted_at": rfc3339(row.attempted_at),
        "account": None,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


def _password(ctx: Context, row: LogicalIdRow) -> str:
    return ctx.box.open(row.password_sealed, context=f"loid:{row.logical_id}") if row.password_sealed else ""


# What phones present ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Verdict:
    status: Status
    logical_id: str
    service_name: str = ""


def phone_informs(
    uow: UnitOfWork, ctx: Context, device: DeviceRow, *, events: Sequence[str], values: Mapping[str, str]
) -> None:
    """A phone calls: answer a BIND event, and run the order of a bound phone again after its factory reset."""
    carrier = binding(events)
    quiet = carrier is None
    reset = any(event.split(" ", 1)[0] == "0" for event in events)
    if carrier is None:
        if not reset or not device.logical_id:
            return
        carrier = _carrier_of(ctx, device)  # it may keep its LOID through a reset and not tell (cwmp.md 5.3)
    if device.profile == "common":
        note_event(uow, device.id, "bind_ignored", reason="its profile is set to common")
        return
    info = device.root + carrier.user_info
    told = [values[info + leaf] for leaf in carrier.passwords if info + leaf in values]
    verdict = None
    shared = quirks_of(uow, device).several_units  # who of them presents it is not known: the task will say so
    if not quiet and not shared and told and f"{info}UserName" in values:
        password = next(filter(None, told), "")
        verdict = _judge(uow, ctx, device, Presented(values[f"{info}UserName"], password))
    _start(uow, ctx, device, carrier, verdict, quiet=quiet, reset=reset)


def presented(uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow, what: Presented) -> None:
    """A phone has shown its LOID because it was asked."""
    if task.arguments.get("quiet") and not what.logical_id:
        task.progress = judged(task.progress, Status.LOID_UNKNOWN, "")
    else:
        verdict = _judge(uow, ctx, device, what)
        if verdict.status is Status.OK and (served := _served_again_and_again(uow, device, verdict.logical_id)):
            task.progress = updated(task.progress, child=served, done=["account"])
        task.progress = judged(task.progress, verdict.status, verdict.logical_id, verdict.service_name)
    uow.session.add(task)


def _carrier_of(ctx: Context, device: DeviceRow) -> Carrier:
    if device.account_sealed:
        return BY_NAME[_account(ctx, device)["carrier"]]
    return CARRIERS[0]


def _start(
    uow: UnitOfWork,
    ctx: Context,
    device: DeviceRow,
    carrier: Carrier,
    verdict: _Verdict | None,
    *,
    quiet: bool,
    reset: bool,
) -> None:
    """Begin the order anew: what an earlier event began is replaced, so that repeated events do it once."""
    child = ""
    for earlier in _open_binds(uow, device.id):
        same = verdict is not None and earlier.progress.get("logical_id") == verdict.logical_id
        if same and not reset and _child(uow, earlier) is not None:
            child = str(earlier.progress["child"])  # it is on its way: the phone is not sent for it twice
            cancel_task(uow, earlier.id)
        else:
            _stop(uow, earlier)
    served = ""
    if verdict is not None and verdict.status is Status.OK and not (child or reset):
        served = _served_again_and_again(uow, device, verdict.logical_id)
    arguments: dict[str, Any] = {"carrier": carrier.name}
    if verdict is not None:
        arguments["logical_id"] = verdict.logical_id
    if quiet:
        arguments["quiet"] = True
    checked = PROGRAMS["bind"].check(arguments)
    task = add_task(uow, ctx, device.id, "bind", checked, origin="acs", priority=BIND_PRIORITY)
    if verdict is not None:
        going_on: dict[str, Any] = {"child": child} if child and verdict.status is Status.OK else {}
        if served:
            going_on = {"child": served, "done": ["account"]}
        task.progress = judged(going_on, verdict.status, verdict.logical_id, verdict.service_name)
    if verdict is not None and verdict.status is Status.OK and not served:
        _rotate(uow, ctx, device)


def _served_again_and_again(uow: UnitOfWork, device: DeviceRow, logical_id: str) -> str:
    """Give the last configuration of a phone that has it and keeps presenting the same LOID all the same.

    Some say BIND whenever they have taken a configuration: sending it once more would bring them back for ever.
    """
    if device.config_state != "in_sync":
        return ""
    statement = select(TaskRow).where(
        TaskRow.device_id == device.id,
        TaskRow.type == "bind",
        TaskRow.state == "succeeded",
        col(TaskRow.finished_at) > uow.now - DEVICE_SECONDS,
    )
    rows = uow.session.exec(statement.order_by(col(TaskRow.id).desc()).limit(FREE_ATTEMPTS)).all()
    told = [row.result for row in rows if row.result and row.result.get("logical_id") == logical_id]
    last = uow.session.get(TaskRow, str(told[0].get("download"))) if len(told) >= DELIVERIES else None
    if last is None or last.state != "succeeded" or not last.finished_at:
        return ""
    return last.id if last.finished_at > device.sip_secrets.get("reset_at", 0.0) else ""


def _open_binds(uow: UnitOfWork, device_id: str) -> Sequence[TaskRow]:
    statement = select(TaskRow).where(TaskRow.device_id == device_id, col(TaskRow.open), TaskRow.type == "bind")
    return uow.session.exec(statement).all()


def _child(uow: UnitOfWork, task: TaskRow) -> TaskRow | None:
    """Give the configuration's task that a ``bind`` waits for, while it is open."""
    child = uow.session.get(TaskRow, str(task.progress.get("child", "")))
    return child if child is not None and child.open else None


def _stop(uow: UnitOfWork, task: TaskRow) -> None:
    """Give an order up that is not to be carried out any more, with the configuration that it sent for."""
    child = _child(uow, task)
    cancel_task(uow, task.id)
    if child is not None and child.origin == "acs":
        cancel_task(uow, child.id)


def _rotate(uow: UnitOfWork, ctx: Context, device: DeviceRow) -> None:
    """Give a phone that has credentials of its own fresh ones; others are given some anyway."""
    if device.credentials != "proven" or quirks_of(uow, device).several_units:
        return
    waiting = select(TaskRow.id).where(
        TaskRow.device_id == device.id, col(TaskRow.open), TaskRow.type == "provision_credentials"
    )
    if uow.session.exec(waiting).first() is None:
        add_task(uow, ctx, device.id, "provision_credentials", {}, origin="acs", priority=0)


def _judge(uow: UnitOfWork, ctx: Context, device: DeviceRow, what: Presented) -> _Verdict:
    """Look a LOID and its password up; bind the phone if they are good."""
    logical_id = what.logical_id.strip()
    row = uow.session.get(LogicalIdRow, logical_id) if len(logical_id) <= MAX_LOGICAL_ID else None
    reason = ""
    if _is_guessing(uow, device, row):
        status, reason = Status.MISMATCH, "not looked up: too many failures"
    elif row is None:
        status = Status.LOID_UNKNOWN
    elif (status := _compare(ctx, row, what.password.strip())) is not Status.OK:
        row.attempts, row.attempted_at = row.attempts + 1, uow.now
        uow.session.add(row)
    elif row.device_id not in (None, device.id) and uow.session.get(DeviceRow, row.device_id) is not None:
        status = Status.REGISTERED
    if status is Status.OK and row is not None:
        _bind(uow, device, row)
        return _Verdict(status, logical_id, row.service_name)
    shown = logical_id[:MAX_LOGICAL_ID]
    note_event(
        uow,
        device.id,
        "bind_refused",
        logical_id=shown,
        status=int(status),
        **({"reason": reason} if reason else {}),
    )
    return _Verdict(status, shown)


def _compare(ctx: Context, row: LogicalIdRow, password: str) -> Status:
    wanted = _password(ctx, row)
    if not wanted:
        return Status.OK
    if not password:
        return Status.PASSWORD_UNKNOWN
    return Status.OK if compare_digest(wanted.encode(), password.encode()) else Status.MISMATCH


def _is_guessing(uow: UnitOfWork, device: DeviceRow, row: LogicalIdRow | None) -> bool:
    """Say whether too many attempts failed: with this LOID, whoever made them, or by this phone, whatever it tried.

    The phone that has the LOID is looked up all the same: else strangers could keep it out.
    """
    if row is not None and row.device_id == device.id:
        return False
    if row is not None and row.attempts >= FREE_ATTEMPTS and (row.attempted_at or 0.0) > uow.now - BRAKE_SECONDS:
        return True
    failed = select(func.count()).where(
        EventRow.device_id == device.id,
        EventRow.kind == "bind_refused",
        col(EventRow.at) > uow.now - DEVICE_SECONDS,
        # A phone tries again by itself: were these counted, it would be kept out for ever.
        func.json_extract(EventRow.data, "$.reason").is_(None),
    )
    return uow.session.exec(failed).one() >= FREE_ATTEMPTS


def _bind(uow: UnitOfWork, device: DeviceRow, row: LogicalIdRow) -> None:
    """Make a phone what the order says; an order that it had before is free again."""
    others = select(LogicalIdRow).where(LogicalIdRow.device_id == device.id, LogicalIdRow.logical_id != row.logical_id)
    for other in uow.session.exec(others).all():
        device.tags = [tag for tag in device.tags if tag not in other.tags]
        if device.group_name and device.group_name == other.group_name:
            device.group_name, device.config_state = "", "pending"
        device.name = "" if device.name == other.name else device.name
        _unbind(uow, other)
    if row.device_id != device.id:
        row.device_id, row.bound_at = device.id, uow.now
        note_event(uow, device.id, "bound", logical_id=row.logical_id)
    row.attempts, row.attempted_at, row.result = 0, None, ""
    device.logical_id = row.logical_id
    device.name = row.name or device.name
    if row.group_name and row.group_name != device.group_name:
        device.group_name = row.group_name
        device.config_state = "pending"  # other settings
    device.tags = list(dict.fromkeys([*device.tags, *row.tags]))
    uow.session.add(row)
    uow.session.add(device)


def _unbind(uow: UnitOfWork, row: LogicalIdRow) -> None:
    device = uow.session.get(DeviceRow, row.device_id) if row.device_id else None
    if device is not None and device.logical_id == row.logical_id:
        device.logical_id = ""
        uow.session.add(device)
    for task in _open_binds(uow, row.device_id) if row.device_id else ():
        if task.progress.get("logical_id") == row.logical_id:
            _stop(uow, task)
    row.device_id, row.bound_at, row.result = None, None, ""
    uow.session.add(row)


# What the task needs and tells --------------------------------------------------------------------------------------


def child_state(uow: UnitOfWork, task: TaskRow) -> str:
    """Give the state of the configuration's own task: empty before there is one, ``gone`` after it was swept."""
    child_id = task.progress.get("child")
    if not child_id:
        return ""
    child = uow.session.get(TaskRow, child_id)
    return child.state if child is not None else "gone"


def account_secret(ctx: Context, device: DeviceRow) -> Mapping[str, str]:
    """Give the maintenance password that waits to be written, under the name that the program knows it by."""
    offered = _account(ctx, device).get("offered") if device.account_sealed else None
    return {PASSWORD: offered} if offered else {}


def offer_account(uow: UnitOfWork, ctx: Context, device: DeviceRow, carrier: str) -> None:
    """Make a maintenance password: the carrier's word and eight digits. One that was not taken yet is offered again."""
    known = _account(ctx, device) if device.account_sealed else {}
    if not known.get("offered"):
        offered = f"{BY_NAME[carrier].account_name}{randbelow(10**8):08d}"
        _keep_account(uow, ctx, device, {**known, "carrier": carrier, "offered": offered})


def account_taken(uow: UnitOfWork, ctx: Context, device: DeviceRow) -> None:
    """The phone has the password that it was offered."""
    known = _account(ctx, device) if device.account_sealed else {}
    if known.get("offered"):
        _keep_account(uow, ctx, device, {"carrier": known["carrier"], "current": known["offered"]})


def _account(ctx: Context, device: DeviceRow) -> dict[str, str]:
    known: dict[str, str] = json.loads(ctx.box.open(device.account_sealed, context=f"account:{device.id}"))
    return known


def _keep_account(uow: UnitOfWork, ctx: Context, device: DeviceRow, account: Mapping[str, str]) -> None:
    device.account_sealed = ctx.box.seal(json.dumps(account), context=f"account:{device.id}")
    uow.session.add(device)


def order_config(uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow) -> None:
    """Order the configuration; one that waits already will be as new when it is made."""
    waiting = select(TaskRow).where(
        TaskRow.device_id == device.id, TaskRow.state == "queued", TaskRow.type == "download"
    )
    child = next(
        (
            each
            for each in uow.session.exec(waiting).all()
            if each.arguments.get("kind") == "config" and not each.attempts
        ),
        None,
    )
    if child is None:
        arguments = PROGRAMS["download"].check({"kind": "config"})
        child = add_task(uow, ctx, device.id, "download", arguments, origin="acs")
    task.progress = updated(task.progress, child=child.id)
    uow.session.add(task)
    _note_result(uow, task, "delivering")


def ended(uow: UnitOfWork, task: TaskRow, ok: bool) -> None:
    """The order of a phone is done, or failed for good."""
    if task.progress.get("status") == Status.OK:
        _note_result(uow, task, "done" if ok else "failed")


def _note_result(uow: UnitOfWork, task: TaskRow, result: str) -> None:
    row = uow.session.get(LogicalIdRow, str(task.progress.get("logical_id", "")))
    if row is not None and row.device_id == task.device_id:
        row.result = result
        uow.session.add(row)
