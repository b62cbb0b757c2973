"""The files of the phones, as pure bytes and values: configuration in several dialects, containers, phone books.

May import ``acs.errors`` only. Begin at `document` (what a configuration file says); `read` and `write` choose the
dialect's module, `detect` finds the dialect of anything, `convert` turns one into another. `http_capture` takes apart
what was recorded on the wire.
"""

from acs.formats.codecs import CODECS, Codec, read, write
from acs.formats.convert import Conversion, convert
from acs.formats.detect import detect
from acs.formats.document import ConfigDocument, Dialect, Item, Module

__all__ = [
    "CODECS",
    "Codec",
    "ConfigDocument",
    "Conversion",
    "Dialect",
    "Item",
    "Module",
    "convert",
    "detect",
    "read",
    "write",
]
