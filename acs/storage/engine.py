"""The database: group commit for writes, cheap reads, SQLite in WAL mode.

Writers are gathered for a few milliseconds and then run, one after the other, each within a savepoint of its own, in
ONE transaction on ONE thread; every caller is answered only after that transaction is durable. So a use case that
fails takes back its own work alone, and a burst of a hundred Informs costs one fsync.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event

from acs.errors import NeedsOperator, Retriable
from acs.storage.unit_of_work import Statement, UnitOfWork

T = TypeVar("T")

GATHER_SECONDS = 0.004
"""How long a first writer waits for others to share its commit. A phone waits 30 s for us (cwmp.md 2.2 rule 9)."""
MAX_BATCH = 500
"""Most writers in one transaction: bounds how long any of them waits."""


def make_engine(url: str) -> Engine:
    """Open the database at ``url``.

    Raises:
        NeedsOperator: the URL names a database that this version cannot use.
    """
    if not url.startswith("sqlite"):
        raise NeedsOperator(
            f"ACS_DATABASE_URL={url.split(':', 1)[0]}://… is not supported by this version: use SQLite (the default)."
        )
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": 30.0})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        # We say BEGIN ourselves: the driver's own idea of when a transaction starts would break savepoints.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # "acknowledged" means "survives a power cut"; group commit pays for it
            "foreign_keys=ON",
            "busy_timeout=30000",
            "cache_size=-65536",
            "temp_store=MEMORY",
            "wal_autocheckpoint=4000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def sqlite_url(data_dir: Path) -> str:
    """Give the URL of the default database in the data folder."""
    return f"sqlite:///{data_dir / 'acs.sqlite3'}"


class _Call:
    __slots__ = ("error", "function", "future", "result", "unit")

    def __init__(self, function: Callable[[UnitOfWork], Any], future: asyncio.Future[Any]) -> None:
        self.function = function
        self.future = future
        self.unit: UnitOfWork | None = None
        self.result: Any = None
        self.error: BaseException | None = None


class Database:
    """Runs use cases; the only thing in the program that begins and commits transactions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="db-write")
        self._reader: Connection | None = None
        self._looker: Any = None
        self._write_connection: Connection | None = None
        self._waiting: list[_Call] = []
        self._scheduled = False
        self._busy = False
        self.commits = 0
        self.writes = 0

    async def write(self, use_case: Callable[[UnitOfWork], T]) -> T:
        """Run ``use_case`` in a transaction; return once it is durable.

        Raises:
            Retriable: the commit itself failed; nothing of this use case was kept.
        """
        loop = asyncio.get_running_loop()
        call = _Call(use_case, loop.create_future())
        self._waiting.append(call)
        if not self._scheduled and not self._busy:
            self._scheduled = True
            loop.call_later(GATHER_SECONDS, self._flush, loop)
        result: T = await call.future
        return result

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        self._scheduled = False
        if self._busy or not self._waiting:
            return
        batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
        self._busy = True

        def work() -> None:
            failure = self._run_batch(batch)
            loop.call_soon_threadsafe(self._settle, loop, batch, failure)

        self._writer.submit(work)

    def _settle(self, loop: asyncio.AbstractEventLoop, batch: list[_Call], failure: Exception | None) -> None:
        self._busy = False
        for call in batch:
            done = call.future.done()  # the waiter may have been cancelled: its work is kept all the same
            if call.error is not None:
                if not done:
                    call.future.set_exception(call.error)
            elif failure is not None:
                if not done:
                    call.future.set_exception(Retriable(f"could not save: {failure}", after=1.0))
            else:
                if call.unit is not None:
                    for callback in call.unit.after_commit:
                        callback()
                if not done:
                    call.future.set_result(call.result)
        if self._waiting:
            self._flush(loop)

    def _run_batch(self, batch: list[_Call]) -> Exception | None:
        """Run every call in a savepoint of one transaction (writer thread). Gives the failure of the whole, if any."""
        try:
            if self._write_connection is None:
                self._write_connection = self.engine.connect()
            connection = self._write_connection
            driver: Any = connection.connection.driver_connection
            with connection.begin():
                driver.execute("BEGIN IMMEDIATE")
                try:
                    for call in batch:
                        self._run_call(call, connection, driver)
                    driver.execute("COMMIT")
                except BaseException:
                    if driver.in_transaction:
                        driver.execute("ROLLBACK")
                    raise
            self.commits += 1
            self.writes += len(batch)
        except Exception as error:  # noqa: BLE001 - whatever the driver raises is told to every waiter
            return error
        return None

    @staticmethod
    def _run_call(call: _Call, connection: Connection, driver: Any) -> None:
        unit = call.unit = UnitOfWork(connection)
        driver.execute("SAVEPOINT use_case")
        try:
            call.result = call.function(unit)
            unit.finish()
        except Exception as error:  # noqa: BLE001 - belongs to the caller, not to the batch
            call.error = error
            unit.abandon()
            if not driver.in_transaction:  # SQLite gave up the whole transaction (disk full, I/O error)
                raise
            driver.execute("ROLLBACK TO use_case")
        driver.execute("RELEASE use_case")

    async def read(self, use_case: Callable[[UnitOfWork], T]) -> T:
        """Run a use case that only reads, on a snapshot of its own.

        SQLite answers the bounded look-ups that services make within microseconds, so they run right here; what may
        take long (rendering for many phones, exports) goes through ``read_long``.
        """
        return self.read_now(use_case)

    def look(self, statement: Statement, **values: Any) -> Sequence[tuple[Any, ...]]:
        """Run one hot-path select; a single statement is its own snapshot and needs no transaction around it."""
        if self._looker is None:
            if self._reader is None:
                self._reader = self.engine.connect()
            self._looker = self._reader.connection.driver_connection
        text, names = statement.compiled(self.engine.dialect)
        return self._looker.execute(text, [values[name] for name in names]).fetchall()  # type: ignore[no-any-return]

    def read_now(self, use_case: Callable[[UnitOfWork], T]) -> T:
        """``read`` for callers that cannot wait."""
        if self._reader is None:
            self._reader = self.engine.connect()
        return self._read_on(self._reader, use_case)

    async def read_long(self, use_case: Callable[[UnitOfWork], T]) -> T:
        """Run a read-only use case on a thread and a connection of its own."""

        def work() -> T:
            with self.engine.connect() as connection:
                return self._read_on(connection, use_case)

        return await asyncio.to_thread(work)

    @staticmethod
    def _read_on(connection: Connection, use_case: Callable[[UnitOfWork], T]) -> T:
        unit = UnitOfWork(connection)
        driver: Any = connection.connection.driver_connection
        try:
            driver.execute("BEGIN")
            return use_case(unit)
        finally:
            unit.abandon()
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            if connection.in_transaction():
                connection.rollback()

    async def close(self) -> None:
        """Finish what was accepted, then close every connection."""
        while self._waiting or self._busy or self._scheduled:
            await asyncio.sleep(GATHER_SECONDS)
        self._writer.shutdown(wait=True)
        for connection in (self._reader, self._write_connection):
            if connection is not None:
                connection.close()
        self.engine.dispose()
