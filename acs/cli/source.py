"""The file that an offline command works on."""

import sys
from pathlib import Path
from typing import Final

from acs.cli.outcome import CommandFailed, Exit

MAX_BYTES: Final = 64 * 1024 * 1024


def read_source(file: str) -> bytes:
    """The content of a file; ``-`` is standard input.

    Raises:
        CommandFailed: it cannot be read, or is too large; says why.
    """
    try:
        if file == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(file).open("rb") as source:
                data = source.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise CommandFailed(f"There is no file {file}.", Exit.USAGE) from error
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise CommandFailed(f"{file} is larger than {MAX_BYTES} bytes.")
    return data
