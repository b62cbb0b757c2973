"""Whole files of several phones from one full settings document, byte for byte.

After a wanted change, write them anew with ``ACS_UPDATE_GOLDEN=1`` in the environment and read the diff.
"""

import json
import os
from pathlib import Path

import pytest

from acs import formats
from acs.domain.phones.catalogue import MODELS
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import Links, render
from acs.formats import ConfigDocument, Dialect
from acs.formats.sysconf_map import squeeze

FOLDER = Path(__file__).parent / "phones"
SETTINGS = json.loads((FOLDER / "settings.json").read_text(encoding="utf-8"))
LINKS = Links(phonebook="http://10.0.0.9:7567/t/a1/book.xml", firmware="http://10.0.0.9:7567/t/b2/phone.z")
FILES = [
    ("X4", Dialect.TEXT1, "2.0003", "x4.text1.cfg"),
    ("H5", Dialect.TEXT1, "2.0010", "h5.text1.cfg"),
    ("X5S", Dialect.TEXT2, "2.0003000000", "x5s.text2.cfg"),
    ("X5S", Dialect.SYSCONF, "2.0003000000", "x5s.sysconf.xml"),
    ("X6U", Dialect.TEXT2, "2.0003000001", "x6u.text2.cfg"),
    ("X6U", Dialect.SYSCONF, "2.0003000001", "x6u.sysconf.xml"),
]


def spelt(document: ConfigDocument, dialect: Dialect) -> list[tuple[str, ...]]:
    """Everything the document says; XML drops the spaces of names that no table knows."""
    name = squeeze if dialect is Dialect.SYSCONF else str
    return [(name(module), item.section, item.index, name(item.key), item.value) for module, item in document]


@pytest.mark.parametrize(("model", "dialect", "version", "name"), FILES, ids=[name for *_, name in FILES])
def test_file(model: str, dialect: Dialect, version: str, name: str) -> None:
    document = render(resolve([Layer("global", SETTINGS)]), model=MODELS[model], dialect=dialect, links=LINKS)
    data = formats.write(document.with_version(version), dialect)
    if os.environ.get("ACS_UPDATE_GOLDEN"):
        (FOLDER / name).write_bytes(data)
    assert data == (FOLDER / name).read_bytes()
    found = formats.read(data)
    assert found.version == version
    assert spelt(found, dialect) == spelt(document, dialect)
    assert formats.detect(data) is dialect
