"""Links by which one phone may fetch one file, and what it made of them.

A link is a row; its URL is signed and says nothing. Links of Downloads expire; links inside configurations stay good
as long as their row does, and stay the same as long as the file does, so that a configuration is byte-stable.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from acs.domain.phones.items import Item, fetched, offered, wire_name
from acs.protocols import signed_path
from acs.services.context import Context
from acs.storage.blobs import Blob
from acs.storage.tables import DeviceRow, FileRow, LinkRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
MAX_NAME = 80
"""Keeps the whole URL far below 256 characters (TR-069 A.3.2.8)."""
MAX_RANGES = 256
"""Most separate ranges that are noted of one link; who fetches a file in crumbs gets it, but proves nothing."""


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that is good now."""

    reference: str
    name: str
    sha256: str
    size: int
    content_type: str
    created_at: float


def safe_name(name: str) -> str:
    """Give a file name that any phone takes in a URL: letters, digits, dot, dash, underscore; its end is kept."""
    return _UNSAFE.sub("-", name).strip("-.")[-MAX_NAME:] or "file"


def url_of(ctx: Context, link: LinkRow) -> str:
    """Give the signed URL of a link."""
    expires = None if link.expires_at is None else int(link.expires_at)
    token = signed_path.sign(ctx.link_key, reference=link.id, name=link.name, expires=expires)
    return f"{ctx.files_url}/t/{token}/{link.name}"


def task_link(
    uow: UnitOfWork,
    ctx: Context,
    *,
    device_id: str,
    task_id: str,
    sha256: str,
    name: str,
    size: int,
    file_id: str | None = None,
    content_type: str = "application/octet-stream",
    longer: float = 0.0,
) -> LinkRow:
    """Give the link of one Download: the same one if the task is asked again for the same bytes.

    ``longer``: seconds beyond the usual for which it has to be good.
    """
    name = safe_name(name)
    found = uow.session.exec(
        select(LinkRow).where(
            LinkRow.task_id == task_id, LinkRow.sha256 == sha256, LinkRow.name == name, LinkRow.device_id == device_id
        )
    ).first()
    expires = uow.now + ctx.link_lifetime + longer
    enough = uow.now + ctx.link_lifetime / 2 + longer
    if found is not None and found.expires_at is not None and found.expires_at > enough:
        return found
    link = LinkRow(
        id=uow.new_id(),
        device_id=device_id,
        task_id=task_id,
        file_id=file_id,
        sha256=sha256,
        name=name,
        size=size,
        content_type=content_type,
        created_at=uow.now,
        expires_at=expires,
    )
    uow.session.add(link)
    return link


def item_of(file: FileRow, *, kind: str, path: str) -> Item:
    """Give an uploaded file as an item of a phone's configuration."""
    return Item(
        kind=kind,
        path=path,
        name=safe_name(wire_name(kind, file.name)),
        sha256=file.sha256,
        size=file.size,
        file_id=file.id,
        version=file.version,
    )


def known_link(uow: UnitOfWork, device_id: str, item: Item) -> LinkRow | None:
    """Give the link to an item if it was made already: always the same for this phone and these bytes."""
    return uow.session.exec(
        select(LinkRow).where(
            LinkRow.device_id == device_id,
            LinkRow.sha256 == item.sha256,
            LinkRow.name == item.name,
            col(LinkRow.expires_at).is_(None),
            col(LinkRow.task_id).is_(None),
            col(LinkRow.kind).in_(("", item.kind)),
        )
    ).first()


def item_link(uow: UnitOfWork, ctx: Context, device_id: str, item: Item) -> LinkRow:
    """Give the link to an item that a configuration names; it is made where there is none."""
    link = known_link(uow, device_id, item)
    if link is None:
        link = LinkRow(
            id=uow.new_id(),
            device_id=device_id,
            file_id=item.file_id,
            sha256=item.sha256,
            name=item.name,
            size=item.size,
            created_at=uow.now,
        )
    elif item.file_id is not None:
        link.file_id = item.file_id  # the older of two files of the same bytes may be deleted
    link.kind = item.kind
    uow.session.add(link)
    uow.session.flush()
    return link


