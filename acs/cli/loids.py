"""``acs loid``: logical identifiers by which phones of a carrier enrol themselves."""

from pathlib import Path
from typing import Annotated, Any

import typer

from acs.cli.client import segment
from acs.cli.options import AsJson, Most, Reveal, Token, Url, Yes, confirm, connect
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import console, show_fields, show_json, show_table

app = typer.Typer(help="LOIDs: add, import, look at, change, unbind, delete.", no_args_is_help=True)

COLUMNS = (
    ("logical_id", "LOID"),
    ("name", "Name"),
    ("group", "Group"),
    ("tags", "Tags"),
    ("service_name", "Services"),
    ("device_id", "Phone"),
    ("result", "Result"),
    ("attempts", "Failures"),
    ("bound_at", "Bound"),
)
Loid = Annotated[str, typer.Argument(metavar="LOID", help="The logical identifier.")]
Password = Annotated[
    str | None,
    typer.Option(envvar="ACS_LOID_PASSWORD", show_envvar=True, help="Its password; empty: any will do."),
]
Name = Annotated[str | None, typer.Option(help="Name that the phone gets.")]
Group = Annotated[str | None, typer.Option(help="Settings group that the phone gets; empty: none.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Tag that the phone gets; repeat. Empty: none.")]
Services = Annotated[str | None, typer.Option("--services", help="As the phone is told them: VOIP,IPTV.")]


@app.command("list")
def list_loids(
    q: Annotated[str | None, typer.Argument(help="Part of the LOID or of the name.")] = None,
    group: Annotated[str | None, typer.Option()] = None,
    bound: Annotated[bool | None, typer.Option("--bound/--free", help="Only those that a phone has, or none.")] = None,
    limit: Most = 100,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List LOIDs."""
    query = {"q": q, "group": group, "bound": None if bound is None else str(bound).lower()}
    found = list(connect(url, token).pages("/logical-ids", query, most=limit))
    show_json(found) if as_json else show_table(found, COLUMNS, empty="No LOIDs.")


@app.command()
def show(loid: Loid, reveal: Reveal = False, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Show one LOID; with --reveal its password and its phone's maintenance account."""
    found = connect(url, token).get(_path(loid), {"reveal": reveal})
    show_json(found) if as_json else show_fields(found)


@app.command()
def add(
    loid: Loid,
    password: Password = None,
    name: Name = None,
    group: Group = None,
    tag: Tags = None,
    services: Services = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Add a LOID, and what the phone becomes that presents it."""
    body = {"logical_id": loid, **_given(password, name, group, tag, services)}
    made = connect(url, token).call("POST", "/logical-ids", body=body).json()
    show_json(made) if as_json else console().print(f"Added {made['logical_id']}.", markup=False)


@app.command()
def change(
    loid: Loid,
    password: Password = None,
    name: Name = None,
    group: Group = None,
    tag: Tags = None,
    services: Services = None,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Change a LOID; a phone that has it takes the change over when it presents it again."""
    body = _given(password, name, group, tag, services)
    if not body:
        raise typer.BadParameter("give at least one of --password, --name, --group, --tag, --services")
    found = connect(url, token).call("PATCH", _path(loid), body=body).json()
    show_json(found) if as_json else show_fields(found)


@app.command()
def unbind(loid: Loid, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Let another phone enrol with a LOID, as when one is replaced."""
    found = connect(url, token).call("PATCH", _path(loid), body={"device_id": None}).json()
    show_json(found) if as_json else console().print(f"{found['logical_id']} is free.", markup=False)


@app.command()
def delete(loid: Loid, yes: Yes = False, url: Url = None, token: Token = None) -> None:
    """Forget a LOID; a phone that was bound with it stays as it is."""
    client = connect(url, token)
    confirm(f"Forget the LOID {loid}?", yes)
    client.call("DELETE", _path(loid))


@app.command("import")
def import_loids(
    file: Annotated[Path, typer.Argument(help="CSV; columns: logical_id, password, name, group, tags, service_name.")],
    update: Annotated[bool, typer.Option("--update", help="Change LOIDs that are there already.")] = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Take a CSV file of LOIDs: all of it, or nothing if a line is off."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CommandFailed(f"{file}: {error.strerror or error}", Exit.USAGE) from error
    done = connect(url, token).send("/logical-ids/import", content, media="text/csv", query={"update": update})
    show_json(done) if as_json else console().print(f"{done['created']} added, {done['updated']} changed.")


def _path(loid: str) -> str:
    return f"/logical-ids/{segment(loid)}"


def _given(
    password: str | None, name: str | None, group: str | None, tag: list[str] | None, services: str | None
) -> dict[str, Any]:
    body: dict[str, Any] = {"password": password, "name": name, "group": group, "service_name": services}
    body = {key: value for key, value in body.items() if value is not None}
    if tag is not None:
        body["tags"] = [each for each in tag if each]
    return body
