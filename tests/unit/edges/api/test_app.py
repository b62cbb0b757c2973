"""The application as a whole: unknown paths and methods, and no bad input that makes it fail."""

import json
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import Api

TREE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.sampled_from(
    [
        *("mac", "serial_number", "oui", "model", "tags", "group", "name", "profile", "username", "password", "type"),
        *("names", "values", "attributes", "object_name", "path", "next_level", "url", "file_id", "file_type", "kind"),
        *("file_size", "parameter_key", "expires_in", "permissions", "sip", "lines", "keys", "raw", "network"),
    ]
)
KINDS = st.sampled_from(
    [
        *("get_rpc_methods", "get_parameter_names", "get_parameter_values", "set_parameter_values", "add_object"),
        *("get_parameter_attributes", "set_parameter_attributes", "delete_object", "download", "upload", "reboot"),
    ]
)
BODY = st.dictionaries(WORDS | st.text(max_size=5), TREE, max_size=4)
TASK = st.builds(lambda kind, more: {**more, "type": kind}, KINDS, BODY)
LIGHT = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


NOT_THERE = [
    ("GET", "/", 404),
    ("GET", "/devices/", 404),
    ("GET", "/nowhere", 404),
    ("GET", "/devices/nobody", 404),
    ("GET", "/tasks/nothing", 404),
    ("GET", "/files/nothing", 404),
    ("GET", "/models/Z99", 404),
    ("GET", "/settings/global", 404),
    ("GET", "/devices/nobody/config", 404),
    ("DELETE", "/devices", 405),
    ("POST", "/models", 405),
    ("PUT", "/devices/nobody", 405),
]


async def test_what_is_not_there(api: Api) -> None:
    for method, path, status in NOT_THERE:
        answer = await api.call(method, path)
        assert answer.status_code == status, (method, path)
        if status == 405:
            assert answer.headers["allow"]


def _sendable(body: Any) -> bytes:
    return json.dumps(body).encode()


@LIGHT
@given(body=BODY)
async def test_no_body_makes_registration_fail(api: Api, body: dict[str, Any]) -> None:
    answer = await api.call("POST", "/devices", content=_sendable(body))
    assert answer.status_code < 500, answer.text


@LIGHT
@given(body=TASK | BODY)
async def test_no_body_makes_a_task_fail(api: Api, body: dict[str, Any]) -> None:
    listed = (await api.call("GET", "/devices")).json()["items"]
    device_id = listed[0]["id"] if listed else await api.device()
    answer = await api.call("POST", f"/devices/{device_id}/tasks", content=_sendable(body))
    assert answer.status_code < 500, (body, answer.text)


@LIGHT
@given(body=BODY, method=st.sampled_from(["PUT", "PATCH"]))
async def test_no_body_makes_settings_fail(api: Api, body: dict[str, Any], method: str) -> None:
    answer = await api.call(method, "/settings/global", content=_sendable(body))
    assert answer.status_code < 500, (body, answer.text)


@LIGHT
@given(body=BODY)
async def test_no_body_makes_a_change_or_a_token_fail(api: Api, body: dict[str, Any]) -> None:
    listed = (await api.call("GET", "/devices")).json()["items"]
    device_id = listed[0]["id"] if listed else await api.device()
    assert (await api.call("PATCH", f"/devices/{device_id}", content=_sendable(body))).status_code < 500
    assert (await api.call("POST", "/tokens", content=_sendable(body))).status_code < 500


@LIGHT
@given(
    path=st.sampled_from(["/devices", "/tasks", "/files", "/settings", "/models", "/tokens"]),
    query=st.dictionaries(
        st.sampled_from(
            [
                "limit",
                "cursor",
                "sort",
                "q",
                "mac",
                "tag",
                "group",
                "state",
                "kind",
                "model",
                "config_state",
                "device_id",
            ]
        ),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
        max_size=3,
    ),
)
async def test_no_query_makes_a_list_fail(api: Api, path: str, query: dict[str, str]) -> None:
    assert (await api.call("GET", path, params=query)).status_code < 500


@LIGHT
@given(name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
async def test_no_name_makes_a_path_fail(api: Api, name: str) -> None:
    word = quote(name, safe="")
    for path in (
        "/devices/{}",
        "/tasks/{}",
        "/files/{}/content",
        "/settings/groups/{}",
        "/models/{}",
        "/devices/{}/config",
    ):
        assert (await api.call("GET", path.format(word))).status_code < 500
