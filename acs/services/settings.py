"""Settings layers: what operators want phones to be, kept per scope, secrets sealed apart.

A scope is ``global``, ``groups/NAME``, ``models/MODEL`` or ``devices/ID``. Answers show ``***`` for a secret unless it
is asked for; the same ``***`` sent back means "as it was". A layer whose content moves makes the phones below it
``pending``.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, cast, false, func, or_, true, update
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import col, select

from acs.domain.phones import file_keys, secrets
from acs.domain.phones.catalogue import Model
from acs.domain.phones.checking import MOST, problems
from acs.domain.phones.layers import Layer, Problem, merge, refusal, resolve, validate
from acs.domain.phones.render import Links
from acs.domain.phones.shadows import uncovered
from acs.errors import BadRequest, BadSettings, NotFound
from acs.formats import Dialect
from acs.services import devices, suitability
from acs.services.context import Context
from acs.services.links import safe_name
from acs.services.paging import Page, page_of
from acs.services.views import rfc3339
from acs.storage.tables import DeviceRow, FileRow, PhonebookRow, SettingsLayerRow
from acs.storage.unit_of_work import UnitOfWork

GLOBAL = "global"
FAMILIES = ("groups", "models", "devices")
MAX_DOCUMENT = 1024 * 1024
"""Characters of the largest layer as JSON; one phone with 127 keys and 20 lines has about 20 KiB."""
MAX_DEPTH = 12
MAX_KINDS = 256
"""Kinds of phones (model, group, dialect) that one layer is tried on when it is saved."""
MAX_KINDS_LARGE = 32
"""The same for a layer of more than `LARGE` characters, as imports make them."""
LARGE = 32 * 1024
MAX_EXAMPLES = 2000
"""Phones that are looked at to tell the kinds."""
_NAME = re.compile(r"[^\x00-\x1f\x7f/]{1,64}")

FILE_KINDS: Mapping[tuple[str, ...], str] = {
    ("phonebook",): "phonebook",
    ("firmware",): "firmware",
    ("background",): "background",
    ("certificates",): "certificate",
    ("mmiset",): "mmiset",
    ("dialpeer",): "dialpeer",
    ("access_list",): "access_list",
}
"""Where a settings document names a file, and of which kind it has to be."""


def parse_scope(uow: UnitOfWork, ctx: Context, scope: str) -> str:
    """Give a scope in its canonical spelling: models by their catalogue name, devices by identifier.

    Raises:
        NotFound: no such kind of scope, or no such device.
    """
    if scope == GLOBAL:
        return scope
    family, _, name = scope.partition("/")
    name = name.strip()
    if family not in FAMILIES or not _NAME.fullmatch(name):
        raise NotFound(f"There is no scope {scope!r}; scopes are: global, groups/NAME, models/MODEL, devices/ID.")
    if family == "devices":
        return f"devices/{devices.find(uow, name)}"
    if family == "models":
        known = ctx.catalogue.named(name)
        return f"models/{known.name if known else name}"
    return f"groups/{name}"


def list_layers(uow: UnitOfWork, *, limit: int = 100, cursor: str | None = None) -> Page:
    """List the scopes that have a layer, without their documents."""

    def view(row: SettingsLayerRow) -> dict[str, Any]:
        return {"scope": row.scope, "updated_at": rfc3339(row.updated_at)}

    return page_of(uow, select(SettingsLayerRow), key=SettingsLayerRow.scope, limit=limit, cursor=cursor, view=view)


def get_layer(uow: UnitOfWork, ctx: Context, scope: str, *, reveal: bool = False) -> dict[str, Any]:
    """Give the document of one layer.

    Raises:
        NotFound: nothing was ever set there.
    """
    scope = parse_scope(uow, ctx, scope)
    row = uow.session.get(SettingsLayerRow, scope)
    if row is None:
        raise NotFound(f"No settings are kept for {scope}.")
    return open_document(ctx, row) if reveal else secrets.redact(open_document(ctx, row))


def put_layer(
    uow: UnitOfWork, ctx: Context, scope: str, document: Mapping[str, Any], *, tried: bool = False
) -> tuple[dict[str, Any], bool]:
    """Replace one layer; give it as kept, redacted, and whether it is new.

    Args:
        uow: the transaction.
        ctx: keys and catalogue.
        scope: whose layer.
        document: all of it.
        tried: `try_layer` has just written it for the phones below, which a writing transaction has no time for.

    Raises:
        BadSettings: the document is off, or a phone below the scope cannot be given it; names field, layer and model.
    """
    scope = parse_scope(uow, ctx, scope)
    row = uow.session.get(SettingsLayerRow, scope)
    return _keep(uow, ctx, scope, row, document, tried=tried), row is None


def patch_layer(
    uow: UnitOfWork, ctx: Context, scope: str, patch: Mapping[str, Any], *, tried: bool = False
) -> dict[str, Any]:
    """Merge a patch into one layer (RFC 7396: null removes); a layer that was not there begins empty.

    What is said last counts: raw keys of the layer that would hide a typed value of the patch become null.

    Raises:
        BadSettings: the document would be off, or a phone could not be given it; names field, layer and model.
    """
    scope = parse_scope(uow, ctx, scope)
    row = uow.session.get(SettingsLayerRow, scope)
    return _keep(uow, ctx, scope, row, _patched(uow, ctx, scope, row, patch), tried=tried)


def try_layer(
    uow: UnitOfWork, ctx: Context, scope: str, document: Mapping[str, Any], *, patch: bool = False
) -> dict[str, Any]:
    """Give what `put_layer` or `patch_layer` would keep, redacted, without keeping it.

    Raises:
        BadSettings: the document is off, or a phone below the scope cannot be given it; names field, layer and model.
    """
    scope = parse_scope(uow, ctx, scope)
    row = uow.session.get(SettingsLayerRow, scope)
    whole = _patched(uow, ctx, scope, row, document) if patch else document
    return secrets.redact(_checked(uow, ctx, scope, row, whole))


def _patched(
    uow: UnitOfWork, ctx: Context, scope: str, row: SettingsLayerRow | None, patch: Mapping[str, Any]
) -> dict[str, Any]:
    _bounded(patch)
    merged: dict[str, Any] = merge(open_document(ctx, row) if row is not None else {}, patch)
    if not merged.get("raw"):
        return merged
    kinds = phone_kinds(uow, ctx, scope) if scope.startswith(("devices/", "models/")) else []
    return uncovered(merged, patch, phones=[(kind.model, kind.dialect.generation) for kind in kinds])


def delete_layer(uow: UnitOfWork, ctx: Context, scope: str) -> None:
    """Forget one layer.

    Raises:
        NotFound: nothing is set there.
    """
    scope = parse_scope(uow, ctx, scope)
    row = uow.session.get(SettingsLayerRow, scope)
    if row is None:
        raise NotFound(f"No settings are kept for {scope}.")
    uow.session.delete(row)
    uow.session.flush()
    mark_pending(uow, ctx, scope)


def open_document(ctx: Context, row: SettingsLayerRow) -> dict[str, Any]:
    """Give a layer's document with its secrets."""
    if not row.secrets_sealed:
        return dict(row.document)
    known: dict[str, Any] = json.loads(ctx.box.open(row.secrets_sealed, context=f"settings:{row.scope}"))
    return secrets.join_secrets(row.document, known)


