"""Files in the layouts of exports, written for these tests: read, written again, converted there and back.

``x3u.cfg`` and ``h5.cfg`` have their generation's sub-sections, masked secrets and keys off the column. ``c58.cfg``
is in Latin-1 with line feeds and old keys. ``w611w.xml`` has comments, CDATA, unknown elements; its root is not closed.
"""

from pathlib import Path

import pytest

from acs import formats
from acs.formats import ConfigDocument, Dialect
from tests.golden import parsers

FOLDER = Path(__file__).parent / "exports"
X3U = (FOLDER / "x3u.cfg").read_bytes()
H5 = (FOLDER / "h5.cfg").read_bytes()
C58 = (FOLDER / "c58.cfg").read_bytes()
W611W = (FOLDER / "w611w.xml").read_bytes()


def settings_of(document: ConfigDocument) -> list[tuple[str, str, str, str]]:
    """Every setting that is not masked, in any order."""
    return sorted((module, item.section, item.name, item.value) for module, item in document if not item.masked)


def unmasked(data: bytes) -> bytes:
    """The file without its masked lines."""
    return b"\r\n".join(line for line in data.split(b"\r\n") if not line.startswith(b"###"))


@pytest.mark.parametrize(("data", "dialect"), [(X3U, Dialect.TEXT2), (H5, Dialect.TEXT1)], ids=["x3u", "h5"])
def test_the_very_bytes_again(data: bytes, dialect: Dialect) -> None:
    assert formats.detect(data) is dialect
    document = formats.read(data)
    assert formats.write(document, dialect) == data
    masked = data.count(b"\r\n###")
    assert sum(item.masked for _, item in document) == masked > 3
    assert len(parsers.text(data)) == sum(1 for _ in document) - masked
    hand_made = b"\n".join(
        name.rstrip() + colon + value
        for name, colon, value in (line.partition(b":") for line in data.rstrip().split(b"\r\n"))
    )
    assert formats.write(formats.read(hand_made), dialect) == data, "from a file without any padding"


@pytest.mark.parametrize(
    ("data", "to"),
    [(X3U, Dialect.SYSCONF), (X3U, Dialect.DOTTED), (H5, Dialect.XML1)],
    ids=["x3u to sysconf", "x3u to dotted", "h5 to xml1"],
)
def test_there_and_back_to_the_byte(data: bytes, to: Dialect) -> None:
    converted = formats.convert(data, to)
    assert len(converted.left_out) == data.count(b"\r\n###")
    back = formats.convert(converted.data, converted.source)
    assert back.data == unmasked(data)


def test_the_rules_of_old_xml() -> None:
    found = parsers.xml1(formats.convert(H5, Dialect.XML1).data)
    assert sorted(found) == sorted(parsers.old_names(parsers.text(H5)))


def test_the_rules_of_sysconf() -> None:
    found = parsers.sysconf(formats.convert(X3U, Dialect.SYSCONF).data)
    text = [(key.replace(" ", ""), value) for _, _, key, value in parsers.text(X3U)]
    assert sorted((key, value) for _, key, value in found) == sorted(text)
    for place in (
        ("sip.line.2", "Call-IDFormat", "$id@$ip"),
        ("sip.p2p", "SIPP2PDtmfMode", "1"),
        ("call.port.1", "IPDialPrefix", "."),
        ("call.basic", "DialbyPound", "1"),
        ("call.alertInfo.10", "Line", "-1"),
        ("mm.capability", "AudioCodecSets", "PCMA,PCMU,G722"),
        ("phone.display", "LCDConstrast", "5"),
        ("phone.powerLed", "PowserSaving", "1"),
        ("phone.date", "TimeZoneName", "UTC+1"),
        ("phone.softkey", "CallClick", "none;none;none;none;none;"),
        ("phone.agent", "AgentClearCallLog", "0"),
        ("phone.bwDir.1", "SipLine", "0"),
        ("phone.xmlContact.1", "Addr", "http://192.0.2.5/book.xml?a=1&b=2"),
        ("phone.ldap.1", "BindLine", "-1"),
        ("phone.timePlan.1", "StartTime", "0:0"),
        ("cti.at", "AtEnabled", "0"),
        ("mcast.addr.10", "Port", "0"),
        ("mcast.dynamic", "AutoExitExpires", "60"),
        ("dsskey.dssSide.1.Fkey.3", "Title", "Line 3"),
        ("dsskey.internal.2.Fkey.1", "ICON", "Green"),
        ("dsskey.dssSoft.10", "Type", "2"),
        ("dsskey.external.1.exKey.1", "Value", "SIP1"),
        ("hotspot.hs.1", "Enable", "1"),
        ("ap.pnp", "PNPIP", "224.0.1.75"),
        ("ap.opt", "SaveDHCPOpion", "0"),
        ("dot1x.sslMode", "CTFmode", "0"),
        ("kc.rule.1", "KeyValue", "sidekey2"),
        ("pubApp", "EnableOutAccess", "0"),
        ("background", "MWIPopup", "1"),
        ("MODULEOFTOMORROW", "NewKey7", "kept"),
        ("MODULEOFTOMORROW.OwnList", "Foo1Bar", "x"),
    ):
        assert place in found


def test_old_keys_in_latin_1() -> None:
    assert formats.detect(C58) is Dialect.TEXT1
    document = formats.read(C58)
    assert document.get("SIP CONFIG MODULE", "SIP1 Display Name") == "Jörg Groß"
    text = formats.write(document, Dialect.TEXT1)
    assert parsers.text(text) == parsers.text(C58.decode("latin-1").replace("\n", "\r\n").encode())
    xml = formats.convert(C58, Dialect.XML1)
    assert formats.convert(xml.data, Dialect.TEXT1).data == text
    assert formats.convert(text, Dialect.XML1).data == xml.data


def test_an_unclosed_sysconf_file_of_hands() -> None:
    assert formats.detect(W611W) is Dialect.SYSCONF
    document = formats.read(W611W)
    assert document.get("SIP CONFIG MODULE", "SIP1 Display Name") == "Anna <Empfang>"
    sound = formats.write(document, Dialect.SYSCONF)
    closed = W611W.replace(b"<<END OF FILE>>\n", b"</sysConf>\n")
    assert sorted(parsers.sysconf(sound)) == sorted(parsers.sysconf(closed))
    for to in (Dialect.TEXT2, Dialect.DOTTED):
        there = formats.convert(W611W, to)
        assert settings_of(formats.read(there.data)) == settings_of(document)
        back = formats.convert(there.data, Dialect.SYSCONF).data
        # A module without a key has no line in a dotted file.
        assert back == (sound if to is Dialect.TEXT2 else sound.replace(b"    <vpn/>\n", b""))
