"""A phone calls: one POST in, one answer out.

This is the one place that carries out the commands of the session core. The order of things is the promise:
authenticate before anything is kept; keep before anything is acknowledged; mark as in flight before anything is asked.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from secrets import token_urlsafe
from typing import Any

from acs.domain.devices.quirks import Quirks
from acs.errors import BadRequest, Denied, Retriable
from acs.protocols import digest
from acs.protocols.addresses import source_of
from acs.protocols.certificates import Certificate
from acs.protocols.cwmp import commands as cmd
from acs.protocols.cwmp import events as ev
from acs.protocols.cwmp import limits
from acs.protocols.cwmp.session import Session
from acs.services import transfers, work
from acs.services.authentication import ANYONE, Challenged, authenticate, challenge
from acs.services.brake import Brake
from acs.services.context import Context
from acs.services.cpe_requests import take_request
from acs.services.devices import note_event
from acs.services.informs import Principal, identity_of, take_inform
from acs.services.pace import Pace
from acs.services.quirks import quirks_of
from acs.services.session_store import Live, SessionStore
from acs.services.traces import Tracer
from acs.storage.engine import Database
from acs.storage.tables import DeviceRow, SessionRow, TaskRow
from acs.storage.unit_of_work import UnitOfWork
from acs.telemetry import counters
from cwmp_schemas import envelope as wire
from cwmp_schemas.acs_rpcs import Inform, TransferComplete
from cwmp_schemas.cpe_rpcs import GetRPCMethods
from cwmp_schemas.faults import Fault, text_of

log = logging.getLogger(__name__)

_INFORMS = counters.counter("cwmp_informs_total")

COOKIE = "acs"
_COOKIE = re.compile(r"(?:^|[;,\s])acs=\"?([A-Za-z0-9_-]{20,48})")
PATIENCE = 60.0
"""Seconds that a phone may take for its next request; at least 30 (cwmp.md 2.2 rule 9)."""
STRANGER_BYTES = 256 * 1024
"""Most bytes of a body before its sender is known (cwmp.md 2.10)."""
LARGE_AT_ONCE = 2
"""Messages beyond that which are read at once: a tree of 16 MiB takes ten times its bytes while it is read."""
MAX_USER_AGENT = 200
"""Most characters that are kept of a User-Agent."""
NOTIFICATIONS = 20
"""Most Informs with 4 VALUE CHANGE alone that are kept of one phone within a minute (quirk 132)."""
SHED_NOTIFICATIONS = 600
"""And most that are answered: ten a second are turned away for a minute, by phone."""
MAX_ADVANCES = 64
"""Most preparations and dead ends in one answer, before the phone gets a 204 and may come again."""


@dataclass(slots=True)
class Request:
    """One POST of a phone; whoever reads it fills in the body when it has come."""

    connection: str
    address: str
    target: str
    body: bytes
    content_type: str = ""
    authorization: str | None = None
    cookie: str = ""
    secure: bool = False
    headers: Sequence[tuple[bytes, bytes]] = ()
    """All headers as they came, names in lower case."""
    http_version: str = "1.1"

    certificate: Certificate | None = None
    """The client certificate that TLS, or a proxy that we trust, has verified."""

    @property
    def user_agent(self) -> str:
        """What its HTTP client calls itself; empty if it does not."""
        for name, value in self.headers:
            if name == b"user-agent":
                return value.decode("latin-1").strip()[:MAX_USER_AGENT]
        return ""


@dataclass(frozen=True, slots=True)
class Response:
    """What the phone gets."""

    status: int
    body: bytes = b""
    session_id: str | None = None
    authenticate: tuple[str, ...] = ()
    retry_after: int | None = None
    close: bool = False
    """Close the TCP connection with it."""
    delay: float = 0.0
    """Seconds to keep it back: whoever guesses passwords waits."""
    reason: str = ""
    """For the log; never sent."""
    device_id: str | None = None
    """Whose it is, where it proved that and no open session tells; for its trace."""
    of_session: str | None = None
    """Its session where no cookie is set; for its trace."""


def session_id_of(cookie: str) -> str | None:
    """Find our session in a Cookie header, however it is dressed up (quirks 3 and 206)."""
    found = _COOKIE.search(cookie) if cookie else None
    return found.group(1) if found else None


class Sessions:
    """Serves phones on one node."""

    def __init__(
        self,
        database: Database,
        context: Context,
        store: SessionStore | None = None,
        *,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE,
    ) -> None:
        self.database = database
        self.context = context
        self.store = store if store is not None else SessionStore()
        self.clock = clock
        self.patience = patience
        self.tracer = Tracer(database, clock)
        self.brake = Brake()
        self._called: dict[str, list[asyncio.Future[str]]] = {}
        self.notifications = Pace()
        self._reading = asyncio.Semaphore(LARGE_AT_ONCE)
        self._blocked: set[str] = set()
        """Phones of which it was told that they are refused."""

    # One request ----------------------------------------------------------------------------------------------------

    async def handle(self, request: Request) -> Response:
        """Answer one POST, whatever it is; never raise (decision 6)."""
        try:
            return await self._handle(request)
        except Retriable as trouble:
            log.error("a message from %s could not be answered: %s", request.address, trouble.message)
            return Response(503, retry_after=5, reason="storage")
        except Exception as error:
            log.exception("a message from %s could not be answered", request.address)
            counters.add("cwmp_session_errors_total", kind=type(error).__name__)
            return Response(204, reason="internal error")

    async def _handle(self, request: Request) -> Response:
        live = self._find(request)
        if live is not None and not await self._is_its_own(request, live):
            live = None
        is_empty = not request.body.strip(b" \t\r\n\0")
        if live is not None and is_empty:
            return await self._step(live, request, ev.EmptyPost())
        principal: Principal | None = None
        if live is None:
            verdict = await self._authenticate(request)
            if isinstance(verdict, Challenged):
                return self._challenge(request, verdict)
            principal = verdict
            live = self._rejoin(request, principal) or await self._restore(request, principal)
            if live is not None and is_empty:
                return await self._step(live, request, ev.EmptyPost())
            if is_empty:
                return Response(204, reason="empty POST outside a session")
        try:
            envelope = await self._read(request)
        except wire.Refused as refused:
            counters.add("cwmp_refused_total", reason=refused.reason)
            level = logging.INFO if refused.reason == "scan" else logging.WARNING
            log.log(level, "refused a message from %s: %s (%.200r)", request.address, refused.reason, refused.detail)
            whose = live.device_id if live is not None else principal.device_id if principal is not None else None
            return Response(400, reason=refused.reason, device_id=whose)
        if isinstance(envelope.body, Inform):
            return await self._inform(request, envelope, envelope.body, principal, live)
        if live is None and principal is not None:
            live = await self._restore_by_rpc(envelope, principal)
        if live is None:
            counters.add("cwmp_without_session_total")
            whose = principal.device_id if principal is not None else None
            return Response(400, reason=f"{envelope.method or 'message'} outside a session", device_id=whose)
        return await self._step(live, request, ev.from_envelope(envelope))

    async def _read(self, request: Request) -> wire.Envelope:
        """Read a message; a large one on a thread, for all others would wait up to a second for it."""
        if len(request.body) <= STRANGER_BYTES:
            return wire.read(request.body, request.content_type)
        async with self._reading:
            return await asyncio.to_thread(wire.read, request.body, request.content_type)

    def trace(self, request: Request, response: Response, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep an exchange that has taken place, if its phone is traced (``headers``: as sent)."""
        session_id = response.session_id or response.of_session
        live = self.store.get(session_id) if session_id is not None else None
        try:
            self.tracer.exchange(
                request,
                response,
                headers,
                device_id=live.device_id if live is not None else response.device_id,
                credentials=live.principal.kind if live is not None else "",
                session_id=session_id,
            )
        except Exception:
            log.exception("an exchange could not be traced; the phone has its answer all the same")

    def _find(self, request: Request) -> Live | None:
        """Find the session: cookie, then TCP connection, then the only one at this address (decision 4)."""
        session_id = session_id_of(request.cookie)
        if session_id is not None:
            return self.store.get(session_id)
        live = self.store.on_connection(request.connection)
        if live is None and self.context.cpe_auth == "none":
            live = self.store.at_address(request.address)
        return live

    async def _is_its_own(self, request: Request, live: Live) -> bool:
        """Say whether what comes along as a proof of identity belongs to this session.

        A proxy may carry several phones over one connection, and a cookie may have been stolen. So whoever shows
        another certificate or proves to be another user is not in this session. The same user name is not verified
        again where there is a cookie (cwmp.md 3.1): the cookie cannot be guessed, and its user was authenticated.
        """
        shown, begun = request.certificate, live.principal.certificate
        if (shown.sha256 if shown else None) != (begun.sha256 if begun else None):
            return False
        if request.authorization is None or self.context.cpe_auth == "none":
            return True
        given = digest.parse_authorization(request.authorization)
        if given is not None and given.username == live.principal.username and session_id_of(request.cookie):
            return True
        verdict = await self._authenticate(request)
        if isinstance(verdict, Challenged):
            return not verdict.wrong
        # It may have been given credentials of its own in the middle of this very session.
        return verdict.username == live.principal.username or verdict.device_id == live.device_id

    async def refusal(self, request: Request) -> Response | None:
        """Give what the sender of a body that is still to come would be told; None if he is known.

        He is by his session or by a right password. Guessing in this way costs as much as in any other.
        """
        if self.context.cpe_auth == "none" or self._find(request) is not None:
            return None
        verdict = await self._authenticate(request)
        return self._challenge(request, verdict) if isinstance(verdict, Challenged) else None

    def expects(self, request: Request) -> bool:
        """Say whether a sender without a cookie of ours may be a phone that proves itself on each connection."""
        return session_id_of(request.cookie) is None and self.store.proves_again_at(request.address)

    def has_session(self, cookie: str, connection: str) -> bool:
        """Say whether a cookie or a connection belongs to a session under way."""
        live = self._named(cookie, connection)
        return live is not None and live.closing_since is None

    def hears(self, cookie: str, connection: str) -> None:
        """Bytes of a message arrive: its session is not silent, however long the message takes (quirk 189)."""
        live = self._named(cookie, connection)
        if live is not None:
            live.seen_at = self.clock()

    def _named(self, cookie: str, connection: str) -> Live | None:
        session_id = session_id_of(cookie)
        return self.store.get(session_id) if session_id is not None else self.store.on_connection(connection)

    def _rejoin(self, request: Request, principal: Principal) -> Live | None:
        """Find the session of a phone that keeps no cookie and changed its connection, but proved itself again."""
        if session_id_of(request.cookie) is not None:
            return None
        if principal.kind == "device" and principal.device_id is not None:
            live = self.store.of_device(principal.device_id)
        else:
            live = self.store.at_address(request.address)
            live = live if live is not None and live.principal == principal else None
        if live is not None:
            live.rejoined = True
        return live

    async def _authenticate(self, request: Request) -> Principal | Challenged:
        if self.context.cpe_auth == "none":
            return ANYONE
        return await self.database.read(
            lambda uow: authenticate(
                uow,
                self.context,
                authorization=request.authorization,
                method="POST",
                target=request.target,
                body=request.body,
                secure=request.secure,
                certificate=request.certificate,
                address=request.address,
            )
        )

    def _challenge(self, request: Request, verdict: Challenged) -> Response:
        counters.add("cwmp_challenged_total")
        offered = challenge(self.context, now=self.clock(), stale=verdict.stale, secure=request.secure)
        if request.authorization is not None:
            log.info("credentials from %s were not taken: %s", request.address, verdict.reason)
        delay = self.brake.failed(source_of(request.address), self.clock()) if verdict.wrong else 0.0
        return Response(401, authenticate=tuple(offered), delay=delay, reason=verdict.reason)

    # Inform ---------------------------------------------------------------------------------------------------------

    async def _inform(
        self,
        request: Request,
        envelope: wire.Envelope,
        inform: Inform,
        principal: Principal | None,
        live: Live | None,
    ) -> Response:
        """Begin a session; it supersedes any older one of the same phone."""
        event = ev.from_envelope(envelope)
        if principal is None:
            # The cookie or the connection named a session; an Inform must prove itself all the same, unless it is the
            # very Inform that began this session, sent again over the very connection that proved it (quirk 79).
            assert live is not None
            open_here = live.connection == request.connection and live.closing_since is None
            if open_here and request.authorization is None:
                stepped, commands = live.session.step(event)
                if isinstance(commands[-1], cmd.Reply):
                    live.session, live.seen_at = stepped, self.clock()
                    reply = commands[-1]
                    return self._first(live, self._send(live, reply.message, reply.to_id, reply.use_version))
            verdict = await self._authenticate(request)
            if isinstance(verdict, Challenged):
                return self._challenge(request, verdict)
            principal = verdict
        speaker = principal
        flood = self._flood(inform, speaker)
        if flood == "shed":
            counters.add("cwmp_notifications_shed_total")
            return Response(503, retry_after=60, reason="too many notifications")
        session = Session.new(token_urlsafe(18))
        try:
            taken = await self.database.write(
                lambda uow: take_inform(
                    uow,
                    self.context,
                    inform,
                    envelope,
                    speaker,
                    address=request.address,
                    session_id=session.id,
                    user_agent=request.user_agent,
                    flood=flood,
                )
            )
        except Denied as denied:
            counters.add("cwmp_denied_total")
            log.warning("refused an Inform from %s as %s: %s", request.address, speaker.username, denied.message)
            return self._challenge(request, Challenged(denied.message, wrong=True))
        except Retriable as trouble:
            log.error("could not keep an Inform: %s", trouble.message)
            return Response(503, retry_after=5, reason="storage")
        except BadRequest as bad:
            # An Inform that was understood is answered in its own terms: Invalid arguments, in a 200, for several CPEs
            # take any other status for a broken server (cwmp.md 1.7, quirk 100).
            log.warning("an Inform from %s names no phone: %s", request.address, bad.message)
            counters.add("cwmp_refused_total", reason="no_identity")
            return Response(200, _fault_to(envelope, 8003), reason="no identity")
        except (
            Exception
        ) as error:  # decision 6: the phone gets an answer that it takes for a failed session, and retries
            log.exception("an Inform from %s could not be taken in", request.address)
            counters.add("cwmp_session_errors_total", kind=type(error).__name__)
            return Response(204, reason="internal error")
        if taken.quirks.blocked:
            return self._refuse_model(inform, request)
        fresh = Live(
            session=session,
            device_id=taken.device_id,
            principal=speaker,
            connection=request.connection,
            address=request.address,
            seen_at=self.clock(),
            patience=max(limits.patience(self.patience, envelope.session_timeout), taken.quirks.session_seconds),
            quirks=taken.quirks,
        )
        self.store.add(fresh)
        _INFORMS.add()
        self._announce(taken.device_id, session.id)
        return self._first(fresh, await self._step(fresh, request, event))

    @staticmethod
    def _first(live: Live, response: Response) -> Response:
        """Set the cookie with an InformResponse also where it is set with nothing else."""
        return replace(response, session_id=live.id) if live.quirks.cookie == "first" else response

    def _flood(self, inform: Inform, speaker: Principal) -> str:
        """Say whether a phone notifies too fast: empty, ``begins``, ``goes_on`` or ``shed`` (quirk 132)."""
        if not inform.Event or any(not event.EventCode.startswith("4 ") for event in inform.Event):
            return ""
        try:
            identity = identity_of(inform)
        except BadRequest:
            return ""  # it is answered for that
        # By who was authenticated too: nobody can make a phone go unheard by calling in its name
        name = f"{speaker.device_id or speaker.kind}-{identity.oui}-{identity.serial_number}"
        number = self.notifications.count(name, self.clock())
        if number <= NOTIFICATIONS:
            return ""
        if number > SHED_NOTIFICATIONS:
            return "shed"
        return "begins" if number == NOTIFICATIONS + 1 else "goes_on"

    def _refuse_model(self, inform: Inform, request: Request) -> Response:
        """End the session of a blocked phone before it begins: 204 makes it back off, as after any failed session.

        A 4xx or 5xx would make such firmware call the sooner, or fall back to its factory settings (quirks 100, 155).
        """
        counters.add("cwmp_blocked_total")
        identity = identity_of(inform)
        name = f"{identity.oui}-{identity.serial_number}"
        if name not in self._blocked and len(self._blocked) < 10_000:
            self._blocked.add(name)
            log.warning(
                "refused %s (%s) from %s: its quirks say blocked; said once until the next start",
                name,
                identity.product_class,
                request.address,
            )
        return Response(204, reason="blocked")

    # Steps ----------------------------------------------------------------------------------------------------------

    async def _step(self, live: Live, request: Request, event: ev.Event) -> Response:
        async with live.lock:
            live.seen_at = self.clock()
            self.store.moved(live, request.connection)
            event = _unless_repeated(live, event)
            try:
                return await self._carry_out(live, event)
            except Retriable as trouble:
                log.error("device %s: %s", live.device_id, trouble.message)
                self.store.drop(live)
                return Response(503, retry_after=5, reason="storage", device_id=live.device_id)
            except Exception as error:
                # Decision 6: a mistake of ours ends the session without a failure that the phone would punish us for.
                log.exception("device %s: the session failed", live.device_id)
                counters.add("cwmp_session_errors_total", kind=type(error).__name__)
                await self._record_failure(live, error)
                self.store.drop(live)
                return Response(204, session_id=_cookie_of(live), reason="internal error", device_id=live.device_id)

    async def _carry_out(self, live: Live, event: ev.Event) -> Response:
        live.session, commands = live.session.step(event)
        outcome: Callable[[UnitOfWork, work.Visit], None] | None = None
        going_on: str | None = None
        for command in commands:
            match command:
                case cmd.Deliver(message):
                    await self._deliver(live, message)
                case cmd.Answered(tag, message):
                    outcome, going_on = _answered(self.context, tag, message), tag
                case cmd.Faulted(tag, fault):
                    outcome, going_on = _faulted(self.context, tag, fault), tag
                case cmd.Unanswered(tag):
                    outcome, going_on = _unanswered(self.context, tag), tag
                case cmd.Abandoned():
                    await self._lose(live)
                case cmd.Note(code, quirk, detail):
                    log.info("device %s: %s (quirk %s): %s", live.device_id, code, quirk, detail)
                case cmd.Reply():
                    return self._send(live, command.message, command.to_id, command.use_version)
                case cmd.Ask():
                    return self._send(live, command.message, command.rpc_id, None)
                case cmd.NeedWork(repeat):
                    return await self._need_work(live, outcome, going_on, repeat)
                case cmd.Close():
                    return await self._close(live)
                case cmd.Refuse(reason):
                    return Response(400, session_id=_cookie_of(live), reason=reason)
        return await self._close(live)

    def _send(self, live: Live, message: Any, message_id: str | None, use_version: str | None) -> Response:
        if live.quirks.minimal_inform_response:
            use_version = None
        body = wire.write(
            message,
            cwmp_namespace=live.session.cwmp_namespace,
            id=message_id or "",
            header=wire.HeaderExtras(use_version=use_version) if use_version else wire.NONE,
            style=_style_of(live.quirks),
        )
        return Response(200, body, session_id=_cookie_of(live), of_session=live.id)

    async def _close(self, live: Live) -> Response:
        live.closing_since = live.closing_since or self.clock()
        if live.checkpointed:
            live.checkpointed = False
            await self.database.write(lambda uow: work.forget_checkpoint(uow, live.id))
        quirks = live.quirks
        return Response(
            quirks.end_status, session_id=_cookie_of(live), close=quirks.close_connection, of_session=live.id
        )

    async def _deliver(self, live: Live, message: Any) -> None:
        """Keep what a phone reports, before it is acknowledged."""
        if isinstance(message, TransferComplete):
            done = message
            await self.database.write(lambda uow: work.transfer_complete(uow, self.context, live.device_id, done))
            live.transfer_completed = True
            live.closing_since = None
            return
        if not isinstance(message, GetRPCMethods):
            await self.database.write(lambda uow: take_request(uow, self.context, live.device_id, message))

    async def _need_work(
        self,
        live: Live,
        outcome: Callable[[UnitOfWork, work.Visit], None] | None,
        going_on: str | None,
        repeat: str | None,
    ) -> Response:
        """Find what to ask, mark it as in flight, ask it."""
        if outcome is None and repeat is None and not work.has_work(self.database, live.device_id):
            return await self._finish(live)
        if repeat is not None:
            again = await self.database.read(lambda uow: work.again(uow, self.context, self._visit(live), repeat))
            if again is not None:
                live.session, commands = live.session.step(ev.WorkOffered(again.message, _rpc_id(live), again.task_id))
                if (ask := _ask_of(commands)) is not None:
                    rpc_id = ask.rpc_id
                    await self.database.write(lambda uow: self._mark_again(uow, live, again.task_id, rpc_id))
                    return self._send(live, ask.message, rpc_id, None)
                return await self._close(live)
        for _ in range(MAX_ADVANCES):
            advance = partial(
                self._advance, live, self._visit(live), take=outcome, rpc_id=_rpc_id(live), first=going_on
            )
            found, stepped, ask = await self.database.write(advance)
            outcome = None
            live.checkpointed = ask is not None
            if stepped is not None:
                live.session = stepped
                return self._send(live, ask.message, ask.rpc_id, None) if ask is not None else await self._close(live)
            if not isinstance(found, work.Needed):
                break
            await transfers.prepare(self.database, self.context, found)
            going_on = found.task_id
        return await self._finish(live)

    def _advance(
        self,
        live: Live,
        visit: work.Visit,
        uow: UnitOfWork,
        *,
        take: Callable[[UnitOfWork, work.Visit], None] | None,
        rpc_id: str,
        first: str | None,
    ) -> tuple[work.Next, Session | None, cmd.Ask | None]:
        """Take in what came, choose what is next, and mark it as in flight: one transaction."""
        if self.store.get(live.id) is not live:
            return None, None, None  # a newer Inform has taken this session's place while this waited for its turn
        if take is not None:
            take(uow, visit)
            uow.session.flush()
        found = work.next_work(uow, self.context, visit, rpc_id=rpc_id, first=first)
        if not isinstance(found, work.Offer):
            if live.checkpointed:
                work.forget_checkpoint(uow, live.id)
            return found, None, None
        stepped, commands = live.session.step(ev.WorkOffered(found.message, rpc_id, found.task_id))
        ask = _ask_of(commands)
        if ask is None:  # the session has asked enough: go on in the next one
            work.put_back(uow, found.task_id)
        else:
            work.checkpoint(uow, visit, stepped.dump(), _context_of(live))
        return found, stepped, ask

    async def _finish(self, live: Live) -> Response:
        live.session, _ = live.session.step(ev.WorkDone())
        return await self._close(live)

    def _visit(self, live: Live) -> work.Visit:
        return work.Visit(live.device_id, live.id, live.session.exclusive, live.transfer_completed)

    def _mark_again(self, uow: UnitOfWork, live: Live, task_id: str, rpc_id: str) -> None:
        task = uow.session.get(TaskRow, task_id)
        if task is not None and task.session_id == live.id:
            task.in_flight = rpc_id
            uow.session.add(task)
        work.checkpoint(uow, self._visit(live), live.session.dump(), _context_of(live))

    async def _record_failure(self, live: Live, error: Exception) -> None:
        text = f"{type(error).__name__}: {error}"[:300]
        try:
            await self.database.write(lambda uow: note_event(uow, live.device_id, "session_error", error=text))
        except Exception:
            log.exception("device %s: the failure could not be recorded either", live.device_id)

    # Sessions that this process does not know -------------------------------------------------------------------------

    async def _restore(self, request: Request, principal: Principal) -> Live | None:
        """Go on with a session that another process began: its checkpoint is in the database."""
        session_id = session_id_of(request.cookie)
        if session_id is None:
            return None
        return await self._load(session_id, principal, request)

    async def _restore_by_rpc(self, envelope: wire.Envelope, principal: Principal) -> Live | None:
        """Find the session of an answer by the cwmp:ID of our request: the phone kept no cookie over our restart."""
        if not envelope.id or len(envelope.id) < 16:
            return None

        def look(uow: UnitOfWork) -> str | None:
            return work.session_of_rpc(uow, envelope.id or "")

        session_id = await self.database.read(look)
        return await self._load(session_id, principal, None) if session_id else None

    async def _load(self, session_id: str, principal: Principal, request: Request | None) -> Live | None:
        def load(uow: UnitOfWork) -> tuple[str, str, dict[str, Any], Quirks] | None:
            row = uow.session.get(SessionRow, session_id)
            device = uow.session.get(DeviceRow, row.device_id) if row is not None else None
            if row is None or device is None:
                return None
            return row.value, row.device_id, row.context, quirks_of(uow, device)

        found = await self.database.read(load)
        if found is None:
            return None
        value, device_id, context, quirks = found
        if principal.kind == "device" and principal.device_id != device_id:
            return None
        if principal.kind != "device" and principal.username != context.get("username", ""):
            return None
        try:
            session = Session.load(value)
        except ValueError:
            log.warning("device %s: a session of another release of this program is begun anew", device_id)
            return None
        live = Live(
            session=session,
            device_id=device_id,
            principal=principal,
            connection=request.connection if request else "",
            address=request.address if request else "",
            seen_at=self.clock(),
            patience=max(limits.patience(self.patience, session.timeout), quirks.session_seconds),
            checkpointed=True,
            quirks=quirks,
        )
        self.store.add(live)
        counters.add("cwmp_sessions_restored_total")
        return live

    # Keeping house --------------------------------------------------------------------------------------------------

    async def sweep(self) -> int:
        """End sessions that fell silent; give how many."""
        now = self.clock()
        ended = 0
        for live in self.store:
            silent = now - live.seen_at
            limit = limits.CLOSING_SECONDS if live.closing_since is not None else live.patience
            if silent <= limit or live.lock.locked():
                continue
            self.store.drop(live)
            ended += 1
            live.session, commands = live.session.step(ev.TimedOut())
            if any(isinstance(command, cmd.Abandoned) for command in commands):
                await self._lose(live)
        return ended

    async def _lose(self, live: Live) -> None:
        """Give back the request that this session has in flight."""
        await self.database.write(lambda uow: work.session_lost(uow, self.context, live.device_id, live.id))

    # Waiting for a phone to call --------------------------------------------------------------------------------------

    def in_session(self, device_id: str) -> bool:
        """Say whether a phone is on the line right now."""
        live = self.store.of_device(device_id)
        return live is not None and live.closing_since is None

    async def called(self, device_id: str, patience: float) -> bool:
        """Wait until a phone's next Inform; False if none came within ``patience`` seconds."""
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._called.setdefault(device_id, []).append(future)
        try:
            async with asyncio.timeout(patience):
                await future
        except TimeoutError:
            return False
        finally:
            waiting = self._called.get(device_id, [])
            if future in waiting:
                waiting.remove(future)
            if not waiting:
                self._called.pop(device_id, None)
        return True

    def _announce(self, device_id: str, session_id: str) -> None:
        for future in self._called.get(device_id, ()):
            if not future.done():
                future.set_result(session_id)


