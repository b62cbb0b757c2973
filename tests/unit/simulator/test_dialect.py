"""What the phones' spellings look like on the wire, and that they still say the same."""

from collections.abc import Callable

import pytest
from lxml import etree

from acs.simulator.behaviours import BEHAVIOURS, Traits, traits
from acs.simulator.dialect import boolean, date_time, event_code, speak
from cwmp_schemas.acs_rpcs import Inform
from cwmp_schemas.cpe_rpcs import GetParameterValuesResponse
from cwmp_schemas.datatypes import TypedValue
from cwmp_schemas.envelope import HeaderExtras, read, write
from cwmp_schemas.faults import Fault
from cwmp_schemas.structs import DeviceIdStruct, EventStruct, ParameterValueStruct

NS = "urn:dslforum-org:cwmp-1-0"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NOW = 1_800_000_000.25
TEXT = 'Zoë & <cwmp:ID soap-env:mustUnderstand="1"> "soap-enc:" 话机'
VALUES = (
    ParameterValueStruct(Name="Device.A", Value=TypedValue("5", "xsd:unsignedInt")),
    ParameterValueStruct(Name="Device.B", Value=TypedValue(TEXT, "xsd:string")),
)
INFORM = Inform(
    DeviceId=DeviceIdStruct(Manufacturer="Fanvil", OUI="0C383E", ProductClass="X4", SerialNumber="1"),
    Event=(EventStruct(EventCode="1 BOOT", CommandKey=""),),
    MaxEnvelopes=1,
    CurrentTime="2027-01-15T08:00:00Z",
    RetryCount=0,
    ParameterList=VALUES,
)
LETTER = write(INFORM, cwmp_namespace=NS, id="7", header=HeaderExtras(session_timeout=60))
PLAIN = Traits()
SPELT = [each.name for each in BEHAVIOURS if speak(LETTER, traits([each.name])) != LETTER]


def said(**changes: object) -> str:
    return speak(LETTER, Traits(**changes)).decode()  # type: ignore[arg-type]


def test_who_follows_the_letter_writes_the_letter() -> None:
    assert speak(LETTER, PLAIN) is LETTER
    assert len(SPELT) > 30


@pytest.mark.parametrize("name", SPELT)
def test_every_spelling_says_the_same(name: str) -> None:
    of = traits([name])
    heard = read(speak(LETTER, of), of.content_type or "")
    inform = heard.body
    assert isinstance(inform, Inform)
    assert heard.cwmp_namespace == NS
    assert heard.id == (None if of.soap_header != "with-id" else "7")
    assert inform.DeviceId == INFORM.DeviceId
    assert inform.Event == INFORM.Event
    assert [(each.Name, each.Value.text) for each in inform.ParameterList] == [
        (each.Name, each.Value.text) for each in VALUES
    ]


@pytest.mark.parametrize(
    ("prefix", "encoding"),
    [("SOAP-ENV", "SOAP-ENC"), ("soap", "soapenc"), ("soapenv", "soapenc"), ("soap_env", "soap_enc"), ("ns2", "ns3")],
)
def test_prefixes(prefix: str, encoding: str) -> None:
    text = said(soap_prefix=prefix, cwmp_prefix="ns1")
    assert f'<{prefix}:Envelope xmlns:{prefix}="{SOAP}"' in text
    assert f'{encoding}:arrayType="ns1:EventStruct[1]"' in text
    assert f'<ns1:ID {prefix}:mustUnderstand="1">7</ns1:ID>' in text
    assert "<ns1:Inform>" in text
    assert f'xmlns:ns1="{NS}"' in text
    etree.fromstring(text.encode())


def test_the_method_in_a_default_namespace_takes_its_children_along() -> None:
    text = said(method_element="default-namespace")
    assert f'<Inform xmlns="{NS}"><DeviceId>' in text
    found = etree.fromstring(text.encode()).find(f".//{{{NS}}}SerialNumber")
    assert found is not None


def test_children_may_say_that_they_are_in_no_namespace() -> None:
    text = said(method_element="empty-xmlns")
    assert '<cwmp:Inform><DeviceId xmlns=""><Manufacturer>' in text
    assert text.count(' xmlns=""') == 6
    assert etree.fromstring(text.encode()).find(".//SerialNumber") is not None


def test_children_may_be_qualified() -> None:
    text = said(qualified_children=True)
    assert "<cwmp:Inform><cwmp:DeviceId><cwmp:Manufacturer>" in text
    assert "</cwmp:DeviceId>" in text


def test_headers() -> None:
    assert "Header" not in said(soap_header="missing")
    assert "cwmp:ID>" not in said(soap_header="without-id").partition("Body")[0]
    assert "SessionTimeout" in said(soap_header="without-id")
    assert 'mustUnderstand="true">7<' in said(must_understand="true")
    assert "<cwmp:ID>7<" in said(must_understand="missing")
    assert '<cwmp:NoMoreRequests soap-env:mustUnderstand="1">0</cwmp:NoMoreRequests></soap-env:Header>' in said(
        no_more_requests="0"
    )
    assert "<cwmp:HoldRequests " in said(hold_requests="0")
    assert read(speak(LETTER, PLAIN, with_id=False)).id is None


