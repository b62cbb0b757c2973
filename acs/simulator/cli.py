"""``acs simulate``: a fleet of phones from the command line, as a table for people or JSON for machines."""

import asyncio
import contextlib
import json
import signal
from collections import Counter
from dataclasses import asdict
from typing import Annotated, Final, Literal

import typer
from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from acs.errors import BadRequest
from acs.simulator.behaviours import BEHAVIOURS, WITH_ARGUMENT, by_subject, names
from acs.simulator.fleet import FleetOptions, run_fleet
from acs.simulator.persona import models
from acs.simulator.status import PhoneState, PhoneStatus, Summary

ARGUMENT: Final = "With an argument"
"""The heading over behaviours that take one."""
SHOWN: Final = 24
"""Phones that the table lists one by one; larger fleets are counted by state."""


def simulate_command(
    acs_url: Annotated[str, typer.Option(help="Where the phones call: http://host:7547/")] = "http://127.0.0.1:7547/",
    count: Annotated[int, typer.Option(min=1, help="How many phones.")] = 1,
    model: Annotated[str, typer.Option(help="Phone model, as X4 or X4U.")] = "X4",
    profile: Annotated[
        Literal["common", "ctc"],
        typer.Option(help="Data model: common (root Device.) or ctc (InternetGatewayDevice.)."),
    ] = "common",
    username: Annotated[str, typer.Option(help="Towards the ACS; default: OUI-ProductClass-SerialNumber.")] = "",
    password: Annotated[str, typer.Option(help="Towards the ACS.", envvar="ACS_SIMULATE_PASSWORD")] = "",
    loid: Annotated[
        str, typer.Option(help="LOID entered on the phones (profile ctc); {n} and {mac} tell phones apart.")
    ] = "",
    loid_password: Annotated[
        str, typer.Option(help="Its password, with the same {n} and {mac}.", envvar="ACS_SIMULATE_LOID_PASSWORD")
    ] = "",
    first_mac: Annotated[str, typer.Option(help="MAC address of the first phone; the next count up.")] = "0c383e100000",
    periodic_interval: Annotated[int | None, typer.Option(min=1, help="Seconds between periodic Informs.")] = None,
    behaviour: Annotated[
        list[str] | None,
        typer.Option(help="Depart from the letter: no-cookies,fault:Download=9001; may be repeated, or a comma list."),
    ] = None,
    file_key: Annotated[
        str,
        typer.Option(
            help="Key of encrypted configuration files that every phone holds, 64 hexadecimal characters. Others see "
            "the command line: the environment is the better place.",
            envvar="ACS_SIMULATE_FILE_KEY",
            show_envvar=True,
        ),
    ] = "",
    container: Annotated[str, typer.Option(help="How their files are encrypted; acs crypt --list-containers.")] = "",
    list_behaviours: Annotated[bool, typer.Option("--list-behaviours", help="List the behaviours and end.")] = False,
    concurrency: Annotated[int, typer.Option(min=1, help="Sessions and transfers at a time.")] = 200,
    ramp: Annotated[float, typer.Option(min=0, help="Seconds over which the phones are switched on.")] = 0.0,
    connection_requests: Annotated[bool, typer.Option(help="Listen for connection requests.")] = True,
    listen_host: Annotated[str, typer.Option(help="Address to listen on for them.")] = "127.0.0.1",
    source_host: Annotated[str, typer.Option(help="Address to call from.")] = "",
    insecure: Annotated[bool, typer.Option("--insecure", help="Take any TLS certificate.")] = False,
    speed: Annotated[
        float, typer.Option(min=0.001, max=10_000, help="How fast time goes by for the phones: waits and delays.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Same seed, same random choices.")] = 0,
    once: Annotated[
        bool, typer.Option("--once", help="End when every phone was reached and has nothing left to do.")
    ] = False,
    duration: Annotated[float | None, typer.Option(min=0, help="End after this many seconds.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the final summary as JSON, and nothing else.")] = False,
) -> None:
    """Run simulated Fanvil phones against any ACS. Exit status 1 if a phone was never reached."""
    console = Console()
    if list_behaviours:
        _print_behaviours(console, as_json)
        return
    options = FleetOptions(
        acs_url=acs_url,
        count=count,
        model=model,
        profile=profile,
        first_mac=first_mac,
        username=username,
        password=password,
        logical_id=loid,
        logical_id_password=loid_password,
        behaviours=(*names(behaviour or ()), *([f"container:{container}"] if container else [])),
        file_key=file_key.strip(),
        periodic_interval=periodic_interval,
        concurrency=concurrency,
        connection_requests=connection_requests,
        listen_host=listen_host,
        seed=seed,
        speed=speed,
        source_host=source_host,
        ramp_seconds=ramp,
        verify_tls=not insecure,
    )
    try:
        summary = asyncio.run(_run(options, console, once=once, duration=duration, quiet=as_json))
    except BadRequest as error:
        raise typer.BadParameter(error.message, param_hint=error.field) from error
    if as_json:
        typer.echo(json.dumps(asdict(summary)))
    else:
        _print_summary(console, summary)
    if summary.reached < summary.phones:
        raise typer.Exit(1)


