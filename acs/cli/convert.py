"""``acs convert``: a phone's configuration file in another dialect, without a server."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from acs import formats
from acs.cli.options import AsJson
from acs.cli.outcome import CommandFailed
from acs.cli.output import errors, show_json
from acs.cli.source import read_source
from acs.errors import AcsError
from acs.formats import Conversion, Dialect


def convert_command(
    file: Annotated[str, typer.Argument(help="The file; - for standard input.")],
    to: Annotated[Dialect, typer.Option(help="The dialect that it shall be in.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", dir_okay=False, help="Write the file here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Convert a phone's configuration file: text1 and xml1 into each other, and text2, sysconf and dotted."""
    try:
        converted = formats.convert(read_source(file), to)
    except AcsError as error:
        raise CommandFailed(f"{file} cannot be converted: {error.message}.") from error
    if out is not None:
        _write(out, converted.data)
    facts = _facts(converted, to)
    if as_json:
        show_json(facts if out is not None else {**facts, "content": converted.data.decode()})
    elif out is None:
        sys.stdout.buffer.write(converted.data)
        sys.stdout.flush()
    else:
        errors().print(f"{len(converted.data)} bytes, {facts['keys']} keys ({converted.source} to {to}) in {out}")
    if not as_json:
        _note(converted.left_out, "masked secrets are left out, the phone keeps what it has")
        _note(converted.cut, "keys are cut to 19 characters, as phones write them in text")


def _note(keys: tuple[str, ...], what: str) -> None:
    if keys:
        named = ", ".join(keys[:5]) + (" ..." if len(keys) > 5 else "")
        errors().print(f"{len(keys)} {what}: {named}", markup=False, soft_wrap=True)


def _facts(converted: Conversion, to: Dialect) -> dict[str, object]:
    return {
        "from": converted.source.value,
        "to": to.value,
        "version": converted.document.version,
        "keys": sum(1 for _ in converted.document),
        "size": len(converted.data),
        "left_out": list(converted.left_out),
        "cut": list(converted.cut),
    }


def _write(out: Path, data: bytes) -> None:
    try:
        # It may hold passwords: what is made anew is its owner's alone.
        with open(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
            target.write(data)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written: {error.strerror or error}.") from None
