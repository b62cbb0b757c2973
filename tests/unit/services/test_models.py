"""Files of phone models beside the data: read in order, refused with a word on where."""

from pathlib import Path

import pytest

from acs.domain.phones.catalogue import BUILT_IN
from acs.errors import NeedsOperator
from acs.services.models import MAX_BYTES, MAX_FILES, load_catalogue

ROW = 'series = "low"\nlines = 2\ndss_keys = 2\n'


def test_no_folder_and_an_empty_one_leave_what_is_built_in(tmp_path: Path) -> None:
    assert load_catalogue(tmp_path / "nowhere") is BUILT_IN
    assert load_catalogue(tmp_path).models == BUILT_IN.models


def test_files_add_models(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('[models."Z1"]\n' + ROW, encoding="utf-8-sig")
    (tmp_path / "b.toml").write_text('[models."Z2"]\n' + ROW)
    for other in ("b.toml.bak", ".hidden.toml", "readme.md"):
        (tmp_path / other).write_text("not read")
    catalogue = load_catalogue(tmp_path)
    assert {name: catalogue.models[name].source for name in ("Z1", "Z2")} == {"Z1": "a.toml", "Z2": "b.toml"}
    assert len(catalogue.models) == len(BUILT_IN.models) + 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'[models."Z1"]\nseries = "low"\nlines = 2\n', "a.toml: model Z1: dss_keys: "),
        (b"\xff\xfe", "a.toml: no UTF-8 text"),
        (b"#" * (MAX_BYTES + 1), "a.toml: larger than"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(NeedsOperator) as caught:
        load_catalogue(tmp_path)
    assert words in caught.value.message
    assert str(tmp_path) in caught.value.message


def test_what_is_no_file_or_too_much(tmp_path: Path) -> None:
    (tmp_path / "a.toml").mkdir()
    with pytest.raises(NeedsOperator, match=r"a\.toml: cannot be read"):
        load_catalogue(tmp_path)
    with pytest.raises(NeedsOperator, match="cannot be read"):
        load_catalogue(Path(__file__))
    many = tmp_path / "many"
    many.mkdir()
    for number in range(MAX_FILES + 1):
        (many / f"{number}.toml").touch()
    with pytest.raises(NeedsOperator, match=f"at most {MAX_FILES}"):
        load_catalogue(many)
