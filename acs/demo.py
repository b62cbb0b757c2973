"""The demonstration: an embedded server, a small simulated fleet, and an operator who only uses the REST API.

``run`` starts everything on loopback in a temporary folder, gives every phone its settings, its phone book and a new
firmware, watches them take it, and shows for each what proves it. Nothing here is known to the server or the phones
that another operator or another phone would not know.
"""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich import box
from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from acs.app import App, embedded, running
from acs.settings import Settings
from acs.simulator.fleet import Fleet, FleetOptions

SECONDS = 120.0
"""How long every phone together may take before the demonstration has failed."""
REFRESH = 0.5
TASKS = ("config", "phone book", "firmware")
_PORTS = {"cwmp": 7547, "files": 7567, "api": 7557}


@dataclass(frozen=True, slots=True)
class Kind:
    """One part of the fleet."""

    model: str
    profile: str
    firmware: str
    first_mac: str


FLEET = (
    Kind("X4", "ctc", "2.14.0.7500", "0c383e0a0000"),
    Kind("X6U", "common", "2.12.1.3", "0c383e0b0000"),
    Kind("X5S", "common", "2.4.12.1164", "0c383e0c0000"),
)
PHONE_BOOK = """<?xml version="1.0" encoding="UTF-8"?>
<FanvilIPPhoneDirectory>
  <Title>Example Ltd</Title>
  <DirectoryEntry><Name>Reception</Name><Telephone>1000</Telephone></DirectoryEntry>
  <DirectoryEntry><Name>Anna Lind</Name><Telephone>1001</Telephone><Mobile>+49 170 5550101</Mobile></DirectoryEntry>
  <DirectoryEntry><Name>Bo &amp; Co.</Name><Telephone>+46 8 555 01 02</Telephone></DirectoryEntry>
</FanvilIPPhoneDirectory>
"""


