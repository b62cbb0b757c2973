"""Phone books as CSV: all quoted, CRLF, UTF-8 without a mark (fanvil.md 8.3); read in any order of columns.

A row has one number of each kind. A contact with more goes on in further rows of the same name, ring and groups.
"""

import csv
import io
import re
from collections.abc import Mapping

from acs.errors import BadFile
from acs.formats.fanvil_text import decode
from acs.formats.phonebook.book import Collector, Number, NumberKind, Phonebook, Reading, entries, split_groups

HEADER = ("name", "work", "mobile", "other", "ring", "groups")
DEFAULT_RING = "Default"
DELIMITERS = ",;\t"
MAX_COLUMNS = 200
_NAMES = frozenset({"name", "displayname", "fullname", "contact", "contactname", "title"})
_COMPANY = frozenset({"company", "companyname", "organization", "organisation", "organizationname"})
"""Names an entry that has no other name: address books keep firms so."""
_GIVEN = frozenset({"firstname", "givenname"})
_FAMILY = frozenset({"lastname", "surname", "familyname"})
_RING = frozenset({"ring", "ringtone", "ringtype", "ringid"})
_GROUPS = frozenset(
    {"groups", "group", "groupname", "groupidname", "groupmembership", "category", "categories", "labels"}
)
_LABEL = frozenset({"phonetype", "phonelabel"})
_LABELLED = "phonevalue"
"""Google writes pairs of columns: ``Phone 1 - Label`` says of what kind ``Phone 1 - Value`` is."""
_PARTS = ":::"
"""What parts several values in one cell of Google's."""
_WORK = (
    *("work", "office", "business", "company", "companymain", "main", "primary"),
    *("number", "phone", "telephone", "tel", "extension"),
)
_MOBILE = ("mobile", "mobil", "cell", "cellphone", "cellular", "handy")
_OTHER = ("other", "home", "private", "fax", "pager", "workfax", "businessfax", "homefax", "otherfax")
_WORDS: Mapping[str, NumberKind] = {
    **dict.fromkeys(_WORK, "work"),
    **dict.fromkeys(_MOBILE, "mobile"),
    **dict.fromkeys(_OTHER, "other"),
}
_FILLERS = ("number", "phone", "telephone", "tel", "no")


def write(book: Phonebook) -> bytes:
    """The bytes of a book as CSV."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    rows.writerow(HEADER)
    for each in book.contacts:
        for row in entries(each, repeatable=frozenset()):
            numbers = {number.kind: number.number for number in row.numbers}
            rows.writerow(
                (
                    row.name,
                    *(numbers.get(kind, "") for kind in ("work", "mobile", "other")),
                    row.ring or DEFAULT_RING,
                    ",".join(row.groups),
                )
            )
    return text.getvalue().encode()


def header_of(data: bytes) -> tuple[str, list[str]] | None:
    """The separator and the columns of what looks like a phone book; None if it does not."""
    text = decode(data)
    for delimiter in DELIMITERS:
        try:
            columns = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            continue
        if len(columns) > MAX_COLUMNS:
            continue
        kinds = [_kind(column) for column in columns]
        numbers = any(kind in _WORDS.values() or kind == "labelled" for kind in kinds)
        if numbers and {"name", "given", "family", "company"} & set(kinds):
            return delimiter, columns
    return None


def rows_of(data: bytes) -> list[list[str]]:
    """The rows below the header, without empty ones.

    Raises:
        BadFile: not CSV, or a row has other columns than the header.
    """
    found = header_of(data)
    if found is None:
        raise BadFile("phone book: the first row names no column for names and for numbers")
    delimiter, columns = found
    text = io.StringIO(decode(data), newline="")
    try:
        rows = [row for row in csv.reader(text, delimiter=delimiter, strict=True) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise BadFile(f"phone book: not CSV: {error}") from None
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(columns):
            raise BadFile(f"phone book: row {number} has {len(row)} columns, the header has {len(columns)}")
    return rows[1:]


def count(data: bytes) -> int:
    """The number of rows.

    Raises:
        BadFile: it is no phone book.
    """
    return len(rows_of(data))


def read(data: bytes) -> Reading:
    """The book in a table.

    Raises:
        BadFile: it is no phone book.
        BadRequest: it has too many rows.
    """
    rows = rows_of(data)
    found = header_of(data)
    assert found is not None
    columns = [(column.strip()[:64], _kind(column)) for column in found[1]]
    if {"given", "family"} & {kind for _, kind in columns}:  # beside these, a title is "Dr."
        columns = [(column, None if column.casefold() == "title" else kind) for column, kind in columns]
    collector = Collector("csv", repeatable=frozenset())
    for row in rows:
        name = given = family = company = called = ring = label = ""
        numbers: list[Number] = []
        groups: list[str] = []
        others: list[str] = []
        for (column, kind), cell in zip(columns, row, strict=True):
            text = cell.strip()
            if kind == "label":
                label = text
                continue
            if not text:
                continue
            match kind:
                case "name":
                    name = name or text
                case "given":
                    given = text
                case "family":
                    family = text
                case "ring":
                    ring = text
                case "company" if not company:
                    company, called = text, column
                case "groups":
                    # An asterisk marks the lists that Google's address book keeps by itself, such as "* myContacts".
                    parts = split_groups(text.replace(_PARTS, ";"))
                    groups += [part for part in parts if not part.startswith("* ")]
                case "labelled":
                    numbers += [Number(_labelled(label), part.strip()) for part in text.split(_PARTS)]
                case "work" | "mobile" | "other":
                    numbers.append(Number(kind, text))
                case _:
                    others.append(column)
        name = name or f"{given} {family}".strip()
        if name and company:
            others.append(called)
        collector.entry(name or company, numbers, ring, groups)
        collector.no_place_for(others)
    return collector.reading()


def _kind(column: str) -> str | None:
    # "Mobile Number 2", "mobile_phone" and "MOBILE" are one kind.
    name = re.sub(r"[\W\d_]+", "", column.casefold())
    if name == _LABELLED:
        return "labelled"
    for kind, known in (
        ("name", _NAMES),
        ("company", _COMPANY),
        ("label", _LABEL),
        ("given", _GIVEN),
        ("family", _FAMILY),
        ("ring", _RING),
        ("groups", _GROUPS),
    ):
        if name in known:
            return kind
    if name in _WORDS:
        return _WORDS[name]
    for filler in _FILLERS:
        if name.endswith(filler) and name.removesuffix(filler) in _WORDS:
            return _WORDS[name.removesuffix(filler)]
        if name.startswith(filler) and name.removeprefix(filler) in _WORDS:
            return _WORDS[name.removeprefix(filler)]
    return None


def _labelled(label: str) -> NumberKind:
    kinds = {_WORDS[word] for word in re.findall(r"[a-z]+", label.casefold()) if word in _WORDS}
    return next((kind for kind in ("other", "mobile") if kind in kinds), "work")
