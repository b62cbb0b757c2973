"""A second reading of the phones' files, by other means than the program's: settings as flat sets of their text names.

Each gives (module, entry, key, value) as the dialect spells them; `sysconf_names` and `old_names` turn text names into
those of XML by the rules alone, for comparison.
"""

import re
from collections.abc import Iterator

from lxml import etree

Setting = tuple[str, str, str, str]


def text(data: bytes) -> list[Setting]:
    """Of a text file: whatever stands before the first colon of a line is a key."""
    found: list[Setting] = []
    module = ""
    for line in data.decode().split("\r\n")[2:]:
        if match := re.fullmatch(r"<([A-Za-z0-9 ]+)>", line):
            module = match[1]
        elif match := re.match(r"(?!#|--|<<)(?:([A-Za-z-]+[0-9]+) )?([^:]+?) *:(.*)", line):
            entry, key, value = match[1] or "", match[2], match[3]
            if entry and not re.fullmatch(ENTRIES, entry):
                entry, key = "", f"{entry} {key}"
            found.append((module, entry, key, value))
    return found


ENTRIES = "(SIP|P|Fkey|SoftFkey|Account|LDAP|XML-PBook|MCAST|Alert|HS|BWDir|BWCLog|Item|TimePlan|KcRule)[0-9]+"


def xml1(data: bytes) -> list[Setting]:
    """Of an old XML file."""
    found: list[Setting] = []
    root = etree.fromstring(data)
    assert root.tag == "VOIP_CONFIG_FILE"
    for leaf in root.iter():
        if len(leaf) == 0 and leaf.tag not in ("ID", "version"):
            parents = [str(parent.tag) for parent in leaf.iterancestors()]
            parent = leaf.getparent()
            entry = str(parent.findtext("ID", "")) if parent is not None else ""
            found.append((parents[-2], entry, str(leaf.tag), leaf.text or ""))
    return found


def sysconf(data: bytes) -> list[tuple[str, str, str]]:
    """Of a new XML file: the path with its indexes, the element, the value."""
    root = etree.fromstring(data)
    assert root.tag == "sysConf"
    return [
        (".".join(reversed([_step(parent) for parent in leaf.iterancestors()][:-1])), str(leaf.tag), leaf.text or "")
        for leaf in root.iter(etree.Element)
        if len(leaf) == 0 and leaf.tag != "Version"
    ]


def _step(element: etree._Element) -> str:
    return f"{element.tag!s}.{element.get('index')}" if element.get("index") else str(element.tag)


def dotted(data: bytes) -> list[tuple[str, str]]:
    """Of a dotted file: path and value."""
    lines = data.decode().split("\n")
    assert lines[0] == "#<Voip Config File>#"
    return [(path, value) for path, value in _pairs(lines[1:]) if path != "Version"]


def _pairs(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line and not line.startswith("#"):
            path, value = line.split(" = ", 1)
            yield path, value


def old_names(settings: list[Setting]) -> list[Setting]:
    """The names of a text file as an old XML file has them: a ``_`` for each space."""
    return [(module.replace(" ", "_"), entry, key.replace(" ", "_"), value) for module, entry, key, value in settings]
