"""Files that operators upload for phones: firmware, phone books, certificates and the like.

The bytes go to the blob store first, outside any transaction; ``create_file`` then makes them known. A blob is dropped
in a transaction of its own once nothing refers to it, and ``create_file`` looks again whether its blob is there, so an
upload and a deletion of the same bytes cannot cross.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import delete, func, or_
from sqlmodel import col, select

from acs import formats
from acs.domain.phones.catalogue import BUILT_IN, Catalogue, Model
from acs.domain.phones.items import ITEM_KINDS
from acs.domain.planning.programs import DOWNLOADS
from acs.errors import BadFile, BadRequest, Conflict, NotFound, Retriable
from acs.formats import certificates, packages, phonebook, pictures, tables
from acs.services import phonebook_files, settings
from acs.services.configs import remember_blob
from acs.services.context import Context
from acs.services.paging import Page, page_of
from acs.services.suitability import TABLES, compared
from acs.services.views import rfc3339
from acs.storage.blobs import SEALED_LIMIT, Blob, Readable
from acs.storage.tables import BlobRow, ConfigVersionRow, FileRow, LinkRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork

KINDS = {
    "firmware": "Image for Download with FileType 1; `version` is what SoftwareVersion must say afterwards.",
    "config": "Configuration file in one of the phones' dialects, handed over as it is; kept sealed.",
    "phonebook": "Phone book as XML, vCard or CSV.",
    "certificate": "Certificate, key or VPN file for `Auto etc Url`; one that holds a private key is kept sealed.",
    "background": "Picture for the screen: .bmp as it is, or .png, .jpg, .gif of which one is made.",
    "mmiset": "Customisation package, compressed to .z.",
    "dialpeer": "Dial rules as CSV, with the columns that the phone exports; industry phones.",
    "access_list": "Access table as CSV, with the columns that the phone exports; i31S, i30, i23S, i20S, i32V, i33V.",
    "other": "Anything else; a task that uses it names its file_type.",
}
"""Every kind of file and what it is for."""

SEALED_KINDS = frozenset({"config"})
"""Kinds that hold passwords: their bytes are kept sealed."""
MAX_TEXT = 16 * 1024 * 1024
"""Bytes of the largest file whose content is read as a whole to be checked."""
_SUFFIXES = {
    "certificate": tuple(certificates.SUFFIXES),
    "background": (".bmp", ".jpg", ".jpeg", ".png", ".gif"),
    "dialpeer": (".csv",),
    "access_list": (".csv",),
}
_MAX_BYTES = {
    "config": min(MAX_TEXT, SEALED_LIMIT),
    "phonebook": min(MAX_TEXT, SEALED_LIMIT),
    "certificate": min(certificates.MAX_BYTES, SEALED_LIMIT),
    "background": pictures.MAX_BYTES,
    "dialpeer": tables.MAX_BYTES,
    "access_list": tables.MAX_BYTES,
}
"""Most bytes of the kinds that are read as a whole; the others may have what the server allows."""
UNREFERENCED_SECONDS = 3600.0
"""For so long bytes may wait for what refers to them."""
_HEAD = 64
_MAX_MODELS = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """What an uploader says of a file, checked."""

    kind: str
    name: str
    version: str
    models: tuple[str, ...]

    size: tuple[int, int] | None = None
    """Pixels of the background to make, as told or as the models' screens have them."""
    told: bool = False
    """The size or the fit was said, so that even a BMP is made anew."""
    fit: pictures.Fit = "cover"
    reference: bool = False
    """A phone's own export: its columns are the ones that files for these models must have."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What was found in it; by `check_content`."""
    private: bool = False
    """It holds a secret; by `check_content`."""
    content: bytes | None = None
    """What is kept in place of what was sent; by `check_content`."""

    @property
    def encrypted(self) -> bool:
        """Keep the bytes sealed."""
        return self.private or self.kind in SEALED_KINDS

    @property
    def max_bytes(self) -> int | None:
        """Most bytes for this kind; None: what the server allows."""
        return _MAX_BYTES.get(self.kind)


