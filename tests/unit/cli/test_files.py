"""``acs file``."""

from pathlib import Path

from .conftest import Run


def test_uploaded_listed_deleted(acs: Run, tmp_path: Path) -> None:
    image = tmp_path / 'x4 "new".z'
    image.write_bytes(bytes(range(256)) * 2000)
    made = acs("file", "upload", str(image), "--kind", "firmware", "--version", "2.1", "--model", "x4", "--json").json()
    assert (made["size"], made["version"], made["models"]) == (512_000, "2.1", ["X4"])
    assert made["id"] in acs("file", "list", "--kind", "firmware", "--model", "X4").out
    acs("file", "delete", made["id"], "--yes")
    assert acs("file", "list", "--json").json() == []
    acs("file", "delete", made["id"], "--yes", code=3)


def test_bad_uploads(acs: Run, tmp_path: Path) -> None:
    acs("file", "upload", str(tmp_path / "nothing"), "--kind", "firmware", code=2)
    empty = tmp_path / "empty.z"
    empty.touch()
    assert "empty" in acs("file", "upload", str(empty), "--kind", "firmware", code=1).err
