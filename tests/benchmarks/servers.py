"""The two servers that are compared, each in a process of its own.

``python -m tests.benchmarks.servers bare|acs FOLDER`` starts one.

``bare`` reads each body and answers as many bytes as the header ``X-Reply`` says: the least that uvicorn with httptools
can do. ``acs`` is the CWMP endpoint on SQLite as ``acs serve`` runs it, without authentication.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn


class Server(uvicorn.Server):
    """Leaves signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing to capture."""
        yield


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """Answer ``X-Reply`` bytes; none: 204."""
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
    size = next((int(value) for name, value in scope["headers"] if name == b"x-reply"), 0)
    headers = [(b"content-type", b"text/xml; charset=utf-8"), (b"content-length", str(size).encode())]
    await send({"type": "http.response.start", "status": 200 if size else 204, "headers": headers if size else []})
    await send({"type": "http.response.body", "body": b"x" * size})


async def main(kind: str, folder: Path) -> None:
    """Serve until SIGTERM."""
    app: Any = bare
    database = None
    commands = None
    if kind == "acs":
        from acs.edges.cwmp.endpoint import Endpoint
        from acs.services.sessions import Sessions
        from acs.storage import migrate
        from acs.storage.engine import Database, make_engine, sqlite_url
        from tests.conftest import make_context

        engine = make_engine(sqlite_url(folder))
        migrate.upgrade(engine)
        database = Database(engine)
        context = make_context(folder, cpe_auth="none")
        sessions = Sessions(database, context)
        app = Endpoint(sessions)
        if profile := os.environ.get("ACS_PROFILE"):
            import cProfile

            commands = (cProfile.Profile(), profile)
    config = uvicorn.Config(
        app,
        port=0,
        http="httptools",
        loop="none",
        lifespan="off",
        access_log=False,
        server_header=False,
        log_config=None,
    )
    server = Server(config)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, lambda: setattr(server, "should_exit", True))
    serving = loop.create_task(server.serve())
    housework = None
    if database is not None:
        from acs.services import housekeeping

        housework = loop.create_task(housekeeping.run(database, context, sessions))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells in no other way
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    sys.stdout.write(json.dumps({"port": port, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    if commands:
        commands[0].enable()
    await serving
    if commands:
        commands[0].disable()
        commands[0].dump_stats(commands[1])
    if housework is not None and database is not None:
        housework.cancel()
        await database.close()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(sys.argv[1], Path(sys.argv[2])))
