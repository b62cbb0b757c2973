"""``acs render --all``: the configurations of many phones in one run, with its progress shown."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from acs.cli.client import Client
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import console, errors, plain, show_json, show_table

LEAST_STEP = 100
"""Phones between two lines of a log."""
SHOWN = 20
"""Phones that could not be rendered which are listed one by one; --json has them all."""


def render_all(client: Client, query: Mapping[str, Any], *, out: Path | None, as_json: bool) -> None:
    """Render every phone that matches; write the files to a folder where one is given.

    Raises:
        CommandFailed: the folder cannot be written, or the answer ended early.
    """
    began = monotonic()
    lines = client.lines("/configs", {**query, "content": out is not None})
    total = int(next(lines, {"total": 0})["total"])
    if out is not None:
        _ready(out)
    rendered, changed, size = 0, 0, 0
    failed: list[dict[str, Any]] = []
    with _progress(total, quiet=as_json) as advance:
        for row in lines:
            advance()
            if row["error"] is not None:
                failed.append(row)
                continue
            rendered += 1
            changed += row["changed"]
            size += row["size"]
            if out is not None:
                _write(out / row["file_name"], row["content"])
    gone = total - rendered - len(failed)
    seconds = monotonic() - began
    if as_json:
        facts = {"total": total, "rendered": rendered, "changed": changed, "gone": gone, "bytes": size}
        show_json({**facts, "seconds": round(seconds, 3), "failed": failed})
    else:
        _told(total, rendered, changed, size, seconds, out, failed)
    if failed:
        raise typer.Exit(int(Exit.FAILED))


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Callable[[], None]]:
    """Show how far it is, on standard error: a bar on a terminal, a line for every tenth in a log."""
    shown = errors()
    if shown.is_terminal:
        columns = (TextColumn("Rendering"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=shown, transient=True) as bar:
            task = bar.add_task("", total=total)
            yield lambda: bar.advance(task)
        return
    step = max(total // 10, LEAST_STEP)
    done = 0

    def advance() -> None:
        nonlocal done
        done += 1
        if not quiet and done % step == 0 and done < total:
            shown.print(f"{done} of {total} phones rendered")

    yield advance


def _told(
    total: int, rendered: int, changed: int, size: int, seconds: float, out: Path | None, failed: list[dict[str, Any]]
) -> None:
    pace = f" ({seconds / rendered * 1000:.1f} ms each)" if rendered else ""
    where = f", in {out}" if out is not None else ""
    console().print(
        f"{rendered} of {total} phones rendered in {seconds:.1f} s{pace}, {size} bytes{where}; "
        f"{changed} differ from what was last made for the phone."
    )
    if failed:
        shown = [{"phone": row["mac"] or row["device_id"], **row} for row in failed[:SHOWN]]
        columns = (("phone", "Phone"), ("model", "Model"), ("error.message", "Why not"))
        show_table(shown, columns)
        reasons = Counter(plain(row["error"]["field"]) or "-" for row in failed)
        summary = ", ".join(f"{field}: {count}" for field, count in reasons.most_common(5))
        errors().print(f"{len(failed)} phones cannot be rendered (by field: {summary}).", style="red")


def _ready(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CommandFailed(f"{out}: {error}", Exit.USAGE) from error


def _write(path: Path, content: str) -> None:
    try:
        path.write_bytes(content.encode())
        path.chmod(0o600)
    except OSError as error:
        raise CommandFailed(f"{path}: {error}") from error
