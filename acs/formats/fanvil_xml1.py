"""The ``<VOIP_CONFIG_FILE>`` files of Fanvil phones: generation 1 as XML, mapped by rule alone.

Modules and keys have ``_`` for each of their spaces (``SIP  Port`` is ``<SIP__Port>``). A sub-section is an element
that holds an ``_Entry`` for each entry of its list, with the prefix in ``<ID>``. A key that follows a list stands under
the list's marker in a text file, and behind the list's element in XML.
"""

import re
from collections.abc import Iterator

from lxml import etree

from acs.errors import BadFile, BadSettings
from acs.formats.document import LOOSE, MAX_ITEMS, ConfigDocument, Item, Module, check
from acs.formats.hardened import DECLARATION, parse, value_of
from acs.formats.xml_names import spaced_out, text, underscored

ROOT = "VOIP_CONFIG_FILE"
SECTIONS = {
    "SIP": "SIP Line List",
    "P": "Port Config",
    "Account": "MMI Account",
    "Alert": "Alert Info Ring",
    "MCAST": "Mcast Addr",
    "LDAP": "LDAP Config",
    "XML-PBook": "Xml PhoneBook",
    "Fkey": "Function Key",
    "SoftFkey": "Soft Dss Key",
    "HS": "Line Conf List",
    "BWDir": "BW Directory Conf",
    "BWCLog": "BW Calllogs Conf",
    "Item": "DHCP List",
    "Codec": "Codec Config",
}
"""Prefix of a list entry to the marker that it stands under, for files of hands that leave the markers out."""
_PREFIXES = {section: prefix for prefix, section in SECTIONS.items()}
_ENTRY = "_Entry"
_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]*[0-9]")


def write_xml1(document: ConfigDocument) -> bytes:
    """The bytes of the file, a line for each key; masked items are left out: the phone keeps what it has.

    Raises:
        BadSettings: a value, key or version would break the file.
    """
    check(document)
    lines = [DECLARATION, f"<{ROOT}>"]
    if document.version is not None:
        lines.append(f"<version>{text(document.version)}</version>")
    modules: dict[str, list[Item]] = {}
    for module in document.modules:
        modules.setdefault(module.name, []).extend(module.items)
    for name, items in modules.items():
        lines += module_lines(name, items)
    return "\n".join([*lines, f"</{ROOT}>", ""]).encode()


def module_lines(name: str, items: list[Item]) -> Iterator[str]:
    """One module, from its opening tag to its closing one."""
    inner = [item for item in items if not item.masked]
    if name == LOOSE:
        yield from (_leaf(item.name, item.value) for item in inner)
        return
    tag = underscored(name)
    yield f"<{tag}>"
    sections: dict[str, dict[str, list[Item]]] = {"": {"": []}}
    for item in inner:
        section = item.section or (SECTIONS.get(item.index.rstrip("0123456789"), "") if item.index else "")
        sections.setdefault(section, {}).setdefault(item.index, []).append(item)
    for section, entries in sections.items():
        if section and "" in section.split("/"):
            raise BadSettings(f"{name}: sub-section {section!r} cannot be the name of an element", field=f"raw.{name}")
        yield from _section_lines(section, entries)
    yield f"</{tag}>"


def _section_lines(section: str, entries: dict[str, list[Item]]) -> Iterator[str]:
    loose = [_leaf(item.key, item.value) for item in entries.get("", ())]
    lists = {index: items for index, items in entries.items() if index}
    if not section:
        yield from loose
        yield from (_leaf(item.name, item.value) for items in lists.values() for item in items)
        return
    names = [underscored(part) for part in section.split("/")]
    yield from (f"<{name}>" for name in names)
    for index, items in lists.items():
        yield f"<{names[-1]}{_ENTRY}>"
        yield f"<ID>{text(index)}</ID>"
        yield from (_leaf(item.key, item.value) for item in items)
        yield f"</{names[-1]}{_ENTRY}>"
    if not lists:
        yield from loose
    yield from (f"</{name}>" for name in reversed(names))
    if lists:
        yield from loose


def _leaf(name: str, value: str) -> str:
    tag = underscored(name)
    return f"<{tag}>{text(value)}</{tag}>"


def read_xml1(data: bytes) -> ConfigDocument:
    """The document in a ``<VOIP_CONFIG_FILE>`` file, in the vocabulary of the text files.

    Raises:
        BadFile: not XML, not ``<VOIP_CONFIG_FILE>``, a DTD, or too much of it.
    """
    version: str | None = None
    modules: dict[str, list[Item]] = {}
    for child in parse(data, ROOT):
        tag = str(child.tag)
        if tag.casefold() == "version":
            version = value_of(child).strip() or None
        elif len(child) == 0 and value_of(child).strip():
            modules.setdefault(LOOSE, []).append(Item(spaced_out(tag), value_of(child)))
        else:
            modules.setdefault(spaced_out(tag), []).extend(items_of(child))
    if sum(map(len, modules.values())) > MAX_ITEMS:
        raise BadFile(f"more than {MAX_ITEMS} keys are too many for a configuration file")
    return ConfigDocument(tuple(Module(name, tuple(items)) for name, items in modules.items()), version)


def items_of(module: etree._Element) -> list[Item]:
    """What stands in the element of a module."""
    items: list[Item] = []
    section = ""
    for child in module:
        name = spaced_out(str(child.tag))
        if len(child):
            section = name
            _read_section(child, section, items)
        elif name in _PREFIXES and not value_of(child).strip():
            section = name
        else:
            items.append(Item(name, value_of(child), section))
    return items


def _read_section(parent: etree._Element, section: str, items: list[Item]) -> None:
    for number, child in enumerate(parent, start=1):
        tag = str(child.tag)
        if tag == str(parent.tag) + _ENTRY:
            _read_entry(child, section, number, items)
        elif len(child):
            _read_section(child, f"{section}/{spaced_out(tag)}", items)
        else:
            items.append(Item(spaced_out(tag), value_of(child), section))


def _read_entry(entry: etree._Element, section: str, number: int, items: list[Item]) -> None:
    index = (entry.findtext("ID") or "").strip()
    told = _ID.fullmatch(index) is not None
    if not told:
        index = f"{_PREFIXES.get(section, 'Entry')}{number}"
    for leaf in entry:
        if len(leaf):
            _read_section(leaf, f"{section}/{spaced_out(str(leaf.tag))}", items)
        elif not (told and leaf.tag == "ID"):
            items.append(Item(spaced_out(str(leaf.tag)), value_of(leaf), section, index))
