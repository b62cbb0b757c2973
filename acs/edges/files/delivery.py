"""The file server's questions, put to the delivery service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import BinaryIO

from acs.edges.files.app import ServedFile, strong_etag
from acs.services.delivery import Delivery


@dataclass(frozen=True, slots=True)
class DeliveryLinks:
    """``Links`` on the services."""

    delivery: Delivery

    async def open(self, token: str, name: str, *, client: str) -> ServedFile | None:
        """The file behind a link, or None."""
        link = await self.delivery.open(token, name)
        if link is None:
            return None
        return ServedFile(
            reference=link.reference,
            name=link.name,
            sha256=link.sha256,
            size=link.size,
            content_type=link.content_type,
            etag=strong_etag(link.sha256),
            last_modified=link.created_at,
        )

    def chunks(self, file: ServedFile, start: int, length: int) -> AsyncIterator[bytes]:
        """A range of the file."""
        return self.delivery.chunks(file.sha256, start, length)

    async def served(
        self,
        file: ServedFile,
        *,
        method: str,
        start: int,
        sent: int,
        complete: bool,
        client: str,
        user_agent: str,
    ) -> None:
        """Evidence of what went out; only a GET hands anything over."""
        if method == "GET":
            await self.delivery.served(file.reference, start=start, sent=sent, client=client, user_agent=user_agent)

    async def expects(self, token: str, name: str) -> bool:
        """Whether a phone may send a file to this link now."""
        return await self.delivery.expects(token, name)

    async def received(self, token: str, name: str, body: BinaryIO, *, client: str) -> bool:
        """Keep what a phone sent."""
        return await self.delivery.received(token, name, body, client=client)
