"""Doing tasks while a phone is on the line: choose, ask, take in the answer, believe or not.

The programs of ``acs.domain.planning`` decide; this file only loads, calls them and writes what they said, each step in
one transaction. An RPC is marked as in flight before its first byte leaves, and the session with it, so that a process
that dies at any moment neither forgets an answer nor asks twice.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import random
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col
from sqlmodel import select as select_model

from acs.domain.devices import redaction
from acs.domain.devices.quirks import Quirks
from acs.domain.parameters.tree import Tree
from acs.domain.parameters.values import is_secret, to_text
from acs.domain.phones.items import after_reset
from acs.domain.planning.programs import DOWNLOADS, PROGRAMS, TRANSFERS
from acs.domain.planning.programs.deployment_units import ChangeDuStateProgram
from acs.domain.planning.programs.scheduled_downloads import last_end
from acs.domain.planning.programs.scheduling import ScheduleInformProgram
from acs.domain.planning.programs.sip_settings import is_sip
from acs.domain.planning.programs.transfers import DownloadProgram, UploadProgram
from acs.domain.planning.programs.values import CONVERGING_TRIES, not_converging_fault
from acs.domain.planning.retries import FaultClass, classify
from acs.domain.planning.steps import (
    Ask,
    Done,
    Failed,
    Job,
    Outcome,
    Phone,
    Prepare,
    Program,
    Shrinks,
    Step,
    TaskFault,
    Wait,
    fault_of,
    updated,
    veiled,
)
from acs.services import enrolment, file_keys, voice
from acs.services.context import Context
from acs.services.devices import note_event
from acs.services.files import is_secret_file
from acs.services.informs import MAX_EVENT_CODE, MAX_EVENTS
from acs.services.quirks import learn_quirk, quirks_of
from acs.services.tasks import FINAL, add_task, cancel_task, forget_handover, unseal_arguments
from acs.services.trees import learn, load_tree
from acs.services.waking import stun_settings
from acs.storage.engine import Database
from acs.storage.tables import ConfigVersionRow, DeviceRow, FileRow, LinkRow, SessionRow, TaskRow
from acs.storage.unit_of_work import Statement, UnitOfWork
from cwmp_schemas._spyne import Struct
from cwmp_schemas.acs_rpcs import DUStateChangeComplete, TransferComplete
from cwmp_schemas.cpe_rpcs import SetParameterValues
from cwmp_schemas.faults import Fault
from cwmp_schemas.namespaces import CWMP_1_0, VERSIONS, version_of
from cwmp_schemas.structs import EventStruct

log = logging.getLogger(__name__)

WRITES = frozenset({"set_parameter_values", "set_parameter_attributes", "delete_object"})
"""Tasks whose request a "done, but" fault ends well; for all others it proves nothing (quirk 187)."""
MAX_STEPS = 200
"""Most tasks looked at for one answer: bounds one transaction."""
LEAST_LINK_SECONDS = 3600.0
"""How long a link has to be good when a phone is told of it: a phone starts within an hour (cwmp.md 2.7)."""
ALREADY = frozenset({"9010", "9017"})
"""What phones say that fetch the same file already (quirk 88)."""
MAX_KEYS = 2
"""Keys that are tried in one task, where it is not sure which one a phone holds."""
TRANSFER_EVENTS = frozenset({"M DOWNLOAD", "M SCHEDULEDOWNLOAD", "M UPLOAD"})
FORGOTTEN = "no TransferComplete came"
MAX_FAULT_TEXT = 256
"""Characters of a TransferComplete's fault that are kept, as many as the standard allows."""
QUIET_TRANSFER = 60.0
"""Seconds after the last byte of a file in which a TransferComplete is still expected before we look for ourselves."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A phone on the line."""

    device_id: str
    session_id: str
    exclusive: bool = False
    """A restart or a transfer was asked in this session: offer nothing new (quirk 102)."""
    transfer_completed: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """An RPC to send now; it is marked as in flight."""

    task_id: str
    message: Struct


@dataclass(frozen=True, slots=True)
class Needed:
    """Something must be made outside the transaction before this task can go on."""

    task_id: str
    type: str


Next = Offer | Needed | None


def _open_count() -> Any:
    task = TaskRow.__table__  # type: ignore[attr-defined]
    return select(func.count()).where(task.c.device_id == bindparam("device_id"), task.c.open)


OPEN_COUNT = Statement(_open_count)


def has_work(database: Database, device_id: str) -> bool:
    """Say cheaply whether a phone has open tasks at all."""
    return bool(database.look(OPEN_COUNT, device_id=device_id)[0][0])


# A phone calls ------------------------------------------------------------------------------------------------------


def phone_called(
    uow: UnitOfWork, ctx: Context, device: DeviceRow, *, events: Sequence[EventStruct], session_id: str
) -> bool:
    """Take back what an older session left in flight and settle tasks that wait for events; give "there is work"."""
    tasks = _open_tasks(uow, device.id)
    codes = {event.EventCode.split(" ", 1)[0] for event in events}
    told = {event.CommandKey for event in events if event.EventCode.upper().startswith("M ")}
    seen = [event.EventCode[:MAX_EVENT_CODE] for event in events[:MAX_EVENTS]]
    scheduled = _scheduled(ctx, tasks, events, uow.now)
    announced = {event.CommandKey.strip() for event in events if event.EventCode.upper() in TRANSFER_EVENTS}
    for task in tasks:
        is_transfer = task.type in TRANSFERS and bool(task.progress.get("prepared"))
        if task.id in announced and is_transfer and "announced" not in task.progress:
            task.progress = updated(task.progress, announced=session_id)
            uow.session.add(task)
        if task.id in scheduled:
            by = {} if task.id in told else {"by": "3 SCHEDULED at the time asked for, without our CommandKey"}
            task.progress = updated(task.progress, asked=True, seen=seen, **by)
            _settle(uow, ctx, device, task)
        elif (task.type == "reboot" and _was_asked(task) and (task.id in told or "1" in codes)) or (
            task.type == "factory_reset" and _was_asked(task) and "0" in codes
        ):
            task.progress = updated(task.progress, asked=True, seen=seen)
            if task.type == "factory_reset":
                file_keys.forget(uow, device)
                device.items = after_reset(uow.now)
            _settle(uow, ctx, device, task)
        elif task.in_flight and task.session_id != session_id:
            take_back(uow, ctx, task)
    return bool(tasks)


