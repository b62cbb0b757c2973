import pytest

from acs.errors import BadFile, BadSettings
from acs.formats import ConfigDocument, Item, Module
from acs.formats.document import MAX_BYTES, MAX_ITEMS, MAX_NAME, item_of
from acs.formats.fanvil_text import HEADER, marker, read, write

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


@pytest.mark.parametrize(
    ("module", "section", "name", "line"),
    [
        ("NET CONFIG MODULE", "", "WAN6 IP", "WAN6 IP             :"),
        ("NET CONFIG MODULE", "WIFI Sharing", "SSID", "SSID             :"),
        ("SIP CONFIG MODULE", "SIP P2P Config", "SIP P2P Dtmf Mode", "SIP P2P Dtmf Mode         :"),
        ("PHONE FEATURE MODULE", "Time Plan List", "TimePlan1 Type", "TimePlan1 Type                :"),
        ("KEY CONVERT RULE MODULE", "Key Convert List", "KcRule1 Key Value", "KcRule1 Key Value      :"),
        ("ATE CONFIG MODULE", "", "ATE Id", "ATE Id            :"),
        ("DSSKEY CONFIG MODULE", "", "First Call Wait Time", "First Call Wait Time :"),
        ("UI MAINTAIN CONFIG MODULE", "", "MWI Popup", "MWI Popup              :"),
        ("UI MAINTAIN CONFIG MODULE", "", "User Change Background", "User Change Background :"),
        ("UI DEFINED CONFIG MODULE", "", "Bluetooth Enabled", "Bluetooth Enabled:"),
        ("AP DEFINED MODULE", "", "AP SSID", "AP SSID:"),
        ("DSSKEY CONFIG MODULE", "Extern Console1", "exKey1 Type", "exKey1 Type               :"),
        ("DNS CACHE CONFIG MODULE", "", "Default TTL", "Default TTL       :"),
        ("PHONE FEATURE MODULE", "CommPortal PhoneBook", "Server URL", "Server URL                :"),
        ("PHONE FEATURE MODULE", "CommPortal PhoneBook", "Server URL", "--CommPortal PhoneBook--  :"),
        ("SIP CONFIG MODULE", "SIP Line List", "SIP1 Replace Pwd", "SIP1 Replace Pwd :"),
        ("NET CONFIG MODULE", "WIFI List", "Item1 WIFI Name", "Item1 WIFI Name          :"),
        ("SIP Hotspot MODULE", "Line Conf List", "HS1 Enable", "HS1 Enable             :"),
    ],
)
def test_columns_that_exports_have_elsewhere(module: str, section: str, name: str, line: str) -> None:
    written = write(document(item_of(name, "", section=section), module=module), generation=2)
    assert line in written.decode().split("\r\n")


def test_markers_are_literal() -> None:
    assert marker("Port Config", 1) == "--Port Config--    "
    assert marker("BW Calllogs Conf", 1) == "--BW Calllogs Conf-"
    assert marker("BW Directory Conf", 1) == "--BW Directory Conf"
    assert marker(" Agent Config", 2) == "-- Agent Config--  "
    assert marker("Dsskey Config1", 2) == "--Dsskey Config1--"
    assert marker("Sidekey Config1", 2) == "--Sidekey Config1--"
    assert marker("Time Plan List", 2) == "--Time Plan List--  "
    assert marker("Key Convert List", 2) == "--Key Convert List--"
    assert marker("WIFI Sharing", 2) == "--WIFI Sharing-- "


def test_every_marker_of_real_exports_comes_back() -> None:
    for line in MARKERS_1:
        assert marker(_named(line), 1) + ":" == line
    for line in MARKERS_2:
        assert marker(_named(line), 2) + ":" == line


def _named(line: str) -> str:
    found = read(f"{HEADER}\n<M>\n{line}\nkey:1\n".encode())
    return found.modules[0].items[0].section


