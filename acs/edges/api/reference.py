"""``acs/docs/reference/rest-api.md``, written from the routes; a test holds the page to it."""

import sys
from typing import Any

from fastapi import FastAPI

from acs.edges.api import openapi
from acs.edges.api.app import TITLE, add_routes
from acs.edges.api.problems import STATUSES
from acs.services.files import KINDS
from acs.services.tokens import PERMISSIONS

_HEAD = """\
# REST API

<!-- Written from acs/edges/api by "./run docs"; change it there. -->

Base: `http://HOST:7557`. The same for machines: `GET /api/v1/openapi.json`; for a browser: `/docs`.

- Every call but `/healthz`, `/readyz` and `/docs` needs `Authorization: Bearer TOKEN`.
- Errors are problem documents (RFC 9457, `application/problem+json`); `field` names what is off.
- Lists come in pages: `{"items": [...], "next": CURSOR or null}`, with `?limit=` (1 to 1000, 100 if not given) and
  `&cursor=`.
- Times are RFC 3339 in UTC. Identifiers are opaque strings. A phone is named by its identifier, its MAC address or its
  serial number.
- Secrets show as `***`; the same `***` sent back keeps what is stored. `reveal=true` shows them to tokens with the
  permission `secrets`.

```sh
curl -H "Authorization: Bearer $ACS_ADMIN_TOKEN" http://127.0.0.1:7557/api/v1/devices
```
"""


def reference() -> str:
    """Give the page."""
    app = FastAPI(title=TITLE, version="1")
    add_routes(app)
    document = openapi.document(app)
    parts = [_HEAD]
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            by_tag.setdefault(operation["tags"][0], []).append(_operation(verb.upper(), path, operation))
    for tag, found in by_tag.items():
        parts.append(f"\n## {tag.capitalize()}\n")
        parts += found
    parts.append(_tasks(document["components"]["schemas"]))
    parts.append(_table("Kinds of files", ("kind", "what it is"), ((f"`{k}`", about) for k, about in KINDS.items())))
    parts.append(_table("Permissions", ("permission", "allows"), ((f"`{p}`", t) for p, t in PERMISSIONS.items())))
    rows: dict[str, tuple[str, str, str]] = {}
    for status, name, title in STATUSES.values():
        rows.setdefault(name, (f"`{name}`", str(status), title))
    parts.append(_table("Problems", ("type", "status", "meaning"), rows.values()))
    return "".join(parts)


def _operation(verb: str, path: str, operation: dict[str, Any]) -> str:
    lines = [f"\n### `{verb} {path}`\n", f"\n{operation['description'].strip()}\n"]
    if "requestBody" in operation:
        kinds = ", ".join(
            f"`{media}` ({_name(content['schema'])})" for media, content in operation["requestBody"]["content"].items()
        )
        lines.append(f"\nBody: {kinds}.\n")
    queries = [item for item in operation.get("parameters", ()) if item["in"] == "query"]
    told = [(item["name"], item.get("description") or item["schema"].get("description", "")) for item in queries]
    if told:
        listed = "; ".join(f"`{name}`" + (f": {about.rstrip('.')}" if about else "") for name, about in told)
        lines.append(f"\nQuery: {listed}.\n")
    lines.append(f"\nAnswers: {', '.join(operation['responses'])}.\n")
    return "".join(lines)


def _tasks(schemas: dict[str, Any]) -> str:
    rows = []
    for name, reference_to in schemas["TaskRequest"]["discriminator"]["mapping"].items():
        schema = schemas[_last(reference_to)]
        arguments = ", ".join(
            f"`{key}`" + ("" if key in schema["required"] else "?")
            for key in schema["properties"]
            if key not in ("type", "expires_in")
        )
        rows.append((f"`{name}`", arguments, schema["description"]))
    text = _table("Task types", ("type", "arguments", "what it does"), rows)
    return text + "\nEvery task also takes `expires_in`: seconds until it is given up if the phone does not call.\n"


def _table(title: str, headings: tuple[str, ...], rows: Any) -> str:
    lines = [f"\n## {title}\n\n", f"| {' | '.join(headings)} |\n", "|---" * len(headings) + "|\n"]
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in rows]
    return "".join(lines)


def _name(schema: dict[str, Any]) -> str:
    return _last(str(schema.get("$ref", schema.get("title", "object"))))


def _last(reference_to: str) -> str:
    return reference_to.rpartition("/")[2]


if __name__ == "__main__":
    sys.stdout.write(reference())
