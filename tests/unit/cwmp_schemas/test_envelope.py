"""Whole messages: what is read of odd ones, what is written, what is refused."""

# ruff: noqa: E501  (tables of cases, one a line)

import pytest

from cwmp_schemas import cpe_rpcs
from cwmp_schemas.acs_rpcs import Inform, InformResponse
from cwmp_schemas.cpe_rpcs import GetRPCMethods
from cwmp_schemas.datatypes import TypedValue
from cwmp_schemas.envelope import Envelope, HeaderExtras, Limits, Refused, Style, read, write
from cwmp_schemas.faults import Fault, SetParameterValuesFault
from cwmp_schemas.namespaces import CWMP_1_0, CWMP_1_2, NAMESPACE_OF, SOAP_1_2_ENV, SOAP_ENC, VERSIONS, XSD, XSI
from cwmp_schemas.structs import DeviceIdStruct, EventStruct, ParameterValueStruct
from tests.reference import needs_xsd
from tests.unit.cwmp_schemas.official import problems
from tests.unit.cwmp_schemas.strategies import examples

_OPEN = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:e="http://schemas.xmlsoap.org/soap/encoding/"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:cwmp="urn:dslforum-org:cwmp-1-0">'
)
_HEADER = '<s:Header><cwmp:ID s:mustUnderstand="1">7</cwmp:ID></s:Header>'
_DEVICE = "<DeviceId><Manufacturer>F</Manufacturer><OUI>0C383E</OUI><ProductClass>X5U</ProductClass><SerialNumber>1</SerialNumber></DeviceId>"
_EVENT = '<Event e:arrayType="cwmp:EventStruct[1]"><EventStruct><EventCode>1 BOOT</EventCode><CommandKey/></EventStruct></Event>'
_VALUE = '<ParameterValueStruct><Name>Device.X</Name><Value xsi:type="xsd:string">v</Value></ParameterValueStruct>'
_LIST = f'<ParameterList e:arrayType="cwmp:ParameterValueStruct[1]">{_VALUE}</ParameterList>'
_TIMES = "<MaxEnvelopes>1</MaxEnvelopes><CurrentTime>2024-01-01T00:00:00Z</CurrentTime><RetryCount>0</RetryCount>"


def _body(inside: str, header: str = _HEADER) -> bytes:
    return f"{_OPEN}{header}<s:Body>{inside}</s:Body></s:Envelope>".encode()


def _inform(device: str = _DEVICE, event: str = _EVENT, times: str = _TIMES, parameters: str = _LIST) -> bytes:
    return _body(f"<cwmp:Inform>{device}{event}{times}{parameters}</cwmp:Inform>")


def _codes(envelope: Envelope) -> list[str]:
    return [oddity.code for oddity in envelope.warnings]


PLAIN = Inform(
    DeviceId=DeviceIdStruct(Manufacturer="F", OUI="0C383E", ProductClass="X5U", SerialNumber="1"),
    Event=(EventStruct(EventCode="1 BOOT"),),
    CurrentTime="2024-01-01T00:00:00Z",
    ParameterList=(ParameterValueStruct(Name="Device.X", Value=TypedValue("v")),),
)


