"""A real server of the API on loopback, and commands run as from a shell."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from acs import cli
from acs.edges.api import ApiDependencies, api_app
from acs.errors import NotFound
from acs.services import tokens
from acs.storage import migrate
from acs.storage.engine import Database, make_engine, sqlite_url
from tests.conftest import make_context

ADMIN = "an-admin-token-for-tests"


class SleepyWaker:
    """No phone can be woken here."""

    async def wake(self, device_id: str) -> Mapping[str, Any]:
        raise NotFound(f"Device {device_id} has not told a ConnectionRequestURL.")

    async def wake_for_work(self, device_id: str) -> None:
        await self.wake(device_id)


@pytest.fixture(scope="module")
def server_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps its data."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def server(server_folder: Path) -> Iterator[str]:
    """Its URL; it lives as long as the tests of one file."""
    folder = server_folder
    engine = make_engine(sqlite_url(folder))
    migrate.upgrade(engine)
    listener = socket.create_server(("127.0.0.1", 0))
    started = threading.Event()
    running: list[uvicorn.Server] = []

    async def serve() -> None:
        database = Database(engine)
        tokens.ensure_admin(database, folder, ADMIN)
        parts = ApiDependencies(database=database, context=make_context(folder), waker=SleepyWaker())
        config = uvicorn.Config(api_app(parts), log_config=None, lifespan="off", http="h11", ws="none")
        running.append(uvicorn.Server(config))
        asyncio.get_running_loop().call_soon(started.set)
        await running[0].serve(sockets=[listener])
        await database.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    started.wait(10)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running[0].should_exit = True
    thread.join(10)
    listener.close()


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture
def acs(server: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any, tmp_path: Path) -> Run:
    """Run a command of the program against the server."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACS_API_URL", server)
    monkeypatch.setenv("ACS_ADMIN_TOKEN", ADMIN)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, code: int = 0, **environment: str) -> Ended:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.argv", ["acs", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capfdbinary.readouterr()
        found = Ended(int(ended.value.code or 0), told.out.decode(), told.err.decode())
        assert found.code == code, found
        return found

    return run
