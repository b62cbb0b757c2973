"""``acs schema``: the CWMP messages as XML Schema and WSDL, as the models publish themselves."""

from pathlib import Path
from typing import Annotated

import typer

from acs.cli.options import AsJson
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import console, show_json


def schema(
    out: Annotated[Path, typer.Argument(file_okay=False, help="Folder to write to; made if missing.")] = Path(
        "cwmp-schema"
    ),
    version: Annotated[list[str] | None, typer.Option(help="CWMP version, as 1.2; may be repeated. None: all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write WSDL and XML Schema of every CWMP message."""
    from cwmp_schemas import wsdl
    from cwmp_schemas.namespaces import VERSIONS

    chosen = list(version or VERSIONS)
    for each in chosen:
        if each not in VERSIONS:
            raise CommandFailed(f"There is no CWMP version {each!r}; known: {', '.join(VERSIONS)}.", Exit.USAGE)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for each in chosen:
        documents = dict(wsdl.schema_documents(each))
        for callee in ("ACS", "CPE"):
            documents[f"cwmp-{each.replace('.', '-')}-{callee.lower()}.wsdl"] = wsdl.wsdl(each, callee)
        for name, content in documents.items():
            (out / name).write_bytes(content)
            written.append(str(out / name))
    if as_json:
        show_json({"files": written})
    else:
        console().print(f"{len(written)} files in {out}")
