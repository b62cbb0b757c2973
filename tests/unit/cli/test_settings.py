"""``acs settings``."""

import io
import json
from pathlib import Path

import pytest

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
