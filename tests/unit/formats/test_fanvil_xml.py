import pytest
from lxml import etree

from acs.errors import BadFile, BadSettings
from acs.formats import ConfigDocument, Item, Module
from acs.formats.document import MAX_BYTES, item_of
from acs.formats.fanvil_xml import read_sysconf, write_sysconf
from acs.formats.hardened import hardened

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
        b"",
        b" " * (MAX_BYTES + 1),
    ],
)
def test_refuses(data: bytes) -> None:
    with pytest.raises(BadFile):
        read_sysconf(data)


def test_a_dtd_hidden_in_utf_16_is_seen() -> None:
    with pytest.raises(BadFile, match="document type"):
        hardened('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')
    with pytest.raises(BadFile, match="document type"):
        read_sysconf('<!doctype sysConf SYSTEM "x"><sysConf/>'.encode("utf-16"))
    with pytest.raises(etree.XMLSyntaxError):
        hardened("<a>")


def test_keys_that_cannot_be_elements_are_refused() -> None:
    for key in ("1st", "a/b", "ä"):
        with pytest.raises(BadSettings) as caught:
            write_sysconf(ConfigDocument((Module("SIP CONFIG MODULE", (Item(key, "x"),)),)))
        assert caught.value.field == f"raw.SIP CONFIG MODULE.{key}"


def test_two_keys_that_are_one_element_are_refused() -> None:
    with pytest.raises(BadSettings, match="same element"):
        write_sysconf(ConfigDocument((Module("SIP CONFIG MODULE", (Item("SIP Port", "1"), Item("SIP  Port", "2"))),)))
