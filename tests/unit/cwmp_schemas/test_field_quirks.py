"""What real phones send, and what they demand of what we send, one test for each known quirk, by its number."""

# ruff: noqa: E501  (tables of cases, one a line)

import re
from collections.abc import Callable

import pytest
from lxml import etree

from cwmp_schemas import cpe_rpcs
from cwmp_schemas.acs_rpcs import Inform, InformResponse, TransferComplete
from cwmp_schemas.codec import OPERATIONS
from cwmp_schemas.datatypes import UNKNOWN_TIME, TypedValue
from cwmp_schemas.envelope import Envelope, HeaderExtras, Refused, Style, read, write
from cwmp_schemas.events import EventCode
from cwmp_schemas.faults import Fault, SetParameterValuesFault, text_of
from cwmp_schemas.namespaces import NAMESPACE_OF, VERSIONS
from cwmp_schemas.registry import RPCS
from cwmp_schemas.structs import DeviceIdStruct, ParameterAttributeStruct, ParameterValueStruct
from tests.hostile import catalogue as made
from tests.unit.cwmp_schemas.strategies import examples

NS = "urn:dslforum-org:cwmp-1-2"


def inform(data: bytes, content_type: str = "") -> Inform:
    body = read(data, content_type).body
    assert isinstance(body, Inform)
    return body


def plain() -> str:
    return made.plain("S1").decode()


def changed(old: str, new: str) -> bytes:
    assert old in plain()
    return plain().replace(old, new).encode()


def codes(data: bytes) -> set[tuple[str, int | None]]:
    return {(oddity.code, oddity.quirk) for oddity in read(data).warnings}


def first_value(typed: str, text: str) -> TypedValue:
    (item,) = inform(made.with_value(typed, text)("S1")).ParameterList
    return item.Value


def message(inner: str) -> Envelope:
    return read(made.envelope(inner).encode())


# What arrives: bytes and charsets


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/xml",
        'text/xml; charset="utf-8"',
        "text/xml;charset='utf-8'",
        "TEXT/XML; CHARSET=UTF-8",
        "application/soap+xml",
        ";;",
    ],
)
def test_quirk_021_content_type_in_all_its_spellings(content_type: str) -> None:
    assert inform(plain().encode(), content_type).DeviceId.Manufacturer == "Fanvil"


def test_quirk_021_iso_8859_1_by_content_type() -> None:
    data = plain().replace("Fanvil", "Zürich").replace(' encoding="UTF-8"', "").encode("latin-1")
    assert inform(data, "text/xml; charset=ISO-8859-1").DeviceId.Manufacturer == "Zürich"


@pytest.mark.parametrize("charset", ["ISO-8859-1", "windows-1252", "GB2312", "UTF-16"])
def test_quirk_022_charset_in_the_declaration_alone(charset: str) -> None:
    maker = "方位" if charset == "GB2312" else "Zürich"
    data = plain().replace("UTF-8", charset).replace("Fanvil", maker).encode(charset)
    assert inform(data, "text/xml").DeviceId.Manufacturer == maker


def test_quirk_022_a_charset_that_nobody_knows_is_guessed() -> None:
    data = changed("UTF-8", "x-unknown").replace(b"Fanvil", "Zürich".encode())
    assert inform(data).DeviceId.Manufacturer == "Zürich"
    assert ("unknown_charset", 22) in codes(data)


def test_quirk_023_neither_declaration_nor_content_type() -> None:
    assert inform(re.sub(r"^<\?xml[^>]*\?>", "", plain()).encode(), "").DeviceId.SerialNumber == "S1"


def test_quirk_024_latin_1_in_a_utf_8_document() -> None:
    data = changed("Fanvil", "Z@rich").replace(b"@", b"\xfc")
    assert inform(data).DeviceId.Manufacturer == "Zürich"
    assert ("wrong_charset", 24) in codes(data)


def test_quirk_024_a_run_of_ff() -> None:
    assert len(inform(changed("2.12.1", "@@@").replace(b"@", b"\xff")).ParameterList[0].Value.text) == 3


@pytest.mark.parametrize("dirt", ["\0", "\x01", "\x0b", "\ufffe"])
def test_quirk_025_characters_that_xml_does_not_have(dirt: str) -> None:
    data = changed("2.12.1", f"2.12{dirt}.1")
    assert inform(data).ParameterList[0].Value.text == "2.12.1"
    assert ("illegal_character", 25) in codes(data)


