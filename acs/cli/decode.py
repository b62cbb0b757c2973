"""``acs decode``: explains any captured message, phone configuration or phone book, without a server."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from acs import formats
from acs.cli.explain import explain
from acs.cli.options import AsJson
from acs.cli.outcome import CommandFailed, Exit
from acs.cli.output import console, plain, show_fields, show_json, show_table
from acs.cli.source import read_source
from acs.errors import AcsError
from acs.formats import http_capture

HIDDEN: Final = "***"
Columns = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a file turned out to be."""

    what: str
    facts: dict[str, Any]
    rows: list[dict[str, Any]] = field(default_factory=list)
    columns: tuple[tuple[str, str], ...] = ()
    messages: list[dict[str, Any]] = field(default_factory=list)
    """Of CWMP: each one explained."""
    failed: bool = False
    """Something in it is refused."""

    def as_json(self) -> dict[str, Any]:
        """For machines: one message as it is, several as a list."""
        if self.messages:
            return self.messages[0] if len(self.messages) == 1 else {"what": self.what, "messages": self.messages}
        return {"what": self.what, **self.facts, "items": self.rows}


def decode_command(
    file: Annotated[str, typer.Argument(help="The file; - for standard input.")],
    reveal: Annotated[bool, typer.Option("--reveal", help="Show passwords and keys.")] = False,
    as_json: AsJson = False,
) -> None:
    """Explain captured CWMP messages, a phone's configuration or a phone book. Exit code 1 if something is refused."""
    decoded = decode(read_source(file), reveal=reveal)
    if as_json:
        show_json(decoded.as_json())
    elif decoded.messages:
        for number, message in enumerate(decoded.messages, 1):
            if number > 1:
                console().print()
            _show(message, number, len(decoded.messages))
    else:
        console().print(decoded.what, style="bold")
        show_fields(decoded.facts)
        if decoded.rows:
            show_table(decoded.rows, decoded.columns)
    if decoded.failed:
        raise typer.Exit(Exit.FAILED)


def decode(data: bytes, *, reveal: bool = False) -> Decoded:
    """Find out what some bytes are, and take them apart.

    Raises:
        CommandFailed: they are a configuration or a phone book that cannot be read; says why.
    """
    first = http_capture.split(data)[0]
    for attempt in (_configuration, _phone_book):
        try:
            found = attempt(first.body, reveal)
        except AcsError as error:
            raise CommandFailed(f"This cannot be read: {error.message}") from error
        if found is not None:
            return found
    if _is_ciphertext(data):
        hint = "acs crypt decrypt FILE --key-file KEY, with the phone's key"
        return Decoded("Perhaps an encrypted configuration file", {"size": len(data), "to see": hint}, failed=True)
    return _messages(data, reveal)


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


def _is_ciphertext(data: bytes) -> bool:
    """Whether these may be whole blocks of AES: what phones cannot read as it is has no other form."""
    text = sum(byte in _TEXT for byte in data)
    return bool(data) and len(data) % 16 == 0 and text < 0.8 * len(data)


_TEXT = frozenset(b"\t\n\r") | frozenset(range(0x20, 0x7F))


def _phone_book(data: bytes, reveal: bool) -> Decoded | None:
    from acs.formats import phonebook

    kind = phonebook.sniff(data)
    if kind is None or (kind == "xml" and b"PhoneDirectory" not in data[:4096]):
        return None
    return Decoded("Phone book", {"format": kind, "entries": phonebook.count(data)})


def _messages(data: bytes, reveal: bool) -> Decoded:
    """Take it as messages of CWMP; what is none is told with the reason why a server refuses it."""
    messages = [explain(each, reveal=reveal) for each in http_capture.split(data)]
    sound = [each for each in messages if "refused" not in each]
    return Decoded("CWMP", {}, messages=messages, failed=len(sound) < len(messages))


# For people -----------------------------------------------------------------------------------------------------------


