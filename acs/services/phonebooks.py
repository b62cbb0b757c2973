"""Phone books as data: what operators edit, import and export.

A change that changes something makes the phones below the scopes that name the book ``pending``; their next
configuration then carries a new URL. A book is bounded, so it is compared and replaced as a whole.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf, nextafter
from typing import Any, Final, Literal

from sqlalchemy import Text, cast, delete, func, insert, or_, true
from sqlmodel import col, select

from acs.errors import BadRequest, Conflict, NotFound
from acs.formats import phonebook
from acs.formats.phonebook import Contact, Group, Phonebook, Reading
from acs.formats.phonebook.book import MAX_CONTACTS, MAX_GROUPS, group_name, ring_name, title_of
from acs.services import settings
from acs.services.context import Context
from acs.services.paging import Page, page_of
from acs.services.phonebook_files import book_of, book_row, contact_of, contact_rows, forget
from acs.services.views import rfc3339
from acs.storage.tables import ContactRow, PhonebookRow
from acs.storage.unit_of_work import UnitOfWork

MAX_BOOKS: Final = 1000
MAX_TOLD: Final = 100
"""Skipped entries that a report names one by one."""
Mode = Literal["replace", "merge"]


def list_books(uow: UnitOfWork, *, limit: int = 100, cursor: str | None = None) -> Page:
    """List books by their identifiers."""
    counts = select(ContactRow.phonebook_id, func.count()).group_by(ContactRow.phonebook_id)
    contacts = dict(uow.session.exec(counts).all())

    def view(row: PhonebookRow) -> dict[str, Any]:
        return _view(row, contacts.get(row.id, 0))

    return page_of(uow, select(PhonebookRow), key=PhonebookRow.id, limit=limit, cursor=cursor, view=view)


def create_book(uow: UnitOfWork, body: Mapping[str, Any]) -> dict[str, Any]:
    """Make a book: ``name``, and optionally its ``groups``.

    Raises:
        BadRequest: a field is off.
        Conflict: there is one of this name, or there are far too many.
    """
    _only(body, "name", "groups")
    name = _book_name(body.get("name"))
    _free(uow, name)
    if uow.session.exec(select(func.count()).select_from(PhonebookRow)).one() >= MAX_BOOKS:
        raise Conflict(f"There are {MAX_BOOKS} phone books already; delete some first.")
    row = PhonebookRow(
        id=uow.new_id(),
        name=name,
        groups=_groups_of(body.get("groups", [])),
        created_at=uow.now,
        updated_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    return _view(row, 0)


def find(uow: UnitOfWork, reference: str) -> str:
    """Give the identifier of a book that is named by it, or by its name.

    Raises:
        NotFound: no such book.
    """
    if uow.session.get(PhonebookRow, reference) is not None:
        return reference
    found = uow.session.exec(select(PhonebookRow.id).where(PhonebookRow.name == reference)).first()
    if found is None:
        raise NotFound(f"There is no phone book {reference}.")
    return found


def get_book(uow: UnitOfWork, book_id: str) -> dict[str, Any]:
    """Give one book: its groups, who names it, and what each kind of file has no place for."""
    row = book_row(uow, book_id)
    book = book_of(uow, row)
    return {
        **_view(row, len(book.contacts)),
        "scopes": settings.documents_naming_book(uow, book_id),
        "left_out": {kind: phonebook.left_out(book, kind)[:MAX_TOLD] for kind in phonebook.FORMATS},
    }


def change_book(uow: UnitOfWork, ctx: Context, book_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Rename a book, or give it other groups (``groups``: contacts leave those that are gone).

    Raises:
        BadRequest: a field is off.
        Conflict: another book has this name.
    """
    _only(body, "name", "groups")
    row = book_row(uow, book_id)
    changed = False
    if "name" in body and (name := _book_name(body["name"])) != row.name:
        _free(uow, name)
        row.name, changed = name, True
    if "groups" in body and (groups := _groups_of(body["groups"])) != row.groups:
        kept = {group["name"] for group in groups}
        _regroup(uow, row, lambda names: [each for each in names if each in kept])
        row.groups, changed = groups, True
    if changed:
        _touch(uow, ctx, row)
    return get_book(uow, book_id)


