"""Many phones in one process: who they are, when they wake, how much of the machine they may use.

summary = await run_fleet(FleetOptions("http://acs.example:7547/", count=20), on_status=print, stop=event)
"""

import asyncio
import functools
import logging
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from acs.errors import BadRequest
from acs.simulator.behaviours import traits
from acs.simulator.connection_request import ConnectionRequestListener
from acs.simulator.cpe import Cpe, Factory
from acs.simulator.http_client import Limits, address
from acs.simulator.persona import Identity, Profile, model
from acs.simulator.runner import Runner, Surroundings
from acs.simulator.status import PhoneState, PhoneStatus, Summary, summarise
from acs.simulator.transport import Wire
from acs.telemetry import spawn

log = logging.getLogger(__name__)

MOST_LOGICAL_ID: Final = 32
"""Characters of ``X_CT-COM_UserInfo.UserName``."""
OWN_LISTENER: Final = 32
"""Up to this many phones get a TCP port each for connection requests; larger fleets share one, by path."""


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """What to simulate. Times are in seconds."""

    acs_url: str
    count: int = 1
    model: str = "X4"
    profile: Profile = "common"
    first_mac: str = "0c383e100000"
    """The first phone's MAC address; the next phones count up. The first six digits are the OUI."""
    username: str = ""
    password: str = ""
    logical_id: str = ""
    """LOID that is entered on the phones (profile ``ctc``); ``{n}`` is the phone's number, ``{mac}`` its address."""
    logical_id_password: str = ""
    """Its password, with the same two words in braces."""
    behaviours: tuple[str, ...] = ()
    periodic_interval: int | None = None
    """``None``: the factory's 3600."""
    concurrency: int = 200
    """Sessions and transfers at a time."""
    connection_requests: bool = True
    listen_host: str = "127.0.0.1"
    advertise_host: str = ""
    """Host in ConnectionRequestURL; empty: ``listen_host``."""
    connection_request_username: str = "dps"
    connection_request_password: str = "dps"
    seed: int = 0
    ramp_seconds: float = 0.0
    """Phones are switched on evenly over this time."""
    boot_seconds: float = 0.5
    item_pause: float = 1.0
    """Wait before a file that a configuration names is asked for again."""
    answer_timeout: float = 60.0
    verify_tls: bool = True
    source_host: str = ""
    """The address that the phones call from; empty: as the machine likes."""
    file_key: str = field(default="", repr=False)
    """The key in every phone's web page that its configuration files are encrypted with; empty: none."""
    speed: float = 1.0
    """So many times as fast as in life does time go by for the phones: retry waits, delays, periods, boots."""


OnStatus = Callable[[PhoneStatus], None]


def _silent(_: PhoneStatus) -> None:
    """Nobody looks on."""


