"""The composition root: names every chosen part, and nothing else does.

``embedded`` puts one process together: SQLite, local files, sessions in memory, work in the process itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import ssl
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from ipaddress import IPv6Address
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from acs.domain.devices.reach import Ground
from acs.domain.phones.catalogue import GENERIC
from acs.edges.api import ApiDependencies, api_app
from acs.edges.connection_request.waker import Waker
from acs.edges.cwmp.endpoint import Endpoint
from acs.edges.files.app import files_app
from acs.edges.files.delivery import DeliveryLinks
from acs.edges.listener.server import GRACE, SPARE_FILES, Listener, listen, raise_file_limit
from acs.edges.listener.tls import Tls
from acs.edges.stun.server import StunServer
from acs.edges.xmpp.client import XmppClient
from acs.errors import NeedsOperator
from acs.protocols.addresses import networks
from acs.services import housekeeping, tokens
from acs.services.context import Context
from acs.services.delivery import Delivery
from acs.services.models import load_catalogue
from acs.services.sessions import Sessions
from acs.settings import Settings, pairs
from acs.storage import migrate
from acs.storage.blobs import LocalBlobs
from acs.storage.engine import Database, make_engine, sqlite_url
from acs.storage.secrets import SecretBox, derive, load_or_create_key
from acs.telemetry import spawn

log = logging.getLogger(__name__)

ROLES = ("cwmp", "files", "api", "worker")


@dataclass(slots=True)
class App:
    """One running program: its parts, and where they listen once started."""

    settings: Settings
    database: Database
    context: Context
    sessions: Sessions
    waker: Waker
    admin_token: str | None
    """Known only when it was made or given just now."""
    stun: StunServer | None = None
    xmpp: XmppClient | None = None
    ports: dict[str, int] = field(default_factory=dict)
    listeners: list[Listener] = field(default_factory=list)


def embedded(settings: Settings) -> App:
    """Put the one-process program together: migrate the database, make what is missing at first start.

    Raises:
        NeedsOperator: something here must be decided or mended first; says what.
    """
    data_dir = settings.data_dir
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise NeedsOperator(f"The data folder {data_dir} cannot be made: {error}. Set ACS_DATA_DIR.") from error
    key = load_or_create_key(data_dir, settings.secret_key.get_secret_value() if settings.secret_key else None)
    url = settings.database_url.get_secret_value() if settings.database_url else sqlite_url(data_dir)
    username, password = _first_contact(settings)
    xmpp = _xmpp(settings)
    catalogue = load_catalogue(settings.models_folder)
    host = _in_url(settings.public_host or _own_address(settings.host))
    engine = make_engine(url)
    try:
        migrate.upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    _only_ours(data_dir / "acs.sqlite3")
    blobs = LocalBlobs(data_dir / "blobs", SecretBox(derive(key, "blobs at rest")))
    context = Context(
        secret_key=key,
        blobs=blobs,
        files_url=f"{_scheme(settings.files_tls_certificate)}://{host}:{settings.files_port}",
        acs_url=f"{_scheme(settings.cwmp_tls_certificate)}://{host}:{settings.cwmp_port}/",
        cpe_auth=str(settings.cpe_auth),
        cpe_username=username,
        cpe_password=password,
        request_download=str(settings.request_download),
        stun_host=host.strip("[]"),
        stun_port=settings.stun_port,
        open_networks=networks(settings.cpe_open_networks),
        catalogue=catalogue,
    )
    blobs.remove_leftovers(time.time() - 3600.0)
    database = Database(engine)
    given = settings.admin_token.get_secret_value() if settings.admin_token else None
    try:
        admin_token = tokens.ensure_admin(database, data_dir, given)
    except BaseException:
        engine.dispose()
        raise
    sessions = Sessions(database, context, patience=settings.session_timeout)
    defaults = settings.connection_request_defaults
    waker = Waker(
        database, context, sessions, defaults=pairs(defaults.get_secret_value()) if defaults is not None else ()
    )
    stun = StunServer(database, context) if settings.stun_port else None
    return App(settings, database, context, sessions, waker, admin_token, stun=stun, xmpp=xmpp)


def _xmpp(settings: Settings) -> XmppClient | None:
    """Give the login for XMPP connection requests, where one is configured.

    Raises:
        NeedsOperator: half of it is set, or its password would travel in the clear.
    """
    if settings.xmpp_jid is None:
        return None
    if settings.xmpp_password is None:
        raise NeedsOperator("ACS_XMPP_JID is set without ACS_XMPP_PASSWORD: set both, or neither.")
    tls = settings.xmpp_tls == "required"
    if not tls and settings.xmpp_host not in ("127.0.0.1", "::1", "localhost"):
        raise NeedsOperator("ACS_XMPP_TLS=off is for a server on loopback: set ACS_XMPP_HOST to 127.0.0.1, or use TLS.")
    return XmppClient(
        settings.xmpp_jid,
        settings.xmpp_password.get_secret_value(),
        host=settings.xmpp_host or "",
        port=settings.xmpp_port,
        tls=tls,
    )


def _first_contact(settings: Settings) -> tuple[str, str]:
    """Give the shared pair: as set, or as made at first start and kept beside the secret key.

    Raises:
        NeedsOperator: half of the pair is set, or the file does not hold one.
    """
    if settings.cpe_username and settings.cpe_password:
        return settings.cpe_username, settings.cpe_password.get_secret_value()
    if settings.cpe_username or settings.cpe_password:
        given, missing = ("USERNAME", "PASSWORD") if settings.cpe_username else ("PASSWORD", "USERNAME")
        raise NeedsOperator(f"ACS_CPE_{given} is set without ACS_CPE_{missing}: set both, or neither.")
    path = settings.data_dir / "cpe-credentials"
    try:
        if not path.exists():
            made = {"username": "acs", "password": token_urlsafe(18)}
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump(made, file)
            log.warning("made the user name and password for phones' first contact: see %s", path)
        kept = json.loads(path.read_text())
        username, password = kept["username"], kept["password"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise NeedsOperator(
            f"The file {path} cannot be read or made ({type(error).__name__}). Restore it from a backup, or set "
            "ACS_CPE_USERNAME and ACS_CPE_PASSWORD to what the phones know."
        ) from error
    if not (isinstance(username, str) and isinstance(password, str) and username and password):
        raise NeedsOperator(f"The file {path} holds no user name and password; delete it to have new ones made.")
    return username, password


def _only_ours(path: Path) -> None:
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        if name.exists():
            name.chmod(0o600)


def _own_address(bound: str) -> str:
    """Give the address that phones shall use: the one we bind to, else that of the interface that leads outwards."""
    if bound not in ("0.0.0.0", "::", ""):
        return bound
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))  # chooses an interface; sends nothing
                return str(probe.getsockname()[0])
        except OSError:
            continue
    return "127.0.0.1"


def _in_url(host: str) -> str:
    """Write a host as URLs have it: an IPv6 address in brackets.

    Raises:
        NeedsOperator: it has a colon and is no IPv6 address.
    """
    bare = host.removeprefix("[").removesuffix("]")
    if ":" not in bare:
        return host
    try:
        return f"[{IPv6Address(bare)}]"
    except ValueError as error:
        raise NeedsOperator(
            f"ACS_PUBLIC_HOST is {host!r}: give a host name or an address alone, without a port."
        ) from error


def _scheme(certificate: Path | None) -> str:
    return "http" if certificate is None else "https"


def tls_of(settings: Settings) -> dict[str, Tls]:
    """Give TLS of each listener that has it.

    Raises:
        NeedsOperator: settings that contradict each other.
    """
    found: dict[str, Tls] = {}
    if settings.cwmp_tls_certificate is not None:
        found["cwmp"] = Tls(
            "ACS_CWMP",
            settings.cwmp_tls_certificate,
            settings.cwmp_tls_key,
            settings.cwmp_tls_minimum,
            settings.cwmp_tls_ciphers,
            settings.cwmp_client_ca,
            settings.cwmp_client_certificates,
        )
    elif settings.cwmp_client_certificates != "off":
        raise NeedsOperator(
            "ACS_CWMP_CLIENT_CERTIFICATES needs TLS: set ACS_CWMP_TLS_CERTIFICATE and ACS_CWMP_TLS_KEY, or, behind a "
            "proxy that ends TLS, ACS_TRUSTED_PROXIES and ACS_PROXY_CERTIFICATE_HEADER instead."
        )
    if settings.cwmp_second_port and settings.cwmp_second_tls != "off":
        if "cwmp" not in found:
            raise NeedsOperator(
                f"ACS_CWMP_SECOND_TLS is {settings.cwmp_second_tls}: set ACS_CWMP_TLS_CERTIFICATE and ACS_CWMP_TLS_KEY."
            )
        minimum = "1.0" if settings.cwmp_second_tls == "legacy" else "1.2"
        found["cwmp_second"] = replace(found["cwmp"], minimum=minimum, ciphers="")
    if settings.files_tls_certificate is not None:
        found["files"] = Tls(
            "ACS_FILES",
            settings.files_tls_certificate,
            settings.files_tls_key,
            settings.files_tls_minimum,
            settings.files_tls_ciphers,
        )
    if settings.api_tls_certificate is not None:
        found["api"] = Tls(
            "ACS_API",
            settings.api_tls_certificate,
            settings.api_tls_key,
            settings.api_tls_minimum,
            settings.api_tls_ciphers,
        )
    return found


def _warn_of_plain_http(app: App, secured: Collection[str]) -> None:
    """Plain HTTP is possible, but never silently."""
    plain = [name for name in app.ports if name not in secured]
    if app.settings.api_host in ("127.0.0.1", "::1", "localhost"):
        plain = [name for name in plain if name != "api"]
    if plain:
        log.warning(
            "plain HTTP on %s: whoever is on the way can read and change what is said. Set ACS_CWMP_TLS_CERTIFICATE, "
            "ACS_FILES_TLS_CERTIFICATE and ACS_API_TLS_CERTIFICATE, or put a proxy before them.",
            ", ".join(f"{name} (port {app.ports[name]})" for name in plain),
        )


@asynccontextmanager
async def running(app: App, roles: tuple[str, ...] = ROLES) -> AsyncIterator[App]:
    """Start the listeners and the background work of these roles; stop them in order at the end."""
    settings = app.settings
    most = min(settings.cwmp_max_connections, max(16, raise_file_limit() - SPARE_FILES))
    plan: list[tuple[str, Any, str, int]] = []
    endpoint = Endpoint(
        app.sessions,
        trusted=networks(settings.trusted_proxies),
        certificate_header=settings.proxy_certificate_header.lower(),
    )
    if "cwmp" in roles:
        plan.append(("cwmp", endpoint, settings.host, settings.cwmp_port))
        if settings.cwmp_second_port:
            plan.append(("cwmp_second", endpoint, settings.host, settings.cwmp_second_port))
    if "files" in roles:
        links = DeliveryLinks(Delivery(app.database, app.context, app.sessions.tracer))
        plan.append(("files", files_app(links), settings.host, settings.files_port))
    if "api" in roles:
        dependencies = ApiDependencies(
            database=app.database,
            context=app.context,
            waker=app.waker,
            tracer=app.sessions.tracer,
            data_dir=settings.data_dir,
        )
        plan.append(("api", api_app(dependencies), settings.api_host, settings.api_port))
    servers = app.listeners = []
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(app.database.close)
        stack.push_async_callback(app.sessions.tracer.flush)
        await app.sessions.tracer.load()
        stack.push_async_callback(app.waker.close)
        tls = tls_of(settings)
        contexts = {name: each.context() for name, each in tls.items()}
        for name, asgi, host, port in plan:
            listening = listen(host, port)
            stack.callback(listening.close)
            app.ports[name] = listening.getsockname()[1]
            phones = asgi is endpoint
            servers.append(
                Listener(
                    asgi,
                    listening,
                    name=name,
                    tls=contexts.get(name),
                    most_connections=most,
                    most_per_source=settings.cwmp_max_connections_per_source,
                    stays=endpoint.in_session if phones else None,
                    drains=endpoint.drain if phones else None,
                )
            )
        _warn_of_plain_http(app, contexts)
        _reload_on_hangup(stack, app, tls, contexts)
        _fix_addresses(app)
        if app.stun is not None and "cwmp" in roles:
            stack.push_async_callback(app.stun.close)
            await app.stun.start(settings.host, settings.stun_port)
            app.ports["stun"] = app.stun.port
            app.waker.datagrams = app.stun
        if app.xmpp is not None and "api" in roles:
            stack.push_async_callback(app.xmpp.close)
            app.xmpp.start()
            app.waker.xmpp = app.xmpp
        app.waker.ground = Ground(
            networks=networks(settings.cpe_networks),
            own_names=frozenset(urlsplit(url).hostname or "" for url in (app.context.acs_url, app.context.files_url)),
            own_ports=frozenset(
                {*app.ports.values(), settings.cwmp_port, settings.files_port, settings.api_port} - {0}
            ),
        )
        serving = [spawn(server.serve(sockets=[server.listening]), name=f"serve {server.name}") for server in servers]
        background = []
        if "worker" in roles or "cwmp" in roles:
            background.append(spawn(housekeeping.run(app.database, app.context, app.sessions), name="housekeeping"))
        try:
            while not all(server.started for server in servers):
                for task in serving:
                    if task.done():
                        await task
                await asyncio.sleep(0.01)
            yield app
        finally:
            for server in servers:
                server.should_exit = True
            await asyncio.gather(*serving, return_exceptions=True)
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)


def _reload_on_hangup(
    stack: contextlib.AsyncExitStack, app: App, tls: Mapping[str, Tls], contexts: Mapping[str, ssl.SSLContext]
) -> None:
    """Read phone models and certificates anew on SIGHUP; what cannot be read leaves the old ones in use."""

    def reload() -> None:
        reload_models(app)
        for name, each in tls.items():
            try:
                each.load_into(contexts[name])
            except NeedsOperator as error:
                log.error("%s: the old certificate stays in use: %s", name, error.message)
            else:
                log.info("%s: certificate read anew", name)

    loop = asyncio.get_running_loop()
    with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):  # not in the main thread
        loop.add_signal_handler(signal.SIGHUP, reload)
        stack.callback(loop.remove_signal_handler, signal.SIGHUP)


def reload_models(app: App) -> None:
    """Read the files of phone models anew."""
    try:
        catalogue = load_catalogue(app.settings.models_folder)
    except NeedsOperator as error:
        log.error("the phone models stay as they were: %s", error.message)
        return
    object.__setattr__(app.context, "catalogue", catalogue)
    own = sum(model.source != GENERIC.source for model in catalogue.models.values())
    log.info("phone models read anew: %d, %d of them from %s", len(catalogue.models), own, app.settings.models_folder)


def _fix_addresses(app: App) -> None:
    """Where a port was left to the system, phones have to be told the one that it chose."""
    for name, attribute in (("files", "files_url"), ("cwmp", "acs_url")):
        if name in app.ports:
            base, _, rest = getattr(app.context, attribute).rpartition(":")
            suffix = "/" if rest.endswith("/") else ""
            object.__setattr__(app.context, attribute, f"{base}:{app.ports[name]}{suffix}")


async def serve(settings: Settings, roles: tuple[str, ...] = ROLES) -> None:
    """Run until a signal says stop."""
    app = embedded(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop_now() -> None:
        if stop.is_set():  # asked twice: without waiting for anybody
            for listener in app.listeners:
                listener.force_exit = True
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop_now)
    async with running(app, roles):
        log.info("listening: %s", ", ".join(f"{name} on port {port}" for name, port in app.ports.items()))
        await stop.wait()
        log.info("stopping: no new connections; sessions under way may end within %g s", GRACE)
