"""``acs config``, ``acs diff``: what was made, what differs, and the way back."""

import asyncio
from pathlib import Path

import pytest

from acs.cli.history import MOST_SHOWN, shortened
from acs.formats import read
from acs.services import configs
from acs.services.devices import find
from acs.storage.engine import Database, make_engine, sqlite_url
from tests.conftest import make_context

from .conftest import Run

MAC = "0c383e000009"


async def make(folder: Path) -> str:
    """Make the phone's configuration as a download does."""
    database, ctx = Database(make_engine(sqlite_url(folder))), make_context(folder)
    try:
        device_id = await database.read(lambda uow: find(uow, MAC))
        rendered = await database.write(lambda uow: configs.render_config(uow, ctx, device_id))
        blob = ctx.blobs.put(rendered.content, encrypted=True, max_bytes=10**6)
        await database.write(lambda uow: configs.save_version(uow, ctx, device_id, rendered, blob))
    finally:
        await database.close()
    return rendered.version


@pytest.fixture
def made(acs: Run, server_folder: Path) -> tuple[str, str]:
    """Two versions of one phone."""
    acs("device", "add", "--mac", MAC, "--model", "X4")
    versions = []
    for line in ('"user": "1", "password": "hush-one"', '"user": "2", "password": "hush-two"'):
        acs("settings", "put", f"devices/{MAC}", f'{{"sip": {{"lines": {{"1": {{{line}}}}}}}}}')
        versions.append(asyncio.run(make(server_folder)))
    return versions[0], versions[1]


def test_nothing_made_yet(acs: Run) -> None:
    acs("device", "add", "--mac", "0c383e000001", "--model", "X4")
    acs("settings", "put", "global", '{"sip": {"lines": {"1": {"user": "1001", "password": "hush"}}}}')
    assert "Nothing was made" in acs("config", "versions", "0c383e000001").err
    assert acs("config", "versions", "0c383e000001", "--json").json() == []
    told = acs("diff", "0c383e000001", code=1)
    assert "not applied any configuration" in told.err
    lines = told.out.splitlines()
    assert lines[0] == "--- nothing"
    assert lines[1].startswith("+++ 2.0003 (text1, made now)")
    assert "@@ SIP CONFIG MODULE --SIP Line List-- @@" in lines
    assert "+SIP1 Phone Number: 1001    (sip.lines.1.user, global)" in lines
    assert "+SIP1 Register Pswd: ***    (sip.lines.1.password, global)" in lines
    assert acs("diff", "0c383e000001", "--json", code=1).json()["never_applied"] is True
    assert "hush" in acs("render", "0c383e000001", "--diff", "--reveal", code=1).out
    acs("diff", "0c383e000001", "--against", "2.0009", code=3)
    acs("diff", "nobody", code=3)
    acs("config", "rollback", "0c383e000001", "2.0009", "--yes", code=3)
    acs("config", "show", "0c383e000001", "2.0009", code=3)


def test_long_values_are_shortened() -> None:
    assert shortened("x" * 500) == "x" * (MOST_SHOWN - 1) + "…"
    assert shortened(["a", None]) == "a, "
    assert shortened("a\x1b[31m") == "a\N{REPLACEMENT CHARACTER}[31m"


def test_versions_diff_and_the_way_back(acs: Run, made: tuple[str, str], tmp_path: Path) -> None:
    first, second = made
    listed = acs("config", "versions", MAC).out
    assert first in listed
    assert "desired" in listed
    assert b"***" in acs("config", "show", MAC, first).out.encode()
    out = tmp_path / "old.cfg"
    acs("config", "show", MAC, first, "--reveal", "-o", str(out))
    assert read(out.read_bytes()).get("SIP CONFIG MODULE", "SIP1 Register Pswd") == "hush-one"
    assert out.stat().st_mode & 0o077 == 0
    same = acs("diff", MAC, "--against", second)
    assert (same.out, "No difference" in same.err) == ("", True)
    told = acs("diff", MAC, "--against", first, "--from", second, code=1).out.splitlines()
    assert (told[3], told[4]) == ("-SIP1 Phone Number: 1", "+SIP1 Phone Number: 2")
    plan = acs("config", "rollback", MAC, first, "--dry-run")
    assert "sip.lines.1.user" in plan.out
    assert "Would be version" in plan.err
    done = acs("config", "rollback", MAC, first, "--yes", "--push")
    assert "says the same as" in done.err
    assert "Task" in done.err
    assert acs("diff", MAC, "--against", first).code == 0
    again = acs("config", "rollback", MAC, first, "--json").json()
    assert (again["changes"], again["identical"]) == ([], True)
    assert "config.rollback" in acs("audit", "--target", f"devices/{MAC}").out
