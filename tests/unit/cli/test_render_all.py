"""``acs render --all``."""

from pathlib import Path

import pytest

from acs.cli import render_all
from acs.formats import read

from .conftest import Run


def test_many_phones_in_one_run(acs: Run, tmp_path: Path) -> None:
    empty = acs("render", "--all", "--json").json()
    assert (empty["total"], empty["failed"]) == (0, [])
    for number in range(30):
        acs("device", "add", "--mac", f"0c383e{number:06x}", "--model", "X4", "--group", "hotel" if number else "lab")
    acs("settings", "put", "global", '{"sip": {"lines": {"1": {"user": "1001", "password": "hush"}}}}')
    told = acs("render", "--all", "--json").json()
    assert {name: told[name] for name in ("total", "rendered", "changed", "gone")} == {
        "total": 30,
        "rendered": 30,
        "changed": 30,
        "gone": 0,
    }
    out = tmp_path / "files"
    ended = acs("render", "--group", "hotel", "-o", str(out))
    assert "29 of 29 phones rendered" in ended.out
    files = sorted(out.iterdir())
    assert len(files) == 29
    assert read(files[0].read_bytes()).get("SIP CONFIG MODULE", "SIP1 Phone Number") == "1001"
    assert b"hush" not in files[0].read_bytes()
    assert files[0].stat().st_mode & 0o077 == 0
    acs("render", "--all", "--reveal", "-o", str(out))
    assert b"hush" in files[0].read_bytes()


def test_a_log_tells_how_far_it_is(acs: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render_all, "LEAST_STEP", 10)
    told = acs("render", "--group", "hotel").err
    assert told.splitlines() == ["10 of 29 phones rendered", "20 of 29 phones rendered"]
    assert acs("render", "--group", "hotel", "--json").err == ""


def test_a_phone_that_cannot_be_rendered_is_named(acs: Run) -> None:
    acs("settings", "put", "groups/odd", '{"locale": {"language": "fr"}}')
    acs("device", "add", "--mac", "0c383effffff", "--model", "X4", "--group", "odd")
    ended = acs("render", "--group", "odd", code=1)
    assert "0c383effffff" in ended.out
    assert "locale.language" in ended.err
    assert len(acs("render", "--all", "--json", code=1).json()["failed"]) == 1


def test_one_phone_or_all(acs: Run) -> None:
    acs("render", code=2)
    acs("render", "0c383e000001", "--all", code=2)
    acs("render", "--all", "--explain", code=2)
