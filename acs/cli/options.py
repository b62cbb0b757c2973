"""Options that many commands share, and how a command finds its server."""

import contextlib
import os
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from acs.cli.client import Client
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import errors
from acs.errors import AcsError
from acs.settings import Settings, load, unknown_variables

URL_VARIABLE = "ACS_API_URL"
OWN_VARIABLES = frozenset(
    {
        URL_VARIABLE,
        "ACS_CRYPT_KEY",
        "ACS_LOID_PASSWORD",
        "ACS_SIMULATE_FILE_KEY",
        "ACS_SIMULATE_LOID_PASSWORD",
        "ACS_SIMULATE_PASSWORD",
    }
)
"""Variables of commands: no settings of the server, and no typing errors either."""
TOKEN_FILE = "admin-token"
LOOPBACK = ("localhost", "127.0.0.1", "::1")

Url = Annotated[str | None, typer.Option("--url", envvar=URL_VARIABLE, help="The server's API; the local one without.")]
Token = Annotated[
    str | None,
    typer.Option(
        "--token", envvar="ACS_ADMIN_TOKEN", show_envvar=True, help="API token; the data folder's admin token without."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]
Most = Annotated[int, typer.Option("--limit", min=1, help="Most entries to print.")]
DeviceArgument = Annotated[str, typer.Argument(metavar="DEVICE", help="Identifier, MAC address or serial number.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show secrets; needs the permission 'secrets'.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask back.")]


def connect(url: str | None, token: str | None) -> Client:
    """Give a client for the server that is meant.

    Raises:
        CommandFailed: no token was given and none is found.
    """
    settings: Settings | None = None
    if not url or not token:
        try:
            settings = load()
        except AcsError as error:
            raise CommandFailed(error.message, Exit.USAGE) from error
    if not url:
        assert settings is not None
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.api_host, settings.api_host)
        url = f"http://{f'[{host}]' if ':' in host else host}:{settings.api_port}"
    if not token:
        assert settings is not None
        token = _token_of(settings)
    if url.startswith("http://") and urlsplit(url).hostname not in LOOPBACK:
        errors().print(f"Note: the token and all answers travel unencrypted to {url}.", style="yellow")
    return Client(url, token)


def _token_of(settings: Settings) -> str:
    if settings.admin_token is not None:
        return settings.admin_token.get_secret_value()
    path = Path(settings.data_dir) / TOKEN_FILE
    with contextlib.suppress(FileNotFoundError):
        try:
            return path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandFailed(f"{path} cannot be read: {error}. Give a token with --token.", Exit.DENIED) from error
    raise CommandFailed(
        f"No API token: neither --token nor ACS_ADMIN_TOKEN is given, and {os.fspath(path)} is not there.", Exit.DENIED
    )


def strangers() -> tuple[str, ...]:
    """Give warnings about environment variables that look like settings and are none."""
    return unknown_variables({name: value for name, value in os.environ.items() if name not in OWN_VARIABLES})


def confirm(question: str, yes: bool) -> None:
    """Ask back before something is lost.

    Raises:
        CommandFailed: the answer was no.
    """
    if not yes and not typer.confirm(question):
        raise CommandFailed("Nothing was changed.")
