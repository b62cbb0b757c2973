"""Files to and from phones: what the file server asks, answered from links and blobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import BinaryIO

from acs.services import links, work
from acs.services.configs import remember_blob
from acs.services.context import Context
from acs.services.traces import Tracer
from acs.storage.blobs import SEALED_LIMIT, stream
from acs.storage.engine import Database
from acs.storage.unit_of_work import UnitOfWork

MAX_RECEIVED = SEALED_LIMIT
"""Bytes of the largest file that a phone may send: it is kept sealed."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The services behind the files listener."""

    database: Database
    context: Context
    tracer: Tracer | None = None

    async def open(self, token: str, name: str) -> links.OpenLink | None:
        """Give the file behind a link; None if the link is unknown, changed or expired."""
        return await self.database.read(lambda uow: links.open_link(uow, self.context, token, name))

    def chunks(self, sha256: str, start: int, length: int) -> AsyncIterator[bytes]:
        """Give a range of a file's bytes."""
        return stream(self.context.blobs, sha256, start, length)

    async def served(self, reference: str, *, start: int, sent: int, client: str, user_agent: str) -> None:
        """Keep that bytes were handed over; settle the tasks that waited for it."""

        def keep(uow: UnitOfWork) -> str | None:
            noted = links.record_served(uow, reference, start=start, sent=sent, client=client, user_agent=user_agent)
            if noted is not None and noted[1]:
                uow.session.flush()
                work.fetched(uow, self.context, noted[0])
            return noted[0] if noted is not None else None

        device_id = await self.database.write(keep)
        if device_id is not None and self.tracer is not None and self.tracer.active:
            self.tracer.fetched(device_id, start=start, sent=sent, client=client, user_agent=user_agent)

    async def expects(self, token: str, name: str) -> bool:
        """Say whether a phone may send a file to this link now: its Upload task is open."""
        return await self.database.read(lambda uow: links.open_upload(uow, self.context, token, name)) is not None

    async def received(self, token: str, name: str, body: BinaryIO, *, client: str) -> bool:
        """Keep a file that a phone sent, tied to its Upload task; it may hold passwords, so it is sealed.

        Nothing at all is no file, and the link stays open: an HTTP client that expects a challenge first sends an empty
        body (quirk 141), and an empty backup proves nothing.
        """
        if not body.read(1):
            return await self.expects(token, name)
        body.seek(0)
        blob = await asyncio.to_thread(self.context.blobs.put, body, encrypted=True, max_bytes=MAX_RECEIVED)

        def keep(uow: UnitOfWork) -> bool:
            link = links.open_upload(uow, self.context, token, name)
            if link is None:
                return False
            remember_blob(uow, blob, encrypted=True)
            links.record_received(uow, link, blob, client=client)
            uow.session.flush()
            work.fetched(uow, self.context, link.device_id)
            return True

        return await self.database.write(keep)
