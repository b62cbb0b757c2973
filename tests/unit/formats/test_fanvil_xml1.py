import pytest
from lxml import etree

from acs.errors import BadFile, BadSettings
from acs.formats import ConfigDocument, Item, Module
from acs.formats.document import LOOSE, item_of
from acs.formats.fanvil_xml1 import read_xml1, write_xml1

DOCUMENT = ConfigDocument(
    (
        Module("AUTOUPDATE CONFIG MODULE", (Item("Download Protocol", "4"), Item("Auto Image Url", "http://h/a&b.z"))),
        Module(
            "SIP CONFIG MODULE",
            (
                Item("SIP  Port", "5060"),
                item_of("SIP1 Phone Number", "1001", section="SIP Line List"),
                item_of("SIP1 Enable Failbac", "0", section="SIP Line List"),
                Item("Register Pswd", "", "SIP Line List", "SIP1", masked=True),
                item_of("SIP2 Phone Number", " 1002 ", section="SIP Line List"),
            ),
        ),
        Module("SIP Hotspot MODULE", (Item("Own Name", "SIP Hotspot"),)),
    ),
    "2.0002",
)


def test_writes_the_phones_own_shape() -> None:
    assert write_xml1(DOCUMENT).decode().split("\n") == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<VOIP_CONFIG_FILE>",
        "<version>2.0002</version>",
        "<AUTOUPDATE_CONFIG_MODULE>",
        "<Download_Protocol>4</Download_Protocol>",
        "<Auto_Image_Url>http://h/a&amp;b.z</Auto_Image_Url>",
        "</AUTOUPDATE_CONFIG_MODULE>",
        "<SIP_CONFIG_MODULE>",
        "<SIP__Port>5060</SIP__Port>",
        "<SIP_Line_List>",
        "<SIP_Line_List_Entry>",
        "<ID>SIP1</ID>",
        "<Phone_Number>1001</Phone_Number>",
        "<Enable_Failbac>0</Enable_Failbac>",
        "</SIP_Line_List_Entry>",
        "<SIP_Line_List_Entry>",
        "<ID>SIP2</ID>",
        "<Phone_Number> 1002 </Phone_Number>",
        "</SIP_Line_List_Entry>",
        "</SIP_Line_List>",
        "</SIP_CONFIG_MODULE>",
        "<SIP_Hotspot_MODULE>",
        "<Own_Name>SIP Hotspot</Own_Name>",
        "</SIP_Hotspot_MODULE>",
        "</VOIP_CONFIG_FILE>",
        "",
    ]
    assert etree.fromstring(write_xml1(DOCUMENT)).tag == "VOIP_CONFIG_FILE"


def test_reads_back_what_it_wrote_but_the_masked() -> None:
    found = read_xml1(write_xml1(DOCUMENT))
    assert found.version == "2.0002"
    assert [item for _, item in found] == [item for _, item in DOCUMENT if not item.masked]
    assert [module.name for module in found.modules] == [module.name for module in DOCUMENT.modules]


def test_what_follows_a_list_stands_outside_of_it() -> None:
    items = (
        Item("Dial by Pound", "1"),
        item_of("P1 Enable DND", "0", section="Port Config"),
        Item("Country Code", "49", "Port Config"),
    )
    written = write_xml1(ConfigDocument((Module("TELE CONFIG MODULE", items),)))
    assert b"</Port_Config>\n<Country_Code>49</Country_Code>\n</TELE_CONFIG_MODULE>" in written
    assert read_xml1(written).modules[0].items == items


def test_a_section_without_a_list_holds_its_keys() -> None:
    items = (Item("a", "1"), Item("b", "2", "Own  Section"), Item("c", "3", "Own  Section"))
    written = write_xml1(ConfigDocument((Module("M", items),)))
    assert b"<Own__Section>\n<b>2</b>\n<c>3</c>\n</Own__Section>" in written
    assert read_xml1(written).modules[0].items == items


def test_a_prefix_without_a_marker_finds_its_list() -> None:
    written = write_xml1(ConfigDocument((Module("SIP CONFIG MODULE", (item_of("SIP1 Phone Number", "1"),)),)))
    assert b"<SIP_Line_List>\n<SIP_Line_List_Entry>\n<ID>SIP1</ID>\n<Phone_Number>1</Phone_Number>" in written


def test_reads_what_hands_write() -> None:
    data = (
        b"<VOIP_CONFIG_FILE attr='x'>\n<!-- a comment --><Version> 2.0 </Version><Stray>1</Stray>\n"
        b"<SIP_CONFIG_MODULE><SIP_Line_List/><SIP_Line_List>\n"
        b"<SIP_Line_List_Entry><Phone_Number>1</Phone_Number></SIP_Line_List_Entry>\n"
        b"<SIP_Line_List_Entry><ID>SIP7</ID><Phone_Number><![CDATA[a<b]]></Phone_Number>"
        b"<Deep><Key>d</Key></Deep></SIP_Line_List_Entry>\n"
        b"<Loose>l</Loose><Inner><Leaf>i</Leaf></Inner></SIP_Line_List></SIP_CONFIG_MODULE>\n"
        b"<SIP_CONFIG_MODULE><SIP__Port>5060</SIP__Port></SIP_CONFIG_MODULE><EMPTY_MODULE/>\n<<END OF FILE>>"
    )
    found = read_xml1(data)
    assert found.version == "2.0"
    assert found.get(LOOSE, "Stray") == "1"
    assert found.get("SIP CONFIG MODULE", "SIP1 Phone Number") == "1"
    assert found.get("SIP CONFIG MODULE", "SIP7 Phone Number") == "a<b"
    assert found.get("SIP CONFIG MODULE", "Key", section="SIP Line List/Deep") == "d"
    assert found.get("SIP CONFIG MODULE", "Loose") == "l"
    assert found.get("SIP CONFIG MODULE", "Leaf") == "i"
    assert found.get("SIP CONFIG MODULE", "SIP  Port") == "5060"
    assert [module.name for module in found.modules] == [LOOSE, "SIP CONFIG MODULE", "EMPTY MODULE"]
    again = read_xml1(write_xml1(found))
    assert sorted((m, i.name, i.value) for m, i in again) == sorted((m, i.name, i.value) for m, i in found)


@pytest.mark.parametrize("data", [b"<sysConf/>", b"<VOIP_CONFIG_FILE><a></b>", b"", b"<!DOCTYPE x><VOIP_CONFIG_FILE/>"])
def test_refuses(data: bytes) -> None:
    with pytest.raises(BadFile):
        read_xml1(data)


def test_a_value_that_would_break_the_file_is_refused() -> None:
    with pytest.raises(BadSettings):
        write_xml1(ConfigDocument((Module("M", (Item("k", "a\nb"),)),)))


def test_a_sub_section_without_a_name_is_refused() -> None:
    with pytest.raises(BadSettings):
        write_xml1(ConfigDocument((Module("M", (Item("k", "v", "line/"),)),)))
