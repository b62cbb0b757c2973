import pytest

from acs import formats
from acs.errors import BadSettings
from acs.formats import ConfigDocument, Dialect, Item, Module
from acs.formats.document import MAX_WRITTEN, check, fold, item_of, unwritable


def test_an_entry_prefix_is_split_off_and_nothing_else() -> None:
    assert item_of("SIP1 Phone Number", "1") == Item("Phone Number", "1", index="SIP1")
    assert item_of("XML-PBook2 Name", "x", section="Xml PhoneBook") == Item("Name", "x", "Xml PhoneBook", "XML-PBook2")
    for plain in ("DHCPv6 Option", "SIP  Port", "Upgrade Server 1", "SIP0 Phone Number", "P1", "SIP1234567 x"):
        assert item_of(plain, "1") == Item(plain, "1")


def test_get_forgives_case_and_spaces_and_takes_the_last() -> None:
    document = ConfigDocument(
        (
            Module("SIP CONFIG MODULE", (Item("SIP  Port", "5060"), item_of("SIP1 Phone Number", "1001"))),
            Module("AUTOUPDATE CONFIG MODULE", (Item("Auto etc Url", "a"), Item("Auto Etc Url", "b"))),
        )
    )
    assert document.get("SIP CONFIG MODULE", "SIP1 Phone Number") == "1001"
    assert document.get("sip config module", "SIPPort") == "5060"
    assert document.get("AUTOUPDATE_CONFIG_MODULE", "Auto_etc_Url") == "b"
    assert document.get("SIP CONFIG MODULE", "nothing") is None
    assert document.get("SIP CONFIG MODULE", "nothing", "default") == "default"
    assert [item.name for _, item in document][:2] == ["SIP  Port", "SIP1 Phone Number"]


def test_get_by_section_and_masked_items() -> None:
    keys = (
        item_of("Fkey1 Type", "2", section="Sidekey Config1"),
        item_of("Fkey1 Type", "1", section="Dsskey Config1"),
        Item("Default Password", "", masked=True),
    )
    document = ConfigDocument((Module("DSSKEY CONFIG MODULE", keys),))
    assert document.get("DSSKEY CONFIG MODULE", "Fkey1 Type", section="Sidekey Config1") == "2"
    assert document.get("DSSKEY CONFIG MODULE", "Fkey1 Type", section="Dsskey Config1") == "1"
    assert document.get("DSSKEY CONFIG MODULE", "Default Password") is None


def test_content_is_the_same_whatever_the_version() -> None:
    document = ConfigDocument((Module("M", (Item("k", "v"),)),))
    assert document.same_content(document.with_version("2.0009"))
    assert document != document.with_version("2.0009")
    assert not document.same_content(ConfigDocument())


def test_ordered_puts_what_is_outside_sections_first() -> None:
    items = (Item("a", "1", "S"), Item("b", "2"), Item("c", "3", "T"), Item("d", "4", "S"))
    (module,) = ConfigDocument((Module("M", items),)).ordered().modules
    assert [item.key for item in module] == ["b", "a", "d", "c"]


@pytest.mark.parametrize(
    "value",
    [
        "a\nb",
        "a\r",
        "\x00",
        "\x1b[31m",
        "line\u2028separator",
        "Anna\x85",
        "<SIP CONFIG MODULE>",
        "x <<END OF FILE>>",
        "<sip config module>",
        "\ud800",
    ],
)
def test_what_would_break_a_file_is_refused_by_name(value: str) -> None:
    assert unwritable(value)
    with pytest.raises(BadSettings) as caught:
        check(ConfigDocument((Module("SIP CONFIG MODULE", (item_of("SIP1 Display Name", value),)),)))
    assert caught.value.field == "raw.SIP CONFIG MODULE.SIP1 Display Name"
    assert "SIP1 Display Name" in caught.value.message


@pytest.mark.parametrize(
    "value", ["", " ", "a\tb", "Müller", "a:b", "Record:on", "<b>", "100% & more", "日本", "'\"", "--x--"]
)
def test_what_a_file_can_carry(value: str) -> None:
    assert unwritable(value) is None


@pytest.mark.parametrize("key", ["", " x", "a:b", "--Section--", "#x", "###x", "<M>", "a\nb", "x ", "a\tb"])
def test_what_cannot_be_a_key(key: str) -> None:
    with pytest.raises(BadSettings):
        check(ConfigDocument((Module("M", (Item(key, "v"),)),)))


@pytest.mark.parametrize("version", ["", "2 0", "2.0\r\n", "ü", "1" * 35])
def test_what_cannot_be_a_version(version: str) -> None:
    with pytest.raises(BadSettings) as caught:
        check(ConfigDocument((), version))
    assert caught.value.field == "version"


def test_a_document_is_looked_through_once() -> None:
    document = ConfigDocument((Module("M", (Item("k", "v"),)),))
    check(document)
    assert document.sound
    assert "sound" in document.with_version("2.0").__dict__
    with pytest.raises(BadSettings):
        check(document.with_version("2 0"))
    bad = ConfigDocument((Module("M", (Item("k", "a\nb"),)),))
    for _ in range(2):
        with pytest.raises(BadSettings):
            check(bad.with_version("2.0"))


def test_a_list_entry_without_a_key_is_no_key() -> None:
    with pytest.raises(BadSettings, match="cannot be a key"):
        check(ConfigDocument((Module("M", (Item("k", "v"), Item("", "v", "S", "SIP1"))),)))


def test_bad_module_and_section_names() -> None:
    with pytest.raises(BadSettings):
        check(ConfigDocument((Module("A>B"),)))
    with pytest.raises(BadSettings):
        check(ConfigDocument((Module("A", (Item("k", "v", "S:T"),)),)))


def test_fold_and_generation() -> None:
    assert fold("Auto_Image_URL") == fold("auto image Url")
    assert [dialect.generation for dialect in (Dialect.TEXT1, Dialect.XML1)] == [1, 1]
    assert [dialect.generation for dialect in (Dialect.TEXT2, Dialect.SYSCONF, Dialect.DOTTED)] == [2, 2, 2]


@pytest.mark.parametrize("length", [MAX_WRITTEN, MAX_WRITTEN + 1])
def test_what_is_written_is_read_again_however_long_its_names(length: int) -> None:
    name = "K" * length
    document = ConfigDocument(
        (Module("SIP CONFIG MODULE", (Item("Key", "v", f"S{name[1:]}"), Item(name, "v"))),), "2.0003"
    )
    for dialect in (Dialect.TEXT2, Dialect.SYSCONF, Dialect.XML1, Dialect.DOTTED):
        if length > MAX_WRITTEN:
            with pytest.raises(BadSettings):
                formats.write(document, dialect)
        else:
            assert [item.value for _, item in formats.read(formats.write(document, dialect))] == ["v", "v"]
