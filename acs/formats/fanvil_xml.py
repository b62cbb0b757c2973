"""The ``<sysConf>`` files of Fanvil phones: generation 2 as XML, mapped by the table of `sysconf_map`.

``Auto ... Url`` commands have no element of their own in ``<ap>``; they travel in an embedded
``<AUTOUPDATE_CONFIG_MODULE>`` of the old XML form, which phones in production are known to take. A name whose spaces no
rule gives back stands in a comment before its element; phones pass comments over.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from acs.errors import BadFile, BadSettings
from acs.formats import fanvil_xml1
from acs.formats import sysconf_map as table
from acs.formats.document import LOOSE, MAX_ITEMS, MAX_NAME, ConfigDocument, Item, Module, check
from acs.formats.hardened import DECLARATION, parse, value_of
from acs.formats.xml_names import escaped, text, underscored, unescaped

ROOT = "sysConf"
INDENT = "    "
_AUTOUPDATE = "AUTOUPDATE CONFIG MODULE"
_COMMAND = re.compile(
    r"Auto .+ (?:Url|URL)|Download (?:Username|Password|Server IP|Protocol|Mode|Interval)|Config File (?:Name|Key)"
)
"""Keys of generation 1 that ``<ap>`` does not have."""
_INDEXED = re.compile(r"(\S+)\[([0-9]{1,8})\]")


class _Element(NamedTuple):
    """An element with what stands in it: lines, and elements again."""

    start: str
    inside: "list[str | _Element]"
    end: str


_Inside = list[str | _Element]


def write_sysconf(document: ConfigDocument) -> bytes:
    """The bytes of a ``<sysConf>`` file; masked items are left out, which leaves them as they are on the phone.

    Raises:
        BadSettings: a value, key or version would break the file, or two keys become one element.
    """
    check(document)
    modules: dict[str, list[Item]] = {}
    for module in document.modules:
        modules.setdefault(module.name, []).extend(module.items)
    lines: list[str] = []
    if document.version is not None:
        lines.append(f"{INDENT}<Version>{text(document.version)}</Version>")
    for name, items in modules.items():
        commands = [item for item in items if _COMMAND.fullmatch(item.name)] if name == _AUTOUPDATE else []
        if len(items) > len(commands) or not commands:
            _flatten(_module(name, [item for item in items if item not in commands] if commands else items), lines)
        if any(not item.masked for item in commands):
            lines += (INDENT + line for line in _embedded(commands))
    if not lines:
        return f"{DECLARATION}\n<{ROOT}/>\n".encode()
    return "\n".join((DECLARATION, f"<{ROOT}>", *lines, f"</{ROOT}>", "")).encode()


def _embedded(commands: list[Item]) -> list[str]:
    first, *leaves, last = fanvil_xml1.module_lines(_AUTOUPDATE, commands)
    return [first, *(INDENT + leaf for leaf in leaves), last]


def _module(name: str, items: list[Item]) -> _Inside:
    top: _Inside = []
    opened: dict[tuple[table.Step, ...], _Place] = {(): _Place(top, {}, INDENT * (1 if name == LOOSE else 2))}
    places: dict[tuple[str, str], _Place] = {}
    last = None
    inside, written, indent = opened[()]
    for item in items:
        if item.masked:
            continue
        key, value, section, index = item.key, item.value, item.section, item.index
        if (section, index) != last:
            last = section, index
            if last not in places:
                places[last] = _open(table.steps_of(name, section, index), opened, name)
            inside, written, indent = places[last]
        start, end, comment = _tags(key, index)
        if written.setdefault(start, key) != key:
            raise BadSettings(
                f"{name}: {item.name!r} and {written[start] or 'a sub-section'!r} are the same element {start}",
                field=f"raw.{name}.{item.name}",
            )
        if comment:
            inside.append(f"{indent}<!-- {comment} -->")
        inside.append(f"{indent}{start}{value if value.isalnum() else text(value)}{end}")
    if name == LOOSE:
        return top
    start, end, comment = _step_tags(table.module_element(name))
    element = _Element(INDENT + start, top, INDENT + end)
    return [f"{INDENT}<!-- {comment} -->", element] if comment else [element]


class _Place(NamedTuple):
    """An element that is being filled: its content, the keys by their opening tags, the indentation inside."""

    inside: _Inside
    written: dict[str, str]
    indent: str


def _open(steps: tuple[table.Step, ...], opened: dict[tuple[table.Step, ...], _Place], module: str) -> _Place:
    """The element at the end of these steps, opened on the way down where it is not yet."""
    place = opened.get(steps)
    if place is None:
        parent = _open(steps[:-1], opened, module)
        start, end, comment = _step_tags(steps[-1])
        name, number = steps[-1]
        key = "" if number is not None else parent.written.setdefault(start, "")
        if key or start == "<>":
            why = f"and {key!r} are the same element" if key else "cannot be the name of an element"
            raise BadSettings(f"{module}: sub-section {name!r} {why}", field=f"raw.{module}")
        if comment:
            parent.inside.append(f"{parent.indent}<!-- {comment} -->")
        inside: _Inside = []
        parent.inside.append(_Element(parent.indent + start, inside, parent.indent + end))
        place = opened[steps] = _Place(inside, {}, parent.indent + INDENT)
    return place


@lru_cache(maxsize=4096)
def _step_tags(step: table.Step) -> tuple[str, str, str]:
    """Opening tag, closing tag, and the comment that gives the name back where it is not the element's own."""
    name, number = step
    tag = escaped(table.squeeze(name))
    index = "" if number is None else f' index="{number}"'
    return f"<{tag}{index}>", f"</{tag}>", "" if unescaped(tag) == name else _commented(name)


