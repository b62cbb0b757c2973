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
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import uvicorn

from acs.edges.api import ApiDependencies, api_app
from acs.edges.connection_request.waker import HttpWaker
from acs.edges.cwmp.endpoint import Endpoint
from acs.edges.files.app import files_app
from acs.edges.files.delivery import DeliveryLinks
from acs.errors import NeedsOperator
from acs.services import housekeeping, tokens
from acs.services.context import Context
from acs.services.delivery import Delivery
from acs.services.sessions import Sessions
from acs.settings import Settings
from acs.storage import migrate
from acs.storage.blobs import LocalBlobs
from acs.storage.engine import Database, make_engine, sqlite_url
from acs.storage.secrets import SecretBox, derive, load_or_create_key
from acs.telemetry import spawn

log = logging.getLogger(__name__)

ROLES = ("cwmp", "files", "api", "worker")
KEEP_ALIVE = 75
"""Seconds that an idle TCP connection of a phone stays open: longer than a phone may think within a session."""
GRACE = 10
"""Seconds that requests under way may take to end when the program stops."""


@dataclass(slots=True)
class App:
    """One running program: its parts, and where they listen once started."""

    settings: Settings
    database: Database
    context: Context
    sessions: Sessions
    waker: HttpWaker
    admin_token: str | None
    """Known only when it was made or given just now."""
    ports: dict[str, int] = field(default_factory=dict)


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
        files_url=f"http://{host}:{settings.files_port}",
        acs_url=f"http://{host}:{settings.cwmp_port}/",
        cpe_auth=str(settings.cpe_auth),
        cpe_username=username,
        cpe_password=password,
        request_download=str(settings.request_download),
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
    return App(settings, database, context, sessions, HttpWaker(database, context, sessions), admin_token)


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


class _Server(uvicorn.Server):
    """A listener among others: signals are for the program, not for each listener."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone."""
        yield


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise NeedsOperator(
            f"Port {port} on {host} cannot be used: {error.strerror}. Stop what uses it, or choose another port."
        ) from error
    listener.listen(1024)
    listener.setblocking(False)
    return listener


@asynccontextmanager
async def running(app: App, roles: tuple[str, ...] = ROLES) -> AsyncIterator[App]:
    """Start the listeners and the background work of these roles; stop them in order at the end."""
    settings = app.settings
    plan: list[tuple[str, Any, str, int]] = []
    if "cwmp" in roles:
        plan.append(("cwmp", Endpoint(app.sessions), settings.host, settings.cwmp_port))
    if "files" in roles:
        links = DeliveryLinks(Delivery(app.database, app.context))
        plan.append(("files", files_app(links), settings.host, settings.files_port))
    if "api" in roles:
        dependencies = ApiDependencies(
            database=app.database, context=app.context, waker=app.waker, data_dir=settings.data_dir
        )
        plan.append(("api", api_app(dependencies), settings.api_host, settings.api_port))
    sockets: list[socket.socket] = []
    servers: list[_Server] = []
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(app.database.close)
        stack.push_async_callback(app.waker.close)
        for name, asgi, host, port in plan:
            listener = _listen(host, port)
            stack.callback(listener.close)
            sockets.append(listener)
            app.ports[name] = listener.getsockname()[1]
            config = uvicorn.Config(
                asgi,
                http="httptools",
                loop="none",
                lifespan="off",
                access_log=False,
                server_header=False,
                log_config=None,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=GRACE,
                backlog=1024,
                proxy_headers=False,
            )
            servers.append(_Server(config))
        _fix_addresses(app)
        serving = [
            spawn(server.serve(sockets=[listener]), name=f"serve {name}")
            for server, listener, (name, *_) in zip(servers, sockets, plan, strict=True)
        ]
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
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(app, roles):
        log.info("listening: %s", ", ".join(f"{name} on port {port}" for name, port in app.ports.items()))
        await stop.wait()
        log.info("stopping: no new connections; requests under way may end")
