"""One phone's configuration: its layers, the file rendered from them, and the versions that were made of it.

The version moves only when the content does: the same content as the last file made for the phone, or shown of it in
that dialect, keeps that file's version. Rendering reads only; with ``make_links`` it also makes the links by which the
phone fetches what its settings name (a transaction that writes).
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import cast

from sqlmodel import col, select

from acs import formats
from acs.domain.phones import items
from acs.domain.phones.catalogue import Model
from acs.domain.phones.explaining import unused_raw
from acs.domain.phones.file_keys import Plan
from acs.domain.phones.items import Item, Push
from acs.domain.phones.layers import Layer, Resolved, resolve
from acs.domain.phones.own_login import keep_login
from acs.domain.phones.profiles import dialect_for
from acs.domain.phones.render import Links, next_version, render_traced
from acs.domain.phones.secrets import redact_config
from acs.domain.phones.sheet import Sheet
from acs.errors import BadRequest, BadSettings, Retriable
from acs.formats import CODECS, ConfigDocument, Dialect, phonebook
from acs.formats.containers import PLAIN
from acs.services import file_keys, kept_settings, phonebook_files, settings
from acs.services import links as links_of
from acs.services.choices import profile_of
from acs.services.context import Context
from acs.services.devices import device_row
from acs.services.kept_settings import KeptSettings
from acs.storage.blobs import Blob
from acs.storage.tables import (
    BlobRow,
    ConfigVersionRow,
    DeviceRow,
    FileRow,
    LinkRow,
    PhonebookRow,
    SettingsLayerRow,
)
from acs.storage.unit_of_work import UnitOfWork

ITEM_DIGEST = "item:"
"""Before the digest of a file that only names another: it is no version of the whole configuration."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A configuration file for one phone."""

    content: bytes
    version: str
    dialect: Dialect
    file_name: str
    content_digest: str
    """SHA-256 of the content without its version."""
    document: ConfigDocument
    model: Model
    resolved: Resolved = field(default_factory=Resolved)
    """What it was rendered from; nothing for a file that only names another."""
    sheet: Sheet | None = field(default=None, repr=False)
    """Knows the setting behind each line; None for a file that only names another."""
    layers: tuple[Layer, ...] = field(default=(), repr=False)
    """The layers that it was rendered from, least specific first."""
    plan: Plan = field(default_factory=Plan)
    """With which key the phone gets it."""
    container: str = PLAIN
    """What ``content`` is wrapped in."""
    push: Push | None = None
    """What the phone is handed of it: without the items that it has; None: all of it."""
    unseen: bool = False
    """Whether its version was neither made nor shown before: who shows it keeps that (`keep_shown`)."""

    @property
    def handed_document(self) -> ConfigDocument:
        """The file that the phone is handed."""
        return self.document if self.push is None else self.push.document

    @property
    def handed(self) -> bytes:
        """Its bytes."""
        same = self.handed_document.modules == self.document.modules
        return self.content if same else formats.write(self.handed_document, self.dialect)


def layers_for(uow: UnitOfWork, ctx: Context, device: DeviceRow) -> list[Layer]:
    """Give the settings layers of a phone that hold something, least specific first, with their secrets."""
    scopes = [settings.GLOBAL]
    if device.group_name:
        scopes.append(f"groups/{device.group_name}")
    if (scope := settings.model_scope(ctx, device.model, device.product_class)) is not None:
        scopes.append(scope)
    scopes.append(f"devices/{device.id}")
    rows = (uow.session.get(SettingsLayerRow, scope) for scope in scopes)
    return [Layer(row.scope, settings.open_document(ctx, row)) for row in rows if row is not None]