def _scheduled(ctx: Context, tasks: Sequence[TaskRow], events: Sequence[EventStruct], now: float) -> set[str]:
    """Find what brought this call: the tasks that ``M ScheduleInform`` names, else the first that is due."""
    waiting = [task for task in tasks if task.type == "schedule_inform" and _was_asked(task)]
    if not waiting:
        return set()
    keys = {event.CommandKey.strip() for event in events if event.EventCode.upper() == "M SCHEDULEINFORM"}
    if keys - {""} or not any(event.EventCode.split(" ", 1)[0] == "3" for event in events):
        return keys & {task.id for task in waiting}
    return {task.id for task in [task for task in waiting if ScheduleInformProgram.due(job_of(ctx, task), now)][:1]}


def _was_asked(task: TaskRow) -> bool:
    return bool(task.progress.get("asked")) or bool(task.in_flight)


def take_back(uow: UnitOfWork, ctx: Context, task: TaskRow) -> None:
    """Queue a task again whose RPC was sent in a session that ended without an answer.

    A Download or Upload whose link was used meanwhile did arrive: its answer was lost, the transfer goes on. Of others
    the program may ask the phone whether it has them queued.
    """
    _forget_session(uow, task)
    task.in_flight, task.session_id = "", ""
    if task.type in TRANSFERS and task.progress.get("phase") is None and _link_used(uow, task):
        task.progress = updated(task.progress, phase="transferring", asked_at=task.started_at or uow.now)
        task.state = "transferring"
    elif task.progress.get("phase") == "verify":
        losses = task.progress.get("losses", 0) + 1
        task.progress = updated(task.progress, reading=None, losses=losses)
        task.state = "verifying"
        device = uow.session.get(DeviceRow, task.device_id)
        if losses >= ctx.backoff.attempts and device is not None:
            text = f"The phone fell silent each of the {losses} times that it was asked to show what it did."
            _fail(uow, device, task, TaskFault("session_lost", text))
    elif task.type == "change_du_state" and task.state == "running":
        _lost_du_change(uow, ctx, task)
    else:
        if task.type in TRANSFERS and task.progress:
            task.progress = updated(task.progress, lost=True, twice=True)
        elif task.type in ("add_object", "discover") and task.progress:
            task.progress = updated(task.progress, lost=True)
        _again(uow, ctx, task, TaskFault("session_lost", "The session ended before the phone answered."), at_once=True)
    uow.session.add(task)


def _lost_du_change(uow: UnitOfWork, ctx: Context, task: TaskRow) -> None:
    """The phone may have begun: what is not known is not asked twice, the report is awaited."""
    task.progress = updated(task.progress, lost=True)
    task.state = "transferring"
    device = uow.session.get(DeviceRow, task.device_id)
    step = PROGRAMS[task.type].next(job_of(ctx, task), Phone(now=uow.now))
    if device is not None and isinstance(step, Wait):
        _conclude(uow, ctx, device, task, step)


def _link_used(uow: UnitOfWork, task: TaskRow) -> bool:
    statement = select_model(LinkRow.id).where(
        LinkRow.task_id == task.id, col(LinkRow.first_at) >= (task.started_at or 0.0)
    )
    return uow.session.exec(statement).first() is not None


def _renew_link(uow: UnitOfWork, task: TaskRow) -> None:
    """A task that waited longer than its link is good is made ready anew: with a fresh link and the newest content."""
    link_id = (task.progress.get("prepared") or {}).get("link")
    link = uow.session.get(LinkRow, link_id) if link_id else None
    needed = LEAST_LINK_SECONDS + last_end(task.arguments)
    if link is not None and link.expires_at is not None and link.expires_at < uow.now + needed:
        task.progress = {}
        uow.session.add(task)


# Choosing and asking ------------------------------------------------------------------------------------------------


