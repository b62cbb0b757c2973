"""``acs settings``: what phones should be, in layers."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from acs.cli.options import AsJson, Reveal, Token, Url, Yes, confirm, connect
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import show_json, show_table

app = typer.Typer(help="Settings layers: global, groups/NAME, models/MODEL, devices/ID.", no_args_is_help=True)

Scope = Annotated[str, typer.Argument(help="global, groups/NAME, models/MODEL or devices/DEVICE.")]
Document = Annotated[
    str, typer.Argument(metavar="DOCUMENT", help="JSON, or a file that holds it; - for standard input.")
]


@app.command("list")
def list_layers(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List the scopes that have settings."""
    found = list(connect(url, token).pages("/settings"))
    show_json(found) if as_json else show_table(found, (("scope", "Scope"), ("updated_at", "Changed")), empty="None.")


@app.command()
def get(scope: Scope, reveal: Reveal = False, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Print one layer as JSON; secrets as ***."""
    del as_json  # it is JSON in any case
    show_json(connect(url, token).get(_path(scope), {"reveal": reveal}))


@app.command()
def put(scope: Scope, document: Document, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Replace one layer; *** keeps a secret that is there."""
    del as_json
    show_json(connect(url, token).call("PUT", _path(scope), body=_read(document)).json())


@app.command()
def patch(scope: Scope, document: Document, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Merge into one layer; null removes (RFC 7396)."""
    del as_json
    show_json(connect(url, token).call("PATCH", _path(scope), body=_read(document)).json())


@app.command()
def delete(scope: Scope, yes: Yes = False, url: Url = None, token: Token = None) -> None:
    """Forget one layer."""
    client = connect(url, token)
    confirm(f"Forget the settings of {scope}?", yes)
    client.call("DELETE", _path(scope))


def _path(scope: str) -> str:
    return "/settings/" + quote(scope, safe="/")


def _read(document: str) -> dict[str, Any]:
    text = document
    if document == "-":
        text = sys.stdin.read()
    elif not document.lstrip().startswith("{"):
        try:
            text = Path(document).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandFailed(f"{document}: {error}", Exit.USAGE) from error
    try:
        value = json.loads(text)
    except ValueError as error:
        raise CommandFailed(f"not JSON: {error}", Exit.USAGE) from error
    if not isinstance(value, dict):
        raise CommandFailed("a settings document is a JSON object", Exit.USAGE)
    return value
