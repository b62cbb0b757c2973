"""``acs model``."""

from pathlib import Path

from acs.domain.phones.catalogue import MODELS

from .conftest import Run

GOOD = '[models."Z9"]\nseries = "low"\nlines = 2\ndss_keys = 2\n'


def test_list_and_show(acs: Run) -> None:
    rows = acs("model", "list", "--json").json()
    assert {row["model"] for row in rows} == set(MODELS)
    assert "F0V00X600000.cfg" in acs("model", "list").out
    shown = acs("model", "show", "fanvil x6u pro", "--json").json()
    assert (shown["model"], shown["source"], shown["user_agent"]) == ("X6U Pro", "built-in", "Fanvil X6U Pro")
    assert "f0X3Shw1.100.cfg" in acs("model", "show", "X3S").out
    acs("model", "show", "nothing", code=3)


def test_a_file_is_checked_without_a_server(acs: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD + GOOD.replace("Z9", "X4"))
    (z9, x4) = acs("model", "check", str(file), "--json", ACS_API_URL="http://127.0.0.1:1").json()
    assert (z9["model"], z9["replaces_built_in"]) == ("Z9", False)
    assert (x4["model"], x4["replaces_built_in"]) == ("X4", True)
    assert "good, 2 models" in acs("model", "check", str(file)).out
    file.write_text(GOOD + "colour = 1\n")
    assert "mine.toml: model Z9: colour: unknown name" in acs("model", "check", str(file), code=1).err
    assert "cannot be read" in acs("model", "check", str(tmp_path / "none.toml"), code=1).err
