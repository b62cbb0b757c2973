"""Runs simulated phones against a real server, one after the other's rules, and notes what became of their work.

Each phone is a fleet of its own, so that it has behaviours of its own; all of them live in one event loop. Time goes by
a hundred times as fast for them. They are called again by hand, a bounded number of times.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from acs.simulator.fleet import Fleet, FleetOptions
from acs.simulator.http_client import Response
from acs.simulator.runner import Runner
from acs.simulator.status import PhoneState
from acs.simulator.transport import Transport
from tests.system.server import SHARED, Server
from tests.system.wire import Exchange

SPEED = 100.0
MOST_CALLS = 16
"""Calls of a phone within which its work must have come to something."""
MOST_REQUESTS = 700
"""POSTs in one session; a session that needs more goes round in circles."""
AT_ONCE = 8
"""Phones at a time: enough to keep two cores busy; with more, those with long sessions wait for the others."""
PATIENCE = 300.0
"""Seconds for one phone, so that a hanging one does not hang the tests; busy machines are slow."""
FINAL = ("succeeded", "failed", "cancelled", "expired")
NAMES = (
    "DeviceInfo.SoftwareVersion",
    "DeviceInfo.HardwareVersion",
    "ManagementServer.PeriodicInformInterval",
    "ManagementServer.PeriodicInformEnable",
)
_CWMP = re.compile(rb'xmlns:cwmp="([^"]*)"')


@dataclass
class Story:
    """What became of one phone."""

    behaviours: tuple[str, ...]
    known: bool = False
    """Whether the server knows it."""
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The tasks that were queued for it, ``values`` and ``config``, as they stand at the end."""
    open: list[str] = field(default_factory=list)
    """States of other tasks that have not ended."""
    answers: list[tuple[Transport, Response]] = field(default_factory=list)
    calls: int = 0
    sessions: int = 0
    last_error: str = ""
    trouble: str = ""

    @property
    def statuses(self) -> set[int]:
        """Every HTTP status that the server answered with."""
        return {response.status for _, response in self.answers}

    @property
    def longest(self) -> int:
        """Requests of its longest session."""
        counts: dict[int, int] = {}
        for transport, _ in self.answers:
            counts[id(transport)] = counts.get(id(transport), 0) + 1
        return max(counts.values(), default=0)

    def state(self, task: str) -> str:
        """State of a task; ``waits`` for one that is queued for a further attempt, with the reason on record."""
        found = self.tasks.get(task)
        if found is None:
            return "none"
        state = str(found["state"])
        return "waits" if state == "queued" and found["fault"] else state


@contextmanager
def recorded(stories: dict[str, Story]) -> Iterator[None]:
    """Keep every answer of the server, by the MAC address at the end of User-Agent."""
    exchange = Transport._exchange

    async def kept(self: Transport, body: bytes | None) -> Response:
        response = await exchange(self, body)
        stories[self._user_agent.rpartition(" ")[2]].answers.append((self, response))
        return response

    Transport._exchange = kept  # type: ignore[method-assign]
    try:
        yield
    finally:
        Transport._exchange = exchange  # type: ignore[method-assign]


async def run(server: Server, phones: Sequence[tuple[str, ...]], *, first: int, own_address: bool) -> list[Story]:
    """Let one phone with each set of behaviours live; what became of them.

    Args:
        server: the server.
        phones: the behaviours of each.
        first: number of the first phone, from which MAC addresses are made.
        own_address: whether each calls from an address of its own, or all from one, as behind a router.
    """
    stories = {_mac(first + number): Story(behaviours) for number, behaviours in enumerate(phones)}
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        mac = _mac(first + number)
        source = f"127.77.{number // 250}.{number % 250 + 1}" if own_address else ""
        async with slots:
            try:
                async with asyncio.timeout(PATIENCE):
                    await _live(server, mac, source, stories[mac])
            except TimeoutError:
                stories[mac].trouble = f"not done within {PATIENCE:g} s"

    with recorded(stories):
        await asyncio.gather(*(one(number) for number in range(len(phones))))
    told = list(stories.values())
    for story in told:
        server.wire += [
            Exchange(response.status, response.headers, response.body, _namespace(response.body))
            for _, response in story.answers
        ]
    return told


async def _live(server: Server, mac: str, source: str, story: Story) -> None:
    fleet = Fleet(
        FleetOptions(
            f"http://127.0.0.1:{server.cwmp_port}/",
            first_mac=mac,
            username=SHARED[0],
            password=SHARED[1],
            behaviours=story.behaviours,
            connection_requests=False,
            boot_seconds=1.0,
            speed=SPEED,
            source_host=source,
            answer_timeout=30.0,
        )
    )
    await fleet.start()
    (phone,) = fleet.phones
    try:
        await _at_rest(phone, 1)
        await _work(server, phone, story)
    finally:
        status = phone.status()
        story.sessions, story.last_error = status.sessions + status.failed_sessions, status.last_error
        await fleet.stop()


async def _work(server: Server, phone: Runner, story: Story) -> None:
    """First contact until nothing is left to do for the server, then the two tasks until they have ended."""
    serial = phone.cpe.identity.serial_number
    devices: list[dict[str, Any]] = []
    for _ in range(MOST_CALLS):
        devices = await asyncio.to_thread(server.items, f"/devices?serial_number={serial}")
        if devices and not await _open(server, devices[0]["id"]):
            break
        await _call(phone, story)
    if not devices:
        return
    story.known = True
    device = devices[0]["id"]
    line = {"user": "1001", "auth_user": "a1001", "password": "geheim", "server": "sip.example.net", "port": 5062}
    await asyncio.to_thread(server.put, f"/settings/devices/{device}", {"sip": {"lines": {"1": line}}})
    root = phone.cpe.model.schema.root
    wanted = {
        "values": {"type": "get_parameter_values", "names": [root + name for name in NAMES]},
        "config": {"type": "download", "kind": "config"},
    }
    for name, task in wanted.items():
        story.tasks[name] = await asyncio.to_thread(server.post, f"/devices/{device}/tasks", task)
    for _ in range(MOST_CALLS):
        await _call(phone, story)
        for name, task in story.tasks.items():
            story.tasks[name] = await asyncio.to_thread(server.state, task["id"])
        if all(story.state(name) in (*FINAL, "waits") for name in story.tasks):
            break
    mine = {task["id"] for task in story.tasks.values()}
    story.open = [f"{task['type']}: {task['state']}" for task in await _open(server, device) if task["id"] not in mine]


async def _open(server: Server, device: str) -> list[dict[str, Any]]:
    """Tasks that are not over and do not wait for a further attempt."""
    found = await asyncio.to_thread(server.items, f"/tasks?device_id={device}")
    return [task for task in found if task["state"] not in FINAL and not (task["state"] == "queued" and task["fault"])]


async def _call(phone: Runner, story: Story) -> None:
    story.calls += 1
    status = phone.status()
    before = status.sessions + status.failed_sessions
    phone.wake()
    await _at_rest(phone, before + 1)
    await asyncio.sleep(0.06)  # six of the phone's seconds: time for what it does late, and for one more try


async def _at_rest(phone: Runner, sessions: int) -> None:
    """Until the phone has had so many sessions and sleeps."""
    while True:
        status = phone.status()
        if status.sessions + status.failed_sessions >= sessions and status.state is PhoneState.WAITING:
            return
        await asyncio.sleep(0.01)


def _mac(number: int) -> str:
    return f"0c383e{number:06x}"


def _namespace(body: bytes) -> str:
    found = _CWMP.search(body)
    return found[1].decode() if found else ""
