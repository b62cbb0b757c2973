"""One dialect into another, by the phones' own rules: nothing is lost but what the other dialect has no way to say."""

from dataclasses import dataclass

from acs.errors import BadFile, BadRequest
from acs.formats.codecs import CODECS
from acs.formats.detect import detect
from acs.formats.document import ConfigDocument, Dialect
from acs.formats.fanvil_text import KEY_WIDTH


@dataclass(frozen=True, slots=True)
class Conversion:
    """A file in another dialect."""

    data: bytes
    source: Dialect
    document: ConfigDocument
    left_out: tuple[str, ...] = ()
    """Masked secrets (``###``), which only text files can spell; left out, they stay as they are on the phone."""
    cut: tuple[str, ...] = ()
    """Keys that text files of generation 1 have no room for; they are cut, as phones cut them."""


def convert(data: bytes, to: Dialect) -> Conversion:
    """The same settings in another dialect of the same generation.

    text1 and xml1 hold the same modules and keys, and so do text2, sysconf and dotted. Between the generations there is
    no rule: modules, keys and codes differ.

    Raises:
        BadFile: it is no configuration file that can be read.
        BadRequest: the dialects are of different generations.
        BadSettings: something in it cannot be written in the other dialect.
    """
    source = detect(data)
    if source is None:
        raise BadFile("not a configuration file in any known dialect; perhaps it is encrypted")
    if source.generation != to.generation:
        same = ", ".join(dialect for dialect in CODECS if dialect.generation == source.generation)
        raise BadRequest(
            f"the file is in {source}, of generation {source.generation}, and {to} is of generation {to.generation}: "
            f"their modules and keys differ, so no rule turns one into the other. It can become: {same}",
            field="dialect",
        )
    document = CODECS[source].read(data)
    masked = tuple(f"{module}: {item.name}" for module, item in document if item.masked)
    spelt = to in (Dialect.TEXT1, Dialect.TEXT2)
    written = CODECS[to].write(document)
    cut = tuple(
        f"{module}: {item.name}" for module, item in document if to is Dialect.TEXT1 and len(item.name) > KEY_WIDTH
    )
    return Conversion(written, source, document, () if spelt else masked, cut)
