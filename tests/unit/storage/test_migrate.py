"""From any older database to the tables of this program; never from a newer one."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlmodel import SQLModel

from acs.errors import NeedsOperator
from acs.storage import migrate, tables
from acs.storage.engine import make_engine, sqlite_url
from alembic import command


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


@pytest.mark.parametrize(
    "revision",
    [script.revision for script in ScriptDirectory.from_config(migrate.configuration()).walk_revisions()],
)
def test_every_older_revision_can_be_upgraded(empty: Engine, revision: str) -> None:
    with empty.begin() as connection:
        config = migrate.configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    migrate.upgrade(empty)
    assert migrate.current(empty) == (head(), head())


def test_a_folder_with_a_percent_sign_is_no_obstacle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    odd = tmp_path / "100% mine"
    odd.mkdir()
    monkeypatch.setattr(migrate, "_PACKAGED", odd)
    assert migrate.configuration().get_main_option("script_location") == str(odd)
