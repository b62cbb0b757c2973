"""Phones by REST, in the contract's words."""

from typing import Any

from acs.formats import Dialect, read
from acs.services.devices import note_event
from acs.services.trees import load_tree, save_tree
from acs.storage.unit_of_work import UnitOfWork
from tests.unit.edges.api.conftest import Api

DEVICE = {
    *("id", "name", "manufacturer", "oui", "product_class", "serial_number", "mac", "model", "profile", "root"),
    *("cwmp_version", "software_version", "hardware_version", "ip_address", "connection_request_url"),
    *("last_inform_at", "last_events", "first_seen_at", "tags", "group", "config", "firmware", "notes"),
}
"""The contract's device; further fields may be there."""


async def test_registered_found_changed_forgotten(api: Api) -> None:
    body = {"mac": "0C:38:3E:00:00:01", "serial_number": "S1", "model": "X4", "tags": ["new"], "group": "sales"}
    made = await api.call("POST", "/devices", json=body)
    assert made.status_code == 201
    device = made.json()
    assert device.keys() >= DEVICE
    assert (device["mac"], device["tags"], device["group"]) == ("0c383e000001", ["new"], "sales")
    assert device["config"].keys() == {"state", "desired_version", "reported_version", "evidence"}
    assert made.headers["location"] == f"/api/v1/devices/{device['id']}"

    for name in (device["id"], "0c383e000001", "0C-38-3E-00-00-01", "S1"):
        assert (await api.call("GET", f"/devices/{name}")).json() == device

    changed = await api.call("PATCH", "/devices/S1", json={"name": "Lobby", "tags": ["a", "b"], "profile": "ctc"})
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["profile"]) == ("Lobby", "ctc")

    assert (await api.call("POST", "/devices", json=body)).status_code == 409
    assert (await api.call("DELETE", f"/devices/{device['id']}")).status_code == 204
    assert (await api.call("GET", f"/devices/{device['id']}")).status_code == 404
    assert (await api.call("DELETE", f"/devices/{device['id']}")).status_code == 404


async def test_lists_and_filters(api: Api) -> None:
    await api.device(group="sales", tags=["a"], serial_number="S1")
    await api.device(mac="001565000002", model="X6", serial_number="S2")
    for query, found in (
        ({}, 2),
        ({"model": "x6"}, 1),
        ({"group": "sales", "tag": "a"}, 1),
        ({"tag": "z"}, 0),
        ({"mac": "00:15:65:00:00:02"}, 1),
        ({"q": "S"}, 2),
        ({"config_state": "unknown"}, 2),
    ):
        answer = await api.call("GET", "/devices", params=query)
        assert len(answer.json()["items"]) == found, query
    first = (await api.call("GET", "/devices?limit=1&sort=-mac")).json()
    second = (await api.call("GET", "/devices", params={"limit": 1, "sort": "-mac", "cursor": first["next"]})).json()
    assert [page["items"][0]["mac"] for page in (first, second)] == ["0c383e000001", "001565000002"]
    assert second["next"] is None
    for query in ({"mac": "x"}, {"sort": "password"}, {"config_state": "odd"}):
        assert (await api.call("GET", "/devices", params=query)).status_code == 422


async def test_parameters_and_events(api: Api) -> None:
    device_id = await api.device()

    def learn(uow: UnitOfWork) -> None:
        values = (
            ("Device.A.B", "1", "xsd:int"),
            ("Device.A.Password", "hush", "xsd:string"),
            ("Device.C", "x", "xsd:string"),
        )
        save_tree(uow, device_id, load_tree(uow, device_id).with_values(values, uow.now)[0])
        note_event(uow, device_id, "boot", reason="test")

    await api.world.database.write(learn)
    listed = (await api.call("GET", f"/devices/{device_id}/parameters", params={"path": "Device.A."})).json()
    assert [(item["path"], item["value"]) for item in listed["items"]] == [
        ("Device.A.B", "1"),
        ("Device.A.Password", "***"),
    ]
    assert listed["items"][0].keys() == {"path", "value", "type", "writable", "notification", "updated_at"}
    found = (await api.call("GET", f"/devices/{device_id}/parameters", params={"q": "x"})).json()
    assert [item["path"] for item in found["items"]] == ["Device.C"]
    events = (await api.call("GET", f"/devices/{device_id}/events")).json()
    assert events["items"][0]["kind"] == "boot"
    assert (await api.call("GET", "/devices/nobody/parameters")).status_code == 404


