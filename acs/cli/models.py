"""``acs model``: the phone models that a server knows, and files that describe more of them."""

from pathlib import Path
from typing import Annotated, Any

import typer

from acs.cli.client import segment
from acs.cli.options import AsJson, Most, Token, Url, connect
from acs.cli.outcome import CommandFailed
from acs.cli.output import console, show_fields, show_json, show_table
from acs.errors import AcsError

app = typer.Typer(help="Phone models: what is known of each, and files that describe more.", no_args_is_help=True)

_COLUMNS = (
    ("model", "Model"),
    ("series", "Series"),
    ("general_file", "General file"),
    ("dialect", "Dialect"),
    ("lines", "Lines"),
    ("dss_keys", "Keys"),
    ("source", "Source"),
)


@app.command("list")
def list_models(limit: Most = 1000, url: Url = None, token: Token = None, as_json: AsJson = False) -> None:
    """List the models that the server knows."""
    items = list(connect(url, token).pages("/models", most=limit))
    show_json(items) if as_json else show_table(items, _COLUMNS)


@app.command()
def show(
    model: Annotated[str, typer.Argument(help="Its name, another name, or its general file, in any letter case.")],
    url: Url = None,
    token: Token = None,
    as_json: AsJson = False,
) -> None:
    """Show one model."""
    found = connect(url, token).get(f"/models/{segment(model)}")
    show_json(found) if as_json else show_fields(found)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="A file in the shape of models.toml.")],
    as_json: AsJson = False,
) -> None:
    """Check a file that describes models, without a server: as the server would read it beside its own models."""
    from acs.domain.phones.catalogue import BUILT_IN, MODELS
    from acs.services.models import read_text

    try:
        catalogue = BUILT_IN.with_files([(file.name, read_text(file))])
    except AcsError as error:
        raise CommandFailed(error.message) from error
    known = {name.casefold() for name in MODELS}
    rows: list[dict[str, Any]] = [
        {
            "model": model.name,
            "series": model.series,
            "general_file": model.general_file,
            "dialect": model.dialect.value,
            "lines": model.lines,
            "dss_keys": model.dss_keys,
            "source": model.source,
            "replaces_built_in": model.name.casefold() in known,
        }
        for model in catalogue.models.values()
        if model.source == file.name
    ]
    if as_json:
        show_json(rows)
        return
    show_table(rows, (*_COLUMNS[:-1], ("replaces_built_in", "Replaces a built-in one")), empty="It describes no model.")
    models = "1 model" if len(rows) == 1 else f"{len(rows)} models"
    console().print(f"{file.name}: good, {models}.", markup=False)
