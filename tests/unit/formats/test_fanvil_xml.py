import re

import pytest
from lxml import etree

from acs.errors import BadFile, BadSettings
from acs.formats import ConfigDocument, Item, Module
from acs.formats.document import LOOSE, MAX_BYTES, item_of
from acs.formats.fanvil_xml import read_sysconf, write_sysconf

DOCUMENT = ConfigDocument(
    (
        Module(
            "SIP CONFIG MODULE",
            (Item("SIP  Port", "5060"), item_of("SIP1 Phone Number", "1001", section="SIP Line List")),
        ),
        Module(
            "AUTOUPDATE CONFIG MODULE",
            (
                Item("Flash Mode", "1"),
                Item("Auto Image Url", "http://h/a&b.z"),
                Item("PNP Enable", "1", "Sip Pnp List"),
            ),
        ),
    ),
    "2.0003000000",
)


def test_writes_the_phones_own_shape() -> None:
    assert write_sysconf(DOCUMENT).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<sysConf>\n"
        "    <Version>2.0003000000</Version>\n"
        "    <sip>\n"
        "        <SIPPort>5060</SIPPort>\n"
        '        <line index="1">\n'
        "            <PhoneNumber>1001</PhoneNumber>\n"
        "        </line>\n"
        "    </sip>\n"
        "    <ap>\n"
        "        <FlashMode>1</FlashMode>\n"
        "        <pnp>\n"
        "            <PNPEnable>1</PNPEnable>\n"
        "        </pnp>\n"
        "    </ap>\n"
        "    <AUTOUPDATE_CONFIG_MODULE>\n"
        "        <Auto_Image_Url>http://h/a&amp;b.z</Auto_Image_Url>\n"
        "    </AUTOUPDATE_CONFIG_MODULE>\n"
        "</sysConf>\n"
    )


def test_reads_back_what_it_wrote() -> None:
    found = read_sysconf(write_sysconf(DOCUMENT))
    assert found.version == DOCUMENT.version
    assert found.get("SIP CONFIG MODULE", "SIP1 Phone Number") == "1001"
    assert found.get("AUTOUPDATE CONFIG MODULE", "Auto Image Url") == "http://h/a&b.z"
    assert found == DOCUMENT.ordered()


def test_a_file_of_commands_alone_has_no_empty_module() -> None:
    only = ConfigDocument((Module("AUTOUPDATE CONFIG MODULE", (Item("Auto Pbook Url", "http://h/p.xml"),)),))
    assert b"<ap" not in write_sysconf(only)
    assert read_sysconf(write_sysconf(only)) == only


def test_masked_items_are_left_out() -> None:
    masked = ConfigDocument(
        (Module("TR069 CONFIG MODULE", (Item("ACS Password", "", masked=True), Item("ACS URL", ""))),)
    )
    data = write_sysconf(masked)
    assert b"ACSPassword" not in data
    assert b"<ACSURL></ACSURL>" in data


@pytest.mark.parametrize(
    "data",
    [
        b"<sysConf><sip><SIPPort>1</SIPPort></sip>\n<<END OF FILE>>",
        b"\xef\xbb\xbf<?xml version='1.0' encoding='gbk'?>\n<sysConf><sip><SIPPort>1</SIPPort></sip></sysConf>",
        '<?xml version="1.0"?><sysConf><!-- x --><sip><SIPPort>1</SIPPort></sip></sysConf>'.encode("utf-16"),
    ],
)
def test_reads_what_phones_take(data: bytes) -> None:
    assert read_sysconf(data).get("SIP CONFIG MODULE", "SIP  Port") == "1"


def test_unknown_elements_are_kept() -> None:
    data = (
        b"<sysConf><android><displayConfig><Font>2</Font></displayConfig>"
        b"<Deep><a index='3'><b>x</b></a></Deep></android>"
        b"<sip><Brand><New>1</New></Brand></sip></sysConf>"
    )
    found = read_sysconf(data)
    assert found.get("android", "Font", section="displayConfig") == "2"
    assert found.get("android", "a3 b") == "x"
    assert found.get("SIP CONFIG MODULE", "New", section="Brand") == "1"
    assert read_sysconf(write_sysconf(found)) == found


@pytest.mark.parametrize(
    "data",
    [
        b"<VOIP_CONFIG_FILE/>",
        b"<sysConf><a></b></sysConf>",
        b'<!DOCTYPE sysConf [<!ENTITY x "y">]><sysConf><sip><a>&x;</a></sip></sysConf>',
        b"<sysConf><sip><line index='one'><a>1</a></line></sip></sysConf>",
        b"<sysConf><sip><line index='123456789'><a>1</a></line></sip></sysConf>",
        b"",
        b" " * (MAX_BYTES + 1),
    ],
)
def test_refuses(data: bytes) -> None:
    with pytest.raises(BadFile):
        read_sysconf(data)


def test_keys_that_cannot_be_elements_are_escaped() -> None:
    items = tuple(Item(key, "x") for key in ("1st", "a/b", "ä", "_x0041_", "Dial End With #"))
    document = ConfigDocument((Module("SIP CONFIG MODULE", items),))
    data = write_sysconf(document)
    assert b"<_x0031_st>x</_x0031_st>" in data
    assert b"<a_x002F_b>x</a_x002F_b>" in data
    assert read_sysconf(data) == document


