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


def test_lists_that_nobody_knows_come_back_from_text() -> None:
    old = (
        b"<VOIP_CONFIG_FILE><FOO_CONFIG_MODULE><Zap_List><Zap_List_Entry><ID>Zap1</ID><A>1</A></Zap_List_Entry>"
        b"<Zap_List_Entry><ID>Zap2</ID><B_C>x </B_C></Zap_List_Entry></Zap_List><Z>9</Z></FOO_CONFIG_MODULE>"
        b"</VOIP_CONFIG_FILE>"
    )
    text = convert(old, Dialect.TEXT1).data
    assert b"--Zap List--       :\r\nZap1 A             :1\r\nZap2 B C           :x \r\n" in text
    assert convert(convert(text, Dialect.XML1).data, Dialect.TEXT1).data == text
    assert b"<ID>Zap2</ID>\n<B_C>x </B_C>\n</Zap_List_Entry>" in convert(text, Dialect.XML1).data


def test_entries_that_nobody_knows_come_back_from_text() -> None:
    new = (
        b'<sysConf><net><zap index="2"><X>1</X><deep><Y>2</Y></deep></zap></net>'
        b'<phone><line index="4"><A>1</A></line></phone></sysConf>'
    )
    text = convert(new, Dialect.TEXT2).data
    assert b"--zap#2--          :\r\nX                  :1\r\n" in text
    for way in (Dialect.TEXT2, Dialect.DOTTED):
        back = convert(convert(new, way).data, Dialect.SYSCONF).data
        assert back == convert(new, Dialect.SYSCONF).data


def test_modules_that_nobody_knows_keep_their_index() -> None:
    plans = (
        b"<sysConf><net><MTU>1500</MTU></net>"
        b'<timePlan index="1"><Name>a</Name></timePlan><timePlan index="2"><Name>b</Name></timePlan></sysConf>'
    )
    again = convert(plans, Dialect.SYSCONF).data
    assert b'<timePlan index="2">\n        <Name>b</Name>' in again
    assert b"timePlan.2.Name = b\n" in convert(plans, Dialect.DOTTED).data
    for way in (Dialect.TEXT2, Dialect.DOTTED):
        assert convert(convert(plans, way).data, Dialect.SYSCONF).data == again


def test_keys_that_text_has_no_room_for_are_told() -> None:
    old = (
        b"<VOIP_CONFIG_FILE><PHONE_CONFIG_MODULE><A_Key_Of_Twenty_Two_X>1</A_Key_Of_Twenty_Two_X>"
        b"<A_Key_Of_Nineteen>1</A_Key_Of_Nineteen></PHONE_CONFIG_MODULE></VOIP_CONFIG_FILE>"
    )
    converted = convert(old, Dialect.TEXT1)
    assert b"A Key Of Twenty Two:1" in converted.data
    assert converted.cut == ("PHONE CONFIG MODULE: A Key Of Twenty Two X",)
    assert convert(old, Dialect.XML1).cut == ()
