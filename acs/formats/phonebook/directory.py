"""Phone books as XML: ``<FanvilIPPhoneDirectory>`` with a ``<DirectoryEntry>`` each (fanvil.md 8.3).

Any maker's name may stand in front of ``IPPhoneDirectory``. A directory of ``<MenuItem>`` leads to other directories
that a server answers from; there is nothing in it to import.
"""

from lxml import etree

from acs.errors import BadFile
from acs.formats.fanvil_text import decode
from acs.formats.hardened import DECLARATION, hardened
from acs.formats.phonebook.book import Collector, Number, NumberKind, Phonebook, Reading, entries, split_groups

ROOT = "FanvilIPPhoneDirectory"
ROOT_SUFFIX = "IPPhoneDirectory"
"""The root may have any maker's name in front."""
DEFAULT_RING = "0"
_NUMBERS: dict[str, NumberKind] = {"telephone": "work", "mobile": "mobile", "other": "other"}
_ELEMENTS: dict[NumberKind, str] = {"work": "Telephone", "mobile": "Mobile", "other": "Other"}
_LABELS: dict[str, NumberKind] = {"mobile": "mobile", "cell": "mobile", "other": "other", "home": "other"}
"""Other makers write only ``<Telephone>``, with a label."""
_REPEATABLE: frozenset[NumberKind] = frozenset({"work"})
"""Several ``<Telephone>`` are known to be taken; of the others, phones are known to take one."""


def write(book: Phonebook) -> bytes:
    """The bytes of a book as XML."""
    root = etree.Element(ROOT)
    if book.title:
        etree.SubElement(root, "Title").text = book.title
    for each in book.contacts:
        for row in entries(each, repeatable=_REPEATABLE):
            entry = etree.SubElement(root, "DirectoryEntry")
            _leaf(entry, "Name", row.name)
            for kind, tag in _ELEMENTS.items():
                for text in [number.number for number in row.numbers if number.kind == kind] or [""]:
                    _leaf(entry, tag, text)
            _leaf(entry, "Ring", row.ring or DEFAULT_RING)
            _leaf(entry, "Group", ",".join(row.groups))
    etree.indent(root, space="  ")
    return f"{DECLARATION}\n".encode() + etree.tostring(root, encoding="UTF-8", xml_declaration=False) + b"\n"


def _leaf(parent: etree._Element, tag: str, text: str) -> None:
    etree.SubElement(parent, tag).text = text  # an empty text keeps both tags, as in the files that phones take


def tree(data: bytes) -> etree._Element:
    """The root element of a directory.

    Raises:
        BadFile: not well-formed, a DTD, or another root.
    """
    try:
        root = hardened(decode(data))
    except etree.XMLSyntaxError as error:
        raise BadFile(f"phone book: not well-formed XML: {error.msg}") from None
    if not str(root.tag).endswith(ROOT_SUFFIX):
        raise BadFile(f"phone book: root is <{root.tag!s}>, wanted <...{ROOT_SUFFIX}>")
    return root


def count(data: bytes) -> int:
    """The number of entries.

    Raises:
        BadFile: it is no directory, or an entry has no name.
    """
    found = [entry for entry in tree(data) if entry.tag in ("DirectoryEntry", "MenuItem")]
    for position, entry in enumerate(found, 1):
        name = entry.findtext("Name") if entry.tag == "DirectoryEntry" else entry.findtext("Prompt")
        if not (name or "").strip():
            raise BadFile(f"phone book: entry {position} has no name")
    return len(found)


def read(data: bytes) -> Reading:
    """The book in a directory.

    Raises:
        BadFile: it is no directory, or one of menus.
        BadRequest: it has too many entries.
    """
    root = tree(data)
    if root.find("MenuItem") is not None:
        raise BadFile(
            "phone book: <MenuItem> makes this a search book, which asks a server for its entries; there are no "
            "contacts in it to import"
        )
    collector = Collector("xml", repeatable=_REPEATABLE)
    for entry in root:
        if str(entry.tag).casefold() == "directoryentry":
            _read_entry(entry, collector)
    return collector.reading(root.findtext("Title") or "")


def _read_entry(entry: etree._Element, collector: Collector) -> None:
    name = ring = ""
    numbers: list[Number] = []
    groups: list[str] = []
    others: list[str] = []
    for child in entry:
        tag, text = str(child.tag).casefold(), (child.text or "").strip()
        if not text:
            continue
        if tag == "name" and not name:
            name = text
        elif tag in _NUMBERS:
            label = (child.get("label") or "").casefold()
            labelled = next((kind for word, kind in _LABELS.items() if word in label), _NUMBERS[tag])
            numbers.append(Number(labelled, text))
        elif tag == "ring":
            ring = text
        elif tag == "group":
            groups += split_groups(text)
        else:
            others.append(str(child.tag)[:64])
    collector.entry(name, numbers, ring, groups)
    collector.no_place_for(others)
