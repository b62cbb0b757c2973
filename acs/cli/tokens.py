"""``acs token``: who may call the API."""

from typing import Annotated

import typer

from acs.cli.client import segment
from acs.cli.options import AsJson, Token, Url, Yes, confirm, connect
from acs.cli.output import console, errors, show_json, show_table

app = typer.Typer(help="API tokens: create, list, revoke.", no_args_is_help=True)

COLUMNS = (
    ("id", "Id"),
    ("name", "Name"),
    ("permissions", "Permissions"),
    ("created_at", "Created"),
    ("last_used_at", "Last used"),
    ("revoked_at", "Revoked"),
)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    permission: Annotated[
        list[str], typer.Option("--permission", "-p", help="admin, read, write, secrets, audit; repeat.")
    ],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it: it is shown this once."""
    made = connect(url, token).call("POST", "/tokens", body={"name": name, "permissions": permission}).json()
    if as_json:
        show_json(made)
        return
    errors().print(f"Token {made['id']} ({name}: {', '.join(made['permissions'])}); it is not shown again:")
    console().print(made["token"], soft_wrap=True)


@app.command("list")
def list_tokens(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List tokens, without what they are."""
    found = list(connect(url, token).pages("/tokens"))
    show_json(found) if as_json else show_table(found, COLUMNS)


@app.command()
def revoke(
    identifier: Annotated[str, typer.Argument(metavar="TOKEN", help="Identifier of the token.")],
    yes: Yes = False,
    url: Url = None,
    token: Token = None,
) -> None:
    """Revoke a token at once."""
    client = connect(url, token)
    confirm(f"Revoke token {identifier}?", yes)
    client.call("DELETE", f"/tokens/{segment(identifier)}")
