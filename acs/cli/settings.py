"""``acs settings``: what phones should be, in layers."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from acs.cli.options import AsJson, Reveal, Token, Url, Yes, confirm, connect
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import console, show_json, show_table

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


@app.command("import")
def import_file(
    scope: Scope,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="What a phone exported.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report only; keep nothing.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Forget what the layer holds; else that stays where the file is silent.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="Whose export it is, where the scope does not tell.")] = None,
    drop_identity: Annotated[
        bool, typer.Option("--drop-identity", help="Leave out what is one phone's own, as its serial number.")
    ] = False,
    all_keys: Annotated[bool, typer.Option("--all", help="List also what was understood or kept raw.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Turn a phone's exported file, in any dialect, into a layer."""
    if file.stat().st_size > MAX_EXPORT:
        raise CommandFailed(f"{file}: more than {MAX_EXPORT} bytes are no phone's export", Exit.USAGE)
    query = {
        "mode": "replace" if replace else "merge",
        "dry_run": dry_run,
        "model": model,
        "drop_identity": drop_identity,
    }
    told = connect(url, token).send(_path(scope) + "/import", file.read_bytes(), query=query)
    if as_json:
        show_json(told)
        return
    counts = told["counts"]
    console().print(
        f"{'Imported' if told['saved'] else 'Would import'} {file.name} ({told['dialect']}) into {told['scope']}: "
        f"{counts['understood']} keys understood, {counts['kept_raw']} kept raw, {counts['left']} left as they are, "
        f"{counts['refused']} refused.",
        markup=False,
    )
    for name in ("understood", "kept_raw", "left", "refused") if all_keys else ("left", "refused"):
        if told[name]:
            show_table([{"what": name, **item} for item in told[name]], IMPORTED)
    for warning in told["warnings"]:
        console().print(f"Note: {warning}.", markup=False)


MAX_EXPORT = 4 * 1024 * 1024
IMPORTED = (
    ("what", "What"),
    ("module", "Module"),
    ("section", "Section"),
    ("key", "Key"),
    ("value", "Value"),
    ("setting", "Setting"),
    ("reason", "Why"),
)


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
