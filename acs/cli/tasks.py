"""``acs task``: work for phones."""

import json
import time
from typing import Annotated, Any, Final

import typer

from acs.cli.client import Client, segment
from acs.cli.options import AsJson, DeviceArgument, Most, Token, Url, connect
from acs.cli.outcome import CommandFailed
from acs.cli.output import errors, show_fields, show_json, show_table

app = typer.Typer(help="Work for phones: create, look at, cancel, try again, wait for.", no_args_is_help=True)

FINAL: Final = ("succeeded", "failed", "cancelled", "expired")
LISTS: Final = frozenset({"names", "vouchers"})
"""Arguments whose text is a list with commas."""
TEXTS: Final = frozenset({"command_key", "option_name"})
"""Arguments that stay text although they may look like a number."""
POLL_SECONDS: Final = 1.0
COLUMNS = (
    ("id", "Id"),
    ("device_id", "Device"),
    ("type", "Type"),
    ("state", "State"),
    ("attempts", "Tries"),
    ("created_at", "Created"),
    ("finished_at", "Finished"),
    ("fault.message", "Fault"),
)
TaskArgument = Annotated[str, typer.Argument(metavar="TASK", help="Identifier of the task.")]
Timeout = Annotated[float, typer.Option(min=0, help="Give up waiting after so many seconds; 0: never.")]
Filter = Annotated[str | None, typer.Option()]


@app.command()
def create(
    device: DeviceArgument,
    type: Annotated[str, typer.Argument(help="get_parameter_values, download, reboot, ... (see the REST reference)")],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME=VALUE]...", help="Arguments: kind=config, kind=sip, names=A.,B.C, values='[{...}]' (JSON)."
        ),
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="set_parameter_values: one parameter.")
    ] = None,
    wake: Annotated[bool, typer.Option("--wake", help="Ask the phone to call now.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the task has ended.")] = False,
    timeout: Timeout = 600.0,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Give work to a phone. With --wait, exit code 1 unless it succeeded."""
    body: dict[str, Any] = {"type": type, **_arguments(arguments or [])}
    if values:
        body["values"] = [dict(zip(("name", "value"), _split(each), strict=True)) for each in values]
    client = connect(url, token)
    made = client.call("POST", f"/devices/{segment(device)}/tasks", query={"wake": wake}, body=body).json()
    if wait:
        _wait(client, made["id"], timeout, as_json)
    else:
        show_json(made) if as_json else show_fields(made)


@app.command("list")
def list_tasks(
    device: Annotated[str | None, typer.Option(help="Of this phone only: identifier, MAC or serial number.")] = None,
    state: Annotated[str | None, typer.Option(help="One or more states, with commas.")] = None,
    type: Filter = None,
    limit: Most = 50,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """List tasks, newest first."""
    client = connect(url, token)
    device_id = client.get(f"/devices/{segment(device)}")["id"] if device else None
    found = list(client.pages("/tasks", {"device_id": device_id, "state": state, "type": type}, most=limit))
    show_json(found) if as_json else show_table(found, COLUMNS, empty="No tasks.")


@app.command()
def show(task: TaskArgument, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Show one task with its result, fault and evidence."""
    found = connect(url, token).get(f"/tasks/{segment(task)}")
    show_json(found) if as_json else show_fields(found)


@app.command()
def cancel(task: TaskArgument, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Cancel a task that did not end."""
    found = connect(url, token).call("DELETE", f"/tasks/{segment(task)}").json()
    show_json(found) if as_json else show_fields(found)


@app.command()
def retry(task: TaskArgument, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """Queue a task again that failed, expired or was cancelled."""
    found = connect(url, token).call("POST", f"/tasks/{segment(task)}/retry").json()
    show_json(found) if as_json else show_fields(found)


@app.command()
def wait(
    task: TaskArgument, timeout: Timeout = 600.0, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """Wait until a task has ended. Exit code 1 unless it succeeded."""
    _wait(connect(url, token), task, timeout, as_json)


def _wait(client: Client, task: str, timeout: float, as_json: bool) -> None:
    deadline = time.monotonic() + timeout if timeout else None
    with errors().status("Waiting for the phone to call…") as status:
        while True:
            found = client.get(f"/tasks/{segment(task)}")
            if found["state"] in FINAL:
                break
            status.update(f"Task {task}: {found['state']}…")
            if deadline is not None and time.monotonic() >= deadline:
                raise CommandFailed(
                    f"Task {task} is still {found['state']} after {timeout:g} s; it goes on: acs task wait {task}"
                )
            time.sleep(POLL_SECONDS)
    show_json(found) if as_json else show_fields(found)
    if found["state"] != "succeeded":
        raise typer.Exit(1)


def _arguments(given: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in given:
        name, text = _split(each)
        if name in LISTS and not text.lstrip().startswith("["):
            found[name] = [part.strip() for part in text.split(",") if part.strip()]
            continue
        if name in TEXTS:
            found[name] = text
            continue
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE")
    return name, value
