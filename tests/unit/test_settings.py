"""Settings come from the right source, are refused with words that help, and are documented."""

import os
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from acs.errors import NeedsOperator
from acs.protocols.addresses import networks
from acs.settings import (
    PREFIX,
    CpeAuth,
    RequestDownload,
    Settings,
    config_file,
    load,
    pairs,
    reference,
    unknown_variables,
    variables,
)

PAGE = Path(__file__).parents[2] / "acs" / "docs" / "reference" / "settings.md"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory and no setting in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith(PREFIX)]:
        monkeypatch.delenv(name)


def test_defaults_are_those_of_the_contract() -> None:
    settings = load()
    assert (settings.host, settings.api_host) == ("0.0.0.0", "127.0.0.1")
    assert (settings.cwmp_port, settings.files_port, settings.api_port) == (7547, 7567, 7557)
    assert (settings.tftp_port, settings.ftp_port, settings.sip_pnp_port) == (0, 0, 0)
    assert settings.cpe_auth is CpeAuth.DIGEST
    assert settings.request_download is RequestDownload.OWN
    assert settings.data_dir == Path("acs-data")
    assert settings.database_url is None
    made_at_start = (settings.cpe_username, settings.cpe_password, settings.secret_key, settings.admin_token)
    assert made_at_start == (None, None, None, None)
    assert settings.public_host is None


def test_order_of_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acs.toml").write_text('cwmp_port = 1\nfiles_port = 1\napi_port = 1\ncpe_auth = "none"\n')
    monkeypatch.setenv("ACS_CWMP_PORT", "2")
    monkeypatch.setenv("ACS_FILES_PORT", "2")
    settings = load(cwmp_port=3, files_port=None)
    assert (settings.cwmp_port, settings.files_port, settings.api_port) == (3, 2, 1)
    assert settings.cpe_auth is CpeAuth.NONE


def test_the_file_can_be_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.toml"
    other.write_text('data_dir = "/var/lib/acs"\n')
    monkeypatch.setenv("ACS_CONFIG", str(other))
    assert config_file() == other
    assert load().data_dir == Path("/var/lib/acs")
    other.unlink()
    with pytest.raises(NeedsOperator, match=r"ACS_CONFIG names .*other\.toml, which is not a file"):
        load()


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACS_PUBLIC_HOST", "")
    monkeypatch.setenv("ACS_CWMP_PORT", "")
    settings = load()
    assert (settings.public_host, settings.cwmp_port) == (None, 7547)


