"""read(write(x)) == x in every dialect, for whatever can be written; only BadFile for whatever cannot be read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acs import formats
from acs.errors import BadFile, BadRequest, BadSettings
from acs.formats import ConfigDocument, Dialect, Item, Module, fanvil_text
from acs.formats import sysconf_map as table
from acs.formats.document import item_of, unwritable
from acs.formats.sysconf_keys import IRREGULAR

values = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40)
    | st.sampled_from(
        ["", " ", "  two in front", "behind  ", "\ttab\t", "a:b:c", "<&>\"'", "]]>", "x = y", "ä€日本", "###"]
    )
).filter(lambda text: unwritable(text) is None)
versions = st.none() | st.from_regex(r"[0-9]\.[0-9]{1,12}", fullmatch=True)
prefixes = st.sampled_from(["", "SIP1 ", "SIP12 ", "P1 ", "Fkey3 ", "Account2 ", "XML-PBook1 ", "LDAP5 ", "Alert10 "])
words = st.text("ABCXYZabcxyz0189-./%_#[]éx", min_size=1, max_size=8).filter(
    lambda word: word[0].isalpha() and not word.startswith("--")
)
keys = st.lists(words, min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from([" ", "  "]).map(lambda space: space.join(parts))
)
sections_1 = st.sampled_from(
    ["", "SIP Line List", "Port Config", "BW Calllogs Conf", "My  Own Section", "Function Key"]
)
modules_1 = st.sampled_from(["GLOBAL CONFIG MODULE", "SIP CONFIG MODULE", "SIP Hotspot MODULE", "MY NEW MODULE"])
GENERATION_1 = [dialect for dialect in Dialect if dialect.generation == 1]
GENERATION_2 = [dialect for dialect in Dialect if dialect.generation == 2]
TEXTS = (Dialect.TEXT1, Dialect.TEXT2)


def without_masked(document: ConfigDocument) -> ConfigDocument:
    """What a dialect can carry that has no spelling for a masked secret."""
    return ConfigDocument(
        tuple(Module(m.name, tuple(item for item in m if not item.masked)) for m in document.modules), document.version
    )


def settings_of(document: ConfigDocument) -> list[tuple[str, str, str, str, bool]]:
    """Every setting, whatever the order of modules and sections."""
    return sorted((module, item.section, item.name, item.value, item.masked) for module, item in document)


@st.composite
def documents_1(draw: st.DrawFn) -> ConfigDocument:
    """Documents of generation 1, with keys no longer than it has, in the order that a file imposes."""
    modules = []
    for name in draw(st.lists(modules_1, max_size=3, unique=True)):
        items: dict[tuple[str, str], Item] = {}
        for _ in range(draw(st.integers(0, 6))):
            section = draw(sections_1)
            prefix = draw(prefixes) if section else ""
            name_in_file = (prefix + draw(keys))[: fanvil_text.KEY_WIDTH].strip()
            item = item_of(name_in_file, draw(values), section=section)
            if draw(st.booleans()):
                item = item._replace(value="", masked=True)
            items.setdefault((item.section, item.name), item)
        modules.append(Module(name, tuple(items.values())))
    return ConfigDocument(tuple(modules), draw(versions)).ordered()


@given(documents_1())
def test_generation_1(document: ConfigDocument) -> None:
    data = formats.write(document, Dialect.TEXT1)
    assert fanvil_text.read(data) == document
    assert formats.write(fanvil_text.read(data), Dialect.TEXT1) == data
    xml = formats.write(document, Dialect.XML1)
    assert formats.detect(xml) is Dialect.XML1
    assert formats.read(xml).ordered() == without_masked(document)
    assert formats.write(formats.read(xml), Dialect.XML1) == xml


@given(documents_1())
def test_text_of_generation_1_becomes_xml_and_back(document: ConfigDocument) -> None:
    first = Module("GLOBAL CONFIG MODULE", (Item("Host Name", "x"),))
    known = without_masked(
        ConfigDocument((first, *(m for m in document.modules if m.name != first.name)), document.version)
    )
    text = formats.write(known, Dialect.TEXT1)
    xml = formats.convert(text, Dialect.XML1)
    back = formats.convert(xml.data, Dialect.TEXT1)
    assert (xml.source, back.source, xml.left_out) == (Dialect.TEXT1, Dialect.XML1, ())
    assert settings_of(formats.read(back.data)) == settings_of(known)
    assert formats.read(back.data).version == known.version
    assert formats.convert(back.data, Dialect.XML1).data == xml.data


places = st.sampled_from(
    [
        ("NET CONFIG MODULE", "", ""),
        ("NET CONFIG MODULE", "WIFI Config", ""),
        ("NET CONFIG MODULE", "WIFI List", "Item3"),
        ("SIP CONFIG MODULE", "", ""),
        ("SIP CONFIG MODULE", "SIP Line List", "SIP1"),
        ("SIP CONFIG MODULE", "SIP Line List", "SIP20"),
        ("PHONE FEATURE MODULE", " Agent Config", ""),
        ("PHONE FEATURE MODULE", "Xml PhoneBook", "XML-PBook1"),
        ("DSSKEY CONFIG MODULE", "Dsskey Config3", "Fkey12"),
        ("DSSKEY CONFIG MODULE", "Sidekey Config1", "Fkey1"),
        ("DSSKEY CONFIG MODULE", "SoftDss Config", "Fkey1"),
        ("AUTOUPDATE CONFIG MODULE", "Net Option", ""),
        ("AUTOUPDATE CONFIG MODULE", "", ""),
        ("VENDOR NEW MODULE", "", ""),
        ("VENDOR NEW MODULE", "My Own  Section", ""),
        ("DNS CACHE CONFIG MODULE", "Names", ""),
    ]
)
ELEMENTS = {row.element for row in table.SECTIONS} | {row.entry for row in table.SECTIONS}


@st.composite
def documents_2(draw: st.DrawFn) -> ConfigDocument:
    """Documents of generation 2: known keys and keys that nobody knows."""
    modules: dict[str, dict[tuple[str, str, str], Item]] = {}
    for _ in range(draw(st.integers(0, 12))):
        module, section, index = draw(places)
        # A key that is also an element of the table would stand where that list stands.
        key = draw((st.sampled_from(IRREGULAR) | keys).filter(lambda key: table.squeeze(key) not in ELEMENTS))
        if index or item_of(key, "").index == "":
            item = Item(key, draw(values), section, index)
            modules.setdefault(module, {}).setdefault((section, index, table.squeeze(key)), item)
    built = (Module(name, tuple(items.values())) for name, items in modules.items())
    return ConfigDocument(tuple(built), draw(versions)).ordered()


@given(documents_2(), st.sampled_from(GENERATION_2))
def test_generation_2(document: ConfigDocument, dialect: Dialect) -> None:
    data = formats.write(document, dialect)
    found = formats.read(data)
    assert settings_of(found) == settings_of(document)
    assert found.version == document.version
    assert formats.write(found, dialect) == data
    if dialect is not Dialect.TEXT2:
        assert formats.detect(data) is dialect
    else:
        assert fanvil_text.read(data) == document
        assert fanvil_text.read(data.replace(b"\r\n", b"\n")) == document
        assert fanvil_text.read(data.replace(b"\r\n", b"\r")) == document
        assert len(data.split(b"\r\n", 1)[0].decode()) == fanvil_text.HEADER_WIDTH


@given(documents_2(), st.sampled_from(GENERATION_2), st.sampled_from(GENERATION_2))
def test_generation_2_becomes_another_dialect_and_back(document: ConfigDocument, source: Dialect, to: Dialect) -> None:
    first = Module("NET CONFIG MODULE", (Item("ARP Cache Life", "2"),))
    known = ConfigDocument((first, *(m for m in document.modules if m.name != first.name)), document.version)
    converted = formats.convert(formats.write(known, source), to)
    assert converted.source is source
    assert settings_of(formats.read(converted.data)) == settings_of(known)
    back = formats.convert(converted.data, source)
    assert settings_of(formats.read(back.data)) == settings_of(known)
    assert formats.convert(back.data, to).data == converted.data


@given(st.sampled_from(list(Dialect)), st.sampled_from(list(Dialect)))
def test_the_generations_stay_apart(source: Dialect, to: Dialect) -> None:
    module = "GLOBAL CONFIG MODULE" if source.generation == 1 else "NET CONFIG MODULE"
    data = formats.write(ConfigDocument((Module(module, (Item("Host Name", "x"),)),), "2.0"), source)
    assert formats.detect(data) is source
    if source.generation == to.generation:
        assert formats.detect(formats.convert(data, to).data) is to
    else:
        with pytest.raises(BadRequest):
            formats.convert(data, to)


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


STARTS = (
    b"",
    b"<<VOIP CONFIG FILE>>Version:1\r\n",
    b"<<VOIP CONFIG FILE>>\n<SIP CONFIG MODULE>\n--SIP Line List--\nSIP1 ",
    b"#<Voip Config File>#\n",
    b"<sysConf>",
    b"<sysConf><sip><line index='1'>",
    b"<VOIP_CONFIG_FILE>",
    b"<VOIP_CONFIG_FILE><A><B>",
    b"\xff\xfe",
)


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_any_bytes_are_a_document_or_a_bad_file(data: bytes) -> None:
    for start in STARTS:
        for ending in (b"", b"\n<<END OF FILE>>", b"</B></A></VOIP_CONFIG_FILE>", b"</line></sip></sysConf>"):
            _read_and_write(start + data + ending)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A sound file with a few of its bytes cut out, doubled or replaced."""
    dialect = draw(st.sampled_from(list(Dialect)))
    document = draw(documents_1() if dialect.generation == 1 else documents_2())
    try:
        data = bytearray(formats.write(document, dialect))
    except BadSettings:
        return b""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 20))
        piece = draw(
            st.sampled_from([b"", bytes(data[at : at + length]) * 2, b"<", b">", b'"', b"&", b"\x00", b"=", b"."])
        )
        data[at : at + length] = piece
    return bytes(data)


@given(mutated())
@settings(max_examples=200)
def test_a_damaged_file_is_a_document_or_a_bad_file(data: bytes) -> None:
    _read_and_write(data)


def _read_and_write(data: bytes) -> None:
    try:
        document = formats.read(data)
    except BadFile:
        return
    for dialect in Dialect:
        try:
            again = formats.write(document, dialect)
        except BadSettings:
            continue
        formats.read(again)


@pytest.mark.parametrize("dialect", formats.CODECS)
def test_the_empty_document(dialect: Dialect) -> None:
    assert formats.read(formats.write(ConfigDocument(), dialect)) == ConfigDocument()