async def _run(options: FleetOptions, console: Console, *, once: bool, duration: float | None, quiet: bool) -> Summary:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(name, stop.set)
    if duration is not None:
        loop.call_later(duration, stop.set)
    latest: dict[str, PhoneStatus] = {}

    def note(status: PhoneStatus) -> None:
        latest[status.mac] = status

    if quiet:
        return await run_fleet(options, on_status=note, stop=stop, once=once)
    with Live(
        get_renderable=lambda: fleet_table(latest, options.count), console=console, refresh_per_second=4, transient=True
    ):
        return await run_fleet(options, on_status=note, stop=stop, once=once)


def fleet_table(latest: dict[str, PhoneStatus], count: int) -> Table:
    """The phones as they stand: one row each, or for large fleets one row for each state."""
    if count > SHOWN:
        table = Table("State", "Phones", title=f"{count} simulated phones")
        found = Counter(status.state for status in latest.values())
        for state in PhoneState:
            off = count - len(latest) if state is PhoneState.OFF else 0
            table.add_row(state.value, str(found[state] + off))
        return table
    headings = ["Phone", "Model", "State", "Sessions", "Configuration", "Phone book", "Firmware", "Last error"]
    enrolling = any(status.enrolment for status in latest.values())
    if enrolling:
        headings.insert(4, "LOID")
    table = Table(*headings)
    for mac in sorted(latest):
        status = latest[mac]
        table.add_row(
            mac,
            status.model,
            status.state.value,
            str(status.sessions) + (f" (+{status.failed_sessions} failed)" if status.failed_sessions else ""),
            *([status.enrolment or "-"] if enrolling else []),
            status.config_version or "-",
            f"{status.phonebook_entries} entries" if status.phonebook_entries else "-",
            status.firmware_version,
            status.last_error,
        )
    return table


def _print_summary(console: Console, summary: Summary) -> None:
    table = Table("What", "How many", title="Summary")
    for name, value in asdict(summary).items():
        table.add_row(name.replace("_", " "), str(value))
    console.print(table)


def _print_behaviours(console: Console, as_json: bool) -> None:
    if as_json:
        rows = [{"name": each.name, "subject": each.subject, "about": each.about} for each in BEHAVIOURS]
        rows += [
            {"name": f"{each.name}:{each.form}", "subject": ARGUMENT, "about": each.about} for each in WITH_ARGUMENT
        ]
        typer.echo(json.dumps(rows))
        return
    table = Table("Behaviour", "What the phone does", title="Behaviours")
    for subject, behaviours in by_subject().items():
        table.add_section()
        table.add_row(f"[bold]{subject}[/bold]", "")
        for each in behaviours:
            table.add_row(each.name, escape(each.about))
    table.add_section()
    table.add_row(f"[bold]{ARGUMENT}[/bold]", "")
    for one in WITH_ARGUMENT:
        table.add_row(f"{one.name}:{one.form}", escape(f"{one.about}, as {one.name}:{one.example}"))
    console.print(table)
    console.print("Models: " + ", ".join(each.name for each in models().values()))
