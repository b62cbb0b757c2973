"""Files that operators upload for phones: firmware, phone books, certificates and the like.

The bytes go to the blob store first, outside any transaction; ``create_file`` then makes them known. A blob is dropped
in a transaction of its own once nothing refers to it, and ``create_file`` looks again whether its blob is there, so an
upload and a deletion of the same bytes cannot cross.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, or_
from sqlmodel import col, select

from acs import formats
from acs.domain.phones.catalogue import BUILT_IN, Catalogue
from acs.domain.planning.programs import DOWNLOADS
from acs.errors import BadFile, BadRequest, Conflict, NotFound, Retriable
from acs.formats import phonebook
from acs.services import phonebook_files, settings
from acs.services.configs import remember_blob
from acs.services.context import Context
from acs.services.paging import Page, page_of
from acs.services.views import rfc3339
from acs.storage.blobs import SEALED_LIMIT, Blob, Readable
from acs.storage.tables import BlobRow, ConfigVersionRow, FileRow, LinkRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork

KINDS = {
    "firmware": "Image for Download with FileType 1; `version` is what SoftwareVersion must say afterwards.",
    "config": "Configuration file in one of the phones' dialects, handed over as it is; kept sealed.",
    "phonebook": "Phone book as XML, vCard or CSV.",
    "certificate": "Certificate: .pem, .crt, .cer or .der.",
    "background": "Picture for the screen: .bmp, .jpg or .png.",
    "mmiset": "Language and menu package.",
    "dialpeer": "Dial rules.",
    "access_list": "Allowed and blocked numbers.",
    "other": "Anything else; a task that uses it names its file_type.",
}
"""Every kind of file and what it is for."""

SEALED_KINDS = frozenset({"config"})
"""Kinds that hold passwords: their bytes are kept sealed."""
MAX_TEXT = 16 * 1024 * 1024
"""Bytes of the largest file whose content is read as a whole to be checked."""
_SUFFIXES = {
    "certificate": (".pem", ".crt", ".cer", ".der", ".p12", ".pfx", ".key"),
    "background": (".bmp", ".jpg", ".jpeg", ".png", ".gif", ".zip"),
}
_MAX_MODELS = 100


@dataclass(frozen=True, slots=True)
class Upload:
    """What an uploader says of a file, checked."""

    kind: str
    name: str
    version: str
    models: tuple[str, ...]

    @property
    def encrypted(self) -> bool:
        """Keep the bytes sealed."""
        return self.kind in SEALED_KINDS

    @property
    def max_bytes(self) -> int | None:
        """Most bytes for this kind; None: what the server allows."""
        return min(MAX_TEXT, SEALED_LIMIT) if self.kind in ("config", "phonebook") else None


def check_upload(
    *, kind: str, name: str, version: str = "", models: Sequence[str] = (), catalogue: Catalogue = BUILT_IN
) -> Upload:
    """Check what an uploader says of a file.

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
        raise BadFile(f"a {kind} has a name that ends in one of: {', '.join(suffixes)}", field="file")
    known: list[str] = []
    for given in models:
        for text in given.split(","):
            if not (text := text.strip()):
                continue
            model = catalogue.named(text)
            if model is None:
                raise BadRequest(f"models: there is no model {text[:64]!r}; see GET /models", field="models")
            known.append(model.name)
    if len(known) > _MAX_MODELS:
        raise BadRequest(f"models: at most {_MAX_MODELS}", field="models")
    return Upload(kind, name, version, tuple(dict.fromkeys(known)))


def check_content(upload: Upload, data: Readable) -> None:
    """Look into a file before it is kept; reads from where ``data`` stands. Call it outside the event loop.

    Raises:
        BadFile: it is not what its kind says.
    """
    if upload.kind not in ("config", "phonebook"):
        if not data.read(1):
            raise BadFile(f"{upload.name} is empty", field="file")
        return
    content = data.read(MAX_TEXT + 1)
    if len(content) > MAX_TEXT:
        raise BadFile(f"a {upload.kind} has at most {MAX_TEXT} bytes", field="file", max_bytes=MAX_TEXT)
    if not content:
        raise BadFile(f"{upload.name} is empty", field="file")
    if upload.kind == "config":
        # An encrypted one cannot be looked into and is taken as it is; one that shows a known frame has to parse.
        if formats.detect(content) is not None:
            try:
                formats.read(content)
            except BadFile as error:
                raise BadFile(f"{upload.name}: {error.message}", field="file") from None
        return
    try:
        kind = phonebook.sniff(content)
    except csv.Error:
        kind = None
    if kind is None:
        raise BadFile(f"{upload.name} is no phone book: neither XML nor vCard nor CSV", field="file")


def create_file(uow: UnitOfWork, ctx: Context, upload: Upload, blob: Blob) -> dict[str, Any]:
    """Make a stored file known.

    Raises:
        Retriable: its bytes were just deleted by someone else; store them again.
    """
    if not ctx.blobs.exists(blob.sha256):
        raise Retriable("The file's content was deleted meanwhile; send it again.", after=1.0)
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
    )
    uow.session.add(row)
    uow.session.flush()
    return file_view(row)


def get_file(uow: UnitOfWork, file_id: str) -> dict[str, Any]:
    """Give what is known of one file."""
    return file_view(file_row(uow, file_id))


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
    return page_of(uow, statement, key=FileRow.id, descending=True, limit=limit, cursor=cursor, view=file_view)


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


def file_row(uow: UnitOfWork, file_id: str) -> FileRow:
    """Give the row of a file.

    Raises:
        NotFound: no such file.
    """
    row = uow.session.get(FileRow, file_id)
    if row is None or phonebook_files.is_book(row):  # the book it was written from is what is looked at and deleted
        raise NotFound(f"There is no file {file_id}.")
    return row


def file_view(row: FileRow) -> dict[str, Any]:
    """The contract's file."""
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
    }
