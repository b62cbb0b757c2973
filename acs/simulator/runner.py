"""Lets one phone live: gives it time, carries its envelopes and files, wakes it. Only this file acts for a ``Cpe``."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from acs import formats
from acs.errors import AcsError, BadFile
from acs.formats.document import Dialect
from acs.simulator.behaviours import Traits
from acs.simulator.cpe import SERVER, Cpe
from acs.simulator.digest_client import Authenticator, Credentials
from acs.simulator.file_client import TransferFailed, fetch, send
from acs.simulator.provisioning import Kind, NamedItem
from acs.simulator.session import LOST, Done, Fetch, Send, Session
from acs.simulator.status import PhoneState, PhoneStatus
from acs.simulator.stun_client import Binding, StunClient
from acs.simulator.transfers import State, Transfer
from acs.simulator.transport import SessionLost, Transport, Wire
from acs.telemetry import spawn

log = logging.getLogger(__name__)

ITEM_TRIES: Final = 3
"""How often a phone asks for a file that its configuration names (the factory's ``Check FailTimes`` is 5)."""

_FILE_KINDS: Final = {
    "1": Kind.FIRMWARE,
    "2": Kind.MMISET,
    "4": Kind.TONE,
    "5": Kind.RINGER,
    "6": Kind.FIRMWARE,
}
"""What a Download's FileType is to the phone; 3 is its configuration."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a fleet lends each of its phones. ``clock`` gives seconds since the epoch."""

    wire: Wire
    clock: Callable[[], float]
    slots: asyncio.Semaphore
    """How many phones may use the network at once."""
    on_status: Callable[[PhoneStatus], None]
    boot_seconds: float
    item_pause: float
    listen_host: str = "127.0.0.1"
    """Where a phone's own ports are."""
    speed: float = 1.0
    """Seconds of ``clock`` in one second: waits are that much shorter."""


class Runner:
    """One phone and its endless day."""

    def __init__(self, cpe: Cpe, around: Surroundings) -> None:
        """A phone that is still off; ``run`` switches it on."""
        self.cpe = cpe
        self._around = around
        self._woken = asyncio.Event()
        self._state = PhoneState.OFF
        self._authenticator: Authenticator | None = None
        self._sessions = self._failed_sessions = 0
        self._transfers = self._failed_transfers = self._files = self._reboots = 0

    # --- for the connection request listener -------------------------------------------------------------------------

    @property
    def traits(self) -> Traits:
        """How the phone departs from the letter."""
        return self.cpe.traits

    @property
    def busy(self) -> bool:
        """Whether it talks to its ACS now, or is not up."""
        return self._state in (PhoneState.IN_SESSION, PhoneState.REBOOTING, PhoneState.OFF)

    @property
    def wake_credentials(self) -> Credentials:
        """Who may wake it."""
        return self.cpe.connection_request_credentials

    def wake(self) -> None:
        """Someone who may did."""
        self.cpe.connection_requested()
        self._woken.set()

    # --- life --------------------------------------------------------------------------------------------------------

    def status(self) -> PhoneStatus:
        """The phone now."""
        cpe = self.cpe
        return PhoneStatus(
            mac=cpe.identity.mac,
            serial_number=cpe.identity.serial_number,
            model=cpe.identity.model.name,
            state=self._state,
            at=self._around.clock(),
            sessions=self._sessions,
            failed_sessions=self._failed_sessions,
            retry_count=cpe.retry_count,
            config_version=cpe.storage.config_version,
            config_digest=cpe.storage.config_digest,
            phonebook_entries=cpe.storage.phonebook_entries,
            firmware_version=cpe.software_version,
            firmware_installs=cpe.storage.installs,
            transfers=self._transfers,
            failed_transfers=self._failed_transfers,
            files_fetched=self._files,
            reboots=self._reboots,
            idle=cpe.idle and self._state is PhoneState.WAITING,
            last_error=cpe.last_error,
            enrolment=cpe.enrolment,
        )

    @property
    def settled(self) -> bool:
        """It was reached, and has nothing left to do or to tell."""
        return self._sessions > 0 and self._state is PhoneState.WAITING and self.cpe.idle

    async def run(self) -> None:
        """From power on until cancelled."""
        self.cpe.power_on(self._now())
        reachable = (
            spawn(self._stun().run(self._around.listen_host), name=f"stun-{self.cpe.identity.mac}")
            if self.traits.stun
            else None
        )
        try:
            while True:
                await self._live_on()
        finally:
            if reachable is not None:
                reachable.cancel()
                await asyncio.gather(reachable, return_exceptions=True)
            self._become(PhoneState.OFF)

    def _stun(self) -> StunClient:
        """The phone's UDP port: it moves, the ACS is told; someone knocks, the phone wakes."""
        model = self.cpe.model

        def moved(address: tuple[str, int], is_nat: bool) -> None:
            host = f"[{address[0]}]" if ":" in address[0] else address[0]
            model.put(SERVER + "NATDetected", "1" if is_nat else "0")
            model.put(SERVER + "UDPConnectionRequestAddress", f"{host}:{address[1]}")
            self._woken.set()

        return StunClient(
            Binding(self._around.wire.make_cnonce),
            settings=self.cpe.stun_settings,
            credentials=lambda: self.wake_credentials,
            moved=moved,
            wake=lambda: None if self.busy else self.wake(),
        )

    async def _live_on(self) -> None:
        """The next thing to do, or sleep until there is one."""
        cpe, now = self.cpe, self._now()
        cpe.tick(now)
        if cpe.wants_reboot:
            self._become(PhoneState.REBOOTING)
            await asyncio.sleep(self._around.boot_seconds / self._around.speed)
            cpe.boot(self._now())
            self._reboots += 1
        elif transfer := cpe.due_transfer(now):
            async with self._around.slots:
                self._become(PhoneState.TRANSFERRING)
                await self.carry_out(transfer)
        elif cpe.wants_session(now):
            async with self._around.slots:
                self._become(PhoneState.IN_SESSION)
                await self._talk()
        else:
            self._become(PhoneState.WAITING)
            await self._sleep_until(cpe.next_time(now))

    async def _sleep_until(self, when: float | None) -> None:
        self._woken.clear()
        try:
            wait = None if when is None else max((when - self._now()) / self._around.speed, 0.001)
            async with asyncio.timeout(wait):
                await self._woken.wait()
        except TimeoutError:
            return

    def _become(self, state: PhoneState) -> None:
        if state is not self._state:
            self._state = state
            self._around.on_status(self.status())

    def _now(self) -> float:
        return self._around.clock()

    @property
    def _user_agent(self) -> str:
        return self.cpe.identity.user_agent(self.cpe.software_version)

    # --- a session ---------------------------------------------------------------------------------------------------

    async def _talk(self) -> None:
        cpe = self.cpe
        session = Session(cpe, self._now())
        transport: Transport | None = None
        try:
            transport = Transport(
                session.url,
                session.credentials,
                traits=cpe.traits,
                user_agent=self._user_agent,
                wire=self._around.wire,
                authenticator=self._authenticator,
            )
            if cpe.traits.digest_nonce == "kept":
                self._authenticator = transport.authenticator
            outcome = await self._converse(session, transport)
        except SessionLost as lost:
            outcome = Done(False, lost.message)
        finally:
            if transport is not None:
                transport.close()
        if outcome.ok:
            self._sessions += 1
        else:
            self._failed_sessions += 1
            log.info("session failed", extra={"mac": cpe.identity.mac, "why": outcome.error})
        cpe.session_ended(outcome.ok, self._now(), outcome.error)

    async def _converse(self, session: Session, transport: Transport) -> Done:
        command = session.start()
        while True:
            match command:
                case Done():
                    return command
                case Fetch(transfer):
                    await self.carry_out(transfer)
                    command = session.fetched(transfer, self._now())
                case Send(body, delay, cut, anew):
                    if delay:
                        await asyncio.sleep(delay / self._around.speed)
                    if cut is not None:
                        await transport.post_and_leave(body, cut)
                        return LOST
                    command = session.answered(await transport.post(body, anew=anew), self._now())

    # --- files -------------------------------------------------------------------------------------------------------

    async def carry_out(self, transfer: Transfer) -> None:
        """A transfer the ACS asked for, from first byte to last consequence."""
        cpe = self.cpe
        transfer.state = State.IN_PROGRESS
        transfer.started_at = self._now()
        fault = (0, "")
        try:
            if transfer.too_late(transfer.started_at):
                raise TransferFailed(9020, "the time windows were over before it could begin")
            if transfer.is_download:
                await self._download(transfer)
            else:
                await self._upload(transfer)
        except TransferFailed as failed:
            fault = failed.code, failed.message
        except BadFile as bad:
            fault = 9018, bad.message
        except AcsError as error:
            fault = 9010 if transfer.is_download else 9011, error.message
        if fault[0]:
            self._failed_transfers += 1
            cpe.last_error = f"{transfer.file_name or transfer.file_type}: {fault[0]} {fault[1]}"
            log.info("transfer failed", extra={"mac": cpe.identity.mac, "why": cpe.last_error})
        else:
            self._transfers += 1
        cpe.transfer_over(transfer, self._now(), fault)
        self._around.on_status(self.status())

    async def _download(self, transfer: Transfer) -> None:
        cpe = self.cpe
        who = Credentials(transfer.username, transfer.password)
        data = await self._fetch(transfer.url, who, transfer.file_size)
        kind = _FILE_KINDS.get(transfer.file_type.partition(" ")[0])
        cpe.now = self._now()
        if kind is not None:
            cpe.item_arrived(kind, data, name=transfer.file_name)
            return
        for item in cpe.config_arrived(data, name=transfer.file_name, command_key=transfer.command_key):
            await self._fetch_item(item)

    async def _fetch_item(self, item: NamedItem) -> None:
        """Something a configuration names. Its failure is the phone's own trouble: the configuration is applied."""
        cpe = self.cpe
        url = item.url.replace("$mac", cpe.identity.mac)
        name = url.partition("?")[0].rpartition("/")[2]
        storage = cpe.storage
        module = "AUTOUPDATE CONFIG MODULE"
        who = Credentials(
            storage.setting(module, "Download Username") or storage.setting(module, "Default Username"),
            storage.setting(module, "Download Password") or storage.setting(module, "Default Password"),
        )
        for attempt in range(1, ITEM_TRIES + 1):
            try:
                cpe.item_arrived(item.kind, await self._fetch(url, who, 0), name=name)
            except AcsError as error:
                cpe.last_error = f"{item.kind} {name}: {error.message}"
                log.info("item not taken", extra={"mac": cpe.identity.mac, "why": cpe.last_error})
                if attempt < ITEM_TRIES and not isinstance(error, BadFile):
                    await asyncio.sleep(self._around.item_pause / self._around.speed)
                    continue
            return

    async def _fetch(self, url: str, who: Credentials, size: int) -> bytes:
        data = await fetch(url, who, wire=self._around.wire, user_agent=self._user_agent, size=size)
        self._files += 1
        return data

    async def _upload(self, transfer: Transfer) -> None:
        cpe = self.cpe
        if "Log" in transfer.file_type:
            data = f"{self._user_agent}\r\nlast error: {cpe.last_error or 'none'}\r\n".encode()
        else:
            dialect = Dialect.TEXT1 if cpe.identity.model.generation == 1 else Dialect.TEXT2
            data = formats.write(cpe.storage.backup(), dialect)
        who = Credentials(transfer.username, transfer.password)
        await send(transfer.url, who, data, wire=self._around.wire, user_agent=self._user_agent, how=cpe.traits.upload)
