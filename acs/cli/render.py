"""``acs render``: the configuration that a phone would get, and where each of its values comes from."""

import base64
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from acs.cli import history
from acs.cli.client import segment
from acs.cli.options import AsJson, Reveal, Token, Url, connect
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import console, errors, show_json, show_table
from acs.cli.render_all import render_all
from acs.formats.containers import PLAIN

VALUE_COLUMNS: Final = (("path", "Setting"), ("value", "Value"), ("scope", "Layer"), ("note", "Note"))
REMOVED_COLUMNS: Final = (("path", "Not set"), ("scope", "Removed by"), ("shadowed", "What was said"))
LINE_COLUMNS: Final = (
    ("module", "Module"),
    ("section", "Section"),
    ("key", "Key"),
    ("value", "Value"),
    ("path", "Setting"),
    ("scope", "Layer"),
    ("kind", "Kind"),
)
HIDDEN: Final = b"***"


def render(
    device: Annotated[
        str | None, typer.Argument(metavar="DEVICE", help="Identifier, MAC address or serial number.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every phone, or those of --model, --group and --tag, with progress shown.")
    ] = False,
    model: Annotated[str | None, typer.Option(help="With --all: phones of this model.")] = None,
    group: Annotated[str | None, typer.Option(help="With --all: phones of this group.")] = None,
    tag: Annotated[str | None, typer.Option(help="With --all: phones with this tag.")] = None,
    dialect: Annotated[
        str | None, typer.Option(help="text1, text2, dotted, xml1 or sysconf; without: what the phone gets.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Each value with the layer it came from.")] = False,
    lines: Annotated[bool, typer.Option("--lines", help="With --explain: each line of the file instead.")] = False,
    find: Annotated[
        str | None, typer.Option("--find", help="With --explain: only what holds this in its name or value.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="What differs from what the phone last applied.")] = False,
    reveal: Reveal = False,
    as_served: Annotated[bool, typer.Option("--as-served", help="The very bytes that the phone gets.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write here: a file; with --all a folder.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Print a phone's configuration file as it would be made now, or render many phones' files in one run."""
    if (device is None) is not (every or bool(model or group or tag)):
        raise CommandFailed("Name one phone, or say --all (with --model, --group, --tag for some).", Exit.USAGE)
    if (lines or find) and not explain:
        raise typer.BadParameter("--lines and --find go with --explain")
    if diff and explain:
        raise typer.BadParameter("give --diff or --explain, not both")
    if diff and device is not None:
        history.diff(device, reveal=reveal, url=url, token=token, as_json=as_json)
        return
    client = connect(url, token)
    if device is None:
        if explain or diff or as_served:
            raise CommandFailed("--explain, --diff and --as-served are for one phone.", Exit.USAGE)
        query = {"model": model, "group": group, "tag": tag, "dialect": dialect, "reveal": reveal}
        render_all(client, query, out=out, as_json=as_json)
        return
    path = f"/devices/{segment(device)}/config"
    if explain:
        told = client.get(f"{path}/explain", {"reveal": reveal})
        show_json(told) if as_json else _show_explanation(told, lines=lines, find=(find or "").casefold())
        return
    answer = client.call("GET", path, query={"dialect": dialect, "reveal": reveal, "as_served": as_served})
    facts = {
        name: answer.headers.get(f"acs-config-{name}", "") for name in ("version", "dialect", "model", "container")
    }
    encrypted = facts["container"] not in ("", PLAIN)
    hidden = not (reveal or as_served) and HIDDEN in answer.content
    if out is not None:
        try:
            if reveal or as_served:
                out.touch(mode=0o600)
                out.chmod(0o600)
            out.write_bytes(answer.content)
        except OSError as error:
            raise CommandFailed(f"{out}: {error.strerror or error}") from error
    if as_json:
        content = (
            {"content_base64": base64.b64encode(answer.content).decode()}
            if encrypted
            else {"content": answer.content.decode("utf-8", "replace")}
        )
        show_json({**facts, "size": len(answer.content), **content})
    elif out is not None:
        kind = f"{facts['dialect']}, encrypted: {facts['container']}" if encrypted else facts["dialect"]
        errors().print(f"{len(answer.content)} bytes, version {facts['version']} ({kind}) in {out}")
        if hidden:
            errors().print("Its secrets are ***, so it is not for a phone; --reveal writes them.", style="yellow")
    elif encrypted and sys.stdout.isatty():
        raise CommandFailed("The file is encrypted: give --out FILE, or send it elsewhere than to the terminal.")
    else:
        sys.stdout.buffer.write(answer.content)
        sys.stdout.flush()


def _show_explanation(told: Mapping[str, Any], *, lines: bool, find: str) -> None:
    facts = f"{told['model']}, {told['dialect']}; layers: {', '.join(told['layers']) or 'none'}"
    errors().print(facts, highlight=False, markup=False)
    if told["problem"]:
        errors().print(f"No file can be made: {told['problem']['message']}", style="red", markup=False)
    if lines:
        rows = [{**line, "value": history.shortened(line["value"])} for line in told["lines"]]
        show_table(_matching(rows, find, "key", "value", "path"), LINE_COLUMNS, empty="The file has no such line.")
        return
    values = [
        {**each, "value": history.shortened(each["value"]), "note": _note(each, has_lines=bool(told["lines"]))}
        for each in told["values"]
    ]
    show_table(_matching(values, find, "path", "value"), VALUE_COLUMNS, empty="No settings apply.")
    removed = [{**each, "shadowed": _said(each["shadowed"])} for each in told["removed"]]
    if shown := _matching(removed, find, "path", "shadowed"):
        console().print()
        show_table(shown, REMOVED_COLUMNS)


def _note(value: Mapping[str, Any], *, has_lines: bool) -> str:
    notes = [f"wins over {_said(value['shadowed'])}"] if value["shadowed"] else []
    if has_lines and not value["in_file"]:
        notes.append("not in the file")
    return "; ".join(notes)


def _said(shadowed: list[dict[str, Any]]) -> str:
    said = ("nothing" if each["value"] is None else history.shortened(each["value"]) for each in shadowed)
    return ", ".join(f"{text} ({each['scope']})" for text, each in zip(said, shadowed, strict=True))


def _matching(rows: list[dict[str, Any]], find: str, *names: str) -> list[dict[str, Any]]:
    return [row for row in rows if any(find in str(row[name] or "").casefold() for name in names)]