@pytest.mark.parametrize(
    "data",
    [
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: b"\r\n" + text,
        lambda text: text + b"\0",
        lambda text: text + b"\r\n\0\0",
        lambda text: text + b"garbage</html>",
    ],
    ids=["mark", "line feed", "NUL", "NULs", "garbage"],
)
def test_quirk_026_what_stands_before_and_behind(data: object) -> None:
    assert inform(data(plain().encode())).DeviceId.SerialNumber == "S1"  # type: ignore[operator]


# What arrives: XML, SOAP, namespaces


@pytest.mark.parametrize(
    "change",
    [
        ("http://schemas.xmlsoap.org/soap/envelope/", "http://schemas.xmlsoap.org/informReq/envelope/"),
        ("<OUI>", '<OUI xmlns="urn:x">'),
        ("s:", "SOAP-ENV:"),
        ("2001/XMLSchema", "1999/XMLSchema"),
    ],
)
def test_quirk_041_names_count_not_namespaces(change: tuple[str, str]) -> None:
    data = (
        plain().replace(*change).replace("xmlns:s=", "xmlns:SOAP-ENV=")
        if change[0] == "s:"
        else plain().replace(*change)
    )
    assert inform(data.encode()).DeviceId.OUI == "0C383E"


@pytest.mark.parametrize("where", ["Envelope", "Body", "method", "default"])
def test_quirk_042_where_the_namespace_is_declared(where: str) -> None:
    text = plain().replace(f' xmlns:cwmp="{made.CWMP}"', "").replace(made.HEADER, "")
    old, new = {
        "Envelope": ("<s:Envelope", f'<s:Envelope xmlns:cwmp="{NS}"'),
        "Body": ("<s:Body", f'<s:Body xmlns:cwmp="{NS}"'),
        "method": ("<cwmp:Inform", f'<cwmp:Inform xmlns:cwmp="{NS}"'),
        "default": ("<cwmp:Inform", f'<Inform xmlns="{NS}"'),
    }[where]
    text = text.replace(old, new)
    text = text.replace("</cwmp:Inform", "</Inform") if where == "default" else text
    envelope = read(text.encode())
    assert (envelope.method, envelope.cwmp_namespace) == ("Inform", NS)
    assert isinstance(envelope.body, Inform)
    assert envelope.body.DeviceId.SerialNumber == "S1"


def test_quirk_045_encoding_namespace_without_its_slash() -> None:
    data = plain().replace("/soap/encoding/", "/soap/encoding").encode()
    assert len(inform(data).Event) == 1
    assert ("encoding_namespace", 45) in codes(data)


@pytest.mark.parametrize(("header", "id"), [("", None), ("<s:Header/>", None), ("<s:Header><cwmp:ID/></s:Header>", "")])
def test_quirk_046_no_header_or_no_id(header: str, id: str | None) -> None:
    envelope = read(plain().replace(made.HEADER, header).encode())
    assert envelope.id == id
    assert isinstance(envelope.body, Inform)
    answer = read(write(InformResponse(), cwmp_namespace=envelope.cwmp_namespace, id=envelope.id or ""))
    assert (answer.id, answer.method) == ("", "InformResponse")


@pytest.mark.parametrize("id", ["1", "inform", "null", " x ", "ABC"])
def test_quirk_047_any_id_is_kept_as_it_is(id: str) -> None:
    assert read(changed("q&amp;7", id)).id == id


@pytest.mark.parametrize("attribute", ["", ' s:mustUnderstand="true"', ' s:mustUnderstand=""', ' mustUnderstand="1"'])
def test_quirk_048_must_understand_in_all_its_spellings(attribute: str) -> None:
    data = changed(' s:mustUnderstand="1"', attribute)
    assert read(data).id == made.ID
    assert ("must_understand", 48) in codes(data)


@pytest.mark.parametrize(("text", "hold"), [("1", True), ("true", True), ("0", False), ("false", False), ("", False)])
def test_quirk_048_hold_requests_and_no_more_requests(text: str, hold: bool) -> None:
    more = f"<cwmp:HoldRequests>{text}</cwmp:HoldRequests><cwmp:NoMoreRequests>{text}</cwmp:NoMoreRequests></s:Header>"
    envelope = read(changed("</s:Header>", more))
    assert (envelope.hold_requests, envelope.no_more_requests) == (hold, hold)


