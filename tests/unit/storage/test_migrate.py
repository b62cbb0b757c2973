"""From any older database to the tables of this program; never from a newer one."""

import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Engine, MetaData, inspect, text
from sqlmodel import SQLModel

from acs.errors import NeedsOperator
from acs.storage import migrate, tables
from acs.storage.engine import make_engine, sqlite_url
from alembic import command

OLDER = [script.revision for script in ScriptDirectory.from_config(migrate.configuration()).walk_revisions()]


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(sqlite_url(tmp_path))
    yield engine
    engine.dispose()


@pytest.fixture
def newest(tmp_path: Path, migrated: Path) -> Iterator[Engine]:
    shutil.copyfile(migrated, tmp_path / migrated.name)
    engine = make_engine(sqlite_url(tmp_path))
    yield engine
    engine.dispose()


def head() -> str:
    found = ScriptDirectory.from_config(migrate.configuration()).get_current_head()
    assert found is not None
    return found


def test_an_empty_database_gets_every_table(empty: Engine) -> None:
    assert migrate.current(empty) == (None, head())
    migrate.upgrade(empty)
    assert migrate.current(empty) == (head(), head())
    expected = {getattr(tables, name).__tablename__ for name in tables.__all__}
    assert set(inspect(empty).get_table_names()) == expected | {"alembic_version"}


def test_the_newest_revision_is_exactly_the_models(newest: Engine) -> None:
    """Who changes a table writes a migration."""
    with newest.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "render_as_batch": True}
        )
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_forgotten_migration_would_be_seen(newest: Engine) -> None:
    """The comparison above is not blind."""
    with newest.begin() as connection:
        connection.execute(text("ALTER TABLE device ADD COLUMN forgotten TEXT"))
        connection.execute(text("DROP INDEX ix_task_open"))
        difference = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    assert {entry[0] for entry in difference} == {"remove_column", "add_index"}


def test_upgrading_again_changes_nothing_and_keeps_the_rows(newest: Engine) -> None:
    with newest.begin() as connection:
        connection.execute(text("INSERT INTO settings_layer VALUES ('global', '{}', '', 0)"))
    migrate.upgrade(newest)
    with newest.connect() as connection:
        assert connection.execute(text("SELECT scope FROM settings_layer")).scalars().all() == ["global"]


@pytest.mark.parametrize("revision", ["9999", "a_later_one"])
def test_a_newer_database_is_refused_and_left_alone(newest: Engine, revision: str) -> None:
    with newest.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    with pytest.raises(NeedsOperator, match="written by a newer") as refusal:
        migrate.upgrade(newest)
    assert revision in refusal.value.message
    assert "backup" in refusal.value.message
    assert migrate.current(newest)[0] == revision


def test_the_revisions_are_one_line_without_forks() -> None:
    script = ScriptDirectory.from_config(migrate.configuration())
    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


@pytest.mark.parametrize("revision", OLDER)
def test_every_older_revision_can_be_upgraded(empty: Engine, revision: str) -> None:
    at(empty, revision)
    migrate.upgrade(empty)
    assert migrate.current(empty) == (head(), head())


def filled(engine: Engine) -> dict[str, int]:
    """Put a row into every table, each of which refers to the others' rows; give how many rows there are."""
    metadata = MetaData()
    metadata.reflect(engine)
    tables = [table for table in metadata.sorted_tables if table.name != "alembic_version"]
    with engine.begin() as connection:
        for table in tables:
            row = {column.name: _some(column.type) for column in table.columns}
            connection.execute(table.insert().values(row))
    return counted(engine, [table.name for table in tables])


def _some(kind: Any) -> Any:
    if isinstance(kind, JSON):
        return {}
    return {str: "x", bytes: b"x", bool: True}.get(kind.python_type, 1)


def counted(engine: Engine, names: Iterable[str]) -> dict[str, int]:
    with engine.connect() as connection:
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in names}