def render_config(
    uow: UnitOfWork,
    ctx: Context,
    device_id: str,
    *,
    dialect: Dialect | str | None = None,
    make_links: bool = False,
    to_push: bool = False,
    layers: Sequence[Layer] | None = None,
) -> Rendered:
    """Render a phone's configuration.

    Args:
        uow: the transaction; one that may write if ``make_links``.
        ctx: keys and addresses.
        device_id: the phone.
        dialect: None for what the phone takes by its model and profile.
        make_links: make the phone's links to the files that its settings name; else links that are not made yet
            appear as a placeholder.
        to_push: find out what the phone is handed of it now; the version is the next one if the phone would take
            the file for the one that it has, and lacks something still.
        layers: settings to render instead of the phone's own.

    Raises:
        NotFound: no such phone.
        BadSettings: the settings cannot be rendered for this model; names field and layer.
        BadRequest: no such dialect.
    """
    device = device_row(uow, device_id)
    model = ctx.catalogue.of_phone(device.product_class, model=device.model)
    chosen = _dialect(dialect) if dialect is not None else default_dialect(ctx, device, model)
    layers = tuple(layers_for(uow, ctx, device) if layers is None else layers)
    resolved = resolve(layers)
    named = _items(uow, ctx, device, resolved, make=make_links)
    plan = file_keys.plan_of(ctx, device, resolved)
    document, sheet = render_traced(resolved, model=model, dialect=chosen, links=_links(named), keys=plan.carries)
    named = items.named_by(document, named)
    content = _Content(items.identity(document, named), document, chosen)
    lacking: tuple[Item, ...] = ()
    again = False
    if to_push:
        lacking = items.missing(
            named, device.items, software_version=device.software_version, booted_at=device.last_boot_at
        )
        if lacking and _has_taken(uow, device, content):
            # It takes the same version for nothing new. What it was told to fetch just now it may be fetching.
            lacking = tuple(item for item in lacking if not items.is_fetching(device.items, item, uow.now))
            again = bool(lacking)
    rendered = _versioned(
        uow,
        device,
        document,
        model=model,
        dialect=chosen,
        content=content,
        resolved=resolved,
        plan=plan,
        again=again,
    )
    push = items.push(rendered.document, named, lacking) if to_push else None
    if push is not None and device.username:
        push = replace(push, document=keep_login(push.document, acs_url=ctx.acs_url))
    return replace(rendered, push=push, sheet=sheet, layers=layers)


def render_item(
    uow: UnitOfWork, ctx: Context, device_id: str, build: Callable[[Model, Dialect], ConfigDocument]
) -> Rendered:
    """Give a small file for a phone, whose document ``build`` makes, in the phone's own count of versions.

    It has a version of its own each time: what names the same file twice is a command twice.
    """
    device = device_row(uow, device_id)
    model = ctx.catalogue.of_phone(device.product_class, model=device.model)
    dialect = default_dialect(ctx, device, model)
    document = build(model, dialect)
    content = _Content(document, document, dialect, prefix=ITEM_DIGEST)
    plan = key_plan(uow, ctx, device)
    return _versioned(uow, device, document, model=model, dialect=dialect, content=content, plan=plan, again=True)


def key_plan(uow: UnitOfWork, ctx: Context, device: DeviceRow) -> Plan:
    """Give the plan for the keys of a phone's configuration files, whatever is in them."""
    return file_keys.plan_of(ctx, device, resolve(layers_for(uow, ctx, device)))


def served(ctx: Context, device_id: str, rendered: Rendered) -> file_keys.Served:
    """Give what the phone is handed of a rendered file, as the phone gets it."""
    return file_keys.serve(ctx, device_id, rendered.handed, rendered.handed_document, rendered.plan)


def save_version(
    uow: UnitOfWork, ctx: Context, device_id: str, rendered: Rendered, blob: Blob, *, task_id: str = ""
) -> None:
    """Keep what was made for a phone, for which task, and that this is what it should have.

    Raises:
        Retriable: something else was kept under this version since it was made; no two contents have the same.
    """
    device = device_row(uow, device_id)
    other = select(ConfigVersionRow.id).where(
        ConfigVersionRow.device_id == device_id,
        ConfigVersionRow.version == rendered.version,
        ConfigVersionRow.content_digest != rendered.content_digest,
    )
    if uow.session.exec(other.limit(1)).first() is not None:
        raise Retriable(f"Version {rendered.version} was given to another file meanwhile; try again.", after=1.0)
    device.config_desired_version = rendered.version
    uow.session.add(device)
    remember_blob(uow, blob, encrypted=True)
    latest = _latest(uow, device_id, whole=not rendered.content_digest.startswith(ITEM_DIGEST))
    if latest is not None and (latest.version, latest.content_digest) == (rendered.version, rendered.content_digest):
        if not latest.settings_sealed:  # made before settings were kept: now it can be rolled back to
            latest.settings_sealed = _kept_settings(ctx, device_id, rendered)
            uow.session.add(latest)
        return
    uow.session.add(
        ConfigVersionRow(
            device_id=device_id,
            version=rendered.version,
            dialect=rendered.dialect.value,
            content_digest=rendered.content_digest,
            sha256=blob.sha256,
            size=blob.size,
            created_at=uow.now,
            settings_sealed=_kept_settings(ctx, device_id, rendered),
            kind="item" if rendered.sheet is None else "full",
            task_id=task_id,
        )
    )


