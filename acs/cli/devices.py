"""``acs device``: the phones."""

import time
from typing import Annotated, Any

import typer

from acs.cli.client import Client, segment
from acs.cli.options import AsJson, DeviceArgument, Most, Token, Url, Yes, confirm, connect
from acs.cli.output import console, errors, plain, show_fields, show_json, show_table
from acs.cli.quirks import assigned

app = typer.Typer(help="Phones: find, register, change, forget.", no_args_is_help=True)

COLUMNS = (
    ("mac", "MAC"),
    ("model", "Model"),
    ("name", "Name"),
    ("group", "Group"),
    ("software_version", "Firmware"),
    ("ip_address", "Address"),
    ("config.state", "Configuration"),
    ("last_inform_at", "Last Inform"),
)
QUIRK_COLUMNS = (
    ("name", "Name"),
    ("value", "Value"),
    ("source", "Source"),
    ("quirks", "Quirks"),
    ("since", "Since"),
    ("note", "Note"),
)
Filter = Annotated[str | None, typer.Option()]


@app.command("list")
def list_devices(
    q: Annotated[str | None, typer.Argument(help="Part of a serial number, name, model, MAC or address.")] = None,
    model: Filter = None,
    group: Filter = None,
    tag: Filter = None,
    software_version: Filter = None,
    config_state: Filter = None,
    sort: Annotated[str | None, typer.Option(help="A field; with - in front from the end.")] = None,
    limit: Most = 100,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List phones."""
    query = {
        "q": q,
        "model": model,
        "group": group,
        "tag": tag,
        "software_version": software_version,
        "config_state": config_state,
        "sort": sort,
    }
    found = list(connect(url, token).pages("/devices", query, most=limit))
    if as_json:
        show_json(found)
    else:
        show_table(found, COLUMNS, empty="No phones.")


@app.command()
def show(device: DeviceArgument, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Show all that is known of one phone."""
    found = connect(url, token).get(f"/devices/{segment(device)}")
    show_json(found) if as_json else show_fields(found)


@app.command()
def parameters(
    device: DeviceArgument,
    path: Annotated[str | None, typer.Argument(help="Beginning of the path.")] = None,
    q: Annotated[str | None, typer.Option("--find", help="Part of the path or of the value.")] = None,
    limit: Most = 10_000,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List a phone's parameters as last seen."""
    found = list(
        connect(url, token).pages(f"/devices/{segment(device)}/parameters", {"path": path, "q": q}, most=limit)
    )
    if as_json:
        show_json(found)
    else:
        columns = (("path", "Path"), ("value", "Value"), ("type", "Type"), ("writable", "Writable"))
        show_table(found, columns, empty="Nothing is known yet.")


@app.command()
def events(
    device: DeviceArgument, limit: Most = 50, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """List what happened to a phone, newest first."""
    found = list(connect(url, token).pages(f"/devices/{segment(device)}/events", most=limit))
    show_json(found) if as_json else show_table(found, (("at", "When"), ("kind", "What"), ("data", "More")))


@app.command()
def add(
    mac: Annotated[str | None, typer.Option(help="MAC address.")] = None,
    serial_number: Annotated[str | None, typer.Option(help="Serial number, as the phone spells it.")] = None,
    oui: Annotated[str | None, typer.Option(help="OUI, if it is not the beginning of the MAC address.")] = None,
    model: Annotated[str | None, typer.Option(help="Phone model.")] = None,
    name: Annotated[str | None, typer.Option(help="A name of your own.")] = None,
    group: Annotated[str | None, typer.Option(help="Settings group.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Tag; may be repeated.")] = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Register a phone before it ever called."""
    given: dict[str, Any] = {
        "mac": mac,
        "serial_number": serial_number,
        "oui": oui,
        "model": model,
        "name": name,
        "group": group,
        "tags": tag,
    }
    body = {key: value for key, value in given.items() if value}
    made = connect(url, token).call("POST", "/devices", body=body).json()
    show_json(made) if as_json else console().print(f"Registered as {made['id']}.")


@app.command("set")
def set_(
    device: DeviceArgument,
    name: Annotated[str | None, typer.Option(help="A name of your own.")] = None,
    group: Annotated[str | None, typer.Option(help="Settings group; empty: none.")] = None,
    profile: Annotated[str | None, typer.Option(help="common, ctc, or auto for what the phone shows.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="All its tags; may be repeated. Empty: none.")] = None,
    forget_file_key: Annotated[
        bool, typer.Option("--forget-file-key", help="Forget which key of encrypted files it is known to hold.")
    ] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Change a phone's name, group, profile or tags."""
    body: dict[str, Any] = {}
    if name is not None:
        body["name"] = name
    if group is not None:
        body["group"] = group
    if profile is not None:
        body["profile"] = None if profile == "auto" else profile
    if tag is not None:
        body["tags"] = [each for each in tag if each]
    if forget_file_key:
        body["file_key_known"] = False
    if not body:
        raise typer.BadParameter("give at least one of --name, --group, --profile, --tag, --forget-file-key")
    found = connect(url, token).call("PATCH", f"/devices/{segment(device)}", body=body).json()
    show_json(found) if as_json else show_fields(found)


@app.command()
def quirks(
    device: DeviceArgument,
    assignment: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Set one; NAME= removes it. Repeat.")
    ] = None,
    reset_learnt: Annotated[bool, typer.Option("--reset-learnt", help="Forget what was learnt.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show those too that are as the specification says.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show how a phone is treated and why, or change it."""
    client, path = connect(url, token), f"/devices/{segment(device)}/quirks"
    if reset_learnt:
        client.call("DELETE", f"{path}/learnt")
    found = client.call("PATCH", path, body=assigned(assignment)).json() if assignment else client.get(path)
    if as_json:
        show_json(found)
        return
    shown = [item for item in found["items"] if every or item["source"] != "default"]
    show_table(shown, QUIRK_COLUMNS, empty="Nothing special: it is treated as the specification says.")


@app.command()
def delete(device: DeviceArgument, yes: Yes = False, url: Url = None, token: Token = None) -> None:
    """Forget a phone, its tasks and its settings; it comes back as new when it calls again."""
    client = connect(url, token)
    confirm(f"Forget phone {device} with its tasks and settings?", yes)
    client.call("DELETE", f"/devices/{segment(device)}")


@app.command()
def wake(device: DeviceArgument, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Ask a phone to call, and tell what came back. Exit code 1 if it did not call."""
    told = connect(url, token).call("POST", f"/devices/{segment(device)}/wake").json()
    show_json(told) if as_json else console().print(plain(told.get("detail") or told))
    if told.get("called") is False:
        raise typer.Exit(1)


FOLLOW_SECONDS = 1.0


@app.command()
def trace(
    device: DeviceArgument,
    minutes: Annotated[
        int | None, typer.Option(min=1, max=1440, help="Begin: keep the raw exchange for so many minutes.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show messages as they come, until Ctrl-C.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the trace.")] = False,
    erase: Annotated[bool, typer.Option("--erase", help="End the trace and drop what was kept.")] = False,
    session: Annotated[str | None, typer.Option(help="Show only the session of this name.")] = None,
    limit: Most = 10_000,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show the raw exchange with a phone, secrets redacted; with --minutes begin to keep it."""
    client = connect(url, token)
    path = f"/devices/{segment(device)}/trace"
    if stop or erase:
        if minutes is not None or follow:
            raise typer.BadParameter("--stop and --erase go with neither --minutes nor --follow")
        client.call("DELETE", path, query={"erase": erase})
        return
    if minutes is not None:
        started = client.call("POST", path, body={"minutes": minutes}).json()
        if as_json and not follow:
            show_json(started)
            return
        errors().print(f"Traced until {started['trace_until']}.", highlight=False)
    if follow:
        _follow(client, path, session, as_json)
    elif minutes is None and as_json:
        show_json(list(client.pages(path, {"session": session, "order": "oldest"}, most=limit)))
    elif minutes is None:
        typer.echo(client.call("GET", path, query={"session": session, "format": "text"}).content.decode(), nl=False)


def _follow(client: Client, path: str, session: str | None, as_json: bool) -> None:
    from acs.services.traces import as_text

    newest = client.get(path, {"limit": 1})["items"]
    after = int(newest[0]["id"]) if newest else 0
    while True:
        for message in client.pages(path, {"session": session, "order": "oldest", "after": after}, most=10_000):
            after = max(after, int(message["id"]))
            if as_json:
                show_json(message)
            else:
                typer.echo("\n".join(as_text(message)) + "\n")
        time.sleep(FOLLOW_SECONDS)