def next_work(uow: UnitOfWork, ctx: Context, visit: Visit, *, rpc_id: str, first: str | None = None) -> Next:
    """Choose what to ask now; ``first`` names the task that goes on before any other."""
    device = uow.session.get(DeviceRow, visit.device_id)
    if device is None:
        return None
    quirks = quirks_of(uow, device)
    if visit.transfer_completed and quirks.end_after_transfer_complete:
        return None  # it restarts right away, whatever it was asked meanwhile (quirk 87)
    if device.last_boot_at is not None and uow.now < device.last_boot_at + quirks.settle_seconds:
        return None  # what it is given now it would lose (quirk 93)
    tasks = _open_tasks(uow, visit.device_id)
    tasks.sort(key=lambda task: (task.id != first, task.state not in ("transferring", "verifying")))
    tree: Tree | None = None
    for task in tasks[:MAX_STEPS]:
        if task.in_flight and task.session_id == visit.session_id:
            continue
        program = PROGRAMS[task.type]
        going_on = task.state != "queued"  # a task that was queued again keeps its back-off, in this session too
        if task.expires_at is not None and task.expires_at < uow.now and not task.in_flight:
            _end(uow, task, "expired", fault=TaskFault("expired", "The phone did not call in time."))
            continue
        if not going_on:
            if visit.exclusive or task.not_before > uow.now:
                continue
            if program.heavy and any(
                other.state in ("transferring", "verifying") and PROGRAMS[other.type].heavy for other in tasks
            ):
                continue
        if tree is None:
            tree = load_tree(uow, visit.device_id)
        if task.state == "transferring" and not visit.transfer_completed:
            _look_for_ourselves(uow, device, task, visit.session_id, forgets=quirks.forgets_transfer_complete)
        if task.state == "queued":
            _renew_link(uow, task)
            if is_sip(task.arguments) and voice.is_stale(task, uow.now):
                task.progress = {}  # neither the settings nor what was read of the phone need hold any more
            if (fault := _pointless(uow, ctx, device, task, quirks)) is not None:
                _fail(uow, device, task, fault)
                continue
        step = _step_of(uow, ctx, device, tree, task)
        if isinstance(step, Prepare):
            return Needed(task.id, task.type)
        if isinstance(step, Ask):
            if task.state == "queued":
                task.attempts += 1
                task.started_at = task.started_at or uow.now
                task.state = "running"
            task.in_flight, task.session_id = rpc_id, visit.session_id
            if task.type == "set_parameter_values" and isinstance(step.message, SetParameterValues):
                _take_password(uow, ctx, device, step.message)
            if task.type in DOWNLOADS and task.arguments.get("kind") == "config":
                device.config_state = "applying"
            uow.session.add(task)
            return Offer(task.id, step.message)
        _conclude(uow, ctx, device, task, step)
    return None


def put_back(uow: UnitOfWork, task_id: str) -> None:
    """A request was chosen and not sent after all: the task goes on in the next session, and this was no attempt."""
    task = uow.session.get(TaskRow, task_id)
    if task is not None:
        task.in_flight, task.session_id = "", ""
        if task.state == "running":
            task.state, task.attempts = "queued", max(task.attempts - 1, 0)
        uow.session.add(task)


def _kept() -> Any:
    row = SessionRow.__table__  # type: ignore[attr-defined]
    values: dict[str, Any] = {name: bindparam(name) for name in ("id", "device_id", "value", "context", "updated_at")}
    statement = insert(row).values(**values)
    return statement.on_conflict_do_update(
        index_elements=["id"], set_={name: statement.excluded[name] for name in ("value", "context", "updated_at")}
    )


def _forgotten() -> Any:
    row = SessionRow.__table__  # type: ignore[attr-defined]
    return delete(row).where(row.c.id == bindparam("session_id"))


KEEP_SESSION = Statement(_kept)
FORGET_SESSION = Statement(_forgotten)


def checkpoint(uow: UnitOfWork, visit: Visit, value: str, context: dict[str, Any]) -> None:
    """Keep a session that has an RPC in flight, so that another process can go on with it."""
    uow.run(
        KEEP_SESSION,
        id=visit.session_id,
        device_id=visit.device_id,
        value=value,
        context=json.dumps(context),
        updated_at=uow.now,
    )


def forget_checkpoint(uow: UnitOfWork, session_id: str) -> None:
    """Drop the checkpoint of a session that has ended or has nothing in flight."""
    uow.run(FORGET_SESSION, session_id=session_id)


def again(uow: UnitOfWork, ctx: Context, visit: Visit, task_id: str) -> Offer | None:
    """Give the request in flight once more: the phone did not seem to get it."""
    task = uow.session.get(TaskRow, task_id)
    device = uow.session.get(DeviceRow, visit.device_id)
    if task is None or device is None or not task.in_flight or task.session_id != visit.session_id:
        return None
    phone = phone_facts(uow, ctx, device, load_tree(uow, device.id), task)
    step = PROGRAMS[task.type].next(job_of(ctx, task), phone)
    return Offer(task.id, step.message) if isinstance(step, Ask) else None


def _pointless(uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow, quirks: Quirks) -> TaskFault | None:
    """Say why a task must not be begun with this phone; None if it may."""
    if quirks.several_units and _tells_secrets(uow, task.type, task.arguments):
        return TaskFault(
            "several_units",
            f"Several phones call as {device.oui}-{device.serial_number}, so no secret is sent to it. Give them serial "
            "numbers of their own; if it is one phone after all, set its quirk several_units to false.",
        )
    if task.type != "set_parameter_values" or task.progress or is_sip(task.arguments):
        return None  # what SIP settings would write is known once the phone was read
    return not_converging(uow, ctx, device.id, unseal_arguments(ctx, task.arguments))


def _tells_secrets(uow: UnitOfWork, kind: str, arguments: Mapping[str, Any]) -> bool:
    if kind in ("provision_credentials", "bind") or (kind in DOWNLOADS and arguments.get("kind") == "config"):
        return True
    if kind in DOWNLOADS:
        file = uow.session.get(FileRow, arguments.get("file_id") or "")
        return bool(arguments.get("password")) or (file is not None and is_secret_file(file.kind, file.facts))
    if kind == "set_parameter_values" and is_sip(arguments):
        return True
    values = arguments.get("values") or ()
    names = values if isinstance(values, Mapping) else [item["name"] for item in values]
    return kind in ("set_parameter_values", "add_object") and any(is_secret(name) for name in names)


