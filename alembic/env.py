"""Alembic's entry: runs the versions on the connection that ``acs.storage.migrate`` hands over."""

from sqlmodel import SQLModel

import acs.storage.tables  # noqa: F401 - fills SQLModel.metadata
from alembic import context


def run() -> None:
    """Migrate the database that the caller opened; offline SQL is not offered."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,  # SQLite cannot ALTER most things in place
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