def documents_naming(uow: UnitOfWork, file_id: str) -> list[str]:
    """Give the scopes whose settings name a file."""
    mentioned = select(SettingsLayerRow).where(cast(col(SettingsLayerRow.document), Text).contains(file_id))
    return [row.scope for row in uow.session.exec(mentioned).all() if file_id in files_of(row.document).values()]


def files_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Give the files that a document names, by the dotted path of where it names them."""
    found: dict[str, str] = {}
    for path in FILE_KINDS:
        here: Any = document
        for name in path:
            here = here.get(name) if isinstance(here, Mapping) else None
        items = [(".".join(path), here)] if isinstance(here, Mapping) else []
        if isinstance(here, list):
            items = [(f"{'.'.join(path)}.{index}", item) for index, item in enumerate(here)]
        for where, item in items:
            if isinstance(item, Mapping) and isinstance(item.get("file_id"), str):
                found[f"{where}.file_id"] = item["file_id"]
    return found


def book_of(document: Mapping[str, Any]) -> tuple[str, str] | None:
    """Give the phone book kept as data that a document names, and the kind of file to write it as; None if none."""
    named = document.get("phonebook")
    if not isinstance(named, Mapping) or not isinstance(named.get("phonebook_id"), str):
        return None
    return named["phonebook_id"], named.get("format") or "xml"


def documents_naming_book(uow: UnitOfWork, book_id: str) -> list[str]:
    """Give the scopes whose settings name a phone book that is kept as data."""
    mentioned = select(SettingsLayerRow).where(cast(col(SettingsLayerRow.document), Text).contains(book_id))
    rows = uow.session.exec(mentioned).all()
    return [row.scope for row in rows if (named := book_of(row.document)) is not None and named[0] == book_id]


def mark_pending(uow: UnitOfWork, ctx: Context, scope: str) -> None:
    """Say of every phone below a scope that it may not have what it should have."""
    statement = update(DeviceRow).where(col(DeviceRow.config_state) != "pending").values(config_state="pending")
    statement = statement.where(_below(uow, ctx, scope))
    uow.session.flush()
    uow.connection.execute(statement)
    for row in list(uow.session.identity_map.values()):
        if isinstance(row, DeviceRow):
            uow.session.refresh(row)


def _below(uow: UnitOfWork, ctx: Context, scope: str) -> ColumnElement[bool]:
    """Give the condition that a phone is below a scope."""
    family, _, name = scope.partition("/")
    if family == "devices":
        return col(DeviceRow.id) == name
    if family == "groups":
        return col(DeviceRow.group_name) == name
    if family == "models":
        known = uow.session.exec(select(DeviceRow.model, DeviceRow.product_class).distinct()).all()
        spellings = [
            (col(DeviceRow.model) == model) & (col(DeviceRow.product_class) == product_class)
            for model, product_class in known
            if model_scope(ctx, model, product_class) == scope
        ]
        return or_(*spellings) if spellings else false()
    return true()


class PhoneKind(NamedTuple):
    """Phones that a layer reaches and that are given the same file but for what is each one's own."""

    model: Model
    dialect: Dialect
    scopes: tuple[str, ...]
    """Their shared scopes, least specific first."""
    device: str = ""
    """One of them, to name in an error; "" if there is none yet."""