def not_converging(uow: UnitOfWork, ctx: Context, device_id: str, arguments: Mapping[str, Any]) -> TaskFault | None:
    """Stop writing a value that a phone has accepted and not kept again and again (quirks 124, 172).

    Counted are the tasks of the last day that failed with ``not_applied`` for the same parameter and value, as long as
    none of them succeeded in between.
    """
    rows = uow.session.exec(
        select_model(TaskRow)
        .where(
            TaskRow.device_id == device_id,
            TaskRow.type == "set_parameter_values",
            col(TaskRow.state).in_(("failed", "succeeded")),
            col(TaskRow.finished_at) > uow.now - voice.CONVERGING_SECONDS,
        )
        .order_by(col(TaskRow.id).desc())
        .limit(100)
    ).all()
    wanted = {item["name"]: to_text(item["value"]) for item in arguments["values"]}
    tries = dict.fromkeys(wanted, 0)
    for row in rows:
        same = {
            item["name"] for item in voice.written_by(ctx, row) if wanted.get(item["name"]) == to_text(item["value"])
        }
        ignored = {entry["name"] for entry in (row.fault or {}).get("parameters", ()) if entry["code"] == "not_applied"}
        for name in same:
            if row.state == "succeeded":
                wanted.pop(name)  # what lies before does not count any more
            else:
                tries[name] += name in ignored
    stuck = [name for name, count in tries.items() if count >= CONVERGING_TRIES]
    if not stuck:
        return None
    return not_converging_fault({name: tries[name] for name in stuck})


# Answers ------------------------------------------------------------------------------------------------------------


def answered(uow: UnitOfWork, ctx: Context, visit: Visit, task_id: str, message: Struct) -> None:
    """Take in the phone's answer to the request in flight of a task."""
    consulted = _consult(uow, ctx, visit, task_id, lambda program, job, phone: program.answered(job, phone, message))
    if consulted is not None and consulted.outcome is not None:
        _progress(uow, consulted.device, consulted.task, consulted.tree, consulted.outcome)
        learnt = consulted.outcome.learnt
        if learnt.presented is not None:
            enrolment.presented(uow, ctx, consulted.device, consulted.task, learnt.presented)
        if learnt.account_set:
            enrolment.account_taken(uow, ctx, consulted.device)


def faulted(uow: UnitOfWork, ctx: Context, visit: Visit, task_id: str, fault: Fault) -> None:
    """Take in a fault to the request in flight of a task."""
    said = fault

    def take(program: Program, job: Job, phone: Phone) -> Outcome | None:
        nonlocal said
        said = veiled(fault, job, phone)
        return program.faulted(job, phone, said)

    consulted = _consult(uow, ctx, visit, task_id, take)
    if consulted is None:
        return
    device, task, tree, outcome = consulted
    if outcome is not None:
        _progress(uow, device, task, tree, outcome)
        return
    task.in_flight = ""
    told = fault_of(said)
    if told.code in ALREADY and task.type in DOWNLOADS and _being_fetched(uow, task):
        task.progress = updated(task.progress, phase="transferring", asked_at=task.started_at)
        task.state = "transferring"  # it is at it since an earlier request (quirk 88)
        uow.session.add(task)
        return
    match classify(told.code):
        case FaultClass.SUCCESS if task.type in WRITES:
            _end(uow, task, "succeeded", result={"fault": told.as_json()})
        case FaultClass.RETRY | FaultClass.SUCCESS:
            _again(uow, ctx, task, told)
        case FaultClass.FINAL:
            _fail(uow, device, task, told)


def unanswered(uow: UnitOfWork, ctx: Context, visit: Visit, task_id: str) -> None:
    """The phone sent nothing where an answer was due, twice (quirk 81)."""

    def less(program: Program, job: Job, phone: Phone) -> Outcome | None:
        return program.silent(job, phone) if isinstance(program, Shrinks) else None

    consulted = _consult(uow, ctx, visit, task_id, less)
    if consulted is None:
        return
    _, task, _, outcome = consulted
    task.in_flight = ""
    if outcome is not None:  # a smaller request may do (quirk 165)
        task.progress = dict(outcome.progress)
        uow.session.add(task)
        return
    if task.type == "change_du_state":
        _lost_du_change(uow, ctx, task)
        uow.session.add(task)
        return
    if task.progress:  # it may have done it all the same: the program looks before it asks once more
        twice = {"twice": True} if task.type in TRANSFERS else {}
        task.progress = updated(task.progress, lost=True, **twice)
    _again(uow, ctx, task, TaskFault("no_response", "The phone did not answer the request."))


class _Consulted(NamedTuple):
    """A task in flight, and what its program makes of what came."""

    device: DeviceRow
    task: TaskRow
    tree: Tree
    outcome: Outcome | None


def _consult(
    uow: UnitOfWork,
    ctx: Context,
    visit: Visit,
    task_id: str,
    ask: Callable[[Program, Job, Phone], Outcome | None],
) -> _Consulted | None:
    """Ask the program of a task in flight; None if this session does not hold the task, or the program broke."""
    found = _in_flight(uow, visit, task_id)
    if found is None:
        return None
    device, task = found
    tree = load_tree(uow, device.id)
    phone = phone_facts(uow, ctx, device, tree, task)
    try:
        outcome = ask(PROGRAMS[task.type], job_of(ctx, task), phone)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not hold up the phone
        _fail(uow, device, task, _mistake(task, error))
        return None
    return _Consulted(device, task, tree, outcome)


