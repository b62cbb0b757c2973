"""What several tests need: a database, the context of the services, a server of phones without a network."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from acs.domain.planning.retries import Backoff
from acs.services import tasks
from acs.services.context import Context
from acs.services.sessions import Sessions
from acs.storage import migrate
from acs.storage.blobs import LocalBlobs
from acs.storage.engine import Database, make_engine, sqlite_url
from acs.storage.secrets import SecretBox, derive
from acs.storage.unit_of_work import UnitOfWork
from tests.phone import TestPhone

KEY = bytes(range(32))


@dataclass
class World:
    """A server of phones in memory, on a database in a temporary folder."""

    database: Database
    context: Context
    sessions: Sessions
    folder: Path

    def phone(self, **options: Any) -> TestPhone:
        """A phone that knows the shared first-contact credentials."""
        defaults = {"username": self.context.cpe_username, "password": self.context.cpe_password}
        return TestPhone(self.sessions, **{**defaults, **options})

    async def task(self, device_id: str, **body: Any) -> str:
        """Queue a task; give its identifier."""
        made = await self.database.write(lambda uow: tasks.create_task(uow, self.context, device_id, body))
        return str(made["id"])

    async def state(self, task_id: str) -> dict[str, Any]:
        """Look at a task."""
        return await self.database.read(lambda uow: tasks.get_task(uow, task_id))

    async def read(self, use_case: Callable[[UnitOfWork], Any]) -> Any:
        """Run a reading use case."""
        return await self.database.read(use_case)

    async def only_device(self) -> str:
        """The identifier of the only known phone."""
        from acs.services.devices import DeviceQuery, list_devices

        page = await self.database.read(lambda uow: list_devices(uow, DeviceQuery()))
        (device,) = page.items
        return str(device["id"])


def make_context(folder: Path, **options: Any) -> Context:
    """The context of services on a folder, with quick retries."""
    settings: dict[str, Any] = {
        "files_url": "http://127.0.0.1:7567",
        "acs_url": "http://127.0.0.1:7547/",
        "cpe_username": "acs",
        "cpe_password": "shared secret",
        "backoff": Backoff(first=0.0),
    }
    return Context(
        secret_key=KEY,
        blobs=LocalBlobs(folder / "blobs", SecretBox(derive(KEY, "blobs at rest"))),
        **{**settings, **options},
    )


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the newest schema, to copy: migrating takes longer than most tests."""
    folder = tmp_path_factory.mktemp("migrated")
    engine = make_engine(sqlite_url(folder))
    migrate.upgrade(engine)
    engine.dispose()
    (file,) = folder.iterdir()  # the last connection has emptied and removed the write-ahead log
    return file


@pytest.fixture
async def world(tmp_path: Path, migrated: Path) -> AsyncIterator[World]:
    """A server of phones with Digest."""
    shutil.copyfile(migrated, tmp_path / migrated.name)
    database = Database(make_engine(sqlite_url(tmp_path)))
    context = make_context(tmp_path)
    yield World(database, context, Sessions(database, context), tmp_path)
    await database.close()