def phone_kinds(uow: UnitOfWork, ctx: Context, scope: str, *, most: int = MAX_KINDS) -> list[PhoneKind]:
    """Give the kinds of phones below a scope, at most so many; of a model also if it has no phone yet."""
    from acs.services import configs  # what a phone is given is decided there, on top of this module

    alike = (
        *(col(DeviceRow.model), col(DeviceRow.product_class), col(DeviceRow.group_name)),
        *(col(DeviceRow.profile), col(DeviceRow.root), col(DeviceRow.acs_type), col(DeviceRow.carrier_sign)),
    )
    first = select(func.min(DeviceRow.id)).where(_below(uow, ctx, scope)).group_by(*alike)
    examples = select(DeviceRow).where(col(DeviceRow.id).in_(first)).order_by(col(DeviceRow.id)).limit(MAX_EXAMPLES)
    found: dict[tuple[Any, ...], PhoneKind] = {}
    for device in uow.session.exec(examples).all():
        model = ctx.catalogue.of_phone(device.product_class, model=device.model)
        dialect = configs.default_dialect(ctx, device, model)
        scopes = [GLOBAL, f"groups/{device.group_name}" if device.group_name else None]
        scopes.append(model_scope(ctx, device.model, device.product_class))
        shared = tuple(each for each in scopes if each)
        found.setdefault((model.name, dialect, shared), PhoneKind(model, dialect, shared, device.mac or device.id))
    if len(found) > most:
        # Every model once before any of them in another group.
        every = {(kind.model.name, kind.dialect): key for key, kind in reversed(found.items())}
        ordered = [*every.values(), *(key for key in found if key not in set(every.values()))]
        return [found[key] for key in ordered[:most]]
    family, _, name = scope.partition("/")
    if family == "models" and not found and (known := ctx.catalogue.named(name)):
        return [PhoneKind(known, known.dialect, (GLOBAL, scope))]
    return list(found.values())