def transfer_complete(uow: UnitOfWork, ctx: Context, device_id: str, message: TransferComplete) -> str | None:
    """Take in a TransferComplete; give the task that it belongs to, None if no open one does."""
    device = uow.session.get(DeviceRow, device_id)
    task = _transfer_of(uow, device_id, message.CommandKey)
    code = message.FaultStruct.FaultCode
    text = redaction.target(message.FaultStruct.FaultString[: 2 * MAX_FAULT_TEXT])[
        :MAX_FAULT_TEXT
    ]  # it may name our link
    note_event(
        uow,
        device_id,
        "transfer_complete",
        command_key=message.CommandKey[:64],
        task_id=task.id if task else None,
        fault_code=str(code),
        fault=text,
    )
    if task is None or device is None:
        return None
    _forget_session(uow, task)
    task.in_flight, task.session_id = "", ""
    if code:
        _transfer_failed(uow, ctx, device, task, str(code), text)
        return task.id
    kind = _transfer_program(task)
    outcome = kind.completed(job_of(ctx, task), start_time=message.StartTime, complete_time=message.CompleteTime)
    task.progress, task.state = dict(outcome.progress), "verifying"
    task.started_at = task.started_at or uow.now
    uow.session.add(task)
    _settle(uow, ctx, device, task)
    return task.id


def _transfer_program(task: TaskRow) -> DownloadProgram | UploadProgram:
    program = PROGRAMS[task.type]
    assert isinstance(program, DownloadProgram | UploadProgram)
    return program


def _transfer_failed(uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow, code: str, text: str) -> None:
    """A TransferComplete told a fault: try again where that may help, and say what the file server saw (quirk 180)."""
    program = _transfer_program(task)
    fault = program.told(TaskFault(code, text or "File transfer failed"))
    fault, other_key = file_keys.refused(uow, ctx, device, _ready(task), fault, fetched=_fetched(uow, task))
    if code in ALREADY and task.progress.get("twice") and _being_fetched(uow, task):
        return  # the phone complains of our second request; the first goes on (quirk 88)
    evidence = {"file_server": _served(uow, task)}
    another = other_key and task.attempts < MAX_KEYS
    if program.tries_again and (another or classify(fault.code) is FaultClass.RETRY):
        task.progress, task.evidence = {}, evidence
        forget_handover(uow, task.id)
        _again(uow, ctx, task, fault)
    else:
        _fail(uow, device, task, fault, evidence=evidence)


def _being_fetched(uow: UnitOfWork, task: TaskRow) -> bool:
    """Say whether a phone is at it: it came for the file and has not got all of it yet."""
    links = uow.session.exec(select_model(LinkRow).where(LinkRow.task_id == task.id)).all()
    return any(link.first_at is not None and link.complete_at is None for link in links)


def _fetched(uow: UnitOfWork, task: TaskRow) -> bool:
    """Say whether a phone got every byte of a file."""
    links = uow.session.exec(select_model(LinkRow).where(LinkRow.task_id == task.id)).all()
    return any(link.complete_at is not None for link in links)


def _ready(task: TaskRow) -> Mapping[str, Any]:
    """Give what a transfer was made ready with."""
    prepared: Mapping[str, Any] = task.progress.get("prepared") or {}
    return prepared


def _served(uow: UnitOfWork, task: TaskRow) -> list[dict[str, Any]]:
    """Tell what the file server saw of a transfer: most often a phone that failed never came near it (quirk 180)."""
    links = uow.session.exec(select_model(LinkRow).where(LinkRow.task_id == task.id)).all()
    return [
        {
            "name": link.name,
            "requests": link.requests,
            "bytes": sum(stop - start for start, stop in link.served),
            "size": link.size,
            "client": link.client or None,
            "user_agent": link.user_agent or None,
        }
        for link in links
    ]


def du_state_changed(uow: UnitOfWork, ctx: Context, device_id: str, message: DUStateChangeComplete) -> str | None:
    """Take in a DUStateChangeComplete; give the task that it ends, None if none waits for it."""
    device = uow.session.get(DeviceRow, device_id)
    key = (message.CommandKey or "").strip()
    waiting = [
        task
        for task in _open_tasks(uow, device_id)
        if task.type == "change_du_state"
        and (task.progress.get("asked") or task.progress.get("lost") or task.in_flight)
    ]
    found = [task for task in waiting if task.id == key] if key else waiting
    task = found[0] if len(found) == 1 else None  # without a key it is only clear where one alone waits
    if task is None or device is None:
        return None
    _forget_session(uow, task)
    task.in_flight, task.session_id = "", ""
    task.progress = dict(ChangeDuStateProgram.completed(job_of(ctx, task), message.Results).progress)
    task.started_at = task.started_at or uow.now
    uow.session.add(task)
    _settle(uow, ctx, device, task)
    return task.id


def fetched(uow: UnitOfWork, ctx: Context, device_id: str) -> None:
    """A file was handed over completely: settle the tasks that waited for just that."""
    device = uow.session.get(DeviceRow, device_id)
    if device is None:
        return
    for task in _open_tasks(uow, device_id):
        waits = task.state in ("transferring", "verifying") and not task.in_flight
        if waits and task.type in TRANSFERS:
            _settle(uow, ctx, device, task)


# Facts --------------------------------------------------------------------------------------------------------------


def job_of(ctx: Context, task: TaskRow) -> Job:
    """Give a task as its program sees it."""
    arguments = unseal_arguments(ctx, task.arguments)
    return Job(task.id, task.type, arguments, task.progress, max(task.attempts, 1))


