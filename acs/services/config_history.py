"""Seeing one phone's configuration: why it is as it is, what it was, what differs, and the way back.

What was made for a phone is kept with the settings that it was made of (``configs.save_version``). Everything here
hides secrets unless asked to reveal them; whoever asks has checked the permission and writes the audit log.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, func, or_
from sqlmodel import col, select

from acs import formats
from acs.domain.parameters.values import same
from acs.domain.phones import explaining, restoring, secrets
from acs.domain.phones.differences import Difference, Name, by_name, differences
from acs.domain.phones.expectations import expectations
from acs.domain.phones.explaining import Line
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import render_neutral
from acs.errors import BadRequest, BadSettings, Conflict, NotFound
from acs.formats import CODECS, ConfigDocument, Dialect, Item
from acs.services import configs, kept_settings, settings, tasks
from acs.services.configs import Rendered
from acs.services.context import Context
from acs.services.devices import device_row
from acs.services.kept_settings import KeptSettings
from acs.services.paging import Page, page_of
from acs.services.trees import load_tree
from acs.services.views import redacted, rfc3339
from acs.storage.tables import ConfigVersionRow, DeviceRow, FileRow, LinkRow, PhonebookRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork

APPLIED: Final = "applied"
"""Instead of a version: the one that the phone has proven to have last."""
DESIRED: Final = "desired"
"""Instead of a version: what would be made now."""
KEEP_VERSIONS: Final = 50
"""Versions kept of each phone, beside the one that it has and the one that it should have."""
PRUNE_PHONES: Final = 500
"""Phones whose old versions go in one round of housekeeping."""


# Why -----------------------------------------------------------------------------------------------------------------


def explain(uow: UnitOfWork, ctx: Context, device_id: str, *, reveal: bool = False) -> dict[str, Any]:
    """Give every effective value with its layer and what lost to it, and every line of the file with its setting.

    Raises:
        NotFound: no such phone.
    """
    device = device_row(uow, device_id)
    layers = configs.layers_for(uow, ctx, device)
    shown = layers if reveal else [Layer(layer.scope, secrets.redact(layer.document)) for layer in layers]
    model = ctx.catalogue.of_phone(device.product_class, model=device.model)
    lines: Sequence[Line] = ()
    problem: dict[str, Any] | None = None
    dialect = configs.default_dialect(ctx, device, model)
    try:
        lines = _lines(configs.render_config(uow, ctx, device_id, layers=layers))
    except BadRequest as error:  # the settings are told all the same: they are what has to be mended
        problem = {"field": error.field, "message": error.message}
    in_file = explaining.shown(lines)
    return {
        "device_id": device_id,
        "model": model.name,
        "dialect": dialect.value,
        "layers": [layer.scope for layer in layers],
        "values": [
            {
                "path": ".".join(each.path),
                "value": each.value,
                "scope": each.scope,
                "in_file": explaining.used(in_file, each.path),
                "shadowed": _said(each.shadowed),
            }
            for each in explaining.effective(shown)
        ],
        "removed": [
            {"path": ".".join(each.path), "scope": each.scope, "shadowed": _said(each.shadowed)}
            for each in explaining.removed(shown)
        ],
        "lines": [_line_view(line, reveal=reveal) for line in lines],
        "problem": problem,
    }


def _lines(rendered: Rendered) -> tuple[Line, ...]:
    return explaining.lines(rendered.document, rendered.sheet) if rendered.sheet is not None else ()


def _said(values: Iterable[explaining.Said]) -> list[dict[str, Any]]:
    return [{"scope": each.scope, "value": each.value} for each in values]


def _line_view(line: Line, *, reveal: bool) -> dict[str, Any]:
    item = Item(line.key, line.value, line.section, line.index)
    return {
        "module": line.module,
        "section": line.section,
        "key": line.name,
        "value": line.value if reveal else secrets.hidden_item(item).value,
        "path": ".".join(line.path) or None,
        "scope": line.scope or None,
        "kind": line.kind,
    }


# What it was ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kept:
    """The file of a version, as it was."""

    content: bytes
    version: str
    dialect: Dialect
    device_id: str
    file_name: str


def list_versions(uow: UnitOfWork, device_id: str, *, limit: int = 100, cursor: str | None = None) -> Page:
    """List what was made for a phone, newest first.

    Raises:
        NotFound: no such phone.
    """
    device = device_row(uow, device_id)
    applied = _last_applied(uow, device)

    def view(row: ConfigVersionRow) -> dict[str, Any]:
        return {
            **_descriptor(row),
            "size": row.size,
            "sha256": row.sha256,
            "task_id": row.task_id or None,
            "current": row.version == device.config_reported_version,
            "desired": row.version == device.config_desired_version,
            "applied": applied is not None and row.id == applied.id,
            "can_roll_back": bool(row.settings_sealed),
        }

    statement = select(ConfigVersionRow).where(ConfigVersionRow.device_id == device_id)
    return page_of(uow, statement, key=ConfigVersionRow.id, descending=True, limit=limit, cursor=cursor, view=view)


def get_version(uow: UnitOfWork, ctx: Context, device_id: str, version: str, *, reveal: bool = False) -> Kept:
    """Give the file of a version as it was; every secret as ``***`` unless revealed.

    Raises:
        NotFound: no such phone or version, or its content is gone.
    """
    device = device_row(uow, device_id)
    row = _row(uow, device_id, version)
    content = _content(ctx, row)
    if not reveal:
        content = formats.write(secrets.redact_config(formats.read(content)), Dialect(row.dialect))
    suffix = CODECS[Dialect(row.dialect)].suffix
    return Kept(content, row.version, Dialect(row.dialect), device_id, f"{device.mac or device.id}-{version}{suffix}")


def _content(ctx: Context, row: ConfigVersionRow) -> bytes:
    return ctx.blobs.read(row.sha256)


def _newest(uow: UnitOfWork, device_id: str, version: str) -> ConfigVersionRow | None:
    statement = select(ConfigVersionRow).where(
        ConfigVersionRow.device_id == device_id, ConfigVersionRow.version == version
    )
    return uow.session.exec(statement.order_by(col(ConfigVersionRow.id).desc()).limit(1)).first()


def _row(uow: UnitOfWork, device_id: str, version: str) -> ConfigVersionRow:
    row = _newest(uow, device_id, version)
    if row is None:
        raise NotFound(f"No version {version} was made for this phone, or it is not kept any more.", field="version")
    return row


def _full(uow: UnitOfWork, device_id: str, version: str) -> ConfigVersionRow:
    row = _row(uow, device_id, version)
    if row.kind == "item":
        raise Conflict(
            f"Version {version} is a small file that makes the phone fetch another one; it holds no settings. "
            "Choose a version of kind full.",
            field="version",
        )
    return row


def _last_applied(uow: UnitOfWork, device: DeviceRow) -> ConfigVersionRow | None:
    """Give the whole configuration that a phone has: the one that it reports, else the last that it has proven."""
    of_phone = select(ConfigVersionRow).where(
        ConfigVersionRow.device_id == device.id, col(ConfigVersionRow.kind) != "item"
    )
    reported = of_phone.where(ConfigVersionRow.version == device.config_reported_version)
    proven = of_phone.where(col(ConfigVersionRow.applied_at).is_not(None))
    newest = (col(ConfigVersionRow.applied_at).desc(), col(ConfigVersionRow.id).desc())
    return (
        uow.session.exec(reported.order_by(col(ConfigVersionRow.id).desc()).limit(1)).first()
        or uow.session.exec(proven.order_by(*newest).limit(1)).first()
    )


def _descriptor(row: ConfigVersionRow) -> dict[str, Any]:
    return {
        "version": row.version,
        "dialect": row.dialect,
        "kind": row.kind or None,
        "created_at": rfc3339(row.created_at),
        "applied_at": rfc3339(row.applied_at),
    }


# What differs --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Side:
    document: ConfigDocument
    dialect: Dialect
    told: dict[str, Any]
    lines: Mapping[Name, Line]
    rendered: Rendered | None = None


def diff(
    uow: UnitOfWork,
    ctx: Context,
    device_id: str,
    *,
    against: str = APPLIED,
    since: str = DESIRED,
    reveal: bool = False,
) -> dict[str, Any]:
    """Compare two configurations of one phone key by key.

    Args:
        uow: the transaction.
        ctx: keys and blobs.
        device_id: the phone.
        against: the earlier side: a version, or ``applied`` for what the phone has.
        since: the later side: a version, or ``desired`` for what would be made now.
        reveal: show secrets; without, a secret that differs is told as changed and shown as ``***`` on both sides.

    Raises:
        NotFound: no such phone or version.
        Conflict: a version is a small file that only names another.
        BadSettings: the settings cannot be rendered.
    """
    device = device_row(uow, device_id)
    earlier = _side(uow, ctx, device, against)
    later = _side(uow, ctx, device, since)
    if later is None:
        raise Conflict("This phone has not applied any configuration of this server yet.", field="from")
    found = _differences(earlier, later)
    return {
        "device_id": device_id,
        "before": earlier.told if earlier is not None else None,
        "after": later.told,
        "never_applied": earlier is None,
        "identical": not found,
        "items": _difference_views(found, later.lines, earlier.lines if earlier is not None else {}, reveal=reveal),
        "reported": _reported(uow, device, later.rendered) if later.rendered is not None else [],
    }


def _side(uow: UnitOfWork, ctx: Context, device: DeviceRow, named: str) -> _Side | None:
    if named == DESIRED:
        return _desired(uow, configs.render_config(uow, ctx, device.id), device.id)
    row = _last_applied(uow, device) if named == APPLIED else _full(uow, device.id, named)
    return _of_version(ctx, row) if row is not None else None


def _of_version(ctx: Context, row: ConfigVersionRow) -> _Side:
    return _Side(formats.read(_content(ctx, row)), Dialect(row.dialect), _descriptor(row), {})


def _desired(uow: UnitOfWork, rendered: Rendered, device_id: str) -> _Side:
    # Written and read again, so that both sides have gone through what the dialect does to names and values.
    document = formats.read(formats.write(rendered.document, rendered.dialect))
    made = _newest(uow, device_id, rendered.version)
    told = {
        "version": rendered.version,
        "dialect": rendered.dialect.value,
        "kind": "full",
        "created_at": rfc3339(made.created_at) if made is not None else None,
        "applied_at": rfc3339(made.applied_at) if made is not None else None,
    }
    lines = _lines(rendered)
    names = by_name(document)  # in the order of the file, as the lines are
    told_lines = dict(zip(names, lines, strict=True)) if len(names) == len(lines) else {}
    return _Side(document, rendered.dialect, told, told_lines, rendered)


def _differences(earlier: _Side | None, later: _Side) -> tuple[Difference, ...]:
    if earlier is None:
        return differences(ConfigDocument(), later.document)
    cut = (earlier.dialect is Dialect.TEXT1) != (later.dialect is Dialect.TEXT1)
    return differences(earlier.document, later.document, cut=cut)


def _difference_views(
    found: Iterable[Difference], later: Mapping[Name, Line], earlier: Mapping[Name, Line], *, reveal: bool
) -> list[dict[str, Any]]:
    views = []
    for each in found:
        item = each.item
        line = (later if each.after is not None else earlier).get(each.name)
        before, after = _shown(item, each.before, reveal=reveal), _shown(item, each.after, reveal=reveal)
        views.append(
            {
                "module": each.module,
                "section": item.section,
                "index": item.index,
                "key": item.key,
                "name": item.name,
                "before": before,
                "after": after,
                "change": each.change,
                "secret": secrets.is_secret_key(item.name),
                "path": (".".join(line.path) or None) if line is not None else None,
                "scope": (line.scope or None) if line is not None else None,
                "kind": line.kind if line is not None else None,
            }
        )
    return views


def _shown(item: Item, value: str | None, *, reveal: bool) -> str | None:
    if value is None or reveal:
        return value
    return secrets.hidden_item(Item(item.key, value, item.section, item.index)).value


def _reported(uow: UnitOfWork, device: DeviceRow, rendered: Rendered) -> list[dict[str, Any]]:
    """Give the mapped parameters that the phone was last seen to show otherwise than it should."""
    tree = load_tree(uow, device.id)
    expected = expectations(render_neutral(rendered.resolved), parameter_names=frozenset(tree), root=device.root)
    found = []
    for name, value in expected.items():
        known = tree.get(name)
        if known is not None and known.value is not None and not same(value, known.value, "xsd:string"):
            found.append(
                {"name": name, "expected": value, "read": known.value, "read_at": rfc3339(known.updated_at or None)}
            )
    told: list[dict[str, Any]] = redacted(found)
    return told


# The way back --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plan:
    document: dict[str, Any]
    """The phone's own layer."""
    rendered: Rendered
    found: tuple[Difference, ...]
    """What differs between the version and what is rendered now."""
    later: _Side


