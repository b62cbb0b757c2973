"""Who may call, and what counts as JSON."""

import time

import pytest

from acs.services.brake import FREE, Brake

from .conftest import ADMIN, Api

PATHS = ["/devices", "/tasks", "/files", "/settings/global", "/models", "/tokens", "/openapi.json", "/metrics"]


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer wrong-token-wrong", "Basic YTpi", ADMIN, f"Bearer {'x' * 600}"]
)
async def test_no_token_no_answer(api: Api, header: str) -> None:
    for path in PATHS if not header else PATHS[:FREE]:
        answer = await api.call("GET", path, token=None, headers={"Authorization": header} if header else {})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_with_a_token(api: Api) -> None:
    for path in PATHS:
        assert (await api.call("GET", path)).status_code == (404 if path == "/settings/global" else 200)


async def test_a_token_is_asked_for_before_anything_is_read_or_checked(api: Api) -> None:
    for path, more in (("/devices?limit=0", {}), ("/devices", {"content": b"{"}), ("/files", {"content": b"x"})):
        method = "POST" if more else "GET"
        assert (await api.call(method, path, token=None, **more)).status_code == 401


async def test_permissions(api: Api) -> None:
    read, write, secrets = await api.token("read"), await api.token("write"), await api.token("read", "secrets")
    body = {"mac": "0c383e000009"}
    assert (await api.call("GET", "/devices", token=read)).status_code == 200
    assert (await api.call("POST", "/devices", token=read, json=body)).status_code == 403
    assert (await api.call("POST", "/devices", token=write, json=body)).status_code == 201
    assert (await api.call("GET", "/devices", token=write)).status_code == 200
    assert (await api.call("GET", "/tokens", token=write)).status_code == 403
    await api.call("PUT", "/settings/global", json={"sip": {"lines": {"1": {"password": "hush"}}}})
    assert (await api.call("GET", "/settings/global?reveal=true", token=write)).status_code == 403
    assert (await api.call("GET", "/settings/global?reveal=true", token=secrets)).json() == {
        "sip": {"lines": {"1": {"password": "hush"}}}
    }
    assert "hush" not in (await api.call("GET", "/settings/global", token=secrets)).text


async def test_a_revoked_token_is_refused_at_once(api: Api) -> None:
    token = await api.token("read")
    listed = (await api.call("GET", "/tokens")).json()["items"]
    (token_id,) = [item["id"] for item in listed if item["name"] == "read"]
    assert (await api.call("DELETE", f"/tokens/{token_id}")).status_code == 204
    assert (await api.call("GET", "/devices", token=token)).status_code == 401


async def test_who_keeps_trying_waits_and_good_tokens_do_not(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(FREE):
        await api.call("GET", "/devices", token="wrong")
    begun = time.monotonic()
    await api.call("GET", "/devices", token="wrong")
    assert time.monotonic() - begun >= 0.09

    def never(*_: object) -> float:
        raise AssertionError("a good token is no failure")

    monkeypatch.setattr(Brake, "failed", never)
    assert (await api.call("GET", "/devices")).status_code == 200


NOT_OBJECTS = [
    (b"", 400),
    (b"{", 400),
    (b'{"a": NaN}', 400),
    (b'{"a": Infinity}', 400),
    (b'{"a": "\\ud800"}', 400),
    (b"\xff\xfe", 400),
    (b'{"a": ' * 50_000 + b"1" + b"}" * 50_000, 413),
    (b"[" * 40_000 + b"]" * 40_000, 400),
    (b'{"a": ' * 100 + b"1" + b"}" * 100, 422),
    (b"[]", 422),
    (b'"text"', 422),
    (b"9" * 5000, 400),
]


async def test_what_is_no_json_object(api: Api) -> None:
    for content, status in NOT_OBJECTS:
        headers = {"Content-Type": "application/json"}
        answer = await api.call("PUT", "/settings/global", content=content, headers=headers)
        assert answer.status_code == status, (content[:20], answer.text)


MEDIA = {
    "application/json": 200,
    "application/json; charset=utf-8": 200,
    "application/merge-patch+json": 200,
    "text/plain": 415,
    "application/x-www-form-urlencoded": 415,
}


async def test_media_types(api: Api) -> None:
    for media, status in MEDIA.items():
        answer = await api.call("PATCH", "/settings/global", content=b"{}", headers={"Content-Type": media})
        assert answer.status_code == status, media


async def test_pages_with_bad_words(api: Api) -> None:
    queries = ({"limit": "0"}, {"limit": "1001"}, {"limit": "x"}, {"cursor": "nonsense"}, {"limit": "9" * 30})
    for path in ("/devices", "/tasks", "/files", "/settings", "/models", "/tokens"):
        for query in queries:
            answer = await api.call("GET", path, params=query)
            assert answer.status_code == 422, (path, query)
            assert answer.json()["field"] in query
