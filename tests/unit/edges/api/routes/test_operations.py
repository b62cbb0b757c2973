"""Health, readiness, metrics."""

import httpx

from acs.edges.api import ApiDependencies, api_app
from acs.errors import NeedsOperator
from tests.unit.edges.api.conftest import Api


async def test_health_needs_no_token(api: Api) -> None:
    assert (await api.call("GET", "/healthz", token=None)).json() == {"status": "ok", "version": "1.2.3", "checks": {}}
    ready = await api.call("GET", "/readyz", token=None)
    assert ready.status_code == 200
    assert ready.json()["checks"] == {"database": "ok", "disk": "ok"}


async def test_not_ready_says_what_is_missing(api: Api) -> None:
    async def broken() -> None:
        raise NeedsOperator("the moon is down")

    parts = api.dependencies
    dependencies = ApiDependencies(
        database=parts.database, context=parts.context, waker=parts.waker, checks={"moon": broken}
    )
    transport = httpx.ASGITransport(api_app(dependencies))
    async with httpx.AsyncClient(transport=transport, base_url="http://acs.test") as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "not ready"
    assert answer.json()["checks"]["moon"] == "the moon is down"


async def test_metrics_for_those_with_a_token(api: Api) -> None:
    await api.device()
    answer = await api.call("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'acs_api_requests_total{method="POST",status="201"} 1' in answer.text
    assert "# TYPE acs_database_commits_total counter" in answer.text
