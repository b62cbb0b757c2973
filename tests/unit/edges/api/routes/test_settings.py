"""Settings layers by REST."""

from tests.unit.edges.api.conftest import Api

LINE = {"sip": {"lines": {"1": {"user": "1001", "password": "hush"}}}}


async def test_put_patch_get_delete(api: Api) -> None:
    device_id = await api.device()
    for scope in ("global", "groups/Sales%20%26%20Co", "models/X4", f"devices/{device_id}", "devices/0c383e000001"):
        answer = await api.call("PUT", f"/settings/{scope}", json=LINE)
        assert answer.status_code == 200
        assert answer.json()["sip"]["lines"]["1"]["password"] == "***"
        patched = await api.call("PATCH", f"/settings/{scope}", json={"sip": {"lines": {"1": {"user": None}}}})
        assert patched.json() == {"sip": {"lines": {"1": {"password": "***"}}}}
        revealed = await api.call("GET", f"/settings/{scope}", params={"reveal": "true"})
        assert revealed.json() == {"sip": {"lines": {"1": {"password": "hush"}}}}
    listed = (await api.call("GET", "/settings")).json()["items"]
    assert [item["scope"] for item in listed] == [f"devices/{device_id}", "global", "groups/Sales & Co", "models/X4"]
    assert (await api.call("DELETE", "/settings/global")).status_code == 204
    assert (await api.call("GET", "/settings/global")).status_code == 404


async def test_bad_settings_name_field_and_layer(api: Api) -> None:
    answer = await api.call("PUT", "/settings/global", json={"sip": {"lines": {"1": {"transport": "pigeon"}}}})
    assert answer.status_code == 422
    assert answer.json()["field"] == "sip.lines.1.transport"
    assert answer.json()["type"] == "/docs#problem-bad-settings"
    for scope in ("nowhere", "groups", "groups/a/b", "devices/nobody"):
        assert (await api.call("PUT", f"/settings/{scope}", json={})).status_code == 404
