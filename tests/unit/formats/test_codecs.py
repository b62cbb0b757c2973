import pytest

from acs import formats
from acs.errors import BadFile
from acs.formats import ConfigDocument, Dialect, Item, Module
from acs.formats.codecs import CODECS, read, write


def test_every_dialect_is_spoken() -> None:
    assert set(CODECS) == set(Dialect)
    assert {codec.content_type for codec in CODECS.values()} == {"text/plain", "text/xml"}
    assert {dialect for dialect, codec in CODECS.items() if codec.suffix == ".xml"} == {Dialect.XML1, Dialect.SYSCONF}


@pytest.mark.parametrize("dialect", Dialect)
def test_reads_what_it_writes(dialect: Dialect) -> None:
    module = "GLOBAL CONFIG MODULE" if dialect.generation == 1 else "NET CONFIG MODULE"
    document = ConfigDocument((Module(module, (Item("WAN IP", "192.0.2.1"),)),), "2.0")
    assert read(write(document, dialect)) == document
    assert formats.read(formats.write(document, dialect)) == document


@pytest.mark.parametrize("data", [b"", b"\x93\x11", b"<html/>", b"Salted__\x00\x01"])
def test_what_is_no_configuration_may_be_encrypted(data: bytes) -> None:
    with pytest.raises(BadFile, match="encrypted"):
        read(data)
