"""Explain, versions, diff and rollback by REST; who may see secrets, and that it is written down."""

import asyncio
from typing import Any

import pytest

from acs.formats import read
from acs.services import audit, configs
from acs.services.devices import device_row
from acs.services.work import version_applied
from acs.storage.unit_of_work import UnitOfWork
from tests.unit.edges.api.conftest import Api

LINE = {"user": "1001", "password": "hush-one"}


async def put(api: Api, device_id: str, **line: Any) -> None:
    body = {"sip": {"lines": {"1": {**LINE, **line}}}}
    answer = await api.call("PUT", f"/settings/devices/{device_id}", json=body)
    assert answer.status_code == 200, answer.text


async def make(api: Api, device_id: str) -> str:
    """Make the phone's configuration, and have the phone prove it."""
    world = api.world
    rendered = await world.database.write(lambda uow: configs.render_config(uow, world.context, device_id))
    blob = world.context.blobs.put(rendered.content, encrypted=True, max_bytes=10**6)

    def keep(uow: UnitOfWork) -> None:
        configs.save_version(uow, world.context, device_id, rendered, blob)
        device_row(uow, device_id).config_reported_version = rendered.version
        uow.session.flush()
        version_applied(uow, device_id, rendered.version)

    await world.database.write(keep)
    return rendered.version


async def reveals(api: Api) -> list[dict[str, Any]]:
    return [item["facts"] for item in (await api.call("GET", "/audit", params={"action": "secrets"})).json()["items"]]


async def test_explain(api: Api) -> None:
    device_id = await api.device()
    await put(api, device_id)
    told = (await api.call("GET", f"/devices/{device_id}/config/explain")).json()
    scope = f"devices/{device_id}"
    user = {"path": "sip.lines.1.user", "value": "1001", "scope": scope, "in_file": True, "shadowed": []}
    assert user in told["values"]
    (line,) = [line for line in told["lines"] if line["key"] == "SIP1 Register Pswd"]
    assert (line["value"], line["path"], line["kind"]) == ("***", "sip.lines.1.password", "typed")
    assert "hush" not in str(told)


async def test_versions_and_their_files(api: Api) -> None:
    device_id = await api.device()
    await put(api, device_id)
    version = await make(api, device_id)
    (listed,) = (await api.call("GET", "/devices/0c383e000001/config/versions")).json()["items"]
    assert (listed["version"], listed["current"], listed["desired"], listed["applied"]) == (version, True, True, True)
    shown = await api.call("GET", f"/devices/{device_id}/config/versions/{version}")
    assert shown.headers["acs-config-version"] == version
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert read(shown.content).get("SIP CONFIG MODULE", "SIP1 Register Pswd") == "***"
    assert (await api.call("GET", f"/devices/{device_id}/config/versions/9.9")).status_code == 404


async def test_diff(api: Api) -> None:
    device_id = await api.device()
    await put(api, device_id)
    told = (await api.call("GET", f"/devices/{device_id}/config/diff")).json()
    assert told["never_applied"] is True
    first = await make(api, device_id)
    await put(api, device_id, password="hush-two")
    told = (await api.call("GET", f"/devices/{device_id}/config/diff")).json()
    (item,) = told["items"]
    assert (item["name"], item["before"], item["after"], item["change"]) == (
        "SIP1 Register Pswd",
        "***",
        "***",
        "changed",
    )
    second = await make(api, device_id)
    query = {"against": first, "from": second, "reveal": "true"}
    told = (await api.call("GET", f"/devices/{device_id}/config/diff", params=query)).json()
    assert [(item["before"], item["after"]) for item in told["items"]] == [("hush-one", "hush-two")]
    assert (await api.call("GET", f"/devices/{device_id}/config/diff", params={"against": "8.8"})).status_code == 404
    assert (await api.call("GET", f"/devices/{device_id}/config/diff", params={"against": ""})).status_code == 422


