"""Every setting of the program, once: read at start by the composition root and the CLI, documented from here.

The first source that names a setting wins: the command line, the environment (``ACS_CWMP_PORT``), the file
``acs.toml`` (``cwmp_port = 7547``; another path with ``ACS_CONFIG``), the default. ``reference()`` writes the page
``acs/docs/reference/settings.md``, and a test holds it to that. To add a setting: one field here, then ``./run docs``.
"""

import difflib
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from acs.errors import NeedsOperator
from acs.protocols.addresses import networks

PREFIX: Final = "ACS_"
CONFIG_VARIABLE: Final = "ACS_CONFIG"
"""Environment variable with the path of the TOML file; ``acs.toml`` in the working directory without it."""
NOT_SETTINGS: Final = frozenset(
    {
        CONFIG_VARIABLE,
        "ACS_API_URL",
        "ACS_CRYPT_KEY",
        "ACS_SIMULATE_FILE_KEY",
        "ACS_SIMULATE_PASSWORD",
        "ACS_TEST_PYTHONS",
        "ACS_TEST_REFERENCE",
        "ACS_UPDATE_GOLDEN",
    }
)
"""Variables with our prefix that are no settings of the server."""

Port = Annotated[int, Field(ge=0, le=65535)]


TlsVersion = Literal["1.0", "1.1", "1.2", "1.3"]


class CpeAuth(StrEnum):
    """How a phone proves who it is."""

    DIGEST = "digest"
    BASIC = "basic"
    NONE = "none"


class RequestDownload(StrEnum):
    """What becomes of a phone's RequestDownload."""

    OWN = "own"
    OFF = "off"