@pytest.mark.parametrize(("text", "count"), [("2", 2), ("0", 0), ("", 1)])
def test_quirk_050_max_envelopes_of_any_number(text: str, count: int) -> None:
    assert inform(changed("<MaxEnvelopes>1<", f"<MaxEnvelopes>{text}<")).MaxEnvelopes == count
    assert b"<MaxEnvelopes>1</MaxEnvelopes>" in write(InformResponse(), cwmp_namespace=NS, id="1")


def test_quirk_050_max_envelopes_missing() -> None:
    data = changed("<MaxEnvelopes>1</MaxEnvelopes>", "")
    assert inform(data).MaxEnvelopes == 1
    assert ("missing", 50) in codes(data)


@pytest.mark.parametrize("count", ["04", "0008", " 1 ", "0", "213", "", "x"])
def test_quirk_051_the_count_of_an_array_is_never_trusted(count: str) -> None:
    data = changed("ParameterValueStruct[1]", f"ParameterValueStruct[{count}]")
    assert [item.Name for item in inform(data).ParameterList] == ["Device.DeviceInfo.SoftwareVersion"]
    assert 51 in {quirk for _, quirk in codes(data)}


def test_quirk_052_a_value_without_a_type_is_a_string() -> None:
    assert first_value("", "x") == TypedValue("x", "xsd:string")


@pytest.mark.parametrize(
    ("spelt", "type"),
    [
        ("xsd:signedInt", "xsd:int"),
        ("xsd:unsignedint", "xsd:unsignedInt"),
        ("string", "xsd:string"),
        ("xsd:DateTime", "xsd:dateTime"),
        ("soap-enc:base64", "soap-enc:base64"),
        ("xsd:string(64)", "xsd:string"),
        ("xsd:ui4", "xsd:unsignedInt"),
        ("xsd:made-up", "xsd:string"),
    ],
)
def test_quirk_053_types_are_normalised(spelt: str, type: str) -> None:
    assert first_value(f' xsi:type="{spelt}"', "7").type == type


@pytest.mark.parametrize(
    ("text", "writable"),
    [
        ("TRUE", True),
        ("True", True),
        ("yes", True),
        ("on", True),
        ("enabled", True),
        ("1", True),
        ("30", True),
        ("0", False),
        ("", False),
        ("FALSE", False),
    ],
)
def test_quirk_054_booleans_in_all_their_spellings(text: str, writable: bool) -> None:
    inner = f"<ParameterInfoStruct><Name>Device.X</Name><Writable>{text}</Writable></ParameterInfoStruct>"
    body = message(made.call("GetParameterNamesResponse", f"<ParameterList>{inner}</ParameterList>")).body
    assert isinstance(body, cpe_rpcs.GetParameterNamesResponse)
    assert [item.Writable for item in body.ParameterList] == [writable]


def test_quirk_055_booleans_as_this_phone_takes_them() -> None:
    ask = cpe_rpcs.GetParameterNames(ParameterPath="Device.", NextLevel=True)
    assert b"<NextLevel>1</NextLevel>" in write(ask, cwmp_namespace=NS, id="1")
    assert b"<NextLevel>true</NextLevel>" in write(ask, cwmp_namespace=NS, id="1", style=Style(boolean_literals=True))


@pytest.mark.parametrize("text", ["0x1F", "", "99999999999999999999", "1e9", "NaN", "\u00b2"])
def test_quirk_056_odd_integers_keep_their_text(text: str) -> None:
    assert first_value(' xsi:type="xsd:unsignedInt"', text) == TypedValue(text, "xsd:unsignedInt")


def test_quirk_056_blanks_around_integers_mean_nothing() -> None:
    assert first_value(' xsi:type="xsd:int"', " 7\n") == TypedValue("7", "xsd:int")


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00", "2026-01-01T24:00:00Z", "01.01.2026 10:00", "1767225600", "Unknown", ""]
)
def test_quirk_057_odd_times_keep_their_text(text: str) -> None:
    assert inform(changed("2026-01-01T00:00:00Z", text)).CurrentTime == text
    assert first_value(' xsi:type="xsd:dateTime"', text).text == text