@pytest.mark.parametrize(
    ("change", "wanted", "unwanted"),
    [
        ({"array_counts": "wrong"}, 'ParameterValueStruct[3]"', "[1]"),
        ({"array_counts": "padded"}, 'ParameterValueStruct[0002]"', "[2]"),
        ({"array_counts": "missing"}, "<ParameterList>", "arrayType"),
        ({"value_types": "wrong"}, '<Value xsi:type="xsd:int">5', "unsignedInt"),
        ({"value_types": "string"}, '<Value xsi:type="xsd:string">5', "unsignedInt"),
        ({"value_types": "any"}, '<Value xsi:type="xsd:anySimpleType">5', "unsignedInt"),
        ({"value_types": "bare"}, '<Value xsi:type="unsignedInt">5', "xsd:unsignedInt"),
        ({"value_types": "missing"}, "<Value>5", "unsignedInt"),
        ({"schema_1999": True}, "http://www.w3.org/1999/XMLSchema-instance", "2001"),
        ({"xml_declaration": False}, "<soap-env:Envelope", "<?xml"),
        ({"single_quotes": True}, "version='1.0'", 'version="1.0"'),
        ({"retry_count": "none"}, "<RetryCount>none</RetryCount>", "<RetryCount>0<"),
        ({"retry_count": ""}, "<RetryCount></RetryCount>", "<RetryCount>0<"),
    ],
)
def test_what_is_written(change: dict[str, object], wanted: str, unwanted: str) -> None:
    text = said(**change)
    assert wanted in text
    assert unwanted not in text


def test_text_is_left_alone() -> None:
    escaped = TEXT.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for change in ({"soap_prefix": "soap"}, {"single_quotes": True}, {"qualified_children": True}):
        assert escaped in said(**change)


@pytest.mark.parametrize(
    ("charset", "starts", "decode"),
    [
        ("iso-8859-1", b'<?xml version="1.0" encoding="ISO-8859-1"?>', lambda data: data.decode("latin-1")),
        ("utf-16", b"\xff\xfe<\0?\0", lambda data: data.decode("utf-16")),
    ],
)
def test_charsets(charset: str, starts: bytes, decode: Callable[[bytes], str]) -> None:
    data = speak(LETTER, Traits(charset=charset))  # type: ignore[arg-type]
    assert data.startswith(starts)
    assert "Zoë" in decode(data)


def test_junk_stands_around_the_envelope() -> None:
    assert speak(LETTER, Traits(byte_order_mark=True)) == b"\xef\xbb\xbf" + LETTER
    assert speak(LETTER, Traits(junk="newline-before")).endswith(LETTER)
    assert speak(LETTER, Traits(junk="text-before")) == b"4f2\r\n" + LETTER
    assert speak(LETTER, Traits(junk="nul-after")) == LETTER + bytes(3)
    assert speak(LETTER, Traits(junk="text-after")).startswith(LETTER)


def test_faults_without_their_frame() -> None:
    fault = write(Fault(FaultCode=9005, FaultString="no such name"), cwmp_namespace=NS, id="7")
    bare = speak(fault, Traits(fault_form="bare-detail"))
    assert b"<detail><FaultCode>9005</FaultCode>" in bare
    heard = read(bare).body
    assert isinstance(heard, Fault)
    assert heard.FaultCode == 9005
    assert b"detail" not in speak(fault, Traits(fault_form="no-detail"))
    assert b"<faultcode>soap-env:" in speak(fault, Traits(qualified_children=True))


def test_answers_are_spelt_too() -> None:
    answer = write(GetParameterValuesResponse(ParameterList=VALUES), cwmp_namespace=NS, id="7")
    text = speak(answer, Traits(method_element="default-namespace")).decode()
    assert f'<GetParameterValuesResponse xmlns="{NS}">' in text
    assert "</GetParameterValuesResponse>" in text


@pytest.mark.parametrize(
    ("clock", "told"),
    [
        ("utc", "2027-01-15T08:00:00Z"),
        ("epoch", "1970-01-01T00:01:23Z"),
        ("broken", "2024-01-01T11:54::14"),
        ("no-zone", "2027-01-15T08:00:00"),
        ("fractions", "2027-01-15T08:00:00.250000Z"),
        ("offset", "2027-01-15T16:00:00+08:00"),
        ("unknown", "0001-01-01T00:00:00Z"),
        ("empty", ""),
        ("ahead", "2047-01-10T08:00:00Z"),
    ],
)
def test_clocks(clock: str, told: str) -> None:
    of = Traits(clock=clock)  # type: ignore[arg-type]
    assert date_time(NOW, of) == told
    assert date_time(None, of) == ("" if clock == "empty" else "0001-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("codes", "boot", "download"),
    [
        ("as-listed", "1 BOOT", "M Download"),
        ("blanks", " 1  BOOT ", " M  Download "),
        ("lower-case", "1 boot", "m download"),
        ("number-only", "1", "M Download"),
        ("misspelt", "1 B00T", "M Download"),
    ],
)
def test_event_codes(codes: str, boot: str, download: str) -> None:
    of = Traits(event_codes=codes)  # type: ignore[arg-type]
    assert (event_code("1 BOOT", of), event_code("M Download", of)) == (boot, download)


def test_booleans() -> None:
    for how, no, yes in (("digits", "0", "1"), ("words", "false", "true"), ("capitals", "FALSE", "TRUE")):
        of = Traits(booleans=how)  # type: ignore[arg-type]
        assert (boolean("0", of), boolean("1", of), boolean("odd", of)) == (no, yes, "odd")
    assert boolean("1", Traits(booleans="yes")) == "yes"