class Settings(BaseSettings):
    """The settings of one process. Frozen: whoever needs another value makes another object."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True, env_ignore_empty=True
    )

    # Where things are kept
    data_dir: Path = Field(Path("acs-data"), description="Folder of the database, the stored files and the secret key.")
    models_dir: Path | None = Field(
        None,
        description="Folder with files of phone models beyond those built in, each a `*.toml`; read at start and at "
        "SIGHUP.",
        json_schema_extra={"made": "`models` in the data folder"},
    )
    database_url: SecretStr | None = Field(
        None,
        description="Database, as an SQLAlchemy URL; an SQLite file in the data folder if not set. "
        "This version runs on SQLite only and refuses other databases.",
    )

    # Where we listen
    host: str = Field("0.0.0.0", description="Address that phones reach: the CWMP and the files listener bind to it.")
    api_host: str = Field("127.0.0.1", description="Address that operators reach: the API listener binds to it.")
    cwmp_port: Port = Field(7547, description="CWMP endpoint, any path. 0 takes a free port.")
    files_port: Port = Field(7567, description="HTTP downloads for phones. 0 takes a free port.")
    api_port: Port = Field(7557, description="REST API, its documentation, health. 0 takes a free port.")
    tftp_port: Port = Field(0, description="TFTP; 0 = off. Reserved: this version refuses any other value.")
    ftp_port: Port = Field(0, description="FTP; 0 = off. Reserved: this version refuses any other value.")
    sip_pnp_port: Port = Field(
        0, description="SIP plug and play; 0 = off. Reserved: this version refuses other values."
    )
    public_host: str | None = Field(
        None, description="Host name or address that phones use in URLs; detected if not set. No scheme, no port."
    )

    # Phones
    cpe_auth: CpeAuth = Field(
        CpeAuth.DIGEST,
        description="How phones authenticate: `digest` (Basic is accepted over TLS only), `basic`, `none`.",
    )
    cpe_username: str | None = Field(
        None,
        description="User name of the shared first-contact credentials. Each phone gets its own at first contact.",
        json_schema_extra={"made": "made at first start"},
    )
    cpe_password: SecretStr | None = Field(
        None,
        description="Password of the shared first-contact credentials.",
        json_schema_extra={"made": "made at first start"},
    )
    cpe_open_networks: str = Field(
        "",
        description="Addresses or networks, with commas, from which phones that never answer a challenge may call "
        "without one. Such a phone is trusted like one with the shared pair.",
    )
    session_timeout: float = Field(
        60.0, gt=0, le=3600, description="Seconds a CWMP session may stay silent before it is given up."
    )

    # What phones may ask of us
    request_download: RequestDownload = Field(
        RequestDownload.OWN,
        description="What a phone gets that sends RequestDownload: `own` (its own configuration, or the firmware that "
        "its settings name) or `off` (nothing; the request is kept as an event).",
    )

    # Asking phones to call
    cpe_networks: str = Field(
        "",
        description="Networks where phones may be, in CIDR notation, separated by commas: connection requests go "
        "nowhere else. Empty: anywhere but loopback, link-local, metadata and similar addresses and this server "
        "itself; loopback only to phones that call from there. Set it behind a reverse proxy on the same machine.",
    )
    connection_request_defaults: SecretStr | None = Field(
        None,
        description="Default connection-request credentials, `user:password` separated by blanks, at most four. Tried "
        "with Digest after a phone refused its own, for instance after a factory reset, and then noted on the phone.",
    )
    stun_port: Port = Field(
        0,
        description="STUN server and UDP connection requests for phones behind a NAT; 0 = off, 3478 is the usual port. "
        "When on, phones are told to use it at first contact.",
    )
    xmpp_jid: str | None = Field(
        None, description="Jabber identifier of this server, for XMPP connection requests; off if not set."
    )
    xmpp_password: SecretStr | None = Field(None, description="Password of that account.")
    xmpp_host: str | None = Field(
        None, description="Host of the XMPP server; as the DNS says for the domain of the identifier if not set."
    )
    xmpp_port: Annotated[int, Field(ge=1, le=65535)] = Field(5222, description="Port there, where the host is set.")
    xmpp_tls: Literal["required", "off"] = Field(
        "required",
        description="`required`: TLS with a certificate that this system trusts. `off`: for a server on loopback.",
    )

    # TLS and who may connect, listener by listener
    cwmp_tls_certificate: Path | None = Field(
        None, description="PEM file with the CWMP listener's certificate and its chain; with it the port speaks TLS."
    )
    cwmp_tls_key: Path | None = Field(
        None, description="PEM file with its private key; not set: the key is in the certificate's file."
    )
    cwmp_tls_minimum: TlsVersion = Field("1.2", description="Oldest TLS version: `1.0`, `1.1`, `1.2` or `1.3`.")
    cwmp_tls_ciphers: str = Field(
        "",
        description="OpenSSL list of ciphers; empty: OpenSSL's own, or below TLS 1.2 those that old phones know "
        "(security level 0).",
    )
    cwmp_client_ca: Path | None = Field(
        None, description="PEM file with the certificates of those who issue client certificates of phones."
    )
    cwmp_client_certificates: Literal["off", "optional", "required"] = Field(
        "off",
        description="`optional`: a phone with a certificate is who its certificate says, others use Digest. "
        "`required`: no connection without one.",
    )
    cwmp_second_port: Port = Field(
        0, description="A second CWMP port beside the first, for first contact or for old phones; 0 = off."
    )
    cwmp_second_tls: Literal["off", "legacy", "modern"] = Field(
        "off",
        description="What the second port speaks: `off` plain HTTP, `legacy` TLS 1.0 and later with the ciphers of old "
        "phones, `modern` TLS 1.2 and later. With the first one's certificate.",
    )
    cwmp_max_connections: int = Field(
        20_000, ge=16, le=1_000_000, description="TCP connections to a CWMP port; idle ones make room for new ones."
    )
    cwmp_max_connections_per_source: int = Field(
        10_000,
        ge=1,
        le=1_000_000,
        description="The same of one address. An address translator may hide thousands of phones.",
    )
    files_tls_certificate: Path | None = Field(None, description="As `ACS_CWMP_TLS_CERTIFICATE`, for downloads.")
    files_tls_key: Path | None = Field(None, description="As `ACS_CWMP_TLS_KEY`, for downloads.")
    files_tls_minimum: TlsVersion = Field("1.2", description="As `ACS_CWMP_TLS_MINIMUM`, for downloads.")
    files_tls_ciphers: str = Field("", description="As `ACS_CWMP_TLS_CIPHERS`, for downloads.")
    api_tls_certificate: Path | None = Field(None, description="As `ACS_CWMP_TLS_CERTIFICATE`, for the REST API.")
    api_tls_key: Path | None = Field(None, description="As `ACS_CWMP_TLS_KEY`, for the REST API.")
    api_tls_minimum: TlsVersion = Field("1.2", description="As `ACS_CWMP_TLS_MINIMUM`, for the REST API.")
    api_tls_ciphers: str = Field("", description="As `ACS_CWMP_TLS_CIPHERS`, for the REST API.")
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks, with commas, of proxies before the CWMP listener that are believed when "
        "they name the client in `Forwarded`, `X-Forwarded-For` or `X-Real-IP`.",
    )
    proxy_certificate_header: str = Field(
        "",
        description="Header in which such a proxy, and nobody else, hands on the client certificate that it verified: "
        "`Client-Cert` (RFC 9440) or one with percent-encoded PEM such as `X-SSL-Client-Cert`; empty: none. "
        "The proxy must remove what clients send under this name.",
    )

    # Secrets of our own
    secret_key: SecretStr | None = Field(
        None,
        description="Key for secrets at rest: 64 hexadecimal digits, 32 bytes in base64, or a passphrase of 32 or more "
        "characters. Made at first start and kept in `secret-key` in the data folder (0600) if not set.",
        json_schema_extra={"made": "made at first start"},
    )
    admin_token: SecretStr | None = Field(
        None,
        description="API token with every permission. Made at first start if not set: printed once, "
        "and kept in `admin-token` in the data folder (0600).",
        json_schema_extra={"made": "made at first start"},
    )

    # What we say
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level of a log line.")
    log_format: Literal["human", "json"] = Field("human", description="Shape of a log line.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line, environment, TOML file; ``.env`` files are left to the shell or the service manager."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=config_file())

    @property
    def models_folder(self) -> Path:
        """Where files of phone models are."""
        return self.models_dir or self.data_dir / "models"

    @field_validator("log_level", "cpe_auth", "request_download", "xmpp_tls", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("tftp_port", "ftp_port", "sip_pnp_port")
    @classmethod
    def _reserved(cls, value: int) -> int:
        if value:
            raise ValueError("this version has no such listener; leave it at 0")
        return value

    @field_validator("connection_request_defaults")
    @classmethod
    def _pairs(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            pairs(value.get_secret_value())
        return value

    @field_validator("xmpp_jid")
    @classmethod
    def _jid(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[^@/\s]+@[^@/\s]+(?:/\S+)?", value):
            raise ValueError("a Jabber identifier is user@domain, with or without /resource")
        return value

    @field_validator("database_url")
    @classmethod
    def _sqlite(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("sqlite:///"):
            raise ValueError("this version runs on SQLite only: sqlite:///PATH")
        return value

    @field_validator("public_host")
    @classmethod
    def _bare_host(cls, value: str | None) -> str | None:
        if value is not None and (not value or any(mark in value for mark in "/@?# ") or value.startswith("http:")):
            raise ValueError("give a host name or an address alone, without scheme, path or spaces")
        return value

    @field_validator("trusted_proxies", "cpe_open_networks", "cpe_networks")
    @classmethod
    def _networks(cls, value: str) -> str:
        try:
            networks(value)
        except ValueError as error:
            raise ValueError(
                f"{str(error)[:120]}; give addresses or networks with commas between: 10.0.0.5, 2001:db8::/48"
            ) from None
        return value

    @field_validator("cpe_username")
    @classmethod
    def _digest_name(cls, value: str | None) -> str | None:
        if value is not None and (":" in value or '"' in value):
            raise ValueError("a user name for HTTP authentication has no colon and no quote")
        return value


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Read ``connection_request_defaults``.

    Raises:
        ValueError: there are too many, or one is no ``user:password``; which one is not told, it holds a secret.
    """
    found = [each.partition(":") for each in text.split()]
    if len(found) > 4 or not all(user and colon for user, colon, _ in found):
        raise ValueError("give at most four user:password, separated by blanks")
    return tuple((user, password) for user, _, password in found)