def test_quirk_058_times_of_ours_have_no_fractions() -> None:
    """Nothing that an ACS sends has a time in it, so none can have fractions; values are as the operator wrote them."""
    for rpc in RPCS:
        ours = rpc.request if rpc.callee == "CPE" else rpc.response
        assert "dateTime" not in {field.Attributes.wire_kind for field in ours.wire_fields.values()}, ours
    assert "." not in UNKNOWN_TIME


@pytest.mark.parametrize(("text", "number"), [("05", 5), ("00", 0), ("942", 942), ("", 0)])
def test_quirk_059_retry_count(text: str, number: int) -> None:
    assert inform(changed("<RetryCount>0<", f"<RetryCount>{text}<")).RetryCount == number


def test_quirk_059_retry_count_missing() -> None:
    assert ("missing", 59) in codes(changed("<RetryCount>0</RetryCount>", ""))


def test_quirk_060_missing_elements_have_defaults() -> None:
    body = message(made.call("TransferComplete")).body
    assert isinstance(body, TransferComplete)
    assert (body.CommandKey, body.FaultStruct.FaultCode, body.StartTime) == ("", 0, UNKNOWN_TIME)
    bare = inform(made.envelope(f"<cwmp:Inform>{made.deviceid('S1')}</cwmp:Inform>").encode())
    assert (bare.Event, bare.ParameterList) == ((), ())


@pytest.mark.parametrize(
    "name", ["SetParameterValuesResponse", "DeleteObjectResponse", "AddObjectResponse", "DownloadResponse"]
)
def test_quirk_061_status_missing_is_0(name: str) -> None:
    envelope = message(made.call(name))
    assert getattr(envelope.body, "Status", None) == 0
    assert ("missing", 61) in {(oddity.code, oddity.quirk) for oddity in envelope.warnings}


@pytest.mark.parametrize("name", ["Manufacturer", "OUI", "ProductClass", "SerialNumber"])
def test_quirk_062_missing_parts_of_the_device_id(name: str) -> None:
    data = re.sub(f"<{name}>[^<]*</{name}>", "", plain()).encode()
    assert getattr(inform(data).DeviceId, name) == ""
    assert ("missing", 62) in codes(data)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("10 AUTONOMOUS TRANSFER COMPLETE", "10 AUTONOMOUS TRANSFER COMPLETE"),
        ("4 VALUECHANGE", "4 VALUE CHANGE"),
        ("M download", "M Download"),
        ("6 CONECTION REQUEST", "6 CONNECTION REQUEST"),
        ("1 boot", "1 BOOT"),
        ("X CT-COM BIND", "X CT-COM BIND"),
        ("M TRANSFERCOMPLETE", "M TRANSFERCOMPLETE"),
    ],
)
def test_quirk_063_event_codes_are_read_by_their_whole_first_word(raw: str, code: str) -> None:
    assert [event.EventCode for event in inform(made.with_events(made.event(raw))("S1")).Event] == [raw]
    assert EventCode.parse(raw).code == code


def test_quirk_064_every_event_and_command_key_is_kept() -> None:
    events = [
        made.event("7 TRANSFER COMPLETE"),
        made.event("M Download", "a"),
        made.event("M Download", "b"),
        made.event("1 BOOT"),
    ]
    assert [(event.EventCode, event.CommandKey) for event in inform(made.with_events(*events)("S1")).Event] == [
        ("7 TRANSFER COMPLETE", ""),
        ("M Download", "a"),
        ("M Download", "b"),
        ("1 BOOT", ""),
    ]


def test_quirk_065_cdata() -> None:
    assert first_value("", "<![CDATA[a<b>&c]]>").text == "a<b>&c"


@pytest.mark.parametrize(
    "case", [case for case in made.XML_ATTACKS if case.expect == "400"], ids=lambda case: case.name
)
def test_quirk_066_document_types_are_refused(case: made.Case) -> None:
    with pytest.raises(Refused) as caught:
        read(case.body("S1"))
    assert caught.value.reason in ("doctype", "not_xml", "truncated")


def test_quirk_067_comments_instructions_and_empty_elements() -> None:
    data = changed("<CommandKey></CommandKey>", "<!--c--><?p i?><CommandKey/>").replace(b"2.12.1", b"2.<!--c-->12.1")
    assert inform(data).Event[0].CommandKey == ""
    assert inform(data).ParameterList[0].Value.text == "2.12.1"