def check_upload(
    *,
    kind: str,
    name: str,
    version: str = "",
    models: Sequence[str] = (),
    width: str = "",
    height: str = "",
    fit: str = "",
    reference: str = "",
    catalogue: Catalogue = BUILT_IN,
) -> Upload:
    """Check what an uploader says of a file. ``width``, ``height``, ``fit``: backgrounds; ``reference``: tables.

    Raises:
        BadRequest: a field is off.
    """
    if kind not in KINDS:
        raise BadRequest(f"kind must be one of: {', '.join(KINDS)}", field="kind")
    name = name.replace("\\", "/").rpartition("/")[2].strip()
    if not 0 < len(name) <= 128 or not name.isprintable() or name in (".", ".."):
        raise BadRequest("the file's name must be 1 to 128 printable characters", field="name")
    version = version.strip()
    if len(version) > 64 or not version.isprintable():
        raise BadRequest("version must be at most 64 printable characters", field="version")
    suffixes = _SUFFIXES.get(kind)
    if suffixes and not name.lower().endswith(suffixes):
        raise BadFile(f"{name}: a {kind} has a name that ends in one of: {', '.join(suffixes)}", field="file")
    known: dict[str, Model] = {}
    for given in models:
        for text in given.split(","):
            if not (text := text.strip()):
                continue
            model = catalogue.named(text)
            if model is None:
                raise BadRequest(f"models: there is no model {text[:64]!r}; see GET /models", field="models")
            if kind in ITEM_KINDS and kind not in model.supports:
                raise BadRequest(f"models: model {model.name} takes no {kind}", field="models", model=model.name)
            known[model.name] = model
    if len(known) > _MAX_MODELS:
        raise BadRequest(f"models: at most {_MAX_MODELS}", field="models")
    upload = Upload(kind, name, version, tuple(known))
    if kind == "background":
        upload = _measured(upload, list(known.values()), width=width, height=height, fit=fit)
    elif off := next((label for label, said in (("width", width), ("height", height), ("fit", fit)) if said), None):
        raise BadRequest(f"{off} is for backgrounds", field=off)
    if reference.strip().lower() not in ("", "true", "false"):
        raise BadRequest("reference must be true or false", field="reference")
    if reference.strip().lower() == "true":
        if kind not in TABLES or not known:
            raise BadRequest("reference is for a dialpeer or an access_list, and wants models", field="reference")
        upload = replace(upload, reference=True)
    if kind == "firmware":
        upload = replace(upload, facts=_firmware_facts(upload, known.values()))
    return upload


def _measured(upload: Upload, models: Sequence[Model], *, width: str, height: str, fit: str) -> Upload:
    """Find out which size a background shall have: as told, else that of the screens of its models."""
    if fit and fit not in pictures.FITS:
        raise BadRequest(f"fit must be one of: {', '.join(pictures.FITS)}", field="fit")
    chosen: pictures.Fit = "stretch" if fit == "stretch" else "contain" if fit == "contain" else "cover"
    if width or height:
        sides: list[int] = []
        for label, said in (("width", width), ("height", height)):
            if not (said.isascii() and said.isdecimal() and 1 <= int(said[:9]) <= pictures.MAX_SIDE):
                raise BadRequest(
                    f"{label} must be a number of pixels from 1 to {pictures.MAX_SIDE}; give width and height together",
                    field=label,
                )
            sides.append(int(said))
        return replace(upload, size=(sides[0], sides[1]), told=True, fit=chosen)
    screens = {model.screen: model.name for model in models if model.screen is not None}
    if len(screens) > 1:
        sizes = ", ".join(f"{name} {size[0]} x {size[1]}" for size, name in screens.items())
        raise BadRequest(
            f"models: their screens differ ({sizes}); upload the picture once for each, or give width and height",
            field="models",
        )
    size = next(iter(screens), None)
    if fit and size is None:
        raise BadRequest("fit wants width and height, or models whose screen is known", field="fit")
    return replace(upload, size=size, told=bool(fit), fit=chosen)


def _firmware_facts(upload: Upload, models: Iterable[Model]) -> dict[str, Any]:
    """Say what is odd about a firmware; nothing is refused, for nobody knows every name that a maker will choose."""
    warnings = [
        f"The name does not look like firmware of model {model.name} ({model.firmware})."
        for model in models
        if not model.takes_firmware(upload.name)
    ]
    if not upload.version:
        warnings.append("Without a version nobody can tell from SoftwareVersion whether a phone runs it.")
    return {"warnings": warnings} if warnings else {}


