"""The page at ``/docs``: every operation of the OpenAPI document, as plain HTML that needs nothing from elsewhere."""

from collections.abc import Iterator
from html import escape
from typing import Any, Final

from acs.edges.api.problems import STATUSES

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy of the page: it asks nobody for anything."""

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733; }
code, pre { font: 0.9em ui-monospace, monospace; background: #f1f4f7; border-radius: 3px; padding: 0.1em 0.3em; }
pre { padding: 0.8em; overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: 0.2rem 0.6rem 0.2rem 0; border-bottom: 1px solid #e3e8ed; }
details { border: 1px solid #d6dde4; border-radius: 4px; margin: 0.4rem 0; padding: 0.4rem 0.8rem; }
summary { cursor: pointer; } .verb { display: inline-block; min-width: 4.5rem; font-weight: 700; }
@media (prefers-color-scheme: dark) {
  body { background: #12181f; color: #dbe3ea; } code, pre { background: #1f2933; }
  td, th, details { border-color: #33404d; } a { color: #8ab8ff; }
}
"""


def page(document: dict[str, Any]) -> str:
    """Give the page for an OpenAPI document."""
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{_marked(document['info'].get('description', ''))}</p>"
        "<p>The same for machines: <code>GET /api/v1/openapi.json</code> (with a token).</p>"
        "<pre>curl -H 'Authorization: Bearer TOKEN' http://HOST:7557/api/v1/devices</pre>"
        + "".join(_operations(document))
        + _tasks(document)
        + _problems()
        + "</body></html>\n"
    )


def _operations(document: dict[str, Any]) -> Iterator[str]:
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for verb, operation in operations.items():
            tag = (operation.get("tags") or ["other"])[0]
            by_tag.setdefault(tag, []).append(_operation(verb.upper(), path, operation))
    for tag, found in by_tag.items():
        yield f"<h2>{escape(tag.capitalize())}</h2>" + "".join(found)


def _operation(verb: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(item['name'])}</code></td><td>{escape(item['in'])}</td>"
        f"<td>{_marked(item.get('description') or item.get('schema', {}).get('description', ''))}</td></tr>"
        for item in operation.get("parameters", ())
    )
    body = ", ".join(
        f"<code>{escape(media)}</code>: {escape(_schema_name(content.get('schema', {})))}"
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
    )
    answers = ", ".join(escape(status) for status in operation["responses"])
    return (
        f'<details><summary><span class="verb">{verb}</span> <code>{escape(path)}</code> '
        f"{_marked(operation.get('description', ''))}</summary>"
        + (f"<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>{rows}</table>" if rows else "")
        + (f"<p>Body: {body}</p>" if body else "")
        + f"<p>Answers: {answers}</p></details>"
    )


def _tasks(document: dict[str, Any]) -> str:
    schemas = document["components"]["schemas"]
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(schema['description'])}</td>"
        f"<td>{' '.join(f'<code>{escape(key)}</code>' for key in schema['properties'] if key != 'type')}</td></tr>"
        for name, schema in (
            (name, schemas[reference.rpartition("/")[2]])
            for name, reference in schemas["TaskRequest"]["discriminator"]["mapping"].items()
        )
    )
    return f"<h2>Task types</h2><table><tr><th>Type</th><th>What it does</th><th>Arguments</th></tr>{rows}</table>"


def _problems() -> str:
    seen: dict[str, str] = {}
    for status, name, title in STATUSES.values():
        seen.setdefault(
            name,
            f'<tr id="problem-{escape(name)}"><td><code>{escape(name)}</code></td><td>{status}</td>'
            f"<td>{escape(title)}</td></tr>",
        )
    rows = "".join(seen.values())
    return f"<h2>Problems</h2><table><tr><th>Type</th><th>Status</th><th>Meaning</th></tr>{rows}</table>"


def _schema_name(schema: dict[str, Any]) -> str:
    reference = str(schema.get("$ref", schema.get("title", "")))
    return reference.rpartition("/")[2]


def _marked(text: str) -> str:
    """Escape a text and show what stands in back quotes as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