def _kept_settings(ctx: Context, device_id: str, rendered: Rendered) -> str:
    if rendered.sheet is None:
        return ""
    own = next((layer.document for layer in rendered.layers if layer.scope == f"devices/{device_id}"), {})
    kept = KeptSettings(dict(rendered.resolved.document), dict(own), unused_raw(rendered.sheet))
    return kept_settings.sealed(ctx, device_id, rendered.version, kept)


def remember_blob(uow: UnitOfWork, blob: Blob, *, encrypted: bool) -> None:
    """Keep that a content is in the store."""
    if uow.session.get(BlobRow, blob.sha256) is None:
        uow.session.add(
            BlobRow(sha256=blob.sha256, md5=blob.md5, size=blob.size, encrypted=encrypted, created_at=uow.now)
        )
        uow.session.flush()


def config_text(
    uow: UnitOfWork,
    ctx: Context,
    device_id: str,
    *,
    dialect: str | None = None,
    reveal: bool = False,
    as_served: bool = False,
) -> Rendered:
    """Give a phone's configuration to look at: secrets as ``***`` unless revealed; or the bytes it would get now."""
    rendered = render_config(uow, ctx, device_id, dialect=dialect, to_push=as_served)
    if as_served:
        wrapped = served(ctx, device_id, rendered)
        return replace(rendered, content=wrapped.content, container=wrapped.container)
    return rendered if reveal else redacted(rendered)


def keep_shown(uow: UnitOfWork, device_id: str, rendered: Rendered) -> bool:
    """Keep the version under which a content is shown; False if another one has it by now: render again."""
    device = device_row(uow, device_id)
    shown, kept = (rendered.version, rendered.content_digest), _shown(device, rendered.dialect)
    if shown != kept:
        if _number(kept[0]) >= _number(rendered.version):
            return False
        device.config_shown = {**device.config_shown, rendered.dialect.value: list(shown)}
        uow.session.add(device)
    return True


def redacted(rendered: Rendered) -> Rendered:
    """Give the same file with every secret as ``***``."""
    document = redact_config(rendered.document)
    return replace(rendered, content=formats.write(document, rendered.dialect), document=document)


def default_dialect(ctx: Context, device: DeviceRow, model: Model) -> Dialect:
    """Give the dialect that a phone gets by its profile and its model."""
    return dialect_for(profile_of(device, ctx.catalogue).profile, model)


def _dialect(name: Dialect | str) -> Dialect:
    if name not in CODECS:
        raise BadRequest(f"dialect must be one of: {', '.join(CODECS)}", field="dialect")
    return Dialect(name)


