"""``acs/docs/reference/cli.md``, written from the commands; a test holds the page to it."""

import sys
from collections.abc import Iterator
from typing import Any

import typer.main

from acs.cli.outcome import MEANING

_HEAD = """\
# Command line

<!-- Written from acs/cli by "./run docs"; change it there. -->

`acs COMMAND --help` says the same. In a checkout: `./run acs COMMAND`.

Commands that talk to a server find it by `--url` (`ACS_API_URL`) and prove themselves by `--token` (`ACS_ADMIN_TOKEN`).
Without these they take the local server's address from the settings, and the token from the file `admin-token` in the
data folder. With `--json` they print JSON and nothing else; messages go to standard error.

## Exit codes

| code | meaning |
|---|---|
"""


def reference() -> str:
    """Give the page."""
    from acs.cli import app

    text = _HEAD + "".join(f"| {code.value} | {meaning} |\n" for code, meaning in MEANING.items())
    return text + "".join(_sections(typer.main.get_group(app), "acs"))


def _sections(group: Any, prefix: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield f"\n## `{prefix} {name}`\n\n{_line(command.help)}\n"
            yield from (_command(f"{prefix} {name} {inner}", each, "###") for inner, each in command.commands.items())
        else:
            yield _command(f"{prefix} {name}", command, "##")


def _command(title: str, command: Any, level: str) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and "--help" not in each.opts]
    shown = " ".join(_metavar(each) for each in arguments)
    lines = [f"\n{level} `{f'{title} {shown}'.strip()}`\n\n{_line(command.help)}\n"]
    rows = [(f"`{_metavar(each)}`", each) for each in arguments]
    rows += [(", ".join(f"`{name}`" for name in (*each.opts, *each.secondary_opts)), each) for each in options]
    if rows:
        lines.append("\n| argument or option | meaning |\n|---|---|\n")
        lines += [f"| {name} | {_meaning(each)} |\n" for name, each in rows]
    return "".join(lines)


def _metavar(argument: Any) -> str:
    name = str(argument.metavar or argument.name.upper())
    if name.startswith("["):
        return name
    return name if argument.required else f"[{name}]"


def _meaning(parameter: Any) -> str:
    text = _line(parameter.help or "")
    default = parameter.default
    shown = default is not None and default is not False and not callable(default) and not parameter.required
    if shown and parameter.param_type_name == "option" and str(default) not in ("", "[]", "()"):
        text += f" Default: `{getattr(default, 'value', default)}`."
    if getattr(parameter, "envvar", None):
        text += f" Environment: `{parameter.envvar}`."
    return text.strip().replace("|", "\\|")


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


if __name__ == "__main__":
    sys.stdout.write(reference())
