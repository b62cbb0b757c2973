"""Asking a phone to call, over HTTP, UDP or XMPP, and waiting for its Inform.

Success is the Inform, not the answer (quirk 149), and it may come before the answer (quirk 194). One attempt per phone
at a time, and one in so many seconds; over the whole fleet a bounded number of connections. Where an address comes
from the phone, it is held to where phones can be (``acs.domain.devices.reach``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, Protocol, TypeVar

from acs.domain.devices import reach
from acs.domain.devices.reach import Ground, Way, Why
from acs.edges.connection_request.addresses import is_ours, resolve
from acs.edges.connection_request.http import exchange
from acs.errors import AcsError, BadRequest
from acs.protocols import udp_connection_request as udp
from acs.protocols.addresses import Address, bracketed, plain
from acs.protocols.connection_request import ConnectionRequest, Kind, Result, moved, parse_url
from acs.protocols.connection_request import Target as Door
from acs.protocols.xmpp_connection_request import is_jid
from acs.services.context import Context
from acs.services.sessions import Sessions
from acs.services.waking import Target, note_default_pair, note_wake, wake_target
from acs.services.work import has_work
from acs.storage.engine import Database
from acs.telemetry import counters

log = logging.getLogger(__name__)
T = TypeVar("T")

INFORM_SECONDS = 30.0
"""A phone calls within 30 s of a good connection request (TR-069 3.2.2.3)."""
REFUSED_SECONDS = 1.0
"""A phone that refused may call all the same, for a reason of its own."""
SESSION_PAUSE = 1.0
"""Before it is looked again whether a phone's session is over and left work behind."""
BUSY_PAUSE = 5.0
"""Before a busy phone is asked again (quirk 226)."""
UDP_SECONDS = 10.0
"""How long a datagram is given before the next way is tried: nothing answers it."""
UDP_SPACING = 0.1
ANSWER_SECONDS = 1.0
"""How long the answer of a phone that called already is waited for."""
TOTAL_SECONDS = 55.0
"""Of one attempt over all ways, so that whoever asks over HTTP is answered within a minute."""
BINDING_SECONDS = 900.0
"""How long the address of an authenticated STUN binding is preferred to the one that Informs tell."""
AT_ONCE = 64
"""Connections at a time over the whole fleet."""
DEFAULT_PAIRS = 4
"""Most default credentials that one phone is asked with."""
_REMEMBERED = 65536
"""Phones of which it is known when they were asked last."""


class DatagramSender(Protocol):
    """The STUN server's socket: the only one whose datagrams a NAT lets through to the phone."""

    def send(self, data: bytes, address: str, port: int) -> None:
        """Send a datagram.

        Raises:
            OSError: it cannot be sent.
        """


class XmppCaller(Protocol):
    """A login at an XMPP server."""

    @property
    def connected(self) -> bool:
        """Whether it is logged in now."""

    async def ask(self, jabber_id: str, username: str, password: str) -> tuple[str, str]:
        """Ask a phone; give what came back as a ``Kind`` and in words. Never raises for what others do."""


@dataclass(slots=True)
class _Story:
    """What was done for one phone, as it happened."""

    target: Target
    calling: asyncio.Future[bool]
    begun: float = field(default_factory=time.monotonic)
    steps: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = "refused"
    status: int = 0
    way: Way | None = None

    def note(self, way: Way, text: str, result: str, address: str = "", status: int = 0, detail: str = "") -> None:
        """Add a step; the last one that reached the phone is the outcome."""
        self.steps.append(
            {
                "at": round(time.monotonic() - self.begun, 3),
                "way": str(way),
                "address": address or None,
                "result": result,
                "status": status or None,
                "text": ", ".join(part for part in (text, detail) if part),
            }
        )
        self.outcome, self.status, self.way = result, status, way

    @property
    def called(self) -> bool:
        """Whether the phone is on the line."""
        return self.calling.done() and not self.calling.cancelled() and self.calling.result()

    @property
    def over(self) -> bool:
        """Whether there is nothing left to do, or no time."""
        return self.calling.done() or self.left <= 0

    @property
    def left(self) -> float:
        """Seconds left."""
        return TOTAL_SECONDS - (time.monotonic() - self.begun)

    async def wait(self, seconds: float) -> bool:
        """Wait for the phone's Inform."""
        await asyncio.wait([self.calling], timeout=max(0.0, min(seconds, self.left)))
        return self.called