def offer(uow: UnitOfWork, device_id: str, items: Sequence[Item]) -> None:
    """A phone is about to be told to fetch these: only what it fetches from now on proves that it did."""
    for item in items:
        if (link := known_link(uow, device_id, item)) is not None:
            link.served, link.complete_at = [], None
            uow.session.add(link)
    if (device := uow.session.get(DeviceRow, device_id)) is not None:
        device.items = offered(device.items, items, uow.now)
        uow.session.add(device)


def preview_url(ctx: Context, item: Item) -> str:
    """Give what a configuration shows where the phone's own link is not made yet."""
    return f"{ctx.files_url}/t/(signed-when-sent)/{item.name}"


def open_link(uow: UnitOfWork, ctx: Context, token: str, name: str) -> OpenLink | None:
    """Give the link behind a URL, or None if it was changed, has expired or is gone."""
    reference = signed_path.open_token(ctx.link_key, token=token, name=name, now=uow.now)
    if reference is None:
        return None
    link = uow.session.get(LinkRow, reference)
    if (
        link is None
        or link.name != name
        or not link.sha256
        or (link.expires_at is not None and link.expires_at < uow.now)
    ):
        return None
    return OpenLink(link.id, link.name, link.sha256, link.size, link.content_type, link.created_at)


def record_served(
    uow: UnitOfWork, reference: str, *, start: int, sent: int, client: str, user_agent: str
) -> tuple[str, bool] | None:
    """Note bytes that were handed over; give (device id, every byte was handed over now for the first time)."""
    link = uow.session.get(LinkRow, reference)
    if link is None:
        return None
    link.requests += 1
    link.first_at = link.first_at or uow.now
    link.client, link.user_agent = client[:64], user_agent[:256]
    if sent > 0:
        merged = merge_ranges([*link.served, [start, start + sent]])
        if len(merged) <= MAX_RANGES:
            link.served = merged
    newly = link.complete_at is None and (link.served == [[0, link.size]] or link.size == 0)
    if newly:
        link.complete_at = uow.now
        device = uow.session.get(DeviceRow, link.device_id) if link.kind else None
        if device is not None:
            device.items = fetched(device.items, kind=link.kind, name=link.name, sha256=link.sha256, now=uow.now)
            uow.session.add(device)
    uow.session.add(link)
    return link.device_id, newly


def open_upload(uow: UnitOfWork, ctx: Context, token: str, name: str) -> LinkRow | None:
    """Give the link to which a phone may send a file now; None if it is no such link or its task has ended."""
    reference = signed_path.open_token(ctx.link_key, token=token, name=name, now=uow.now)
    link = uow.session.get(LinkRow, reference) if reference is not None else None
    if link is None or link.task_id is None:
        return None
    task = uow.session.get(TaskRow, link.task_id)
    return link if task is not None and task.open and task.type == "upload" else None


def record_received(uow: UnitOfWork, link: LinkRow, blob: Blob, *, client: str) -> None:
    """Keep a file that a phone sent; a repeated transfer replaces the first.

    A configuration is kept as one, so that it can be handed back with ``download {file_id}``.
    """
    file = uow.session.get(FileRow, link.file_id) if link.file_id else None
    if file is None:
        task = uow.session.get(TaskRow, link.task_id) if link.task_id else None
        is_config = task is not None and "configuration" in str(task.arguments.get("file_type", "")).lower()
        file = FileRow(
            id=uow.new_id(),
            kind="config" if is_config else "other",
            name=link.name,
            sha256=blob.sha256,
            md5=blob.md5,
            size=0,
            created_at=uow.now,
            device_id=link.device_id,
            task_id=link.task_id,
        )
    file.sha256, file.md5, file.size = blob.sha256, blob.md5, blob.size
    link.file_id, link.size, link.client = file.id, blob.size, client[:64]
    link.requests += 1
    link.first_at = link.first_at or uow.now
    link.complete_at = uow.now
    uow.session.add(file)
    uow.session.add(link)


def merge_ranges(ranges: list[list[int]]) -> list[list[int]]:
    """Merge half-open byte ranges that touch or overlap."""
    merged: list[list[int]] = []
    for start, stop in sorted(map(tuple, ranges)):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], stop)
        else:
            merged.append([start, stop])
    return merged
