"""Making ready what a task needs before it can ask: a rendered file, a signed link, fresh credentials.

Rendering and links happen in transactions, bytes are stored between them: a blob that was written and then not
referred to costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from acs import formats
from acs.domain.parameters.tree import Tree
from acs.domain.phones.expectations import expectations
from acs.domain.phones.profiles import CONFIGURATION, FIRMWARE
from acs.domain.phones.render import item_document
from acs.domain.planning.programs import DOWNLOADS, binding
from acs.domain.planning.programs.scheduled_downloads import last_end
from acs.domain.planning.steps import TaskFault, updated
from acs.errors import AcsError, BadFile
from acs.services import configs, enrolment, links, work
from acs.services.context import Context
from acs.services.tasks import unseal_arguments
from acs.services.trees import load_tree
from acs.storage.blobs import Blob
from acs.storage.engine import Database
from acs.storage.tables import DeviceRow, FileRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork

ITEM_KINDS = frozenset({"phonebook", "certificate", "background", "mmiset", "dialpeer", "access_list"})
"""Files that a phone fetches by itself because its configuration names them."""
MAX_RENDERED = 4 * 1024 * 1024
"""Bytes of the largest rendered file; a full configuration of 127 keys and 20 lines has about 100 KiB."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What was rendered and has to be stored."""

    content: bytes
    save: Callable[[UnitOfWork, Blob], Mapping[str, Any]]
    """Given the stored blob, make the link and give what goes into the task's progress."""


async def prepare(database: Database, ctx: Context, needed: work.Needed) -> None:
    """Make ready what a task needs; a task that cannot be made ready fails and says why."""
    try:
        made = await database.write(lambda uow: _prepare(uow, ctx, needed))
        if made is not None:
            blob = await asyncio.to_thread(ctx.blobs.put, made.content, encrypted=True, max_bytes=MAX_RENDERED)
            await database.write(lambda uow: _store(uow, needed.task_id, made.save(uow, blob)))
    except AcsError as error:
        fault = TaskFault(
            "cannot_render" if needed.type in DOWNLOADS else "cannot_prepare",
            error.message,
            ({"name": error.field, "code": type(error).__name__, "message": error.message},) if error.field else (),
        )
        await database.write(lambda uow: work.fail(uow, needed.task_id, fault))


def _store(uow: UnitOfWork, task_id: str, prepared: Mapping[str, Any]) -> None:
    task = uow.session.get(TaskRow, task_id)
    if task is not None and task.open:
        task.progress = updated(task.progress, prepared=dict(prepared))
        uow.session.add(task)


def _prepare(uow: UnitOfWork, ctx: Context, needed: work.Needed) -> _Made | None:
    task = uow.session.get(TaskRow, needed.task_id)
    if task is None or not task.open:
        return None
    device = uow.session.get(DeviceRow, task.device_id)
    assert device is not None
    if task.type == "provision_credentials":
        _make_credentials(uow, ctx, device)
        return None
    if task.type == "bind":
        job, phone = work.job_of(ctx, task), work.phone_facts(uow, ctx, device, load_tree(uow, device.id), task)
        if binding.wants_account(job, phone):
            enrolment.offer_account(uow, ctx, device, job.arguments["carrier"])
        else:
            enrolment.order_config(uow, ctx, device, task)
        return None
    if task.type == "upload":
        name = f"{device.mac or device.id}{_suffix(task.arguments['file_type'])}"
        link = links.task_link(uow, ctx, device_id=device.id, task_id=task.id, sha256="", name=name, size=0)
        _store(uow, task.id, {"url": links.url_of(ctx, link), "link": link.id})
        return None
    arguments = unseal_arguments(ctx, task.arguments)
    if arguments.get("kind") == "config":
        return _own_config(uow, ctx, device, task)
    if "url" in arguments:
        _store(
            uow,
            task.id,
            {
                "file_type": arguments["file_type"],
                "url": arguments["url"],
                "size": arguments["file_size"],
                "username": arguments["username"],
                "target_file_name": arguments["target_file_name"],
                "proof": "transfer",
            },
        )
        return None
    return _file(uow, ctx, device, task, arguments)


def _suffix(file_type: str) -> str:
    words = file_type.lower()
    return ".cfg" if "configuration" in words else ".log" if "log" in words else ".bin"


