"""The text files of Fanvil phones, generations 1 and 2.

Frame: a header of exactly 64 bytes with its CRLF, modules under ``<NAME>`` lines that are never closed, ``key :value``
lines with aligned colons, ``--Section--`` markers, ``<<END OF FILE>>``. Real exports have the header at 62 characters
before the CRLF. Reading takes whatever a phone or a hand has written: no padding, LF, Latin-1, any order.
"""

import re
from collections.abc import Iterator

from acs.errors import BadFile, BadSettings
from acs.formats.document import ConfigDocument, Item, Module, check, item_of

HEADER = "<<VOIP CONFIG FILE>>"
FOOTER = "<<END OF FILE>>"
MASK = "###"
HEADER_WIDTH = 62
"""Characters before the CRLF; with it the 64 of the manual's section 4.1."""
KEY_WIDTH = 19
"""The colon is the 20th character; generation 1 cuts longer keys to this, generation 2 lets them push the colon."""

_MODULE = re.compile(r"<(?!<)([^<>]+)>\s*")
_MARKERS = {"Time Plan List": "--Time Plan List--  "}
_PAGE = re.compile(r"Dsskey Config[0-9]+")


def write(document: ConfigDocument, *, generation: int) -> bytes:
    """The bytes of the file; the same document always gives the same bytes.

    Raises:
        BadSettings: a value, key or version would break the file; the field names it.
    """
    check(document)
    lines = [f"{HEADER}Version:{document.version or ''}".ljust(HEADER_WIDTH), ""]
    for module in document.ordered().modules:
        lines += _module_lines(module, generation)
        lines.append("")
    lines += [FOOTER, ""]
    return "\r\n".join(lines).encode()


def _module_lines(module: Module, generation: int) -> Iterator[str]:
    yield f"<{module.name}>"
    section = ""
    keys: dict[str, str] = {}
    for item in module.items:
        if item.section != section:
            section = item.section
            keys.clear()
            yield marker(section, generation) + ":"
        key = _column(item, generation)
        if keys.setdefault(key, item.name) != item.name:
            raise BadSettings(
                f"{module.name}: {item.name!r} and {keys[key]!r} are one key once cut to {KEY_WIDTH} characters",
                field=f"raw.{module.name}.{item.name}",
            )
        yield f"{MASK if item.masked else ''}{key}:{'' if item.masked else item.value}"


def _column(item: Item, generation: int) -> str:
    if generation == 1:
        return item.name[:KEY_WIDTH].ljust(KEY_WIDTH)
    prefix = f"{item.index} " if item.index else ""
    return prefix + item.key.ljust(KEY_WIDTH)


def marker(section: str, generation: int) -> str:
    """The ``--Section--`` line up to its colon; two of generation 2 are off the column in every real export."""
    text = f"--{section}--"
    if generation == 1:
        return text[:KEY_WIDTH].ljust(KEY_WIDTH)
    return text if _PAGE.fullmatch(section) else _MARKERS.get(section, text.ljust(KEY_WIDTH))


def read(data: bytes) -> ConfigDocument:
    """The document in a file of either generation.

    Everything after a line's first colon is the value, to the last space. Lines without a colon, and lines outside a
    module, say nothing to a phone and are passed over.

    Raises:
        BadFile: there is no ``<<VOIP CONFIG FILE>>`` header.
    """
    lines = iter(decode(data).split("\n"))
    head = next((line for line in lines if line.strip()), "").strip()
    if not head.upper().startswith(HEADER):
        raise BadFile(f"not a text configuration file: it does not begin with {HEADER}")
    modules: list[tuple[str, list[Item]]] = []
    section = ""
    for raw in lines:
        line = raw.removesuffix("\r")
        if line.startswith(FOOTER):
            break
        if found := _MODULE.fullmatch(line):
            modules.append((found[1].strip(), []))
            section = ""
        elif modules and (name := line.partition(":")[0].strip()):
            if name.startswith("--"):
                section = _section(name)
            elif ":" in line:
                masked = name.startswith(MASK)
                value = line.partition(":")[2]
                modules[-1][1].append(item_of(name.removeprefix(MASK), value, section=section, masked=masked))
    return ConfigDocument(tuple(Module(name, tuple(items)) for name, items in modules), _version(head))


def _section(name: str) -> str:
    # Generation 1 cuts markers too: "--BW Calllogs Conf-", "--BW Directory Conf". Only the cut form ends in one dash.
    text = name[2:]
    if text.endswith("--"):
        return text[:-2]
    return text[:-1] if len(name) == KEY_WIDTH and text.endswith("-") else text


def _version(head: str) -> str | None:
    _, _, version = head[len(HEADER) :].partition(":")
    return version.strip() or None


def decode(data: bytes) -> str:
    """Text of a phone's file: UTF-8 with or without a byte order mark, else Latin-1 (old exports)."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")
