"""Rendering for many phones: what each would get now, a batch at a time, so that a run of thousands can be watched."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from acs.errors import AcsError, NotFound
from acs.services import configs
from acs.services.context import Context
from acs.storage.tables import DeviceRow
from acs.storage.unit_of_work import UnitOfWork

BATCH = 25
"""Phones of one read transaction: about a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which phones; None: any."""

    model: str | None = None
    group: str | None = None
    tag: str | None = None


def selected(uow: UnitOfWork, selection: Selection) -> list[str]:
    """Give the identifiers of the phones that are meant, in the order in which they became known."""
    statement = select(col(DeviceRow.id)).order_by(col(DeviceRow.id))
    if selection.model is not None:
        statement = statement.where(func.lower(col(DeviceRow.model)) == selection.model.lower())
    if selection.group is not None:
        statement = statement.where(col(DeviceRow.group_name) == selection.group)
    if selection.tag is not None:
        tags = func.json_each(DeviceRow.tags).table_valued("value")
        statement = statement.where(select(tags.c.value).where(tags.c.value == selection.tag).exists())
    return list(uow.connection.execute(statement).scalars())


def render_batch(
    uow: UnitOfWork,
    ctx: Context,
    device_ids: Sequence[str],
    *,
    dialect: str | None = None,
    content: bool = False,
    reveal: bool = False,
) -> list[dict[str, Any]]:
    """Render some phones' configurations; one that cannot be rendered tells why and does not hold up the others.

    Each row: ``device_id, mac, model, version, dialect, size, sha256, changed`` (another than what was last made for
    it), ``content`` where asked for, ``error`` (null, or ``{message, field}``).
    """
    rows = []
    for device_id in device_ids:
        try:
            rows.append(_row(uow, ctx, device_id, dialect, content, reveal))
        except NotFound:
            continue  # it was forgotten meanwhile
        except AcsError as error:
            device = uow.session.get(DeviceRow, device_id)
            rows.append(
                {
                    "device_id": device_id,
                    "mac": device.mac if device is not None else None,
                    "model": device.model if device is not None else "",
                    "error": {"message": error.message, "field": error.field},
                }
            )
    return rows


def _row(
    uow: UnitOfWork, ctx: Context, device_id: str, dialect: str | None, content: bool, reveal: bool
) -> dict[str, Any]:
    rendered = configs.render_config(uow, ctx, device_id, dialect=dialect)
    device = uow.session.get(DeviceRow, device_id)
    assert device is not None
    row: dict[str, Any] = {
        "device_id": device_id,
        "mac": device.mac,
        "model": rendered.model.name,
        "version": rendered.version,
        "dialect": rendered.dialect.value,
        "file_name": rendered.file_name,
        "size": len(rendered.content),
        "sha256": hashlib.sha256(rendered.content).hexdigest(),
        "changed": configs.is_new(uow, device_id, rendered),
        "error": None,
    }
    if content:
        shown = rendered if reveal else configs.redacted(rendered)
        row["content"] = shown.content.decode("utf-8", "replace")
    return row
