"""How a phone spells what it says: an envelope as the specification wants it in, as this phone's traits make it out.

``cwmp_schemas`` writes one boring form: fixed prefixes, plain children, double quotes. Departures are made here, tag by
tag, so that the rest of the simulator need not know of them. A tag holds no ``>``, and text holds no ``<``.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from acs.simulator.behaviours import Traits
from cwmp_schemas.datatypes import UNKNOWN_TIME
from cwmp_schemas.namespaces import XSD, XSI

_TAG: Final = re.compile(r"<([/?]?)([^\s/>]+)([^>]*?)(/?)>")
_PREFIX: Final = re.compile(r"(?<![\w.:-])(soap-env|soap-enc|cwmp):")
_HEADERS: Final = frozenset(
    {"ID", "HoldRequests", "NoMoreRequests", "SessionTimeout", "SupportedCWMPVersions", "UseCWMPVersion"}
)
_SOAP_CHILDREN: Final = frozenset({"faultcode", "faultstring", "detail"})
_ENCODING_PREFIX: Final = {
    "soap-env": "soap-enc",
    "SOAP-ENV": "SOAP-ENC",
    "soap": "soapenc",
    "soapenv": "soapenc",
    "soap_env": "soap_enc",
    "ns2": "ns3",
}
_AGED: Final = {XSD: "http://www.w3.org/1999/XMLSchema", XSI: "http://www.w3.org/1999/XMLSchema-instance"}
_TYPES: Final = {"wrong": "xsd:int", "string": "xsd:string", "any": "xsd:anySimpleType"}
_BOOLEANS: Final = {
    "digits": ("0", "1"),
    "words": ("false", "true"),
    "capitals": ("FALSE", "TRUE"),
    "yes": ("no", "yes"),
}
_ENCODINGS: Final = {"utf-8": "utf-8", "iso-8859-1": "latin-1", "utf-16": "utf-16"}
_JUNK: Final = {
    "": ("", ""),
    "newline-before": ("\r\n\r\n \t", ""),
    "text-before": ("4f2\r\n", ""),
    "text-after": ("", "\r\n-- end of message --\r\n"),
    "nul-after": ("", "\0\0\0"),
}
_PLAIN: Final = Traits()
_SPELLING: Final = (
    "soap_prefix",
    "cwmp_prefix",
    "method_element",
    "qualified_children",
    "soap_header",
    "must_understand",
    "no_more_requests",
    "hold_requests",
    "single_quotes",
    "schema_1999",
    "xml_declaration",
    "charset",
    "byte_order_mark",
    "junk",
    "array_counts",
    "value_types",
    "fault_form",
    "retry_count",
)
"""The traits that this file obeys in envelopes."""


def speak(envelope: bytes, traits: Traits, *, with_id: bool = True) -> bytes:
    """The envelope as a phone with these traits writes it; ``with_id`` false: this one has no ``cwmp:ID``."""
    if with_id and all(getattr(traits, name) == getattr(_PLAIN, name) for name in _SPELLING):
        return envelope
    text = _headers(envelope.decode(), traits, with_id=with_id)
    if traits.fault_form != "cwmp":
        text = _fault(text, traits)
    if traits.retry_count is not None:
        text = re.sub(r"<RetryCount>[^<]*<", lambda _: f"<RetryCount>{traits.retry_count}<", text, count=1)
    text = _TAG.sub(_Tags(traits, _namespace(text)), text)
    return _encoded(text, traits)


def boolean(text: str, traits: Traits) -> str:
    """``0`` or ``1`` as the phone writes it."""
    no, yes = _BOOLEANS[traits.booleans]
    return {"0": no, "1": yes}.get(text, text)


def date_time(seconds: float | None, traits: Traits) -> str:
    """A time, in seconds since the epoch, as the phone's clock has it; the unknown time for ``None``."""
    if traits.clock == "empty":
        return ""
    if seconds is None or traits.clock == "unknown":
        return UNKNOWN_TIME
    when = datetime.fromtimestamp(seconds, UTC)
    match traits.clock:
        case "epoch":
            return "1970-01-01T00:01:23Z"
        case "broken":
            return "2024-01-01T11:54::14"
        case "no-zone":
            return when.strftime("%Y-%m-%dT%H:%M:%S")
        case "fractions":
            return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        case "offset":
            return when.astimezone(timezone(timedelta(hours=8))).isoformat(timespec="seconds")
        case "ahead":
            when += timedelta(days=20 * 365)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def event_code(code: str, traits: Traits) -> str:
    """An event code as the phone spells it."""
    number, _, words = code.partition(" ")
    match traits.event_codes:
        case "blanks":
            return f" {number}  {words} "
        case "lower-case":
            return code.lower()
        case "number-only" if number.isdecimal():
            return number
        case "misspelt" if number.isdecimal():
            return f"{number} {words.replace('O', '0').replace('A', 'E')}"
    return code


def _namespace(text: str) -> str:
    """The CWMP namespace, as it stands in the text: with its references."""
    return text.partition(' xmlns:cwmp="')[2].partition('"')[0]


