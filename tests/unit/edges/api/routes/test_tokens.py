"""API tokens by REST."""

from tests.unit.edges.api.conftest import Api


async def test_made_shown_once_listed_revoked(api: Api) -> None:
    made = await api.call("POST", "/tokens", json={"name": "ci", "permissions": ["read"]})
    assert made.status_code == 201
    token = made.json()["token"]
    listed = await api.call("GET", "/tokens")
    assert [item["name"] for item in listed.json()["items"]] == ["admin", "ci"]
    assert token not in listed.text
    assert (await api.call("GET", "/devices", token=token)).status_code == 200
    assert (await api.call("DELETE", f"/tokens/{made.json()['id']}")).status_code == 204
    assert (await api.call("GET", "/devices", token=token)).status_code == 401
    assert (await api.call("DELETE", f"/tokens/{listed.json()['items'][0]['id']}")).status_code == 409


async def test_bad_words(api: Api) -> None:
    for body, field in (
        ({"name": "a"}, "permissions"),
        ({"permissions": ["read"]}, "name"),
        ({"name": 1, "permissions": ["read"]}, "name"),
        ({"name": "a", "permissions": "read"}, "permissions"),
        ({"name": "a", "permissions": ["fly"]}, "permissions"),
        ({"name": "a", "permissions": ["read"], "extra": 1}, "extra"),
    ):
        answer = await api.call("POST", "/tokens", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