def config_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The TOML file that would be read; it need not exist."""
    return Path(environ.get(CONFIG_VARIABLE) or "acs.toml")


def load(**given: Any) -> Settings:
    """The settings of this process.

    Args:
        given: values from the command line by field name; ``None`` counts as not given.

    Raises:
        NeedsOperator: a value is off, a name is unknown, or the file cannot be read; the message lists each and never
            repeats a value, which may be a secret.
    """
    path = config_file()
    if CONFIG_VARIABLE in os.environ and not path.is_file():
        raise NeedsOperator(f"settings: {CONFIG_VARIABLE} names {path}, which is not a file")
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise NeedsOperator("settings: " + "; ".join(_problem(each) for each in error.errors())) from None
    except tomllib.TOMLDecodeError as error:
        raise NeedsOperator(f"settings: {path} is not TOML: {error}") from None


def _problem(error: Mapping[str, Any]) -> str:
    name = str(error["loc"][0]) if error["loc"] else "?"
    if error["type"] == "extra_forbidden":
        return f"{name} is no setting{_did_you_mean(name, Settings.model_fields)}"
    return f"{PREFIX}{name.upper()}: {str(error['msg']).removeprefix('Value error, ')}"


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    return f" (did you mean {close[0]}?)" if close else ""


def unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Warnings about variables that begin with ``ACS_`` but are no setting: most often a typing error."""
    known = variables()
    strangers = (name for name in sorted(environ) if name.upper().startswith(PREFIX))
    return tuple(
        f"{name} is no setting{_did_you_mean(name.upper(), known)}"
        for name in strangers
        if name.upper() not in known and name.upper() not in NOT_SETTINGS
    )


def variables() -> tuple[str, ...]:
    """The environment variable of each setting, in order."""
    return tuple(PREFIX + name.upper() for name in Settings.model_fields)


def reference() -> str:
    """``acs/docs/reference/settings.md``, from the fields above."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | `{name}` | {_default(name)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    return _PAGE.format(rows="\n".join(rows))


def _default(name: str) -> str:
    field = Settings.model_fields[name]
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "made" in extra:
        return str(extra["made"])
    default = field.get_default()
    if default is None or default is PydanticUndefined:
        return "none"
    return f"`./{default}`" if isinstance(default, Path) else f"`{default}`"


_PAGE: Final = """\
# Settings

<!-- Written from acs/settings.py by "./run docs"; change it there. -->

The first source that names a setting wins: the command line, the environment, the file `acs.toml` in the working
directory (another path with `ACS_CONFIG`), the default. Names that are no setting are refused in the file and warned
about in the environment. An empty environment variable counts as not set.

| environment | acs.toml | default | meaning |
|---|---|---|---|
{rows}

```toml
# acs.toml
data_dir = "/var/lib/acs"
public_host = "acs.example.net"
api_host = "127.0.0.1"
log_format = "json"
```
"""

if __name__ == "__main__":
    sys.stdout.write(reference())
