"""Traces over the API."""

import dataclasses

import httpx

from acs.edges.api import api_app
from acs.services.sessions import Request, Response
from tests.unit.edges.api.conftest import Api


async def traced(api: Api) -> tuple[Api, str]:
    """The API on the tracer of the sessions, a traced phone, and a first exchange."""
    parts = dataclasses.replace(api.dependencies, tracer=api.world.sessions.tracer)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(api_app(parts)), base_url="http://api")
    wired = dataclasses.replace(api, client=client, dependencies=parts)
    device_id = await wired.device()
    started = await wired.call("POST", f"/devices/{device_id}/trace", json={"minutes": 5})
    assert started.status_code == 200
    assert started.json()["trace_until"]
    request = Request("c", "192.0.2.1", "/acs", b"<a><Password>hush</Password></a>", headers=[(b"host", b"acs")])
    response = Response(200, b"<b/>", session_id="a-cookie")
    api.world.sessions.tracer.exchange(request, response, [(b"set-cookie", b"acs=a-cookie")], device_id=device_id)
    return wired, device_id


async def test_begin_see_and_end(api: Api) -> None:
    api, device_id = await traced(api)
    shown = (await api.call("GET", f"/devices/{device_id}")).json()
    assert shown["trace_until"]
    page = (await api.call("GET", f"/devices/{device_id}/trace?order=oldest")).json()
    came, went = page["items"]
    assert page["next"] is None
    assert (came["direction"], came["method"], came["target"]) == ("in", "POST", "/acs")
    assert came["body"] == "<a><Password>***</Password></a>"
    assert came["headers"] == [{"name": "host", "value": "acs"}]
    assert (went["direction"], went["status"], went["size"]) == ("out", 200, 4)
    assert went["headers"] == [{"name": "set-cookie", "value": "acs=***"}]
    newest = (await api.call("GET", f"/devices/{device_id}/trace?limit=1")).json()
    assert newest["items"] == [went]
    older = (await api.call("GET", f"/devices/{device_id}/trace?limit=1&cursor={newest['next']}")).json()
    assert (older["items"], older["next"]) == ([came], None)
    assert (await api.call("DELETE", f"/devices/{device_id}/trace")).status_code == 204
    assert (await api.call("GET", f"/devices/{device_id}")).json()["trace_until"] is None
    assert not api.world.sessions.tracer.active
    assert len((await api.call("GET", f"/devices/{device_id}/trace?session={came['session']}")).json()["items"]) == 2
    assert (await api.call("DELETE", f"/devices/{device_id}/trace?erase=true")).status_code == 204
    assert (await api.call("GET", f"/devices/{device_id}/trace")).json()["items"] == []


async def test_as_text_for_a_ticket(api: Api) -> None:
    api, device_id = await traced(api)
    for answer in (
        await api.call("GET", f"/devices/{device_id}/trace?format=text"),
        await api.call("GET", f"/devices/{device_id}/trace", headers={"Accept": "text/plain"}),
    ):
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert "POST /acs HTTP/1.1\nhost: acs\n" in answer.text
        assert "<Password>***</Password>" in answer.text
        assert "2 messages." in answer.text


async def test_what_is_refused(api: Api) -> None:
    device_id = await api.device()
    path = f"/devices/{device_id}/trace"
    assert (await api.call("POST", path, json={"minutes": 0})).json()["field"] == "minutes"
    assert (await api.call("POST", path, json={})).status_code == 200  # without a tracer here, another node has it
    assert (await api.call("GET", path)).json()["items"] == []
    assert (await api.call("POST", "/devices/nobody/trace", json={})).status_code == 404
    assert (await api.call("GET", f"{path}?order=sideways")).status_code in (400, 422)
    reader = await api.token("read")
    assert (await api.call("POST", path, token=reader, json={})).status_code == 403
    assert (await api.call("GET", path, token=reader)).status_code == 200
