"""A simulated phone that lives beside a test, in its event loop, and calls a real server process."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from random import Random

from acs.simulator.behaviours import traits
from acs.simulator.cpe import Cpe, Factory
from acs.simulator.http_client import Limits
from acs.simulator.persona import Identity, model
from acs.simulator.runner import Runner, Surroundings
from acs.simulator.transport import Wire
from tests.system.server import SHARED, Server


@contextlib.asynccontextmanager
async def running(server: Server, number: int, name: str = "X4", *behaviours: str) -> AsyncIterator[Runner]:
    """Give a phone that runs until the end; ``number`` makes its MAC address."""
    who = Identity(mac=f"0c383e{number:06x}", model=model(name), profile="common", ip_address="127.0.0.1")
    factory = Factory(f"http://127.0.0.1:{server.cwmp_port}/", *SHARED, periodic_interval=3600)
    cpe = Cpe(who, factory, now=time.time(), random=Random(number), traits=traits(behaviours))
    around = Surroundings(
        wire=Wire(make_cnonce=lambda: f"cn{number}", limits=Limits(answer=10.0)),
        clock=time.time,
        slots=asyncio.Semaphore(1),
        on_status=lambda _: None,
        boot_seconds=0.05,
        item_pause=0.0,
    )
    runner = Runner(cpe, around)
    life = asyncio.ensure_future(runner.run())
    try:
        yield runner
    finally:
        life.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await life
