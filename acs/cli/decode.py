"""``acs decode``: explains any captured envelope, phone configuration or phone book, without a server."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from acs import formats
from acs.cli.options import AsJson
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import console, show_fields, show_json, show_table
from acs.errors import AcsError

MAX_BYTES: Final = 64 * 1024 * 1024
HIDDEN: Final = "***"


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a file turned out to be."""

    what: str
    facts: dict[str, Any]
    rows: list[dict[str, Any]] = field(default_factory=list)
    columns: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {"what": self.what, **self.facts, "items": self.rows}


def decode_command(
    file: Annotated[str, typer.Argument(help="The file; - for standard input.")],
    reveal: Annotated[bool, typer.Option("--reveal", help="Show passwords and keys.")] = False,
    as_json: AsJson = False,
) -> None:
    """Explain a captured CWMP envelope, a phone's configuration or a phone book."""
    decoded = decode(_read(file), reveal=reveal)
    if as_json:
        show_json(decoded.as_json())
        return
    console().print(decoded.what, style="bold")
    show_fields(decoded.facts)
    if decoded.rows:
        show_table(decoded.rows, decoded.columns)


def decode(data: bytes, *, reveal: bool = False) -> Decoded:
    """Find out what some bytes are, and take them apart.

    Raises:
        CommandFailed: they are nothing that is known here; says what was tried.
    """
    refusals = []
    body = _without_http_head(data)
    for attempt in (_configuration, _phone_book, _envelope):
        try:
            found = attempt(body, reveal)
        except AcsError as error:
            refusals.append(error.message)
            continue
        if found is not None:
            return found
    tried = "; ".join(refusals) or "neither a CWMP envelope nor a configuration nor a phone book"
    raise CommandFailed(f"This cannot be read: {tried}. An encrypted configuration has to be decrypted first.")


def _configuration(data: bytes, reveal: bool) -> Decoded | None:
    dialect = formats.detect(data)
    if dialect is None:
        return None
    from acs.domain.phones.secrets import redact_config

    document = formats.read(data)
    if not reveal:
        document = redact_config(document)
    rows = [
        {"module": module, "section": item.section, "key": item.name, "value": HIDDEN if item.masked else item.value}
        for module, item in document
    ]
    facts = {"dialect": dialect.value, "version": document.version, "modules": len(document.modules), "keys": len(rows)}
    columns = (("module", "Module"), ("section", "Section"), ("key", "Key"), ("value", "Value"))
    return Decoded("Phone configuration", facts, rows, columns)


def _phone_book(data: bytes, reveal: bool) -> Decoded | None:
    from acs.formats import phonebook

    kind = phonebook.sniff(data)
    if kind is None or (kind == "xml" and b"PhoneDirectory" not in data[:4096]):
        return None
    return Decoded("Phone book", {"format": kind, "entries": phonebook.count(data)})


def _envelope(data: bytes, reveal: bool) -> Decoded | None:
    if b"<" not in data:
        return None
    from acs.errors import BadFile
    from cwmp_schemas import envelope
    from cwmp_schemas.sanitize import Refused

    try:
        found = envelope.read(data)
    except Refused as error:
        raise BadFile(f"no CWMP envelope ({error.reason}: {error.detail})") from error
    facts: dict[str, Any] = {
        "method": found.method or "(empty body)",
        "cwmp_version": found.version,
        "namespace": found.cwmp_namespace,
        "id": found.id,
        "session_timeout": found.session_timeout,
        "hold_requests": found.hold_requests or None,
        "warnings": [
            {"code": each.code, "detail": each.detail, **({"quirk": each.quirk} if each.quirk else {})}
            for each in found.warnings
        ],
    }
    rows = list(_leaves(_value(found.body, reveal))) if found.body is not None else []
    return Decoded("CWMP envelope", facts, rows, (("name", "Field"), ("value", "Value")))


def _value(value: Any, reveal: bool) -> Any:
    """Give a message as JSON: structures as objects, named values with their type, secrets hidden."""
    from acs.domain.parameters.values import is_secret
    from cwmp_schemas._spyne import Struct
    from cwmp_schemas.structs import TypedValue

    if isinstance(value, Struct):
        fields = {name: _value(item, reveal) for name, item in vars(value).items()}
        for name, item in fields.items():
            named = is_secret(name) or (name == "Value" and is_secret(str(fields.get("Name", ""))))
            if named and not reveal and item not in (None, "", {"text": "", "type": "xsd:string"}):
                fields[name] = HIDDEN
        return fields
    if isinstance(value, TypedValue):
        return {"text": value.text, "type": value.type}
    if isinstance(value, Mapping):
        return {str(name): _value(item, reveal) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_value(item, reveal) for item in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _leaves(value: Any, path: str = "") -> Any:
    if isinstance(value, dict):
        if {"Name", "Value"} <= value.keys():
            shown = value["Value"]
            text = f"{shown['text']}  ({shown['type']})" if isinstance(shown, dict) else shown
            yield {"name": value["Name"], "value": text}
            return
        for name, item in value.items():
            yield from _leaves(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    else:
        yield {"name": path, "value": value}


def _without_http_head(data: bytes) -> bytes:
    """A capture may begin with the request line and headers."""
    if data[:5] in (b"POST ", b"HTTP/"):
        _, found, body = data.partition(b"\r\n\r\n")
        return body if found else data.partition(b"\n\n")[2]
    return data


def _read(file: str) -> bytes:
    try:
        if file == "-":
            data = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(file).open("rb") as source:
                data = source.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise CommandFailed(f"There is no file {file}.", Exit.USAGE) from error
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise CommandFailed(f"{file} is larger than {MAX_BYTES} bytes.")
    return data