async def test_rollback(api: Api) -> None:
    device_id = await api.device()
    await put(api, device_id)
    first = await make(api, device_id)
    await put(api, device_id, user="1002")
    await make(api, device_id)
    path = f"/devices/{device_id}/config/rollback"
    plan = (await api.call("POST", path, json={"version": first}, params={"dry_run": "true"})).json()
    assert plan["changes"] == [{"path": "sip.lines.1.user", "before": "1002", "after": "1001", "change": "changed"}]
    assert (await api.call("GET", f"/settings/devices/{device_id}")).json()["sip"]["lines"]["1"]["user"] == "1002"
    assert api.waker.asked == []
    assert (await api.call("POST", path, json={"version": first, "dry_run": True})).json() == plan
    told = (await api.call("POST", path, json={"version": first}, params={"push": "true"})).json()
    assert (told["identical"], told["task"]["type"]) == (True, "download")
    await asyncio.sleep(0)
    assert api.waker.asked == [device_id]
    (entry,) = (await api.call("GET", "/audit", params={"action": "config.rollback"})).json()["items"]
    assert entry["target"] == f"devices/{device_id}"
    assert entry["facts"] == {"version": first, "push": True, "paths": ["sip.lines.1.user"]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "version"),
        ({"version": 2}, "version"),
        ({"version": ""}, "version"),
        ({"version": "2", "x": 1}, "x"),
        ({"version": "2", "push": 1}, "push"),
    ],
)
async def test_a_rollback_that_says_too_little(api: Api, body: dict[str, Any], field: str) -> None:
    device_id = await api.device()
    answer = await api.call("POST", f"/devices/{device_id}/config/rollback", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_every_reveal_needs_the_permission_and_is_written_down(api: Api) -> None:
    device_id = await api.device()
    await put(api, device_id)
    version = await make(api, device_id)
    paths = {
        f"/settings/devices/{device_id}": {},
        f"/devices/{device_id}/config": {"what": "config", "version": version, "as_served": False},
        f"/devices/{device_id}/config/explain": {"what": "explain"},
        f"/devices/{device_id}/config/versions/{version}": {"what": "version", "version": version},
        f"/devices/{device_id}/config/diff?from={version}": {"what": "diff", "against": "applied"},
    }
    write = await api.token("write")
    for path in paths:
        path += "&reveal=true" if "?" in path else "?reveal=true"
        assert (await api.call("GET", path, token=write)).status_code == 403
        assert (await api.call("GET", path.replace("reveal=true", "reveal=false"), token=write)).status_code == 200
    assert await reveals(api) == []
    for path in paths:
        answer = await api.call("GET", path + ("&reveal=true" if "?" in path else "?reveal=true"))
        assert "hush-one" in answer.text or "diff" in path
    assert await reveals(api) == list(reversed(paths.values()))
    assert (await api.call("GET", f"/devices/{device_id}/config?as_served=true")).status_code == 200
    assert (await reveals(api))[0]["as_served"] is True


async def test_a_reveal_for_many_phones_is_one_entry(api: Api) -> None:
    device_id = await api.device(group="sales")
    await put(api, device_id)
    answer = await api.call("GET", "/configs", params={"reveal": "true", "content": "true", "group": "sales"})
    assert "hush-one" in answer.text
    assert await reveals(api) == [{"what": "configs", "phones": 1, "group": "sales"}]
    assert "hush-one" not in (await api.call("GET", "/configs", params={"content": "true"})).text
    assert len(await reveals(api)) == 1


async def test_what_cannot_be_written_down_is_not_shown(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    device_id = await api.device()
    await put(api, device_id)
    version = await make(api, device_id)

    def full(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(audit, "record", full)
    for path in (
        f"/settings/devices/{device_id}",
        f"/devices/{device_id}/config",
        f"/devices/{device_id}/config/explain",
        f"/devices/{device_id}/config/versions/{version}",
        f"/devices/{device_id}/config/diff",
    ):
        with pytest.raises(OSError, match="disk full"):
            await api.call("GET", path, params={"reveal": "true"})
