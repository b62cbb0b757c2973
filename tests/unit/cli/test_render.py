"""``acs render``."""

from pathlib import Path

from acs.formats import read

from .conftest import Run


def test_the_file_and_what_it_comes_from(acs: Run, tmp_path: Path) -> None:
    acs("device", "add", "--mac", "0c383e000001", "--model", "X4")
    acs("settings", "put", "global", '{"sip": {"lines": {"1": {"user": "1001", "password": "hush"}}}}')
    shown = acs("render", "0C:38:3E:00:00:01").out
    assert read(shown.encode()).get("SIP CONFIG MODULE", "SIP1 Phone Number") == "1001"
    assert "hush" not in shown
    out = tmp_path / "phone.cfg"
    acs("render", "0c383e000001", "--reveal", "-o", str(out))
    assert b"hush" in out.read_bytes()
    assert out.stat().st_mode & 0o077 == 0
    assert acs("render", "0c383e000001", "--dialect", "sysconf", "--json").json()["dialect"] == "sysconf"
    assert "global" in acs("render", "0c383e000001", "--explain").out
    acs("render", "nobody", code=3)
    acs("render", "0c383e000001", "--dialect", "yaml", code=1)
