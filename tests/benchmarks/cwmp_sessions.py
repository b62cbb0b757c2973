"""CPU per CWMP session, as a ratio to a bare uvicorn/httptools application.

    python -m tests.benchmarks.cwmp_sessions [--sessions 4000] [--connections 32] [--repeat 3] [--only a,b,c,d]

Scenarios: (a) a known phone's periodic Inform with nothing to do, (b) first contact with discovery of 180 parameters,
(c) a session with one SetParameterValues (and its read-back), (d) one Download (with TransferComplete and read-back).
The load generator is this process; the servers are others. The bare application answers, in the same run, the same
number of POSTs with bodies and answers of the same sizes as were recorded from the real server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from cwmp_schemas import acs_rpcs, cpe_rpcs, envelope
from cwmp_schemas._spyne import Struct
from cwmp_schemas.faults import FaultStruct
from cwmp_schemas.structs import (
    DeviceIdStruct,
    EventStruct,
    ParameterInfoStruct,
    ParameterValueStruct,
    TypedValue,
)

NAMESPACE = "urn:dslforum-org:cwmp-1-0"
ROOT = "InternetGatewayDevice."
PARAMETERS = 180
UNKNOWN_TIME = "0001-01-01T00:00:00Z"
FORCED = {
    "DeviceSummary": "InternetGatewayDevice:1.0[](Baseline:1, Time:1), VoiceService:1.0[1](Endpoint:1, SIPEndpoint:1)",
    "DeviceInfo.SpecVersion": "1.0",
    "DeviceInfo.HardwareVersion": "1.0",
    "DeviceInfo.SoftwareVersion": "2.12.1",
    "DeviceInfo.ProvisioningCode": "",
    "ManagementServer.ConnectionRequestURL": "http://192.0.2.10:8088/",
    "ManagementServer.ParameterKey": "",
    "WANDevice.1.WANConnectionDevice.1.WANIPConnection.1.ExternalIPAddress": "192.0.2.10",
}
TREE = {
    **{ROOT + name: value for name, value in FORCED.items()},
    **{f"{ROOT}Services.VoiceService.1.X_{number}": f"value {number}" for number in range(PARAMETERS - len(FORCED))},
}
TARGET = f"{ROOT}Services.VoiceService.1.X_1"


def xml(message: Struct, id: str = "1") -> bytes:
    """Write a message as a phone would."""
    return envelope.write(message, cwmp_namespace=NAMESPACE, id=id)


def inform(number: int, *events: str) -> bytes:
    """Write a phone's Inform."""
    return xml(
        acs_rpcs.Inform(
            DeviceId=DeviceIdStruct(
                Manufacturer="Fanvil",
                OUI="0C383E",
                ProductClass="X4",
                SerialNumber=f"00100400FV02001000000c383e{number:06x}",
            ),
            Event=tuple(EventStruct(EventCode=event, CommandKey="") for event in events),
            MaxEnvelopes=1,
            CurrentTime="2026-01-01T00:00:00Z",
            RetryCount=0,
            ParameterList=tuple(
                ParameterValueStruct(Name=ROOT + name, Value=TypedValue(value)) for name, value in FORCED.items()
            ),
        )
    )


_NAMES = xml(
    cpe_rpcs.GetParameterNamesResponse(ParameterList=tuple(ParameterInfoStruct(Name=n, Writable=True) for n in TREE)),
    "@",
)
_ID = re.compile(rb"<cwmp:ID[^>]*>([^<]*)<")
_METHOD = re.compile(rb":Body>\s*<cwmp:(\w+)")
_STRING = re.compile(rb"<string>([^<]*)</string>")