def delete_book(uow: UnitOfWork, book_id: str) -> list[str]:
    """Delete a book; give the digests of the files written from it, for ``files.drop_blob``.

    Raises:
        NotFound: no such book.
        Conflict: settings name it.
    """
    row = book_row(uow, book_id)
    if scopes := settings.documents_naming_book(uow, book_id):
        raise Conflict(
            f"Phone book {row.name!r} is named by the settings of {', '.join(scopes[:5])}; change these first.",
            scopes=scopes,
        )
    digests = forget(uow, book_id)
    uow.connection.execute(delete(ContactRow).where(col(ContactRow.phonebook_id) == book_id))
    uow.session.delete(row)
    return digests


# Contacts -----------------------------------------------------------------------------------------------------------


def list_contacts(
    uow: UnitOfWork,
    book_id: str,
    *,
    q: str | None = None,
    group: str | None = None,
    limit: int = 100,
    cursor: str | None = None,
) -> Page:
    """List contacts in the order of the book; ``q`` is a part of a name or of a number."""
    book_row(uow, book_id)
    statement = select(ContactRow).where(ContactRow.phonebook_id == book_id)
    if q:
        pattern = "%" + q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        number = func.json_each(ContactRow.numbers).table_valued("value")
        numbers = select(number.c.value).where(func.json_extract(number.c.value, "$.number").like(pattern, escape="\\"))
        statement = statement.where(or_(col(ContactRow.name).ilike(pattern, escape="\\"), numbers.exists()))
    if group is not None:
        statement = statement.where(_in_group(group))
    return page_of(
        uow, statement, key=ContactRow.id, sort=ContactRow.position, limit=limit, cursor=cursor, view=contact_view
    )


def get_contact(uow: UnitOfWork, book_id: str, contact_id: str) -> dict[str, Any]:
    """Give one contact."""
    return contact_view(_contact_row(uow, book_id, contact_id))


