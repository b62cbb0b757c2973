"""``acs settings``."""

import io
import json
from pathlib import Path

import pytest

from tests import exports

from .conftest import Run


def test_put_patch_get_delete(acs: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = tmp_path / "layer.json"
    document.write_text(json.dumps({"sip": {"lines": {"1": {"user": "1001", "password": "hush"}}}}))
    assert "hush" not in acs("settings", "put", "groups/Sales & Co", str(document)).out
    patched = acs("settings", "patch", "groups/Sales & Co", '{"sip": {"lines": {"1": {"user": null}}}}').json()
    assert patched == {"sip": {"lines": {"1": {"password": "***"}}}}
    revealed = acs("settings", "get", "groups/Sales & Co", "--reveal").json()
    assert revealed == {"sip": {"lines": {"1": {"password": "hush"}}}}
    monkeypatch.setattr("sys.stdin", io.StringIO('{"locale": {"language": "de"}}'))
    acs("settings", "put", "global", "-")
    assert [each["scope"] for each in acs("settings", "list", "--json").json()] == ["global", "groups/Sales & Co"]
    acs("settings", "delete", "global", "--yes")
    acs("settings", "get", "global", code=3)


def test_bad_documents(acs: Run, tmp_path: Path) -> None:
    for document in (str(tmp_path / "nothing"), "{nonsense"):
        acs("settings", "put", "global", document, code=2)
    told = acs("settings", "put", "global", '{"sip": {"port": 0}, "time": {"timezone": "Mars"}}', code=1).err
    assert "sip.port" in told
    assert "time.timezone" in told


def test_import(acs: Run, tmp_path: Path) -> None:
    file = tmp_path / "export.cfg"
    file.write_bytes(exports.text("x3u"))
    tried = acs("settings", "import", "models/X3U", str(file), "--dry-run").out
    assert "Would import export.cfg (text2) into models/X3U: " in tried
    assert "kept raw, 4 left as they are, 0 refused" in tried
    assert "line 7 is raw" in tried
    acs("settings", "get", "models/X3U", code=3)
    done = acs("settings", "import", "models/X3U", str(file), "--all").out
    assert "Imported export.cfg" in done
    assert "sip.lines.1.user" in done
    told = acs("settings", "import", "models/X3U", str(file), "--replace", "--drop-identity", "--json").json()
    assert told["mode"] == "replace"
    assert "CPE SerialNumber" in {item["key"] for item in told["left"]}
    assert acs("settings", "get", "models/X3U").json()["sip"]["lines"]["1"]["user"] == "2001"
    file.write_bytes(b"nonsense")
    assert "no known dialect" in acs("settings", "import", "global", str(file), code=1).err.replace("any", "no")
    acs("settings", "import", "global", str(tmp_path / "nothing"), code=2)


def test_what_a_model_cannot_have(acs: Run) -> None:
    told = acs(
        "settings", "put", "models/X4", '{"sip": {"lines": {"9": {"user": "9"}}}, "keys": {"77": {}}}', code=1
    ).err
    assert "sip.lines.9: the phone has 4 lines (in models/X4, model X4), and 1 more" in " ".join(told.split())
    assert "keys.77: the phone has 30 DSS keys (in models/X4, model X4)" in " ".join(told.split())
