"""``acs config`` and ``acs diff``: what was made for a phone, what differs, and the way back."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from acs.cli.client import segment
from acs.cli.options import AsJson, DeviceArgument, Most, Reveal, Token, Url, Yes, confirm, connect
from acs.cli.outcome import Exit
from acs.cli.output import console, errors, plain, show_json, show_table

app = typer.Typer(help="A phone's configurations: versions, differences, the way back.", no_args_is_help=True)

VERSION_COLUMNS: Final = (
    ("version", "Version"),
    ("kind", "Kind"),
    ("dialect", "Dialect"),
    ("size", "Size"),
    ("created_at", "Made"),
    ("applied_at", "Applied"),
    ("marks", "Is"),
    ("task_id", "Task"),
)
CHANGE_COLUMNS: Final = (("path", "Setting"), ("before", "Before"), ("after", "After"), ("change", "Change"))
REPORTED_COLUMNS: Final = (("name", "Parameter"), ("expected", "Expected"), ("read", "Read"), ("read_at", "When"))
MOST_SHOWN: Final = 60
"""Characters of a value in a table; ``--json`` shows all of it."""

VersionArgument = Annotated[str, typer.Argument(metavar="VERSION", help="As acs config versions lists it.")]
Against = Annotated[str, typer.Option("--against", help="The earlier side: a version, or applied.")]
From = Annotated[str, typer.Option("--from", help="The later side: a version, or desired: what would be made now.")]


def shortened(value: Any) -> str:
    """Give a value for a table; of a long one the beginning."""
    text = plain(value)
    return text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"


@app.command()
def versions(
    device: DeviceArgument, limit: Most = 50, url: Url = None, token: Token = None, as_json: AsJson = False
) -> None:
    """List what was made for a phone, newest first."""
    found = list(connect(url, token).pages(f"/devices/{segment(device)}/config/versions", most=limit))
    if as_json:
        show_json(found)
        return
    rows = [{**each, "marks": [mark for mark in ("current", "desired", "applied") if each[mark]]} for each in found]
    show_table(rows, VERSION_COLUMNS, empty="Nothing was made for this phone yet.")


@app.command()
def show(
    device: DeviceArgument,
    version: VersionArgument,
    reveal: Reveal = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", dir_okay=False, help="Write the file here.")] = None,
    url: Url = None,
    token: Token = None,
) -> None:
    """Print the file of a version as it was made; secrets as ***."""
    path = f"/devices/{segment(device)}/config/versions/{segment(version)}"
    answer = connect(url, token).call("GET", path, query={"reveal": reveal})
    if out is None:
        sys.stdout.buffer.write(answer.content)
        sys.stdout.flush()
        return
    out.write_bytes(answer.content)
    if reveal:
        out.chmod(0o600)
    errors().print(f"{len(answer.content)} bytes, version {version}, in {out}")


@app.command()
def diff(
    device: DeviceArgument,
    against: Against = "applied",
    later: From = "desired",
    reveal: Reveal = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Compare what a phone should have with what it last applied. Exit code 0: the same, 1: something differs."""
    query = {"against": against, "from": later, "reveal": reveal}
    told = connect(url, token).get(f"/devices/{segment(device)}/config/diff", query)
    if as_json:
        show_json(told)
    else:
        show_diff(told)
    if not told["identical"]:
        raise typer.Exit(Exit.FAILED)


def show_diff(told: Mapping[str, Any]) -> None:
    """Print a comparison as ``diff -u`` would, each line with the setting that it comes from."""
    if told["never_applied"]:
        errors().print("This phone has not applied any configuration of this server yet: everything is new.")
    elif told["identical"]:
        errors().print(f"No difference between {_side(told['before'])} and {_side(told['after'])}.", highlight=False)
    if told["items"]:
        screen = console()
        screen.print(Text(f"--- {_side(told['before'])}", style="bold"))
        screen.print(Text(f"+++ {_side(told['after'])}", style="bold"))
        for line in _difference_lines(told["items"]):
            screen.print(line, soft_wrap=True)
    if told["reported"]:
        errors().print("What the phone was last seen to show otherwise than it should:")
        show_table(told["reported"], REPORTED_COLUMNS)


def _difference_lines(items: list[dict[str, Any]]) -> Iterator[Text]:
    place = ""
    for item in items:
        here = f"{item['module']} --{item['section']}--" if item["section"] else item["module"]
        if here != place:
            place = here
            yield Text(f"@@ {plain(here)} @@", style="cyan")
        if item["before"] is not None:
            yield Text(f"-{plain(item['name'])}: {plain(item['before'])}", style="red")
        if item["after"] is not None:
            line = Text(f"+{plain(item['name'])}: {plain(item['after'])}", style="green")
            if item["path"]:
                line.append(f"    ({item['path']}, {item['scope']})", style="dim")
            yield line


def _side(told: Mapping[str, Any] | None) -> str:
    if told is None:
        return "nothing"
    when = "applied " + told["applied_at"] if told["applied_at"] else "made " + (told["created_at"] or "now")
    return f"{told['version']} ({told['dialect']}, {when})"


@app.command()
def rollback(
    device: DeviceArgument,
    version: VersionArgument,
    push: Annotated[bool, typer.Option("--push", help="Also give it to the phone, and ask the phone to call.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; show what would change.")] = False,
    yes: Yes = False,
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Bring back the settings of an earlier version, by changing the phone's own layer."""
    client, path = connect(url, token), f"/devices/{segment(device)}/config/rollback"
    body = {"version": version}
    if not dry_run and not yes and not as_json:
        plan = client.call("POST", path, query={"dry_run": True}, body=body).json()
        _show_rollback(plan)
        confirm(f"Change the settings of phone {device} so?", yes)
    told = client.call("POST", path, query={"dry_run": dry_run, "push": push}, body=body).json()
    if as_json:
        show_json(told)
    elif dry_run or yes:
        _show_rollback(told)
    if not as_json and told["task"]:
        errors().print(f"Task {told['task']['id']} will give it to the phone.", highlight=False)


def _show_rollback(told: Mapping[str, Any]) -> None:
    rows = [
        {**each, "before": _layer_value(each, "before", "added"), "after": _layer_value(each, "after", "removed")}
        for each in told["changes"]
    ]
    show_table(rows, CHANGE_COLUMNS, empty="The phone's own layer stays as it is.")
    same = "says the same as" if told["identical"] else f"still differs in {len(told['items'])} keys from"
    verb = "Would be" if told["dry_run"] else "Now"
    errors().print(f"{verb} version {told['version']}; it {same} {told['rolled_back_to']}.", highlight=False)
    if not told["identical"]:
        for line in _difference_lines(told["items"]):
            console().print(line, soft_wrap=True)


def _layer_value(change: Mapping[str, Any], side: str, absent: str) -> str:
    if change[side] is None and change["change"] != absent:
        return "(taken away)"
    return shortened(change[side])
