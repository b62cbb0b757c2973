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

from acs.domain.phones.expectations import expectations
from acs.domain.phones.items import ITEM_KINDS, Item
from acs.domain.phones.profiles import CONFIGURATION, FILE_TYPES, FIRMWARE
from acs.domain.phones.render import item_document, render_neutral
from acs.domain.phones.voice_settings import wanted
from acs.domain.planning.programs import DOWNLOADS, binding
from acs.domain.planning.programs.scheduled_downloads import last_end
from acs.domain.planning.steps import TaskFault, updated
from acs.errors import AcsError, BadFile, Retriable
from acs.formats import phonebook
from acs.services import configs, enrolment, file_keys, links, phonebook_files, suitability, voice, work
from acs.services.context import Context
from acs.services.tasks import unseal_arguments
from acs.services.trees import load_tree
from acs.storage.blobs import Blob
from acs.storage.engine import Database
from acs.storage.tables import DeviceRow, FileRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork

MAX_RENDERED = 4 * 1024 * 1024
"""Bytes of the largest rendered file; a full configuration of 127 keys and 20 lines has about 100 KiB."""
MAX_SERVED = 16 * 1024 * 1024 + 64
"""The same of what a phone gets: an uploaded file may be larger, encryption adds two blocks."""


@dataclass(frozen=True, slots=True)
class _Made:
    """What was rendered and has to be stored."""

    content: bytes | None
    """The file as it is kept in the history; None: it is not kept."""
    served: file_keys.Served
    """The same as the phone gets it."""
    save: Callable[[UnitOfWork, Blob], Mapping[str, Any]]
    """Given the stored blob of ``content``, make the link and give what goes into the task's progress."""


async def prepare(database: Database, ctx: Context, needed: work.Needed) -> None:
    """Make ready what a task needs; a task that cannot be made ready fails and says why."""
    try:
        try:
            await _make_ready(database, ctx, needed)
        except Retriable:  # another task of this phone has just taken the number of the version
            await _make_ready(database, ctx, needed)
    except AcsError as error:
        fault = TaskFault(
            "cannot_render" if needed.type in DOWNLOADS else "cannot_prepare",
            error.message,
            ({"name": error.field, "code": type(error).__name__, "message": error.message},) if error.field else (),
        )
        await database.write(lambda uow: work.fail(uow, needed.task_id, fault))


async def _make_ready(database: Database, ctx: Context, needed: work.Needed) -> None:
    if needed.type in DOWNLOADS:
        await _write_book(database, ctx, needed)
    made = await database.write(lambda uow: _prepare(uow, ctx, needed))
    if made is not None:
        blob, served = await asyncio.to_thread(_put, ctx, made)
        await database.write(lambda uow: _keep(uow, ctx, needed.task_id, made, blob, served))


def _put(ctx: Context, made: _Made) -> tuple[Blob, Blob]:
    """Store what was made: to be kept, and as it is served, sealed at rest both."""
    served = ctx.blobs.put(made.served.content, encrypted=True, max_bytes=MAX_SERVED)
    if made.content is None or made.content == made.served.content:
        return served, served
    return ctx.blobs.put(made.content, encrypted=True, max_bytes=MAX_RENDERED), served


def _keep(uow: UnitOfWork, ctx: Context, task_id: str, made: _Made, blob: Blob, served: Blob) -> None:
    if not all(ctx.blobs.exists(each.sha256) for each in (blob, served)):
        _put(ctx, made)  # the same bytes were dropped meanwhile, as nothing referred to them yet
    configs.remember_blob(uow, served, encrypted=True)
    _store(uow, task_id, made.save(uow, blob))


async def _write_book(database: Database, ctx: Context, needed: work.Needed) -> None:
    """Write the phone's book ahead of its configuration: a large one takes a second, too long for a transaction."""

    def named(uow: UnitOfWork) -> tuple[str, phonebook.Kind] | None:
        task = uow.session.get(TaskRow, needed.task_id)
        if task is None or task.arguments.get("kind") not in ("config", "phonebook"):
            return None
        return configs.unwritten_book(uow, ctx, task.device_id)

    if (book := await database.read_long(named)) is None:
        return
    if (wanted := await database.read_long(lambda uow: phonebook_files.unwritten(uow, *book))) is not None:
        blob = await asyncio.to_thread(phonebook_files.store, ctx, wanted)
        await database.write(lambda uow: _keep_book(uow, ctx, wanted, blob))