def model_scope(ctx: Context, model: str, product_class: str) -> str | None:
    """Give the ``models/…`` scope that a phone belongs to; None if nothing says what it is."""
    known = ctx.catalogue.of_phone(product_class, model=model)
    name = known.name if known.name != "generic" else model or product_class
    return f"models/{name}" if name else None


def _keep(
    uow: UnitOfWork,
    ctx: Context,
    scope: str,
    row: SettingsLayerRow | None,
    document: Mapping[str, Any],
    *,
    tried: bool,
) -> dict[str, Any]:
    whole = _checked(uow, ctx, scope, row, document, phones=not tried)
    if row is not None and whole == open_document(ctx, row) and _order(whole) == _order(row.document):
        return secrets.redact(whole)
    plain, taken = secrets.split_secrets(whole)
    row = row or SettingsLayerRow(scope=scope, updated_at=uow.now)
    row.document = plain
    flag_modified(row, "document")  # an equal document in another order is another file
    row.secrets_sealed = ctx.box.seal(json.dumps(taken), context=f"settings:{scope}") if taken else ""
    row.updated_at = uow.now
    uow.session.add(row)
    mark_pending(uow, ctx, scope)
    return secrets.redact(whole)


def _order(document: Mapping[str, Any]) -> Any:
    # Equal objects may name their keys in another order; for raw keys that is the order in the file.
    raw = document.get("raw")
    return [*_names(raw)] if isinstance(raw, Mapping) else None


def _names(value: Mapping[str, Any]) -> Iterator[str]:
    for name, below in value.items():
        yield name
        if isinstance(below, Mapping):
            yield from _names(below)


def _checked(
    uow: UnitOfWork,
    ctx: Context,
    scope: str,
    row: SettingsLayerRow | None,
    document: Mapping[str, Any],
    *,
    phones: bool = True,
) -> dict[str, Any]:
    _bounded(document)
    one = scope.startswith(("devices/", "models/"))
    most = MAX_KINDS if len(json.dumps(document)) <= LARGE else MAX_KINDS_LARGE
    kinds = phone_kinds(uow, ctx, scope, most=most) if phones or one else []
    model = kinds[0].model.name if kinds and one else "any"
    try:
        whole = secrets.keep_secrets(document, open_document(ctx, row) if row is not None else {})
        validate(whole, scope=scope, model=model)
        _check_files(uow, whole, _model_of_scope(uow, ctx, scope), scope)
        _check_keys(uow, ctx, scope, whole)
    except BadSettings as error:
        if "layer" in error.facts:
            raise
        message = error.message.removeprefix(f"{error.field}: ")
        raise refusal([{"field": error.field or "document", "message": message}], scope=scope, model=model) from None
    if phones:
        _check_phones(uow, ctx, scope, whole, kinds)
    return whole


