"""Which kind of phone book a file is, how many entries it has, and what is in it."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from acs.errors import BadFile
from acs.formats.fanvil_text import decode
from acs.formats.phonebook import csv_table, directory, vcard
from acs.formats.phonebook.book import Kind, Reading

_COUNTERS: Mapping[Kind, Callable[[bytes], int]] = MappingProxyType(
    {"xml": directory.count, "vcf": vcard.count, "csv": csv_table.count}
)
_READERS: Mapping[Kind, Callable[[bytes], Reading]] = MappingProxyType(
    {"xml": directory.read, "vcf": vcard.read, "csv": csv_table.read}
)


def sniff(data: bytes) -> Kind | None:
    """Which kind of phone book the content looks like, or None."""
    text = decode(data).lstrip()
    if re.match(r"<\?xml|<!--|<\w*" + directory.ROOT_SUFFIX, text):
        return "xml"
    if re.match(r"BEGIN[ \t]*:[ \t]*VCARD", text, re.IGNORECASE):
        return "vcf"
    return "csv" if csv_table.header_of(data) is not None else None


def count(data: bytes) -> int:
    """The number of entries of a phone book.

    Raises:
        BadFile: it is none, or a phone would drop it; says where it is wrong.
    """
    return _COUNTERS[_known(data)](data)


def read(data: bytes) -> Reading:
    """The contacts of a phone book, and what could not be taken.

    Raises:
        BadFile: it is none, or broken as a whole.
        BadRequest: it is too large.
    """
    return _READERS[_known(data)](data)


def _known(data: bytes) -> Kind:
    kind = sniff(data)
    if kind is None:
        raise BadFile(
            f"not a phone book: wanted XML with a root <...{directory.ROOT_SUFFIX}>, vCards, or CSV with a header like "
            '"name","work","mobile","other","ring","groups"'
        )
    return kind
