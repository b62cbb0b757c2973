"""Import of a phone's exported file into a settings layer, with a report of what became of each of its items.

It has two steps: `prepare` understands the file, which takes long and only reads; `keep_import` saves the layer. What a
phone below the scope could not be given is refused, and then nothing is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from acs import formats
from acs.domain.phones import secrets
from acs.domain.phones.catalogue import GENERIC, Model
from acs.domain.phones.importing import Imported, Target, differences, import_document, onto
from acs.errors import BadFile, BadRequest, BadSettings
from acs.formats import ConfigDocument, Dialect
from acs.services import settings
from acs.services.context import Context
from acs.storage.tables import SettingsLayerRow
from acs.storage.unit_of_work import UnitOfWork

MODES = ("merge", "replace")
MAX_ITEMS = 20_000
"""Items of the largest export; a phone with 127 keys and 20 lines has about 4,000."""
MAX_NOTES = 5_000
"""Items that a report lists of each kind; it counts all of them."""

MAX_WARNINGS = 100


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that was understood, and where it goes."""

    scope: str
    mode: str
    document: ConfigDocument
    dialect: Dialect
    model: Model
    imported: Imported
    warnings: tuple[str, ...] = ()


def prepare(
    uow: UnitOfWork,
    ctx: Context,
    scope: str,
    data: bytes,
    *,
    mode: str = "merge",
    model: str | None = None,
    drop_identity: bool = False,
) -> Prepared:
    """Understand a file for a scope, and see that the layer it makes can be given to the phones below.

    Args:
        uow: a transaction; it is only read.
        ctx: keys and catalogue.
        scope: where the layer will be kept.
        data: the file.
        mode: ``merge`` with what the layer holds, where the file wins, or ``replace`` it.
        model: whose export it is; else told from the scope.
        drop_identity: leave out what is one phone's own.

    Raises:
        NotFound: no such scope.
        BadRequest: no such mode or model.
        BadFile: not a configuration file, or too large a one.
        BadSettings: the layer, with what it already holds, cannot be given to a phone below.
    """
    if mode not in MODES:
        raise BadRequest(f"mode must be one of: {', '.join(MODES)}", field="mode")
    scope = settings.parse_scope(uow, ctx, scope)
    dialect = formats.detect(data) if data else None
    if dialect is None:
        raise BadFile("not a phone's configuration file in any known dialect; is it empty, or encrypted?", field="file")
    try:
        document = formats.read(data)
    except BadFile as error:
        raise BadFile(error.message, field="file") from error
    count = sum(len(module.items) for module in document.modules)
    if count == 0:
        raise BadFile("the file says nothing: it holds no key", field="file")
    if count > MAX_ITEMS:
        raise BadFile(f"the file holds {count} keys, and the most are {MAX_ITEMS}", field="file")
    kinds = settings.phone_kinds(uow, ctx, scope, most=settings.MAX_KINDS_LARGE)
    targets = [Target(kind.model, kind.dialect) for kind in kinds]
    whose = _model(ctx, model, targets, dialect)
    imported = import_document(
        document, dialect=dialect, targets=targets, scope=scope, model=whose, drop_identity=drop_identity
    )
    prepared = Prepared(scope, mode, document, dialect, whose, imported)
    whole = _whole(uow, ctx, prepared)
    settings.try_layer(uow, ctx, scope, whole)
    return replace(prepared, warnings=(*imported.warnings, *_kept_from_before(prepared, whole)))


def _kept_from_before(prepared: Prepared, whole: dict[str, Any]) -> list[str]:
    try:
        others = differences(
            prepared.document, prepared.imported, whole, dialect=prepared.dialect, model=prepared.model
        )
    except BadSettings as error:
        return [f"model {prepared.model.name} could not be given it as {prepared.dialect}: {error.message}"]
    return [f"{name}: what the layer held before counts, not the file" for name in others[:MAX_WARNINGS]]


def keep_import(uow: UnitOfWork, ctx: Context, prepared: Prepared, *, dry_run: bool = False) -> dict[str, Any]:
    """Save the layer that a file makes, unless it is a dry run; give the report."""
    whole = _whole(uow, ctx, prepared)
    if dry_run:
        shown = settings.try_layer(uow, ctx, prepared.scope, whole)
    else:
        shown, _ = settings.put_layer(uow, ctx, prepared.scope, whole, tried=True)
    return _report(prepared, shown, saved=not dry_run)


def _whole(uow: UnitOfWork, ctx: Context, prepared: Prepared) -> dict[str, Any]:
    row = uow.session.get(SettingsLayerRow, prepared.scope)
    if row is None or prepared.mode == "replace":
        return dict(prepared.imported.layer)
    before = settings.open_document(ctx, row)
    return onto(before, prepared.imported.layer, generation=prepared.dialect.generation)


def _model(ctx: Context, name: str | None, targets: Sequence[Target], dialect: Dialect) -> Model:
    if name is not None:
        known = ctx.catalogue.named(name)
        if known is None:
            raise BadRequest(f"the catalogue has no model {name[:64]!r}; GET /models lists them", field="model")
        return known
    same = {target.model.name: target.model for target in targets if target.dialect.generation == dialect.generation}
    return next(iter(same.values())) if len(same) == 1 else GENERIC


def _report(prepared: Prepared, shown: dict[str, Any], *, saved: bool) -> dict[str, Any]:
    imported = prepared.imported
    notes = {
        "understood": imported.understood,
        "kept_raw": imported.raw,
        "left": imported.left,
        "refused": imported.refused,
    }
    return {
        "scope": prepared.scope,
        "saved": saved,
        "mode": prepared.mode,
        "dialect": prepared.dialect.value,
        "version": prepared.document.version,
        "model": None if prepared.model is GENERIC else prepared.model.name,
        "counts": {name: len(found) for name, found in notes.items()},
        **{name: [note.view() for note in found[:MAX_NOTES]] for name, found in notes.items()},
        "warnings": list(prepared.warnings),
        "settings": secrets.redact(shown),
    }
