"""Group commit: many writers share one transaction, each answers for itself, nobody hears "saved" too early."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from acs.errors import NeedsOperator, NotFound, Retriable
from acs.storage import engine
from acs.storage.engine import Database, make_engine, sqlite_url
from acs.storage.tables import EventRow, SettingsLayerRow
from acs.storage.unit_of_work import Statement, UnitOfWork


@pytest.fixture
async def database(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(engine, "BATCH_SECONDS", 10.0)  # so that a busy machine does not part what belongs together
    shutil.copyfile(migrated, tmp_path / migrated.name)
    database = Database(make_engine(sqlite_url(tmp_path)))
    yield database
    await database.close()


def put(scope: str) -> Callable[[UnitOfWork], str]:
    """A use case that keeps one row."""

    def use_case(uow: UnitOfWork) -> str:
        uow.session.add(SettingsLayerRow(scope=scope, updated_at=uow.now))
        return scope

    return use_case


def scopes(uow: UnitOfWork) -> set[str]:
    return set(uow.connection.execute(select(SettingsLayerRow.__table__.c.scope)).scalars())  # type: ignore[attr-defined]


def on_disk(database: Database) -> set[str]:
    """What another connection sees: durable, or at least committed."""
    assert database.engine.url.database is not None
    other = sqlite3.connect(database.engine.url.database)
    try:
        return {scope for (scope,) in other.execute("SELECT scope FROM settings_layer")}
    finally:
        other.close()


async def writes(database: Database, *use_cases: Callable[[UnitOfWork], Any]) -> list[Any]:
    return await asyncio.gather(*map(database.write, use_cases), return_exceptions=True)


async def test_many_writers_share_one_commit(database: Database) -> None:
    names = [f"groups/{number}" for number in range(20)]
    assert await writes(database, *map(put, names)) == names
    assert (database.commits, database.writes) == (1, 20)
    assert on_disk(database) == set(names)


async def test_a_slow_use_case_ends_its_batch_and_the_others_follow_in_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BATCH_SECONDS", 0.01)

    def slow(uow: UnitOfWork) -> str:
        time.sleep(0.015)
        return put("slow")(uow)

    assert await writes(database, slow, put("quick")) == ["slow", "quick"]
    assert database.commits == 2


async def test_writers_run_in_the_order_they_came_and_see_each_other(database: Database) -> None:
    assert (await writes(database, put("a"), scopes, put("b"), scopes))[1::2] == [{"a"}, {"a", "b"}]


async def test_the_answer_comes_only_after_the_commit(database: Database) -> None:
    before: list[set[str]] = []

    def use_case(uow: UnitOfWork) -> str:
        put("global")(uow)
        uow.session.flush()
        before.append(on_disk(database))
        return "done"

    assert await database.write(use_case) == "done"
    assert before == [set()]
    assert on_disk(database) == {"global"}


def refused(uow: UnitOfWork) -> None:
    put("refused")(uow)
    uow.session.flush()
    raise NotFound("There is no such thing.")


def violated(uow: UnitOfWork) -> None:
    """Fail only in the flush at the very end."""
    put("violated")(uow)
    uow.session.add(EventRow(device_id="nobody", at=0.0, kind="x"))


def taken(uow: UnitOfWork) -> None:
    """Fail in a flush of its own."""
    put("taken")(uow)
    uow.session.flush()
    uow.session.add(SettingsLayerRow(scope="first", updated_at=0.0))
    uow.session.flush()


def broken_sql(uow: UnitOfWork) -> None:
    put("broken")(uow)
    uow.session.flush()
    uow.connection.execute(text("SELECT nothing FROM nowhere"))


@pytest.mark.parametrize(
    ("failing", "error"),
    [(refused, NotFound), (violated, IntegrityError), (taken, IntegrityError), (broken_sql, DatabaseError)],
)
async def test_a_failing_use_case_takes_back_its_own_work_alone(
    database: Database, failing: Callable[[UnitOfWork], None], error: type[Exception]
) -> None:
    first, failed, last = await writes(database, put("first"), failing, put("last"))
    assert (first, last) == ("first", "last")
    assert isinstance(failed, error)
    assert database.commits == 1
    assert on_disk(database) == {"first", "last"}
    assert await database.write(put("later")) == "later"


async def test_what_was_to_follow_the_commit_follows_only_a_good_one(database: Database) -> None:
    told: list[str] = []

    def good(uow: UnitOfWork) -> None:
        put("good")(uow)
        uow.after_commit.append(lambda: told.append(f"good {sorted(on_disk(database))}"))

    def bad(uow: UnitOfWork) -> None:
        uow.after_commit.append(lambda: told.append("bad"))
        raise NotFound("no")

    await writes(database, good, bad)
    assert told == ["good ['good']"]


async def test_a_failing_callback_leaves_nobody_waiting(database: Database) -> None:
    heard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: heard.append(context))

    def trouble(uow: UnitOfWork) -> None:
        put("trouble")(uow)
        uow.after_commit.append(lambda: 1 // 0)  # type: ignore[arg-type]

    async with asyncio.timeout(5):
        assert await writes(database, trouble, put("other")) == [None, "other"]
        assert await database.write(put("later")) == "later"
    assert [type(context["exception"]) for context in heard] == [ZeroDivisionError]


async def test_the_work_of_a_cancelled_waiter_is_kept_and_harms_nobody(database: Database) -> None:
    gone = asyncio.ensure_future(database.write(put("gone")))
    stays = asyncio.ensure_future(database.write(put("stays")))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == "stays"
    assert gone.cancelled()
    assert on_disk(database) == {"gone", "stays"}


async def test_a_cancelled_waiter_whose_use_case_fails_harms_nobody(database: Database) -> None:
    gone = asyncio.ensure_future(database.write(refused))
    stays = asyncio.ensure_future(database.write(put("stays")))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == "stays"
    assert on_disk(database) == {"stays"}


def late_violation(uow: UnitOfWork) -> None:
    """Break a foreign key that SQLite checks in COMMIT only."""
    uow.connection.execute(text("PRAGMA defer_foreign_keys=ON"))
    uow.session.add(EventRow(device_id="nobody", at=0.0, kind="x"))


async def test_a_commit_that_fails_is_told_to_everyone_and_keeps_nothing(database: Database) -> None:
    told: list[str] = []

    def careful(uow: UnitOfWork) -> None:
        put("careful")(uow)
        uow.after_commit.append(lambda: told.append("committed"))

    answers = await writes(database, careful, late_violation, put("third"), refused)
    assert [type(answer) for answer in answers] == [Retriable, Retriable, Retriable, NotFound]
    assert "FOREIGN KEY" in answers[0].message
    assert answers[0].after > 0
    assert told == []
    assert database.commits == 0
    assert on_disk(database) == set()
    assert await database.write(put("later")) == "later"
    assert on_disk(database) == {"later"}


async def test_a_transaction_that_sqlite_gave_up_is_told_to_everyone_in_it(database: Database) -> None:
    """As on a full disk: SQLite rolls back everything, not only the savepoint."""

    def disk_full(uow: UnitOfWork) -> None:
        driver: Any = uow.connection.connection.driver_connection
        driver.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    first, culprit, next_one = await writes(database, put("first"), disk_full, put("next"))
    assert isinstance(first, Retriable)
    assert isinstance(culprit, sqlite3.OperationalError)
    assert next_one == "next"
    assert on_disk(database) == {"next"}


HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("INSERT INTO settings_layer VALUES ('theirs', '{}', '', 0)")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
connection.close()
"""


