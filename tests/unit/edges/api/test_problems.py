"""Every family of errors has its status; nothing of the server's inside is told."""

import json

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from acs import errors
from acs.edges.api.problems import STATUSES, install, problem_of


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.BadRequest("off", field="a.b"), 422),
        (errors.BadSettings("off", field="sip.port"), 422),
        (errors.BadFile("off"), 422),
        (errors.BadFile("too large", max_bytes=3), 413),
        (errors.NotFound("gone"), 404),
        (errors.Conflict("ended", state="failed"), 409),
        (errors.Denied("no"), 403),
        (errors.Retriable("busy", after=1.2), 503),
        (errors.NeedsOperator("disk full"), 500),
    ],
)
def test_status_of_each_family(error: errors.AcsError, status: int) -> None:
    answer = problem_of(error)
    body = json.loads(bytes(answer.body))
    assert answer.status_code == body["status"] == status
    assert answer.media_type == "application/problem+json"
    assert body["detail"] == error.message
    assert body.get("field") == error.field
    if isinstance(error, errors.Retriable):
        assert answer.headers["retry-after"] == "2"
    assert {key: body[key] for key in error.facts} == error.facts


def test_facts_never_overwrite_the_words_of_the_standard() -> None:
    body = json.loads(bytes(problem_of(errors.Conflict("ended", status="failed", title="x")).body))
    assert body["status"] == 409
    assert body["title"] == STATUSES[errors.Conflict][2]


def test_the_table_knows_every_family() -> None:
    def below(kind: type[errors.AcsError]) -> set[type[errors.AcsError]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__() if child.__module__ == errors.__name__))

    assert below(errors.AcsError) == set(STATUSES)


async def test_a_crash_tells_an_incident_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    app = FastAPI()
    install(app)

    @app.get("/")
    async def broken() -> None:
        raise RuntimeError("the password is hunter2")

    async with AsyncClient(transport=ASGITransport(app, raise_app_exceptions=False), base_url="http://x") as client:
        answer = await client.get("/")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert answer.json()["incident"] in str(vars(caplog.records[-1]))
