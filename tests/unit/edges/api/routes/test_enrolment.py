"""LOIDs by REST."""

from tests.unit.edges.api.conftest import Api


async def test_a_loid_and_its_secrets(api: Api) -> None:
    body = {
        "logical_id": "A/1",
        "password": "hush",
        "name": "Shop",
        "group": "g",
        "tags": ["t"],
        "service_name": "VOIP",
    }
    made = await api.call("POST", "/logical-ids", json=body)
    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/logical-ids/A%2F1")
    assert made.json()["password"] == "***"
    assert (await api.call("POST", "/logical-ids", json=body)).status_code == 409
    assert (await api.call("GET", "/logical-ids/A%2F1")).json()["name"] == "Shop"
    assert (await api.call("GET", "/logical-ids/A%2F1?reveal=true")).json()["password"] == "hush"
    reader = await api.token("read")
    assert (await api.call("GET", "/logical-ids/A%2F1", token=reader)).status_code == 200
    assert (await api.call("GET", "/logical-ids/A%2F1?reveal=true", token=reader)).status_code == 403
    assert (await api.call("POST", "/logical-ids", json={"logical_id": "B"}, token=reader)).status_code == 403
    changed = await api.call("PATCH", "/logical-ids/A%2F1", json={"name": "Other", "device_id": None})
    assert changed.json()["name"] == "Other"
    listed = (await api.call("GET", "/logical-ids", params={"q": "oth", "bound": "false"})).json()
    assert [item["logical_id"] for item in listed["items"]] == ["A/1"]
    assert (await api.call("GET", "/logical-ids", params={"device": "nobody"})).status_code == 404
    assert (await api.call("DELETE", "/logical-ids/A%2F1")).status_code == 204
    assert (await api.call("GET", "/logical-ids/A%2F1")).status_code == 404
    told = (await api.call("GET", "/audit")).json()["items"]
    seen = [item["action"] for item in reversed(told) if item["target"] == "logical-ids/A/1"]
    assert seen == ["logical_id.create", "secrets.reveal", "logical_id.change", "logical_id.delete"]
    assert "hush" not in str(told)


async def test_bad_bodies_name_their_field(api: Api) -> None:
    for body, field in (({}, "logical_id"), ({"logical_id": "x", "colour": 1}, "colour")):
        answer = await api.call("POST", "/logical-ids", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_file_of_loids(api: Api) -> None:
    async def send(text: str, media: str = "text/csv", **query: str) -> tuple[int, dict[str, object]]:
        answer = await api.call(
            "POST", "/logical-ids/import", content=text.encode(), headers={"Content-Type": media}, params=query
        )
        return answer.status_code, answer.json()

    assert await send("logical_id,password\nA,p\nB,") == (200, {"created": 2, "updated": 0})
    status, problem = await send("logical_id,name\nC,x\n" + "y" * 25 + ",")
    assert (status, problem["line"], problem["field"]) == (422, 3, "logical_id")
    assert (await send("logical_id\nA"))[0] == 409
    assert await send("logical_id,name\nA,Anna", update="true") == (200, {"created": 0, "updated": 1})
    assert (await send("{}", media="application/json"))[0] == 415
    assert (await send("x" * 200_000))[0] == 413
