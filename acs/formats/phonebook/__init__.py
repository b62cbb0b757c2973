"""Phone books: as values, and as the three kinds of file that phones take (xml, vcf, csv), told apart by content.

A phone drops a broken book without a word, so what it would drop is refused before it is sent. Begin with ``book``, the
values; ``directory``, ``vcard`` and ``csv_table`` are one kind of file each; ``reading`` tells them apart.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from acs.formats.phonebook import csv_table, directory, vcard
from acs.formats.phonebook.book import (
    FORMATS,
    MAX_CONTACTS,
    Contact,
    Group,
    Kind,
    Number,
    Phonebook,
    Reading,
    Skipped,
    check,
    contact,
    left_out,
    said,
)
from acs.formats.phonebook.reading import count, read, sniff

__all__ = [
    "FORMATS",
    "MAX_CONTACTS",
    "Contact",
    "Group",
    "Kind",
    "Number",
    "Phonebook",
    "Reading",
    "Skipped",
    "check",
    "contact",
    "count",
    "left_out",
    "read",
    "said",
    "sniff",
    "write",
]

_WRITERS: Mapping[Kind, Callable[[Phonebook], bytes]] = MappingProxyType(
    {"xml": directory.write, "vcf": vcard.write, "csv": csv_table.write}
)


def write(book: Phonebook, kind: Kind) -> bytes:
    """The bytes of a book as one kind of file: the same ones for the same book, whenever it is written.

    ``read(write(book, kind))`` gives ``said(book, kind)``, except that neighbours who are alike but for their numbers
    may come back as one contact (`Reading.joined`); what ``said`` leaves out is told by ``left_out``.

    Raises:
        BadRequest: a contact would break the file; names it.
    """
    check(book)
    return _WRITERS[kind](said(book, kind))