def roll_back(
    uow: UnitOfWork, ctx: Context, device_id: str, version: str, *, push: bool = False, dry_run: bool = False
) -> dict[str, Any]:
    """Make a phone's own layer such that its settings are those of an earlier version.

    The layer says what differs from the less specific ones, nothing else. Files and phone books are named as they were
    then; what they hold is what they hold now.

    Args:
        uow: the transaction; one that writes, unless ``dry_run``.
        ctx: keys and blobs.
        device_id: the phone.
        version: the version whose settings are wanted.
        push: also queue a download of the configuration.
        dry_run: only tell what would change.

    Raises:
        NotFound: no such phone or version.
        Conflict: no settings were kept with that version.
        BadSettings: it names files that are gone, or this model cannot have these settings now; nothing is saved.
    """
    device = device_row(uow, device_id)
    row = _full(uow, device_id, version)
    kept = kept_settings.opened(ctx, row)
    if kept is None:
        raise Conflict(
            f"No settings were kept with version {version}: it was made by an older version of this server.",
            field="version",
        )
    _check_names(uow, version, kept.document)
    scope = f"devices/{device_id}"
    layers = configs.layers_for(uow, ctx, device)
    before = next((dict(layer.document) for layer in layers if layer.scope == scope), {})
    plan = _plan(uow, ctx, device, row, kept, [layer for layer in layers if layer.scope != scope])
    task = None
    if not dry_run:
        if plan.document != before:
            settings.put_layer(uow, ctx, scope, plan.document)
        if push:
            task = tasks.create_task(uow, ctx, device_id, {"type": "download", "kind": "config"})
    return {
        "device_id": device_id,
        "rolled_back_to": version,
        "version": plan.rendered.version,
        "dialect": plan.rendered.dialect.value,
        "identical": not plan.found,
        "items": _difference_views(plan.found, plan.later.lines, {}, reveal=False),
        "layer": secrets.redact(plan.document),
        "changes": [_change_view(each) for each in restoring.changes(before, plan.document)],
        "dry_run": dry_run,
        "task": task,
    }


