"""The OpenAPI document: what FastAPI knows, with our bodies and with problem documents as the answers to errors."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from acs.edges.api import task_schemas
from acs.edges.api.problems import MEDIA_TYPE
from acs.edges.api.schemas import BODIES

_DESCRIPTION = """\
Every call but health needs `Authorization: Bearer TOKEN`. Errors are problem documents (RFC 9457,
`application/problem+json`). Lists come in pages: `{"items": [...], "next": CURSOR or null}`, `?limit=&cursor=`.
Times are RFC 3339 in UTC. Identifiers are opaque strings. Secrets show as `***`.
"""
_ERRORS = {
    "400": "The body is not JSON, or no form.",
    "401": "No valid token.",
    "403": "The token lacks a permission.",
    "404": "No such thing.",
    "409": "Its state does not allow this.",
    "413": "The body is too large.",
    "415": "The body is of another media type.",
    "422": "The request's words are off; `field` names where.",
}


def document(app: FastAPI) -> dict[str, Any]:
    """Give the document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes)
        schemas: dict[str, Any] = made.setdefault("components", {}).setdefault("schemas", {})
        for model in BODIES:
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas[model.__name__] = schema
        schemas.update(task_schemas.schemas())
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for operations in made["paths"].values():
            for verb, operation in operations.items():
                _describe_errors(verb, operation)
        app.openapi_schema = made
    return app.openapi_schema


def _describe_errors(verb: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    wanted = []
    if operation.get("security"):
        wanted += ["401", "403"]
    in_path = any(parameter["in"] == "path" for parameter in operation.get("parameters", ()))
    if in_path:
        wanted.append("404")
    if verb != "get":
        wanted.append("409")
    if "requestBody" in operation:
        wanted += ["400", "413", "415"]
    if operation.get("parameters") or "requestBody" in operation:
        wanted.append("422")
    for status in sorted(wanted):
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        responses[status] = {"description": _ERRORS[status], "content": content}
