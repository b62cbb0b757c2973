"""Background work of one process: silent sessions, tasks whose time is over, history that grew too long.

Each round is idempotent and derives what to do from the database, so that a round that died is made good by the next.
"""

import asyncio
import logging
from collections.abc import Iterable
from functools import partial

from sqlalchemy import delete, func, select

from acs.services import config_history, files, phonebook_files, tasks, traces, work
from acs.services.context import Context
from acs.services.sessions import Sessions
from acs.storage.engine import Database
from acs.storage.tables import AuditRow, EventRow, ParameterChangeRow, SessionRow
from acs.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0
TASK_SECONDS = 5.0
PRUNE_SECONDS = 600.0
TRACE_SECONDS = 30.0
"""How soon a trace that another node was asked for begins here."""
MAX_EVENTS = 1_000_000
"""Events kept in all; the oldest go."""
MAX_AUDIT = 1_000_000
"""Entries of the audit log."""
MAX_CHANGES = 2_000_000
CHECKPOINT_DAYS = 7


async def run(database: Database, ctx: Context, sessions: Sessions) -> None:
    """Keep house until cancelled; a failure is logged and does not end it."""
    rounds = 0
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        rounds += 1
        try:
            await sessions.sweep()
            if rounds % round(TASK_SECONDS / SWEEP_SECONDS) == 0 and await database.read(tasks.anything_due):
                await database.write(tasks.expire_tasks)
                await database.write(lambda uow: work.wait_over(uow, ctx))
            if rounds % round(TRACE_SECONDS / SWEEP_SECONDS) == 0:
                await sessions.tracer.load()
            if rounds % round(PRUNE_SECONDS / SWEEP_SECONDS) == 0:
                await database.write(prune)
                await prune_versions(database, ctx)
                await _forget_old_books(database, ctx)
                await drop_unreferenced(database, ctx)
        except Exception:
            log.exception("a round of housekeeping failed; the next one tries again")


async def _forget_old_books(database: Database, ctx: Context) -> None:
    await _drop(database, ctx, await database.write(phonebook_files.forget_superseded))


async def _drop(database: Database, ctx: Context, digests: Iterable[str]) -> None:
    for sha256 in digests:
        await database.write(partial(files.drop_blob, ctx=ctx, sha256=sha256))


def prune(uow: UnitOfWork) -> None:
    """Bound what only grows."""
    for row, most in ((EventRow, MAX_EVENTS), (ParameterChangeRow, MAX_CHANGES), (AuditRow, MAX_AUDIT)):
        newest = uow.connection.execute(select(func.max(row.id))).scalar() or 0  # type: ignore[arg-type,unused-ignore]
        if newest > most:
            uow.connection.execute(delete(row).where(row.id <= newest - most))  # type: ignore[operator,arg-type]
    traces.prune(uow)
    old = uow.now - CHECKPOINT_DAYS * 86400.0
    uow.connection.execute(delete(SessionRow).where(SessionRow.updated_at < old))  # type: ignore[arg-type]


async def prune_versions(database: Database, ctx: Context) -> None:
    """Drop configurations that no phone has any more, and their contents; phone by phone, as each may have many."""
    for device_id in await database.read_long(config_history.crowded):
        await _drop(database, ctx, await database.write(partial(config_history.prune_versions, device_id=device_id)))


async def drop_unreferenced(database: Database, ctx: Context) -> None:
    """Drop contents that nothing refers to any more, such as the configurations of a phone that was deleted."""
    await _drop(database, ctx, await database.read_long(files.unreferenced))
