"""One phone's configuration: its layers, the file rendered from them, and the versions that were made of it.

The version moves only when the content does: the same content as the last file made for the phone keeps that file's
version. Rendering reads only; with ``make_links`` it also makes the links by which the phone fetches what its settings
name (a transaction that writes).
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlmodel import col, select

from acs import formats
from acs.domain.phones.catalogue import Model
from acs.domain.phones.layers import Layer, Resolved, resolve
from acs.domain.phones.profiles import dialect_for
from acs.domain.phones.render import Links, next_version, render
from acs.domain.phones.secrets import redact, redact_config
from acs.errors import BadRequest, BadSettings
from acs.formats import CODECS, ConfigDocument, Dialect
from acs.services import links as links_of
from acs.services import settings
from acs.services.choices import profile_of
from acs.services.context import Context
from acs.services.devices import device_row
from acs.storage.blobs import Blob
from acs.storage.tables import BlobRow, ConfigVersionRow, DeviceRow, FileRow, LinkRow, SettingsLayerRow
from acs.storage.unit_of_work import UnitOfWork


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
    uow: UnitOfWork, ctx: Context, device_id: str, *, dialect: Dialect | str | None = None, make_links: bool = False
) -> Rendered:
    """Render a phone's configuration.

    Args:
        uow: the transaction; one that may write if ``make_links``.
        ctx: keys and addresses.
        device_id: the phone.
        dialect: None for what the phone takes by its model and profile.
        make_links: make the phone's links to the files that its settings name; else links that are not made yet
            appear as a placeholder.

    Raises:
        NotFound: no such phone.
        BadSettings: the settings cannot be rendered for this model; names field and layer.
        BadRequest: no such dialect.
    """
    device = device_row(uow, device_id)
    model = ctx.catalogue.of_phone(device.product_class, model=device.model)
    chosen = _dialect(dialect) if dialect is not None else default_dialect(ctx, device, model)
    resolved = resolve(layers_for(uow, ctx, device))
    links = _links(uow, ctx, device, resolved, make=make_links)
    document = render(resolved, model=model, dialect=chosen, links=links)
    return _versioned(uow, device, document, model=model, dialect=chosen, resolved=resolved)


def render_item(
    uow: UnitOfWork, ctx: Context, device_id: str, build: Callable[[Model, Dialect], ConfigDocument]
) -> Rendered:
    """Give a small file for a phone, whose document ``build`` makes, in the phone's own count of versions."""
    device = device_row(uow, device_id)
    model = ctx.catalogue.of_phone(device.product_class, model=device.model)
    dialect = default_dialect(ctx, device, model)
    return _versioned(uow, device, build(model, dialect), model=model, dialect=dialect)


def save_version(uow: UnitOfWork, ctx: Context, device_id: str, rendered: Rendered, blob: Blob) -> None:
    """Keep what was made for a phone, and that this is what it should have."""
    device = device_row(uow, device_id)
    device.config_desired_version = rendered.version
    uow.session.add(device)
    remember_blob(uow, blob, encrypted=True)
    latest = _latest(uow, device_id)
    if latest is not None and (latest.version, latest.sha256) == (rendered.version, blob.sha256):
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
        )
    )


def remember_blob(uow: UnitOfWork, blob: Blob, *, encrypted: bool) -> None:
    """Keep that a content is in the store."""
    if uow.session.get(BlobRow, blob.sha256) is None:
        uow.session.add(
            BlobRow(sha256=blob.sha256, md5=blob.md5, size=blob.size, encrypted=encrypted, created_at=uow.now)
        )
        uow.session.flush()


def config_text(
    uow: UnitOfWork, ctx: Context, device_id: str, *, dialect: str | None = None, reveal: bool = False
) -> Rendered:
    """Give a phone's configuration to look at: every secret as ``***`` unless revealed."""
    rendered = render_config(uow, ctx, device_id, dialect=dialect)
    if reveal:
        return rendered
    document = redact_config(rendered.document)
    return Rendered(
        content=formats.write(document, rendered.dialect),
        version=rendered.version,
        dialect=rendered.dialect,
        file_name=rendered.file_name,
        content_digest=rendered.content_digest,
        document=document,
        model=rendered.model,
        resolved=rendered.resolved,
    )


def explain(uow: UnitOfWork, ctx: Context, device_id: str, *, reveal: bool = False) -> dict[str, Any]:
    """Give every effective value with the layer that it came from."""
    device = device_row(uow, device_id)
    layers = layers_for(uow, ctx, device)
    resolved = resolve(layers)
    shown = resolved.document if reveal else redact(resolved.document)
    values = []
    for path, rank in sorted(resolved.paths.items()):
        value: Any = shown
        for name in path:
            value = value[name]
        values.append({"path": ".".join(path), "value": value, "scope": resolved.scopes[rank]})
    model = ctx.catalogue.of_phone(device.product_class, model=device.model)
    return {
        "device_id": device_id,
        "model": model.name,
        "dialect": default_dialect(ctx, device, model).value,
        "layers": [layer.scope for layer in layers],
        "values": values,
    }


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
    resolved: Resolved | None = None,
) -> Rendered:
    bare = formats.write(document.with_version(None), dialect)
    digest = hashlib.sha256(json.dumps(dialect.value).encode() + bare).hexdigest()
    latest = _latest(uow, device.id)
    if latest is not None and latest.content_digest == digest:
        version = latest.version
    else:
        version = next_version(latest.version if latest is not None else None, dialect)
        reported = device.config_reported_version
        # A phone that was configured by someone else, or before a backup was restored, may be ahead of our count:
        # it would take a file of its own version, or an older one, for nothing new.
        if _number(reported) >= _number(version):
            version = next_version(reported, dialect)
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
    )


def _number(version: str) -> Decimal:
    digits = version.strip()
    plain = digits.isascii() and digits.replace(".", "", 1).isdigit() and len(digits) <= 34
    return Decimal(digits) if plain else Decimal(-1)


def _latest(uow: UnitOfWork, device_id: str) -> ConfigVersionRow | None:
    statement = select(ConfigVersionRow).where(ConfigVersionRow.device_id == device_id)
    return uow.session.exec(statement.order_by(col(ConfigVersionRow.id).desc()).limit(1)).first()


def _links(uow: UnitOfWork, ctx: Context, device: DeviceRow, resolved: Resolved, *, make: bool) -> Links:
    urls: dict[str, list[str]] = {}
    for path, file_id in settings.files_of(resolved.document).items():
        file = uow.session.get(FileRow, file_id)
        if file is None:
            raise BadSettings(f"{path}: there is no file {file_id} any more", field=path)
        url = _made(uow, ctx, device.id, file) if not make else links_of.asset_link(uow, ctx, device.id, file)[1]
        urls.setdefault(path.split(".", 1)[0], []).append(url or links_of.preview_url(ctx, file))
    return Links(
        phonebook="".join(urls.get("phonebook", ())),
        firmware="".join(urls.get("firmware", ())),
        background="".join(urls.get("background", ())),
        certificates=tuple(urls.get("certificates", ())),
    )


def _made(uow: UnitOfWork, ctx: Context, device_id: str, file: FileRow) -> str | None:
    link = uow.session.exec(
        select(LinkRow).where(
            LinkRow.device_id == device_id,
            LinkRow.sha256 == file.sha256,
            LinkRow.name == links_of.safe_name(file.name),
            col(LinkRow.expires_at).is_(None),
        )
    ).first()
    return links_of.url_of(ctx, link) if link is not None else None
