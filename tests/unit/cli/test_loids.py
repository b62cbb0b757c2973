"""``acs loid``."""

from pathlib import Path

from .conftest import Run


def test_add_show_change_unbind_delete(acs: Run) -> None:
    assert acs("loid", "add", "LG1", "--password", "hush", "--group", "g", "--tag", "t").out.strip() == "Added LG1."
    assert "already" in acs("loid", "add", "LG1", code=1).err
    assert "hush" not in acs("loid", "show", "LG1").out
    assert acs("loid", "show", "LG1", "--reveal", "--json").json()["password"] == "hush"
    changed = acs("loid", "change", "LG1", "--name", "Shop", "--tag", "", "--services", "VOIP", "--json").json()
    assert (changed["name"], changed["tags"], changed["service_name"], changed["group"]) == ("Shop", [], "VOIP", "g")
    assert acs("loid", "change", "LG1", ACS_LOID_PASSWORD="other", code=0).code == 0
    assert acs("loid", "show", "LG1", "--reveal", "--json").json()["password"] == "other"
    assert "free" in acs("loid", "unbind", "LG1").out
    assert [each["logical_id"] for each in acs("loid", "list", "--free", "--json").json()] == ["LG1"]
    assert acs("loid", "list", "--bound", "--json").json() == []
    assert "Shop" in acs("loid", "list").out
    acs("loid", "delete", "LG1", "--yes")
    acs("loid", "show", "LG1", code=3)


def test_nothing_to_change(acs: Run) -> None:
    assert "at least one" in acs("loid", "change", "LG1", code=2).err


def test_a_file(acs: Run, tmp_path: Path) -> None:
    file = tmp_path / "loids.csv"
    file.write_text("logical_id,password,name\nI1,p,Anna\nI2,,Bert\n")
    assert acs("loid", "import", str(file)).out.strip() == "2 added, 0 changed."
    assert "line 2" in acs("loid", "import", str(file), code=1).err
    assert acs("loid", "import", str(file), "--update", "--json").json() == {"created": 0, "updated": 2}
    acs("loid", "import", str(tmp_path / "nothing"), code=2)