def at(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        config = migrate.configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@pytest.mark.parametrize("revision", OLDER)
def test_an_upgrade_loses_no_row_of_any_table(empty: Engine, revision: str) -> None:
    at(empty, revision)
    rows = filled(empty)
    assert set(rows.values()) == {1}
    assert {"device", "task", "event", "parameter_tree"} <= set(rows)
    migrate.upgrade(empty)
    assert counted(empty, rows) == rows
    with empty.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1


def test_what_phones_fetched_before_items_were_kept_is_remembered(empty: Engine) -> None:
    """Else the first configuration after an upgrade would make every phone fetch everything again."""
    at(empty, "0002")
    filled(empty)
    with empty.begin() as connection:
        for statement in (
            "UPDATE file SET id = 'f', kind = 'phonebook'",
            "UPDATE link SET file_id = 'f', task_id = NULL, expires_at = NULL, complete_at = 7.5",
            "UPDATE config_version SET version = '2.0002', content_digest = 'whole'",
            "INSERT INTO config_version SELECT 2, device_id, '2.0003', dialect, 'small', sha256, size, created_at,"
            " applied_at FROM config_version",
            """UPDATE task SET evidence = '{"proof": "item"}', result = '{"version": "2.0003"}'""",
        ):
            connection.execute(text(statement))
    migrate.upgrade(empty)
    with empty.connect() as connection:
        (items,) = connection.execute(text("SELECT items FROM device")).scalars().all()
        assert json.loads(items) == {"phonebook": {"": {"sha256": "x", "at": 7.5, "times": 1}}}
        versions = connection.execute(
            text("SELECT version, kind, content_digest FROM config_version ORDER BY id")
        ).all()
    assert [tuple(row) for row in versions] == [("2.0002", "", "whole"), ("2.0003", "item", "item:small")]
    with empty.begin() as connection:
        config = migrate.configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "0002")
        digests = connection.execute(text("SELECT content_digest FROM config_version ORDER BY id")).scalars().all()
    assert digests == ["whole", "small"]


def test_a_table_that_is_made_anew_keeps_the_rows_that_refer_to_it(
    newest: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As SQLite changes most things: a new table, the rows moved, the old one dropped."""

    def anew(config: Config, _revision: str) -> None:
        connection = config.attributes["connection"]
        with Operations(MigrationContext.configure(connection)).batch_alter_table("device", recreate="always"):
            pass

    rows = filled(newest)
    monkeypatch.setattr(migrate, "current", lambda _engine: (None, head()))
    monkeypatch.setattr(command, "upgrade", anew)
    migrate.upgrade(newest)
    assert counted(newest, rows) == rows


def test_an_upgrade_that_tears_rows_apart_or_fails_changes_nothing(
    newest: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(config: Config, _revision: str) -> None:
        config.attributes["connection"].execute(text("DELETE FROM device"))

    def failed(config: Config, _revision: str) -> None:
        torn(config, _revision)
        config.attributes["connection"].execute(text("CREATE TABLE half_done (id TEXT)"))
        raise OSError("the disk is full")

    rows = filled(newest)
    monkeypatch.setattr(migrate, "current", lambda _engine: (None, head()))
    monkeypatch.setattr(command, "upgrade", torn)
    with pytest.raises(NeedsOperator, match="nothing was changed"):
        migrate.upgrade(newest)
    assert counted(newest, rows) == rows
    monkeypatch.setattr(command, "upgrade", failed)
    with pytest.raises(OSError, match="disk is full"):
        migrate.upgrade(newest)
    assert counted(newest, rows) == rows
    assert "half_done" not in inspect(newest).get_table_names()


def test_a_folder_with_a_percent_sign_is_no_obstacle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    odd = tmp_path / "100% mine"
    odd.mkdir()
    monkeypatch.setattr(migrate, "_PACKAGED", odd)
    assert migrate.configuration().get_main_option("script_location") == str(odd)