def _versioned(
    uow: UnitOfWork,
    device: DeviceRow,
    document: ConfigDocument,
    *,
    model: Model,
    dialect: Dialect,
    content: "_Content",
    resolved: Resolved | None = None,
    plan: Plan | None = None,
    again: bool = False,
) -> Rendered:
    latest = _latest(uow, device.id)
    same = latest
    if latest is not None and latest.content_digest.startswith(ITEM_DIGEST) and not again:
        same = _latest(uow, device.id, whole=True)
    digest = content.digest
    if same is not None and not again and content.is_in(same) and (same is latest or _proven(device, same)):
        version, digest = same.version, same.content_digest
        unseen = False
    else:
        version = next_version(latest.version if latest is not None else None, dialect)
        reported = device.config_reported_version
        # A phone that was configured by someone else, or before a backup was restored, may be ahead of our count:
        # it would take a file of its own version, or an older one, for nothing new.
        if _number(reported) >= _number(version):
            version = next_version(reported, dialect)
        # Who looked at a file may have given it to the phone by other means; another content needs another version.
        seen, seen_digest = _shown(device, dialect)
        if _number(seen) >= _number(version):
            version = seen if seen_digest == digest and not again else next_version(seen, dialect)
        unseen = not again and (seen, seen_digest) != (version, digest)
    versioned = document.with_version(version)
    return Rendered(
        content=formats.write(versioned, dialect),
        version=version,
        dialect=dialect,
        file_name=f"{device.mac or device.id}.cfg",
        content_digest=digest,
        document=versioned,
        model=model,
        resolved=resolved or Resolved(),
        plan=plan or Plan(),
        unseen=unseen,
    )


def _shown(device: DeviceRow, dialect: Dialect) -> tuple[str, str]:
    version, digest = device.config_shown.get(dialect.value, ("", ""))
    return version, digest


@dataclass(frozen=True)
class _Content:
    """What a file says apart from its version, and the digest by which that is known again; written once for it."""

    identity: ConfigDocument
    """The document with digests of its items in place of their URLs."""
    document: ConfigDocument
    dialect: Dialect
    prefix: str = ""

    @cached_property
    def digest(self) -> str:
        """The digest that a version of this content has."""
        return self._digest(self.identity)

    def is_in(self, row: ConfigVersionRow) -> bool:
        """Whether a version has this content; those made by revision 0002 of the tables have the digest with URLs."""
        if row.content_digest == self.digest:
            return True
        return self.identity is not self.document and row.content_digest == self._digest(self.document)

    def _digest(self, document: ConfigDocument) -> str:
        bare = formats.write(document.with_version(None), self.dialect)
        return self.prefix + hashlib.sha256(json.dumps(self.dialect.value).encode() + bare).hexdigest()


def _has_taken(uow: UnitOfWork, device: DeviceRow, content: _Content) -> bool:
    """Whether a phone has proven to have this content, whatever items it was told of after it."""
    same = _latest(uow, device.id, whole=True)
    return same is not None and content.is_in(same) and _proven(device, same)


def _proven(device: DeviceRow, row: ConfigVersionRow) -> bool:
    return items.since_reset(device.items, row.applied_at)


def is_new(uow: UnitOfWork, device_id: str, rendered: Rendered) -> bool:
    """Whether a file is another than the whole one that was last made for a phone."""
    latest = _latest(uow, device_id, whole=True)
    return latest is None or latest.version != rendered.version


def later_items(uow: UnitOfWork, device_id: str, rendered: Rendered) -> list[str]:
    """Give the versions of the files for single items that came after a configuration which the phone has proven.

    They changed nothing else: a phone that shows one of them has the configuration.
    """
    same = _latest(uow, device_id, whole=True)
    if same is None or same.version != rendered.version or not _proven(device_row(uow, device_id), same):
        return []
    rows = select(ConfigVersionRow.version).where(
        ConfigVersionRow.device_id == device_id, col(ConfigVersionRow.id) > same.id
    )
    return list(uow.session.exec(rows.order_by(col(ConfigVersionRow.id).desc()).limit(20)).all())


def _number(version: str) -> Decimal:
    digits = version.strip()
    plain = digits.isascii() and digits.replace(".", "", 1).isdigit() and len(digits) <= 34
    return Decimal(digits) if plain else Decimal(-1)


def _latest(uow: UnitOfWork, device_id: str, *, whole: bool = False) -> ConfigVersionRow | None:
    """Give the newest file that was made for a phone; ``whole``: the newest that was not for a single item."""
    statement = select(ConfigVersionRow).where(ConfigVersionRow.device_id == device_id)
    if whole:
        statement = statement.where(col(ConfigVersionRow.content_digest).not_like(f"{ITEM_DIGEST}%"))
    return uow.session.exec(statement.order_by(col(ConfigVersionRow.id).desc()).limit(1)).first()


