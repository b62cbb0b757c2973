"""``acs render``: the configuration that a phone would get, and where each of its values comes from."""

import base64
import sys
from pathlib import Path
from typing import Annotated

import typer

from acs.cli.client import segment
from acs.cli.options import AsJson, Reveal, Token, Url, connect
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import errors, show_json, show_table
from acs.cli.render_all import render_all
from acs.formats.containers import PLAIN


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
    dialect: Annotated[str | None, typer.Option(help="text1, text2 or sysconf; without: what the phone gets.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Each value with the layer it came from.")] = False,
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
    client = connect(url, token)
    if device is None:
        if explain or as_served:
            raise CommandFailed("--explain and --as-served are for one phone.", Exit.USAGE)
        query = {"model": model, "group": group, "tag": tag, "dialect": dialect, "reveal": reveal}
        render_all(client, query, out=out, as_json=as_json)
        return
    path = f"/devices/{segment(device)}/config"
    if explain:
        told = client.get(f"{path}/explain", {"reveal": reveal})
        columns = (("path", "Setting"), ("value", "Value"), ("scope", "Layer"))
        show_json(told) if as_json else show_table(told["values"], columns, empty="No settings apply.")
        return
    answer = client.call("GET", path, query={"dialect": dialect, "reveal": reveal, "as_served": as_served})
    facts = {
        name: answer.headers.get(f"acs-config-{name}", "") for name in ("version", "dialect", "model", "container")
    }
    encrypted = facts["container"] not in ("", PLAIN)
    if out is not None:
        out.write_bytes(answer.content)
        if reveal or as_served:
            out.chmod(0o600)
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
    elif encrypted and sys.stdout.isatty():
        raise CommandFailed("The file is encrypted: give --out FILE, or send it elsewhere than to the terminal.")
    else:
        sys.stdout.buffer.write(answer.content)
        sys.stdout.flush()