def _plan(
    uow: UnitOfWork, ctx: Context, device: DeviceRow, row: ConfigVersionRow, kept: KeptSettings, lower: list[Layer]
) -> _Plan:
    """Find the layer that brings the version back, and what it makes of the file."""
    merged = resolve(lower).document
    then = _of_version(ctx, row)
    plans: list[_Plan] = []
    for document in restoring.own_layers(merged, kept.document, former=kept.own, unused_raw=kept.unused_raw):
        layers = [*lower, Layer(f"devices/{device.id}", document)]
        rendered = configs.render_config(uow, ctx, device.id, layers=layers)
        later = _desired(uow, rendered, device.id)
        plans.append(_Plan(document, rendered, _differences(then, later), later))
        if then.document.same_content(later.document):
            return plans[-1]
    return min(plans, key=lambda plan: len(plan.found))


def _check_names(uow: UnitOfWork, version: str, document: Mapping[str, Any]) -> None:
    named = settings.files_of(document)
    gone = {path: file_id for path, file_id in named.items() if uow.session.get(FileRow, file_id) is None}
    book = document.get("phonebook", {}).get("phonebook_id")
    if book is not None and uow.session.get(PhonebookRow, book) is None:
        gone["phonebook.phonebook_id"] = book
    if gone:
        names = ", ".join(f"{path} {file_id}" for path, file_id in gone.items())
        raise BadSettings(
            f"Version {version} names what is not there any more: {names}. Upload it again and set it by hand, or "
            "choose another version.",
            field="version",
            missing=[{"path": path, "id": file_id} for path, file_id in gone.items()],
        )


