"""``acs render``: the configuration that a phone would get, and where each of its values comes from."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from acs.cli.client import segment
from acs.cli.options import AsJson, DeviceArgument, Reveal, Token, Url, connect
from acs.cli.output import errors, show_json, show_table


def render(
    device: DeviceArgument,
    dialect: Annotated[
        str | None, typer.Option(help="text1, text2, dotted, xml1 or sysconf; without: what the phone gets.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Each value with the layer it came from.")] = False,
    reveal: Reveal = False,
    as_served: Annotated[bool, typer.Option("--as-served", help="The very bytes that the phone gets.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", dir_okay=False, help="Write the file here.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Print a phone's configuration file as it would be made now."""
    client = connect(url, token)
    path = f"/devices/{segment(device)}/config"
    if explain:
        told = client.get(f"{path}/explain", {"reveal": reveal})
        columns = (("path", "Setting"), ("value", "Value"), ("scope", "Layer"))
        show_json(told) if as_json else show_table(told["values"], columns, empty="No settings apply.")
        return
    answer = client.call("GET", path, query={"dialect": dialect, "reveal": reveal, "as_served": as_served})
    facts = {name: answer.headers.get(f"acs-config-{name}", "") for name in ("version", "dialect", "model")}
    if out is not None:
        out.write_bytes(answer.content)
        if reveal or as_served:
            out.chmod(0o600)
    if as_json:
        show_json({**facts, "size": len(answer.content), "content": answer.content.decode("utf-8", "replace")})
    elif out is not None:
        errors().print(f"{len(answer.content)} bytes, version {facts['version']} ({facts['dialect']}) in {out}")
    else:
        sys.stdout.buffer.write(answer.content)
        sys.stdout.flush()
