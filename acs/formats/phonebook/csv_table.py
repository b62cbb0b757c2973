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
_GIVEN = frozenset({"firstname", "givenname"})
_FAMILY = frozenset({"lastname", "surname", "familyname"})
_RING = frozenset({"ring", "ringtone", "ringtype", "ringid"})
_GROUPS = frozenset({"groups", "group", "groupname", "category", "categories"})
_WORK = ("work", "office", "business", "company", "number", "phone", "telephone", "tel", "extension")
_MOBILE = ("mobile", "mobil", "cell", "cellphone", "cellular", "handy")
_OTHER = ("other", "home", "private", "fax", "pager")
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
        if {"name", "given", "family"} & set(kinds) and any(kind in _WORDS.values() for kind in kinds):
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
    collector = Collector("csv", repeatable=frozenset())
    for row in rows:
        name = given = family = ring = ""
        numbers: list[Number] = []
        groups: list[str] = []
        others: list[str] = []
        for (column, kind), cell in zip(columns, row, strict=True):
            text = cell.strip()
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
                case "groups":
                    groups += split_groups(text)
                case "work" | "mobile" | "other":
                    numbers.append(Number(kind, text))
                case _:
                    others.append(column)
        collector.entry(name or f"{given} {family}".strip(), numbers, ring, groups)
        collector.no_place_for(others)
    return collector.reading()


def _kind(column: str) -> str | None:
    # "Mobile Number 2", "mobile_phone" and "MOBILE" are one kind.
    name = re.sub(r"[\W_]+", "", column.casefold()).rstrip("0123456789")
    for kind, known in (
        ("name", _NAMES),
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