@pytest.mark.parametrize(("text", "read_as"), [("A&B", "A&B"), ("A&amp;amp;B", "A&amp;B"), ("A&nbsp;B", "A&nbsp;B")])
def test_quirk_068_ampersands(text: str, read_as: str) -> None:
    assert first_value("", text).text == read_as


def test_quirk_069_blanks_around_names_go_and_in_values_stay() -> None:
    body = inform(made.with_values(made.value("\n Device.X \t", " v "))("S1"))
    assert (body.ParameterList[0].Name, body.ParameterList[0].Value.text) == ("Device.X", " v ")
    assert inform(changed("<SerialNumber>S1<", "<SerialNumber>\n S1 \n<")).DeviceId.SerialNumber == "S1"


def test_quirk_070_colons_and_equals_in_attributes() -> None:
    assert inform(changed("<cwmp:Inform>", '<cwmp:Inform a="b:c=d" e=\'f="g":h\'>')).DeviceId.SerialNumber == "S1"


@pytest.mark.parametrize("path", ["Device." + "A1." * 60, "D" * 257, "D" * 1024])
def test_quirk_071_deep_and_long_paths(path: str) -> None:
    data = made.with_values(made.value(path))("S1")
    assert inform(data).ParameterList[0].Name == path


def test_quirk_071_a_path_beyond_the_limit_is_refused() -> None:
    with pytest.raises(Refused, match="name_too_long"):
        read(made.with_values(made.value("D" * 1025))("S1"))


def test_quirk_072_attributes_that_call_themselves_values() -> None:
    inner = (
        "<ParameterValueStruct><Name>Device.X</Name><Notification>2</Notification><AccessList/></ParameterValueStruct>"
    )
    body = message(made.call("GetParameterAttributesResponse", f"<ParameterList>{inner}</ParameterList>")).body
    assert isinstance(body, cpe_rpcs.GetParameterAttributesResponse)
    assert body.ParameterList == (ParameterAttributeStruct(Name="Device.X", Notification=2, AccessList=()),)


def fault_of(inner: str) -> Fault:
    body = message(inner).body
    assert isinstance(body, Fault)
    return body


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ("<s:Fault><faultcode>Client</faultcode><faultstring>no</faultstring></s:Fault>", 9002),
        ("<s:Fault><detail/></s:Fault>", 9002),
        (
            "<s:Fault><x:detail xmlns:x='urn:x'><x:Fault><x:FaultCode>9005</x:FaultCode></x:Fault></x:detail></s:Fault>",
            9005,
        ),
        ("<s:Fault><detail><FaultCode>9005</FaultCode></detail></s:Fault>", 9005),
        ("<s:Fault><detail><Other/><cwmp:Fault><FaultCode>9005</FaultCode></cwmp:Fault></detail></s:Fault>", 9005),
    ],
)
def test_quirk_073_details_of_every_shape(inner: str, code: int) -> None:
    assert fault_of(inner).FaultCode == code


def test_quirk_074_another_faultstring() -> None:
    assert fault_of(made.fault().replace("CWMP fault", "SOAP oops")).FaultCode == 9005


@pytest.mark.parametrize(
    ("text", "code"), [("9005 Invalid", 9005), (" 9005 ", 9005), ("Code 9005", 9005), ("none", 9002)]
)
def test_quirk_075_fault_codes_with_words(text: str, code: int) -> None:
    assert fault_of(made.fault(f"<cwmp:Fault><FaultCode>{text}</FaultCode></cwmp:Fault>")).FaultCode == code


def test_quirk_076_every_parameter_fault_is_kept() -> None:
    one = "<SetParameterValuesFault><ParameterName>{}</ParameterName><FaultCode>9007</FaultCode></SetParameterValuesFault>"
    names = ("Device.X", "", "Device.")
    inner = "<cwmp:Fault><FaultCode>9003</FaultCode>" + "".join(one.format(name) for name in names) + "</cwmp:Fault>"
    assert tuple(each.ParameterName for each in fault_of(made.fault(inner)).SetParameterValuesFault) == names


@pytest.mark.parametrize(
    "data", [b"<html><body>Login</body></html>", b"<!DOCTYPE html><html>", b"HTTP/1.1 502 Bad Gateway"]
)
def test_quirk_077_web_pages_are_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read(data)


