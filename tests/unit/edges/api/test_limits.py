"""Bodies: too large by declaration, too large in truth; headers on every answer."""

from collections.abc import AsyncIterator

from .conftest import ADMIN, Api


async def test_declared_too_large_is_refused_before_it_is_read(api: Api) -> None:
    answer = await api.call("PUT", "/settings/global", content=b"{}", headers={"Content-Length": "100001"})
    assert answer.status_code == 413
    assert "100000" in answer.json()["detail"]


async def test_really_too_large_is_refused_on_the_way(api: Api) -> None:
    seen = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal seen
        for _ in range(1000):
            seen += 10_000
            yield b" " * 10_000

    answer = await api.call("PUT", "/settings/global", content=chunks(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


async def test_uploads_have_a_limit_of_their_own(api: Api) -> None:
    assert (await api.upload(b"x" * 150_000)).status_code == 201
    refused = await api.upload(b"x" * 200_001)
    assert refused.status_code == 413
    assert refused.json()["max_bytes"] == 200_000
    assert (await api.upload(b"x" * 400_000)).status_code == 413


async def test_headers_on_every_answer(api: Api) -> None:
    for path in ("/api/v1/devices", "/healthz", "/nowhere", "/docs"):
        answer = await api.client.get(path, headers={"Authorization": f"Bearer {ADMIN}"})
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


async def test_answers_are_counted(api: Api) -> None:
    await api.call("GET", "/nowhere")
    await api.call("BREW", "/devices")
    found = {sample.labels: sample.value for sample in api.dependencies.counters.snapshot()}
    assert found[(("method", "GET"), ("status", "404"))] == 1
    assert found[(("method", "other"), ("status", "405"))] == 1
