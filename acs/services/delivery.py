"""Handing files to phones: what the file server asks, answered from links and blobs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from acs.services import links, work
from acs.services.context import Context
from acs.storage.blobs import stream
from acs.storage.engine import Database
from acs.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Delivery:
    """The services behind the files listener."""

    database: Database
    context: Context

    async def open(self, token: str, name: str) -> links.OpenLink | None:
        """Give the file behind a link; None if the link is unknown, changed or expired."""
        return await self.database.read(lambda uow: links.open_link(uow, self.context, token, name))

    def chunks(self, sha256: str, start: int, length: int) -> AsyncIterator[bytes]:
        """Give a range of a file's bytes."""
        return stream(self.context.blobs, sha256, start, length)

    async def served(self, reference: str, *, start: int, sent: int, client: str, user_agent: str) -> None:
        """Keep that bytes were handed over; settle the tasks that waited for it."""

        def keep(uow: UnitOfWork) -> None:
            noted = links.record_served(uow, reference, start=start, sent=sent, client=client, user_agent=user_agent)
            if noted is not None and noted[1]:
                uow.session.flush()
                work.fetched(uow, self.context, noted[0])

        await self.database.write(keep)