def test_names_that_no_rule_gives_back_stand_in_comments() -> None:
    document = ConfigDocument(
        (
            Module("VENDOR NEW MODULE", (Item("Odd  key9", "1"), Item("A -- 5%", "2", "My  Section"))),
            Module("SIP CONFIG MODULE", (item_of("SIP1 OneWord", "3", section="SIP Line List"),)),
        )
    )
    data = write_sysconf(document)
    assert data.decode().split("\n")[1:] == [
        "<sysConf>",
        "    <!-- VENDOR NEW MODULE -->",
        "    <VENDORNEWMODULE>",
        "        <!-- Odd  key9 -->",
        "        <Oddkey9>1</Oddkey9>",
        "        <!-- My  Section -->",
        "        <MySection>",
        "            <!-- A %2D- 5%25 -->",
        "            <A--5_x0025_>2</A--5_x0025_>",
        "        </MySection>",
        "    </VENDORNEWMODULE>",
        "    <sip>",
        '        <line index="1">',
        "            <!-- OneWord -->",
        "            <OneWord>3</OneWord>",
        "        </line>",
        "    </sip>",
        "</sysConf>",
        "",
    ]
    assert read_sysconf(data) == document


def test_other_comments_name_nothing() -> None:
    data = (
        b"<sysConf><!-- about it --><sip><!-- the port --><SIPPort>1</SIPPort>"
        b"<!--SIP Port--><NewKey>2</NewKey></sip></sysConf>"
    )
    assert [item.key for _, item in read_sysconf(data)] == ["SIP  Port", "New Key"]


def test_it_is_what_lxml_reads() -> None:
    root = etree.fromstring(write_sysconf(DOCUMENT))
    assert root.findtext("sip/SIPPort") == "5060"
    assert root.findtext("sip/line[@index='1']/PhoneNumber") == "1001"
    assert root.findtext("AUTOUPDATE_CONFIG_MODULE/Auto_Image_Url") == "http://h/a&b.z"
    expected = etree.fromstring(write_sysconf(DOCUMENT), etree.XMLParser(remove_blank_text=True))
    etree.indent(expected, space="    ")
    written = etree.tostring(expected, encoding="UTF-8", xml_declaration=False)
    assert write_sysconf(DOCUMENT) == b'<?xml version="1.0" encoding="UTF-8"?>\n' + written + b"\n"


@pytest.mark.parametrize("value", ["", " ", "  x  ", "\t", "<&>\"'", "]]>", "ä日本", "<!-- x -->", "&amp;", "a:b=c"])
def test_any_value_survives(value: str) -> None:
    document = ConfigDocument((Module("SIP CONFIG MODULE", (Item("User Agent", value),)),), "<&>")
    assert read_sysconf(write_sysconf(document)) == document


def test_keys_that_occur_twice_are_both_kept() -> None:
    items = (Item("Display Language", "en"), Item("Display Language", "de"))
    document = ConfigDocument((Module("UI DEFINED CONFIG MODULE", items),))
    assert read_sysconf(write_sysconf(document)) == document


def test_a_module_in_pieces_is_one_element() -> None:
    pieces = ConfigDocument(
        (
            Module("SIP CONFIG MODULE", (Item("STUN Port", "1"),)),
            Module("MMI CONFIG MODULE", ()),
            Module("SIP CONFIG MODULE", (Item("STUN Server", "x"),)),
        )
    )
    assert write_sysconf(pieces).count(b"<sip>") == 1
    assert b"    <web/>\n" in write_sysconf(pieces)
    assert [item.key for _, item in read_sysconf(write_sysconf(pieces))] == ["STUN Port", "STUN Server"]


def test_what_stands_in_no_module_or_has_an_index_and_a_value_is_kept() -> None:
    data = (
        b"<sysConf><Stray>1</Stray><x><codec index='2'>PCMA</codec><codec index='3'/></x>"
        b"<sip><p2p/><line index='4'/></sip></sysConf>"
    )
    found = read_sysconf(data)
    assert [(module, item.name, item.value) for module, item in found] == [
        (LOOSE, "Stray", "1"),
        ("x", "codec[2]", "PCMA"),
    ]
    assert read_sysconf(write_sysconf(found)) == found
    assert b"\n    <Stray>1</Stray>\n" in write_sysconf(found)
    assert b'<codec index="2">PCMA</codec>' in write_sysconf(found)


def test_the_old_block_of_production_servers_keeps_its_place() -> None:
    block = b"<AUTOUPDATE_CONFIG_MODULE><Download_Mode>1</Download_Mode><Auto_Image_URL>http://h/x.z</Auto_Image_URL></AUTOUPDATE_CONFIG_MODULE>"
    found = read_sysconf(b"<sysConf><ap><FlashMode>1</FlashMode></ap>" + block + b"</sysConf>")
    commented = block.replace(b"<Auto_Image_URL>", b"<!-- x --><Auto_Image_URL><!-- y -->")
    assert found == read_sysconf(b"<sysConf><ap><FlashMode>1</FlashMode></ap>" + commented + b"</sysConf>")
    assert found.get("AUTOUPDATE CONFIG MODULE", "Download Mode") == "1"
    assert re.sub(rb"\s", b"", block) in re.sub(rb"\s", b"", write_sysconf(found))


def test_a_key_where_a_section_stands_is_refused() -> None:
    for items in (
        (Item("wifi", "1"), Item("WIFI Enable", "1", "WIFI Config")),
        (Item("WIFI Enable", "1", "WIFI Config"), Item("wifi", "1")),
    ):
        with pytest.raises(BadSettings, match="same element"):
            write_sysconf(ConfigDocument((Module("NET CONFIG MODULE", items),)))


def test_two_keys_that_are_one_element_are_refused() -> None:
    with pytest.raises(BadSettings, match="same element"):
        write_sysconf(ConfigDocument((Module("SIP CONFIG MODULE", (Item("SIP Port", "1"), Item("SIP  Port", "2"))),)))
