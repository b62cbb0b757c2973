"""``acs doctor``: looks for what would keep the server from working, and says what to do about it."""

import os
import shutil
import socket
import sqlite3
import ssl
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.error import URLError
from urllib.request import urlopen

import typer

from acs.cli.options import AsJson, strangers
from acs.cli.outcome import Exit
from acs.cli.output import console, show_json
from acs.errors import AcsError
from acs.settings import Settings, load

MIN_FREE: Final = 512 * 1024 * 1024
RENEW: Final = timedelta(days=21)
"""So long before its end a certificate should be renewed: phones know no way around it."""
Level = Literal["ok", "warning", "error"]
_STYLE: Final = {"ok": "green", "warning": "yellow", "error": "bold red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    check: str
    level: Level
    message: str


def doctor(
    data_dir: Annotated[Path | None, typer.Option(help="Data folder to look at.")] = None, as_json: AsJson = False
) -> None:
    """Check settings, data folder, key, database, ports and addresses. Exit code 1 if something is wrong."""
    findings = list(examine(data_dir))
    if as_json:
        show_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            console().print(f"[{_STYLE[finding.level]}]{finding.level:8}[/]", end="")
            console().print(f"{finding.check}: {finding.message}", markup=False, soft_wrap=True)
    if any(finding.level == "error" for finding in findings):
        raise typer.Exit(Exit.FAILED)


def examine(data_dir: Path | None = None) -> Iterator[Finding]:
    """Look at everything, in the order in which the server needs it."""
    yield Finding("python", "ok", sys.version.split()[0])
    try:
        settings = load(data_dir=data_dir)
    except AcsError as error:
        yield Finding("settings", "error", error.message)
        return
    warnings = strangers()
    yield Finding("settings", "warning" if warnings else "ok", "; ".join(warnings) or "understood")
    for check in (_data_dir, _secret_key, _database, _models, _disk, _tls, _ports, _waking, _public_host):
        yield from check(settings)


def _data_dir(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if not folder.exists():
        parent = next(parent for parent in folder.absolute().parents if parent.exists())
        if os.access(parent, os.W_OK | os.X_OK):
            yield Finding("data folder", "ok", f"{folder} will be made at first start")
        else:
            yield Finding("data folder", "error", f"{folder} cannot be made in {parent}; set ACS_DATA_DIR")
        return
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("data folder", "error", f"{folder} is no folder that this user can write to; set ACS_DATA_DIR")
        return
    yield _private("data folder", folder, "chmod 700")


def _private(check: str, path: Path, remedy: str) -> Finding:
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        return Finding(check, "warning", f"{path} is open to other users ({mode:o}): {remedy} {path}")
    return Finding(check, "ok", f"{path} belongs to this user alone")


def _secret_key(settings: Settings) -> Iterator[Finding]:
    from acs.storage.secrets import KEY_FILE, load_or_create_key, parse_key

    path = settings.data_dir / KEY_FILE
    try:
        if settings.secret_key is not None:
            parse_key(settings.secret_key.get_secret_value())
            yield Finding("secret key", "ok", "from ACS_SECRET_KEY")
        elif not path.exists():
            if (settings.data_dir / "acs.sqlite3").exists():
                message = f"{path} is missing beside a database: its secrets cannot be opened; restore it from a backup"
                yield Finding("secret key", "error", message)
            else:
                yield Finding("secret key", "ok", "will be made at first start")
        else:
            finding = _private("secret key", path, "chmod 600")
            load_or_create_key(settings.data_dir, None)
            yield finding
    except AcsError as error:
        yield Finding("secret key", "error", error.message)


def _database(settings: Settings) -> Iterator[Finding]:
    from acs.storage import migrate
    from acs.storage.engine import make_engine, sqlite_url

    path = settings.data_dir / "acs.sqlite3"
    if settings.database_url is None and not path.exists():
        yield Finding("database", "ok", "will be made at first start")
        return
    url = settings.database_url.get_secret_value() if settings.database_url else sqlite_url(settings.data_dir)
    try:
        engine = make_engine(url)
        try:
            found, newest = migrate.current(engine)
            with engine.connect() as connection:
                sound = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        finally:
            engine.dispose()
    except AcsError as error:
        yield Finding("database", "error", error.message)
        return
    except Exception as error:  # noqa: BLE001 - whatever the driver says is the finding
        yield Finding("database", "error", f"cannot be opened: {error}")
        return
    if sound != "ok":
        yield Finding("database", "error", f"is damaged ({sound}): restore it from a backup")
    elif found == newest:
        yield Finding("database", "ok", f"at revision {newest}, sound (SQLite {sqlite3.sqlite_version})")
    else:
        yield Finding("database", "warning", f"at revision {found or 'none'}, newest is {newest}: run acs migrate")


def _models(settings: Settings) -> Iterator[Finding]:
    from acs.domain.phones.catalogue import GENERIC
    from acs.services.models import load_catalogue

    folder = settings.models_folder
    try:
        catalogue = load_catalogue(folder)
    except AcsError as error:
        yield Finding("phone models", "error", error.message)
        return
    own = [model.name for model in catalogue.models.values() if model.source != GENERIC.source]
    if settings.models_dir is not None and not folder.is_dir():
        yield Finding("phone models", "warning", f"there is no folder {folder}, which ACS_MODELS_DIR names")
    elif own:
        yield Finding("phone models", "ok", f"{len(catalogue.models)} known; from files in {folder}: {', '.join(own)}")
    else:
        yield Finding("phone models", "ok", f"{len(catalogue.models)} known, all built in")


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = next(path for path in (settings.data_dir, *settings.data_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(folder).free
    level: Level = "ok" if free >= MIN_FREE else "warning"
    yield Finding("disk", level, f"{free // 2**20} MiB free in {folder}")


def _tls(settings: Settings) -> Iterator[Finding]:
    """Look at certificates as the listeners will, and at how long they are good."""
    from cryptography import x509

    from acs.app import tls_of

    try:
        found = tls_of(settings)
    except AcsError as error:
        yield Finding("tls", "error", error.message)
        return
    for name, tls in found.items():
        check = f"{name} certificate"
        try:
            tls.context()
            left = x509.load_pem_x509_certificate(tls.certificate.read_bytes()).not_valid_after_utc - datetime.now(UTC)
        except AcsError as error:
            yield Finding(check, "error", error.message)
        except (OSError, ValueError) as error:
            yield Finding(check, "error", f"{tls.certificate} cannot be read: {error}")
        else:
            level: Level = "error" if left.days < 0 else "warning" if left < RENEW else "ok"
            term = "good for" if left.days >= 0 else "over for"
            remedy = "" if level == "ok" else "; renew it and send SIGHUP to the server"
            yield Finding(check, level, f"{tls.certificate} is {term} {abs(left.days)} days{remedy}")


def _ports(settings: Settings) -> Iterator[Finding]:
    running = _is_running(settings)
    listeners = [
        ("cwmp", settings.host, settings.cwmp_port),
        ("files", settings.host, settings.files_port),
        ("api", settings.api_host, settings.api_port),
    ]
    if settings.cwmp_second_port:
        listeners.append(("cwmp_second", settings.host, settings.cwmp_second_port))
    for name, host, port in listeners:
        check = f"{name} port"
        if port == 0:
            yield Finding(check, "ok", "chosen by the system")
        elif running:
            yield Finding(check, "ok", f"{host}:{port}, the server is running")
        elif (why := _refused(host, port)) is None:
            yield Finding(check, "ok", f"{host}:{port} is free")
        else:
            yield Finding(
                check, "error", f"{host}:{port} cannot be used ({why}): choose another with ACS_{name.upper()}_PORT"
            )


def _waking(settings: Settings) -> Iterator[Finding]:
    """Look at what is needed to ask phones behind a NAT to call."""
    if settings.stun_port:
        where = f"UDP {settings.host}:{settings.stun_port}"
        if _is_running(settings):
            yield Finding("stun port", "ok", f"{where}, the server is running")
        elif (why := _refused(settings.host, settings.stun_port, socket.SOCK_DGRAM)) is None:
            yield Finding("stun port", "ok", f"{where} is free")
        else:
            yield Finding("stun port", "error", f"{where} cannot be used ({why}): choose another with ACS_STUN_PORT")
    if (settings.xmpp_jid is None) != (settings.xmpp_password is None):
        yield Finding("xmpp", "error", "set both ACS_XMPP_JID and ACS_XMPP_PASSWORD, or neither")
    elif settings.xmpp_jid is not None:
        yield Finding("xmpp", "ok", f"logs in as {settings.xmpp_jid}, TLS {settings.xmpp_tls}")


def _is_running(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.api_host, settings.api_host)
    scheme, ours = "http", None
    if settings.api_tls_certificate is not None:  # it is ours, whatever its name; nothing secret is said to it
        scheme, ours = "https", ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ours.check_hostname, ours.verify_mode = False, ssl.CERT_NONE
    url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.api_port}/healthz"
    try:
        with urlopen(url, timeout=2, context=ours) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError, ValueError):
        return False


def _refused(host: str, port: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        return error.strerror or str(error)
    return None


def _public_host(settings: Settings, resolve: Callable[[str], str] = socket.gethostbyname) -> Iterator[Finding]:
    host = settings.public_host
    if host is None:
        yield Finding("public host", "warning", "not set: phones are told the detected address; set ACS_PUBLIC_HOST")
        return
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        try:
            address = ip_address(resolve(host))
        except OSError as error:
            yield Finding("public host", "error", f"{host} cannot be resolved ({error}); phones use it in URLs")
            return
    if address.is_loopback or address.is_unspecified:
        yield Finding("public host", "warning", f"{host} is {address}: only phones on this machine can reach it")
    else:
        yield Finding("public host", "ok", f"{host} ({address})")
