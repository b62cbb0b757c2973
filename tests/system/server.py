"""A real server process on loopback that tests start, ask by its REST API, kill without warning and start again."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.system.wire import Exchange

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30.0
"""Seconds for a start or a state; never reached unless something is wrong."""

SHARED = ("acs", "Secret first contact")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Zygote:
    """Starts servers quickly."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.system.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert self._line() == "ready"

    def start(self, env: dict[str, str], log: Path) -> int:
        """Start a server; give its process id."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"env": env, "log": str(log)}) + "\n")
        self.process.stdin.flush()
        return int(self._line())

    def close(self) -> None:
        """End; servers that still run end with it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


class Server:
    """One server and its data, over any number of starts."""

    def __init__(self, zygote: Zygote, folder: Path, **env: str) -> None:
        self.zygote = zygote
        self.folder = folder
        self.cwmp_port, self.files_port, self.api_port = free_ports(3)
        self.env = {
            "ACS_DATA_DIR": str(folder / "data"),
            "ACS_HOST": "127.0.0.1",
            "ACS_PUBLIC_HOST": "127.0.0.1",
            "ACS_CPE_USERNAME": SHARED[0],
            "ACS_CPE_PASSWORD": SHARED[1],
            "ACS_CWMP_PORT": str(self.cwmp_port),
            "ACS_FILES_PORT": str(self.files_port),
            "ACS_API_PORT": str(self.api_port),
            **env,
        }
        self.pid: int | None = None
        self.wire: list[Exchange] = []
        """Everything that phones were answered."""
        self.at_end: list[Callable[[], None]] = []

    # Life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start and wait until all listeners answer."""
        assert self.pid is None
        self.pid = self.zygote.start(self.env, self.folder / "log")
        deadline = time.monotonic() + PATIENCE
        for port in (self.api_port, self.files_port, self.cwmp_port):
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert time.monotonic() < deadline, self.log()[-3000:]
                time.sleep(0.01)

    def kill(self) -> None:
        """``kill -9``, and wait until it is gone."""
        assert self.pid is not None
        os.kill(self.pid, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                break
            assert time.monotonic() < deadline
            time.sleep(0.002)
        self.pid = None

    def restart(self) -> None:
        """Kill and start again on the same data and the same ports."""
        self.kill()
        self.start()

    def close(self) -> None:
        """Kill the server, close what phones left open."""
        for each in self.at_end:
            each()
        if self.pid is not None:
            self.kill()

    def log(self) -> str:
        return (self.folder / "log").read_text()

    # REST -------------------------------------------------------------------------------------------------------

    def call(
        self, method: str, path: str, body: Any = None, *, content: bytes | None = None, media: str = "application/json"
    ) -> tuple[int, Any]:
        """Call the API; give status and decoded JSON, or the bytes."""
        token = (self.folder / "data" / "admin-token").read_text().strip()
        connection = http.client.HTTPConnection("127.0.0.1", self.api_port, timeout=PATIENCE)
        try:
            data = content if content is not None else (json.dumps(body).encode() if body is not None else None)
            headers = {"Authorization": f"Bearer {token}", **({"Content-Type": media} if data is not None else {})}
            connection.request(method, f"/api/v1{path}", data, headers)
            response = connection.getresponse()
            raw = response.read()
            is_json = "json" in (response.getheader("Content-Type") or "")
            return response.status, json.loads(raw) if is_json and raw else raw
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        status, answer = self.call("GET", path)
        assert status == 200, (path, status, answer)
        return answer

    def post(self, path: str, body: Any) -> Any:
        status, answer = self.call("POST", path, body)
        assert status in (200, 201), (path, status, answer)
        return answer

    def put(self, path: str, body: Any) -> Any:
        status, answer = self.call("PUT", path, body)
        assert status in (200, 201), (path, status, answer)
        return answer

    def items(self, path: str) -> list[dict[str, Any]]:
        """Every item of a list, page after page."""
        found: list[dict[str, Any]] = []
        cursor = None
        mark = "&" if "?" in path else "?"
        while True:
            page = self.get(path + (f"{mark}cursor={cursor}" if cursor else ""))
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    def device(self, serial_number: str) -> dict[str, Any]:
        """The only device with this serial number."""
        found = self.items(f"/devices?serial_number={serial_number}")
        assert len(found) == 1, found
        return found[0]

    def task(self, serial_number: str, type: str, **arguments: Any) -> str:
        """Queue a task; give its id."""
        return str(self.post(f"/devices/{self.device(serial_number)['id']}/tasks", {"type": type, **arguments})["id"])

    def state(self, task_id: str) -> dict[str, Any]:
        """A task."""
        answer = self.get(f"/tasks/{task_id}")
        assert isinstance(answer, dict)
        return answer

    def succeeded(self, task_id: str) -> dict[str, Any]:
        """A task, which must have succeeded."""
        task = self.state(task_id)
        assert task["state"] == "succeeded", task
        return task

    def failed(self, task_id: str) -> dict[str, Any]:
        """The fault of a task, which must have failed."""
        task = self.state(task_id)
        assert task["state"] == "failed", task
        fault = task["fault"]
        assert isinstance(fault, dict)
        return fault

    def wait(self, task_id: str, *states: str) -> dict[str, Any]:
        """A task, once it is in one of these states."""
        self.until(lambda: self.state(task_id)["state"] in states)
        return self.state(task_id)

    def until(self, look: Callable[[], Any]) -> Any:
        """What ``look`` gives, once it gives something."""
        deadline = time.monotonic() + PATIENCE
        while not (found := look()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return found

    def upload(self, kind: str, name: str, data: bytes, **fields: str) -> dict[str, Any]:
        """Upload a file as an operator does."""
        mark = "----judge"
        parts = [
            f'--{mark}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            for field, value in {"kind": kind, **fields}.items()
        ]
        parts.append(
            f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            f"Content-Type: application/octet-stream\r\n\r\n".encode()
            + data
            + f"\r\n--{mark}--\r\n".encode()
        )
        status, answer = self.call(
            "POST", "/files", content=b"".join(parts), media=f"multipart/form-data; boundary={mark}"
        )
        assert status == 201, answer
        assert isinstance(answer, dict)
        return answer
