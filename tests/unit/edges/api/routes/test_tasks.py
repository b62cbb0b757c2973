"""Tasks by REST: list, look at, cancel, retry."""

from tests.unit.edges.api.conftest import Api

TASK = {
    *("id", "device_id", "type", "state", "attempts", "not_before", "expires_at", "created_at", "started_at"),
    *("finished_at", "result", "fault", "evidence"),
}


async def test_listed_cancelled_and_tried_again(api: Api) -> None:
    device_id = await api.device()
    ids = [
        (await api.call("POST", f"/devices/{device_id}/tasks", json={"type": kind})).json()["id"]
        for kind in ("reboot", "get_rpc_methods")
    ]
    listed = (await api.call("GET", "/tasks", params={"device_id": device_id})).json()["items"]
    assert [task["id"] for task in listed] == ids[::-1]
    assert listed[0].keys() >= TASK
    for query, found in (({"type": "reboot"}, 1), ({"state": "queued,failed"}, 2), ({"campaign_id": "x"}, 0)):
        assert len((await api.call("GET", "/tasks", params=query)).json()["items"]) == found
    assert (await api.call("GET", "/tasks?state=odd")).status_code == 422

    task = f"/tasks/{ids[0]}"
    assert (await api.call("POST", f"{task}/retry")).status_code == 409
    assert (await api.call("DELETE", task)).json()["state"] == "cancelled"
    assert (await api.call("DELETE", task)).status_code == 409
    assert (await api.call("POST", f"{task}/retry")).json()["state"] == "queued"
    assert (await api.call("GET", task)).json()["state"] == "queued"
    for method, path in (("GET", "/tasks/x"), ("DELETE", "/tasks/x"), ("POST", "/tasks/x/retry")):
        assert (await api.call(method, path)).status_code == 404


async def test_passwords_of_a_task_are_not_told(api: Api) -> None:
    device_id = await api.device()
    body = {"type": "download", "url": "http://h/f", "file_type": "X FANVIL Ring", "username": "u", "password": "hush"}
    made = await api.call("POST", f"/devices/{device_id}/tasks", json=body)
    assert made.status_code == 201
    assert "hush" not in made.text