def _make_credentials(uow: UnitOfWork, ctx: Context, device: DeviceRow) -> None:
    """Make a pair for the phone to call us with, and one for us to call the phone.

    A pair that was offered and not used yet is offered again, so that whichever offer the phone took works.
    """
    device.username = device.username or f"cpe-{device.id}"
    if device.offered_password_sealed is None:
        device.offered_password_sealed = ctx.box.seal(token_urlsafe(18), context=f"cpe:{device.id}")
    if device.cr_password_sealed is None:
        device.cr_username = f"acs-{device.id}"
        device.cr_password_sealed = ctx.box.seal(token_urlsafe(18), context=f"cr:{device.id}")
    uow.session.add(device)


def _own_config(uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow) -> _Made:
    """Render the phone's own configuration."""
    rendered = configs.render_config(uow, ctx, device.id, make_links=True)
    tree = load_tree(uow, device.id)

    def save(uow: UnitOfWork, blob: Blob) -> Mapping[str, Any]:
        configs.save_version(uow, ctx, device.id, rendered, blob)
        return _prepared(
            uow,
            ctx,
            task,
            blob,
            rendered.file_name,
            version=rendered.version,
            proof="config",
            content_digest=rendered.content_digest,
            expect=_expected(rendered, tree, device),
        )

    return _Made(rendered.content, save)


def _expected(rendered: configs.Rendered, tree: Tree, device: DeviceRow) -> dict[str, str]:
    return dict(expectations(rendered.resolved, parameter_names=frozenset(tree), root=device.root))


def _prepared(uow: UnitOfWork, ctx: Context, task: TaskRow, blob: Blob, name: str, **more: Any) -> dict[str, Any]:
    link = links.task_link(
        uow,
        ctx,
        device_id=task.device_id,
        task_id=task.id,
        sha256=blob.sha256,
        name=name,
        size=blob.size,
        content_type="text/plain; charset=utf-8",
        longer=last_end(task.arguments),
    )
    return {
        "file_type": CONFIGURATION,
        "url": links.url_of(ctx, link),
        "link": link.id,
        "name": link.name,
        "size": blob.size,
        "sha256": blob.sha256,
        **more,
    }


def _file(
    uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow, arguments: Mapping[str, Any]
) -> _Made | None:
    """Hand over an uploaded file, directly or by way of a small configuration that names it."""
    file = uow.session.get(FileRow, arguments["file_id"])
    if file is None:
        raise BadFile(f"The file {arguments['file_id']} was deleted.", field="file_id")
    file_type = arguments.get("file_type") or {"firmware": FIRMWARE, "config": CONFIGURATION}.get(file.kind)
    if file_type is None and file.kind in ITEM_KINDS:
        return _item(uow, ctx, device, task, file)
    if file_type is None:
        raise BadFile(
            f"A file of kind {file.kind!r} needs file_type, the TR-069 name of what it is.", field="file_type"
        )
    link = links.task_link(
        uow,
        ctx,
        device_id=device.id,
        task_id=task.id,
        file_id=file.id,
        sha256=file.sha256,
        name=file.name,
        size=file.size,
        longer=last_end(task.arguments),
    )
    prepared: dict[str, Any] = {
        "file_type": file_type,
        "url": links.url_of(ctx, link),
        "link": link.id,
        "name": link.name,
        "size": file.size,
        "sha256": file.sha256,
        "target_file_name": arguments.get("target_file_name", ""),
        "proof": "transfer",
    }
    if file_type == FIRMWARE:
        prepared |= {"proof": "firmware", "version": file.version}
    elif file_type == CONFIGURATION:
        prepared |= {"proof": "config", "version": _version_inside(ctx, file)}
    _store(uow, task.id, prepared)
    return None


def _version_inside(ctx: Context, file: FileRow) -> str:
    """Give the version in a configuration file's header; empty if it cannot be read."""
    try:
        return formats.read(ctx.blobs.read(file.sha256)).version or ""
    except AcsError:
        return ""


def _item(uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow, file: FileRow) -> _Made:
    """Render the small configuration that carries the matching ``Auto … Url``."""
    link_id, url = links.asset_link(uow, ctx, device.id, file)
    item = {"link": link_id, "file_id": file.id, "name": file.name, "size": file.size, "kind": file.kind}
    rendered = configs.render_item(
        uow, ctx, device.id, lambda model, dialect: item_document(file.kind, url, model=model, dialect=dialect)
    )

    def save(uow: UnitOfWork, blob: Blob) -> Mapping[str, Any]:
        configs.save_version(uow, ctx, device.id, rendered, blob)
        return _prepared(uow, ctx, task, blob, rendered.file_name, version=rendered.version, proof="item", item=item)

    return _Made(rendered.content, save)