def test_quirk_156_a_parameter_without_value_is_empty() -> None:
    data = made.with_values("<ParameterValueStruct><Name>Device.Log</Name></ParameterValueStruct>")("S1")
    assert inform(data).ParameterList == (ParameterValueStruct(Name="Device.Log", Value=TypedValue("")),)
    assert ("missing", 156) in codes(data)


def test_quirk_157_a_fault_without_a_header() -> None:
    envelope = read(made.envelope(made.fault(), header="").encode())
    assert isinstance(envelope.body, Fault)
    assert (envelope.body.FaultCode, envelope.id) == (9005, None)


def test_quirk_158_untyped_values_throughout() -> None:
    data = re.sub(r' xsi:type="[^"]*"', "", plain()).encode()
    assert inform(data).ParameterList[0].Value == TypedValue("2.12.1", "xsd:string")


def test_quirk_159_u_0002_in_a_text() -> None:
    assert inform(changed("2.12.1", "2.12\x02.1")).ParameterList[0].Value.text == "2.12.1"


@pytest.mark.parametrize("prefix", ["soapenv", "soap", "SOAP-ENV", "x"])
def test_quirk_162_faults_under_any_prefix_with_namespaces_from_above(prefix: str) -> None:
    text = made.envelope(made.fault()).replace("s:", f"{prefix}:").replace("xmlns:s=", f"xmlns:{prefix}=")
    body = read(text.replace("xmln" + f"{prefix}:", "xmlns:").encode()).body
    assert isinstance(body, Fault)
    assert body.FaultCode == 9005


@pytest.mark.parametrize("time", ["1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2011-05-05T05:05:05+08:00"])
def test_quirk_181_a_wrong_clock_is_no_oddity(time: str) -> None:
    data = changed("2026-01-01T00:00:00Z", time)
    assert inform(data).CurrentTime == time
    assert codes(data) == set()


def test_quirk_198_fault_8006_and_event_13() -> None:
    assert "version" in text_of(8006).lower()
    assert b"<FaultCode>8006</FaultCode>" in write(
        Fault(FaultCode=8006, FaultString=text_of(8006)), cwmp_namespace=NS, id="1"
    )
    data = made.with_events(made.event("13 WAKEUP"))("S1")
    assert inform(data).Event[0].EventCode == "13 WAKEUP"
    assert codes(data) == set()


@pytest.mark.parametrize("time", ["2026-01-01T00:00:00+0000", "0001-01-01T00:00:00Z"])
def test_quirk_230_offsets_without_a_colon(time: str) -> None:
    assert inform(changed("2026-01-01T00:00:00Z", time)).CurrentTime == time


# What we send

WRITTEN = [
    write(example, cwmp_namespace=NAMESPACE_OF[version], id="1", header=HeaderExtras(use_version="1.4"), style=style)
    for version in VERSIONS
    for example in examples(version, full=version == "1.4")
    for style in ((Style(),) if version != "1.4" else (Style(), Style(xml_declaration=False, boolean_literals=True)))
]
"""Every message of every version, as the letter has it and in the other style."""


def everything(check: Callable[[bytes], None]) -> Callable[[], None]:
    """Hold a demand against all that is ever written."""

    def test() -> None:
        for data in WRITTEN:
            check(data)

    test.__name__ = check.__name__
    return test


@everything
def test_quirk_207_xml_begins_at_the_first_byte(data: bytes) -> None:
    assert data.startswith((b"<?xml ", b"<soap-env:Envelope "))
    assert data.rstrip() == data
    assert b"<!--" not in data
    assert data.count(b"<?") == data.count(b"<?xml ") <= 1


def test_quirk_208_without_an_xml_declaration_for_those_who_refuse_it() -> None:
    data = write(InformResponse(), cwmp_namespace=NS, id="1", style=Style(xml_declaration=False))
    assert data.startswith(b"<soap-env:Envelope ")
    assert data.index(b":") < 15
    assert write(InformResponse(), cwmp_namespace=NS, id="1") == b'<?xml version="1.0" encoding="UTF-8"?>' + data