def phone_facts(uow: UnitOfWork, ctx: Context, device: DeviceRow, tree: Tree, task: TaskRow) -> Phone:
    """Give a phone as a program sees it."""
    quirks = quirks_of(uow, device)
    phone = Phone(
        root=device.root,
        parameters=tree,
        methods=frozenset(device.methods) if device.methods is not None else None,
        schema_version=version_of(device.cwmp_namespace or CWMP_1_0) or VERSIONS[-1],
        catalogued=ctx.catalogue.named(device.model) is not None,
        software_version=device.software_version,
        booted_at=device.last_boot_at,
        now=uow.now,
        quirks=quirks,
    )
    if task.type in TRANSFERS and task.progress.get("prepared"):
        links = uow.session.exec(
            select_model(LinkRow).where(
                LinkRow.device_id == device.id,
                or_(col(LinkRow.task_id) == task.id, col(LinkRow.complete_at).is_not(None)),
            )
        ).all()
        phone = replace(phone, fetched=frozenset(link.id for link in links if link.complete_at is not None))
        if task.type == "upload":
            received = {}
            for link in links:
                if link.file_id and (file := uow.session.get(FileRow, link.file_id)) is not None:
                    received[link.id] = {
                        "file_id": file.id,
                        "name": file.name,
                        "size": file.size,
                        "sha256": file.sha256,
                    }
            phone = replace(phone, received=received)
    if task.type == "bind":
        child, secret = enrolment.child_state(uow, task), enrolment.account_secret(ctx, device)
        return replace(phone, child=child, secrets=secret)
    if is_sip(task.arguments) and task.type == "set_parameter_values":
        phone = replace(phone, secrets=voice.passwords(ctx, task))
    if task.type == "provision_credentials" and device.offered_password_sealed and device.cr_password_sealed:
        phone = replace(
            phone,
            secrets={
                **stun_settings(ctx, device.id),
                "Username": device.username or "",
                "Password": ctx.box.open(device.offered_password_sealed, context=f"cpe:{device.id}"),
                "ConnectionRequestUsername": device.cr_username,
                "ConnectionRequestPassword": ctx.box.open(device.cr_password_sealed, context=f"cr:{device.id}"),
            },
        )
    return phone


def _step_of(uow: UnitOfWork, ctx: Context, device: DeviceRow, tree: Tree, task: TaskRow) -> Step:
    """Ask the program of a task what is next; one that breaks ends its task and holds up no other (decision 6)."""
    try:
        phone = phone_facts(uow, ctx, device, tree, task)
        return PROGRAMS[task.type].next(job_of(ctx, task), phone)
    except (SQLAlchemyError, sqlite3.Error):
        raise  # the database's trouble, not the task's
    except Exception as error:  # noqa: BLE001 - whatever it is, it must not hold up the phone
        return Failed(_mistake(task, error))


def _mistake(task: TaskRow, error: Exception) -> TaskFault:
    """Tell a mistake of ours; its text may hold anything, so it goes to the log alone."""
    log.error("task %s: %s failed", task.id, task.type, exc_info=error)
    return TaskFault(
        "internal_error", f"This server could not go on with the task ({type(error).__name__}); see its log."
    )


def _open_tasks(uow: UnitOfWork, device_id: str) -> list[TaskRow]:
    statement = (
        select_model(TaskRow)
        .where(TaskRow.device_id == device_id, col(TaskRow.open))
        .order_by(col(TaskRow.priority), col(TaskRow.id))
    )
    return list(uow.session.exec(statement).all())


def _in_flight(uow: UnitOfWork, visit: Visit, task_id: str) -> tuple[DeviceRow, TaskRow] | None:
    """Give the task if this session still holds it; else a newer session, a cancel or a restart has moved it."""
    task = uow.session.get(TaskRow, task_id)
    device = uow.session.get(DeviceRow, visit.device_id)
    if task is None or device is None or not task.open or not task.in_flight or task.session_id != visit.session_id:
        return None
    return device, task


def _transfer_of(uow: UnitOfWork, device_id: str, command_key: str) -> TaskRow | None:
    """Find the task of a TransferComplete: by CommandKey, else the newest open transfer (quirk 83)."""
    candidates = [
        task for task in _open_tasks(uow, device_id) if task.type in TRANSFERS and task.progress.get("prepared")
    ]
    for task in candidates:
        if task.id == command_key.strip():
            return task
    if command_key.strip() and uow.session.get(TaskRow, command_key.strip()) is not None:
        return None  # a repeated report of a task that has ended
    # Some tell the key in the event alone (quirk 178).
    told = [task for task in candidates if task.progress.get("announced")]
    waiting = told or [task for task in candidates if task.state == "transferring"]
    return max(waiting, key=lambda task: task.id, default=None)


def _look_for_ourselves(uow: UnitOfWork, device: DeviceRow, task: TaskRow, session_id: str, *, forgets: bool) -> None:
    """A phone that fetched every byte and calls without a TransferComplete may have forgotten it (quirk 85).

    Of one that is known to forget (``forgets``) none is expected at all.
    """
    if task.type not in DOWNLOADS or task.progress.get("phase") != "transferring":
        return
    announced = task.progress.get("announced", session_id)
    if announced != session_id and task.progress["prepared"].get("proof") != "transfer":
        # An earlier session had the event and no report (quirk 84; in this one it may still come, quirk 82): the phone
        # is asked to show it, not asked to do it again.
        _verify(task, "event of its Inform; no TransferComplete came")
        return
    complete_at = uow.session.exec(
        select_model(LinkRow.complete_at).where(LinkRow.task_id == task.id).order_by(col(LinkRow.id).desc())
    ).first()
    if complete_at is None or (not forgets and uow.now - complete_at < QUIET_TRANSFER):
        return
    _verify(task, f"file server; {FORGOTTEN}")


def _verify(task: TaskRow, by: str) -> None:
    completed = {"start_time": "", "complete_time": "", "by": by}
    task.progress = updated(task.progress, phase="verify", completed=completed, reading=None)
    task.state = "verifying"


# Moving a task ------------------------------------------------------------------------------------------------------


