"""``acs file``: firmware, phone books and other files for phones."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from acs.cli.client import segment
from acs.cli.options import AsJson, Most, Token, Url, Yes, confirm, connect
from acs.cli.outcome import CommandFailed
from acs.cli.output import console, errors, show_json, show_table

app = typer.Typer(help="Files for phones: firmware, phone books, certificates.", no_args_is_help=True)

COLUMNS = (
    ("id", "Id"),
    ("kind", "Kind"),
    ("name", "Name"),
    ("version", "Version"),
    ("models", "Models"),
    ("size", "Bytes"),
    ("created_at", "Uploaded"),
)
FileArgument = Annotated[str, typer.Argument(metavar="FILE", help="Identifier of the file.")]


@app.command()
def upload(
    path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file to upload.")],
    kind: Annotated[
        str,
        typer.Option(
            help="firmware, config, phonebook, certificate, background, mmiset, dialpeer, access_list or other."
        ),
    ],
    version: Annotated[str | None, typer.Option(help="Firmware: what SoftwareVersion says once it runs.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="Model that it is for; may be repeated. None: any.")] = None,
    name: Annotated[str | None, typer.Option(help="Name for the phones instead of the file's own.")] = None,
    width: Annotated[int | None, typer.Option(help="Background: pixels; else those of its models' screens.")] = None,
    height: Annotated[int | None, typer.Option(help="Background: pixels.")] = None,
    fit: Annotated[str | None, typer.Option(help="Background: cover, contain or stretch.")] = None,
    reference: Annotated[
        bool, typer.Option("--reference", help="Dial peers, access list: the phone's own export, edited by nobody.")
    ] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Upload a file."""
    fields: dict[str, Any] = {"kind": kind, "models": model or []}
    if version is not None:
        fields["version"] = version
    if name is not None:
        fields["name"] = name
    for label, value in (("width", width), ("height", height), ("fit", fit)):
        if value is not None:
            fields[label] = str(value)
    if reference:
        fields["reference"] = "true"
    client = connect(url, token)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=errors(),
        transient=True,
    )
    with bar:
        line = bar.add_task("Uploading", total=path.stat().st_size)
        made = client.upload("/files", fields, path, on_progress=lambda count: bar.advance(line, count))
    if as_json:
        show_json(made)
        return
    console().print(f"Uploaded as {made['id']} ({made['size']} bytes).")
    _show_facts(made["facts"])


@app.command()
def show(file: FileArgument, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Show what is known of one file, and what was found in it."""
    found = connect(url, token).get(f"/files/{segment(file)}")
    if as_json:
        show_json(found)
        return
    for label, value in found.items():
        if label != "facts" and value not in (None, "", []):
            console().print(f"{label}: {', '.join(value) if isinstance(value, list) else value}", markup=False)
    _show_facts(found["facts"])


def _show_facts(facts: dict[str, Any]) -> None:
    for label, value in facts.items():
        if label == "warnings":
            continue
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            value = ", ".join(value)
        elif isinstance(value, list | dict):
            value = json.dumps(value, ensure_ascii=False)
        console().print(f"  {label}: {value}", markup=False)
    for warning in facts.get("warnings", ()):
        console().print(f"  warning: {warning}", markup=False, style="yellow")


@app.command("list")
def list_files(
    kind: Annotated[str | None, typer.Option(help="Of this kind only.")] = None,
    model: Annotated[str | None, typer.Option(help="For this model, or for any.")] = None,
    device: Annotated[str | None, typer.Option(help="Sent by this phone: identifier, MAC or serial number.")] = None,
    limit: Most = 100,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List files, newest first."""
    client = connect(url, token)
    device_id = client.get(f"/devices/{segment(device)}")["id"] if device else None
    found = list(client.pages("/files", {"kind": kind, "model": model, "device_id": device_id}, most=limit))
    show_json(found) if as_json else show_table(found, COLUMNS, empty="No files.")


@app.command()
def get(
    file: FileArgument,
    to: Annotated[Path, typer.Argument(dir_okay=False, writable=True, metavar="PATH", help="Where to write it.")],
    url: Url = None,
    token: Token = None,
) -> None:
    """Fetch a file's content, such as a configuration that a phone sent."""
    answer = connect(url, token).call("GET", f"/files/{segment(file)}/content")
    try:
        # A configuration holds passwords: the file is its owner's alone, and none is written over.
        with open(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            target.write(answer.content)
    except OSError as error:
        raise CommandFailed(f"{to}: {error.strerror or error}") from None
    console().print(f"Wrote {len(answer.content)} bytes to {to}.")


@app.command()
def delete(file: FileArgument, yes: Yes = False, url: Url = None, token: Token = None) -> None:
    """Delete a file that no settings and no open task name."""
    client = connect(url, token)
    confirm(f"Delete file {file}?", yes)
    client.call("DELETE", f"/files/{segment(file)}")
