"""Files and standard input for the commands that work offline."""

import io
import sys
from pathlib import Path

import pytest

from acs.cli import source
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.source import read_source


def test_a_file_or_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"1\r\n")
    assert read_source(str(path)) == b"1\r\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"2")))
    assert read_source("-") == b"2"


def test_what_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandFailed, match="There is no file") as caught:
        read_source(str(tmp_path / "nothing"))
    assert caught.value.code is Exit.USAGE
    with pytest.raises(CommandFailed, match="cannot be read"):
        read_source(str(tmp_path))
    monkeypatch.setattr(source, "MAX_BYTES", 2)
    path = tmp_path / "x"
    path.write_bytes(b"123")
    with pytest.raises(CommandFailed, match="larger than 2 bytes"):
        read_source(str(path))
