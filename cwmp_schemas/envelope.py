"""The SOAP envelope: bytes in, ``Envelope`` out, and a message to bytes.

Reading is tolerant and says what was odd; it raises ``Refused`` and nothing else. Writing is strict and boring: fixed
prefixes declared on the Envelope, unprefixed children in schema order, every argument, ``mustUnderstand="1"``
(quirks 207 to 216).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast

from lxml import etree

from cwmp_schemas import acs_rpcs, codec, events, writers
from cwmp_schemas._spyne import Struct
from cwmp_schemas.datatypes import lenient_bool
from cwmp_schemas.faults import FAULT_STRING, Fault
from cwmp_schemas.headers import MUST_UNDERSTAND, NONE, HeaderExtras
from cwmp_schemas.leaves import by_local_name, local_name, namespace_of
from cwmp_schemas.namespaces import (
    CWMP_1_0,
    SOAP_1_2_ENV,
    SOAP_ENC,
    SOAP_ENV,
    XSD,
    XSI,
    detected_version,
    is_foreign_service,
    is_standard,
    is_taken,
)
from cwmp_schemas.registry import MESSAGES
from cwmp_schemas.sanitize import LIMITS, STRICT, Limits, Notes, Oddity, Refused, parse
from cwmp_schemas.writers import escape

__all__ = [
    "LIMITS",
    "NONE",
    "STYLE",
    "Envelope",
    "HeaderExtras",
    "Limits",
    "Oddity",
    "Refused",
    "Style",
    "read",
    "write",
]


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message as it came."""

    method: str
    """Local name of the Body's child as sent; empty if the Body has none."""
    body: Struct | None
    """The message (a ``Fault`` is one too); none for a foreign method or an empty Body."""
    cwmp_namespace: str
    """The very URI on the wire, to be used in the answer; empty if there was none."""
    id: str | None
    session_timeout: int | None
    supported_versions: tuple[str, ...]
    use_version: str | None
    hold_requests: bool
    no_more_requests: bool
    warnings: tuple[Oddity, ...]

    @property
    def version(self) -> str:
        """The CWMP version that the message speaks, by namespace and headers (cwmp.md section 0)."""
        return detected_version(self.cwmp_namespace, self.supported_versions, self.session_timeout)


@dataclass(frozen=True, slots=True)
class Style:
    """What a few CPEs want otherwise."""

    xml_declaration: bool = True
    """Without for agents that refuse it (quirk 208)."""
    boolean_literals: bool = False
    """``true`` and ``false`` in place of ``1`` and ``0`` (quirk 55)."""


STYLE: Final = Style()

_MUST_UNDERSTAND: Final = f"{{{SOAP_ENV}}}mustUnderstand"
_ENVELOPE: Final = f"{{{SOAP_ENV}}}Envelope"


def read(data: bytes, content_type: str = "", *, limits: Limits = LIMITS) -> Envelope:
    """Read one message.

    Args:
        data: the body, without content coding.
        content_type: value of the Content-Type header, for its charset.
        limits: how much the message may ask of us.

    Raises:
        Refused: if it is no envelope, is hostile or exceeds a limit. Nothing else is raised, whatever the bytes.
    """
    notes = Notes(limits)
    root = parse(data, content_type, notes)
    if root.tag != _ENVELOPE:
        if local_name(root) != "Envelope":
            raise Refused("not_an_envelope", f"the root is {local_name(root)[:60]}")
        if namespace_of(root).rstrip("/") == SOAP_1_2_ENV:  # TR-069 3.4.1 is SOAP 1.1; the answer would not be read
            raise Refused("soap_version", "SOAP 1.2; CWMP is SOAP 1.1")
        notes.add("soap_namespace", 41, namespace_of(root)[:120])
    header = body = None
    for child in root:
        name = local_name(child)
        if name == "Header":
            header = child if header is None else header
        elif name == "Body":
            body = child if body is None else body
    head = _Head()
    if header is None:
        notes.add("missing_header", 46, "")
    else:
        _read_header(header, head, notes)
    method, message, namespace = _read_body(root, body, notes)
    return Envelope(
        method,
        message,
        namespace,
        head.id,
        head.session_timeout,
        head.supported_versions,
        head.use_version,
        head.hold_requests,
        head.no_more_requests,
        tuple(notes.oddities),
    )


class _Head:
    """Headers while they are being read."""

    __slots__ = ("hold_requests", "id", "no_more_requests", "session_timeout", "supported_versions", "use_version")

    def __init__(self) -> None:
        self.id: str | None = None
        self.session_timeout: int | None = None
        self.supported_versions: tuple[str, ...] = ()
        self.use_version: str | None = None
        self.hold_requests = False
        self.no_more_requests = False