class Fleet:
    """Phones that live until ``stop``."""

    def __init__(
        self, options: FleetOptions, on_status: OnStatus = _silent, *, clock: Callable[[], float] = time.time
    ) -> None:
        """A fleet that is switched off.

        Args:
            options: what to simulate.
            on_status: called, in the event loop, whenever a phone's state changes.
            clock: seconds since the epoch.

        Raises:
            BadRequest: an option makes no sense; the field names it.
        """
        _check(options)
        self.options = options
        self._clock = clock if options.speed == 1 else _fast(clock, options.speed)
        self._random = Random(options.seed)
        self._on_status = on_status
        self._tasks: list[asyncio.Task[None]] = []
        self._listeners: list[ConnectionRequestListener] = []
        self.phones: tuple[Runner, ...] = ()

    def statuses(self) -> list[PhoneStatus]:
        """Every phone now."""
        return [phone.status() for phone in self.phones]

    @property
    def settled(self) -> bool:
        """Every phone was reached and has nothing left to do or to tell, or it broke (and that is in the log)."""
        return bool(self._tasks) and all(
            phone.settled or task.done() for phone, task in zip(self.phones, self._tasks, strict=True)
        )

    async def start(self) -> None:
        """Make the phones and switch them on, one after the other over ``ramp_seconds``."""
        options = self.options
        around = Surroundings(
            wire=Wire(
                make_cnonce=self._token,
                limits=Limits(answer=options.answer_timeout),
                tls=_tls(options.verify_tls),
                source=options.source_host,
            ),
            clock=self._clock,
            slots=asyncio.Semaphore(options.concurrency),
            on_status=self._on_status,
            boot_seconds=options.boot_seconds,
            item_pause=options.item_pause,
            listen_host=options.listen_host,
            speed=options.speed,
        )
        phones = []
        shared: ConnectionRequestListener | None = None
        for number in range(options.count):
            path = f"/{self._token()}"
            url = ""
            if options.connection_requests:
                if shared is None or options.count <= OWN_LISTENER:
                    shared = await self._listen()
                host = options.advertise_host or options.listen_host
                url = f"http://{f'[{host}]' if ':' in host else host}:{shared.port}{path}"
            phone = Runner(self._make(number, url), around)
            if shared is not None:
                shared.add(phone, path)
            phones.append(phone)
        self.phones = tuple(phones)
        step = options.ramp_seconds / max(options.count - 1, 1)
        for number, phone in enumerate(self.phones):
            self._tasks.append(spawn(self._live(phone, number * step), name=f"phone-{phone.cpe.identity.mac}"))

    async def stop(self) -> None:
        """Switch everything off."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        for listener in self._listeners:
            await listener.stop()
        self._listeners.clear()

    async def _live(self, phone: Runner, after: float) -> None:
        if after:
            await asyncio.sleep(after)
        await phone.run()

    async def _listen(self) -> ConnectionRequestListener:
        listener = ConnectionRequestListener(self._token)
        await listener.start(self.options.listen_host)
        self._listeners.append(listener)
        return listener

    def _make(self, number: int, connection_request_url: str) -> Cpe:
        options = self.options
        host = number + 1
        mac = f"{int(_bare(options.first_mac), 16) + number:012x}"
        return Cpe(
            Identity(
                mac=mac,
                model=model(options.model),
                profile=options.profile,
                ip_address=f"10.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}",
            ),
            Factory(
                acs_url=options.acs_url,
                username=options.username,
                password=options.password,
                connection_request_url=connection_request_url,
                connection_request_username=options.connection_request_username,
                connection_request_password=options.connection_request_password,
                periodic_interval=options.periodic_interval,
                logical_id=_filled(options.logical_id, host, mac),
                logical_id_password=_filled(options.logical_id_password, host, mac),
                file_key=options.file_key,
            ),
            now=self._clock(),
            random=self._random,
            traits=traits(options.behaviours),
        )

    def _token(self) -> str:
        """Text that looks random and is the same in every run with the same seed."""
        return f"{self._random.getrandbits(96):024x}"


async def run_fleet(
    options: FleetOptions,
    *,
    on_status: OnStatus = _silent,
    stop: asyncio.Event,
    once: bool = False,
) -> Summary:
    """Run a fleet until ``stop`` is set or, with ``once``, until every phone was reached and has nothing left to do.

    Raises:
        BadRequest: an option makes no sense; the field names it.
    """
    changed = asyncio.Event()

    def noted(status: PhoneStatus) -> None:
        on_status(status)
        if status.idle or status.state is PhoneState.OFF:
            changed.set()

    fleet = Fleet(options, noted)
    began = time.monotonic()
    await fleet.start()
    try:
        if once:
            await _until_settled(fleet, stop, changed)
        else:
            await stop.wait()
        statuses = fleet.statuses()
    finally:
        await fleet.stop()
    return summarise(statuses, time.monotonic() - began)


async def _until_settled(fleet: Fleet, stop: asyncio.Event, changed: asyncio.Event) -> None:
    async def watch() -> None:
        while not fleet.settled:
            changed.clear()
            await changed.wait()
            await asyncio.sleep(0.05)  # gathers many changes into one look

    watching, stopping = spawn(watch(), name="fleet-settled"), spawn(stop.wait(), name="fleet-stop")
    try:
        await asyncio.wait((watching, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (watching, stopping):
            task.cancel()
        await asyncio.gather(watching, stopping, return_exceptions=True)


def _filled(text: str, number: int, mac: str) -> str:
    return text.replace("{n}", str(number)).replace("{mac}", mac)


def _check(options: FleetOptions) -> None:
    try:
        address(options.acs_url)
    except ValueError as error:
        raise BadRequest(str(error), field="acs_url") from error
    if options.count < 1 or options.concurrency < 1:
        raise BadRequest("count and concurrency are at least 1", field="count")
    if not 0.001 <= options.speed <= 10_000:
        raise BadRequest("time cannot go by at that speed", field="speed")
    if not re.fullmatch(r"[0-9a-f]{12}", _bare(options.first_mac)):
        raise BadRequest("a MAC address has 12 hexadecimal digits", field="first_mac")
    if int(_bare(options.first_mac)[6:], 16) + options.count > 1 << 24:
        raise BadRequest("the MAC addresses would leave their OUI", field="first_mac")
    if options.logical_id and options.profile != "ctc":
        raise BadRequest("only phones of the profile ctc have a LOID", field="loid")
    if len(_filled(options.logical_id, options.count, "0" * 12)) > MOST_LOGICAL_ID:
        raise BadRequest(f"the phone keeps a LOID of at most {MOST_LOGICAL_ID} characters", field="loid")
    if options.file_key and not re.fullmatch(r"[0-9A-Fa-f]{64}", options.file_key):
        raise BadRequest("a key of encrypted files has 64 hexadecimal characters", field="file_key")
    model(options.model)
    traits(options.behaviours)


def _fast(clock: Callable[[], float], speed: float) -> Callable[[], float]:
    """A clock that shows the true time now, and then runs fast."""
    began = clock()
    return lambda: began + (clock() - began) * speed


def _bare(mac: str) -> str:
    return re.sub(r"[:\-.]", "", mac).lower()


@functools.cache
def _tls(verify: bool) -> ssl.SSLContext:
    """Made once: it reads every trusted certificate of the machine."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