def check_content(upload: Upload, data: Readable) -> Upload:
    """Look into a file before it is kept; give the upload with what was found, and with what is kept in its place.

    Reads from where ``data`` stands. Call it outside the event loop.

    Raises:
        BadFile: it is not what its kind says.
    """
    limit = upload.max_bytes
    content = data.read(_HEAD if limit is None else limit + 1)
    if limit is not None and len(content) > limit:
        raise BadFile(f"{upload.name}: a {upload.kind} has at most {limit} bytes", field="file", max_bytes=limit)
    if not content:
        raise BadFile(f"{upload.name} is empty", field="file")
    try:
        return _looked_into(upload, content)
    except BadFile as error:
        raise BadFile(f"{upload.name}: {error.message}", field="file") from None


def _looked_into(upload: Upload, content: bytes) -> Upload:
    match upload.kind:
        case "config":
            # An encrypted one cannot be looked into and is taken as it is; one that shows a known frame has to parse.
            if formats.detect(content) is not None:
                formats.read(content)
        case "phonebook":
            try:
                kind = phonebook.sniff(content)
            except csv.Error:
                kind = None
            if kind is None:
                raise BadFile("it is no phone book: neither XML nor vCard nor CSV")
        case "certificate":
            found = certificates.read(upload.name, content)
            return replace(upload, facts=found.facts(), private=found.private)
        case "background":
            return _background(upload, content)
        case "mmiset":
            packages.check_mmiset(upload.name, content)
        case "dialpeer" | "access_list":
            return replace(upload, facts=tables.read(content).facts())
    return upload


def _background(upload: Upload, content: bytes) -> Upload:
    if pictures.is_bitmap(content) and not upload.told:
        found = pictures.read_bitmap(content)
        facts = found.facts()
        if upload.size is not None and upload.size != (found.width, found.height):
            wanted = f"{upload.size[0]} x {upload.size[1]}"
            facts["warnings"] = [
                f"The screen of {', '.join(upload.models[:5])} has {wanted} pixels, the picture {found.width} x "
                f"{found.height}; upload it with fit to have it made anew."
            ]
        return replace(upload, name=_ending(upload.name, ".bmp"), facts=facts)
    source = pictures.look(content)
    made = pictures.to_bitmap(content, upload.size, fit=upload.fit)
    facts = pictures.read_bitmap(made).facts()
    facts["made_from"] = {
        "name": upload.name,
        "format": source.format,
        "width": source.width,
        "height": source.height,
        "fit": upload.fit if upload.size is not None else "own size",
    }
    return replace(upload, name=_ending(upload.name, ".bmp"), facts=facts, content=made)


def _ending(name: str, suffix: str) -> str:
    stem = name.rpartition(".")[0] or name
    return name if name.lower().endswith(suffix) else stem + suffix


def create_file(uow: UnitOfWork, ctx: Context, upload: Upload, blob: Blob) -> dict[str, Any]:
    """Make a stored file known.

    Raises:
        Retriable: its bytes were just deleted by someone else; store them again.
    """
    if not ctx.blobs.exists(blob.sha256):
        raise Retriable("The file's content was deleted meanwhile; send it again.", after=1.0)
    facts = dict(upload.facts)
    if upload.kind in TABLES and "columns" in facts:
        shown = list(upload.models)
        if not upload.reference:
            shown = compared(uow, upload.kind, upload.models, facts["columns"])
        facts |= {"reference": shown} if shown else {}
    remember_blob(uow, blob, encrypted=upload.encrypted)
    row = FileRow(
        id=uow.new_id(),
        kind=upload.kind,
        name=upload.name,
        version=upload.version,
        models=list(upload.models),
        sha256=blob.sha256,
        md5=blob.md5,
        size=blob.size,
        created_at=uow.now,
        facts=facts,
    )
    uow.session.add(row)
    uow.session.flush()
    return file_view(row, uow.now)


def get_file(uow: UnitOfWork, file_id: str) -> dict[str, Any]:
    """Give what is known of one file."""
    return file_view(file_row(uow, file_id), uow.now)


def list_files(
    uow: UnitOfWork,
    *,
    kind: str | None = None,
    model: str | None = None,
    device_id: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
    catalogue: Catalogue = BUILT_IN,
) -> Page:
    """List files, newest first; ``model``: those for this model, or for any; ``device_id``: those it has sent."""
    statement = select(FileRow).where(col(FileRow.id).not_like(f"{phonebook_files.PREFIX}%"))
    if device_id is not None:
        statement = statement.where(FileRow.device_id == device_id)
    if kind is not None:
        if kind not in KINDS:
            raise BadRequest(f"kind must be one of: {', '.join(KINDS)}", field="kind")
        statement = statement.where(FileRow.kind == kind)
    if model is not None:
        known = catalogue.named(model)
        names = func.json_each(FileRow.models).table_valued("value")
        named = select(names.c.value).where(names.c.value == (known.name if known else model)).exists()
        statement = statement.where(or_(named, func.json_array_length(FileRow.models) == 0))
    return page_of(
        uow,
        statement,
        key=FileRow.id,
        descending=True,
        limit=limit,
        cursor=cursor,
        view=lambda row: file_view(row, uow.now),
    )


