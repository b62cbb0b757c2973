"""A phone's SIP settings by parameters: what is made ready for it, and which passwords it has taken already.

A password reads back empty, so it is never compared. It is written when it is another one than the phone took last, by
parameter or by a proven configuration file; a keyed digest of that one is all that is kept.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select

from acs.domain.parameters.values import is_secret, to_text
from acs.domain.phones.layers import resolve
from acs.domain.phones.voice_settings import wanted
from acs.domain.planning.programs.sip_settings import is_sip
from acs.domain.planning.programs.values import CONVERGING_TRIES
from acs.services import configs
from acs.services.context import Context
from acs.services.tasks import check_allowed, unseal_arguments
from acs.storage.secrets import derive
from acs.storage.tables import DeviceRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork

CONVERGING_SECONDS = 86_400.0
"""How far back vain writing counts."""
STALE_SECONDS = 60.0
"""A task is asked for right after it was made ready."""
MOST_TASKS = 100
"""Tasks that are looked at for it."""


def prepared(uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow) -> dict[str, Any]:
    """Work out what a phone's settings say of SIP, as the task's progress keeps it.

    Raises:
        BadSettings: the settings cannot be rendered.
        Conflict: the phone's profile takes SIP settings by file.
    """
    check_allowed(ctx, device, task.type, task.arguments)
    said = wanted(resolve(configs.layers_for(uow, ctx, device)))
    made = digests(ctx, device, said.passwords)
    known = device.sip_secrets.get("digests", {})
    return {
        "at": uow.now,
        "wanted": said.as_json(),
        "passwords": {line: {"$sealed": ctx.box.seal(text, context="task")} for line, text in said.passwords.items()},
        "digests": made,
        "due": [line for line, digest in made.items() if known.get(line) != digest],
        "tries": in_vain(uow, ctx, device),
    }


def is_stale(task: TaskRow, now: float) -> bool:
    """Say whether a task that waits to be begun was made ready for an earlier session."""
    return bool(task.progress) and ("fresh" in task.progress or now > task.progress["prepared"]["at"] + STALE_SECONDS)


def passwords(ctx: Context, task: TaskRow) -> dict[str, str]:
    """Give the passwords that a task may have to write, by line."""
    sealed = (task.progress.get("prepared") or {}).get("passwords", {})
    return {line: str(unseal_arguments(ctx, value)) for line, value in sealed.items()}


def digests(ctx: Context, device: DeviceRow, of: Mapping[str, str]) -> dict[str, str]:
    """Give the keyed digest of each line's password; the same password has another one on every phone and line."""
    key = derive(ctx.secret_key, "digests of SIP passwords")
    return {
        line: hmac.new(key, f"{device.id}\0{line}\0{text}".encode(), hashlib.sha256).hexdigest()
        for line, text in of.items()
    }


def taken(device: DeviceRow, made: Mapping[str, str]) -> None:
    """Remember that a phone has taken the passwords with these digests."""
    known = device.sip_secrets.get("digests", {})
    if made and {**known, **made} != known:
        device.sip_secrets = {**device.sip_secrets, "digests": {**known, **made}}


def forget(device: DeviceRow, now: float) -> None:
    """A phone that says ``0 BOOTSTRAP`` may have lost all that it was told."""
    device.sip_secrets = {"reset_at": now}


def in_vain(uow: UnitOfWork, ctx: Context, device: DeviceRow) -> dict[str, list[Any]]:
    """Give the parameters to which the same value was written time and again: name to value and how often.

    Counted are the tasks of the last day, back to the last factory reset and to a task that wrote another value. A task
    that took its values from the settings writes only what differs: each time it did, the phone had not kept it.
    Of tasks with values given only those count that found them not applied.
    """
    since = max(uow.now - CONVERGING_SECONDS, device.sip_secrets.get("reset_at", 0.0))
    rows = uow.session.exec(
        select(TaskRow)
        .where(
            TaskRow.device_id == device.id,
            TaskRow.type == "set_parameter_values",
            col(TaskRow.state).in_(("failed", "succeeded")),
            col(TaskRow.finished_at) > since,
        )
        .order_by(col(TaskRow.id).desc())
        .limit(MOST_TASKS)
    ).all()
    counted: dict[str, list[Any]] = {}
    closed: set[str] = set()
    for row in rows:
        told = (row.fault or {}).get("parameters", ())
        ignored = {entry["name"] for entry in told if entry["code"] == "not_applied"}
        for item in written_by(ctx, row):
            name, value = item["name"], to_text(item["value"])
            if is_secret(name) or name in closed:
                continue
            entry = counted.setdefault(name, [value, 0])
            if entry[0] != value:
                closed.add(name)
            elif is_sip(row.arguments) or name in ignored:
                entry[1] += 1
    return {name: entry for name, entry in counted.items() if entry[1] >= CONVERGING_TRIES}


def written_by(ctx: Context, row: TaskRow) -> list[dict[str, Any]]:
    """Give the names and values that a task wrote; of one that took them from the settings, those that it told."""
    if is_sip(row.arguments):
        return [{"name": item["name"], "value": item["new"]} for item in (row.result or {}).get("written", ())]
    listed: list[dict[str, Any]] = unseal_arguments(ctx, row.arguments)["values"]
    return listed