class Waker:
    """Asks phones to call."""

    def __init__(
        self,
        database: Database,
        context: Context,
        sessions: Sessions,
        *,
        ground: Ground | None = None,
        defaults: Sequence[tuple[str, str]] = (),
    ) -> None:
        """Ways beside HTTP are added by setting ``datagrams`` and ``xmpp``.

        Args:
            database: where phones are kept.
            context: keys and addresses.
            sessions: who is on the line, and who calls.
            ground: where phones may be.
            defaults: user names and passwords for phones that refuse their own (quirk 151).
        """
        self._database = database
        self._context = context
        self._sessions = sessions
        self.ground = ground or Ground()
        self.datagrams: DatagramSender | None = None
        self.xmpp: XmppCaller | None = None
        self._defaults = tuple(defaults)[:DEFAULT_PAIRS]
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._last: dict[str, float] = {}
        self._under_way: dict[str, asyncio.Task[dict[str, Any]]] = {}
        self._waited_for: dict[str, bool] = {}
        """Phones that are asked for work as soon as may be, and whether more was given since they were asked."""
        self._number = int(time.time()) & 0x7FFFFFFF

    async def wake(self, device_id: str) -> dict[str, Any]:
        """Ask a phone to call; say how it was asked and what came back.

        Raises:
            NotFound: no such phone.
        """
        if self._sessions.in_session(device_id):
            return _told("in_session", True, "The phone is on the line already; it takes new work in this session.")
        target = await self._database.read(lambda uow: wake_target(uow, self._context, device_id))
        running = self._under_way.get(device_id)
        if running is None:
            between = float(target.quirks.connection_request_seconds)
            wait = self._pause(target)
            if wait > 0:
                return _told("too_soon", False, f"Asked less than {between:.0f} s ago; ask again in {wait:.0f} s.")
            self._remember(device_id)
            running = asyncio.get_running_loop().create_task(self._wake(target), name=f"wake {device_id}")
            self._under_way[device_id] = running
            running.add_done_callback(lambda _: self._under_way.pop(device_id, None))
        return await asyncio.shield(running)

    async def wake_for_work(self, device_id: str) -> None:
        """Ask a phone to call for its work: at once, or as soon as it may be asked again or its session is over.

        Not if the work is taken meanwhile. Work that is given in quick succession shares what is asked.

        Raises:
            NotFound: no such phone.
        """
        if device_id in self._waited_for:
            self._waited_for[device_id] = True
            return
        self._waited_for[device_id] = True
        try:
            while self._waited_for[device_id] and has_work(self._database, device_id):
                if self._sessions.in_session(device_id):
                    await asyncio.sleep(SESSION_PAUSE)
                    continue
                target = await self._database.read(lambda uow: wake_target(uow, self._context, device_id))
                if device_id not in self._under_way and (wait := self._pause(target)) > 0:
                    await asyncio.sleep(wait)
                    continue
                self._waited_for[device_id] = False
                await self.wake(device_id)
        finally:
            del self._waited_for[device_id]

    def _pause(self, target: Target) -> float:
        """For how many seconds a phone may not be asked again; it may if that is not above zero."""
        between = float(target.quirks.connection_request_seconds)
        return between - (time.monotonic() - self._last.get(target.device_id, -between))

    async def close(self) -> None:
        """Give up what is under way."""
        for task in list(self._under_way.values()):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _remember(self, device_id: str) -> None:
        self._last.pop(device_id, None)
        self._last[device_id] = time.monotonic()
        while len(self._last) > _REMEMBERED:
            del self._last[next(iter(self._last))]

    async def _wake(self, target: Target) -> dict[str, Any]:
        calling = asyncio.ensure_future(self._sessions.called(target.device_id, TOTAL_SECONDS))
        story = _Story(target, calling)
        try:
            door, why = self._door(target)
            ways = reach.ways(
                http_host=door.host if door is not None else None,
                called_from=target.called_from,
                nat_detected=target.nat_detected,
                udp=self.datagrams is not None and self._datagrams_go_to(target) is not None,
                xmpp=self.xmpp is not None and self.xmpp.connected and is_jid(target.jabber_id),
            )
            if door is None and target.url:
                story.note(Way.HTTP, f"not asked: {why}", "refused")
            for number, way in enumerate(ways, 1):
                if way is Way.HTTP and door is not None:
                    await self._over_http(story, door, last=number == len(ways))
                elif way is Way.UDP:
                    await self._over_udp(story, last=number == len(ways))
                elif way is Way.XMPP:
                    await self._over_xmpp(story, last=number == len(ways))
                if story.over:
                    break
            told = self._ending(story)
        finally:
            calling.cancel()
        with contextlib.suppress(AcsError):
            await self._database.write(lambda uow: note_wake(uow, target.device_id, told))
        return told

    def _ending(self, story: _Story) -> dict[str, Any]:
        """Tell the whole of it in one sentence."""
        target, texts = story.target, [step["text"] for step in story.steps]
        seconds: int | None = None
        if story.called:
            texts.append(f"phone called after {time.monotonic() - story.begun:.1f} s")
        else:
            seconds = reach.seconds_to_next_contact(
                enabled=target.periodic, interval=target.interval, last_inform_at=target.last_inform_at, now=time.time()
            )
            later = f"it will be served at its next contact{f', in about {seconds} s' if seconds else ''}"
            if texts:
                texts.append(f"phone did not call; {later}")
            else:
                texts.append(f"The phone has told no address where it can be asked to call; {later}.")
                story.outcome = "unreachable"
        counters.add(
            "acs_connection_requests_total",
            way=str(story.way or "none"),
            result=story.outcome,
            called="yes" if story.called else "no",
        )
        return _told(
            story.outcome,
            story.called,
            ", ".join(texts),
            story.steps,
            way=str(story.way) if story.way is not None else None,
            http_status=story.status or None,
            next_contact_seconds=seconds,
        )

    # HTTP

    @staticmethod
    def _door(target: Target) -> tuple[Door | None, str]:
        try:
            return parse_url(target.url), ""
        except BadRequest as error:
            return None, error.message

    async def _over_http(self, story: _Story, door: Door, *, last: bool) -> None:
        asked, where = "", ""
        for attempt in (1, 2):
            if attempt == 1:
                try:
                    door, address, remark = await self._allowed(door, story.target.called_from)
                except BadRequest as error:
                    story.note(Way.HTTP, f"not asked: {error.message}", "refused")
                    return
                where = f"{bracketed(door.host)}:{door.port}"
                asked = f"asked over {door.scheme.upper()} at {where}{remark}"
            result = await self._knock(story, door, address, (story.target.username, story.target.password))
            self._note_answer(story, asked, where, result)
            if result.kind is Kind.AUTH_FAILED and not story.over:
                result = await self._with_defaults(story, door, address, where, result)
            asked = "asked again"
            if story.called:
                return
            if result.kind is Kind.BUSY:
                patience = BUSY_PAUSE if attempt == 1 or not last else INFORM_SECONDS
            elif result.kind is Kind.ACCEPTED:
                patience = INFORM_SECONDS if attempt == 1 or last else BUSY_PAUSE
            else:
                await story.wait(REFUSED_SECONDS)
                return
            if await story.wait(patience) or story.over:
                return

    @staticmethod
    def _note_answer(story: _Story, asked: str, where: str, result: Result) -> None:
        answered = f"answered {result.status} {result.detail}".rstrip() if result.status else result.detail
        story.note(Way.HTTP, asked, str(result.kind), where, result.status, answered)

    async def _knock(
        self, story: _Story, door: Door, address: str, pair: tuple[str, str], *, own: bool = True
    ) -> Result:
        quirks = story.target.quirks
        request = ConnectionRequest(
            door,
            *pair,
            token_hex(8),
            allow_basic=own and quirks.connection_request_basic,
            new_connection=quirks.connection_request_new_connection,
        )

        async def ask() -> Result:
            async with self._gate:
                if story.called:
                    return Result(Kind.ACCEPTED, 0, "called before it was asked")
                return await exchange(request, address)

        return await _unless_called(
            ask(),
            story,
            Result(Kind.ACCEPTED, 0, "called before it answered"),
            Result(Kind.REFUSED, 0, "too many phones are asked at once"),
        )

    async def _with_defaults(self, story: _Story, door: Door, address: str, where: str, refused: Result) -> Result:
        """Try the default credentials, which phones know again after a factory reset: Digest only (quirk 151)."""
        result = refused
        for pair in self._defaults:
            result = await self._knock(story, door, address, pair, own=False)
            self._note_answer(story, "asked with default credentials", where, result)
            if result.kind is not Kind.AUTH_FAILED or story.over:
                break
        if result.kind in (Kind.ACCEPTED, Kind.BUSY) and result.status:
            with contextlib.suppress(AcsError):
                await self._database.write(lambda uow: note_default_pair(uow, story.target.device_id, pair[0]))
        return result

    async def _allowed(self, door: Door, called_from: str) -> tuple[Door, str, str]:
        """Hold a door to where phones are; one that leads to ourselves is looked for where the phone calls from.

        Returns:
            The door, the address to connect to, and a remark for whoever reads how it went.

        Raises:
            BadRequest: it must not be asked.
        """
        try:
            return door, await self._allowed_address(door.host, door.port, called_from), ""
        except _NotAsked as refusal:
            there = plain(called_from)
            if refusal.why is not Why.OURS or there is None or is_ours(there):
                raise
        door = moved(door, str(there))
        address = await self._allowed_address(door.host, door.port, called_from)
        return door, address, " (its URL leads to this server, so where it calls from)"  # quirk 182

    async def _allowed_address(self, host: str, port: int, called_from: str) -> str:
        addresses = await resolve(host)
        caller = plain(called_from)
        named = host.lower().rstrip(".") in self.ground.own_names
        for address in addresses:
            why = reach.why_not(
                address,
                port,
                self.ground,
                ours=named or is_ours(address),
                called_from=called_from,
                caller_is_ours=caller is not None and is_ours(caller),
            )
            if why is not None:
                raise _NotAsked(address, why)
        # Of several addresses the one that it calls from, else one of that family: it surely speaks that.
        return str(
            min(addresses, key=lambda each: (each != caller, caller is not None and each.version != caller.version))
        )

    # UDP

    def _datagrams_go_to(self, target: Target) -> tuple[str, int] | None:
        fresh = target.stun_at is not None and time.time() - target.stun_at < BINDING_SECONDS
        candidates = (target.stun_address if fresh else "", target.udp_address, target.stun_address)
        return next((there for each in candidates if (there := udp.endpoint(each)) is not None), None)

    async def _over_udp(self, story: _Story, *, last: bool) -> None:
        target, there = story.target, self._datagrams_go_to(story.target)
        if there is None or self.datagrams is None:
            return
        where = f"{bracketed(there[0])}:{there[1]}"
        if not target.username or not target.password:
            story.note(Way.UDP, f"not asked over UDP at {where}: we know no credentials of it", "auth_failed", where)
            return
        try:
            address = await self._allowed_address(*there, target.called_from)
        except BadRequest as error:
            story.note(Way.UDP, f"not asked over UDP: {error.message}", "refused", where)
            return
        self._number += 1
        data = udp.datagram(
            *there,
            username=target.username,
            password=target.password,
            ts=int(time.time()),
            id=self._number,
            cn=token_hex(8),
        )
        try:
            for copy in range(udp.COPIES):
                self.datagrams.send(data, address, there[1])
                if copy + 1 < udp.COPIES and await story.wait(UDP_SPACING):
                    break
        except OSError as error:
            story.note(Way.UDP, f"asked over UDP at {where}", "refused", where, detail=error.strerror or str(error))
            return
        story.note(Way.UDP, f"asked over UDP at {where}", "accepted", where)
        await story.wait(INFORM_SECONDS if last else UDP_SECONDS)

    # XMPP

    async def _over_xmpp(self, story: _Story, *, last: bool) -> None:
        target, asked = story.target, f"asked over XMPP at {story.target.jabber_id}"
        for attempt in (1, 2):
            if self.xmpp is None:
                return
            kind, words = await _unless_called(
                self.xmpp.ask(target.jabber_id, target.username, target.password),
                story,
                ("accepted", "called before it answered"),
                ("refused", "no answer in time"),
            )
            answered = f"answered {kind}{f' ({words})' if words else ''}" if kind != "accepted" or not words else words
            story.note(Way.XMPP, asked, kind, target.jabber_id, detail=answered)
            asked = "asked again"
            patience = {"accepted": INFORM_SECONDS if last else UDP_SECONDS, "busy": BUSY_PAUSE}.get(kind)
            if patience is None:
                await story.wait(REFUSED_SECONDS)
                return
            if await story.wait(patience) or story.over or (kind == "accepted" and attempt == 1):
                return


class _NotAsked(BadRequest):
    """An address that must not be asked."""

    def __init__(self, address: Address, why: Why) -> None:
        super().__init__(f"{address}: {why}")
        self.why = why


async def _unless_called(asking: Awaitable[T], story: _Story, called: T, late: T) -> T:
    """Ask, and wait no longer than a moment for the answer of a phone that calls meanwhile (quirk 194)."""
    task = asyncio.ensure_future(asking)
    first: set[asyncio.Future[Any]] = {task, story.calling}
    try:
        await asyncio.wait(first, timeout=max(0.0, story.left), return_when=asyncio.FIRST_COMPLETED)
        if not task.done() and story.calling.done():
            await asyncio.wait([task], timeout=ANSWER_SECONDS)
        if task.done():
            return task.result()
        return called if story.called else late
    finally:
        if not task.done():
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _told(
    outcome: str,
    called: bool,
    detail: str,
    steps: Sequence[dict[str, Any]] = (),
    *,
    way: str | None = None,
    http_status: int | None = None,
    next_contact_seconds: int | None = None,
) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "called": called,
        "detail": detail,
        "steps": list(steps),
        "way": way,
        "http_status": http_status,
        "next_contact_seconds": next_contact_seconds,
    }
