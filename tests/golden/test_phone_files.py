"""Whole files of several phones from one full settings document, byte for byte, and read by other means.

After a wanted change, write them anew with ``ACS_UPDATE_GOLDEN=1`` in the environment and read the diff.
"""

import json
import os
import re
from pathlib import Path

import pytest

from acs import formats
from acs.domain.phones.catalogue import MODELS
from acs.domain.phones.layers import Layer, resolve
from acs.domain.phones.render import Links, render
from acs.formats import ConfigDocument, Dialect
from tests.golden import parsers

FOLDER = Path(__file__).parent / "phones"
SETTINGS = json.loads((FOLDER / "settings.json").read_text(encoding="utf-8"))
LINKS = Links(phonebook="http://10.0.0.9:7567/t/a1/book.xml", firmware="http://10.0.0.9:7567/t/b2/phone.z")
FILES = [
    ("X4", Dialect.TEXT1, "2.0003", "x4.text1.cfg"),
    ("X4", Dialect.XML1, "2.0003", "x4.xml1.xml"),
    ("H5", Dialect.TEXT1, "2.0010", "h5.text1.cfg"),
    ("H5", Dialect.XML1, "2.0010", "h5.xml1.xml"),
    ("X5", Dialect.TEXT1, "2.0004", "x5.text1.cfg"),
    ("X5S", Dialect.TEXT2, "2.0003000000", "x5s.text2.cfg"),
    ("X5S", Dialect.SYSCONF, "2.0003000000", "x5s.sysconf.xml"),
    ("X6U", Dialect.TEXT2, "2.0003000001", "x6u.text2.cfg"),
    ("X6U", Dialect.SYSCONF, "2.0003000001", "x6u.sysconf.xml"),
    ("X6U", Dialect.DOTTED, "2.0003000001", "x6u.dotted.txt"),
    ("X7", Dialect.TEXT2, "2.0003000002", "x7.text2.cfg"),
    ("V65", Dialect.SYSCONF, "2.0003000003", "v65.sysconf.xml"),
    ("W611W", Dialect.SYSCONF, "2.0003000000", "w611w.sysconf.xml"),
    ("X4U", Dialect.DOTTED, "2.0003000000", "x4u.dotted.txt"),
]
PARAMETERS = [pytest.param(*row, id=row[-1]) for row in FILES]


def document_of(model: str, dialect: Dialect) -> ConfigDocument:
    """What the settings become for this model."""
    return render(resolve([Layer("global", SETTINGS)]), model=MODELS[model], dialect=dialect, links=LINKS)


def settings_of(document: ConfigDocument) -> list[tuple[str, str, str, str]]:
    """Every setting, in any order."""
    return sorted((module, item.section, item.name, item.value) for module, item in document)


@pytest.mark.parametrize(("model", "dialect", "version", "name"), PARAMETERS)
def test_file(model: str, dialect: Dialect, version: str, name: str) -> None:
    document = document_of(model, dialect)
    data = formats.write(document.with_version(version), dialect)
    if os.environ.get("ACS_UPDATE_GOLDEN"):
        (FOLDER / name).write_bytes(data)
    assert data == (FOLDER / name).read_bytes()
    assert formats.detect(data) is dialect
    found = formats.read(data)
    assert found.version == version
    assert settings_of(found) == settings_of(document)


@pytest.mark.parametrize(("model", "dialect", "version", "name"), PARAMETERS)
def test_another_reading_finds_the_same(model: str, dialect: Dialect, version: str, name: str) -> None:
    data = (FOLDER / name).read_bytes()
    text = Dialect.TEXT1 if dialect.generation == 1 else Dialect.TEXT2
    wanted = parsers.text(formats.write(document_of(model, dialect).with_version(version), text))
    assert len(wanted) > 60
    if dialect is text:
        assert parsers.text(data) == wanted
        _columns(data, dialect)
    elif dialect is Dialect.XML1:
        assert sorted(parsers.xml1(data)) == sorted(parsers.old_names(wanted))
    elif dialect is Dialect.SYSCONF:
        found = parsers.sysconf(data)
        squeezed = sorted((key.replace(" ", ""), value) for _, _, key, value in wanted)
        assert sorted((key.replace("_", ""), value) for _, key, value in found) == squeezed
        assert ("sip.line.1", "RegisterPswd", "s3cret:x") in found
        assert ("AUTOUPDATE_CONFIG_MODULE", "Auto_Image_Url", LINKS.firmware) in found
    else:
        paths = dict(parsers.dotted(data))
        assert sorted(paths.values()) == sorted(value for *_, value in wanted)
        assert paths["sip.line.1.RegPswd"] == "s3cret:x"
        assert paths["sip.line.1.DisplayName"] == "Anna Müller"
        assert paths["web.account.2.Level"] == "5"
        assert paths["ap.DHCPOption"] == "66"


def _columns(data: bytes, dialect: Dialect) -> None:
    """The header has 64 bytes; the colon is where the reference says."""
    head, *lines = data.split(b"\r\n")
    assert len(head) == 62
    for line in (line.decode() for line in lines):
        name = line.partition(":")[0]
        if not line or line.startswith("<"):
            continue
        match = re.match(r"(?:(SIP|P|Fkey|Account)([0-9]+) )?(.*)", name)
        assert match is not None
        width = 19
        if dialect is Dialect.TEXT2 and match[1]:
            width += len(match[1]) + len(match[2]) + 1
        if dialect is Dialect.TEXT2 and len(name.rstrip()) > width:
            assert name == name.rstrip()
        elif name != "--Dsskey Config1--":
            assert len(name) == width or name.startswith("--Sidekey Config"), line
