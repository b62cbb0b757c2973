"""``acs audit``: who saw secrets, and who changed what."""

from typing import Annotated, Final

import typer

from acs.cli.options import AsJson, Most, Token, Url, connect
from acs.cli.output import show_json, show_table

COLUMNS: Final = (
    ("at", "When"),
    ("actor", "Who"),
    ("address", "From"),
    ("action", "What"),
    ("target", "Of"),
    ("facts", "More"),
)


def audit(
    actor: Annotated[str | None, typer.Option(help="Name or identifier of a token.")] = None,
    action: Annotated[str | None, typer.Option(help="As settings.put, or its beginning, as settings.")] = None,
    target: Annotated[str | None, typer.Option(help="As devices/DEVICE, settings/global or tokens/ID.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="As 2026-01-31T08:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Before then.")] = None,
    limit: Most = 50,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List who saw secrets, and who changed settings, tokens and credentials; newest first."""
    query = {"actor": actor, "action": action, "target": target, "since": since, "until": until}
    found = list(connect(url, token).pages("/audit", query, most=limit))
    show_json(found) if as_json else show_table(found, COLUMNS, empty="Nothing was written down.")