@everything
def test_quirk_209_every_namespace_has_a_short_prefix_declared_on_the_envelope(data: bytes) -> None:
    root = etree.fromstring(data)
    assert list(root.nsmap) == ["soap-env", "soap-enc", "xsd", "xsi", "cwmp"]
    assert all(element.nsmap == root.nsmap for element in root.iter())
    assert b"xmlns=" not in data
    assert all(len(prefix or "") <= 8 for prefix in root.nsmap)


@everything
def test_quirk_210_inner_elements_have_no_prefix(data: bytes) -> None:
    (method,) = etree.fromstring(data)[1]
    inner = method.iterdescendants() if method.prefix == "cwmp" else method[-1][0].iterdescendants()
    assert all(element.prefix is None and not str(element.tag).startswith("{") for element in inner)


@everything
def test_quirk_211_must_understand_in_digits_under_the_envelopes_prefix(data: bytes) -> None:
    assert b'<cwmp:ID soap-env:mustUnderstand="1">' in data
    assert set(re.findall(rb'mustUnderstand="([^"]*)"', data)) <= {b"0", b"1"}
    hold = write(InformResponse(), cwmp_namespace=NS, id="1", header=HeaderExtras(hold_requests=True))
    assert b'<cwmp:HoldRequests soap-env:mustUnderstand="1">1</cwmp:HoldRequests>' in hold


@everything
def test_quirk_212_a_header_with_an_id_always(data: bytes) -> None:
    header = etree.fromstring(data)[0]
    assert etree.QName(header).localname == "Header"
    assert etree.QName(header[0]).localname == "ID"
    bare = write(InformResponse(), cwmp_namespace="", id="")
    assert b'<soap-env:Header><cwmp:ID soap-env:mustUnderstand="1"></cwmp:ID></soap-env:Header>' in bare


def test_quirk_213_an_inform_response_says_one_envelope() -> None:
    data = write(InformResponse(), cwmp_namespace=NS, id="1")
    assert b"<cwmp:InformResponse><MaxEnvelopes>1</MaxEnvelopes></cwmp:InformResponse>" in data


@pytest.mark.parametrize("literals", [False, True])
@pytest.mark.parametrize("value", [False, True])
def test_quirk_214_headers_are_digits_whatever_the_style(value: bool, literals: bool) -> None:
    extras = HeaderExtras(hold_requests=value, no_more_requests=value)
    data = write(InformResponse(), cwmp_namespace=NS, id="1", header=extras, style=Style(boolean_literals=literals))
    assert re.findall(rb"<cwmp:(?:HoldRequests|NoMoreRequests)[^>]*>(\w+)<", data) == [str(int(value)).encode()] * 2


def test_quirk_215_a_fault_is_found_by_its_literal_text() -> None:
    detail = (SetParameterValuesFault(ParameterName="a", FaultCode=9005),)
    data = write(
        Fault(FaultCode=8005, FaultString="Retry request", SetParameterValuesFault=detail), cwmp_namespace=NS, id="1"
    )
    assert b"<FaultCode>8005</FaultCode>" in data
    assert b"<faultstring>CWMP fault</faultstring>" in data


@everything
def test_quirk_216_every_argument_in_order_even_if_empty(data: bytes) -> None:
    """The reader's short path takes only messages that are complete and in order; it notes everything else."""
    noted = {oddity.code for oddity in read(data).warnings}
    assert not noted & {"missing", "order", "element_name", "qualified_child", "array_count", "array_type_missing"}


def test_quirk_216_the_last_child_of_set_parameter_values_is_the_key() -> None:
    data = write(cpe_rpcs.SetParameterValues(ParameterList=(), ParameterKey=""), cwmp_namespace=NS, id="1")
    (method,) = etree.fromstring(data)[1]
    assert [child.tag for child in method] == ["ParameterList", "ParameterKey"]


def test_operations_are_known_to_the_examples() -> None:
    """ChangeDUState is the one message whose members say their type themselves."""
    data = write(
        next(m for m in examples("1.4", full=True) if isinstance(m, cpe_rpcs.ChangeDUState)), cwmp_namespace=NS, id="1"
    )
    assert all(f'xsi:type="cwmp:{name}"'.encode() in data for name in OPERATIONS)


def test_the_device_id_is_what_the_phone_said() -> None:
    assert inform(plain().encode()).DeviceId == DeviceIdStruct(
        Manufacturer="Fanvil", OUI="0C383E", ProductClass="X5U", SerialNumber="S1"
    )
