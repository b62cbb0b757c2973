"""The OpenAPI document covers the contract's calls, and says of each who may call and how errors look."""

from typing import Any

import pytest

from acs.edges.api import ApiDependencies, api_app
from tests.conftest import World

CALLS = """
GET /api/v1/devices
POST /api/v1/devices
GET /api/v1/devices/{device_id}
PATCH /api/v1/devices/{device_id}
DELETE /api/v1/devices/{device_id}
GET /api/v1/devices/{device_id}/parameters
GET /api/v1/devices/{device_id}/events
POST /api/v1/devices/{device_id}/trace
GET /api/v1/devices/{device_id}/trace
DELETE /api/v1/devices/{device_id}/trace
GET /api/v1/devices/{device_id}/quirks
PATCH /api/v1/devices/{device_id}/quirks
DELETE /api/v1/devices/{device_id}/quirks/learnt
POST /api/v1/devices/{device_id}/tasks
POST /api/v1/devices/{device_id}/wake
GET /api/v1/devices/{device_id}/config
GET /api/v1/devices/{device_id}/config/explain
GET /api/v1/devices/{device_id}/config/diff
GET /api/v1/devices/{device_id}/config/versions
GET /api/v1/devices/{device_id}/config/versions/{version}
POST /api/v1/devices/{device_id}/config/rollback
GET /api/v1/configs
GET /api/v1/tasks
GET /api/v1/tasks/{task_id}
DELETE /api/v1/tasks/{task_id}
POST /api/v1/tasks/{task_id}/retry
POST /api/v1/files
GET /api/v1/files
GET /api/v1/files/{file_id}
DELETE /api/v1/files/{file_id}
GET /api/v1/files/{file_id}/content
GET /api/v1/phonebooks
POST /api/v1/phonebooks
GET /api/v1/phonebooks/{book_id}
PATCH /api/v1/phonebooks/{book_id}
DELETE /api/v1/phonebooks/{book_id}
GET /api/v1/phonebooks/{book_id}/contacts
POST /api/v1/phonebooks/{book_id}/contacts
PUT /api/v1/phonebooks/{book_id}/contacts
GET /api/v1/phonebooks/{book_id}/contacts/{contact_id}
PUT /api/v1/phonebooks/{book_id}/contacts/{contact_id}
PATCH /api/v1/phonebooks/{book_id}/contacts/{contact_id}
DELETE /api/v1/phonebooks/{book_id}/contacts/{contact_id}
GET /api/v1/phonebooks/{book_id}/groups
POST /api/v1/phonebooks/{book_id}/groups
GET /api/v1/phonebooks/{book_id}/groups/{name}
PUT /api/v1/phonebooks/{book_id}/groups/{name}
PATCH /api/v1/phonebooks/{book_id}/groups/{name}
DELETE /api/v1/phonebooks/{book_id}/groups/{name}
POST /api/v1/phonebooks/{book_id}/import
GET /api/v1/phonebooks/{book_id}/export
GET /api/v1/settings
GET /api/v1/settings/{scope}
PUT /api/v1/settings/{scope}
PATCH /api/v1/settings/{scope}
DELETE /api/v1/settings/{scope}
POST /api/v1/settings/{scope}/import
GET /api/v1/quirks
GET /api/v1/quirks/rules
POST /api/v1/quirks/rules
GET /api/v1/quirks/rules/{rule_id}
PUT /api/v1/quirks/rules/{rule_id}
DELETE /api/v1/quirks/rules/{rule_id}
GET /api/v1/models
GET /api/v1/models/{model}
GET /api/v1/profiles
GET /api/v1/logical-ids
POST /api/v1/logical-ids
POST /api/v1/logical-ids/import
GET /api/v1/logical-ids/{logical_id}
PATCH /api/v1/logical-ids/{logical_id}
DELETE /api/v1/logical-ids/{logical_id}
GET /api/v1/tokens
POST /api/v1/tokens
DELETE /api/v1/tokens/{token_id}
GET /api/v1/audit
GET /healthz
GET /readyz
GET /metrics
"""
OPEN = {"/healthz", "/readyz"}
DEVICE_FILTERS = {
    *("serial_number", "mac", "oui", "product_class", "model", "software_version", "tag", "group", "config_state"),
    *("q", "sort", "limit", "cursor"),
}


@pytest.fixture
def document(world: World) -> dict[str, Any]:
    class NoWaker:
        async def wake(self, device_id: str) -> dict[str, Any]:
            raise NotImplementedError

        async def wake_for_work(self, device_id: str) -> None:
            raise NotImplementedError

    return api_app(ApiDependencies(database=world.database, context=world.context, waker=NoWaker())).openapi()


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{verb.upper()} {path}": operation
        for path, found in document["paths"].items()
        for verb, operation in found.items()
    }


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(references(item) for item in value))
    return set()


async def test_exactly_the_calls_of_the_contract(document: dict[str, Any]) -> None:
    assert set(operations(document)) == set(CALLS.split("\n")) - {""}


async def test_every_call_says_who_may_and_how_it_fails(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        assert operation["description"], name
        assert operation["operationId"], name
        if name.split()[1] in OPEN:
            assert "security" not in operation
            continue
        assert operation["security"] == [{"HTTPBearer": []}], name
        assert {"401", "403"} <= operation["responses"].keys(), name
        for status, answer in operation["responses"].items():
            if status.startswith("4"):
                assert list(answer["content"]) == ["application/problem+json"], (name, status)


async def test_bodies_queries_and_references(document: dict[str, Any]) -> None:
    found = operations(document)
    for name, operation in found.items():
        if name.startswith(("PUT", "PATCH")) or name in ("POST /api/v1/devices", "POST /api/v1/files"):
            assert operation["requestBody"]["content"], name
    listed = {parameter["name"] for parameter in found["GET /api/v1/devices"]["parameters"]}
    assert listed == DEVICE_FILTERS
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= known
