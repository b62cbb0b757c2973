import pytest

from acs import formats
from acs.formats import ConfigDocument, Dialect, Item, Module, detect
from acs.formats.document import item_of


@pytest.mark.parametrize(
    ("data", "dialect"),
    [
        (b"<<VOIP CONFIG FILE>>Version:2.0002\r\n\r\n<GLOBAL CONFIG MODULE>\r\n", Dialect.TEXT1),
        (b"<<VOIP CONFIG FILE>>Version:2.0002\r\n\r\n<NET CONFIG MODULE>\r\n", Dialect.TEXT2),
        (b"\xef\xbb\xbf\r\n<<voip config file>>\n<SIP CONFIG MODULE>\nSIP1 Phone Number  :1\n", Dialect.TEXT1),
        (b"<<VOIP CONFIG FILE>>\n<SIP CONFIG MODULE>\nSIP1 Phone Number       :1\n", Dialect.TEXT2),
        (b"<<VOIP CONFIG FILE>>\n<AUTOUPDATE CONFIG MODULE>\nFlash Mode:1\n", Dialect.TEXT2),
        (b"<<VOIP CONFIG FILE>>\n<AUTOUPDATE CONFIG MODULE>\n###Default Password   :\n", Dialect.TEXT2),
        (b"#<Voip Config File>#\nVersion = 2.0\n", Dialect.DOTTED),
        (b'<?xml version="1.0"?>\n<!-- x -->\n<VOIP_CONFIG_FILE><version>1</version>', Dialect.XML1),
        (b"\xef\xbb\xbf  <sysConf>\n", Dialect.SYSCONF),
        (b"<?xml version='1.0' encoding='UTF-8'?><sysConf/>", Dialect.SYSCONF),
        (b"<<VOIP CONFIG FILE>>\r<AUTOUPDATE CONFIG MODULE>\rDownload Mode:1\r", Dialect.TEXT1),
        (b"<<VOIP CONFIG FILE>>\n<AUTOUPDATE CONFIG MODULE>\n--Net Option--\nDHCP Option:66\n", Dialect.TEXT2),
        (b"<<VOIP CONFIG FILE>>\n<DOT1X CONFIG MODULE>\n--SSL Mode--       :\nCTF mode:0\n", Dialect.TEXT2),
        (b"<<VOIP CONFIG FILE>>\n<SIP CONFIG MODULE>\nSIP1 Enable Failbac:1\n", Dialect.TEXT1),
        (b"<<VOIP CONFIG FILE>>Version:2.0000000000\n<TR069 CONFIG MODULE>\nACS URL:x\n", Dialect.TEXT2),
        (b"<<VOIP CONFIG FILE>>Version:2.0002\n<TR069 CONFIG MODULE>\nACS URL:x\n", Dialect.TEXT1),
        (
            b"<<VOIP CONFIG FILE>>\n<M>\na:1\n<<END OF FILE>>\nThis is what follows the end of it: nothing",
            Dialect.TEXT1,
        ),
        ("<<VOIP CONFIG FILE>>\n<NET CONFIG MODULE>\n".encode("utf-16"), Dialect.TEXT2),
        ('<?xml version="1.0" encoding="UTF-16"?><sysConf/>'.encode("utf-16"), Dialect.SYSCONF),
        ("<VOIP_CONFIG_FILE/>".encode("utf-16-le"), Dialect.XML1),
        (b'<!DOCTYPE sysConf [<!ENTITY x "y">]><sysConf/>', Dialect.SYSCONF),
        (b"\n #<Voip Config File>#\n", Dialect.DOTTED),
        (b"<FanvilIPPhoneDirectory/>", None),
        (b"<sysConfig/>", None),
        (b"<html>", None),
        (b"", None),
        (bytes(range(256)), None),
    ],
)
def test_detect(data: bytes, dialect: Dialect | None) -> None:
    assert detect(data) is dialect


@pytest.mark.parametrize("dialect", formats.CODECS)
def test_what_is_written_is_detected_and_read(dialect: Dialect) -> None:
    module = "GLOBAL CONFIG MODULE" if dialect.generation == 1 else "NET CONFIG MODULE"
    document = ConfigDocument((Module(module, (Item("Host Name", "x"),)), Module("SIP CONFIG MODULE", ())), "1.0")
    assert detect(formats.write(document, dialect)) is dialect
    assert formats.read(formats.write(document, dialect)).get(module, "Host Name") == "x"


def test_a_partial_file_is_told_by_its_columns() -> None:
    line = ConfigDocument((Module("SIP CONFIG MODULE", (item_of("SIP1 Phone Number", "1", section="SIP Line List"),)),))
    assert detect(formats.write(line, Dialect.TEXT2)) is Dialect.TEXT2
    assert detect(formats.write(line, Dialect.TEXT1)) is Dialect.TEXT1
