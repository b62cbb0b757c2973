"""Quirks by REST."""

from tests.unit.edges.api.conftest import Api


async def test_every_setting_is_listed_with_its_meaning(api: Api) -> None:
    items = (await api.call("GET", "/quirks")).json()["items"]
    batch = next(item for item in items if item["name"] == "gpv_batch")
    assert batch == {
        "name": "gpv_batch",
        "type": "integer",
        "default": 100,
        "meaning": "Most names in one GetParameterValues.",
        "quirks": [115, 217],
        "choices": None,
        "least": 1,
        "most": 1000,
    }


async def test_rules_are_made_read_replaced_deleted(api: Api) -> None:
    body = {"product_class": "X4*", "version_to": "2.12", "settings": {"gpv_batch": 32}, "note": "slow"}
    made = await api.call("POST", "/quirks/rules", json=body)
    assert made.status_code == 201
    rule = made.json()
    assert made.headers["location"] == f"/api/v1/quirks/rules/{rule['id']}"
    assert rule["quirks"] == [115, 217]
    path = f"/quirks/rules/{rule['id']}"
    assert (await api.call("GET", path)).json() == rule
    put = await api.call("PUT", path, json={"oui": "0C383E", "settings": {"blocked": True}})
    assert (put.json()["product_class"], put.json()["settings"]) == ("", {"blocked": True})
    first = (await api.call("GET", "/quirks/rules?limit=2")).json()
    second = (await api.call("GET", "/quirks/rules", params={"limit": 1000, "cursor": first["next"]})).json()
    found = {item["id"]: item["builtin"] for item in [*first["items"], *second["items"]]}
    assert found[rule["id"]] is False
    assert found["builtin-mikrotik"] is True
    assert (await api.call("DELETE", path)).status_code == 204
    assert (await api.call("GET", path)).status_code == 404
    assert (await api.call("DELETE", "/quirks/rules/builtin-mikrotik")).status_code == 409


async def test_bad_words_are_named(api: Api) -> None:
    for body, field in (
        ({"product_class": "X4", "settings": {"gpv_batch": 0}}, "settings.gpv_batch"),
        ({"product_class": "X4", "settings": {"fly": 1}}, "settings.fly"),
        ({"settings": {"blocked": True}}, "manufacturer"),
        ({"product_class": "X4", "settings": {"blocked": True}, "x": 1}, "x"),
    ):
        answer = await api.call("POST", "/quirks/rules", json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_one_phone(api: Api) -> None:
    device_id = await api.device()
    path = f"/devices/{device_id}/quirks"
    before = (await api.call("GET", path)).json()
    assert {item["source"] for item in before["items"]} == {"default"}
    changed = await api.call(
        "PATCH", path, json={"gpv_batch": 16}, headers={"Content-Type": "application/merge-patch+json"}
    )
    item = next(item for item in changed.json()["items"] if item["name"] == "gpv_batch")
    assert (item["value"], item["source"]) == (16, "set")
    assert (await api.call("GET", "/devices/0c383e000001/quirks")).json() == changed.json()
    assert (await api.call("PATCH", path, json={"gpv_batch": None})).json() == before
    refused = await api.call("PATCH", path, json={"gpv_batch": "many"})
    assert (refused.status_code, refused.json()["field"]) == (422, "gpv_batch")
    assert (await api.call("DELETE", f"{path}/learnt")).status_code == 204
    assert (await api.call("DELETE", f"{path}/learnt?name=gpv_batch")).status_code == 204
    assert (await api.call("DELETE", f"{path}/learnt?name=fly")).status_code == 422
    assert (await api.call("GET", "/devices/nobody/quirks")).status_code == 404


async def test_who_may_only_read_changes_nothing(api: Api) -> None:
    device_id = await api.device()
    token = await api.token("read")
    assert (await api.call("GET", f"/devices/{device_id}/quirks", token=token)).status_code == 200
    for method, path in (
        ("PATCH", f"/devices/{device_id}/quirks"),
        ("DELETE", f"/devices/{device_id}/quirks/learnt"),
        ("POST", "/quirks/rules"),
        ("PUT", "/quirks/rules/x"),
        ("DELETE", "/quirks/rules/x"),
    ):
        body: dict[str, str] | None = {} if method in ("PATCH", "POST", "PUT") else None
        assert (await api.call(method, path, token=token, json=body)).status_code == 403, path


async def test_the_document_shows_every_setting(api: Api) -> None:
    document = (await api.call("GET", "/openapi.json")).json()
    schemas = document["components"]["schemas"]
    names = {item["name"] for item in (await api.call("GET", "/quirks")).json()["items"]}
    assert schemas["QuirkChange"]["properties"].keys() == names
    assert schemas["QuirkRuleBody"]["properties"]["settings"]["properties"].keys() == names
    assert "/api/v1/devices/{device_id}/quirks" in document["paths"]
