"""read(write(x)) == x in every dialect, for whatever can be written; only BadFile for whatever cannot be read."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acs import formats
from acs.errors import BadFile, BadSettings
from acs.formats import ConfigDocument, Dialect, Item, Module, fanvil_text, fanvil_xml
from acs.formats import sysconf_map as table
from acs.formats.document import item_of, unwritable
from acs.formats.sysconf_keys import IRREGULAR

values = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40).filter(
    lambda text: unwritable(text) is None
)
versions = st.none() | st.from_regex(r"[0-9]\.[0-9]{1,12}", fullmatch=True)
prefixes = st.sampled_from(["", "SIP1 ", "SIP12 ", "P1 ", "Fkey3 ", "Account2 ", "XML-PBook1 ", "LDAP5 ", "Alert10 "])
words = st.text("ABCXYZabcxyz0189-./%", min_size=1, max_size=8).filter(lambda word: word[0].isalpha())
keys = st.lists(words, min_size=1, max_size=3).map(" ".join)
sections = st.sampled_from(["", "SIP Line List", "Port Config", "BW Calllogs Conf", " Agent Config", "Dsskey Config2"])
module_names = st.sampled_from(["GLOBAL CONFIG MODULE", "SIP CONFIG MODULE", "SIP Hotspot MODULE", "MY NEW MODULE"])


@st.composite
def text_documents(draw: st.DrawFn, *, longest: int | None = None) -> ConfigDocument:
    """Documents that a text file can carry, in the order that it imposes; with keys no longer than generation 1 has."""
    modules = []
    for name in draw(st.lists(module_names, max_size=3, unique=True)):
        items: dict[tuple[str, str], Item] = {}
        for _ in range(draw(st.integers(0, 6))):
            item = item_of(draw(prefixes) + draw(keys), draw(values), section=draw(sections))
            if longest is not None:
                item = item_of(item.name[:longest].strip(), item.value, section=item.section)
            if draw(st.booleans()):
                item = replace(item, value="", masked=True)
            items.setdefault((item.section, item.name), item)
        modules.append(Module(name, tuple(items.values())))
    return ConfigDocument(tuple(modules), draw(versions)).ordered()


@given(text_documents(longest=fanvil_text.KEY_WIDTH))
def test_text_of_generation_1(document: ConfigDocument) -> None:
    assert fanvil_text.read(fanvil_text.write(document, generation=1)) == document


@given(text_documents())
def test_text_of_generation_2(document: ConfigDocument) -> None:
    data = fanvil_text.write(document, generation=2)
    assert fanvil_text.read(data) == document
    assert fanvil_text.read(data.replace(b"\r\n", b"\n")) == document
    assert data == fanvil_text.write(document, generation=2)
    assert len(data.split(b"\r\n", 1)[0].decode()) == fanvil_text.HEADER_WIDTH


places = st.sampled_from(
    [
        ("NET CONFIG MODULE", "", ""),
        ("NET CONFIG MODULE", "WIFI Config", ""),
        ("SIP CONFIG MODULE", "", ""),
        ("SIP CONFIG MODULE", "SIP Line List", "SIP1"),
        ("SIP CONFIG MODULE", "SIP Line List", "SIP20"),
        ("DSSKEY CONFIG MODULE", "Dsskey Config3", "Fkey12"),
        ("DSSKEY CONFIG MODULE", "Sidekey Config1", "Fkey1"),
        ("DSSKEY CONFIG MODULE", "SoftDss Config", "Fkey1"),
        ("AUTOUPDATE CONFIG MODULE", "Net Option", ""),
        ("AUTOUPDATE CONFIG MODULE", "", ""),
        ("android", "a/b#2", "c3"),
    ]
)
element_keys = st.sampled_from(IRREGULAR) | st.from_regex(r"[A-Z][A-Za-z0-9.-]{0,9}[a-z]", fullmatch=True)


@st.composite
def sysconf_documents(draw: st.DrawFn) -> ConfigDocument:
    """Documents whose keys are known, or need no spaces."""
    modules: dict[str, dict[tuple[str, str, str], Item]] = {}
    for _ in range(draw(st.integers(0, 12))):
        module, section, index = draw(places)
        # A key that is also an element of the table would stand where that list stands.
        key = draw(element_keys.filter(lambda key: table.spaced(table.squeeze(key)) == key and key not in ELEMENTS))
        item = Item(key, draw(values), section, index)
        modules.setdefault(module, {}).setdefault((section, index, table.squeeze(key)), item)
    built = (Module(name, tuple(items.values())) for name, items in modules.items())
    return ConfigDocument(tuple(built), draw(versions)).ordered()


ELEMENTS = {row.element for row in table.SECTIONS} | {row.entry for row in table.SECTIONS} | {"a", "b", "c"}


@given(sysconf_documents())
def test_sysconf(document: ConfigDocument) -> None:
    data = fanvil_xml.write_sysconf(document)
    assert fanvil_xml.read_sysconf(data) == document
    assert formats.detect(data) is Dialect.SYSCONF
    assert data == fanvil_xml.write_sysconf(fanvil_xml.read_sysconf(data))


@given(sysconf_documents())
def test_text_of_generation_2_becomes_sysconf_and_back(document: ConfigDocument) -> None:
    known = ConfigDocument(tuple(m for m in document.modules if m.name in table.MODULES), document.version)
    text = fanvil_text.read(fanvil_text.write(known, generation=2))
    assert fanvil_xml.read_sysconf(fanvil_xml.write_sysconf(text)) == text


@given(st.text(max_size=20), st.text(max_size=30), st.sampled_from(list(formats.CODECS)))
def test_a_value_comes_back_or_is_refused(key: str, value: str, dialect: Dialect) -> None:
    document = ConfigDocument((Module("SIP CONFIG MODULE", (Item(key, value),)),), "1.0")
    try:
        data = formats.write(document, dialect)
    except BadSettings:
        return
    found = formats.read(data)
    assert [item.value for _, item in found] == [value]
    assert len(found.modules) == 1


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_any_bytes_are_a_document_or_a_bad_file(data: bytes) -> None:
    for start in (b"", b"<<VOIP CONFIG FILE>>Version:1\r\n", b"<sysConf>", b"\xff\xfe"):
        try:
            formats.read(start + data)
        except BadFile:
            continue


@pytest.mark.parametrize("dialect", formats.CODECS)
def test_the_empty_document(dialect: Dialect) -> None:
    assert formats.read(formats.write(ConfigDocument(), dialect)) == ConfigDocument()