def add_contact(uow: UnitOfWork, ctx: Context, book_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Add a contact at the end; groups that the book does not have yet are made.

    Raises:
        BadRequest: a field is off.
        Conflict: the book is full.
    """
    row = book_row(uow, book_id)
    contact = contact_from(body)
    statement = select(func.count(), func.max(ContactRow.position)).where(ContactRow.phonebook_id == book_id)
    count, last = uow.session.exec(statement).one()
    if count >= MAX_CONTACTS:
        raise Conflict(f"Phone book {row.name!r} has {count} contacts already; no book has more.")
    _add_groups(row, contact.groups)
    made = ContactRow(**_columns(uow, book_id, contact, 0 if last is None else last + 1))
    uow.session.add(made)
    _touch(uow, ctx, row)
    return contact_view(made)


def put_contact(
    uow: UnitOfWork, ctx: Context, book_id: str, contact_id: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Replace a contact.

    Raises:
        BadRequest: a field is off.
    """
    made = _contact_row(uow, book_id, contact_id)
    _change(uow, ctx, made, contact_from(body))
    return contact_view(made)


def patch_contact(
    uow: UnitOfWork, ctx: Context, book_id: str, contact_id: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """Change what is named of a contact; null empties it.

    Raises:
        BadRequest: a field is off.
    """
    made = _contact_row(uow, book_id, contact_id)
    before = {"name": made.name, "numbers": made.numbers, "ring": made.ring, "groups": made.groups}
    _only(body, *before)
    _change(uow, ctx, made, contact_from({**before, **body}))
    return contact_view(made)


def delete_contact(uow: UnitOfWork, ctx: Context, book_id: str, contact_id: str) -> None:
    """Delete a contact."""
    made = _contact_row(uow, book_id, contact_id)
    uow.session.delete(made)
    _touch(uow, ctx, book_row(uow, book_id))


def put_contacts(uow: UnitOfWork, ctx: Context, book_id: str, contacts: Sequence[Contact]) -> dict[str, Any]:
    """Replace all contacts by those; those of the same name stay the same contact. Gives what changed."""
    return _take(uow, ctx, book_row(uow, book_id), contacts, mode="replace")


def contacts_from(body: Mapping[str, Any]) -> list[Contact]:
    """Give the ``contacts`` of a body; thousands take a while, so call it outside transactions and the event loop.

    Raises:
        BadRequest: a contact is off; names its place.
    """
    _only(body, "contacts")
    given = body.get("contacts")
    if not isinstance(given, list):
        raise BadRequest("contacts must be a list", field="contacts")
    if len(given) > MAX_CONTACTS:
        raise BadRequest(f"{len(given)} contacts are more than the {MAX_CONTACTS} of one book", field="contacts")
    contacts = []
    for position, each in enumerate(given):
        where = f"contacts.{position}"
        if not isinstance(each, Mapping):
            raise BadRequest(f"{where} must be an object", field=where)
        try:
            contacts.append(contact_from(each))
        except BadRequest as error:
            field = f"{where}.{error.field}" if error.field else where
            raise BadRequest(f"{where}: {error.message}", field=field) from None
    return contacts


# Groups -------------------------------------------------------------------------------------------------------------


def list_groups(uow: UnitOfWork, book_id: str) -> dict[str, Any]:
    """List the groups of a book in their order, with how many contacts each has."""
    row = book_row(uow, book_id)
    names = func.json_each(ContactRow.groups).table_valued("value")
    name = cast(names.c.value, Text)
    statement = (
        select(name, func.count()).select_from(ContactRow).join(names, true()).where(ContactRow.phonebook_id == book_id)
    )
    counts = {str(found[0]): int(found[1]) for found in uow.session.execute(statement.group_by(name))}
    items = [{**_group(row, group["name"]), "contacts": counts.get(group["name"], 0)} for group in row.groups]
    return {"items": items, "next": None}


def add_group(uow: UnitOfWork, ctx: Context, book_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Make a group.

    Raises:
        BadRequest: a field is off.
        Conflict: the book has a group of this name.
    """
    _only(body, "name", "ring")
    row = book_row(uow, book_id)
    name = group_name(_said(body, "name"))
    if any(group["name"] == name for group in row.groups):
        raise Conflict(f"Phone book {row.name!r} has a group {name!r} already.", field="name")
    return put_group(uow, ctx, book_id, name, {"ring": body.get("ring")})


def get_group(uow: UnitOfWork, book_id: str, name: str) -> dict[str, Any]:
    """Give one group and how many contacts it has."""
    group = _group(book_row(uow, book_id), name)
    statement = select(func.count()).where(ContactRow.phonebook_id == book_id, _in_group(name))
    return {**group, "contacts": uow.session.exec(statement).one()}


def put_group(uow: UnitOfWork, ctx: Context, book_id: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Make a group, or give one another ``ring``."""
    _only(body, "ring")
    row = book_row(uow, book_id)
    made = {"name": group_name(name), "ring": ring_name(_said(body, "ring"))}
    groups = [made if group["name"] == made["name"] else group for group in row.groups]
    if made not in groups:
        groups.append(made)
    _set_groups(uow, ctx, row, groups)
    return get_group(uow, book_id, made["name"])


def patch_group(uow: UnitOfWork, ctx: Context, book_id: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Rename a group, with its contacts, or give it another ``ring``.

    Raises:
        BadRequest: a field is off.
        Conflict: the book has a group of this name.
    """
    _only(body, "name", "ring")
    row = book_row(uow, book_id)
    before = _group(row, name)
    made = {
        "name": group_name(body["name"]) if "name" in body else name,
        "ring": ring_name(_said(body, "ring")) if "ring" in body else before["ring"],
    }
    if made["name"] != name:
        if any(group["name"] == made["name"] for group in row.groups):
            raise Conflict(f"Phone book {row.name!r} has a group {made['name']!r} already.", field="name")
        _regroup(uow, row, lambda names: [made["name"] if each == name else each for each in names])
    _set_groups(uow, ctx, row, [made if group["name"] == name else group for group in row.groups])
    return get_group(uow, book_id, made["name"])


def delete_group(uow: UnitOfWork, ctx: Context, book_id: str, name: str) -> None:
    """Delete a group; its contacts stay, without it."""
    row = book_row(uow, book_id)
    _group(row, name)
    _regroup(uow, row, lambda names: [each for each in names if each != name])
    _set_groups(uow, ctx, row, [group for group in row.groups if group["name"] != name])


# Import and export --------------------------------------------------------------------------------------------------


def import_book(uow: UnitOfWork, ctx: Context, book_id: str, found: Reading, *, mode: str = "merge") -> dict[str, Any]:
    """Take in what was read of a file; give a report.

    ``merge`` keeps what the file does not name: a contact of a name in the file gets the file's numbers, and its ring
    and groups where the file has any. ``replace`` leaves what is in the file.

    Raises:
        BadRequest: no such mode, or nothing usable is in the file.
        Conflict: the book would have too many contacts.
    """
    if mode not in ("replace", "merge"):
        raise BadRequest("mode must be one of: merge, replace", field="mode")
    if not found.book.contacts and found.skipped:
        first = found.skipped[0]
        raise BadRequest(
            f"none of the {len(found.skipped)} entries is a contact; entry {first.entry}: {first.reason}", field="file"
        )
    row = book_row(uow, book_id)
    report = _take(uow, ctx, row, list(found.book.contacts), mode="merge" if mode == "merge" else "replace")
    return {
        "format": found.kind,
        "title": found.book.title,
        "mode": mode,
        **report,
        "joined": found.joined,
        "skipped": len(found.skipped),
        "skipped_entries": [
            {"entry": each.entry, "name": each.name, "reason": each.reason} for each in found.skipped[:MAX_TOLD]
        ],
        "left_out": dict(found.left_out),
    }


def whole_book(uow: UnitOfWork, book_id: str) -> Phonebook:
    """Give a book as a value, to be written as a file."""
    return book_of(uow, book_row(uow, book_id))


def contact_from(body: Mapping[str, Any]) -> Contact:
    """Give the contact that an API caller described.

    Raises:
        BadRequest: a field is off.
    """
    _only(body, "name", "numbers", "ring", "groups")
    numbers = body.get("numbers")
    if not isinstance(numbers, list):
        raise BadRequest('numbers must be a list of {"kind": "work", "number": "2001"}', field="numbers")
    pairs = []
    for position, each in enumerate(numbers):
        where = f"numbers.{position}"
        if not isinstance(each, Mapping) or set(each) != {"kind", "number"}:
            raise BadRequest(f"{where} must be an object with kind and number", field=where)
        pairs.append((each["kind"], each["number"]))
    groups = body.get("groups") or []
    if not isinstance(groups, list):
        raise BadRequest("groups must be a list of names", field="groups")
    return phonebook.contact(body.get("name", ""), pairs, _said(body, "ring"), groups)


def contact_view(row: ContactRow) -> dict[str, Any]:
    """A contact as the API shows it."""
    return {
        "id": row.id,
        "name": row.name,
        "numbers": [dict(each) for each in row.numbers],
        "ring": row.ring,
        "groups": list(row.groups),
        "updated_at": rfc3339(row.updated_at),
    }


# Inside -------------------------------------------------------------------------------------------------------------


def _view(row: PhonebookRow, contacts: int) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "groups": [dict(group) for group in row.groups],
        "contacts": contacts,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


def _only(body: Mapping[str, Any], *names: str) -> None:
    for name in body:
        if name not in names:
            raise BadRequest(f"unknown name {name[:64]!r}; known: {', '.join(names)}", field=name[:64])


def _said(body: Mapping[str, Any], name: str) -> Any:
    value = body.get(name)
    return "" if value is None else value


def _book_name(name: Any) -> str:
    title = title_of(name if name is not None else "", "name")
    if not title:
        raise BadRequest("name is required: it is also the book's title on the phone", field="name")
    return title


def _free(uow: UnitOfWork, name: str) -> None:
    if uow.session.exec(select(PhonebookRow.id).where(PhonebookRow.name == name)).first() is not None:
        raise Conflict(f"There is a phone book {name!r} already.", field="name")


def _groups_of(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or len(given) > MAX_GROUPS:
        raise BadRequest(f"groups must be a list of at most {MAX_GROUPS}", field="groups")
    found: dict[str, Group] = {}
    for position, each in enumerate(given):
        where = f"groups.{position}"
        each = {"name": each} if isinstance(each, str) else each
        if not isinstance(each, Mapping) or not {"name"} <= set(each) <= {"name", "ring"}:
            raise BadRequest(f"{where} must be a name, or an object with name and ring", field=where)
        name = group_name(each["name"], f"{where}.name")
        found[name] = Group(name, ring_name(_said(each, "ring"), f"{where}.ring"))
    return [{"name": group.name, "ring": group.ring} for group in found.values()]


def _group(row: PhonebookRow, name: str) -> dict[str, Any]:
    for group in row.groups:
        if group["name"] == name:
            return {"name": name, "ring": group.get("ring", "")}
    raise NotFound(f"Phone book {row.name!r} has no group {name[:64]!r}.")


def _set_groups(uow: UnitOfWork, ctx: Context, row: PhonebookRow, groups: list[dict[str, Any]]) -> None:
    if groups == row.groups:
        return
    if len(groups) > MAX_GROUPS:
        raise Conflict(f"Phone book {row.name!r} has {MAX_GROUPS} groups already; no book has more.")
    row.groups = groups
    _touch(uow, ctx, row)


def _add_groups(row: PhonebookRow, names: Iterable[str]) -> None:
    known = {group["name"] for group in row.groups}
    new = [{"name": name, "ring": ""} for name in dict.fromkeys(names) if name not in known]
    if len(known) + len(new) > MAX_GROUPS:
        raise BadRequest(f"groups: a phone book has at most {MAX_GROUPS}", field="groups")
    if new:
        row.groups = [*row.groups, *new]


def _regroup(uow: UnitOfWork, row: PhonebookRow, change: Callable[[list[str]], list[str]]) -> None:
    for contact in contact_rows(uow, row.id):
        groups = change(contact.groups)
        if groups != contact.groups:
            contact.groups, contact.updated_at = groups, uow.now
            uow.session.add(contact)


def _in_group(name: str) -> Any:
    names = func.json_each(ContactRow.groups).table_valued("value")
    return select(names.c.value).where(cast(names.c.value, Text) == name).exists()


def _contact_row(uow: UnitOfWork, book_id: str, contact_id: str) -> ContactRow:
    book = book_row(uow, book_id)
    row = uow.session.get(ContactRow, contact_id)
    if row is None or row.phonebook_id != book_id:
        raise NotFound(f"Phone book {book.name!r} has no contact {contact_id}.")
    return row


def _columns(uow: UnitOfWork, book_id: str, contact: Contact, position: int) -> dict[str, Any]:
    return {
        "id": uow.new_id(),
        "phonebook_id": book_id,
        "position": position,
        "updated_at": uow.now,
        **_said_of(contact),
    }


def _said_of(contact: Contact) -> dict[str, Any]:
    return {
        "name": contact.name,
        "numbers": [{"kind": number.kind, "number": number.number} for number in contact.numbers],
        "ring": contact.ring,
        "groups": list(contact.groups),
    }


def _change(uow: UnitOfWork, ctx: Context, row: ContactRow, contact: Contact) -> None:
    if contact == contact_of(row):
        return
    book = book_row(uow, row.phonebook_id)
    _add_groups(book, contact.groups)
    _write(uow, row, contact)
    _touch(uow, ctx, book)


def _write(uow: UnitOfWork, row: ContactRow, contact: Contact) -> None:
    for name, value in _said_of(contact).items():
        setattr(row, name, value)
    row.updated_at = uow.now
    uow.session.add(row)


def _take(
    uow: UnitOfWork, ctx: Context, book: PhonebookRow, contacts: Sequence[Contact], *, mode: Mode
) -> dict[str, Any]:
    """Make contacts those of a book. The first of a name in the file is the first of that name in the book."""
    rows = contact_rows(uow, book.id)
    by_name: dict[str, deque[ContactRow]] = defaultdict(deque)
    for row in rows:
        by_name[row.name].append(row)
    changed = same = 0
    position = rows[-1].position + 1 if rows and mode == "merge" else 0
    places = {row.id: place for place, row in enumerate(rows)}
    last = -1
    added: list[dict[str, Any]] = []
    moved = False
    for contact in contacts:
        matches = by_name.get(contact.name)
        if not matches:
            added.append(_columns(uow, book.id, contact, position))
            position += 1
            continue
        row = matches.popleft()
        if mode == "merge":
            contact = Contact(
                contact.name, contact.numbers, contact.ring or row.ring, contact.groups or tuple(row.groups)
            )
        else:
            moved = moved or places[row.id] < last
            last = places[row.id]
        if contact == contact_of(row):
            same += 1
        else:
            changed += 1
            _write(uow, row, contact)
        if mode == "replace" and row.position != position:
            row.position = position
            uow.session.add(row)
        position += mode == "replace"
    removed = [row for left in by_name.values() for row in left] if mode == "replace" else []
    if len(rows) + len(added) - len(removed) > MAX_CONTACTS:
        raise Conflict(f"Phone book {book.name!r} would have more than {MAX_CONTACTS} contacts.")
    groups = book.groups
    names = dict.fromkeys(name for contact in contacts for name in contact.groups)
    if mode == "replace":
        book.groups = [group for group in groups if group["name"] in names]
    _add_groups(book, names)
    for row in removed:
        uow.session.delete(row)
    uow.session.flush()
    if added:
        uow.connection.execute(insert(ContactRow), added)
    if added or changed or removed or moved or book.groups != groups:
        _touch(uow, ctx, book)
    return {
        "added": len(added),
        "changed": changed,
        "same": same,
        "removed": len(removed),
        "contacts": len(rows) + len(added) - len(removed),
    }


def _touch(uow: UnitOfWork, ctx: Context, book: PhonebookRow) -> None:
    """Say of a book, and of every phone that should have it, that it has changed."""
    book.updated_at = max(uow.now, nextafter(book.updated_at, inf))  # it is also what files are compared by
    uow.session.add(book)
    uow.session.flush()
    for scope in settings.documents_naming_book(uow, book.id):
        settings.mark_pending(uow, ctx, scope)