def _check_phones(
    uow: UnitOfWork, ctx: Context, scope: str, document: Mapping[str, Any], kinds: list[PhoneKind]
) -> None:
    kept: dict[str, Mapping[str, Any]] = {scope: document}
    found: list[Problem] = []
    for kind in kinds:
        scopes = kind.scopes if scope in kind.scopes else (*kind.scopes, scope)
        for each in scopes:
            if each not in kept:
                row = uow.session.get(SettingsLayerRow, each)
                kept[each] = open_document(ctx, row) if row is not None else {}
        resolved = resolve([Layer(each, kept[each]) for each in scopes])
        links = _placeholders(resolved.document)
        device = {"device": kind.device} if kind.device else {}
        for problem in problems(resolved, model=kind.model, dialect=kind.dialect, links=links):
            # What another layer says wrong is not this one's fault, and may have been there for long.
            if problem.get("layer") in (scope, ""):
                found.append({**problem, "layer": scope, **device})
        if len(found) >= MOST:
            break
    if found:
        raise refusal(found, scope=scope)


def _placeholders(document: Mapping[str, Any]) -> Links:
    """Give a link for everything that a document has a phone fetch: whether it takes such files is seen with any."""
    url = "http://files.invalid/file"
    named = {each.name for each in fields(Links)} & {name for name, value in document.items() if value}
    return Links(**{name: (url,) if name == "certificates" else url for name in named})  # type: ignore[arg-type]


def _check_keys(uow: UnitOfWork, ctx: Context, scope: str, document: Mapping[str, Any]) -> None:
    """Hold that a phone whose own layer speaks of encryption has a key; wider layers may leave keys to phones."""
    family, _, device_id = scope.partition("/")
    if family != "devices" or not document.get("encryption"):
        return
    device = devices.device_row(uow, device_id)
    wider = [GLOBAL, *([f"groups/{device.group_name}"] if device.group_name else [])]
    if (of_model := model_scope(ctx, device.model, device.product_class)) is not None:
        wider.append(of_model)
    rows = (uow.session.get(SettingsLayerRow, each) for each in wider)
    layers = [Layer(row.scope, open_document(ctx, row)) for row in rows if row is not None]
    model = ctx.catalogue.of_phone(device.product_class, model=device.model)
    file_keys.check(resolve([*layers, Layer(scope, document)]), model=model)


def _bounded(document: Mapping[str, Any]) -> None:
    try:
        size = len(json.dumps(document))
    except RecursionError:
        size = MAX_DOCUMENT + 1
    if size > MAX_DOCUMENT:
        raise BadRequest(f"a settings document has at most {MAX_DOCUMENT} characters")
    if _depth(document) > MAX_DEPTH:
        raise BadRequest(f"a settings document is at most {MAX_DEPTH} levels deep")


def _depth(value: Any) -> int:
    if isinstance(value, Mapping):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _model_of_scope(uow: UnitOfWork, ctx: Context, scope: str) -> Model | None:
    """Give the model of all phones below a scope; None where they may be of several."""
    family, _, name = scope.partition("/")
    if family == "models":
        return ctx.catalogue.named(name)
    device = uow.session.get(DeviceRow, name) if family == "devices" else None
    return ctx.catalogue.of_phone(device.product_class, model=device.model) if device is not None else None


def _check_files(uow: UnitOfWork, document: Mapping[str, Any], model: Model | None, scope: str) -> None:
    names: dict[str, str] = {}
    for path, file_id in files_of(document).items():
        kind = FILE_KINDS[(path.split(".", 1)[0],)]
        file = uow.session.get(FileRow, file_id)
        if file is None or "phonebook_id" in (file.facts or {}):  # written from a book: it is named by the book
            raise BadSettings(f"{path}: there is no file {file_id}; upload it first", field=path)
        if kind == "certificate" and (other := names.setdefault(safe_name(file.name), path)) != path:
            text = f"{path}: {file.name} has the name of {other}, and a phone keeps one certificate of a name"
            raise BadSettings(text, field=path)
        if file.kind != kind:
            raise BadSettings(f"{path}: file {file_id} is of kind {file.kind}, not {kind}", field=path)
        if model is not None:
            suitability.check(uow, file, model, field=path, layer=scope)
    book = book_of(document)
    if book is not None and uow.session.get(PhonebookRow, book[0]) is None:
        path = "phonebook.phonebook_id"
        raise BadSettings(f"{path}: there is no phone book {book[0]}; see GET /phonebooks", field=path)