def test_a_plain_inform() -> None:
    envelope = read(_inform())
    assert envelope == Envelope("Inform", PLAIN, CWMP_1_0, "7", None, (), None, False, False, ())
    assert envelope.version == "1.0"


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        # 41, 42: namespaces
        ("cwmp:Inform", "Inform", ["cwmp_namespace_missing"]),
        ("OUI>", "cwmp:OUI>", ["qualified_child"]),
        ("Name>", "cwmp:Name>", ["qualified_child"]),
        ("EventStruct>", "cwmp:EventStruct>", ["qualified_child"]),
        ("soap/envelope/", "soap/envelope", ["soap_namespace", "must_understand"]),
        # 46 to 48: headers
        (_HEADER, "", ["missing_header"]),
        (_HEADER, "<s:Header/>", ["missing_id"]),
        (' s:mustUnderstand="1"', "", ["must_understand"]),
        (' s:mustUnderstand="1"', ' s:mustUnderstand="true"', ["must_understand"]),
        ("</s:Header>", "<cwmp:NoMoreRequests>1</cwmp:NoMoreRequests></s:Header>", []),
        ("</s:Header>", '<x:New xmlns:x="urn:x"/></s:Header>', ["unknown_header"]),
        # 50, 59: numbers
        ("<MaxEnvelopes>1</MaxEnvelopes>", "", ["missing"]),
        ("<RetryCount>0</RetryCount>", "", ["missing"]),
        ("<RetryCount>0<", "<RetryCount>00<", ["padded_number"]),
        ("<RetryCount>0<", "<RetryCount> 0\n<", ["whitespace"]),
        ("<RetryCount>0<", "<RetryCount><", ["not_a_number"]),
        ("<RetryCount>0<", "<RetryCount>0x5<", ["not_a_number"]),
        # 51: arrays
        ("EventStruct[1]", "EventStruct[04]", ["array_count"]),
        ("EventStruct[1]", "EventStruct[ 01 ]", ["array_count_padded"]),
        ("EventStruct[1]", "EventStruct[99999999999999999999]", ["array_count"]),
        (' e:arrayType="cwmp:EventStruct[1]"', "", ["array_type_missing"]),
        (' e:arrayType="cwmp:EventStruct[1]"', ' s:arrayType="cwmp:EventStruct[1]"', ["encoding_namespace"]),
        ("ParameterValueStruct>", "ParameterValueStuct>", ["member_name"]),
        # 52, 53, 158: types
        (' xsi:type="xsd:string"', "", ["type_missing"]),
        ("xsd:string", "xsd:string(64)", ["odd_type"]),
        ("xsi:type", "xsd:type", ["schema_namespace"]),
        # 60, 62: missing elements
        ("<CommandKey/>", "", ["missing"]),
        # 63: events are kept as they came (below), 69: blanks
        ("Device.X<", " Device.X\n<", ["whitespace"]),
        (">0C383E<", "> 0C383E <", ["whitespace"]),
        # order and strangers
        (_TIMES, "<RetryCount>0</RetryCount><CurrentTime>2024-01-01T00:00:00Z</CurrentTime><MaxEnvelopes>1</MaxEnvelopes>", ["order"]),
        ("<MaxEnvelopes>", "<New/><MaxEnvelopes>", ["unknown_element"]),
        ("RetryCount>", "retrycount>", ["element_name"]),
        ("DeviceId>", "DeviceIdStruct>", ["element_name"]),
        ("<CommandKey/>", "<CommandKey/><CommandKey>2</CommandKey>", ["duplicate_element"]),
    ],
)  # fmt: skip
def test_odd_informs_read_like_the_plain_one(old: str, new: str, codes: list[str]) -> None:
    text = _inform().decode()
    assert old in text
    envelope = read(text.replace(old, new).encode())
    expected = [code for code in codes if code != "schema_namespace"]  # any attribute that names a type will do
    assert _codes(envelope) == expected
    assert envelope.body == PLAIN


@pytest.mark.parametrize(
    ("old", "new", "codes", "path", "value"),
    [
        ("<OUI>0C383E</OUI>", "<OUI>0c383e</OUI>", ["odd_oui"], "DeviceId.OUI", "0c383e"),
        ("<OUI>0C383E</OUI>", "", ["missing", "empty_identity"], "DeviceId.OUI", ""),
        ("1 BOOT", "4 VALUECHANGE", ["odd_event_code"], "Event.0.EventCode", "4 VALUECHANGE"),
        ("<CommandKey/>", "<CommandKey>" + "k" * 34 + "</CommandKey>", ["too_long"], "Event.0.CommandKey", "k" * 34),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00", ["time_without_zone"], "CurrentTime", "2024-01-01T00:00:00"),
        ("2024-01-01T00:00:00Z", "Unknown", ["odd_time"], "CurrentTime", "Unknown"),
        ("<RetryCount>0<", "<RetryCount>942<", [], "RetryCount", 942),
        ("<RetryCount>0<", "<RetryCount>4294967296<", ["number_range"], "RetryCount", 4294967296),
        ('type="xsd:string">v<', 'type="xsd:boolean">TRUE<', ["odd_boolean"], "ParameterList.0.Value.text", "TRUE"),
        ('type="xsd:string">v<', 'type="xsd:int"> 5 <', ["whitespace"], "ParameterList.0.Value.text", "5"),
        ('type="xsd:string">v<', 'type="xsd:int">0x5<', ["odd_number"], "ParameterList.0.Value.text", "0x5"),
        ('type="xsd:string">v<', 'type="xsd:dateTime">now<', ["odd_time"], "ParameterList.0.Value.text", "now"),
        ('type="xsd:string">v<', 'type="xsd:string"> v <', [], "ParameterList.0.Value.text", " v "),
        ('type="xsd:string">v<', 'type="xsd:ui4">5<', ["odd_type"], "ParameterList.0.Value.type", "xsd:unsignedInt"),
        ('<Value xsi:type="xsd:string">v</Value>', "", ["missing"], "ParameterList.0.Value.text", ""),
        ('<Value xsi:type="xsd:string">v</Value>', '<Value xsi:type="xsd:string"/>', [], "ParameterList.0.Value.text", ""),
        (">v<", "><b>v</b><", ["elements_in_value"], "ParameterList.0.Value.text", "v"),
        (">Device.X<", ">Device." + "x" * 300 + "<", ["too_long"], "ParameterList.0.Name", "Device." + "x" * 300),
        (_EVENT, "", ["missing", "no_event"], "Event", ()),
        (_LIST, "", ["missing"], "ParameterList", ()),
        ("</ParameterList>", "</ParameterList>" + _VALUE, ["stray_member", "array_count"], "ParameterList.1.Name", "Device.X"),
    ],
)  # fmt: skip
def test_what_is_kept_of_odd_informs(old: str, new: str, codes: list[str], path: str, value: object) -> None:
    text = _inform().decode()
    assert old in text
    envelope = read(text.replace(old, new).encode())
    assert _codes(envelope) == codes
    found: object = envelope.body
    for step in path.split("."):
        found = found[int(step)] if isinstance(found, tuple) and step.isdigit() else getattr(found, step)
    assert found == value