def _fault_to(envelope: wire.Envelope, code: int) -> bytes:
    """Write a fault in answer to a request that begins no session."""
    fault = Fault(FaultCode=code, FaultString=text_of(code))
    return wire.write(fault, cwmp_namespace=envelope.cwmp_namespace, id=envelope.id or "")


def _ask_of(commands: tuple[cmd.Command, ...]) -> cmd.Ask | None:
    return next((command for command in commands if isinstance(command, cmd.Ask)), None)


def _style_of(quirks: Quirks) -> wire.Style:
    if quirks.xml_declaration and not quirks.boolean_literals:
        return wire.STYLE
    return wire.Style(xml_declaration=quirks.xml_declaration, boolean_literals=quirks.boolean_literals)


def _cookie_of(live: Live) -> str | None:
    """Give the cookie to set with an ordinary answer: some phones want it once, some never (quirks 7, 206)."""
    return live.id if live.quirks.cookie == "always" else None


def _mark(live: Live) -> str:
    return blake2b(live.id.encode(), digest_size=6).hexdigest()


def _rpc_id(live: Live) -> str:
    """Make a cwmp:ID that nobody guesses and that shows which session it is of."""
    return _mark(live) + token_urlsafe(12)


def _unless_repeated(live: Live, event: ev.Event) -> ev.Event:
    """Take an answer to an earlier request of this session for what it is: the phone did not get our next one.

    Its HTTP client then sends its last answer again. Answers are bound by order, for ids may be odd (quirks 46, 47);
    so a phone that really means it is believed when it says so again.
    """
    pending = live.session.pending
    if pending is None or pending.resent or not isinstance(event, ev.CpeAnswer | ev.CpeFault):
        return event
    earlier = bool(event.id) and event.id != pending.rpc_id and str(event.id).startswith(_mark(live))
    return ev.EmptyPost() if earlier else event


def _context_of(live: Live) -> dict[str, Any]:
    return {"username": "" if live.principal.kind == "anyone" else live.principal.username}


def _answered(ctx: Context, tag: str, message: Any) -> Callable[[UnitOfWork, work.Visit], None]:
    return lambda uow, visit: work.answered(uow, ctx, visit, tag, message)


def _faulted(ctx: Context, tag: str, fault: Fault) -> Callable[[UnitOfWork, work.Visit], None]:
    return lambda uow, visit: work.faulted(uow, ctx, visit, tag, fault)


def _unanswered(ctx: Context, tag: str) -> Callable[[UnitOfWork, work.Visit], None]:
    return lambda uow, visit: work.unanswered(uow, ctx, visit, tag)
