"""The database: group commit for writes, cheap reads, SQLite in WAL mode.

Writers are gathered for a few milliseconds and then run, one after the other, each within a savepoint of its own, in
ONE transaction; every caller is answered only after that transaction is durable. So a use case that fails takes back
its own work alone, and a burst of a hundred Informs costs one fsync. Statements run on the event loop's thread (they
take microseconds; handing them to another would cost more), COMMIT on a thread of its own, because it waits for the
disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event

from acs.errors import NeedsOperator, Retriable
from acs.storage.unit_of_work import Statement, UnitOfWork

T = TypeVar("T")

GATHER_SECONDS = 0.004
"""How long a first writer waits for others to share its commit. A phone waits 30 s for us (cwmp.md 2.2 rule 9)."""
MAX_BATCH = 500
"""Most writers in one transaction: bounds how long any of them waits."""
BATCH_SECONDS = 0.02
"""How long the statements of one transaction may keep the event loop; what is left goes into the next one."""


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
        try:
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
        except sqlite3.Error:
            connection.close()  # no database, or a damaged one: nobody else will
            raise

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
        self.error: Exception | None = None


@dataclass(slots=True)
class _Batch:
    """Use cases that share one transaction."""

    loop: asyncio.AbstractEventLoop
    calls: list[_Call]
    begun: bool = False
    """Their statements have run; only COMMIT is left."""
    failure: Exception | None = None


class Database:
    """Runs use cases; the only thing in the program that begins and commits transactions."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reader: Connection | None = None
        self._looker: Any = None
        self._writer: Connection | None = None
        self._driver: Any = None
        self._waiting: deque[_Call] = deque()
        self._scheduled = False
        self._busy = False
        self._commits: SimpleQueue[_Batch | None] = SimpleQueue()
        self._committer: threading.Thread | None = None
        self.commits = 0
        self.writes = 0

    @property
    def waiting(self) -> int:
        """How many use cases wait for the next transaction."""
        return len(self._waiting)

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
        """Run what has gathered, and hand the COMMIT, which waits for the disk, to the committer's thread."""
        self._scheduled = False
        if self._busy or not self._waiting:
            return
        self._busy = True
        batch = _Batch(loop, [])
        try:
            self._open()
            self._driver.execute("BEGIN IMMEDIATE")
            batch.begun = True
        except sqlite3.OperationalError:
            # Another process writes just now: wait for it on the thread.
            batch.calls = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]
        except Exception as error:  # noqa: BLE001 - told to every waiter
            batch.calls, batch.failure = list(self._waiting), error
            self._waiting.clear()
            self._settle(batch)
            return
        if batch.begun:
            self._run(batch)
        self._commits.put(batch)

    def _open(self) -> None:
        if self._driver is None:
            self._writer = self.engine.connect()
            # SQLAlchemy's own transaction stays open for good; the real ones are begun and committed beneath it.
            self._writer.begin()
            self._driver = self._writer.connection.driver_connection
            self._driver.execute("PRAGMA busy_timeout=0")
            self._committer = threading.Thread(target=self._commit_forever, name="db-commit", daemon=True)
            self._committer.start()

    def _run(self, batch: _Batch) -> None:
        """Run waiting calls, each in a savepoint, for as long as a batch may take."""
        until = time.perf_counter() + BATCH_SECONDS
        while self._waiting and len(batch.calls) < MAX_BATCH:
            call = self._waiting.popleft()
            batch.calls.append(call)
            try:
                self._run_call(call)
            except Exception as error:  # noqa: BLE001 - the transaction is gone; every caller of the batch is told
                batch.failure = error
                return
            if time.perf_counter() > until:
                return

    def _run_call(self, call: _Call) -> None:
        assert self._writer is not None
        driver = self._driver
        unit = call.unit = UnitOfWork(self._writer)
        driver.execute("SAVEPOINT use_case")
        try:
            call.result = call.function(unit)
            unit.finish()
        except Exception as error:
            call.error = error
            unit.abandon()
            if not driver.in_transaction:  # SQLite gave up the whole transaction (disk full, I/O error)
                raise
            driver.execute("ROLLBACK TO use_case")
        driver.execute("RELEASE use_case")

    def _commit_forever(self) -> None:
        """The committer's thread: waits for other writers and for the disk, so that the event loop does not."""
        while (batch := self._commits.get()) is not None:
            driver = self._driver
            try:
                if not batch.begun:
                    driver.execute("PRAGMA busy_timeout=30000")
                    try:
                        driver.execute("BEGIN IMMEDIATE")
                    finally:
                        driver.execute("PRAGMA busy_timeout=0")
                    for call in batch.calls:
                        self._run_call(call)
                if batch.failure is None:
                    driver.execute("COMMIT")
                    self.commits += 1
                    self.writes += len(batch.calls)
            except Exception as error:  # noqa: BLE001 - told to every waiter
                batch.failure = error
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            # The loop may be gone: then so is everyone who waited.
            with contextlib.suppress(RuntimeError):
                batch.loop.call_soon_threadsafe(self._settle, batch)

    def _settle(self, batch: _Batch) -> None:
        """Answer everyone who waited for this batch, then see to the next one."""
        self._busy = False
        for call in batch.calls:
            done = call.future.done()  # the waiter may have been cancelled: its work is kept all the same
            if call.error is not None:
                if not done:
                    call.future.set_exception(call.error)
            elif batch.failure is not None:
                if not done:
                    call.future.set_exception(Retriable(f"could not save: {batch.failure}", after=1.0))
            else:
                if call.unit is not None:
                    for callback in call.unit.after_commit:
                        self._call_back(batch.loop, callback)
                if not done:
                    call.future.set_result(call.result)
        if self._waiting:
            self._flush(batch.loop)

    @staticmethod
    def _call_back(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
        """Run what follows a commit; its failure is reported and keeps no one from their answer."""
        try:
            callback()
        except Exception as error:  # noqa: BLE001 - the work is saved; the others of the batch still wait
            loop.call_exception_handler({"message": "a callback after a commit failed", "exception": error})

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
        while self._waiting or self._busy or self._scheduled:  # noqa: ASYNC110 - once, at the end of the program
            await asyncio.sleep(GATHER_SECONDS)
        if self._committer is not None:
            self._commits.put(None)
            await asyncio.to_thread(self._committer.join)
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self.engine.dispose()