async def test_work_is_queued_and_the_phone_is_woken_if_asked(api: Api) -> None:
    device_id = await api.device()
    made = await api.call("POST", f"/devices/{device_id}/tasks", json={"type": "reboot"})
    assert made.status_code == 201
    assert (made.json()["state"], made.json()["device_id"]) == ("queued", device_id)
    assert api.waker.asked == []
    await api.call("POST", f"/devices/{device_id}/tasks?wake=true", json={"type": "get_rpc_methods"})
    answer = await api.call("POST", f"/devices/{device_id}/wake")
    assert answer.json()["outcome"] == "accepted"
    assert api.waker.asked == [device_id, device_id]


async def test_a_phone_that_cannot_be_asked_still_gets_its_work(api: Api) -> None:
    device_id = await api.device()
    api.waker.unknown = True
    made = await api.call("POST", f"/devices/{device_id}/tasks?wake=true", json={"type": "reboot"})
    assert made.status_code == 201
    assert (await api.call("POST", f"/devices/{device_id}/wake")).status_code == 404
    assert (await api.call("POST", "/devices/nobody/wake")).status_code == 404


async def test_bad_work_names_the_field(api: Api) -> None:
    device_id = await api.device()
    cases: list[tuple[dict[str, Any], int, str | None]] = [
        ({}, 422, "type"),
        ({"type": "discover"}, 422, "type"),
        ({"type": "get_parameter_values"}, 422, "names"),
        ({"type": "reboot", "speed": 1}, 422, "speed"),
        ({"type": "download", "file_id": "nothing"}, 404, "file_id"),
        ({"type": "set_parameter_values", "values": [{"name": "A."}]}, 422, "values.0.name"),
    ]
    for body, status, field in cases:
        answer = await api.call("POST", f"/devices/{device_id}/tasks", json=body)
        assert (answer.status_code, answer.json()["field"]) == (status, field), body


async def test_the_configuration_file_and_what_it_comes_from(api: Api) -> None:
    device_id = await api.device()
    layer = {"sip": {"lines": {"1": {"user": "1001", "password": "hush"}}}}
    await api.call("PUT", f"/settings/devices/{device_id}", json=layer)
    shown = await api.call("GET", f"/devices/{device_id}/config")
    assert shown.headers["content-type"] == "text/plain; charset=utf-8"
    assert shown.headers["acs-config-dialect"] == "text1"
    assert shown.headers["acs-config-version"] == read(shown.content).version
    assert b"hush" not in shown.content
    for query in ({"reveal": "true"}, {"as_served": "true"}):
        revealed = await api.call("GET", f"/devices/{device_id}/config", params=query)
        assert read(revealed.content).get("SIP CONFIG MODULE", "SIP1 Register Pswd") == "hush"
    other = await api.call("GET", f"/devices/{device_id}/config", params={"dialect": "sysconf"})
    assert other.headers["content-type"].startswith("text/xml")
    for dialect in Dialect:
        told = await api.call("GET", f"/devices/{device_id}/config", params={"dialect": dialect.value})
        assert told.headers["acs-config-dialect"] == dialect
        assert read(told.content).get("SIP CONFIG MODULE", "SIP1 Register Pswd") == "***"
    assert (await api.call("GET", f"/devices/{device_id}/config", params={"dialect": "yaml"})).status_code == 422
    write = await api.token("write")
    for query in ({"reveal": "true"}, {"as_served": "true"}):
        assert (await api.call("GET", f"/devices/{device_id}/config", params=query, token=write)).status_code == 403