def _read_header(header: etree._Element, head: _Head, notes: Notes) -> None:
    for child in header:
        name = local_name(child)
        text = child.text or ""
        if name == "ID":
            head.id = text
            if len(text) > notes.limits.max_id:  # the answer must repeat it whole, so it cannot be cut either
                raise Refused("id_too_long", f"{len(text)} characters, at most {notes.limits.max_id} are repeated")
            if child.get(_MUST_UNDERSTAND) != "1":
                notes.add("must_understand", 48, "ID")
        elif name == "SessionTimeout":
            bare = text.strip()
            if bare.isascii() and bare.isdigit() and len(bare) < 11:
                head.session_timeout = int(bare)
            else:
                notes.add("not_a_number", 56, f"SessionTimeout: {bare[:40]}")
        elif name == "SupportedCWMPVersions":
            head.supported_versions = tuple(word.strip() for word in text[:200].split(",") if word.strip())
        elif name == "UseCWMPVersion":
            head.use_version = text.strip()[:20]
        elif name == "HoldRequests":
            head.hold_requests = bool(lenient_bool(text))
        elif name == "NoMoreRequests":
            head.no_more_requests = bool(lenient_bool(text))
        else:
            notes.add("unknown_header", None, name[:60])
    if head.id is None:
        notes.add("missing_id", 46, "")


def _read_body(root: etree._Element, body: etree._Element | None, notes: Notes) -> tuple[str, Struct | None, str]:
    """Method, message and CWMP namespace."""
    if body is None:
        notes.add("missing_body", None, "")
        return "", None, _declared_namespace(root)
    children = list(body)
    if not children:
        return "", None, _declared_namespace(body)
    element = children[0]
    if len(children) > 1:
        notes.add("several_in_body", None, local_name(children[1])[:60])
    method, namespace = local_name(element), namespace_of(element)
    if is_foreign_service(namespace):  # TR-064 and UPnP look alike, and worms send them to this port
        raise Refused("scan", f"{method[:60]} of {namespace[:120]}")
    if method == "Fault":
        fault, namespace = _read_fault(element, notes)
        if not namespace or not (is_standard(namespace) or _is_uri(_bounded(namespace, notes))):
            namespace = _declared_namespace(element)
        return method, fault, namespace
    if is_taken(namespace):
        notes.add("cwmp_namespace_missing", 42, method[:60])
        namespace = _declared_namespace(element)
    elif not is_standard(namespace):
        notes.add("cwmp_namespace", 43, _bounded(namespace, notes)[:120])
        if not _is_uri(namespace):  # the answer would not be XML with namespaces any more
            namespace = _declared_namespace(element)
    model = MESSAGES.get(method)
    if model is None:
        notes.add("unknown_method", None, method[:60])
        return method, None, namespace
    message = cast("Struct", codec.struct_reader(model)(element, notes))
    if isinstance(message, acs_rpcs.Inform):
        _check_inform(message, notes)
    return method, message, namespace


def _declared_namespace(element: etree._Element) -> str:
    """The CWMP namespace that is declared here or above, empty if none is (quirk 42)."""
    return next((uri for uri in element.nsmap.values() if "cwmp" in uri.lower() and _is_uri(uri)), "")


@lru_cache(maxsize=256)
def _is_uri(namespace: str) -> bool:
    """Whether a parser would take this for a namespace; the one that we have is the judge."""
    if len(namespace) > LIMITS.max_namespace:
        return False
    try:
        etree.fromstring(f'<p:x xmlns:p="{_in_attribute(namespace)}"/>'.encode(), STRICT)
    except etree.XMLSyntaxError:
        return False
    return True


