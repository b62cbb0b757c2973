"""Profiles by REST."""

from tests.unit.edges.api.conftest import Api


async def test_what_each_may_push(api: Api) -> None:
    page = (await api.call("GET", "/profiles")).json()
    found = {item["name"]: item for item in page["items"]}
    assert page["next"] is None
    assert found.keys() == {"common", "ctc"}
    assert (found["common"]["sip"], found["ctc"]["sip"]) == (["parameters", "file"], ["file"])
    assert found["ctc"]["dialects"] == {"generation_1": "xml1", "generation_2": "sysconf"}
    assert (found["common"]["bind"], found["ctc"]["bind"]) == (False, True)
    assert found["common"]["pushes"]["firmware"] == "1 Firmware Upgrade Image"


async def test_a_phone_says_why_it_has_its_profile(api: Api) -> None:
    device = await api.device()
    shown = (await api.call("GET", f"/devices/{device}")).json()
    assert (shown["profile"], shown["profile_source"], shown["acs_type"]) == ("common", "model", None)
    set_so = (await api.call("PATCH", f"/devices/{device}", json={"profile": "ctc"})).json()
    assert (set_so["profile"], set_so["profile_source"]) == ("ctc", "override")
    refused = await api.call("POST", f"/devices/{device}/tasks", json={"type": "set_parameter_values", "kind": "sip"})
    assert refused.status_code == 409
    assert "'ctc'" in refused.json()["detail"]
    assert "common" in refused.json()["detail"]
    assert (await api.call("PATCH", f"/devices/{device}", json={"profile": None})).json()["profile"] == "common"
    assert (await api.call("PATCH", f"/devices/{device}", json={"profile": "cmcc"})).status_code == 422
