"""``acs doctor``: a fresh folder, a working one, and each thing that can be wrong."""

import socket
from datetime import timedelta
from pathlib import Path

import pytest

from acs.cli.doctor import Finding, _public_host, examine
from acs.settings import Settings
from acs.storage import migrate
from acs.storage.engine import make_engine, sqlite_url
from acs.storage.secrets import load_or_create_key
from tests.certificates import Authority


@pytest.fixture(autouse=True)
def ports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CWMP", "FILES", "API"):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            monkeypatch.setenv(f"ACS_{name}_PORT", str(listener.getsockname()[1]))
    monkeypatch.setenv("ACS_HOST", "127.0.0.1")


def look(folder: Path) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine(folder)}


def test_a_fresh_machine_is_fine(tmp_path: Path) -> None:
    found = look(tmp_path / "data")
    assert {finding.level for finding in found.values()} <= {"ok", "warning"}
    assert found["public host"].level == "warning"
    assert not (tmp_path / "data").exists()


def test_a_working_folder_is_fine(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    load_or_create_key(tmp_path, None)
    engine = make_engine(sqlite_url(tmp_path))
    migrate.upgrade(engine)
    engine.dispose()
    found = look(tmp_path)
    assert {name for name, finding in found.items() if finding.level != "ok"} <= {"public host", "disk"}
    assert "sound" in found["database"].message


def test_what_is_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "acs.sqlite3").write_bytes(b"this is no database, and never was one" * 50)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("ACS_CWMP_PORT", str(listener.getsockname()[1]))
        found = look(tmp_path)
    levels = {name: finding.level for name, finding in found.items()}
    assert levels["data folder"] == "warning"
    assert levels["secret key"] == levels["database"] == levels["cwmp port"] == "error"
    assert "ACS_CWMP_PORT" in found["cwmp port"].message


def test_an_old_database_is_to_be_migrated(tmp_path: Path) -> None:
    engine = make_engine(sqlite_url(tmp_path))
    engine.connect().close()
    engine.dispose()
    found = look(tmp_path)
    assert found["database"].level == "warning"
    assert "acs migrate" in found["database"].message


def test_bad_settings_end_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACS_CWMP_PORT", "99999")
    found = look(tmp_path)
    assert found["settings"].level == "error"
    assert "database" not in found


@pytest.mark.parametrize(
    ("host", "address", "level"),
    [
        ("127.0.0.1", "", "warning"),
        ("192.0.2.1", "", "ok"),
        ("acs.example.net", "192.0.2.1", "ok"),
        ("acs.example.net", "127.0.1.1", "warning"),
        ("acs.example.net", "", "error"),
    ],
)
def test_public_host(host: str, address: str, level: str) -> None:
    def resolve(name: str) -> str:
        if not address:
            raise OSError("unknown")
        return address

    (finding,) = _public_host(Settings(public_host=host), resolve)
    assert finding.level == level


def test_ways_to_wake_phones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {"stun port", "xmpp"}.isdisjoint(look(tmp_path / "data"))
    monkeypatch.setenv("ACS_XMPP_JID", "acs@xmpp.example")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("ACS_STUN_PORT", str(taken.getsockname()[1]))
        found = look(tmp_path / "data")
    assert (found["stun port"].level, found["xmpp"].level) == ("error", "error")
    monkeypatch.setenv("ACS_XMPP_PASSWORD", "secret")
    found = look(tmp_path / "data")
    assert (found["stun port"].level, found["xmpp"].level) == ("ok", "ok")
    assert "secret" not in found["xmpp"].message


def test_certificates_are_looked_at_as_the_listeners_will(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = Authority(tmp_path / "ca").server()
    monkeypatch.setenv("ACS_CWMP_TLS_CERTIFICATE", str(pair.path))
    monkeypatch.setenv("ACS_FILES_TLS_CERTIFICATE", str(tmp_path / "none.pem"))
    found = look(tmp_path / "data")
    assert found["cwmp certificate"].level == "ok"
    assert "good for 29 days" in found["cwmp certificate"].message
    assert found["files certificate"].level == "error"
    assert "ACS_FILES_TLS_CERTIFICATE" in found["files certificate"].message

    monkeypatch.setattr("acs.cli.doctor.RENEW", timedelta(days=60))
    assert "renew it" in look(tmp_path / "data")["cwmp certificate"].message
    monkeypatch.delenv("ACS_CWMP_TLS_CERTIFICATE")
    monkeypatch.setenv("ACS_CWMP_CLIENT_CERTIFICATES", "required")
    assert "needs TLS" in look(tmp_path / "data")["tls"].message


def test_the_second_port_is_looked_at_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "cwmp_second port" not in look(tmp_path / "data")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("ACS_CWMP_SECOND_PORT", str(listener.getsockname()[1]))
        assert look(tmp_path / "data")["cwmp_second port"].level == "error"


def test_files_of_phone_models_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "all built in" in look(tmp_path)["phone models"].message
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "mine.toml").write_text('[models."Z9"]\nseries = "low"\nlines = 2\ndss_keys = 0\n')
    assert look(tmp_path)["phone models"].message.endswith(f"from files in {folder}: Z9")
    (folder / "mine.toml").write_text('[models."Z9"]\nseries = "low"\n')
    found = look(tmp_path)["phone models"]
    assert (found.level, "mine.toml: model Z9: lines" in found.message) == ("error", True)
    monkeypatch.setenv("ACS_MODELS_DIR", str(tmp_path / "nowhere"))
    assert look(tmp_path)["phone models"].level == "warning"
