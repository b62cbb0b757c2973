"""``acs file``."""

from pathlib import Path

from PIL import Image

from .conftest import Run


def test_uploaded_listed_deleted(acs: Run, tmp_path: Path) -> None:
    image = tmp_path / 'x4 "new".z'
    image.write_bytes(bytes(range(256)) * 2000)
    made = acs("file", "upload", str(image), "--kind", "firmware", "--version", "2.1", "--model", "x4", "--json").json()
    assert (made["size"], made["version"], made["models"]) == (512_000, "2.1", ["X4"])
    assert made["id"] in acs("file", "list", "--kind", "firmware", "--model", "X4").out
    copy = tmp_path / "copy.z"
    acs("file", "get", made["id"], str(copy))
    assert (copy.read_bytes(), copy.stat().st_mode & 0o777) == (image.read_bytes(), 0o600)
    assert "File exists" in acs("file", "get", made["id"], str(copy), code=1).err
    acs("file", "get", "nothing", str(tmp_path / "none.z"), code=3)
    assert not (tmp_path / "none.z").exists()
    phone = acs("device", "add", "--mac", "0c383e000009", "--json").json()
    assert made["id"] not in acs("file", "list", "--device", phone["mac"]).out
    acs("file", "list", "--device", "nobody", code=3)
    acs("file", "delete", made["id"], "--yes")
    assert acs("file", "list", "--json").json() == []
    acs("file", "delete", made["id"], "--yes", code=3)


def test_a_background_is_made_and_shown(acs: Run, tmp_path: Path) -> None:
    picture = tmp_path / "holiday.png"
    Image.new("RGB", (50, 30), (9, 8, 7)).save(picture)
    size = ("--width", "20", "--height", "10", "--fit", "contain")
    made = acs("file", "upload", str(picture), "--kind", "background", *size, "--json").json()
    assert (made["facts"]["width"], made["facts"]["made_from"]["fit"]) == (20, "contain")
    shown = acs("file", "show", made["id"]).out
    assert "name: holiday.bmp" in shown
    assert "width: 20" in shown
    assert acs("file", "show", made["id"], "--json").json() == made
    acs("file", "show", "nothing", code=3)


def test_columns_and_warnings_are_shown(acs: Run, tmp_path: Path) -> None:
    table = tmp_path / "export.csv"
    table.write_text("ID,Name\n1,Anna\n")
    out = acs("file", "upload", str(table), "--kind", "access_list", "--model", "i30", "--reference").out
    assert "columns: ID, Name" in out
    assert "reference: i30" in out
    image = tmp_path / "notes.z"
    image.write_bytes(b"x")
    assert "warning: Without a version" in acs("file", "upload", str(image), "--kind", "firmware").out


def test_bad_uploads(acs: Run, tmp_path: Path) -> None:
    acs("file", "upload", str(tmp_path / "nothing"), "--kind", "firmware", code=2)
    empty = tmp_path / "empty.z"
    empty.touch()
    assert "empty" in acs("file", "upload", str(empty), "--kind", "firmware", code=1).err