class Api:
    """The operator's side: JSON over HTTP with a bearer token."""

    def __init__(self, base: str, token: str) -> None:
        self._base = base
        self._token = token

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API; give its JSON."""
        data = None if body is None else json.dumps(body).encode()
        return await self._send(method, path, data, "application/json")

    async def upload(self, name: str, content: bytes, **fields: str) -> Any:
        """Upload a file."""
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
            + content
            + f"\r\n--{boundary}--\r\n".encode()
        )
        return await self._send("POST", "/files", b"".join(parts), f"multipart/form-data; boundary={boundary}")

    async def _send(self, method: str, path: str, data: bytes | None, content_type: str) -> Any:
        request = urllib.request.Request(self._base + path, data=data, method=method)
        request.add_header("Authorization", f"Bearer {self._token}")
        if data is not None:
            request.add_header("Content-Type", content_type)

        def work() -> Any:
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    return json.loads(response.read() or b"null")
            except urllib.error.HTTPError as error:
                raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()[:300]}") from error

        return await asyncio.to_thread(work)


@dataclass(slots=True)
class Row:
    """What is known of one phone."""

    kind: Kind
    device: dict[str, Any]
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def proven(self) -> bool:
        """Everything was done, and proven."""
        return len(self.tasks) == len(TASKS) and all(task["state"] == "succeeded" for task in self.tasks.values())

    @property
    def over(self) -> bool:
        """Nothing will change any more."""
        return len(self.tasks) == len(TASKS) and all(
            task["state"] in ("succeeded", "failed", "cancelled", "expired") for task in self.tasks.values()
        )


def firmware_image(version: str) -> bytes:
    """Make a small file that a simulated phone takes for firmware: it reads the version from its first line."""
    return f"Version={version}\n".encode() + bytes(range(256)) * 400


async def run(*, once: bool, phones: int, console: Console) -> bool:
    """Run the demonstration; give whether every phone was proven.

    Args:
        once: end when every phone is proven or has failed; otherwise go on until interrupted.
        phones: how many in all.
        console: where to show it.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="acs-demo-")))
        app = embedded(_settings(folder))
        await stack.enter_async_context(running(app))
        api = Api(f"http://127.0.0.1:{app.ports['api']}/api/v1", app.admin_token or "")
        console.print(_welcome(app, folder))
        counts = [phones // len(FLEET) + (index < phones % len(FLEET)) for index in range(len(FLEET))]
        fleets = [
            Fleet(
                FleetOptions(
                    acs_url=app.context.acs_url,
                    count=count,
                    model=kind.model,
                    profile="ctc" if kind.profile == "ctc" else "common",
                    first_mac=kind.first_mac,
                    username=app.context.cpe_username,
                    password=app.context.cpe_password,
                    periodic_interval=20,
                    ramp_seconds=1.0,
                )
            )
            for kind, count in zip(FLEET, counts, strict=True)
            if count
        ]
        for fleet in fleets:
            stack.push_async_callback(fleet.stop)
        for fleet in fleets:
            await fleet.start()
        rows = await _operate(api, fleets, phones, once=once, console=console)
        console.print(_table(rows, fleets, evidence=True))
        good = len(rows) == phones and all(row.proven for row in rows)
        if good:
            console.print(f"[bold green]{phones} of {phones} phones found, configured and proven.[/]")
        else:
            for trouble in _troubles(rows):
                console.print(trouble, style="red", markup=False)
            console.print(f"[bold red]{sum(row.proven for row in rows)} of {phones} phones proven.[/]")
        return good


def _settings(folder: Path) -> Settings:
    ports = {f"{name}_port": port if _free(port) else 0 for name, port in _PORTS.items()}
    return Settings(
        data_dir=folder,
        host="127.0.0.1",
        public_host="127.0.0.1",
        cpe_username="acs",
        cpe_password=SecretStr(uuid.uuid4().hex),
        **ports,  # type: ignore[arg-type]
    )


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _welcome(app: App, folder: Path) -> Panel:
    text = Text.assemble(
        ("Phones call      ", "dim"),
        f"http://127.0.0.1:{app.ports['cwmp']}/\n",
        ("Phones download  ", "dim"),
        f"http://127.0.0.1:{app.ports['files']}/\n",
        ("REST API         ", "dim"),
        f"http://127.0.0.1:{app.ports['api']}/api/v1   (documentation: /docs)\n",
        ("Admin token      ", "dim"),
        f"{app.admin_token}\n",
        ("Data             ", "dim"),
        f"{folder} (removed at the end)",
    )
    return Panel(text, title="Open ACS: demonstration", expand=False)


async def _operate(api: Api, fleets: list[Fleet], phones: int, *, once: bool, console: Console) -> list[Row]:
    """Be the operator: upload files, write settings, queue tasks, watch."""
    await api.call("PUT", "/settings/global", {"time": {"ntp_server": "192.0.2.123", "timezone": "Europe/Berlin"}})
    book = await api.upload("company.xml", PHONE_BOOK.encode(), kind="phonebook")
    firmware = {
        kind.model: await api.upload(
            f"{kind.model.lower()}-{kind.firmware}.z",
            firmware_image(kind.firmware),
            kind="firmware",
            version=kind.firmware,
            models=kind.model,
        )
        for kind in FLEET
    }
    rows: dict[str, Row] = {}
    deadline = time.monotonic() + SECONDS
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        while True:
            await _look(api, rows)
            for row in rows.values():
                if not row.tasks:
                    await _provision(api, row, len([r for r in rows.values() if r.tasks]), book["id"], firmware)
            known = sorted(rows.values(), key=lambda row: row.device["mac"] or "")
            live.update(_table(known, fleets, evidence=False))
            settled = len(rows) == phones and all(row.over for row in rows.values())
            if once and (settled or time.monotonic() > deadline):
                return known
            await asyncio.sleep(REFRESH)


async def _look(api: Api, rows: dict[str, Row]) -> None:
    page = await api.call("GET", "/devices?limit=1000")
    for device in page["items"]:
        kind = next((kind for kind in FLEET if (device["mac"] or "").startswith(kind.first_mac[:8])), FLEET[0])
        row = rows.setdefault(device["id"], Row(kind, device))
        row.device = device
        for name, task in row.tasks.items():
            if task["state"] not in ("succeeded", "failed", "cancelled", "expired"):
                row.tasks[name] = await api.call("GET", f"/tasks/{task['id']}")


async def _provision(api: Api, row: Row, number: int, book: str, firmware: dict[str, Any]) -> None:
    device = row.device["id"]
    extension = str(1001 + number)
    await api.call(
        "PUT",
        f"/settings/devices/{device}",
        {
            "sip": {
                "lines": {
                    "1": {
                        "enabled": True,
                        "display_name": f"Desk {extension}",
                        "user": extension,
                        "auth_user": extension,
                        "password": uuid.uuid4().hex[:16],
                        "server": "192.0.2.10",
                    }
                }
            }
        },
    )
    path = f"/devices/{device}/tasks"
    row.tasks["config"] = await api.call("POST", path, {"type": "download", "kind": "config"})
    row.tasks["phone book"] = await api.call("POST", path, {"type": "download", "file_id": book})
    image = firmware[row.kind.model]["id"]
    row.tasks["firmware"] = await api.call("POST", f"{path}?wake=true", {"type": "download", "file_id": image})


_CAPTION = (
    "Configuration: its version, and how many SIP parameters, as GetParameterValues reads them back from the phone.\n"
    "Phone book: every byte was handed over, and the phone counts its entries. Firmware: SoftwareVersion as reported."
)


def _table(rows: list[Row], fleets: list[Fleet], *, evidence: bool) -> Table:
    states = {status.mac: status for fleet in fleets for status in fleet.statuses()}
    table = Table(
        title="Phones, and what proves them" if evidence else "Phones",
        title_justify="left",
        caption=_CAPTION if evidence else None,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        collapse_padding=True,
        pad_edge=False,
    )
    for name in ("MAC", "Model", "Found", "Configuration", "Phone book", "Firmware"):
        table.add_column(name, no_wrap=True)
    for row in rows:
        status = states.get(row.device["mac"] or "")
        table.add_row(
            row.device["mac"],
            row.device["model"],
            (row.device["first_seen_at"] or "")[11:19],
            *(_cell(name, row.tasks.get(name), status) for name in TASKS),
        )
    return table


def _cell(name: str, task: dict[str, Any] | None, status: Any) -> Text:
    if task is None:
        return Text("-", "dim")
    state = task["state"]
    if state != "succeeded":
        return Text(state, "red" if state == "failed" else "yellow")
    evidence = task["evidence"] or {}
    read = (evidence.get("version") or {}).get("read")
    if name == "config":
        matched = sum(1 for item in evidence.get("parameters", []) if item["read"] == item["expected"])
        return Text(f"{read} + {matched} SIP", "green")
    if name == "phone book":
        return Text(f"{getattr(status, 'phonebook_entries', 0)} entries", "green")
    return Text(str(read), "green")


def _troubles(rows: list[Row]) -> list[str]:
    """Say of every task that failed what was expected."""
    return [
        f"{row.device['mac']} {name}: {(task['fault'] or {}).get('message', task['state'])}"
        for row in rows
        for name, task in row.tasks.items()
        if task["state"] != "succeeded"
    ]
