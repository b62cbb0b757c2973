"""One use case, one transaction: its time, its identifiers, both ways to the database."""

import time

import pytest
from sqlalchemy import bindparam, insert, select, text
from sqlalchemy.dialects import sqlite

from acs.storage.tables import SettingsLayerRow
from acs.storage.unit_of_work import Statement, UnitOfWork
from tests.conftest import World

TABLE = SettingsLayerRow.__table__  # type: ignore[attr-defined]
PUT = Statement(
    lambda: insert(TABLE).values(
        scope=bindparam("scope"), document=text("'{}'"), secrets_sealed=text("''"), updated_at=bindparam("at")
    )
)
FIND = Statement(
    lambda: select(TABLE.c.updated_at, TABLE.c.scope).where(TABLE.c.scope == bindparam("scope")).order_by(TABLE.c.scope)
)


def test_a_statement_is_compiled_once_for_each_dialect() -> None:
    built = []

    def build() -> object:
        built.append(1)
        return select(TABLE.c.scope).where(TABLE.c.updated_at > bindparam("after"), TABLE.c.scope == bindparam("scope"))

    statement = Statement(build)  # type: ignore[arg-type]
    sql, names = statement.compiled(sqlite.dialect())
    assert sql.count("?") == 2
    assert names == ("after", "scope")
    assert statement.compiled(sqlite.dialect()) == (sql, names)
    assert built == [1]


async def test_rows_are_plain_tuples_and_writes_give_none(world: World) -> None:
    def use_case(uow: UnitOfWork) -> tuple[object, object]:
        return uow.run(PUT, at=7.5, scope="global"), uow.run(FIND, scope="global")

    written, found = await world.database.write(use_case)
    assert written == ()
    assert found == [(7.5, "global")]


async def test_both_ways_see_each_other_at_once(world: World) -> None:
    def use_case(uow: UnitOfWork) -> None:
        uow.session.add(SettingsLayerRow(scope="models/X4", updated_at=1.0))
        assert uow.run(FIND, scope="models/X4") == [(1.0, "models/X4")]  # flushed first
        uow.run(PUT, at=2.0, scope="global")
        row = uow.session.get(SettingsLayerRow, "global")
        assert row is not None
        assert row.updated_at == 2.0

    await world.database.write(use_case)
    found = await world.read(lambda uow: [uow.run(FIND, scope=scope) for scope in ("global", "models/X4")])
    assert found == [[(2.0, "global")], [(1.0, "models/X4")]]


async def test_rows_stay_readable_after_the_transaction(world: World) -> None:
    def use_case(uow: UnitOfWork) -> SettingsLayerRow:
        row = SettingsLayerRow(scope="global", updated_at=uow.now)
        uow.session.add(row)
        return row

    assert (await world.database.write(use_case)).scope == "global"


async def test_one_time_for_the_whole_use_case(world: World) -> None:
    def use_case(uow: UnitOfWork) -> tuple[float, float]:
        first = uow.now
        time.sleep(0.002)
        return first, uow.now

    before = time.time()
    first, second = await world.database.write(use_case)
    assert first == second
    assert before <= first <= time.time()


@pytest.mark.parametrize("now", [0.0, 1_800_000_000.5])
async def test_the_time_can_be_given(world: World, now: float) -> None:
    assert await world.read(lambda uow: UnitOfWork(uow.connection, now).now) == now


async def test_identifiers_are_fresh_and_begin_with_the_time(world: World) -> None:
    def use_case(uow: UnitOfWork) -> list[str]:
        return [uow.new_id() for _ in range(200)]

    made = await world.database.write(use_case)
    assert len(set(made)) == 200
    assert {len(id) for id in made} == {20}
    assert len({id[:8] for id in made}) == 1


async def test_abandoned_work_is_forgotten(world: World) -> None:
    def use_case(uow: UnitOfWork) -> None:
        uow.session.add(SettingsLayerRow(scope="global", updated_at=0.0))
        uow.abandon()
        uow.finish()

    await world.database.write(use_case)
    assert await world.read(lambda uow: uow.run(FIND, scope="global")) == []


async def test_without_a_session_there_is_nothing_to_finish(world: World) -> None:
    def use_case(uow: UnitOfWork) -> None:
        uow.finish()
        uow.abandon()
        uow.run(PUT, at=1.0, scope="global")

    await world.database.write(use_case)
    assert await world.read(lambda uow: uow.run(FIND, scope="global")) == [(1.0, "global")]
