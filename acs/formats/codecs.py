"""How each dialect is read and written: a table, and what chooses in it."""

from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple

from acs.errors import BadFile
from acs.formats import fanvil_text
from acs.formats.detect import detect
from acs.formats.document import ConfigDocument, Dialect
from acs.formats.fanvil_dotted import read_dotted, write_dotted
from acs.formats.fanvil_xml import read_sysconf, write_sysconf
from acs.formats.fanvil_xml1 import read_xml1, write_xml1


class Codec(NamedTuple):
    """How one dialect is read and written, and as what it travels."""

    read: Callable[[bytes], ConfigDocument]
    write: Callable[[ConfigDocument], bytes]
    content_type: str
    suffix: str


CODECS = MappingProxyType(
    {
        Dialect.TEXT1: Codec(
            fanvil_text.read_1, lambda document: fanvil_text.write(document, generation=1), "text/plain", ".cfg"
        ),
        Dialect.TEXT2: Codec(
            fanvil_text.read, lambda document: fanvil_text.write(document, generation=2), "text/plain", ".cfg"
        ),
        Dialect.DOTTED: Codec(read_dotted, write_dotted, "text/plain", ".cfg"),
        Dialect.XML1: Codec(read_xml1, write_xml1, "text/xml", ".xml"),
        Dialect.SYSCONF: Codec(read_sysconf, write_sysconf, "text/xml", ".xml"),
    }
)
"""The dialects that are spoken; a new one is a row."""


def write(document: ConfigDocument, dialect: Dialect) -> bytes:
    """The bytes of the file in a dialect; equal documents give equal bytes.

    Raises:
        BadSettings: something in the document would break the file.
    """
    return CODECS[dialect].write(document)


def read(data: bytes) -> ConfigDocument:
    """The document in a file, whatever its dialect.

    Raises:
        BadFile: no dialect fits (perhaps it is encrypted), or the file is broken.
    """
    dialect = detect(data)
    if dialect is None:
        raise BadFile("not a configuration file in any known dialect; perhaps it is encrypted")
    return CODECS[dialect].read(data)
