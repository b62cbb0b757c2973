"""The audit log by REST: who may see it, and what the other calls write into it."""

from typing import Any

from tests.unit.edges.api.conftest import Api


async def entries(api: Api, **query: str) -> list[dict[str, Any]]:
    answer = await api.call("GET", "/audit", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_it_needs_a_permission_of_its_own(api: Api) -> None:
    for permissions, status in ((("write", "secrets"), 403), (("audit",), 200)):
        token = await api.token(*permissions)
        assert (await api.call("GET", "/audit", token=token)).status_code == status
    assert (await api.call("GET", "/devices", token=token)).status_code == 403


async def test_settings_tokens_credentials_and_sealed_files(api: Api) -> None:
    device_id = await api.device(username="u", password="hush-cpe")
    await api.call("PUT", "/settings/global", json={"sip": {"lines": {"1": {"password": "hush-sip"}}}})
    await api.call("PATCH", "/settings/global", json={"locale": {"language": "de"}})
    await api.call("DELETE", "/settings/global")
    made = (await api.call("POST", "/tokens", json={"name": "ci", "permissions": ["read"]})).json()
    await api.call("DELETE", f"/tokens/{made['id']}")
    await api.call("PATCH", f"/devices/{device_id}", json={"certificate_sha256": "a" * 64})
    await api.call("PATCH", f"/devices/{device_id}", json={"name": "not worth an entry"})
    config = (await api.upload(b"<<VOIP CONFIG FILE>>Version:2.0\n", kind="config", file_name="a.cfg")).json()
    plain = (await api.upload(b"x", kind="other", file_name="a.txt")).json()
    for file in (config, plain):
        assert (await api.call("GET", f"/files/{file['id']}/content")).status_code == 200
    found = await entries(api)
    assert [(entry["action"], entry["target"]) for entry in found] == [
        ("secrets.reveal", f"files/{config['id']}"),
        ("device.credentials", f"devices/{device_id}"),
        ("token.revoke", f"tokens/{made['id']}"),
        ("token.create", f"tokens/{made['id']}"),
        ("settings.delete", "settings/global"),
        ("settings.patch", "settings/global"),
        ("settings.put", "settings/global"),
        ("device.credentials", f"devices/{device_id}"),
    ]
    assert {entry["actor"] for entry in found} == {"admin"}
    assert {entry["address"] for entry in found} == {"127.0.0.1"}
    for secret in ("hush", made["token"]):
        assert secret not in str(found)


async def test_filters(api: Api) -> None:
    await api.call("PUT", "/settings/global", json={})
    await api.call("PUT", "/settings/groups/a", json={})
    assert [entry["target"] for entry in await entries(api, target="settings/global")] == ["settings/global"]
    assert len(await entries(api, action="settings", actor="admin", since="2020-01-01T00:00:00")) == 2
    assert await entries(api, since="2999-01-01T00:00:00Z") == []
    assert await entries(api, until="2020-01-01T00:00:00+02:00") == []
    assert (await api.call("GET", "/audit", params={"since": "yesterday"})).status_code == 422