@pytest.mark.parametrize(
    ("uri", "version"),
    [
        ("urn:dslforum-org:cwmp-1-4", "1.4"),
        ("urn:dslforum-org:cwmp-1-2/", "1.2"),
        ("URN:dslforum-org:CWMP-1-0", "1.0"),
        ("urn:vendor-com:other-2-7", "1.0"),
        ("urn:x&y", "1.0"),
    ],
)
def test_the_very_namespace_of_the_cpe_is_kept_and_answered(uri: str, version: str) -> None:
    quoted = uri.replace("&", "&amp;").replace('"', "&quot;")
    envelope = read(_inform().replace(CWMP_1_0.encode(), quoted.encode()))
    assert (envelope.cwmp_namespace, envelope.version) == (uri, version)
    assert _codes(envelope) == ["cwmp_namespace"]
    assert envelope.body == PLAIN
    answer = read(write(InformResponse(), cwmp_namespace=envelope.cwmp_namespace, id="7"))
    assert answer.cwmp_namespace == uri


@pytest.mark.parametrize(
    ("namespace", "header", "version"),
    [
        (CWMP_1_2, HeaderExtras(), "1.2"),
        (CWMP_1_2, HeaderExtras(session_timeout=60), "1.3"),
        (CWMP_1_0, HeaderExtras(session_timeout=60), "1.0"),
        (CWMP_1_2, HeaderExtras(supported_versions=("1.0", "1.4", "1.5")), "1.4"),  # quirk 229: there is no 1.5
        (CWMP_1_2, HeaderExtras(supported_versions=("2.0",)), "1.2"),
    ],
)
def test_the_version_that_a_cpe_speaks(namespace: str, header: HeaderExtras, version: str) -> None:
    assert read(write(PLAIN, cwmp_namespace=namespace, id="1", header=header)).version == version


def test_headers_of_every_kind() -> None:
    header = (
        "<s:Header><cwmp:ID>a\nb</cwmp:ID><cwmp:SessionTimeout>x</cwmp:SessionTimeout>"
        "<cwmp:SupportedCWMPVersions> 1.0, 1.1,</cwmp:SupportedCWMPVersions><cwmp:UseCWMPVersion> 1.1 </cwmp:UseCWMPVersion>"
        "<cwmp:HoldRequests>true</cwmp:HoldRequests></s:Header>"
    )
    envelope = read(_body("<cwmp:GetRPCMethods/>", header))
    assert (envelope.id, envelope.session_timeout) == ("a\nb", None)
    assert (envelope.supported_versions, envelope.use_version) == (("1.0", "1.1"), "1.1")
    assert (envelope.hold_requests, envelope.no_more_requests) == (True, False)
    assert _codes(envelope) == ["must_understand", "not_a_number"]


def _with_id(id: str) -> bytes:
    return _body("<cwmp:GetRPCMethods/>", f'<s:Header><cwmp:ID s:mustUnderstand="1">{id}</cwmp:ID></s:Header>')


def test_an_id_is_kept_whole_or_not_at_all() -> None:
    """The answer has to repeat it (TR-069 3.4.6), so cutting it would be a lie."""
    assert read(_with_id("i" * 512)).id == "i" * 512
    with pytest.raises(Refused, match="id_too_long"):
        read(_with_id("i" * 513))