def _flatten(inside: _Inside, lines: list[str]) -> None:
    for part in inside:
        if isinstance(part, str):
            lines.append(part)
        elif part.inside:
            lines.append(part.start)
            _flatten(part.inside, lines)
            lines.append(part.end)
        else:
            lines.append(f"{part.start[:-1]}/>")


@lru_cache(maxsize=8192)
def _tags(key: str, index: str) -> tuple[str, str, str]:
    """Opening tag, closing tag, and the comment that gives the key back where no rule does."""
    found = _INDEXED.fullmatch(key)
    if found is not None:
        tag = escaped(found[1])
        return f'<{tag} index="{int(found[2])}">', f"</{tag}>", ""
    tag = escaped(table.squeeze(key))
    back = table.spaced(unescaped(tag), index.rstrip("0123456789"))
    return f"<{tag}>", f"</{tag}>", "" if back == key else _commented(key)


def _commented(name: str) -> str:
    # A comment cannot hold two hyphens in a row.
    return re.sub("-(?=-)", "%2D", name.replace("%", "%25"))


def _named(comment: str | None, tag: str) -> str | None:
    """The name in a comment, if it is this element's."""
    if comment is None or len(comment) > 2 * MAX_NAME:
        return None
    name = comment[1:-1].replace("%2D", "-").replace("%25", "%")
    return name if comment[:1] == comment[-1:] == " " and escaped(table.squeeze(name)) == tag else None


def read_sysconf(data: bytes) -> ConfigDocument:
    """The document in a ``<sysConf>`` file, in the vocabulary of the text files.

    Raises:
        BadFile: not XML, not ``<sysConf>``, a DTD, or too much of it.
    """
    version: str | None = None
    modules: dict[str, list[Item]] = {}
    comment: str | None = None
    for child in parse(data, ROOT, comments=True):
        if not isinstance(child.tag, str):
            comment = child.text
            continue
        tag = child.tag
        name = _named(comment, tag)
        comment = None
        if tag.casefold() == "version":
            version = value_of(child).strip() or None
        elif tag == underscored(_AUTOUPDATE):
            etree.strip_tags(child, etree.Comment)
            modules.setdefault(_AUTOUPDATE, []).extend(fanvil_xml1.items_of(child))
        elif not _has_elements(child) and value_of(child).strip():
            modules.setdefault(LOOSE, []).append(_leaf(child, name, "", ""))
        else:
            module = table.module_of(name or unescaped(tag), _number(child))
            _read_items(child, module, (), modules.setdefault(module, []))
    if sum(map(len, modules.values())) > MAX_ITEMS:
        raise BadFile(f"more than {MAX_ITEMS} keys are too many for a configuration file")
    return ConfigDocument(tuple(Module(name, tuple(items)) for name, items in modules.items()), version).ordered()


def _read_items(parent: etree._Element, module: str, steps: tuple[table.Step, ...], items: list[Item]) -> None:
    section, index = table.place_of(module, steps)
    comment: str | None = None
    for child in parent:
        if not isinstance(child.tag, str):
            comment = child.text
            continue
        name = _named(comment, child.tag)
        comment = None
        if _has_elements(child):
            _read_items(child, module, (*steps, (name or unescaped(child.tag), _number(child))), items)
        elif value_of(child).strip() or not _is_empty_container(child, module, steps):
            items.append(_leaf(child, name, section, index))


def _leaf(leaf: etree._Element, name: str | None, section: str, index: str) -> Item:
    number = _number(leaf)
    tag = unescaped(str(leaf.tag))
    key = name or table.spaced(tag, index.rstrip("0123456789"))
    return Item(key if number is None else f"{tag}[{number}]", value_of(leaf), section, index)


def _is_empty_container(element: etree._Element, module: str, steps: tuple[table.Step, ...]) -> bool:
    return element.get("index") is not None or (not steps and element.tag in table.containers(module))


def _has_elements(element: etree._Element) -> bool:
    return any(isinstance(child.tag, str) for child in element)


def _number(element: etree._Element) -> int | None:
    number = element.get("index")
    if number is None:
        return None
    if not re.fullmatch(r"\s*[0-9]{1,8}\s*", number, re.ASCII):
        raise BadFile(f"<{element.tag!s} index={number[:40]!r}>: wanted a number")
    return int(number)
