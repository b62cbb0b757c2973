"""The API in memory: called by httpx without a network, waking phones that only note it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from acs.edges.api import ApiDependencies, api_app
from acs.errors import NotFound
from acs.services import tokens
from acs.services.brake import Brake
from acs.telemetry import Counters
from tests.conftest import World

ADMIN = "an-admin-token-for-tests"


@dataclass
class FakeWaker:
    """Notes whom it was asked to wake."""

    asked: list[str] = field(default_factory=list)
    unknown: bool = False

    async def wake(self, device_id: str) -> Mapping[str, Any]:
        self.asked.append(device_id)
        if self.unknown:
            raise NotFound("The phone never told where it can be asked.")
        return {"outcome": "accepted", "called": True, "detail": "asked over HTTP, phone called after 0.1 s"}

    async def wake_for_work(self, device_id: str) -> None:
        await self.wake(device_id)


@dataclass
class Api:
    """A client with the admin token, and what stands behind it."""

    world: World
    client: httpx.AsyncClient
    waker: FakeWaker
    dependencies: ApiDependencies

    async def call(self, method: str, path: str, *, token: str | None = ADMIN, **more: Any) -> httpx.Response:
        """Call below ``/api/v1``; every answer that is an error has to be a problem document."""
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more.pop("headers", {})}
        path = path if path.startswith(("/api", "/health", "/ready", "/metrics", "/docs")) else f"/api/v1{path}"
        answer = await self.client.request(method, path, headers=headers, **more)
        if answer.status_code >= 400 and path != "/readyz":
            assert answer.headers["content-type"] == "application/problem+json", answer.text
            problem = answer.json()
            assert problem["status"] == answer.status_code
            assert problem["type"] == "about:blank" or problem["type"].startswith("/docs#problem-")
            assert problem["title"]
            assert problem["detail"]
        return answer

    async def device(self, **body: Any) -> str:
        """Register a phone."""
        answer = await self.call("POST", "/devices", json={"mac": "0c383e000001", "model": "X4", **body})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def token(self, *permissions: str) -> str:
        """Make a token that may only do this."""
        answer = await self.call("POST", "/tokens", json={"name": "-".join(permissions), "permissions": permissions})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    async def upload(self, content: bytes = b"image", **fields: Any) -> httpx.Response:
        """Upload a file."""
        name = fields.pop("file_name", "x4.z")
        return await self.call("POST", "/files", data={"kind": "firmware", **fields}, files={"file": (name, content)})


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    """The API with an admin token."""
    waker = FakeWaker()
    dependencies = ApiDependencies(
        database=world.database,
        context=world.context,
        waker=waker,
        version="1.2.3",
        counters=Counters(),
        max_body_bytes=100_000,
        max_upload_bytes=200_000,
        data_dir=world.folder,
        brake=Brake(),
    )
    tokens.ensure_admin(world.database, world.folder, ADMIN)
    transport = httpx.ASGITransport(api_app(dependencies))
    async with httpx.AsyncClient(transport=transport, base_url="http://acs.test") as client:
        yield Api(world, client, waker, dependencies)
