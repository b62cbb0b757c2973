"""Phone books as given: xml, vcf or csv; told apart by content, checked, and counted. Nothing is rewritten here.

A phone drops a broken book without a word, so what it would drop is refused before it is sent.
"""

import csv
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

from lxml import etree

from acs.errors import BadFile
from acs.formats.fanvil_text import decode
from acs.formats.fanvil_xml import decode_xml, hardened

Kind = Literal["xml", "vcf", "csv"]

ROOT_SUFFIX = "IPPhoneDirectory"
"""The root may have any maker's name in front: ``FanvilIPPhoneDirectory``."""
_NAME_COLUMNS = frozenset({"name", "display name", "displayname", "title"})
_NUMBER_COLUMNS = frozenset({"work", "mobile", "other", "number", "phone", "telephone", "office", "home"})


def sniff(data: bytes) -> Kind | None:
    """Which kind of phone book the content looks like, or None."""
    text = decode_xml(data).lstrip()
    if re.match(r"<\?xml|<!--|<\w*" + ROOT_SUFFIX, text):
        return "xml"
    if re.match(r"BEGIN:VCARD", text, re.IGNORECASE):
        return "vcf"
    header = next(iter(csv.reader(text.splitlines()[:1])), [])
    names = {cell.strip().casefold() for cell in header}
    return "csv" if names & _NAME_COLUMNS and names & _NUMBER_COLUMNS else None


def count(data: bytes) -> int:
    """The number of entries of a phone book.

    Raises:
        BadFile: it is none, or a phone would drop it; says where it is wrong.
    """
    kind = sniff(data)
    if kind is None:
        raise BadFile(
            f"not a phone book: wanted XML with a root <...{ROOT_SUFFIX}>, vCards, or CSV with a header like "
            '"name","work","mobile","other","ring","groups"'
        )
    return _COUNTERS[kind](data)


def _count_xml(data: bytes) -> int:
    try:
        root = hardened(decode_xml(data))
    except etree.XMLSyntaxError as error:
        raise BadFile(f"phone book: not well-formed XML: {error.msg}") from None
    if not str(root.tag).endswith(ROOT_SUFFIX):
        raise BadFile(f"phone book: root is <{root.tag!s}>, wanted <...{ROOT_SUFFIX}>")
    entries = [entry for entry in root if entry.tag in ("DirectoryEntry", "MenuItem")]
    for position, entry in enumerate(entries, 1):
        name = entry.findtext("Name") if entry.tag == "DirectoryEntry" else entry.findtext("Prompt")
        if not (name or "").strip():
            raise BadFile(f"phone book: entry {position} has no name")
    return len(entries)


def _count_vcf(data: bytes) -> int:
    cards = 0
    inside = named = False
    for number, line in enumerate(decode(data).splitlines(), 1):
        prop = re.split("[:;]", line, maxsplit=1)[0].strip().upper().rpartition(".")[2]
        mark = line.strip().upper()
        if mark == "BEGIN:VCARD":
            if inside:
                raise BadFile(f"phone book: line {number} begins a vCard inside another")
            inside, named = True, False
        elif mark == "END:VCARD":
            if not inside or not named:
                raise BadFile(
                    f"phone book: the vCard that ends in line {number} has no {'name' if inside else 'begin'}"
                )
            inside, cards = False, cards + 1
        elif prop in ("FN", "N"):
            named = True
    if inside:
        raise BadFile("phone book: the last vCard has no END:VCARD")
    return cards


def _count_csv(data: bytes) -> int:
    try:
        rows = [row for row in csv.reader(decode(data).splitlines(), strict=True) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise BadFile(f"phone book: not CSV: {error}") from None
    header, *entries = rows
    for number, row in enumerate(entries, 2):
        if len(row) != len(header):
            raise BadFile(f"phone book: row {number} has {len(row)} columns, the header has {len(header)}")
    return len(entries)


_COUNTERS: Mapping[Kind, Callable[[bytes], int]] = MappingProxyType(
    {"xml": _count_xml, "vcf": _count_vcf, "csv": _count_csv}
)
