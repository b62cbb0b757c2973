"""Phone books that are kept as data, as the files that phones fetch.

For each book and kind of file there is one file, which no list shows. It is written when a phone needs it and was
not yet since the last change, and it is the same bytes until the book changes, so that links and configurations are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from acs.errors import NotFound
from acs.formats import phonebook
from acs.services.context import Context
from acs.storage.blobs import Blob
from acs.storage.tables import BlobRow, ContactRow, FileRow, LinkRow, PhonebookRow
from acs.storage.unit_of_work import UnitOfWork

MAX_BYTES: Final = 32 * 1024 * 1024
"""Bytes of the largest book; 10,000 contacts have about 3 MiB."""
SUPERSEDED_SECONDS: Final = 7 * 86400.0
"""For so long a phone may still fetch what an older configuration of it names."""
MAX_FORGOTTEN: Final = 1000
"""Links of one file that one round of housekeeping forgets."""
PREFIX: Final = "book-"
"""Begins the identifier of each file that was written here."""
BOOK: Final = "phonebook_id"
"""The fact of a file that says of which book it was written."""


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A book that has to be written before a phone can fetch it."""

    book_id: str
    kind: phonebook.Kind
    revision: float
    book: phonebook.Phonebook

    def content(self) -> bytes:
        """Write it. Large books take a second: call it outside transactions and the event loop."""
        return phonebook.write(self.book, self.kind)


def is_book(file: FileRow) -> bool:
    """Say whether a file was written here from a book."""
    return BOOK in (file.facts or {})


def file_id_of(book_id: str, kind: str) -> str:
    """Give the identifier of the file of a book."""
    return f"{PREFIX}{book_id}-{kind}"


def book_row(uow: UnitOfWork, book_id: str) -> PhonebookRow:
    """Give the row of a book.

    Raises:
        NotFound: no such book.
    """
    row = uow.session.get(PhonebookRow, book_id)
    if row is None:
        raise NotFound(f"There is no phone book {book_id}.")
    return row


def contact_rows(uow: UnitOfWork, book_id: str) -> Sequence[ContactRow]:
    """Give the contacts of a book in its order: by position, then by name."""
    statement = select(ContactRow).where(ContactRow.phonebook_id == book_id)
    order = (col(ContactRow.position), col(ContactRow.name), col(ContactRow.id))
    return uow.session.exec(statement.order_by(*order)).all()


def contact_of(row: ContactRow) -> phonebook.Contact:
    """Give a contact as a value."""
    numbers = tuple(phonebook.Number(each["kind"], each["number"]) for each in row.numbers)
    return phonebook.Contact(row.name, numbers, row.ring, tuple(row.groups))


def book_of(uow: UnitOfWork, row: PhonebookRow) -> phonebook.Phonebook:
    """Give a whole book as a value; its name is its title."""
    groups = tuple(phonebook.Group(group["name"], group.get("ring", "")) for group in row.groups)
    return phonebook.Phonebook(row.name, groups, tuple(map(contact_of, contact_rows(uow, row.id))))


def written(uow: UnitOfWork, book_id: str, kind: phonebook.Kind) -> FileRow | None:
    """Give the file of a book; None if it was not written since the last change.

    Raises:
        NotFound: no such book.
    """
    row = book_row(uow, book_id)
    file = uow.session.get(FileRow, file_id_of(book_id, kind))
    return file if file is not None and file.facts.get("revision") == row.updated_at else None


def unwritten(uow: UnitOfWork, book_id: str, kind: phonebook.Kind) -> Unwritten | None:
    """Give what has to be written of a book; None if its file is as the book is.

    Raises:
        NotFound: no such book.
    """
    row = book_row(uow, book_id)
    if written(uow, book_id, kind) is not None:
        return None
    return Unwritten(book_id, kind, row.updated_at, book_of(uow, row))


def keep(uow: UnitOfWork, wanted: Unwritten, blob: Blob) -> FileRow:
    """Make a written book the file of its book."""
    if uow.session.get(BlobRow, blob.sha256) is None:
        uow.session.add(BlobRow(sha256=blob.sha256, md5=blob.md5, size=blob.size, created_at=uow.now))
        uow.session.flush()
    file_id = file_id_of(wanted.book_id, wanted.kind)
    file = uow.session.get(FileRow, file_id) or FileRow(
        id=file_id,
        kind="phonebook",
        name=f"phonebook.{wanted.kind}",
        sha256=blob.sha256,
        md5=blob.md5,
        size=blob.size,
        created_at=uow.now,
    )
    file.sha256, file.md5, file.size = blob.sha256, blob.md5, blob.size
    file.facts = {
        BOOK: wanted.book_id,
        "format": wanted.kind,
        "revision": wanted.revision,
        "entries": len(wanted.book.contacts),
    }
    uow.session.add(file)
    uow.session.flush()
    return file


def store(ctx: Context, wanted: Unwritten) -> Blob:
    """Write a book into the store of files."""
    return ctx.blobs.put(wanted.content(), encrypted=False, max_bytes=MAX_BYTES)


def make(uow: UnitOfWork, ctx: Context, book_id: str, kind: phonebook.Kind) -> FileRow:
    """Give the file of a book, written now if it must be.

    Raises:
        NotFound: no such book.
    """
    wanted = unwritten(uow, book_id, kind)
    if wanted is not None:
        return keep(uow, wanted, store(ctx, wanted))
    file = written(uow, book_id, kind)
    assert file is not None
    return file


def forget(uow: UnitOfWork, book_id: str) -> list[str]:
    """Forget the files of a book and the links to them; give the digests of their bytes, for ``files.drop_blob``."""
    ids = [file_id_of(book_id, kind) for kind in phonebook.FORMATS]
    digests = set(uow.session.exec(select(LinkRow.sha256).where(col(LinkRow.file_id).in_(ids))).all())
    for file_id in ids:
        file = uow.session.get(FileRow, file_id)
        if file is not None:
            digests.add(file.sha256)
            uow.session.delete(file)
    uow.session.flush()
    uow.connection.execute(delete(LinkRow).where(col(LinkRow.file_id).in_(ids)))
    return sorted(digests)


def forget_superseded(uow: UnitOfWork) -> list[str]:
    """Forget links to books that the same phone has had a newer one of for long; give their bytes' digests."""
    newer = aliased(LinkRow)
    has_newer = (
        select(newer.id)
        .where(
            newer.device_id == LinkRow.device_id,
            col(newer.file_id).startswith(PREFIX),
            newer.created_at > LinkRow.created_at,
        )
        .exists()
    )
    digests: set[str] = set()
    for file in uow.session.exec(select(FileRow).where(col(FileRow.id).startswith(PREFIX))).all():
        old = select(LinkRow).where(
            LinkRow.file_id == file.id,
            LinkRow.sha256 != file.sha256,
            col(LinkRow.expires_at).is_(None),
            LinkRow.created_at < uow.now - SUPERSEDED_SECONDS,
            has_newer,
        )
        for link in uow.session.exec(old.limit(MAX_FORGOTTEN)).all():
            digests.add(link.sha256)
            uow.session.delete(link)
    uow.session.flush()
    return sorted(digests)