def _keep_book(uow: UnitOfWork, ctx: Context, wanted: phonebook_files.Unwritten, blob: Blob) -> None:
    # Should the same bytes have been dropped meanwhile, as those of a book that was deleted, they are written once more
    # by the transaction that needs them.
    if ctx.blobs.exists(blob.sha256):
        phonebook_files.keep(uow, wanted, blob)


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
    if task.type == "set_parameter_values":
        _store(uow, task.id, voice.prepared(uow, ctx, device, task))
        return None
    if task.type == "upload":
        name = f"{device.mac or device.id}{_suffix(task.arguments['file_type'])}"
        link = links.task_link(uow, ctx, device_id=device.id, task_id=task.id, sha256="", name=name, size=0)
        _store(uow, task.id, {"url": links.url_of(ctx, link), "link": link.id})
        return None
    arguments = unseal_arguments(ctx, task.arguments)
    if arguments.get("kind") == "config":
        return _own_config(uow, ctx, device, task)
    if arguments.get("kind") == "phonebook":
        return _item(uow, ctx, device, task, configs.phonebook_of(uow, ctx, device.id))
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
    """Render the phone's own configuration, and hand it over without the items that the phone has."""
    rendered = configs.render_config(uow, ctx, device.id, make_links=True, to_push=True)
    served = configs.served(ctx, device.id, rendered)
    tree = load_tree(uow, device.id)
    neutral = render_neutral(rendered.resolved)
    push = rendered.push
    assert push is not None

    def save(uow: UnitOfWork, blob: Blob) -> Mapping[str, Any]:
        also = configs.later_items(uow, device.id, rendered)
        configs.save_version(uow, ctx, device.id, rendered, blob, task_id=task.id)
        links.offer(uow, device.id, push.carried)
        return _prepared(
            uow,
            ctx,
            task,
            served,
            rendered.file_name,
            version=rendered.version,
            also=also,
            items={
                "carried": [_told(item) for item in push.carried],
                "later": [_told(item) for item in push.later],
            },
            proof="config",
            content_digest=rendered.content_digest,
            expect=dict(expectations(neutral, parameter_names=frozenset(tree), root=device.root)),
            sip_digests=voice.digests(ctx, device, wanted(rendered.resolved, neutral).passwords),
        )

    return _Made(rendered.content, served, save)


def _told(item: Item) -> dict[str, Any]:
    """Tell of an item in a task's evidence."""
    return {"kind": item.kind, "file_id": item.file_id, "name": item.name, "sha256": item.sha256, "size": item.size}


def _prepared(
    uow: UnitOfWork,
    ctx: Context,
    task: TaskRow,
    served: file_keys.Served,
    name: str,
    *,
    file_id: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Link a configuration file, and note what it does to the phone's key."""
    size = len(served.content)
    link = links.task_link(
        uow,
        ctx,
        device_id=task.device_id,
        task_id=task.id,
        file_id=file_id,
        sha256=served.sha256,
        name=name,
        size=size,
        content_type=served.content_type,
        longer=last_end(task.arguments),
    )
    device = uow.session.get(DeviceRow, task.device_id)
    assert device is not None
    return {
        "file_type": CONFIGURATION,
        "url": links.url_of(ctx, link),
        "link": link.id,
        "name": link.name,
        "size": size,
        "sha256": served.sha256,
        **file_keys.offer(uow, ctx, device, served, task_id=task.id),
        **more,
    }


def _file(
    uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow, arguments: Mapping[str, Any]
) -> _Made | None:
    """Hand over an uploaded file, directly or by way of a small configuration that names it."""
    file = uow.session.get(FileRow, arguments["file_id"])
    if file is None:
        raise BadFile(f"The file {arguments['file_id']} was deleted.", field="file_id")
    file_type = arguments.get("file_type") or FILE_TYPES.get(file.kind)
    if file_type is None and file.kind in ITEM_KINDS:
        return _item(uow, ctx, device, task, file)
    if file_type is None:
        raise BadFile(
            f"A file of kind {file.kind!r} needs file_type, the TR-069 name of what it is.", field="file_type"
        )
    if file_type == CONFIGURATION or file.kind == "config":
        return _uploaded_config(uow, ctx, device, task, file, file_type, str(arguments.get("target_file_name", "")))
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
    _store(uow, task.id, prepared)
    return None


def _uploaded_config(
    uow: UnitOfWork,
    ctx: Context,
    device: DeviceRow,
    task: TaskRow,
    file: FileRow,
    file_type: str,
    target_file_name: str,
) -> _Made | None:
    """Hand over a configuration that somebody uploaded, or a backup of a phone: encrypted for a phone with a key."""
    content = ctx.blobs.read(file.sha256)
    plan = configs.key_plan(uow, ctx, device)
    served = file_keys.serve_upload(ctx, device, content, plan, name=file.name)

    same = served.content == content

    def save(uow: UnitOfWork, _: Blob | None) -> Mapping[str, Any]:
        return _prepared(
            uow,
            ctx,
            task,
            served,
            file.name,
            file_id=file.id if same else None,
            file_type=file_type,
            target_file_name=target_file_name,
            **({"proof": "config", "version": served.version} if file_type == CONFIGURATION else {"proof": "transfer"}),
        )

    if same:
        _store(uow, task.id, save(uow, None))
        return None
    return _Made(None, served, save)


def _item(uow: UnitOfWork, ctx: Context, device: DeviceRow, task: TaskRow, file: FileRow) -> _Made:
    """Render the small configuration that carries the matching ``Auto … Url``: asked for, so the phone has to fetch."""
    suitability.check(uow, file, ctx.catalogue.of_phone(device.product_class, model=device.model), field="file_id")
    pushed = links.item_of(file, kind=file.kind, path="file_id")
    link = links.item_link(uow, ctx, device.id, pushed)
    url = links.url_of(ctx, link)
    item = {"link": link.id, "file_id": file.id, "name": link.name, "size": file.size, "kind": file.kind}
    rendered = configs.render_item(
        uow, ctx, device.id, lambda model, dialect: item_document(file.kind, url, model=model, dialect=dialect)
    )
    served = configs.served(ctx, device.id, rendered)

    def save(uow: UnitOfWork, blob: Blob) -> Mapping[str, Any]:
        configs.save_version(uow, ctx, device.id, rendered, blob, task_id=task.id)
        links.offer(uow, device.id, (pushed,))
        return _prepared(uow, ctx, task, served, rendered.file_name, version=rendered.version, proof="item", item=item)

    return _Made(rendered.content, served, save)
