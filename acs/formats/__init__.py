"""The files of the phones, as pure bytes and values: configuration in several dialects, containers, phone books.

May import ``acs.errors`` only. Begin at `document` (what a configuration file says); `read` and `write` choose the
dialect's module, `detect` finds the dialect of anything. `http_capture` takes apart what was recorded on the wire.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import NamedTuple

from acs.errors import BadFile, BadRequest
from acs.formats import fanvil_text, fanvil_xml
from acs.formats.detect import detect
from acs.formats.document import ConfigDocument, Dialect, Item, Module

__all__ = ["CODECS", "Codec", "ConfigDocument", "Dialect", "Item", "Module", "detect", "read", "write"]


class Codec(NamedTuple):
    """How one dialect is read and written, and as what it travels."""

    read: Callable[[bytes], ConfigDocument]
    write: Callable[[ConfigDocument], bytes]
    content_type: str
    suffix: str


CODECS = MappingProxyType(
    {
        Dialect.TEXT1: Codec(
            fanvil_text.read, lambda document: fanvil_text.write(document, generation=1), "text/plain", ".cfg"
        ),
        Dialect.TEXT2: Codec(
            fanvil_text.read, lambda document: fanvil_text.write(document, generation=2), "text/plain", ".cfg"
        ),
        Dialect.SYSCONF: Codec(fanvil_xml.read_sysconf, fanvil_xml.write_sysconf, "text/xml", ".xml"),
    }
)
"""The dialects that are spoken; a new one is a row."""


def write(document: ConfigDocument, dialect: Dialect) -> bytes:
    """The bytes of the file in a dialect; equal documents give equal bytes.

    Raises:
        BadSettings: something in the document would break the file.
        BadRequest: the dialect is not spoken.
    """
    if dialect not in CODECS:
        raise BadRequest(f"dialect {dialect} cannot be written; these can: {', '.join(CODECS)}", field="dialect")
    return CODECS[dialect].write(document)


def read(data: bytes) -> ConfigDocument:
    """The document in a file, whatever its dialect.

    Raises:
        BadFile: no dialect fits (perhaps it is encrypted), or the file is broken.
    """
    dialect = detect(data)
    if dialect is None:
        raise BadFile("not a configuration file in any known dialect; perhaps it is encrypted")
    if dialect not in CODECS:
        raise BadFile(f"the file is in dialect {dialect}, which cannot be read; these can: {', '.join(CODECS)}")
    return CODECS[dialect].read(data)