def _items(uow: UnitOfWork, ctx: Context, device: DeviceRow, resolved: Resolved, *, make: bool) -> tuple[Item, ...]:
    """Give the files that a phone's settings name, with the phone's own links to them."""
    found = []
    for path, file_id in settings.files_of(resolved.document).items():
        file = uow.session.get(FileRow, file_id)
        if file is None:
            raise BadSettings(f"{path}: there is no file {file_id} any more", field=path)
        item = links_of.item_of(file, kind=settings.FILE_KINDS[(path.split(".", 1)[0],)], path=path)
        found.append(_linked(uow, ctx, device, item, make=make))
    if (book := _book(uow, ctx, resolved, make=make)) is not None:
        found = [item for item in found if item.kind != "phonebook"]
        unwritten = book.sha256 == UNWRITTEN
        preview = replace(book, url=links_of.preview_url(ctx, book))
        found.append(preview if unwritten else _linked(uow, ctx, device, book, make=make))
    return tuple(found)


UNWRITTEN = "unwritten"
"""In place of the digest of a phone book whose file is not made yet."""


def _book(uow: UnitOfWork, ctx: Context, resolved: Resolved, *, make: bool) -> Item | None:
    """Give the phone book that is kept as data, if the settings name one and there is something to write."""
    if (named := book_named(uow, resolved)) is None:
        return None
    file = phonebook_files.make(uow, ctx, *named) if make else phonebook_files.written(uow, *named)
    path = "phonebook.phonebook_id"
    if file is None:
        return Item("phonebook", path, f"phonebook.{named[1]}", UNWRITTEN, 0)
    # No card at all is no file: phones would take it for a failure.
    return links_of.item_of(file, kind="phonebook", path=path) if file.size else None


def _linked(uow: UnitOfWork, ctx: Context, device: DeviceRow, item: Item, *, make: bool) -> Item:
    """Give an item with the phone's own URL of it, or with one to look at while there is none."""
    if make:
        link: LinkRow | None = links_of.item_link(uow, ctx, device.id, item)
    else:
        link = links_of.known_link(uow, device.id, item)
    return replace(item, url=links_of.url_of(ctx, link) if link is not None else links_of.preview_url(ctx, item))


def _links(named: Sequence[Item]) -> Links:
    urls = {item.kind: item.url for item in named if item.kind != "certificate"}
    return Links(certificates=tuple(item.url for item in named if item.kind == "certificate"), **urls)


def book_named(uow: UnitOfWork, resolved: Resolved) -> tuple[str, phonebook.Kind] | None:
    """Give the phone book that settings name, and as which kind of file; None if they name none.

    Raises:
        BadSettings: it is gone.
    """
    named = settings.book_of(resolved.document)
    if named is None:
        return None
    if uow.session.get(PhonebookRow, named[0]) is None:
        path = "phonebook.phonebook_id"
        raise BadSettings(f"{path}: there is no phone book {named[0]} any more", field=path)
    return named[0], cast(phonebook.Kind, named[1])


def phonebook_of(uow: UnitOfWork, ctx: Context, device_id: str) -> FileRow:
    """Give the phone book of a phone: the file that its settings name, or its book, written now if it must be.

    Raises:
        BadSettings: they name none, or it is gone.
    """
    resolved = resolve(layers_for(uow, ctx, device_row(uow, device_id)))
    if (named := book_named(uow, resolved)) is not None:
        made = phonebook_files.make(uow, ctx, *named)
        if not made.size:
            raise BadSettings("The phone book is empty, and vcf has no way to say so.", field="phonebook.format")
        return made
    file_id = settings.files_of(resolved.document).get("phonebook.file_id")
    file = uow.session.get(FileRow, file_id) if file_id else None
    if file is None:
        raise BadSettings("The settings of this phone name no phone book; set phonebook first.", field="phonebook")
    return file


def unwritten_book(uow: UnitOfWork, ctx: Context, device_id: str) -> tuple[str, phonebook.Kind] | None:
    """Give the book of a phone that has to be written before its configuration can name it; None if there is none."""
    named = book_named(uow, resolve(layers_for(uow, ctx, device_row(uow, device_id))))
    return named if named is not None and phonebook_files.written(uow, *named) is None else None
