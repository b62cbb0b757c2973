import pytest

from acs.errors import BadFile, BadSettings
from acs.formats import ConfigDocument, Item, Module
from acs.formats.document import item_of
from acs.formats.fanvil_text import marker, read, write

LINE = "SIP Line List"


def document(*items: Item, module: str = "SIP CONFIG MODULE", version: str | None = "2.0002") -> ConfigDocument:
    return ConfigDocument((Module(module, items),), version)


@pytest.mark.parametrize("version", [None, "2.0002", "2.0000000000", "9" * 34])
def test_the_header_is_64_bytes_with_its_line_end(version: str | None) -> None:
    data = write(document(version=version), generation=1)
    head, _, rest = data.partition(b"\r\n")
    assert len(head) + 2 == 64
    assert head.decode().rstrip() == f"<<VOIP CONFIG FILE>>Version:{version or ''}"
    assert rest.startswith(b"\r\n<SIP CONFIG MODULE>\r\n")
    assert read(data).version == version


def test_the_frame_of_generation_1() -> None:
    written = write(
        document(
            Item("SIP  Port", "5060"),
            item_of("SIP1 Phone Number", "1001", section=LINE),
            item_of("SIP1 Enable Failback", "1", section=LINE),
        ),
        generation=1,
    )
    assert written.decode().split("\r\n") == [
        "<<VOIP CONFIG FILE>>Version:2.0002" + " " * 28,
        "",
        "<SIP CONFIG MODULE>",
        "SIP  Port          :5060",
        "--SIP Line List--  :",
        "SIP1 Phone Number  :1001",
        "SIP1 Enable Failbac:1",
        "",
        "<<END OF FILE>>",
        "",
    ]


def test_columns_of_generation_2() -> None:
    items = [
        ("Host Name", "", "Host Name          :x"),
        ("SIP1 Phone Number", LINE, "SIP1 Phone Number       :x"),
        ("SIP1 BakProxy Need Reg On", LINE, "SIP1 BakProxy Need Reg On:x"),
        ("P1 Enable DND", "Port Config", "P1 Enable DND         :x"),
        ("Fkey1 Type", "Dsskey Config1", "Fkey1 Type               :x"),
        ("XML-PBook1 Name", "Xml PhoneBook", "XML-PBook1 Name               :x"),
        ("Account1 Level", "MMI Account", "Account1 Level              :x"),
        ("Auto Upgrade Interval", "", "Auto Upgrade Interval:x"),
    ]
    for name, section, line in items:
        assert line in write(document(item_of(name, "x", section=section)), generation=2).decode().split("\r\n")


def test_markers_are_literal() -> None:
    assert marker("Port Config", 1) == "--Port Config--    "
    assert marker("BW Calllogs Conf", 1) == "--BW Calllogs Conf-"
    assert marker("BW Directory Conf", 1) == "--BW Directory Conf"
    assert marker(" Agent Config", 2) == "-- Agent Config--  "
    assert marker("Dsskey Config1", 2) == "--Dsskey Config1--"
    assert marker("Sidekey Config1", 2) == "--Sidekey Config1--"
    assert marker("Time Plan List", 2) == "--Time Plan List--  "
    assert marker("Key Convert List", 2) == "--Key Convert List--"


@pytest.mark.parametrize("section", ["BW Calllogs Conf", "BW Directory Conf", "LDAP Config", "Alert Info Ring"])
def test_cut_markers_read_back(section: str) -> None:
    before = document(Item("a", "1", section), module="PHONE CONFIG MODULE")
    assert read(write(before, generation=1)) == before


def test_everything_after_the_first_colon_is_the_value() -> None:
    text = b"<<VOIP CONFIG FILE>>Version:1\r\n<M>\r\nRecord Start:Record:on\r\nUrl :http://h:80/x \r\nEmpty:\r\n"
    (module,) = read(text).modules
    assert [(item.key, item.value) for item in module] == [
        ("Record Start", "Record:on"),
        ("Url", "http://h:80/x "),
        ("Empty", ""),
    ]


def test_reads_what_hands_and_old_phones_write() -> None:
    text = (
        "\ufeff\n<<VOIP CONFIG FILE>>Version:2.0002\n\n<ZZ NEW MODULE>\nUnknown Key:1\n<GLOBAL CONFIG MODULE> \n"
        "Host Name :VOIP\nno colon here\n:no key\n<<END OF FILE>>\nSIP  Port:1\n"
    )
    found = read(text.encode())
    assert [module.name for module in found.modules] == ["ZZ NEW MODULE", "GLOBAL CONFIG MODULE"]
    assert found.get("ZZ NEW MODULE", "Unknown Key") == "1"
    assert found.modules[1].items == (Item("Host Name", "VOIP"),)


def test_reads_latin_1_and_files_that_never_end() -> None:
    text = "<<VOIP CONFIG FILE>>\r\n<M>\r\nLCD Title:Müller".encode("latin-1")
    found = read(text)
    assert found.version is None
    assert found.get("M", "LCD Title") == "Müller"


def test_masked_secrets_stay_masked() -> None:
    text = b"<<VOIP CONFIG FILE>>Version:1\r\n<TR069 CONFIG MODULE>\r\n###ACS Password       :\r\n"
    found = read(text)
    assert found.modules[0].items == (Item("ACS Password", "", masked=True),)
    assert b"\r\n###ACS Password       :\r\n" in write(found, generation=2)
    assert read(write(found, generation=2)) == found


def test_other_files_are_refused() -> None:
    for data in (b"", b"<sysConf/>", b"\x00\xff", b"<GLOBAL CONFIG MODULE>\r\n"):
        with pytest.raises(BadFile):
            read(data)


def test_two_keys_that_are_one_once_cut_are_refused() -> None:
    items = (Item("A very long key name 1", "x"), Item("A very long key name 2", "x"))
    with pytest.raises(BadSettings, match="19 characters"):
        write(document(*items), generation=1)
    assert read(write(document(*items), generation=2)).modules[0].items == items


def test_same_document_same_bytes() -> None:
    one = document(Item("a", "1"), Item("b", "2"))
    assert write(one, generation=2) == write(document(Item("a", "1"), Item("b", "2")), generation=2)
    changed = write(document(Item("a", "1"), Item("b", "3")), generation=2)
    differing = [
        pair
        for pair in zip(write(one, generation=2).split(b"\r\n"), changed.split(b"\r\n"), strict=True)
        if pair[0] != pair[1]
    ]
    assert differing == [(b"b                  :2", b"b                  :3")]
