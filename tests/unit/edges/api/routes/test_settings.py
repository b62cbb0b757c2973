"""Settings layers by REST."""

from typing import Any

import pytest

from tests import exports
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


async def test_an_export_is_imported(api: Api) -> None:
    device_id = await api.device(model="X3U")
    data = exports.text("x3u")
    for scope in ("devices/0c383e000001", f"devices/{device_id}"):
        answer = await api.call("POST", f"/settings/{scope}/import", content=data, params={"mode": "replace"})
        assert answer.status_code == 200, answer.text
        report = answer.json()
        assert report["scope"] == f"devices/{device_id}"
        assert report["saved"] is True
        assert {"understood", "kept_raw", "left", "refused", "warnings"} <= set(report)
        user = next(item for item in report["understood"] if item["key"] == "SIP1 Phone Number")
        assert user == {
            **{"module": "SIP CONFIG MODULE", "section": "SIP Line List", "key": "SIP1 Phone Number", "value": "2001"},
            **{"setting": "sip.lines.1.user", "reason": None},
        }
    noted = (await api.call("GET", "/audit")).json()["items"]
    assert "settings.import" in {entry["action"] for entry in noted}
    text = (await api.call("GET", f"/devices/{device_id}/config", params={"dialect": "text2", "reveal": "true"})).text
    assert "SIP1 Call-ID Format" in text


@pytest.mark.parametrize("media", ["text/plain", "application/octet-stream", "text/xml", "", "application/x-www-form"])
async def test_any_media_type_will_do_as_the_content_tells(api: Api, media: str) -> None:
    headers = {"Content-Type": media} if media else {}
    for data in (exports.text("h5"), b"<sysConf><sip><SIPPort>5060</SIPPort></sip></sysConf>"):
        call: dict[str, Any] = {"content": data, "headers": headers, "params": {"dry_run": "true"}}
        answer = await api.call("POST", "/settings/groups/import/import", **call)
        assert answer.status_code == 200, answer.text
        assert answer.json()["scope"] == "groups/import"
        assert answer.json()["saved"] is False
    assert (await api.call("GET", "/settings/groups/import")).status_code == 404


async def test_a_form_will_do(api: Api) -> None:
    file = {"file": ("x3u.cfg", exports.text("x3u"))}
    answer = await api.call("POST", "/settings/models/X3U/import", files=file)
    assert answer.status_code == 200, answer.text
    assert answer.json()["model"] == "X3U"
    for form in ({"files": {"other": ("x", b"y")}}, {"data": {"file": "no file"}, "files": {"x": ("", b"")}}):
        answer = await api.call("POST", "/settings/models/X3U/import", **form)
        assert answer.status_code in (400, 422), answer.text


async def test_what_cannot_be_imported(api: Api) -> None:
    async def status(path: str, content: bytes = b"nonsense", **options: Any) -> int:
        return (await api.call("POST", f"/settings/{path}", content=content, **options)).status_code

    assert await status("global/import") == 422
    assert await status("global/import", b"") == 422
    assert await status("nowhere/import", exports.text("x3u")) == 404
    assert await status("import", exports.text("x3u")) in (404, 405)
    assert await status("global/import", exports.text("x3u"), params={"mode": "append"}) == 422
    assert await status("global/import", exports.text("x3u"), params={"model": "Toaster"}) == 422
    assert await status("global/import", b"x" * (5 * 1024 * 1024)) == 413
    assert await status("global/import", exports.text("x3u"), token=await api.token("read")) == 403
    assert (await api.call("GET", "/settings/global")).status_code == 404


async def test_a_setting_that_a_phone_cannot_have_names_field_layer_and_model(api: Api) -> None:
    device_id = await api.device(group="floor 1")
    lines = {"sip": {"lines": {"9": {"user": "9"}, "4": {"user": "4"}}}, "keys": {"99": {"type": "line"}}}
    for method in ("PUT", "PATCH"):
        for scope in ("global", "groups/floor 1", "models/x4", f"devices/{device_id}", "devices/0c383e000001"):
            answer = await api.call(method, f"/settings/{scope}", json=lines)
            assert answer.status_code == 422, (scope, answer.text)
            problem = answer.json()
            assert problem["field"] == "sip.lines.9"
            assert problem["model"] == "X4"
            assert problem["layer"] == {"models/x4": "models/X4", "devices/0c383e000001": f"devices/{device_id}"}.get(
                scope, scope
            )
            assert "4 lines" in problem["detail"]
            assert problem["layer"] in problem["detail"]
            assert "X4" in problem["detail"]
            assert [each["field"] for each in problem["problems"]] == ["sip.lines.9", "keys.99"]
            assert problem["problems"][0]["device"] == "0c383e000001"
            assert (await api.call("GET", f"/settings/{scope}")).status_code == 404
    assert (await api.call("PUT", "/settings/groups/other", json=lines)).status_code == 200
    assert (await api.call("PUT", "/settings/models/X6U", json=lines)).status_code == 422
    assert (await api.call("PUT", "/settings/models/X6U", json={"sip": lines["sip"]})).status_code == 200


async def test_bad_values_name_layer_and_model_and_no_secret(api: Api) -> None:
    await api.device()
    bad = {
        "sip": {
            "port": "5060",
            "lines": {"1": {"password": "hush\n<SIP CONFIG MODULE>", "port": 70000, "codecs": ["MP3"]}},
        },
        "network": {"hostname": "h" * 64, "netmask": "255.0.255.0"},
        "tr069": {"stnu": {}},
    }
    answer = await api.call("PUT", "/settings/devices/0c383e000001", json=bad)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["model"] == "X4"
    assert problem["layer"].startswith("devices/")
    assert {each["field"] for each in problem["problems"]} == {
        *("sip.port", "sip.lines.1.password", "sip.lines.1.port", "sip.lines.1.codecs.0"),
        *("network.hostname", "network.netmask", "tr069.stnu"),
    }
    assert "hush" not in answer.text
    assert '5060, not "5060"' in problem["detail"]
    shared = (await api.call("PUT", "/settings/global", json=bad)).json()
    assert shared["layer"] == "global"
    assert shared["model"] == "any"