def _in_attribute(text: str) -> str:
    return escape(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")


def _bounded(namespace: str, notes: Notes) -> str:
    """Hold that a namespace can be kept and repeated."""
    if len(namespace) > notes.limits.max_namespace:
        raise Refused("namespace_too_long", f"{len(namespace)} characters, at most {notes.limits.max_namespace}")
    return namespace


def _check_inform(inform: acs_rpcs.Inform, notes: Notes) -> None:
    device = inform.DeviceId
    if not (device.OUI and device.SerialNumber):
        notes.add("empty_identity", 62, "OUI" if device.SerialNumber else "SerialNumber")
    elif not _OUI.fullmatch(device.OUI):
        notes.add("odd_oui", 143, device.OUI[:40])
    if not inform.Event:
        notes.add("no_event", 60, "")
    for event in inform.Event:
        if not events.is_canonical(event.EventCode):
            notes.add("odd_event_code", 63, event.EventCode[:64])


_OUI = re.compile(r"[0-9A-F]{6}", re.ASCII)


def _read_fault(element: etree._Element, notes: Notes) -> tuple[Fault, str]:
    """The CWMP fault in a SOAP fault and its namespace; 9002 where there is none to be found (quirks 73 to 76)."""
    children = {local_name(child).lower(): child for child in reversed(list(element))}
    code_text = _text(children.get("faultcode"))
    text = _text(children.get("faultstring"))
    soap_code = code_text.rpartition(":")[2]
    inner = _cwmp_fault(children.get("detail"))
    if inner is None:
        notes.add("fault_without_detail", 73, f"{code_text} {text}"[:120])
        return Fault(FaultCode=9002, FaultString=text or code_text), ""
    fault = cast("Fault", codec.struct_reader(Fault)(inner, notes))
    if text != FAULT_STRING:
        notes.add("odd_faultstring", 74, text[:120])
    if soap_code not in ("Client", "Server"):
        notes.add("odd_faultcode", None, code_text[:60])
    elif soap_code != fault.soap_code:
        fault = Fault(
            FaultCode=fault.FaultCode,
            FaultString=fault.FaultString,
            SetParameterValuesFault=fault.SetParameterValuesFault,
            soap_code="Client" if soap_code == "Client" else "Server",
        )
    namespace = namespace_of(inner)
    return fault, "" if is_taken(namespace) else namespace


def _cwmp_fault(detail: etree._Element | None) -> etree._Element | None:
    if detail is None:
        return None
    if by_local_name(detail, "FaultCode") is not None:
        return detail
    found = by_local_name(detail, "Fault")
    if found is not None:
        return found
    first = next(iter(detail), None)
    return first if first is not None and by_local_name(first, "FaultCode") is not None else None


def _text(element: etree._Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


# -- writing ----------------------------------------------------------------------------------------------------------

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(
    body: Struct,
    *,
    cwmp_namespace: str,
    id: str,
    header: HeaderExtras = NONE,
    style: Style = STYLE,
) -> bytes:
    """Write one message, UTF-8.

    Args:
        body: a message or a ``Fault``.
        cwmp_namespace: the session's URI, which is the one of the CPE's Inform; if empty, that of CWMP 1.0.
        id: value of the ID header.
        header: further headers.
        style: departures for CPEs that want them.

    Raises:
        ValueError: if a value cannot stand in XML 1.0 (control characters) or has no known type.
    """
    opening, closing = _frame(type(body).__name__, cwmp_namespace or CWMP_1_0, style)
    parts = [opening, escape(id), "</cwmp:ID>"]
    if header is not NONE:
        _write_headers(header, parts)
    if isinstance(body, Fault):
        parts.append(
            f"</soap-env:Header><soap-env:Body><soap-env:Fault><faultcode>soap-env:{body.soap_code}</faultcode>"
            f"<faultstring>{FAULT_STRING}</faultstring><detail><cwmp:Fault>"
        )
    else:
        parts.append(f"</soap-env:Header><soap-env:Body><cwmp:{type(body).__name__}>")
    writers.struct_writer(type(body), literals=style.boolean_literals)(body, parts.append)
    parts.append(closing)
    text = "".join(parts)
    if not text.isprintable():
        illegal = _NOT_XML.search(text)
        if illegal is not None:
            raise ValueError(f"U+{ord(illegal.group()):04X} cannot be written in XML 1.0")
    return text.encode()


@lru_cache(maxsize=256)
def _frame(name: str, cwmp_namespace: str, style: Style) -> tuple[str, str]:
    """What stands before the ID's text, and after the message's children."""
    uri = _in_attribute(cwmp_namespace)
    opening = (
        ('<?xml version="1.0" encoding="UTF-8"?>' if style.xml_declaration else "")
        + f'<soap-env:Envelope xmlns:soap-env="{SOAP_ENV}" xmlns:soap-enc="{SOAP_ENC}" xmlns:xsd="{XSD}"'
        + f' xmlns:xsi="{XSI}" xmlns:cwmp="{uri}">'
        + f'<soap-env:Header><cwmp:ID soap-env:mustUnderstand="{MUST_UNDERSTAND["ID"]}">'
    )
    end = "</cwmp:Fault></detail></soap-env:Fault>" if name == "Fault" else f"</cwmp:{name}>"
    return opening, end + "</soap-env:Body></soap-env:Envelope>"


def _write_headers(header: HeaderExtras, parts: list[str]) -> None:
    versions = ",".join(header.supported_versions)
    values: Mapping[str, str | None] = {
        "HoldRequests": None if header.hold_requests is None else str(int(header.hold_requests)),
        "NoMoreRequests": None if header.no_more_requests is None else str(int(header.no_more_requests)),
        "SessionTimeout": None if header.session_timeout is None else str(header.session_timeout),
        "SupportedCWMPVersions": versions or None,
        "UseCWMPVersion": header.use_version,
    }
    for name, value in values.items():
        if value is not None:
            must = MUST_UNDERSTAND[name]
            parts.append(f'<cwmp:{name} soap-env:mustUnderstand="{must}">{escape(value)}</cwmp:{name}>')
