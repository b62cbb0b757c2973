"""Bring a database to the schema of this program, with the versions in ``alembic/``."""

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from acs.errors import NeedsOperator
from alembic import command

_PACKAGED = Path(__file__).parent / "_alembic"
_CHECKOUT = Path(__file__).parents[2] / "alembic"


def configuration() -> Config:
    """Alembic's configuration, for the scripts of this installation."""
    config = Config()
    config.set_main_option("script_location", str(_PACKAGED if _PACKAGED.is_dir() else _CHECKOUT).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def current(engine: Engine) -> tuple[str | None, str]:
    """Give (revision of the database or None, newest revision known to this program)."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    assert head is not None
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision(), head


def upgrade(engine: Engine) -> None:
    """Upgrade the database to the newest revision.

    Raises:
        NeedsOperator: the database is newer than this program, or its rows would not hold together.
    """
    config = configuration()
    found, head = current(engine)
    if found == head:
        return
    script = ScriptDirectory.from_config(config)
    if found is not None and not any(revision.revision == found for revision in script.walk_revisions()):
        raise NeedsOperator(
            f"The database is at revision {found}, which this version of acs does not know: it was written by a newer "
            "acs. Run that version, or restore the backup taken before the upgrade."
        )
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        # A table that is made anew is dropped first, and with foreign keys on that deletes every row that refers to it:
        # tasks, parameters, events. Only outside of a transaction does this switch act.
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                driver.execute("BEGIN IMMEDIATE")  # all or nothing, and one upgrade at a time
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                if torn := driver.execute("PRAGMA foreign_key_check").fetchone():
                    raise NeedsOperator(
                        f"The upgrade would leave rows of the table {torn[0]} without what they refer to; nothing was "
                        "changed. Keep the database, and report this with the version that wrote it."
                    )
        finally:
            driver.execute("PRAGMA foreign_keys=ON")
