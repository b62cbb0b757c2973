"""How captured messages depart from the letter: each row of the table of measured wire variation (quirks.md 4.8) as
changes to a message of our own, so that a fuzzer can lay any of them over any session.

A mutation takes the whole message as text and gives it changed; where it has nothing to change, it gives it back.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Change = Callable[[str], str]


@dataclass(frozen=True)
class Mutation:
    """One change, and the row of the table that it stands for."""

    row: str
    name: str
    change: Change
    charset: str = "utf-8"
    content_type: str = "text/xml"


def _sub(pattern: str, new: str | Callable[[re.Match[str]], str], count: int = 0) -> Change:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda text: compiled.sub(new, text, count=count)


def _after(pattern: str, insertion: str) -> Change:
    """Put something behind the first match."""
    return _sub(pattern, lambda found: found.group() + insertion, 1)


def _prefix(old: str, new: str) -> Change:
    if new:
        return lambda text: text.replace(f"{old}:", f"{new}:").replace(f"xmlns:{old}=", f"xmlns:{new}=")
    return lambda text: re.sub(rf"(</?){old}:", r"\1", text).replace(f"xmlns:{old}=", "xmlns=")


def _text_of(name: str, *values: str, row: str) -> list[Mutation]:
    """The text of every element of this name, one mutation for each value."""
    return [
        Mutation(row, f"{name} {value!r}"[:60], _sub(rf"<{name}>[^<]*</{name}>|<{name}/>", f"<{name}>{value}</{name}>"))
        for value in values
    ]


_ROOT = r"<soap-env:Envelope"
_METHOD = r"<soap-env:Body><cwmp:\w+"
_CWMP = r"urn:dslforum-org:cwmp-1-\d"
_COUNT = r'(arrayType="[^"\[]+)\[(\d+)\]'
_HEADER = r"<soap-env:Header>.*?</soap-env:Header>"
_ID = r"<cwmp:ID[^>]*>"

ILL_FORMED: Final = "not well-formed XML"
INVALID: Final = "XSD-invalid"
DECLARATION: Final = "no XML declaration"
ENVELOPE_PREFIX: Final = "envelope prefix"
CWMP_PREFIX: Final = "cwmp prefix"
URN: Final = "CWMP URN"
NAMESPACES: Final = "other namespaces"
NO_HEADER: Final = "no SOAP Header"
IDS: Final = "cwmp:ID"
HEADERS: Final = "NoMoreRequests, HoldRequests, SessionTimeout"
ARRAYS: Final = "array counts and members"
TYPES: Final = "types of values"
EVENTS: Final = "event codes"
TIMES: Final = "CurrentTime"
IDENTITY: Final = "identity"
NUMBERS: Final = "RetryCount and MaxEnvelopes"
BOOLEANS: Final = "boolean Writable"
DUPLICATES: Final = "duplicate parameter names"
FAULTS: Final = "fault codes and Status"
HTTP: Final = "HTTP"

ROWS: Final = (
    *(ILL_FORMED, INVALID, DECLARATION, ENVELOPE_PREFIX, CWMP_PREFIX, URN, NAMESPACES, NO_HEADER, IDS, HEADERS, ARRAYS),
    *(TYPES, EVENTS, TIMES, IDENTITY, NUMBERS, BOOLEANS, DUPLICATES, FAULTS, HTTP),
)
"""Every row of the table, in its order."""

MUTATIONS: Final = (
    Mutation(ILL_FORMED, "attribute twice", _after(_METHOD, ' a="1" a="2"')),
    Mutation(ILL_FORMED, "undeclared prefix of an attribute", _after(_METHOD, ' zz:a="1"')),
    Mutation(ILL_FORMED, "undeclared prefix of an element", _sub(r"(</?)(CommandKey|Status|Name)>", r"\1zz:\2>")),
    Mutation(ILL_FORMED, "unquoted attribute", _sub(r'mustUnderstand="1"', "mustUnderstand=1")),
    Mutation(ILL_FORMED, "end tags exchanged", _sub(r"(</\w+>)(</\w+>)", r"\2\1", 1)),
    Mutation(ILL_FORMED, "an end tag is missing", _sub(r"</Name>", "", 1)),
    Mutation(
        INVALID, "encodingStyle", _after(_ROOT, ' soap-env:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"')
    ),
    Mutation(INVALID, "SOAP-ENC:Array", _sub(r"soap-enc:arrayType", 'xsi:type="soap-enc:Array" soap-enc:arrayType')),
    Mutation(INVALID, "qualified children", _sub(r"<(/?)(\w+)([ />])", r"<\1cwmp:\2\3")),
    Mutation(INVALID, "children in another order", _sub(r"(<DeviceId>.*?</DeviceId>)(.*)(</cwmp:Inform>)", r"\2\1\3")),
    Mutation(DECLARATION, "none", _sub(r"^<\?xml[^>]*\?>", "")),
    *[
        Mutation(ENVELOPE_PREFIX, prefix or "default", _prefix("soap-env", prefix))
        for prefix in ("SOAP-ENV", "soapenv", "soap", "soap_env", "ns2", "env")
    ],
    *[Mutation(CWMP_PREFIX, prefix or "default", _prefix("cwmp", prefix)) for prefix in ("cwmp1", "ns1", "ns4", "")],
    *[
        Mutation(URN, urn, _sub(_CWMP, urn))
        for urn in (
            "urn:dslforum-org:cwmp-1-1",
            "urn:dslforum-org:cwmp-1-2",
            "urn:dslforum-org:cwmp-1-4",
            "urn:dslforum-org:cwmp-1-0/",
            "URN:DSLFORUM-ORG:CWMP-1-0",
            "urn:vendor:cwmp",
        )
    ],
    Mutation(NAMESPACES, "XML Schema of 1999", lambda text: text.replace("/2001/XMLSchema", "/1999/XMLSchema")),
    Mutation(NAMESPACES, "SOAP misspelt", lambda text: text.replace("org/soap/envelope/", "org/informReq/envelope/")),
    Mutation(
        NAMESPACES, "encoding without its slash", lambda text: text.replace("org/soap/encoding/", "org/soap/encoding")
    ),
    Mutation(NAMESPACES, "empty xmlns", _sub(r"<(DeviceId|ParameterList|Status|CommandKey)([ >])", r'<\1 xmlns=""\2')),
    Mutation(NO_HEADER, "none", _sub(_HEADER, "")),
    Mutation(IDS, "none", _sub(_HEADER, "<soap-env:Header/>")),
    Mutation(IDS, "empty", _sub(_ID + r"[^<]*</cwmp:ID>", '<cwmp:ID soap-env:mustUnderstand="1"/>')),
    Mutation(IDS, "without a prefix", _sub(r"(</?)cwmp:ID", r"\1ID")),
    *[
        Mutation(IDS, attribute or "bare", _sub(_ID, f"<cwmp:ID{attribute}>"))
        for attribute in (
            "",
            ' cwmp:mustUnderstand="1"',
            ' soap-env:mustUnderstand="true"',
            ' soap-env:mustUnderstand=""',
        )
    ],
    *[
        Mutation(IDS, f"always {id!r}"[:20], _sub(f"({_ID})[^<]*<", rf"\g<1>{id}<"))
        for id in ("1", "null", "Inform", "i" * 78)
    ],
    Mutation(HEADERS, "NoMoreRequests", _after(r"<soap-env:Header>", "<cwmp:NoMoreRequests>1</cwmp:NoMoreRequests>")),
    *[
        Mutation(
            HEADERS,
            f"HoldRequests {value}",
            _after(r"<soap-env:Header>", f'<cwmp:HoldRequests soap-env:mustUnderstand="1">{value}</cwmp:HoldRequests>'),
        )
        for value in ("0", "1", "false", "true")
    ],
    *[
        Mutation(
            HEADERS,
            f"SessionTimeout {value}",
            _after(r"<soap-env:Header>", f"<cwmp:SessionTimeout>{value}</cwmp:SessionTimeout>"),
        )
        for value in ("1", "60", "x")
    ],
    Mutation(
        HEADERS,
        "SupportedCWMPVersions",
        _after(
            r"<soap-env:Header>", "<cwmp:SupportedCWMPVersions>1.0,1.1,1.2,1.3,1.4,1.5</cwmp:SupportedCWMPVersions>"
        ),
    ),
    *[Mutation(ARRAYS, f"count {count!r}", _sub(_COUNT, rf"\1[{count}]")) for count in ("0", "9999", "x", "", "-1")],
    Mutation(ARRAYS, "padded with zeros", _sub(_COUNT, r"\1[000\2]")),
    Mutation(ARRAYS, "padded with blanks", _sub(_COUNT, r"\1[ \2 ]")),
    Mutation(ARRAYS, "no count", _sub(_COUNT, r"\1")),
    Mutation(ARRAYS, "no arrayType", _sub(r' soap-enc:arrayType="[^"]*"', "")),
    Mutation(ARRAYS, "arrayType of the envelope", _sub(r"soap-enc:arrayType", "soap-env:arrayType")),
    Mutation(
        ARRAYS,
        "ParameterValueStuct",
        lambda text: text.replace("<ParameterValueStruct>", "<ParameterValueStuct>").replace(
            "</ParameterValueStruct>", "</ParameterValueStuct>"
        ),
    ),
    Mutation(
        ARRAYS,
        "attributes among values",
        lambda text: text.replace("ParameterAttributeStruct>", "ParameterValueStruct>"),
    ),
    Mutation(TYPES, "untyped", _sub(r' xsi:type="xsd:\w+"', "")),
    *[
        Mutation(TYPES, kind or "empty", _sub(r'xsi:type="xsd:\w+"', f'xsi:type="{kind}"'))
        for kind in (
            "xsd:string(64)",
            "string",
            "xsd:unsigendInt",
            "xsd:base64",
            "xsd:int",
            "xsd:boolean",
            "xsd:dateTime",
            "",
        )
    ],
    *_text_of(
        "EventCode",
        "4 VALUECHANGE",
        "M TRANSFERCOMPLETE",
        "X CT-COM BIND",
        "",
        " 1 BOOT ",
        "0 BOOTSTRAP",
        "6 CONNECTION REQUEST",
        "boot",
        row=EVENTS,
    ),
    Mutation(EVENTS, "no events", _sub(r"<Event .*?</Event>", "")),
    Mutation(EVENTS, "no CommandKey", _sub(r"<CommandKey>[^<]*</CommandKey>|<CommandKey/>", "")),
    *_text_of(
        "CurrentTime",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.123Z",
        "T11:54::14",
        "2026-01-01T00:00:00+0000",
        "Thu Jan 9 11:00:00 2026",
        "",
        "1970-01-01T00:00:00Z",
        row=TIMES,
    ),
    *_text_of("OUI", "0c383e", "0c38", "OO11AB", "", row=IDENTITY),
    *_text_of("ProductClass", "", "  X 4  ", row=IDENTITY),
    *_text_of("SerialNumber", "", row=IDENTITY),
    Mutation(IDENTITY, "blanks around names", _sub(r"<(Name|SerialNumber|OUI|FaultCode)>([^<]*)<", r"<\1>\n  \2\n<")),
    Mutation(IDENTITY, "no DeviceId", _sub(r"<DeviceId>.*?</DeviceId>", "")),
    *_text_of("RetryCount", "05", "00", "942", "-1", "", row=NUMBERS),
    *_text_of("MaxEnvelopes", "0", "2", "", row=NUMBERS),
    Mutation(NUMBERS, "missing", _sub(r"<(MaxEnvelopes|RetryCount)>[^<]*</\1>", "")),
    *_text_of("Writable", "true", "false", "30", "", "TRUE", row=BOOLEANS),
    Mutation(
        DUPLICATES,
        "parameters",
        _sub(r"<Parameter(Value|Info)Struct>.*?</Parameter\1Struct>", lambda found: found.group() * 2, 1),
    ),
    *_text_of("FaultCode", "0", "1", "123", "9999", "", "9005 Invalid", "9802", "8005", row=FAULTS),
    *_text_of("Status", " 1", "2", "", "x", row=FAULTS),
    *_text_of("InstanceNumber", "0", "", row=FAULTS),
    Mutation(FAULTS, "faultcode in words", _sub(r"<faultcode>[^<]*<", "<faultcode>Client<")),
    Mutation(FAULTS, "no detail", _sub(r"<detail>.*</detail>", "")),
    Mutation(FAULTS, "every answer is empty", _sub(r"(<cwmp:\w+Response>).*(</cwmp:\w+Response>)", r"\1\2")),
    Mutation(FAULTS, "no FaultStruct and times", _sub(r"<(FaultStruct|StartTime|CompleteTime)>.*</\1>", "")),
    Mutation(HTTP, "ISO-8859-1 by Content-Type", _sub(r"Fanvil", "Fänvil"), "latin-1", "text/xml; charset=ISO-8859-1"),
    Mutation(HTTP, "ISO-8859-1 that says UTF-8", _sub(r"Fanvil", "Fänvil"), "latin-1"),
    Mutation(HTTP, "UTF-16", lambda text: text, "utf-16"),
    Mutation(HTTP, "no Content-Type", lambda text: text, content_type=""),
    Mutation(HTTP, "NUL behind", lambda text: text + "\0"),
    Mutation(HTTP, "line feed before", lambda text: "\r\n" + text),
    Mutation(HTTP, "control characters", _sub(r"2\.12\.1", "2.\x0212.1")),
)


def mutated(data: bytes, chosen: tuple[Mutation, ...]) -> tuple[bytes, str]:
    """A message and its Content-Type after several mutations; of their charsets the last one counts."""
    text, charset, content_type = data.decode(), "utf-8", "text/xml"
    for mutation in chosen:
        text = mutation.change(text)
        if mutation.row == HTTP:
            charset, content_type = mutation.charset, mutation.content_type
    return text.encode(charset, "replace"), content_type
