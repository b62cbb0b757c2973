"""Open CWMP sessions: by cookie, by TCP connection, by source address.

This one keeps them in the memory of the process. A session that vanishes costs nothing but a retry of the phone: work
is in the database, and a session with a request in flight has its checkpoint there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from acs.domain.devices.quirks import STANDARD, Quirks
from acs.protocols.cwmp.session import Session
from acs.services.informs import Principal

CROWD = 64
"""Sessions at one address among which a phone without cookies is no longer looked for."""


@dataclass(slots=True)
class Live:
    """A session that is going on."""

    session: Session
    device_id: str
    principal: Principal
    connection: str
    """Peer address and port: names one TCP connection while it is open."""
    address: str
    seen_at: float
    patience: float
    """Seconds to wait for the phone's next request."""
    closing_since: float | None = None
    transfer_completed: bool = False
    checkpointed: bool = False
    rejoined: bool = False
    """It keeps no cookie, and proved itself again on another connection."""
    quirks: Quirks = STANDARD
    """How to treat the phone, as its Inform found it."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def id(self) -> str:
        """The cookie's value."""
        return self.session.id


class SessionStore:
    """Sessions in the memory of this process."""

    def __init__(self) -> None:
        self._by_id: dict[str, Live] = {}
        self._by_device: dict[str, Live] = {}
        self._by_connection: dict[str, Live] = {}
        self._by_address: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Live]:
        return iter(list(self._by_id.values()))

    def add(self, live: Live) -> Live | None:
        """Keep a session; give the one of the same phone that it supersedes, if any."""
        old = self._by_device.get(live.device_id)
        if old is not None and old is not live:
            self.drop(old)
        self._by_id[live.id] = live
        self._by_device[live.device_id] = live
        self._by_connection[live.connection] = live
        self._by_address.setdefault(live.address, set()).add(live.id)
        return old

    def get(self, session_id: str) -> Live | None:
        """Find by cookie."""
        return self._by_id.get(session_id)

    def of_device(self, device_id: str) -> Live | None:
        """Find by phone."""
        return self._by_device.get(device_id)

    def on_connection(self, connection: str) -> Live | None:
        """Find by TCP connection."""
        return self._by_connection.get(connection)

    def at_address(self, address: str) -> Live | None:
        """Find by source address, if exactly one session is open there (quirk 1); else the only one that is closing."""
        names = self._by_address.get(address, ())
        if len(names) > CROWD:
            return None
        there = [live for name in names if (live := self._by_id.get(name)) is not None]
        for group in ([live for live in there if live.closing_since is None], there):
            if group:
                return group[0] if len(group) == 1 else None
        return None

    def proves_again_at(self, address: str) -> bool:
        """Say whether a session is open at a source address whose phone proves itself on each connection."""
        there = (self._by_id.get(name) for name in self._by_address.get(address, ()))
        return any(live is not None and live.rejoined and live.closing_since is None for live in there)

    def moved(self, live: Live, connection: str) -> None:
        """The phone goes on over another TCP connection."""
        if live.connection != connection and self._by_id.get(live.id) is live:  # else it was dropped meanwhile
            if self._by_connection.get(live.connection) is live:
                del self._by_connection[live.connection]
            live.connection = connection
            self._by_connection[connection] = live

    def drop(self, live: Live) -> None:
        """Forget a session."""
        self._by_id.pop(live.id, None)
        if self._by_device.get(live.device_id) is live:
            del self._by_device[live.device_id]
        if self._by_connection.get(live.connection) is live:
            del self._by_connection[live.connection]
        there = self._by_address.get(live.address)
        if there is not None:
            there.discard(live.id)
            if not there:
                del self._by_address[live.address]
