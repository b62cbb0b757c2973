"""The configurations of many phones by REST."""

import json
from typing import Any

from tests.unit.edges.api.conftest import Api


async def _lines(api: Api, **params: Any) -> list[dict[str, Any]]:
    answer = await api.call("GET", "/configs", params=params)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


async def test_the_count_first_then_a_line_for_each_phone(api: Api) -> None:
    assert await _lines(api) == [{"total": 0}]
    for number in range(60):
        body = {"mac": f"0c383e{number:06x}", "model": "X4" if number % 2 else "X7"}
        assert (await api.call("POST", "/devices", json=body)).status_code == 201
    head, *rows = await _lines(api)
    assert head == {"total": 60}
    assert len({row["device_id"] for row in rows}) == 60
    assert all(row["error"] is None and "content" not in row for row in rows)
    head, *rows = await _lines(api, model="x7", content=True)
    assert head == {"total": 30}
    assert all(row["content"].startswith("<<VOIP CONFIG FILE>>") for row in rows)


async def test_what_is_refused(api: Api) -> None:
    assert (await api.call("GET", "/configs", params={"dialect": "yaml"})).status_code == 422
    reader = await api.token("read")
    assert (await api.call("GET", "/configs", params={"reveal": True}, token=reader)).status_code == 403
    assert (await api.call("GET", "/configs", token=reader)).status_code == 200