def _progress(uow: UnitOfWork, device: DeviceRow, task: TaskRow, tree: Tree, outcome: Outcome) -> None:
    task.in_flight = ""
    task.progress = dict(outcome.progress)
    if task.progress.get("phase") == "verify":
        task.state = "verifying"
    elif task.progress.get("phase") == "transferring":
        task.state = "transferring"
    learn(uow, device, tree, outcome.learnt)
    for lesson in outcome.learnt.lessons:
        learn_quirk(uow, device, *lesson)
    if outcome.learnt.passwords:
        digests = outcome.progress["prepared"]["digests"]
        voice.taken(device, {line: digests[line] for line in outcome.learnt.passwords})
    uow.session.add(task)
    uow.session.add(device)


def _settle(uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow) -> None:
    """Look whether a waiting task is done by now, without asking the phone."""
    step = _step_of(uow, ctx, device, load_tree(uow, device.id), task)
    if isinstance(step, Done | Failed):
        _conclude(uow, ctx, device, task, step)


def _conclude(
    uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow, step: Done | Failed | Wait | Prepare
) -> None:
    match step:
        case Done(result, evidence):
            if FORGOTTEN in str((task.progress.get("completed") or {}).get("by")):
                learn_quirk(uow, device, "forgets_transfer_complete", True, f"task {task.id}: {FORGOTTEN}")
            file_keys.applied(uow, ctx, device, _ready(task))
            if task.type in DOWNLOADS and _is_own_config(task):
                voice.taken(device, (task.progress.get("prepared") or {}).get("sip_digests", {}))
            _end(uow, task, "succeeded", result=dict(result), evidence=dict(evidence) if evidence else None)
            _succeeded(uow, ctx, device, task)
        case Failed(fault, result, evidence):
            if task.state == "verifying":  # it took the file and does not show what is in it
                file_keys.doubt(uow, ctx, device, _ready(task))
            _fail(
                uow,
                device,
                task,
                fault,
                result=dict(result) if result else None,
                evidence=dict(evidence) if evidence else None,
            )
        case Wait(state, seconds, on_timeout, agreed):
            since = _waiting_since(task, state)
            if agreed and task.expires_at is not None:
                task.expires_at = max(task.expires_at, (uow.now if since is None else since) + seconds)
            if since is None:
                task.progress = updated(
                    task.progress, waiting={"for": state, "since": uow.now, "until": uow.now + seconds}
                )
                task.state, task.session_id = state, ""
                uow.session.add(task)
            elif uow.now - since > seconds:
                if state == "verifying":
                    file_keys.doubt(uow, ctx, device, _ready(task))
                _fail(uow, device, task, on_timeout or TaskFault("timeout", "The phone did not do it in time."))


def _waiting_since(task: TaskRow, state: str) -> float | None:
    """Give since when a task waits for just this: a long transfer leaves the applying its full time."""
    waiting = task.progress.get("waiting") or {}
    return waiting["since"] if waiting.get("for") == state else None


def wait_over(uow: UnitOfWork, ctx: Context, limit: int = 200) -> int:
    """End waiting tasks whose time is over, also of phones that do not call; give how many."""

    def waiting(key: str) -> Any:
        return func.json_extract(TaskRow.progress, f"$.waiting.{key}")

    is_over = (waiting("for") == TaskRow.state) & (waiting("until") < uow.now)
    is_unseen = (col(TaskRow.state) == "transferring") & waiting("for").is_(None)  # its time begins now
    rows = uow.session.exec(
        select_model(TaskRow)
        .where(
            col(TaskRow.state).in_(("transferring", "verifying")), col(TaskRow.in_flight) == "", or_(is_over, is_unseen)
        )
        .order_by(col(TaskRow.id))
        .limit(limit)
    ).all()
    ended = 0
    for task in rows:
        device = uow.session.get(DeviceRow, task.device_id)
        if device is None:
            continue
        step = _step_of(uow, ctx, device, load_tree(uow, device.id), task)
        if isinstance(step, Wait | Failed):
            _conclude(uow, ctx, device, task, step)
            ended += not task.open
    return ended


def _again(uow: UnitOfWork, ctx: Context, task: TaskRow, fault: TaskFault, *, at_once: bool = False) -> None:
    """Queue a task again after its back-off, or fail it if it was tried often enough."""
    wait = ctx.backoff.after(max(task.attempts, 1), random())
    device = uow.session.get(DeviceRow, task.device_id)
    if wait is None and device is not None:
        _fail(uow, device, task, replace(fault, message=f"{fault.message} (gave up after {task.attempts} attempts)"))
        return
    task.state, task.in_flight, task.session_id = "queued", "", ""
    task.not_before = uow.now + (0.0 if at_once else wait or 0.0)
    task.fault = fault.as_json()
    uow.session.add(task)


def _fail(
    uow: UnitOfWork,
    device: DeviceRow,
    task: TaskRow,
    fault: TaskFault,
    *,
    result: dict[str, Any] | None = None,
    evidence: dict[str, Any] | None = None,
) -> None:
    _end(uow, task, "failed", fault=fault, result=result, evidence=evidence)
    note_event(uow, device.id, "task_failed", task_id=task.id, type=task.type, code=fault.code, message=fault.message)
    if task.type in DOWNLOADS and _is_own_config(task):
        device.config_state = "failed"
        device.config_evidence = {"task_id": task.id, "fault": fault.as_json(), **(evidence or {})}
        uow.session.add(device)


def _end(
    uow: UnitOfWork,
    task: TaskRow,
    state: str,
    *,
    result: dict[str, Any] | None = None,
    fault: TaskFault | None = None,
    evidence: dict[str, Any] | None = None,
) -> None:
    assert state in FINAL
    if task.type == "bind":
        enrolment.ended(uow, task, ok=state == "succeeded")
    task.state, task.open, task.finished_at = state, False, uow.now
    task.in_flight, task.session_id = "", ""
    task.result = result if result is not None else task.result
    task.fault = fault.as_json() if fault is not None else None
    task.evidence = evidence if evidence is not None else task.evidence
    if "prepared" in task.progress:  # what stays of it is in the evidence; it may name a secret link
        task.progress = {}
    uow.session.add(task)


