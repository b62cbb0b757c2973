"""``acs render``."""

import base64
import json
from pathlib import Path

from acs.formats import read
from acs.formats.containers import DEFAULT, container

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


def test_why_a_phone_has_what_it_has(acs: Run) -> None:
    acs("device", "add", "--mac", "0c383e000002", "--model", "X4", "--group", "sales")
    acs("settings", "put", "global", '{"sip": {"lines": {"1": {"server": "10.1.2.3"}}}, "locale": {"tone": "DE"}}')
    acs("settings", "put", "groups/sales", '{"sip": {"lines": {"1": {"server": "10.1.2.4"}}}, "locale": null}')
    long = json.dumps({"raw": {"SIP CONFIG MODULE": {"SIP1 Register Addr": "10.1.2.5", "Long": "x" * 250}}})
    acs("settings", "put", "devices/0c383e000002", long)
    told = acs("render", "0c383e000002", "--explain")
    assert "X4, text1; layers: global, groups/sales, devices/" in told.err
    assert "wins over 10.1.2.3 (global); not in the file" in told.out
    assert "locale.tone" in told.out
    assert "DE (global)" in told.out
    assert "x" * 100 not in told.out
    found = acs("render", "0c383e000002", "--explain", "--lines", "--find", "register addr").out
    assert "raw.SIP CONFIG MODULE.SIP1 Register Addr" in found
    assert "Long" not in found
    assert "no such line" in acs("render", "0c383e000002", "--explain", "--lines", "--find", "nothing").err
    whole = acs("render", "0c383e000002", "--explain", "--json").json()
    assert any(line["value"] == "x" * 250 for line in whole["lines"])
    acs("render", "0c383e000002", "--lines", code=2)
    acs("render", "0c383e000002", "--diff", "--explain", code=2)


def test_settings_that_cannot_be_rendered_are_explained(acs: Run) -> None:
    acs("settings", "put", "groups/nine", '{"sip": {"lines": {"9": {"user": "9"}}}}')
    acs("device", "add", "--mac", "0c383e000003", "--model", "X1", "--group", "nine")
    told = acs("render", "0c383e000003", "--explain")
    assert "No file can be made: sip.lines.9" in told.err
    assert "sip.lines.9.user" in told.out
    acs("render", "0c383e000003", code=1)


def test_the_very_bytes_of_an_encrypted_file(acs: Run, tmp_path: Path) -> None:
    key = "7a" * 32
    acs("device", "add", "--mac", "0c383e000004", "--model", "X4")
    layer = {"encryption": {"enabled": True, "device_key": key}, "locale": {"language": "de"}}
    acs("settings", "put", "devices/0c383e000004", json.dumps(layer))
    out = tmp_path / "phone.enc"
    said = acs("render", "0c383e000004", "--as-served", "-o", str(out)).err
    assert "encrypted: aes-256-cbc-iv-prefix" in said
    assert out.stat().st_mode & 0o077 == 0
    plain = container(DEFAULT).open(out.read_bytes(), key=bytes.fromhex(key))
    assert read(plain).get("GLOBAL CONFIG MODULE", "Language") is not None
    told = acs("render", "0c383e000004", "--as-served", "--json").json()
    assert base64.b64decode(told["content_base64"]) == out.read_bytes()
    assert told["container"] == "aes-256-cbc-iv-prefix"
    assert "Language" in acs("render", "0c383e000004").out
    (tmp_path / "key").write_text(key)
    assert "Language" in acs("crypt", "decrypt", str(out), "--key-file", str(tmp_path / "key")).out