def reply(body: bytes, written: dict[str, str]) -> bytes:
    """Answer an RPC of the server, cheaply."""
    method = _METHOD.search(body)
    found = _ID.search(body)
    assert method is not None
    assert found is not None
    id = found[1].decode()
    match method[1].decode():
        case "GetRPCMethods":
            return xml(cpe_rpcs.GetRPCMethodsResponse(MethodList=("GetRPCMethods", "Download")), id)
        case "GetParameterNames":
            return _NAMES.replace(b">@<", f">{id}<".encode())
        case "GetParameterValues":
            return xml(
                cpe_rpcs.GetParameterValuesResponse(
                    ParameterList=tuple(
                        ParameterValueStruct(Name=n, Value=TypedValue(written.get(n, TREE.get(n, "2.0001"))))
                        for n in (item.decode() for item in _STRING.findall(body))
                    )
                ),
                id,
            )
        case "SetParameterValues":
            read = envelope.read(body).body
            assert isinstance(read, cpe_rpcs.SetParameterValues)
            written.update({item.Name: item.Value.text for item in read.ParameterList})
            return xml(cpe_rpcs.SetParameterValuesResponse(Status=0), id)
        case "Download":
            written["command key"] = re.search(rb"<CommandKey>([^<]*)<", body)[1].decode()  # type: ignore[index]
            return xml(cpe_rpcs.DownloadResponse(Status=1, StartTime=UNKNOWN_TIME, CompleteTime=UNKNOWN_TIME), id)
        case other:
            raise ValueError(f"the benchmark's phone does not know {other}")