def test_a_namespace_that_every_answer_would_carry_is_bounded() -> None:
    read(f'<Envelope xmlns:c="urn:cwmp:{"n" * 200}"><Body><c:GetRPCMethods/></Body></Envelope>'.encode())
    for inside in (
        "<c:GetRPCMethods/>",
        "<Fault><detail><c:Fault><FaultCode>9002</FaultCode></c:Fault></detail></Fault>",
    ):
        with pytest.raises(Refused, match="namespace_too_long"):
            read(f'<Envelope xmlns:c="urn:cwmp:{"n" * 300}"><Body>{inside}</Body></Envelope>'.encode())


@pytest.mark.parametrize(
    "namespace",
    ["http://www.w3.org/XML/1998/namespace", SOAP_ENC, XSD, XSI],
)
def test_a_method_in_a_namespace_that_means_something_else_is_answered_in_cwmp(namespace: str) -> None:
    prefix = "xml" if namespace.endswith("namespace") else "p"
    declared = "" if prefix == "xml" else f' xmlns:p="{namespace}"'
    envelope = read(f"<Envelope{declared}><Body><{prefix}:GetRPCMethods/></Body></Envelope>".encode())
    assert envelope.method == "GetRPCMethods"
    assert envelope.cwmp_namespace == ""
    assert b'xmlns:cwmp="urn:dslforum-org:cwmp-1-0"' in write(
        GetRPCMethods(), cwmp_namespace=envelope.cwmp_namespace, id="1"
    )


def test_an_unknown_method_is_no_error() -> None:
    envelope = read(_body("<cwmp:X_VENDOR_Ping><A>1</A></cwmp:X_VENDOR_Ping>"))
    assert (envelope.method, envelope.body, envelope.cwmp_namespace) == ("X_VENDOR_Ping", None, CWMP_1_0)
    assert _codes(envelope) == ["unknown_method"]


def test_an_empty_or_missing_body() -> None:
    assert read(_body("")) == Envelope("", None, CWMP_1_0, "7", None, (), None, False, False, ())
    envelope = read(f"{_OPEN}{_HEADER}</s:Envelope>".encode())
    assert (envelope.method, envelope.body, _codes(envelope)) == ("", None, ["missing_body"])


def test_two_messages_in_one_body() -> None:
    envelope = read(_body("<cwmp:GetRPCMethods/><cwmp:Inform/>"))
    assert (envelope.method, _codes(envelope)) == ("GetRPCMethods", ["several_in_body"])


def _fault(inside: str) -> tuple[Fault, list[str]]:
    envelope = read(_body(f"<s:Fault>{inside}</s:Fault>"))
    assert envelope.method == "Fault"
    assert envelope.cwmp_namespace == CWMP_1_0
    assert isinstance(envelope.body, Fault)
    return envelope.body, _codes(envelope)


_CODES = "<faultcode>s:Client</faultcode><faultstring>CWMP fault</faultstring>"
_INNER = "<FaultCode>9005</FaultCode><FaultString>Invalid parameter name</FaultString>"
_PLAIN_FAULT = Fault(FaultCode=9005, FaultString="Invalid parameter name")


@pytest.mark.parametrize(
    ("inside", "codes"),
    [
        (f"{_CODES}<detail><cwmp:Fault>{_INNER}</cwmp:Fault></detail>", []),
        (f"{_CODES}<s:detail><Fault>{_INNER}</Fault></s:detail>", []),
        (f"{_CODES}<detail>{_INNER}</detail>", []),
        (f"{_CODES}<detail><x>{_INNER}</x></detail>", []),
        (f"<detail><cwmp:Fault>{_INNER}</cwmp:Fault></detail>{_CODES}", []),
        (
            f"<faultcode>Client</faultcode><faultstring/><detail><cwmp:Fault>{_INNER}</cwmp:Fault></detail>",
            ["odd_faultstring"],
        ),
        (
            f"<faultstring>CWMP fault</faultstring><detail><cwmp:Fault>{_INNER}</cwmp:Fault></detail>",
            ["odd_faultcode"],
        ),
        (
            f"{_CODES}<detail><cwmp:Fault>{_INNER.replace('9005', '9005 Invalid')}</cwmp:Fault></detail>",
            ["odd_number"],
        ),
    ],
)
def test_faults_in_all_their_shapes(inside: str, codes: list[str]) -> None:
    assert _fault(inside) == (_PLAIN_FAULT, codes)


