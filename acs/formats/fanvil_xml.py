"""The ``<sysConf>`` files of Fanvil phones: generation 2 as XML, mapped by the table of `sysconf_map`.

``Auto ... Url`` commands have no element of their own in ``<ap>``; they travel in an embedded
``<AUTOUPDATE_CONFIG_MODULE>`` of the old XML form, which phones in production are known to take.
"""

import re

from lxml import etree

from acs.errors import BadFile, BadSettings
from acs.formats import sysconf_map as table
from acs.formats.document import ConfigDocument, Item, Module, check
from acs.formats.fanvil_text import FOOTER, decode

ROOT = "sysConf"
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
MAX_BYTES = 8 * 1024 * 1024
_AUTOUPDATE = "AUTOUPDATE CONFIG MODULE"
_EMBEDDED = _AUTOUPDATE.replace(" ", "_")
_COMMAND = re.compile(r"Auto .+ (?:Url|URL)")
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_DTD = re.compile(r"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARED = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)


def write_sysconf(document: ConfigDocument) -> bytes:
    """The bytes of a ``<sysConf>`` file; masked items are left out, which leaves them as they are on the phone.

    Raises:
        BadSettings: a value, key or version would break the file, or two keys become one element.
    """
    check(document)
    root = etree.Element(ROOT)
    if document.version is not None:
        etree.SubElement(root, "Version").text = document.version
    for module in document.modules:
        commands = [item for item in module.items if module.name == _AUTOUPDATE and _COMMAND.fullmatch(item.name)]
        _write_module(root, module, skip=commands)
        if commands:
            embedded = etree.SubElement(root, _EMBEDDED)
            for item in commands:
                _leaf(embedded, item.name.replace(" ", "_"), item, module.name)
    etree.indent(root, space="    ")
    return DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False) + b"\n"


def _write_module(root: etree._Element, module: Module, *, skip: list[Item]) -> None:
    items = [item for item in module.items if not item.masked and item not in skip]
    if not items and skip:
        return
    name = table.MODULES.get(module.name, table.squeeze(module.name))
    top = _child(root, name, module.name)
    places: dict[tuple[table.Step, ...], etree._Element] = {(): top}
    written: dict[tuple[tuple[table.Step, ...], str], str] = {}
    for item in items:
        steps = table.steps_of(module.name, item.section, item.index)
        element = table.squeeze(item.key)
        if written.setdefault((steps, element), item.name) != item.name or (*steps, (element, None)) in places:
            raise BadSettings(
                f"{module.name}: {item.name!r} and {written[steps, element]!r} are the same element <{element}>",
                field=f"raw.{module.name}.{item.name}",
            )
        for depth in range(1, len(steps) + 1):
            if steps[:depth] not in places:
                tag, number = steps[depth - 1]
                place = _child(places[steps[: depth - 1]], tag, f"{module.name}.{item.section}")
                if number is not None:
                    place.set("index", str(number))
                places[steps[:depth]] = place
        _leaf(places[steps], element, item, module.name)


def _child(parent: etree._Element, tag: str, where: str) -> etree._Element:
    if not _NAME.fullmatch(tag):
        raise BadSettings(f"{tag!r} cannot be the name of an XML element", field=f"raw.{where}")
    return etree.SubElement(parent, tag)


def _leaf(parent: etree._Element, tag: str, item: Item, module: str) -> None:
    _child(parent, tag, f"{module}.{item.name}").text = item.value


def read_sysconf(data: bytes) -> ConfigDocument:
    """The document in a ``<sysConf>`` file, in the vocabulary of the text files.

    Raises:
        BadFile: not XML, not ``<sysConf>``, a DTD, or more than `MAX_BYTES`.
    """
    root = parse(data, ROOT)
    version: str | None = None
    modules: dict[str, list[Item]] = {}
    for child in root:
        tag = str(child.tag)
        if tag.casefold() == "version":
            version = (child.text or "").strip() or None
        elif tag == _EMBEDDED:
            modules.setdefault(_AUTOUPDATE, []).extend(
                Item(str(leaf.tag).replace("_", " "), leaf.text or "") for leaf in child
            )
        else:
            name = table.ELEMENTS.get(tag, tag)
            items = modules.setdefault(name, [])
            _read_items(child, name, (), items)
    return ConfigDocument(tuple(Module(name, tuple(items)) for name, items in modules.items()), version).ordered()


def _read_items(parent: etree._Element, module: str, steps: tuple[table.Step, ...], items: list[Item]) -> None:
    section, index = table.place_of(module, steps)
    for child in parent:
        tag = str(child.tag)
        number = child.get("index")
        if len(child) == 0 and number is None:
            items.append(Item(table.spaced(tag), child.text or "", section, index))
        elif number is None or (number.strip().isascii() and number.strip().isdigit()):
            _read_items(child, module, (*steps, (tag, None if number is None else int(number))), items)
        else:
            raise BadFile(f"<{tag} index={number!r}>: wanted a number")


def parse(data: bytes, root: str) -> etree._Element:
    """The root element of a phone's XML file. No DTD, no entities, no network.

    Phones are known to take a file whose root is not closed and which ends like a text file; so does this.

    Raises:
        BadFile: it is no such file.
    """
    if len(data) > MAX_BYTES:
        raise BadFile(f"{len(data)} bytes are too many for a configuration file")
    text = _bare(decode_xml(data)).removesuffix(FOOTER).rstrip()
    try:
        element = _fromstring(text)
    except etree.XMLSyntaxError:
        try:
            element = _fromstring(f"{text}</{root}>")
        except etree.XMLSyntaxError as error:
            raise BadFile(f"not well-formed XML: {error.msg}") from None
    if element.tag != root:
        raise BadFile(f"root element is <{element.tag!s}>, wanted <{root}>")
    return element


def decode_xml(data: bytes) -> str:
    """Text of an XML file: UTF-16 by its mark, else as `fanvil_text.decode`; the declaration is not believed."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    return decode(data)


def hardened(text: str) -> etree._Element:
    """The root element of any XML text. No DTD, no entities, no network, no comments, no instructions.

    Raises:
        BadFile: there is a DTD.
        lxml.etree.XMLSyntaxError: not well-formed.
    """
    return _fromstring(_bare(text))


def _bare(text: str) -> str:
    # The declaration names an encoding that no longer holds once the bytes are text.
    text = _DECLARED.sub("", text, count=1).strip()
    if _DTD.search(text):
        raise BadFile("a document type or an entity declaration has no place in a phone's file")
    return text


def _fromstring(text: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    return etree.fromstring(text.encode("utf-8", "replace"), parser)
