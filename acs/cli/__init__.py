"""The command line: ``acs serve`` and what runs beside it, and an operator's commands over the REST API.

A command of an operator is a thin client: it says what is wanted to the API and shows what comes back, as a table or,
with ``--json``, for machines. Exit codes are those of ``outcome.py``. May import everything; begin at ``options.py``
(how a command finds its server) and ``devices.py``.
"""

import sys

import typer

from acs.cli import (
    audit,
    convert,
    crypt,
    decode,
    devices,
    doctor,
    files,
    history,
    loids,
    models,
    phonebooks,
    quirks,
    render,
    schema,
    server,
    settings,
    tasks,
    tokens,
)
from acs.cli.outcome import MEANING, CommandFailed, Exit
from acs.cli.output import errors, show_json
from acs.errors import AcsError
from acs.simulator.cli import simulate_command

_EPILOG = "Exit codes: " + "; ".join(f"{code.value} {meaning}" for code, meaning in MEANING.items()) + "."

app = typer.Typer(
    name="acs",
    help="The open auto-configuration server (TR-069) for IP phones.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(server.serve)
app.command()(server.demo)
app.command("simulate")(simulate_command)
app.command()(server.migrate)
app.command()(doctor.doctor)
app.add_typer(devices.app, name="device")
app.add_typer(quirks.app, name="quirk")
app.add_typer(tasks.app, name="task")
app.add_typer(files.app, name="file")
app.add_typer(models.app, name="model")
app.add_typer(phonebooks.app, name="phonebook")
app.add_typer(settings.app, name="settings")
app.add_typer(loids.app, name="loid")
app.command()(render.render)
app.command()(history.diff)
app.add_typer(history.app, name="config")
app.command()(audit.audit)
app.add_typer(tokens.app, name="token")
app.add_typer(crypt.app, name="crypt")
app.command("decode")(decode.decode_command)
app.command("convert")(convert.convert_command)
app.command()(schema.schema)


def main() -> None:
    """Run a command; end with its exit code."""
    try:
        app()
    except CommandFailed as failure:
        _tell(failure.message, failure.details)
        sys.exit(failure.code)
    except AcsError as error:
        _tell(error.message, None)
        sys.exit(Exit.FAILED)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(Exit.FAILED)


def _tell(message: str, details: object) -> None:
    if "--json" in sys.argv and details is not None:
        show_json(details)
    errors().print(f"acs: {message}", markup=False, soft_wrap=True, style="red")