def _show(message: Mapping[str, Any], number: int, count: int) -> None:
    out = console()
    title = message.get("method") or message["what"]
    if message.get("kind") in ("request", "response"):
        title += f", a {message['kind']}"
    if message.get("direction"):
        title += f", {message['direction']}"
    out.print(Text((f"{number} of {count}: " if count > 1 else "") + plain(title), style="bold"))
    http = message.get("http")
    if http:
        show_fields(
            {
                "HTTP": f"{http['start']}"
                + (f"  ({http['meaning']})" if http.get("meaning") and "method" in message else ""),
                **{f"  {each['name']}": each["value"] for each in http["headers"]},
                **({"  Odd": http["notes"]} if http["notes"] else {}),
            }
        )
    if "refused" in message:
        refused = message["refused"]
        show_fields(
            {
                "Reason": refused["reason"] + (f" (quirk {refused['quirk']})" if refused["quirk"] else ""),
                "Which means": refused["meaning"],
                "Detail": refused["detail"],
                "A server answers": f"HTTP status {refused['status']}; an unknown sender gets 401 first",
            }
        )
        return
    if "method" not in message:
        return
    show_fields(_facts(message))
    for heading, rows, columns in _tables(message):
        if rows:
            out.print()
            out.print(heading, style="bold")
            show_table(rows, columns)


def _facts(message: Mapping[str, Any]) -> dict[str, Any]:
    who = message.get("who") or {}
    mac = f"{who['mac']} ({who['mac_is']})" if who.get("mac") else None
    schema = message.get("schema")
    valid = None
    if schema is not None:
        valid = f"valid by {schema['against']}" if schema["valid"] else f"NOT valid by {schema['against']}"
    supported = message["supported_versions"]
    deprecated = message.get("deprecated_since")
    return {
        "Manufacturer": who.get("manufacturer"),
        "OUI": who.get("oui"),
        "Product class": who.get("product_class"),
        "Serial number": who.get("serial_number"),
        "Names no phone": who.get("refused"),
        "MAC address": mac,
        "Model": (who.get("model") or "not in the catalogue") if who else None,
        "Firmware": who.get("software_version"),
        "Hardware": who.get("hardware_version"),
        "Retries": message.get("retries") or None,
        "CWMP version": f"{message['cwmp_version']}, told by {message['version_told_by']}",
        "Namespace": message["namespace"] or "(none)",
        "Message id": message["id"] if message["id"] is not None else "(none)",
        "SessionTimeout": f"{message['session_timeout']} s" if message["session_timeout"] is not None else None,
        "Supported versions": ", ".join(supported) or None,
        "UseCWMPVersion": message["use_version"],
        "HoldRequests": message["hold_requests"],
        "NoMoreRequests": message["no_more_requests"],
        "Method": f"deprecated since CWMP {deprecated}" if deprecated else None,
        "Schema": valid,
        "A server answers": message["answer"],
    }


def _tables(message: Mapping[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]], Columns]]:
    events = [
        {
            **each,
            "code": each["code"] + (f" (sent as {each['as_sent']!r})" if "as_sent" in each else ""),
            "cleared": f"{each['cleared_by']}; {each['kept']}" if "cleared_by" in each else "",
        }
        for each in message.get("events", ())
    ]
    columns: Columns = (("code", "Code"), ("meaning", "It says"), ("cleared", "Cleared by"))
    if any(each["command_key"] for each in events):
        columns = (*columns, ("command_key", "CommandKey"))
    yield "Why it calls", events, columns
    faults = message.get("faults", [])
    fault_columns: Columns = (("code", "Code"), ("standard", "The standard's words"), ("said", "What was said"))
    fault_columns = (*fault_columns, ("class", "Class"), ("meaning", "Meaning"))
    if any("parameter" in each for each in faults):
        fault_columns = (*fault_columns, ("parameter", "Parameter"))
    yield "Faults", faults, fault_columns
    odd = [{**each, "quirk": each["quirk"] or "-"} for each in message["warnings"]]
    yield "Oddities", odd, (("quirk", "Quirk"), ("meaning", "What is odd"), ("detail", "Where"))
    problems = [{"problem": each} for each in (message.get("schema") or {}).get("problems", ())]
    yield "What the schema does not allow", problems, (("problem", "Problem"),)
    yield "Content", message.get("items", []), (("name", "Field"), ("value", "Value"))
