import pytest

from acs.errors import BadFile, BadRequest, BadSettings
from acs.formats import Dialect
from acs.formats.convert import convert

TEXT2 = (
    b"<<VOIP CONFIG FILE>>Version:2.0\r\n<NET CONFIG MODULE>\r\nHost Name:a & b\r\n###PPPoE Password:\r\n"
    b"<SIP CONFIG MODULE>\r\nSIP  Port:5060\r\n--SIP Line List--:\r\nSIP1 Register Pswd: x \r\n"
)


def test_text2_and_sysconf() -> None:
    converted = convert(TEXT2, Dialect.SYSCONF)
    assert converted.source is Dialect.TEXT2
    assert converted.left_out == ("NET CONFIG MODULE: PPPoE Password",)
    assert b"<HostName>a &amp; b</HostName>" in converted.data
    assert b"<RegisterPswd> x </RegisterPswd>" in converted.data
    back = convert(converted.data, Dialect.TEXT2)
    assert back.data.decode().split("\r\n")[2:-3] == [
        "<NET CONFIG MODULE>",
        "Host Name          :a & b",
        "",
        "<SIP CONFIG MODULE>",
        "SIP  Port          :5060",
        "--SIP Line List--  :",
        "SIP1 Register Pswd      : x ",
    ]


def test_the_same_dialect_is_the_file_as_a_phone_writes_it() -> None:
    converted = convert(TEXT2, Dialect.TEXT2)
    assert converted.left_out == ()
    assert b"\r\n###PPPoE Password     :\r\n" in converted.data
    assert convert(converted.data, Dialect.TEXT2).data == converted.data


def test_the_generations_stay_apart() -> None:
    for to in (Dialect.TEXT1, Dialect.XML1):
        with pytest.raises(BadRequest, match=r"generation 2.* can become: text2, dotted, sysconf") as caught:
            convert(TEXT2, to)
        assert caught.value.field == "dialect"
    with pytest.raises(BadRequest, match="generation 1"):
        convert(b"<VOIP_CONFIG_FILE/>", Dialect.SYSCONF)


def test_what_cannot_be_read_or_written_says_why() -> None:
    with pytest.raises(BadFile, match="encrypted"):
        convert(b"\x00\x01", Dialect.TEXT2)
    twins = TEXT2 + b"<QOS CONFIG MODULE>\nVLAN ID:1\nVLANID:2\n"
    with pytest.raises(BadSettings, match="same element"):
        convert(twins, Dialect.SYSCONF)
