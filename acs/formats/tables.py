"""``dialPeer.csv`` and ``accessList.csv``: checked as CSV, never rewritten.

What their columns are is not published: a phone exports its own table, an operator edits it and hands it back (the
manual's 4.4 and 4.6). So the content is opaque but for its shape, and the columns are those of a reference.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from acs.errors import BadFile

MAX_BYTES = 4 * 1024 * 1024
MAX_ROWS = 100_000
MAX_COLUMNS = 256
MAX_CELL = 4096


@dataclass(frozen=True, slots=True)
class Table:
    """The shape of a CSV file."""

    columns: tuple[str, ...]
    rows: int
    delimiter: str
    encoding: str
    """``utf-8`` or ``8-bit``: some other code of one byte a character, as old phones export."""

    def facts(self) -> dict[str, Any]:
        """What is shown of it."""
        return {
            "columns": list(self.columns),
            "rows": self.rows,
            "delimiter": self.delimiter,
            "encoding": self.encoding,
        }


def read(data: bytes) -> Table:
    """Read a CSV file.

    Raises:
        BadFile: it is none; says where it is wrong.
    """
    if len(data) > MAX_BYTES:
        raise BadFile(f"a table has at most {MAX_BYTES} bytes")
    if b"\0" in data:
        raise BadFile("it holds zero bytes: it is no CSV, or is written in UTF-16; save it as UTF-8")
    try:
        text, encoding = data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = data.decode("latin-1"), "8-bit"
    if any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text):
        raise BadFile("it holds control characters: it is no CSV")
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: tuple[str, ...] = ()
    count = 0
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                if row and columns and len(row) != len(columns):
                    raise BadFile(f"line {rows.line_num} has {len(row)} columns, the header has {len(columns)}")
                continue
            if any(len(cell) > MAX_CELL for cell in row):
                raise BadFile(f"line {rows.line_num} has a cell of more than {MAX_CELL} characters")
            if not columns:
                columns = _header(row)
                continue
            if len(row) != len(columns):
                raise BadFile(f"line {rows.line_num} has {len(row)} columns, the header has {len(columns)}")
            count += 1
            if count > MAX_ROWS:
                raise BadFile(f"it has more than {MAX_ROWS} rows")
    except csv.Error as error:
        raise BadFile(f"line {rows.line_num} is no CSV: {error}") from None
    if not columns:
        raise BadFile("it is empty: wanted a line with the names of the columns, as the phone exports it")
    return Table(columns, count, delimiter, encoding)


def _header(row: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(cell.strip() for cell in row)
    if len(columns) > MAX_COLUMNS:
        raise BadFile(f"it has more than {MAX_COLUMNS} columns")
    named = [name for name in columns if name]
    if any(not name for name in columns[: len(named)]):
        raise BadFile("a column in the middle of its first line has no name: wanted the header of the phone's export")
    if double := {name for name in named if named.count(name) > 1}:
        raise BadFile(f"its first line names {', '.join(sorted(double))} more than once")
    return columns


def differences(columns: Sequence[str], expected: Sequence[str]) -> str:
    """Say how columns differ from those that a phone exports; empty if they do not."""
    missing = [name for name in expected if name not in columns]
    extra = [name for name in columns if name not in expected]
    said = []
    if missing:
        said.append(f"missing: {', '.join(map(repr, missing))}")
    if extra:
        said.append(f"not known: {', '.join(map(repr, extra))}")
    if not said and list(columns) != list(expected):
        said.append(f"in another order or number, wanted: {', '.join(expected)}")
    return "; ".join(said)[:1000]