def _change_view(change: restoring.Change) -> dict[str, Any]:
    kind = "changed" if change.was_there and change.is_there else "added" if change.is_there else "removed"
    return {
        "path": ".".join(change.path),
        "before": secrets.hidden(change.path, change.before),
        "after": secrets.hidden(change.path, change.after),
        "change": kind,
    }


# Not for ever --------------------------------------------------------------------------------------------------------


def crowded(uow: UnitOfWork, *, keep: int = KEEP_VERSIONS) -> list[str]:
    """Give phones, not too many at once, that have more versions than are kept."""
    statement = (
        select(ConfigVersionRow.device_id)
        .group_by(ConfigVersionRow.device_id)
        .having(func.count() > keep + 2)
        .limit(PRUNE_PHONES)
    )
    return list(uow.session.exec(statement).all())


def prune_versions(uow: UnitOfWork, device_id: str, *, keep: int = KEEP_VERSIONS) -> list[str]:
    """Drop a phone's oldest versions; give the digests of their contents, for ``files.drop_blob``.

    What the phone has, what it should have, and what an open task is about to give it stays; so does, until its time
    is over, what a link still opens, for nobody would come back for its content.
    """
    device = uow.session.get(DeviceRow, device_id)
    if device is None:
        return []
    applied = _last_applied(uow, device)
    open_tasks = select(TaskRow.id).where(TaskRow.device_id == device_id, col(TaskRow.open))
    linked = select(LinkRow.sha256).where(
        LinkRow.device_id == device_id, or_(col(LinkRow.expires_at).is_(None), col(LinkRow.expires_at) >= uow.now)
    )
    old = (
        select(ConfigVersionRow)
        .where(
            ConfigVersionRow.device_id == device_id,
            col(ConfigVersionRow.version).not_in((device.config_desired_version, device.config_reported_version)),
            col(ConfigVersionRow.task_id).not_in(open_tasks),
            col(ConfigVersionRow.sha256).not_in(linked),
        )
        .order_by(col(ConfigVersionRow.id).desc())
    )
    newest = (
        select(ConfigVersionRow.id)
        .where(ConfigVersionRow.device_id == device_id)
        .order_by(col(ConfigVersionRow.id).desc())
        .limit(keep)
    )
    going = uow.session.exec(old.where(col(ConfigVersionRow.id).not_in(newest))).all()
    digests = []
    for row in going:
        if applied is not None and row.id == applied.id:
            continue
        uow.session.delete(row)
        digests.append(row.sha256)
    uow.session.flush()
    # Links whose time is over open nothing any more and must not hold a content; what a phone with a key was served is
    # named by nothing else.
    over = (
        col(LinkRow.device_id) == device_id,
        col(LinkRow.file_id).is_(None),
        col(LinkRow.expires_at) < uow.now,
        col(LinkRow.task_id).not_in(open_tasks),
    )
    digests += [sha256 for sha256 in uow.session.exec(select(LinkRow.sha256).where(*over)).all() if sha256]
    uow.connection.execute(delete(LinkRow).where(*over))
    return list(dict.fromkeys(digests))
