"""What commands print: tables for people, JSON for machines, and nothing that could play with a terminal."""

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)[.\d]*Z")
"""RFC 3339 times lose their fractions in tables."""
WIDE = 200
"""Columns of output that no terminal bounds."""


def console() -> Console:
    """Standard output; wide where it goes into a file or another program, which fold nothing."""
    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(highlight=False, width=WIDE if piped else None)


def errors() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False)


def plain(value: Any) -> str:
    """Give a value as one line of printable text; what phones report may hold anything."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={plain(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value))
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in str(value))


def show_json(value: Any) -> None:
    """Print JSON and nothing else."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def show_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[tuple[str, str]], *, empty: str = "None.") -> None:
    """Print a table; ``columns`` are (key, with dots into objects; heading)."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for index, (_, heading) in enumerate(columns):
        # Nothing is cut: what is shown can be copied; and what names the row stays in one piece.
        table.add_column(heading, overflow="fold", no_wrap=index == 0 and heading in ("Id", "MAC"))
    for row in rows:
        table.add_row(*(Text(_TIME.sub(r"\1 \2", plain(pick(row, key)))) for key, _ in columns))
    if table.row_count:
        console().print(table)
    else:
        errors().print(empty)


def show_fields(item: Mapping[str, Any]) -> None:
    """Print one thing, a line for each field that says something; nested ones below their name."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _fields(item):
        table.add_row(name, Text(value))
    console().print(table)


def _fields(item: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for name, value in item.items():
        if isinstance(value, Mapping):
            yield from _fields(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
            for each in value:
                yield f"{prefix}{name}", plain(each)
        elif value not in (None, "", []):
            yield f"{prefix}{name}", plain(value)


def pick(row: Mapping[str, Any], key: str) -> Any:
    """Give a value by its dotted key; None if it is not there."""
    value: Any = row
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