@dataclass
class Connection:
    """One keep-alive connection of the load generator."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sizes: list[tuple[int, int]] = field(default_factory=list)
    """(request, answer) body sizes, as recorded."""

    async def post(self, body: bytes, cookie: bytes = b"", want: int | None = None) -> tuple[int, bytes, bytes]:
        """POST; give status, cookie, body."""
        head = b"POST / HTTP/1.1\r\nHost: acs\r\nContent-Length: %d\r\n" % len(body)
        if body:
            head += b"Content-Type: text/xml; charset=utf-8\r\nSOAPAction: \r\n"
        if cookie:
            head += b"Cookie: " + cookie + b"\r\n"
        if want is not None:
            head += b"X-Reply: %d\r\n" % want
        self.writer.write(head + b"\r\n" + body)
        answer = await self.reader.readuntil(b"\r\n\r\n")
        status = int(answer[9:12])
        length = re.search(rb"content-length: (\d+)", answer, re.IGNORECASE)
        content = await self.reader.readexactly(int(length[1])) if length else b""
        set_cookie = re.search(rb"set-cookie: (acs=[^;\r]+)", answer, re.IGNORECASE)
        self.sizes.append((len(body), len(content)))
        return status, set_cookie[1] if set_cookie else b"", content


async def session(connection: Connection, first: bytes, *, complete: bool = False) -> None:
    """Run one session to its 204."""
    written: dict[str, str] = {}
    status, cookie, content = await connection.post(first)
    assert status == 200, status
    status, _, content = await connection.post(b"", cookie)
    while status == 200:
        status, _, content = await connection.post(reply(content, written), cookie)
    if complete and "command key" in written:
        done = acs_rpcs.TransferComplete(
            CommandKey=written["command key"],
            FaultStruct=FaultStruct(FaultCode=0, FaultString=""),
            StartTime=UNKNOWN_TIME,
            CompleteTime=UNKNOWN_TIME,
        )
        status, _, content = await connection.post(xml(done), cookie)
        status, _, content = await connection.post(b"", cookie)
        while status == 200:
            status, _, content = await connection.post(reply(content, written), cookie)
    assert status == 204, (status, content)


class Process:
    """A server in a process of its own."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.servers", kind, str(folder)], stdout=subprocess.PIPE
        )
        assert self._child.stdout is not None
        told = json.loads(self._child.stdout.readline())
        self.port = int(told["port"])
        self._process = psutil.Process(told["pid"])

    def cpu(self) -> float:
        """Seconds of CPU so far, all threads, user and system."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def stop(self) -> None:
        """End it."""
        self._child.terminate()
        self._child.wait(30)

    async def connect(self) -> Connection:
        """Open a connection."""
        return Connection(*await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20))


async def spread(
    process: Process, connections: int, count: int, work: Callable[[Connection, int], Any]
) -> list[tuple[int, int]]:
    """Do ``work`` for 0 … count-1 over some connections; give the sizes of the first one's exchanges."""
    open_now = [await process.connect() for _ in range(connections)]

    async def lane(index: int) -> None:
        for number in range(index, count, connections):
            await work(open_now[index], number)

    await asyncio.gather(*(lane(index) for index in range(connections)))
    for connection in open_now:
        connection.writer.close()
    per_session = -(-count // connections)
    sizes = open_now[0].sizes
    return sizes[: len(sizes) // per_session]


async def measure(name: str, sessions: int, connections: int, folder: Path) -> tuple[float, float, int]:
    """Run one scenario; give CPU microseconds per session of (this server, the bare one), and POSTs per session."""
    acs = Process("acs", folder)
    complete = name == "d"
    try:
        if name != "b":
            await spread(acs, connections, sessions, lambda c, n: session(c, inform(n, "0 BOOTSTRAP", "1 BOOT")))
            await spread(acs, connections, sessions, lambda c, n: session(c, inform(n, "2 PERIODIC")))
        if name in ("c", "d"):
            add_tasks(folder, name)
        events = ("0 BOOTSTRAP", "1 BOOT") if name == "b" else ("2 PERIODIC",)
        bodies = [inform(number, *events) for number in range(sessions)]
        begun = acs.cpu()
        sizes = await spread(acs, connections, sessions, lambda c, n: session(c, bodies[n], complete=complete))
        cost = (acs.cpu() - begun) / sessions * 1e6
    finally:
        acs.stop()
    bare = Process("bare", folder)
    try:

        async def replay(connection: Connection, number: int) -> None:
            for sent, want in sizes:
                await connection.post(b"x" * sent, want=want)

        await spread(bare, connections, min(sessions, 200), replay)  # warm, as the other is
        begun = bare.cpu()
        await spread(bare, connections, sessions, replay)
        least = (bare.cpu() - begun) / sessions * 1e6
    finally:
        bare.stop()
    return cost, least, len(sizes)


def add_tasks(folder: Path, name: str) -> None:
    """Give every phone one task, straight into the database."""
    from acs.services.devices import DeviceQuery, list_devices
    from acs.services.tasks import create_task
    from acs.storage.engine import Database, make_engine, sqlite_url
    from tests.conftest import make_context

    context = make_context(folder, cpe_auth="none")
    body: dict[str, Any] = {"type": "set_parameter_values", "values": [{"name": TARGET, "value": "new"}]}
    if name == "d":
        body = {"type": "download", "kind": "config"}

    async def add() -> None:
        database = Database(make_engine(sqlite_url(folder)))
        cursor = None
        while True:
            page = await database.read(partial(list_devices, query=DeviceQuery(limit=1000, cursor=cursor)))
            for device in page.items:
                await database.write(partial(create_task, ctx=context, device_id=device["id"], body=body))
            cursor = page.next
            if cursor is None:
                break
        await database.close()

    thread = threading.Thread(target=lambda: asyncio.run(add()))  # the caller's loop is running
    thread.start()
    thread.join()


def main() -> None:
    """Run and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sessions", type=int, default=4000)
    options.add_argument("--connections", type=int, default=32)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--only", default="a,b,c,d")
    chosen = options.parse_args()
    titles = {
        "a": "known phone, periodic Inform, nothing to do",
        "b": f"first contact, discovery of {PARAMETERS} parameters",
        "c": "one SetParameterValues with read-back",
        "d": "one Download of a configuration with read-back",
    }
    write = sys.stdout.write
    write(f"{'scenario':<52}{'POSTs':>6}{'acs us':>10}{'bare us':>9}{'ratio (min - median - max)':>30}\n")
    for name in chosen.only.split(","):
        sessions = chosen.sessions if name == "a" else max(chosen.sessions // 8, chosen.connections)
        ratios, costs, least, posts = [], [], [], 0
        for _ in range(chosen.repeat):
            with tempfile.TemporaryDirectory() as folder:
                cost, bare, posts = asyncio.run(measure(name, sessions, chosen.connections, Path(folder)))
            ratios.append(cost / bare)
            costs.append(cost)
            least.append(bare)
        write(
            f"({name}) {titles[name]:<48}{posts:>6}{statistics.median(costs):>10.0f}{statistics.median(least):>9.0f}"
            f"{min(ratios):>12.2f} - {statistics.median(ratios):.2f} - {max(ratios):.2f}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