def delete_file(uow: UnitOfWork, file_id: str) -> str:
    """Forget a file and the links to it; give the digest of its bytes, for ``drop_blob``.

    Raises:
        NotFound: no such file.
        Conflict: settings or an open task name it.
    """
    row = file_row(uow, file_id)
    if scopes := settings.documents_naming(uow, file_id):
        raise Conflict(
            f"File {file_id} is named by the settings of {', '.join(scopes[:5])}; change these first.", scopes=scopes
        )
    needs = select(TaskRow.id).where(
        col(TaskRow.open),
        col(TaskRow.type).in_(DOWNLOADS),
        func.json_extract(TaskRow.arguments, "$.file_id") == file_id,
    )
    waiting = uow.session.exec(needs.limit(20)).all()
    if waiting:
        raise Conflict(
            f"File {file_id} is needed by open tasks ({', '.join(waiting[:3])}…); cancel them first.",
            task_ids=list(waiting),
        )
    sha256 = row.sha256
    uow.session.delete(row)
    uow.session.flush()
    uow.connection.execute(delete(LinkRow).where(col(LinkRow.file_id) == file_id))
    return sha256


def drop_blob(uow: UnitOfWork, ctx: Context, sha256: str) -> bool:
    """Delete bytes that nothing refers to any more; say whether they went.

    The bytes go first: should the transaction then fail, an entry without bytes and without users stays, which the
    next upload of the same bytes makes whole.
    """
    for table in (FileRow, LinkRow, ConfigVersionRow):
        if uow.session.exec(select(table.sha256).where(table.sha256 == sha256).limit(1)).first() is not None:
            return False
    ctx.blobs.delete(sha256)
    row = uow.session.get(BlobRow, sha256)
    if row is not None:
        uow.session.delete(row)
    return True


def unreferenced(uow: UnitOfWork, *, limit: int = 500) -> list[str]:
    """Give digests of bytes that nothing refers to any more, for `drop_blob`.

    Configurations go with their phone, and a process may end between forgetting a file and dropping its bytes. What
    was stored lately is left alone: somebody may be about to refer to it.
    """
    statement = select(BlobRow.sha256).where(BlobRow.created_at < uow.now - UNREFERENCED_SECONDS)
    for table in (FileRow, LinkRow, ConfigVersionRow):
        statement = statement.where(~select(table.sha256).where(table.sha256 == BlobRow.sha256).exists())
    return list(uow.session.exec(statement.limit(limit)).all())


def file_row(uow: UnitOfWork, file_id: str) -> FileRow:
    """Give the row of a file.

    Raises:
        NotFound: no such file.
    """
    row = uow.session.get(FileRow, file_id)
    if row is None or phonebook_files.is_book(row):  # the book it was written from is what is looked at and deleted
        raise NotFound(f"There is no file {file_id}.")
    return row


def is_secret(file: Mapping[str, Any]) -> bool:
    """Whether the content of a file, given by its view, holds secrets."""
    return is_secret_file(file["kind"], file["facts"])


def is_secret_file(kind: str, facts: Mapping[str, Any]) -> bool:
    """Whether the content of a file of this kind, with what was found in it, holds secrets."""
    return kind in SEALED_KINDS or bool(facts.get("private"))


def file_view(row: FileRow, now: float) -> dict[str, Any]:
    """The contract's file, with what was found in it and what is odd about it now."""
    facts = dict(row.facts)
    ends = facts.get("not_after")
    if isinstance(ends, str) and ends < (rfc3339(now) or ""):
        facts["warnings"] = [*facts.get("warnings", ()), f"The certificate has expired: it was good until {ends}."]
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "version": row.version,
        "models": list(row.models),
        "size": row.size,
        "sha256": row.sha256,
        "md5": row.md5,
        "created_at": rfc3339(row.created_at),
        "device_id": row.device_id,
        "task_id": row.task_id,
        "facts": facts,
    }
