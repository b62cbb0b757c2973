"""``acs serve``, ``migrate`` and ``demo``: commands that run on the server itself."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from acs.cli.options import AsJson, strangers
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import console, errors, show_json
from acs.settings import Settings, load

ROLES = ("cwmp", "files", "api", "worker")


def serve(
    roles: Annotated[str, typer.Option(help=f"What this process does, with commas: {', '.join(ROLES)}.")] = ",".join(
        ROLES
    ),
    data_dir: Annotated[Path | None, typer.Option(help="Folder of database, files and keys.")] = None,
    host: Annotated[str | None, typer.Option(help="Address that phones reach.")] = None,
    api_host: Annotated[str | None, typer.Option(help="Address that operators reach.")] = None,
    cwmp_port: Annotated[int | None, typer.Option(help="CWMP port.")] = None,
    files_port: Annotated[int | None, typer.Option(help="Port of downloads for phones.")] = None,
    api_port: Annotated[int | None, typer.Option(help="Port of the API.")] = None,
    public_host: Annotated[str | None, typer.Option(help="Host that phones use in URLs.")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
    log_format: Annotated[str | None, typer.Option(help="human or json.")] = None,
) -> None:
    """Run the server until it is told to stop. All settings: environment ACS_*, or acs.toml."""
    chosen = tuple(dict.fromkeys(role.strip() for role in roles.split(",") if role.strip()))
    for role in chosen:
        if role not in ROLES:
            raise typer.BadParameter(f"there is no role {role!r}; roles are: {', '.join(ROLES)}")
    if not chosen:
        raise typer.BadParameter(f"give at least one role of: {', '.join(ROLES)}")
    settings = load(
        data_dir=data_dir,
        host=host,
        api_host=api_host,
        cwmp_port=cwmp_port,
        files_port=files_port,
        api_port=api_port,
        public_host=public_host,
        log_level=log_level,
        log_format=log_format,
    )
    from acs import app, telemetry

    telemetry.setup_logging(settings.log_level, settings.log_format)
    for warning in strangers():
        errors().print(warning, style="yellow")
    if "api" in chosen:
        _announce_token(settings)
    _run(app.serve(settings, chosen))


def _announce_token(settings: Settings) -> None:
    """Print the admin token once: when it is made."""
    if settings.admin_token is not None:
        return
    from acs.services.tokens import ADMIN_FILE, admin_token

    token, made = admin_token(settings.data_dir, None)
    if made:
        errors().print(f"Admin token (also in {settings.data_dir / ADMIN_FILE}): {token}", soft_wrap=True)


def _run(program: Any) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(program)
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(program)


def migrate(
    data_dir: Annotated[Path | None, typer.Option(help="Folder of the database.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only look; exit code 1 if there is something to do.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the database to the schema of this version."""
    from acs.storage import migrate as migrations
    from acs.storage.engine import make_engine, sqlite_url

    settings = load(data_dir=data_dir)
    url = settings.database_url.get_secret_value() if settings.database_url else sqlite_url(settings.data_dir)
    if not check:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    elif settings.database_url is None and not (settings.data_dir / "acs.sqlite3").exists():
        raise CommandFailed(f"There is no database in {settings.data_dir} yet.")
    engine = make_engine(url)
    try:
        before, newest = migrations.current(engine)
        if not check:
            migrations.upgrade(engine)
    finally:
        engine.dispose()
    if as_json:
        show_json({"before": before, "newest": newest, "upgraded": not check and before != newest})
    elif before == newest:
        console().print(f"The database is at {newest}: nothing to do.")
    else:
        console().print(f"{'To do' if check else 'Done'}: {before or 'empty'} -> {newest}")
    if check and before != newest:
        raise typer.Exit(Exit.FAILED)


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End when every phone is proven; exit code 0 if all are.")
    ] = False,
    phones: Annotated[int, typer.Option(min=1, max=1000, help="How many simulated phones.")] = 6,
) -> None:
    """Start a server with simulated phones, and watch them being provisioned."""
    from acs import demo as demonstration
    from acs import telemetry

    telemetry.setup_logging("ERROR" if once else "WARNING", "human", sys.stderr)
    good = asyncio.run(demonstration.run(once=once, phones=phones, console=console()))
    if not good:
        raise typer.Exit(Exit.FAILED)