@pytest.mark.parametrize(
    ("inside", "fault", "codes"),
    [
        (_CODES, Fault(FaultCode=9002, FaultString="CWMP fault"), ["fault_without_detail"]),
        ("", Fault(FaultCode=9002, FaultString=""), ["fault_without_detail"]),
        (f"{_CODES}<detail/>", Fault(FaultCode=9002, FaultString="CWMP fault"), ["fault_without_detail"]),
        (
            f"{_CODES}<detail><cwmp:Fault><FaultCode>none</FaultCode></cwmp:Fault></detail>",
            Fault(FaultCode=9002, soap_code="Client"),
            ["not_a_number"],
        ),
        (
            f"{_CODES}<detail><cwmp:Fault><FaultString>x</FaultString></cwmp:Fault></detail>",
            Fault(FaultCode=9002, FaultString="x", soap_code="Client"),
            ["missing"],
        ),
        (
            f"{_CODES}<detail><cwmp:Fault><FaultCode>9809</FaultCode></cwmp:Fault></detail>",
            Fault(FaultCode=9809, soap_code="Client"),
            [],
        ),
    ],
)
def test_faults_that_say_little(inside: str, fault: Fault, codes: list[str]) -> None:
    assert _fault(inside) == (fault, codes)


def test_a_fault_names_every_parameter() -> None:
    inner = "<SetParameterValuesFault><ParameterName>{}</ParameterName><FaultCode>9007</FaultCode></SetParameterValuesFault>"
    details = inner.format("Device.A") + inner.format("")
    fault, codes = _fault(f"{_CODES}<detail><cwmp:Fault><FaultCode>9003</FaultCode>{details}</cwmp:Fault></detail>")
    assert codes == []
    assert fault.SetParameterValuesFault == (
        SetParameterValuesFault(ParameterName="Device.A", FaultCode=9007),
        SetParameterValuesFault(ParameterName="", FaultCode=9007),
    )


def test_a_text_beyond_all_measure_is_cut_but_neither_a_name_nor_a_value() -> None:
    told = _inform().replace(b">F<", b">" + b"F" * 900_000 + b"<").replace(b">v<", b">" + b"v" * 900_000 + b"<")
    envelope = read(told.replace(b"<CommandKey/>", b"<CommandKey>" + b"k" * 4096 + b"</CommandKey>"))
    inform = envelope.body
    assert isinstance(inform, Inform)
    assert inform.DeviceId.Manufacturer == "F" * 4096
    assert inform.Event[0].CommandKey == "k" * 4096
    assert inform.ParameterList[0].Value.text == "v" * 900_000
    assert "too_long" in [oddity.code for oddity in envelope.warnings]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<html><body/></html>", "not_an_envelope"),
        (b"<cwmp:Envelop/>", "not_xml"),
        (_inform()[:-40], "truncated"),
        (_inform().replace(b"http://schemas.xmlsoap.org/soap/envelope/", SOAP_1_2_ENV.encode()), "soap_version"),
        (_inform().replace(b"urn:dslforum-org:cwmp-1-0", b"urn:dslforum-org:service:Time:1"), "scan"),
        (_inform().replace(b"urn:dslforum-org:cwmp-1-0", b"urn:schemas-upnp-org:service:WANIPConnection:1"), "scan"),
        (_inform(parameters=f"<ParameterList>{_VALUE * 6}</ParameterList>"), "too_many_parameters"),
        (_inform().replace(b"Device.X", b"D" * 1100), "name_too_long"),
        (_inform().replace(b">v<", b">" + b"v" * 3000 + b"<"), "value_too_long"),
        (_inform().replace(b">F<", b">" + b"F" * 3000 + b"<"), "value_too_long"),
        (_inform().replace(b"2024-01-01T00:00:00Z", b"2" * 3000), "value_too_long"),
    ],
)
def test_refusals(data: bytes, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        read(data, limits=Limits(max_parameters=5, max_value=2000))
    assert caught.value.reason == reason


def test_a_written_message_to_the_byte() -> None:
    message = cpe_rpcs.SetParameterValues(
        ParameterList=(ParameterValueStruct(Name="Device.A", Value=TypedValue('<&>"\r\n', "xsd:string")),)
    )
    assert write(message, cwmp_namespace=CWMP_1_2, id="a<b").decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:soap-enc="http://schemas.xmlsoap.org/soap/encoding/"'
        ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xmlns:cwmp="urn:dslforum-org:cwmp-1-2">'
        '<soap-env:Header><cwmp:ID soap-env:mustUnderstand="1">a&lt;b</cwmp:ID></soap-env:Header><soap-env:Body>'
        '<cwmp:SetParameterValues><ParameterList soap-enc:arrayType="cwmp:ParameterValueStruct[1]">'
        "<ParameterValueStruct><Name>Device.A</Name>"
        '<Value xsi:type="xsd:string">&lt;&amp;&gt;"&#13;\n</Value></ParameterValueStruct></ParameterList>'
        "<ParameterKey></ParameterKey></cwmp:SetParameterValues></soap-env:Body></soap-env:Envelope>"
    )