def _headers(text: str, traits: Traits, *, with_id: bool) -> str:
    """Leave the Header or its ID out, or add headers of old."""
    start, mark, rest = text.partition("<soap-env:Header>")
    header, _, body = rest.partition("</soap-env:Header>")
    if traits.soap_header == "missing":
        return start + body
    if traits.soap_header == "without-id" or not with_id:
        header = header.partition("</cwmp:ID>")[2]
    for name, value in (("HoldRequests", traits.hold_requests), ("NoMoreRequests", traits.no_more_requests)):
        if value is not None:
            header += f'<cwmp:{name} soap-env:mustUnderstand="1">{value}</cwmp:{name}>'
    return f"{start}{mark}{header}</soap-env:Header>{body}"


def _fault(text: str, traits: Traits) -> str:
    """A SOAP fault without the frame that CWMP gives it."""
    if traits.fault_form == "bare-detail":
        return text.replace("<detail><cwmp:Fault>", "<detail>").replace("</cwmp:Fault></detail>", "</detail>")
    return re.sub(r"<detail>.*</detail>", "", text, flags=re.DOTALL)


def _encoded(text: str, traits: Traits) -> bytes:
    declaration, _, rest = text.partition("?>") if text.startswith("<?xml") else ("", "", text)
    if traits.xml_declaration and declaration:
        rest = declaration.replace("UTF-8", traits.charset.upper()) + "?>" + rest
    before, after = _JUNK[traits.junk]
    data = (before + rest + after).encode(_ENCODINGS[traits.charset], "xmlcharrefreplace")
    return b"\xef\xbb\xbf" + data if traits.byte_order_mark and traits.charset == "utf-8" else data


@dataclass(slots=True)
class _Tags:
    """Rewrites one envelope's tags, from the first to the last."""

    traits: Traits
    namespace: str
    depth: int = 0
    method_depth: int = 0
    """Depth of the Body's child that has been opened; 0: none yet."""

    def __call__(self, found: re.Match[str]) -> str:
        kind, name, attributes, closed = found.groups()
        if kind == "?":
            return found.group().replace('"', "'") if self.traits.single_quotes else found.group()
        if kind:
            self.depth -= 1
        name, extra = self._name(name, opening=not kind)
        attributes = self._attributes(name, attributes) + extra if not kind else ""
        if not kind and not closed:
            self.depth += 1
        return self._spelt(f"<{kind}{name}{attributes}{closed}>")

    def _name(self, name: str, *, opening: bool) -> tuple[str, str]:
        """The element's name, and what namespace it declares."""
        traits = self.traits
        prefix, _, local = name.rpartition(":")
        is_method = prefix == "cwmp" and local not in _HEADERS
        if is_method and opening:
            self.method_depth = self.depth + 1
        if is_method and traits.method_element == "default-namespace":
            return local, f' xmlns="{self.namespace}"' if opening else ""
        if prefix or name in _SOAP_CHILDREN:
            return name, ""
        if traits.qualified_children:
            return f"cwmp:{name}", ""
        if opening and traits.method_element == "empty-xmlns" and self.depth == self.method_depth:
            return name, ' xmlns=""'
        return name, ""

    def _attributes(self, name: str, attributes: str) -> str:
        traits = self.traits
        if not attributes:
            return ""
        if name == "soap-env:Envelope":
            return attributes.replace(XSD, _AGED[XSD]).replace(XSI, _AGED[XSI]) if traits.schema_1999 else attributes
        if traits.must_understand != "1":
            new = "" if traits.must_understand == "missing" else f' soap-env:mustUnderstand="{traits.must_understand}"'
            attributes = re.sub(r' soap-env:mustUnderstand="[^"]*"', new, attributes)
        if traits.array_counts != "right":
            attributes = re.sub(r' soap-enc:arrayType="([^"\[]*)\[(\d+)\]"', self._array_type, attributes)
        if traits.value_types != "own":
            attributes = re.sub(r' xsi:type="(xsd:)(\w+)"', self._value_type, attributes)
        return attributes

    def _array_type(self, found: re.Match[str]) -> str:
        count = {"wrong": str(int(found[2]) + 1), "padded": found[2].zfill(4)}.get(self.traits.array_counts)
        return "" if count is None else f' soap-enc:arrayType="{found[1]}[{count}]"'

    def _value_type(self, found: re.Match[str]) -> str:
        if self.traits.value_types == "missing":
            return ""
        return f' xsi:type="{_TYPES.get(self.traits.value_types, found[2])}"'

    def _spelt(self, tag: str) -> str:
        """Prefixes and quotes, when all else is done."""
        traits = self.traits
        if traits.soap_prefix != "soap-env" or traits.cwmp_prefix != "cwmp":
            new = {
                "soap-env": traits.soap_prefix,
                "soap-enc": _ENCODING_PREFIX[traits.soap_prefix],
                "cwmp": traits.cwmp_prefix,
            }
            tag = re.sub(r"xmlns:(soap-env|soap-enc|cwmp)=", lambda found: f"xmlns:{new[found[1]]}=", tag)
            tag = _PREFIX.sub(lambda found: f"{new[found[1]]}:", tag)
        return tag.replace('"', "'") if traits.single_quotes else tag