async def test_another_process_that_writes_is_waited_for_without_holding_up_the_loop(database: Database) -> None:
    path = str(database.engine.url.database)
    holder = subprocess.Popen(  # noqa: ASYNC220 - starts at once; what it says is read before anything waits
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        waiting = [asyncio.ensure_future(database.write(work)) for work in (put("ours"), refused, put("third"))]
        for _ in range(5):
            await asyncio.sleep(0.01)  # the loop goes on
            assert await database.read(scopes) == set()
        assert not any(future.done() for future in waiting)
        holder.stdin.write("\n")
        holder.stdin.flush()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert (answers[0], type(answers[1]), answers[2]) == ("ours", NotFound, "third")
    assert on_disk(database) == {"theirs", "ours", "third"}
    assert await database.write(put("later")) == "later"


def test_another_process_may_be_waited_for_half_a_minute(tmp_path: Path) -> None:
    opened = make_engine(sqlite_url(tmp_path))
    with opened.connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 30_000
    opened.dispose()


async def test_an_impossible_database_is_told_to_every_waiter(tmp_path: Path) -> None:
    (tmp_path / "acs.sqlite3").write_bytes(b"this is no database" * 100)
    database = Database(make_engine(sqlite_url(tmp_path)))
    answers = await writes(database, put("a"), put("b"))
    assert [type(answer) for answer in answers] == [Retriable, Retriable]
    assert "not a database" in answers[0].message
    await database.close()


async def test_a_read_sees_one_snapshot_and_changes_nothing(database: Database) -> None:
    assert database.engine.url.database is not None

    def use_case(uow: UnitOfWork) -> tuple[set[str], set[str]]:
        before = scopes(uow)
        other = sqlite3.connect(str(database.engine.url.database), isolation_level=None)
        other.execute("INSERT INTO settings_layer VALUES ('meanwhile', '{}', '', 0)")
        other.close()
        after = scopes(uow)
        return before, after

    assert await database.read(use_case) == (set(), set())
    await database.read(put("by mistake"))
    assert await database.read(scopes) == {"meanwhile"}
    assert await database.read_long(scopes) == {"meanwhile"}


async def test_a_failing_read_leaves_the_next_one_clean(database: Database) -> None:
    with pytest.raises(NotFound):
        await database.read(refused)
    assert database.read_now(scopes) == set()


async def test_look_sees_what_was_committed_last(database: Database) -> None:
    table = SettingsLayerRow.__table__  # type: ignore[attr-defined]
    found = Statement(lambda: select(table.c.scope).where(table.c.scope == bindparam("wanted")))
    assert database.look(found, wanted="global") == []
    await database.write(put("global"))
    assert database.look(found, wanted="global") == [("global",)]


async def test_closing_finishes_what_was_accepted(tmp_path: Path, migrated: Path) -> None:
    shutil.copyfile(migrated, tmp_path / migrated.name)
    database = Database(make_engine(sqlite_url(tmp_path)))
    accepted = asyncio.ensure_future(database.write(put("last words")))
    await asyncio.sleep(0)
    await database.close()
    assert await accepted == "last words"
    assert on_disk(database) == {"last words"}


async def test_what_is_acknowledged_survives_a_power_cut(database: Database) -> None:
    def pragmas(uow: UnitOfWork) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [uow.connection.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    assert await database.write(pragmas) == ["wal", 2, 1]  # 2: FULL


@pytest.mark.parametrize("url", ["postgresql://user:hush@host/acs", "mysql://host/acs"])
def test_only_sqlite_and_no_password_in_the_message(url: str) -> None:
    with pytest.raises(NeedsOperator, match="use SQLite") as refusal:
        make_engine(url)
    assert "hush" not in refusal.value.message
