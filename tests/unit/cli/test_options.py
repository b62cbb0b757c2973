"""How a command finds its server and its token."""

from pathlib import Path

import pytest

from acs.cli.options import connect, strangers
from acs.cli.outcome import CommandFailed, Exit


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACS_DATA_DIR", str(tmp_path))
    for name in ("ACS_API_URL", "ACS_ADMIN_TOKEN", "ACS_API_HOST", "ACS_API_PORT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_local_server_and_the_token_of_the_data_folder(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (bare / "admin-token").write_text("acs_from-the-file\n")
    assert connect(None, None).url == "http://127.0.0.1:7557"
    for host, url in (("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://[::1]:8000")):
        monkeypatch.setenv("ACS_API_HOST", host)
        monkeypatch.setenv("ACS_API_PORT", "8000")
        assert connect(None, None).url == url


def test_no_token_says_where_it_was_looked_for(bare: Path) -> None:
    with pytest.raises(CommandFailed, match="admin-token") as caught:
        connect(None, None)
    assert caught.value.code is Exit.DENIED


def test_unusable_urls() -> None:
    for url in ("ftp://host", "http://", "http://host:port"):
        with pytest.raises(CommandFailed) as caught:
            connect(url, "token")
        assert caught.value.code is Exit.USAGE


def test_never_silently_unencrypted(capsys: pytest.CaptureFixture[str]) -> None:
    connect("http://127.0.0.1:1", "token")
    assert capsys.readouterr().err == ""
    connect("http://acs.example.net", "token")
    assert "unencrypted" in capsys.readouterr().err


def test_variables_of_commands_are_no_typing_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACS_API_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("ACS_CWMP_PROT", "1")
    (warning,) = strangers()
    assert "ACS_CWMP_PROT" in warning