def test_a_written_fault_to_the_byte() -> None:
    inner = SetParameterValuesFault(ParameterName="Device.A", FaultCode=9007, FaultString="no")
    data = write(
        Fault(FaultCode=9003, FaultString="Invalid arguments", SetParameterValuesFault=(inner,)),
        cwmp_namespace=CWMP_1_0,
        id="1",
    ).decode()
    assert data.partition("<soap-env:Body>")[2] == (
        "<soap-env:Fault><faultcode>soap-env:Client</faultcode><faultstring>CWMP fault</faultstring><detail><cwmp:Fault>"
        "<FaultCode>9003</FaultCode><FaultString>Invalid arguments</FaultString><SetParameterValuesFault>"
        "<ParameterName>Device.A</ParameterName><FaultCode>9007</FaultCode><FaultString>no</FaultString>"
        "</SetParameterValuesFault></cwmp:Fault></detail></soap-env:Fault></soap-env:Body></soap-env:Envelope>"
    )


def test_styles() -> None:
    message = cpe_rpcs.GetParameterNames(ParameterPath="Device.", NextLevel=True)
    plain = write(message, cwmp_namespace=CWMP_1_0, id="1")
    assert b"<NextLevel>1</NextLevel>" in plain
    other = write(message, cwmp_namespace=CWMP_1_0, id="1", style=Style(xml_declaration=False, boolean_literals=True))
    assert other.startswith(b"<soap-env:Envelope")
    assert b"<NextLevel>true</NextLevel>" in other


@pytest.mark.parametrize("text", ["\0", "\x1f", "\ufffe", "\ud800"])
def test_what_xml_cannot_carry_is_not_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be written in XML 1.0"):
        write(cpe_rpcs.Reboot(CommandKey=text), cwmp_namespace=CWMP_1_0, id="1")


def test_a_type_that_no_parameter_has_is_not_written() -> None:
    value = ParameterValueStruct(Name="Device.A", Value=TypedValue("", 'xsd:string" x="'))
    with pytest.raises(ValueError, match="is not a type"):
        write(cpe_rpcs.SetParameterValues(ParameterList=(value,)), cwmp_namespace=CWMP_1_0, id="1")


def test_without_a_namespace_the_oldest_is_written() -> None:
    assert read(write(InformResponse(), cwmp_namespace="", id="")).cwmp_namespace == CWMP_1_0


@needs_xsd
@pytest.mark.parametrize("full", [False, True], ids=["empty", "full"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_message_is_valid(version: str, full: bool) -> None:
    """As empty and as full as it may be, and in both styles, by the official schema of its version."""
    found = examples(version, full=full)
    assert len(found) > 30
    for message in found:
        for style in (Style(), Style(xml_declaration=False, boolean_literals=True)):
            data = write(message, cwmp_namespace=NAMESPACE_OF[version], id="1", style=style)
            assert problems(data, version) == [], message
            assert read(data).body == message
            codes = {oddity.code for oddity in read(data).warnings}
            assert codes <= ({"empty_identity", "no_event"} if isinstance(message, Inform) else set()), message


@needs_xsd
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"CommandKey>", b"Commandkey>"),
        (b' soap-env:mustUnderstand="1"', b""),
        (b"cwmp:Reboot>", b"cwmp:ReBoot>"),
        (b">k<", b">" + b"k" * 33 + b"<"),
    ],
)
def test_the_schemas_would_notice_a_mistake(old: bytes, new: bytes) -> None:
    data = write(cpe_rpcs.Reboot(CommandKey="k"), cwmp_namespace=CWMP_1_2, id="1")
    assert old in data
    if new == b"cwmp:ReBoot>":  # the Body takes any element, so an unknown one is not an error to the schema
        assert read(data.replace(old, new)).body is None
    else:
        assert problems(data.replace(old, new), "1.4")