def _is_own_config(task: TaskRow) -> bool:
    return bool(task.arguments.get("kind") == "config")


def _take_password(uow: UnitOfWork, ctx: Context, device: DeviceRow, message: SetParameterValues) -> None:
    """Let a phone in with the password that an operator is about to give it.

    It may use it in its very next request, and if its answer is lost; the old one stays good until it does. Not if
    it gets another user name too: then it goes to another server.
    """
    values = {item.Name: item.Value.text for item in message.ParameterList}
    password = values.get(f"{device.root}ManagementServer.Password")
    username = values.get(f"{device.root}ManagementServer.Username", device.username)
    if password and device.username and username == device.username:
        device.offered_password_sealed = ctx.box.seal(password, context=f"cpe:{device.id}")
        uow.session.add(device)


def _take_connection_request_pair(uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow) -> None:
    """Ask a phone to call with what an operator has given it for that."""
    values = {item["name"]: str(item["value"]) for item in unseal_arguments(ctx, task.arguments["values"])}
    username = values.get(f"{device.root}ManagementServer.ConnectionRequestUsername")
    password = values.get(f"{device.root}ManagementServer.ConnectionRequestPassword")
    if username is not None:
        device.cr_username = username
    if password is not None:
        device.cr_password_sealed = ctx.box.seal(password, context=f"cr:{device.id}")


def _succeeded(uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow) -> None:
    """Move what the phone is known to be."""
    note_event(uow, device.id, "task_succeeded", task_id=task.id, type=task.type)
    if task.type == "set_parameter_values" and not is_sip(task.arguments):
        _take_connection_request_pair(uow, ctx, device, task)
    if task.type == "cancel_transfer":
        _cancelled(uow, device, str(task.arguments["command_key"]))
    elif task.type in DOWNLOADS and _is_own_config(task):
        _config_applied(uow, device, task)
        _fetch_the_rest(uow, ctx, device, task)
    elif task.type in DOWNLOADS and (task.evidence or {}).get("proof") == "item":
        version_applied(uow, device.id, str((task.result or {}).get("version", "")))
    elif task.type in DOWNLOADS and (task.evidence or {}).get("proof") == "firmware":
        device.firmware = {
            "state": "in_sync",
            "version": (task.result or {}).get("software_version"),
            "evidence": {"task_id": task.id, **(task.evidence or {})},
        }
    uow.session.add(device)


def _cancelled(uow: UnitOfWork, device: DeviceRow, command_key: str) -> None:
    """The phone has given a transfer up: its task is over too, unless it only has to be proven still."""
    task = uow.session.get(TaskRow, command_key)
    if task is None or not task.open or task.device_id != device.id or task.type not in TRANSFERS:
        return
    if task.state in ("queued", "running", "transferring"):
        _forget_session(uow, task)
        cancel_task(uow, task.id)


def _config_applied(uow: UnitOfWork, device: DeviceRow, task: TaskRow) -> None:
    """The phone has proven its configuration. Settings that changed meanwhile stay pending."""
    version = str((task.result or {}).get("version", ""))
    device.config_evidence = {"task_id": task.id, **(task.evidence or {})}
    device.config_reported_version = version
    device.config_desired_version = version
    if device.config_state == "applying":
        device.config_state = "in_sync"
    version_applied(uow, device.id, version)


def version_applied(uow: UnitOfWork, device_id: str, version: str) -> None:
    """Keep when a phone last proved that it has a version, again and again if it was given it again."""
    row = uow.session.exec(
        select_model(ConfigVersionRow)
        .where(ConfigVersionRow.device_id == device_id, ConfigVersionRow.version == version)
        .order_by(col(ConfigVersionRow.id).desc())
    ).first()
    if row is not None:
        row.applied_at = uow.now
        uow.session.add(row)


def _fetch_the_rest(uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow) -> None:
    """Have a phone fetch what its configuration had no key left for: every certificate after the first."""
    later = ((task.evidence or {}).get("items") or {}).get("later", ())
    waiting = {each.arguments.get("file_id") for each in _open_tasks(uow, device.id) if each.type in DOWNLOADS}
    for item in later:
        if item["file_id"] in waiting or uow.session.get(FileRow, item["file_id"]) is None:
            continue
        checked = PROGRAMS["download"].check({"file_id": item["file_id"]})
        add_task(uow, ctx, device.id, "download", checked, origin="acs")


def _forget_session(uow: UnitOfWork, task: TaskRow) -> None:
    if task.session_id:
        forget_checkpoint(uow, task.session_id)


def session_of_rpc(uow: UnitOfWork, rpc_id: str) -> str | None:
    """Give the session that has this cwmp:ID in flight."""
    return uow.session.exec(select_model(TaskRow.session_id).where(TaskRow.in_flight == rpc_id)).first()


def session_lost(uow: UnitOfWork, ctx: Context, device_id: str, session_id: str) -> None:
    """A session fell silent with a request in flight: take it back."""
    for task in _open_tasks(uow, device_id):
        if task.in_flight and task.session_id == session_id:
            take_back(uow, ctx, task)


def fail(uow: UnitOfWork, task_id: str, fault: TaskFault) -> None:
    """End a task that cannot be done."""
    task = uow.session.get(TaskRow, task_id)
    if task is None or not task.open:
        return
    device = uow.session.get(DeviceRow, task.device_id)
    if device is not None:
        _fail(uow, device, task, fault)
