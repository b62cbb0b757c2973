"""Whether a model of phone has a use for a file: its kind, and the columns of a table.

Nobody has published the columns of dial peers and access lists, so the phone's own export says what they are: the first
table that is uploaded for a model, or the newest one that was uploaded as a reference.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import col, func, select

from acs.domain.phones.catalogue import Model
from acs.domain.phones.items import ITEM_KINDS
from acs.errors import BadFile, BadSettings
from acs.formats import tables
from acs.storage.tables import FileRow
from acs.storage.unit_of_work import UnitOfWork

TABLES = frozenset({"dialpeer", "access_list"})
"""Kinds whose columns are those of a phone's own export."""


def reference_columns(uow: UnitOfWork, kind: str, model: str) -> list[str] | None:
    """Give the columns that a model exports; None: no file has shown them yet."""
    rows = select(FileRow).where(FileRow.kind == kind, func.json_array_length(FileRow.facts, "$.reference") > 0)
    for row in uow.session.exec(rows.order_by(col(FileRow.id).desc()).limit(1000)).all():
        if model in row.facts["reference"]:
            return list(row.facts["columns"])
    return None


def compared(uow: UnitOfWork, kind: str, models: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Hold the columns of a new table against what its models export; give the models of which it is the first.

    Raises:
        BadFile: a model exports other columns; names those that are missing and those that it does not know.
    """
    first = []
    for model in models:
        known = reference_columns(uow, kind, model)
        if known is None:
            first.append(model)
        elif said := tables.differences(columns, known):
            raise BadFile(
                f"the columns are not those that model {model} exports ({said}); edit an export of the phone, or "
                "upload a new one with reference=true if its columns have changed",
                field="file",
                model=model,
                columns=known,
            )
    return first


def check(uow: UnitOfWork, file: FileRow, model: Model, *, field: str, layer: str = "") -> None:
    """Hold that phones of a model take a file; ``layer``: the settings that name it.

    Raises:
        BadSettings: they have no use for this kind, or export other columns; names field, layer and model.
    """

    def refuse(why: str) -> BadSettings:
        where = f"model {model.name}" + (f", set in {layer}" if layer else "")
        facts = {"model": model.name, **({"layer": layer} if layer else {})}
        return BadSettings(f"{field}: {why} ({where})", field=field, **facts)

    if file.kind not in ITEM_KINDS and file.kind != "firmware":
        return
    if file.kind not in model.supports:
        raise refuse(f"the phone takes no {file.kind}")
    if file.kind in TABLES and (known := reference_columns(uow, file.kind, model.name)) is not None:
        said = tables.differences(_columns(file.facts), known)
        if said:
            raise refuse(f"the columns of {file.name} are not those that the phone exports: {said}")


def _columns(facts: Mapping[str, Any]) -> Sequence[str]:
    return list(facts.get("columns", ()))
