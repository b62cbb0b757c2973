"""Phone models that operators describe in files of their own: a folder of ``*.toml`` beside the built-in catalogue."""

from pathlib import Path
from typing import Final

from acs.domain.phones.catalogue import BUILT_IN, Catalogue
from acs.errors import BadFile, NeedsOperator

MAX_FILES: Final = 200
MAX_BYTES: Final = 256 * 1024


def load_catalogue(folder: Path) -> Catalogue:
    """Give the built-in models and those of a folder's files, read in the order of their names; it need not exist.

    Raises:
        NeedsOperator: a file cannot be read, or something in it is off; says file, model and field.
    """
    if not folder.exists():
        return BUILT_IN
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))
    except OSError as error:
        raise NeedsOperator(f"The folder of phone models {folder} cannot be read: {error.strerror}.") from error
    if len(paths) > MAX_FILES:
        raise NeedsOperator(
            f"The folder of phone models {folder} holds {len(paths)} files; at most {MAX_FILES} can be."
        )
    try:
        return BUILT_IN.with_files([(path.name, read_text(path)) for path in paths])
    except BadFile as error:
        raise NeedsOperator(f"The phone models in {folder} cannot be used: {error.message}.") from error


def read_text(path: Path) -> str:
    """Give the text of one file.

    Raises:
        BadFile: it cannot be read, is no UTF-8 text, or is too large.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadFile(f"{path.name}: cannot be read: {error.strerror}") from error
    if len(data) > MAX_BYTES:
        raise BadFile(f"{path.name}: larger than {MAX_BYTES} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"{path.name}: no UTF-8 text (byte {error.start})") from None
