"""One use case, one transaction: what a service may do with the database.

A ``UnitOfWork`` is handed to a use case by ``Database.write`` or ``Database.read``. It never commits: when the use case
returns, the engine does (or takes everything back when it raises). Two ways in, one transaction: ``session`` for
ordinary work with SQLModel objects, ``execute`` with compiled text for the few statements on the hot path.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from secrets import randbits
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.engine.interfaces import Dialect
from sqlmodel import Session

from acs.storage.ids import new_id


class Statement:
    """A SQLAlchemy statement compiled once and then run on the driver itself, at a tenth of the cost.

    Bind values by name. Result rows are the driver's tuples in the order of the statement's columns.
    """

    def __init__(self, build: Callable[[], Executable]) -> None:
        self._build = build
        self._text: dict[str, tuple[str, tuple[str, ...]]] = {}

    def compiled(self, dialect: Dialect) -> tuple[str, tuple[str, ...]]:
        """Give the SQL text for this dialect and its parameter names in order of position."""
        known = self._text.get(dialect.name)
        if known is None:
            compiled = self._build().compile(dialect=dialect)  # type: ignore[attr-defined]
            known = self._text[dialect.name] = (str(compiled), tuple(compiled.positiontup or ()))
        return known


class UnitOfWork:
    """The database inside one transaction, with the time and fresh identifiers."""

    def __init__(self, connection: Connection, now: float | None = None) -> None:
        self.connection = connection
        self.now = time.time() if now is None else now
        """POSIX seconds; one value for the whole use case."""
        self.after_commit: list[Callable[[], None]] = []
        """Called on the event loop once everything here is durable."""
        self._session: Session | None = None

    @property
    def session(self) -> Session:
        """SQLModel session on this transaction; flushed by the engine, committed with the whole use case."""
        if self._session is None:
            self._session = Session(
                bind=self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint", autoflush=True
            )
        return self._session

    def run(self, statement: Statement, **values: Any) -> Sequence[tuple[Any, ...]]:
        """Run a hot-path statement on the driver connection; give its rows, if any."""
        if self._session is not None:
            self._session.flush()
        text, names = statement.compiled(self.connection.dialect)
        driver = self.connection.connection.driver_connection
        assert driver is not None
        cursor = driver.execute(text, tuple(values[name] for name in names))
        return cursor.fetchall() if cursor.description else ()

    def new_id(self) -> str:
        """Make an identifier that sorts by creation."""
        return new_id(self.now, randbits(60))

    def finish(self) -> None:
        """Write what the session still holds. For the engine."""
        if self._session is not None:
            self._session.commit()  # releases the session's own savepoint; the transaction goes on
            self._session.close()

    def abandon(self) -> None:
        """Forget what the session holds. For the engine, before it rolls back."""
        if self._session is not None:
            self._session.expunge_all()
            self._session.close()