_LISTED_1 = (
    "--Port Config--    :|--SIP Line List--  :|--Codec Config--   :|--MMI Account--    :|--DHCP List--      :|"
    "--Function Key--   :|--Alert Info Ring--:|--Mcast Addr--     :|--LDAP Config--    :|--Xml PhoneBook--  :|"
    "--Soft Dss Key--   :|--BW Calllogs Conf-:|--BW Directory Conf:"
)
_LISTED_2 = (
    "--PHONE CONFIG--   :|--SIP P2P Config-- :|--Basic DialPlan-- :|--Display Input--  :|--Power LED--      :|"
    "--Line LED--       :|--BLF LED--        :|--Voice Volume--   :|--DateTime Config--:|--DateTime Display--:|"
    "--Softkey Config-- :|-- Agent Config--  :|--BW Directory--   :|--BW Calllogs--    :|--Time Plan List--  :|"
    "--Mcast Dynamic--  :|--Sidekey Config1--:|--Dsskey Config1--:|--Dsskey Config12--:|--SoftDss Config-- :|"
    "--Extern Console1--:|--Sip Pnp List--   :|--Net Option--     :|--Line Conf List-- :|--SSL Mode--       :|"
    "--WIFI Config--    :|--WIFI List--      :|--Net Global--     :|--CTI AT Config--  :|--Key Convert List--:"
)
MARKERS_1, MARKERS_2 = _LISTED_1.split("|"), _LISTED_2.split("|")


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


def test_order_is_kept_and_what_occurs_twice_too() -> None:
    text = (
        "<<VOIP CONFIG FILE>>Version:1" + " " * 33 + "\r\n\r\n<UI DEFINED CONFIG MODULE>\r\nDisplay Language:en\r\n"
        "Display Language:de\r\n\r\n<SIP CONFIG MODULE>\r\n--SIP Line List--  :\r\nSIP2 Ptime              :1\r\n"
        "SIP1 Ptime              :2\r\nSIP2 CLIR               :3\r\n\r\n<UI DEFINED CONFIG MODULE>\r\nAgain:1\r\n\r\n"
        "<<END OF FILE>>\r\n"
    ).encode()
    assert len(read(text).modules) == 3
    assert write(read(text), generation=2) == text


def test_what_says_nothing_is_passed_over() -> None:
    text = (
        b"<<VOIP CONFIG FILE>>Version:2.0\r\nKey before a module:1\r<A MODULE>\n# a comment: yes\n### another: one\n"
        b"Key one:1\n</A MODULE>\nKey two:2\r\r\n  <B MODULE>  \r\n  Key three  :3\r\n <<end of file>> \r\nLater:4\r\n"
    )
    assert [(module, item.key, item.value) for module, item in read(text)] == [
        ("A MODULE", "Key one", "1"),
        ("A MODULE", "Key two", "2"),
        ("B MODULE", "Key three", "3"),
    ]


def test_values_are_kept_to_the_last_blank() -> None:
    values = (" two", "three ", "\t", "  ", "Record:on", "0:0", "http://h:80/?a=b&c", "--x--", "###", "<b>")
    before = document(*(Item(f"k{number}", value) for number, value in enumerate(values)))
    for generation in (1, 2):
        assert read(write(before, generation=generation)) == before


def test_a_masked_line_with_a_value_keeps_both() -> None:
    found = read(b"<<VOIP CONFIG FILE>>\n<M>\n###ACS Password :hush\n")
    assert found.modules[0].items == (Item("ACS Password", "hush", masked=True),)
    assert b"\r\n###ACS Password       :hush\r\n" in write(found, generation=2)


def test_text_in_utf_16_and_with_a_mark() -> None:
    text = "<<VOIP CONFIG FILE>>\n<M>\nLCD Title:Zoë\n"
    for data in (text.encode("utf-16"), text.encode("utf-8-sig"), text.encode("latin-1"), text.encode()):
        assert read(data).get("M", "LCD Title") == "Zoë"


def test_other_files_are_refused() -> None:
    long = HEADER.encode() + b"\n<M>\n" + b"k" * (MAX_NAME + 1) + b":1\n"
    many = HEADER.encode() + b"\n<M>\n" + b"a:1\n" * (MAX_ITEMS + 1)
    for data in (b"", b"<sysConf/>", b"\x00\xff", b"<GLOBAL CONFIG MODULE>\r\n", b" " * (MAX_BYTES + 1), many, long):
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