def test_words_are_taken_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACS_CPE_AUTH", "Basic")
    monkeypatch.setenv("ACS_LOG_LEVEL", "WARNING")
    settings = load()
    assert (settings.cpe_auth, settings.log_level) == (CpeAuth.BASIC, "warning")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("ACS_CWMP_PORT", "70000", "ACS_CWMP_PORT: .*65535"),
        ("ACS_CWMP_PORT", "many", "ACS_CWMP_PORT: .*integer"),
        ("ACS_CPE_AUTH", "kerberos", "ACS_CPE_AUTH: .*'digest', 'basic' or 'none'"),
        ("ACS_TFTP_PORT", "69", "ACS_TFTP_PORT: this version has no such listener"),
        ("ACS_DATABASE_URL", "postgresql://acs@db/acs", "ACS_DATABASE_URL: this version runs on SQLite only"),
        ("ACS_PUBLIC_HOST", "http://acs.example.net/", "ACS_PUBLIC_HOST: give a host name or an address alone"),
        ("ACS_CPE_USERNAME", "a:b", "ACS_CPE_USERNAME: .*no colon"),
        ("ACS_SESSION_TIMEOUT", "0", "ACS_SESSION_TIMEOUT: "),
        ("ACS_LOG_FORMAT", "xml", "ACS_LOG_FORMAT: "),
        ("ACS_CPE_NETWORKS", "10.0.0.0/8, phones", "ACS_CPE_NETWORKS: "),
        ("ACS_CPE_NETWORKS", "10.0.0.1/8", "ACS_CPE_NETWORKS: .*host bits"),
        ("ACS_CONNECTION_REQUEST_DEFAULTS", "dps", "ACS_CONNECTION_REQUEST_DEFAULTS: give at most four user:password"),
        (
            "ACS_CONNECTION_REQUEST_DEFAULTS",
            "a:b c:d e:f g:h i:j",
            "ACS_CONNECTION_REQUEST_DEFAULTS: give at most four",
        ),
        ("ACS_STUN_PORT", "-1", "ACS_STUN_PORT: "),
        ("ACS_XMPP_JID", "acs.example", "ACS_XMPP_JID: a Jabber identifier is user@domain"),
        ("ACS_XMPP_TLS", "maybe", "ACS_XMPP_TLS: .*'required' or 'off'"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(NeedsOperator, match=message):
        load()


def test_networks_and_default_pairs() -> None:
    assert networks("10.0.0.0/8,2001:db8::/32 192.0.2.7") == (
        ip_network("10.0.0.0/8"),
        ip_network("2001:db8::/32"),
        ip_network("192.0.2.7/32"),
    )
    assert networks("") == ()
    assert pairs("dps:dps admin: user:a:b") == (("dps", "dps"), ("admin", ""), ("user", "a:b"))


def test_every_problem_is_listed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acs.toml").write_text("cwmp_prot = 7547\n")
    monkeypatch.setenv("ACS_API_PORT", "-1")
    with pytest.raises(NeedsOperator, match=r"ACS_API_PORT: .*; cwmp_prot is no setting \(did you mean cwmp_port\?\)"):
        load()


def test_a_file_that_is_not_toml(tmp_path: Path) -> None:
    (tmp_path / "acs.toml").write_text("host: 0.0.0.0\n")
    with pytest.raises(NeedsOperator, match=r"acs\.toml is not TOML"):
        load()


def test_secrets_stay_out_of_errors_and_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACS_ADMIN_TOKEN", "hunter2")
    monkeypatch.setenv("ACS_CPE_PASSWORD", "hunter2")
    settings = load()
    assert settings.admin_token == SecretStr("hunter2")
    assert "hunter2" not in repr(settings) + str(settings) + settings.model_dump_json()
    monkeypatch.setenv("ACS_DATABASE_URL", "mysql://acs:hunter2@db/acs")
    with pytest.raises(NeedsOperator) as refused:
        load()
    assert "hunter2" not in str(refused.value)


def test_settings_are_frozen() -> None:
    settings = load()
    with pytest.raises(ValidationError):
        settings.cwmp_port = 1  # type: ignore[misc]


def test_a_database_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACS_DATABASE_URL", "sqlite:////srv/acs.db")
    assert load().database_url == SecretStr("sqlite:////srv/acs.db")


def test_typing_errors_in_the_environment_are_noticed() -> None:
    environ = {"ACS_CWMP_PROT": "1", "acs_host": "::", "ACS_CONFIG": "x", "ACS_TEST_REFERENCE": "x", "HOME": "/"}
    assert unknown_variables(environ) == ("ACS_CWMP_PROT is no setting (did you mean ACS_CWMP_PORT?)",)
    assert unknown_variables(dict.fromkeys(variables(), "x")) == ()


def test_every_setting_says_what_it_means() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name
        assert "|" not in field.description, f"{name}: a bar would break the table"


def test_the_reference_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: ./run docs"


def test_what_a_phone_gets_by_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACS_REQUEST_DOWNLOAD", "Off")
    assert load().request_download is RequestDownload.OFF
    monkeypatch.setenv("ACS_REQUEST_DOWNLOAD", "everything")
    with pytest.raises(NeedsOperator, match="ACS_REQUEST_DOWNLOAD"):
        load()


@pytest.mark.parametrize("name", ["cpe_networks", "trusted_proxies", "cpe_open_networks"])
def test_networks_are_networks(name: str) -> None:
    assert getattr(load(**{name: "10.0.0.5, 2001:db8::/48 192.0.2.0/24"}), name)
    with pytest.raises(NeedsOperator, match=f"ACS_{name.upper()}: .*give addresses or networks"):
        load(**{name: "10.0.0.5, proxy.example.net"})


def test_phone_models_are_in_the_data_folder_or_where_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().models_folder == Path("acs-data/models")
    monkeypatch.setenv("ACS_MODELS_DIR", "/etc/acs/models")
    assert Settings().models_folder == Path("/etc/acs/models")
