"""``acs quirk``: what phones want otherwise than the specification says, and rules for kinds of phones."""

import json
from typing import Annotated, Any

import typer

from acs.cli.client import segment
from acs.cli.options import AsJson, Token, Url, Yes, confirm, connect
from acs.cli.output import console, show_fields, show_json, show_table

app = typer.Typer(help="Quirks: list the settings, and rules for kinds of phones.", no_args_is_help=True)

RuleArgument = Annotated[str, typer.Argument(metavar="RULE", help="Identifier of the rule.")]
SETTING_COLUMNS = (
    ("name", "Name"),
    ("type", "Type"),
    ("default", "Default"),
    ("choices", "Choices"),
    ("quirks", "Quirks"),
    ("meaning", "Meaning"),
)
RULE_COLUMNS = (
    ("id", "Id"),
    ("manufacturer", "Manufacturer"),
    ("oui", "OUI"),
    ("product_class", "Product class"),
    ("version_from", "From"),
    ("version_to", "To"),
    ("settings", "Settings"),
    ("quirks", "Quirks"),
)


def assigned(given: list[str]) -> dict[str, Any]:
    """Read ``name=value`` words; a value is JSON where it can be, else a text; nothing after = is null."""
    read: dict[str, Any] = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"{word!r} is not name=value")
        try:
            read[name.strip()] = json.loads(value) if value.strip() else None
        except ValueError:
            read[name.strip()] = value
    return read


@app.command("settings")
def list_settings(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List every quirk setting with its meaning."""
    found = connect(url, token).get("/quirks")["items"]
    show_json(found) if as_json else show_table(found, SETTING_COLUMNS)


@app.command("list")
def list_rules(url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List the rules: those that come with the program, and your own."""
    found = list(connect(url, token).pages("/quirks/rules"))
    show_json(found) if as_json else show_table(found, RULE_COLUMNS)


@app.command()
def add(
    assignment: Annotated[list[str], typer.Argument(metavar="NAME=VALUE", help="Settings; repeat.")],
    manufacturer: Annotated[str, typer.Option(help="Manufacturer; * for any part.")] = "",
    oui: Annotated[str, typer.Option(help="OUI.")] = "",
    product_class: Annotated[str, typer.Option(help="Product class; * for any part.")] = "",
    version_from: Annotated[str, typer.Option(help="Lowest SoftwareVersion, included.")] = "",
    version_to: Annotated[str, typer.Option(help="Highest SoftwareVersion, included.")] = "",
    note: Annotated[str, typer.Option(help="Why.")] = "",
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Make a rule for a kind of phone."""
    given = {
        "manufacturer": manufacturer,
        "oui": oui,
        "product_class": product_class,
        "version_from": version_from,
        "version_to": version_to,
        "note": note,
        "settings": assigned(assignment),
    }
    made = connect(url, token).call("POST", "/quirks/rules", body=given).json()
    show_json(made) if as_json else console().print(f"Made rule {made['id']}.")


@app.command()
def show(rule: RuleArgument, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Show one rule."""
    found = connect(url, token).get(f"/quirks/rules/{segment(rule)}")
    show_json(found) if as_json else show_fields(found)


@app.command()
def delete(rule: RuleArgument, yes: Yes = False, url: Url = None, token: Token = None) -> None:
    """Delete a rule of your own."""
    client = connect(url, token)
    confirm(f"Delete rule {rule}?", yes)
    client.call("DELETE", f"/quirks/rules/{segment(rule)}")
